"""The twin of `synth.atomic_lattice`: every atom on the whole image."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Float64s


def draw(
    info: dict[str, Any], shape: tuple[int, int], *, height: float, second_site: float, width: float, pixel: tuple[float, float]
) -> Float64s:
    """Draw the atoms that `info` says; `width` is a length."""
    y, x = np.arange(shape[0])[:, None] * pixel[0], np.arange(shape[1]) * pixel[1]
    result = np.zeros(shape)
    for at_y, at_x, present, second in zip(*(info[name] for name in ("y", "x", "present", "second")), strict=True):
        if present:
            bump = np.exp(-((y - at_y) ** 2 + (x - at_x) ** 2) / (2 * width**2))
            result += height * (second_site if second else 1.0) * bump
    return result
