"""Roughness: how steep a surface is, and how much larger than its projection."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core, _units
from .._elementary import total
from .._masks import MaskMode
from .._threads import resolve_threads
from .._typing import Float64s, Heights
from ..image import Image, unwrap
from ._pixels import without_others
from .roughness import check_range
from .spectrum import lengths_of

_BAND = 1 << 16  # pixels worked on at once: half a megabyte of float64


def sdq(
    image: ArrayLike | Image,
    *,
    pixel_size: float | tuple[float, float] | None = None,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """Root-mean-square gradient Sdq: how steep the surface is.

    ``sqrt(<(dz/dx)^2> + <(dz/dy)^2>)``, where a slope is the difference of two neighbouring pixels over their distance, and each
    mean is that over all neighbours along a row, or a column.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`) if the tilt of the sample shall not count; at least 2 x 2. NaN marks missing pixels.
    pixel_size : float or (float, float), optional
        Lateral unit per pixel, (dy, dx); by default that of an `Image`. An array needs one, in the unit of its heights.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        A number without a unit: 0.1 for a slope of 5.7 degrees.

    Raises
    ------
    ValueError
        If `image` is smaller than 2 x 2, has an infinite height, or nowhere two neighbours in a row or in a column that count; if
        its heights and its size have units that cannot be compared; or if `mask` is of another shape, not finite, or leaves no
        pixel.

    Notes
    -----
    What is measured depends on the distance of the pixels: noise that differs from pixel to pixel is steeper on a finer grid. The
    standard leaves open how slopes are taken. Differences over two pixels (``numpy.gradient``) or over seven see less of what
    is short: of white noise, differences of neighbours have twice the slope of those over two pixels.

    References
    ----------
    ISO 25178-2.
    """
    heights, (dy, dx), height = _surface(image, pixel_size, mask, mask_mode)
    height = height or 1.0  # of a constant image: it has to have neighbours all the same
    sums, counts = [0.0, 0.0], [0, 0]
    for band, own in _bands(heights):
        for i, steps in enumerate((np.diff(band[:own], axis=1), np.diff(band, axis=0))):
            known = steps[~np.isnan(steps)] / height
            if known.size:
                sums[i] += total(known * known)
                counts[i] += known.size
    for count, where in zip(counts, ("row", "column"), strict=True):
        if count == 0:
            raise ValueError(f"image must have two neighbours in a {where} that are not missing and count, got none")
    along, across = (math.sqrt(sums[i] / counts[i]) * (height / length) for i, length in enumerate((dx, dy)))
    return _core.hypot(along, across)


def sdr(
    image: ArrayLike | Image,
    *,
    pixel_size: float | tuple[float, float] | None = None,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """Developed interfacial area ratio Sdr: by how much the surface is larger than its projection.

    The surface between four pixels is two triangles. There are two ways to lay them; Sdr is the mean of both.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled (`afmnn.level`) if the tilt of the sample shall not count; at least 2 x 2. NaN marks missing pixels.
    pixel_size : float or (float, float), optional
        Lateral unit per pixel, (dy, dx); by default that of an `Image`. An array needs one, in the unit of its heights.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        A fraction: 0.02 where the surface is 2 % larger, which many programs show as 2. About ``Sdq ** 2 / 2`` on flat slopes.

    Raises
    ------
    ValueError
        If `image` is smaller than 2 x 2, has an infinite height, or nowhere 2 x 2 pixels that count; if its heights and its size
        have units that cannot be compared; or if `mask` is of another shape, not finite, or leaves no pixel.

    Notes
    -----
    Only squares of 2 x 2 pixels that all count are measured, and set against the area of these. As `sdq`, it grows with finer
    pixels where there is noise. Other programs lay one pair of triangles, or four around the mean of the pixels.

    References
    ----------
    ISO 25178-2.
    """
    heights, (dy, dx), height = _surface(image, pixel_size, mask, mask_mode)
    # Slopes are in units of the steepest, if that is more than 1: squares of the others would be no numbers any more.
    steepest = max(1.0, height / min(dy, dx))
    excess, count = 0.0, 0
    for band, _ in _bands(heights):
        if len(band) == 1:
            break
        along, across = np.diff(band, axis=1) / dx / steepest, np.diff(band, axis=0) / dy / steepest
        upper, lower = along[:-1] * along[:-1], along[1:] * along[1:]
        left, right = across[:, :-1] * across[:, :-1], across[:, 1:] * across[:, 1:]
        areas = _excess(upper + left, steepest) + _excess(lower + right, steepest)
        areas += _excess(upper + right, steepest) + _excess(lower + left, steepest)
        known = areas[~np.isnan(areas)]
        if known.size:
            excess += total(known)
            count += known.size
    if count == 0:
        raise ValueError("image must have 2 x 2 pixels that are not missing and count, got none")
    return steepest * (excess / (4 * count))


def _excess(squares: Float64s, steepest: float) -> Float64s:
    """Return by how much triangles are larger than their projection; gradients squared and areas in units of the steepest slope.

    ``sqrt(1 + s) - 1``, as a fraction in which nothing cancels.
    """
    unit = 1 / steepest
    return np.asarray(squares / (unit + np.sqrt(unit * unit + squares)))


def _surface(
    image: ArrayLike | Image,
    pixel_size: float | tuple[float, float] | None,
    mask: ArrayLike | Image | None,
    mask_mode: str,
) -> tuple[Heights, tuple[float, float], float]:
    """Return heights with NaN where none counts, height and width of a pixel in their unit, and their range."""
    heights = unwrap("image", image, finite=False)
    if min(heights.shape) < 2:
        raise ValueError(f"image must have at least 2 rows and 2 columns, got shape {heights.shape}")
    if pixel_size is None and not isinstance(image, Image):
        raise ValueError("pixel_size must be given where image is an array: slopes need it in the unit of the heights, got None")
    dy, dx = lengths_of(image, pixel_size)
    if isinstance(image, Image):
        if not _units.comparable(image.unit_xy, image.unit_z):
            raise ValueError(
                "image must have heights and a size that can be compared, "
                f"got unit_xy={image.unit_xy!r} and unit_z={image.unit_z!r}"
            )
        power = _units.split(image.unit_xy)[1] - _units.split(image.unit_z)[1]
        dy, dx = _units.scaled_number(dy, power), _units.scaled_number(dx, power)
    heights = without_others(heights, mask, mask_mode)
    _check.no_infinite("image", heights)
    count, low, high = _core.finite_range(heights, resolve_threads(None))
    if count == 0:
        raise ValueError("image must have pixels that are not NaN and count, got none")
    check_range(low, high)
    if math.isinf((high - low) / min(dy, dx)):
        raise ValueError(f"image must have slopes that are numbers, got {high - low:g} on a pixel of {min(dy, dx):g}")
    return heights, (dy, dx), high - low


def _bands(heights: Heights) -> Iterator[tuple[Float64s, int]]:
    """Return rows in double precision, with the first of those that follow, and how many are own."""
    step = max(_BAND // heights.shape[1], 1)
    for first in range(0, len(heights), step):
        own = min(step, len(heights) - first)
        yield heights[first : first + own + 1].astype(np.float64), own
