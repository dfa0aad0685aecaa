"""The twin of `synth.separated_phases`: its steps by NumPy, on images that are rolled to all sides."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s, Mask
from .self_affine import gaussian_field, wave_numbers

PHASES = 0x2700  # block of roles


def ring_field(shape: tuple[int, int], *, width: float, spread: float, row_step: float, key: int) -> Float64s:
    """Return the field that is divided; the width is in pixel widths."""
    k = np.hypot(*wave_numbers(shape, row_step))
    amplitude = 1 / np.cosh((k - np.pi / width / (1 + spread**2 / 3)) * width / (np.pi * spread))
    return gaussian_field(shape, amplitude, 1.0, row_step, key, PHASES)[0]


def otsu(field: Float64s) -> float:
    """Return the threshold between 1024 classes, the middle of the best ones."""
    counts, edges = np.histogram(field, bins=1024)
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * np.arange(1024))
    above, total = counts.sum() - below, sums[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num(below * above * ((total - sums[:-1]) / above - sums[:-1] / below) ** 2)
    best = np.flatnonzero(between == between.max())
    return float(edges[0] + ((best[0] + best[-1]) / 2 + 1) * (edges[-1] - edges[0]) / 1024)


def thin(image: Mask) -> Mask:
    """Zhang's and Suen's thinning on a torus."""
    image = image.copy()
    ways = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
    changed = True
    while changed:
        changed = False
        for triples in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            p = np.array([np.roll(image, (-dy, -dx), (0, 1)) for dy, dx in ways])
            count, rises = p.sum(axis=0), (~p & np.roll(p, -1, axis=0)).sum(axis=0)
            free = ~p[list(triples[0])].all(axis=0) & ~p[list(triples[1])].all(axis=0)
            marked = image & (count >= 2) & (count <= 6) & (rises == 1) & free
            image &= ~marked
            changed |= bool(marked.any())
    return image


def squared_distances(image: Mask) -> Float64s:
    """Return the squared distance to the nearest pixel that is set."""
    result = np.where(image, 0.0, np.inf)
    for axis, length in enumerate(image.shape):
        shifts = range(-(length // 2), length // 2 + 1)
        result = np.min([np.roll(result, shift, axis) + shift**2 for shift in shifts], axis=0)
    return np.asarray(result)


def around(field: Float64s) -> Float64s:
    """Return every pixel and its eight neighbours."""
    return np.array([np.roll(field, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)])


def dilate(image: Mask, radius: int) -> Mask:
    """Let what is set grow by a disc."""
    return np.asarray(squared_distances(image) <= radius**2) if image.any() else image


def separated_phases(field: Float64s, width: float) -> Float64s:
    """Return 0, 1/2 and 1."""
    upper = field >= otsu(field)
    peaks = field == around(field).max(axis=0)
    pits = field == around(field).min(axis=0)
    to_upper = squared_distances(thin(upper) | (peaks & upper))
    to_lower = squared_distances(thin(~upper) | (pits & ~upper))
    upper = np.where(to_upper == to_lower, upper, to_upper < to_lower)
    largest = int(0.16 * width)
    radii = [1] if largest > 0 else []
    while radii and radii[-1] < largest:
        radii.append(min(largest, radii[-1] + 1 + radii[-1] // 8))

    def opened(image: Mask, radius: int) -> Mask:
        return dilate(~dilate(~image, radius), radius)

    def closed(image: Mask, radius: int) -> Mask:
        return ~dilate(~dilate(image, radius), radius)

    first, second = upper, upper
    for radius in radii:
        first, second = closed(opened(first, radius), radius), opened(closed(second, radius), radius)
    return np.asarray((first.astype(float) + second) / 2)
