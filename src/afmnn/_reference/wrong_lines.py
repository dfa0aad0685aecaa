"""Wrong lines: slow twin of the core's `line_figures`. Lines are the rows of `heights`, in float64; NaN is missing."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from .level import median
from .scars import line_jumps

ENOUGH = 1024


def line_figures(heights: Float64s) -> tuple[Float64s, Float64s, Float64s, Float64s, Float64s]:
    """Jumps; how far changes along lines lie outside of those near, how far those differ, the first turned over; what is held."""
    rows, cols = heights.shape
    lag, step = max(cols // 8, 1), max(cols // ENOUGH, 1)
    changes = (heights[:, lag:] - heights[:, :-lag])[:, ::step]
    medians = [median(line) for line in map(known, changes) if line.size]
    common = median(np.array(medians)) if medians else 0.0
    figures = np.full((3, rows), np.nan)
    for r in range(rows):
        low, high = interval(changes, r)
        values = np.array([outside(changes[r], low, high), high - low, outside(2.0 * common - changes[r], low, high)])
        values = values[:, ~np.isnan(values).any(axis=0)]
        if values.size:
            figures[:, r] = [median(line) for line in values]
    held = [
        max(np.mean(line == line.min()), np.mean(line == line.max())) if line.size else np.nan for line in map(known, heights)
    ]
    return line_jumps(heights), figures[0], figures[1], figures[2], np.array(held)


def known(line: Float64s) -> Float64s:
    """Return what is not missing."""
    return line[~np.isnan(line)]


def interval(changes: Float64s, r: int) -> tuple[Float64s, Float64s]:
    """Return what the lines near a line leave at each pixel; NaN where one of them is missing."""
    start = min(max(r - 2, 0), max(len(changes) - 5, 0))
    near = np.sort(np.array([changes[i] for i in range(start, min(start + 5, len(changes))) if i != r]), axis=0)
    if not len(near):
        return np.full(changes.shape[1:], np.nan), np.full(changes.shape[1:], np.nan)
    low, high = (near[1], near[2]) if len(near) == 4 and r - start == 2 else (near[0], near[-1])
    gone = np.isnan(near).any(axis=0)
    return np.where(gone, np.nan, low), np.where(gone, np.nan, high)


def outside(values: Float64s, low: Float64s, high: Float64s) -> Float64s:
    """How far values lie outside of an interval."""
    return np.where(values > high, values - high, np.where(values < low, low - values, values - values + (high - high)))
