"""The plain C++ loop of the classic algorithm, compiled with ``g++ -O2`` and called in this process."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

available = shutil.which("g++") is not None

Doubles = NDArray[np.float64]


@cache
def _library() -> Any:
    with tempfile.TemporaryDirectory() as folder:  # once loaded, the file is not needed
        path = Path(folder) / "plain_loop.so"
        subprocess.run(["g++", "-O2", "-shared", "-fPIC", "-o", path, Path(__file__).with_name("plain_loop.cpp")], check=True)
        library = ctypes.CDLL(str(path))
    library.plain_pass.restype = ctypes.c_double
    return library


def _pointers(*arrays: Doubles) -> list[Any]:
    assert all(array.dtype == np.float64 and array.flags.c_contiguous for array in arrays)
    return [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]


def _sizes(*numbers: int) -> list[Any]:
    return [ctypes.c_size_t(number) for number in numbers]


class PlainLoop:
    """Online backpropagation on a pair of images, in their own scale from 0 to 1."""

    def __init__(self, noisy: NDArray[Any], ideal: NDArray[Any], window: tuple[int, int], hidden: int, seed: int = 0) -> None:
        self.noisy, self.ideal = (np.ascontiguousarray((a - a.min()) / np.ptp(a), np.float64) for a in (noisy, ideal))
        self.range, self.window, self.hidden = float(np.ptp(ideal)), window, hidden
        random = np.random.default_rng(seed)
        self.weights = 0.2 * random.random((hidden, window[0] * window[1] + 1)) - 0.1
        self.output = 0.2 * random.random(hidden + 1) - 0.1
        self.velocity, self.output_velocity = np.zeros_like(self.weights), np.zeros_like(self.output)
        self.pixels = (noisy.shape[0] - window[0]) * (noisy.shape[1] - window[1])

    def step(self) -> float:
        """Make one pass; return its root-mean-square error in heights."""
        squares = _library().plain_pass(
            *_pointers(self.noisy, self.ideal),
            *_sizes(*self.noisy.shape, *self.window, self.hidden),
            *_pointers(self.weights, self.velocity, self.output, self.output_velocity),
            ctypes.c_double(0.3),
            ctypes.c_double(0.3),
        )
        return float(np.sqrt(squares / self.pixels)) * self.range


def apply(net: Any, image: NDArray[Any]) -> Doubles:
    """Evaluate the windows that lie inside `image`."""
    image = np.ascontiguousarray(image, np.float64)
    first, last = (np.ascontiguousarray(layer, np.float64) for layer in net.layers)
    linear = np.ascontiguousarray(net.linear, np.float64)
    out = np.empty((image.shape[0] - net.window[0] + 1, image.shape[1] - net.window[1] + 1))
    sizes = _sizes(*image.shape, *net.window, len(first))
    _library().plain_apply(*_pointers(image), *sizes, *_pointers(first, last, linear, out))
    return out
