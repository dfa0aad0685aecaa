"""Mean squares of differences of pixels, in blocks of lines: what the noise is fitted to."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..._typing import Float64s, Mask
from ._model import Lags
from ._numbers import BLOCKS, block_of, box, left_out, median, medians, trimmed_square

_LINES = 512  # at most, of large scans: eight pieces of 64
_BINS = 8  # of columns in which trace and retrace are compared
_TRIM = 0.8  # of the differences count: edges are among the others
_TRIM_ONE = 0.5  # where there is one direction only
_QUIET = 0.5  # of the pixels count
_TRIM_LEVELS = 0.9
_AS_STEPS = 4.0 / 3.0  # the mean square of what is off two others is 3/2 of that of noise, that of a step twice
_SMOOTH = 3  # pixels to each side over which the relief is smoothed before its slope decides where it is quiet
_NUGGET = (1, 2, 4)  # lines apart, from which differences of no distance are extrapolated
_LEAST_POWER, _MOST_POWER = 3.0, 16.0  # by which the relief's part grows when the distance doubles
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
    slope = np.full(flat.shape, math.inf)
    step = _SMOOTH
    along = np.full(flat.shape, math.nan)
    across = np.full(flat.shape, math.nan)
    along[:, step:-step] = flat[:, 2 * step :] - flat[:, : -2 * step]
    across[step:-step] = flat[2 * step :] - flat[: -2 * step]
    along = np.where(np.isnan(along), 0.0, along)
    across = np.where(np.isnan(across), 0.0, across)
    slope = along * along + across * across
    return np.asarray(slope <= np.quantile(slope, part, method="lower"))


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
    to lines of no distance.
    """
    rows = len(trace)
    usable = quiet(trace, _QUIET) & ~np.isnan(trace)
    found = np.full((len(_NUGGET), BLOCKS, len(lags.along)), math.nan)
    for k in range(BLOCKS):
        lines = _piece(rows, k)
        block, use = trace[lines], usable[lines]
        for j, apart in enumerate(_NUGGET):
            if len(block) <= 2 * apart:
                continue
            off = _bent(block, apart)
            all_three = use[apart:-apart] & use[2 * apart :] & use[: -2 * apart]
            for i, lag in enumerate(lags.along):
                steps = off[:, lag:] - off[:, :-lag]
                found[j, k, i] = _AS_STEPS * trimmed_square(steps[all_three[:, lag:] & all_three[:, :-lag]], _TRIM_ONE)
    near, middle, far = (left_out(each) for each in found)
    with np.errstate(all="ignore"):
        power = np.clip((far - middle) / (middle - near), _LEAST_POWER, _MOST_POWER)
        power = np.where(np.isnan(power), _MOST_POWER, power)
        relief = np.maximum(middle - near, 0.0) / (power - 1.0)
    return np.asarray(np.where(np.isnan(relief), near, np.maximum(near - relief, _LEAST_NOISE * near)))


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
