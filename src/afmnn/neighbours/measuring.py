"""The scaling of an image that is in chunks: the figures that the array in memory would give, bit for bit.

What `nn/scaling.py` looks at in a sample of pixels depends on the shape alone: in a first pass each chunk gives the pixels asked
for. Quantiles are of all heights: the first pass also gives a random sample of them, which says between which heights a quantile
must lie; in a second pass each chunk counts the heights below, and gives those between. No chunk is held from one pass to the
other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..nn import scaling as _scaling
from ..nn.scaling import Scaling, measure_as
from .places import Corner, Part
from .requests import Answers, Wanted

#: Heights, about, that say between which others a quantile lies; and how many standard deviations of its place are allowed for.
_SAMPLE = 1 << 20
_DEVIATIONS = 8.0
#: Heights that are looked at together, about: in double precision they stay in the second-level cache.
_TOGETHER = 1 << 15
#: Of more heights than this that are gathered from a chunk, each is kept once, with how often it is there.
_FEW = 1 << 16

Slopes = tuple[float, float]


class Look(NamedTuple):
    """What the first pass finds in a chunk."""

    corner: Corner
    found: dict[bytes, tuple[NDArray[Any], NDArray[Any]]]  # for each request, which of its pixels, and their heights
    rows: list[tuple[int, NDArray[Any]]]
    sample: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]  # rows, columns, heights
    low: float
    high: float


class First(NamedTuple):
    """What the first pass finds in all chunks."""

    slopes: Slopes
    changes: NDArray[Any]
    lines: NDArray[Any] | None  # an image that has heights in the rows that are looked at, and takes memory for these
    brackets: dict[float, tuple[float, float]]
    low: float
    high: float


def check_finite(block: NDArray[Any], corner: Corner) -> None:
    """Refuse a chunk with missing heights, saying where the first is in the whole image."""
    for start in range(0, len(block), 256):
        bad = ~np.isfinite(block[start : start + 256])
        if bad.any():
            row, col = np.argwhere(bad)[0]
            place = (corner.row + start + int(row), corner.col + int(col))
            raise ValueError(f"image must be finite, got {block[start + row, col]!s} at (row, column) = {place}")


def first_look(block: NDArray[Any], corner: Corner, wanted: Wanted) -> Look:
    """Return what the first pass finds in a chunk."""
    block = np.asarray(block)
    if not wanted.keep:
        check_finite(block, corner)
    rows, cols = block.shape
    first_row, first_col = corner.row - wanted.box.row, corner.col - wanted.box.col
    found = {}
    for name, (asked_rows, asked_cols) in wanted.asked.items():
        r, c = asked_rows.ravel() - first_row, asked_cols.ravel() - first_col
        here = np.flatnonzero((r >= 0) & (r < rows) & (c >= 0) & (c < cols))
        found[name] = here, block[r[here], c[here]]
    lines = wanted.rows - first_row
    kept = [(int(r), block[r].copy()) for r in lines[(lines >= 0) & (lines < rows)]]
    share = block.size / math.prod(wanted.whole)
    count = max(64, math.ceil(_SAMPLE * share))
    places = np.sort(_scaling.random_numbers(np.arange(count) + (corner.row << 32) + (corner.col << 16)) % block.size)
    r, c = np.divmod(places, cols)
    if wanted.keep:
        there = np.isfinite(block[r, c])
        r, c = r[there], c[there]
    sample = corner.row + r, corner.col + c, block[r, c].astype(np.float64)
    heights = block[np.isfinite(block)] if wanted.keep else block
    low, high = (float(heights.min()), float(heights.max())) if heights.size else (math.inf, -math.inf)
    return Look(corner, found, [(first_row + r, line) for r, line in kept], sample, low, high)


def first_of(parts: Sequence[Look], wanted: Wanted) -> First:
    """Put together what the first pass has found in all chunks."""
    given = {}
    for name, (rows, _) in wanted.asked.items():
        values = np.empty(rows.size, parts[0].found[name][1].dtype)
        for part in parts:
            here, heights = part.found[name]
            values[here] = heights
        given[name] = values.reshape(rows.shape)
    image: Any = given[b"all"] if wanted.small else Answers(wanted.box.shape, given)
    slopes = _scaling.slopes_of(image) if wanted.kind in _scaling.LEVELLED else (0.0, 0.0)
    changes = _scaling.changes_of(image) if wanted.kind == "row-noise" else np.zeros(0)
    lines = None
    if wanted.kind == "levelled":
        lines = image if wanted.small else _lines_of(parts, wanted.box)
    rows, cols, sampled = (np.concatenate([part.sample[i] for part in parts]) for i in range(3))
    sampled = np.sort(sampled - (slopes[0] * rows.astype(np.float64) + slopes[1] * cols.astype(np.float64)))
    brackets = {fraction: _bracket(sampled, fraction) for fraction in (*_scaling.ENDS, 0.5)}
    low, high = min(part.low for part in parts), max(part.high for part in parts)
    return First(slopes, changes, lines, brackets, low + 0.0, high + 0.0)


def _lines_of(parts: Sequence[Look], box: Part) -> NDArray[Any]:
    """Return an image that has heights in the rows that are looked at."""
    dtype = next(heights.dtype for part in parts for _, heights in part.rows)
    lines = np.zeros(box.shape, dtype)  # pages that nobody writes to take no memory
    for part in parts:
        begin = part.corner.col - box.col
        for row, heights in part.rows:
            inside = slice(max(0, begin), min(box.shape[1], begin + heights.size))
            lines[row, inside] = heights[inside.start - begin : inside.stop - begin]
    return lines


def _bracket(sampled: NDArray[Any], fraction: float) -> tuple[float, float]:
    """Return two heights between which a quantile lies, as a sample in order says."""
    away = _DEVIATIONS * math.sqrt(fraction * (1.0 - fraction) * sampled.size) + 8.0
    below, above = math.floor(fraction * sampled.size - away), math.ceil(fraction * sampled.size + away)
    return (
        float(sampled[below]) if below >= 0 else -math.inf,
        float(sampled[above]) if above < sampled.size else math.inf,
    )


class Counts(NamedTuple):
    """What the second pass finds in a chunk."""

    size: int  # finite heights
    low: float
    high: float
    below: dict[float, int]
    between: dict[float, tuple[NDArray[Any], NDArray[Any]]]  # heights, and how often each is there


def second_look(block: NDArray[Any], corner: Corner, first: First) -> Counts:
    """Return what the second pass finds in a chunk."""
    block = np.asarray(block)
    below = dict.fromkeys(first.brackets, 0)
    between: dict[float, list[NDArray[Any]]] = {fraction: [] for fraction in first.brackets}
    size, lows, highs = 0, [math.inf], [-math.inf]
    cols = first.slopes[1] * (corner.col + np.arange(block.shape[1])).astype(np.float64)
    lines = max(1, _TOGETHER // block.shape[1])
    for start in range(0, len(block), lines):
        heights = block[start : start + lines].astype(np.float64)
        if first.slopes != (0.0, 0.0):
            rows = first.slopes[0] * (corner.row + start + np.arange(len(heights))).astype(np.float64)
            heights -= rows[:, None] + cols
        there = np.isfinite(heights)
        if not there.all():
            heights = heights[there]
            if not heights.size:
                continue
        size += heights.size
        lows.append(heights.min())
        highs.append(heights.max())
        for fraction, (low, high) in first.brackets.items():
            from_low = heights >= low
            below[fraction] += heights.size - int(np.count_nonzero(from_low))
            from_low &= heights <= high
            between[fraction].append(heights[from_low])
    gathered = {fraction: _counted(np.concatenate([np.zeros(0), *values])) for fraction, values in between.items()}
    return Counts(size, float(min(lows)), float(max(highs)), below, gathered)


def _counted(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    if values.size <= _FEW:
        return values, np.ones(values.size, np.int64)
    once, count = np.unique(values, return_counts=True)
    return once, count.astype(np.int64)


class Measured:
    """An image in chunks, when all passes are done: what can be measured of it; see `afmnn.nn.scaling.Measurable`."""

    def __init__(self, first: First, counts: Sequence[Counts], shape: tuple[int, int]) -> None:
        self._first, self._counts, self.shape = first, counts, shape

    def slopes(self) -> Slopes:
        """Return the slopes of the plane."""
        return self._first.slopes

    def finite_range(self) -> tuple[float, float]:
        """Return the lowest and the highest height."""
        return self._first.low, self._first.high

    def changes(self) -> NDArray[np.float64]:
        """Return sizes of second differences from row to row."""
        return self._first.changes

    def line_relief(self, slopes: Slopes) -> float | None:
        """Return the distance between two quantiles of the relief along the lines."""
        return None if self._first.lines is None else _scaling.relief_of(self._first.lines, slopes)

    def quantiles(self, fractions: list[float], slopes: Slopes) -> list[float]:
        """Return quantiles of the heights less a plane, as the core has them."""
        assert slopes == self._first.slopes
        return [self._quantile(fraction) for fraction in fractions]

    def _quantile(self, fraction: float) -> float:
        size = sum(part.size for part in self._counts)
        if fraction in (0.0, 1.0):
            pick = min(part.low for part in self._counts) if fraction == 0.0 else max(part.high for part in self._counts)
            return pick + 0.0
        if size == 0:
            return math.nan
        position = fraction * float(size - 1)
        rank = min(int(position), size - 1)
        low, high = self._ranked(fraction, rank, min(rank + 1, size - 1))
        step = high - low
        part = position - float(rank)
        return low + step * part if math.isfinite(step) else low * (1.0 - part) + high * part

    def _ranked(self, fraction: float, *ranks: int) -> list[float]:
        below = sum(part.below[fraction] for part in self._counts)
        values = np.concatenate([part.between[fraction][0] for part in self._counts])
        order = np.argsort(values, kind="stable")
        behind = below + np.cumsum(np.concatenate([part.between[fraction][1] for part in self._counts])[order])
        if not values.size or ranks[0] < below or ranks[-1] >= behind[-1]:
            raise RuntimeError(
                "the sample of heights does not tell where their quantiles lie: measure the array in memory and pass "
                "scaling=network.measure(array)"
            )
        return [float(values[order[np.searchsorted(behind, rank, side="right")]]) for rank in ranks]


def scaling_of(trained: Scaling, first: First, counts: Sequence[Counts], shape: tuple[int, int], power: int) -> Scaling:
    """Return the scaling, when all passes are done."""
    return measure_as(trained, Measured(first, counts, shape), power)
