"""Images whose tilt or offsets between scan lines are taken off before something else is done with them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..correct.info import Correction
from ..correct.level import level
from ..errors import LevellingWarning
from ..image import Image


def levelled(text: str, image: Image, method: str | None, *, nan: str, **how: Any) -> Image:
    """Level an image where a method is given; `text` is what the command line calls it.

    Where missing pixels are allowed, infinite heights are missing, too.
    """
    if method is None:
        return image
    finite: Any = image.data if nan == "raise" else np.where(np.isfinite(image.data), image.data, np.nan)
    try:
        result: Image = level(image.replace(data=finite), method, **how)  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from error
    return result


def levelled_with_info(text: str, image: Image, method: str, **how: Any) -> tuple[Image, Correction]:
    """Level an image in which missing pixels are allowed, and return what was done, too; notes are for the caller to print."""
    finite: Any = np.where(np.isfinite(image.data), image.data, np.nan)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LevellingWarning)
            result: tuple[Image, Correction] = level(image.replace(data=finite), method, return_info=True, **how)  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from error
    return result
