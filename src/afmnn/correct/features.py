"""Grains, holes and other features: what stands out of the ground that they are on."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._elementary import total
from .._masks import chosen_of
from .._threads import resolve_threads
from .._typing import Float64s, Heights, Mask
from ..image import Image, unwrap
from .surfaces import HIGHEST_DEGREE, TakeOff, Valid, least_squares, why_not

Sign: TypeAlias = Literal["both", "above", "below"]
SIGNS = ("both", "above", "below")

#: Default of how far a feature stands out, in spreads of the ground.
THRESHOLD = 4.0
#: What hangs together with a feature belongs to it beyond this part of the threshold.
_WEAK = 0.5
#: Rounds of levelling and marking; most images need two to four.
_ROUNDS = 8
#: Heights that ground and spread are measured on: 65536 know a spread to 0.3 %.
_SAMPLE = 65536
#: Tukey's weights (1 - (u / 3)^2)^2 leave this of the variance of a normal distribution: 3 is where they end, in spreads.
_REACH, _VARIANCE_LEFT = 3.0, 0.6324068194537749
#: A quarter of a normal distribution lies within so many spreads of its middle.
_QUARTER = 0.3186393639643752


class Ground(NamedTuple):
    """Where the heights of the ground lie."""

    centre: float
    spread: float


def mark_features(
    image: ArrayLike | Image,
    *,
    sign: Sign = "both",
    threshold: float = THRESHOLD,
    degree: int = 1,
    mask: ArrayLike | Image | None = None,
) -> Mask:
    """Mark grains, holes and other features that stand out of the ground.

    The ground is the commonest height after levelling. It is found together with the features: the image is levelled, what
    stands out is marked, the image is levelled again without it, until nothing changes (eight times at most).

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they are not used and not marked.
    sign : {"both", "above", "below"}
        Mark what is higher than the ground, what is lower, or both.
    threshold : float
        How far a feature stands out at least, in spreads of the ground (the standard deviation, if the ground's heights are
        normally distributed). All that hangs together with it and stands out half as far belongs to it.
    degree : int
        The ground is a polynomial surface of this total degree, 0 to 20; 1: a plane.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count (``mask >= 1``); others are neither used nor marked.

    Returns
    -------
    ndarray of bool, shape of `image`
        True where a feature is. The same for ``a * image + b`` with ``a > 0``, and for an image on another plane (of degree 1
        or more), but for rounding.

    Raises
    ------
    ValueError
        If no pixel is left to level by, the pixels do not determine a surface of that `degree`, a height is infinite,
        `threshold` is not positive, `degree` or `sign` is none of these, or `mask` has another shape or NaN.
    TypeError
        If the heights are not real numbers, or `degree` is not an integer.

    Notes
    -----
    Because the ground is the commonest height, it need not be half of the image; of a grating it is the groove or the ridge,
    whichever there is more of, and the other is a feature. Where nothing is commoner than the rest, as on a rough surface,
    nothing stands out. Noise alone marks some 6 of 100 000 pixels.
    """
    _check.choice("sign", sign, SIGNS)
    _check.positive(threshold=threshold)
    heights = unwrap("image", image, finite=False)
    _check.integer("degree", degree, minimum=0, maximum=min(HIGHEST_DEGREE, *(max(1, side - 1) for side in heights.shape)))
    valid = None if mask is None else chosen_of(mask, heights.shape).view(np.uint8)
    levelled = np.empty(heights.shape, heights.dtype)
    found = level_without_features(heights, valid, levelled, least_squares(heights, degree), sign=sign, threshold=threshold)
    if found.outcome != "done":
        raise ValueError(why_not(found.outcome, heights, degree))
    return found.features


class Found(NamedTuple):
    """What became of a levelling without features."""

    outcome: str
    features: Mask
    ground: Ground


def level_without_features(
    heights: Heights,
    valid: Valid,
    levelled: Heights,
    take_off: TakeOff,
    *,
    sign: Sign = "both",
    threshold: float = THRESHOLD,
    facet_first: bool = True,
) -> Found:
    """Level, mark what stands out and level without it, until nothing changes; `levelled` is written.

    Because the plane through ground and features together is none of the ground, the commonest slope is a second place to begin
    with; the better one is that after which half of the image lies within less height.
    """
    nothing: Mask = np.zeros(heights.shape, bool)
    resolution = rounding_of(heights)
    outcome = take_off(valid, levelled)
    if outcome != "done":
        return Found(outcome, nothing, Ground(0.0, 0.0))

    def marked() -> tuple[Mask, Ground]:
        return _features(levelled, valid, resolution, sign, threshold)

    def without(features: Mask) -> str:
        if valid is None:
            return take_off((~features).view(np.uint8), levelled)
        return take_off((valid.view(bool) & ~features).view(np.uint8), levelled)

    features, ground = marked()
    levelled_without = False  # whether `levelled` is what is left without the features
    if facet_first:
        if features.any():
            without(features)
        direct = _half_width(levelled, valid)
        if _core.level_facet(heights, valid, levelled, resolve_threads(None))[0] == "done":
            others, ground_there = marked()
            if others.any() and without(others) == "done" and _half_width(levelled, valid) < direct:
                features, ground, levelled_without = others, ground_there, True
    best = features
    for _ in range(_ROUNDS):
        if not levelled_without and without(best) != "done":  # nothing is left to level by: what was there before is taken
            take_off(valid, levelled)
            return Found("done", nothing, ground)
        levelled_without = False
        features, ground = marked()
        if np.array_equal(features, best):
            break
        best = features
    return Found("done", best, ground)


def _features(levelled: Heights, valid: Valid, resolution: float, sign: Sign, threshold: float) -> tuple[Mask, Ground]:
    ordered = ordered_sample(levelled, valid)
    marks = np.zeros(levelled.shape, np.uint8)
    if not ordered.size:
        return marks.view(bool), Ground(0.0, 0.0)
    ground = settle(ordered, shortest(ordered, 0.25), resolution)
    far = threshold * ground.spread
    low, high = ground.centre - far, ground.centre + far
    weak_low, weak_high = ground.centre - _WEAK * far, ground.centre + _WEAK * far
    if sign == "above":
        low = weak_low = -math.inf
    elif sign == "below":
        high = weak_high = math.inf
    _core.mark_features(levelled, low, high, weak_low, weak_high, marks)
    features = marks.view(bool)
    return (features if valid is None else features & valid.view(bool)), ground


def ordered_sample(levelled: Heights, valid: Valid) -> Float64s:
    """Return some of the used heights in rising order: all, if they are few, or such that no pattern of the image is met."""
    flat, used = levelled.reshape(-1), None if valid is None else valid.reshape(-1)
    size = flat.size
    if size <= 4 * _SAMPLE:
        heights = flat if used is None else flat[used.view(bool)]
    else:
        # Steps of the golden ratio: however many are taken, they lie evenly, and with no period.
        step = int(0.6180339887498949 * size)
        while math.gcd(step, size) != 1:
            step += 1
        places = np.arange(_SAMPLE, dtype=np.int64) * step % size
        heights = flat[places] if used is None else flat[places][used[places].view(bool)]
        if len(heights) < _SAMPLE // 16 and used is not None:
            chosen = np.flatnonzero(used)
            heights = flat[chosen[:: max(1, len(chosen) // _SAMPLE)]]
    ordered: Float64s = np.sort(heights[~np.isnan(heights)].astype(np.float64))
    return ordered


def shortest(ordered: Float64s, part: float) -> Ground:
    """Return the middle of the least interval with that part of the heights, and its length as a quarter's of a normal one."""
    count = max(1, int(part * len(ordered)))
    lengths = ordered[count - 1 :] - ordered[: len(ordered) - count + 1]
    first = int(np.argmin(lengths))
    low, high = float(ordered[first]), float(ordered[first + count - 1])
    return Ground(0.5 * low + 0.5 * high, 0.5 * (high - low) / _QUARTER)


def settle(ordered: Float64s, ground: Ground, resolution: float) -> Ground:
    """Return mean and spread of the heights about the ground, by Tukey's weights, when they stay where they are.

    The weights end at three spreads, and so does what other heights can do.
    """
    centre, spread = ground.centre, max(ground.spread, resolution)
    for _ in range(100):
        if spread == 0.0:
            break
        first, last = np.searchsorted(ordered, (centre - _REACH * spread, centre + _REACH * spread))
        distance = ordered[first:last] - centre
        left = 1.0 - np.square(distance / (_REACH * spread))
        weights = np.where(left > 0.0, left * left, 0.0)
        weight = total(weights) if weights.size else 0.0
        if weight == 0.0:
            break
        shift = total(weights * distance) / weight
        before, spread = spread, max(math.sqrt(total(weights * (distance * distance)) / weight / _VARIANCE_LEFT), resolution)
        centre += shift
        if abs(shift) <= 1e-3 * spread and abs(spread - before) <= 1e-3 * spread:
            break
    return Ground(centre, spread)


def _half_width(levelled: Heights, valid: Valid) -> float:
    ordered = ordered_sample(levelled, valid)
    return shortest(ordered, 0.5).spread if ordered.size else 0.0


def rounding_of(heights: Heights) -> float:
    """Return how far heights differ by rounding alone."""
    _, low, high = _core.finite_range(heights, resolve_threads(None))
    largest: Any = max(abs(low), abs(high))
    return float(2.0 * np.finfo(heights.dtype).eps * largest) if math.isfinite(largest) else 0.0
