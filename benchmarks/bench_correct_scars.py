"""correct.scars, lines and spikes against one median filter of SciPy: ``pytest benchmarks/bench_correct_scars.py``."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from _alternate import alternate, ratio, report
from afmnn import correct

SIDE = 4096


@pytest.mark.parametrize("name", ["scars", "lines", "spikes"])
def test_marks(benchmark, name):
    rng = np.random.default_rng(1)
    z = (rng.normal(size=(SIDE, SIDE)) + rng.normal(size=(SIDE, 1))).astype(np.float32)
    z[100, 500:900] += 9.0
    z[300] = rng.normal(size=SIDE) * 30.0
    z[500, 700] += 50.0
    ours = partial(getattr(correct, f"mark_{name}"), z, threads=1)
    naive = partial(ndimage.median_filter, z, 3)
    assert ours().any()
    times = alternate({"naive": naive, "ours": ours}, 3)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    faster = ratio(times["naive"], times["ours"])
    print(f"ours against a 3 x 3 median: {faster}")
    benchmark.extra_info["naive / ours"] = [faster.low, faster.median, faster.high]
    benchmark.pedantic(ours, rounds=1)
