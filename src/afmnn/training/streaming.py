"""Training on a stream of pairs: before each step, new pairs of a scene take the place of the oldest; pairs of one's own stay."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .._elementary import spread
from .._seed import key_from
from ..nn.network import Network
from .pairs import ScaledPair, TrainingPair, with_previous_result
from .scene_pairs import PAIRS_PER_STEP, SUBSETS, ScenePairs, side_by_side
from .trainers import AdamSettings, AdamTrainer, StepSums, Weights

#: Noise in units of the spread of heights: that of a pair whose errors count once, and the least that is told apart.
_TYPICAL, _LEAST = 0.3, 0.02


class StreamingTrainer:
    """Trains one stage of a network on pairs that are always new; a trainer to the training loop."""

    error_unit = 1.0

    def __init__(
        self,
        initial: Network,
        source: ScenePairs,
        settings: AdamSettings,
        *,
        begin: int = 0,
        own: Sequence[TrainingPair] = (),
    ) -> None:
        """Make the pairs to begin with, from index `begin` on; the learning rate is constant until `fall` is called.

        With pairs of one's `own`, which stay, there are half as many of the scene; both halves have as many pixels, as it were.
        """
        self._initial, self._source = initial, source
        self._oldest = 0  # place of the pairs that are replaced next
        self._is_over = False  # the last step
        self._halves = 2 if own else 1
        self._places = PAIRS_PER_STEP * SUBSETS // self._halves
        self.next_index = begin + self._places
        pairs = side_by_side(self._scaled, range(begin, self.next_index), source.threads)
        pairs += self._own(own, sum(pair.noisy.size for pair in pairs))
        self._trainer = AdamTrainer(initial, pairs, settings, key=key_from(source.seed), steps=None, subsets=SUBSETS)

    def fall(self, steps: int) -> None:
        """Let the learning rate fall over so many steps, the next ones."""
        self._trainer.fall(steps)

    def run(self, updates: int, threads: int) -> StepSums:
        """Do up to so many further mini-batches; a new step begins with new pairs."""
        if self._is_over:
            self.replace_oldest()
        squares, weights, self._is_over = self._trainer.run(updates, threads)
        return squares, weights, self._is_over

    def replace_oldest(self) -> None:
        """Put new pairs in the place of the oldest."""
        count = replaced_per_step(self._initial) // self._halves

        def replace(place: int) -> None:
            self._trainer.replace(self._oldest + place, self._scaled(self.next_index + place))

        side_by_side(replace, range(count), self._source.threads)
        self._oldest = (self._oldest + count) % self._places
        self.next_index += count

    def weights(self) -> Weights:
        """Return the weights as they are now."""
        return self._trainer.weights()

    def extra_history(self) -> dict[str, float]:
        """Return nothing."""
        return {}

    def _scaled(self, index: int) -> ScaledPair:
        """Return a pair of the scene, as `_weighted` makes it."""
        return self._weighted(with_previous_result(self._initial, self._source.training(index), 1))

    def _own(self, pairs: Sequence[TrainingPair], pixels: int) -> list[ScaledPair]:
        """Return pairs of one's own, which count together as so many pixels of a scene."""
        threads = self._source.threads
        scaled = [self._weighted(with_previous_result(self._initial, pair, threads)) for pair in pairs]
        share = pixels / sum(pair.noisy.size for pair in scaled) if scaled else 1.0
        return [pair._replace(weight=np.float32(share) * pair.weight) for pair in scaled]

    def _weighted(self, heights: TrainingPair) -> ScaledPair:
        """Return a pair in the network's scale, padded, with weights.

        Because the errors of the noisiest images are the largest, and would be all that is learned, errors count less the
        noisier a pair is. In units of the noise itself, the cleanest images would be all that is learned: hence the power. It is
        errors in spreads of heights that are weighted so, whatever the network counts in.
        """
        pair = heights.scaled(np.float32)
        unit = pair.height * heights.scaling.in_factor  # in spreads
        noise = pair.noisy - pair.ideal
        quieter = _TYPICAL / max(spread(noise if pair.weight is None else noise[pair.weight > 0.0]) * unit, _LEAST)
        weight = np.full(noise.shape, quieter * math.sqrt(quieter) * unit * unit, np.float32)
        return pair._replace(weight=weight if pair.weight is None else weight * pair.weight).padded(self._initial.window)


def replaced_per_step(network: Network) -> int:
    """Return how many new pairs a step begins with.

    In a first stage, a pair leaves once all its pixels have been seen. Because it takes longer to apply several stages to a pair
    than to make it, pairs stay twice as long in later stages.
    """
    return PAIRS_PER_STEP if network.before is None else PAIRS_PER_STEP // 2
