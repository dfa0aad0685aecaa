"""Ballistic deposition: particles that stick where they first touch."""

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

_MOST_PARTICLES = 100_000_000_000  # half an hour


@plain
@draws_bar("particles")
def ballistic(
    shape: tuple[int, int] | None = None,
    *,
    coverage: float = 10.0,
    height: float = 1.0,
    height_spread: float = 0.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Ballistic deposition: a porous film of particles that fall straight down and stick where they first touch.

    Particles fall one after the other on random pixels. Each sticks on top of what is there, or to the side of the highest of
    the four nearest neighbours if that is higher: ``z`` becomes ``max(z + v * height, z of the neighbours)``.

    Parameters
    ----------
    shape, pixel_size, seed
        See `noise`.
    coverage : float
        Mean number of particles that fall on a pixel, 0.01 to 10 000. The film is more than three times as thick, because of
        its pores.
    height : float
        Height of a particle, in the unit of the heights; with a base at least 2^-45 of its largest height.
    height_spread : float
        0 to 1: the heights of particles are uniform between ``(1 - height_spread) * height`` and `height`.
    base : array_like, shape ``shape``, optional
        Heights that the film grows on; never changed in place.
    return_info : bool
        Also return a dict: ``count``, the number of particles that fell on the image and its margin, and how the film has
        grown: arrays ``thickness`` (mean height of the particles deposited on a pixel), ``mean``, ``rms``, ``maximum``,
        ``skewness`` and ``kurtosis`` (excess) of the heights at some stages, the last entry being the result's.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(particles_done, particles)`` from time to time.
    threads : int, optional
        Checked as elsewhere, but particles fall one after the other: there is one thread.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dict. With spread 0 and no base they are
        multiples of `height`.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or there would be more than 1e11 particles.

    Notes
    -----
    The growth belongs to the class of Kardar, Parisi and Zhang, ``dz/dt = nu * laplace(z) + lambda/2 * grad(z)**2 + noise``;
    its roughness grows at late times as ``t**0.24``, until it has spread over the image, a law that small images hardly show.
    Late growth is 3.29 particles high for each that falls on a pixel.

    The image is the middle of a larger one, with margins of a twelfth of its sides, on which a base is continued by mirroring.
    The time is proportional to the number of particles: some nanoseconds each.

    References
    ----------
    M. J. Vold, J. Colloid Sci. 14 (1959) 168, doi:10.1016/0095-8522(59)90041-8.
    F. Family, T. Vicsek, J. Phys. A 18 (1985) L75, doi:10.1088/0305-4470/18/2/005.
    P. Meakin, P. Ramanlal, L. M. Sander, R. C. Ball, Phys. Rev. A 34 (1986) 5091, doi:10.1103/PhysRevA.34.5091.
    M. Kardar, G. Parisi, Y.-C. Zhang, Phys. Rev. Lett. 56 (1986) 889, doi:10.1103/PhysRevLett.56.889.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), ground = _check.shape_or_base(shape, base)
    _check.positive(height=height)
    _check.spreads(height_spread=height_spread)
    _check.pair("pixel_size", pixel_size)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    resolve_threads(threads)
    top, left = rows // 12, cols // 12
    pixels = (rows + 2 * top) * (cols + 2 * left)
    count = _growth.particle_count(coverage, pixels, _MOST_PARTICLES)
    if ground is None:
        frame = np.zeros((rows + 2 * top, cols + 2 * left))
    else:
        margins = ((top, top), (left, left))
        frame = np.ascontiguousarray(np.pad(_growth.in_particles(ground, height), margins, mode="symmetric"))
    inside = frame[top : top + rows, left : left + cols]
    key = key_from(seed)
    whole = ground is None and height_spread == 0
    first, thickness, seen = 0, [], []
    for last in _growth.stages(count) if return_info else [count]:
        part = None if progress is None else lambda done, _: progress(done, count)
        _core.ballistic(frame, first, last, height_spread, whole, key, part)
        first = last
        if return_info:
            thickness.append(last / pixels * (1.0 - height_spread / 2.0) * height)
            seen.append(_growth.figures(np.ascontiguousarray(inside), height))
    info = {"count": count, **_growth.evolution(thickness, seen)} if return_info else None
    return finish(inside * height, None, info)
