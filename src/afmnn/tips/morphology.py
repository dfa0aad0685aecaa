"""Dilation, erosion and the certainty map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core, _units
from .._arithmetic import plain
from .._threads import resolve_threads
from .._typing import Heights
from ..image import Image, same_pixel_size, unwrap, unwrap_like

#: Taps times pixels of one call into the core: a few tenths of a second at worst, so that Ctrl-C is heard in time.
_WORK_AT_ONCE = 2e9
#: Rows of the core's blocks; calls take whole blocks unless that is too much work.
_BLOCK_ROWS = 64
#: Tolerance of the certainty map where none is given, in height ranges.
_TOLERANCE = 1e-6


@plain
def tip_dilation(surface: ArrayLike | Image, tip: ArrayLike | Image, *, threads: int | None = None) -> Any:
    """Image that a tip makes of a surface.

    ``image(x) = max over v of surface(x + v) + tip(v)``, v running over the pixels of the tip relative to its centre pixel,
    the tip's largest value taken as 0. Beyond the border the surface goes on with its last pixel.

    Parameters
    ----------
    surface : array_like or Image, shape (rows, columns)
        Heights.
    tip : array_like or Image, odd sides
        Tip, apex up, on the same pixels and in the same height unit; no side longer than twice that of the surface
        plus 1.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.

    Returns
    -------
    ndarray or Image, shape of `surface`
        float32 for float32, computed in float32; float64 for everything else. An `Image` for an `Image`.

    Raises
    ------
    ValueError
        If `surface` or `tip` is not finite or not two-dimensional, a side of the tip is even or too long, or both are
        Images and their pixel sizes or height units differ.
    TypeError
        If `surface` or `tip` is not an array of real numbers.

    References
    ----------
    J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102 (1997) 425, doi:10.6028/jres.102.030.
    """
    heights = unwrap("surface", surface)
    pixels = check_tip("surface", surface, heights, tip)
    return _like(surface, dilate(heights, pixels, resolve_threads(threads)))


@plain
def tip_erosion(image: ArrayLike | Image, tip: ArrayLike | Image, *, threads: int | None = None) -> Any:
    """Surface that can be reconstructed from an image: the highest that is consistent with it.

    ``surface(x) = min over v of image(x - v) - tip(v)``: the lower envelope of the tip at all its positions. It is exact
    where the tip touched the surface (see `certainty_map`), and too high elsewhere.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights.
    tip : array_like or Image, odd sides
        Tip, apex up, as in `tip_dilation`.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.

    Returns
    -------
    ndarray or Image, shape of `image`
        float32 for float32, computed in float32; float64 for everything else. An `Image` for an `Image`.

    Raises
    ------
    ValueError
        If `image` or `tip` is not finite or not two-dimensional, a side of the tip is even or too long, or both are
        Images and their pixel sizes or height units differ.
    TypeError
        If `image` or `tip` is not an array of real numbers.

    References
    ----------
    J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102 (1997) 425, doi:10.6028/jres.102.030.
    """
    heights = unwrap("image", image)
    pixels = check_tip("image", image, heights, tip)
    return _like(image, erode(heights, pixels, resolve_threads(threads)))


#: Another name of `tip_erosion`.
reconstruct_surface = tip_erosion


@plain
def certainty_map(
    image: ArrayLike | Image, tip: ArrayLike | Image, *, tolerance: float | None = None, threads: int | None = None
) -> NDArray[np.bool_]:
    """Pixels where the tip touched the surface for certain, so that the reconstruction is exact there.

    A pixel is certain if, at some position of the tip, it is the only one where the tip touches the reconstructed surface.
    Beyond the border, the image is taken to go on at its lowest value; contacts with a surface that was never seen can
    make pixels within a tip of the border wrong.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights.
    tip : array_like or Image, odd sides
        Tip, apex up, as in `tip_dilation`.
    tolerance : float, optional
        Gap, in the unit of the heights, up to which tip and surface count as touching; by default a millionth of the
        image's height range. It should exceed the rounding of the heights and stay far below the noise.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.

    Returns
    -------
    ndarray of bool, shape of `image`
        True where the surface is certain.

    Raises
    ------
    ValueError
        If `image` or `tip` is not finite or not two-dimensional, a side of the tip is even or too long, `tolerance` is
        negative, or both are Images and their pixel sizes or height units differ.
    TypeError
        If `image` or `tip` is not an array of real numbers.

    References
    ----------
    J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102 (1997) 425, doi:10.6028/jres.102.030.
    """
    heights = unwrap("image", image).astype(np.float64, copy=False)
    pixels = check_tip("image", image, heights, tip).astype(np.float64, copy=False)
    floor = float(heights.min())
    if tolerance is None:
        tolerance = _TOLERANCE * (float(heights.max()) - floor)
    _check.non_negative(tolerance=tolerance)
    threads = resolve_threads(threads)
    certain = np.zeros(heights.shape, np.uint8)
    # Every call reconstructs two tips more rows than it judges: fewer rows than a tip at once would be wasteful.
    for first, last in _bands(heights.shape, 2 * pixels.size, at_least=max(_BLOCK_ROWS, pixels.shape[0])):
        _core.mark_contacts(heights, pixels, floor, float(tolerance), certain, first, last, threads)
    return certain.view(np.bool_)


def dilate(heights: Heights, tip: Heights, threads: int, *, replicate: bool = True) -> Heights:
    """Dilate checked arrays of one type; without `replicate`, what lies beyond the border does not count."""
    out = np.empty(heights.shape, heights.dtype)
    for first, last in _bands(heights.shape, tip.size):
        _core.dilate(heights, tip, replicate, out, first, last, threads)
    return out


def erode(heights: Heights, tip: Heights, threads: int, *, replicate: bool = True) -> Heights:
    """Erode checked arrays of one type; without `replicate`, what lies beyond the border does not count."""
    out = np.empty(heights.shape, heights.dtype)
    for first, last in _bands(heights.shape, tip.size):
        _core.erode(heights, tip, replicate, out, first, last, threads)
    return out


def check_tip(name: str, image: ArrayLike | Image, heights: Heights, tip: ArrayLike | Image) -> Heights:
    """Return the tip in the type of `heights` with its largest value at 0, row-major."""
    pixels = unwrap_like("tip", tip, image)
    if pixels.shape[0] % 2 == 0 or pixels.shape[1] % 2 == 0:
        raise ValueError(f"tip must have odd sides, so that one pixel is its centre, got shape {pixels.shape}")
    if any(side > 2 * size + 1 for side, size in zip(pixels.shape, heights.shape, strict=True)):
        raise ValueError(
            f"tip must have no side longer than twice that of {name} plus 1, got shape {pixels.shape} for {heights.shape}"
        )
    if isinstance(image, Image) and isinstance(tip, Image):
        if not same_pixel_size(tip, image, 1e-3):
            raise ValueError(
                f"tip must have the pixel size of {name}, {image.pixel_size} {image.unit_xy}: resample it first, "
                f"got {tip.pixel_size} {tip.unit_xy}"
            )
        if not _units.comparable(tip.unit_z, image.unit_z):
            raise ValueError(f"tip must have the height unit of {name}, {image.unit_z!r}, got {tip.unit_z!r}")
    relative = pixels.astype(np.float64) - (float(pixels.max()) + 0.0)  # never -0: of two zeros, either may be the largest
    with np.errstate(over="ignore"):  # deeper than any float32: never touches
        return np.ascontiguousarray(relative, dtype=heights.dtype)


def _like(image: ArrayLike | Image, heights: Heights) -> Any:
    return image.replace(data=heights) if isinstance(image, Image) else heights


def _bands(shape: tuple[int, ...], taps: int, *, at_least: int = 8) -> Iterator[tuple[int, int]]:
    """Bands of rows that one call into the core takes, the same for any number of threads."""
    rows, cols = shape
    at_once = max(at_least, int(_WORK_AT_ONCE / (cols * taps)))
    if at_once > _BLOCK_ROWS:
        at_once -= at_once % _BLOCK_ROWS
    for first in range(0, rows, at_once):
        yield first, min(first + at_once, rows)
