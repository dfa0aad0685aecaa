"""Spikes: slow twin of `correct.mark_spikes`. Lines are the rows of `heights`, in float64; NaN is missing."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s, Mask
from .scars import line_jumps, unit

EVERY = 4


def mark_spikes(heights: Float64s, signs: list[int], threshold: float, size: int) -> Mask:
    """Mark pixels that stand out along the line and across it, upwards (1 in `signs`) and downwards (-1)."""
    marked = np.zeros(heights.shape, bool)
    if min(heights.shape) < 3:
        return marked
    level = heights - np.cumsum(line_jumps(heights))[:, None]
    along = np.abs(level[:, 1:-1] - 0.5 * (level[:, :-2] + level[:, 2:]))[:, ::EVERY]
    across = np.abs(level[1:-1] - 0.5 * (level[:-2] + level[2:]))[:, ::EVERY]
    limit = threshold * max(unit(list(along)), unit(list(across)))
    if limit == 0.0:
        return marked
    for sign in signs:
        along_line = np.array([standing_out(line, size, limit) for line in sign * level])
        across_line = np.array([standing_out(line, size, limit) for line in sign * level.T]).T
        marked |= along_line & across_line
    return marked


def standing_out(line: Float64s, size: int, limit: float) -> Mask:
    """Mark the runs of up to `size` numbers that are higher than those before and behind, and not the top of a slope."""
    found = np.zeros(len(line), bool)
    for run in range(1, size + 1):
        for first in range(1, len(line) - run):
            last = first + run
            height = line[first:last].min() - max(line[first - 1], line[last])
            descents = [0.0]
            if first > 1:
                descents.append(line[first - 1] - line[first - 2])
            if last + 1 < len(line):
                descents.append(line[last] - line[last + 1])
            # NaN among the neighbours is no number to compare with, NaN behind them is no descent.
            whole = not np.isnan(line[first - 1 : last + 1]).any()
            if whole and height > limit and height > np.nanmax(descents):
                found[first:last] = True
    return found
