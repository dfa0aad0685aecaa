"""Masks: which pixels the arguments `mask` and `mask_mode` choose."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ._typing import Heights, Mask
from .image import Image, unwrap

MaskMode: TypeAlias = Literal["include", "exclude", "ignore"]
MASK_MODES = ("include", "exclude", "ignore")


def chosen(mask: Heights, mode: str) -> Mask:
    """Return the pixels that are meant; `mode` is "include" or "exclude", for nothing is asked of a mask that is ignored."""
    return mask >= 1 if mode == "include" else mask <= 0


def chosen_of(
    mask: ArrayLike | Image, shape: tuple[int, ...], mode: str = "include", *, finite: bool = True, of: str = "image"
) -> Mask:
    """Return the pixels of an image of `shape` that its mask chooses, of which nothing is known yet.

    `of` is the name of the argument that is the image, for messages.

    Raises
    ------
    ValueError
        If the mask is not of the shape of the image, or, where it must be finite, has NaN.
    """
    given: Any = mask.data if isinstance(mask, Image) else mask
    # Because as numbers a boolean mask would take as much memory as the image, it is used where it lies.
    is_boolean = type(given) is np.ndarray and given.dtype == bool and given.ndim == 2
    array: Any = given if is_boolean else unwrap("mask", mask, finite=finite)
    if array.shape != shape:
        raise ValueError(f"mask must have the shape of {of} {shape}, got {array.shape}")
    pixels: Mask = array if is_boolean else chosen(array, mode)
    return ~pixels if is_boolean and mode == "exclude" else pixels
