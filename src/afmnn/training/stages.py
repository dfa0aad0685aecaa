"""The stages of a network that learns from a scene, trained one after another; each corrects those before it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .. import _check
from .._seed import key_from
from .._typing import Record, StepProgress
from ..nn.network import Network
from .budget import Budget
from .initializers import initial_adam
from .loop import fit
from .pairs import TrainingPair, with_previous_result
from .plan import Plan
from .presets import Preset
from .scene_pairs import ScenePairs
from .schedule import StageLength
from .streaming import StreamingTrainer
from .trainers import AdamSettings

#: Validations of a stage, at most, while its learning rate falls.
_VALIDATIONS = 4
_MOST_STEPS = 10**6


class New(NamedTuple):
    """A network that begins with random weights."""

    preset: Preset
    hidden: tuple[int, ...]


class Task(NamedTuple):
    """What is to be learned, and by what: the pairs of a scene, and the stages of a network."""

    source: ScenePairs
    validation_pairs: list[TrainingPair]
    settings: AdamSettings
    begin: New | Network  # one whose weights are gone on with keeps all its stages
    own: Sequence[TrainingPair] = ()  # pairs that are learned from beside those of the scene
    patience: int | None = None  # steps of a stage without a lower validation error after which it ends

    def initial(self, stage: int, before: Network | None) -> Network:
        """Return a stage as it is before its training; `stage` counts from 0."""
        if isinstance(self.begin, Network):
            return dataclasses.replace(self.begin.stages[stage], before=before, history={}, training={})
        preset = self.begin.preset
        fovea = preset.foveas[stage] if preset.foveas else None
        window = preset.window if fovea is None else fovea.window
        key = key_from(self.source.seed) + (stage << 64)
        return initial_adam(window, self.begin.hidden, key, self.source.first[0].scaling, fovea=fovea, before=before)

    def shares(self) -> tuple[float, ...]:
        """Return the shares of a budget that its stages have."""
        return (1.0,) * len(self.begin.stages) if isinstance(self.begin, Network) else self.begin.preset.shares


def steps_of_stages(steps: int | tuple[int, ...], stages: int) -> list[int]:
    """Return the steps of each stage of a network: those that are given, or equal shares of a number.

    Raises
    ------
    ValueError, TypeError
        If there are fewer than one a stage.
    """
    if isinstance(steps, (tuple, list)):
        if len(steps) != stages:
            raise ValueError(f"steps must be one number, or {stages}, one a stage of the network, got {steps!r}")
        return list(_check.counts("steps", steps, maximum=_MOST_STEPS))
    steps = _check.integer("steps", steps, minimum=stages, maximum=_MOST_STEPS)
    ends = [steps * (i + 1) // stages for i in range(stages)]
    return [end - begin for begin, end in pairwise([0, *ends])]


def train_stages(
    task: Task,
    steps: Sequence[int] | Budget,
    record: Record,
    progress: StepProgress | None,
    planned: Callable[[int], object] | None = None,
) -> Network:
    """Train all stages, each for its steps or as long as the budget says, and return the last one that is of use.

    `planned` is told how many steps there will be in all: of a budget, what is expected, once a step is done and whenever a stage
    has got its number.
    """
    stages, next_index = _Stages(task.begin, progress, planned), 0
    shares = task.shares()
    if planned is not None and not isinstance(steps, Budget):
        planned(sum(steps))
    try:
        for number in range(len(shares) if isinstance(steps, Budget) else len(steps)):
            if isinstance(steps, Budget) and not steps.begin_stage():
                break
            initial = task.initial(number, stages.best)
            trainer = StreamingTrainer(initial, task.source, task.settings, begin=next_index, own=task.own)
            pairs = [with_previous_result(initial, pair, task.source.threads) for pair in task.validation_pairs]
            length: StageLength
            if isinstance(steps, Budget):
                length = _LengthByClock(trainer, steps, shares[number:], stages)
            else:
                length = StageLength(trainer, steps[number], _VALIDATIONS)
            plan = Plan(length, task.source.threads, record, task.patience, keep_best=True, warn=False)
            stages.add(fit(trainer, initial, pairs, plan, stages.on_step))
            next_index = trainer.next_index
            if stages.stopped:
                break
    except KeyboardInterrupt as interrupt:
        if hasattr(interrupt, "network"):
            stages.add(interrupt.network)
        if stages.trained:  # also between two stages
            interrupt.network = stages.joined()  # type: ignore[attr-defined]
        raise
    return stages.joined()


class _LengthByClock(StageLength):
    """The length of a stage that a budget decides, told of as soon as there is something to tell."""

    def __init__(self, trainer: StreamingTrainer, budget: Budget, shares: Sequence[float], stages: _Stages) -> None:
        self._budget, self._stages = budget, stages
        self._others = sum(shares[1:]) / shares[0]  # stages yet to come, in terms of this one
        self._clock = budget.deadline(shares)
        super().__init__(trainer, self._clock, _VALIDATIONS)

    def total(self, done: int) -> int | None:
        """Return the number of steps, None while that is open."""
        was_open = self.steps is None
        total = super().total(done)
        if was_open and (total is not None or (done == 1 and not self._stages.trained)):
            own = self._clock.expected(done) if total is None else total
            self._stages.expect(own + (0 if self._budget.is_over() else round(self._others * own)))
        return total


class _Stages:
    """What has been trained so far, stage after stage."""

    def __init__(self, begin: New | Network, progress: StepProgress | None, planned: Callable[[int], object] | None) -> None:
        self._going_on = begin.stages if isinstance(begin, Network) else ()
        self.trained: list[Network] = []
        self.best: Network | None = None  # the last of those without which the validation error would be larger
        self.stopped = False
        self._error = np.inf
        self._progress, self._planned = progress, planned

    def add(self, network: Network) -> None:
        """Take in a stage; the next one corrects it unless it is a new one, and the validation error was lower without it."""
        self.trained.append(network)
        error = min(network.history.get("validation", ()), default=np.inf)
        if self.best is None or self._going_on or error <= self._error:
            self.best, self._error = network, error

    def on_step(self, step: int, losses: dict[str, float]) -> object:
        """Report a step of the stage in training, counted through all stages."""
        if self._progress is not None:
            self.stopped = bool(self._progress(sum(self.counts()) + step, losses))
        return self.stopped

    def counts(self) -> list[int]:
        """Return the steps of each stage that has been trained."""
        return [int(network.training["steps"]) for network in self.trained]

    def expect(self, steps: int) -> None:
        """Say how many steps the stage in training and those to come will have, about."""
        if self._planned is not None:
            self._planned(sum(self.counts()) + steps)

    def joined(self) -> Network:
        """Return the best stage with the history of all."""
        assert self.best is not None
        histories = [network.history for network in self.trained if network.history]
        names = histories[0] if histories else ()
        history = {name: np.concatenate([errors[name] for errors in histories]) for name in names}
        counts = self.counts()
        record = {"steps_planned": sum(counts), **self.best.training, "steps": sum(counts), "steps_of_stages": counts}
        whole = self.best
        for stage in self._going_on[len(self.trained) :]:  # which nobody has come to
            whole = dataclasses.replace(stage, before=whole)
        return dataclasses.replace(whole, history=history, training=record)
