"""Benchmarks of growth and other processes: seconds at several sizes, beside the NumPy twin at one that it can do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from _alternate import alternate, ratio, report


def compare(benchmark: Any, make: Callable[..., Any], twin: Callable[[int], Any], small: int, sides: tuple[int, ...]) -> None:
    """Alternate `make((n, n), threads=...)` with ``twin(n)`` at the side `small`, then time `make` alone at `sides`."""
    arms = {"twin": partial(twin, small), "afmnn": partial(make, (small, small), threads=1)}
    times = alternate(arms, 3)
    print(f"\n{small} x {small}\n{report(times, per=small * small, unit='ns/pixel', scale=1e9)}")
    faster = ratio(times["twin"], times["afmnn"])
    print(f"faster than the twin: {faster}")
    benchmark.extra_info["twin / afmnn"] = [faster.low, faster.median, faster.high]
    for side in sides:
        arms = {f"{n} threads": partial(make, (side, side), threads=n) for n in (1, 2)}
        times = alternate(arms, 1 if side > 1024 else 3)
        print(f"{side} x {side}\n{report(times)}")
        benchmark.extra_info[f"seconds at {side}"] = {name: timing.median for name, timing in times.items()}
    benchmark.pedantic(partial(make, (sides[0], sides[0])), rounds=3)
