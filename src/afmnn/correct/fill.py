"""Marked and missing pixels filled by a smooth continuation of the heights around them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._masks import chosen_of
from .._threads import resolve_threads
from ..image import Image, unwrap
from .info import Correction, as_given, taken_off


def fill(
    image: ArrayLike | Image,
    mask: ArrayLike | Image | None = None,
    *,
    axis: int = 1,
    rows: Literal["keep", "ignore"] = "keep",
    missing: bool = True,
    threads: int | None = None,
    return_info: bool = False,
) -> Any:
    """Fill marked and missing pixels smoothly from the heights around them.

    The filled heights solve Laplace's equation: each is the mean of its neighbours above, below, left and right, filled or not.
    At the edge of the image there are fewer of them, and the surface meets it level.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels.
    mask : array_like, shape of `image`, optional
        Which pixels are filled, those with ``mask >= 1``; whatever height they have is not looked at.
    axis : {1, 0}
        The fast scan axis. 1: scan lines are the rows of the array; 0: its columns.
    rows : {"keep", "ignore"}
        "keep": what is filled lies as much higher or lower than its neighbouring scan lines as the rest of its own line. Lines
        with nothing left lie between their neighbours. "ignore": scan lines have no offsets of their own.
    missing : bool
        Whether missing pixels are filled that are not marked. If not, they stay NaN.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.
    return_info : bool
        Whether to return what was done as well.

    Returns
    -------
    ndarray or Image, shape of `image`
        An Image if one is given, with its size, units and title. float32 stays float32, all else becomes float64. Pixels that are
        not filled keep all of their bits.
    Correction
        Only with `return_info`. ``Correction.mask`` has the pixels that were filled; what was removed is NaN where the height was
        missing. Figures: ``filled``, how many pixels; ``cycles``, of the multigrid method; ``error``, how far a height may be
        from the solution, in the unit of the heights, as estimated.

    Raises
    ------
    ValueError
        If all pixels are marked or missing, a height is infinite or, filled, too large for the result's type, an option is
        unknown, or `mask` has another shape or NaN.
    TypeError
        If the heights are not real numbers, or `missing` or `return_info` is not True or False.

    Notes
    -----
    The solution is exact to 1e-6 of the range of heights (less offsets of the lines) around all holes, and to the rounding of the
    result's type. The result is the same to the last bit on every computer, for any number of threads and any order of memory.

    With ``rows="keep"``, the step from a line to the next is the median of the differences of their pixels, less the trend of the
    lines around, as far as it is more than chance: neither noise, nor a smooth surface, nor a structure that covers less than
    half of the line moves it. A structure that covers more, such as a grating along the lines, is continued as offsets are.

    Cost: time in proportion to the filled pixels, whatever shape the holes have, and one look at the image.
    """
    _check.choice("rows", rows, ("keep", "ignore"))
    _check.flag(missing=missing, return_info=return_info)
    _check.axis(axis)
    heights = unwrap("image", image, finite=False)
    marked = None if mask is None else chosen_of(mask, heights.shape)
    marks = None if marked is None else marked.view(np.uint8)
    result = np.empty(heights.shape, heights.dtype)
    outcome, _, cycles, error = _core.fill(heights, marks, result, rows == "keep", axis, resolve_threads(threads))
    if outcome == "infinite":
        raise ValueError("image must not have infinite heights; NaN marks missing pixels")
    if outcome == "no pixel":
        raise ValueError("image must have pixels that are neither missing nor marked, to fill the others from, got none")
    if outcome != "done":
        raise ValueError(
            f"image must have heights that {heights.dtype} can hold when they are filled, got a range of "
            f"{np.nanmin(heights):g} to {np.nanmax(heights):g}"
        )
    if not missing:
        stay = np.isnan(heights) if marked is None else np.isnan(heights) & ~marked
        result[stay] = np.nan
    if not return_info:
        return as_given(image, result)
    done = np.isnan(heights) if marked is None else np.isnan(heights) | marked
    if not missing:
        done &= ~stay
    figures = {"filled": float(np.count_nonzero(done)), "cycles": float(cycles), "error": error}
    return as_given(image, result), Correction(done, taken_off(image, heights, result), figures)
