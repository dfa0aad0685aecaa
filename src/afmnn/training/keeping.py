"""What a network keeps of what it knew when it goes on with pairs of one's own: its weights are mixed with those of before."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from .._elementary import exp, log, spread
from .._warn import warn
from ..errors import TrainingWarning
from ..nn.network import Network
from ..synth.default_scene import default_scene
from .pairs import TrainingPair, result_for, with_previous_result
from .scene_pairs import ScenePairs, side_by_side
from .trainers import with_weights

#: What it knew is asked on so many pairs of the default scene, of so many pixels a side: a second or two for all shares.
_PAIRS, _SIDE = 24, 128
#: Shares of what was learned that are tried, from all of it on.
_SHARES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05)
#: The error there may rise by so much.
_MOST = 1.01
#: By default. With the usual 0.005 weights go so far that nothing between is of use (benchmarks/quality/continued.py).
LEARNING_RATE = 0.0003


def keeping(initial: Network, trained: Network, threads: int) -> Network:
    """Return the trained network with as much of what it has learned as leaves the error on pairs of a scene as it was.

    The weights are those of before, and a share of what they have changed by: on the way from one network to the other, what the
    second one learned comes in long before what the first one knew is lost.
    """
    source = ScenePairs(default_scene(shape=(_SIDE, _SIDE)), initial.scaling.kind, 0, threads)
    made = side_by_side(source.training, range(_PAIRS), threads)
    pairs = [with_previous_result(initial, pair, threads) for pair in made]  # because the last stage alone has learned
    before = [_error(initial, pair, threads) for pair in pairs]
    for share in _SHARES:
        mixed = _mixed(initial, trained, share)
        ratio = _geometric_mean([_error(mixed, pair, threads) / old for pair, old in zip(pairs, before, strict=True)])
        if ratio <= _MOST:
            break
    else:
        share, ratio, mixed = 0.0, 1.0, _mixed(initial, trained, 0.0)
        warn(
            "nothing of what was learned is kept: with the least of it, the network is worse on other surfaces (pairs of "
            "default_scene()); train with keep=False for images like these only, or with a smaller learning_rate",
            TrainingWarning,
        )
    return dataclasses.replace(mixed, training={**trained.training, "kept": {"share_learned": share, "scene_error": ratio}})


def _error(network: Network, pair: TrainingPair, threads: int) -> float:
    """Return the error of a pair, wherever heights count from."""
    return spread(result_for(network, pair, pair.scaling, threads) - pair.ideal)


def _geometric_mean(values: list[float]) -> float:
    return exp(math.fsum(log(value) for value in values) / len(values))


def _mixed(initial: Network, trained: Network, share: float) -> Network:
    """Return the trained network with the weights of before and a share of what they have changed by."""
    if share == 1.0:
        return trained
    assert initial.linear is not None
    assert trained.linear is not None
    ends = zip((*initial.layers, initial.linear), (*trained.layers, trained.linear), strict=True)
    *layers, linear = (old + np.float32(share) * (new - old) for old, new in ends)
    return with_weights(trained, (layers, linear))
