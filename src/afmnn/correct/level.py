"""level(): the traditional corrections, a plane and offsets of the scan lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from ..image import Image, unwrap

_BLOCK = 1 << 18  # pixels worked on at once: 2 MB of float64, so that temporaries stay in the cache


def level(
    image: ArrayLike | Image,
    method: Literal["plane", "rows"] = "plane",
    *,
    rows: Literal["median", "difference", "polynomial"] = "median",
    degree: int = 1,
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
    rows : {"median", "difference", "polynomial"}
        What is taken off each line. "median": its median. "difference": an offset such that the median of the differences to
        the line before is zero; keeps features that fill most of a line, if most pixels change little from one line to the
        next. "polynomial": the polynomial along the line with the least squared distance.
    degree : int
        Degree of the polynomial, 0 (the mean) or more; less than the number of columns.
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
        heights are left around zero: their mean is zero; with ``rows="median"``, the median of each line.

    Raises
    ------
    ValueError
        If no pixel is left to determine the correction from, a height is infinite, an option is unknown, `degree` is out of
        range, or `mask` has another shape.
    TypeError
        If the heights are not real numbers, or `degree` is not an integer.

    Notes
    -----
    A line with too few usable pixels (none; for a polynomial, no more than its degree) is corrected by what is between
    the corrections of the nearest lines that have enough.
    """
    _check.choice("method", method, ("plane", "rows"))
    _check.choice("rows", rows, ("median", "difference", "polynomial"))
    _check.choice("mask_mode", mask_mode, ("include", "exclude", "ignore"))
    if _check.integer("axis", axis) not in (0, 1):
        raise ValueError(f"axis must be 0 or 1, got {axis}")
    heights = unwrap("image", image, finite=False)
    across = heights.shape[axis]
    _check.integer("degree", degree, minimum=0, maximum=across - 1 if method == "rows" and rows == "polynomial" else None)
    marks = None
    if mask is not None:
        marks = unwrap("mask", mask, finite=False)
        if marks.shape != heights.shape:
            raise ValueError(f"mask must have the shape of image {heights.shape}, got {marks.shape}")
        if mask_mode == "ignore":
            marks = None

    result = np.empty(heights.shape, heights.dtype)
    lines = _Lines(heights, marks, mask_mode, result) if axis == 1 else _Lines(heights.T, _turned(marks), mask_mode, result.T)
    if method == "plane":
        _take_plane(lines)
    elif rows == "median":
        _take_median(lines)
    elif rows == "difference":
        _take_difference(lines)
    else:
        _take_polynomial(lines, degree)
    return image.replace(data=result) if isinstance(image, Image) else result


class _Lines:
    """Scan lines with what may be used of them, a block at a time."""

    def __init__(self, heights: NDArray[Any], marks: NDArray[Any] | None, mask_mode: str, result: NDArray[Any]) -> None:
        self.heights = heights
        self.marks = marks
        self.include = mask_mode == "include"
        self.result = result
        self.shape = heights.shape
        self.used_height = np.nan
        for _, block, usable in self.blocks():
            if np.isinf(block).any():
                raise ValueError("image must not have infinite heights; NaN marks missing pixels")
            if np.isnan(self.used_height):
                self.used_height = float(block[0, 0] if usable is None else np.append(block[usable], np.nan)[0])
        if np.isnan(self.used_height):
            raise ValueError("image must have pixels that are neither NaN nor masked, got none")

    def blocks(self) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.bool_] | None]]:
        """Rows, their heights, and which of these to use (None: all)."""
        rows, cols = self.shape
        step = max(_BLOCK // cols, 1)
        for start in range(0, rows, step):
            part = slice(start, min(start + step, rows))
            block = self.heights[part].astype(np.float64, copy=False)
            usable = None
            if self.marks is not None:
                usable = self.marks[part] >= 1 if self.include else self.marks[part] <= 0
            missing = np.isnan(block)
            if missing.any():
                usable = ~missing if usable is None else usable & ~missing
            elif usable is not None and usable.all():
                usable = None
            yield part, block, usable


def _products(block: NDArray[Any], functions: NDArray[np.float64]) -> NDArray[np.float64]:
    """``block @ functions.T`` without the threads that BLAS would start for it: beside busy neighbours they take longer."""
    return np.stack([np.einsum("ij,j->i", block, function) for function in functions], axis=1)


def _turned(marks: NDArray[Any] | None) -> NDArray[Any] | None:
    return None if marks is None else marks.T


def _positions(count: int) -> NDArray[np.float64]:
    """Pixel centres on [-1, 1], so that sums of powers stay well scaled."""
    return (2 * np.arange(count) + 1 - count) / count


def _take_plane(lines: _Lines) -> None:
    """Least squares about the mean of the used pixels, with heights from one of them: no digits are lost to an offset."""
    y, x = (_positions(count) for count in lines.shape)
    powers = np.stack([np.ones_like(x), x, x * x])
    origin = lines.used_height
    sums = np.zeros((3, 4))  # products of 1, x, y with 1, x, y, z over the used pixels
    for part, block, usable in lines.blocks():
        z = block - origin
        if usable is None:
            w = np.broadcast_to(powers.sum(axis=1), (len(z), 3))
        else:
            z[~usable] = 0.0
            w = _products(usable, powers)
        wz = _products(z, powers[:2])
        rows = y[part]
        sums += [
            [w[:, 0].sum(), w[:, 1].sum(), rows @ w[:, 0], wz[:, 0].sum()],
            [w[:, 1].sum(), w[:, 2].sum(), rows @ w[:, 1], wz[:, 1].sum()],
            [rows @ w[:, 0], rows @ w[:, 1], (rows * rows) @ w[:, 0], rows @ wz[:, 0]],
        ]
    mean = sums[0] / sums[0, 0]
    central = sums[1:, 1:] - np.outer(sums[1:, 0], mean[1:])
    # Where the used pixels lie on one line, the slope across it is unknown and stays zero.
    slope = np.linalg.lstsq(central[:, :2], central[:, 2], rcond=1e-12)[0]
    constant = origin + mean[3] - slope @ mean[1:3]
    for part, block, _ in lines.blocks():
        lines.result[part] = block - (slope[0] * x + (constant + slope[1] * y[part])[:, None])


def _take_median(lines: _Lines) -> None:
    medians = np.full(lines.shape[0], np.nan)
    for part, block, usable in lines.blocks():
        if usable is None:
            medians[part] = np.median(block, axis=1)
        else:
            medians[part] = [np.median(z[use]) if use.any() else np.nan for z, use in zip(block, usable, strict=True)]
    _take_offsets(lines, _filled(medians))


def _take_difference(lines: _Lines) -> None:
    offsets = np.full(lines.shape[0], np.nan)
    before: NDArray[np.float64] | None = None
    before_use: NDArray[np.bool_] | None = None
    offset, total, used = 0.0, 0.0, 0
    for part, block, usable in lines.blocks():
        if usable is None and before_use is None:
            changes = np.median(np.diff(block, axis=0, prepend=block[:1] if before is None else before[None]), axis=1)
            offsets[part] = np.cumsum(np.append(offset, changes))[1:]
            offset, before = offsets[part][-1], block[-1]
            total += float(np.sum(block - offsets[part][:, None]))
            used += block.size
            continue
        for i, z in enumerate(block):
            use = None if usable is None else usable[i]
            if use is not None and not use.any():
                continue
            if before is not None:
                both = use if before_use is None else before_use if use is None else use & before_use
                change = z - before if both is None else (z - before)[both]
                offset += float(np.median(change)) if change.size else 0.0
            offsets[part.start + i] = offset
            values = z if use is None else z[use]
            total += float(np.sum(values - offset))
            used += values.size
            before, before_use = z, use
    _take_offsets(lines, _filled(offsets) + total / used)


def _take_polynomial(lines: _Lines, degree: int) -> None:
    powers = np.polynomial.legendre.legvander(_positions(lines.shape[1]), degree)
    basis = np.ascontiguousarray(np.linalg.qr(powers)[0].T)  # orthonormal: a complete line's coefficients are products with it
    coefficients = np.full((lines.shape[0], degree + 1), np.nan)
    for part, block, usable in lines.blocks():
        if usable is None:
            coefficients[part] = _products(block, basis)
            continue
        for i, (z, use) in enumerate(zip(block, usable, strict=True), start=part.start):
            if np.count_nonzero(use) > degree:
                coefficients[i] = np.linalg.lstsq(basis[:, use].T, z[use], rcond=None)[0]
    if np.isnan(coefficients).all():
        raise ValueError(f"image must have a line with more than {degree} usable pixels for a polynomial of degree {degree}")
    coefficients = np.stack([_filled(column) for column in coefficients.T], axis=1)
    for part, block, _ in lines.blocks():
        rest = block.copy()
        for column, function in zip(coefficients.T, basis, strict=True):
            rest -= np.multiply.outer(column[part], function)
        lines.result[part] = rest


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Straight lines between the known values, the nearest beyond the first and last."""
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), known, values[known])


def _take_offsets(lines: _Lines, offsets: NDArray[np.float64]) -> None:
    for part, block, _ in lines.blocks():
        lines.result[part] = block - offsets[part][:, None]
