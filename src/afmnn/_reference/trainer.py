"""The default method of training, step by step.

Parameters are those of the module `networks`. Most functions also take complex numbers, so that derivatives need no
differences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .networks import Array, Window, affine, centres, windows
from .noise import uniform

ORDER = 0x001  # role of the random order of runs
LONGEST_RUN = 48

Beta = tuple[float, float]


def centred(layers: list[Array], linear: Array, x: Array) -> Array:
    """Compute what is trained: y = m + c + l . (x - m) + v . u, u = tanh(b + W (x - m)), m the mean of the window."""
    mean = x.mean(axis=1)
    rest = x - mean[:, np.newaxis]
    u = rest
    for layer in layers[:-1]:
        u = np.tanh(affine(layer, u))
    return np.asarray(mean + affine(layers[-1], u)[:, 0] + rest @ linear.ravel())


def folded(layers: list[Array], linear: Array) -> tuple[list[Array], Array]:
    """Return the plain network that computes the same: w . (x - m) = (w - mean of w) . x, and the path carries m too."""
    first = layers[0].copy()
    first[:, 1:] -= first[:, 1:].mean(axis=1, keepdims=True)
    return [first, *layers[1:]], linear - linear.mean() + 1.0 / linear.size


@dataclass
class Pair:
    """A training pair in network scale; `height` is the height of one unit of it."""

    noisy: Array
    ideal: Array
    weight: Array | None = None
    height: float = 1.0

    def flipped(self, window: Window, step: int) -> Pair:
        """As epoch `step` sees it with flips. Even sides are not flipped: their windows have no pixel in the middle."""
        rows = slice(None, None, -1 if step & 2 and window[0] % 2 else 1)
        cols = slice(None, None, -1 if step & 1 and window[1] % 2 else 1)
        sign = -1.0 if step & 4 else 1.0
        weight = None if self.weight is None else self.weight[rows, cols]
        return Pair(sign * self.noisy[rows, cols], sign * self.ideal[rows, cols], weight, self.height)

    def problem(self, window: Window) -> tuple[Array, Array, Array]:
        """Windows, targets and weights."""
        weight = np.ones(self.noisy.shape) if self.weight is None else self.weight
        return windows(self.noisy, window), centres(self.ideal, window).ravel(), centres(weight, window).ravel()


def loss(layers: list[Array], linear: Array, problems: list[tuple[Array, Array, Array]]) -> Any:
    """1/2 sum(weight e^2) / sum(weight) over all windows of all pairs, each given as `Pair.problem`."""
    squares, weights = 0.0, 0.0
    for x, target, weight in problems:
        squares = squares + np.sum(weight * (centred(layers, linear, x) - target) ** 2)
        weights += weight.sum()
    return 0.5 * squares / weights


def gradient(layers: list[Array], linear: Array, x: Array, target: Array, weight: Array) -> tuple[list[Array], Array, Array]:
    """Sum the derivatives of 1/2 weight e^2 over windows; also return the errors e."""
    rest = x - x.mean(axis=1, keepdims=True)
    values = [rest]
    for layer in layers[:-1]:
        values.append(np.tanh(affine(layer, values[-1])))
    error = x.mean(axis=1) + affine(layers[-1], values[-1])[:, 0] + rest @ linear.ravel() - target
    delta = (weight * error)[:, np.newaxis]
    result: list[Array] = []
    for layer, u in zip(reversed(layers), reversed(values), strict=True):
        result.insert(0, np.column_stack([delta.sum(axis=0), delta.T @ u]))
        delta = delta @ layer[:, 1:] * (1.0 - u**2)  # of no use after the first layer, whose inputs are windows
    return result, ((weight * error) @ rest).reshape(linear.shape), error


def adam(parameter: Array, slope: Array, first: Array, second: Array, *, update: int, rate: float, beta: Beta) -> None:
    """One Adam update in place, with the epsilon 1e-8 of the paper: D. P. Kingma, J. Ba, arXiv:1412.6980, algorithm 1."""
    first[...] = beta[0] * first + (1.0 - beta[0]) * slope
    second[...] = beta[1] * second + (1.0 - beta[1]) * slope**2
    parameter -= rate * (first / (1.0 - beta[0] ** update)) / (np.sqrt(second / (1.0 - beta[1] ** update)) + 1e-8)


@dataclass
class MiniBatches:
    """Training by mini-batches of runs of pixels in random order, the rate constant, then falling along half a cosine."""

    layers: list[Array]
    linear: Array
    window: Window
    pairs: list[Pair]
    batch: int
    flips: bool
    key: int
    rate: float
    last_rate: float
    beta: Beta
    epochs: int
    subsets: int = 1  # an epoch visits one run of so many; as many epochs, which see the images alike, visit them all
    constant_epochs: int = 0
    update: int = 0
    path_bias: Array = field(default_factory=lambda: np.zeros(1))  # the linear path's own: the output's bias learns twice

    def __post_init__(self) -> None:
        parameters = [*self.layers, self.linear, self.path_bias]
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]
        runs = self.runs(self.pairs, 0)
        pixels = sum(len(range(*run.indices(run.stop))) for _, _, run in runs)
        self.updates = min(max(1, (pixels + self.batch // 2) // self.batch), max(1, len(runs)))

    def runs(self, pairs: list[Pair], step: int) -> list[tuple[int, int, slice]]:
        """Pair, row and columns of the runs of an epoch, each spread over a row, without those that count nothing."""
        result = []
        for i, pair in enumerate(pairs):
            weight = centres(np.ones(pair.noisy.shape) if pair.weight is None else pair.weight, self.window)
            rows, cols = weight.shape
            count = -(-cols // LONGEST_RUN)
            for row in range(rows):
                for first in range(count):
                    run = slice(first, cols, count)
                    if (row + first + step) % self.subsets == 0 and weight[row, run].any():
                        result.append((i, row, run))
        return result

    def run_epoch(self, step: int) -> tuple[float, float]:
        """Pass `step`, counted from 0: sums of squared error in heights and of weights."""
        pairs = [pair.flipped(self.window, step // self.subsets) for pair in self.pairs] if self.flips else self.pairs
        problems = [pair.problem(self.window) for pair in pairs]
        runs = self.runs(pairs, step)
        for i in range(len(runs), 1, -1):
            j = int(uniform(self.key, ORDER, (step << 32) + i) * i)
            runs[i - 1], runs[j] = runs[j], runs[i - 1]
        squares = weights = 0.0
        for b in range(self.updates):
            chosen = runs[len(runs) * b // self.updates : len(runs) * (b + 1) // self.updates]
            done = self.learn([self.part(problems, pairs, run) for run in chosen])
            squares, weights = squares + done[0], weights + done[1]
        return squares, weights

    def part(self, problems: list[Any], pairs: list[Pair], run: tuple[int, int, slice]) -> Any:
        """Windows, targets, weights and height of a run."""
        i, row, columns = run
        cols = pairs[i].noisy.shape[1] - self.window[1] + 1
        pixels = slice(row * cols + columns.start, (row + 1) * cols, columns.step)
        return (*(array[pixels] for array in problems[i]), pairs[i].height)

    def learn(self, problems: list[Any]) -> tuple[float, float]:
        """One update from the mean gradient of some runs."""
        parameters = [*self.layers, self.linear, self.path_bias]
        slopes = [np.zeros_like(p) for p in parameters]
        squares = weights = 0.0
        for x, target, weight, height in problems:
            layers, linear, error = gradient(self.layers, self.linear, x, target - self.path_bias, weight)
            for slope, more in zip(slopes, [*layers, linear, layers[-1][0, :1]], strict=True):
                np.add(slope, more, out=slope)
            squares += height**2 * float(np.sum(weight * error**2))
            weights += float(np.sum(weight))
        done = np.clip((self.update - self.constant_epochs * self.updates) / (self.epochs * self.updates), 0.0, 1.0)
        rate = self.rate * (self.last_rate + (1.0 - self.last_rate) * 0.5 * (1.0 + np.cos(np.pi * done)))
        self.update += 1
        for p, slope, first, second in zip(parameters, slopes, self.first, self.second, strict=True):
            adam(p, slope / weights if weights else slope, first, second, update=self.update, rate=rate, beta=self.beta)
        return squares, weights

    def network(self) -> tuple[list[Array], Array]:
        """Return the plain network as it is now."""
        layers, linear = folded(self.layers, self.linear)
        last = layers[-1].copy()
        last[0, 0] += self.path_bias[0]
        return [*layers[:-1], last], linear
