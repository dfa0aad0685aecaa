"""Missing heights: what `apply` puts in their place to compute with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

NARROW = 16  # pixels of a gap in a row that is filled from its ends alone
FURTHEST = 256  # rows


def filled(heights: NDArray[Any], nothing: float) -> NDArray[np.float64]:
    """Fill what is not finite of a levelled image; `nothing` is for pixels without any neighbour."""
    there = np.isfinite(heights)
    result = heights.astype(np.float64)
    for r, c in np.argwhere(~there):
        left, right = _nearest(there[r], c)
        found = [(heights[r, end], abs(end - c)) for end in (left, right) if end is not None]
        if left is None or right is None or right - left - 1 > NARROW:
            for end in _nearest(there[:, c], r):
                if end is None or abs(end - r) > FURTHEST:
                    continue
                mirror = 2 * end + (1 if r > end else -1) - r
                inside = 0 <= mirror < len(heights) and there[mirror, c]
                found.append((heights[mirror if inside else end, c], abs(end - r)))
        values, distances = np.array(found, np.float64).reshape(-1, 2).T
        result[r, c] = np.average(values, weights=1.0 / distances) if found else nothing
    return result


def _nearest(there: NDArray[np.bool_], at: int) -> tuple[int | None, int | None]:
    before, after = np.flatnonzero(there[:at]), np.flatnonzero(there[at + 1 :])
    return (int(before[-1]) if before.size else None), (int(after[0]) + at + 1 if after.size else None)
