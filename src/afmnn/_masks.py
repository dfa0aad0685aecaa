"""Masks: which pixels the arguments `mask` and `mask_mode` choose."""

from __future__ import annotations

from ._typing import Heights, Mask

MASK_MODES = ("include", "exclude", "ignore")


def chosen(mask: Heights, mode: str) -> Mask:
    """Return the pixels that are meant; `mode` is "include" or "exclude", for nothing is asked of a mask that is ignored."""
    return mask >= 1 if mode == "include" else mask <= 0
