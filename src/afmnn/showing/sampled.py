"""What a picture needs of an image: few enough pixels, a colour range that outliers do not rule, its proportions."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._text import prefix, quantity
from .._typing import Float64s
from ..evaluation.plots import axis_scale
from ..image import Image

_MOST_PIXELS = 700  # a side of a picture; more than a notebook shows
_OUTERMOST = 0.002  # share of pixels at each end that may be beyond the colours
_FEWEST_COLUMNS = 3  # in which a bar has room
_WIDEST = 6.0  # a picture is at most so many times as wide as high, or as high as wide


class Sample(NamedTuple):
    """Every so many pixels of an image."""

    heights: Float64s  # NaN where missing
    steps: tuple[int, int]  # every how many rows and columns
    shape: tuple[int, int]


def sampled(heights: NDArray[Any], most: int = _MOST_PIXELS) -> Sample:
    """Take rows and columns evenly, so that the time for it does not depend on the size of the image."""
    rows, cols = heights.shape
    steps = max(1, -(-rows // most)), max(1, -(-cols // most))
    part = np.asarray(heights[:: steps[0], :: steps[1]], np.float64)
    return Sample(np.where(np.isfinite(part), part, np.nan), steps, (rows, cols))


def limits(*images: Float64s) -> tuple[float, float] | None:
    """Return the heights between which images are shown on one scale; None if no pixel has a height."""
    known = [image[~np.isnan(image)] for image in images]
    known = [values for values in known if values.size]
    if not known:
        return None
    # Heights that are there: what lies between two of them may be too large for a number.
    ends = [np.quantile(values, (_OUTERMOST, 1 - _OUTERMOST), method="nearest") for values in known]
    low, high = min(float(end[0]) for end in ends), max(float(end[1]) for end in ends)
    if low == high:  # all but a few pixels are of one height
        low, high = min(float(values.min()) for values in known), max(float(values.max()) for values in known)
    return low, high


class Scale(NamedTuple):
    """How heights are written beside a colour bar: less an offset, in a handy unit."""

    offset: float
    size: float
    label: str


def height_scale(low: float, high: float, unit: str) -> Scale:
    """Return how to write heights between two limits; far from zero they are counted from the lowest."""
    span = high - low
    far = max(abs(low), abs(high))
    offset = 0.0
    if math.isfinite(span) and 0 < 20 * span < far:
        offset = low
    size, name = axis_scale((span if offset else far) or 1.0, unit)
    if size == 0.0 or not math.isfinite(size):
        size, name = 1.0, unit
    label = f"height ({name})" if name else "height"
    return Scale(offset, size, f"{label} above {quantity(offset, unit)}" if offset else label)


class Frame(NamedTuple):
    """Proportions of a picture, and whether they had to be others than those of the scan."""

    aspect: float  # height over width
    to_scale: bool


def frame(image: Image) -> Frame:
    """Return the proportions in which an image is shown: as it is, unless it would be a line."""
    height, width = image.size
    aspect = height / width
    if 1 / _WIDEST <= aspect <= _WIDEST:
        return Frame(aspect, to_scale=True)
    return Frame(_WIDEST if aspect > 1 else 1 / _WIDEST, to_scale=False)


class ScaleBar(NamedTuple):
    """A bar of a round length."""

    share: float  # of the width of the picture
    label: str


def scale_bar(image: Image) -> ScaleBar | None:
    """Return the bar that says how long things are along the scan lines; None where it has no room.

    Where the lateral unit is not known it counts pixels.
    """
    cols = image.shape[1]
    width, unit = (image.size[1], image.unit_xy) if image.unit_xy else (float(cols), "px")
    if cols < _FEWEST_COLUMNS:
        return None
    longest = width / 3
    exponent = math.floor(math.log10(longest))
    length = next(n for n in (5, 2, 1) if n * 10.0**exponent <= longest * (1 + 1e-9)) * 10.0**exponent
    return ScaleBar(length / width, f"{length:g} px" if unit == "px" else quantity(length, unit))


def described_size(image: Image) -> str:
    """Return the size of an image in words: physical, if that is known, and in pixels."""
    rows, cols = image.shape
    pixels = f"{rows} x {cols} px"
    if not image.unit_xy:
        return pixels
    height, width = image.size
    size, name = prefix(max(height, width), image.unit_xy)
    return f"{height / size:.3g} x {width / size:.3g} {name}, {pixels}"
