"""Columnar growth beside its twin: ``pytest benchmarks/bench_synth_columnar.py``. In proportion to the particles."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import _growth
from afmnn import synth
from afmnn._reference import columnar as reference


@pytest.mark.parametrize("melting", [0.0, 0.3])
def test_columnar(benchmark, melting):
    settings = (0.0, 1.0, np.pi, 0.0, 2 * np.pi, False, melting, 1)
    make = partial(synth.columnar, coverage=5.0, melting=melting, seed=1)
    twin = lambda n: reference.columnar(np.zeros((n, n)), 5 * n * n, *settings)  # noqa: E731
    _growth.compare(benchmark, make, twin, 32, (256, 1024))
