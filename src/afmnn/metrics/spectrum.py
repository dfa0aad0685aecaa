"""Power spectra of surfaces, and how they change."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._masks import MaskMode
from .._typing import Mask
from ..image import Image, in_one_unit, unwrap
from ._pixels import counted

_LEAST_POWER = 1e-3  # of an octave that counts, in units of the whole


def power_spectrum(
    image: ArrayLike | Image,
    *,
    axis: int = 1,
    pixel_size: float | tuple[float, float] | None = None,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One-dimensional power spectral density of the profiles along an axis, averaged over them.

    Each profile is taken less its mean, so that offsets between scan lines do not count along them, and weighted by a Hann
    window, so that the ends need not fit together.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, at least four along `axis`.
    axis : {1, 0}
        1: profiles are the rows (scan lines); 0: they are the columns.
    pixel_size : float or (float, float), optional
        Lateral unit per pixel, (dy, dx); by default that of an `Image`, and 1 for an array.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count. A profile with one that does not is left out, because a spectrum needs all of it; the
        pixels that do not count may be NaN.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    frequency : ndarray of float64
        Cycles per lateral unit, from the first that is not zero to half a cycle per pixel.
    power : ndarray of float64
        Height squared times lateral unit, one-sided: its integral over frequency is the mean square of the profiles.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, not finite where it counts, or too small, an argument is out of its range, or `mask` is
        of another shape, not finite, or leaves no whole profile.
    """
    heights = unwrap("image", image, finite=mask is None or mask_mode == "ignore")
    pixels = counted(mask, mask_mode, heights.shape)
    _check.axis(axis)
    if heights.shape[axis] < 4:
        raise ValueError(f"image must have at least 4 pixels along axis {axis}, got shape {heights.shape}")
    length = lengths_of(image, pixel_size)[axis]
    if pixels is not None:
        _check.all_finite("image", np.where(pixels, heights, 0.0))
        whole = pixels.all(axis=axis)
        if not whole.any():
            raise ValueError(f"mask must leave a profile along axis {axis} that counts as a whole, got none")
        heights = heights[whole] if axis == 1 else heights[:, whole]
    profiles = heights.astype(np.float64) if axis == 1 else heights.T.astype(np.float64)
    count = profiles.shape[1]
    profiles -= profiles[:, :1].copy()  # before the mean: next to a large offset, a mean has no digits left for the relief
    profiles -= profiles.mean(axis=1, keepdims=True)
    window = 0.5 - 0.5 * np.cos(2 * math.pi * (np.arange(count) + 0.5) / count)
    window /= math.sqrt(float(np.mean(np.square(window))))
    power = np.mean(np.square(np.abs(np.fft.rfft(profiles * window, axis=1))), axis=0) * (length / count)
    power[1 : (count + 1) // 2] *= 2  # a negative frequency for each, but for zero and, if there is one, the last
    return np.asarray(np.fft.rfftfreq(count, length)[1:], np.float64), np.asarray(power[1:], np.float64)


def lengths_of(image: ArrayLike | Image, pixel_size: float | tuple[float, float] | None) -> tuple[float, float]:
    """Return height and width of a pixel: what is given, or that of an `Image`, or 1."""
    if pixel_size is None:
        pixel_size = image.pixel_size if isinstance(image, Image) else 1.0
    return _check.pair("pixel_size", pixel_size)


def spectrum_change(
    image: ArrayLike | Image,
    ideal: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """How much the power spectrum differs from the ideal's, in decibels.

    Both spectra, along rows and along columns, are summed over octaves of frequency; of the octaves in which the ideal has
    at least a thousandth of its power, the mean of ``abs(10 log10(power / ideal power))`` is returned. 0.1 dB is 2.3 % of the
    power, or 1.2 % of the height, of waves of one length.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit.
    mask : array_like, shape of the images, optional
        Chooses the pixels that count. Rows and columns with one that does not are left out; where no column is whole, rows alone
        count, and the other way round.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In decibels; infinite where the image has no power in an octave, NaN where the ideal is flat.

    Raises
    ------
    ValueError
        If the shapes differ, an image is not finite where it counts, or it is too small, or `mask` is of another shape, not
        finite, or leaves no whole row or column.
    """
    image, ideal = in_one_unit(image, ideal)
    all_count = mask is None or mask_mode == "ignore"
    one, other = unwrap("image", image, finite=all_count), unwrap("ideal", ideal, finite=all_count)
    if one.shape != other.shape:
        raise ValueError(f"image must have the shape of ideal {other.shape}, got {one.shape}")
    pixels = counted(mask, mask_mode, other.shape, "ideal")
    axes = [axis for axis in (0, 1) if pixels is None or pixels.all(axis=axis).any()]
    if not axes:
        raise ValueError("mask must leave a row or a column that counts as a whole, got none")
    if pixels is not None:
        one, other = (np.where(pixels, heights, 0) for heights in (one, other))
        for name, heights in (("image", one), ("ideal", other)):
            _check.all_finite(name, heights)
    known = other if pixels is None else other[pixels]
    centre = known.mean(dtype=np.float64)
    scale = float(np.abs(known.astype(np.float64, copy=False) - centre).max())
    if scale == 0:
        return math.nan
    levels: list[float] = []
    for axis in axes:
        # Less the mean first: divided by the scale, a large offset would leave no digits to the relief.
        power, expected = (
            _octaves((heights.astype(np.float64, copy=False) - centre) / scale, axis, pixels) for heights in (one, other)
        )
        # A figure to be looked at: transforms differ in their last digits between CPUs, and an octave that has this share of the
        # power to the last digit may count on one only.
        counts = expected >= _LEAST_POWER * expected.sum()
        ratios = power[counts] / expected[counts]
        levels += [abs(10 * math.log10(ratio)) if ratio > 0 else math.inf for ratio in ratios]
    return float(np.mean(levels)) if levels else math.nan


def _octaves(heights: ArrayLike, axis: int, pixels: Mask | None) -> NDArray[np.float64]:
    """Return the power between 1/4 and 1/2 of a cycle per pixel, between 1/8 and 1/4, and so on; the longest waves are one."""
    frequency, power = power_spectrum(heights, axis=axis, mask=pixels)
    octave = np.floor(-np.log2(2 * frequency) + 1e-9).astype(int)
    last = max(int(octave.max()) - 1, 0)  # a Hann window lets neighbouring frequencies run together
    return np.bincount(np.minimum(octave, last), weights=power).astype(np.float64, copy=False)
