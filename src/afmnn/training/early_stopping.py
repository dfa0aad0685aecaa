"""Early stopping: when the validation error has not fallen for too long, training ends; the best weights may then count."""

from __future__ import annotations

import numpy as np

from .history import History
from .trainers import Trainer, Weights


class BestWeights:
    """The weights with the lowest validation error so far; of several as good, the last."""

    def __init__(self) -> None:
        self.weights: Weights | None = None
        self._error = np.inf

    def offer(self, error: float, trainer: Trainer) -> None:
        """Keep the trainer's weights unless an error before was lower."""
        if error <= self._error:
            self._error, self.weights = error, trainer.weights()


def has_stopped_improving(history: History, patience: int | None) -> bool:
    """Whether the last `patience` steps have brought no lower validation error; never, where there is no patience."""
    return patience is not None and len(history) - 1 - int(np.argmin(history.column("validation"))) >= patience
