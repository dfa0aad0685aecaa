"""Rods that have fallen on a surface."""

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
def rods(
    shape: tuple[int, int] | None = ...,
    *,
    pixel_size: float | tuple[float, float] = ...,
    radius: float,
    radius_std: float = ...,
    aspect_ratio: float = ...,
    aspect_std: float = ...,
    coverage: float = ...,
    relax_steps: int = ...,
    particle_strength: float = ...,
    surface_strength: float = ...,
    mobility: float = ...,
    gravity: float = ...,
    base: ArrayLike | None = ...,
    seed: SeedLike = ...,
    threads: int | None = ...,
    return_info: Literal[False] = ...,
) -> NDArray[np.float64]: ...
@overload
def rods(
    shape: tuple[int, int] | None = ...,
    *,
    pixel_size: float | tuple[float, float] = ...,
    radius: float,
    radius_std: float = ...,
    aspect_ratio: float = ...,
    aspect_std: float = ...,
    coverage: float = ...,
    relax_steps: int = ...,
    particle_strength: float = ...,
    surface_strength: float = ...,
    mobility: float = ...,
    gravity: float = ...,
    base: ArrayLike | None = ...,
    seed: SeedLike = ...,
    threads: int | None = ...,
    return_info: Literal[True],
) -> tuple[NDArray[np.float64], dict[str, Any]]: ...
@plain
def rods(
    shape: tuple[int, int] | None = None,
    *,
    pixel_size: float | tuple[float, float] = 1.0,
    radius: float,
    radius_std: float = 0.0,
    aspect_ratio: float = 2.0,
    aspect_std: float = 0.0,
    coverage: float = 0.1,
    relax_steps: int = 100_000,
    particle_strength: float = 10.0,
    surface_strength: float = 10.0,
    mobility: float = 0.5,
    gravity: float = 10.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    threads: int | None = None,
    return_info: bool = False,
) -> NDArray[np.float64] | tuple[NDArray[np.float64], dict[str, Any]]:
    """Cover a surface with rods, cylinders with spherical ends, that fall on the ground and on each other.

    Rods are dropped at random places in random horizontal directions, one after the other. They tilt, slide off each other
    and sink as rigid bodies; on flat ground a rod lies with its axis 1.03 radii above it. The image shows their upper
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
        ``radius / 100`` and half a pixel, and at most half the smaller side of the image and `aspect_ratio` times less
        than that side.
    aspect_ratio : float
        Mean ratio of total length and diameter, at least 1 (a sphere). A rod of mean size may be as long as the smaller
        side of the image.
    aspect_std : float
        Standard deviation of the ratio, at most `aspect_ratio`; ratios are normally distributed, limited to values from 1
        to ``aspect_ratio + 4 * aspect_std``, less where the rod would be longer than the image.
    coverage : float
        Projected area of all lying rods over the area in which their centres lie, above 0 and at most 1. Centres lie in the
        image and in a margin of ``aspect_ratio * (radius + 3 * radius_std)`` (at most the smaller side) on all four sides;
        their number is the rounded ``coverage * area / E[pi * r**2 + 4 * r * l]``, ``2 * l`` being the length of the
        cylinder, with the expectation over the limited distributions. All are placed; where they lie on each other the
        covered fraction is smaller.
    relax_steps : int
        Steps of the motion, at most a million. A rod comes every 200 steps, or so often that all are there after three
        quarters of the steps. The motion ends early once what is left of it would move nobody by more than a thousandth of a
        radius.
    particle_strength, surface_strength : float
        Strength of the forces between rods, and between a rod and the ground, from 0 to 1000.
    mobility : float
        Freedom to move along the ground when lying on it: 0 stuck, 1 as free as in the air.
    gravity : float
        Strength of the force that pulls down what does not lie on the ground, from 0 to 1000.
    base : array_like, shape ``shape``, optional
        Ground to drop the rods on, in the lateral unit; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    threads : int, optional
        Worker threads for drawing, by default ``get_num_threads()``. The heights do not depend on it.
    return_info : bool
        Whether to return a dictionary, too.

    Returns
    -------
    heights : ndarray of float64, shape ``shape``
        In the lateral unit: the rods are true to scale.
    info : dict
        Only with `return_info`. ``wanted``, ``placed``: numbers of rods, always the same; ``positions``, shape (placed, 3):
        y, x, z of the centres in the lateral unit, y downwards and x to the right from the upper left corner of the image;
        ``directions``, shape (placed, 3): unit vectors along the axes, in the same order (the angle counter-clockwise from
        the x axis as seen on the screen is ``arctan2(-y, x)``); ``radii`` and total ``lengths``, shape (placed,);
        ``covered``: fraction of the pixels that show a rod; ``margin``; ``pair_evaluations``, ``moves``: how many pair
        forces were computed, and moves of all rods made.

    Raises
    ------
    ValueError
        If an argument is out of its range or not finite, `base` has another shape, or `coverage` asks for no rod.

    Notes
    -----
    Lengths are divided by the square root of the area of the image. Forces act on three sites of a rod (more for aspect
    ratios above 3): the ends of its axis and the middle. Sites of different rods, and a site and the ground, have the
    potentials of `particles` with ``A = particle_strength * 1e-10`` and ``B = surface_strength * 1e-4``, the latter with a
    vertical force only; a site more than 1.2 radii above the ground feels a weight of ``gravity * 1e-7``. Rods are hard: no
    two axes get closer than 0.92 times the sum of radii and none closer to the ground than 1.03 radii, the distances at
    which these forces vanish. Motion is damped by a factor of 0.95 a step; many steps are integrated at once.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    canvas = _bodies.check_canvas(shape, pixel_size, base)
    _check.flag(return_info=return_info)
    low, high = _bodies.radius_limits(canvas, radius, radius_std)
    _check.finite(aspect_ratio=aspect_ratio)
    longest = min(canvas.size) / (2 * radius)
    if not 1 <= aspect_ratio <= longest:
        raise ValueError(
            f"aspect_ratio must lie between 1 and {longest:g}, where the rod is as long as the smaller side, got {aspect_ratio!r}"
        )
    _check.within(
        aspect_std=(aspect_std, 0.0, aspect_ratio),
        mobility=(mobility, 0.0, 1.0),
        particle_strength=(particle_strength, 0.0, 1000.0),
        surface_strength=(surface_strength, 0.0, 1000.0),
        gravity=(gravity, 0.0, 1000.0),
    )
    steps = _check.integer("relax_steps", relax_steps, minimum=0, maximum=_bodies.MOST_STEPS)
    high = min(high, min(canvas.size) / aspect_ratio)
    aspect_high = min(aspect_ratio + 4 * aspect_std, longest)
    margin = min(aspect_ratio * (radius + 3 * radius_std), *canvas.size)
    _, mean_square = _truncated.moments(radius, radius_std, low, high)
    mean_aspect, _ = _truncated.moments(aspect_ratio, aspect_std, 1.0, aspect_high)
    mean_area = mean_square * (math.pi + 4 * (mean_aspect - 1))
    wanted = _bodies.count_for(coverage, canvas.area_of_centres(margin), mean_area)
    heights, positions, directions, radii, halves, evaluations, moves = _core.rods(
        *canvas.shape,
        *canvas.pixel,
        canvas.base,
        margin,
        wanted,
        (radius, radius_std, low, high),
        (aspect_ratio, aspect_std, 1.0, aspect_high),
        particle_strength,
        surface_strength,
        mobility,
        gravity,
        steps,
        key_from(seed),
        resolve_threads(threads),
    )
    if not return_info:
        return heights
    info = {
        "wanted": wanted,
        "placed": len(radii),
        "positions": positions,
        "directions": directions,
        "radii": radii,
        "lengths": 2 * (halves + radii),
        "covered": canvas.covered(heights),
        "margin": margin,
        "pair_evaluations": evaluations,
        "moves": moves,
    }
    return heights, info
