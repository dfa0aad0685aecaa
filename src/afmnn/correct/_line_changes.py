"""What the level of a scan line is, beside that of another: from parts of the lines, each by how quiet the sample is there.

A median over the whole line follows the relief of the sample where that covers much of it. Its parts do, too, but not all in the
same way: what they do not have in common is not the level. So a part counts by the inverse of the mean square of what it does by
itself, over some lines around; that is blind to the level, and to jumps of it.
"""

from __future__ import annotations

import itertools

import numpy as np

from .._typing import Float64s
from ._known import known_median

_MOST_PARTS = 32
_LEAST_PIXELS = 8  # of a part
_AROUND = 8  # lines on each side that say how quiet a part is
_FLOOR = 0.01  # of what is usual in the line: none counts more than a hundred times as much as another


def parts_of(columns: int) -> int:
    """Return in how many parts a line is divided."""
    return min(max(columns // _LEAST_PIXELS, 1), _MOST_PARTS)


def weights_of(changes: Float64s) -> Float64s:
    """Return what the parts count, of shape (lines, parts) like their changes from the line before, which may be NaN."""
    squares = np.square(changes - _middle(changes)[:, None])
    known = ~np.isnan(squares)
    beyond = ((_AROUND, _AROUND), (0, 0))
    squares, counted = np.pad(np.where(known, squares, 0.0), beyond), np.pad(1.0 * known, beyond)
    total, count = np.zeros(changes.shape), np.zeros(changes.shape)
    for first in range(2 * _AROUND + 1):  # one line after the other, unlike np.sum
        total += squares[first : first + len(changes)]
        count += counted[first : first + len(changes)]
    noise = np.divide(total, count, out=np.full(changes.shape, np.nan), where=count > 0.0)
    least = np.broadcast_to(_FLOOR * np.nan_to_num(_middle(noise))[:, None], noise.shape)
    quiet = np.where(noise == 0.0, 1.0, 0.0)  # where most are without any noise, those alone count
    weights = np.divide(1.0, noise + least, out=quiet, where=least > 0.0)
    return np.asarray(np.nan_to_num(weights))


def common(changes: Float64s, weights: Float64s) -> Float64s:
    """Return what the parts of lines change in common: the mean, by their weights; NaN where no part is known."""
    weights = np.where(np.isnan(changes), 0.0, weights)
    weights = np.where(np.any(weights > 0.0, axis=-1)[..., None], weights, np.where(np.isnan(changes), 0.0, 1.0))
    sums = np.add.accumulate(weights * np.nan_to_num(changes), axis=-1)[..., -1]  # one part after the other, unlike np.sum
    total = np.add.accumulate(weights, axis=-1)[..., -1]
    return np.asarray(np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0.0))


def changes_between(before: Float64s, after: Float64s, parts: int) -> Float64s:
    """Return what the parts of one line are higher than those of another; NaN marks missing pixels, and parts without any."""
    difference = after - before
    edges = np.arange(parts + 1) * len(difference) // parts
    return _middle(
        np.array([*itertools.zip_longest(*(difference[a:b] for a, b in itertools.pairwise(edges)), fillvalue=np.nan)]).T
    )


def _middle(values: Float64s) -> Float64s:
    """Return the median of each line, of what is known."""
    if not np.isnan(values).any():
        return np.asarray(np.median(values, axis=1))
    return known_median(values, axis=1)
