"""Budgets: how many steps of training on a scene fit into so many seconds, by a short measurement."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..nn.network import Network
from .pairs import with_previous_result
from .scene_pairs import PAIRS_PER_STEP, SUBSETS
from .stages import VALIDATIONS, Task, validations_per_stage
from .streaming import StreamingTrainer, replaced_per_step
from .validation import validation_error

#: Share of the budget that is planned with: machines have other things to do.
_PLANNED = 0.97
#: Share of the budget for measuring how long mini-batches take.
_MEASURED = 0.02
#: Mini-batches of one call while the speed is measured, and the fewest calls.
_UPDATES, _LEAST_CALLS = 8, 5


class StageCost(NamedTuple):
    """Seconds that a stage takes."""

    setup: float  # before its first step: pairs to begin with, and what the stages before make of the validation pairs
    step: float  # with its new pairs
    validation: float


def steps_for_budget(task: Task, budget: float, begun: float) -> int:
    """Return how many steps fit into a budget of seconds that runs since `begun`."""
    costs = measure_costs(task, _MEASURED * budget / task.preset.stages)
    left = _PLANNED * budget - (time.perf_counter() - begun)
    return affordable_steps(left, costs, task.preset.shares, validations_per_stage(task.preset))


def affordable_steps(seconds: float, costs: Sequence[StageCost], shares: Sequence[float], validations: int) -> int:
    """Return how many steps fit into `seconds`, of which each stage gets its share, with so many validations a stage."""
    setup = sum(validations * cost.validation + cost.setup for cost in costs)
    step = sum(share * cost.step for share, cost in zip(shares, costs, strict=True))
    validation = sum(share * cost.validation for share, cost in zip(shares, costs, strict=True))
    # Because a stage is not validated more often than it has steps, a few steps cost less than the validations planned.
    return max(1, int(max((seconds - setup) / step, min(seconds / (step + validation), VALIDATIONS))))


def measure_costs(task: Task, seconds: float) -> list[StageCost]:
    """Measure what each stage takes, training it for about so many seconds."""
    costs: list[StageCost] = []
    before: Network | None = None
    next_index = 0
    for number in range(task.preset.stages):
        initial = task.initial(number, before)
        trainer = StreamingTrainer(
            initial, task.source, task.settings, steps=1, begin=next_index, distinct=PAIRS_PER_STEP
        )  # fmt: skip
        costs.append(_measure_cost(task, initial, trainer, seconds))
        before, next_index = initial, trainer.next_index
    return costs


def _measure_cost(task: Task, initial: Network, trainer: StreamingTrainer, seconds: float) -> StageCost:
    begun = time.perf_counter()
    trainer.replace_oldest()
    replacement = time.perf_counter() - begun
    learning = seconds_per_step(trainer, seconds, task.source.threads)
    pair = with_previous_result(initial, task.validation_pairs[0], task.source.threads)
    validation_error(initial, [pair], task.source.threads)  # the first time takes longer
    begun = time.perf_counter()
    validation_error(initial, [pair], task.source.threads)
    validation = (time.perf_counter() - begun) * len(task.validation_pairs)
    pairs_per_step = replacement * PAIRS_PER_STEP / replaced_per_step(initial)  # if all were new
    setup = (SUBSETS + (initial.before is not None)) * pairs_per_step
    return StageCost(setup, replacement + learning, validation)


def seconds_per_step(trainer: StreamingTrainer, measured: float, threads: int) -> float:
    """Train for about so many seconds, at most one step; return what a step takes but for its new pairs.

    Because something may disturb the machine now and then, it is the median of several calls that counts.
    """
    end = time.perf_counter() + measured
    seconds: list[float] = []
    over = False
    while not over and (len(seconds) < _LEAST_CALLS or time.perf_counter() < end):
        begun = time.perf_counter()
        _, _, over = trainer.run(_UPDATES, threads)
        seconds.append(time.perf_counter() - begun)
    return max(trainer.updates_per_step / _UPDATES, 1.0) * float(np.median(seconds))
