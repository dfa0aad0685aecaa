"""Nanoseconds a pixel, and images of memory, of every correction: ``python benchmarks/corrections.py [SIDE] [ROUNDS]``.

float32, one thread, all by turns in one run. The scan has what the corrections look for: particles, noise, offsets of lines, two
level jumps, scars, wrong lines, spikes, and 5 % of its pixels marked. "copy" is one pass over the image, the floor of anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import afmnn
from _alternate import alternate, ratio
from _memory import peak_of
from afmnn import _core, correct, synth

#: What the issue asks for, in ns a pixel.
ASKED = {"hum": 200.0, "fill": 150.0}
DEFAULT = 60.0


def scan(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a scan with all defects, and a mask of 5 % of its pixels: strips, discs and single pixels."""
    rng = np.random.default_rng(1)
    tile = synth.particles((512, 512), radius=12, coverage=0.4, seed=1)
    z = np.tile(tile, (side // 512 + 1,) * 2)[:side, :side]
    z = z + synth.noise(z.shape, rms=0.5, seed=2) + rng.normal(0, 0.5, (side, 1))
    z += synth.line_scars(z.shape, rms=5.0, length=30, coverage=0.002, seed=3)
    z += synth.line_hum(z.shape, rms=0.3, wavelength=17.0, seed=5)
    z[side // 3 :] += 20.0
    z[side // 2 :] -= 30.0
    z[rng.integers(0, side, 8)] = rng.normal(0, 30, (8, side))
    z.ravel()[rng.integers(0, z.size, z.size // 10_000)] += 40.0
    mask = rng.random(z.shape) < 0.02
    mask[:: side // 64, : side // 2] = True
    y, x = np.mgrid[:side, :side]
    mask |= (y % (side // 8) - side // 16) ** 2 + (x % (side // 8) - side // 16) ** 2 < (side // 64) ** 2
    return z.astype(np.float32), mask


def arms(side: int) -> dict[str, Callable[[], Any]]:
    """Return every correction on the same scan."""
    z, mask = scan(side)
    out = np.empty_like(z)
    clean = {name: partial(getattr(correct, name), z, threads=1) for name in ("jumps", "lines", "scars", "spikes")}
    found: dict[str, Callable[[], Any]] = {
        "copy": lambda: np.copyto(out, z),
        **clean,
        "hum": partial(correct.hum, z, wavelength=17.0, threads=1),
        "fill": partial(correct.fill, z, mask, threads=1),
        "mark_features": partial(correct.mark_features, z),
    }
    for rows in ("median", "difference", "trimmed_mean", "trimmed_difference", "matching", "mode", "facet_tilt"):
        found[f"level rows {rows}"] = partial(afmnn.level, z, "rows", rows=rows)
    for method in ("plane", "polynomial", "facet", "base"):
        found[f"level {method}"] = partial(afmnn.level, z, method)
    return found


def main() -> None:
    """Print the table."""
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 4096
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    afmnn.set_num_threads(1)
    every = arms(side)
    times = alternate(every, rounds)
    image = 4 * side * side
    print(f"{side} x {side}, float32, one thread; {_core.simd()}\n")
    print("| correction | ns a pixel (best) | asked | times a copy | images of memory beside the given one |")
    print("|---|---|---|---|---|")
    for name, run in every.items():
        timing = times[name]
        asked = "" if name == "copy" else f"{ASKED.get(name, DEFAULT):g}"
        extra = "" if name == "copy" else f"{peak_of(run) / image:.1f}"
        per = 1e9 / side**2
        print(
            f"| {name} | {timing.median * per:.1f} ({timing.best * per:.1f}) | {asked} "
            f"| {ratio(timing, times['copy']).median:.1f} | {extra} |"
        )


if __name__ == "__main__":
    main()
