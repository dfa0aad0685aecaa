"""Discs that nearly touch, and tiles grown from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

_LARGEST = 1000.0  # pixels
_USUAL_RADIUS = 30.0  # pixels


@plain
@draws_bar("parts")
def discs(
    shape: tuple[int, int] | None = None,
    *,
    radius: float | None = None,
    radius_spread: float = 0.0,
    min_radius: float | None = None,
    separation: float | None = None,
    height: float = 1.0,
    height_spread: float = 0.5,
    tiles: bool = True,
    gap: float | None = None,
    opening: float | None = None,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Surface paved with flat discs of all sizes, or with tiles that are grown from them: grains, islands, mosaics, cracks.

    Discs are thrown at random on a torus, apart by the separation, until no more find room; what remains is filled with the
    largest discs that fit. Tiles are all points that are nearest to the edge of one disc, with gaps between them.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    radius : float, optional
        Median radius of the discs that are thrown, in lateral units, 1 to 1000 pixels; by default 30 pixels. One of them, and the
        separation, must fit into the shorter side of the image.
    radius_spread : float
        0 to 1: standard deviation of the logarithm of these radii.
    min_radius : float, optional
        Least radius of the discs that fill holes, in lateral units, 1 to 1000 pixels; by default 0.4 times the radius. They may
        be larger than those that were thrown.
    separation : float, optional
        Distance of discs, in lateral units, 0.1 to 1000 pixels; by default a tenth of the radius.
    height : float
        Median height, in the unit of the heights.
    height_spread : float
        0 to 1: heights are multiplied by ``g + sqrt(1 + g**2)``, g normal with this standard deviation.
    tiles : bool
        Whether discs are grown to tiles.
    gap : float, optional
        Width of the gaps between tiles, in lateral units, 1 to 250 pixels; by default a tenth of the radius, but at least a
        pixel.
    opening : float, optional
        Diameter of a disc, in lateral units, 1 to 250 pixels: what of tiles (or discs) no such disc fits into is taken off, so
        that corners are rounded and what is narrow vanishes. By default nothing is.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dictionary.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(parts_done, parts)`` from time to time.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`, 0 in gaps; with `return_info`, a tuple of heights and dictionary: ``"count"``,
        ``"thrown"`` (how many were thrown; the others fill holes) and arrays with one entry a disc: ``"y"``, ``"x"`` (from the
        centre of the first pixel, downwards and to the right, in lateral units), ``"radius"`` and ``"height"``.

    Raises
    ------
    ValueError
        If a number is out of its range or not finite, a disc is wider than the image, `shape` is missing or below 2 x 2, or
        `base` has another shape.

    See Also
    --------
    lattice : tiles around points.
    objects : discs that overlap.

    Notes
    -----
    Random sequential addition, until 15 attempts in a row find no room. Then, one after the other, the largest circle that
    touches three discs and overlaps none (the problem of Apollonius) becomes a disc, smaller by the separation, while its radius
    is at least `min_radius`. Tiles are the cells of an additively weighted Voronoi diagram. Lines between them, a pixel wide,
    are widened by ``0.7 (gap - 1)`` to each side and narrowed again by ``0.2 (gap - 1)``, which rounds corners. As pixels are
    whole, gaps below 2.5 pixels are a pixel wide, and others about as wide as asked for. All of a tile has one height.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    P. Felzenszwalb, D. Huttenlocher, Theory of Computing 8 (2012) 415, doi:10.4086/toc.2012.v008a019.

    Examples
    --------
    >>> from afmnn import synth
    >>> mosaic = synth.discs((256, 256), radius=25, height=2.0, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)

    def pixels(name: str, value: float | None, usual: float, low: float, high: float) -> float:
        return usual if value is None else _check.pixels(name, value, dx, low, high)

    first = pixels("radius", radius, _USUAL_RADIUS, 1.0, _LARGEST)
    least = pixels("min_radius", min_radius, max(0.4 * first, 1.0), 1.0 - 1e-9, _LARGEST)
    apart = pixels("separation", separation, max(0.1 * first, 0.1), 0.1, _LARGEST)
    between = pixels("gap", gap, min(max(0.1 * first, 1.0), 250.0), 1.0 - 1e-9, 250.0)
    opened = pixels("opening", opening, 0.0, 1.0, 250.0)
    _check.positive(height=height)
    _check.spreads(radius_spread=radius_spread, height_spread=height_spread)
    _check.flag(tiles=tiles, return_info=return_info)
    progress = function_of("progress", progress)
    room = (min(rows * dy / dx, cols) - apart) / 2
    if not first <= room:
        given = f"{first * dx:g}" if radius is None else repr(radius)
        limit = f"at most {room * dx:g}"
        raise ValueError(f"radius must be such that a disc and its separation fit into the image, {limit}, got {given}")
    result, made, thrown = _core.discs(
        rows,
        cols,
        first,
        radius_spread,
        least,
        apart,
        height,
        height_spread,
        bool(tiles),
        between,
        opened,
        dy / dx,
        key_from(seed),
        resolve_threads(threads),
        progress,
    )
    info: dict[str, Any] | None = None
    if return_info:
        info = {"count": len(made), "thrown": thrown, **{name: made[name].copy() for name in made.dtype.names or ()}}
        for name in ("y", "x", "radius"):
            info[name] *= dx
    return finish(result, heights, info)
