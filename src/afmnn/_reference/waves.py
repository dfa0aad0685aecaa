"""The twin of `synth.waves`: sums of harmonics, source by source."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Float64s


def harmonics(form: str) -> Float64s:
    """Return the coefficients of the cosines of one, two ... times the phase."""
    if form == "cosine":
        return np.array([1.0])
    if form == "flat_top":
        return np.array([1.0, 0.0, -1 / 6, 0.0, 1 / 50])
    found = 1 / np.cosh(np.pi**2 * np.arange(1, 41) / 10)
    return np.asarray(found / np.sqrt(np.sum(found**2) / 2))


def waves(info: dict[str, Any], shape: tuple[int, int], *, quantity: str, form: str, pixel: tuple[float, float]) -> Float64s:
    """Return what the sources that `info` says make."""
    y, x = ((np.arange(n) - (n - 1) / 2) * step for n, step in zip(shape, pixel, strict=True))
    total = np.zeros(shape, complex)
    sources = zip(*(info[name] for name in ("y", "x", "wavelength", "amplitude", "decay")), strict=True)
    for at_y, at_x, wavelength, amplitude, decay in sources:
        phase = 2 * np.pi * np.hypot(y[:, None] - at_y, x - at_x) / wavelength
        wave = sum(c * np.exp(1j * m * phase) for m, c in enumerate(harmonics(form), 1))
        total += amplitude * np.exp(-decay * phase) * wave
    if quantity == "phase":
        return np.asarray(np.angle(total) / np.sqrt(np.pi))
    factor = 2 / np.sqrt(len(info["y"]))
    return np.asarray(factor * (total.real if quantity == "displacement" else np.abs(total)))
