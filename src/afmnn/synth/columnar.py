"""Columnar growth: films of particles that fly in at an angle."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._elementary import cos
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from . import _growth
from .noise import finish

Relaxation = Literal["weak", "strong"]

_MOST_PARTICLES = 10_000_000_000  # an hour or so


@plain
@draws_bar("particles")
def columnar(
    shape: tuple[int, int] | None = None,
    *,
    coverage: float = 20.0,
    height: float = 1.0,
    height_spread: float = 0.0,
    inclination: float = 0.0,
    inclination_spread: float = 1.0,
    direction: float = 0.0,
    direction_spread: float = 1.0,
    relaxation: Relaxation = "weak",
    melting: float = 0.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Columnar film: particles that fly in at an angle, so that what stands out catches more of them.

    Particles are cells of one pixel by one pixel, `height` high. They fly in one after the other, on straight lines, until they
    hit the surface from above or from the side; there each settles on the lower of the cell hit and the one before. What
    stands out shadows what lies behind, and so columns grow. The surface is periodic.

    Parameters
    ----------
    shape, pixel_size, seed
        See `noise`.
    coverage : float
        Mean number of particles on a pixel, 0.01 to 10 000.
    height : float
        Height of a particle, in the unit of the heights; with a base at least 2^-45 of its largest height.
    height_spread : float
        0 to 1: standard deviation of the logarithm of the particles' heights; the median stays.
    inclination : float
        Angle of flight to the vertical in radians, 0 (straight down) to pi/2; its cosine is taken to be at least 0.01.
    inclination_spread : float
        0 to 1: the cosine of the inclination varies normally with the standard deviation ``pi * inclination_spread`` around
        that of `inclination`, within 0.01 to 1. At 1 all cosines are about equally likely: particles come from all sides.
    direction : float
        Direction of flight in the plane of the image in radians, counter-clockwise from the columns' direction.
    direction_spread : float
        0 to 1: the direction varies normally with the standard deviation ``2 * pi * direction_spread``; at 1 all are equally
        likely.
    relaxation : {"weak", "strong"}
        "strong": particles also move to lower ones among the eight neighbours of the cell hit, each with probability 1/2, or 1/4
        at the corners.
    melting : float
        0 to 1: how much the surface diffuses meanwhile: while a thickness d is deposited, a peak becomes a bell with the variance
        ``2 * melting * d / 0.3`` in each direction, in pixels squared and particles.
    base : array_like, shape ``shape``, optional
        Heights that the film grows on; never changed in place.
    return_info : bool
        Also return a dict: ``count``, the number of particles, and how the film has grown: arrays ``thickness`` (particles on a
        pixel times `height`), ``mean``, ``rms``, ``maximum``, ``skewness`` and ``kurtosis`` (excess) of the heights and
        ``maxima``, the number of pixels higher than all eight neighbours, at some stages; the last entry is the result's.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(particles_done, particles)`` from time to time.
    threads : int, optional
        Checked as elsewhere, but particles settle one after the other: there is one thread.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dict. Without `height_spread`, their mean is
        exactly the base's and ``coverage * height``, rounded to whole particles.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, `relaxation` is unknown, or there would be more
        than 1e10 particles.

    Notes
    -----
    A model of growth with shadowing: a particle that starts at a random place 5 particles above the highest point moves by
    ``tan(inclination)`` pixels in its direction while it sinks by one particle's height, and hits the first pixel that it leaves
    at that pixel's height or below. Pixels are passed over in blocks where the surface lies below the path, which changes nothing
    in the result. The time is proportional to the number of particles: some tenths of a microsecond each.

    References
    ----------
    P. Meakin, Phys. Rep. 235 (1993) 189, doi:10.1016/0370-1573(93)90047-H.
    R. P. U. Karunasiri, R. Bruinsma, J. Rudnick, Phys. Rev. Lett. 62 (1989) 788, doi:10.1103/PhysRevLett.62.788.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), ground = _check.shape_or_base(shape, base)
    _check.positive(height=height)
    _check.spreads(height_spread=height_spread, inclination_spread=inclination_spread, direction_spread=direction_spread)
    _check.within(inclination=(inclination, 0.0, math.pi / 2 + 1e-9), melting=(melting, 0.0, 1.0))
    _check.angle(direction=direction)
    strong = _check.choice("relaxation", relaxation, ("weak", "strong")) == "strong"
    _check.pair("pixel_size", pixel_size)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    resolve_threads(threads)
    count = _growth.particle_count(coverage, rows * cols, _MOST_PARTICLES)
    heights = np.zeros((rows, cols)) if ground is None else np.array(_growth.in_particles(ground, height), order="C")
    spreads = max(cos(inclination), 0.0), math.pi * inclination_spread, direction, 2 * math.pi * direction_spread
    settings = (height_spread, *spreads, strong, melting, key_from(seed))
    part = None if progress is None else lambda done, _: progress(done, count)
    first, thickness, seen = 0, [], []
    for last in _growth.stages(count) if return_info else [count]:
        _core.columnar(heights, first, last, *settings, part)
        first = last
        if return_info:
            thickness.append(last / (rows * cols) * height)
            seen.append({**_growth.figures(heights, height), "maxima": _peaks(heights)})
    info = {"count": count, **_growth.evolution(thickness, seen)} if return_info else None
    return finish(heights * height, None, info)


def _peaks(heights: NDArray[np.float64]) -> int:
    """Count the pixels that are higher than their eight neighbours on the torus."""
    higher = np.ones(heights.shape, bool)
    for dr in (-1, 0, 1):
        for dc in (-1, 0, 1):
            if dr or dc:
                higher &= heights > np.roll(heights, (dr, dc), axis=(0, 1))
    return int(np.count_nonzero(higher))
