"""What mends of marked pixels have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._threads import resolve_threads
from .._typing import Heights, Mask
from ..image import Image
from ._marking import given_mask
from .info import Correction, as_given, taken_off
from .surfaces import why_not


def mended(
    image: Any, heights: Heights, axis: int, mask: ArrayLike | Image | None, marks: Callable[[], Mask], return_info: bool
) -> Any:
    """Return the image with marked pixels filled across the lines, and a `Correction` if it is asked for."""
    marked = marks() if mask is None else given_mask(mask, heights)
    return finished(image, heights, fill(heights, marked, axis), marked, return_info=return_info)


def fill(heights: Heights, marked: Mask, axis: int) -> Heights:
    """Return a copy with marked pixels filled on straight lines between the lines before and behind; missing ones stay missing.

    Each line keeps an offset of its own; `afmnn/correct/across.hpp` says how.
    """
    result = np.empty(heights.shape, heights.dtype)
    marks = marked.view(np.uint8)
    lines, marks, out = (heights, marks, result) if axis == 1 else (heights.T, marks.T, result.T)
    outcome = _core.fill_across(lines, marks, out, resolve_threads(None))
    if outcome == "no pixel":
        raise ValueError("mask must leave pixels to fill from, got none that is neither marked nor NaN")
    if outcome == "not representable":
        raise ValueError(why_not(outcome, heights, None))
    return result


def finished(
    image: Any,
    heights: Heights,
    result: Heights,
    marked: Mask,
    *,
    return_info: bool,
    figures: dict[str, float] | None = None,
    notes: tuple[str, ...] = (),
) -> Any:
    """Return heights as the image came, and a `Correction` if it is asked for."""
    result = np.ascontiguousarray(result)
    given = as_given(image, result)
    if not return_info:
        return given
    count = float(np.count_nonzero(marked))
    figures = {"pixels": count, "fraction": count / marked.size} | (figures or {})
    return given, Correction(marked.copy(), taken_off(image, heights, result), figures, notes)
