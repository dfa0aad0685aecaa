"""The virtual microscope, stated sample by sample in time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .noise import normal, pixels, uniform

INSTRUMENT = 0xC00  # block of roles

Heights = NDArray[np.float64]


def line_time(cols: int, turn: int) -> int:
    """Return the samples from one trace to the next."""
    return 2 * (cols + turn)


def samples(rows: int, cols: int, turn: int) -> Iterator[tuple[int, int, int, int]]:
    """Time, direction, row and column of every sample, in the order of time."""
    for r in range(rows):
        start = r * line_time(cols, turn)
        for i in range(cols):
            yield start + i, 0, r, i
        for i in range(cols):
            yield start + cols + turn + i, 1, r, cols - 1 - i


def clock(rows: int, cols: int, turn: int) -> Heights:
    """Return the time of every sample, shape (2, rows, cols)."""
    result = np.empty((2, rows, cols))
    for t, direction, r, c in samples(rows, cols, turn):
        result[direction, r, c] = t
    return result


def white(rows: int, cols: int, rms: float, *, key: int) -> Heights:
    """Noise without memory."""
    lines = rms * pixels(key, INSTRUMENT, 2 * rows, cols, "gaussian")
    return np.stack([lines[::2], lines[1::2]])


def filters(rms: float, exponent: float, corner: float) -> tuple[Heights, Heights, float, Heights]:
    """Return poles, weights and direct weight of the filters of wander, and the covariance of their states without weights."""
    c = 2 * np.pi * corner
    lowest = 0.1 * c
    span = np.log(64 / lowest)
    n = 8 * max(1, int(np.ceil(span / (8 * np.log(6)))))
    at = np.arange(n) / n
    step = 0.5 * exponent / n

    def pole_of(q: Heights) -> Heights:
        # The root below 1 of a^2 - (2 + q^2) a + 1.
        return np.asarray(1 - 2 * q / (q + np.sqrt(q**2 + 4)))

    poles = pole_of(np.hypot(c, lowest * np.exp(span * at)))
    zeros = pole_of(np.hypot(c, lowest * np.exp(span * (at + step))))
    weights = np.empty(n)
    for k in range(n):
        # The residue: one zero more than there are other poles.
        others, rest = np.delete(poles, k), np.delete(zeros, k)
        weights[k] = np.prod((poles[k] - rest) / (poles[k] - others)) * (poles[k] - zeros[k]) / poles[k]
    direct = float(np.prod(zeros / poles))
    covariance = 1 / (1 - poles[:, None] * poles)
    scale = rms / np.sqrt(direct**2 + 2 * direct * weights.sum() + weights @ covariance @ weights)
    return poles, scale * weights, scale * direct, covariance


def wander(rows: int, cols: int, turn: int, rms: float, exponent: float, corner: float, *, key: int) -> Heights:
    """Coloured noise: all samples of the time, turn-arounds too, one after the other."""
    poles, weights, direct, covariance = filters(rms, exponent, corner)
    line = line_time(cols, turn)
    g = pixels(key, INSTRUMENT + 0x20, rows, line, "gaussian").ravel()
    state = weights * (np.linalg.cholesky(covariance) @ normal(key, INSTRUMENT + 0x21, np.arange(len(poles))))
    signal = np.empty(rows * line)
    for i, drawn in enumerate(g):
        state = poles * state + weights * drawn
        signal[i] = direct * drawn + state.sum()
    return np.asarray(signal[clock(rows, cols, turn).astype(int)])


def hum(rows: int, cols: int, turn: int, rms: float, frequency: float, harmonics: int, *, key: int) -> Heights:
    """Sines that run on in time."""
    t = clock(rows, cols, turn) / line_time(cols, turn)
    k = np.arange(1, harmonics + 1)
    amplitudes = (1 / k) * rms / np.sqrt(np.sum(0.5 / k**2))
    phases = uniform(key, INSTRUMENT + 0x10, k - 1)
    waves = [a * np.sin(2 * np.pi * (n * frequency * t + u)) for n, a, u in zip(k, amplitudes, phases, strict=True)]
    return np.asarray(np.sum(waves, axis=0))


def offsets(rows: int, cols: int, turn: int, rms: float, per_line: float, within: float, *, memory: float, key: int) -> Heights:
    """At every sample, the offset that came last."""
    n = int(np.ceil(rows * per_line))
    line = line_time(cols, turn)
    k = np.arange(n)
    times = (k + uniform(key, INSTRUMENT + 0x30, k)) / per_line
    waits = uniform(key, INSTRUMENT + 0x31, k) >= within
    g = normal(key, INSTRUMENT + 0x32, np.arange(n + 1))
    heights = [rms * g[0]]
    for i in range(n):
        kept = np.exp(-(times[i] - (times[i - 1] if i else 0.0)) / memory) if memory > 0 else 0.0
        heights.append(kept * heights[-1] + np.sqrt(1 - kept**2) * rms * g[i + 1])
    starts = np.concatenate([[0.0], np.where(waits, np.ceil(times) * line, np.floor(times * line))])
    return _latest(clock(rows, cols, turn), starts, np.array(heights))


def jumps(rows: int, cols: int, turn: int, rms: float, expected: float, *, key: int) -> Heights:
    """At every sample, the sum of the jumps so far."""
    whole = rows * line_time(cols, turn)
    k = np.arange(100 + 10 * int(expected))
    times = np.cumsum(-whole / expected * np.log1p(-uniform(key, INSTRUMENT + 0x40, k)))
    heights = np.cumsum(rms * normal(key, INSTRUMENT + 0x41, k))
    return _latest(clock(rows, cols, turn), np.floor(times[times < whole]), heights[times < whole])


def _latest(t: Heights, starts: Heights, heights: Heights) -> Heights:
    order = np.argsort(starts, kind="stable")
    after = np.searchsorted(starts[order], t, side="right")
    return np.concatenate([[0.0], heights[order]])[after]


def crept(t: Heights, time: float, *, logarithmic: bool) -> Heights:
    """How far creep of amplitude 1 has come at the times t."""
    return np.asarray(np.log10(1 + t / time) if logarithmic else 1 - np.exp(-t / time))


def path(
    surface: Heights,
    turn: int,
    drift: tuple[float, float],
    creep: tuple[float, float],
    *,
    creep_time: float = 1.0,
    logarithmic: bool = False,
    lag: float = 0.0,
    hysteresis: float = 0.0,
) -> Heights:
    """Heights at the places where the tip is, by cubic convolution over 4 x 4 pixels (doi:10.1109/TASSP.1981.1163711)."""
    rows, cols = surface.shape
    line = line_time(cols, turn)

    def weights(f: float) -> Heights:
        distances = np.abs([f + 1, f, f - 1, f - 2])
        near = 1.5 * distances**3 - 2.5 * distances**2 + 1
        far = -0.5 * distances**3 + 2.5 * distances**2 - 4 * distances + 2
        return np.asarray(np.where(distances <= 1, near, far))

    result = np.empty((2, rows, cols))
    for t, direction, r, c in samples(rows, cols, turn):
        middle = (r * line + (0.5 * (cols - 1) if direction == 0 else cols + turn + 0.5 * (cols - 1))) / line
        now = t / line
        y = r - drift[0] * middle - creep[0] * crept(np.array(middle), creep_time, logarithmic=logarithmic)
        x = c - drift[1] * now - creep[1] * crept(np.array(now), creep_time, logarithmic=logarithmic)
        if direction == 1:
            u = (c + 0.5) / cols
            x = x + lag + hysteresis * 4 * u * (1 - u)
        y_in, x_in = min(max(float(y), 0.0), rows - 1.0), min(max(float(x), 0.0), cols - 1.0)
        i, j = int(y_in), int(x_in)
        near = surface[np.clip(np.arange(i - 1, i + 3), 0, rows - 1)][:, np.clip(np.arange(j - 1, j + 3), 0, cols - 1)]
        result[direction, r, c] = weights(y_in - i) @ near @ weights(x_in - j)
    return result


def feedback(heights: Heights, turn: int, gain: float, momentum: float, rise: float, fall: float) -> Heights:
    """Return what follows trace and retrace, shape (2, rows, cols), in time."""
    _, rows, cols = heights.shape
    result = np.empty_like(heights)
    h, v = heights[0, 0, 0], 0.0

    def follow(z: float) -> float:
        nonlocal h, v
        v = min(max(momentum * v + gain * (z - h), -fall), rise)
        h = h + v
        return float(h)

    for r in range(rows):
        for c in range(cols):
            result[0, r, c] = follow(heights[0, r, c])
        for _ in range(turn):
            follow(heights[0, r, -1])
        for c in reversed(range(cols)):
            result[1, r, c] = follow(heights[1, r, c])
        for _ in range(turn):
            follow(heights[0, min(r + 1, rows - 1), 0])
    return result
