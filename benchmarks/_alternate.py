"""Time several functions fairly: by turns, in alternating order, so that a slow second of the machine hits them all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Timing:
    """Seconds per call, one entry a round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median over the rounds."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """Fastest round."""
        return min(self.seconds)

    @property
    def spread(self) -> float:
        """Slowest minus fastest round."""
        return max(self.seconds) - min(self.seconds)


@dataclass(frozen=True)
class Ratio:
    """How many times one arm takes as long as another, round by round."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} x ({self.low:.2f} ... {self.high:.2f})"


def alternate(
    arms: Mapping[str, Callable[[], Any]],
    rounds: int = 8,
    *,
    calls: int = 1,
    rest: float = 0.0,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Run every arm once per round, forwards and backwards by turns (ab ba ab ...), after one unmeasured round.

    Parameters
    ----------
    arms : mapping of str to callable
        What to compare; called without arguments.
    rounds : int
        Measured rounds.
    calls : int
        Calls per measurement; choose it so that one takes at least a millisecond.
    rest : float
        Seconds to sleep before each: threads of other libraries go on looking for work for a while, on a core that the next
        arm needs.
    clock : callable
        Seconds; ``time.process_time`` for work of one thread on a machine that others use, too.

    Returns
    -------
    dict of str to Timing
        Seconds per call of every arm; entry i of each was measured in round i.
    """
    names = list(arms)
    for name in names:
        arms[name]()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            run = arms[name]
            time.sleep(rest)
            start = clock()
            for _ in range(calls):
                run()
            seconds[name].append((clock() - start) / calls)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def ratio(slow: Timing, fast: Timing) -> Ratio:
    """Compare two arms of one `alternate` call within each round: above 1 where `fast` is faster."""
    ratios = [a / b for a, b in zip(slow.seconds, fast.seconds, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))


def report(timings: Mapping[str, Timing], *, per: float = 1.0, unit: str = "s", scale: float = 1.0) -> str:
    """Return one line an arm: median and range in ``scale * seconds / per``, named `unit`."""
    width = max(map(len, timings))
    factor = scale / per
    return "\n".join(
        f"{name:<{width}}  {timing.median * factor:10.4g} {unit}"
        f"  ({timing.best * factor:.4g} ... {max(timing.seconds) * factor:.4g})"
        for name, timing in timings.items()
    )
