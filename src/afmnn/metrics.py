"""How far an image is from the ideal one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _check
from .image import Image, unwrap

__all__ = ["psnr", "rms_error"]


def rms_error(image: ArrayLike | Image, ideal: ArrayLike | Image, *, mask: ArrayLike | None = None) -> float:
    """Root-mean-square difference of two images.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit.
    mask : array_like, shape of the images, optional
        Pixels that count: those with ``mask >= 1``. The others may be NaN.

    Returns
    -------
    float
        In the unit of the heights.

    Raises
    ------
    ValueError
        If the shapes differ, a pixel that counts is not finite, or none counts.
    """
    difference, _ = _difference(image, ideal, mask)
    scale = float(np.abs(difference).max())  # squares of 1e-200 are zero
    return scale * math.sqrt(float(np.mean(np.square(difference / scale)))) if scale > 0 else 0.0


def psnr(
    image: ArrayLike | Image, ideal: ArrayLike | Image, *, mask: ArrayLike | None = None, data_range: float | None = None
) -> float:
    """Peak signal-to-noise ratio, ``20 log10(data_range / rms_error)``.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit.
    mask : array_like, shape of the images, optional
        Pixels that count: those with ``mask >= 1``. The others may be NaN.
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
    error = rms_error(image, ideal, mask=mask)
    if data_range is None:
        _, heights = _difference(image, ideal, mask)
        data_range = float(heights.max()) - float(heights.min())
        if data_range == 0:
            raise ValueError("ideal must not be constant where data_range is left out")
    _check.positive(data_range=data_range)
    return 20 * (math.log10(data_range) - math.log10(error)) if error > 0 else math.inf


def _difference(
    image: ArrayLike | Image, ideal: ArrayLike | Image, mask: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return difference and ideal heights of the pixels that count."""
    heights = unwrap("image", image, finite=mask is None)
    truth = unwrap("ideal", ideal, finite=mask is None)
    if heights.shape != truth.shape:
        raise ValueError(f"image must have the shape of ideal {truth.shape}, got {heights.shape}")
    if mask is not None:
        marks = _check.image("mask", mask)
        if marks.shape != truth.shape:
            raise ValueError(f"mask must have the shape of ideal {truth.shape}, got {marks.shape}")
        counts = marks >= 1
        if not counts.any():
            raise ValueError("mask must leave a pixel that counts, got none")
        for name, array in (("image", heights), ("ideal", truth)):
            _check.all_finite(name, np.where(counts, array, 0.0))
        heights, truth = heights[counts], truth[counts]
    return np.subtract(heights, truth, dtype=np.float64), truth.astype(np.float64, copy=False)
