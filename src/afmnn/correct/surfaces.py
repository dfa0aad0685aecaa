"""Polynomial surfaces that are taken off, and why one could not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._threads import resolve_threads
from .._typing import Heights

#: Which pixels a levelling may use, one byte each; None: all.
Valid: TypeAlias = NDArray[np.uint8] | None
#: Levels by the pixels that it may use, writes what is levelled, and says what became of it.
TakeOff: TypeAlias = Callable[[Valid, Heights], str]

#: Highest degree of a surface: those above describe the sample, and no scanner.
HIGHEST_DEGREE = 20


def least_squares(heights: Heights, degree: int) -> TakeOff:
    """Return what takes off a surface of a total degree."""
    threads = resolve_threads(None)
    if degree == 1:  # pixels on one straight line determine a plane well enough, but no polynomial
        return lambda valid, levelled: _core.level_plane(heights, valid, levelled, threads)
    return lambda valid, levelled: _core.level_surface(heights, valid, levelled, degree, degree, True, threads)


def why_not(outcome: str, heights: Heights, degree: object) -> str:
    """Say why nothing could be levelled."""
    if outcome == "infinite":
        return "image must not have infinite heights; NaN marks missing pixels"
    if outcome == "no pixel":
        return "image must have pixels that are neither NaN nor masked, got none"
    if outcome == "no line":
        return f"image must have a line with more than {degree} usable pixels for a polynomial of degree {degree}"
    if outcome == "no surface":
        return f"image must have usable pixels that determine a polynomial of degree {degree}, got too few, or all near one curve"
    if outcome == "no cell":
        return "image must have 2 x 2 usable pixels side by side to have a slope, got none"
    low, high = np.nanmin(heights), np.nanmax(heights)
    return f"image must have heights that {heights.dtype} can still hold when they are levelled, got {low:g} to {high:g}"
