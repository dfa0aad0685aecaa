"""Robust figures of arrays in which NaN marks what does not count; the same bits on every machine."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from ..._elementary import mean_square, total
from ..._typing import Float64s

BLOCKS = 8  # of lines, each left out once (jackknife)


def median(values: Float64s) -> float:
    """Return the median of the numbers that are there; NaN where there is none."""
    there = values[~np.isnan(values)]
    return float(np.median(there)) if there.size else math.nan


def medians(values: Float64s, axis: int) -> Float64s:
    """Return the median along an axis; NaN where less than a quarter of the numbers is there.

    Because numbers that are missing become as high as they become low, one median of all serves.
    """
    values = values if axis == 1 else np.ascontiguousarray(values.T)
    missing = np.isnan(values)
    if not missing.any():
        return np.asarray(np.median(values, axis=1))
    few = 4 * np.count_nonzero(missing, axis=1) > 3 * values.shape[1]
    filled = np.where(missing, np.where(np.arange(values.shape[1]) % 2 == 0, np.inf, -np.inf), values)
    filled[few] = 0.0
    result: Float64s = np.median(filled, axis=1)
    result[few | np.isinf(result)] = math.nan
    return result


def trimmed_square(values: Float64s, part: float) -> float:
    """Return the variance of normal numbers about zero from the smaller ones, `part` of all; NaN for fewer than eight."""
    there = values[~np.isnan(values)]
    if there.size < 8:
        return math.nan
    sizes = np.abs(there)
    last = max(int(part * there.size), 1) - 1
    limit = np.partition(sizes, last)[last]
    return mean_square(there[sizes <= limit]) / _kept(part)


def _kept(part: float) -> float:
    """Mean square of the smaller part of standard normal numbers."""
    if part >= 1.0:
        return 1.0
    normal = NormalDist()
    edge = normal.inv_cdf(0.5 + 0.5 * part)
    return 1.0 - 2.0 * edge * normal.pdf(edge) / part


def left_out(blocks: Float64s) -> Float64s:
    """Return the means over blocks, (blocks + 1, ...): first that of all, then those with one block left out."""
    there = ~np.isnan(blocks)
    filled = np.where(there, blocks, 0.0)
    sums = filled[0].copy()
    counts = there[0].astype(np.float64)
    for k in range(1, len(blocks)):
        sums = sums + filled[k]
        counts = counts + there[k]
    all_sums = np.concatenate([sums[None], sums - filled])
    all_counts = np.concatenate([counts[None], counts - there])
    return np.asarray(np.divide(all_sums, all_counts, out=np.full(all_sums.shape, math.nan), where=all_counts > 0))


def jackknife(values: Float64s) -> float:
    """Return the standard error of the first value, from those with one block left out after it."""
    others = values[1:][np.isfinite(values[1:])]
    if others.size < 3:
        return math.nan
    centre = total(others) / others.size
    return math.sqrt((others.size - 1) * mean_square(others, centre))


def block_of(count: int, index: int, blocks: int = BLOCKS) -> slice:
    """Return the piece of `count` lines that is block number `index`."""
    return slice(count * index // blocks, count * (index + 1) // blocks)


def box(values: Float64s, reach: int) -> Float64s:
    """Return means over (2 reach + 1) x (2 reach + 1) pixels, fewer at the edges, of those that are there."""
    there = ~np.isnan(values)
    sums, counts = np.where(there, values, 0.0), there.astype(np.float64)
    for axis in (0, 1):
        sums, counts = _running(sums, reach, axis), _running(counts, reach, axis)
    return np.asarray(np.divide(sums, counts, out=np.full(sums.shape, math.nan), where=counts > 0))


def _running(values: Float64s, reach: int, axis: int) -> Float64s:
    count = values.shape[axis]
    result: Float64s = values.copy()
    for step in range(1, min(reach, count - 1) + 1):
        near, far = [slice(None), slice(None)], [slice(None), slice(None)]
        near[axis], far[axis] = slice(None, count - step), slice(step, None)
        result[tuple(near)] += values[tuple(far)]
        result[tuple(far)] += values[tuple(near)]
    return result
