"""train() that goes on with a network and keeps what it knows: pairs of one's own are learned beside those of a scene."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from .._elementary import exp, log, spread
from .._typing import StepProgress
from .._warn import warn
from ..errors import TrainingWarning
from ..nn.network import Network
from ..synth.default_scene import default_scene
from .pairs import TrainingPair, result_for
from .plan import Plan
from .scene_pairs import ScenePairs, side_by_side
from .stages import Task, steps_of_stages, train_stages
from .trainers import AdamSettings, with_weights
from .validation import validation_error

#: So many pairs of the scene say what it still knows. Because the error of one changes by 10 % up or down, of few of them a rise
#: of 1 % cannot be told.
_JUDGES = 64
#: Indices from here on are those of pairs that judge.
_JUDGING = 1 << 49
#: Shares of what was learned that may be taken, from all of it on.
_SHARES = (1.0, 0.85, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05)
#: The error on pairs of the scene may rise by so much.
_MOST = 1.01
#: By default (benchmarks/quality/continued.py).
LEARNING_RATE, BATCH = 0.003, 2048


def learn_beside_scene(
    initial: Network,
    own: Sequence[TrainingPair],
    validation_pairs: list[TrainingPair],
    settings: AdamSettings,
    plan: Plan,
    progress: StepProgress | None,
    *,
    seed: int,
) -> Network:
    """Train all stages of a network on pairs of one's own, and as many pixels of the default scene beside them."""
    source = ScenePairs(default_scene(), initial.scaling.kind, seed, plan.threads)
    steps = plan.length.total(0)
    assert steps is not None
    task = Task(source, validation_pairs, settings, initial, own, plan.patience)
    return train_stages(task, steps_of_stages(steps, len(initial.stages)), plan.record, progress)


def keeping(initial: Network, trained: Network, own: Sequence[TrainingPair], threads: int) -> Network:
    """Return the trained network with as much of what it has learned as is of use, and leaves the error on a scene as it was.

    The weights are those of before, and a share of what they have changed by: on the way from one network to the other, what the
    second one learned comes in long before what the first one knew is lost.
    """
    source = ScenePairs(default_scene(), initial.scaling.kind, 0, threads)
    judges = side_by_side(source.training, range(_JUDGING, _JUDGING + _JUDGES), threads)
    before = [_error(initial, pair, threads) for pair in judges]

    def keeps(share: float) -> bool:
        network = _mixed(initial, trained, share)
        errors[share] = _geometric_mean([_error(network, pair, threads) / old for pair, old in zip(judges, before, strict=True)])
        return errors[share] <= _MOST

    errors = {0.0: 1.0}
    share = largest(_SHARES, keeps)
    mixed, own_before = _mixed(initial, trained, share), validation_error(initial, own, threads)
    own_after = validation_error(mixed, own, threads)
    if not own_after < own_before:
        share, mixed, own_after = 0.0, _mixed(initial, trained, 0.0), own_before
    if share == 0.0:
        warn(
            "nothing of what was learned is kept: with as much of it as leaves the network as good on other surfaces (pairs of "
            "default_scene()), it is no better on these images; train with keep=False for images like these only, or with "
            "another learning_rate",
            TrainingWarning,
        )
    told = {"share_learned": share, "scene_error": errors[share], "own_error": [own_before, own_after]}
    return dataclasses.replace(mixed, training={**trained.training, "kept": told})


def largest(shares: Sequence[float], keeps: Callable[[float], bool]) -> float:
    """Return the largest share, in falling order, that keeps enough, found by halving; 0 if not even the last does."""
    if keeps(shares[0]):
        return shares[0]
    too_large, enough = 0, len(shares)
    while enough - too_large > 1:
        middle = (too_large + enough) // 2
        too_large, enough = (too_large, middle) if keeps(shares[middle]) else (middle, enough)
    return shares[enough] if enough < len(shares) else 0.0


def _error(network: Network, pair: TrainingPair, threads: int) -> float:
    """Return the error of a pair, wherever heights count from."""
    return spread(result_for(network, pair, pair.scaling, threads) - pair.ideal)


def _geometric_mean(values: list[float]) -> float:
    return exp(math.fsum(log(value) for value in values) / len(values))


def _mixed(initial: Network, trained: Network, share: float) -> Network:
    """Return the trained network with the weights of before and a share of what they have changed by, in all stages."""
    if share == 1.0:
        return trained
    assert initial.linear is not None
    assert trained.linear is not None
    ends = zip((*initial.layers, initial.linear), (*trained.layers, trained.linear), strict=True)
    *layers, linear = (old + np.float32(share) * (new - old) for old, new in ends)
    mixed = with_weights(trained, (layers, linear))
    if initial.before is None or trained.before is None:
        return mixed
    return dataclasses.replace(mixed, before=_mixed(initial.before, trained.before, share))
