"""Wetting beside its twin: ``pytest benchmarks/bench_synth_wetting.py``."""

from __future__ import annotations

from functools import partial

import _growth
from afmnn import synth
from afmnn._reference import wetting as reference


def test_wetting(benchmark):
    make = partial(synth.wetting, coverage=3.0, seed=1)
    twin = lambda n: reference.wetting(reference.priorities(n, n, 1), 3 * n * n, 10**-2.5, 1)  # noqa: E731
    _growth.compare(benchmark, make, twin, 32, (256, 1024, 4096))
