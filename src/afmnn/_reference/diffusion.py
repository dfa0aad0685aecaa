"""Growth that is limited by diffusion, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from .._typing import Float64s
from .bulk_draws import stream
from .noise import philox

DIFFUSION = 0x1900
Site = tuple[int, int]


def directions(key: int) -> Iterator[int]:
    """Yield directions of two bits: 64 from each Philox."""
    number = 0
    while True:
        for word in philox(key, DIFFUSION + 1, number):
            yield from (int(word) >> shift & 3 for shift in range(0, 32, 2))
        number += 1


def diffusion(  # noqa: PLR0912, PLR0915
    heights: Float64s, count: int, flux: float, sticks: Sequence[float], breaks: Sequence[float], descends: float, *, key: int
) -> tuple[Float64s, int, int]:
    """Let particles wander; return the heights, the number of particles that stuck, and that of the removed ones."""
    h = heights.astype(int)
    rows, cols = h.shape
    flat = np.ptp(h) == 0
    places, chance, way = stream(key, DIFFUSION), stream(key, DIFFUSION + 2), directions(key)
    free: list[Site] = []
    stuck = 0

    def beside(site: Site) -> list[Site]:
        r, c = site
        return [((r - 1) % rows, c), ((r + 1) % rows, c), (r, (c - 1) % cols), (r, (c + 1) % cols)]

    def neighbours(site: Site) -> int:
        return sum(int(h[other] >= h[site]) for other in beside(site))

    def take_out(place: int) -> None:
        free[place] = free[-1]
        free.pop()

    arrived, step, rate = 0, 0, flux * h.size
    steps = math.ceil(count / rate)
    while step < steps:
        if not free or (flat and len(free) == 1 and stuck == 0):
            if arrived == count:
                break
            step = max(step, int(arrived / rate))
        else:
            i = 0
            while i < len(free):
                site = free[i]
                k = neighbours(site)
                if k and next(chance) < sticks[k]:
                    take_out(i)
                    stuck += 1
                    continue
                to = beside(site)[next(way)]
                stays = h[to] >= h[site]
                stays = stays or (descends < 1 and h[to] + 2 <= h[site] and not next(chance) < descends)
                stays = stays or (k > 0 and not next(chance) < breaks[k])
                if not stays:
                    h[site] -= 1
                    h[to] += 1
                    covered = free.index(to) if to in free else None
                    free[i] = to
                    if covered is not None:
                        stuck += 1
                        last = len(free) - 1
                        take_out(covered)
                        if i == last:
                            continue
                i += 1
        while arrived < count and int(arrived / rate) <= step:
            y = next(places) * rows
            row = min(int(y), rows - 1)
            site = (row, min(max(int((y - row) * cols), 0), cols - 1))
            if site in free:
                take_out(free.index(site))
                stuck += 1
            h[site] += 1
            free.append(site)
            arrived += 1
        step += 1
    removed = 0
    for site in free:
        k = neighbours(site)
        if k and next(chance) < sticks[k]:
            stuck += 1
        else:
            h[site] -= 1
            removed += 1
    return h.astype(float), stuck, removed
