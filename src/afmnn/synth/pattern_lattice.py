"""Patterns on a lattice: rectangular holes, pillars."""

from __future__ import annotations

from typing import Literal, cast

from numpy.typing import ArrayLike

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike
from ._pattern import Heights, pattern_frame, with_info

PillarKind = Literal["circle", "square", "hexagon"]


@plain
def pattern_holes(
    shape: tuple[int, int] | None = None,
    *,
    period_x: float,
    period_y: float | None = None,
    depth: float,
    top_fraction_x: float = 0.3,
    top_fraction_y: float = 0.3,
    slope_fraction: float = 0.05,
    roundness: float = 0.1,
    position_spread_x: float = 0.0,
    position_spread_y: float = 0.0,
    top_spread_x: float = 0.0,
    top_spread_y: float = 0.0,
    slope_spread: float = 0.0,
    roundness_spread: float = 0.0,
    depth_spread: float = 0.0,
    angle: float = 0.0,
    deformation: float = 0.0,
    deformation_scale: float | None = None,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> Heights:
    """Rectangular holes with round corners on a lattice, as on calibration gratings.

    The image centre is a crossing of the bars between the holes. The bars are at 0, the holes at ``-depth``; their
    sloping walls lie inside the opening. Where holes meet, the deeper one counts.

    Parameters
    ----------
    period_x, period_y : float
        Periods of the lattice in lateral units, at least a pixel; `period_y` is `period_x` if not given.
    depth : float
        Depth of the holes.
    top_fraction_x, top_fraction_y : float
        Width of the bars / period, 0 to 1; the opening takes the rest.
    slope_fraction : float
        Width of the walls as a fraction of *half* the smaller period, 0 to 1.
    roundness : float
        Radius of the corners as a fraction of half the smaller period, 0 to 1.
    position_spread_x, position_spread_y : float
        0 to 1: shifts of the holes as in `pattern_staircase`.
    top_spread_x, top_spread_y, slope_spread, roundness_spread, depth_spread : float
        0 to 1: triangular multipliers of mean 1 for each hole; those of the tops multiply the width of the opening.
    shape, angle, deformation, deformation_scale, pixel_size, base, seed, return_info, threads
        As in `pattern_staircase`.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `depth`, 0 and below; with `return_info`, a tuple of heights and dictionary: ``"count"``
        holes, and for each its cell ``"row"``, ``"col"``, its centre ``"y"``, ``"x"`` in the pattern's own (rotated) frame,
        ``"half_y"``, ``"half_x"``, ``"corner"``, ``"slope"`` in lateral units, and ``"depth"``; and ``"displacement"``.

    Raises
    ------
    ValueError
        As in `pattern_staircase`.
    """
    period_y = period_x if period_y is None else period_y
    place = pattern_frame(shape, base, pixel_size, angle=angle, deformation=deformation, deformation_scale=deformation_scale)
    place.check_periods(period_x=period_x, period_y=period_y)
    _check.positive(depth=depth)
    _check.within(
        top_fraction_x=(top_fraction_x, 0.0, 1.0),
        top_fraction_y=(top_fraction_y, 0.0, 1.0),
        slope_fraction=(slope_fraction, 0.0, 1.0),
        roundness=(roundness, 0.0, 1.0),
    )
    _check.spreads(
        position_spread_x=position_spread_x,
        position_spread_y=position_spread_y,
        top_spread_x=top_spread_x,
        top_spread_y=top_spread_y,
        slope_spread=slope_spread,
        roundness_spread=roundness_spread,
        depth_spread=depth_spread,
    )
    made = place.make(
        _core.pattern_holes,
        seed,
        threads,
        return_info,
        period_x=period_x,
        period_y=period_y,
        depth=depth,
        top_x=top_fraction_x,
        top_y=top_fraction_y,
        slope=slope_fraction,
        roundness=roundness,
        position_spread_x=position_spread_x,
        position_spread_y=position_spread_y,
        top_spread_x=top_spread_x,
        top_spread_y=top_spread_y,
        slope_spread=slope_spread,
        roundness_spread=roundness_spread,
        depth_spread=depth_spread,
    )
    return with_info(*made) if return_info else cast(Heights, made)


@plain
def pattern_pillars(
    shape: tuple[int, int] | None = None,
    *,
    kind: PillarKind = "circle",
    period_x: float,
    period_y: float | None = None,
    height: float,
    size_fraction: float = 0.5,
    slope_fraction: float = 0.05,
    orientation: float = 0.0,
    orientation_spread: float = 0.0,
    position_spread_x: float = 0.0,
    position_spread_y: float = 0.0,
    size_spread: float = 0.0,
    slope_spread: float = 0.0,
    height_spread: float = 0.0,
    angle: float = 0.0,
    deformation: float = 0.0,
    deformation_scale: float | None = None,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> Heights:
    """Round, square or hexagonal pillars on a lattice.

    One pillar stands in the middle of every cell; the image centre is a corner of cells. The sloping sides lie outside the
    top. Where pillars meet, the higher one counts.

    Parameters
    ----------
    kind : {"circle", "square", "hexagon"}
        Shape of the top.
    period_x, period_y : float
        Periods of the lattice in lateral units, at least a pixel; `period_y` is `period_x` if not given.
    height : float
        Height of the pillars above 0.
    size_fraction : float
        Diameter of the top (of the circle that fits in it) / smaller period, 0 to 1.
    slope_fraction : float
        Width of the sides as a fraction of *half* the smaller period, 0 to 1.
    orientation : float
        Rotation of the single pillar against the lattice in radians, counter-clockwise.
    orientation_spread : float
        0 to 1: normal random rotation of each pillar with a standard deviation of this times pi / 4 (squares) or
        pi / 6 (hexagons).
    position_spread_x, position_spread_y : float
        0 to 1: shifts of the pillars as in `pattern_staircase`.
    size_spread, slope_spread, height_spread : float
        0 to 1: triangular multipliers of mean 1 for each pillar.
    shape, angle, deformation, deformation_scale, pixel_size, base, seed, return_info, threads
        As in `pattern_staircase`.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: ``"count"`` pillars, and for
        each its cell ``"row"``, ``"col"``, its centre ``"y"``, ``"x"`` in the pattern's own (rotated) frame, ``"radius"``,
        ``"slope"`` in lateral units, ``"orientation"`` and ``"height"``; and ``"displacement"``.

    Raises
    ------
    ValueError
        As in `pattern_staircase`, or if `kind` is unknown.
    """
    _check.choice("kind", kind, ("circle", "square", "hexagon"))
    period_y = period_x if period_y is None else period_y
    place = pattern_frame(shape, base, pixel_size, angle=angle, deformation=deformation, deformation_scale=deformation_scale)
    place.check_periods(period_x=period_x, period_y=period_y)
    _check.positive(height=height)
    _check.within(size_fraction=(size_fraction, 0.0, 1.0), slope_fraction=(slope_fraction, 0.0, 1.0))
    _check.angle(orientation=orientation)
    _check.spreads(
        orientation_spread=orientation_spread,
        position_spread_x=position_spread_x,
        position_spread_y=position_spread_y,
        size_spread=size_spread,
        slope_spread=slope_spread,
        height_spread=height_spread,
    )
    made = place.make(
        _core.pattern_pillars,
        seed,
        threads,
        return_info,
        kind=kind,
        period_x=period_x,
        period_y=period_y,
        height=height,
        size=size_fraction,
        slope=slope_fraction,
        orientation=orientation,
        position_spread_x=position_spread_x,
        position_spread_y=position_spread_y,
        size_spread=size_spread,
        slope_spread=slope_spread,
        orientation_spread=orientation_spread,
        height_spread=height_spread,
    )
    return with_info(*made) if return_info else cast(Heights, made)
