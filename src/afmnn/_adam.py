"""What trainings with Adam have in common: the weights they begin with, and the core's trainer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._pairs import Scaled
from ._seed import unit_numbers
from .applying import core_network
from .fovea import Fovea
from .network import Network
from .scaling import Scaling


def fresh(
    window: tuple[int, int],
    fovea: Fovea | None,
    hidden: tuple[int, ...],
    key: int,
    scaling: Scaling,
    before: Network | None = None,
    units: Mapping[str, Any] | None = None,
) -> Network:
    """Return a network to begin with; `window` is that of the fovea, where there is one."""
    random = np.random.Philox(key=key)
    inputs = window[0] * window[1] if fovea is None else fovea.taps
    layers = []
    for i, (seen, nodes) in enumerate(pairwise((inputs, *hidden, 1))):
        # Sums of unit variance for white input; the output starts near what it counts from, which is a fair guess.
        layer = 0.2 * unit_numbers(random, nodes * (seen + 1)).reshape(nodes, seen + 1) - 0.1
        layer[:, 1:] *= 10 * np.sqrt(3.0 / seen) * (0.1 if i == len(hidden) else 1.0)
        layer[:, 0] = 0.0
        layers.append(layer)
    linear = np.full(window, 1.0 / inputs) if fovea is None else np.zeros(inputs)
    return Network(window, tuple(layers), scaling, "adam", linear, units=units or {}, fovea=fovea, before=before)


def trainer(
    first: Network,
    pairs: list[Scaled],
    earlier: list[NDArray[Any]] | None,
    *,
    learning_rate: float,
    momentum: float,
    batch: int,
    flips: bool,
    key: int,
    steps: int,
    parts: int = 1,
) -> _core.TrainerF32:
    """Return the core's trainer; `earlier` is what the stages before `first` made of the noisy images."""
    return _core.TrainerF32(
        core_network(first),
        pairs,
        batch=batch,
        flips=flips,
        key=key,
        rate=learning_rate,
        last_rate=0.01,
        beta1=momentum,
        beta2=0.999,
        epsilon=1e-8,
        passes=max(steps, 1),
        earlier=earlier,
        parts=parts,
    )
