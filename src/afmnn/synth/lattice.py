"""Lattices: surfaces on the Voronoi cells of random and regular arrangements of points."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

LatticeKind = Literal[
    "random",
    "square",
    "hexagonal",
    "triangular",
    "cairo",
    "snub_square",
    "truncated_square",
    "silicon",
    "skewed_silicon",
    "penrose_vertices",
    "penrose_centres",
]

_LARGEST = 1000.0  # pixels
_LONGEST = 1e5  # pixels
_MOST_POINTS = 10_000_000


@plain
@draws_bar("parts")
def lattice(
    shape: tuple[int, int] | None = None,
    *,
    kind: LatticeKind = "random",
    size: float,
    height: float = 1.0,
    layers: Mapping[str, float | Sequence[float]] | None = None,
    lattice_relaxation: float = 0.0,
    height_relaxation: float = 0.0,
    angle: float = 0.0,
    deformation: float | None = None,
    deformation_scale: float | None = None,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Surface on the cells of a lattice: grains, foams, cracks, domes, tilings, quasicrystals.

    Points with random values u, and around each its cell: all that is nearer to it than to any other point (Voronoi).

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    kind : str
        Arrangement of the points. ``"random"``: independent. ``"square"``, ``"hexagonal"``, ``"triangular"`` and ``"cairo"``
        (pentagons) have cells of this form, ``"truncated_square"`` has points at the corners of the tiling of octagons and
        squares, ``"snub_square"`` in the middle of the squares and triangles of that tiling. ``"silicon"``: the adatoms of
        Si(111)-(7x7). ``"skewed_silicon"``: the same with its rhombic cell sheared to a square, which no crystal shows; what
        Gwyddion means by this name is not written down anywhere. ``"penrose_vertices"``, ``"penrose_centres"``: corners and
        centres of Penrose's rhombs.
    size : float
        Mean size of a cell in lateral units, 4 to 1000 pixels: there is one point per ``size**2``.
    height : float
        From the lowest to the highest point, in the unit of the heights.
    layers : mapping, optional
        Names of surfaces (see Notes) and their weights, -1 to 1, or ``(weight, lower, upper)`` with thresholds from 0 to 1. By
        default ``{"radial": 1.0}``.
    lattice_relaxation : float
        0 to 16: points move to the centroid of their cell, and on as the cells change (Lloyd); 1 is a whole way.
    height_relaxation : float
        0 to 200: values move half the way to the mean of the neighbours' for each unit, weighted with 1 / distance².
    angle : float
        Regular lattices are turned by this angle in radians, counter-clockwise.
    deformation : float, optional
        Points of regular lattices are moved by a smooth random displacement of about this much from peak to peak, in lateral
        units; by default a quarter of the size. Its rms is ``deformation / sqrt(12 pi)`` along x and along y.
    deformation_scale : float, optional
        Over which the displacement changes, in lateral units: its autocorrelation at the distance r is exp(-r² / (4 scale²)).
        By default 1.25 times the size. Below a quarter of the size, a quarter is meant: points move independently then.
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
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: ``"count"`` of points with those
        of a margin around the image, and arrays with one entry a point: ``"y"``, ``"x"`` (from the centre of the image,
        downwards and to the right, in lateral units), ``"value"`` and ``"area"`` of the cell (0 where it does not close).

    Raises
    ------
    ValueError
        If a number is out of its range or not finite, `kind` or a layer is unknown, `shape` is missing or below 2 x 2, `base`
        has another shape, or there would be more than ten million points.

    See Also
    --------
    discs : tiles grown from discs, with gaps.
    atomic_lattice : atoms on a lattice.

    Notes
    -----
    At a place p, with the nearest point o, its value u, the vectors n from it to its neighbours, and lengths in units of `size`:

    ============= ===================================================================================
    surface       height
    ============= ===================================================================================
    flat          u
    linear        linear in the triangles of Delaunay between values at their corners
    bumpy         the same, with the cubes of the weights of the corners
    radial        abs(p - o)
    segmented     the largest 2 (p - o) . n / n², which is 1 on the edge of the cell
    z_segmented   u times (segmented - 1)
    border        1 - 2 times the distance from the edge of the cell
    z_border      the same, with the distance multiplied by u
    second        1 - distance from the second nearest point
    ============= ===================================================================================

    Each layer is rescaled to 0 ... 1, clamped to its thresholds and multiplied by its weight; their sum is rescaled to 0 ...
    `height`. Where all is constant, heights are 0.

    References
    ----------
    F. Aurenhammer, ACM Computing Surveys 23 (1991) 345, doi:10.1145/116873.116880.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    N. G. de Bruijn, Indagationes Math. 84 (1981) 39, doi:10.1016/1385-7258(81)90016-0 (Penrose's tiling).
    K. Takayanagi et al., J. Vac. Sci. Technol. A 3 (1985) 1502, doi:10.1116/1.573160 (silicon).

    Examples
    --------
    >>> from afmnn import synth
    >>> grains = synth.lattice((256, 256), size=30, layers={"flat": 1.0, "border": (-0.5, 0.8, 1.0)}, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.choice("kind", kind, _core.lattice_kinds())
    cell = _check.pixels("size", size, dx, 4.0 - 1e-9, _LARGEST)
    _check.positive(height=height)
    chosen = _layers({"radial": 1.0} if layers is None else layers)
    _check.within(lattice_relaxation=(lattice_relaxation, 0.0, 16.0), height_relaxation=(height_relaxation, 0.0, 200.0))
    _check.angle(angle=angle)
    bend = 0.25 * size if deformation is None else deformation
    _check.non_negative(deformation=bend)
    _check.at_most(100.0 * size, "a hundred times the size", deformation=bend)
    scale = 1.25 * cell if deformation_scale is None else _check.pixels("deformation_scale", deformation_scale, dx, 0.1, _LONGEST)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    rms = bend / dx / math.sqrt(12 * math.pi)
    count = _core.lattice_point_count(rows, cols, kind, cell, lattice_relaxation, rms, dy / dx)
    _check.count("points", count, _MOST_POINTS, f"size = {size!r} with deformation = {bend!r} in {rows} x {cols} pixels")
    result, y, x, value, area = _core.lattice(
        rows,
        cols,
        kind,
        cell,
        height,
        chosen,
        lattice_relaxation,
        height_relaxation,
        angle,
        rms,
        scale,
        dy / dx,
        key_from(seed),
        resolve_threads(threads),
        progress,
    )
    info: dict[str, Any] | None = None
    if return_info:
        info = {"count": len(y), "y": y * dx, "x": x * dx, "value": value, "area": area * dx * dx}
    return finish(result, heights, info)


def _layers(layers: Any) -> list[tuple[str, float, float, float]]:
    """Check the layers, and return name, weight and thresholds of each, in one order."""
    if not isinstance(layers, Mapping):
        raise TypeError(f"layers must be a mapping of names and weights, got {layers!r}")
    surfaces = _core.lattice_surfaces()
    _check.keys("layers", layers, surfaces)
    if not layers:
        raise ValueError(f"layers must have at least one of {', '.join(surfaces)}, got {layers!r}")
    chosen = []
    for name in surfaces:
        if name not in layers:
            continue
        given = layers[name]
        numbers = tuple(given) if isinstance(given, (tuple, list)) else (given, 0.0, 1.0)
        if len(numbers) != 3:
            raise ValueError(f"layers[{name!r}] must be a weight, or three numbers (weight, lower, upper), got {given!r}")
        weight, lower, upper = numbers
        _check.within(**{
            f"layers[{name!r}] weight": (weight, -1.0, 1.0),
            f"layers[{name!r}] lower": (lower, 0.0, 1.0),
            f"layers[{name!r}] upper": (upper, 0.0, 1.0),
        })  # fmt: skip
        _check.at_most(upper, "the upper threshold", **{f"layers[{name!r}] lower": lower})
        chosen.append((name, float(weight), float(lower), float(upper)))
    return chosen
