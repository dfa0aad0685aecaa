"""Settings in the headers of our files: JSON that gives back what was put in, and says no to everything else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import FormatError

_DEEPEST = 32
_LONGEST_INTEGER = 100  # digits: a seed has at most 39, and Python before 3.11 is slow with thousands
LONGEST = 1 << 18  # bytes: a scene of every generator takes some ten thousand


def to_bytes(value: Mapping[str, Any], name: str) -> bytes:
    """Write a mapping of numbers, text, booleans, None, tuples, lists and mappings.

    What JSON lacks is an object with one key that starts with ``$``: ``{"$tuple": [...]}``, ``{"$float": "inf"}``, and
    ``{"$items": [[key, value], ...]}`` for mappings whose keys are not all plain text.

    Raises
    ------
    TypeError
        If a value is of another type.
    ValueError
        If it is nested too deeply or too long.
    """
    text = json.dumps(_encode(value, name, 0), allow_nan=False).encode("ascii")
    if len(text) > LONGEST:
        raise ValueError(f"{name} must fit into {LONGEST} bytes of JSON, got {len(text)}")
    return text


def from_bytes(text: bytes) -> dict[str, Any]:
    """Read what `to_bytes` wrote.

    Raises
    ------
    FormatError
        If it is anything else.
    """
    if len(text) > LONGEST:
        raise FormatError(f"has a header of {len(text)} bytes, more than {LONGEST}")
    try:
        value = _decode(
            json.loads(text.decode("ascii"), parse_int=_integer, parse_constant=_constant, object_pairs_hook=_mapping), 0
        )
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError(f"has a header that is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise FormatError("has a header that is not a JSON object")
    return value


def _encode(value: Any, name: str, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"{name} must not be nested more than {_DEEPEST} deep to be saved")
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        if abs(int(value)) >= 10**_LONGEST_INTEGER:
            raise ValueError(f"{name} must have at most {_LONGEST_INTEGER} digits to be saved")
        return int(value)
    if isinstance(value, (float, np.floating)) and not isinstance(value, np.longdouble):
        number = float(value)
        return number if math.isfinite(number) else {"$float": repr(number)}
    if isinstance(value, list):
        return [_encode(item, f"{name}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, tuple):
        return {"$tuple": [_encode(item, f"{name}[{i}]", depth + 1) for i, item in enumerate(value)]}
    if isinstance(value, Mapping):
        items = [(key, _encode(item, f"{name}[{key!r}]", depth + 1)) for key, item in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key, _ in items):
            return dict(items)
        return {"$items": [[_encode(key, f"a key of {name}", depth + 1), item] for key, item in items]}
    raise TypeError(
        f"{name} must be made of numbers, text, None, tuples, lists and dictionaries to be saved, got {type(value).__name__}"
    )


def _decode(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise FormatError(f"has a header nested more than {_DEEPEST} deep")
    if isinstance(value, list):
        return [_decode(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    special = [key for key in value if key.startswith("$")]
    if not special:
        return {key: _decode(item, depth + 1) for key, item in value.items()}
    match value:
        case {"$float": "inf" | "-inf" | "nan" as text, **rest} if not rest:
            return float(text)
        case {"$tuple": list(items), **rest} if not rest:
            return tuple(_decode(item, depth + 1) for item in items)
        case {"$items": list(items), **rest} if not rest and all(isinstance(item, list) and len(item) == 2 for item in items):
            try:
                pairs = {_decode(key, depth + 1): _decode(item, depth + 1) for key, item in items}
            except TypeError:
                raise FormatError("has a header with a list or dictionary for a key") from None
            if len(pairs) == len(items):
                return pairs
    raise FormatError(f"has a header with an unknown kind of value, {special[0][:40]!r}")


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER + 1:
        raise FormatError(f"has a header with a number of {len(text)} digits")
    return int(text)


def _constant(text: str) -> None:
    raise FormatError(f"has a header with the value {text}, which is not JSON")


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise FormatError("has a header with a key that occurs twice")
    return value
