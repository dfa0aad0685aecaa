"""Medians of what is known."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s


def known_median(values: Float64s, axis: int = 0) -> Float64s:
    """Return medians along an axis, of what is not NaN; NaN where nothing is known.

    NumPy warns of such places, and filters of warnings belong to the process: two threads that set them at once leave each
    other without. So they get a number for as long as it takes.
    """
    nothing = np.isnan(values).all(axis=axis, keepdims=True)
    medians = np.nanmedian(np.where(nothing, 0.0, values), axis=axis, keepdims=True)
    return np.asarray(np.where(nothing, np.nan, medians)).squeeze(axis)
