"""Wetting: a front that goes where it is drawn most."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from . import _growth
from .noise import finish

_MOST_VOXELS = 1_000_000_000  # filled: their neighbours in the layers around must be counted, too


@plain
@draws_bar("voxels")
def wetting(
    shape: tuple[int, int] | None = None,
    *,
    coverage: float = 1.0,
    diffusion: float = 0.003,
    height: float = 1.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Wetting front: a liquid fills voxels, each time the one that it is drawn to most.

    Every voxel beside the liquid has a priority. It is a uniform draw on 0 to 1 when the liquid first touches the voxel, and
    gains another one with each neighbour that is filled; now and then a few voxels anywhere gain a little (`diffusion`). The
    voxel of the highest priority is filled. The front is periodic.

    Parameters
    ----------
    shape, pixel_size, seed
        See `noise`.
    coverage : float
        Filled voxels on a pixel, 0.0001 to 100.
    diffusion : float
        1e-6 to 1: three random voxels at the front gain `diffusion` times a draw whenever a voxel is filled. With much of it the
        front forgets what it was drawn to, and is rougher.
    height : float
        Height of a voxel, in the unit of the heights; with a base at least 2^-45 of its largest height.
    base : array_like, shape ``shape``, optional
        Where the front is drawn to at first: ``base / height`` is added to the priorities of the lowest layer. Never changed in
        place.
    return_info : bool
        Also return a dict: ``count``, the number of filled voxels, ``layers`` that were reached, and ``holes``, voxels that are
        not filled below one that is.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(voxels_done, voxels)`` from time to time.
    threads : int, optional
        Checked as elsewhere, but voxels are filled one after the other: there is one thread.

    Returns
    -------
    ndarray of float64, shape ``shape``
        The highest filled layer, counted from 0, times `height`: 0 also where nothing is filled, so that the mean is about
        ``(coverage - 1) * height`` for thick layers. With `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or there would be more than 1e9 filled voxels.

    Notes
    -----
    Invasion percolation with a memory: R. Chandler, J. Koplik, K. Lerman, J. F. Willemsen, J. Fluid Mech. 119 (1982) 249,
    where priorities do not change; here they grow with each neighbour that is filled, which keeps the front together.

    The time is nearly proportional to the number of voxels: half a microsecond or so each.

    References
    ----------
    D. Wilkinson, J. F. Willemsen, J. Phys. A 16 (1983) 3365, doi:10.1088/0305-4470/16/14/028.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), ground = _check.shape_or_base(shape, base)
    _check.within(coverage=(coverage, 1e-4, 100.0), diffusion=(diffusion, 1e-6, 1.0))
    _check.positive(height=height)
    _check.pair("pixel_size", pixel_size)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    resolve_threads(threads)
    count = int(coverage * rows * cols + 0.5)
    _check.count("filled voxels", count + rows * cols, _MOST_VOXELS, f"coverage = {coverage!r} on {rows} x {cols} pixels")
    key = key_from(seed)
    heights = _core.wetting_priorities(rows, cols, key)
    if ground is not None:
        heights += _growth.in_particles(ground, height)
    layers, holes = _core.wetting(heights, count, diffusion, key, progress)
    heights *= height
    return finish(heights, None, {"count": count, "layers": layers, "holes": holes} if return_info else None)
