"""Plane and row corrections, stated in the order of the core's sums: twin and core agree to the last bit.

Lines are the rows of `heights`, in float64; `used` says which pixels determine the correction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
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


def each_line(heights: Floats, used: Bools, estimate: Callable[[Floats], tuple[float, float]]) -> Floats:
    """Take off each line what `estimate` says for its used heights, in two parts."""
    known: Bools = np.any(used, axis=1)
    starts, rest = np.zeros((2, len(heights)))
    for r in np.flatnonzero(known).tolist():
        starts[r], rest[r] = estimate(heights[r][used[r]])
    for r in np.flatnonzero(~known).tolist():
        a, b, part = between(known, r)
        starts[r], rest[r] = starts[a], rest[a] + part * ((starts[b] - starts[a]) + (rest[b] - rest[a]))
    result: Floats = (heights - starts[:, None]) - rest[:, None]
    return result


def trimmed_mean(values: Floats, trim: float) -> tuple[float, float]:
    """Mean of all but the lowest and the highest values: one of them, and the mean less that."""
    ordered = np.sort(values)
    cut = min(int(trim * len(values)), (len(values) - 1) // 2)
    low, high = float(ordered[cut]) + 0.0, float(ordered[len(values) - 1 - cut]) + 0.0
    kept = lane_sum(np.clip(values, low, high) - low) - cut * (high - low)
    return low, kept / (len(values) - 2 * cut)


def rows_trimmed_mean(heights: Floats, used: Bools, trim: float) -> Floats:
    """Take off each line's trimmed mean."""
    return each_line(heights, used, lambda values: trimmed_mean(values, trim))


def spread_sample(values: Floats) -> Floats:
    """At most 512 of the values, as far from the first of them as from the last."""
    if len(values) <= 512:
        return values
    places = (2 * np.arange(256) + 1) * len(values) // 1024
    sample: Floats = values[np.concatenate([places, len(values) - 1 - places])]
    return sample


def densest(values: Floats) -> tuple[float, float]:
    """Middle and half length of the shortest interval with more than half of more than half of the values."""
    part = np.sort(spread_sample(values))
    for _ in range(2):
        half = len(part) // 2 + 1
        first = int(np.argmin(part[half - 1 :] - part[: len(part) - half + 1]))
        part = part[first : first + half]
    middle = 0.5 * part[(len(part) - 1) // 2] + 0.5 * part[len(part) // 2]
    return float(middle), float(0.5 * (part[-1] - part[0]))


def peak(values: Floats, start: tuple[float, float]) -> float:
    """Peak of the density of the values near `start`."""
    middle, reach = start
    if not reach > 0.0:
        return middle
    scale = 1.0 / (8.0 * reach)
    for _ in range(10):
        u = (values - middle) * scale
        w = 1.0 - u * u
        w = np.where(w > 0.0, w * w, 0.0)
        middle += lane_sum(w * (values - middle)) / lane_sum(w)
    return middle


def rows_mode(heights: Floats, used: Bools) -> Floats:
    """Take off each line's commonest height."""

    def commonest(values: Floats) -> tuple[float, float]:
        start = origin(values)
        return start, peak(values - start, densest(values - start))

    return each_line(heights, used, commonest)


def facet_slope(line: Floats, use: Bools) -> float | None:
    """Commonest slope along a line, per pixel; None without two used pixels side by side."""
    best: tuple[float, Floats, tuple[float, float]] | None = None
    last = (0.0, np.inf)
    apart = 1
    while apart == 1 or apart <= len(line) // 4:
        slopes = ((line[apart:] - line[:-apart]) * (1.0 / apart))[use[apart:] & use[:-apart]]
        if not len(slopes):
            break
        here = densest(slopes)
        if not abs(here[0] - last[0]) <= 3.0 * last[1]:
            break
        last = here
        error = here[1] * np.sqrt(float(apart)) / len(slopes)
        if best is None or error < best[0]:
            best = error, slopes, here
        apart *= 2
    return None if best is None else peak(best[1], best[2])


def rows_facet_tilt(heights: Floats, used: Bools) -> Floats:
    """Turn each line about its middle by its commonest slope, and bring the mean of all to zero."""
    x = 0.5 * position(np.arange(heights.shape[1]), heights.shape[1])
    found = [facet_slope(line, use) for line, use in zip(heights, used, strict=True)]
    known: Bools = np.array([slope is not None for slope in found])
    slopes = filled(np.array([slope or 0.0 for slope in found]), known)
    sums, starts, counts, positions = np.zeros((4, len(heights)))
    for r in np.flatnonzero(np.any(used, axis=1)).tolist():
        counts[r], starts[r] = np.count_nonzero(used[r]), origin(heights[r][used[r]])
        sums[r] = lane_sum(heights[r][used[r]] - starts[r])
        positions[r] = 0.0 if used[r].all() else lane_sum(np.where(used[r], x, 0.0))
    base = common_origin(starts[counts > 0].tolist())
    mean = lane_sum((sums + counts * (starts - base)) - slopes * positions) / lane_sum(counts)
    result: Floats = (heights - base) - (mean + slopes[:, None] * x)
    return result


def changes(heights: Floats, used: Bools, r: int, before: int) -> Floats:
    """Differences between two lines over the pixels used in both."""
    difference: Floats = (heights[r] - heights[before])[used[r] & used[before]]
    return difference


def less_offsets(heights: Floats, used: Bools, offsets: Floats) -> Floats:
    """Take off the offsets of known lines, and bring the mean of all to zero."""
    known: Bools = np.any(used, axis=1)
    sums, starts, counts = np.zeros((3, len(heights)))
    for r in np.flatnonzero(known).tolist():
        counts[r], starts[r] = np.count_nonzero(used[r]), origin(heights[r][used[r]])
        sums[r] = lane_sum(heights[r][used[r]] - starts[r])
    base = common_origin(starts[known].tolist())
    mean = lane_sum(np.where(known, sums + counts * ((starts - base) - offsets), 0.0)) / lane_sum(counts)
    result: Floats = (heights - base) - (filled(offsets, known) + mean)[:, None]
    return result


def by_changes(heights: Floats, used: Bools, estimate: Callable[[Floats], float]) -> Floats:
    """Take off offsets that add up from known line to known line."""
    offsets = np.zeros(len(heights))
    offset = 0.0
    lines = np.flatnonzero(np.any(used, axis=1)).tolist()
    for before, r in zip([None, *lines], lines, strict=False):
        difference = np.zeros(0) if before is None else changes(heights, used, r, before)
        offset += estimate(difference) if len(difference) else 0.0
        offsets[r] = offset
    return less_offsets(heights, used, offsets)


def rows_difference(heights: Floats, used: Bools) -> Floats:
    """Bring the median of the differences to the line before to zero, and the mean of all to zero."""
    return by_changes(heights, used, median)


def rows_trimmed_difference(heights: Floats, used: Bools, trim: float) -> Floats:
    """Bring the trimmed mean of the differences to the line before to zero, and the mean of all to zero."""
    return by_changes(heights, used, lambda difference: sum(trimmed_mean(difference, trim)))


def likeness(distance: Floats, spread: float) -> Floats:
    """1 up to two spreads, 0 from four on."""
    t = 2.0 - distance * (0.5 / spread) if spread > 0.0 else np.where(distance == 0.0, 1.0, 0.0)
    t = np.clip(t, 0.0, 1.0)
    result: Floats = t * t * (3.0 - 2.0 * t)
    return result


def bends_of(d: Floats) -> Floats:
    """Return how much the differences change from the pixel before to the one behind."""
    if len(d) < 3:
        return np.zeros(len(d))
    inner = abs(d[2:] - d[:-2])
    result: Floats = np.concatenate([inner[:1], inner, inner[-1:]])
    return result


def match(d: Floats, height: float, spread: float, bend: float, rounds: int) -> tuple[float, float]:
    """Weighted mean of the differences about `height`, and the sum of the weights."""
    alike, weight = likeness(bends_of(d), bend), 0.0
    for _ in range(rounds):
        weights = likeness(abs(d - height), spread) * alike
        weight = lane_sum(weights)
        if not weight > 0.0:
            break
        height = height + lane_sum(weights * (d - height)) / weight
    return height, weight


def solve_links(links: list[tuple[int, int, float, float]], count: int, band: int) -> Floats:
    """Heights with the least squared distance from those of the links, the first of them zero."""
    matrix, right = np.zeros((count, count)), np.zeros(count)
    for line, before, height, weight in links:
        matrix[line, line] += weight
        matrix[before, before] += weight
        matrix[line, before] -= weight
        right[line] += weight * height
        right[before] -= weight * height
    matrix[0, 0] += matrix[0, 0]
    a, b = matrix.tolist(), right.tolist()
    for i in range(count):
        first = max(i - band, 0)
        for j in range(first, i + 1):
            for k in range(max(first, j - band), j):
                a[i][j] -= a[i][k] * a[j][k] * a[k][k]
            if j < i:
                a[i][j] /= a[j][j]
                b[i] -= a[i][j] * b[j]
    b = [value / a[i][i] for i, value in enumerate(b)]
    for i in range(count - 1, -1, -1):
        for j in range(max(i - band, 0), i):
            b[j] -= a[i][j] * b[i]
    return np.array(b)


def rows_matching(heights: Floats, used: Bools) -> Floats:
    """Bring lines that lie 1, 4 and 16 lines apart to one level where they are alike, and the mean of all to zero."""
    rows = len(heights)
    lines = np.flatnonzero(np.any(used, axis=1)).tolist()
    place = {r: k for k, r in enumerate(lines)}
    links, spreads, bends = [], [], []
    offsets = np.zeros(rows)
    for before, r in itertools.pairwise(lines):
        d = changes(heights, used, r, before)
        height, weight = 0.0, 0.0
        if len(d):
            height = median(d)
            spreads.append(1.4826 * median(abs(d - height)))
            bends.append(1.4826 * median(bends_of(d)))
            height, weight = match(d, height, spreads[-1], bends[-1], 2)
        links.append((r, before, height, max(weight, 1e-3)))
        offsets[r] = offsets[before] + height
    for distance in (4, 16):
        if distance >= rows or not spreads:
            break
        spread, bend = median(np.array(spreads)), median(np.array(bends))
        for r in range(distance, rows):
            if r in place and r - distance in place:
                d = changes(heights, used, r, r - distance)
                start = offsets[r] - offsets[r - distance]
                height, weight = match(d, start, spread, bend, 2)
                weight = 0.0 if distance == 16 and not abs(height - start) <= 2.0 * spread else weight
                links.append((r, r - distance, height, weight))
        rest = [(place[r], place[q], height - (offsets[r] - offsets[q]), weight) for r, q, height, weight in links]
        offsets[lines] += solve_links(rest, len(lines), distance)
    return less_offsets(heights, used, offsets)


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
