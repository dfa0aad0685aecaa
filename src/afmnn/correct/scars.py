"""Scars: stretches of a scan line where the tip lost the surface, or stuck to it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._arithmetic import plain
from .._threads import resolve_threads
from .._typing import Mask
from ..image import Image
from ._marking import as_rows, directions, heights_of
from ._mending import mended

Sign: TypeAlias = Literal["both", "positive", "negative"]

_WIDEST = 10


@plain
def mark_scars(
    image: ArrayLike | Image,
    *,
    axis: int = 1,
    mask: ArrayLike | Image | None = None,
    sign: Sign = "both",
    threshold: float = 3.5,
    soft_threshold: float | None = None,
    min_length: int = 6,
    max_width: int = 4,
    threads: int | None = None,
) -> Mask:
    """Mark scars: stretches of a scan line, up to a few lines high, above or below both the lines before and those behind.

    Lines are brought to one level, and averaged over windows of 4, 8, 16, ... pixels along the line (from `min_length` on where
    that is less). A scar is a stretch of windows that stand out of both neighbouring lines by more than a threshold. The unit of
    thresholds is the spread of the local differences between lines, as windows of that length have it: noise that is correlated
    along the line counts for what it is, and so does the relief of the sample. Particles and slopes are left alone because their
    sides descend away from them; blocks of more than one line must be eight times as long as high. Where lines jump within
    themselves, what stands out less than those jumps do is no scar.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels.
    axis : {1, 0}
        The fast scan axis. 1: lines are the rows of the array; 0: its columns.
    mask : array_like, shape of `image`, optional
        Only pixels with ``mask >= 1`` are looked at.
    sign : {"both", "positive", "negative"}
        Whether scars are looked for that are higher than their surroundings, lower, or both.
    threshold : float
        How far one window of a scar stands out, in units of the local differences; above 0.
    soft_threshold : float, optional
        The same for the other windows of a scar, above 0 and at most `threshold`; by default half of it.
    min_length : int
        Least length in pixels, 1 or more.
    max_width : int
        Greatest width in lines, 1 to 10.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The marks do not depend on it.

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
    The first and the last line have one neighbour only: no scar is found there. An offset of the lines that begins and ends
    within one line cannot be told from a scar, but by its height: marks must be 2.5 times as high as jumps between lines
    usually are, 5 times where they end at the edge of the image. A ridge of the sample that lies along the lines, is up to
    `max_width` lines wide and sharp, looks like a scar, too.

    The marks are the same for heights ``a * z + b`` with a > 0, and to rounding for heights on a plane.
    """
    heights = heights_of(image, axis)
    upwards, downwards = directions(sign)
    _check.positive(threshold=threshold)
    soft = 0.5 * threshold if soft_threshold is None else soft_threshold
    _check.positive(soft_threshold=soft)
    if soft > threshold:
        raise ValueError(f"soft_threshold must be at most threshold = {threshold!r}, got {soft!r}")
    _check.integer("min_length", min_length, minimum=1)
    _check.integer("max_width", max_width, minimum=1, maximum=_WIDEST)
    rows = as_rows(heights, axis, mask)
    found = np.empty(rows.shape, np.uint8)
    length = min(min_length, rows.shape[1] + 1)  # none is longer than a line
    _core.mark_scars(rows, found, upwards, downwards, threshold, soft, length, max_width, resolve_threads(threads))
    marked: Mask = found.view(np.bool_)
    return marked if axis == 1 else np.ascontiguousarray(marked.T)


@plain
def scars(
    image: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    axis: int = 1,
    sign: Sign = "both",
    threshold: float = 3.5,
    soft_threshold: float | None = None,
    min_length: int = 6,
    max_width: int = 4,
    threads: int | None = None,
    return_info: bool = False,
) -> Any:
    """Mend scars: fill them from the lines before and behind, at the level of their own line.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they stay NaN. Never changed in place.
    mask : array_like, shape of `image`, optional
        What is to be mended, pixels with ``mask >= 1``; by default what `mark_scars` finds.
    axis, sign, threshold, soft_threshold, min_length, max_width, threads
        See `mark_scars`.
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
        As `mark_scars`, or if `mask` leaves no pixel to fill from.
    TypeError
        If the heights are not real numbers, or a number is none.
    """
    _check.flag(return_info=return_info)
    heights = heights_of(image, axis)

    def marks() -> Mask:
        return mark_scars(
            heights,
            axis=axis,
            sign=sign,
            threshold=threshold,
            soft_threshold=soft_threshold,
            min_length=min_length,
            max_width=max_width,
            threads=threads,
        )

    return mended(image, heights, axis, mask, marks, return_info)
