"""The stages of a network that learns from a scene: how many steps they get, one after another."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..nn.network import Network
from .loop import error_of, fit, seen_by
from .pairs import TrainingPair
from .presets import Preset
from .streaming import PAIRS, PARTS, Supply

#: Times that the pairs held out are looked at, about, while a network is trained, and at least in each stage.
_LOOKS, _LEAST_LOOKS = 10, 4
#: Share of the budget that is planned with: machines have other things to do.
_PLANNED = 0.97
#: Share of the budget for measuring how long mini-batches take.
_MEASURED = 0.02


class Stages:
    """The stages of a network, trained one after another, each on fresh pairs and what those before it make of them."""

    def __init__(
        self,
        supply: Supply,
        judged: list[TrainingPair],
        nodes: tuple[int, ...],
        settings: dict[str, Any],
        record: dict[str, Any],
        progress: Callable[[int, dict[str, float]], object] | None,
    ) -> None:
        self._supply, self._judged, self._nodes = supply, judged, nodes
        self._settings, self._record, self._progress = settings, record, progress
        self._trained: list[Network] = []
        self._best: Network | None = None  # the last stage that is of use
        self._error = np.inf
        self._stopped = False

    def train(self, steps: int) -> Network:
        """Divide the steps among the stages and train them all."""
        supply = self._supply
        try:
            for number, count in enumerate(supply.preset.divided(steps)):
                first = supply.fresh(number, self._nodes, self._best)
                supply.attach(first, self._settings, count)
                judged = [seen_by(first, pair, supply.threads) for pair in self._judged]
                every = max(1, -(-count // looks(supply.preset)))
                self._add(
                    fit(first, supply, judged, count, None, supply.threads, self._told, self._record, every, fresh_images=True)
                )
                if self._stopped:
                    break
        except KeyboardInterrupt as interrupt:
            if hasattr(interrupt, "network"):
                self._add(interrupt.network)
            if self._trained:  # also between two stages
                interrupt.network = self._joined()  # type: ignore[attr-defined]
            raise
        return self._joined()

    def _add(self, network: Network) -> None:
        """Keep what a stage has become, unless the pairs held out come out better without it."""
        self._trained.append(network)
        error = min(network.history.get("validation", ()), default=np.inf)
        if self._best is None or error <= self._error:
            self._best, self._error = network, error

    def _told(self, step: int, losses: dict[str, float]) -> object:
        if self._progress is not None:
            before = sum(int(network.training["steps"]) for network in self._trained)
            self._stopped = bool(self._progress(before + step, losses))
        return self._stopped

    def _joined(self) -> Network:
        """Return the last stage with the history of all."""
        assert self._best is not None
        told = [network.history for network in self._trained if network.history]
        history = {name: np.concatenate([errors[name] for errors in told]) for name in (told[0] if told else ())}
        counts = [int(network.training["steps"]) for network in self._trained]
        made = {**self._best.training, "steps": sum(counts), "steps_of_stages": counts}
        return dataclasses.replace(self._best, history=history, training=made)


def affordable(
    budget: float, begun: float, supply: Supply, nodes: tuple[int, ...], settings: dict[str, Any], judged: list[TrainingPair]
) -> int:
    """Measure what a step takes and return how many fit into the budget that runs since `begun`."""
    preset = supply.preset
    before: Network | None = None
    fixed = step = look = 0.0
    for number, share in enumerate(preset.shares):
        first = supply.fresh(number, nodes, before)
        supply.attach(first, settings, 1, alike=True)
        at = time.perf_counter()
        supply.renew()
        renewal = time.perf_counter() - at
        learning = supply.seconds_of_a_pass(_MEASURED * budget / preset.stages)
        pair = seen_by(first, judged[0], supply.threads)
        error_of(first, [pair], supply.threads)  # the first time takes longer
        at = time.perf_counter()
        error_of(first, [pair], supply.threads)
        judging = (time.perf_counter() - at) * len(judged)
        step += share * (renewal + learning)
        look += share * judging
        # The pairs that a stage begins with, and what the stages before it make of the pairs held out.
        making = renewal * PAIRS / supply.renewed(first)
        fixed += looks(preset) * judging + (PARTS + (before is not None)) * making
        before = first
    supply.begin_again()
    left = _PLANNED * budget - (time.perf_counter() - begun)
    # There are about as many looks at the pairs held out as planned, but not more than steps.
    return max(1, int(max((left - fixed) / step, min(left / (step + look), _LOOKS))))


def looks(preset: Preset) -> int:
    """Return how many times, about, the pairs held out are looked at while a stage is trained."""
    return max(_LEAST_LOOKS, _LOOKS // preset.stages)
