"""Turing patterns beside their twin: ``pytest benchmarks/bench_synth_turing_pattern.py``. In proportion to iterations."""

from __future__ import annotations

from functools import partial

import numpy as np

import _growth
from afmnn import synth
from afmnn._reference import turing_pattern as reference


def test_turing_pattern(benchmark):
    make = partial(synth.turing_pattern, iterations=20, seed=1)
    twin = lambda n: reference.turing_pattern(np.random.default_rng(1).random((n, n)) - 0.5, 20, 8.0, 0.25)  # noqa: E731
    _growth.compare(benchmark, make, twin, 256, (256, 1024, 4096))
