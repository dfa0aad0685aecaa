"""Annealing of a mixture, bond by bond."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .._typing import Float64s
from .noise import philox, uniform

ANNEAL = 0x1A00
Site = tuple[int, int]


def anneal(cells: Float64s, sweeps: int, first: float, last: float, energy: Float64s, averaged: int, *, key: int) -> Float64s:
    """Return the sum of the last states of cells of kinds 0, 1, 2."""
    kinds = cells.astype(int)
    total = np.zeros_like(kinds)
    for sweep in range(sweeps):
        temperature = first / (1 + sweep * (first / last - 1) / sweeps)
        for i, lattice in enumerate(order_of(key, sweep)):
            for row in range(kinds.shape[0]):
                sweep_row(kinds, energy, key, sweep * 8 + i, lattice, row, temperature)
        if sweep >= sweeps - averaged:
            total += kinds
    return total.astype(float)


def order_of(key: int, sweep: int) -> list[int]:
    """Shuffle the sub-lattices."""
    order, words = list(range(8)), [int(word) for word in philox(key, ANNEAL + 1, sweep)]
    for i in range(7, 0, -1):
        j = (words[i // 2] >> 16 * (i % 2) & 0xFFFF) * (i + 1) >> 16
        order[i], order[j] = order[j], order[i]
    return order


def sweep_row(  # noqa: PLR0917
    kinds: NDArray[np.int_], energy: Float64s, key: int, phase: int, lattice: int, row: int, temperature: float
) -> None:
    """Try the bonds of a sub-lattice that begin in a row."""
    rows, cols = kinds.shape
    if lattice < 4:
        starts = [c for c in range(cols) if (c + 2 * row) % 4 == lattice]
    else:
        starts = [c for c in range(cols) if (row + 2 * c) % 4 == lattice - 4]
    line = phase * rows + row
    for j, col in enumerate(starts):
        word = [int(w) for w in philox(key, ANNEAL + 2, line * (cols // 128 + 1) + j // 64)]
        if not ((word[0] & word[1]) << 32 | word[2] & word[3]) >> j % 64 & 1:
            continue
        one = (row, col)
        other = (row, (col + 1) % cols) if lattice < 4 else ((row + 1) % rows, col)
        s, t = int(kinds[one]), int(kinds[other])
        if s == t:
            continue
        rise = change(kinds, energy, one, other, s, t) + change(kinds, energy, other, one, t, s)
        drawn = float(uniform(key, ANNEAL + 3, line * cols + col))
        if rise <= 0 or drawn < math.exp(-rise / temperature):
            kinds[one], kinds[other] = t, s


def change(kinds: NDArray[np.int_], energy: Float64s, site: Site, other: Site, before: int, after: int) -> float:
    """Return how the energy of a site with its other neighbours changes."""
    r, c = site
    rows, cols = kinds.shape
    around = [((r - 1) % rows, c), ((r + 1) % rows, c), (r, (c - 1) % cols), (r, (c + 1) % cols)]
    return float(sum(energy[after, kinds[n]] - energy[before, kinds[n]] for n in around if n != other))
