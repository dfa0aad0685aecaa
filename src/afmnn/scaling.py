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
#: Rows and columns that a levelled scaling is measured on, at most.
_MEASURED = 1024
#: Of these pixels, so many are compared for a slope, about.
_COMPARED = 1 << 14
#: An image whose spread after levelling is so few units in the last place of its heights is nothing but a plane.
_ROUNDING = 4 * np.finfo(np.float64).eps


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Linear maps between heights and the numbers a network works with.

    ``x = (z - in_shift) * in_factor`` leads from the heights of the noisy image to the network,
    ``z = y / out_factor + out_shift`` from its output back to heights. The factors are inverse heights.

    Parameters
    ----------
    kind : {"robust", "levelled", "min-max"}
        How the numbers are measured. "robust": median, and the distance between the 5 % and the 95 % quantile (divided
        by 3.29, so that it is the standard deviation of normally distributed heights), of the image at hand; the
        output is on the same scale. "levelled": the same, after a plane has been taken off, which is put back in the end.
        "min-max": minimum and range of the image; the output is on that of the target.
    in_shift, in_factor, out_shift, out_factor : float
        The maps. Factors are positive; an infinite `in_factor` stands for a constant image.
    row_slope, col_slope : float
        Of the plane through the first pixel, in heights per pixel; 0 unless `kind` is "levelled".
    """

    kind: str
    in_shift: float
    in_factor: float
    out_shift: float
    out_factor: float
    row_slope: float = 0.0
    col_slope: float = 0.0

    def __post_init__(self) -> None:
        _check.choice("kind", self.kind, ("robust", "levelled", "min-max"))
        for name in ("in_shift", "out_shift", "row_slope", "col_slope"):
            _check.finite(**{name: getattr(self, name)})
            object.__setattr__(self, name, float(getattr(self, name)))
        for name in ("in_factor", "out_factor"):
            value = getattr(self, name)
            if value != math.inf:
                _check.positive(**{name: value})
            object.__setattr__(self, name, float(value))

    def plane(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Return the plane that is taken off an image.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        ndarray of float64, shape `shape`
            Heights above that of the first pixel.

        Raises
        ------
        ValueError
            If `shape` is not two positive integers.
        """
        shape = _check.shape("shape", shape)
        rows, cols = np.arange(shape[0]), np.arange(shape[1])
        return np.asarray(self.row_slope * rows[:, None] + self.col_slope * cols)

    @property
    def constant(self) -> bool:
        """Whether the image this was measured on has one height only."""
        return math.isinf(self.in_factor)


def measure(trained: Scaling, image: NDArray[Any], threads: int) -> Scaling:
    """Measure `image` the way `trained` was measured."""
    if trained.kind == "levelled":
        return _measure_levelled("image", image, threads, _FURTHEST_APPLIED)
    shift, factor = _measure("image", trained.kind, image, threads, _FURTHEST_APPLIED)
    if trained.kind == "robust":
        return Scaling("robust", shift, factor, shift, factor)
    return Scaling("min-max", shift, factor, trained.out_shift, trained.out_factor)


def measure_pair(kind: str, noisy: NDArray[Any], ideal: NDArray[Any], threads: int, name: str = "") -> Scaling:
    """Measure the scaling of a training pair; `name` tells it from other pairs, for example ``"[3]"``."""
    levelled = _measure_levelled(f"noisy{name}", noisy, threads, _FURTHEST_TRAINED) if kind == "levelled" else None
    if levelled is not None:
        shift, factor = levelled.in_shift, levelled.in_factor
    else:
        shift, factor = _measure(f"noisy{name}", kind, noisy, threads, _FURTHEST_TRAINED)
    out_shift, out_factor = _measure(f"ideal{name}", "min-max", ideal, threads, _FURTHEST_TRAINED)
    for what, low, constant in (("noisy", shift, math.isinf(factor)), ("ideal", out_shift, math.isinf(out_factor))):
        if constant:
            raise ValueError(f"{what}{name} must not be constant, got {low:g} everywhere")
    if levelled is not None:
        return levelled
    if kind == "robust":
        return Scaling("robust", shift, factor, shift, factor)
    return Scaling("min-max", shift, factor, out_shift, out_factor)


def _measure_levelled(name: str, image: NDArray[Any], threads: int, furthest: float) -> Scaling:
    # A thousand rows and columns say enough about a plane and a spread, and memory stays bounded.
    steps = [-(-n // _MEASURED) for n in image.shape]
    sample = image[:: steps[0], :: steps[1]].astype(np.float64)
    if not np.isfinite(sample).any():
        steps = [1, 1]
        sample = image.astype(np.float64)
    row_slope, col_slope = (_slope(sample, axis) for axis in (0, 1))
    plane = Scaling("levelled", 0.0, 1.0, 0.0, 1.0, row_slope, col_slope).plane(sample.shape)
    sample -= plane
    shift, factor = _measure(name, "robust", sample, threads, furthest)
    # What is left of a plane after it is taken off is rounding. The plane tells how large heights are, and marks for missing
    # pixels do not take part.
    if math.isfinite(factor) and factor * _ROUNDING * (abs(shift) + float(np.abs(plane).max())) > 1.0:
        factor = math.inf
    return Scaling("levelled", shift, factor, shift, factor, row_slope / steps[0], col_slope / steps[1])


def _slope(image: NDArray[np.float64], axis: int) -> float:
    """Heights per row (axis 0) or column: median over pairs of pixels in a line, of two distances.

    A plane on top changes all pairs by its own slope, so that neither its size nor its direction makes a difference. Of one
    distance alone, half a period of a grating would be nothing but steps.
    """
    lines = image if axis == 0 else image.T
    length = len(lines)
    lines = lines[:, :: max(1, image.size // _COMPARED)]
    distances = {max(1, length // 2), max(1, length // 3)} if length > 1 else set()
    with np.errstate(invalid="ignore", over="ignore"):
        slopes = [((lines[d:] - lines[:-d]) / d).ravel() for d in sorted(distances)]
    found = np.concatenate([s[np.isfinite(s)] for s in slopes]) if slopes else np.empty(0)
    return float(np.median(found)) + 0.0 if found.size else 0.0  # never -0: among zeros of both signs, the middle one is anyone


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
