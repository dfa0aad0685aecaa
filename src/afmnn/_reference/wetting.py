"""Wetting: the voxel of highest priority looked for among all that are queued."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from .bulk_draws import stream, uniform_row

WETTING = 0x1800


def priorities(rows: int, cols: int, key: int) -> Float64s:
    """Draw the priorities of the lowest layer."""
    return np.array([uniform_row(key, WETTING, r, cols) for r in range(rows)])


def wetting(first: Float64s, count: int, diffusion: float, key: int) -> tuple[Float64s, int, int]:
    """Fill voxels; return the highest layer of each pixel, the number of layers and that of holes."""
    rows, cols = first.shape
    queue = [(0, r, c) for r in range(rows) for c in range(cols)]
    priority = dict(zip(queue, first.ravel().tolist(), strict=True))
    filled: set[tuple[int, int, int]] = set()
    draws, chosen, gains = (stream(key, WETTING + k) for k in (1, 2, 3))
    for _ in range(count):
        best = min(queue, key=lambda voxel: (-priority[voxel], voxel))
        place = queue.index(best)
        queue[place] = queue[-1]
        queue.pop()
        filled.add(best)
        k, r, c = best
        around = [(k - 1, r, c), (k + 1, r, c), (k, r - 1, c), (k, r + 1, c), (k, r, c - 1), (k, r, c + 1)]
        for layer, row, col in around:
            voxel = (layer, row % rows, col % cols)
            if layer < 0 or voxel in filled:
                continue
            if voxel in priority:
                priority[voxel] += next(draws)
            else:
                priority[voxel] = next(draws)
                queue.append(voxel)
        for _ in range(3):
            voxel = queue[min(int(next(chosen) * len(queue)), len(queue) - 1)]
            priority[voxel] += diffusion * next(gains)
    top = np.full((rows, cols), -1)
    for k, r, c in filled:
        top[r, c] = max(top[r, c], k)
    return np.maximum(top, 0).astype(float), int(top.max()) + 1, int((top + 1).sum()) - count
