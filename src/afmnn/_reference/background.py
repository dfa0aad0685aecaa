"""Polynomial surfaces and the commonest slope, stated in the order of the core's sums: twin and core agree to the last bit.

Lines are the rows of `heights`, in float64; `used` says which pixels determine the correction.
"""

from __future__ import annotations

import math

import numpy as np

from .level import Bools, Floats, common_origin, lane_sum, origin, position

REACH, VARIANCE_LEFT = 3.0, 0.6110899807450251
CELLS_AT_MOST, STARTS, BLOCKS_AT_LEAST = 262144, 512, 8


def terms(across: int, along: int, total: bool) -> list[tuple[int, int]]:
    """Powers across and along the lines, those of low total degree first."""
    kept = max(across, along) if total else across + along
    return [(i, s - i) for s in range(kept + 1) for i in range(max(0, s - along), min(s, across) + 1)]


def weighted_basis(weights: Floats | None, size: int, degree: int) -> list[Floats]:
    """Polynomials that are orthonormal over weighted pixels; None: over all."""
    x = position(np.arange(size), size) / size
    count = float(size)
    if weights is not None:
        count = float(int(weights.sum()))
        x = x - lane_sum(weights * x) / count

    def product(a: Floats, b: Floats) -> float:
        return lane_sum(a * b if weights is None else weights * (a * b))

    functions = [np.full(size, 1.0 / np.sqrt(count))]
    for k in range(degree):
        following = x * functions[k]
        for other in functions + functions:
            following = following - product(following, other) * other
        functions.append(following / np.sqrt(product(following, following)))
    return functions


def cholesky(matrix: Floats) -> Floats | None:
    """Lower factor, one row after the other; None where a term hardly differs from those before."""
    lower = matrix.tolist()
    for i, row in enumerate(lower):
        length = row[i]
        for j in range(i + 1):
            rest = row[j]
            for k in range(j):
                rest -= row[k] * lower[j][k]
            if j < i:
                row[j] = rest / lower[j][j]
            elif rest > 1e-10 * length:
                row[i] = math.sqrt(rest)
            else:
                return None
    return np.array(lower)


def solved(lower: Floats, right: list[float]) -> list[float]:
    """Forward and backward substitution."""
    b, size = list(right), len(right)
    for i in range(size):
        for k in range(i):
            b[i] -= float(lower[i, k]) * b[k]
        b[i] /= float(lower[i, i])
    for i in reversed(range(size)):
        for k in range(i + 1, size):
            b[i] -= float(lower[k, i]) * b[k]
        b[i] /= float(lower[i, i])
    return b


def surface(heights: Floats, used: Bools, across: int, along: int, total: bool = False) -> Floats | None:
    """Take off the least-squares polynomial surface; None where the pixels do not determine it."""
    rows, cols = heights.shape
    base = common_origin([origin(line[use]) for line, use in zip(heights, used, strict=True) if use.any()])
    kept = terms(across, along, total)
    complete = bool(used.all())
    lines, columns = used.sum(axis=1).astype(float), used.sum(axis=0).astype(float)
    if np.count_nonzero(lines) <= across or np.count_nonzero(columns) <= along:
        return None
    f = weighted_basis(None if complete else columns, cols, along)
    g = weighted_basis(None if complete else lines, rows, across)
    coefficients = [0.0] * len(kept)

    def curve(r: int) -> Floats:
        factors = [0.0] * (along + 1)
        for (i, j), coefficient in zip(kept, coefficients, strict=True):
            factors[j] += coefficient * float(g[i][r])
        result = np.zeros(cols)
        for factor, function in zip(factors, f, strict=True):
            result = result + factor * function
        return result

    lower = None
    if not complete:
        weights = used.astype(float)
        pairs = {(i, j): np.array([lane_sum(w * (f[i] * f[j])) for w in weights]) for i in range(along + 1) for j in range(i + 1)}
        matrix = np.empty((len(kept), len(kept)))
        for a, (i, j) in enumerate(kept):
            for b, (k, m) in enumerate(kept):
                matrix[a, b] = lane_sum((g[max(i, k)] * g[min(i, k)]) * pairs[max(j, m), min(j, m)])
        lower = cholesky(matrix)
        if lower is None:
            return None
    for again in (False,) if complete else (False, True):
        sums = np.zeros((rows, along + 1))
        for r in range(rows):
            z = np.where(used[r], heights[r] - base, 0.0)
            if again:
                z = z - used[r] * curve(r)
            sums[r] = [lane_sum(z * function) for function in f]
        found = [lane_sum(g[i] * sums[:, j]) for i, j in kept]
        if lower is not None:
            found = solved(lower, found)
        coefficients = [a + b for a, b in zip(coefficients, found, strict=True)]
    result: Floats = (heights - base) - np.array([curve(r) for r in range(rows)])
    return result


# ---- the commonest slope -------------------------------------------------------------------------------------------


def cells(blocks: Floats) -> tuple[Floats, Floats]:
    """Slopes across and along the lines of cells of 2 x 2 blocks that have all of them."""
    rows, cols = blocks.shape
    r, c = np.arange(max(rows - 1, 1)), np.arange(max(cols - 1, 1))
    r = r[:: -(-(len(r) * len(c)) // CELLS_AT_MOST)]
    below, right = np.minimum(r + 1, rows - 1)[:, None], np.minimum(c + 1, cols - 1)
    a, b, d, e = blocks[r[:, None], c], blocks[r[:, None], right], blocks[below, c], blocks[below, right]
    across, along = 0.5 * ((d - a) + (e - b)), 0.5 * ((b - a) + (e - d))
    good = np.isfinite(across) & np.isfinite(along)
    return across[good], along[good]


def densest(across: Floats, along: Floats, least: float) -> tuple[float, ...]:
    """Start: slopes of the cell whose neighbours lie closest, and variances of about twice that distance."""
    count = min(STARTS, len(across))
    places = np.arange(count) * len(across) // count
    y, x = across[places], along[places]

    def unit(values: Floats) -> float:
        ordered = np.sort(values)
        half = ordered[(3 * count) // 4] - ordered[count // 4]
        width = half if half > 0 else ordered[-1] - ordered[0]
        return float(width) if width > 0 else 1.0

    unit_y, unit_x = unit(y), unit(x)
    by, bx = (y - y[:, None]) / unit_y, (x - x[:, None]) / unit_x
    neighbour = min(count - 1, max(1, count // 8))
    distances = np.sort(by * by + bx * bx, axis=1)[:, neighbour]
    best = int(np.argmin(distances))
    closest = float(distances[best])
    return (
        float(y[best]),
        float(x[best]),
        max(4.0 * closest * (unit_y * unit_y), least),
        max(4.0 * closest * (unit_x * unit_x), least),
        0.0,
    )


def settle(across: Floats, along: Floats, facet: tuple[float, ...], least: float) -> tuple[float, ...]:
    """Weighted means about the facet until it stays: slopes, variances and weight."""
    for _ in range(100):
        y, x, variance_y, variance_x, _ = facet
        dy, dx = across - y, along - x
        left = 1.0 - (dy * dy / (REACH * REACH * variance_y) + dx * dx / (REACH * REACH * variance_x))
        w = np.where(left > 0.0, left * left, 0.0)
        weight = lane_sum(w)
        if not weight > 0.0:
            break
        to_y, to_x = lane_sum(w * dy) / weight, lane_sum(w * dx) / weight
        new_y = max(lane_sum(w * (dy * dy)) / weight / VARIANCE_LEFT, least)
        new_x = max(lane_sum(w * (dx * dx)) / weight / VARIANCE_LEFT, least)
        facet = (y + to_y, x + to_x, new_y, new_x, weight)
        near = 1e-4 / weight
        if (
            to_y * to_y <= near * new_y
            and to_x * to_x <= near * new_x
            and abs(new_y - variance_y) <= 1e-3 * new_y
            and abs(new_x - variance_x) <= 1e-3 * new_x
        ):
            break
    return facet


def facet(heights: Floats, used: Bools, epsilon: float) -> tuple[Floats, tuple[float, float]] | None:
    """Take off the plane of the commonest slope; `epsilon` is that of the type the heights came in. None: no cell."""
    rows, cols = heights.shape
    origins = [origin(line[use]) if use.any() else 0.0 for line, use in zip(heights, used, strict=True)]
    base = common_origin([start for start, use in zip(origins, used, strict=True) if use.any()])
    least = max(2.0 * epsilon * float(abs(heights[used]).max()), 1e3 * math.sqrt(np.finfo(np.float64).tiny)) ** 2
    blocks = np.where(used, heights - base, np.nan)
    across, along = cells(blocks)
    if not across.size:
        return None
    best, size = settle(across, along, densest(across, along, least), least), 1.0

    def error(found: tuple[float, ...], size: float) -> float:
        return (found[2] * float(rows * rows) + found[3] * float(cols * cols)) / (found[4] * (size * size))

    while min(blocks.shape) >= 2 * BLOCKS_AT_LEAST:
        r, c = blocks.shape[0] // 2, blocks.shape[1] // 2
        a = blocks[: 2 * r, : 2 * c].reshape(r, 2, c, 2)
        blocks = 0.25 * ((a[:, 0, :, 0] + a[:, 0, :, 1]) + (a[:, 1, :, 0] + a[:, 1, :, 1]))
        across, along = cells(blocks)
        if not across.size:
            break
        found = settle(across, along, (2.0 * best[0], 2.0 * best[1], best[2], best[3], 0.0), least)
        if not found[4] > 0.0 or not error(found, 2.0 * size) < error(best, size):
            break
        best, size = found, 2.0 * size
    down, right = best[0] / size, best[1] / size
    count, terms_ = np.zeros(rows), np.zeros(rows)
    for r in range(rows):
        use = used[r]
        if not use.any():
            continue
        count[r] = np.count_nonzero(use)
        z = lane_sum(heights[r][use] - origins[r])
        x = lane_sum(np.where(use, np.arange(cols, dtype=float), 0.0))
        terms_[r] = (count[r] * (origins[r] - base) + z) - (count[r] * (down * r) + right * x)
    mean = lane_sum(terms_) / lane_sum(count)
    offsets = mean + down * np.arange(rows, dtype=float)
    result: Floats = (heights - base) - (offsets[:, None] + right * np.arange(cols, dtype=float))
    return result, (down, right)
