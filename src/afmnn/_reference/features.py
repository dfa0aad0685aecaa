"""What stands out of the ground, found by looking at all neighbours again and again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def grown(seeds: Bools, allowed: Bools) -> Bools:
    """All allowed pixels that are connected with a seed, over sides and corners."""
    marks = seeds.copy()
    while True:
        padded = np.pad(marks, 1)
        rows, cols = marks.shape
        near = np.zeros_like(marks)
        for dr in range(3):
            for dc in range(3):
                near |= padded[dr : dr + rows, dc : dc + cols]
        following = marks | (near & allowed)
        if np.array_equal(following, marks):
            return np.asarray(marks)
        marks = following


def mark_features(heights: NDArray[np.float64], low: float, high: float, weak_low: float, weak_high: float) -> Bools:
    """Pixels beyond the limits and what is connected with them beyond the weak ones."""
    return grown(heights > high, heights > weak_high) | grown(heights < low, heights < weak_low)
