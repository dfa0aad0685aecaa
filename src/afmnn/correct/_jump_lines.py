"""What the lines beside a sudden change of the level say: whether it is one over the whole width, and where it happens."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from .._typing import Float64s
from ._known import known_median

_BLOCKS = 16  # parts of a line that must agree
_SIDE = 3  # lines on each side that are compared
_SIDES = (1, 3)  # the same for parts of a line: one line is closer on a steep sample, three have less noise
_GAIN = 0.03  # of the squared height of the jump, over the line: what a jump within the line must explain at least
_WIDTH = 4  # pixels on each side of a step along a line
_STAYS = 6  # lines on each side whose means must differ: fewer see a wrong line, more the relief of the sample
_REMAINS = 24  # the same for jumps that are barely out of what chance does


class Place(NamedTuple):
    """Where a jump happens, and whether the whole line takes part."""

    line: int  # the first that lies on the new level, or some of it
    column: int
    backward: bool  # whether the pixels before the column are those on the new level, not those from it on
    agreement: float  # share of the line's parts that change like the others
    stays: float  # what the lines behind it lie higher than those before, as a part of its height
    remains: float  # the same for many lines


def locate(lines: Float64s, before: int, after: int, height: float) -> Place:
    """Find out where a jump happens, from some lines around it, float64 with NaN for missing pixels.

    `before` is the last line that is known to lie on the old level, or to be mixed, `after` the first on the new one, or mixed;
    lines between are on neither.
    """
    best = Place(after, 0, False, 0.0, 0.0, 0.0)
    most, ends = 0.0, (before, after)
    for line in range(before, after + 1):
        old, new = min(before, line - 1), max(after, line + 1)
        if old < 0 or new >= len(lines):
            continue
        middle = 0.5 * (known_median(lines[max(old + 1 - _SIDE, 0) : old + 1]) + known_median(lines[new : new + _SIDE]))
        column, backward, gain = _change_within((lines[line] - middle) / height)
        if gain > most:
            most, best, ends = gain, Place(line, column, backward, 0.0, 0.0, 0.0), (old, new)
    agreement = max(_agreement(lines, *ends, height, side) for side in _SIDES)
    stays, remains = (_rise(lines, *ends, side) / height for side in (_STAYS, _REMAINS))
    return best._replace(agreement=agreement, stays=stays, remains=remains)


def steps_alike(lines: Float64s, height: float) -> bool:
    """Tell whether steps as high as `height` are common along lines of the image: then one across them may be the sample's."""
    sums = np.add.accumulate(lines, axis=1)
    if sums.shape[1] < 4 * _WIDTH:
        return False
    runs = (sums[:, _WIDTH:] - sums[:, :-_WIDTH]) / _WIDTH
    steps = np.abs(runs[:, _WIDTH:] - runs[:, :-_WIDTH]) / abs(height)
    edges = steps[:, 1:-1][(steps[:, 1:-1] >= steps[:, :-2]) & (steps[:, 1:-1] > steps[:, 2:])]
    lower, alike, higher = (np.count_nonzero((edges > low) & (edges <= 1.25 * low)) for low in (0.72, 0.9, 1.125))
    return bool(alike > 2 * max(lower, higher) and alike >= len(lines) / 2)


def _rise(lines: Float64s, old: int, new: int, side: int) -> float:
    """Return what so many lines from `new` on lie higher than those up to `old`, in the middle of the columns.

    Because the medians of changes from line to line do not add up, this compares the lines themselves.
    """
    before, after = (_mean(part) for part in (lines[max(old + 1 - side, 0) : old + 1], lines[new : new + side]))
    return float(known_median(after - before, axis=0))


def _mean(lines: Float64s) -> Float64s:
    """Return the mean of each column, of what is not missing; one line after the other is added, unlike np.nanmean."""
    known = ~np.isnan(lines)
    sums = np.zeros(lines.shape[1])
    for line in np.where(known, lines, 0.0):
        sums = sums + line
    return np.asarray(sums / np.where(known.any(axis=0), np.count_nonzero(known, axis=0), np.nan))


def _change_within(relative: Float64s) -> tuple[int, bool, float]:
    """Return the column at which a line goes from -1/2 to 1/2, but for an offset of its own, or back; and what that explains."""
    used = np.flatnonzero(~np.isnan(relative))
    count = len(used)
    if count < 4:
        return 0, False, 0.0
    x = np.clip(relative[used] - np.median(relative[used]), -1.0, 1.0)
    sums = np.concatenate([[0.0], np.add.accumulate(x)])
    left = np.arange(count + 1)
    best = (0, False, 0.0)
    for sign in (1.0, -1.0):
        # The squares that the step from -sign/2 to sign/2 with the best offset leaves, less those that the best offset leaves.
        explained = sign * (sums[-1] - 2.0 * sums) + np.square(sums[-1] - sign * 0.5 * (count - 2.0 * left)) / count
        explained = explained - (sums[-1] * sums[-1] / count + 0.25 * count)
        k = int(np.argmax(explained))
        gain = float(explained[k]) / count
        if 0 < k < count and gain > max(_GAIN, best[2]):
            best = (int(used[k]), sign < 0, gain)
    return best


def _agreement(lines: Float64s, old: int, new: int, height: float, side: int) -> float:
    """Return the share of parts of a line whose change from line `old` to line `new` is that of the others."""
    changes = _changes(lines, old, new, side)
    # What the parts do where there is no jump: slopes of the sample, and noise.
    usual = np.stack([_changes(lines, old - side - 1, old - side, side), _changes(lines, new + side, new + side + 1, side)])
    known = ~np.isnan(changes)
    if not known.any():
        return 1.0
    slopes = np.where(np.isnan(usual).any(axis=0), 0.0, 0.5 * (usual[0] + usual[1]))[known]
    others = usual[~np.isnan(usual)]
    noise = 1.4826 * float(np.median(np.abs(others))) if len(others) else 0.0
    deviations = changes[known] - np.median(changes[known])
    agree = np.minimum(np.abs(deviations), np.abs(deviations - slopes)) <= 0.35 * abs(height) + 2.5 * noise
    return float(np.count_nonzero(agree)) / len(agree)


def _changes(lines: Float64s, old: int, new: int, side: int) -> Float64s:
    """Return what parts of the lines from `new` on lie higher than those of the lines up to `old`, less the median of all parts.

    NaN where they have no pixels, or no lines.
    """
    columns = lines.shape[1]
    parts = min(_BLOCKS, columns)
    if old < 0 or new >= len(lines):
        return np.full(parts, np.nan)
    change = known_median(lines[new : new + side]) - known_median(lines[max(old + 1 - side, 0) : old + 1])
    edges = np.arange(parts + 1) * columns // parts
    found = np.array([known_median(change[a:b]) for a, b in itertools.pairwise(edges)])
    return np.asarray(found - known_median(found))
