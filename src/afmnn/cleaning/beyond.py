"""What lies beyond the edges of a scan, for a network: its mirror image, going on with the tilt of the nearest lines.

Where the surface is steep at an edge, a bow of the scanner or its drift at the beginning of a scan, a mirror image alone has a
ridge there, which a network takes for part of the sample.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._typing import Float64s, Heights
from ..correct._levels import spread

_MARGIN = 48  # pixels that are added; beyond them, the mirror image of what has been added will do
_BLOCK = 8  # lines whose means are compared
_FEWEST_BLOCKS = 12  # from fewer nobody can tell what chance does
_CHANCE = 2.0  # a tilt of the edge must be as many times as large as the sample tilts blocks of lines against each other
_STRAIGHT = 2 * _BLOCK  # lines as far as which the tilt goes on: no bow does forever


class Beyond(NamedTuple):
    """Heights with what was added around them."""

    heights: Heights
    rows: slice  # of the heights as they were
    columns: slice


def continued(heights: Heights) -> Beyond:
    """Add to heights, none of them missing, what lies beyond those edges at which they are steep."""
    ends = [*edge_slopes(heights), *edge_slopes(heights.T)]
    rows, columns = heights.shape
    top, bottom = (min(_MARGIN, rows) if slope else 0 for slope in ends[:2])
    left, right = (min(_MARGIN, columns) if slope else 0 for slope in ends[2:])
    inside = Beyond(heights, slice(top, top + rows), slice(left, left + columns))
    if not any(ends):
        return inside
    result = np.pad(heights, ((top, bottom), (left, right)), mode="symmetric")
    for lines, margin, slope in zip(
        (result, result[::-1], result.T, result.T[::-1]), (top, bottom, left, right), ends, strict=True
    ):
        far = np.minimum(np.arange(margin, 0, -1) - 0.5, _STRAIGHT)
        lines[:margin] -= (2.0 * slope * far[:, None]).astype(heights.dtype)
    return inside._replace(heights=result)


def edge_slopes(heights: Heights) -> tuple[float, float]:
    """Return what heights rise from line to line into the image, at the first line and at the last; 0 where chance does as much.

    The sample tilts each block of lines by chance: by how much, the differences from block to block say, which a bow hardly does.
    """
    return _edge_slope(heights), _edge_slope(heights[::-1])


def _edge_slope(heights: Heights) -> float:
    count = len(heights) // _BLOCK
    if count < _FEWEST_BLOCKS:
        return 0.0
    total: Float64s = np.zeros((count, heights.shape[1]))
    for k in range(_BLOCK):  # one line after the other, unlike np.sum
        total += heights[k : count * _BLOCK : _BLOCK]
    slopes = np.median(np.diff(total, axis=0), axis=1) / (_BLOCK * _BLOCK)
    chance = _CHANCE * spread(np.diff(slopes)) / np.sqrt(2.0)
    found = float(slopes[0])
    return found - chance * (chance / found) if abs(found) > chance else 0.0
