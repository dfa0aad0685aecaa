"""Warnings that point at the line of the user's program."""

from __future__ import annotations

import sys
import warnings

_OURS = (__name__.partition(".")[0], "contextlib")  # whose context managers lie between our functions


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the innermost line that is not one of this package: that is where something can be done."""
    depth = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        frame = frame.f_back
        depth += 1
    warnings.warn(message, category, stacklevel=depth + 1)
