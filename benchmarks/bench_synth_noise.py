"""Noise against NumPy's generator: ``pytest benchmarks/bench_synth_noise.py``.

Asked for: Gaussian noise, 4096 x 4096, two threads, 3 times as fast as ``numpy.random.Generator.normal``; goal: 8 times. Both
return a new array, so both pay for fresh memory. Each test alternates its arms in one run and stores the ratios.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from _alternate import alternate, ratio, report
from afmnn import synth

SIDE = 4096
NUMPY = {
    "gaussian": lambda g: g.normal(0.0, 1.0, (SIDE, SIDE)),
    "laplace": lambda g: g.laplace(0.0, np.sqrt(0.5), (SIDE, SIDE)),
    "uniform": lambda g: g.uniform(-np.sqrt(3), np.sqrt(3), (SIDE, SIDE)),
    "triangular": lambda g: g.triangular(-np.sqrt(6), 0.0, np.sqrt(6), (SIDE, SIDE)),
}


@pytest.mark.parametrize("distribution", NUMPY)
def test_noise(benchmark, distribution):
    ours = partial(synth.noise, (SIDE, SIDE), rms=1.0, distribution=distribution, seed=1)
    arms = {
        "numpy": partial(NUMPY[distribution], np.random.default_rng(1)),
        "1 thread": partial(ours, threads=1),
        "2 threads": partial(ours, threads=2),
    }
    rounds = 8
    times = alternate(arms, rounds)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    for name in ("1 thread", "2 threads"):
        faster = ratio(times["numpy"], times[name])
        print(f"{name}: {faster}")
        benchmark.extra_info[f"numpy / {name}"] = [faster.low, faster.median, faster.high]
    drawn = ours()
    benchmark.extra_info["rms error"] = float(abs(np.sqrt(np.mean(drawn**2)) - 1))
    benchmark.pedantic(partial(ours, threads=2), rounds=3)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (synth.noise, {"density": 0.1}),
        (synth.line_steps, {"within_line": 1.0}),
        (synth.line_ridges, {"within_line": 1.0}),
        (synth.spikes, {"density": 0.001, "size": 4}),
        (synth.line_scars, {"length": 256.0, "coverage": 0.3}),
        (synth.line_scars, {"length": 256.0, "coverage": 0.3, "width": 4}),
        (synth.line_errors, {"kind": "noise"}),
        (synth.line_tilt, {}),
        (synth.line_hum, {"wavelength": 10.0}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_kinds(benchmark, kind, settings):
    """What each kind costs: nanoseconds a pixel on one thread and two."""
    arms = {f"{n} threads": partial(kind, (SIDE, SIDE), rms=1.0, seed=1, threads=n, **settings) for n in (1, 2)}
    times = alternate(arms, 4)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    benchmark.extra_info["ns per pixel"] = {name: 1e9 * timing.median / SIDE**2 for name, timing in times.items()}
    benchmark.pedantic(arms["2 threads"], rounds=2)
