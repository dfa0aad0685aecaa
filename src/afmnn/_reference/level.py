"""Plane and row corrections, stated in the order of the core's sums: twin and core agree to the last bit.

Lines are the rows of `heights`, in float64; `used` says which pixels determine the correction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LANES, BLOCK = 8, 4096


def lane_sum(terms: Floats) -> float:
    """Sum in eight lanes, closed every 4096 elements."""
    total = 0.0
    for first in range(0, len(terms), BLOCK):
        block = terms[first : first + BLOCK]
        block = np.append(block, np.zeros(-len(block) % LANES)).reshape(-1, LANES)
        lane = np.add.accumulate(np.vstack([np.zeros(LANES), block]))[-1]  # one after the other, unlike np.sum
        total += float(((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7])))
    return total


def median(values: Floats) -> float:
    """Middle of the order; halves of both in the middle of an even count."""
    ordered = np.sort(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(low if len(ordered) % 2 else 0.5 * low + 0.5 * high) + 0.0


def origin(values: Floats) -> float:
    """Middle one of the first, the middle and the last height."""
    return float(np.sort([values[0], values[len(values) // 2], values[-1]])[1]) + 0.0


def common_origin(origins: list[float]) -> float:
    """Middle one of the lines' origins."""
    return sorted(origins)[len(origins) // 2]


def position(index: Any, count: int) -> Any:
    """Twice the distance from the middle, in pixels."""
    return 2.0 * index + 1.0 - count


def plane(heights: Floats, used: Bools) -> Floats:
    """Take off the least-squares plane."""
    rows, cols = heights.shape
    x, y = position(np.arange(cols), cols), position(np.arange(rows), rows)
    count, mean_x, mean_z, xx, xz, start = np.zeros((6, rows))
    for r, (line, use) in enumerate(zip(heights, used, strict=True)):
        if not use.any():
            continue
        start[r] = origin(line[use])
        z = np.where(use, line - start[r], 0.0)
        count[r] = np.count_nonzero(use)
        if use.all():
            xx[r] = count[r] * (count[r] * count[r] - 1.0) / 3.0
        else:
            mean_x[r] = lane_sum(np.where(use, x, 0.0)) / count[r]
            xx[r] = lane_sum(np.where(use, (x - mean_x[r]) * (x - mean_x[r]), 0.0))
        mean_z[r] = lane_sum(z) / count[r]
        xz[r] = lane_sum((x - mean_x[r]) * z)
    base = common_origin([s for s, n in zip(start.tolist(), count, strict=True) if n])
    height = (start - base) + mean_z
    total = lane_sum(count)
    middle_x, middle_y, middle_z = (lane_sum(count * values) / total for values in (mean_x, y, height))
    dx, dy, dz = mean_x - middle_x, y - middle_y, height - middle_z
    sum_xx, sum_yy, sum_xy = lane_sum(xx + count * (dx * dx)), lane_sum(count * (dy * dy)), lane_sum(count * (dx * dy))
    sum_xz, sum_yz = lane_sum(xz + count * (dx * dz)), lane_sum(count * (dy * dz))
    slope_x = slope_y = 0.0
    if sum_xx * sum_yy - sum_xy * sum_xy > 1e-13 * (sum_xx * sum_yy):
        step = sum_xy / sum_xx
        slope_y = (sum_yz - step * sum_xz) / (sum_yy - step * sum_xy)
        slope_x = (sum_xz - sum_xy * slope_y) / sum_xx
    elif sum_xx + sum_yy > 0.0:
        slope_x, slope_y = sum_xz / (sum_xx + sum_yy), sum_yz / (sum_xx + sum_yy)
    constant = middle_z - (slope_x * middle_x + slope_y * middle_y)
    result: Floats = (heights - base) - ((constant + slope_y * y)[:, None] + slope_x * x)
    return result


def between(known: Bools, r: int) -> tuple[int, int, float]:
    """Nearest known lines before and behind line `r`, and how far it is from one to the other."""
    (lines,) = np.nonzero(known)
    before, behind = lines[lines < r], lines[lines > r]
    if not before.size or not behind.size:
        nearest = int(behind[0] if behind.size else before[-1])
        return nearest, nearest, 0.0
    a, b = int(before[-1]), int(behind[0])
    return a, b, (r - a) / (b - a)


def filled(offsets: Floats, known: Bools) -> Floats:
    """Offsets of all lines from those of known ones."""
    result: Floats = offsets.copy()
    for r in np.flatnonzero(~known).tolist():
        a, b, part = between(known, r)
        result[r] = offsets[a] + part * (offsets[b] - offsets[a])
    return result


def rows_median(heights: Floats, used: Bools) -> Floats:
    """Take off each line's median."""
    known: Bools = np.any(used, axis=1)
    medians = np.array([median(line[use]) if use.any() else 0.0 for line, use in zip(heights, used, strict=True)])
    result: Floats = heights - filled(medians, known)[:, None]
    return result


def rows_difference(heights: Floats, used: Bools) -> Floats:
    """Bring the median of the differences to the line before to zero, and the mean of all to zero."""
    known: Bools = np.any(used, axis=1)
    offsets, sums, starts, counts = np.zeros((4, len(heights)))
    offset, before = 0.0, -1
    for r in np.flatnonzero(known).tolist():
        both = used[r] & used[before] if before >= 0 else np.zeros_like(used[r])
        if both.any():
            offset += median((heights[r] - heights[before])[both])
        offsets[r], counts[r], starts[r] = offset, np.count_nonzero(used[r]), origin(heights[r][used[r]])
        sums[r] = lane_sum(heights[r][used[r]] - starts[r])
        before = r
    base = common_origin(starts[known].tolist())
    mean = lane_sum(np.where(known, sums + counts * ((starts - base) - offsets), 0.0)) / lane_sum(counts)
    result: Floats = (heights - base) - (filled(offsets, known) + mean)[:, None]
    return result


def basis(use: Bools, degree: int) -> Floats:
    """Polynomials that are orthonormal over the used pixels, on all pixels."""
    cols = len(use)
    x = position(np.arange(cols), cols) / cols
    if not use.all():
        x = x - lane_sum(np.where(use, x, 0.0)) / np.count_nonzero(use)
    functions = [np.full(cols, 1.0 / np.sqrt(float(np.count_nonzero(use))))]
    for k in range(degree):
        following = x * functions[k]
        for other in functions + functions:
            following = following - lane_sum(np.where(use, following * other, 0.0)) * other
        functions.append(following / np.sqrt(lane_sum(np.where(use, following * following, 0.0))))
    return np.array(functions)


def rows_polynomial(heights: Floats, used: Bools, degree: int) -> Floats:
    """Take off each line's least-squares polynomial."""
    known = np.count_nonzero(used, axis=1) > degree
    starts, curves = np.zeros(len(heights)), np.zeros(heights.shape)
    for r in np.flatnonzero(known).tolist():
        starts[r] = origin(heights[r][used[r]])
        z = np.where(used[r], heights[r] - starts[r], 0.0)
        functions = basis(used[r], degree)
        coefficients = [lane_sum(z * function) for function in functions]
        for coefficient, function in zip(coefficients, functions, strict=True):
            curves[r] = curves[r] + coefficient * function
    for r in np.flatnonzero(~known).tolist():
        a, b, part = between(known, r)
        starts[r] = starts[a]
        curves[r] = curves[a] + part * ((starts[b] - starts[a]) + (curves[b] - curves[a]))
    result: Floats = (heights - starts[:, None]) - curves
    return result
