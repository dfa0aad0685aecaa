"""apply() against the machine's limit and other ways to it: ``pytest benchmarks/bench_nn_apply.py -s``.

Asked for: 4096 x 4096, 27 x 27, 6 nodes, float32, one and two threads: at most 1.0 times counted work / measured peak of
as many threads (goal 0.6), error below 1e-5 of the output's range, four times as fast as SciPy and PyTorch; 61 x 61 at most
1.5 times 27 x 27; 64 x 64 with a 5 x 5 window under 150 us. All arms alternate in one run. Would refute it: a ratio above
these in a run where the spread is small. `suite.py` measures the same, and more, and writes it down.
"""

from __future__ import annotations

from functools import partial

import pytest

import _suite
import afmnn
from _problems import network, relief


@pytest.mark.parametrize("case", [case for case in _suite.cases(quick=True) if case.job == "apply"], ids=str)
def test_apply(benchmark, case):
    rows = _suite.measure(case, _suite.QUICK)
    for r in rows:
        print(
            f"\n{r['arm']:18} {r['ns_per_pixel']:8.1f} ns/pixel, {r['of_peak']:6.3f} of the peak, error {r['error']:.0e}", end=""
        )
        assert r["error"] < 1e-4, f"{r['arm']} computes something else"
    assert rows[0]["error"] < 1e-5
    benchmark.extra_info["rows"] = rows
    net, image = network(case.window, case.hidden), relief(case.side)
    benchmark.pedantic(partial(afmnn.apply, net, image, scaling=net.scaling, threads=case.threads), rounds=2)


def test_ratios(benchmark):
    benchmark.extra_info["ratios"] = benchmark.pedantic(_suite.own_ratios, (True,), rounds=1)
    print(f"\n{benchmark.extra_info['ratios']}")


def test_small_image(benchmark):
    net, image = network(5, 6), relief(64)
    print(f"\n64 x 64, 5 x 5: {_suite.small_job() * 1e6:.0f} us")
    benchmark(partial(afmnn.apply, net, image))
