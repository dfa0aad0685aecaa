"""Ways to apply a network and to train one, ours and others': each arm is a function of a problem that returns a call.

All compute the same sums. Ours evaluates every pixel; the others, which know no borders, the windows inside the image.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import scipy.fft
import scipy.signal
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

import _plain
import afmnn
from afmnn import _core

try:
    import torch
except ImportError:
    torch = None
try:
    import sklearn
    from sklearn.neural_network import MLPRegressor
except ImportError:
    sklearn = None
try:
    from threadpoolctl import threadpool_limits
except ImportError:
    threadpool_limits = None

Floats = NDArray[Any]
Call = Callable[[], Any]


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Let BLAS, SciPy's transforms and PyTorch use so many threads."""
    if torch is not None:
        torch.set_num_threads(threads)
    limits = threadpool_limits(threads) if threadpool_limits is not None else None
    with scipy.fft.set_workers(threads):
        yield
    if limits is not None:
        limits.restore_original_limits()


def filters(net: afmnn.Network, dtype: Any) -> tuple[Floats, Floats]:
    """Return the windows' weights, the linear path's last, (nodes + 1, rows, columns), and the biases."""
    first = net.layers[0]
    windows = np.concatenate([first[:, 1:].reshape(-1, *net.window), net.linear[None]])
    return windows.astype(dtype), np.append(first[:, 0], 0).astype(dtype)


def finish(net: afmnn.Network, sums: Floats) -> Floats:
    """From the sums (nodes + 1, rows, columns) to the result."""
    last = net.layers[1].astype(sums.dtype)
    return np.tensordot(last[0, 1:], np.tanh(sums[:-1]), axes=1) + sums[-1] + last[0, 0]


def inside(net: afmnn.Network, result: Floats, shape: tuple[int, int]) -> Floats:
    """Return what belongs to windows inside the image."""
    if result.shape != shape:
        return result
    return result[tuple(slice(w // 2, n - w + 1 + w // 2) for n, w in zip(shape, net.window, strict=True))]


# ---- apply ------------------------------------------------------------------------------------------------------------


def apply_ours(net: afmnn.Network, image: Floats, threads: int) -> Floats:
    return afmnn.apply(net, image, scaling=net.scaling, threads=threads)


def apply_numpy(net: afmnn.Network, image: Floats, threads: int) -> Floats:
    """Windows unfolded, a few rows at a time, times all filters in one product of matrices."""
    windows, bias = filters(net, image.dtype)
    taps = windows.reshape(len(windows), -1).T
    seen = sliding_window_view(image, net.window)
    rows = max(1, (1 << 22) // (seen.shape[1] * len(taps)))
    out = np.empty(seen.shape[:2], image.dtype)
    with limited(threads):
        for first in range(0, len(seen), rows):
            block = seen[first : first + rows]
            sums = block.reshape(-1, len(taps)) @ taps + bias
            out[first : first + rows] = finish(net, sums.T.reshape(-1, *block.shape[:2]))
    return out


def apply_scipy(convolve: Callable[..., Floats], net: afmnn.Network, image: Floats, threads: int) -> Floats:
    """One convolution a filter."""
    windows, bias = filters(net, image.dtype)
    with limited(threads):
        sums = [convolve(image, w[::-1, ::-1], mode="valid") + b for w, b in zip(windows, bias, strict=True)]
    return finish(net, np.stack(sums))


def apply_torch(net: afmnn.Network, image: Floats, threads: int) -> Floats:
    windows, bias = filters(net, image.dtype)
    with limited(threads), torch.no_grad():
        sums = torch.nn.functional.conv2d(
            torch.from_numpy(image)[None, None], torch.from_numpy(windows)[:, None], torch.from_numpy(bias)
        )[0]
        last = torch.from_numpy(net.layers[1].astype(image.dtype))
        return (torch.tensordot(last[0, 1:], torch.tanh(sums[:-1]), dims=1) + sums[-1] + last[0, 0]).numpy()


def apply_arms(threads: int) -> dict[str, Callable[[afmnn.Network, Floats], Floats]]:
    """Return the arms that there are; ours first. The plain loop knows one thread."""
    arms: dict[str, Any] = {
        "afmnn": partial(apply_ours, threads=threads),
        "NumPy (BLAS)": partial(apply_numpy, threads=threads),
        "SciPy fftconvolve": partial(apply_scipy, scipy.signal.fftconvolve, threads=threads),
        "SciPy oaconvolve": partial(apply_scipy, scipy.signal.oaconvolve, threads=threads),
    }
    if torch is not None:
        arms["PyTorch conv2d"] = partial(apply_torch, threads=threads)
    if _plain.available and threads == 1:
        arms["plain C++ loop"] = _plain.apply
    return arms


def exact(net: afmnn.Network, image: Floats) -> Floats:
    """Return the windows inside `image` in double precision, by our direct sum, which the tests compare with others."""
    core = _core.NetworkF64(*net.window, "tanh", [w.astype(np.float64) for w in net.layers], net.linear.astype(np.float64))
    heights = image.astype(np.float64)
    out = np.empty_like(heights)
    _core.apply(core, heights, out, (0.0, 1.0, 0.0, 1.0, 0.0, 0.0), ("reflect", 0.0), threads=afmnn.get_num_threads())
    return inside(net, out, image.shape)


# ---- train ------------------------------------------------------------------------------------------------------------

STEPS = 8  # of one call of train(), which also checks and scales the images


def train_ours(noisy: Floats, ideal: Floats, window: int, hidden: int, threads: int) -> Call:
    return lambda: afmnn.train(noisy, ideal, window=window, hidden=hidden, steps=STEPS, seed=0, threads=threads)


class Unfolded:
    """The same network in NumPy: windows unfolded beforehand, mini-batches of 1024, Adam; products by BLAS."""

    def __init__(self, noisy: Floats, ideal: Floats, window: int, hidden: int, threads: int = 1) -> None:
        seen = sliding_window_view(noisy, (window, window))
        self.x = np.ascontiguousarray(seen.reshape(-1, window * window))
        inside = slice(window // 2, window // 2 + len(seen))
        self.y = ideal[inside, inside].ravel()
        random = np.random.default_rng(0)
        size = window * window
        self.parameters = [
            (random.normal(size=(size, hidden + 1)) / np.sqrt(size)).astype(noisy.dtype),
            np.zeros(hidden, noisy.dtype),
            (random.normal(size=hidden) / np.sqrt(hidden)).astype(noisy.dtype),
            np.zeros(1, noisy.dtype),
        ]
        self.moments = [(np.zeros_like(p), np.zeros_like(p)) for p in self.parameters]
        self.threads, self.random, self.updates = threads, random, 0

    def gradient(self, x: Floats, y: Floats) -> list[Floats]:
        weights, bias, out, shift = self.parameters
        sums = x @ weights
        u = np.tanh(sums[:, :-1] + bias)
        error = (u @ out + sums[:, -1] + shift - y) / x.dtype.type(len(x))
        delta = np.empty_like(sums)
        delta[:, :-1] = error[:, None] * out * (1 - u * u)
        delta[:, -1] = error
        return [x.T @ delta, delta[:, :-1].sum(axis=0), u.T @ error, error.sum(keepdims=True)]

    def __call__(self) -> None:
        order = self.random.permutation(len(self.x))
        with limited(self.threads):
            for first in range(0, len(order), 1024):
                chosen = order[first : first + 1024]
                self.updates += 1
                self.update(self.gradient(self.x[chosen], self.y[chosen]))

    def update(self, gradients: list[Floats]) -> None:
        unbiased = 1 - 0.9**self.updates, 1 - 0.999**self.updates
        for parameter, (mean, square), g in zip(self.parameters, self.moments, gradients, strict=True):
            mean += 0.1 * (g - mean)  # noqa: PLW2901 - in place
            square += 0.001 * (g * g - square)  # noqa: PLW2901
            parameter -= 0.001 * (mean / unbiased[0]) / (np.sqrt(square / unbiased[1]) + 1e-8)  # noqa: PLW2901


class Autograd:
    """The same network in PyTorch, conv2d and Adam.

    One update for the whole image is the least work; with one for each few rows, a pass makes as many updates as ours.
    """

    def __init__(
        self, noisy: Floats, ideal: Floats, window: int, hidden: int, threads: int = 1, batch: int | None = None
    ) -> None:
        torch.manual_seed(0)
        self.x = torch.from_numpy(noisy)[None, None]
        inside = slice(window // 2, window // 2 + len(noisy) - window + 1)
        self.y = torch.from_numpy(np.ascontiguousarray(ideal[inside, inside]))
        self.rows = len(self.y) if batch is None else max(1, round(batch / len(self.y)))
        self.window = torch.nn.Conv2d(1, hidden + 1, window, dtype=self.x.dtype)
        self.out = torch.nn.Linear(hidden, 1, dtype=self.x.dtype)
        self.adam = torch.optim.Adam([*self.window.parameters(), *self.out.parameters()], lr=1e-3)
        self.size, self.threads = window, threads

    def gradient(self, first: int = 0) -> Floats:
        rows = self.y[first : first + self.rows]
        self.adam.zero_grad()
        sums = self.window(self.x[:, :, first : first + len(rows) + self.size - 1])[0]
        y = self.out(torch.tanh(sums[:-1]).permute(1, 2, 0))[..., 0] + sums[-1]
        (0.5 * torch.mean((y - rows) ** 2)).backward()
        return self.window.weight.grad.numpy().copy()

    def __call__(self) -> None:
        with limited(self.threads):
            for first in range(0, len(self.y), self.rows):
                self.gradient(first)
                self.adam.step()


class Sklearn:
    """scikit-learn's MLPRegressor, which has no linear path: one epoch over windows unfolded beforehand."""

    def __init__(self, noisy: Floats, ideal: Floats, window: int, hidden: int, threads: int = 1) -> None:
        unfolded = Unfolded(noisy, ideal, window, hidden)
        self.x, self.y, self.threads = unfolded.x, unfolded.y, threads
        self.model = MLPRegressor(hidden_layer_sizes=(hidden,), activation="tanh", batch_size=1024, random_state=0)

    def __call__(self) -> None:
        with limited(self.threads), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model.partial_fit(self.x, self.y)


def train_arms(noisy: Floats, ideal: Floats, window: int, hidden: int, threads: int) -> dict[str, tuple[Call, int]]:
    """Return the arms that there are, and how many passes over the image one call makes."""
    problem = (noisy, ideal, window, hidden)
    arms: dict[str, tuple[Call, int]] = {
        "afmnn": (train_ours(*problem, threads), STEPS),
        "NumPy (BLAS)": (Unfolded(*problem, threads), 1),
    }
    if torch is not None:
        arms["PyTorch, mini-batches"] = (Autograd(*problem, threads, batch=1024), 1)
        arms["PyTorch, whole image"] = (Autograd(*problem, threads), 1)
    if sklearn is not None:
        arms["scikit-learn"] = (Sklearn(*problem, threads), 1)
    if _plain.available and threads == 1:
        arms["plain C++ loop"] = (_plain.PlainLoop(noisy, ideal, (window, window), hidden).step, 1)
    return arms


def gradient_errors(noisy: Floats, ideal: Floats, window: int, hidden: int) -> dict[str, float]:
    """How far each arm's gradient in single precision is from its own in double, relative to its length."""

    def ours(dtype: type, kind: Any, trainer: Any) -> Floats:
        random = np.random.default_rng(0)
        size = window * window
        layers = [random.normal(size=(hidden, size + 1)) / window, random.normal(size=(1, hidden + 1)) / np.sqrt(hidden)]
        linear = np.full((window, window), 1 / size)
        core = kind(window, window, "tanh", [w.astype(np.float32).astype(dtype) for w in layers], linear.astype(dtype))
        pairs = [(noisy.astype(dtype), ideal.astype(dtype), None, 1.0, None)]
        settings = {"rate": 0.005, "last_rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "epochs": 1}
        (arrays, _), _, _ = trainer(core, pairs, batch=1024, flips=False, key=0, **settings).gradient(1)
        return arrays[0]

    def unfolded(dtype: type) -> Floats:
        problem = Unfolded(noisy.astype(dtype), ideal.astype(dtype), window, hidden)
        problem.parameters = [p.astype(np.float32).astype(dtype) for p in problem.parameters]
        return problem.gradient(problem.x, problem.y)[0]

    def autograd(dtype: type) -> Floats:
        problem = Autograd(noisy.astype(dtype), ideal.astype(dtype), window, hidden)
        single = Autograd(noisy, ideal, window, hidden)
        for mine, theirs in zip(problem.adam.param_groups[0]["params"], single.adam.param_groups[0]["params"], strict=True):
            mine.data.copy_(theirs.data)
        return problem.gradient()

    gradients = {
        "afmnn": (
            ours(np.float32, _core.NetworkF32, _core.TrainerF32),
            ours(np.float64, _core.NetworkF64, _core.TrainerF64),
        ),
        "NumPy (BLAS)": (unfolded(np.float32), unfolded(np.float64)),
    }
    if torch is not None:
        gradients["PyTorch, whole image"] = (autograd(np.float32), autograd(np.float64))
    return {name: float(np.linalg.norm(a - b) / np.linalg.norm(b)) for name, (a, b) in gradients.items()}
