"""BM3D (``bm3d``, for non-commercial use) with white noise, and with the spectrum of noise along the rows that an image shows.

White: `estimate_sigma` of scikit-image. Spectrum: second differences across rows, in which smooth relief is little and noise of
independent rows is six times its variance; the median over rows of their power along the row, by wave number. Neighbouring rows
are taken to be independent, as offsets of lines are, so the two-dimensional spectrum is this one for all wave numbers across.
"""

from __future__ import annotations

import math

import numpy as np
from arms import Arm, Clean, Floats, Settings, on_unit_range, white_noise

#: Medians of the power over its mean: of one squared normal deviate, and of the sum of two (an exponential distribution).
REAL, COMPLEX = 0.4549, math.log(2)


def arms(settings: Settings) -> list[Arm]:
    """Return both arms."""
    del settings
    return [Arm("BM3D, white noise", lambda: _bm3d(white=True)), Arm("BM3D, spectrum of rows", lambda: _bm3d(white=False))]


def row_spectrum(image: Floats) -> Floats:
    """Return the power of each coefficient of the discrete Fourier transform that noise of the rows alone would have."""
    rows, cols = image.shape
    power = np.abs(np.fft.fft(image[2:] - 2 * image[1:-1] + image[:-2], axis=1)) ** 2 / 6
    along = np.median(power, axis=0) / COMPLEX
    for real in (0, cols // 2)[: 1 + (cols % 2 == 0)]:
        along[real] *= COMPLEX / REAL
    return np.repeat(rows * along[None], rows, axis=0)


def _bm3d(white: bool) -> Clean:
    if not hasattr(np, "trapz"):  # which bm4d 4.2.5 still calls by its old name
        np.trapz = np.trapezoid  # noqa: NPY201
    from bm3d import bm3d

    def clean(image: Floats) -> Floats:
        noise = white_noise(image) if white else row_spectrum(image)
        return bm3d(image, noise) if np.any(noise) else image

    return on_unit_range(clean)
