"""Wrong lines: slow twin of the core's `line_figures`. Lines are the rows of `heights`, in float64; NaN is missing."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from .level import median
from .scars import line_jumps


def line_figures(heights: Float64s) -> tuple[Float64s, Float64s, Float64s]:
    """Jumps, how far lines lie outside of those near on one level, and what is held."""
    jumps = line_jumps(heights)
    level = distances(heights - np.cumsum(jumps)[:, None])
    held = [
        max(np.mean(line == line.min()), np.mean(line == line.max())) if line.size else np.nan for line in map(known, heights)
    ]
    return (
        jumps,
        np.array([median(np.abs(line)) if line.size else np.nan for line in map(known, level)]),
        np.array(held),
    )


def known(line: Float64s) -> Float64s:
    """Return what is not missing."""
    return line[~np.isnan(line)]


def distances(heights: Float64s) -> Float64s:
    """How far each height lies outside of the interval that the four nearest lines leave."""
    result = np.full(heights.shape, np.nan)
    for r in range(len(heights)):
        start = min(max(r - 2, 0), max(len(heights) - 5, 0))
        near = np.sort(np.array([heights[i] for i in range(start, min(start + 5, len(heights))) if i != r]), axis=0)
        if not len(near):
            continue
        low, high = (near[1], near[2]) if len(near) == 4 else (near[0], near[-1])
        away = np.where(heights[r] > high, heights[r] - high, np.where(heights[r] < low, heights[r] - low, 0.0))
        result[r] = np.where(np.isnan(near).any(axis=0) | np.isnan(heights[r]), np.nan, away)
    return result
