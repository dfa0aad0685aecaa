"""The process `anneal` beside its twin: ``pytest benchmarks/bench_synth_anneal.py``. In proportion to pixels and iterations."""

from __future__ import annotations

from functools import partial

import numpy as np

import _growth
from afmnn import synth
from afmnn._reference import anneal as reference


def test_anneal(benchmark):
    make = partial(synth.anneal, iterations=20, seed=1)
    energy = 1.0 - np.eye(3)
    twin = lambda n: reference.anneal(np.indices((n, n)).sum(axis=0) % 2.0, 80, 1.25, 0.7, energy, 1, key=1)  # noqa: E731
    _growth.compare(benchmark, make, twin, 32, (256, 1024, 4096))
