"""Roughness: over which distance a surface resembles itself."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._masks import MaskMode
from .._typing import Float64s, Heights
from ..image import Image, unwrap
from ._pixels import without_others
from .roughness import without_mean
from .spectrum import lengths_of

_DECAYED = 0.2  # of the autocorrelation: what the standard says where nothing else is said
_LEAST_PAIRS = 0.05  # of the pixels that count: fewer pairs say nothing about a distance
_FINE, _PARTS = 8, 8  # the first pixels of a ray, each walked in parts: short lengths are between two pixels
_BLOCK = 1 << 18  # numbers transformed at once: 4 megabytes


def sal(
    image: ArrayLike | Image,
    *,
    pixel_size: float | tuple[float, float] | None = None,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """Autocorrelation length Sal: the shortest distance over which the autocorrelation falls to 0.2.

    The autocorrelation at a distance is the mean product of the heights, less their mean, of all pairs of pixels that are so far
    apart, over the mean square: of the pairs that are there, the image is not continued. It is followed from the middle along
    straight lines in all directions, up to half of the image, and is linear between pixels.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`): a tilt, a bow or offsets of rows have a length of their own. At least 4 x 4. NaN marks
        missing pixels.
    pixel_size : float or (float, float), optional
        Lateral unit per pixel, (dy, dx); by default that of an `Image`, and 1 for an array.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the lateral unit. ``1.27 T`` for a surface whose autocorrelation is ``exp(-(t / T) ** 2)``; 0.78 pixels for noise.

    Raises
    ------
    ValueError
        If `image` is smaller than 4 x 4, has an infinite height, none that counts, or the same height everywhere; if the
        autocorrelation falls to 0.2 nowhere within half of the image; or if `mask` is of another shape, not finite, or leaves no
        pixel.

    Notes
    -----
    From a scan of which few such lengths are seen, and from one that was levelled row by row, it comes out too short. Programs
    that continue the image periodically, or look at whole pixels only, give numbers that differ by a few per cent, or up to a
    pixel. A figure to be looked at: its last digits may differ between machines, as those of a Fourier transform do.

    References
    ----------
    ISO 25178-2.
    """
    shortest, _ = _decay(image, pixel_size, mask, mask_mode)
    return shortest


def str_(
    image: ArrayLike | Image,
    *,
    pixel_size: float | tuple[float, float] | None = None,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """Texture aspect ratio Str: whether a surface looks alike in all directions.

    The shortest distance over which the autocorrelation falls to 0.2, `sal`, over the longest. (``str`` is a word of Python.)

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`): a tilt or offsets of rows have a direction. At least 4 x 4. NaN marks missing pixels.
    pixel_size : float or (float, float), optional
        Lateral unit per pixel, (dy, dx); by default that of an `Image`, and 1 for an array.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        Above 0, and at most 1: above 0.5 a texture is said to be the same in all directions, below 0.3 to have one. Where the
        autocorrelation does not fall to 0.2 along some direction within half of the image, as along a grating, that half is
        the longest distance: Str is at most what is returned.

    Raises
    ------
    ValueError
        If `image` is smaller than 4 x 4, has an infinite height, none that counts, or the same height everywhere; if the
        autocorrelation falls to 0.2 nowhere within half of the image; or if `mask` is of another shape, not finite, or leaves no
        pixel.

    Notes
    -----
    Programs differ in what they return for a grating: nothing, 0, or such a bound. A figure to be looked at, as `sal`.

    References
    ----------
    ISO 25178-2.
    """
    shortest, longest = _decay(image, pixel_size, mask, mask_mode)
    return shortest / longest


def _decay(
    image: ArrayLike | Image,
    pixel_size: float | tuple[float, float] | None,
    mask: ArrayLike | Image | None,
    mask_mode: str,
) -> tuple[float, float]:
    """Return the shortest and the longest distance over which the autocorrelation falls to 0.2."""
    heights = unwrap("image", image, finite=False)
    if min(heights.shape) < 4:
        raise ValueError(f"image must have at least 4 rows and 4 columns, got shape {heights.shape}")
    dy, dx = lengths_of(image, pixel_size)
    heights = without_others(heights, mask, mask_mode)
    _check.no_infinite("image", heights)
    correlation = _autocorrelation(heights)
    unit = max(dy, dx)
    lengths, fallen = _along_rays(correlation, dy / unit, dx / unit)
    if not fallen.any():
        lowest = float(np.nanmin(correlation))
        raise ValueError(
            f"image must have an autocorrelation that falls to {_DECAYED} within half of it, got {lowest:.3g} and more"
        )
    return unit * float(lengths[fallen].min()), unit * float(lengths.max())


def _autocorrelation(heights: Heights) -> Float64s:
    """Return the autocorrelation at distances of 0 to ``rows // 2`` rows, and of ``-(cols // 2)`` to ``cols // 2`` columns.

    At the opposite distance it is the same. NaN where too few pairs are that far apart.
    """
    valid = ~np.isnan(heights)
    if not valid.any():
        raise ValueError("image must have pixels that are not NaN and count, got none")
    count = int(np.count_nonzero(valid))
    rest = np.zeros(heights.shape)
    rest[valid] = without_mean(heights[valid].astype(np.float64, copy=False))
    rows, cols = heights.shape
    down, aside = rows // 2, cols // 2
    found = _sums_over_pairs(rest)
    del rest
    if count == rows * cols:
        pairs = np.multiply.outer(rows - np.arange(down + 1.0), cols - np.abs(np.arange(-aside, aside + 1.0)))
    else:
        pairs = np.rint(_sums_over_pairs(valid.astype(np.float64)))
    pairs[pairs < _LEAST_PAIRS * count] = np.nan
    found /= pairs
    found /= found[0, aside]
    return found


def _sums_over_pairs(values: Float64s) -> Float64s:
    """Return the sums of ``values[r, c] * values[r + down, c + aside]``, for the distances of `_autocorrelation`."""
    rows, cols = values.shape
    down, aside = rows // 2, cols // 2
    # Zeros beyond the image, so many that no pair reaches around.
    high, wide = _transform_size(rows + down), _transform_size(cols + aside)
    waves = np.fft.rfft(values, wide, axis=1)
    step = max(_BLOCK // high, 1)
    for first in range(0, waves.shape[1], step):
        block = waves[:, first : first + step]
        whole = np.fft.fft(block, high, axis=0)
        # The inverse transform of what is real is the conjugate of the transform. The first rows of the block hold the result.
        back = np.fft.rfft(np.square(whole.real) + np.square(whole.imag), axis=0)
        block[: down + 1] = np.conj(back[: down + 1]) / high
    sums = np.empty((down + 1, 2 * aside + 1))
    step = max(_BLOCK // wide, 1)
    for first in range(0, down + 1, step):
        last = min(first + step, down + 1)
        part = np.fft.irfft(waves[first:last], wide, axis=1)
        sums[first:last, aside:] = part[:, : aside + 1]
        sums[first:last, :aside] = part[:, wide - aside :]
    return sums


def _transform_size(least: int) -> int:
    """Return the smallest even number that is not below `least` and has no other prime factors than 2, 3 and 5."""
    size = least + least % 2
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 2


def _along_rays(correlation: Float64s, dy: float, dx: float) -> tuple[Float64s, NDArray[np.bool_]]:
    """Return over which lengths the autocorrelation falls to 0.2, and whether it does, along a ray to each point of the border.

    Where it does not, the length is that of the ray as far as the autocorrelation is known.
    """
    down, aside = correlation.shape[0] - 1, correlation.shape[1] // 2
    y = np.concatenate([np.full(2 * aside + 1, down), np.arange(down), np.arange(down)])
    x = np.concatenate([np.arange(-aside, aside + 1), np.full(down, -aside), np.full(down, aside)])
    ends = np.maximum(y, np.abs(x))  # steps of a row or a column, along whichever axis the ray is longer
    places = np.concatenate([np.arange(_FINE * _PARTS) / _PARTS, np.arange(_FINE, ends.max() + 1)])
    reached, fallen = np.zeros(len(ends)), np.zeros(len(ends), bool)
    rays, before = np.arange(len(ends)), np.ones(len(ends))
    for last, place in itertools.pairwise(places):
        here = _at(correlation, y[rays] * place / ends[rays], x[rays] * place / ends[rays])
        falls = here <= _DECAYED
        reached[rays[falls]] = last + (place - last) * (before[falls] - _DECAYED) / (before[falls] - here[falls])
        fallen[rays[falls]] = True
        goes_on = here > _DECAYED
        reached[rays[goes_on]] = place
        inside = goes_on & (ends[rays] > place)
        rays, before = rays[inside], here[inside]
        if rays.size == 0:
            break
    return reached * np.sqrt(np.square(y * dy) + np.square(x * dx)) / ends, fallen


def _at(correlation: Float64s, y: Float64s, x: Float64s) -> Float64s:
    """Return the autocorrelation between four pixels, bilinear; NaN where one is not known, and beyond the border."""
    down, aside = correlation.shape[0] - 1, correlation.shape[1] // 2
    x = x + aside
    row, col = np.minimum(y.astype(np.intp), down - 1), np.minimum(x.astype(np.intp), 2 * aside - 1)
    below, right = y - row, x - col
    upper = correlation[row, col] * (1 - right) + correlation[row, col + 1] * right
    lower = correlation[row + 1, col] * (1 - right) + correlation[row + 1, col + 1] * right
    return np.asarray(upper * (1 - below) + lower * below)
