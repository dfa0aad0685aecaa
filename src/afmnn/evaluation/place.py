"""Where in an image most was removed, in words: what a verdict points at."""

from __future__ import annotations

import numpy as np

from .._text import quantity
from .._typing import Float64s
from ..metrics._windows import cells, mean_of
from ..metrics.defects import without_rows

_SMOOTHED = 4  # pixels a side of the means in which shapes of the sample are seen and noise is not
_PLACES = 12  # a side: what lies in one of so many places, or twice as many, is at that place


def most_removed(residual: Float64s) -> tuple[int, int] | None:
    """Return the row and the column around which most was removed that neither noise nor row offsets explain.

    Parameters
    ----------
    residual : ndarray of float64, shape (rows, columns)
        What was taken off an image. NaN marks missing pixels.

    Returns
    -------
    (int, int) or None
        Where the mean square of averages over 4 x 4 pixels, less the medians of the rows, is largest. None where nothing is.
    """
    part, size = without_rows(residual), 1
    while size < _SMOOTHED and min(part.shape) >= 4:
        part, size = mean_of(cells(part)), 2 * size
    part = part * part
    while min(part.shape) >= 2 * _PLACES:
        part, size = mean_of(cells(part)), 2 * size
    part = np.where(np.isnan(part), -1.0, part)
    row, col = np.unravel_index(int(np.argmax(part)), part.shape)
    if not part[row, col] > 0:
        return None
    return int(row) * size + size // 2, int(col) * size + size // 2


def place_in_words(place: tuple[int, int] | None, pixel_size: tuple[float, float], unit: str) -> str:
    """Return a place of an image in words, from the upper left corner; empty for no place."""
    if place is None:
        return ""
    row, col = place
    pixels = f"row {row}, column {col}"
    if not unit:
        return pixels
    x, y = (quantity((i + 0.5) * pitch, unit) for i, pitch in zip((col, row), (pixel_size[1], pixel_size[0]), strict=True))
    return f"x = {x}, y = {y} ({pixels})"
