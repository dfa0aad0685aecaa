"""correct.hum() and its parts, against NumPy's transform: ``pytest benchmarks/bench_correct_hum.py``."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from _alternate import alternate, ratio, report
from afmnn import _core
from afmnn.correct import hum

SIDE = 2048


def two_directions():
    """Return a trace and a retrace with hum, in noise."""
    row, column = np.indices((SIDE, SIDE))
    half, wavelength = 1.1 * SIDE, 17.3
    times = 2 * half * row + column, 2 * half * row + half + SIDE - 1 - column
    rng = np.random.default_rng(1)
    return [(np.sin(2 * np.pi * time / wavelength) + rng.normal(size=time.shape)).astype(np.float32) for time in times]


def spectrum_by_numpy(z):
    window = np.hanning(SIDE + 2)[1:-1]
    spectrum = np.fft.fft(np.fft.rfft((z - z.mean()) * window * window[:, None], axis=1), axis=0)
    return (np.abs(spectrum) ** 2).astype(np.float32)


def test_spectrum(benchmark):
    z = two_directions()[0]
    ours = partial(_core.hum_power, z, 1.0, 1)
    times = alternate({"numpy": partial(spectrum_by_numpy, z), "ours": ours}, 4)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    faster = ratio(times["numpy"], times["ours"])
    benchmark.extra_info["numpy / ours"] = [faster.low, faster.median, faster.high]
    benchmark.pedantic(ours, rounds=2)


@pytest.mark.parametrize("way", ["retrace", "wavelength"])
def test_hum(benchmark, way):
    trace, retrace = two_directions()
    said = {"retrace": retrace} if way == "retrace" else {"wavelength": 17.3}
    ours = partial(hum, trace, **said, threads=1)
    left = np.asarray(ours()) - trace
    times = alternate({"ours": ours}, 4)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    benchmark.extra_info["taken off"] = float(np.sqrt(2 * np.mean(left * left)))
    benchmark.pedantic(ours, rounds=2)
