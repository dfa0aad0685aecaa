"""Missing heights of an image in chunks: where the image begins and ends, and how far around a gap must be looked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..image import finite_box
from .places import Corner, Part

#: Longer gaps of a row are filled from the rows above and below, too, within so many; see `cpp/src/nn/padded_image.hpp`.
_NARROW, _FURTHEST = 16, 256
#: Rows that a filled height may depend on, to each side: the furthest end of a gap, and what is in the mirror behind it.
REACH = 2 * _FURTHEST - 1


def box_of_block(block: NDArray[Any], corner: Corner) -> Part | None:
    """Return the rows and columns of the image from the first to the last with a finite height in a chunk; None without any."""
    box = finite_box(np.asarray(block))
    if box is None:
        return None
    rows, cols = box
    return Part(corner.row + rows.start, corner.col + cols.start, corner.row + rows.stop, corner.col + cols.stop)


def box_of_all(boxes: Sequence[Part | None]) -> Part | None:
    """Put together what was found in all chunks."""
    found = [box for box in boxes if box is not None]
    if not found:
        return None
    rows, cols, end_rows, end_cols = zip(*found, strict=True)
    return Part(min(rows), min(cols), max(end_rows), max(end_cols))


def needs_rows_around(heights: NDArray[Any]) -> bool:
    """Whether a gap in whole rows is filled from others above and below: a long one, or one at an end of its row."""
    missing = ~np.isfinite(heights)
    if not missing.any():
        return False
    if missing[:, [0, -1]].any():
        return True
    runs, length = missing, 1  # whether a run of so many begins at a pixel
    while length <= _NARROW:
        step = min(length, _NARROW + 1 - length)
        runs, length = runs[:, :-step] & runs[:, step:], length + step
    return bool(runs.any())
