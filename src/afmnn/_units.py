"""Units: their prefixes, and texts that look alike."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Units that take a prefix. A unit that is neither one of them, nor one with a prefix, nor a ratio of such, stays text.
_BASES = frozenset({"m", "V", "A", "N", "Pa", "Hz", "s", "W", "F", "C", "K", "J", "T", "S", "g", "eV", "rad", "Ω"})
_PREFIXES = {
    "a": -18, "f": -15, "p": -12, "n": -9, "µ": -6, "u": -6, "m": -3, "c": -2, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12,
}  # fmt: skip
#: Large prefixes of these are other things: Gs is gauss, kT the energy of heat.
_SMALL_ONLY = frozenset({"s", "T"})
#: Names of what the two tables do not have: base unit and power of ten.
_NAMES = {"Å": ("m", -10), "Ang": ("m", -10), "Angstrom": ("m", -10), "angstrom": ("m", -10), "micron": ("m", -6)}


def canonical(unit: str) -> str:
    """Return a unit as everybody writes it: of two characters that look the same, one.

    There are two each for micro, ångström and ohm, and keyboards and programs do not agree on which.
    """
    return unicodedata.normalize("NFC", unit).replace("\u03bc", "\u00b5").strip()


def split(unit: str) -> tuple[str, int]:
    """Return the base unit and the power of ten that a unit is of it: ``("m", -9)`` for "nm".

    Units that nobody knows, among them products, powers and degrees, are their own base unit.
    """
    unit = canonical(unit)
    parts = [_factor(part.strip()) for part in unit.split("/")]
    if len(parts) > 2 or None in parts:
        return unit, 0
    known = [part for part in parts if part is not None]
    power = known[0][1] - sum(part[1] for part in known[1:])
    return "/".join(base for base, _ in known), power


def base(unit: str) -> str:
    """Return the unit that a quantity has when it has left, see `Image.in_base_units`."""
    other, power = split(unit)
    return unit if power == 0 else other


def takes_prefix(unit: str) -> bool:
    """Whether a unit is a base unit, or a ratio of such."""
    return bool(unit) and all(part in _BASES for part in unit.split("/", 1))


def same(one: str, other: str) -> bool:
    """Whether two texts are the same unit; no unit is the same as no unit only."""
    return split(one) == split(other)


def comparable(one: str, other: str) -> bool:
    """Whether two units differ by no more than their prefixes."""
    return split(one)[0] == split(other)[0]


def scaled(values: NDArray[Any], power: int) -> NDArray[Any]:
    """Return values times a power of ten, rounded once; the same array for the power 0."""
    if power == 0:
        return values
    with np.errstate(over="ignore", under="ignore"):
        result = values / values.dtype.type(10.0**-power) if power < 0 else values * values.dtype.type(10.0**power)
    return np.asarray(result)


def scaled_number(value: float, power: int) -> float:
    """Return a number times a power of ten, rounded once."""
    return value / 10.0**-power if power < 0 else value * 10.0**power


def _factor(text: str) -> tuple[str, int] | None:
    """Return base and power of ten of a unit without a ratio in it; None if it is unknown."""
    text = text.replace("Ohm", "Ω")
    if text in _BASES:
        return text, 0
    if text in _NAMES:
        return _NAMES[text]
    prefix, base = text[:1], text[1:]
    if prefix not in _PREFIXES or base not in _BASES or (base in _SMALL_ONLY and _PREFIXES[prefix] > 0):
        return None
    return base, _PREFIXES[prefix]
