"""Piles of solids, true to scale and tilted as the surface under them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._elementary import exp
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish
from .objects import LARGEST_RADIUS, MOST_OBJECTS

SolidKind = Literal["ellipsoid", "bar", "cylinder", "nugget", "hexagonal_rod"]

_WIDEST = 1000.0  # pixels
_MARGIN = 0.6  # lengths of a solid, beyond the edges of a base


@plain
@draws_bar("parts")
def pile_up(
    shape: tuple[int, int] | None = None,
    *,
    kind: SolidKind = "ellipsoid",
    width: float,
    aspect_ratio: float = 1.0,
    angle: float = 0.0,
    coverage: float = 1.0,
    columnarity: float = 0.0,
    avoid_overlap: bool = False,
    width_spread: float = 0.0,
    aspect_spread: float = 0.0,
    angle_spread: float = 0.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Surface of solids that were laid one on the other: grains, crystallites, spheres, bricks.

    Solids are true to scale, as thick as they are wide, and lie tilted as the surface under them. The surface is periodic: what
    leaves on one side enters on the other, also where there is a `base`.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    kind : str
        ``"ellipsoid"``, ``"bar"``, ``"cylinder"`` (lying), ``"nugget"`` (a cylinder with half-spheres as ends) or
        ``"hexagonal_rod"`` (lying on a face; its hexagon is as wide as it is thick).
    width : float
        Width and thickness in lateral units, 1 to 1000 pixels and at most ten times the longer side of the image.
    aspect_ratio : float
        Length / width, 1 to 8.
    angle : float
        Direction of the solids' length in radians, counter-clockwise from the columns' direction.
    coverage : float
        Mean number of solids over a point, if they all lay flat; above 0 up to 200. It sets the number of solids,
        ``ceil(coverage * area / (footprint of one))``, which must not exceed ten million; overlap is not taken into account,
        and margins beyond a `base` are part of the area.
    columnarity : float
        -1 to 1. 1: solids rest on the highest contact; 0: they sink in, to the mean of the heights at which their pixels touch;
        -1: their centres lie at the lowest point under them; between, a linear blend.
    avoid_overlap : bool
        Leave out solids that would overlap an earlier one; there is no second try.
    width_spread, aspect_spread : float
        0 to 1: standard deviation of the logarithm of width and aspect ratio; ratios below 1 are turned into their inverse.
    angle_spread : float
        0 to 1: the angle varies normally with a standard deviation of ``2 * angle_spread`` radians, from solid to solid.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to build on, in the lateral unit; never changed in place. Without it, or where it is constant, the surface is
        periodic. Otherwise the base is continued beyond its edges with the heights there, by as much as solids reach; some lie
        there, and are cut off by the edges.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dictionary.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(parts_done, parts)`` from time to time.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``; solids lie on those before and are laid by one.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the lateral unit; with `return_info`, a tuple of heights and dictionary: ``"count"`` solids were tried,
        ``"placed"`` of them placed; arrays with one entry a solid in the order of placing: ``"position"`` (row, column of the
        centre pixel), ``"width"``, ``"aspect_ratio"``, ``"angle"``, ``"slope"`` (of the plane it lies on, downwards and to the
        right), ``"height"`` (of its centre; 0 where it was not placed), ``"is_placed"`` and ``"footprint"`` (pixels).

    Raises
    ------
    ValueError
        If a number is out of its range or not finite, `kind` is unknown, `shape` is missing or below 2 x 2, `base` has
        another shape, or `coverage` asks for too many solids.

    See Also
    --------
    objects : shapes with a height of their own, which are not tilted.
    particles : spheres that settle.

    Notes
    -----
    The plane under a solid is fitted to the surface by least squares, weighted with the thickness of the solid that lies flat,
    and the solid turned so that its upward axis is normal to it. Where a line over a pixel enters the tilted solid by l below its
    centre and leaves it by u above, the centre is at ``mean(z + l)`` for columnarity 0, at ``max(z + l)`` for 1 and at
    ``min(z)`` for -1, over all pixels under the solid, and the surface becomes ``max(z, centre + u)``.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.

    Examples
    --------
    >>> from afmnn import synth
    >>> grains = synth.pile_up((256, 256), kind="nugget", width=20, aspect_ratio=2, angle_spread=1, coverage=2, seed=1)
    """
    (rows, cols), substrate = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.choice("kind", kind, _core.solid_kinds())
    across = _check.pixels("width", width, dx, 1.0 - 1e-9, _WIDEST)
    _check.at_most(LARGEST_RADIUS * max(rows * dy, cols * dx), "ten times the longer side of the image", width=width)
    _check.within(aspect_ratio=(aspect_ratio, 1.0, 8.0), coverage=(coverage, 0.0, 200.0), columnarity=(columnarity, -1.0, 1.0))
    _check.positive(coverage=coverage)
    _check.angle(angle=angle)
    _check.spreads(width_spread=width_spread, aspect_spread=aspect_spread, angle_spread=angle_spread)
    _check.flag(avoid_overlap=avoid_overlap, return_info=return_info)
    progress = function_of("progress", progress)
    surface: NDArray[np.float64] = np.zeros((rows, cols)) if substrate is None else np.array(substrate, order="C") / dx
    y = x = 0
    if surface.min() < surface.max():
        # What leaves on one side enters on the other, where the base is another: both are cut off afterwards.
        reach = _MARGIN * across * aspect_ratio * float(exp(2.0 * (width_spread + aspect_spread)))
        y, x = int(min(math.ceil(reach * dx / dy), rows)), int(min(math.ceil(reach), cols))
        surface = np.pad(surface, ((y, y), (x, x)), mode="edge")
    wanted = _core.solid_count(kind, rows + 2 * y, cols + 2 * x, across, aspect_ratio, coverage, width_spread, dy / dx)
    _check.count("solids", wanted, MOST_OBJECTS, f"coverage = {coverage!r} with width = {width!r}")
    solids = _core.pile_up(
        surface,
        int(wanted),
        key_from(seed),
        kind=kind,
        width=across,
        aspect=aspect_ratio,
        angle=angle,
        columnarity=columnarity,
        avoid_overlap=bool(avoid_overlap),
        width_spread=width_spread,
        aspect_spread=aspect_spread,
        angle_spread=angle_spread,
        row_step=dy / dx,
        threads=resolve_threads(threads),
        progress=progress,
    )
    surface = surface[y : y + rows, x : x + cols] * dx
    if not return_info:
        return surface
    info: dict[str, Any] = {
        "count": len(solids),
        "placed": int(np.count_nonzero(solids["placed"])),
        "position": np.stack([solids["row"] - y, solids["col"] - x], axis=1),
        "width": solids["width"] * dx,
        "aspect_ratio": solids["aspect"].copy(),
        "angle": solids["angle"].copy(),
        "slope": np.stack([solids["slope_y"], solids["slope_x"]], axis=1),
        "height": solids["height"] * dx,
        "is_placed": solids["placed"].copy(),
        "footprint": solids["footprint"].copy(),
    }
    return finish(surface, None, info)
