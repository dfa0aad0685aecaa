"""Spikes: slow twins of `correct.mark_spikes` and, below, of `synth.spikes`.

Lines are the rows of `heights`, in float64; NaN is missing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Float64s, Mask
from .noise import NOISE, pixels, uniform
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


# ---- synth.spikes


def draw_spikes(
    rows: int, cols: int, rms: float, distribution: str, sign: str, density: float, *, size: int, key: int
) -> dict[str, Any]:
    """Draw spikes: each grows from a pixel, over one of the open edges of its pixels at a time."""
    n = int(np.floor(density * rows * cols + uniform(key, NOISE + 0x10, 0)))
    places = (uniform(key, NOISE + 0x11, np.arange(n)) * (rows * cols)).astype(int)
    sizes = 1 + (uniform(key, NOISE + 0x12, np.arange(n)) * min(size, rows * cols)).astype(int)
    at: list[tuple[int, int, int]] = []
    for k in range(n):
        own = [(int(places[k] // cols), int(places[k] % cols))]
        for j in range(1, sizes[k]):
            beside = [(r + dr, c + dc) for r, c in own for dr, dc in ((-1, 0), (0, -1), (0, 1), (1, 0))]
            free = [(r, c) for r, c in beside if 0 <= r < rows and 0 <= c < cols and (r, c) not in own]
            own.append(free[int(uniform(key, NOISE + 0x13, 16 * k + j) * len(free))])
        at += [(r, c, k) for r, c in own]
    table = np.array(at, int).reshape(-1, 3)
    heights = rms * pixels(key, NOISE + 0x14, 1, n, distribution, sign)[0]
    return {"count": n, "rows": table[:, 0], "columns": table[:, 1], "spikes": table[:, 2], "heights": heights}


def write_spikes(found: dict[str, Any], rows: int, cols: int) -> Float64s:
    """Sum of the spikes in each pixel."""
    out = np.zeros((rows, cols))
    np.add.at(out, (found["rows"], found["columns"]), found["heights"][found["spikes"]])
    return out


def leave_relief(heights: Float64s, marked: Mask, size: int) -> Mask:
    """Take marks off the edges of the image, and off pixels that stand out by little of what those around them span."""
    rows, cols = heights.shape
    edge = max(size + 1, 3)
    inner = np.zeros(marked.shape, bool)
    inner[edge : rows - edge, edge : cols - edge] = True
    marked = marked & inner
    known = [line[~np.isnan(line)] for line in heights]
    level = heights - np.array([np.median(line) if line.size else np.nan for line in known])[:, None]
    result = marked.copy()
    for r, c in np.argwhere(marked).tolist():
        means = []
        for y, x in [(y, x) for y in range(4) for x in range(-3, 4) if (y, x) > (0, 0)]:
            if not (marked[r + y, c + x] or marked[r - y, c - x]):
                means.append(0.5 * level[r + y, c + x] + 0.5 * level[r - y, c - x])
        around = np.sort([mean for mean in means if not np.isnan(mean)])
        last = len(around) - 1
        low, middle, high = (around[part * last // 10] if last >= 0 else np.nan for part in (1, 5, 9))
        result[r, c] = abs(level[r, c] - middle) > 2.5 * (high - low)
    return np.asarray(result)
