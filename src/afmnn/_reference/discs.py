"""The twin of `synth.discs`: tiles by the distance of every pixel from every disc, and SciPy's distances on nine images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from .._typing import Float64s


def gaps(info: dict[str, Any], shape: tuple[int, int]) -> Float64s:
    """Return the distance of the edges of all pairs of discs on a torus, infinite for a disc and itself."""
    apart = []
    for name, size in zip(("y", "x"), shape, strict=True):
        apart.append((info[name][:, None] - info[name] + size / 2) % size - size / 2)
    between = np.hypot(*apart) - info["radius"][:, None] - info["radius"]
    np.fill_diagonal(between, np.inf)
    return np.asarray(between)


def edges(info: dict[str, Any], shape: tuple[int, int]) -> Float64s:
    """Return the distance of each pixel, a square of size 1, from the edge of each disc, shape (discs, rows, columns)."""
    y, x = (np.arange(n) for n in shape)
    dy, dx = (
        np.abs((place - info[name][:, None] + size / 2) % size - size / 2)
        for place, name, size in ((y, "y", shape[0]), (x, "x", shape[1]))
    )
    return np.asarray(np.hypot(dy[:, :, None], dx[:, None, :]) - info["radius"][:, None, None])


def distance(mask: NDArray[np.bool_]) -> Float64s:
    """Return how far each pixel is from the nearest that is set, on a torus."""
    rows, cols = mask.shape
    nine = np.tile(mask, (3, 3))
    return np.asarray(distance_transform_edt(~nine)[rows : 2 * rows, cols : 2 * cols])


def draw(info: dict[str, Any], shape: tuple[int, int], *, tiles: bool, gap: float, opening: float) -> Float64s:
    """Return the heights of the discs, or of the tiles, that `info` lists."""
    away = edges(info, shape)
    owner = away.argmin(axis=0)
    covered = away.min(axis=0) <= 0
    if tiles:
        covered = (owner == np.roll(owner, -1, 0)) & (owner == np.roll(owner, -1, 1))
        if gap >= 2:
            covered = distance(~covered) > 0.7 * (gap - 1)
            covered = distance(covered) <= 0.2 * (gap - 1)
    if opening:
        covered = distance(~covered) > opening / 2
        covered = distance(covered) <= opening / 2
    return np.where(covered, info["height"][owner], 0.0)
