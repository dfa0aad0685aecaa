"""A curve of one line, drawn with block characters."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BLOCKS = "▁▂▃▄▅▆▇█"
_LONGEST = 60  # with the word before it, a line of a terminal


def curve(values: ArrayLike) -> str:
    """Return the curve of some values from their lowest to their highest, a block each.

    Where there are more than fit in a line, a block is the mean of neighbours. Text is empty where there is no curve: for fewer
    than two values, and for some that are not finite.
    """
    heights: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    if heights.size < 2 or not np.isfinite(heights).all():
        return ""
    parts = np.array([part.mean() for part in np.array_split(heights, min(heights.size, _LONGEST))])
    low, high = parts.min(), parts.max()
    if low == high:
        return _BLOCKS[0] * parts.size
    levels = np.rint((parts - low) / (high - low) * (len(_BLOCKS) - 1)).astype(int)
    return "".join(_BLOCKS[level] for level in levels)


def can_be_shown(text: str) -> bool:
    """Whether the terminal, or whatever reads the standard output, has these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return True
