"""Weighted means over the window of every pixel, a band of rows at a time (temporaries stay in the cache); means of 2 x 2."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .._typing import Heights

_BAND = 1 << 16  # pixels: half a megabyte of float64


def bands(shape: tuple[int, int], window: int) -> Iterator[tuple[slice, NDArray[np.intp], NDArray[np.intp]]]:
    """Return rows, and the rows and columns that their windows reach, beyond the edge as in a mirror.

    ``heights[np.ix_(reach, columns)]`` of shape (rows + window - 1, columns + window - 1) is what `correlated` needs.
    """
    before, after = window // 2, window - 1 - window // 2
    rows, cols = (_mirrored(n, before, after) for n in shape)
    step = max(_BAND // shape[1], 1)
    for first in range(0, shape[0], step):
        last = min(first + step, shape[0])
        yield slice(first, last), rows[first : last + window - 1], cols


@functools.lru_cache(maxsize=16)
def _mirrored(count: int, before: int, after: int) -> NDArray[np.intp]:
    """Return indices that go on beyond both ends as in a mirror; kept, because a small image asks for the same ones 13 times."""
    indices = np.pad(np.arange(count), (before, after), mode="symmetric")
    indices.flags.writeable = False
    return indices


def correlated(heights: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weighted means over all windows that lie inside; NaN where a window touches one."""
    for axis in (0, 1):
        count = heights.shape[axis] - len(weights) + 1
        total = np.zeros((count, heights.shape[1]) if axis == 0 else (heights.shape[0], count))
        for i, weight in enumerate(weights):
            total += weight * (heights[i : i + count] if axis == 0 else heights[:, i : i + count])
        heights = total
    return heights


def filtered(heights: Heights, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted mean over the window of every pixel, the image continued as in a mirror."""
    result = np.empty(heights.shape)
    for rows, reach, cols in bands((heights.shape[0], heights.shape[1]), len(weights)):
        result[rows] = correlated(heights[reach][:, cols].astype(np.float64, copy=False), weights)
    return result


def even(size: int) -> NDArray[np.float64]:
    """Return the weights of a mean over `size` pixels."""
    return np.full(size, 1.0 / size)


def cells(heights: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the four pixels of each 2 x 2, as four images of half the size; an odd last row or column is left out."""
    rows, cols = (n - n % 2 for n in heights.shape)
    return [heights[i:rows:2, j:cols:2] for i in (0, 1) for j in (0, 1)]


def mean_of(four: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean of four images: added in this order, the bits are the same everywhere."""
    a, b, c, d = four
    return (a + b + c + d) / 4
