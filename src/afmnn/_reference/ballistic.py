"""Ballistic deposition, particle by particle."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from .bulk_draws import places, uniforms

BALLISTIC = 0x1600


def ballistic(heights: Float64s, count: int, spread: float, key: int) -> Float64s:
    """Let particles fall on a copy of `heights`, which are in units of a particle."""
    rows, cols = heights.shape
    framed = np.pad(heights, 1, constant_values=-np.inf)
    sizes = 1 - spread * uniforms(key, BALLISTIC + 1, count)
    for (r, c), size in zip(places(key, BALLISTIC, count, rows, cols), sizes, strict=True):
        around = framed[r : r + 3, c : c + 3]
        around[1, 1] = max(around[1, 1] + size, around[0, 1], around[2, 1], around[1, 0], around[1, 2])
    return np.asarray(framed[1:-1, 1:-1])
