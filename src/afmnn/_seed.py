"""Seeds: everything a user may pass becomes one 64-bit key of the counter-based generator."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SeedLike: TypeAlias = "int | np.integer | np.random.SeedSequence | np.random.Generator | None"


def key_from(seed: SeedLike) -> int:
    """Return the 64-bit key that `seed` stands for.

    Parameters
    ----------
    seed : None, int, SeedSequence or Generator
        None draws fresh entropy. A non-negative integer or a SeedSequence always gives the same key. From a Generator
        exactly one 64-bit number is drawn.

    Returns
    -------
    int
        In [0, 2**64).

    Raises
    ------
    ValueError
        If an integer is negative.
    TypeError
        If `seed` is of another type.
    """
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(0, 2**64, dtype=np.uint64))
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, (bool, np.bool_)):
        if seed < 0:
            raise ValueError(f"seed must be non-negative, got {seed}")
        seed = np.random.SeedSequence(int(seed))
    elif seed is None:
        seed = np.random.SeedSequence()
    elif not isinstance(seed, np.random.SeedSequence):
        raise TypeError(f"seed must be None, an integer, a SeedSequence or a Generator, got {type(seed).__name__}")
    return int(seed.generate_state(1, np.uint64)[0])


def unit_numbers(bits: np.random.BitGenerator, count: int) -> NDArray[np.float64]:
    """Return numbers that are uniform on [0, 1), of 53 random bits each.

    NumPy promises that the bits of a generator stay the same for ever, but not what the methods of `Generator` make of them.
    """
    words: NDArray[np.uint64] = bits.random_raw(count)
    return np.asarray((words >> np.uint64(11)) * float.fromhex("0x1p-53"))


def as_integer(seed: SeedLike) -> int:
    """Return an integer that, used as a seed again, gives what `seed` gives now: it can be recorded.

    The arguments and errors are those of `key_from`.
    """
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, (bool, np.bool_)):
        key_from(seed)
        return int(seed)
    return key_from(seed)
