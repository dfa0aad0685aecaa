"""The base of what stands on it, as level() makes it flat: the lowest peak of the histogram of heights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import _core
from .._threads import resolve_threads
from .._typing import Float64s, Heights, Mask
from .features import Ground, ordered_sample, rounding_of, settle
from .surfaces import Valid, least_squares

_ROUNDS = 10
#: Bins that the histogram's peaks are looked for in, the part of the heights that a peak has at least, and how deep the valley
#: behind it must be, in parts of its height.
_BINS, _LEAST_PART, _VALLEY = 256, 0.05, 0.75
#: Part of the pixels that may still come and go when it is done.
_STILL = 1e-4
#: How far from the base a pixel may lie to be levelled by, in spreads of the base.
_NEAR = 3.0


class Base(NamedTuple):
    """What became of a levelling by the base."""

    outcome: str
    used: Mask
    ground: Ground


def level_base(heights: Heights, valid: Valid, levelled: Heights, degree: int) -> Base:
    """Make the lowest peak of the histogram flat and zero; `levelled` is written."""
    used: Mask = np.ones(heights.shape, bool) if valid is None else valid.view(bool)
    outcome, _ = _core.level_facet(heights, valid, levelled, resolve_threads(None))
    take_off = least_squares(heights, degree)
    if outcome == "no cell":
        outcome = take_off(valid, levelled)
    if outcome != "done":
        return Base(outcome, used, Ground(0.0, 0.0))
    resolution = rounding_of(heights)
    chosen, ground = used, Ground(0.0, 0.0)
    for _ in range(_ROUNDS):
        ordered = ordered_sample(levelled, valid)
        ground = settle(ordered, lowest_peak(ordered), resolution)
        low, high = ground.centre - _NEAR * ground.spread, ground.centre + _NEAR * ground.spread
        far = np.empty(heights.shape, np.uint8)
        _core.mark_features(levelled, low, high, low, high, far)
        near = used & ~far.view(bool)
        if np.count_nonzero(near != chosen) <= _STILL * near.size:
            break
        outcome = take_off(near.view(np.uint8), levelled)
        if outcome != "done":
            return Base(outcome, near, ground)
        chosen = near
    return Base("done", chosen, Ground(0.0, ground.spread))


def lowest_peak(ordered: Float64s) -> Ground:
    """Return where the lowest peak of the histogram lies that is not some few heights alone."""
    count = len(ordered)
    low, high = float(ordered[count // 1000]), float(ordered[-1 - count // 1000])
    width = (high - low) / _BINS
    if not width > 0.0:
        return Ground(low, 0.0)
    places = np.clip(np.floor((ordered - low) / width), 0, _BINS - 1).astype(np.intp)
    counts = np.bincount(places, minlength=_BINS).astype(np.float64)
    for _ in range(2):  # binomial weights: noise of the counts makes no peaks
        padded = np.concatenate([[0.0], counts, [0.0]])
        counts = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    peak, start = 0, 0
    for place in range(_BINS):
        if counts[place] > counts[peak]:
            peak = place
        elif counts[place] < _VALLEY * counts[peak]:
            part = float(counts[start : place + 1].sum()) / count
            if part >= _LEAST_PART:
                break
            # Too few for a base: the next one begins here.
            if place + 1 < _BINS and counts[place + 1] > counts[place]:
                peak = start = place
    first, last = np.searchsorted(ordered, (low + (peak - 1) * width, low + (peak + 2) * width))
    near = ordered[first:last]
    if len(near) < 2:
        return Ground(low + (peak + 0.5) * width, width)
    quarter = near[(3 * len(near)) // 4] - near[len(near) // 4]
    return Ground(float(near[len(near) // 2]), float(quarter))
