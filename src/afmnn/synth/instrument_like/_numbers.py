"""Robust figures of arrays in which NaN marks what does not count; the same bits on every machine."""

from __future__ import annotations

import functools
import math

import numpy as np

from ..._elementary import erf, exp, mean_square, total
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


@functools.cache
def _kept(part: float) -> float:
    """Mean square of the smaller part of standard normal numbers."""
    if part >= 1.0:
        return 1.0
    low, edge = 0.0, 10.0
    for _ in range(60):
        middle = 0.5 * (low + edge)
        low, edge = (middle, edge) if normal_within(middle) < part else (low, middle)
    return 1.0 - 2.0 * edge * normal_density(edge) / part


def normal_within(limit: float) -> float:
    """Return the part of standard normal numbers that are smaller than a limit, of either sign."""
    return float(erf(limit / math.sqrt(2.0)))


def normal_density(value: float) -> float:
    """Return the density of standard normal numbers."""
    return float(exp(-0.5 * value * value)) / math.sqrt(2.0 * math.pi)


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
    if there.all():
        lengths = [running(np.ones((count, 1)), reach, 0)[:, 0] for count in values.shape]
        return np.asarray(running(running(values, reach, 0), reach, 1) / (lengths[0][:, None] * lengths[1]))
    sums, counts = np.where(there, values, 0.0), there.astype(np.float64)
    for axis in (0, 1):
        sums, counts = running(sums, reach, axis), running(counts, reach, axis)
    return np.asarray(np.divide(sums, counts, out=np.full(sums.shape, math.nan), where=counts > 0))


def running(values: Float64s, reach: int, axis: int) -> Float64s:
    """Return sums over 2 reach + 1 pixels along an axis, fewer at the edges: put together from sums over 1, 2, 4, ... pixels."""
    count, width = values.shape[axis], 2 * reach + 1
    edges = [(0, 0), (0, 0)]
    edges[axis] = (reach, reach)
    piece = np.pad(values, edges)
    result = np.zeros(values.shape)
    first, length = 0, 1
    while True:
        if width & length:
            result += _part(piece, first, count, axis)
            first += length
        if 2 * length > width:
            return result
        longer = piece.shape[axis] - length
        piece = _part(piece, 0, longer, axis) + _part(piece, length, longer, axis)
        length *= 2


def _part(values: Float64s, first: int, count: int, axis: int) -> Float64s:
    return values[first : first + count] if axis == 0 else values[:, first : first + count]
