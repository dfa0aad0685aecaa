"""Whether a network of `train` also cleans other shapes: it is tried on surfaces of the default scene, with its pairs' noise."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .._elementary import mean_square, spread
from .._typing import Float64s, Mask
from ..correct.level import level
from ..metrics import row_correlation
from ..nn.apply import apply
from ..nn.network import Network
from ..synth.default_scene import default_scene
from ..synth.scene import Scene
from .pairs import TrainingPair

#: The first so many surfaces of the scene, an odd number: a median is then the figure of one of them.
_SURFACES = 7
#: The shapes that are asked about have an outline: because networks of one pair hardly ever clean textures, those say nothing.
_OUTLINED = ("objects", "particles", "rods", "pattern_")
#: Rows and columns of a surface, at most: to clean seven of them takes as long as two images of 256 x 256 pixels. Smaller images
#: than the least have no room for the shapes of the scene.
_MOST, _LEAST = 128, 64
#: What neighbouring rows of noise have in common, at most: beyond that a quarter of it comes from the sample, and what noisy and
#: ideal differ by on this one (by the tip's shape, by a shift) says nothing on another. Noise has 0.03 or less, a tip's 0.9.
_STRUCTURE = 0.25
#: What is left of the error where the network is of no help. Because the surfaces are easy ones, and others leave up to twice as
#: much, it speaks in clear cases only. Measured (128 or 256 pixels a side, 30 steps): the README's spheres, with several seeds,
#: 0.64 to 0.76; a grating 1.0 to 1.2 with little noise, 0.5 with much; a sine 1.5 to 1.9.
_LIMIT = 1.0


def error_left(network: Network, pairs: Sequence[TrainingPair], threads: int) -> float | None:
    """Return the error of other shapes after cleaning over that before; None where it cannot be told.

    It is the median over the surfaces, each as high as the relief of a pair's ideal and on its plane, with that pair's noise.
    They are the same for all networks, and no random number is drawn: the figure is a function of network and pairs.
    """
    samples = [_Sample.of(pair) for pair in pairs[:_SURFACES]]
    found = [_error_left(network, samples[number % len(samples)], number, threads) for number in range(_SURFACES)]
    known = [left for left in found if left is not None]
    return float(np.median(known)) if len(known) > _SURFACES // 2 else None


def of_no_help(left: float, own: float) -> str:
    """Say so if the whole error of other shapes is left, or more, beside what is left of that of the network's `own` images."""
    if left < _LIMIT:
        return ""
    return (
        f"the network knows little but its own shapes: of their error it leaves {_percent(own)}, of that of other shapes with "
        f"the same noise {_percent(left)} (median of {_SURFACES} surfaces of afmnn.synth.default_scene); it should clean images "
        "like its own only, or learn from images of more shapes, as networks of afmnn.train_on_scene do"
    )


def _shapes(shape: tuple[int, int]) -> Scene:
    """Return the shapes of the default scene alone, without its textures and without a second surface on top."""
    scene = default_scene(shape=shape)
    surfaces = [recipe for recipe in scene.surfaces if recipe.generator.startswith(_OUTLINED)]
    return dataclasses.replace(scene, surfaces=surfaces, layers=(1.0,))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


class _Sample(NamedTuple):
    """What surfaces are made like a pair from."""

    noise: Float64s  # 0 where a pixel is not valid
    valid: Mask
    height: float  # root mean square of the relief
    plane: Float64s

    @classmethod
    def of(cls, pair: TrainingPair) -> _Sample:
        valid, plane = pair.where_valid(), pair.plane_of_ideal()
        noise = np.where(valid, pair.noisy.astype(np.float64) - pair.ideal, 0.0)
        return cls(noise, valid, spread((pair.ideal - plane)[valid]), plane)


def _error_left(network: Network, sample: _Sample, number: int, threads: int) -> float | None:
    """Return what is left of the error of one surface; None where there is no noise, or something else."""
    rows, cols = sample.noise.shape
    shape = min(rows, _MOST), min(cols, _MOST)
    if min(shape) < _LEAST or sample.height == 0.0:
        return None
    # Other rows, and other columns, for each surface: some places may have more noise than others.
    row = (rows - shape[0]) * number // (_SURFACES - 1)
    col = (cols - shape[1]) * (3 * number % _SURFACES) // (_SURFACES - 1)
    place = slice(row, row + shape[0]), slice(col, col + shape[1])
    noise, valid = sample.noise[place], sample.valid[place]
    before = mean_square(noise)
    if not 0.0 < before < math.inf or row_correlation(noise) > _STRUCTURE:
        return None
    surface = level(_shapes(shape).surface(number, seed=0), "plane")
    ideal = surface * (sample.height / spread(surface)) + sample.plane[place]
    noisy = ideal + noise
    cleaned = apply(network, noisy, scaling=network.measure(noisy), threads=threads)  # without a warning that it is unfamiliar
    return math.sqrt(mean_square(np.where(valid, cleaned - ideal, 0.0)) / before)
