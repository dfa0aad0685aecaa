"""The process `domains` beside its twin: ``pytest benchmarks/bench_synth_domains.py``. In proportion to pixels and iterations."""

from __future__ import annotations

from functools import partial

import numpy as np

import _growth
from afmnn import synth
from afmnn._reference import domains as reference


def test_domains(benchmark):
    make = partial(synth.domains, iterations=20, seed=1)
    twin = lambda n: reference.domains(np.ones((n, n)), 20, 0.8, 1, 20, 0, 5e-3, key=1)  # noqa: E731
    _growth.compare(benchmark, make, twin, 256, (256, 1024, 4096))
