"""The classic method against a plain loop and the machine's limit: ``pytest benchmarks/bench_online.py -s`` (needs g++).

Asked for: a pass over 256 x 256 pixels, 27 x 27, 6 nodes, with 2 threads at least 15 times as fast as a plain -O2 loop
(`plain_loop.cpp`, one thread); the goal is 40. All arms take turns. Whether it learns the same is judged by
``benchmarks/quality/classic_training.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from _problems import probe, relief
from afmnn import _core

ROUNDS, PASSES, THREADS = 8, 5, (1, 2)
PIXELS = 229 * 229
# Multiply-adds of a pixel in the two block products: five in place of nine for three pixels by three weights.
WORK = 2 * 6 * 27 * 27 * 5 / 9


def trainer(side: int, window: int, hidden: int) -> _core.OnlineTrainer:
    """Return a trainer at its first pixel."""
    rng = np.random.default_rng(3)
    noisy = relief(side, np.float64)
    noisy = (noisy - noisy.min()) / np.ptp(noisy)
    layers = [rng.uniform(-0.1, 0.1, (hidden, window**2 + 1)), rng.uniform(-0.1, 0.1, (1, hidden + 1))]
    net = _core.NetworkF64(window, window, "logistic", layers, None)
    return _core.OnlineTrainer(net, noisy, 0.5 * noisy + 0.25, None, rate=0.3, momentum=0.3)


def seconds_of_pass(core: _core.OnlineTrainer, threads: int) -> float:
    """Return the median of some passes."""
    seconds = []
    for _ in range(PASSES):
        begun = time.perf_counter()
        core.run(2**60, threads)
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


@pytest.mark.skipif(shutil.which("g++") is None, reason="the plain loop needs g++")
def test_online(benchmark, tmp_path):
    program = tmp_path / "plain_loop"
    subprocess.run(["g++", "-O2", "-o", program, Path(__file__).with_name("plain_loop.cpp")], check=True)
    cores = {threads: trainer(256, 27, 6) for threads in THREADS}
    peak = probe(1, 2_000_000)
    ratios: dict[int, list[float]] = {threads: [] for threads in THREADS}
    shares, milliseconds = [], []
    for core in cores.values():
        core.run(2**60, 1)
    for _ in range(ROUNDS):
        done = subprocess.run([program], capture_output=True, text=True, check=True)
        plain = float(done.stdout.split()[0])
        ours = {threads: seconds_of_pass(core, threads) for threads, core in cores.items()}
        begun = time.perf_counter()
        rate = peak() / (time.perf_counter() - begun) / 2  # of single precision: in double half as many
        for threads in THREADS:
            ratios[threads].append(plain / ours[threads])
        shares.append(WORK * PIXELS / rate / ours[1])
        milliseconds.append([1e3 * seconds for seconds in (plain, *ours.values())])
    for threads, found in ratios.items():
        benchmark.extra_info[f"plain / ours, {threads} threads"] = [median(found), min(found), max(found)]
    benchmark.extra_info["share of peak, 1 thread"] = median(shares)
    benchmark.extra_info["ms: plain, 1, 2 threads"] = np.median(milliseconds, axis=0).tolist()
    print(f"\n{benchmark.extra_info}")
    benchmark.pedantic(cores[2].run, (2**60, 2), rounds=3)


@pytest.mark.parametrize(("window", "hidden"), [(1, 6), (3, 6), (5, 6), (9, 6), (13, 6), (27, 1), (27, 30), (61, 6)])
def test_other_shapes(benchmark, window, hidden):
    core = trainer(256, window, hidden)
    for threads in THREADS:
        benchmark.extra_info[f"ms, {threads} threads"] = 1e3 * min(seconds_of_pass(core, threads) for _ in range(3))
    print(f"\n{window} x {window}, {hidden} nodes: {benchmark.extra_info}")
    benchmark.pedantic(core.run, (2**60, 2), rounds=3)
