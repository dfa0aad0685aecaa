"""The twin of `synth.spectral`."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from .self_affine import gaussian_field, wave_numbers

SPECTRAL = 0x2100  # block of roles


def spectral(
    shape: tuple[int, int],
    *,
    rms: float,
    k_min: float = 0.0,
    k_max: float = np.inf,
    gaussian_length: float = 0.0,
    gaussian_power: float = 2.0,
    exponential_length: float = 0.0,
    power_exponent: float = 0.0,
    row_step: float = 1.0,
    key: int,
) -> tuple[Float64s, float]:
    """Return heights and the root mean square of the gradient; lengths are in pixel widths, 0 for filters that are not used."""
    ky, kx = wave_numbers(shape, row_step)
    k = np.hypot(ky, kx)
    amplitude = np.where((k >= k_min * (1 - 1e-12)) & (k <= k_max * (1 + 1e-12)), 1.0, 0.0)
    if gaussian_length > 0 and gaussian_power == 2:
        amplitude *= np.exp(-((k * gaussian_length) ** 2) / 8)
    elif gaussian_length > 0:
        y, x = (np.minimum(np.arange(n), n - np.arange(n)) for n in shape)
        r = np.hypot(y[:, None] * row_step, x)
        amplitude *= np.sqrt(np.abs(np.fft.rfft2(np.exp(-((r / gaussian_length) ** gaussian_power))).real))
    amplitude *= (1 + (k * exponential_length) ** 2) ** -0.75
    k[0, 0] = 1.0
    amplitude *= k**-power_exponent
    return gaussian_field(shape, amplitude, rms, row_step, key, SPECTRAL)
