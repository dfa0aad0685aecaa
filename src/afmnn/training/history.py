"""The history of a training: its errors step by step, and what they say when they rise, or do not fall far enough."""

from __future__ import annotations

import numpy as np

from .._text import quantity
from .._typing import Float64s, Losses
from ..nn.network import Network

#: Steps (epochs) until one sees the images flipped in the same way again.
_FLIPS = 8
#: Nobody expects much of fewer steps.
FEW = 5
#: A network whose error is so large a part of that of a flat image has not seen the surface. Of pairs that do not belong together
#: it is 0.93 or more, of those that do 0.6 or less, also with noise twice as high as the surface.
_FLAT = 0.9


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

    def trouble(self, *, of_validation: bool, flips: bool, unit: str = "") -> str:
        """Say so if the error has risen, or falls while that on other data rises. A tenth is left to chance.

        Because each way of flipping the images has an error of its own, steps are compared that see them in the same way. As long
        as there are no two of them, one that sees them in another way has to do: such errors differ by a half or so in a
        training that goes well.
        """
        training, validation = self.column("training"), self.column("validation") if of_validation else []
        if not training:
            return ""
        last, period = len(training) - 1, _FLIPS if flips else 1
        alike = range(last % period, last + 1, period) if last >= period else range(last + 1)
        lowest = min(alike, key=training.__getitem__)
        if training[last] > (2.0 if 1 < period > last else 1.1) * training[lowest]:
            return f"the training error {_rise(training, lowest, unit)}: a smaller learning_rate may help"
        if not validation:
            return ""
        lowest = int(np.argmin(validation))
        before = max((step for step in alike if step <= lowest), default=lowest)
        if validation[-1] > 1.1 * validation[lowest] and training[last] < training[before]:
            return (
                f"the validation error {_rise(validation, lowest, unit)} while the training error fell: the network learns its "
                "images by heart; fewer steps, patience= or more images may help"
            )
        return ""


def _rise(errors: list[float], lowest: int, unit: str) -> str:
    return f"rose from {quantity(errors[lowest], unit)} after step {lowest + 1} to {quantity(errors[-1], unit)}"


def useless(network: Network) -> str:
    """Say so if the noisy images as they are, or flat ones, have no larger error than what the network makes of them."""
    of_scene = "preset" in network.training
    if network.training["steps"] < FEW and not of_scene:
        return ""
    unit = str(network.units.get("unit_z", ""))
    for name, whose in (("validation", "the validation images"), ("training", "the images it learned from")):
        errors, noisy = network.history.get(name), network.training.get(f"noisy_{name}_error")
        if errors is None or noisy is None:
            continue
        best = of_scene or network.training.get("patience")  # what is returned
        error = float(errors.min() if best and name == "validation" else errors[-1])
        flat = network.training.get(f"flat_{name}_error", 0.0)
        if not error < noisy:
            beside = f"that of the noisy images as they are {quantity(noisy, unit)}"
        elif error > _FLAT * flat > 0.0:
            beside = f"that of a flat image {quantity(flat, unit)}, so it has not seen the surface"
        else:
            continue
        advice = (
            "look whether the images belong together, the noisy one first; more steps, other parameters or more images may help"
        )
        return (
            f"the network is of no use: its error on {whose} is {quantity(error, unit)}, {beside}; "
            f"{'it takes more steps, or more time' if of_scene else advice}"
        )
    return ""
