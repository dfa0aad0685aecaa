"""Scaling: heights to the network's numbers and back."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _check


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Linear maps between heights and the numbers a network works with.

    ``x = (z - in_shift) * in_factor`` leads from the heights of the noisy image to the network,
    ``z = y / out_factor + out_shift`` from its output back to heights. The factors are inverse heights.

    Parameters
    ----------
    kind : {"robust", "min-max"}
        How the numbers are measured. "robust": median and noise-insensitive spread of the image at hand, output
        on the same scale. "min-max": minimum and range of the image, output on the scale of the training target.
    in_shift, in_factor, out_shift, out_factor : float
        The maps; a factor of infinity stands for a constant image.
    """

    kind: str
    in_shift: float
    in_factor: float
    out_shift: float
    out_factor: float

    def __post_init__(self) -> None:
        _check.choice("kind", self.kind, ("robust", "min-max"))
        _check.finite(in_shift=self.in_shift, out_shift=self.out_shift)


def measure(trained: Scaling, image: NDArray[Any]) -> Scaling:
    """Measure `image` the way `trained` was measured."""
    raise NotImplementedError


def measure_pair(kind: str, noisy: NDArray[Any], ideal: NDArray[Any]) -> Scaling:
    """Measure the scaling of a training pair."""
    raise NotImplementedError


def _range(image: NDArray[Any]) -> tuple[float, float]:
    """Smallest and largest finite height."""
    return float(np.nanmin(image)), float(np.nanmax(image))
