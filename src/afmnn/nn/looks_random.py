"""Which pixels of a large image are looked at: numbers that look random, but depend on nothing but a place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def looks_random(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mix the bits of numbers: integers from 0 to 2^31 - 1 that look random (the finalizer of MurmurHash3, A. Appleby)."""
    x = numbers.astype(np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ (x >> np.uint64(33))) * np.uint64(factor)
    return np.asarray(x >> np.uint64(33), np.int64)
