"""Draws in bulk, as `synth/bulk_draws.hpp` in the core makes them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .._typing import Float64s
from .noise import philox, unit

AT_ONCE = 1024


def uniform_row(key: int, role: int, row: int, count: int = AT_ONCE) -> Float64s:
    """Return uniform draws on [0, 1): those of point noise, centred, scaled to its rms and back."""
    word = philox(key, role, (row << 32) + np.arange((count + 1) // 2))
    both = np.stack([unit(word[0], word[1]), unit(word[2], word[3])], axis=-1).ravel()[:count]
    draws = 0.28867513459481288225 * (2 * 1.73205080756887729353 * (both - 0.5)) + 0.5
    return np.asarray(np.clip(draws, 0.0, 1 - 2.0**-53))


def uniforms(key: int, role: int, count: int) -> Float64s:
    """Return the first draws of a role, in order."""
    return np.concatenate([uniform_row(key, role, row) for row in range(count // AT_ONCE + 1)])[:count]


def stream(key: int, role: int) -> Iterator[float]:
    """Yield all draws of a role, one after the other."""
    row = 0
    while True:
        yield from uniform_row(key, role, row).tolist()
        row += 1


def places(key: int, role: int, count: int, rows: int, cols: int) -> list[tuple[int, int]]:
    """Return pixels, one from each draw."""
    y = uniforms(key, role, count) * rows
    row = np.minimum(y.astype(int), rows - 1)
    col = np.clip(((y - row) * cols).astype(int), 0, cols - 1)
    return list(zip(row.tolist(), col.tolist(), strict=True))
