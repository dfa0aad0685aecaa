"""train() against a plain loop and the machine's limit: ``pytest benchmarks/bench_train.py -s``.

Asked for: 75 steps of the default method on 256 x 256 pixels, 27 x 27, 6 nodes, 15 times as fast as 75 passes of the classic
method in a plain -O2 loop (`plain_loop.cpp`, one thread, needs g++); one pass at least half of the multiply-add peak. All arms
take turns in one run. What it learns is judged by ``benchmarks/quality/default_training.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from functools import partial
from pathlib import Path
from statistics import median

import pytest

import _suite
import afmnn
from _problems import probe, relief

STEPS = 75


@pytest.mark.skipif(shutil.which("g++") is None, reason="the plain loop needs g++")
def test_train(benchmark, tmp_path):
    program = tmp_path / "plain_loop"
    subprocess.run(["g++", "-O2", "-o", program, Path(__file__).with_name("plain_loop.cpp")], check=True)
    noisy, ideal = relief(256, seed=1), relief(256, seed=1) * 0.9
    ours = {n: partial(afmnn.train, noisy, ideal, window=27, hidden=6, steps=STEPS, seed=0, threads=n) for n in (1, 2)}
    peak = probe(1, 2_000_000)
    seconds: dict[str, list[float]] = {"plain": [], "1 thread": [], "2 threads": []}
    rates = []
    for _ in range(4):
        done = subprocess.run([program], capture_output=True, text=True, check=True)
        seconds["plain"].append(float(done.stdout.split()[0]))
        for name, run in (("1 thread", ours[1]), ("2 threads", ours[2])):
            begun = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        rates.append(peak() / (time.perf_counter() - begun))
    middle = {name: median(values) for name, values in seconds.items()}
    work = STEPS * 2 * 7 * 27 * 27 * 230 * 230  # forward and gradient, six nodes and the linear path
    benchmark.extra_info["plain / ours"] = [STEPS * middle["plain"] / middle[name] for name in ("1 thread", "2 threads")]
    benchmark.extra_info["share of peak"] = work / middle["1 thread"] / median(rates)
    print(f"\n{benchmark.extra_info}")
    benchmark.pedantic(ours[2], rounds=1)


@pytest.mark.parametrize("case", [case for case in _suite.cases(quick=True) if case.job == "train"], ids=str)
def test_other_ways(benchmark, case):
    """Run a pass of ours, NumPy's, PyTorch's, scikit-learn's and the plain loop's by turns."""
    rows = _suite.measure(case, _suite.QUICK)
    for r in rows:
        print(f"\n{r['arm']:22} {r['ns_per_pixel']:8.1f} ns/pixel, {r['of_peak']:6.3f} of the peak", end="")
        assert r["error"] is None or r["error"] < 1e-5
    benchmark.extra_info["rows"] = rows
    benchmark.pedantic(lambda: None)
