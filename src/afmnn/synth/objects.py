"""Objects: many copies of one shape merged into a surface, and one shape alone."""

from __future__ import annotations

import math
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads

ObjectKind = Literal[
    "half_sphere",
    "sphere",
    "box",
    "cone",
    "pyramid",
    "diamond",
    "tetrahedron",
    "hexagonal_pyramid",
    "half_nugget",
    "nugget",
    "thatch",
    "tent",
    "gaussian",
    "doughnut",
    "parabolic_bump",
]

#: More objects are refused: they would take seconds to minutes, and their records gigabytes.
MOST_OBJECTS = 10_000_000
#: No radius may exceed this many times the longer side of the image.
LARGEST_RADIUS = 10.0


@plain
def objects(
    shape: tuple[int, int] | None = None,
    *,
    kind: ObjectKind = "half_sphere",
    radius: float,
    height: float,
    aspect_ratio: float = 1.0,
    angle: float = 0.0,
    truncation: float = 1.0,
    coverage: float = 1.0,
    radius_spread: float = 0.0,
    aspect_spread: float = 0.0,
    height_spread: float = 0.0,
    angle_spread: float = 0.0,
    truncation_spread: float = 0.0,
    height_scales_with_radius: bool = True,
    up_fraction: float = 1.0,
    columnarity: float = 0.0,
    avoid_overlap: bool = False,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Surface covered with copies of one shape: grains, bumps, pits, plates, wires ...

    Objects are placed one after the other at random pixels and merged into what is there already. The surface is
    periodic: what leaves on one side enters on the other. Places are stratified (more even than independent ones), so
    that coverage 1 with half-spheres covers 0.70 of the surface rather than 0.63.

    With o the heights of an object and z the surface below it, an upward object changes ``z`` to ``max(z, b + o)``,
    where its base b lies at the lowest point of the surface under it (`columnarity` 0), at the height where it
    first touches (1), or between.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    kind : str
        One of the shapes of `object_profile`.
    radius : float
        Half-width of the shape at aspect ratio 1, in lateral units; at most ten times the longer side of the image.
    height : float
        Height of the uncut shape, in the unit of the heights.
    aspect_ratio : float
        Ratio of the two half-axes, 0.05 to 20. The half-axes are ``radius * sqrt(aspect_ratio)`` along the object and
        ``radius / sqrt(aspect_ratio)`` across, so that the area does not depend on it.
    angle : float
        Direction of the objects in radians, counter-clockwise from the columns' direction.
    truncation : float
        Above 0 up to 1: objects are cut at this fraction of their height. Spheres and nuggets are cut at both poles.
    coverage : float
        Mean number of objects that cover a point, above 0 up to 200. It sets the number of objects,
        ``ceil(coverage * area / (footprint of one object))``, which must not exceed ten million; overlap is not taken
        into account.
    radius_spread, aspect_spread, height_spread : float
        0 to 1: standard deviation of the logarithm of radius, aspect ratio and height; the medians stay.
    angle_spread : float
        0 to 1: the angle varies normally with a standard deviation of ``2 * angle_spread`` radians.
    truncation_spread : float
        0 to 1: standard deviation of the log-odds of the truncation.
    height_scales_with_radius : bool
        Whether larger objects are higher: the height is multiplied by actual radius / `radius`.
    up_fraction : float
        Fraction of the objects that point up; the others are dents.
    columnarity : float
        0: objects sink to the lowest point under them; 1: they rest on the highest contact, and columns grow.
    avoid_overlap : bool
        Leave out objects that would overlap an earlier one; there is no second try, so the covered fraction saturates
        near 0.5 (half-spheres).
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to build on; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dictionary.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: ``"count"`` objects were
        tried, ``"placed"`` of them placed; arrays with one entry an object in the order of placing: ``"position"`` (row,
        column of the centre pixel), ``"radius"``, ``"aspect_ratio"``, ``"height"``, ``"angle"``, ``"truncation"``,
        ``"up"``, ``"is_placed"``, ``"footprint"`` (pixels) and ``"base"`` (height the object stands on; 0 where it was
        not placed).

    Raises
    ------
    ValueError
        If a number is out of its range or not finite, `kind` is unknown, `shape` is missing or below 2 x 2, `base` has
        another shape, or `coverage` asks for too many objects.

    See Also
    --------
    object_profile : one shape alone.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), substrate = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check_shape(kind, radius, height, aspect_ratio, angle, truncation)
    _check.within(coverage=(coverage, 0.0, 200.0), up_fraction=(up_fraction, 0.0, 1.0), columnarity=(columnarity, 0.0, 1.0))
    _check.positive(coverage=coverage)
    _check.spreads(
        radius_spread=radius_spread,
        aspect_spread=aspect_spread,
        height_spread=height_spread,
        angle_spread=angle_spread,
        truncation_spread=truncation_spread,
    )
    _check.flag(height_scales_with_radius=height_scales_with_radius, avoid_overlap=avoid_overlap, return_info=return_info)
    _check.at_most(LARGEST_RADIUS * max(rows * dy, cols * dx), "ten times the longer side of the image", radius=radius)

    wanted = _core.object_count(kind, rows, cols, radius / dx, aspect_ratio, dy / dx, coverage, radius_spread)
    _check.count("objects", wanted, MOST_OBJECTS, f"coverage = {coverage!r} with radius = {radius!r}")
    surface: NDArray[np.float64] = np.zeros((rows, cols)) if substrate is None else np.array(substrate, order="C")
    records = _core.scatter_objects(
        surface,
        int(wanted),
        key_from(seed),
        kind=kind,
        radius=radius / dx,
        height=height,
        aspect=aspect_ratio,
        angle=angle,
        truncation=truncation,
        row_step=dy / dx,
        radius_spread=radius_spread,
        aspect_spread=aspect_spread,
        height_spread=height_spread,
        angle_spread=angle_spread,
        truncation_spread=truncation_spread,
        height_scales_with_radius=bool(height_scales_with_radius),
        up_fraction=up_fraction,
        columnarity=columnarity,
        avoid_overlap=bool(avoid_overlap),
        info=bool(return_info),
        threads=resolve_threads(threads),
    )
    if records is None:
        return surface
    drawn, placements = records
    info: dict[str, Any] = {
        "count": len(drawn),
        "placed": int(np.count_nonzero(placements["placed"])),
        "position": np.stack([drawn["row"], drawn["col"]], axis=1),
        "radius": drawn["radius"] * dx,
        "aspect_ratio": drawn["aspect"].copy(),
        "height": drawn["height"].copy(),
        "angle": drawn["angle"].copy(),
        "truncation": drawn["truncation"].copy(),
        "up": drawn["up"].copy(),
        "is_placed": placements["placed"].copy(),
        "footprint": placements["footprint"].copy(),
        "base": placements["base"].copy(),
    }
    return cast("NDArray[np.float64]", (surface, info))  # what return_info asks for


@plain
def object_profile(
    kind: ObjectKind,
    radius: float,
    height: float,
    *,
    aspect_ratio: float = 1.0,
    angle: float = 0.0,
    truncation: float = 1.0,
    pixel_size: float | tuple[float, float] = 1.0,
) -> NDArray[np.float64]:
    """Heights of one object on a flat ground, as `objects` places it.

    With half-axes ``A = radius * sqrt(aspect_ratio)`` and ``B = radius / sqrt(aspect_ratio)`` and the scaled coordinates
    ``X = x' / A``, ``Y = y' / B`` of the rotated object, the height is ``height * f(X, Y)``, exact at every pixel centre:

    ================= ======================================================================================
    kind              f, zero where negative or outside the region
    ================= ======================================================================================
    half_sphere       sqrt(1 - X² - Y²)
    sphere            1/2 + sqrt(1 - X² - Y²) / 2
    box               1 where max(abs(X), abs(Y)) <= 1
    cone              1 - sqrt(X² + Y²)
    pyramid           1 - max(abs(X), abs(Y))
    diamond           1 - abs(X) - abs(Y)
    tetrahedron       triangular pyramid, for aspect ratio 1 with equal sides of 2 radius
    hexagonal_pyramid six-sided pyramid with the corner distance A
    half_nugget       cylinder lying along the longer half-axis, with spherical ends
    nugget            the same, but all of it, as sphere to half_sphere
    thatch            (1 + X) / 2 where abs(Y) <= (1 - X) / 2: a ramp that narrows as it rises
    tent              1 - abs(Y) where abs(X) <= 1: a ridge along X
    gaussian          exp(-4 (X² + Y²)), drawn down to 0.01 % of the height
    doughnut          sqrt(1 - (sqrt(X² + Y²) - 0.6)² / 0.16)
    parabolic_bump    1 - X² - Y²
    ================= ======================================================================================

    Parameters
    ----------
    kind : str
        The shape.
    radius : float
        Half-width at aspect ratio 1, in lateral units.
    height : float
        Height of the uncut shape.
    aspect_ratio : float
        A / B, 0.05 to 20.
    angle : float
        Direction of X in radians, counter-clockwise from the columns' direction.
    truncation : float
        Above 0 up to 1: the shape is cut at this fraction of the height; spheres and nuggets are cut by equal parts at
        both poles.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx).

    Returns
    -------
    ndarray of float64, odd numbers of rows and columns
        Holds the whole object; its centre is at the centre pixel.

    Raises
    ------
    ValueError
        If a number is out of its range or not finite, `kind` is unknown, or the array would have more than 2^28 pixels.
    """
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check_shape(kind, radius, height, aspect_ratio, angle, truncation)
    reach = 1.6 * radius * math.sqrt(max(aspect_ratio, 1 / aspect_ratio))
    _check.count("pixels", (2 * reach / dx + 1) * (2 * reach / dy + 1), 2**28, f"radius = {radius!r} at this pixel_size")
    return _core.object_profile(kind, radius / dx, height, aspect_ratio, angle, truncation, dy / dx)


def _check_shape(kind: str, radius: float, height: float, aspect_ratio: float, angle: float, truncation: float) -> None:
    _check.choice("kind", kind, _core.object_kinds())
    _check.positive(radius=radius, height=height, truncation=truncation)
    _check.within(aspect_ratio=(aspect_ratio, 0.05, 20.0), truncation=(truncation, 0.0, 1.0))
    _check.angle(angle=angle)
