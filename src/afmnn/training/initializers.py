"""Weights that networks begin with, before any training."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from .._seed import unit_numbers
from .._typing import Float64s, Units
from ..nn.fovea import Fovea
from ..nn.network import Network
from ..nn.scaling import Scaling


def initial_adam(
    window: tuple[int, int],
    hidden: tuple[int, ...],
    key: int,
    scaling: Scaling,
    *,
    units: Units | None = None,
    fovea: Fovea | None = None,
    before: Network | None = None,
) -> Network:
    """Return a network for training with Adam; `window` is that of the fovea, where there is one.

    Because inputs are about as large as 1, weights are such that sums over them have unit variance for white input, as tanh
    wants it. The output counts from a mean height, which is a fair first guess, so that its own weights begin small.
    """
    inputs = window[0] * window[1] if fovea is None else fovea.taps
    layers = _uniform_layers((inputs, *hidden, 1), key)
    for i, layer in enumerate(layers):
        layer[:, 1:] *= 10 * np.sqrt(3.0 / (layer.shape[1] - 1)) * (0.1 if i == len(hidden) else 1.0)
        layer[:, 0] = 0.0
    linear = np.full(window, 1.0 / inputs) if fovea is None else np.zeros(inputs)
    return Network(window, tuple(layers), scaling, "adam", linear, units=units or {}, fovea=fovea, before=before)


def initial_online(window: tuple[int, int], hidden: tuple[int, ...], key: int, scaling: Scaling, units: Units) -> Network:
    """Return a network for online training: all weights between -0.1 and 0.1, as in Gwyddion."""
    layers = _uniform_layers((window[0] * window[1], *hidden, 1), key)
    return Network(window, tuple(layers), scaling, "gwyddion", units=units)


def _uniform_layers(sizes: tuple[int, ...], key: int) -> list[Float64s]:
    """Draw the layers of a network, biases in column 0; `sizes` are the inputs and the nodes of each layer."""
    random = np.random.Philox(key=key)
    shapes = [(nodes, inputs + 1) for inputs, nodes in pairwise(sizes)]
    return [0.2 * unit_numbers(random, math.prod(shape)).reshape(shape) - 0.1 for shape in shapes]
