"""Roughness: how the heights of a surface are distributed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._elementary import mean, mean_square
from .._masks import MaskMode
from .._typing import Float64s
from ..image import Image, unwrap
from ._pixels import without_others
from .errors import rms


def sq(image: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Root-mean-square height Sq about the mean height.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`) if the tilt of the sample shall not count. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, has an infinite height, or none that is not NaN; or `mask` is of another shape, not
        finite, or leaves no pixel.

    References
    ----------
    ISO 25178-2.
    """
    heights = present(image, mask, mask_mode)
    return rms(heights - mean(heights))


def sa(image: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Arithmetic mean height Sa: the mean distance from the mean height.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`) if the tilt of the sample shall not count. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, has an infinite height, or none that is not NaN; or `mask` is of another shape, not
        finite, or leaves no pixel.

    References
    ----------
    ISO 25178-2.
    """
    heights = present(image, mask, mask_mode)
    return mean(np.abs(heights - mean(heights)))


def ssk(image: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Skewness Ssk of the heights: the mean cube of the distances from the mean height, over the cube of Sq.

    Divided by the number of pixels, not by one less: the definition is an integral over the area.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`) if the tilt of the sample shall not count. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        0 for a surface that looks the same upside down; positive for peaks on a plain, negative for holes in one.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, has an infinite height, none that is not NaN, or the same height everywhere; or `mask`
        is of another shape, not finite, or leaves no pixel.

    References
    ----------
    ISO 25178-2.
    """
    rest = without_mean(present(image, mask, mask_mode))
    square = mean_square(rest)
    return mean(rest * rest * rest) / (square * math.sqrt(square))


def sku(image: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Kurtosis Sku of the heights: the mean fourth power of the distances from the mean height, over that of Sq.

    It is not the excess kurtosis, from which 3 is taken off.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`) if the tilt of the sample shall not count. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        3 for heights of a normal distribution, 1.5 for a sine wave, 1 for two heights only; large for rare peaks or holes.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, has an infinite height, none that is not NaN, or the same height everywhere; or `mask`
        is of another shape, not finite, or leaves no pixel.

    References
    ----------
    ISO 25178-2.
    """
    rest = without_mean(present(image, mask, mask_mode))
    square = mean_square(rest)
    return mean_square(rest * rest) / (square * square)


def sz(image: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Maximum height Sz: the distance between the lowest and the highest height.

    Of the whole image, as ISO 25178-2 defines it, not a mean over its parts. One pixel of noise decides it.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`) if the tilt of the sample shall not count. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, has an infinite height, or none that is not NaN; or `mask` is of another shape, not
        finite, or leaves no pixel.

    References
    ----------
    ISO 25178-2.
    """
    heights = present(image, mask, mask_mode)
    low, high = float(heights.min()), float(heights.max())
    check_range(low, high)
    return high - low


def present(image: ArrayLike | Image, mask: ArrayLike | Image | None = None, mask_mode: str = "include") -> Float64s:
    """Return the heights that count and are not missing."""
    heights = without_others(unwrap("image", image, finite=False), mask, mask_mode)
    _check.no_infinite("image", heights)
    valid = ~np.isnan(heights)
    if not valid.any():
        raise ValueError("image must have pixels that are not NaN" + (", got none" if mask is None else " and count, got none"))
    return np.asarray(heights[valid], np.float64)


def check_range(low: float, high: float) -> None:
    """Refuse heights that are further apart than a number can say."""
    if math.isinf(high - low):
        raise ValueError(f"image must have a range of heights that is a number, got {low:g} to {high:g}")


def without_mean(heights: Float64s) -> Float64s:
    """Return heights that are all there less their mean, in units of their range; refuse a constant image."""
    low, high = float(heights.min()), float(heights.max())
    check_range(low, high)
    if low == high:
        raise ValueError(f"image must not be constant, got {low:g} everywhere")
    # Less the lowest height first: next to a large offset a mean has no digits left for the relief.
    rest = (heights - low) / (high - low)
    rest -= mean(rest)
    return rest
