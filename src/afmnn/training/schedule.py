"""How long a stage is trained: at a constant learning rate first, then over the steps in which the rate falls.

Where the fall begins is a function of the stage's number of steps alone. So the clock, where there is a budget, decides one
thing, when to begin it, and the number says all that it has decided.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

Clock = Callable[[], float]
"""Returns seconds since some moment, as `time.perf_counter` does."""


def constant_steps(steps: int) -> int:
    """Return how many of a stage's steps have the full learning rate: three fifths; in the others it falls."""
    return 3 * steps // 5


def steps_after(constant: int) -> int:
    """Return how many steps a stage has whose rate begins to fall after so many; the least number of which that is so."""
    return max(1, -(-5 * constant // 3))


class Falling(Protocol):
    """A trainer whose learning rate is constant until it is told to fall."""

    def fall(self, steps: int) -> None:
        """Let the learning rate fall over so many steps, the next ones."""


class Deadline:
    """When a stage should be over, by the clock."""

    def __init__(self, end: float, clock: Clock = time.perf_counter) -> None:
        self._end, self._clock = end, clock
        self._begun = clock()
        self.seconds_per_step = 0.0  # on average, validations included

    def expected(self, done: int) -> int:
        """Return how many steps the stage will have, about, after some of them."""
        left = max(self._end - self._clock(), 0.0)
        return max(done, 1) + int(left / self.seconds_per_step if self.seconds_per_step > 0.0 else 0.0)

    def total(self, done: int) -> int | None:
        """Return the number of steps if the rate has to fall now, so that the stage is over in time; None before."""
        now = self._clock()
        if done == 0:
            return steps_after(0) if now >= self._end else None
        self.seconds_per_step = max((now - self._begun) / done, 1e-9)
        one_more = steps_after(done + 1) - done
        return steps_after(done) if now + one_more * self.seconds_per_step > self._end else None


class StageLength:
    """The steps of one stage, given or by a deadline; tells the trainer when its learning rate has to fall."""

    def __init__(self, trainer: Falling, steps: int | Deadline, validations: int) -> None:
        """Begin a stage; `validations` is how often, at most, the validation error is measured while the rate falls."""
        self._trainer, self._validations = trainer, validations
        self._deadline = steps if isinstance(steps, Deadline) else None
        self.steps = None if isinstance(steps, Deadline) else steps  # None while that is open

    def total(self, done: int) -> int | None:
        """Return the number of steps, None while that is open."""
        if self.steps is None and self._deadline is not None:
            self.steps = self._deadline.total(done)
        if self.steps is not None and done == constant_steps(self.steps):
            self._trainer.fall(self.steps - done)
        return self.steps

    def validates_after(self, step: int) -> bool:
        """Whether the validation error is measured after this step.

        Because a stage does not know its length until the rate falls, but must return the same weights if it is told before,
        steps of full rate are those of which it does not matter: 1, 2, 4, 8 and so on.
        """
        constant = 0 if self.steps is None else constant_steps(self.steps)
        if self.steps is None or step <= constant:
            return step & (step - 1) == 0
        every = -(-(self.steps - constant) // self._validations)
        return (step - constant) % every == 0 or step == self.steps
