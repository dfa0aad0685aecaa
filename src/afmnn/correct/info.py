"""What a correction did to an image."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .._typing import Float64s, Heights, Mask
from ..image import Image


@dataclasses.dataclass(frozen=True, eq=False)
class Correction:
    """What a correction did to an image, beside the image that it returned.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
        The pixels that were found to be wrong, or that were mended.
    removed : Image or ndarray of float64, shape (rows, columns)
        What was taken off: the image less the corrected one, in its unit. NaN where either has no height.
    figures : dict of str to float
        What was measured on the way; lengths in pixels, heights in the unit of the image. Which ones, each correction says.
    notes : tuple of str
        What a user should know: what could not be told apart, or was left alone, and why. Empty where there is nothing.
    """

    mask: Mask
    removed: Any
    figures: dict[str, float] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()


def as_given(image: Any, heights: Heights) -> Any:
    """Return heights as the image came: an `Image` with its size, units and title, or an array."""
    return image.replace(data=heights) if isinstance(image, Image) else heights


def taken_off(image: Any, before: Heights, after: Heights) -> Any:
    """Return what a correction took off, as `Correction.removed` has it."""
    # Because in float32 the difference of two heights on a large offset may not be a float32, it is one in float64.
    difference: Float64s = np.subtract(before, after, dtype=np.float64)
    return as_given(image, difference)
