"""Presets of train_on_scene(): what its networks see, how large they are, how they learn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from ..nn.fovea import Band, Fovea


class Preset(NamedTuple):
    """An architecture and the settings it learns best with; chosen by the study in ``docs/study.md``."""

    window: tuple[int, int]  # of networks without a fovea
    foveas: tuple[Fovea, ...]  # one a stage; none: the plain window
    shares: tuple[float, ...]  # of the steps, one a stage
    hidden: tuple[int, ...]
    learning_rate: float
    batch: int
    steps: int
    flips: bool  # whether apply() averages over the flips of the image unless told otherwise

    @property
    def stages(self) -> int:
        """Networks in a row."""
        return len(self.shares)

    def divided(self, steps: int) -> list[int]:
        """Divide steps among the stages, one each at least; where there are fewer steps than stages, the last are left out."""
        stages = min(self.stages, steps)
        ends = [0]
        for i in range(1, stages + 1):
            end = round(steps * math.fsum(self.shares[:i])) if i < self.stages else steps
            ends.append(min(max(end, ends[-1] + 1), steps - (stages - i)))
        return [end - begin for begin, end in pairwise(ends)]


# Gains make the bands of noisy images of `default_scene` about equally large.
_SHARP = (
    Band((1, 1), (3, 3), (5, 5), (1, 1), 1.5),
    Band((3, 3), (9, 9), (5, 5), (3, 3), 1.1),
    Band((9, 9), (27, 27), (5, 5), (9, 9), 0.8),
)
# Strips along the rows tell an offset of the scan line, or its slow wander, from a feature of the surface.
_NEAR_STRIPS = Band((1, 9), (9, 9), (7, 3), (1, 9), 1.4)
_STRIPS = (
    Band((1, 27), (9, 27), (9, 3), (1, 27), 1.3),
    Band((1, 81), (9, 81), (9, 1), (1, 81), 1.5),
    _NEAR_STRIPS,
)
_FOVEA = Fovea((*_SHARP, *_STRIPS), (1, 1), compresses=True)

# A later stage sees the image sharply, and of what was taken off it mostly means along the row: where an offset begins.
_LATER = (
    *_SHARP[:2],
    Band((1, 1), None, (3, 5), (1, 1), 1.7),
    Band((1, 9), None, (5, 5), (1, 9), 2.0),
    Band((9, 9), None, (5, 5), (9, 9), 3.3),
    Band((1, 81), None, (9, 3), (1, 81), 2.0),
    _NEAR_STRIPS,
)
_AFTER = Fovea(_LATER, None, compresses=True)

# Two scan lines' offsets differ more surely the further along them one looks.
_WIDE = Fovea((*_LATER, Band((1, 81), None, (3, 5), (1, 81), 2.0)), None, compresses=True)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "classic": Preset((27, 27), (), (1.0,), (6,), 0.005, 1024, 100, flips=False),
        "fast": Preset((1, 1), (_FOVEA, _AFTER), (0.5, 0.5), (48, 16), 0.004, 1024, 50, flips=False),
        "best": Preset((1, 1), (_FOVEA, _WIDE, _WIDE), (0.34, 0.33, 0.33), (48, 16), 0.003, 2048, 200, flips=False),
    }
)
