"""What the generators share that let surfaces grow particle by particle."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .. import _check
from .._elementary import mean, mean_square

_STAGES = 48  # of a growth, for `return_info`
_LEAST = math.ldexp(1.0, -45)  # part of the base's heights that a particle may have, so that eight bits of it are left


def particle_count(coverage: float, pixels: int, most: int) -> int:
    """Return the number of particles, rounded; refuse coverages that are out of range or take forever."""
    _check.within(coverage=(coverage, 0.01, 1e4))
    count = int(coverage * pixels + 0.5)
    _check.count("particles", count, most, f"coverage = {coverage!r} on {pixels} pixels")
    return count


def in_particles(base: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """Return heights in units of a particle's; refuse particles that would be lost beside them."""
    largest = float(np.abs(base).max())
    _check.at_least(largest * _LEAST, "2^-45 of the largest height of base", height=height)
    return base / height


def stages(count: int) -> list[int]:
    """Return the numbers of particles at which a growth is looked at: some four to each doubling, the last being all."""
    numbers, number = [count], count
    while len(numbers) < _STAGES and number > 1:
        number = min(number - 1, number * 27 // 32)
        numbers.append(number)
    return numbers[::-1]


def figures(heights: NDArray[np.float64], height: float) -> dict[str, float]:
    """Return mean, rms, maximum, skewness and excess kurtosis of heights in units of a particle, as heights."""
    centre = mean(heights)
    squares = (heights - centre) * (heights - centre)
    square = mean(squares)
    cubes, fourths = mean(squares * (heights - centre)), mean_square(squares)
    root = math.sqrt(square)
    return {
        "mean": centre * height,
        "rms": root * height,
        "maximum": float(heights.max()) * height,
        "skewness": cubes / (square * root) if square > 0.0 else 0.0,
        "kurtosis": fourths / (square * square) - 3.0 if square > 0.0 else 0.0,
    }


def evolution(thickness: list[float], seen: list[dict[str, float]]) -> dict[str, NDArray[np.float64]]:
    """Return what was seen at some thicknesses, an array for each figure."""
    found = {name: np.array([stage[name] for stage in seen]) for name in seen[0]}
    return {"thickness": np.array(thickness), **found}


def stretched(values: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """Return values from 0 to `height`, all 0 if they are alike."""
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.zeros(values.shape)
    return (values - low) / (high - low) * height
