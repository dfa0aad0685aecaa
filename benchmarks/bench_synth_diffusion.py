"""Diffusion-limited growth beside its twin: ``pytest benchmarks/bench_synth_diffusion.py``. In proportion to the moves."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import _growth
from afmnn import synth
from afmnn._reference import diffusion as reference


@pytest.mark.parametrize("flux", [1e-4, 1e-6])
def test_diffusion(benchmark, flux):
    settings = (flux, (0.0, 0.1, 0.19, 0.3439, 1.0), (1.0, 1e-2, 1e-4, 1e-6, 1e-8), 1.0)
    make = partial(synth.diffusion, flux=flux, seed=1)
    twin = lambda n: reference.diffusion(np.zeros((n, n)), n * n // 4, *settings, key=1)  # noqa: E731
    _growth.compare(benchmark, make, twin, 32, (256, 1024, 4096))
