"""Wrong lines: scan lines that agree with no line near."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._arithmetic import plain
from .._elementary import mean
from .._threads import resolve_threads
from .._typing import Float64s, Heights, Mask
from ..image import Image
from ._line_changes import changes_between
from ._marking import as_rows, given_mask, heights_of
from ._mending import fill, finished

_HELD = 0.5  # of the pixels of a line at its lowest or its highest height: it is constant, or saturated
_NORMAL_90 = 1.6448536269514722

# In units of the threshold: how far outside a level lies, and what a line shows; what has lines on one side only; the correlation
# with lines near of an inverted line, and that of those with each other.
_LEVEL, _SHAPE = 0.8, 0.75
_ONE_SIDED = 2.0
_OPPOSITE, _ALIKE = 0.075, 0.075
_PARTS, _AGREE = 8, 0.8  # of a shifted line, and how many of them must be shifted: seven of eight


class _Lines(NamedTuple):
    """What is known of each line: whether it is shifted as a whole, and whether its heights are worth nothing."""

    shifted: Mask
    garbage: Mask


@plain
def mark_lines(
    image: ArrayLike | Image,
    *,
    axis: int = 1,
    mask: ArrayLike | Image | None = None,
    threshold: float = 4.0,
    threads: int | None = None,
) -> Mask:
    """Mark wrong lines: offset by a lot, constant, saturated, inverted or garbage.

    The four nearest lines leave an interval that is no surprise: from the second lowest to the second highest of them. A line is
    shifted if its level lies outside of that by more than a threshold, in units of the jumps between lines here, and by more than
    the interval is wide, in seven of its eight parts. It is garbage if what it shows, the changes of the height along the line
    over an eighth of it, lies outside by much more than nine of ten lines do, and by more than the lines near differ from each
    other; or if its detail does, the changes over 1 in 128 of the line. It is inverted if it correlates with the lines near as
    they do with each other, but for the sign. A line of which half the pixels have its lowest, or its highest, height is wrong,
    too, where lines near are not like that.

    Parameters
    ----------
    image, axis, mask, threads
        See `mark_scars`.
    threshold : float
        How far outside a wrong line lies; above 0. The unit of levels is what 90 % of the jumps between lines do not exceed, as
        the spread of a normal distribution, and they must lie outside by four fifths of the threshold. What a line shows must lie
        outside by three quarters of it, in two units: what 90 % of the lines do not exceed, and what the lines near differ by
        (of detail, the width of their interval, or twice that where the line is like them). The correlation of an inverted line
        is below -0.075 of it, and negative by more than a threshold times what 90 % of the lines do not exceed.

    Returns
    -------
    ndarray of bool, shape of `image`
        Whole lines.

    Raises
    ------
    ValueError
        If a height is infinite, `threshold` is not positive, or `mask` has another shape.
    TypeError
        If the heights are not real numbers, or a number is none.

    Notes
    -----
    Up to two wrong lines beside each other are found. A step of the sample, or a level jump, between two lines is none: lines on
    both sides of it agree with those behind them; nor are drift and bow, or an offset that comes or goes within the line. The two
    first and the two last lines must lie outside of all four lines near, and twice as far: at an edge of the image, the sample
    is easily taken for a wrong line. Ordinary offsets of lines are no wrong lines: `afmnn.level` and networks take them off. An
    image of fewer than four lines has no wrong one.
    """
    heights = heights_of(image, axis)
    _check.positive(threshold=threshold)
    found = _find(as_rows(heights, axis, mask), threshold, threads)
    return _whole(found.shifted | found.garbage, heights.shape, axis)


@plain
def lines(
    image: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    axis: int = 1,
    threshold: float = 4.0,
    threads: int | None = None,
    return_info: bool = False,
) -> Any:
    """Mend wrong lines: shift back those that are only shifted, fill the others from the lines before and behind.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they stay NaN. Never changed in place.
    mask : array_like, shape of `image`, optional
        What is to be mended: lines with a pixel of ``mask >= 1``. Those that agree with the lines near once they are
        shifted are shifted, the others filled. By default, what `mark_lines` finds.
    axis, threshold, threads
        See `mark_lines`.
    return_info : bool
        Also return a `Correction`. Its figures are the numbers of lines that were ``shifted`` and ``filled``, and ``pixels`` and
        ``fraction``.

    Returns
    -------
    ndarray or Image, shape of `image`
        An Image if one is given. float32 stays float32, all else becomes float64. With `return_info`, a tuple of that and a
        `Correction`. Where nothing is marked, the heights are unchanged.

    Raises
    ------
    ValueError
        As `mark_lines`, or if no line is left to fill from.
    TypeError
        If the heights are not real numbers, or a number is none.
    """
    _check.flag(return_info=return_info)
    heights = heights_of(image, axis)
    _check.positive(threshold=threshold)
    rows = as_rows(heights, axis)
    found = _find(rows, threshold, threads)
    wrong = found.shifted | found.garbage if mask is None else np.asarray(given_mask(mask, heights).any(axis=axis))
    usable = ~np.isnan(rows).all(axis=1)
    if (wrong & usable).any() and not (~wrong & usable).any():
        raise ValueError("mask must leave lines to mend from, got none that is neither marked nor NaN")
    shifted, garbage = wrong & ~found.garbage, wrong & found.garbage
    result: Any = fill(rows, np.broadcast_to(garbage[:, None], rows.shape), 1)
    for r in np.flatnonzero(shifted & usable):
        result[r] = rows[r] - _shift(rows, wrong | ~usable, int(r))
    counts = {"shifted": float(np.count_nonzero(shifted)), "filled": float(np.count_nonzero(garbage))}
    whole = _whole(wrong, heights.shape, axis)
    return finished(image, heights, result if axis == 1 else result.T, whole, return_info=return_info, figures=counts)


def _find(rows: Heights, threshold: float, threads: int | None) -> _Lines:
    """Find wrong lines among those that have pixels."""
    usable = ~np.isnan(rows).all(axis=1)
    shifted, garbage = np.zeros((2, len(rows)), bool)
    if np.count_nonzero(usable) < 4:
        return _Lines(shifted, garbage)
    heights = rows if usable.all() else rows[usable]
    figures = _core.line_figures(heights, resolve_threads(threads))
    jumps, disagreement, width, detail, detail_width, alike, near_alike, held = figures
    more = np.where(_places(len(jumps)) == 2, 1.0, _ONE_SIDED)
    unit = _usual(np.abs(jumps[1:] - np.median(jumps[1:]))) / _NORMAL_90
    away, near = _outside(jumps)
    outside = np.abs(away)
    stands_out = (outside > more * _LEVEL * threshold * unit) & (outside > more * near)
    for r in np.flatnonzero(stands_out):
        stands_out[r] = _is_whole(heights, int(r), float(away[r]), float(np.median(jumps[1:])))
    shifted[usable] = stands_out
    limit = more * _SHAPE * threshold
    is_other = (disagreement > limit * _usual(disagreement)) & (disagreement > limit * width)
    # Because a line with more noise than others differs in its detail, too, lines near must differ less if it is like them.
    beyond = more * np.where((alike < 0.5 * near_alike) & (near_alike > _ALIKE * threshold), 1.0, 2.0)
    is_garbled = (detail > limit * _usual(detail)) & (detail > beyond * detail_width)
    # Where what lines show is chance, they have opposite shapes by chance.
    chance = max(_usual(-alike), 0.0)
    is_inverted = (-alike > more * threshold * max(_OPPOSITE, chance)) & (near_alike > _ALIKE * threshold)
    garbage[usable] = is_other | is_garbled | is_inverted | _constant(held)
    return _Lines(shifted & ~garbage, garbage)


def _outside(jumps: Float64s) -> tuple[Float64s, Float64s]:
    """Return how far the level of each line lies above, or below, the interval of the four nearest, and how wide that is."""
    jumps = jumps - np.median(jumps[1:])  # of a plane, nothing is left
    levels = np.cumsum(jumps)
    count, places = len(levels), _places(len(levels))
    # Because the first and the last lines have lines near on one side only, the slope across the lines there is taken off.
    slopes = np.zeros(count)
    slopes[places < 2], slopes[places > 2] = np.median(jumps[1:17]), np.median(jumps[-16:])
    others = _others(count)
    near = np.sort(levels[others] - slopes[:, None] * (others - np.arange(count)[:, None]), axis=1)
    between = (places == 2) & (near.shape[1] == 4)
    low, high = np.where(between, near[:, 1 % near.shape[1]], near[:, 0]), np.where(between, near[:, -2], near[:, -1])
    away: Float64s = np.maximum(levels - high, 0.0) - np.maximum(low - levels, 0.0)
    return away, high - low


def _is_whole(heights: Heights, r: int, away: float, slope: float) -> bool:
    """Return whether a line lies outside in nearly all of its parts: a step within it, and the relief of the sample, do not."""
    parts = min(_PARTS, heights.shape[1])
    near = _others(len(heights))[r]
    line = heights[r].astype(np.float64)
    above = np.array([changes_between(heights[i].astype(np.float64), line, parts) - (r - int(i)) * slope for i in near])
    least = np.sort(np.copysign(1.0, away) * above, axis=0)[1 if _places(len(heights))[r] == 2 and len(near) == 4 else 0]
    known = ~np.isnan(above).any(axis=0)
    return bool(np.count_nonzero(least[known] > 0.5 * abs(away)) >= _AGREE * np.count_nonzero(known))


def _usual(values: Float64s) -> float:
    """Return what nine of ten lines do not exceed; where that is zero, the mean."""
    ordered = np.sort(values[~np.isnan(values)])
    if not ordered.size:
        return 0.0
    return float(ordered[int(0.9 * (ordered.size - 1))]) or mean(ordered)


def _constant(held: Float64s) -> Mask:
    """Return the lines that hold one extreme height at most pixels, unlike those near."""
    near = np.median(held[_others(len(held))], axis=1)
    unlike: Mask = (held >= _HELD) & (near < 0.5 * _HELD)
    return unlike


def _starts(count: int) -> Any:
    """Return where the five lines begin that are a line and those near it."""
    return np.clip(np.arange(count) - 2, 0, max(count - 5, 0))


def _others(count: int) -> Any:
    """Return the four nearest lines of each line; of four lines, three."""
    five = _starts(count)[:, None] + np.arange(min(count, 5))
    return five[five != np.arange(count)[:, None]].reshape(count, -1)


def _places(count: int) -> Any:
    """Return the place of each line among those five: 2 is in the middle."""
    return np.arange(count) - _starts(count)


def _shift(rows: Heights, wrong: Mask, r: int) -> float:
    """Return how far a line lies above the mean of the nearest good lines before and behind it."""
    before, behind = np.flatnonzero(~wrong[:r]), r + 1 + np.flatnonzero(~wrong[r + 1 :])
    near = [int(found) for found in (*before[-1:], *behind[:1])]
    changes = rows[r].astype(np.float64) - _mean_line(rows[near])
    changes = changes[~np.isnan(changes)]
    return float(np.median(changes)) if changes.size else 0.0


def _whole(wrong: Mask, shape: tuple[int, ...], axis: int) -> Mask:
    """Return marks of whole lines."""
    return np.array(np.broadcast_to(wrong[:, None] if axis == 1 else wrong, shape))


def _mean_line(rows: Heights) -> Float64s:
    """Return the mean of lines, added from the first to the last: the bits are the same everywhere."""
    total = np.zeros(rows.shape[1])
    for row in rows:
        total += row
    return total / len(rows)
