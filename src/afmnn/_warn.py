"""Warnings that point at the line of the user's program."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator

_OURS = (__name__.partition(".")[0], "contextlib")  # whose context managers lie between our functions


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the innermost line that is not one of this package: that is where something can be done."""
    depth = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        frame = frame.f_back
        depth += 1
    warnings.warn(message, category, stacklevel=depth + 1)


@contextlib.contextmanager
def naming(what: str) -> Iterator[None]:
    """Put before the warnings that come meanwhile which of several images they are about."""
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as recorded:
            caught = recorded
            warnings.simplefilter("always")
            yield
    finally:
        for each in caught:
            warn(f"{what}: {each.message}", each.category)
