"""Patterns around a centre: amphitheatre, rings, Siemens star."""

from __future__ import annotations

from typing import cast

from numpy.typing import ArrayLike

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike
from ._pattern import Heights, PatternFrame, pattern_frame, with_info
from .pattern_lines import check_ridges


@plain
def pattern_amphitheatre(
    shape: tuple[int, int] | None = None,
    *,
    period: float,
    height: float,
    slope_fraction: float = 0.05,
    superellipse: float = 1.0,
    parabolicity: float = 0.0,
    center: tuple[float, float] = (0.0, 0.0),
    position_spread: float = 0.0,
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
    """Terraces around a centre that rise outwards; the innermost is at 0.

    Edge k = 1, 2, ... lies at ``s * g(k / s) + shift`` periods from the centre, with s half the diagonal of the image in
    periods. g is the identity for parabolicity Q = 0, the inverse of ``(1 - Q) x + Q x**2`` for Q > 0, and
    ``(1 - |Q|) x + |Q| x**2`` for Q < 0.

    Parameters
    ----------
    period : float
        Width of a terrace with its riser, in lateral units; at least a pixel.
    height : float
        Height of a step.
    slope_fraction : float
        Width of the riser / `period`, 0 to 1.
    superellipse : float
        Shape of the edges: 0 squares, 1 circles, 2 diamonds; the distance from the centre is
        ``(|x|**n + |y|**n)**(1 / n)`` with ``n = 2 / superellipse``. Above 1 the period is multiplied by
        ``2**((superellipse - 1) / 2)``, so that terraces keep their width across the sides.
    parabolicity : float
        -1 to 1. Positive: terraces become narrower outwards, up to a parabolic bowl. Negative: wider outwards.
    center : (float, float)
        Centre (y downwards, x to the right) relative to that of the image, in lateral units.
    position_spread, slope_spread, height_spread : float
        0 to 1, as in `pattern_staircase`.
    shape, angle, deformation, deformation_scale, pixel_size, base, seed, return_info, threads
        As in `pattern_staircase`.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary as in `pattern_staircase`,
        positions being distances from the centre.

    Raises
    ------
    ValueError
        As in `pattern_staircase`.
    """
    place = pattern_frame(
        shape,
        base,
        pixel_size,
        angle=angle,
        deformation=deformation,
        deformation_scale=deformation_scale,
        center=center,
    )
    _check.positive(height=height)
    _check.within(slope_fraction=(slope_fraction, 0.0, 1.0))
    _check_radial(place, period, superellipse, parabolicity)
    _check.spreads(position_spread=position_spread, slope_spread=slope_spread, height_spread=height_spread)
    made = place.make(
        _core.pattern_amphitheatre,
        seed,
        threads,
        return_info,
        period=period,
        height=height,
        slope=slope_fraction,
        position_spread=position_spread,
        slope_spread=slope_spread,
        height_spread=height_spread,
        superellipse=superellipse,
        parabolicity=parabolicity,
    )
    return with_info(*made) if return_info else cast(Heights, made)


@plain
def pattern_rings(
    shape: tuple[int, int] | None = None,
    *,
    period: float,
    height: float,
    top_fraction: float = 0.45,
    slope_fraction: float = 0.05,
    asymmetry: float = 0.0,
    superellipse: float = 1.0,
    parabolicity: float = 0.0,
    scale_with_width: bool = False,
    center: tuple[float, float] = (0.0, 0.0),
    position_spread: float = 0.0,
    top_spread: float = 0.0,
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
    """Ridges in rings around a centre, which itself is at 0.

    Ring k = 1, 2, ... lies where edge k of `pattern_amphitheatre` lies, with the profile of `pattern_grating`.

    Parameters
    ----------
    period, height, top_fraction, slope_fraction, asymmetry, scale_with_width
        As in `pattern_grating`; "left" is the side towards the centre.
    superellipse, parabolicity, center
        As in `pattern_amphitheatre`.
    position_spread, top_spread, slope_spread, height_spread : float
        0 to 1, as in `pattern_grating`.
    shape, angle, deformation, deformation_scale, pixel_size, base, seed, return_info, threads
        As in `pattern_staircase`.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary as in `pattern_grating`,
        positions being distances from the centre.

    Raises
    ------
    ValueError
        As in `pattern_staircase`.
    """
    place = pattern_frame(
        shape,
        base,
        pixel_size,
        angle=angle,
        deformation=deformation,
        deformation_scale=deformation_scale,
        center=center,
    )
    check_ridges(height, top_fraction, slope_fraction, asymmetry, scale_with_width)
    _check_radial(place, period, superellipse, parabolicity)
    _check.spreads(position_spread=position_spread, top_spread=top_spread, slope_spread=slope_spread, height_spread=height_spread)
    made = place.make(
        _core.pattern_rings,
        seed,
        threads,
        return_info,
        period=period,
        height=height,
        top=top_fraction,
        slope=slope_fraction,
        asymmetry=asymmetry,
        position_spread=position_spread,
        top_spread=top_spread,
        slope_spread=slope_spread,
        height_spread=height_spread,
        scale_with_width=bool(scale_with_width),
        superellipse=superellipse,
        parabolicity=parabolicity,
    )
    return with_info(*made) if return_info else cast(Heights, made)


@plain
def pattern_siemens_star(
    shape: tuple[int, int] | None = None,
    *,
    sectors: int = 8,
    height: float,
    top_fraction: float = 0.5,
    top_spread: float = 0.0,
    edge_shift: float = 0.0,
    slope_width: float = 0.0,
    center: tuple[float, float] = (0.0, 0.0),
    angle: float = 0.0,
    deformation: float = 0.0,
    deformation_scale: float | None = None,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> Heights:
    """Wedges around a centre: the test pattern for the resolution of an instrument.

    Wedge k = 0, 1, ... points in the direction ``angle + 2 pi k / sectors`` and opens over the angle
    ``2 pi top_fraction / sectors``. Outside, the height falls linearly to 0 over `slope_width`.

    Parameters
    ----------
    sectors : int
        Number of wedges, 2 to 360.
    height : float
        Height of the wedges above 0.
    top_fraction : float
        Part of the full circle that they take, 0.01 to 0.99.
    top_spread : float
        0 to 1: random width of each wedge, uniform between `top_fraction` and this part of the way to 0 or to 1.
    edge_shift : float
        Distance in lateral units by which all edges move outwards; where negative, inwards, which leaves the centre
        free. Wedges made wider have round apexes.
    slope_width : float
        Width of the sloping sides in lateral units.
    center : (float, float)
        Centre (y downwards, x to the right) relative to that of the image, in lateral units.
    shape, angle, deformation, deformation_scale, pixel_size, base, seed, return_info, threads
        As in `pattern_staircase`.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: ``"count"`` wedges, and for
        each the direction of its middle ``"angle"`` (without the argument `angle`) and ``"half_angle"``; and
        ``"displacement"``.

    Raises
    ------
    ValueError
        As in `pattern_staircase`, or if `sectors` is out of range.
    TypeError
        If `sectors` is not an integer.
    """
    place = pattern_frame(
        shape,
        base,
        pixel_size,
        angle=angle,
        deformation=deformation,
        deformation_scale=deformation_scale,
        center=center,
    )
    sectors = _check.integer("sectors", sectors, minimum=2, maximum=360)
    _check.positive(height=height)
    _check.within(top_fraction=(top_fraction, 0.01, 0.99))
    _check.spreads(top_spread=top_spread)
    _check.finite(edge_shift=edge_shift)
    _check.non_negative(slope_width=slope_width)
    made = place.make(
        _core.pattern_siemens_star,
        seed,
        threads,
        return_info,
        sectors=sectors,
        height=height,
        top=top_fraction,
        top_spread=top_spread,
        edge_shift=edge_shift,
        slope=slope_width,
    )
    return with_info(*made) if return_info else cast(Heights, made)


def _check_radial(place: PatternFrame, period: float, superellipse: float, parabolicity: float) -> None:
    _check.within(superellipse=(superellipse, 0.0, 2.0), parabolicity=(parabolicity, -1.0, 1.0))
    place.check_periods(period=period)
    # Crowding outwards, the number of features grows with the square of the distance beyond the half-diagonal.
    farthest = 2 * place.reach
    number = farthest / period * max(1.0, farthest / place.radius)
    _check.count("features", number, 1_000_000, f"period = {period!r} and the distance of center = {place.reach:.4g}")
