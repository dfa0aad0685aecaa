"""What tells whether two networks clean alike: a digest of all that their results depend on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from .network import Network


def network_digest(network: Network) -> str:
    """Return the SHA-256 of all that a network's results depend on, as 64 hexadecimal digits.

    It is the same on every computer, whatever file the network came from and whatever is told of its training.
    """
    total = hashlib.sha256()
    for stage in network.stages:
        scaling = stage.scaling
        numbers = [scaling.in_shift, scaling.in_factor, scaling.out_shift, scaling.out_factor]
        if scaling.kind == "row-noise":
            numbers.append(scaling.row_noise)
        facts: dict[str, Any] = {
            "method": stage.method,
            "window": list(stage.window),
            "fovea": None if stage.fovea is None else stage.fovea.plain(),
            "scaling": [scaling.kind, *(float(number).hex() for number in numbers)],
            "units": {key: str(value) for key, value in stage.units.items()},
            "flips": bool(stage.training.get("flips_averaged", False)),
        }
        total.update(json.dumps(facts, sort_keys=True).encode())
        for array in (*stage.layers, stage.linear):
            total.update(b"none" if array is None else repr(array.shape).encode())
            if array is not None:
                total.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data.cast("B"))
    return total.hexdigest()
