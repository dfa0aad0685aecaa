"""What the parts of an instrument have in common: numbers or ranges that are checked, drawn, and written as plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from ... import _check
from .._draws import Draws
from ..recipes import checked_range

P = TypeVar("P", bound="Part")

#: Heights and displacements beyond this are a mistake, and their squares would overflow.
LARGEST = 1e100


def number(default: float, low: float, high: float) -> Any:
    """Declare a number of a part, or a range of it, with its limits."""
    return dataclasses.field(default=default, metadata={"low": low, "high": high})


def count(default: int, low: int, high: int) -> Any:
    """Declare a whole number of a part, with its limits."""
    return dataclasses.field(default=default, metadata={"low": low, "high": high, "whole": True})


def word(default: str, choices: tuple[str, ...]) -> Any:
    """Declare a text of a part, one of some."""
    return dataclasses.field(default=default, metadata={"choices": choices})


def height() -> Any:
    """Declare a height that must not be negative."""
    return number(0.0, 0.0, LARGEST)


def signed() -> Any:
    """Declare a height, length or speed of either sign."""
    return number(0.0, -LARGEST, LARGEST)


class Part:
    """One part of an instrument: a frozen dataclass of numbers, texts, or ranges of them."""

    def __post_init__(self) -> None:
        part = type(self).__name__.lower()
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            if field.metadata:
                name = f"{part}.{field.name}"
                object.__setattr__(self, field.name, _checked(name, getattr(self, field.name), field.metadata))

    def drawn(self: P, draws: Draws) -> P:
        """Return the part with numbers in place of ranges."""
        part = type(self).__name__.lower()
        # Drawing takes time for each field of each scan, and most have no range.
        ranges = {name: value for name, value in vars(self).items() if isinstance(value, (tuple, Mapping)) and name != "shape"}
        if not ranges:
            return self
        return dataclasses.replace(self, **{name: draws.value(f"{part}.{name}", value) for name, value in ranges.items()})  # type: ignore[type-var]

    def to_dict(self) -> dict[str, Any]:
        """Return the part as lists, dicts, texts and numbers, which its constructor takes back."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}  # type: ignore[arg-type]


def _checked(name: str, value: Any, rules: Mapping[str, Any]) -> Any:
    """Check what a recipe may say against the limits of a field."""
    value = checked_range(name, value)
    if isinstance(value, Mapping):
        ((how, inner),) = value.items()
        if how == "choice":
            return {how: tuple(_checked(name, choice, rules) for choice in inner)}
        ends = inner
    elif isinstance(value, tuple):
        how, ends = "even", value
    else:
        how, ends = "", (value,)
    if "choices" in rules:
        if how:
            raise ValueError(f"{name} must be a text or a choice of texts, got {value!r}")
        _check.choice(name, value, rules["choices"])
        return value
    for end in ends:
        _check.within(**{name: (end, rules["low"], rules["high"])})
    if rules.get("whole"):
        if how == "" and not isinstance(value, int) and not float(value).is_integer():
            raise TypeError(f"{name} must be an integer, got {value!r}")
        if how not in ("", "integer"):
            raise ValueError(f"{name} must be an integer or a range of integers, {{'integer': [low, high]}}, got {value!r}")
        return value if how else int(value)
    return value if how else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    return value
