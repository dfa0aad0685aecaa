"""Pairs of a scene for training, made while it goes on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._adam import fresh, trainer
from ._elementary import spread
from ._fit import seen_by
from ._pairs import Scaled, TrainingPair, all_continued
from ._seed import key_from
from .network import METHODS, Network
from .presets import Preset
from .synth import Scene

#: Pairs that a pass has the pixels of, and times as many that it takes them from: the more are mixed, the less a network follows
#: those that it has seen last.
PAIRS, PARTS = 8, 4
#: The first of the indices of pairs that are only judged by.
_JUDGED = 1 << 48
#: Noise in units of the spread of heights: that of a pair whose errors count once, and the least that is told apart.
_TYPICAL, _LEAST = 0.3, 0.05
#: Mini-batches of one call while the speed is measured, and the fewest calls.
_UPDATES, _LEAST_CALLS = 8, 5


class Supply:
    """Pairs of a scene and the core's trainer that learns from them: a trainer to the loop of every training."""

    def __init__(self, scene: Scene, preset: Preset, seed: int, threads: int) -> None:
        self._scene, self.preset, self._seed, self.threads = scene, preset, seed, threads
        self._first: Network | None = None
        self._core: _core.TrainerF32 = None  # type: ignore[assignment]  # attach() makes it
        self._oldest = 0
        self._made = 0
        self._over = False
        self.pairs = self._map(self._make, range(PAIRS))

    def held_out(self, count: int) -> list[TrainingPair]:
        """Make the pairs that are judged by."""
        return self._map(self._make, range(_JUDGED, _JUDGED + count))

    def fresh(self, number: int, nodes: tuple[int, ...], before: Network | None) -> Network:
        """Return a stage with fresh weights."""
        fovea = self.preset.foveas[number] if self.preset.foveas else None
        window = self.preset.window if fovea is None else fovea.window
        return fresh(window, fovea, nodes, key_from(self._seed) + (number << 64), self.pairs[0].scaling, before)

    def attach(self, first: Network, settings: dict[str, Any], steps: int, *, alike: bool = False) -> None:
        """Begin to train `first` on new pairs, or on the very first ones; on a few, `alike`, where only time is of interest."""
        self._first = first

        def one(index: int) -> tuple[Scaled, NDArray[Any] | None]:
            return self._padded(self.pairs[index] if index < PAIRS else self._make(index))

        count = PAIRS if alike else PAIRS * PARTS
        padded = self._map(one, range(self._made, self._made + count)) * (PAIRS * PARTS // count)
        self._made += count
        self._oldest = 0
        earlier = None if first.before is None else [earlier for _, earlier in padded]
        pairs = [pair for pair, _ in padded]
        self._core = trainer(first, pairs, earlier, **settings, flips=False, key=key_from(self._seed), steps=steps, parts=PARTS)
        self._over = False

    def begin_again(self) -> None:
        """Forget what was made to measure."""
        self._made = 0

    def run(self, updates: int, threads: int) -> tuple[float, float, bool]:
        """Train on; begin a new pass with new pairs."""
        if self._over:
            self.renew()
        squares, weights, self._over = self._core.run(updates, threads)
        return squares, weights, self._over

    def seconds_of_a_pass(self, measured: float) -> float:
        """Train for about so many seconds; return what a pass would take. What disturbs the machine now and then is left out."""
        end = time.perf_counter() + measured
        seconds: list[float] = []
        over = False
        while not over and (len(seconds) < _LEAST_CALLS or time.perf_counter() < end):
            at = time.perf_counter()
            _, _, over = self._core.run(_UPDATES, self.threads)
            seconds.append(time.perf_counter() - at)
        passes: float = self._core.updates_per_pass / _UPDATES
        return max(passes, 1.0) * float(np.median(seconds))

    def arrays(self) -> tuple[list[Any], Any]:
        """Return layers and linear path as they are now."""
        arrays: tuple[list[Any], Any] = self._core.arrays()
        return arrays

    @staticmethod
    def renewed(network: Network) -> int:
        """Return how many new pairs a pass begins with.

        In a first stage, a pair leaves once all its pixels have been seen. What several stages make of a pair takes longer than
        to make it, so that in later ones it stays twice as long.
        """
        return PAIRS if network.before is None else PAIRS // 2

    def renew(self) -> None:
        """Put new pairs in the place of the oldest."""
        assert self._first is not None
        count = self.renewed(self._first)

        def one(place: int) -> None:
            self._core.replace(self._oldest + place, *self._padded(self._make(self._made + place)))

        self._map(one, range(count))
        self._oldest = (self._oldest + count) % (PAIRS * PARTS)
        self._made += count

    def _map(self, function: Callable[[int], Any], numbers: range) -> list[Any]:
        if self.threads == 1:
            return [function(number) for number in numbers]
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - takes longer to import than half of this package

        with ThreadPoolExecutor(min(self.threads, len(numbers))) as workers:
            return list(workers.map(function, numbers))

    def _make(self, index: int) -> TrainingPair:
        noisy, ideal = self._scene.pair(index, seed=self._seed, threads=1)
        kind = "levelled" if self.preset.foveas else METHODS["adam"][3]
        return TrainingPair(noisy, ideal, None, {}, f" of pair {index} of the scene").prepared(kind, (1, 1), 1)

    def _padded(self, pair: TrainingPair) -> tuple[Scaled, NDArray[Any] | None]:
        """Continue the images as apply() does, so that every pixel teaches, and borders are learned, too.

        Errors count less the noisier a pair is: without that, the noisiest images would be all that is learned; in units of
        the noise itself, the cleanest would.
        """
        assert self._first is not None
        pair = seen_by(self._first, pair, 1)
        noisy, ideal, _, unit = pair.scaled(np.float32)
        quieter = _TYPICAL / max(spread(noisy - ideal), _LEAST)
        weights = np.full(noisy.shape, quieter * math.sqrt(quieter), np.float32)
        return all_continued((noisy, ideal, weights, unit), pair.scaled_earlier(np.float32), self._first.window)
