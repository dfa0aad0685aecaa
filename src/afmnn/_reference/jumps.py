"""Changes of the height from line to line, and the best prediction of one from those around it: slow twins of `correct.jumps`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._typing import Float64s


def row_changes(heights: Float64s, used: NDArray[np.bool_], least: int, parts: int = 1) -> Float64s:
    """Return the median difference of parts of each row to the row before, over pixels used in both.

    NaN where there are none, or fewer than `least` in the whole row.
    """
    rows, columns = heights.shape
    changes = np.full((rows, parts), np.nan)
    edges = np.arange(parts + 1) * columns // parts
    for r in range(1, rows):
        shared = used[r] & used[r - 1] & ~np.isnan(heights[r] - heights[r - 1])
        difference = np.float64(heights[r]) - np.float64(heights[r - 1])
        for k in range(parts):
            part = difference[edges[k] : edges[k + 1]][shared[edges[k] : edges[k + 1]]]
            if part.size and np.count_nonzero(shared) >= least:
                changes[r, k] = np.median(part)
    return changes


def common_change(changes: Float64s) -> Float64s:
    """Return what the parts of each row change in common: their mean, each weighted by how quiet it is over 17 rows."""
    result = np.full(len(changes), np.nan)
    middles = [np.median(row[~np.isnan(row)]) if not np.isnan(row).all() else np.nan for row in changes]
    apart = np.square(changes - np.array(middles)[:, None])
    for r in range(len(changes)):
        near = apart[max(r - 8, 0) : r + 9]
        noise = np.array([part[~np.isnan(part)].mean() if not np.isnan(part).all() else np.nan for part in near.T])
        least = 0.01 * np.median(noise[~np.isnan(noise)]) if not np.isnan(noise).all() else 0.0
        known = ~np.isnan(changes[r])
        if known.any():
            weights = (1.0 / (noise + least) if least > 0.0 else 1.0 * (noise == 0.0))[known]
            weights = weights if weights.any() else np.ones(len(weights))
            result[r] = (weights * changes[r, known]).sum() / weights.sum()
    return result


def interpolation_weights(covariance: Float64s, reach: int) -> Float64s:
    """Return the filter that takes from a value its best linear prediction from as many on both sides: by least squares."""
    lags = np.abs(np.subtract.outer(np.arange(2 * reach + 1), np.arange(2 * reach + 1)))
    known = covariance[lags]
    others = np.delete(np.arange(2 * reach + 1), reach)
    weights = np.ones(2 * reach + 1)
    weights[others] = -np.linalg.solve(known[np.ix_(others, others)], known[others, reach])
    return weights
