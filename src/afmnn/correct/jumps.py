"""Level jumps: the tip changes or the piezo slips, and all that is scanned from then on lies higher, or lower."""

from __future__ import annotations

import bisect
import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._masks import chosen_of
from .._threads import resolve_threads
from .._typing import Float64s, Heights, Mask
from ..image import Image, unwrap
from . import _levels, _line_changes
from ._jump_lines import Place, locate, steps_alike
from .info import Correction, as_given, taken_off

_FEWEST_LINES = 16  # of an image: from fewer nobody can tell what is usual
_WINDOW = 26  # lines on each side of a jump that are looked at
_LOOKED_AT = 64  # lines whose steps are compared with the jumps
_SHARED = 8  # two lines must share one pixel in so many
_AT_ONCE = 1 << 18  # pixels that are mended at once: their double precision takes 2 MB


class Jump(NamedTuple):
    """A place at which the level changes, and stays changed.

    Parameters
    ----------
    row, column : int
        The first pixel on the new level, in the order of the scan: the rest of its line and all lines that follow are on it, too.
    height : float
        What the new level lies higher than the one before, in the unit of the image; negative where it is lower.
    certain : bool
        False where it may as well be an edge of the sample that runs along the scan lines.
    backward : bool
        Whether in its line it is the pixels *before* this one that lie on the level of the lines that follow: so it is where
        lines are recorded from right to left, or the lowest line first.
    """

    row: int
    column: int
    height: float
    certain: bool
    backward: bool = False


def find_jumps(
    image: ArrayLike | Image,
    *,
    threshold: float = 2.5,
    axis: int = 1,
    mask: ArrayLike | Image | None = None,
    threads: int | None = None,
) -> tuple[Jump, ...]:
    """Find the places at which the level of a scan changes and stays changed.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they are not used.
    threshold : float
        Least height of a jump, in units of the robust spread of what other lines lie higher than the line before. Jumps must in
        any case be higher than what chance, and the sample, are likely to do: see Notes.
    axis : {1, 0}
        The fast scan axis. 1: lines are the rows of the array; 0: its columns.
    mask : array_like, shape of `image`, optional
        Pixels that are used, where it is at least 1; by default all.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The result does not depend on it.

    Returns
    -------
    tuple of Jump
        In the order of the scan.

    Raises
    ------
    ValueError
        If a height is infinite, `threshold` is not positive, `axis` is neither 0 nor 1, or `mask` has another shape.
    TypeError
        If the heights are not real numbers.

    Notes
    -----
    A line's change is what its parts, up to 32 of at least 8 pixels, are higher than those of the line before: the mean of their
    medians, each weighted by how little the part differs from the others in the lines around, so that flat ground counts and the
    sides of particles hardly do. It is predicted from the changes of 24 lines on each side, by the linear interpolation that errs
    least for this image. Where lines have offsets of their own, this compares the levels of many lines on both sides; where
    offsets accumulate (a random walk), each change stands for itself. What the prediction misses is a jump where it exceeds what
    is missed by chance once in some 5000 lines, reckoned from what it misses elsewhere in the image. Within four lines from the
    first and the last line, and in images of fewer than 16 lines, none are found. Then a line is divided in 16 parts: at least
    half of them must change alike. And it must stay: the mean of the six lines behind it must lie at least half its height above
    that of the six before, in the middle of the columns.

    A jump is not certain where fewer than three quarters of the parts change alike, where it is less than 1.5 times as high as
    what chance does and half of it is gone in the means of 24 lines on each side, where another one is as high (or as low) as it,
    within a tenth and what both are uncertain by, or where many steps within the lines are as high as it: it may be an edge of
    the sample that runs along the lines, a terrace or a line of a grating. A single straight edge of a sample without other
    edges, along the lines to the pixel over the whole width, cannot be told from a jump.
    """
    lines = _lines_of(image, axis, mask, threads)
    return tuple(_in_array(jump, axis) for jump in _find(lines, threshold).jumps)


def mark_jumps(
    image: ArrayLike | Image,
    *,
    threshold: float = 2.5,
    axis: int = 1,
    mask: ArrayLike | Image | None = None,
    ambiguous: bool = False,
    threads: int | None = None,
) -> Mask:
    """Mark where new levels begin: of the line in which the level jumps, the pixels that are on the new one.

    Parameters
    ----------
    image, threshold, axis, mask, threads
        See `find_jumps`.
    ambiguous : bool
        Whether jumps are marked, too, that may be edges of the sample.

    Returns
    -------
    ndarray of bool, shape of `image`
        Where the level jumps between two lines, all of the second line is marked; where it jumps within a line, one part of it.

    Raises
    ------
    ValueError, TypeError
        As `find_jumps`; if `ambiguous` is neither True nor False.
    """
    _check.flag(ambiguous=ambiguous)
    lines = _lines_of(image, axis, mask, threads)
    marks = np.zeros(lines.heights.shape, bool)
    for jump in _find(lines, threshold).jumps:
        if jump.certain or ambiguous:
            _mark(marks, jump)
    return marks if axis == 1 else np.ascontiguousarray(marks.T)


@plain
def jumps(
    image: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    threshold: float = 2.5,
    axis: int = 1,
    ambiguous: bool = False,
    threads: int | None = None,
    return_info: bool = False,
) -> Any:
    """Bring what lies between level jumps to one level, that of the first line.

    Parameters
    ----------
    image, threshold, axis, threads
        See `find_jumps`.
    mask : array_like, shape of `image`, optional
        Where new levels begin, as `mark_jumps` marks it: in each line with pixels where it is at least 1, these are the first on
        a new level, and so are all lines that follow. By default, what `mark_jumps` finds.
    ambiguous : bool
        Whether jumps that may be edges of the sample are mended, too. They are left by default.
    return_info : bool
        Also return a `Correction`: its `mask` marks where the levels begin that were brought back. `figures`: ``jumps`` that were
        mended, ``ambiguous`` ones that were found (mended or not), ``row_steps``, the robust spread of the other lines' changes,
        and ``least``, the height that a jump must exceed.

    Returns
    -------
    ndarray or Image, shape of `image`
        An Image if one is given. float32 stays float32, all else becomes float64. With `return_info`, a tuple of it and the
        `Correction`. Offsets of single lines stay: they are what `level` is for. Where there is no jump, heights stay to the bit.

    Raises
    ------
    ValueError
        As `find_jumps`; if `mask` begins a new level in more than a quarter of the lines, or heights are too large for
        their type.
    TypeError
        As `find_jumps`; if a flag is neither True nor False.

    Notes
    -----
    The height of a jump is what the prediction from the lines on both sides misses (see `find_jumps`): their tilt is continued,
    and where lines have offsets of their own, many lines on both sides have a say. All jumps of an image are determined together.
    """
    _check.flag(ambiguous=ambiguous, return_info=return_info)
    lines = _lines_of(image, axis, None, threads)
    if mask is None:
        found = _find(lines, threshold)
    else:
        marks = chosen_of(mask, lines.heights.shape if axis == 1 else lines.heights.shape[::-1])
        found = _given(lines, marks if axis == 1 else marks.T)
    mended = [jump for jump in found.jumps if jump.certain or ambiguous]
    result = np.empty(lines.heights.shape if axis == 1 else lines.heights.shape[::-1], lines.heights.dtype)
    marks = np.zeros(lines.heights.shape, bool)
    _write(lines.heights, mended, result if axis == 1 else result.T)
    if not return_info:
        return as_given(image, result)
    for jump in mended:
        _mark(marks, jump)
    unsure = [jump for jump in found.jumps if not jump.certain]
    figures = {
        "jumps": float(len(mended)),
        "ambiguous": float(len(unsure)),
        "row_steps": found.spread,
        "least": found.least,
    }
    before = lines.heights if axis == 1 else lines.heights.T
    mask_found = marks if axis == 1 else np.ascontiguousarray(marks.T)
    notes = (_note(unsure, axis, ambiguous),) if unsure else ()
    return as_given(image, result), Correction(mask_found, taken_off(image, before, result), figures, notes)


class _Lines(NamedTuple):
    """The lines of an image that have pixels to be compared."""

    heights: Heights  # (lines, pixels of a line), all of the image
    used: Mask | None
    indices: list[int]
    changes: Float64s  # from each of them to the next, less the tilt
    tilt: float  # what they usually change from one line to the next
    weights: Float64s  # of the parts of each line of the image, for what it changes from the line before

    def read(self, rows: list[int]) -> Float64s:
        """Return some lines of the image with NaN for what is not used."""
        lines = self.heights[rows].astype(np.float64)
        if self.used is not None:
            lines[~self.used[rows]] = np.nan
        return lines

    def change(self, before: int, after: int) -> float:
        """Return what one line of the image lies higher than another, less the tilt; NaN where they share too few pixels."""
        lines = self.read([before, after])
        if np.count_nonzero(~np.isnan(lines).any(axis=0)) < _least_shared(self.heights):
            return np.nan
        parts = _line_changes.changes_between(lines[0], lines[1], self.weights.shape[1])
        return float(_line_changes.common(parts, self.weights[after])) - (after - before) * self.tilt


class _Outcome(NamedTuple):
    jumps: tuple[Jump, ...]  # of the lines: rows are lines
    spread: float
    least: float


@plain
def _lines_of(image: ArrayLike | Image, axis: int, mask: ArrayLike | Image | None, threads: int | None) -> _Lines:
    _check.axis(axis)
    heights = unwrap("image", image, finite=False)
    used = None if mask is None else chosen_of(mask, heights.shape)
    if axis == 0:
        heights, used = heights.T, None if used is None else used.T
    as_bytes = None if used is None else used.view(np.uint8)
    parts = _line_changes.parts_of(int(heights.shape[1]))
    found = _core.row_changes(heights, as_bytes, _least_shared(heights), parts, resolve_threads(threads))
    if found is None:
        raise ValueError("image must not have infinite heights; NaN marks missing pixels")
    weights = _line_changes.weights_of(found)
    changes = _line_changes.common(found, weights)[1:]
    adjacent = changes[~np.isnan(changes)]
    tilt = float(np.median(adjacent)) if len(adjacent) else 0.0
    lines = _Lines(heights, used, list(range(len(heights))), changes - tilt, tilt, weights)
    return lines if len(adjacent) == len(changes) else _with_gaps(lines)


def _with_gaps(lines: _Lines) -> _Lines:
    """Return the lines that have pixels to be compared with those of the one before them that has."""
    least = _least_shared(lines.heights)
    indices: list[int] = []
    changes: list[float] = []
    for row in lines.indices:
        change = lines.changes[row - 1] if row > 0 else np.nan
        if np.isnan(change) and np.count_nonzero(~np.isnan(lines.read([row]))) < least:
            continue
        if indices:
            change = change if indices[-1] == row - 1 else lines.change(indices[-1], row)
            if np.isnan(change):
                continue
            changes.append(float(change))
        indices.append(row)
    return lines._replace(indices=indices, changes=np.array(changes))


def _least_shared(heights: Heights) -> int:
    return max(int(heights.shape[1]) // _SHARED, 1)


@plain
def _find(lines: _Lines, threshold: float) -> _Outcome:
    """Find jumps; their rows are lines."""
    _check.positive(threshold=threshold)
    count = len(lines.indices)
    if count < _FEWEST_LINES:
        return _Outcome((), 0.0, 0.0)
    changes = _levels.without_wrong_lines(lines.changes)
    indices, kept = _levels.search(changes)
    likely = _levels.judge(np.diff(_path(changes)[kept]), indices)
    places = []
    for index, height in zip(likely.places, likely.heights, strict=True):
        old, new = kept[index], kept[index + 1]
        begin = max(old + 1 - _WINDOW, 0)
        rows = lines.indices[begin : new + _WINDOW]
        level = lines.read(rows) - lines.tilt * (np.array(rows) - rows[0])[:, None]
        found = locate(level, old - begin, new - begin, height)
        if found.agreement >= 0.5 and found.stays >= 0.5:
            places.append(found._replace(line=found.line + begin))
    outcome, places = _judge(lines, changes, kept, places)
    least = max(outcome.chance, threshold * outcome.spread)
    pairs = [(place, height) for place, height in zip(places, outcome.heights, strict=True) if abs(height) >= least]
    sample = lines.read(lines.indices[:: max(count // _LOOKED_AT, 1)]) if pairs else np.empty((0, 0))
    heights = [abs(height) for _, height in pairs]
    result = []
    for i, (place, height) in enumerate(pairs):
        tolerance = 0.1 * abs(height) + outcome.chance / 3.0
        alike = any(abs(abs(height) - other) <= tolerance for j, other in enumerate(heights) if j != i)
        stands_out = abs(height) > 1.3 * outcome.largest
        # Because a jump takes no time, one change is most of it; an edge that the tip rounds off takes several lines.
        nearby = lines.changes[max(place.line - 2, 0) : place.line + 1] / height
        sharp = place.column > 0 or float(np.max(nearby)) >= 0.5
        # Because a slow wave of the background, or a tip that wavers, stays for some lines, a low jump must stay for many.
        remains = abs(height) >= 1.5 * outcome.chance or place.remains >= 0.5
        certain = sharp and remains and stands_out and not alike and place.agreement >= 0.75 and not steps_alike(sample, height)
        result.append(Jump(lines.indices[place.line], place.column, height, certain, place.backward))
    return _Outcome(tuple(result), outcome.spread, least)


def _judge(
    lines: _Lines, changes: Float64s, kept: list[int], places: list[Place], *, given: bool = False
) -> tuple[_levels.Found, list[Place]]:
    """Return the heights of jumps, all taken into account, and the places that have one beyond chance; or all, if given."""
    mixed = {place.line for place in places if place.column > 0 or place.backward}
    path = _path(changes)
    moved = path - _path(lines.changes)  # what leaving out wrong lines did to each
    kept = [line for line in kept if line not in mixed]
    series = np.diff(path[kept])
    for i, (old, new) in enumerate(itertools.pairwise(kept)):
        if mixed.intersection(range(old + 1, new)):
            # Because a line that lies on both levels says nothing, those beside it are compared.
            direct = lines.change(lines.indices[old], lines.indices[new])
            series[i] = series[i] if np.isnan(direct) else direct + (moved[new] - moved[old])
    where = [bisect.bisect_left(kept, place.line) - 1 for place in places]
    found = _levels.fit(series, where) if given else _levels.judge(series, where)
    return found, [place for place, index in zip(places, where, strict=True) if index in found.places]


def _path(changes: Float64s) -> Float64s:
    """Return the levels of lines from what changes between them."""
    return np.concatenate([[0.0], np.add.accumulate(changes)])


def _given(lines: _Lines, marks: NDArray[np.bool_]) -> _Outcome:
    """Return jumps where a mask says that they are."""
    places = []
    for i, row in enumerate(lines.indices):
        if i == 0 or not marks[row].any():
            continue
        columns = np.flatnonzero(marks[row])
        backward = columns[0] == 0 and not marks[row].all()
        column = int(np.flatnonzero(~marks[row])[0]) if backward else int(columns[0])
        places.append(Place(i, column, bool(backward), 1.0, 1.0, 1.0))
    if len(places) > len(lines.indices) // 4:
        raise ValueError(
            f"mask must begin new levels in at most a quarter of the {len(lines.indices)} lines with heights, got {len(places)}"
        )
    if not places:
        return _Outcome((), 0.0, 0.0)
    changes = _levels.without_wrong_lines(lines.changes)
    outcome, places = _judge(lines, changes, list(range(len(lines.indices))), places, given=True)
    found = [
        Jump(lines.indices[place.line], place.column, height, True, place.backward)
        for place, height in zip(places, outcome.heights, strict=True)
    ]
    return _Outcome(tuple(found), outcome.spread, outcome.chance)


def _mark(marks: Mask, jump: Jump) -> None:
    marks[jump.row, slice(0, jump.column) if jump.backward else slice(jump.column, None)] = True


def _write(heights: Heights, mended: list[Jump], result: Heights) -> None:
    """Write the heights less the jumps before them."""
    at_once = max(_AT_ONCE // heights.shape[1], 1)
    level, begin = 0.0, 0
    with np.errstate(over="ignore"):
        for jump in [*mended, None]:
            end = len(heights) if jump is None else jump.row
            for row in range(begin, end, at_once):
                rows = slice(row, min(row + at_once, end))
                result[rows] = heights[rows] if level == 0.0 else np.subtract(heights[rows], level, dtype=np.float64)
            if jump is None:
                break
            shift = np.full(heights.shape[1], level)
            shift[: jump.column] += jump.height if jump.backward else 0.0
            shift[jump.column :] += 0.0 if jump.backward else jump.height
            result[jump.row] = np.subtract(heights[jump.row], shift, dtype=np.float64)
            level, begin = level + jump.height, jump.row + 1
    if np.isinf(result).any():
        raise ValueError(f"image must have heights that {result.dtype} can still hold when jumps are taken off")


def _note(unsure: list[Jump], axis: int, mended: bool) -> str:
    lines = ", ".join(str(jump.row) for jump in unsure)
    kind = "row" if axis == 1 else "column"
    done = "they were mended all the same" if mended else "they were left"
    return f"level jumps at {kind} {lines} may be edges of the sample that run along the scan lines: {done}"


def _in_array(jump: Jump, axis: int) -> Jump:
    return jump if axis == 1 else jump._replace(row=jump.column, column=jump.row)
