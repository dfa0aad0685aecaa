"""The twin of `synth.wrinkles`, for heights without a spread."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from . import noise
from .self_affine import self_affine

WRINKLES = 0x2400  # block of roles


def wrinkles(
    shape: tuple[int, int], *, families: int, height: float, sigma: float, roll_off: float, smoothing: float, hurst: float,
    anisotropy: float, angle: float, row_step: float, key: int,
) -> tuple[Float64s, float]:  # fmt: skip
    """Return heights and the mean of the roots mean square of gradients; lengths are in pixel widths."""
    heights, slopes = np.zeros(shape), 0.0
    for family in range(families):
        word = noise.philox(key, WRINKLES, [family])
        field, slope = self_affine(
            shape,
            rms=1.0,
            hurst=hurst,
            roll_off=roll_off,
            smoothing=smoothing,
            anisotropy=anisotropy,
            angle=angle,
            row_step=row_step,
            key=int(word[0][0]) << 32 | int(word[1][0]),
        )
        dy, dx = ((np.roll(field, -1, axis) - np.roll(field, 1, axis)) / 2 for axis in (0, 1))
        distance2 = field**2 / (dx**2 + (dy / row_step) ** 2 + 1e-300)
        heights = np.maximum(heights, height * np.exp(-distance2 / (2 * sigma**2)))
        slopes += slope
    return heights, slopes / families
