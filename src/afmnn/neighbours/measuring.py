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

#: Heights, about, that say between which others a quantile lies; and how many standard deviations of its place are allowed for.
_SAMPLE = 1 << 20
_DEVIATIONS = 8.0
#: Rows that are looked at together: their heights stay in the second-level cache.
_ROWS = 32
#: Of more heights than this that are gathered from a chunk, each is kept once, with how often it is there.
_FEW = 1 << 16

Slopes = tuple[float, float]


class Corner(NamedTuple):
    """Where a chunk begins."""

    row: int
    col: int


class Requests:
    """Stands for an image while it is found out which of its pixels are looked at."""

    def __init__(self, shape: tuple[int, int], asked: list[tuple[NDArray[Any], NDArray[Any]]], *, turned: bool = False) -> None:
        self.shape, self._asked, self._turned = shape, asked, turned
        self.size = shape[0] * shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def T(self) -> Requests:
        """The image turned."""
        return Requests(self.shape[::-1], self._asked, turned=not self._turned)

    def __getitem__(self, key: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[Any]:
        rows, cols = np.broadcast_arrays(*key)
        self._asked.append((cols, rows) if self._turned else (rows, cols))
        return np.zeros(rows.shape)


class Answers(Requests):
    """Stands for an image when the pixels are there: it gives them in the order in which they were asked for."""

    def __init__(self, shape: tuple[int, int], given: list[NDArray[Any]]) -> None:
        super().__init__(shape, [])
        self._given = given

    @property
    def T(self) -> Requests:
        """The image turned."""
        return Answers(self.shape[::-1], self._given)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        if not self._given:
            raise ValueError("image must have heights whose slopes are finite numbers, got none such")
        return self._given.pop(0)


class Wanted(NamedTuple):
    """Pixels that a measurement looks at."""

    kind: str
    shape: tuple[int, int]
    asked: list[tuple[NDArray[Any], NDArray[Any]]]
    rows: NDArray[Any]  # whole rows, for the relief along the lines


class Look(NamedTuple):
    """What the first pass finds in a chunk."""

    corner: Corner
    found: list[tuple[NDArray[Any], NDArray[Any]]]  # for each request, which of its pixels, and their heights
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


def wanted_of(kind: str, shape: tuple[int, int]) -> Wanted:
    """Return which pixels of an image of `shape` a scaling looks at."""
    asked: list[tuple[NDArray[Any], NDArray[Any]]] = []
    image: Any = Requests(shape, asked)
    rows = np.zeros(0, np.int64)
    if kind in _scaling.LEVELLED:
        _scaling.slopes_of(image)
    if kind == "row-noise":
        _scaling.changes_of(image)
    if kind == "levelled":
        rows = _scaling.relief_rows(shape[0])
    return Wanted(kind, shape, asked, rows)


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
    check_finite(block, corner)
    rows, cols = block.shape
    found = []
    for asked_rows, asked_cols in wanted.asked:
        r, c = asked_rows.ravel() - corner.row, asked_cols.ravel() - corner.col
        here = np.flatnonzero((r >= 0) & (r < rows) & (c >= 0) & (c < cols))
        found.append((here, block[r[here], c[here]]))
    lines = wanted.rows - corner.row
    kept = [(int(r), block[r].copy()) for r in lines[(lines >= 0) & (lines < rows)]]
    share = block.size / math.prod(wanted.shape)
    count = max(64, math.ceil(_SAMPLE * share))
    places = np.sort(_scaling.random_numbers(np.arange(count) + (corner.row << 32) + (corner.col << 16)) % block.size)
    r, c = np.divmod(places, cols)
    sample = corner.row + r, corner.col + c, block[r, c].astype(np.float64)
    return Look(corner, found, [(corner.row + r, line) for r, line in kept], sample, float(block.min()), float(block.max()))


def first_of(parts: Sequence[Look], wanted: Wanted) -> First:
    """Put together what the first pass has found in all chunks."""
    given = []
    dtype = parts[0].sample[2].dtype
    for number, (rows, _) in enumerate(wanted.asked):
        values = np.empty(rows.size, parts[0].found[number][1].dtype)
        for part in parts:
            here, heights = part.found[number]
            values[here] = heights
        given.append(values.reshape(rows.shape))
    answers: Any = Answers(wanted.shape, given)
    slopes = _scaling.slopes_of(answers) if wanted.kind in _scaling.LEVELLED else (0.0, 0.0)
    changes = _scaling.changes_of(answers) if wanted.kind == "row-noise" else np.zeros(0, dtype)
    lines = None
    if wanted.kind == "levelled":
        dtype = parts[0].rows[0][1].dtype if parts[0].rows else dtype
        lines = np.zeros(wanted.shape, dtype)  # pages that nobody writes to take no memory
        for part in parts:
            for row, heights in part.rows:
                lines[row, part.corner.col : part.corner.col + heights.size] = heights
    rows, cols, sampled = (np.concatenate([part.sample[i] for part in parts]) for i in range(3))
    sampled = np.sort(sampled - (slopes[0] * rows.astype(np.float64) + slopes[1] * cols.astype(np.float64)))
    brackets = {fraction: _bracket(sampled, fraction) for fraction in (*_scaling.ENDS, 0.5)}
    low, high = min(part.low for part in parts), max(part.high for part in parts)
    return First(slopes, changes, lines, brackets, low + 0.0, high + 0.0)


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

    size: int
    low: float
    high: float
    below: dict[float, int]
    between: dict[float, tuple[NDArray[Any], NDArray[Any]]]  # heights, and how often each is there


def second_look(block: NDArray[Any], corner: Corner, first: First) -> Counts:
    """Return what the second pass finds in a chunk."""
    block = np.asarray(block)
    below = dict.fromkeys(first.brackets, 0)
    between: dict[float, list[NDArray[Any]]] = {fraction: [] for fraction in first.brackets}
    lows, highs = [], []
    cols = first.slopes[1] * (corner.col + np.arange(block.shape[1])).astype(np.float64)
    for start in range(0, len(block), _ROWS):
        heights = block[start : start + _ROWS].astype(np.float64)
        if first.slopes != (0.0, 0.0):
            rows = first.slopes[0] * (corner.row + start + np.arange(len(heights))).astype(np.float64)
            heights -= rows[:, None] + cols
        lows.append(heights.min())
        highs.append(heights.max())
        for fraction, (low, high) in first.brackets.items():
            from_low = heights >= low
            below[fraction] += heights.size - int(np.count_nonzero(from_low))
            from_low &= heights <= high
            between[fraction].append(heights[from_low])
    gathered = {fraction: _counted(np.concatenate(values)) for fraction, values in between.items()}
    return Counts(block.size, float(min(lows)), float(max(highs)), below, gathered)


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
