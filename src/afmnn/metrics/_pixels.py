"""Which pixels count in a figure. One rule for all: a pixel that the mask does not choose is as good as missing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._masks import MASK_MODES, chosen_of
from .._typing import Heights, Mask
from ..image import Image


def counted(mask: ArrayLike | Image | None, mask_mode: str, shape: tuple[int, ...], of: str = "image") -> Mask | None:
    """Return the pixels that a mask chooses, at least one; None where all count.

    `of` is the name of the argument whose shape it must have.
    """
    _check.choice("mask_mode", mask_mode, MASK_MODES)
    if mask is None:
        return None
    # A mask that is ignored is looked at all the same: it must be one.
    pixels = chosen_of(mask, shape, "exclude" if mask_mode == "exclude" else "include", of=of)
    if mask_mode == "ignore":
        return None
    if not pixels.any():
        raise ValueError("mask must leave a pixel that counts, got none")
    return pixels


def without_others(heights: Heights, mask: ArrayLike | Image | None, mask_mode: str, of: str = "image") -> Heights:
    """Return heights with NaN in the pixels that do not count, whatever they hold; the same array where all count."""
    pixels = counted(mask, mask_mode, heights.shape, of)
    if pixels is None:
        return heights
    missing: Any = heights.dtype.type(np.nan)
    return np.where(pixels, heights, missing)
