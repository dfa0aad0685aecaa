"""Line noise, stated over the scanning time of every pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .noise import LINES, normal, pixels, uniform


def times(rows: int, cols: int, within_line: float) -> NDArray[np.float64]:
    """When each pixel is scanned, in units of the whole scan."""
    i, j = np.mgrid[:rows, :cols]
    return np.asarray((i + within_line * (j + 0.5) / cols) / rows)


def draws(key: int, role: int, count: int, rms: float, distribution: str, sign: str) -> NDArray[np.float64]:
    """Heights of the events or lines 0 ... count - 1."""
    return np.asarray(rms * pixels(key, role, 1, count, distribution, sign)[0])


def steps(
    rows: int,
    cols: int,
    rms: float,
    distribution: str,
    sign: str,
    per_line: float,
    *,
    within_line: float,
    cumulative: bool,
    key: int,
) -> NDArray[np.float64]:
    """Offset after the jumps earlier than each pixel."""
    n = max(int(np.floor(rows * per_line + 0.5)), 1)
    edges = n * np.arange(-(-n // 64) + 1) // -(-n // 64)
    part = np.searchsorted(edges, np.arange(n), side="right") - 1
    first, size = edges[part], np.diff(edges)[part]
    when = np.sort((first + uniform(key, LINES, np.arange(n)) * size) / n)
    heights = draws(key, LINES + 1, n, rms, distribution, sign)
    offsets = np.concatenate([[0.0], np.cumsum(heights) if cumulative else heights])
    return offsets[np.searchsorted(when, times(rows, cols, within_line), side="left")]


def ridges(
    rows: int, rms: float, distribution: str, sign: str, per_line: float, width: float, *, key: int
) -> dict[str, NDArray[np.float64]]:
    """Draws the ridges that touch the scan."""
    mean = np.sqrt(2) * width
    n = int(np.floor(per_line * rows * (1 + mean) + uniform(key, LINES + 0x10, 0)))
    k = np.arange(n)
    durations = -mean * np.log1p(-uniform(key, LINES + 0x12, k))
    extended = uniform(key, LINES + 0x13, k) * (1 + mean) >= 1
    durations -= extended * mean * np.log1p(-uniform(key, LINES + 0x14, k))
    starts = uniform(key, LINES + 0x11, k) * (1 + durations) - durations
    return {"starts": starts, "durations": durations, "heights": draws(key, LINES + 0x15, n, rms, distribution, sign)}


def write_ridges(found: dict[str, Any], rows: int, cols: int, within_line: float) -> NDArray[np.float64]:
    """Sum of the ridges that are on when each pixel is scanned."""
    tau = times(rows, cols, within_line)
    out = np.zeros((rows, cols))
    for start, duration, height in zip(found["starts"], found["durations"], found["heights"], strict=True):
        out[(start < tau) & (tau <= start + duration)] += height
    return out


def scars(
    rows: int,
    cols: int,
    rms: float,
    distribution: str,
    sign: str,
    coverage: float,
    *,
    length: float,
    spread: float,
    widths: range = range(1, 2),
    key: int,
) -> dict[str, NDArray[Any]]:
    """Draws the scars that touch the image; all of `widths` are equally likely."""
    mean, width = length * np.exp(spread**2 / 2), np.mean(widths)
    n = int(np.floor(coverage * (cols + mean) * (rows + width - 1) / (mean * width) + uniform(key, LINES + 0x20, 0)))
    k = np.arange(n)
    longer = uniform(key, LINES + 0x24, k) * (cols + mean) >= cols
    lengths = length * np.exp(spread * normal(key, LINES + 0x23, k) + spread**2 * longer)
    places = np.cumsum(rows + np.array(widths) - 1)
    own = widths[0] + np.searchsorted(places, uniform(key, LINES + 0x26, k) * places[-1], side="right")
    return {
        "rows": (uniform(key, LINES + 0x21, k) * (rows + own - 1)).astype(int) - (own - 1),
        "widths": own,
        "starts": uniform(key, LINES + 0x22, k) * (cols + lengths) - lengths,
        "lengths": lengths,
        "heights": draws(key, LINES + 0x25, n, rms, distribution, sign),
    }


def write_scars(found: dict[str, Any], rows: int, cols: int) -> NDArray[np.float64]:
    """Sum of the scars over the centre of each pixel."""
    out = np.zeros((rows, cols))
    centre = np.arange(cols) + 0.5
    names = ("rows", "widths", "starts", "lengths", "heights")
    for row, width, start, length, height in zip(*(found[name] for name in names), strict=True):
        out[max(row, 0) : row + width, (start <= centre) & (centre < start + length)] += height
    return out


def tilt(rows: int, cols: int, rms: float, distribution: str, sign: str, pivot_spread: float, *, key: int) -> NDArray[np.float64]:
    """Give every line a slope and a pivot."""
    heights = draws(key, LINES + 0x30, rows, rms, distribution, sign)[:, None]
    pivots = draws(key, LINES + 0x31, rows, 2 * pivot_spread, "gaussian", "both")[:, None]
    return heights * ((2 * np.arange(cols) + 1) / cols - 1 + pivots)


def hum(
    rows: int, cols: int, rms: float, distribution: str, wavelength: float, spread: float, *, components: int, key: int
) -> NDArray[np.float64]:
    """Add up sines with equal mean square in every line."""
    at = (np.arange(rows)[:, None] << 32) + np.arange(components)
    amplitudes = pixels(key, LINES + 0x40, rows, components, distribution)
    amplitudes *= rms * np.sqrt(2 / np.sum(amplitudes**2, axis=1, keepdims=True))
    lengths = wavelength * (1 + spread * (uniform(key, LINES + 0x41, at) - uniform(key, LINES + 0x42, at)))
    phases = uniform(key, LINES + 0x43, at)
    turns = phases[:, :, None] + np.arange(cols) / lengths[:, :, None]
    return np.asarray(np.einsum("rk,rkc->rc", amplitudes, np.sin(2 * np.pi * turns)))
