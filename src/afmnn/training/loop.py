"""The training loop: step after step (epoch after epoch, elsewhere), validated, recorded, interruptible."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

import numpy as np

from .._typing import StepProgress
from .._version import __version__
from .._warn import warn
from ..errors import TrainingWarning
from ..nn.network import Network
from .early_stopping import has_stopped_improving
from .history import History, useless
from .pairs import TrainingPair
from .plan import Plan
from .trainers import Trainer, Weights, are_finite, with_weights
from .validation import Validation

#: Seconds of one call into the core: Ctrl-C is heard between two of them.
_CALL_SECONDS = 0.05


def fit(
    trainer: Trainer,
    initial: Network,
    validation_pairs: Sequence[TrainingPair],
    plan: Plan,
    on_step: StepProgress | None = None,
) -> Network:
    """Train for the steps of the plan and return what has become of `initial`, whose weights the trainer begins with.

    `on_step` is told of each step and ends training by True. On Ctrl-C the network so far is the attribute ``network`` of the
    KeyboardInterrupt.
    """
    calls, history = _Calls(trainer, plan), History(validated=bool(validation_pairs))
    validation = Validation(initial, trainer, validation_pairs, plan)
    try:
        step = 0
        while plan.length.total(step) != step:
            step += 1
            losses = {"training": calls.train(step), "validation": validation.after(step)}
            history.append(losses | trainer.extra_history())
            if on_step is not None and on_step(step, losses):
                break
            if has_stopped_improving(history, plan.patience):
                break
    except KeyboardInterrupt as interrupt:
        weights = trainer.weights()
        interrupt.network = _network(initial, weights, history, plan) if are_finite(weights) else initial  # type: ignore[attr-defined]
        raise
    best = validation.best.weights if plan.keep_best else None
    network = _network(initial, trainer.weights() if best is None else best, history, plan)
    if plan.warn:  # the best weights are those before a rise of the validation error
        flips = bool(plan.record.get("flips"))
        unit = str(network.units.get("unit_z", ""))
        texts = [history.trouble(of_validation=not plan.keep_best, flips=flips, unit=unit), useless(network)]
        if any(texts):
            warn("; ".join(filter(None, texts)), TrainingWarning)
    return network


class _Calls:
    """Trains a step at a time, in calls into the core that are long enough to cost nothing and short enough for Ctrl-C."""

    def __init__(self, trainer: Trainer, plan: Plan) -> None:
        self._trainer, self._plan = trainer, plan
        self._updates = 1  # of the next call; grows until a call takes its time

    def train(self, step: int) -> float:
        """Train for one step and return its error, as the weights change, in height units."""
        squares, weights, over = 0.0, 0.0, False
        while not over:
            begun = time.perf_counter()
            squares, weights, over = self._trainer.run(self._updates, self._plan.threads)
            seconds = max(time.perf_counter() - begun, 1e-6)
            self._updates = max(1, min(2 * self._updates, int(self._updates * _CALL_SECONDS / seconds), 1_000_000))
        if not np.isfinite(squares) or not are_finite(self._trainer.weights()):
            raise ValueError(
                "learning_rate must be small enough for the weights to stay finite, got "
                f"{self._plan.record['learning_rate']:g}: they did not in step {step}"
            )
        return float(np.sqrt(squares / weights)) * self._trainer.error_unit


def _network(initial: Network, weights: Weights, history: History, plan: Plan) -> Network:
    record = {"version": __version__, **plan.record, "steps": len(history)}
    return dataclasses.replace(with_weights(initial, weights), history=history.arrays(), training=record)
