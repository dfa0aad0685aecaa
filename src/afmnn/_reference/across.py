"""Slow twin of the mending of marked pixels from the lines before and behind. Lines are rows."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s, Heights, Mask
from ..correct.level import level


def filled_across(heights: Heights, mask: Mask) -> Heights:
    """Return heights with marked pixels filled on straight lines between the nearest good pixels before and behind.

    Each line keeps an offset of its own, which its good pixels say: what is interpolated are heights less the offsets of
    ``level(rows="difference")`` over pixels that are not marked. Where a column has good pixels on one side only, the nearest
    one is taken; where it has none, what is between the pixels beside it in the line.

    Parameters
    ----------
    heights : ndarray of float32 or float64, shape (rows, columns)
        NaN marks missing pixels; they stay NaN.
    mask : ndarray of bool, shape (rows, columns)
        The pixels to fill; at least one of the others has a height.
    """
    missing = np.isnan(heights)
    good = ~(mask | missing)
    lines = np.flatnonzero((mask & ~missing).any(axis=1))
    levelled = level(heights, "rows", rows="difference", mask=good)
    result = heights.copy()
    columns = {int(r): np.flatnonzero(mask[r] & ~missing[r]) for r in lines}
    before = _nearest(good, columns)
    behind = {len(good) - 1 - r: len(good) - 1 - found for r, found in _nearest_from_below(good, columns).items()}
    for r, here in columns.items():
        offset = _offset(heights[r], levelled[r])
        values = _between(levelled, before[r], behind[r], r, here)
        unknown = np.isnan(values)
        if unknown.any():
            values[unknown] = _beside(levelled[r], good[r], here, values, unknown)
        result[r, here] = values + offset
    return np.asarray(result)


def _nearest(good: Mask, columns: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Return the last lines before with a good pixel, for the marked columns of some lines; -1 where there is none."""
    last = np.full(good.shape[1], -1)
    found = {}
    for r, line in enumerate(good):
        if r in columns:
            found[r] = last[columns[r]]
        last[line] = r
    return found


def _nearest_from_below(good: Mask, columns: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    return _nearest(good[::-1], {len(good) - 1 - r: here for r, here in columns.items()})


def _offset(line: Heights, levelled: Heights) -> float:
    """Return what levelling took off a line, which is the same at all its pixels but for rounding."""
    first = int(np.argmax(~np.isnan(line)))
    return float(line[first]) - float(levelled[first])


def _between(levelled: Heights, before: np.ndarray, behind: np.ndarray, r: int, here: np.ndarray) -> Float64s:
    has_before, has_behind = before >= 0, behind < len(levelled)
    first = levelled[np.where(has_before, before, 0), here].astype(np.float64)
    second = levelled[np.where(has_behind, behind, 0), here].astype(np.float64)
    part = (r - before) / (behind - before)
    both = first + part * (second - first)
    result: Float64s = np.where(has_before, np.where(has_behind, both, first), np.where(has_behind, second, np.nan))
    return result


def _beside(line: Heights, good: Mask, here: np.ndarray, values: Float64s, unknown: Mask) -> Float64s:
    """Return what is between known pixels of a line, in columns that have no good pixel; the image's level if it has none."""
    known = np.concatenate([np.flatnonzero(good), here[~unknown]])
    heights = np.concatenate([line[good].astype(np.float64), values[~unknown]])
    if not known.size:
        return np.zeros(np.count_nonzero(unknown))
    order = np.argsort(known)
    return np.asarray(np.interp(here[unknown], known[order], heights[order]))
