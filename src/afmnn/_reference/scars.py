"""Scars: slow twin of `correct.mark_scars`. Lines are the rows of `heights`, in float64; NaN is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .._typing import Float64s, Mask
from .level import lane_sum, median

ASPECT = 8
SHORTEST_WINDOW = 4


class Stretch(NamedTuple):
    """Lines and columns, ends excluded, and whether it is a scar without others beside it."""

    row: int
    end_row: int
    first: int
    last: int
    is_strict: bool


def statistic(values: Float64s, q: float) -> float:
    """Return the number at part q of the order."""
    return float(np.sort(values)[int(q * (len(values) - 1))])


def line_jumps(heights: Float64s, middle: Callable[[Float64s], float] = median) -> Float64s:
    """Median of the differences to the line before; 0 for the first line, and where there are none."""
    changes = [change[~np.isnan(change)] for change in np.diff(heights, axis=0)]
    return np.array([0.0] + [middle(change) if change.size else 0.0 for change in changes])


def median_of_most(values: Float64s) -> float:
    """Return the median, but that of the largest heap where numbers lie in two or more."""
    ordered = np.sort(values[:: max(len(values) // 512, 1)])
    first, length = shortest(ordered, len(ordered) * 2 // 5)
    if shortest(ordered, len(ordered) * 4 // 5)[1] > 3.5 * length:
        middle = 0.5 * (ordered[first] + ordered[first + len(ordered) * 2 // 5])
        values = values[~(np.abs(values - middle) > 1.5 * length)]
    return median(values)


def shortest(ordered: Float64s, span: int) -> tuple[int, float]:
    """Return where the shortest interval of `span` + 1 numbers begins, and its length."""
    lengths = ordered[span:] - ordered[: len(ordered) - span]
    return int(np.argmin(lengths)), float(lengths.min())


def jump_spread(jumps: Float64s) -> float:
    """Return what 90 % of the distances of jumps from their median do not exceed, as the spread of a normal distribution."""
    return statistic(np.abs(jumps[1:] - median(jumps[1:])), 0.9) / 1.6448536269514722 if len(jumps) > 1 else 0.0


def unit(bends: list[Float64s]) -> float:
    """Return the unit of local differences; `bends` are distances from the mean of both neighbours, line by line."""
    known = [line[~np.isnan(line)] for line in bends]
    known = [line for line in known if line.size]
    if not known:
        return 0.0
    typical = 1.4826022185056018 * statistic(np.array([statistic(line, 0.5) for line in known]), 0.5)
    many = statistic(np.array([statistic(line, 0.75) for line in known]), 0.9) / 1.1503493803760079
    found = max(typical, many)
    if found == 0.0:
        found = lane_sum(np.array([lane_sum(line) / len(line) for line in known])) / len(known)
    return found * 1.1547005383792515


def window_means(heights: Float64s, length: int) -> Float64s:
    """Means of the windows that begin at each column; NaN where a pixel is missing."""
    before = np.zeros((len(heights), 1))
    known = np.where(np.isnan(heights), 0.0, heights)
    sums = np.concatenate([before, np.cumsum(known, axis=1)], axis=1)
    gone = np.concatenate([before, np.cumsum(np.isnan(heights), axis=1)], axis=1)
    means = (sums[:, length:] - sums[:, :-length]) / length
    return np.where(gone[:, length:] > gone[:, :-length], np.nan, means)


def mark_scars(heights: Float64s, signs: list[int], hard: float, soft: float, min_length: int, max_width: int) -> Mask:
    """Mark scars upwards (1 in `signs`) and downwards (-1)."""
    marked = np.zeros(heights.shape, bool)
    rows, cols = heights.shape
    lengths = [min(min_length, SHORTEST_WINDOW)]
    while lengths[-1] // ASPECT < max_width:
        lengths.append(2 * lengths[-1])
    lengths = [length for length in lengths if length <= cols]
    known = heights[~np.isnan(heights)]
    if rows < 3 or not known.size:
        return marked
    jumps = line_jumps(heights, median_of_most)
    level = (heights - known[0]) - np.cumsum(jumps)[:, None]
    for sign in signs:
        stretches = []
        for length in lengths:
            means = window_means(level, length)
            apart = means[:, ::length]
            own = unit(list(np.abs(apart[1:-1] - 0.5 * (apart[:-2] + apart[2:]))))
            if own == 0.0:
                continue
            for width in range(1, max(min(max_width, length // ASPECT), 1) + 1):
                for row in range(1, rows - width):
                    stretches += stretches_of(
                        sign * level,
                        sign * means,
                        row=row,
                        width=width,
                        length=length,
                        hard=hard * own,
                        soft=soft * own,
                        spread=jump_spread(jumps),
                        min_length=min_length,
                    )
        marked |= without_offsets(joined(stretches, heights.shape))
    return marked


def stretches_of(
    level: Float64s,
    means: Float64s,
    *,
    row: int,
    width: int,
    length: int,
    hard: float,
    soft: float,
    spread: float,
    min_length: int,
) -> list[Stretch]:
    """Find the stretches of one block of lines that stand out upwards."""
    end = row + width
    low, high = means[row:end].min(axis=0), means[row:end].max(axis=0)
    before, behind = means[row - 1], means[end]
    height = low - np.maximum(before, behind)
    descent = np.zeros(len(height))
    if row > 1:
        descent = np.fmax(descent, before - means[row - 2])
    if end + 1 < len(means):
        descent = np.fmax(descent, behind - means[end + 1])
    loose = (height > descent) & (height > 0.5 * (high - low)) & (height > soft)
    strict = (height > 2.0 * descent) & (height > 1.5 * (high - low)) & (height > hard)
    rise = level[row:end].min(axis=0) - np.maximum(level[row - 1], level[end])
    found = []
    for first, last in np.flatnonzero(np.diff(np.concatenate([[0], loose.astype(int), [0]]))).reshape(-1, 2).tolist():
        if not (height[first:last] > hard).any():
            continue
        most = float(height[first:last].max())
        stands_out = np.flatnonzero(rise[first : last - 1 + length] >= most / 3.0)
        if not stands_out.size:
            continue
        begin, stop = first + int(stands_out[0]), first + int(stands_out[-1]) + 1
        if stop - begin < (min_length if width == 1 else length // 2) or 5 * stands_out.size < 4 * (stop - begin):
            continue
        if most < (5.0 if begin == 0 or stop == level.shape[1] else 2.5) * spread:
            continue
        found.append(Stretch(row, end, begin, stop, bool(strict[first:last].any())))
    return found


def joined(stretches: list[Stretch], shape: tuple[int, ...]) -> Mask:
    """Mark strict stretches, and others of which strict ones cover half as many pixels as they are long."""
    seeds = np.zeros(shape, bool)
    for s in stretches:
        if s.is_strict:
            seeds[s.row : s.end_row, s.first : s.last] = True
    marked = seeds.copy()
    for s in stretches:
        if 2 * np.count_nonzero(seeds[s.row : s.end_row, s.first : s.last]) > s.last - s.first:
            marked[s.row : s.end_row, s.first : s.last] = True
    return np.asarray(marked)


def without_offsets(marked: Mask) -> Mask:
    """Take away what ends at one edge and goes on at the other edge of the next line."""
    result = marked.copy()
    for r in range(len(result) - 1):
        forward, back = result[r, -1] and result[r + 1, 0], result[r, 0] and result[r + 1, -1]
        if forward:
            clear(result[r, ::-1])
            clear(result[r + 1])
        if back:
            clear(result[r])
            clear(result[r + 1, ::-1])
    return np.asarray(result)


def clear(line: Mask) -> None:
    """Take away the marks that a line begins with."""
    line[: int(np.argmin(line)) if not line.all() else None] = False
