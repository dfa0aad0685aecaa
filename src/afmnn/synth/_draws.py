"""The random numbers of one training pair: each is a function of the seed, the index of the pair and a name."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from .. import _check, _core
from .._elementary import exp, log
from .._seed import SeedLike, key_from
from .recipes import WAYS, Recipe

_PAIRS, _DRAWS = 0x700, 0x701  # roles of the scenes' block of random streams, see core/rng.hpp


class Draws:
    """The random numbers of one pair: each is a function of seed, index and a name."""

    def __init__(self, seed: SeedLike, index: int) -> None:
        number = _check.integer("index", index, minimum=0, maximum=2**64 - 1)
        self._pair = self._bits(key_from(seed), _PAIRS, number)

    def key(self, name: str) -> int:
        """Return 64 random bits, a seed for a generator."""
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        return self._bits(self._pair, _DRAWS, int.from_bytes(digest, "little"))

    def unit(self, name: str) -> float:
        """Return a number that is uniform on [0, 1)."""
        return (self.key(name) >> 11) / (1 << 53)

    def value(self, name: str, value: Any) -> Any:
        """Draw from what a recipe may say."""
        if isinstance(value, tuple):
            return value[0] + (value[1] - value[0]) * self.unit(name)
        if isinstance(value, Mapping) and not WAYS & set(value):
            return {key: self.value(f"{name}[{key!r}]", part) for key, part in value.items()}
        if isinstance(value, Mapping):
            ((how, choices),) = value.items()
            if how == "log":
                low, high = map(log, choices)
                return exp(low + (high - low) * self.unit(name))
            if how == "integer":
                return min(choices[0] + math.floor((choices[1] - choices[0] + 1) * self.unit(name)), choices[1])
            i = min(math.floor(len(choices) * self.unit(f"{name}: choice")), len(choices) - 1)
            return self.value(name, choices[i])
        return value

    def parameters(self, name: str, recipe: Recipe) -> dict[str, Any]:
        """Draw the keywords for the generator of a recipe."""
        return {key: self.value(f"{name}: {key}", value) for key, value in recipe.parameters.items()}

    @staticmethod
    def _bits(key: int, role: int, index: int) -> int:
        high, low = _core.philox(key, role, index)[:2].tolist()
        return int(high) << 32 | int(low)
