"""Scaling: heights to the network's numbers and back."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _check, _core

#: Distance between the 5 % and the 95 % quantile of a normal distribution, in standard deviations.
_NORMAL_SPREAD = 3.2897072539029444

#: Beyond so many spreads a height is a mark for a missing pixel. In training, where its square is squared again, numbers
#: would exceed float32; a network that is applied loses only the neighbourhood, and larger numbers may be tails of smooth
#: objects on a flat surface.
_FURTHEST_TRAINED = 1e9
_FURTHEST_APPLIED = 1e30


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Linear maps between heights and the numbers a network works with.

    ``x = (z - in_shift) * in_factor`` leads from the heights of the noisy image to the network,
    ``z = y / out_factor + out_shift`` from its output back to heights. The factors are inverse heights.

    Parameters
    ----------
    kind : {"robust", "min-max"}
        How the numbers are measured. "robust": median, and the distance between the 5 % and the 95 % quantile (divided
        by 3.29, so that it is the standard deviation of normally distributed heights), of the image at hand; the
        output is on the same scale. "min-max": minimum and range of the image; the output is on that of the target.
    in_shift, in_factor, out_shift, out_factor : float
        The maps. Factors are positive; an infinite `in_factor` stands for a constant image.
    """

    kind: str
    in_shift: float
    in_factor: float
    out_shift: float
    out_factor: float

    def __post_init__(self) -> None:
        _check.choice("kind", self.kind, ("robust", "min-max"))
        for name in ("in_shift", "out_shift"):
            _check.finite(**{name: getattr(self, name)})
            object.__setattr__(self, name, float(getattr(self, name)))
        for name in ("in_factor", "out_factor"):
            value = getattr(self, name)
            if value != math.inf:
                _check.positive(**{name: value})
            object.__setattr__(self, name, float(value))

    @property
    def constant(self) -> bool:
        """Whether the image this was measured on has one height only."""
        return math.isinf(self.in_factor)


def measure(trained: Scaling, image: NDArray[Any], threads: int) -> Scaling:
    """Measure `image` the way `trained` was measured."""
    shift, factor = _measure("image", trained.kind, image, threads, _FURTHEST_APPLIED)
    if trained.kind == "robust":
        return Scaling("robust", shift, factor, shift, factor)
    return Scaling("min-max", shift, factor, trained.out_shift, trained.out_factor)


def measure_pair(kind: str, noisy: NDArray[Any], ideal: NDArray[Any], threads: int, name: str = "") -> Scaling:
    """Measure the scaling of a training pair; `name` tells it from other pairs, for example ``"[3]"``."""
    shift, factor = _measure(f"noisy{name}", kind, noisy, threads, _FURTHEST_TRAINED)
    out_shift, out_factor = _measure(f"ideal{name}", "min-max", ideal, threads, _FURTHEST_TRAINED)
    for what, low, constant in (("noisy", shift, math.isinf(factor)), ("ideal", out_shift, math.isinf(out_factor))):
        if constant:
            raise ValueError(f"{what}{name} must not be constant, got {low:g} everywhere")
    if kind == "robust":
        return Scaling("robust", shift, factor, shift, factor)
    return Scaling("min-max", shift, factor, out_shift, out_factor)


def _measure(name: str, kind: str, image: NDArray[Any], threads: int, furthest: float) -> tuple[float, float]:
    """Return shift and factor of the finite heights; the factor is infinite where they are all the same."""
    if kind == "robust":
        low, below, shift, above, high = _core.quantiles(image, [0.0, 0.05, 0.5, 0.95, 1.0], threads)
        # Where more than nine tenths of the heights are one and the same, to rounding, the quantiles say nothing: the
        # range must do.
        flat = not above - below > 4 * np.finfo(np.float64).eps * max(abs(below), abs(above))
        spread = (high - low if flat else above - below) / _NORMAL_SPREAD
    else:
        _, low, high = _core.finite_range(image, threads)
        shift, spread = low, high - low
    if not low <= high:
        raise ValueError(f"{name} must have a finite pixel, got none in {image.size}")
    if not math.isfinite(spread):
        raise ValueError(f"{name} must have heights whose range is a finite number, got {low:g} to {high:g}")
    factor = 1.0 / spread if spread > 0 else math.inf
    if math.isfinite(factor):
        refuse_far(name, low, high, shift, factor, furthest)
    return shift, factor


def refuse_far(name: str, low: float, high: float, shift: float, factor: float, furthest: float = _FURTHEST_TRAINED) -> None:
    """Refuse heights that are marks for missing pixels rather than heights."""
    if max(high - shift, shift - low) * factor > furthest:
        worst = high if high - shift > shift - low else low
        raise ValueError(
            f"{name} must have no height further than {furthest:g} times the spread {1.0 / factor:.3g} from the median "
            f"{shift:.3g}, got {worst:.6g}: missing pixels should be NaN"
        )
