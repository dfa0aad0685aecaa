"""The methods of training: what their networks are made of, and what their training takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from .fovea import Fovea


class Method(NamedTuple):
    """One method, as a record of facts: whoever depends on the method asks for the fact that matters."""

    activation: str  # of the hidden nodes
    dtype: type[np.float32 | np.float64]  # of the weights and of the computation
    scaling: str  # kind, of networks without a fovea
    linear_path: bool  # leads from the window to the output beside the hidden nodes; a fovea needs it
    flips: bool  # whether images may be flipped, in training and when a network is applied
    several_pairs: bool
    several_layers: bool
    mini_batches: bool  # with Adam; otherwise weights change after every pixel (online training)
    learning_rate: float  # by default
    momentum: float  # by default

    def scaling_kind(self, fovea: Fovea | None) -> str:
        """Return how heights are scaled: for a fovea, which does not see planes, after a plane has been taken off."""
        if fovea is None:
            return self.scaling
        return "row-noise" if fovea.compresses else "levelled"


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "adam": Method(
            activation="tanh",
            dtype=np.float32,
            scaling="robust",
            linear_path=True,
            flips=True,
            several_pairs=True,
            several_layers=True,
            mini_batches=True,
            learning_rate=0.005,
            momentum=0.9,
        ),
        "gwyddion": Method(
            activation="logistic",
            dtype=np.float64,
            scaling="min-max",
            linear_path=False,
            flips=False,
            several_pairs=False,
            several_layers=False,
            mini_batches=False,
            learning_rate=0.3,
            momentum=0.3,
        ),
    }
)
