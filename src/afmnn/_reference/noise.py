"""Random numbers as functions of (key, role, index), and point noise made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

NOISE, LINES = 0x500, 0x600  # blocks of roles


def philox(key: int, role: int, index: ArrayLike) -> list[NDArray[np.uint64]]:
    """Philox 4x32 with ten rounds (doi:10.1145/2063384.2063405): four words of 32 bits for every index."""
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    index = np.asarray(index, np.uint64)
    c = [index & mask, index >> half, np.full_like(index, role & 0xFFFFFFFF), np.full_like(index, role >> 32)]
    k = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [p1 >> half ^ c[1] ^ np.uint64(k[0]), p1 & mask, p0 >> half ^ c[3] ^ np.uint64(k[1]), p0 & mask]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def unit(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Uniform on [0, 1) with 53 bits."""
    return np.asarray((high << np.uint64(32) | low) >> np.uint64(11), np.float64) * 2.0**-53


def uniform(key: int, role: int, index: ArrayLike) -> NDArray[np.float64]:
    """One uniform draw for every index."""
    high, low, _, _ = philox(key, role, index)
    return unit(high, low)


def normal(key: int, role: int, index: ArrayLike) -> NDArray[np.float64]:
    """One standard normal draw for every index: the first of a pair of Gaussian pixels."""
    return _gaussian(philox(key, role, index))[0]


def _gaussian(word: list[NDArray[np.uint64]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    radius = np.sqrt(-2 * np.log1p(-unit(word[0], word[1])))
    angle = np.pi / 2 * (unit(word[2], word[3]) - 0.5)
    cosine = radius * np.cos(angle) * np.where(word[3] & np.uint64(1), -1.0, 1.0)
    sine = radius * np.sin(angle)
    exchanged = (word[3] & np.uint64(2)) > 0
    return np.where(exchanged, sine, cosine), np.where(exchanged, cosine, sine)


def pixels(key: int, role: int, rows: int, cols: int, distribution: str, sign: str = "both") -> NDArray[np.float64]:
    """Draws of rms 1 for every pixel; "unit" gives the uniform draws on [0, 1) themselves."""
    pairs = (cols + 1) // 2
    word = philox(key, role, (np.arange(rows)[:, None] << 32) + np.arange(pairs))
    u = [unit(word[0], word[1]), unit(word[2], word[3])]
    signs = [np.where(low & np.uint64(1), -1.0, 1.0) for low in (word[1], word[3])]
    if distribution == "gaussian":
        both = list(_gaussian(word))
    elif distribution == "laplace":
        both = [-s * np.log1p(-x) / np.sqrt(2) for s, x in zip(signs, u, strict=True)]
    elif distribution == "uniform":
        both = [np.sqrt(3) * (2 * x - 1) for x in u]
    elif distribution == "triangular":
        both = [np.sqrt(6) * np.where(x < 0.5, np.sqrt(2 * x) - 1, 1 - np.sqrt(2 - 2 * x)) for x in u]
    else:
        both = signs if distribution == "salt_pepper" else u
    values = np.stack(both, axis=-1).reshape(rows, 2 * pairs)[:, :cols]
    return {"both": values, "positive": abs(values), "negative": -abs(values)}[sign]


def noise(rows: int, cols: int, rms: float, distribution: str, sign: str, density: float, *, key: int) -> NDArray[np.float64]:
    """Point noise in the pixels whose uniform draw is below `density`."""
    chosen = pixels(key, NOISE + 1, rows, cols, "unit") < density
    return np.where(chosen, rms * pixels(key, NOISE, rows, cols, distribution, sign), 0.0)
