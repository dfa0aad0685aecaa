"""Images whose tilt or offsets between scan lines are taken off before something else is done with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..correct.level import level
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
