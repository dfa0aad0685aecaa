"""Scars, spikes, wrong lines and jumps: how many there are, and how high; and which pixels they spoil."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..._elementary import exp, log, mean, mean_square
from ..._typing import Float64s, Mask
from ...correct import find_jumps, mark_lines, mark_scars, mark_spikes
from ._numbers import normal_density, normal_within
from ._register import Registration

_FEWEST = 3  # heights from which a size can be told
_SHARED = 0.5  # part of a scar that is in the other direction: then it is the sample's
_LEVELS_NEAR = 2  # lines on each side of a spoilt one that say where it should be


class Events(NamedTuple):
    """Numbers of events, named as in `afmnn.synth.instrument.Events`, standard errors, and the spoilt pixels by direction."""

    values: dict[str, float]
    errors: dict[str, float]
    spoilt: tuple[Mask, ...]
    shared: int  # scars in both directions


class _Stroke(NamedTuple):
    row: int
    first: int
    end: int
    height: float


def measure_events(directions: Sequence[Float64s], registration: Registration | None, threads: int) -> Events:
    """Find events in one direction or both."""
    rows, cols = directions[0].shape
    pixels = rows * cols * len(directions)
    wrong: list[Mask] = [
        np.asarray(mark_lines(each, threads=threads).all(axis=1) & ~np.isnan(each).all(axis=1)) for each in directions
    ]
    kept = [np.where(w[:, None], math.nan, each) for w, each in zip(wrong, directions, strict=True)]
    scars = [mark_scars(each, threads=threads) for each in kept]
    spikes = [mark_spikes(each, threads=threads) & ~scar for each, scar in zip(kept, scars, strict=True)]
    shared = [np.zeros((rows, cols), np.bool_)] * len(directions)
    if registration is not None:
        shift = np.floor(registration.shifts(cols) + 0.5).astype(np.int64)
        here, there = np.arange(cols) - shift, np.arange(cols) + shift
        shared = [_seen(scars[1] | spikes[1], here), _seen(scars[0] | spikes[0], there)]
    strokes, points, of_sample = [], [], 0
    for each, scar, spike, other in zip(kept, scars, spikes, shared, strict=True):
        found = _strokes(each, scar)
        own = [s for s in found if 2 * np.count_nonzero(other[s.row, s.first : s.end]) < s.end - s.first]
        of_sample += len(found) - len(own)
        strokes += own
        points += [s for s in _strokes(each, spike) if not other[s.row, s.first : s.end].any()]
    values: dict[str, float] = {}
    errors: dict[str, float] = {}
    if len(strokes) >= _FEWEST:
        height, part = _height(np.array([s.height for s in strokes]))
        lengths = log(np.array([float(s.end - s.first) for s in strokes]))
        middle = float(np.median(lengths))
        _note(values, errors, "scars", len(strokes) / pixels / part, len(strokes))
        _note(values, errors, "scar_length", max(exp(middle), 1.0), len(strokes))
        values["scar_length_spread"] = min(math.sqrt(mean_square(lengths, mean(lengths))), 3.0)
        _note(values, errors, "scar_height", height, 2 * len(strokes))
        ups = sum(s.height > 0 for s in strokes)
        values["scar_up"] = ups / len(strokes)
    if len(points) >= _FEWEST:
        height, part = _height(np.array([s.height for s in points]))
        _note(values, errors, "spikes", len(points) / pixels / part, len(points))
        _note(values, errors, "spike_height", height, 2 * len(points))
    count = int(sum(np.count_nonzero(w) for w in wrong))
    if count:
        offsets = [
            _line_offset(each, w, r) for each, w in zip(directions, wrong, strict=True) for r in np.flatnonzero(w).tolist()
        ]
        heights = np.array([h for h in offsets if not math.isnan(h)])
        _note(values, errors, "wrong_lines", count / rows / len(directions), count)
        if heights.size:
            _note(values, errors, "line_height", math.sqrt(mean_square(heights)), 2 * count)
    _measure_jumps(kept[0], threads, values, errors)
    spoilt = tuple(np.asarray(scar | spike | w[:, None]) for scar, spike, w in zip(scars, spikes, wrong, strict=True))
    return Events(values, errors, spoilt, of_sample)


def _measure_jumps(trace: Float64s, threads: int, values: dict[str, float], errors: dict[str, float]) -> None:
    heights = np.array([jump.height for jump in find_jumps(trace, threads=threads) if jump.certain])
    if heights.size:
        _note(values, errors, "jumps", float(heights.size), heights.size)
        _note(values, errors, "jump_height", math.sqrt(mean_square(heights)), 2 * heights.size)


def _note(values: dict[str, float], errors: dict[str, float], name: str, value: float, count: int) -> None:
    """Record a number with the error that counts have."""
    values[name] = value
    errors[name] = value / math.sqrt(count)


def _seen(marks: Mask, columns: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Mask:
    """Return marks of the other direction at the columns of this one, two pixels longer to each side."""
    cols = marks.shape[1]
    inside = (columns >= 0) & (columns < cols)
    moved = marks[:, np.clip(columns, 0, cols - 1)] & inside
    wide = moved.copy()
    for step in (1, 2):
        wide[:, step:] |= moved[:, :-step]
        wide[:, :-step] |= moved[:, step:]
    return np.asarray(wide)


def _strokes(heights: Float64s, marks: Mask) -> list[_Stroke]:
    """Return the marked stretches of single lines, and how far each stands out of the lines around it."""
    rows, cols = marks.shape
    if not marks.any():
        return []
    edges = np.zeros((rows, cols + 1), np.int8)
    edges[:, :-1] = marks
    edges[:, 1:] -= marks
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    found = []
    for (row, first), (_, end) in zip(starts.tolist(), ends.tolist(), strict=True):
        above, below = row - 1, row + 1
        while above >= 0 and marks[above, first:end].any():
            above -= 1
        while below < rows and marks[below, first:end].any():
            below += 1
        if above < 0 or below >= rows:
            continue
        part = (row - above) / (below - above)
        usual = (1.0 - part) * heights[above, first:end] + part * heights[below, first:end]
        outside = np.ones(cols, np.bool_)
        outside[first:end] = False
        level = (
            np.median((heights[row] - (1.0 - part) * heights[above] - part * heights[below])[outside]) if outside.any() else 0.0
        )
        height = float(np.median(heights[row, first:end] - usual) - level)
        if not math.isnan(height) and height != 0.0:
            found.append(_Stroke(row, first, end, height))
    return found


def _height(heights: Float64s) -> tuple[float, float]:
    """Return the rms of normal heights of which the low ones were not found, and the part that was."""
    sizes = np.sort(np.abs(heights))
    limit = float(sizes[len(sizes) // 20])
    square = mean_square(sizes)
    sigma = math.sqrt(square)
    for _ in range(100):
        z = limit / sigma
        part = 1.0 - normal_within(z)
        if part < 0.2:  # hardly any would be seen: nothing can be said of those that are not
            break
        sigma = math.sqrt(square / (1.0 + 2.0 * z * normal_density(z) / part))
    part = max(1.0 - normal_within(limit / sigma), 0.2)
    return sigma, part


def _line_offset(heights: Float64s, wrong: Mask, row: int) -> float:
    """Return how far a line lies from the good ones near by."""
    near = [r for r in range(max(row - _LEVELS_NEAR, 0), min(row + _LEVELS_NEAR + 1, len(heights))) if not wrong[r]]
    if not near:
        return math.nan
    differences = heights[row] - np.median(heights[near], axis=0)
    differences = differences[~np.isnan(differences)]
    return float(np.median(differences)) if differences.size else math.nan
