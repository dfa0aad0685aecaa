"""Spherical particles that have settled on a surface."""

from __future__ import annotations

import math
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from . import _bodies, _truncated


@overload
def particles(
    shape: tuple[int, int] | None = ...,
    *,
    pixel_size: float | tuple[float, float] = ...,
    radius: float,
    radius_std: float = ...,
    coverage: float = ...,
    relax_steps: int = ...,
    base: ArrayLike | None = ...,
    seed: SeedLike = ...,
    threads: int | None = ...,
    return_info: Literal[False] = ...,
) -> NDArray[np.float64]: ...
@overload
def particles(
    shape: tuple[int, int] | None = ...,
    *,
    pixel_size: float | tuple[float, float] = ...,
    radius: float,
    radius_std: float = ...,
    coverage: float = ...,
    relax_steps: int = ...,
    base: ArrayLike | None = ...,
    seed: SeedLike = ...,
    threads: int | None = ...,
    return_info: Literal[True],
) -> tuple[NDArray[np.float64], dict[str, Any]]: ...
@plain
def particles(
    shape: tuple[int, int] | None = None,
    *,
    pixel_size: float | tuple[float, float] = 1.0,
    radius: float,
    radius_std: float = 0.0,
    coverage: float = 0.1,
    relax_steps: int = 500,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    threads: int | None = None,
    return_info: bool = False,
) -> NDArray[np.float64] | tuple[NDArray[np.float64], dict[str, Any]]:
    """Cover a surface with spheres that attract each other and the ground, and have settled for a while.

    Spheres are put on the ground at random, none penetrating another. Then they move for `relax_steps` steps of damped
    molecular dynamics: touching spheres come to rest 8 % closer than the sum of their radii, a sphere on flat ground with
    its centre 1.03 radii above it (slowly: in the default 500 steps it rises by less than 1 %). The image shows their upper
    surfaces, exact at the centre of every pixel.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 each; may be left out where `base` is given.
    pixel_size : float or (float, float)
        Lateral unit per pixel, ``(dy, dx)`` for pixels that are not square.
    radius : float
        Mean radius in the lateral unit, from half a pixel (the longer side) to a quarter of the smaller side of the image.
    radius_std : float
        Standard deviation of the radius, at most `radius`. Radii are normally distributed, limited to values of at least
        ``radius / 100`` and half a pixel, and at most half the smaller side of the image.
    coverage : float
        Fraction of the ground that the discs under the spheres fill, above 0 and at most 1. Centres lie in the image and in
        a margin of ``radius + 3 * radius_std`` (at most half the smaller side) on all four sides; their number is the
        rounded ``coverage * area / (pi * E[r**2])``, with the area of image and margin, and the mean square of the limited
        distribution. Up to 0.9 everybody finds room.
    relax_steps : int
        Steps of the dynamics, at most a million. As forces are tied to the size of the image, the same particles move less
        in a small image: in 500 steps typically by a tenth of their radius where the image is 20 radii wide, by more than
        half of it where it is 300 radii wide.
    base : array_like, shape ``shape``, optional
        Ground to put the spheres on, in the lateral unit; never changed in place. Slopes push spheres downhill.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    threads : int, optional
        Worker threads for drawing, by default ``get_num_threads()``. The heights do not depend on it.
    return_info : bool
        Whether to return a dictionary, too.

    Returns
    -------
    heights : ndarray of float64, shape ``shape``
        In the lateral unit: the spheres are true to scale.
    info : dict
        Only with `return_info`. ``wanted``, ``placed``: numbers of particles; ``positions``, shape (placed, 3): y, x, z of
        the centres in the lateral unit, y downwards and x to the right from the upper left corner of the image; ``radii``,
        shape (placed,); ``covered``: fraction of the pixels that show a particle; ``margin``; ``pair_evaluations``,
        ``neighbour_lists``: how many pair forces were computed, and lists of neighbours made.

    Raises
    ------
    ValueError
        If an argument is out of its range or not finite, `base` has another shape, or `coverage` asks for no particle.

    Warns
    -----
    UserWarning
        If fewer particles than asked for found room; ``info`` has the numbers.

    Notes
    -----
    Lengths are divided by the square root of the area of the image. Spheres at a distance d with the sum of radii s have
    the potential energy ``A * s / 2 * ((q / d)**12 - (q / d)**6)``, ``q = 0.82 * s``, ``A = 2e-5``, cut off and shifted to
    zero at ``3 * q``; a sphere at the height d above the ground has ``B * r * (q**12 / (45 * d**9) - q**6 / (6 * d**3))``,
    ``q = 1.2 * r``, ``B = 2e-3``. Masses are 1 (``0.001 / r`` for radii below 0.001, whose bonds would be too stiff), the
    time step is 1/2, speed is damped by a factor of 0.9 a step and limited to a twentieth of the radius a step. Forces of
    distant pairs are kept for a few steps, which changes positions by some thousandths of a radius.

    Flat ground is a torus that includes the margin: no place differs from any other. A base is continued by mirroring and
    interpolated bilinearly.

    The time is proportional to the number of particles.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    canvas = _bodies.check_canvas(shape, pixel_size, base)
    _check.flag(return_info=return_info)
    low, high = _bodies.radius_limits(canvas, radius, radius_std)
    steps = _check.integer("relax_steps", relax_steps, minimum=0, maximum=_bodies.MOST_STEPS)
    margin = min(radius + 3 * radius_std, high)
    _, mean_square = _truncated.moments(radius, radius_std, low, high)
    wanted = _bodies.count_for(coverage, canvas.area_of_centres(margin), math.pi * mean_square)
    workers = resolve_threads(threads)
    heights, positions, radii, evaluations, lists = _core.particles(
        *canvas.shape, *canvas.pixel, canvas.base, margin, wanted, radius, radius_std, low, high, steps, key_from(seed), workers
    )
    _bodies.warn_if_fewer("particles", len(radii), wanted, coverage)
    if not return_info:
        return heights
    info = {
        "wanted": wanted,
        "placed": len(radii),
        "positions": positions,
        "radii": radii,
        "covered": canvas.covered(heights),
        "margin": margin,
        "pair_evaluations": evaluations,
        "neighbour_lists": lists,
    }
    return heights, info
