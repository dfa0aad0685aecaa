"""Changes of the height from line to line, and the best prediction of one from those around it: slow twins of `correct.jumps`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._typing import Float64s


def row_changes(heights: Float64s, used: NDArray[np.bool_], least: int) -> Float64s:
    """Return the median difference of each row to the one before, over pixels used in both; NaN where they are too few."""
    changes = np.full(len(heights), np.nan)
    for r in range(1, len(heights)):
        shared = used[r] & used[r - 1] & ~np.isnan(heights[r] - heights[r - 1])
        if np.count_nonzero(shared) >= max(least, 1):
            changes[r] = np.median(np.float64(heights[r][shared]) - np.float64(heights[r - 1][shared]))
    return changes


def interpolation_weights(covariance: Float64s, reach: int) -> Float64s:
    """Return the filter that takes from a value its best linear prediction from as many on both sides: by least squares."""
    lags = np.abs(np.subtract.outer(np.arange(2 * reach + 1), np.arange(2 * reach + 1)))
    known = covariance[lags]
    others = np.delete(np.arange(2 * reach + 1), reach)
    weights = np.ones(2 * reach + 1)
    weights[others] = -np.linalg.solve(known[np.ix_(others, others)], known[others, reach])
    return weights
