"""Sudden changes of the level, among what each scan line lies higher than the one before.

What changes from line to line is predicted from what changes at up to 24 lines on both sides: the optimal linear interpolation of
a stationary series (whose filter is the autocorrelation of its prediction-error filter). It learns from the image itself what is
usual. Where lines have offsets of their own, one that goes up is expected to come down again, and the prediction amounts to a
comparison of means over many lines on both sides; where offsets accumulate, the neighbours say nothing, and each change stands
for itself; what the sample does from line to line is smooth, and predicted. What the prediction misses is the height of a jump.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .._elementary import total
from .._typing import Float64s

REACH = 24  # lines on each side
LEAST = 4  # lines on each side of a jump, at least: "stays" means nothing with fewer
MOST = 32  # jumps of one image: what has more of them does not have levels

_CLIP = 2.0  # spreads; what is more is a jump, or a wrong line, and says nothing about what is usual
_WRONG = 6.0  # spreads by which a single line must stand out to be left out
_LOOSE = 0.7  # of the level of chance: jumps that hide each other are gathered first and judged together


class Series(NamedTuple):
    """What a series of changes has that its neighbours do not explain."""

    missed: Float64s  # by the prediction at each place
    scale: Float64s  # how much more is missed towards the ends, where fewer neighbours are known
    weights: Float64s  # of the filter, 1 in the middle


class Found(NamedTuple):
    """Places among the changes at which the level jumps, and by how much."""

    places: list[int]
    heights: list[float]
    chance: float  # height up to which a jump is taken for chance, far from the ends
    spread: float  # of the other changes
    largest: float  # of what is missed elsewhere


def median(values: Float64s) -> float:
    """Return the middle of the order."""
    return float(np.median(values))


def spread(deviations: Float64s) -> float:
    """Return the robust spread of what lies around zero: as large as its flanks ask for, but blind to its few largest."""
    ordered = np.sort(np.abs(deviations))
    return max(1.4826 * median(ordered), _rank(ordered, 0.9) / 1.645, _rank(ordered, 0.97) / 2.17)


def without_wrong_lines(changes: Float64s) -> Float64s:
    """Return the changes with single lines, or two, that stand out of both sides brought to the level of their neighbours."""
    if len(changes) < 5:
        return changes
    path = np.concatenate([[0.0], np.add.accumulate(changes)])
    usual = path.copy()
    usual[2:-2] = np.median(np.lib.stride_tricks.sliding_window_view(path, 5), axis=1)
    wrong = np.abs(path - usual) > _WRONG * spread(path - usual)
    return np.asarray(np.where(wrong[1:] | wrong[:-1], np.diff(np.where(wrong, usual, path)), changes))


def examine(changes: Float64s) -> Series:
    """Return what the prediction from both sides misses."""
    centred = changes - median(changes)
    limit = _CLIP * spread(centred)
    clipped = np.clip(centred, -limit, limit)
    count = len(changes)
    reach = min(REACH, count // 8)
    covariance = np.array([total(clipped[: count - k] * clipped[k:]) / count if k < count else 0.0 for k in range(reach + 1)])
    prediction = _prediction_error_filter(covariance)
    weights = np.array([total(prediction[: reach + 1 - k] * prediction[k:]) for k in range(reach + 1)])
    weights = np.concatenate([weights[:0:-1], weights]) / weights[0]
    around = np.concatenate([np.zeros(reach), centred, np.zeros(reach)])
    missed = np.zeros(count)
    for k, weight in enumerate(weights):
        missed = missed + weight * around[k : k + count]
    return Series(missed, _scale(weights, covariance, count), weights)


def search(changes: Float64s) -> tuple[list[int], list[int]]:
    """Return places where the level may have jumped, and which lines say so.

    Places are indices of the lines behind which it happens, among the lines that are kept. Where one jump would follow another
    within less than `LEAST` lines, the lines between are on no level of their own: they are left out, and what remains is one
    jump from the line before to the line behind them, if any.
    """
    kept = list(range(len(changes) + 1))
    places: list[int] = []
    rest = changes.copy()
    series = examine(rest)
    for _ in range(2 * MOST):
        ratios = np.abs(series.missed) / series.scale
        ratios[: LEAST - 1] = 0.0
        ratios[max(len(ratios) - LEAST + 1, 0) :] = 0.0
        ratios[places] = 0.0
        place = int(np.argmax(ratios))
        tried = rest.copy()
        tried[place] -= series.missed[place]
        if ratios[place] == 0.0:
            break
        after = examine(tried)
        if ratios[place] < _LOOSE * _chance(after, [*places, place]):
            break
        near = [other for other in places if abs(other - place) < LEAST]
        if not near and len(places) == MOST:
            break
        if near:
            first, last = min(place, *near), max(place, *near)
            changes = np.concatenate([changes[:first], [_sum(changes[first : last + 1])], changes[last + 1 :]])
            del kept[first + 1 : last + 1]
            moved = (other if other <= first else max(other - (last - first), first) for other in places)
            places = sorted({first, *moved})
        else:
            places.append(place)
        if near:
            _, series, rest = _heights(changes, places)
        else:
            series, rest = after, tried
    return places, kept


def judge(changes: Float64s, places: list[int]) -> Found:
    """Return which of the places have a jump beyond chance, when all of them are taken into account, and its height."""
    places = sorted(places)
    while True:
        heights, series, rest = _heights(changes, places)
        chance = _chance(series, places)
        ratios = [abs(height) / series.scale[place] for place, height in zip(places, heights, strict=True)]
        if not places or (min(ratios) >= chance and min(ratios) > 0.0):
            return _found(places, heights, series, rest)
        places = [place for i, place in enumerate(places) if i != int(np.argmin(ratios))]


def fit(changes: Float64s, places: list[int]) -> Found:
    """Return the heights of jumps at given places, all of them taken into account."""
    heights, series, rest = _heights(changes, places)
    return _found(places, heights, series, rest)


def _found(places: list[int], heights: list[float], series: Series, rest: Float64s) -> Found:
    others = np.delete(rest - median(rest), places)
    missed = np.delete(np.abs(series.missed) / series.scale, places)
    chance = _chance(series, places)
    return Found(places, heights, chance, spread(others) if len(others) else 0.0, float(np.max(missed, initial=0.0)))


def _heights(changes: Float64s, places: list[int]) -> tuple[list[float], Series, Float64s]:
    """Return the heights of jumps at given places that leave the least unexplained, what is left, and its examination."""
    rest, heights = changes.copy(), [0.0] * len(places)
    series = examine(rest)
    for _ in range(3 if places else 0):  # each time, with what is usual learnt anew
        reach = len(series.weights) // 2
        middle = median(rest)
        for _ in range(8):
            for i, place in enumerate(places):
                first, last = max(place - reach, 0), min(place + reach + 1, len(rest))
                weights = series.weights[first - place + reach : last - place + reach]
                step = total(weights * (rest[first:last] - middle))
                heights[i] += step
                rest[place] -= step
        series = examine(rest)
    return heights, series, rest


def _chance(series: Series, places: list[int]) -> float:
    """Return what is missed by chance once in some 5000 lines, from an exponential tail, but for the given places."""
    others = np.ones(len(series.missed), bool)
    others[places] = False
    ratios = np.sort((np.abs(series.missed) / series.scale)[others])
    if len(ratios) < 2:
        return math.inf
    high, flank = _rank(ratios, 0.97), _rank(ratios, 0.8)
    # A part exp(-x / decay) of all lies above x: from 0.2 to 0.03, and on to one in 5000. The filter has seen what it is judged
    # by, and misses a little less of it than of others.
    return 1.05 * max(high + (high - flank) * (5.04 / 1.897), 4.5 * 1.4826 * median(ratios))


def _sum(values: Float64s) -> float:
    return float(np.add.accumulate(values)[-1])  # one after the other, unlike np.sum


def _rank(ordered: Float64s, part: float) -> float:
    return float(ordered[min(int(part * len(ordered)), len(ordered) - 1)])


def _prediction_error_filter(covariance: Float64s) -> Float64s:
    """Return 1 and the coefficients of the best prediction from the past, negative.

    N. Levinson, J. Math. Phys. 25 (1946) 261.
    """
    order = len(covariance) - 1
    result = np.zeros(order + 1)
    result[0] = 1.0
    error = covariance[0] * 1.001
    for i in range(1, order + 1):
        if not error > 0.0:
            break
        past = total(result[1:i] * covariance[i - 1 : 0 : -1]) if i > 1 else 0.0
        reflection = -(covariance[i] + past) / error
        before = result.copy()
        result[1:i] = before[1:i] + reflection * before[i - 1 : 0 : -1]
        result[i] = reflection
        error *= 1.0 - reflection * reflection
    return result


def _scale(weights: Float64s, covariance: Float64s, count: int) -> Float64s:
    """Return how much more the filter misses where it is cut by the ends of the series."""
    reach = len(weights) // 2
    taps = np.arange(2 * reach + 1)
    cut = np.where(taps[None, :] >= reach - np.arange(reach + 1)[:, None], weights, 0.0)
    known = np.concatenate([covariance, np.zeros(reach)])
    # Sums over the taps, one after the other (unlike np.sum), of all ends and lags at once.
    padded = np.concatenate([cut, np.zeros_like(cut)], axis=1)
    lags = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1)[:, : 2 * reach + 1]  # [end, tap, lag]
    sums = np.zeros((reach + 1, 2 * reach + 1))
    for tap in range(2 * reach + 1):
        sums += cut[:, tap, None] * lags[:, tap]
    variances = np.zeros(reach + 1)
    for lag in range(2 * reach + 1):
        variances = variances + (1.0 if lag == 0 else 2.0) * known[lag] * sums[:, lag]
    scale = np.ones(count)
    if variances[reach] > 0.0:
        ends = np.sqrt(np.maximum(variances[:reach] / variances[reach], 1.0))
        scale[:reach] = ends
        scale[count - reach :] = np.maximum(scale[count - reach :], ends[::-1])
    return scale
