"""The history of a training: its errors step by step, and the warnings when they rise."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s, Losses
from .._warn import warn
from ..errors import TrainingWarning


class History:
    """What is recorded of each step: one row of figures, all with the same names."""

    def __init__(self, *, validated: bool) -> None:
        self._validated = validated
        self._rows: list[Losses] = []

    def __len__(self) -> int:
        return len(self._rows)

    def append(self, row: Losses) -> None:
        """Add a step. Because a row goes in as a whole, an interrupt leaves all figures of a step, or none."""
        self._rows.append(row)

    def column(self, name: str) -> list[float]:
        """Return one figure of all steps; empty where it is not recorded."""
        return [row[name] for row in self._rows] if name != "validation" or self._validated else []

    def arrays(self) -> dict[str, Float64s]:
        """Return the figures as `Network.history` has them."""
        names = [name for name in self._rows[0] if name != "validation" or self._validated] if self._rows else []
        return {name: np.array(self.column(name)) for name in names}

    def warn_of_rises(self, *, of_validation: bool) -> None:
        """Say so if the error has risen, or falls while that on other data rises. A tenth is left to chance."""
        training, validation = self.column("training"), self.column("validation") if of_validation else []
        if not training:
            return
        lowest = int(np.argmin(training))
        if training[-1] > 1.1 * training[lowest]:
            message = f"the training error rose from {training[lowest]:.4g} after step {lowest + 1} to {training[-1]:.4g}"
            warn(f"{message}: a smaller learning_rate may help", TrainingWarning)
        if not validation:
            return
        lowest = int(np.argmin(validation))
        if validation[-1] > 1.1 * validation[lowest] and training[-1] < training[lowest]:
            message = f"the validation error rose from {validation[lowest]:.4g} after step {lowest + 1} to {validation[-1]:.4g}"
            warn(
                f"{message} while the training error fell: the network learns its images by heart; fewer steps, patience= or "
                "more images may help",
                TrainingWarning,
            )
