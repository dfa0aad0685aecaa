"""The core's trainers, as the training loop sees them: each holds the weights and goes through its pairs, pixel after pixel."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from .. import _core
from .._typing import Heights
from ..nn.apply import core_network
from ..nn.network import Network
from .pairs import ScaledPair

#: Layers and linear path of a network.
Weights = tuple[Sequence[Heights], Heights | None]
#: So many steps (epochs, in the core) no training has.
_ENDLESS = 1 << 40
#: Sums of squared errors and of weights since the step (epoch) began, and whether it is over.
StepSums = tuple[float, float, bool]


class Trainer(Protocol):
    """What the training loop needs."""

    @property
    def error_unit(self) -> float:
        """Height of one unit of the errors."""

    def run(self, updates: int, threads: int) -> StepSums:
        """Do up to so many further updates, at most to the end of the step."""

    def weights(self) -> Weights:
        """Return the weights as they are now."""

    def extra_history(self) -> dict[str, float]:
        """Return what is recorded of a step beside its errors."""


class AdamSettings(NamedTuple):
    """Settings of mini-batch training, as they are recorded."""

    learning_rate: float
    momentum: float  # beta1, elsewhere
    batch: int  # pixels of a mini-batch, about
    flips: bool  # whether pairs are flipped from step to step (data augmentation, elsewhere)


class _CoreTrainer:
    """What the two have in common: one of the core's trainers, and the network that it began with."""

    def __init__(self, initial: Network, core: _core.TrainerF32 | _core.OnlineTrainer) -> None:
        self._initial: Network | None = initial
        self._trainer = core

    def run(self, updates: int, threads: int) -> StepSums:
        """Do up to so many further updates, at most to the end of the step."""
        self._initial = None
        return self._trainer.run(updates, threads)

    def weights(self) -> Weights:
        """Return the weights as they are now.

        Because the core holds them in another form, from which they come back rounded, those of the network that training begins
        with are returned themselves until it begins.
        """
        return self._trainer.arrays() if self._initial is None else (self._initial.layers, self._initial.linear)


class AdamTrainer(_CoreTrainer):
    """Mini-batches and Adam; the learning rate falls to a hundredth over `steps`, or is constant until it is told to."""

    error_unit = 1.0  # errors are heights, because each pair has a scale of its own

    def __init__(
        self,
        initial: Network,
        pairs: Sequence[ScaledPair],
        settings: AdamSettings,
        *,
        key: int,
        steps: int | None,
        subsets: int = 1,
    ) -> None:
        """Begin with the weights of `initial`; a step visits one of so many subsets of the pixels."""
        self._core = _core.TrainerF32(
            core_network(initial),
            pairs,
            batch=settings.batch,
            flips=settings.flips,
            key=key,
            subsets=subsets,
            rate=settings.learning_rate,
            last_rate=0.01,
            beta1=settings.momentum,
            beta2=0.999,
            epsilon=1e-8,
            epochs=1 if steps is None else max(steps, 1),
            constant_epochs=_ENDLESS if steps is None else 0,
        )
        super().__init__(initial, self._core)

    def fall(self, steps: int) -> None:
        """Let the learning rate fall over so many steps, the next ones."""
        self._core.fall(steps)

    def replace(self, index: int, pair: ScaledPair) -> None:
        """Put another pair in the place of one, between two steps."""
        self._core.replace(index, pair)

    def extra_history(self) -> dict[str, float]:
        """Return nothing."""
        return {}


class OnlineSettings(NamedTuple):
    """Settings of online training, as they are recorded."""

    learning_rate: float
    momentum: float


class OnlineTrainer(_CoreTrainer):
    """Online backpropagation, pixel by pixel in double precision, step for step what Gwyddion does."""

    def __init__(self, initial: Network, pair: ScaledPair, settings: OnlineSettings) -> None:
        self.error_unit = 1.0 / initial.scaling.out_factor  # its errors are on the scale of the one pair
        noisy, ideal = (image.astype(np.float64, copy=False) for image in (pair.noisy, pair.ideal))
        weight = None if pair.weight is None else pair.weight.astype(np.float64, copy=False)
        rates = {"rate": settings.learning_rate, "momentum": settings.momentum}
        self._core = _core.OnlineTrainer(core_network(initial), noisy, ideal, weight, **rates)
        super().__init__(initial, self._core)

    def extra_history(self) -> dict[str, float]:
        """Return the error of the last pixel, which is the figure that Gwyddion shows."""
        return {"last_pixel": self._core.last_pixel_error}


def with_weights(network: Network, weights: Weights) -> Network:
    """Return a network of the same kind with other weights."""
    layers, linear = weights
    return dataclasses.replace(network, layers=tuple(layers), linear=linear)


def are_finite(weights: Weights) -> bool:
    """Whether training has not grown beyond all numbers."""
    layers, linear = weights
    return all(bool(np.isfinite(array).all()) for array in (*layers, linear) if array is not None)
