"""Turing patterns in single precision, term by term as the core adds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._typing import Float64s

Singles = NDArray[np.float32]


def around(c: Singles) -> tuple[Singles, Singles]:
    """Return the sums of the nearest and of the diagonal pixels."""

    def at(dr: int, dc: int) -> Singles:
        return np.roll(c, (-dr, -dc), axis=(0, 1))

    nearest = (at(-1, 0) + at(1, 0)) + (at(0, -1) + at(0, 1))
    diagonal = (at(-1, -1) + at(-1, 1)) + (at(1, -1) + at(1, 1))
    return nearest, diagonal


def turing_pattern(field: Float64s, iterations: int, size: float, chaos: float) -> Float64s:
    """Return the first concentration."""
    f = np.float32
    h = np.pi / ((138 - 18 * chaos) * size)
    reactions = [(0.75 + 0.5 * chaos, -1.4, 1e-5 / (h * h)), (-1.10 - 0.9 * chaos, 1.12, 1e-4 / (h * h))]
    c = [field.astype(f), field.astype(f)]
    for _ in range(iterations):
        change = []
        for k, (own, other, diffusion) in enumerate(reactions):
            x = c[k]
            nearest, diagonal = around(x)
            laplacian = (nearest + f(0.25) * diagonal) - f(5) * x
            bent = x / (f(1) + f(0.01) * (x * x)) - f(0.01) * x
            rate = (f(own) * bent + f(other) * c[1 - k]) + f(diffusion) * laplacian
            nearest, diagonal = around(rate)
            change.append(((rate + f(0.125) * nearest) + f(0.03125) * diagonal) * f(1 / f(1.625)))
        step = min(
            0.5 * np.sqrt(np.sum(x.astype(float) ** 2) / np.sum(r.astype(float) ** 2)) if r.any() else 0.0
            for x, r in zip(c, change, strict=True)
        )
        c = [x + f(step) * r for x, r in zip(c, change, strict=True)]
    return c[0].astype(float)
