"""correct.jumps against the medians of the rows' differences in NumPy: ``pytest benchmarks/bench_correct_jumps.py``."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from _alternate import alternate, ratio, report
from afmnn import correct

SIDE = 2048


@pytest.mark.parametrize("jumps", [0, 3])
def test_jumps(benchmark, jumps):
    rng = np.random.default_rng(1)
    z = (rng.normal(size=(SIDE, SIDE)) + rng.normal(size=(SIDE, 1))).astype(np.float32)
    for i in range(jumps):
        z[(i + 1) * 500 :] += 10 * (i + 2)
    ours = partial(correct.jumps, z, threads=1)
    naive = partial(lambda: np.median(np.diff(z, axis=0), axis=1))
    assert len(correct.find_jumps(z)) == jumps
    times = alternate({"naive": naive, "ours": ours}, 4)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    faster = ratio(times["naive"], times["ours"])
    print(f"ours, with all that follows the medians: {faster}")
    benchmark.extra_info["naive / ours"] = [faster.low, faster.median, faster.high]
    benchmark.pedantic(ours, rounds=2)
