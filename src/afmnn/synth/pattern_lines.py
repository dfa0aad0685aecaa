"""Patterns across the image: staircase, double staircase, grating."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike
from ._pattern import Heights, pattern_frame, with_info


@plain
def pattern_staircase(
    shape: tuple[int, int] | None = None,
    *,
    period: float,
    height: float,
    slope_fraction: float = 0.05,
    position_spread: float = 0.0,
    slope_spread: float = 0.0,
    height_spread: float = 0.0,
    height_scales_with_width: bool = False,
    angle: float = 0.0,
    deformation: float = 0.0,
    deformation_scale: float | None = None,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> Heights:
    """Terraces that rise to the right, or towards `angle`.

    Edge k lies at ``t = k + shift`` periods from the image centre; the surface rises there by one step along a ramp. The
    middle of edge 0 is at height 0.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    period : float
        Width of a terrace with its riser, in lateral units; at least a pixel.
    height : float
        Height of a step.
    slope_fraction : float
        Width of the riser / `period`, 0 to 1; 0 makes sharp edges.
    position_spread : float
        0 to 1. Edges are shifted by random parts of the period, at most half: up to 0.217 this is the standard
        deviation, above it approaches that of even chances (0.289).
    slope_spread, height_spread : float
        0 to 1. Each riser's width and height is multiplied by a triangular random number of mean 1 on
        [1 - spread, 1 + spread].
    height_scales_with_width : bool
        Make steps higher where the two terraces beside them are wider.
    angle : float
        Direction in which the pattern goes on, in radians, counter-clockwise from the right.
    deformation : float
        The pattern is bent by a smooth random displacement of about this much from peak to peak, in lateral units. Its
        rms is ``deformation / sqrt(12 pi)`` along x and along y.
    deformation_scale : float, optional
        Lateral scale of the displacement, in lateral units; by default ten pixels. The autocorrelation is
        ``exp(-r**2 / (4 * deformation_scale**2))``. A shift common to the whole image is taken out, so that scales near
        the image size and above bend the pattern less.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dictionary.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: ``"count"`` edges, and for
        each ``"index"`` k, ``"position"`` and ``"width"`` (lateral units), ``"height"``; ``"displacement"`` (y and x, shape
        ``(2, rows, columns)``, lateral units) or None.

    Raises
    ------
    ValueError
        If a number is out of its range or not finite, `shape` is missing or below 2 x 2, `base` has another shape, or
        `period` is so short that there would be more than a million features.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    place = pattern_frame(shape, base, pixel_size, angle=angle, deformation=deformation, deformation_scale=deformation_scale)
    place.check_periods(period=period)
    _check.positive(height=height)
    _check.within(slope_fraction=(slope_fraction, 0.0, 1.0))
    _check.spreads(position_spread=position_spread, slope_spread=slope_spread, height_spread=height_spread)
    _check.flag(height_scales_with_width=height_scales_with_width)
    made = place.make(
        _core.pattern_staircase,
        seed,
        threads,
        return_info,
        period=period,
        height=height,
        slope=slope_fraction,
        position_spread=position_spread,
        slope_spread=slope_spread,
        height_spread=height_spread,
        height_scales_with_width=bool(height_scales_with_width),
    )
    return with_info(*made) if return_info else cast(Heights, made)


@plain
def pattern_double_staircase(
    shape: tuple[int, int] | None = None,
    *,
    period_x: float,
    period_y: float | None = None,
    height: float,
    position_spread_x: float = 0.0,
    position_spread_y: float = 0.0,
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
    """Terraces that rise with sharp edges in two directions, to the right and downwards.

    The level is ``H(K + L)``: K edges have been passed along x and L along y, and H is a staircase of its own, so that
    diagonal neighbours lie at the same height. The middle of the image has the levels H(-2), H(-1) = 0 and H(0).

    Parameters
    ----------
    period_x, period_y : float
        Widths of the terraces in lateral units; `period_y` is `period_x` if not given.
    height : float
        Height of a step.
    position_spread_x, position_spread_y : float
        0 to 1: shifts of the edges as in `pattern_staircase`.
    height_spread : float
        0 to 1: triangular multiplier of each step of H.
    shape, angle, deformation, deformation_scale, pixel_size, base, seed, return_info, threads
        As in `pattern_staircase`.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: positions of the edges in
        lateral units ``"x"`` and ``"y"`` with their numbers ``"index_x"`` and ``"index_y"``, heights of the levels
        ``"level"`` with their numbers ``"index_level"``, and ``"displacement"``.

    Raises
    ------
    ValueError
        As in `pattern_staircase`.
    """
    period_y = period_x if period_y is None else period_y
    place = pattern_frame(shape, base, pixel_size, angle=angle, deformation=deformation, deformation_scale=deformation_scale)
    place.check_periods(period_x=period_x)
    place.check_periods(period_y=period_y)
    _check.positive(height=height)
    _check.spreads(position_spread_x=position_spread_x, position_spread_y=position_spread_y, height_spread=height_spread)
    made = place.make(
        _core.pattern_double_staircase,
        seed,
        threads,
        return_info,
        period_x=period_x,
        period_y=period_y,
        height=height,
        position_spread_x=position_spread_x,
        position_spread_y=position_spread_y,
        height_spread=height_spread,
    )
    if not return_info:
        return cast(Heights, made)
    heights, (x, first_x, y, first_y, levels, first_level), displacement = made
    info: dict[str, Any] = {
        "x": x * period_x,
        "index_x": first_x + np.arange(len(x)),
        "y": y * period_y,
        "index_y": first_y + np.arange(len(y)),
        "level": levels,
        "index_level": first_level + np.arange(len(levels)),
        "displacement": displacement,
    }
    return cast(Heights, (heights, info))


@plain
def pattern_grating(
    shape: tuple[int, int] | None = None,
    *,
    period: float,
    height: float,
    top_fraction: float = 0.45,
    slope_fraction: float = 0.05,
    asymmetry: float = 0.0,
    scale_with_width: bool = False,
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
    """Parallel ridges with flat tops and sloping sides.

    Ridge k lies at ``t = k + shift`` periods from the image centre. Where ridges meet, the higher one counts.

    Parameters
    ----------
    period : float
        Distance of neighbouring ridges in lateral units; at least a pixel.
    height : float
        Height of the ridges above 0.
    top_fraction : float
        Width of the flat top / `period`, 0 to 1.
    slope_fraction : float
        Width of both sides together / `period`, 0 to 1.
    asymmetry : float
        -1 to 1: the left side takes ``(1 - asymmetry) / 2`` of the slope, the right side the rest.
    scale_with_width : bool
        Make ridges wider where their neighbours are farther, and put them in the middle between these.
    position_spread : float
        0 to 1: shifts of the ridges as in `pattern_staircase`.
    top_spread, slope_spread, height_spread : float
        0 to 1: triangular multipliers of mean 1 for each ridge.
    shape, angle, deformation, deformation_scale, pixel_size, base, seed, return_info, threads
        As in `pattern_staircase`.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: ``"count"`` ridges, and for
        each ``"index"``, ``"position"``, ``"top"``, ``"left"`` and ``"right"`` (widths) in lateral units, ``"height"``; and
        ``"displacement"``.

    Raises
    ------
    ValueError
        As in `pattern_staircase`.
    """
    place = pattern_frame(shape, base, pixel_size, angle=angle, deformation=deformation, deformation_scale=deformation_scale)
    place.check_periods(period=period)
    check_ridges(height, top_fraction, slope_fraction, asymmetry, scale_with_width)
    _check.spreads(position_spread=position_spread, top_spread=top_spread, slope_spread=slope_spread, height_spread=height_spread)
    made = place.make(
        _core.pattern_grating,
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
    )
    return with_info(*made) if return_info else cast(Heights, made)


def check_ridges(height: float, top_fraction: float, slope_fraction: float, asymmetry: float, scale_with_width: bool) -> None:
    """Check what straight and round ridges have in common."""
    _check.positive(height=height)
    _check.within(
        top_fraction=(top_fraction, 0.0, 1.0), slope_fraction=(slope_fraction, 0.0, 1.0), asymmetry=(asymmetry, -1.0, 1.0)
    )
    _check.flag(scale_with_width=scale_with_width)
