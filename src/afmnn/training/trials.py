"""The trials of a search: the settings of each."""

from __future__ import annotations

import itertools
import json
import math
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .. import _check
from .._elementary import exp, log

_RANGES = ("range", "log", "integer")
_MOST_TRIALS = 100_000

Settings = dict[str, Any]


def plan(space: Any, trials: int | None, key: int) -> list[Settings]:
    """Return the settings of each trial: all combinations, or so many that are drawn from them.

    Every drawn value is a function of the key, its name and the number of the trial: one more parameter changes no other.
    """
    if not isinstance(space, Mapping) or not space:
        raise ValueError(f"space must be a dictionary of parameters and what to try, got {space!r}")
    for name, values in space.items():
        _check.text(**{"a name in space": name})
        _check_values(name, values)
    if trials is None:
        ranges = [name for name, values in space.items() if isinstance(values, Mapping)]
        if ranges:
            raise ValueError(f"trials must say how many are drawn from the range of {', '.join(ranges)}, got None")
        count = math.prod(len(values) for values in space.values())
        _check.count("trials", count, _MOST_TRIALS, "space")
        return _distinct(dict(zip(space, values, strict=True)) for values in itertools.product(*space.values()))
    trials = _check.integer("trials", trials, minimum=1, maximum=_MOST_TRIALS)
    if not any(isinstance(values, Mapping) for values in space.values()):
        everything = math.prod(len(values) for values in space.values())
        if everything <= trials:
            return plan(space, None, key)
    drawn = (
        {name: _drawn(values, np.random.SeedSequence([key, zlib.crc32(name.encode()), i])) for name, values in space.items()}
        for i in range(50 * trials)  # the same again is left out
    )
    return _distinct(drawn, trials)


def _distinct(found: Iterable[Settings], count: int = _MOST_TRIALS) -> list[Settings]:
    distinct: dict[str, Settings] = {}
    for settings in found:
        distinct.setdefault(canonical(settings), settings)
        if len(distinct) == count:
            break
    return list(distinct.values())


def _check_values(name: str, values: Any) -> None:
    if isinstance(values, Mapping):
        if len(values) != 1 or next(iter(values)) not in _RANGES:
            raise ValueError(
                f"space[{name!r}] must be a list, or one of {', '.join(map(repr, _RANGES))}: [low, high], got {values!r}"
            )
        ((kind, ends),) = values.items()
        if not isinstance(ends, (list, tuple)) or len(ends) != 2:
            raise ValueError(f"space[{name!r}] must have two ends [low, high], got {ends!r}")
        for end in ends:
            _check.finite(**{f"space[{name!r}]": end})
            if kind == "integer":
                _check.integer(f"space[{name!r}]", end)
            if kind == "log":
                _check.positive(**{f"space[{name!r}]": end})
        if not ends[0] <= ends[1]:
            raise ValueError(f"space[{name!r}] must have two ends in order, got {ends!r}")
        return
    if not isinstance(values, (list, tuple, np.ndarray)) or np.ndim(np.asarray(values, object)) == 0 or len(values) == 0:
        raise ValueError(f"space[{name!r}] must be a list of values to try, got {values!r}")


def _drawn(values: Any, seed: np.random.SeedSequence) -> Any:
    bits = int(seed.generate_state(1, np.uint64)[0])
    if not isinstance(values, Mapping):
        return values[bits * len(values) >> 64]
    ((kind, (low, high)),) = values.items()
    if kind == "integer":
        return int(low) + (bits * (int(high) - int(low) + 1) >> 64)
    unit = (bits >> 11) * float.fromhex("0x1p-53")
    if kind == "log":
        return float(min(max(exp(log(low) + (log(high) - log(low)) * unit), low), high))
    return float(low + (high - low) * unit)


def canonical(value: Any) -> str:
    """Return settings as text that is the same for the same settings."""
    return json.dumps(value, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"settings must be numbers, text, True, False, None, tuples or lists, got {value!r}")
