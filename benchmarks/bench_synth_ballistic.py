"""Ballistic deposition beside its twin: ``pytest benchmarks/bench_synth_ballistic.py``. In proportion to the particles."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import _growth
from afmnn import synth
from afmnn._reference import ballistic as reference


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_ballistic(benchmark, spread):
    make = partial(synth.ballistic, coverage=10.0, height_spread=spread, seed=1)
    frame = lambda n: np.zeros((n + 2 * (n // 12),) * 2)  # noqa: E731
    _growth.compare(
        benchmark, make, lambda n: reference.ballistic(frame(n), 10 * frame(n).size, spread, 1), 64, (256, 1024, 4096)
    )
