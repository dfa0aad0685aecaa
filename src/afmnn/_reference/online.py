"""The classic method, pixel after pixel, and the reference's way of evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np

from .networks import Array, Window, forward, logistic, windows


def classic_range(shape: tuple[int, int], window: Window) -> tuple[slice, slice]:
    """Rows and columns that the classic method uses: one fewer per axis than would fit."""
    (rows, cols), (height, width) = shape, window
    return slice(height // 2, rows + height // 2 - height), slice(width // 2, cols + width // 2 - width)


def online(
    layers: list[Array],
    noisy: Array,
    ideal: Array,
    window: Window,
    steps: int,
    *,
    valid: Array | None = None,
    rate: float = 0.3,
    momentum: float = 0.3,
) -> tuple[list[Array], list[float], list[float]]:
    """Online backpropagation, pixel after pixel, of images in network scale, from velocity zero.

    Returns the layers, and for each step |d_o| + sum |d_h| of its last pixel and the root-mean-square error.
    """
    hidden, output = layers[0].copy(), layers[1][0].copy()
    hidden_velocity, output_velocity = np.zeros_like(hidden), np.zeros_like(output)
    rows, cols = classic_range(noisy.shape, window)
    last_pixel, rms = [], []
    for _ in range(steps):
        squares, last = [], 0.0
        for r in range(rows.start, rows.stop):
            for c in range(cols.start, cols.stop):
                if valid is not None and not valid[r, c]:
                    continue
                top, left = r - window[0] // 2, c - window[1] // 2
                x = np.concatenate([[1.0], noisy[top : top + window[0], left : left + window[1]].ravel()])
                u = logistic(hidden @ x)
                o = float(logistic(output @ np.concatenate([[1.0], u])))
                d_o = o * (1.0 - o) * (ideal[r, c] - o)
                d_h = u * (1.0 - u) * output[1:] * d_o
                output_velocity = rate * d_o * np.concatenate([[1.0], u]) + momentum * output_velocity
                output += output_velocity
                hidden_velocity = rate * np.outer(d_h, x) + momentum * hidden_velocity
                hidden += hidden_velocity
                squares.append((ideal[r, c] - o) ** 2)
                last = abs(d_o) + float(np.abs(d_h).sum())
        last_pixel.append(last)
        rms.append(float(np.sqrt(np.mean(squares))))
    return [hidden, output[np.newaxis]], last_pixel, rms


def classic_apply(network: Any, image: Array, *, scale_output: bool = False) -> Array:
    """Evaluate as the reference does: inside, by the image's own range; the rest is filled with the average."""
    scaling = network.scaling
    low, high = float(image.min()), float(image.max())
    factor = 1.0 / (high - low)
    x = windows((image - low) * factor, network.window)
    y = forward(list(network.layers), None, "logistic", x).reshape(np.subtract(image.shape, network.window) + 1)[:-1, :-1]
    out_factor = scaling.out_factor / (factor / scaling.in_factor) if scale_output else scaling.out_factor
    inside = y / out_factor + scaling.out_shift
    result = np.full(image.shape, inside.mean())
    result[classic_range(image.shape, network.window)] = inside
    return result
