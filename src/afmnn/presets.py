"""Presets of train_on_scene(): what its networks see, how large they are, how they learn."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from .fovea import Band, Fovea


@dataclasses.dataclass(frozen=True)
class Preset:
    """An architecture and the settings it learns best with; chosen by the study in ``docs/study.md``."""

    window: tuple[int, int]
    fovea: Fovea | None
    hidden: tuple[int, ...]
    learning_rate: float
    batch: int
    steps: int
    flips: bool  # whether apply() averages over the flips of the image unless told otherwise


# Gains make the bands of noisy images of `default_scene` about equally large.
_SHARP = (
    Band((1, 1), (3, 3), (5, 5), (1, 1), 3.2),
    Band((3, 3), (9, 9), (5, 5), (3, 3), 3.1),
    Band((9, 9), (27, 27), (5, 5), (9, 9), 2.2),
)
# Strips along the rows tell an offset of the scan line from a feature of the surface.
_STRIPS = (
    Band((1, 27), (9, 27), (9, 3), (1, 27), 3.3),
    Band((1, 81), (9, 81), (9, 1), (1, 81), 3.6),
)
_FOVEA = Fovea((*_SHARP, *_STRIPS), (27, 27))

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "classic": Preset((27, 27), None, (6,), 0.005, 1024, 100, flips=False),
        "fast": Preset(_FOVEA.window, _FOVEA, (48, 16), 0.004, 1024, 100, flips=True),
        "best": Preset(_FOVEA.window, _FOVEA, (96, 32), 0.004, 1024, 300, flips=True),
    }
)
