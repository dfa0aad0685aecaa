"""The plan of a training: its steps, when it validates, when it ends early, and what it returns."""

from __future__ import annotations

from typing import NamedTuple

from .._typing import Record


class Plan(NamedTuple):
    """What the training loop is told to do."""

    steps: int
    threads: int
    record: Record  # what `Network.training` says, beside the version and the steps that were made
    validate_every: int = 1  # steps; the first and the last one are validated in any case
    patience: int | None = None  # steps without a lower validation error after which training ends
    keep_best: bool = False  # return the weights with the lowest validation error, not the last ones
    warn: bool = True  # of errors that rise; not where all steps have new pairs, for then a rise is chance

    def validates_after(self, step: int) -> bool:
        """Whether the validation error is measured after this step, counted from 1."""
        return step % self.validate_every == 0 or step in {1, self.steps}
