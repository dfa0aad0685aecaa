"""What a network with a fovea sees, from means over boxes as they are defined."""

from __future__ import annotations

from typing import Any

import numpy as np

from .networks import Array

Box = tuple[int, int]


#: What is taken off is seen up to this, in units of the network's scale.
RESIDUAL_LIMIT = 1.0
#: What networks take off at most that compress, in units of the noise.
MOST_TAKEN_OFF = 64.0


def box_means(image: Array, box: Box) -> Array:
    """Means over all boxes inside an image."""
    windows = np.lib.stride_tricks.sliding_window_view(image, box)
    return np.asarray(windows.mean(axis=-1).mean(axis=-1))


def around(means: Array, shape: Box, shift: Box = (0, 0)) -> Array:
    """Pick the means around the `shape` pixels in the middle of an image, `shift` pixels from there; all sides are odd."""
    top, left = ((whole - n) // 2 + by for whole, n, by in zip(means.shape, shape, shift, strict=True))
    return means[top : top + shape[0], left : left + shape[1]]


def compressed(v: Array) -> Array:
    """Small numbers as they are, the roots of large ones."""
    return np.asarray(v / np.sqrt(1.0 + np.abs(v)))


def expanded(c: Array) -> Array:
    """Return the positive root of ``v^2 - c^2 v - c^2``, with the sign of `c`."""
    return np.asarray(np.sign(c) * (c**2 + np.sqrt(c**4 + 4.0 * c**2)) / 2.0)


def taps(image: Array, fovea: Any, shape: Box, previous: Array | None = None) -> Array:
    """Compute what the network sees at the `shape` pixels in the middle of an image: (pixels, taps).

    `previous` is what the stages before made of the image, for bands of the residual.
    """
    found = []
    for band in fovea.bands:
        if band.less is None:
            assert previous is not None
            limit = np.inf if fovea.compresses else RESIDUAL_LIMIT
            means = box_means(np.clip(image - previous, -limit, limit), band.box)
            less = np.zeros_like(means)
        else:
            means, less = box_means(image, band.box), box_means(image, band.less)
        half = [n // 2 for n in band.grid]
        for r in range(-half[0], half[0] + 1):
            for c in range(-half[1], half[1] + 1):
                shift = (r * band.step[0], c * band.step[1])
                difference = (around(means, shape, shift) - around(less, shape, shift)).ravel()
                found.append(band.gain * (compressed(difference) if fovea.compresses else difference))
    return np.column_stack(found)


def base(image: Array, fovea: Any, shape: Box, previous: Array | None = None) -> Array:
    """Compute what the output counts from at the `shape` pixels in the middle of an image."""
    if fovea.base is None:
        assert previous is not None
        return around(previous, shape).ravel()
    return around(box_means(image, fovea.base), shape).ravel()
