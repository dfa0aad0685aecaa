"""Warnings that point at the line of the user's program, and name the image that they are about."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from contextvars import ContextVar

_OURS = (__name__.partition(".")[0], "contextlib")  # whose context managers lie between our functions
_ABOUT = ContextVar("about", default="")


@contextlib.contextmanager
def about(name: str) -> Iterator[None]:
    """Let warnings begin with a name, such as that of one file of many; those of each thread with its own."""
    token = _ABOUT.set(f"{name}: " if name else "")
    try:
        yield
    finally:
        _ABOUT.reset(token)


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the innermost line that is not one of this package: that is where something can be done."""
    depth = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        frame = frame.f_back
        depth += 1
    warnings.warn(_ABOUT.get() + message, category, stacklevel=depth + 1)
