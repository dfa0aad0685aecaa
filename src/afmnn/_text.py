"""Numbers with units, and tables: text for terminals and reports."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: Units that take a prefix; others (degrees, "nm" of somebody who has done it already, products) stay as they are.
_PREFIXABLE = frozenset({"m", "V", "A", "N", "Pa", "Hz", "s", "W", "F", "C", "K", "J", "g", "N/m", "V/m", "Ohm", "Ω"})
_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def shown(text: str) -> str:
    """Return a text as one printable line: a file's name may hold line breaks and bytes that are no characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quantity(value: float, unit: str) -> str:
    """Return a number of three digits with its unit, for example ``17.3 nm``."""
    size, prefixed = prefix(value, unit)
    return f"{value / size:.3g} {prefixed}".rstrip()


def prefix(value: float, unit: str) -> tuple[float, str]:
    """Return the unit in which `value` is a handy number, and how large it is, for example ``(1e-9, "nm")``."""
    exponent = 0
    if unit in _PREFIXABLE and math.isfinite(value) and value != 0:
        rounded = float(f"{value:.2e}")  # 999.6 nm is 1 µm
        exponent = 3 * math.floor(math.log10(abs(rounded)) / 3 + 1e-12)
        exponent = exponent if exponent in _PREFIXES else 0
    return 10.0**exponent, _PREFIXES[exponent] + unit


def decibels(value: float) -> str:
    """Return a level, for example ``30.5 dB``."""
    return f"{value:.1f} dB"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return lines of aligned columns: the first to the left, the others to the right."""
    cells = [[shown(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )
