"""Vicinal surfaces: terraces, and steps between them that wander."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

_LONGEST = 1e6  # pixels
_MOST_POINTS = 200_000_000
_MOST_ISLANDS = 1_000_000


@plain
def terraces(
    shape: tuple[int, int] | None = None,
    *,
    period: float,
    height: float,
    width_spread: float = 0.2,
    wander: float | None = None,
    wander_length: float | None = None,
    meander: float = 0.0,
    kink: float | None = None,
    step_width: float | None = None,
    angle: float = 0.0,
    island_coverage: float = 0.0,
    island_radius: float | None = None,
    pit_fraction: float = 0.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Terraces of a crystal that is cut almost along its planes: all steps equally high, their edges wander by kinks.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    period : float
        Mean width of the terraces in lateral units, at least two pixels.
    height : float
        Height of a step.
    width_spread : float
        0 to 1: standard deviation of the logarithm of the widths, which are log-normal.
    wander : float, optional
        Root mean square excursion of an edge about its mean place, in lateral units; by default a tenth of the period. Where an
        edge would cross the one before, both run together as a double step.
    wander_length : float, optional
        Length along the edge over which an excursion is forgotten, in lateral units; by default half the period.
    meander : float
        0 to 1: fraction of the mean square excursion that all edges share; with 1 they meander in phase.
    kink : float, optional
        Depth of a kink in lateral units: excursions are multiples of it. By default a pixel.
    step_width : float, optional
        Width over which a step rises, as a tip shows it, in lateral units, a tenth of a pixel at least; by default a pixel.
    angle : float
        Direction in which steps lead upwards in radians, counter-clockwise from the columns' direction.
    island_coverage : float
        0 to 1: area of all islands and pits, overlaps counted twice, as a fraction of the image.
    island_radius : float, optional
        Mean radius of islands in lateral units, at least a pixel; by default a quarter of the period. Radii are uniform within
        half of the mean.
    pit_fraction : float
        0 to 1: fraction of the islands that are pits, a step deep.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`: multiples of it but in steps, about 0 in the middle of the image; with `return_info`, a
        tuple of heights and dict: of the islands and pits that the image may show ``y``, ``x`` (from the centre of the first
        pixel, downwards and to the right) and ``radius`` in lateral units, and ``pit``.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or there would be too many edges or islands.

    See Also
    --------
    pattern_staircase : straight steps of any slope.

    Notes
    -----
    The terrace-step-kink model in its simplest form: edges are random walks along themselves that are pulled back to their mean
    place (Ornstein-Uhlenbeck processes), rounded to multiples of `kink`, and cannot cross. The mean square difference of the
    places of an edge at a distance s along it is ``2 * wander**2 * (1 - exp(-s / wander_length))``: it grows in proportion to s,
    as that of independent kinks does, until neighbours confine it; its power spectral density falls as ``1 / q**2``.

    References
    ----------
    W. K. Burton, N. Cabrera, F. C. Frank, Phil. Trans. R. Soc. A 243 (1951) 299, doi:10.1098/rsta.1951.0006.
    H.-C. Jeong, E. D. Williams, Surf. Sci. Rep. 34 (1999) 171, doi:10.1016/S0167-5729(98)00010-7.

    Examples
    --------
    >>> from afmnn import synth
    >>> vicinal = synth.terraces((256, 256), period=40, height=0.3, angle=0.4, island_coverage=0.1, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    width = _check.pixels("period", period, dx, 2.0, _LONGEST)
    _check.positive(height=height)
    _check.spreads(width_spread=width_spread, meander=meander, island_coverage=island_coverage, pit_fraction=pit_fraction)
    excursion = 0.1 * period if wander is None else wander
    _check.non_negative(wander=excursion)
    _check.at_most(10.0 * period, "ten times the period", wander=excursion)
    memory = 0.5 * width if wander_length is None else _check.pixels("wander_length", wander_length, dx, 0.1, _LONGEST)
    depth = 1.0 if kink is None else _check.pixels("kink", kink, dx, 0.01, _LONGEST)
    rise = 1.0 if step_width is None else _check.pixels("step_width", step_width, dx, 0.1, _LONGEST)
    radius = max(0.25 * width, 1.0) if island_radius is None else _check.pixels("island_radius", island_radius, dx, 1.0, _LONGEST)
    _check.angle(angle=angle)
    _check.flag(return_info=return_info)
    points = _core.terrace_points(rows, cols, width, width_spread, excursion / dx, depth, rise, dy / dx)
    _check.count("places of edges", points, _MOST_POINTS, f"period = {period!r} in {rows} x {cols} pixels")
    islands = island_coverage * (rows * dy / dx + 6 * radius) * (cols + 6 * radius) / (3.0 * radius * radius)
    _check.count("islands", islands, _MOST_ISLANDS, f"island_coverage = {island_coverage!r} in {rows} x {cols} pixels")
    result, y, x, radii, pit = _core.terraces(
        rows,
        cols,
        height,
        width,
        width_spread,
        excursion / dx,
        memory,
        meander,
        depth,
        rise,
        angle,
        dy / dx,
        island_coverage,
        radius,
        pit_fraction,
        key_from(seed),
        resolve_threads(threads),
    )
    return finish(result, heights, {"y": y * dx, "x": x * dx, "radius": radii * dx, "pit": pit} if return_info else None)
