"""Wrong lines: slow twin of the core's `line_figures`. Lines are the rows of `heights`, in float64; NaN is missing."""

from __future__ import annotations

import itertools

import numpy as np

from .._typing import Float64s
from .level import lane_sum, median
from .scars import line_jumps

ENOUGH = 1024


def line_figures(heights: Float64s) -> tuple[Float64s, ...]:
    """Jumps; how far changes over long and short lags lie outside of those near, and how far those differ; correlations; held."""
    rows = len(heights)
    changes, details = changes_over(heights, 8), changes_over(heights, 128)
    figures = np.full((6, rows), np.nan)
    shapes = np.array([shape(line) for line in changes])
    for r in range(rows):
        figures[:2, r], figures[2:4, r] = compared(changes, r), compared(details, r)
        if np.isnan(figures[0, r]):
            continue
        near = near_lines(r, rows)
        own = sorted(lane_sum(shapes[r] * shapes[i]) for i in near)
        among = sorted(lane_sum(shapes[i] * shapes[k]) for i, k in itertools.combinations(near, 2))
        figures[4:, r] = own[max(len(own) - 2, 0)], among[len(among) // 2] if among else 0.0
    held = [
        max(np.mean(line == line.min()), np.mean(line == line.max())) if line.size else np.nan for line in map(known, heights)
    ]
    return line_jumps(heights), *figures, np.array(held)


def changes_over(heights: Float64s, part: int) -> Float64s:
    """Return changes along lines, over a lag of a part of them."""
    cols = heights.shape[1]
    lag, step = max(cols // part, 1), max(cols // ENOUGH, 1)
    return np.asarray((heights[:, lag:] - heights[:, :-lag])[:, ::step])


def shape(changes: Float64s) -> Float64s:
    """Return changes less their mean, with a sum of squares of 1; 0 where they are missing."""
    count = float(known(changes).size)
    mean = lane_sum(np.nan_to_num(changes)) / count if count else 0.0
    values = np.where(np.isnan(changes), 0.0, changes - mean)
    length = np.sqrt(lane_sum(values * values))
    return np.asarray(values / length if length > 0.0 else np.zeros(values.shape))


def compared(changes: Float64s, r: int) -> tuple[float, float]:
    """Return how far a line lies outside of those near, and how far those differ."""
    low, high = interval(changes, r)
    values = np.array([outside(changes[r], low, high), high - low])
    values = values[:, ~np.isnan(values).any(axis=0)]
    return (median(values[0]), median(values[1])) if values.size else (np.nan, np.nan)


def near_lines(r: int, rows: int) -> list[int]:
    """Return the four nearest lines, of fewer than five all others."""
    start = min(max(r - 2, 0), max(rows - 5, 0))
    return [i for i in range(start, min(start + 5, rows)) if i != r]


def known(line: Float64s) -> Float64s:
    """Return what is not missing."""
    return line[~np.isnan(line)]


def interval(changes: Float64s, r: int) -> tuple[Float64s, Float64s]:
    """Return what the lines near a line leave at each pixel; NaN where one of them is missing."""
    start = min(max(r - 2, 0), max(len(changes) - 5, 0))
    near = np.sort(np.array([changes[i] for i in near_lines(r, len(changes))]), axis=0)
    if not len(near):
        return np.full(changes.shape[1:], np.nan), np.full(changes.shape[1:], np.nan)
    low, high = (near[1], near[2]) if len(near) == 4 and r - start == 2 else (near[0], near[-1])
    gone = np.isnan(near).any(axis=0)
    return np.where(gone, np.nan, low), np.where(gone, np.nan, high)


def outside(values: Float64s, low: Float64s, high: Float64s) -> Float64s:
    """How far values lie outside of an interval."""
    return np.where(values > high, values - high, np.where(values < low, low - values, values - values + (high - high)))
