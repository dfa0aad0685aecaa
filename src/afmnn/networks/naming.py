"""What is the name of a network and what is a path, and what names there may be."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import Any

from .. import _check

#: Before the names of networks that Gwyddion has stored.
GWYDDION = "gwyddion:"

#: The networks that come with the package. Because more are to come, their names are reserved, too.
SHIPPED = ("universal", "universal-fine")
_RESERVED = re.compile(r"universal(-.*)?", re.IGNORECASE)

LONGEST = 60  # characters: four bytes each, and a suffix, are what file systems take
_NAME = re.compile(rf"\w([\w -]{{0,{LONGEST - 2}}}\w)?")
#: Windows opens devices by these names, whatever their folder and suffix.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³")}


def is_name(value: str | os.PathLike[str]) -> bool:
    """Whether this means a network by its name: a text without a suffix and without a separator.

    This is the one place that decides between a name and a path.
    """
    if not isinstance(value, str):
        return False
    return value.startswith(GWYDDION) or not (any(c in value for c in "./\\") or os.path.splitdrive(value)[0])


def normal(name: str) -> str:
    """Return the name with each letter in one piece: file systems differ in how they keep accents."""
    return unicodedata.normalize("NFC", name)


def is_proper(name: str) -> bool:
    """Whether a network of the user may have this name."""
    return _NAME.fullmatch(name) is not None and name.lower() not in _DEVICES and _RESERVED.fullmatch(name) is None


def check_own(argument: str, name: Any) -> str:
    """Return the name of a network of the user, there or to be made; refuse all that cannot be one."""
    _check.text(**{argument: name})
    own = normal(name)
    if own.startswith(GWYDDION):
        raise ValueError(f"{argument} must be that of a network of yours, got {own!r}, which is Gwyddion's")
    if _RESERVED.fullmatch(own):
        raise ValueError(f"{argument} must be that of a network of yours, got {own!r}, which comes with afmnn")
    if own.lower() in _DEVICES:
        raise ValueError(f"{argument} must not be that of a device of Windows, got {own!r}")
    if not _NAME.fullmatch(own):
        raise ValueError(
            f"{argument} must be 1 to {LONGEST} letters, digits, '-', '_' and spaces, "
            f"with a letter, digit or '_' at both ends, got {own!r}"
        )
    return own
