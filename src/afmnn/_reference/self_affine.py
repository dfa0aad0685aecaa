"""Gaussian random fields by NumPy's transforms, and the twin of `synth.self_affine`."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s
from . import noise

SELF_AFFINE = 0x2000  # block of roles


def wave_numbers(shape: tuple[int, int], row_step: float) -> tuple[Float64s, Float64s]:
    """Return ky and kx of the half spectrum, in radians per pixel width; negative ky where rows may count either way."""
    rows, cols = shape
    ky = 2 * np.pi * np.fft.fftfreq(rows) / row_step
    if rows % 2 == 0:
        ky[rows // 2] *= -1  # NumPy calls it negative
    return np.asarray(ky[:, None]), np.asarray(2 * np.pi * np.arange(cols // 2 + 1) / cols)


def gaussian_field(
    shape: tuple[int, int], amplitude: Float64s, rms: float, row_step: float, key: int, role: int
) -> tuple[Float64s, float]:
    """Return a field with amplitudes of its half spectrum, and the root mean square of its gradient."""
    rows, cols = shape
    half = cols // 2 + 1
    draws = noise.pixels(key, role, rows, 2 * half, "gaussian")
    spectrum = amplitude * (draws[:, 0::2] + 1j * draws[:, 1::2])
    spectrum[0, 0] = 0.0
    for column in {0, cols // 2} if cols % 2 == 0 else {0}:
        for row in range(rows // 2 + 1):
            if (rows - row) % rows == row:
                spectrum[row, column] = np.sqrt(2) * spectrum[row, column].real
            else:
                spectrum[rows - row, column] = np.conj(spectrum[row, column])
    field = np.fft.irfft2(spectrum, s=shape)
    weight = np.full(half, 2.0)
    weight[0] = 1.0
    if cols % 2 == 0:
        weight[-1] = 1.0
    ky, kx = wave_numbers(shape, row_step)
    power = weight * np.abs(spectrum) ** 2
    slope = np.sqrt(np.sum(power * (kx**2 + ky**2)) / np.sum(power))
    return np.asarray(field * (rms / np.sqrt(np.mean(field**2)))), float(rms * slope)


def self_affine(
    shape: tuple[int, int],
    *,
    rms: float,
    hurst: float,
    roll_off: float,
    smoothing: float,
    anisotropy: float,
    angle: float,
    row_step: float,
    key: int,
) -> tuple[Float64s, float]:
    """Return heights and the root mean square of the gradient; lengths are in pixel widths, without a roll-off it is infinite."""
    ky, kx = wave_numbers(shape, row_step)
    along, across = kx * np.cos(angle) - ky * np.sin(angle), kx * np.sin(angle) + ky * np.cos(angle)
    k2 = (2 * np.pi / roll_off) ** 2 + anisotropy * along**2 + across**2 / anisotropy
    k2[0, 0] = 1.0
    amplitude = k2 ** (-(1 + hurst) / 2) * np.exp(-(kx**2 + ky**2) * smoothing**2 / 2)
    return gaussian_field(shape, amplitude, rms, row_step, key, SELF_AFFINE)
