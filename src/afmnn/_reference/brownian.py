"""The twin of `synth.fractional_brownian`: one point after the other."""

from __future__ import annotations

import itertools

import numpy as np

from .._typing import Float64s
from . import noise

BROWNIAN = 0x2500  # block of roles


def draws(shape: tuple[int, int], distribution: str, power: float, key: int) -> Float64s:
    """Return numbers of rms 1 for every pixel."""
    if distribution == "power":
        u = noise.pixels(key, BROWNIAN, *shape, "uniform") / np.sqrt(3)
        size = np.sqrt((power - 1) * (power - 2) / 2) * (np.maximum(np.abs(u), 2.0**-54) ** (-1 / power) - 1)
        return np.asarray(np.where(u < 0, -size, size))
    return noise.pixels(key, BROWNIAN, *shape, {"exponential": "laplace"}.get(distribution, distribution))


def fractional_brownian(
    shape: tuple[int, int], *, hurst: float, rms: float, length: float, distribution: str, power: float, row_step: float, key: int
) -> Float64s:
    """Return heights, for rms 0 as they are before scaling; lengths are in pixel widths, inf: no stationarity length."""
    z = draws(shape, distribution, power, key)

    def variance(distance: float) -> float:
        return float(min(distance, length) ** (2 * hurst)) if distance > 0 else 0.0

    bottom, right = shape[0] - 1, shape[1] - 1
    down, across = variance(bottom * row_step), variance(right)
    diagonal = variance(float(np.hypot(bottom * row_step, right)))
    squares = np.array([down + diagonal - across, across + diagonal - down, down + across - diagonal]) / 8
    parts = np.sqrt(np.maximum(squares, 0))
    rest = np.sqrt(max(diagonal / 2 - np.sum(parts**2), 0))
    y, x, twist, same = (*parts, rest) * np.array([z[0, 0], z[0, -1], z[-1, 0], z[-1, -1]])
    z[0, 0], z[0, -1], z[-1, 0], z[-1, -1] = (
        same - y - x + twist,
        same - y + x - twist,
        same + y - x - twist,
        same + y + x + twist,
    )
    places = [[0, bottom], [0, right]]
    steps = (row_step, 1.0)
    while True:
        longest = [max(np.diff(own)) for own in places]
        if max(longest) < 2:
            break
        axis = 1 if longest[0] < 2 or (longest[1] >= 2 and longest[1] >= longest[0] * row_step) else 0
        lines = z if axis == 1 else z.T
        own, other = places[axis], places[1 - axis]
        new = []
        for before, behind in itertools.pairwise(own):
            if behind - before < 2:
                continue
            place = before + (behind - before) // 2
            new.append(place)
            a, b = (place - before) * steps[axis], (behind - place) * steps[axis]
            d = a + b
            for line in other:
                drawn = lines[line, place]
                if d >= length:
                    lines[line, place] = np.sqrt(variance(d) / 2) * drawn
                    continue
                square = variance(a) + variance(b) - variance(d) * (a**2 + b**2) / d**2
                linear = (b * lines[line, before] + a * lines[line, behind]) / d
                lines[line, place] = linear + np.sqrt(max(square / 2, 0)) * drawn
        places[axis] = sorted(own + new)
    return np.asarray(z if rms == 0 else z * (rms / z.std()))
