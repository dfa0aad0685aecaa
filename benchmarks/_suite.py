"""The cases of the suite, and how each is measured: all arms of a case by turns, beside a probe of the machine's limit."""

from __future__ import annotations

import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import _arms
import afmnn
from _alternate import Timing, alternate, ratio
from _memory import peak_of
from _problems import counted_work, network, probe, relief

Window = int | tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Case:
    """One point of the suite."""

    job: str  # "apply" or "train"
    side: int
    window: Window
    hidden: int
    threads: int

    @property
    def area(self) -> int:
        """Pixels of the window."""
        return self.window**2 if isinstance(self.window, int) else self.window[0] * self.window[1]


@dataclasses.dataclass(frozen=True)
class Effort:
    """How long to measure: seconds of one call of a slow arm, which gets a smaller image, rounds, and rest before each turn."""

    seconds: float
    rounds: int
    probe: int = 400_000
    rest: float = 0.0


FULL, QUICK = Effort(0.5, 5, 1_000_000, 0.05), Effort(0.05, 3)


def cases(quick: bool) -> list[Case]:
    """Sizes at 27 x 27 and 6 nodes, windows and nodes at 1024 x 1024; training on 256 x 256 and a little around it."""
    every = afmnn.get_num_threads()
    sides = (256, 1024, 4096) if quick else (256, 512, 1024, 2048, 4096, 8192)
    windows: tuple[Window, ...] = (5, 61) if quick else (5, 9, 15, 41, 61, 81, 101, (9, 81))
    nodes = (1,) if quick else (1, 2, 16, 64)
    trained = [(256, 27, 6)] if quick else [(256, 27, 6), (256, 5, 6), (256, 61, 6), (256, 27, 1), (256, 27, 64), (1024, 27, 6)]
    points = [(side, 27, 6) for side in sides] + [(1024, w, 6) for w in windows] + [(1024, 27, n) for n in nodes]
    counts = sorted({1, every})
    return [Case("apply", *point, threads) for point in points for threads in counts] + [
        Case("train", *point, threads) for point in trained for threads in counts
    ]


def per_call(times: dict[str, Timing], counts: dict[str, int]) -> dict[str, Timing]:
    """Divide the times of turns by the calls or passes in each."""
    return {name: Timing(tuple(s / counts[name] for s in timing.seconds)) for name, timing in times.items()}


def row(case: Case, arm: str, timing: Timing, *, pixels: int, work: float, peak: float, **more: Any) -> dict[str, Any]:
    """One line of the results; `work` is counted multiply-adds a pixel, `peak` the probe's per second."""
    rate = pixels * work / timing.median
    return {
        **dataclasses.asdict(case),
        "arm": arm,
        "ns_per_pixel": 1e9 * timing.median / pixels,
        "spread": timing.spread / timing.median,
        "gmacs": rate * 1e-9,
        "of_peak": rate / peak,
        **more,
    }


def measure(case: Case, effort: Effort) -> list[dict[str, Any]]:
    """Return a row for each arm."""
    return (measure_apply if case.job == "apply" else measure_train)(case, effort)


def affordable(call: Callable[[int], Any], side: int, least: int, seconds: float) -> int:
    """Return the largest side whose call takes about so many seconds: pixels cost the same in images of all sizes."""
    least = min(least, side)
    begun = time.perf_counter()
    call(least)
    taken = time.perf_counter() - begun
    while least < side and 4 * taken <= seconds:
        least, taken = min(2 * least, side), 4 * taken
    return least


def turn(call: Callable[[], Any], least: float = 0.03) -> tuple[Callable[[], Any], int]:
    """Return an arm that calls so often that a turn takes `least` seconds, and how often that is.

    What others leave behind, threads that wait for more and cold caches, then does not decide how long a short call takes.
    """
    begun = time.perf_counter()
    call()
    times = max(1, round(least / (time.perf_counter() - begun)))
    return (partial(repeat, call, times) if times > 1 else call), times


def measure_apply(case: Case, effort: Effort) -> list[dict[str, Any]]:
    """Measure all arms on one image; slow ones on a part of it, which is said in "on"."""
    net, image = network(case.window, case.hidden), relief(case.side)
    largest = max(net.window)
    part = image[: min(case.side, largest + 127), : min(case.side, largest + 127)]
    expected = _arms.exact(net, part)
    arms: dict[str, Callable[[], Any]] = {"probe": probe(case.threads, effort.probe)}
    notes: dict[str, dict[str, Any]] = {}
    counts = {"probe": 1}
    for name, arm in _arms.apply_arms(case.threads).items():
        got = _arms.inside(net, arm(net, part), part.shape)
        on = case.side
        if name != "afmnn":
            on = affordable(lambda n, arm=arm: arm(net, np.ascontiguousarray(image[:n, :n])), on, len(part), effort.seconds)
        call = partial(arm, net, np.ascontiguousarray(image[:on, :on]))
        pixels = on * on if name == "afmnn" else (on - net.window[0] + 1) * (on - net.window[1] + 1)
        memory = peak_of(call)
        arms[name], counts[name] = turn(call)
        notes[name] = {"on": on, "pixels": pixels, "peak_bytes_per_pixel": None if memory is None else memory / pixels}
        notes[name]["error"] = float(np.max(np.abs(got - expected)) / np.ptp(expected))
    times = per_call(alternate(arms, effort.rounds, rest=effort.rest), counts)
    peak = arms["probe"]() / times["probe"].median
    return [row(case, name, times[name], work=counted_work(net), peak=peak, **note) for name, note in notes.items()]


def measure_train(case: Case, effort: Effort) -> list[dict[str, Any]]:
    """Measure a pass over all windows of an image. The plain loop's is online and in double precision."""
    noisy = relief(case.side, seed=1)
    ideal = noisy * np.float32(0.9) - np.float32(0.1) * relief(case.side, seed=3)
    problem = (noisy, ideal, case.window, case.hidden)
    errors = _arms.gradient_errors(relief(128, seed=1), relief(128, seed=3), case.window, case.hidden)
    pixels = (case.side - case.window + 1) ** 2
    arms: dict[str, Callable[[], Any]] = {"probe": probe(case.threads, effort.probe)}
    passes, memory = {}, {}
    for name, (call, count) in _arms.train_arms(*problem, case.threads).items():
        if name in ("NumPy (BLAS)", "scikit-learn") and pixels * case.area > 2.5e8:
            continue  # a gigabyte of unfolded windows
        memory[name] = peak_of(call)
        arms[name], calls = turn(call)
        passes[name] = calls * count
    times = per_call(alternate(arms, max(2, effort.rounds - 2), rest=effort.rest), {"probe": 1, **passes})
    peak = arms["probe"]() / times["probe"].median
    work = 2 * (case.hidden + 1) * case.area
    return [
        row(
            case,
            name,
            times[name],
            pixels=pixels,
            work=work,
            peak=peak,
            on=case.side,
            peak_bytes_per_pixel=None if memory[name] is None else memory[name] / pixels,
            error=errors.get(name),
        )
        for name in passes
    ]


# ---- what was asked for, where it is a ratio of our own times -------------------------------------------------------------


def own_ratios(quick: bool) -> list[dict[str, Any]]:
    """Return 61 x 61 against 27 x 27, and a pixel of a large image against one of a small, by turns."""
    large, small = (1024, 256) if quick else (4096, 1024)
    found = []
    for threads in sorted({1, afmnn.get_num_threads()}):
        arms = {}
        for side, window in ((large, 27), (large, 61), (small, 27)):
            net = network(window, 6)
            image = relief(side)
            call = partial(afmnn.apply, net, image, scaling=net.scaling, threads=threads, out=np.empty_like(image))
            arms[f"{side}, {window}"] = partial(repeat, call, (large // side) ** 2)
        times = alternate(arms, 3 if quick else 7)
        windows = ratio(times[f"{large}, 61"], times[f"{large}, 27"])
        sizes = ratio(times[f"{large}, 27"], times[f"{small}, 27"])
        found.append(
            {
                "threads": threads,
                "61 x 61 / 27 x 27": dataclasses.astuple(windows),
                f"pixel of {large} / pixel of {small}": dataclasses.astuple(sizes),
            }
        )
    return found


def repeat(call: Callable[[], Any], times: int) -> None:
    """Call so often."""
    for _ in range(times):
        call()


def small_job() -> float:
    """Seconds of apply() on 64 x 64 pixels with a 5 x 5 window, scaling measured."""
    net, image = network(5, 6), relief(64)
    return alternate({"ours": partial(afmnn.apply, net, image)}, 20, calls=50)["ours"].median


def import_time(rounds: int = 15) -> float:
    """Seconds that ``import afmnn`` takes longer than ``import numpy``, in fresh interpreters, by turns, compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

        def run(code: str) -> None:
            subprocess.run([sys.executable, "-c", code], check=True, env={**environment, "PYTHONPYCACHEPREFIX": folder})

        times = alternate({"numpy": partial(run, "import numpy"), "afmnn": partial(run, "import afmnn")}, rounds)
    return statistics.median(times["afmnn"].seconds) - statistics.median(times["numpy"].seconds)
