"""Networks, images and the machine's own limit, for the benchmarks of apply and train."""

from __future__ import annotations

from functools import partial

import numpy as np

from afmnn import Network, Scaling, _core


def network(window: int | tuple[int, int], hidden: int, seed: int = 7) -> Network:
    """Weights as training leaves them: sums near one, windows less their mean."""
    rng = np.random.default_rng(seed)
    rows, cols = (window, window) if isinstance(window, int) else window
    size = rows * cols
    first = rng.normal(size=(hidden, size + 1)) / np.sqrt(size)
    first[:, 1:] -= first[:, 1:].mean(axis=1, keepdims=True)
    last = rng.normal(size=(1, hidden + 1)) / np.sqrt(hidden)
    linear = rng.normal(size=(rows, cols)) / size + 1 / size
    return Network((rows, cols), (first, last), Scaling("robust", 0.0, 1.0, 0.0, 1.0), "adam", linear)


def relief(side: int, dtype: type = np.float32, seed: int = 8) -> np.ndarray:
    """Smooth hills and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.ogrid[:side, :side]
    return (np.sin(x / 17.0) * np.cos(y / 23.0) + 0.3 * rng.normal(size=(side, side))).astype(dtype)


def counted_work(net: Network) -> int:
    """Multiply-adds per pixel as the design counts them: every node and the linear path, over the whole window."""
    return (net.hidden[0] + (net.linear is not None)) * net.window[0] * net.window[1]


def probe(threads: int, rounds: int = 400_000) -> partial[float]:
    """Return an arm that does nothing but multiply-adds: its work per second is the machine's peak at that moment."""
    return partial(_core.multiply_adds, rounds, threads)
