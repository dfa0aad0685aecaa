"""The steps that make a clean scan, in their order.

A step finds one thing that is wrong with a scan, and mends it. What it takes off is left off the result, or put back in the end.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from .. import _units, correct
from .._typing import Float64s, Heights, Mask, Progress
from ..correct.info import as_given
from ..correct.level import level as levelled
from ..image import Image, finite_box
from ..nn.apply import apply
from ..nn.network import Network
from ..nn.sample_in_noise import sample_in_noise
from ..nn.scaling import Scaling
from ..nn.unfamiliar import middle_of, warn_if_unfamiliar
from .beyond import Beyond, continued

#: What may be done about a defect: mend it; mend it for the network alone, and put it back afterwards; do not look for it.
WAYS = ("mend", "keep", "off")
#: The defects that are looked for, in this order, and what each is.
DEFECTS = {
    "jumps": "level jumps: all that was scanned from some moment on lies higher or lower",
    "lines": "wrong lines: scan lines that agree with no neighbour",
    "scars": "scars: stretches of a line that are higher or lower than the lines beside",
    "spikes": "spikes: single pixels that stand out",
}
#: Rows of the shortest part of a scan, between two jumps, that a network is applied to by itself.
_SHORTEST_PART = 32


class Settings(NamedTuple):
    """What results depend on, beside the image and the network."""

    level: str | None = None
    border: str = "reflect"
    nan: str = "keep"
    jumps: str = "mend"
    lines: str = "mend"
    scars: str = "mend"
    spikes: str = "mend"
    strength: float = 1.0


class Means(NamedTuple):
    """What the steps need to know."""

    network: Network
    settings: Settings
    threads: int | None = None
    progress: Progress | None = None


@dataclasses.dataclass
class Scan:
    """A scan while it is cleaned.

    Parameters
    ----------
    heights : Image or ndarray, shape (rows, columns)
        As they are now, less the plane.
    put_back : ndarray of float64, shape (rows, columns)
        What was taken off, and is to be put back in the end; nothing where it is 0.
    kept : ndarray of bool, shape (rows, columns)
        Pixels that get their own height back, whatever was made of them.
    marks : dict of str to ndarray of bool
        Where which correction found something to mend.
    notes : list of str
        What the user should know.
    parts : list of int
        Rows with which a part of the scan begins that has nothing to do with what was scanned before.
    doubts : list of str or None
        Why the network may have taken some of the sample for noise; None of one that does not count in noise.
    """

    heights: Any
    put_back: Float64s | float = 0.0
    kept: Mask | None = None
    marks: dict[str, Mask] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    parts: list[int] = dataclasses.field(default_factory=list)
    doubts: list[str] | None = None


#: A step changes a scan so that it is better in one respect.
Step: TypeAlias = Callable[[Scan, Means], None]


def mends(settings: Settings) -> dict[str, Step]:
    """Return the corrections that a scan less its plane gets before a network sees it, in this order."""
    step_of = {"jumps": _jumps, "lines": _lines, "scars": _scars, "spikes": _spikes}
    return {name: step_of[name] for name in DEFECTS if getattr(settings, name) != "off"}


def cleans(settings: Settings) -> dict[str, Step]:
    """Return what is done to a scan without defects, in this order."""
    return {"rows": _rows, "network": _network} if settings.level == "rows" else {"network": _network}


def _jumps(scan: Scan, means: Means) -> None:
    mended, info = correct.jumps(scan.heights, threads=means.threads, return_info=True)
    scan.notes += info.notes
    if not info.mask.any():
        return
    if means.settings.jumps == "keep":
        # Missing pixels are those of the scan: what is put back must not make others.
        taken: Float64s = info.removed.data if isinstance(info.removed, Image) else info.removed
        scan.put_back = np.nan_to_num(taken)
    scan.heights, scan.marks["jumps"] = mended, info.mask
    scan.parts = _parts(info.mask)


def _parts(mask: Mask) -> list[int]:
    """Return the rows with which parts begin; a row that is on both levels belongs to the part that has more of it."""
    rows, cols = mask.shape
    count = np.count_nonzero(mask, axis=1)
    begins = [int(r) + (2 * int(count[r]) < cols) for r in np.flatnonzero(count)]
    parts: list[int] = []
    for row in begins:
        if row - (parts[-1] if parts else 0) >= _SHORTEST_PART and rows - row >= _SHORTEST_PART:
            parts.append(row)
    return parts


def _lines(scan: Scan, means: Means) -> None:
    _mend("lines", correct.mark_lines, correct.lines, scan, means)


def _scars(scan: Scan, means: Means) -> None:
    _mend("scars", correct.mark_scars, correct.scars, scan, means)


def _spikes(scan: Scan, means: Means) -> None:
    _mend("spikes", correct.mark_spikes, correct.spikes, scan, means)


def _mend(name: str, mark: Callable[..., Mask], mend: Callable[..., Any], scan: Scan, means: Means) -> None:
    # Most scans have no such defect: they are marked, and not copied.
    found = mark(scan.heights, threads=means.threads)
    if not found.any():
        return
    scan.heights, scan.marks[name] = mend(scan.heights, mask=found, threads=means.threads), found
    if getattr(means.settings, name) == "keep":
        scan.kept = found if scan.kept is None else scan.kept | found


def _rows(scan: Scan, means: Means) -> None:
    scan.heights = levelled(scan.heights, "rows")


def _network(scan: Scan, means: Means) -> None:
    given: Any = scan.heights
    heights = heights_of(given)
    # Because the tip came down on another place, or was another one, a part must not see what was scanned before it; but what is
    # noise is the same in all of them.
    scaling = means.network.measure(given)
    strength = means.settings.strength
    warn_if_unfamiliar(means.network, given, scaling, means.threads or 1, strength=strength)
    if scaling.kind == "row-noise":
        middle = middle_of(heights)
        scan.doubts = [] if middle is None or scaling.constant else sample_in_noise(heights, middle, scaling, strength)
    after = np.full_like(heights, np.nan)
    for begin, end in itertools.pairwise([0, *scan.parts, len(heights)]):
        box = finite_box(heights[begin:end])
        if box is None:
            continue
        rows = slice(begin + box[0].start, begin + box[0].stop)
        progress = None if means.progress is None else _progress_of(means.progress, begin, end, len(heights))
        after[rows, box[1]] = _cleaned(given, (rows, box[1]), scaling, means, progress)
    if means.progress is not None:
        means.progress(len(heights), len(heights))
    after[np.isnan(heights)] = np.nan
    scan.heights = as_given(given, after)


def _cleaned(given: Any, where: tuple[slice, slice], scaling: Scaling, means: Means, progress: Progress | None) -> Heights:
    """Return what the network makes of a part of a scan that has heights in its first and last rows and columns."""
    rows, columns = where
    heights = heights_of(given)[where]
    if np.isnan(heights).any():
        heights = correct.fill(heights, threads=means.threads)
    beyond = continued(heights) if means.settings.border == "reflect" else Beyond(heights, slice(None), slice(None))
    row, column = rows.start - (beyond.rows.start or 0), columns.start - (beyond.columns.start or 0)
    part = given.replace(data=beyond.heights) if isinstance(given, Image) else beyond.heights
    how: dict[str, Any] = {"border": means.settings.border, "strength": means.settings.strength}
    how |= {"threads": means.threads, "progress": progress}
    result = apply(means.network, part, scaling=_from_pixel(scaling, row, column), **how)
    cleaned: Heights = heights_of(_in_unit_of(part, result))[beyond.rows, beyond.columns]
    return cleaned


def _progress_of(progress: Progress, begin: int, end: int, count: int) -> Progress:
    """Return what tells of the whole scan how far a part of it is."""
    return lambda done, rows: progress(begin + (end - begin) * done // rows, count)


def _from_pixel(scaling: Scaling, row: int, column: int) -> Scaling:
    """Return the same scaling for an image that begins with a row and a column, which may lie before the first."""
    height = scaling.row_slope * row + scaling.col_slope * column
    return dataclasses.replace(scaling, in_shift=scaling.in_shift + height, out_shift=scaling.out_shift + height)


def _in_unit_of(image: Any, result: Any) -> Any:
    """Return a result in the unit of the image that it was made of; networks of Gwyddion may give another."""
    if not isinstance(image, Image) or result.unit_z == image.unit_z:
        return result
    if not _units.comparable(result.unit_z, image.unit_z):
        raise ValueError(
            f"network must give heights in the unit of the image, got {result.unit_z!r} of an image in {image.unit_z!r}"
        )
    power = _units.split(result.unit_z)[1] - _units.split(image.unit_z)[1]
    return result.replace(data=_units.scaled(result.data, power), unit_z=image.unit_z)


def heights_of(image: Any) -> Heights:
    """Return the heights of an image or an array."""
    heights: Heights = image.data if isinstance(image, Image) else image
    return heights
