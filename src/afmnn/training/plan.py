"""The plan of a training: how long it is, when it validates, when it ends early, and what it returns."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .._typing import Record


class Length(Protocol):
    """How many steps a training has, and after which of them it validates."""

    def total(self, done: int) -> int | None:
        """Return the number of steps, asked once after each, and before the first; None while that is open."""

    def validates_after(self, step: int) -> bool:
        """Whether the validation error is measured after this step, counted from 1."""


class Steps(NamedTuple):
    """A length that is known before, with a validation after each step."""

    number: int

    def total(self, done: int) -> int:
        """Return the number of steps."""
        return self.number

    def validates_after(self, step: int) -> bool:
        """Whether the validation error is measured after this step."""
        return True


class Plan(NamedTuple):
    """What the training loop is told to do."""

    length: Length
    threads: int
    record: Record  # what `Network.training` says, beside the version and the steps that were made
    patience: int | None = None  # steps without a lower validation error after which training ends
    keep_best: bool = False  # return the weights with the lowest validation error, not the last ones
    warn: bool = True  # of errors that rise; not where all steps have new pairs, for then a rise is chance
