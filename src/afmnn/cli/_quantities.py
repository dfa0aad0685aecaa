"""Numbers with units on the command line: ``0.47um``, ``39 nm``, ``30deg``."""

from __future__ import annotations

import argparse
import math
import re
from typing import NamedTuple

from .. import _units

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+))?\s*(.*?)\s*", re.DOTALL)
_DEGREES = frozenset({"deg", "°"})


class Quantity(NamedTuple):
    """A number as it is typed, and its unit; empty where there is none."""

    mantissa: str
    exponent: int
    unit: str

    @property
    def text(self) -> str:
        """What was typed."""
        return f"{self.mantissa}{f'e{self.exponent}' if self.exponent else ''}{self.unit}"

    @property
    def base(self) -> str:
        """The unit without its prefix: "m" for "nm"."""
        return _units.split(self.unit)[0]

    def number(self, unit: str) -> float:
        """Return how many of `unit` that is; a number without a unit is one of `unit` already.

        Because the decimal point is moved in the text, ``0.47um`` is the float that Python makes of ``0.47e-6``.
        """
        if not self.unit:
            return self._scaled(0)
        if not _units.comparable(self.unit, unit):
            raise ValueError(f"must be in {unit or 'no unit'}, got {self.text!r}")
        return self._scaled(_units.split(self.unit)[1] - _units.split(unit)[1])

    def radians(self) -> float:
        """Return an angle; a number without a unit is in radians."""
        return math.radians(self._scaled(0)) if self.unit in _DEGREES else self.number("rad")

    def _scaled(self, power: int) -> float:
        return float(f"{self.mantissa}e{self.exponent + power}")


def find_quantity(text: str) -> Quantity | None:
    """Read a number with or without a unit; None if the text does not begin with a number, or a word follows that is no unit."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    unit = _units.canonical(found[3])
    known = not unit or unit in _DEGREES or _units.takes_prefix(_units.split(unit)[0])
    return Quantity(found[1], int(found[2] or 0), unit) if known else None


def length(text: str) -> Quantity:
    """Read a length for an option; also a number without a unit."""
    quantity = find_quantity(text)
    if quantity is None or quantity.base not in ("", "m"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a length like 39nm, 0.5um or 39e-9")
    return quantity


def lengths(text: str) -> tuple[Quantity, ...]:
    """Read one length, or two with an x between them."""
    parts = text.split("x")
    if len(parts) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 10um or 5umx10um")
    return tuple(map(length, parts))
