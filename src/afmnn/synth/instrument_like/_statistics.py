"""Mean squares of differences of pixels, in blocks of lines: what the noise is fitted to."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..._typing import Float64s, Mask
from ._model import Lags
from ._numbers import BLOCKS, block_of, box, left_out, median, medians, running, trimmed_square

_LINES = 512  # at most, of large scans: eight pieces of 64
_BINS = 8  # of columns in which trace and retrace are compared
_TRIM = 0.8  # of the differences count: edges are among the others
_TRIM_ONE = 0.5  # where there is one direction only
_QUIET = 0.5  # of the pixels count
_TRIM_LEVELS = 0.9
_AS_STEPS = 4.0 / 3.0  # the mean square of what is off two others is 3/2 of that of noise, that of a step twice
_SMOOTH = 3  # pixels to each side over which the relief is smoothed before its slope decides where it is quiet
_NUGGET = (1, 2, 4)  # lines apart, from which differences of no distance are extrapolated
_BESIDE = (1, 2, 3)  # lines away, on which it is seen how steep the relief is
# By which the relief's part grows when the distance doubles: 4 for slopes that change at random, 16 for smooth bends. Slower is
# what wander does, and what edges do, which are not among the differences that count.
_LEAST_POWER, _MOST_POWER = 4.0, 16.0
_LEAST_NOISE = 0.4  # of the mean square of neighbouring lines is noise, at least: relief grows faster


class Statistics(NamedTuple):
    """Mean squares, (1 + blocks, lags): of all blocks, then without one each."""

    along: Float64s
    apart: Float64s
    lines: Float64s
    columns: Float64s


def lags_of(rows: int, cols: int, pixel_size: tuple[float, float]) -> Lags:
    """Return where differences are taken in a scan of a size."""
    along = _octaves(max(cols // 3, 2))
    between = _octaves(max(rows // 10, 2))
    ratio = pixel_size[0] / pixel_size[1]
    across = tuple(min(max(int(lag * ratio + 0.5), 1), cols // 4) for lag in between)
    columns = tuple((2 * k + 1) * cols // (2 * _BINS) for k in range(_BINS))
    return Lags(along, between, columns, across)


def _octaves(most: int) -> tuple[int, ...]:
    found = []
    lag = 1
    while lag <= most:
        found.append(lag)
        lag *= 2
    return tuple(found)


def quiet(heights: Float64s, part: float) -> Mask:
    """Return the part of the pixels around which the relief is least steep, lines brought to one level."""
    flat = box(heights - medians(heights, 1)[:, None], _SMOOTH)
    across = np.full(flat.shape, math.nan)
    across[_SMOOTH:-_SMOOTH] = flat[2 * _SMOOTH :] - flat[: -2 * _SMOOTH]
    return _least(_steepness(_along(flat), across), part)


class Smoothed(NamedTuple):
    """Lines brought to one level: sums over some pixels along them, and how many of these are there."""

    sums: Float64s
    counts: Float64s

    @classmethod
    def of(cls, heights: Float64s) -> Smoothed:
        """Smooth heights; the lines are those of before."""
        flat = heights - medians(heights, 1)[:, None]
        there = ~np.isnan(flat)
        return cls(running(np.where(there, flat, 0.0), _SMOOTH, 1), running(there.astype(np.float64), _SMOOTH, 1))


def quiet_beside(lines: Smoothed, part: float, apart: int) -> Mask:
    """Return the part of the pixels beside which the relief is least steep, in lines other than those that are compared."""
    return _least(steepness_beside(lines, apart), part)


def steepness_beside(lines: Smoothed, apart: int) -> Float64s:
    """Return the squared slope of the lines around each, but for the line itself and those `apart` from it.

    Because noise makes slopes, too, a line that said itself where it is quiet would seem to have less of it, by some hundredths
    of its mean square.
    """
    distances = [distance for distance in _BESIDE if distance != apart]
    behind, before = ([_moved_up(each, distances, sign) for each in lines] for sign in (1, -1))
    with np.errstate(all="ignore"):
        across = (behind[0] / behind[1] - before[0] / before[1]) * (_SMOOTH * len(distances) / sum(distances))
        beside = (behind[0] + before[0]) / (behind[1] + before[1])
    return _steepness(_along(beside), across)


def _along(heights: Float64s) -> Float64s:
    """Return differences along the lines, NaN near their ends."""
    along = np.full(heights.shape, math.nan)
    along[:, _SMOOTH:-_SMOOTH] = heights[:, 2 * _SMOOTH :] - heights[:, : -2 * _SMOOTH]
    return along


def _steepness(along: Float64s, across: Float64s) -> Float64s:
    """Return the sum of squares, of what is there."""
    along, across = (np.where(np.isnan(each), 0.0, each) for each in (along, across))
    return np.asarray(along * along + across * across)


def _least(steepness: Float64s, part: float) -> Mask:
    return np.asarray(steepness <= np.quantile(steepness, part, method="lower"))


def _moved_up(values: Float64s, distances: list[int], sign: int) -> Float64s:
    """Return sums of the lines at some distances after each, or before it; none beyond the edges."""
    result = np.zeros(values.shape)
    for distance in distances:
        if sign > 0:
            result[:-distance] += values[distance:]
        else:
            result[distance:] += values[:-distance]
    return result


def two_directions(trace: Float64s, retrace: Float64s, lags: Lags) -> tuple[Float64s, Float64s]:
    """Return mean squares of the difference of the directions: of its own differences along lines, and itself by columns."""
    rows, cols = trace.shape
    difference = trace - retrace
    difference = difference - medians(difference, 0)[None, :]
    usable = quiet(0.5 * (trace + retrace), _QUIET) & ~np.isnan(difference)
    along = np.full((BLOCKS, len(lags.along)), math.nan)
    apart = np.full((BLOCKS, len(lags.columns)), math.nan)
    for k in range(BLOCKS):
        lines = _piece(rows, k)
        block, use = difference[lines], usable[lines]
        for i, lag in enumerate(lags.along):
            steps = block[:, lag:] - block[:, :-lag]
            along[k, i] = trimmed_square(steps[use[:, lag:] & use[:, :-lag]], _TRIM)
        for i in range(len(lags.columns)):
            columns = block_of(cols, i, len(lags.columns))
            apart[k, i] = trimmed_square(block[:, columns][use[:, columns]], _TRIM)
    return left_out(along), left_out(apart)


def one_direction(trace: Float64s, lags: Lags) -> Float64s:
    """Return mean squares of differences along lines, of what a line is off the mean of two around it, less the relief's part.

    The relief's part grows with the distance of the lines, the noise's does not: from lines 1, 2 and 4 apart it is extrapolated
    to lines of no distance. It grows alike at all distances along lines, because it is one relief.
    """
    rows = len(trace)
    found = np.full((len(_NUGGET), BLOCKS, len(lags.along)), math.nan)
    smooth = Smoothed.of(trace)
    for j, apart in enumerate(_NUGGET):
        usable = quiet_beside(smooth, _QUIET, apart)
        for k in range(BLOCKS):
            lines = _piece(rows, k)
            block = trace[lines]
            if len(block) <= 2 * apart:
                continue
            off = _bent(block, apart)
            # The middle line stands for all three: where each had to be quiet, noise of real scans came out lower (rms of trace
            # less retrace by 34 % off, median of twelve; 27 % so).
            use = usable[lines][apart:-apart] & ~np.isnan(off)
            for i, lag in enumerate(lags.along):
                steps = off[:, lag:] - off[:, :-lag]
                found[j, k, i] = _AS_STEPS * trimmed_square(steps[use[:, lag:] & use[:, :-lag]], _TRIM_ONE)
    near, middle, far = (left_out(each) for each in found)
    with np.errstate(all="ignore"):
        power = _in_parts(far - middle, near) / _in_parts(middle - near, near)
        power = np.clip(np.where(np.isnan(power), _MOST_POWER, power), _LEAST_POWER, _MOST_POWER)
        relief = np.maximum(middle - near, 0.0) / (power[:, None] - 1.0)
    return np.asarray(np.where(np.isnan(relief), near, np.maximum(near - relief, _LEAST_NOISE * near)))


def _in_parts(values: Float64s, wholes: Float64s) -> Float64s:
    """Return the sums over lags, which are added one after the other, of values as parts of others; NaN counts as none."""
    result = np.zeros(len(values))
    for part in (values / wholes).T:
        result = result + np.where(np.isnan(part), 0.0, part)
    return result


def levels(heights: Float64s, lags: Lags) -> tuple[Float64s, Float64s]:
    """Return mean squares of what lines are off those around them as a whole, and columns, to compare them with."""
    found = []
    for image, distances in ((heights, lags.between), (np.ascontiguousarray(heights.T), lags.across)):
        squares = np.full((BLOCKS, len(distances)), math.nan)
        for i, distance in enumerate(distances):
            off = medians(_bent(image, distance), 1)
            off = off - median(off)
            for k in range(BLOCKS):
                squares[k, i] = _AS_STEPS * trimmed_square(off[block_of(len(off), k)], _TRIM_LEVELS)
        found.append(left_out(squares))
    return found[0], found[1]


def _bent(heights: Float64s, apart: int) -> Float64s:
    """Return what lines are off the means of two lines, so far before and behind."""
    return np.asarray(heights[apart:-apart] - 0.5 * (heights[2 * apart :] + heights[: -2 * apart]))


def _piece(rows: int, index: int) -> slice:
    """Return a piece of the lines: all of them, or 64 in the middle of each part of a large scan."""
    whole = block_of(rows, index)
    count = min(whole.stop - whole.start, _LINES // BLOCKS)
    start = (whole.start + whole.stop - count) // 2
    return slice(start, start + count)
