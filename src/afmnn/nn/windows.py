"""Windows: what a network sees of an image at a pixel, and at which pixels it sees all of it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._typing import Heights, Mask
from ..image import Image, unwrap

Scalar = TypeVar("Scalar", bound=np.generic)


def windows(image: ArrayLike | Image, window: int | tuple[int, int]) -> Heights:
    """Show all windows of an image without copying them.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights.
    window : int or (int, int)
        Rows and columns of the window; not larger than the image.

    Returns
    -------
    ndarray, shape (rows - window rows + 1, columns - window columns + 1, window rows, window columns)
        Read-only view. ``windows(image, (H, W))[i, j]`` is what a network sees at pixel ``(i + H // 2, j + W // 2)``.

    Raises
    ------
    ValueError
        If the window does not fit into the image.
    """
    heights = unwrap("image", image, finite=False)
    size = _check.rows_cols("window", window)
    if size[0] > heights.shape[0] or size[1] > heights.shape[1]:
        raise ValueError(f"window must fit into the image of shape {heights.shape}, got {size}")
    return np.lib.stride_tricks.sliding_window_view(heights, size)


def valid_region(shape: tuple[int, ...], window: tuple[int, int], *, without_last: bool = False) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels whose windows lie inside an image.

    The window of pixel ``(r, c)`` starts at ``(r - height // 2, c - width // 2)``. Gwyddion's networks leave the last window of
    each axis out, and `without_last` does so, too.
    """
    rows, cols = (
        slice(side // 2, length - side + side // 2 + (0 if without_last else 1))
        for length, side in zip(shape, window, strict=True)
    )
    return rows, cols


def padded(image: NDArray[Scalar], window: tuple[int, int]) -> NDArray[Scalar]:
    """Continue an image as ``border="reflect"`` of the core does, so that there is a window around each of its pixels."""
    height, width = window
    return np.pad(image, ((height // 2, height - 1 - height // 2), (width // 2, width - 1 - width // 2)), mode="symmetric")


def windows_touching(pixels: Mask, window: tuple[int, int]) -> Mask:
    """Return which of the windows inside an image have one of these pixels; the first is that in the upper left corner."""
    sums = np.zeros((pixels.shape[0] + 1, pixels.shape[1] + 1), np.int64)
    sums[1:, 1:] = pixels.cumsum(axis=0).cumsum(axis=1)
    height, width = window
    return (sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]) > 0
