"""Line noise: what goes wrong between scan lines and along them.

Rows are scan lines, columns the fast axis. The model is that of D. Nečas and P. Klapetek, Nanomaterials 11 (2021) 1746.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._elementary import exp
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import DISTRIBUTIONS, Sign, amplitude, finish

LineDistribution: TypeAlias = Literal["gaussian", "laplace", "uniform", "triangular"]

LINE_DISTRIBUTIONS = DISTRIBUTIONS[:4]
_WIDEST = 1e6  # pixels: more can only be a length and a pixel size in different units
_MOST_EVENTS = 50_000_000  # their records take two gigabytes


@plain
def line_steps(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    steps_per_line: float = 1.0,
    within_line: float = 0.0,
    cumulative: bool = False,
    distribution: LineDistribution = "gaussian",
    sign: Sign = "both",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Jumps of the height that a scan line starts with, or that happen within it.

    With ``cumulative=True`` and few steps, such as ``steps_per_line=0.005``, these are level jumps, as when the tip changes or
    the piezo slips: everything from some pixel on lies higher or lower. `afmnn.correct.jumps` takes them off.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns; may be left out when `base` is given.
    rms : float
        Root-mean-square height of a jump, in the unit of the heights.
    steps_per_line : float
        Mean number of jumps per scan line, 5e-4 to 200. The image has ``max(round(rows * steps_per_line), 1)`` of them, evenly
        spread over the time of the scan: each 64th part, or less, has its share.
    within_line : float
        Part of the time that is spent scanning; the rest passes between lines. 0: jumps happen only between lines; 1:
        anywhere along the line.
    cumulative : bool
        Whether a jump adds to the one before (a random walk) or replaces it.
    distribution : {"gaussian", "laplace", "uniform", "triangular"}
        Distribution of the jumps, see `noise`.
    sign : {"both", "positive", "negative"}
        Sign of the jumps, see `noise`.
    pixel_size : float or (float, float)
        Accepted by every generator; steps have no length, so it changes nothing.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: ``count``, and for each jump in order of time the pixel it starts from, ``rows`` and
        ``columns`` (row ``shape[0]`` if after the last line), and the offset from there on, ``offsets``.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or a choice is unknown.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    _check.flag(cumulative=cumulative, return_info=return_info)
    drawn = amplitude(rms, distribution, sign, distributions=LINE_DISTRIBUTIONS)
    _check.within(steps_per_line=(steps_per_line, 5e-4, 200.0), within_line=(within_line, 0.0, 1.0))
    _check.pair("pixel_size", pixel_size)
    _check.count("jumps", rows * steps_per_line, _MOST_EVENTS, f"steps_per_line = {steps_per_line!r} in {rows} rows")
    result, places, offsets = _core.line_steps(
        rows, cols, *drawn, steps_per_line, within_line, bool(cumulative), key_from(seed), threads=resolve_threads(threads)
    )
    info = {"count": len(places), "rows": places // cols, "columns": places % cols, "offsets": offsets}
    return finish(result, heights, info if return_info else None)


@plain
def line_ridges(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    ridges_per_line: float = 0.1,
    duration: float = 0.01,
    within_line: float = 0.0,
    distribution: LineDistribution = "gaussian",
    sign: Sign = "both",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Offsets that come and, after a while, go again.

    Parameters
    ----------
    shape, distribution, sign, pixel_size, base, seed, threads
        See `line_steps`.
    rms : float
        Root-mean-square height of a ridge, in the unit of the heights. Ridges that overlap add up.
    ridges_per_line : float
        Mean number of ridges that begin per scan line, 5e-4 to 200.
    duration : float
        Duration of a ridge in units of the image's height, 1e-4 to 1: durations are exponential with mean
        ``sqrt(2) * duration``.
    within_line : float
        Part of the time that is spent scanning. 0: ridges begin and end only between lines; 1: anywhere.
    return_info : bool
        Also return a dict: ``count``, ``starts`` and ``durations`` (image heights; below 0 is before the first line) and
        ``heights``.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict. The mean square is
        ``rows * ridges_per_line * sqrt(2) * duration * rms**2`` in every line, the first and last too.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or a choice is unknown.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    _check.flag(return_info=return_info)
    drawn = amplitude(rms, distribution, sign, distributions=LINE_DISTRIBUTIONS)
    _check.within(
        ridges_per_line=(ridges_per_line, 5e-4, 200.0), duration=(duration, 1e-4, 1.0), within_line=(within_line, 0.0, 1.0)
    )
    _check.pair("pixel_size", pixel_size)
    ridges = rows * ridges_per_line * (1 + math.sqrt(2) * duration)
    _check.count("ridges", ridges, _MOST_EVENTS, f"ridges_per_line = {ridges_per_line!r} in {rows} rows")
    result, starts, durations, offsets = _core.line_ridges(
        rows, cols, *drawn, ridges_per_line, duration, within_line, key_from(seed), threads=resolve_threads(threads)
    )
    info = {"count": len(starts), "starts": starts, "durations": durations, "heights": offsets}
    return finish(result, heights, info if return_info else None)


@plain
def line_scars(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    length: float,
    coverage: float = 0.01,
    length_spread: float = 0.0,
    width: int = 1,
    width_spread: float = 0.0,
    distribution: LineDistribution = "gaussian",
    sign: Sign = "both",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Short pieces of scan lines at another height: the tip lost the surface, or stuck to it.

    Short ones are also called strokes; of several lines, smears. `afmnn.correct.scars` mends them.

    Parameters
    ----------
    shape, distribution, sign, base, seed, threads
        See `line_steps`.
    rms : float
        Root-mean-square height of a scar, in the unit of the heights. Scars that overlap add up.
    length : float
        Median length of the scars, in the unit of `pixel_size`; 1 to 1e6 pixels. A scar covers the pixels whose centres it
        covers; scars of a whole number of pixels cover exactly that many, unless an edge cuts them.
    coverage : float
        Mean number of scars over a pixel, 1e-4 to 20; up to about 0.1 that is the fraction of the image they cover.
    length_spread : float
        Standard deviation of the logarithm of the length, 0 to 1.
    width : int
        Mean number of lines that a scar covers, 1 to 10; all of them from the same column to the same column.
    width_spread : float
        How much the number of lines varies, 0 to 1: all numbers from ``width - d`` to ``width + d`` are equally likely, ``d``
        being ``width_spread * width`` rounded down, and at most ``width - 1``.
    pixel_size : float or (float, float)
        Lateral unit per pixel; of two, (dy, dx), the second counts.
    return_info : bool
        Also return a dict: ``count``, ``rows`` (the first row of each scar, below 0 where it begins above the image) and
        ``widths`` in lines, ``starts`` and ``lengths`` (in the unit of `pixel_size`; a start below 0 is left of the image)
        and ``heights``.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or a choice is unknown.

    Notes
    -----
    Scars are those of an endless plane that touch the image, so every pixel is equally likely to be covered. Their number is
    ``coverage * (rows + width - 1) / width * (columns + m) / m``, ``m = length * exp(length_spread**2 / 2)`` being the mean
    length in pixels, rounded up or down at random: at the smallest coverages an image may have none.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    _check.flag(return_info=return_info)
    drawn = amplitude(rms, distribution, sign, distributions=LINE_DISTRIBUTIONS)
    _check.within(coverage=(coverage, 1e-4, 20.0), length_spread=(length_spread, 0.0, 1.0), width_spread=(width_spread, 0.0, 1.0))
    lines = _check.integer("width", width, minimum=1, maximum=10)
    width_range = min(math.floor(width_spread * lines), lines - 1)
    pixel = _check.pair("pixel_size", pixel_size)[1]
    pixels = _check.pixels("length", length, pixel, 1.0, _WIDEST)
    mean = pixels * exp(0.5 * length_spread * length_spread)
    _check.count("scars", coverage * rows * (cols + mean) / mean, _MOST_EVENTS, f"coverage = {coverage!r} in {rows} rows")
    key, workers = key_from(seed), resolve_threads(threads)
    result, at, widths, starts, lengths, offsets = _core.line_scars(
        rows, cols, *drawn, coverage, pixels, length_spread, lines, width_range, key, threads=workers
    )
    info = {"count": len(at), "rows": at, "widths": widths, "starts": starts * pixel, "lengths": lengths * pixel}
    info["heights"] = offsets
    return finish(result, heights, info if return_info else None)


@plain
def line_tilt(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    pivot_spread: float = 0.3,
    distribution: LineDistribution = "gaussian",
    sign: Sign = "both",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Slopes, another one for every scan line.

    Parameters
    ----------
    shape, distribution, sign, pixel_size, base, seed, threads
        See `line_steps`.
    rms : float
        Root mean square of the height at the end of a line against its middle, in the unit of the heights.
    pivot_spread : float
        How far the point that keeps its height strays from the middle of the line, 0 to 1: normal, with a standard
        deviation of ``pivot_spread`` line lengths.
    return_info : bool
        Also return a dict: ``heights`` of the ends of the lines, and ``pivots`` in half lines: line i is zero where
        ``(2 * column + 1) / columns - 1 == -pivots[i]``.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict. The rms of the image is
        ``rms * sqrt(1/3 + 4 * pivot_spread**2)``.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or a choice is unknown.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    _check.flag(return_info=return_info)
    drawn = amplitude(rms, distribution, sign, distributions=LINE_DISTRIBUTIONS)
    _check.within(pivot_spread=(pivot_spread, 0.0, 1.0))
    _check.pair("pixel_size", pixel_size)
    result, ends, pivots = _core.line_tilt(rows, cols, *drawn, pivot_spread, key_from(seed), threads=resolve_threads(threads))
    return finish(result, heights, {"heights": ends, "pivots": pivots} if return_info else None)


@plain
def line_hum(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    wavelength: float,
    wavelength_spread: float = 0.001,
    components: int = 16,
    distribution: LineDistribution = "gaussian",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Electrical interference: a narrow band of waves along the lines, with other phases in every line.

    Parameters
    ----------
    shape, base, seed, threads
        See `line_steps`.
    rms : float
        Root mean square over all lines, in the unit of the heights.
    wavelength : float
        Mean wavelength along the line, in the unit of `pixel_size`; 1 to 1e6 pixels.
    wavelength_spread : float
        Relative half-width of the triangular distribution of wavelengths, 0 to 1. While
        ``wavelength_spread * columns / wavelength`` is small, a line is nearly a sine, and its rms varies as a
        Rayleigh-distributed amplitude does; where it is large, every line has the same rms.
    components : int
        Number of waves in a line, 1 to 100; with one seed, adding some keeps the earlier ones.
    distribution : {"gaussian", "laplace", "uniform", "triangular"}
        Distribution of the waves' amplitudes, before those of each line are brought to the same mean square.
    pixel_size : float or (float, float)
        Lateral unit per pixel; of two, (dy, dx), the second counts.
    return_info : bool
        Also return a dict: ``amplitudes``, ``wavelengths`` (in the unit of `pixel_size`) and ``phases`` (at column 0, in turns),
        all of shape (rows, components).

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or `distribution` is unknown.
    TypeError
        If `components` is not an integer.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    _check.flag(return_info=return_info)
    height, drawn, _ = amplitude(rms, distribution, "both", distributions=LINE_DISTRIBUTIONS)
    _check.within(wavelength_spread=(wavelength_spread, 0.0, 1.0))
    waves = _check.integer("components", components, minimum=1, maximum=100)
    pixel = _check.pair("pixel_size", pixel_size)[1]
    pixels = _check.pixels("wavelength", wavelength, pixel, 1.0, _WIDEST)
    spread = min(wavelength_spread, 0.999999)  # keeps wavelengths above zero
    result, table = _core.line_hum(
        rows, cols, height, drawn, pixels, spread, waves, key_from(seed), threads=resolve_threads(threads)
    )
    amplitudes, frequencies, phases = np.split(table, 3, axis=1)
    info = {"amplitudes": amplitudes, "wavelengths": pixel / frequencies, "phases": phases}
    return finish(result, heights, info if return_info else None)
