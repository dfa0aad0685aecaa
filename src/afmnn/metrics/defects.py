"""Line defects of a scan. No ideal image is needed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._masks import MaskMode
from ..image import Image, unwrap
from ._pixels import without_others

SPREAD = 1.4826022185056018  # standard deviation of a normal distribution, in units of its median distance from the median


def row_steps(image: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Typical jump of height from one scan line to the next.

    For each two neighbouring rows, the median of the differences of their pixels is one jump; what is returned is the
    robust spread of all jumps, 1.4826 times their median distance from their median. Slopes of the sample cancel where
    hills go up and down in a row, edges do not count where they touch less than half of it, and a tilt is the median that is
    taken off.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights; rows are scan lines, at least three. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights. For rows with independent, normally distributed offsets of standard deviation ``s`` it is
        ``sqrt(2) s``. White noise of standard deviation ``s`` alone gives about ``1.77 s / sqrt(columns)``: less cannot be seen.

    Raises
    ------
    ValueError
        If `image` has fewer than three rows, an infinite height, or no three neighbouring rows that are not missing, or `mask`
        is of another shape, not finite, or leaves no pixel.
    """
    found = _core.row_steps(heights_of("image", image, (3, 1), mask, mask_mode))
    if math.isnan(found):
        raise ValueError("image must have at least three neighbouring rows that are not missing")
    return found


def x_noise(image: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Noise from pixel to pixel along the scan lines.

    The second differences ``z[j - 1] - 2 z[j] + z[j + 1]`` along rows are free of offsets and slopes; of white noise with the
    standard deviation ``s`` they have ``sqrt(6) s``. Their robust spread, 1.4826 times the median of their absolute values, is
    returned in units of that: the noise's standard deviation where the surface is smooth over three pixels nearly everywhere.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights; rows are scan lines, of at least three pixels. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights. 0 where more than half of the second differences are: heights recorded in coarse steps.

    Raises
    ------
    ValueError
        If `image` has fewer than three columns, an infinite height, or no three neighbours that are not missing, or `mask` is of
        another shape, not finite, or leaves no pixel.
    """
    found = _core.x_noise(heights_of("image", image, (1, 3), mask, mask_mode))
    if math.isnan(found):
        raise ValueError("image must have three neighbours in a row that are not missing")
    return found


def without_rows(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the median of each row off."""
    return heights - _row_medians(heights)[:, None]


def _row_medians(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Medians of the rows over what is not missing; NaN for a row without anything."""
    missing = np.isnan(heights)
    if not missing.any():
        return np.asarray(np.median(heights, axis=1))
    return np.array([np.median(row[~gone]) if not gone.all() else np.nan for row, gone in zip(heights, missing, strict=True)])


def heights_of(
    name: str,
    value: ArrayLike | Image,
    least: tuple[int, int],
    mask: ArrayLike | Image | None = None,
    mask_mode: str = "include",
) -> NDArray[np.float64]:
    """Check an image in which NaN marks missing pixels, and return it with NaN where the mask chooses none."""
    heights = unwrap(name, value, finite=False)
    if heights.shape[0] < least[0] or heights.shape[1] < least[1]:
        raise ValueError(f"{name} must have at least {least[0]} rows and {least[1]} columns, got shape {heights.shape}")
    heights = without_others(heights, mask, mask_mode, name)
    _check.no_infinite(name, heights)
    return heights.astype(np.float64, copy=False)
