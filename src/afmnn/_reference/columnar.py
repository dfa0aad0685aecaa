"""Columnar growth: every path followed pixel by pixel."""

from __future__ import annotations

import math

import numpy as np

from .._typing import Float64s
from .bulk_draws import AT_ONCE, uniforms
from .noise import normal, philox, pixels, unit

COLUMNAR = 0x1700
Cell = tuple[int, int]


def columnar(  # noqa: PLR0917
    heights: Float64s,
    count: int,
    size_spread: float,
    cosine: float,
    cosine_spread: float,
    direction: float,
    direction_spread: float,
    strong: bool,
    melting: float,
    key: int,
) -> Float64s:
    """Let particles settle on a copy of `heights`, which are in units of a particle."""
    h = heights.copy()
    rows, cols = h.shape
    ys, xs = uniforms(key, COLUMNAR, count) * rows, uniforms(key, COLUMNAR + 1, count) * cols
    blocks = count // AT_ONCE + 1
    directions = direction + direction_spread * pixels(key, COLUMNAR + 2, blocks, AT_ONCE, "gaussian").ravel()
    sizes = np.exp(size_spread * pixels(key, COLUMNAR + 3, blocks, AT_ONCE, "gaussian").ravel())
    between = max(1, h.size // 100)
    diffused = melting / 0.3 * between / h.size
    steps = 1 + int(diffused / 0.05)
    for p in range(count):
        c = draw_cosine(key, p, cosine, cosine_spread)
        slope = c / max(math.sqrt((1 - c) * (1 + c)), 1e-9)
        velocity = -math.sin(directions[p]), math.cos(directions[p])
        before, hit = follow(h, (ys[p], xs[p]), velocity, h.max() + 5, slope)
        if strong:
            hit = relaxed(h, hit, int(philox(key, COLUMNAR + 5, p)[0]))
        h[hit if h[hit] < h[before] else before] += sizes[p]
        if melting > 0 and (p + 1) % between == 0:
            for _ in range(steps):
                for axis in (1, 0):
                    k = diffused / steps
                    h = (1 - 2 * k) * h + k * (np.roll(h, 1, axis) + np.roll(h, -1, axis))
    return np.asarray(h)


def draw_cosine(key: int, particle: int, mean: float, spread: float) -> float:
    """Draw a cosine from a normal distribution, within 0.01 to 1."""
    for k in range(64 if spread > 0 else 0):
        if spread > 0.4:
            w = philox(key, COLUMNAR + 4, particle * 64 + k)
            drawn = 0.01 + 0.99 * float(unit(w[0], w[1]))
            if float(unit(w[2], w[3])) < math.exp(-0.5 * ((drawn - mean) / spread) ** 2):
                return drawn
        else:
            drawn = mean + spread * float(normal(key, COLUMNAR + 4, particle * 64 + k))
            if 0.01 <= drawn <= 1:
                return drawn
    return max(mean, 0.01)


def follow(
    h: Float64s, start: tuple[float, float], velocity: tuple[float, float], height: float, slope: float
) -> tuple[Cell, Cell]:
    """Return the pixel before the one that a path hits, and that one."""
    cell = [min(int(s), n - 1) for s, n in zip(start, h.shape, strict=True)]
    first = [c + 1 - s if v >= 0 else s - c for c, s, v in zip(cell, start, velocity, strict=True)]
    inverse = [1 / abs(v) if abs(v) > 1e-300 else 1e300 for v in velocity]
    crossed, before = [0, 0], (cell[0], cell[1])
    while True:
        here = (cell[0], cell[1])
        times = [(first[a] + crossed[a]) * inverse[a] for a in (0, 1)]
        axis = 1 if times[1] <= times[0] else 0
        leaving = height - times[axis] * slope
        is_first = crossed == [0, 0]
        if leaving <= h[here] and not is_first:
            return before, here
        crossed[axis] += 1
        cell[axis] = (cell[axis] + (1 if velocity[axis] >= 0 else -1)) % h.shape[axis]
        if is_first and (leaving <= h[here] or leaving <= h[cell[0], cell[1]]):
            return here, (cell[0], cell[1])
        before = here


def relaxed(h: Float64s, hit: Cell, bits: int) -> Cell:
    """Look for lower pixels around."""
    found = hit
    for dr in (-1, 0, 1):
        for dc in (-1, 0, 1):
            if dr == dc == 0:
                continue
            chosen = bits & 1 and (dr == 0 or dc == 0 or bits & 2)
            bits >>= 2
            beside = ((hit[0] + dr) % h.shape[0], (hit[1] + dc) % h.shape[1])
            if chosen and h[beside] < h[found]:
                found = beside
    return found
