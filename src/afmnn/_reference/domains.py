"""Domains of two phases: spins and their inhibitor."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from .bulk_draws import uniform_row

DOMAINS = 0x1B00


def draws(rows: int, cols: int, key: int, role: int = DOMAINS) -> Float64s:
    """Draw from [0, 1) for every pixel."""
    return np.array([uniform_row(key, role, r, cols) for r in range(rows)])


def domains(  # noqa: PLR0917
    spins: Float64s,
    iterations: int,
    temperature: float,
    strength: float,
    coupling: float,
    bias: float,
    time_step: float,
    *,
    key: int,
) -> tuple[Float64s, Float64s]:
    """Return the mean of the last two states of the spins, and the inhibitor."""

    def moved(u: Float64s, dr: int, dc: int) -> Float64s:
        return np.roll(u, (dr, dc), axis=(0, 1))

    u, v, states = spins, np.zeros(spins.shape), [spins]
    for step in range(2 * iterations):
        nearest = sum(moved(u, *way) == u for way in ((1, 0), (-1, 0), (0, 1), (0, -1)))
        diagonal = sum(moved(u, *way) == u for way in ((1, 1), (-1, 1), (1, -1), (-1, -1)))
        before = 6 - nearest - 0.5 * diagonal + strength * u * v
        after = nearest + 0.5 * diagonal - strength * u * v
        flip = draws(u.shape[0], u.shape[1], key, DOMAINS + 1 + (step << 32)) < 0.5 * np.exp(
            np.minimum((before - after) / temperature, 9.0)
        )
        u = np.where(flip, -u, u)
        states.append(u)

        def slope(value: Float64s, spin: Float64s = u) -> Float64s:
            return coupling * spin - value - bias

        k1 = slope(v)
        k2 = slope(v + time_step / 2 * k1)
        k3 = slope(v + time_step / 2 * k2)
        k4 = slope(v + time_step * k3)
        v = v + time_step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.asarray(0.5 * (states[-1] + states[-2])), np.asarray(v)
