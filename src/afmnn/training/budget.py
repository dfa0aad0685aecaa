"""Budgets: seconds of training, and what of them each stage gets."""

from __future__ import annotations

import time
from collections.abc import Sequence

from .schedule import Clock, Deadline


class Budget:
    """Seconds for all stages of a network, counted from a moment that may lie back."""

    def __init__(self, seconds: float, begun: float, clock: Clock = time.perf_counter) -> None:
        self._end, self._clock = begun + seconds, clock
        self._stage_begun = begun
        self._setup = 0.0  # seconds that the last stage took before its first step
        self._deadline: Deadline | None = None

    def begin_stage(self) -> bool:
        """Begin to make the pairs of a stage; returns False where there is no time for them and a step, but for the first."""
        self._stage_begun = self._clock()
        if self._deadline is None:
            return True
        return self._end - self._stage_begun > self._setup + self._deadline.seconds_per_step

    def deadline(self, shares: Sequence[float]) -> Deadline:
        """Return that of the stage that is ready to begin, the first of those that have these shares of the time.

        Because later stages need time before their first steps, too, as much as this one is set aside for each.
        """
        now = self._clock()
        self._setup = now - self._stage_begun
        left = max(self._end - now - self._setup * (len(shares) - 1), 0.0)
        self._deadline = Deadline(now + left * shares[0] / sum(shares), self._clock)
        return self._deadline

    def is_over(self) -> bool:
        """Whether no time is left."""
        return self._clock() >= self._end
