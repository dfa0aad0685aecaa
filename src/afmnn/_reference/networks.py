"""Windowed networks: what `apply` computes.

Parameters are `layers`, a list of matrices (nodes, 1 + inputs) with the bias in column 0, and `linear`, the linear path's
weights of the window row by row. Most functions also take complex numbers, so that derivatives need no differences.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Window = tuple[int, int]


def windows(image: Array, window: Window) -> Array:
    """All windows inside an image, one a row of the result, read row by row."""
    view = np.lib.stride_tricks.sliding_window_view(image, window)
    return view.reshape(view.shape[0] * view.shape[1], -1)


def centres(image: Array, window: Window) -> Array:
    """Pick the pixels that the windows inside an image belong to: a window of H rows starts H // 2 above its pixel."""
    (rows, cols), (height, width) = image.shape, window
    top, left = height // 2, width // 2
    return image[top : top + rows - height + 1, left : left + cols - width + 1]


def extended(image: Array, window: Window, border: str, constant: float = 0.0) -> Array:
    """Continue an image as far as windows around its pixels reach, so that `windows` gives one for every pixel."""
    height, width = window
    mode = {"reflect": "symmetric", "nearest": "edge", "mirror": "reflect", "constant": "constant"}[border]
    pad = ((height // 2, height - 1 - height // 2), (width // 2, width - 1 - width // 2))
    more: dict[str, Any] = {"constant_values": constant} if mode == "constant" else {}
    return np.pad(image, pad, mode=mode, **more)  # type: ignore[call-overload, no-any-return]


def logistic(a: Array) -> Array:
    """1 / (1 + exp(-a))."""
    return np.asarray(1.0 / (1.0 + np.exp(-a)))


def affine(layer: Array, x: Array) -> Array:
    """Bias plus weighted inputs."""
    return np.asarray(layer[:, 0] + x @ layer[:, 1:].T)


def forward(layers: list[Array], linear: Array | None, activation: str, x: Array) -> Array:
    """Compute the output of a plain network for windows `x`."""
    function: Any = np.tanh if activation == "tanh" else logistic
    u = x
    for layer in layers[:-1]:
        u = function(affine(layer, u))
    y = affine(layers[-1], u)[:, 0]
    if linear is not None:
        y = y + x @ linear.ravel()
    return logistic(y) if activation == "logistic" else np.asarray(y)


def apply(
    network: Any,
    image: Array,
    *,
    border: str = "reflect",
    constant: float = 0.0,
    scaling: Any = None,
) -> Array:
    """Heights in, heights out, in double precision; `constant` is a height (above the plane, where one is taken off)."""
    from . import fovea  # noqa: PLC0415 - which uses this module

    scaling = network.scaling if scaling is None else scaling
    plane = scaling.plane(image.shape)
    in_factor, out_factor = scaling.in_factor, scaling.out_factor
    if scaling.kind == "row-noise":
        in_factor = out_factor = 1.0 / scaling.row_noise
    scaled = (np.asarray(image, np.float64) - plane - scaling.in_shift) * in_factor
    layers = [layer.astype(np.float64) for layer in network.layers]
    linear = None if network.linear is None else network.linear.astype(np.float64)
    whole = extended(scaled, network.window, border, (constant - scaling.in_shift) * in_factor)
    if network.fovea is None:
        y = forward(layers, linear, network.activation, windows(whole, network.window))
    else:
        previous = None
        if network.before is not None:
            previous = apply(network.before, image, border=border, constant=constant, scaling=scaling)
            previous = (previous - plane - scaling.out_shift) * out_factor
            previous = extended(previous, network.window, border, (constant - scaling.out_shift) * out_factor)
        y = forward(layers, linear, network.activation, fovea.taps(whole, network.fovea, image.shape, previous))
        base = fovea.base(whole, network.fovea, image.shape, previous)
        if network.fovea.compresses:
            off = fovea.expanded(y) + base - scaled.ravel()
            y = scaled.ravel() + np.clip(off, -fovea.MOST_TAKEN_OFF, fovea.MOST_TAKEN_OFF)
        else:
            y = y + base
    return np.asarray(y.reshape(image.shape) / out_factor + scaling.out_shift + plane)
