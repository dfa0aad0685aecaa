"""How far an image is from the ideal one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._elementary import mean, mean_square
from .._masks import MaskMode
from ..image import Image, in_one_unit, unwrap
from ._pixels import counted
from ._windows import correlated, even

_ROWS = 64  # worked on at once

__all__ = ["largest_bias", "mean_bias", "psnr", "rms_error"]


def rms_error(
    image: ArrayLike | Image, ideal: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include"
) -> float:
    """Root-mean-square difference of two images.

    A different zero or tilt counts as error: `mean_bias` says how much the zero is. Heights of two scans never count from the
    same place.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit.
    mask : array_like, shape of the images, optional
        Chooses the pixels that count. The others may be NaN.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights.

    Raises
    ------
    ValueError
        If the shapes differ, a pixel that counts is not finite, or none counts.
    """
    difference, _ = _difference(image, ideal, mask, mask_mode)
    return rms(difference)


def psnr(
    image: ArrayLike | Image,
    ideal: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
    data_range: float | None = None,
) -> float:
    """Peak signal-to-noise ratio, ``20 log10(data_range / rms_error)``. A different zero counts as error, see `rms_error`.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit.
    mask : array_like, shape of the images, optional
        Chooses the pixels that count. The others may be NaN.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.
    data_range : float, optional
        By default the distance between the lowest and the highest height of `ideal`.

    Returns
    -------
    float
        In decibels; infinite where the images are the same.

    Raises
    ------
    ValueError
        If the shapes differ, a pixel that counts is not finite, none counts, or the range is not positive.
    """
    error = rms_error(image, ideal, mask=mask, mask_mode=mask_mode)
    if data_range is None:
        _, heights = _difference(image, ideal, mask, mask_mode)
        data_range = float(heights.max()) - float(heights.min())
        if data_range == 0:
            raise ValueError("ideal must not be constant where data_range is left out")
    _check.positive(data_range=data_range)
    return 20 * (math.log10(data_range) - math.log10(error)) if error > 0 else math.inf


def mean_bias(
    image: ArrayLike | Image, ideal: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include"
) -> float:
    """Mean of ``image - ideal``: by how much the heights are too large on average.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit.
    mask : array_like, shape of the images, optional
        Chooses the pixels that count. The others may be NaN.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights.

    Raises
    ------
    ValueError
        If the shapes differ, a pixel that counts is not finite, or none counts.
    """
    difference, _ = _difference(image, ideal, mask, mask_mode)
    return mean(difference)


def largest_bias(
    image: ArrayLike | Image,
    ideal: ArrayLike | Image,
    *,
    size: int = 9,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """Largest difference from the ideal that a whole neighbourhood shares.

    The difference ``image - ideal`` is averaged over every square of `size` pixels; the average that is furthest from
    zero is returned. Noise of single pixels averages out, by the factor `size`; what is left says by how much a feature
    is too high or too low somewhere. With ``size=1`` it is the largest error of a pixel.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit.
    size : int
        Side of the squares in pixels; at most the smaller side of the images.
    mask : array_like, shape of the images, optional
        Chooses the pixels that count. The others may be NaN; squares that contain one do not count.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights; positive where the image is too high. NaN where no square is complete.

    Raises
    ------
    ValueError
        If the shapes differ, a pixel that counts is not finite, none counts, or a square does not fit into the images.
    """
    size = _check.integer("size", size, minimum=1)
    difference, _ = _difference(image, ideal, mask, mask_mode)
    heights = unwrap("image", image, finite=False)
    if size > min(heights.shape):
        raise ValueError(f"size must be at most the smaller side of the images {heights.shape}, got {size}")
    valid = counted(mask, mask_mode, heights.shape, "ideal")
    if valid is not None:
        spread = np.full(heights.shape, np.nan)
        spread[valid] = difference
        difference = spread
    largest = math.nan
    for first in range(0, len(difference) - size + 1, _ROWS):
        means = correlated(difference[first : first + _ROWS + size - 1], even(size))
        found = means[np.isfinite(means)]
        if found.size:
            here = float(found[np.argmax(np.abs(found))])
            largest = here if math.isnan(largest) or abs(here) > abs(largest) else largest
    return largest


def rms(values: NDArray[np.float64]) -> float:
    """Root of the mean square, also of heights whose squares are no numbers any more."""
    scale = float(np.abs(values).max())
    return scale * math.sqrt(mean_square(values / scale)) if scale > 0 else 0.0


def _difference(
    image: ArrayLike | Image, ideal: ArrayLike | Image, mask: ArrayLike | Image | None, mask_mode: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return difference and ideal heights of the pixels that count."""
    image, ideal = in_one_unit(image, ideal)
    all_count = mask is None or mask_mode == "ignore"
    heights = unwrap("image", image, finite=all_count, missing="mask=")
    truth = unwrap("ideal", ideal, finite=all_count, missing="mask=")
    if heights.shape != truth.shape:
        raise ValueError(f"image must have the shape of ideal {truth.shape}, got {heights.shape}")
    valid = counted(mask, mask_mode, truth.shape, "ideal")
    if valid is not None:
        for name, array in (("image", heights), ("ideal", truth)):
            _check.all_finite(name, np.where(valid, array, 0.0))
        heights, truth = heights[valid], truth[valid]
    return np.subtract(heights, truth, dtype=np.float64), truth.astype(np.float64, copy=False)
