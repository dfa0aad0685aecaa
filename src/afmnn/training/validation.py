"""Validation: the error of a network on pairs that training does not learn from."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from .._elementary import mean_square
from ..nn.network import Network
from .early_stopping import BestWeights
from .pairs import TrainingPair, result_for
from .plan import Plan
from .trainers import Trainer, with_weights


class Validation:
    """The validation of one training: measured as often as the plan says, and repeated in between."""

    def __init__(self, initial: Network, trainer: Trainer, pairs: Sequence[TrainingPair], plan: Plan) -> None:
        self.best = BestWeights()
        self._initial, self._trainer, self._pairs, self._plan = initial, trainer, pairs, plan
        self._error = np.nan  # which stays where there are no pairs

    def after(self, step: int) -> float:
        """Return the error after a step, and keep the weights if it is the lowest."""
        if self._pairs and self._plan.length.validates_after(step):
            network = with_weights(self._initial, self._trainer.weights())
            self._error = validation_error(network, self._pairs, self._plan.threads)
            self.best.offer(self._error, self._trainer)
        return self._error


def noisy_error(pairs: Sequence[TrainingPair]) -> float:
    """Root-mean-square error of the noisy images as they are, over the pixels that `validation_error` counts."""
    squares, pixels = 0.0, 0
    for pair in pairs:
        valid = pair.weight() > 0
        noisy = pair.noisy.astype(np.float64, copy=False)
        squares += mean_square(np.where(valid, noisy - pair.ideal, 0.0)) * valid.size
        pixels += int(np.count_nonzero(valid))
    return float(np.sqrt(squares / pixels))


def flat_error(pairs: Sequence[TrainingPair]) -> float:
    """Root-mean-square error of flat images, over the pixels that `validation_error` counts: the height of the ideals' relief."""
    squares, pixels = 0.0, 0
    for pair in pairs:
        counts = pair.weight() > 0
        squares += mean_square(np.where(counts, pair.ideal - pair.plane_of_ideal(), 0.0)) * counts.size
        pixels += int(np.count_nonzero(counts))
    return float(np.sqrt(squares / pixels))


def validation_error(network: Network, pairs: Sequence[TrainingPair], threads: int) -> float:
    """Root-mean-square error in height units over the pixels whose windows lie inside the images."""
    squares, pixels = 0.0, 0
    for pair in pairs:
        scaling = pair.scaling
        if scaling.kind == "min-max":  # what the network gives is on the scale of its own training target
            scaling = dataclasses.replace(scaling, out_shift=network.scaling.out_shift, out_factor=network.scaling.out_factor)
        result = result_for(network, pair, scaling, threads)
        valid = pair.weight() > 0
        squares += mean_square(np.where(valid, result - pair.ideal, 0.0)) * valid.size
        pixels += int(np.count_nonzero(valid))
    return float(np.sqrt(squares / pixels))
