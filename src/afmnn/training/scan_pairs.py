"""Pairs of scans that were recorded twice: each scan with the other, brought to its place, as a noisy target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._typing import Float64s, Mask
from ..nn.apply import apply
from ..nn.network import Network
from ..synth._draws import Draws
from ..synth.instrument_like._numbers import median, medians
from ..synth.instrument_like._register import brought_back, register
from ..synth.scene import Scene
from .pairs import TrainingPair
from .scene_pairs import ScenePairs

#: Standard deviations of the difference of two recordings beyond which it is more than noise.
_FAR = 4.0
#: Pixels by which a registration may be wrong, here and there.
_MISPLACED = 0.25
#: Indices from here on are those of pairs that judge.
_JUDGES = 1 << 49
_NORMAL = 1.4826  # standard deviations of normal numbers in their median absolute value


class Twice(NamedTuple):
    """One place that was recorded twice, heights in units of its relief, NaN where they are missing."""

    name: str  # in messages
    first: Float64s
    second: Float64s

    def rows(self, part: slice) -> Twice:
        """Return some of its lines."""
        return self._replace(first=self.first[part], second=self.second[part])

    def swapped(self) -> Twice:
        """Return it with the other recording as the first."""
        return self._replace(first=self.second, second=self.first)


class Target(NamedTuple):
    """The second recording in the place of the first, where it says something about it."""

    heights: Float64s  # NaN where the second recording does not reach
    doubtful: Mask  # where the two differ by more than noise, or may do so because they are not exactly in place


def cleaned(network: Network, heights: Float64s, threads: int) -> Float64s:
    """Apply a network to heights that may be missing here and there, once, without a warning of what it has not seen."""
    return np.asarray(apply(network, heights, nan="keep", scaling=network.measure(heights), flips=False, threads=threads))


def target_of(both: Twice, clean: Float64s) -> Target:
    """Bring the second recording to the place of the first, of which `clean` is what a network makes of it.

    Because the two also differ by offsets of lines and by the bow, of which both have some of their own, the second gets the
    level that `clean` has in each line and in each column.
    """
    heights = brought_back(both.second, register(both.first, both.second))
    heights = heights - medians(heights - clean, 1)[:, None]
    heights = heights - medians(np.ascontiguousarray(heights - clean), 0)
    rest = np.abs(heights - clean)
    noise = _NORMAL * median(rest)
    slope = np.zeros(clean.shape)
    slope[:, 1:-1] = 0.5 * np.abs(clean[:, 2:] - clean[:, :-2])
    with np.errstate(invalid="ignore"):
        certain = (rest <= _FAR * noise) & (_MISPLACED * slope <= noise)  # not where one is missing
    return Target(heights, ~certain)


class MixedPairs(ScenePairs):
    """Pairs of scans and of a scene by turns, each a function of the seed and its index.

    The target of a scan is the other recording of its place (J. Lehtinen et al., arXiv:1803.04189). Where that is doubtful, it
    is what the network makes of the scan: there it is to stay as it is.
    """

    def __init__(self, scene: Scene, places: list[Twice], network: Network, seed: int, threads: int) -> None:
        """Make the targets, and the first pairs."""
        self._shape = scene.shape
        self._recorded: list[tuple[Float64s, Float64s]] = []
        for place in places:
            for both in (place, place.swapped()):
                clean = cleaned(network, both.first, threads)
                target = target_of(both, clean)
                missing = np.isnan(both.first)
                noisy = np.where(missing, np.where(np.isnan(clean), 0.0, clean), both.first)
                self._recorded.append((noisy, np.where(target.doubtful, np.where(missing, noisy, clean), target.heights)))
        super().__init__(scene, network.scaling.kind, seed, threads)

    def judges(self, count: int) -> list[TrainingPair]:
        """Make pairs of the scene that are neither learned from nor validated with."""
        return self._make_all(range(_JUDGES | 1, (_JUDGES | 1) + 2 * count, 2))

    def _make(self, index: int) -> TrainingPair:
        if index % 2:
            return super()._make(index)
        draws = Draws(self.seed, index)
        noisy, target = self._recorded[int(draws.unit("scan") * len(self._recorded))]
        corner = [int(draws.unit(name) * (n - side + 1)) for name, n, side in zip("yx", noisy.shape, self._shape, strict=True)]
        tile = tuple(slice(first, first + side) for first, side in zip(corner, self._shape, strict=True))
        return TrainingPair(noisy[tile], target[tile], None, {}, " of a scan").prepared(self._scaling, (1, 1), 1, alike=True)
