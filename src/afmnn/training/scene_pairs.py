"""The pairs of a scene, for training and for validation: each a function of the scene, the seed and its index."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from ..synth.default_scene import default_scene
from ..synth.scene import Scene
from .pairs import TrainingPair

#: A step has the pixels of so many pairs ...
PAIRS_PER_STEP = 8
#: ... but takes them from so many times as many, of which it visits one subset of the pixels: the more pairs are mixed, the less
#: a network follows those that it has seen last.
SUBSETS = 4
#: Indices from here on are those of validation pairs; no training gets that far.
_VALIDATION = 1 << 48

Made = TypeVar("Made")


def read_scene(scene: Any) -> Scene:
    """Return the scene that the argument of that name means: itself, the one called "default", or that of a file."""
    if isinstance(scene, Scene):
        return scene
    if not isinstance(scene, (str, os.PathLike)):
        raise TypeError(f"scene must be a Scene, 'default' or the name of a scene's file, got {type(scene).__name__}")
    if scene == "default":
        return default_scene()
    if not os.path.exists(scene):
        raise ValueError(f"{os.fspath(scene)!r} is no file of a scene, nor 'default'")
    return Scene.load(scene)


class ScenePairs:
    """Training and validation pairs of a scene, with their scaling measured."""

    def __init__(self, scene: Scene, scaling: str, seed: int, threads: int) -> None:
        """Make the first pairs, which say how heights are scaled (in the way `scaling`) and how noisy images are."""
        self._scene, self._scaling = scene, scaling
        self.seed, self.threads = seed, threads
        self.first = self._make_all(range(PAIRS_PER_STEP))

    def training(self, index: int) -> TrainingPair:
        """Return a training pair; the first ones are there already."""
        return self.first[index] if index < len(self.first) else self._make(index)

    def validation(self, count: int) -> list[TrainingPair]:
        """Make pairs that training never sees."""
        return self._make_all(range(_VALIDATION, _VALIDATION + count))

    def _make_all(self, indices: range) -> list[TrainingPair]:
        return side_by_side(self._make, indices, self.threads)

    def _make(self, index: int) -> TrainingPair:
        noisy, ideal = self._scene.pair(index, seed=self.seed, threads=1)
        return TrainingPair(noisy, ideal, None, {}, f" of pair {index} of the scene").prepared(
            self._scaling, (1, 1), 1, alike=True
        )


def side_by_side(function: Callable[[int], Made], numbers: range, threads: int) -> list[Made]:
    """Call a function for all numbers, so many at a time; the results are in the order of the numbers."""
    if threads == 1:
        return [function(number) for number in numbers]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - takes longer to import than half of this package

    with ThreadPoolExecutor(min(threads, len(numbers))) as workers:
        return list(workers.map(function, numbers))
