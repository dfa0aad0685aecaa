"""What surfaces made of bodies (particles, rods) have in common: geometry, checks, the count for a coverage."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._warn import warn

MOST_STEPS = 1_000_000  # of a simulation, which cannot be interrupted


class Canvas(NamedTuple):
    """The image to be covered, lengths in the lateral unit."""

    shape: tuple[int, int]
    pixel: tuple[float, float]
    base: NDArray[np.float64] | None

    @property
    def size(self) -> tuple[float, float]:
        """Height and width of the image."""
        return self.shape[0] * self.pixel[0], self.shape[1] * self.pixel[1]

    def area_of_centres(self, margin: float) -> float:
        """Area in which centres of bodies lie: the image and a margin on all four sides."""
        height, width = self.size
        return (height + 2 * margin) * (width + 2 * margin)

    def covered(self, heights: NDArray[np.float64]) -> float:
        """Fraction of pixels whose height a body determines."""
        base = 0.0 if self.base is None else self.base
        return float(np.count_nonzero(heights > base)) / heights.size


def check_canvas(shape: tuple[int, int] | None, pixel_size: float | tuple[float, float], base: ArrayLike | None) -> Canvas:
    """Check shape, pixel size and base of a surface."""
    checked, heights = _check.shape_or_base(shape, base)
    pixel = _check.pair("pixel_size", pixel_size)
    return Canvas(checked, pixel, None if heights is None else np.ascontiguousarray(heights))


def radius_limits(on: Canvas, radius: float, radius_std: float) -> tuple[float, float]:
    """Check the distribution of radii against the image, and return the limits of a drawn radius."""
    _check.positive(radius=radius)
    _check.non_negative(radius_std=radius_std)
    half_pixel = max(on.pixel) / 2
    smaller_side = min(on.size)
    if radius < half_pixel:
        raise ValueError(f"radius must be at least half a pixel, {half_pixel:g}, got {radius!r}")
    if radius > smaller_side / 4:
        raise ValueError(
            f"radius must be at most a quarter of the smaller side of the image, {smaller_side / 4:g}, got {radius!r}"
        )
    if radius_std > radius:
        raise ValueError(f"radius_std must be at most radius, {radius:g}, got {radius_std!r}")
    return max(radius / 100, half_pixel), smaller_side / 2


def count_for(coverage: float, area: float, mean_body: float) -> int:
    """Return how many bodies of a mean projected area cover a fraction of an area, if they did not overlap."""
    _check.finite(coverage=coverage)
    if not 0 < coverage <= 1:
        raise ValueError(f"coverage must be above 0 and at most 1, got {coverage!r}")
    count = math.floor(coverage * area / mean_body + 0.5)
    if count < 1:
        raise ValueError(f"coverage must be at least {mean_body / area / 2:.3g} for one body to lie here, got {coverage!r}")
    return count


def warn_if_fewer(what: str, placed: int, wanted: int, coverage: float) -> None:
    """Warn that only some bodies found room."""
    if placed < wanted:
        reached = coverage * placed / wanted
        message = f"only {placed} of {wanted} {what} found room: the coverage is about {reached:.3g}, not {coverage:g}"
        warn(message, UserWarning)
