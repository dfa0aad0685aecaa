"""Numbers with units, and tables: text for terminals and reports."""

from __future__ import annotations

import math
from collections.abc import Sequence

from . import _units

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def shown(text: str) -> str:
    """Return a text as one printable line: a file's name may hold line breaks and bytes that are no characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def decoded(raw: bytes) -> str:
    """Return the text of a file: UTF-8, or where it is none, what Western Windows or Latin-1 make of it."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    return raw.decode("latin-1")


def readable(text: str) -> str:
    """Return a text from the command line, or the name of a file, with what Python left undecoded in it decoded."""
    if not any("\udc80" <= c <= "\udcff" for c in text):
        return text
    return decoded(text.encode("utf-8", "surrogateescape"))


def quantity(value: float, unit: str) -> str:
    """Return a number of three digits with its unit, for example ``17.3 nm``, or where no prefix helps ``17.3 × 10⁻⁹``."""
    size, prefixed = prefix(value, unit)
    number = float(f"{value / size:.3g}")
    if not math.isfinite(number) or number == 0 or 1e-3 <= abs(number) < 1e5:
        return f"{number:g} {prefixed}".rstrip()
    exponent = thousands(number)
    return f"{number / 10.0**exponent:.3g} × {power_of_ten(exponent)} {prefixed}".rstrip()


def thousands(value: float) -> int:
    """Return the multiple of three to which ten has to be raised for a number of one to three digits before the point."""
    return 3 * math.floor(math.log10(abs(value)) / 3 + 1e-12)


def power_of_ten(exponent: int) -> str:
    """Return a power of ten as people write it: ``10⁻⁹``."""
    return "10" + str(exponent).translate(_RAISED)


def prefix(value: float, unit: str) -> tuple[float, str]:
    """Return the unit in which `value` is a handy number, and how large it is in `unit`: ``(1e-9, "nm")`` for some nm in "m".

    A unit that has a prefix already gets another where that is handier: 2500 nm are 2.5 µm.
    """
    base, power = _units.split(unit)
    if not (_units.takes_prefix(base) and math.isfinite(value) and value != 0):
        return 1.0, unit
    rounded = float(f"{value:.2e}")  # 999.6 nm is 1 µm
    exponent = 3 * math.floor((math.log10(abs(rounded)) + power) / 3 + 1e-12)
    if exponent not in _PREFIXES:
        return 1.0, unit
    return 10.0 ** (exponent - power), _PREFIXES[exponent] + base


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
