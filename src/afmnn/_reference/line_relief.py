"""The relief along the scan lines, as the core's `line_relief` measures it: the same to the last bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .level import median

Floats = NDArray[np.float64]

ROWS, PIXELS, TRIPLES = 2048, 128, 16


def looks_random(number: int) -> int:
    """Mix the bits of a number (the finalizer of MurmurHash3, A. Appleby)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        number = (number ^ (number >> 33)) * factor % 2**64
    return number >> 33


def spread_out(key: int, length: int, most: int) -> list[int]:
    """Return places out of `length`: all, or one out of each part of its first half, and their mirror images."""
    if length <= most:
        return list(range(length))
    half, count = (length + 1) // 2, most // 2
    near = []
    for part in range(count):
        begin, end = part * half // count, (part + 1) * half // count
        near.append(begin + looks_random(count * key + part) % (end - begin))
    return near + [length - 1 - place for place in near]


def quantile(ordered: Floats, fraction: float) -> float:
    """Interpolate in the order."""
    position = fraction * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (position - below))


def trimmed_mean(values: Floats) -> float:
    """Mean without the tenth at each end, summed in rising order."""
    cut = len(values) // 10
    kept = np.sort(values)[cut : len(values) - cut]
    return float(np.add.accumulate(kept)[-1] / len(kept))


def bow(image: Floats, rows: list[int]) -> float:
    """Half the second derivative along the lines."""
    height, width = image.shape
    found = []
    for distance in dict.fromkeys((width // 4, width // 3)):
        for row in rows if distance else []:
            for first in spread_out(min(row, height - 1 - row), width - 2 * distance, TRIPLES):
                left, middle, right = image[row, first], image[row, first + distance], image[row, first + 2 * distance]
                found.append(((left - middle) + (right - middle)) / (2.0 * distance * distance))
    known = np.array([second for second in found if np.isfinite(second)])
    return median(known) if known.size else 0.0


def relief(image: Floats, rows: list[int], slopes: tuple[float, float], bent: float, ends: tuple[float, float]) -> float:
    """Return the distance between two quantiles of what is left of the lines."""
    height, width = image.shape
    left = []
    for row in rows:
        cols = np.array(spread_out(min(row, height - 1 - row), width, PIXELS))
        away = cols - 0.5 * (width - 1)
        line = ((image[row, cols] - slopes[0] * row) - slopes[1] * cols) - bent * (away * away)
        line = line[np.isfinite(line)]
        left.append(line - trimmed_mean(line) if line.size else line)
    ordered = np.concatenate(left)
    ordered = np.sort(ordered[np.isfinite(ordered)])
    return quantile(ordered, ends[1]) - quantile(ordered, ends[0]) if ordered.size else np.inf


def line_relief(image: Floats, slopes: tuple[float, float], ends: tuple[float, float]) -> float:
    """With the bow, or without it, whichever is less."""
    rows = spread_out(0, image.shape[0], ROWS)
    with np.errstate(invalid="ignore", over="ignore"):
        straight = relief(image, rows, slopes, 0.0, ends)
        return min(straight, relief(image, rows, slopes, bow(image, rows), ends))
