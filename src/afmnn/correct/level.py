"""level(): the traditional corrections, a plane and offsets of the scan lines."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._masks import MASK_MODES, chosen_of
from .._threads import resolve_threads
from .._typing import Heights
from ..image import Image, unwrap

Rows = Literal["median", "difference", "trimmed_mean", "trimmed_difference", "matching", "mode", "facet_tilt", "polynomial"]
#: What is cut off at each end unless the user says so: of heights the outliers, of differences all but the middle half.
_TRIM = {"trimmed_mean": 0.05, "trimmed_difference": 0.25}


def level(
    image: ArrayLike | Image,
    method: Literal["plane", "rows"] = "plane",
    *,
    rows: Rows = "median",
    degree: int = 1,
    trim: float | None = None,
    axis: int = 1,
    mask: ArrayLike | Image | None = None,
    mask_mode: Literal["include", "exclude", "ignore"] = "include",
) -> Any:
    """Take off the tilt of the sample, or the offsets between scan lines.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they are not used and stay NaN.
    method : {"plane", "rows"}
        "plane": the plane with the least squared distance. "rows": every scan line for itself, as `rows` says.
    rows : {"median", "difference", "trimmed_mean", "trimmed_difference", "matching", "mode", "facet_tilt", "polynomial"}
        What is taken off each line. If in doubt, "matching".

        - "median": its median. For features that fill less than half of every line; where they fill more, the line sinks.
        - "trimmed_mean": its mean without the highest and the lowest heights, `trim` of them at each end. Less noise than the
          median; features that fill more than `trim` pull the line down.
        - "mode": its commonest height. For flat ground under features that fill most of a line, if their own heights differ; on
          ground that is not flat, and where two terraces share a line, it jumps between heights.
        - "difference": an offset such that the median of the differences to the line before is zero; keeps features that fill
          most of a line, if most pixels change little from one line to the next. The errors add up from line to line.
        - "trimmed_difference": the same with a mean without the highest and the lowest differences, `trim` of them at each end.
        - "matching": an offset such that lines match where they are alike: pixels count where difference and slope are those of
          most; see the notes. Keeps large features and terraces, and drifts least. What rises along the whole of a line, slowly
          from line to line, is taken for an offset.
        - "facet_tilt": its commonest slope, by turning it about its middle; for flat ground or terraces with steps, whose lines
          are tilted one by one. Its offset stays: take it off afterwards, by "matching". Harms what has no flat parts.
        - "polynomial": the polynomial along the line with the least squared distance. Takes off what the sample has of it.
    degree : int
        Degree of the polynomial, 0 (the mean) or more; less than the number of columns.
    trim : float, optional
        Part of the pixels cut off at each end for trimmed means, 0 (the mean) to 0.5 (the median), rounded down to whole pixels;
        by default 0.05 for "trimmed_mean", 0.25 for "trimmed_difference". Without effect on other methods, as `degree` is.
    axis : {1, 0}
        The fast scan axis. 1: lines are the rows of the array; 0: its columns.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that corrections are determined from; all are corrected.
    mask_mode : {"include", "exclude", "ignore"}
        Use pixels with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    ndarray or Image, shape of `image`
        An Image if one is given, with its size, units and title. float32 stays float32, all else becomes float64. The used
        heights are left around zero: their mean is zero; with "median", "trimmed_mean", "mode" and "polynomial", that of each
        line, in the sense of the method.

    Raises
    ------
    ValueError
        If no pixel is left to determine the correction from, a height is infinite, or too large for the result's type when it is
        levelled, an option is unknown, `degree` is out of range, or `mask` has another shape.
    TypeError
        If the heights are not real numbers, or `degree` is not an integer.

    Notes
    -----
    A line with too few usable pixels (none; for a polynomial, no more than its degree; for a slope, no two side by side) is
    corrected by what is between the corrections of the nearest lines that have enough.

    "matching" finds the offsets `o` with the least sum of ``W_p * (o_i - o_j - m_p)**2`` over the pairs `p` of lines 1, 4 and 16
    lines apart. Of the differences `d` between both lines at the pixels used in both, ``m_p = sum(w * d) / sum(w)`` and
    ``W_p = sum(w)``, with weights ``w = k(abs(d - m_p) / S) * k(abs(d') / G)``, `d'` the change of `d` from the pixel before to
    the one behind; ``k(u)`` is 1 up to ``u = 2``, 0 from 4 on and ``t**2 * (3 - 2 * t)``, ``t = 2 - u / 2``, in between. For
    neighbours, `S` and `G` are 1.4826 times the medians of ``abs(d - median(d))`` and ``abs(d')``; lines further apart have the
    medians of these over all neighbours. `m_p` comes from two rounds that begin at the median of `d`, further apart at what the
    offsets say that nearer lines gave, because of two terraces only that of the same height may count. Lines 16 apart whose `m_p`
    goes further than 2 `S` from there do not count.

    "mode" is where the density of the heights has its peak, under the kernel ``(1 - (d / R)**2)**2``; `R` is four times the
    length of the shortest interval that holds a quarter of them. "facet_tilt" does the same to slopes between pixels 1, 2, 4, ...
    apart, at the distance where the peak is sharpest, as long as the commonest slope stays that between neighbours. Of heights of
    which a quarter is the same number (coarse digits), this number is the commonest.

    Heights are taken less one of them before they are summed, so that a small relief on a large offset loses nothing. The result
    is the same to the last bit on every computer, for any number of threads and any order of memory.
    """
    _check.choice("method", method, ("plane", "rows"))
    _check.choice("rows", rows, get_args(Rows))
    _check.choice("mask_mode", mask_mode, MASK_MODES)
    if _check.integer("axis", axis) not in (0, 1):
        raise ValueError(f"axis must be 0 or 1, got {axis}")
    heights = unwrap("image", image, finite=False)
    across = heights.shape[axis]
    _check.integer("degree", degree, minimum=0, maximum=across - 1 if method == "rows" and rows == "polynomial" else None)
    if trim is None:
        trim = _TRIM.get(rows, 0.0)
    _check.within(trim=(trim, 0.0, 0.5))
    valid = None if mask is None else _valid_pixels(mask, mask_mode, heights.shape)

    result = np.empty(heights.shape, heights.dtype)
    threads = resolve_threads(None)
    if method == "plane":
        outcome = _core.level_plane(heights, valid, result, threads)
    elif axis == 1:
        outcome = _core.level_rows(heights, valid, result, rows, degree, trim, threads)
    else:
        outcome = _core.level_rows(heights.T, None if valid is None else valid.T, result.T, rows, degree, trim, threads)
    if outcome == "infinite":
        raise ValueError("image must not have infinite heights; NaN marks missing pixels")
    if outcome == "no pixel":
        raise ValueError("image must have pixels that are neither NaN nor masked, got none")
    if outcome == "no line" and rows == "facet_tilt":
        raise ValueError("image must have a line with two usable pixels side by side for a slope, got none")
    if outcome == "no line":
        raise ValueError(f"image must have a line with more than {degree} usable pixels for a polynomial of degree {degree}")
    if outcome != "done":
        raise ValueError(
            f"image must have heights that {heights.dtype} can still hold when they are levelled, got {_range(heights)}"
        )
    return image.replace(data=result) if isinstance(image, Image) else result


def _valid_pixels(mask: ArrayLike | Image, mask_mode: str, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Return from which pixels corrections may be determined, one byte a pixel; None: from all."""
    # A mask that is ignored is looked at all the same: it must be one.
    valid = chosen_of(mask, shape, "exclude" if mask_mode == "exclude" else "include", finite=False)
    return None if mask_mode == "ignore" else valid.view(np.uint8)


def _range(heights: Heights) -> str:
    return f"{np.nanmin(heights):g} to {np.nanmax(heights):g}"
