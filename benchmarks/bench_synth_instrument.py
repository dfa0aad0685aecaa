"""The virtual microscope: ``pytest benchmarks/bench_synth_instrument.py``.

Asked for: 256 x 256 with white noise, wander, offsets, bow and feedback, on one core: the trace in 2.5 ms, both directions in
4.5 ms, because a training scene draws one for each pair.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from _alternate import alternate, report
from afmnn.synth import Instrument

SIDE = 256
USUAL = Instrument(noise={"white": 0.1, "wander": 0.2, "line_offsets": 0.1}, scanner={"bow": 1.0}, feedback={"response": 2.0})
PARTS = {
    "nothing": Instrument(),
    "white": Instrument(noise={"white": 0.1}),
    "wander": Instrument(noise={"wander": 0.1}),
    "drift": Instrument(scanner={"drift_x": 0.1, "drift_y": 0.1}),
    "feedback": Instrument(feedback={"response": 2.0}),
    "limits": Instrument(feedback={"response": 2.0, "overshoot": 0.1, "largest_fall": 0.5}),
    "scars": Instrument(events={"scars": 1e-4, "scar_height": 1.0, "scars_at_edges": 10.0}),
}


@pytest.fixture(scope="module")
def surface():
    return np.random.default_rng(1).normal(size=(SIDE, SIDE)).cumsum(axis=1)


def test_usual(benchmark, surface):
    arms = {f"{n} directions": partial(USUAL.scan, surface, seed=1, directions=n, threads=1) for n in (1, 2)}
    times = alternate(arms, 40)
    print("\n" + report(times, per=1, unit="ms", scale=1e3))
    benchmark.extra_info["ms"] = {name: 1e3 * timing.median for name, timing in times.items()}
    benchmark.pedantic(arms["1 directions"], rounds=5)


def test_parts(benchmark, surface):
    """What each part costs, both directions on one thread."""
    arms = {name: partial(part.scan, surface, seed=1, threads=1) for name, part in PARTS.items()}
    times = alternate(arms, 20)
    print("\n" + report(times, per=1, unit="ms", scale=1e3))
    benchmark.extra_info["ms"] = {name: 1e3 * timing.median for name, timing in times.items()}
    benchmark.pedantic(arms["nothing"], rounds=5)
