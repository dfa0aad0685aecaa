"""Spikes: single pixels, or a few together, that stand out of their surroundings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._arithmetic import plain
from .._threads import resolve_threads
from .._typing import Float64s, Heights, Mask
from ..image import Image
from ._marking import as_rows, directions, heights_of
from ._mending import mended
from .scars import Sign

_LARGEST = 8
_REACH = 3  # pixels on each side of a spike that it is compared with
_STANDS_OUT = 2.5  # times what they span
#: One pixel of each two that lie on both sides of the middle.
_PAIRS = np.array([(r, c) for r in range(_REACH + 1) for c in range(-_REACH, _REACH + 1) if (r, c) > (0, 0)])


@plain
def mark_spikes(
    image: ArrayLike | Image,
    *,
    axis: int = 1,
    mask: ArrayLike | Image | None = None,
    sign: Sign = "both",
    threshold: float = 4.0,
    size: int = 2,
    threads: int | None = None,
) -> Mask:
    """Mark spikes: pixels, alone or a few together, that stand out both along the scan line and across it.

    Along either direction a spike is a run of up to `size` pixels that is higher (or lower) than the pixels before and behind by
    more than a threshold, and by more than those descend away from it, as the sides of a particle do.

    Parameters
    ----------
    image, axis, mask, sign, threads
        See `mark_scars`.
    threshold : float
        How far a spike stands out, in units of the spread of the differences between neighbouring pixels; above 0. The
        larger one of the spreads along and across the line counts.
    size : int
        Largest extent of a spike in pixels, 1 to 8, in both directions. What is larger is part of the sample.

    Returns
    -------
    ndarray of bool, shape of `image`

    Raises
    ------
    ValueError
        If a height is infinite, a number is out of its range, an option is unknown, or `mask` has another shape.
    TypeError
        If the heights are not real numbers, or a number is none.

    Notes
    -----
    Pixels at the edges of the image, where a particle may look in, and beside missing ones, are not marked: they lack
    neighbours. Nor are pixels that stand out by less than 2.5 times what the 7 x 7 pixels around them span (the means of two on
    both sides; the highest and the lowest tenth left out): such are gaps between steep particles, and their tops.

    A threshold of 4 is 5.7 standard deviations of white noise above the highest of four neighbours, which one pixel in 10^8
    exceeds.
    """
    heights = heights_of(image, axis)
    upwards, downwards = directions(sign)
    _check.positive(threshold=threshold)
    _check.integer("size", size, minimum=1, maximum=_LARGEST)
    rows = as_rows(heights, axis, mask)
    found = np.empty(rows.shape, np.uint8)
    _core.mark_spikes(rows, found, upwards, downwards, threshold, size, resolve_threads(threads))
    marked: Mask = found.view(np.bool_)
    _leave_relief(rows, marked, size, resolve_threads(threads))
    return marked if axis == 1 else np.ascontiguousarray(marked.T)


@plain
def spikes(
    image: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    axis: int = 1,
    sign: Sign = "both",
    threshold: float = 4.0,
    size: int = 2,
    threads: int | None = None,
    return_info: bool = False,
) -> Any:
    """Mend spikes: fill them from the lines before and behind, at the level of their own line.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they stay NaN. Never changed in place.
    mask : array_like, shape of `image`, optional
        What is to be mended, pixels with ``mask >= 1``; by default what `mark_spikes` finds.
    axis, sign, threshold, size, threads
        See `mark_spikes`.
    return_info : bool
        Also return a `Correction`. Its figures are ``pixels``, the number of marked pixels, and ``fraction`` of the image.

    Returns
    -------
    ndarray or Image, shape of `image`
        An Image if one is given. float32 stays float32, all else becomes float64. With `return_info`, a tuple of that and a
        `Correction`. Where nothing is marked, the heights are unchanged.

    Raises
    ------
    ValueError
        As `mark_spikes`, or if `mask` leaves no pixel to fill from.
    TypeError
        If the heights are not real numbers, or a number is none.
    """
    _check.flag(return_info=return_info)
    heights = heights_of(image, axis)

    def marks() -> Mask:
        return mark_spikes(heights, axis=axis, sign=sign, threshold=threshold, size=size, threads=threads)

    return mended(image, heights, axis, mask, marks, return_info)


def _leave_relief(rows: Heights, marked: Mask, size: int, threads: int) -> None:
    """Take marks off pixels that what lies around them explains, in place."""
    edge = max(size + 1, _REACH)
    marked[:edge], marked[-edge:], marked[:, :edge], marked[:, -edge:] = False, False, False, False
    row, col = np.nonzero(marked)
    if not row.size:
        return
    # Less the medians of their lines, because offsets of lines say nothing about the sample; and the mean of each two pixels on
    # both sides, because on a slope one is as much higher as the other one is lower.
    near = np.zeros(len(rows), np.uint8)
    near[row[:, None] + np.arange(-_REACH, _REACH + 1)] = 1
    levels = np.array(_core.medians_of_lines(rows, near, threads))

    def beside(sign: int) -> Float64s:
        r, c = row[:, None] + sign * _PAIRS[:, 0], col[:, None] + sign * _PAIRS[:, 1]
        return np.where(marked[r, c], np.nan, rows[r, c].astype(np.float64) - levels[r])

    ordered = np.sort(0.5 * beside(1) + 0.5 * beside(-1), axis=1)  # NaN last
    last = np.maximum(np.count_nonzero(~np.isnan(ordered), axis=1) - 1, 0)
    low, middle, high = (ordered[np.arange(len(row)), part * last // 10] for part in (1, 5, 9))
    stands_out = np.abs(rows[row, col].astype(np.float64) - levels[row] - middle) > _STANDS_OUT * (high - low)
    marked[row[~stands_out], col[~stands_out]] = False
