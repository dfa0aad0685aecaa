"""Atoms on a lattice, as an image of atomic resolution shows them."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._elementary import cos, sin
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

LatticeKind = Literal["square", "hexagonal", "oblique"]

_MOST_SITES = 20_000_000
_LONGEST = 1e6  # pixels


@plain
def atomic_lattice(
    shape: tuple[int, int] | None = None,
    *,
    kind: LatticeKind = "hexagonal",
    period: float,
    height: float,
    width: float = 0.25,
    second_site: float = 0.0,
    aspect_ratio: float = 1.0,
    cell_angle: float | None = None,
    angle: float = 0.0,
    strain_x: float = 0.0,
    strain_y: float = 0.0,
    shear: float = 0.0,
    position_spread: float = 0.0,
    vacancies: float = 0.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Atoms, or molecules, on a lattice: mica, graphite, salts, self-assembled layers, crystals of proteins.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    kind : {"square", "hexagonal", "oblique"}
        Lattice. The vectors of a hexagonal one are at 60 degrees; those of an oblique one are as `aspect_ratio` and `cell_angle`
        say.
    period : float
        Length of the first lattice vector in lateral units, at least two pixels.
    height : float
        Height of a single atom. The corrugation of a lattice is smaller, as far as atoms overlap.
    width : float
        Standard deviation of an atom as a fraction of the period, 0.05 to 1: above some 0.3 the surface is a sum of three plane
        waves (two for square lattices).
    second_site : float
        0 to 1: height of a second atom in each cell, as a fraction of that of the first; 0: there is none. It is in the middle
        between three first ones in a hexagonal lattice (as in graphite), in the middle of the cell in others.
    aspect_ratio : float
        0.2 to 5, for "oblique": length of the second lattice vector / that of the first.
    cell_angle : float, optional
        For "oblique": angle from the first lattice vector to the second in radians, pi / 6 to 5 pi / 6; by default pi / 2.
    angle : float
        Direction of the first lattice vector in radians, counter-clockwise from the columns' direction.
    strain_x, strain_y, shear : float
        -0.3 to 0.3: strain of the lattice along columns and rows, and what it is sheared by: a point (x, y) moves by
        ``(strain_x * x + shear * y, shear * x + strain_y * y)``, as drift and wrong calibration do it, too.
    position_spread : float
        0 to 1: standard deviation of the place of an atom, in each direction, as a fraction of the period.
    vacancies : float
        0 to 1: fraction of the atoms that are missing, of both kinds.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness, also of where the lattice lies; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dict: ``y`` and ``x`` of all sites that the
        image may show, in lateral units from the centre of its first pixel, downwards and to the right; ``present``: False for
        vacancies; ``second``: whether it is the second site of its cell; ``vectors``, shape (2, 2): the lattice vectors (y, x).

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, `kind` is unknown, or there would be more than
        twenty million sites.

    See Also
    --------
    pattern_pillars : flat tops with walls.

    Notes
    -----
    The height is a sum over atoms, ``height * exp(-r**2 / (2 * s**2))`` with ``s = width * period``. Its Fourier coefficients lie
    on the reciprocal lattice and fall as ``exp(-(G * s)**2 / 2)``, so that wide atoms leave the plane waves with the shortest G
    alone, by which corrugations are usually described.

    References
    ----------
    J. Tersoff, D. R. Hamann, Phys. Rev. B 31 (1985) 805, doi:10.1103/PhysRevB.31.805 (corrugation as a Fourier series).

    Examples
    --------
    >>> from afmnn import synth
    >>> graphite = synth.atomic_lattice((256, 256), period=9, height=1.0, second_site=0.6, angle=0.3, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.choice("kind", kind, ("square", "hexagonal", "oblique"))
    period_px = _check.pixels("period", period, dx, 2.0, _LONGEST)
    _check.positive(height=height)
    between = math.pi / 2 if cell_angle is None else cell_angle
    _check.within(
        width=(width, 0.05, 1.0),
        aspect_ratio=(aspect_ratio, 0.2, 5.0),
        cell_angle=(between, math.pi / 6 - 1e-9, 5 * math.pi / 6 + 1e-9),
        strain_x=(strain_x, -0.3, 0.3),
        strain_y=(strain_y, -0.3, 0.3),
        shear=(shear, -0.3, 0.3),
    )
    _check.angle(angle=angle)
    _check.spreads(second_site=second_site, position_spread=position_spread, vacancies=vacancies)
    _check.flag(return_info=return_info)
    vectors = _vectors(kind, period_px, aspect_ratio, between, angle, strain_x, strain_y, shear)
    third = 1 / 3 if kind == "hexagonal" else 1 / 2
    settings = (
        vectors,
        (third, third),
        height,
        second_site,
        width * period_px,
        position_spread * period_px,
        vacancies,
        dy / dx,
    )
    cause = f"period = {period!r} at this pixel_size in {rows} x {cols} pixels"
    _check.count("sites", _core.lattice_sites(rows, cols, *settings), _MOST_SITES, cause)
    result, y, x, present, second = _core.atomic_lattice(rows, cols, *settings, key_from(seed), resolve_threads(threads))
    info = {
        "y": y * dx,
        "x": x * dx,
        "present": present,
        "second": second,
        "vectors": np.array([vectors[1::-1], vectors[:1:-1]]) * dx,
    }
    return finish(result, heights, info if return_info else None)


def _vectors(  # noqa: PLR0917
    kind: str, period: float, aspect_ratio: float, cell_angle: float, angle: float, strain_x: float, strain_y: float, shear: float
) -> tuple[float, float, float, float]:
    """Return x and y, downwards, of both lattice vectors."""
    between = {"square": math.pi / 2, "hexagonal": math.pi / 3}.get(kind, cell_angle)
    second = angle + between
    length = period * (aspect_ratio if kind == "oblique" else 1.0)
    ax, ay = period * float(cos(angle)), -period * float(sin(angle))
    bx, by = length * float(cos(second)), -length * float(sin(second))
    return (
        ax + strain_x * ax + shear * ay,
        ay + shear * ax + strain_y * ay,
        bx + strain_x * bx + shear * by,
        by + shear * bx + strain_y * by,
    )
