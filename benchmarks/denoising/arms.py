"""What takes part: an arm has a name, is prepared (read, trained), and then cleans arrays of heights.

Groups live in ``arms_GROUP.py`` and are imported when they are chosen, because their packages are nobody's but the benchmark's.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

import afmnn

Floats = np.ndarray
Clean = Callable[[Floats], Floats]
Scaled = TypeVar("Scaled")

GROUPS = ("ours", "rows", "filters", "oidn", "stripes", "torch", "lowrank", "bm3d")
QUICK = ("ours", "rows", "filters")


@dataclass(frozen=True)
class Settings:
    """What a run is given; every arm takes from it what it needs."""

    seconds: tuple[float, ...] = (60.0,)  # of processor time on one thread, for the networks in PyTorch
    steps: int = 50  # of "fast": what ten seconds on two quiet cores make
    seed: int = 0


@dataclass(frozen=True)
class Arm:
    """One way of cleaning."""

    name: str
    prepare: Callable[[], Clean]  # raises ImportError or OSError where what it needs is not there
    trains: bool = False  # whether the time of `prepare` is one of training


def of_group(group: str, settings: Settings) -> list[Arm]:
    """Import a group and return its arms."""
    arms: list[Arm] = importlib.import_module(f"arms_{group}").arms(settings)
    return arms


def white_noise(image: Floats) -> float:
    """Return the standard deviation of white noise by scikit-image's `estimate_sigma`; 0 where that finds nothing to look at."""
    from skimage.restoration import estimate_sigma

    sigma = float(estimate_sigma(image))
    return sigma if np.isfinite(sigma) else 0.0


def on_unit_range(clean: Clean) -> Clean:
    """Give a method that expects brightnesses the heights on 0 to 1: least to greatest, by one rule for all images."""

    def scaled(image: Floats) -> Floats:
        low, height = image.min(), np.ptp(image)
        if height == 0:
            return image.copy()
        return np.asarray(clean((image - low) / height), float) * height + low

    return scaled


def after_rows(clean: Clean) -> Clean:
    """Align the rows by the medians of their differences first, as a microscopist does who has no better tool."""
    return lambda image: clean(np.asarray(afmnn.level(image, "rows", rows="difference")))
