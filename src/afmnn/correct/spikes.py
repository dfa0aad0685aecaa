"""Spikes: single pixels, or a few together, that stand out of their surroundings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._arithmetic import plain
from .._threads import resolve_threads
from .._typing import Mask
from ..image import Image
from ._marking import as_rows, directions, heights_of
from ._mending import mended
from .scars import Sign

_LARGEST = 8


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
    Pixels at the edges of the image, and beside missing ones, are not marked: they lack a neighbour. A threshold of 4 is 5.7
    standard deviations of white noise above the highest of four neighbours, which one pixel in 10^8 exceeds.
    """
    heights = heights_of(image, axis)
    upwards, downwards = directions(sign)
    _check.positive(threshold=threshold)
    _check.integer("size", size, minimum=1, maximum=_LARGEST)
    rows = as_rows(heights, axis, mask)
    found = np.empty(rows.shape, np.uint8)
    _core.mark_spikes(rows, found, upwards, downwards, threshold, size, resolve_threads(threads))
    marked: Mask = found.view(np.bool_)
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
