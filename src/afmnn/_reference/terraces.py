"""The twin of `synth.terraces`: all edges at once, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Float64s
from . import noise

TERRACES = 0x2300  # block of roles


def edge_places(
    shape: tuple[int, int], *, period: float, width_spread: float, wander: float, wander_length: float, meander: float,
    kink: float, step_width: float, key: int,
) -> tuple[Float64s, int]:  # fmt: skip
    """Return the place of every edge at every place along it, shape (places, edges), and which edge is behind the centre."""
    half = np.hypot(*shape) / 2 + 1
    on_a_side = (half + 8 * wander + step_width + kink) / period
    count = 2 * int(np.ceil(on_a_side + 6 * (np.exp(width_spread) - 1) * (np.sqrt(on_a_side) + 1) + 3))
    places = 2 * int(np.ceil(half)) + 3
    draws = noise.pixels(key, TERRACES, 1, count, "gaussian")[0]
    widths = period * np.exp(-0.5 * width_spread**2) * np.exp(width_spread * draws)
    middle = count // 2
    offset = widths[middle] * noise.uniform(key, TERRACES + 3, [0])[0]
    mean_place = np.concatenate([[0.0], np.cumsum(widths[1:])])
    mean_place += offset - mean_place[middle]
    memory = np.exp(-1 / wander_length)

    def processes(values: Float64s) -> Float64s:
        for p in range(1, places):
            values[:, p] = memory * values[:, p - 1] + np.sqrt(1 - memory**2) * values[:, p]
        return values

    shared = processes(noise.pixels(key, TERRACES + 2, 1, places, "gaussian"))
    own = processes(noise.pixels(key, TERRACES + 1, count, places, "gaussian"))
    excursion = wander * (np.sqrt(1 - meander) * own + np.sqrt(meander) * shared)
    edges = mean_place + kink * np.floor(excursion / kink + 0.5).T
    return np.asarray(np.maximum.accumulate(edges, axis=1)), middle


def levels(edges: Float64s, middle: int, shape: tuple[int, int], *, angle: float, step_width: float) -> Float64s:
    """Return how many edges lie behind each pixel, less those behind the centre; square pixels."""
    y, x = (np.arange(n) - (n - 1) / 2 for n in shape)
    along, across = x * np.cos(angle) - y[:, None] * np.sin(angle), x * np.sin(angle) + y[:, None] * np.cos(angle)
    place = (across + (len(edges) - 1) / 2 + 0.5).astype(int)
    ramps = np.clip((along[..., None] - edges[place]) / step_width + 0.5, 0, 1)
    return np.asarray(ramps.sum(axis=2) - middle)


def islands(info: dict[str, Any], shape: tuple[int, int], *, step_width: float, key: int) -> Float64s:
    """Return the steps that islands add and pits take off; square pixels of size 1."""
    y, x = np.indices(shape)
    up, down = np.zeros(shape), np.zeros(shape)
    for k, (at_y, at_x, radius, pit) in enumerate(zip(*(info[name] for name in ("y", "x", "radius", "pit")), strict=True)):
        dy, dx = y - at_y, x - at_x
        angle = np.arctan2(dy, dx)
        edge = np.ones(shape)
        for h in range(4):
            word = noise.philox(key, TERRACES + 6, [4 * k + h])
            even, odd = (2 * noise.unit(*pair)[0] - 1 for pair in ((word[0], word[1]), (word[2], word[3])))
            edge += 0.2 / (h + 2) * (even * np.cos((h + 2) * angle) + odd * np.sin((h + 2) * angle))
        layer = down if pit else up
        np.maximum(layer, np.clip((radius * edge - np.hypot(dy, dx)) / step_width + 0.5, 0, 1), out=layer)
    return np.asarray(up - down)
