"""The stages of a network that learns from a scene, trained one after another; each corrects those before it."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from .._seed import key_from
from .._typing import Record, StepProgress
from ..nn.network import Network
from .initializers import initial_adam
from .loop import fit
from .pairs import TrainingPair, with_previous_result
from .plan import Plan
from .presets import Preset
from .scene_pairs import ScenePairs
from .streaming import StreamingTrainer
from .trainers import AdamSettings

#: Validations of a whole training, about, and of each stage at least.
VALIDATIONS, _LEAST_VALIDATIONS = 10, 4


class Task(NamedTuple):
    """What is to be learned, and by what: the pairs of a scene, and the stages of a network."""

    source: ScenePairs
    validation_pairs: list[TrainingPair]
    preset: Preset
    hidden: tuple[int, ...]
    settings: AdamSettings

    def initial(self, stage: int, before: Network | None) -> Network:
        """Return a stage as it is before its training; `stage` counts from 0."""
        fovea = self.preset.foveas[stage] if self.preset.foveas else None
        window = self.preset.window if fovea is None else fovea.window
        key = key_from(self.source.seed) + (stage << 64)
        return initial_adam(window, self.hidden, key, self.source.first[0].scaling, fovea=fovea, before=before)


def train_stages(task: Task, steps: int, record: Record, progress: StepProgress | None) -> Network:
    """Divide the steps among the stages, train them all, and return the last one that is of use."""
    stages, next_index = _Stages(progress), 0
    try:
        for number, count in enumerate(task.preset.divided(steps)):
            initial = task.initial(number, stages.best)
            trainer = StreamingTrainer(initial, task.source, task.settings, steps=count, begin=next_index)
            pairs = [with_previous_result(initial, pair, task.source.threads) for pair in task.validation_pairs]
            every = max(1, -(-count // validations_per_stage(task.preset)))
            plan = Plan(count, task.source.threads, record, validate_every=every, keep_best=True, warn=False)
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


def validations_per_stage(preset: Preset) -> int:
    """Return how many times, about, a stage is validated while it is trained."""
    return max(_LEAST_VALIDATIONS, VALIDATIONS // preset.stages)


class _Stages:
    """What has been trained so far, stage after stage."""

    def __init__(self, progress: StepProgress | None) -> None:
        self.trained: list[Network] = []
        self.best: Network | None = None  # the last of those without which the validation error would be larger
        self.stopped = False
        self._error = np.inf
        self._progress = progress

    def add(self, network: Network) -> None:
        """Take in a stage; the next one corrects it unless the validation error was lower without it."""
        self.trained.append(network)
        error = min(network.history.get("validation", ()), default=np.inf)
        if self.best is None or error <= self._error:
            self.best, self._error = network, error

    def on_step(self, step: int, losses: dict[str, float]) -> object:
        """Report a step of the stage in training, counted through all stages."""
        if self._progress is not None:
            before = sum(int(network.training["steps"]) for network in self.trained)
            self.stopped = bool(self._progress(before + step, losses))
        return self.stopped

    def joined(self) -> Network:
        """Return the best stage with the history of all."""
        assert self.best is not None
        histories = [network.history for network in self.trained if network.history]
        names = histories[0] if histories else ()
        history = {name: np.concatenate([errors[name] for errors in histories]) for name in names}
        counts = [int(network.training["steps"]) for network in self.trained]
        record = {**self.best.training, "steps": sum(counts), "steps_of_stages": counts}
        return dataclasses.replace(self.best, history=history, training=record)
