"""What all marks and mends of lines begin with: heights as scan lines in rows, and masks of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._masks import chosen_of
from .._typing import Heights, Mask
from ..image import Image, unwrap

SIGNS = ("both", "positive", "negative")


def heights_of(image: ArrayLike | Image, axis: int) -> Heights:
    """Check an image and its fast axis, and return its heights as they are given."""
    _check.axis(axis)
    heights = unwrap("image", image, finite=False)
    _check.no_infinite("image", heights)
    return heights


def as_rows(heights: Heights, axis: int, mask: ArrayLike | Image | None = None) -> Heights:
    """Return heights with scan lines in rows, adjacent in memory, pixels that `mask` does not choose as NaN."""
    result: Any = heights if axis == 1 else heights.T
    if mask is not None:
        chosen = chosen_of(mask, heights.shape)
        result = np.where(chosen if axis == 1 else chosen.T, result, heights.dtype.type(np.nan))
    return np.ascontiguousarray(result)


def given_mask(mask: ArrayLike | Image, heights: Heights) -> Mask:
    """Return the pixels that are to be mended."""
    return chosen_of(mask, heights.shape)


def directions(sign: str) -> tuple[bool, bool]:
    """Return whether what stands out upwards, and downwards, is looked for."""
    _check.choice("sign", sign, SIGNS)
    return sign != "negative", sign != "positive"
