"""Functions and sums that reach a height, a weight or a choice: the core's, with the same bits on every machine.

``math.exp`` and ``**`` are those of the C library, which differ between systems in their last bits; ``np.exp`` and its like have
a version for each instruction set; and NumPy does not promise in which order it sums. What NumPy and Python do number by number
with ``+ - * /`` and square roots is the same everywhere, and so are sorting, medians and ``math.fsum``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core

exp, log, sin, cos, erf = _core.exp, _core.log, _core.sin, _core.cos, _core.erf


def total(values: NDArray[Any]) -> float:
    """Return the sum of all values in double precision, in an order that depends on the shape only."""
    return _core.total(_as_image(values))


def mean(values: NDArray[Any]) -> float:
    """Return the mean in double precision."""
    return _core.total(_as_image(values)) / values.size


def mean_square(values: NDArray[Any], centre: float = 0.0) -> float:
    """Return the mean of the squared distances from `centre` in double precision."""
    return _core.sum_of_squares(_as_image(values), centre) / values.size


def spread(values: NDArray[Any]) -> float:
    """Return the standard deviation in double precision."""
    return math.sqrt(mean_square(values, mean(values)))


def _as_image(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype not in (np.float32, np.float64):
        values = values.astype(np.float64)
    return values if values.ndim == 2 else values.reshape(1, -1)
