"""Filled pixels: the equations that the core solves, by elimination, and the offsets of lines that it keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

REACH = 8  # lines on each side that say what the trend is
LEAST = 8  # differences that say something
SPREAD = 1.4826022185056018
ERROR = 1.2533141373155003


def laplace(heights: Floats, holes: Bools) -> Floats:
    """Fill holes so that each of their pixels is the mean of its neighbours in the image."""
    result: Floats = heights.copy()
    pixels = [tuple(pixel) for pixel in np.argwhere(holes).tolist()]
    number = {pixel: i for i, pixel in enumerate(pixels)}
    matrix, known = np.zeros((len(pixels), len(pixels))), np.zeros(len(pixels))
    for (r, c), i in number.items():
        for y, x in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            if not (0 <= y < heights.shape[0] and 0 <= x < heights.shape[1]):
                continue
            matrix[i, i] += 1.0
            if (y, x) in number:
                matrix[i, number[y, x]] -= 1.0
            else:
                known[i] += heights[y, x]
    result[holes] = np.linalg.solve(matrix, known)
    return np.asarray(result)


def step(before: Floats, line: Floats) -> tuple[int, float, float]:
    """Differences between two lines: how many there are, their median, and its error by chance."""
    differences = line - before
    differences = differences[~np.isnan(differences)]
    if not differences.size:
        return 0, 0.0, 0.0
    height = float(np.median(differences))
    above = np.sign(differences - height)
    crossings = np.count_nonzero(np.diff(above[above != 0]))
    spread = SPREAD * float(np.median(abs(differences - height)))
    return differences.size, height, ERROR * spread / np.sqrt(crossings + 1.0)


def beyond_chance(count: int, height: float, error: float, trend: float) -> float:
    """Return what of a step is more than the trend and chance."""
    over = height - trend
    if count < LEAST or not abs(over) > 2.0 * error:
        return 0.0
    part = 2.0 * error / over
    return over * (1.0 - part * part)


def line_offsets(heights: Floats) -> Floats:
    """Offsets of lines; NaN in holes. Here of all lines, of which the core leaves out those that are far from holes."""
    lines = len(heights)
    steps = [(0, 0.0, 0.0), *(step(heights[i - 1], heights[i]) for i in range(1, lines))]
    known = np.flatnonzero(~np.isnan(heights).all(axis=1))
    offsets = np.zeros(len(known))
    for k, (a, b) in enumerate(zip(known[:-1].tolist(), known[1:].tolist(), strict=True), start=1):
        around = [height for count, height, _ in steps[max(a + 1 - REACH, 1) : b + REACH + 1] if count]
        trend = (b - a) * (float(np.median(around)) if around else 0.0)
        found = steps[b] if b - a == 1 else step(heights[a], heights[b])
        offsets[k] = offsets[k - 1] + beyond_chance(found[0], found[1], found[2], trend)
    result: Floats = np.interp(np.arange(lines), known, offsets)
    return result


def fill(heights: NDArray[Any], holes: Bools, axis: int = 1, rows: str = "keep") -> Floats:
    """Fill holes."""
    z = np.where(holes, np.nan, heights.astype(np.float64))
    if rows == "ignore":
        return laplace(z, holes)
    offsets = line_offsets(z)[:, None] if axis == 1 else line_offsets(z.T)[None]
    result: Floats = np.where(holes, laplace(z - offsets, holes) + offsets, z)
    return result
