"""Slow twin of correct/hum: the spectrum of an image, the wave of one frequency in every line, and taking waves off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def window(count: int) -> Floats:
    """Hann's window, its ends half a pixel beyond the line."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(count) + 0.5) / count)


def transform_length(count: int) -> int:
    """Return the smallest number from `count` on without a prime factor above 5."""
    for length in range(count, 2 * count + 1):
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
    raise AssertionError("between a number and its double there is a power of 2")


def fit(line: Floats, frequency: float | None) -> Floats:
    """Factors of 1, place and, unless `frequency` is None, cosine and sine with the least squared distance in the window."""
    column, known = np.arange(len(line)), ~np.isnan(line)
    functions = [np.ones(len(line)), (2 * column + 1) / len(line) - 1]
    if frequency is not None:
        functions += [np.cos(2 * np.pi * frequency * column), np.sin(2 * np.pi * frequency * column)]
    root = np.sqrt(window(len(line)))[known, None]
    design = np.stack(functions, axis=1)[known]
    factors: Floats = np.linalg.lstsq(root * design, root[:, 0] * line[known], rcond=None)[0]
    return factors


def power(image: Floats) -> Floats:
    """Squared amplitudes of the waves: (cycles along the line, advance from line to line)."""
    rows, cols = image.shape
    along, across = window(cols), window(rows)
    place = (2 * np.arange(cols) + 1) / cols - 1
    seen = np.zeros(image.shape)
    for r, line in enumerate(image):
        if not np.isnan(line).all():
            mean, slope = fit(line, None)
            seen[r] = np.nan_to_num(line - (mean + slope * place)) * along * across[r]
    spectrum = np.fft.fft(np.fft.rfft(seen, transform_length(cols), axis=1), transform_length(rows), axis=0)
    squares: Floats = np.abs(2 * spectrum / (along.sum() * across.sum())).T ** 2
    return squares


def waves(image: Floats, frequencies: Floats) -> tuple[Floats, Floats]:
    """Factors of cosine and sine in every line, and the lines' weights."""
    along = window(image.shape[1])
    weights = np.array([along[~np.isnan(line)].sum() / along.sum() for line in image])
    weights[weights < 0.25] = 0.0
    found = np.zeros((len(image), len(frequencies), 2))
    for r in np.flatnonzero(weights):
        for k, frequency in enumerate(frequencies):
            found[r, k] = fit(image[r], frequency)[2:]
    return found, weights


def subtract(image: Floats, frequencies: Floats, found: Floats) -> Floats:
    """Take the waves off the image."""
    angle = 2 * np.pi * frequencies[:, None] * np.arange(image.shape[1])
    return image - (found[:, :, 0] @ np.cos(angle) + found[:, :, 1] @ np.sin(angle))
