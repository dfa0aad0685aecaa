"""The images: sets of (noisy, ideal) whose truth is known, and what is to be left alone.

Heights have a range of about 1, but for hidden shapes, which are those of the study (1.36 um). Every set is a function of the
size of an image and of how many are wanted, so that a test can have small ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import surfaces
from afmnn import synth

QUALITY = Path(__file__).parents[1] / "quality"
if str(QUALITY) not in sys.path:
    sys.path.append(str(QUALITY))
from _images import LEFT_OUT, RANGE, add_noise, shapes  # noqa: E402

Floats = np.ndarray
Pairs = list[tuple[Floats, Floats]]

#: The sets of known truth.
TRUE = ("hidden", "hidden, twice", "stripes", "random", "line", "scars", "hum", "all four")
HOLE, TILE = 40, 128  # sides of holes and of what repeats around them
SPREAD = 3.29  # 5 % to 95 % of a normal distribution, in its standard deviation


def pairs_of(name: str, size: int, count: int) -> Pairs:
    """Return `count` pairs of a set; of hidden shapes, which differ most, twice as many."""
    if name.startswith("hidden"):
        return hidden(size, 2 * count, 2.0 if "twice" in name else 1.0)
    return stripes(size, count) if name == "stripes" else four_noises(size, count, name)


def hidden(size: int, count: int, times: float) -> Pairs:
    """Return shapes that "fast" and the PyTorch networks did not learn from, with the noise of the study's instrument."""
    drawn = [relief * (RANGE / np.ptp(relief)) for _, relief in shapes((size, size))]
    chosen = np.unique(np.linspace(0, len(drawn) - 1, count).round().astype(int))
    return [(add_noise(drawn[i], 100 * int(i) + 7, times), drawn[i]) for i in chosen]


def stripes(size: int, count: int) -> Pairs:
    """Return cuts of one turned image of conducting walls, with stripes that change linearly along the line.

    After the abstract of M. Li et al., Sci. Rep. 14 (2024) 3931: one clean image is turned and cut, and stripes with a gradient
    of random strength are added. Its numbers could not be had; ours: a stripe on every other line at random, at each end of the
    line a height of its own, of either sign, uniform up to the image's strength, which is 0.1 to 0.5 of the range.
    """
    whole = surfaces.walls(size * 3 // 2, seed=3)
    pairs = []
    for index in range(count):
        random = np.random.default_rng([11, index])
        ideal = surfaces.turned(whole, 360 * random.uniform(), size)
        ends = random.uniform(-1, 1, (size, 2)) * random.uniform(0.1, 0.5) * (random.uniform(size=(size, 1)) < 0.5)
        along = np.linspace(0, 1, size)
        pairs.append((ideal + ends[:, :1] * (1 - along) + ends[:, 1:] * along, ideal))
    return pairs


def four_noises(size: int, count: int, kind: str) -> Pairs:
    """Return surfaces that no network knows, with one of the four noises of Jung et al., or with all of them.

    H. Jung et al., Micron 161 (2022) 103332, added random, line, scar and hum noise with Gwyddion; with which settings could not
    be had. Ours, in the range of the surface: random, normal, 0.05 rms; line, one step of 0.1 rms in every line, which begins
    anywhere in half of them; scars on 3 % of the pixels, 30 pixels long, 0.3 rms; hum of 8 pixels, 0.05 rms. All four: half of
    each.
    """
    drawn = (surfaces.grains, surfaces.spirals, surfaces.walls)
    pairs = []
    for index in range(count):
        relief = drawn[index % len(drawn)](size, seed=20 + index)
        ideal = relief / np.ptp(relief)
        kinds = ("random", "line", "scars", "hum") if kind == "all four" else (kind,)
        added = sum(_noise(one, size, 1000 + 10 * index + k) for k, one in enumerate(kinds))
        pairs.append((ideal + added * (0.5 if len(kinds) > 1 else 1.0), ideal))
    return pairs


def _noise(kind: str, size: int, seed: int) -> Floats:
    shape = (size, size)
    if kind == "random":
        return synth.noise(shape, rms=0.05, seed=seed)
    if kind == "line":
        return synth.line_steps(shape, rms=0.1, within_line=0.5, seed=seed)
    if kind == "scars":
        return synth.line_scars(shape, rms=0.3, length=30.0, length_spread=0.5, coverage=0.03, seed=seed)
    return synth.line_hum(shape, rms=0.05, wavelength=8.0, seed=seed)


def training_scene() -> synth.Scene:
    """Return the scene that networks are trained on here: the default one, less the shapes that are hidden."""
    return synth.default_scene(exclude=LEFT_OUT)


def particles_pair() -> tuple[Floats, Floats]:
    """Return the pair of particles that the study's networks of one pair learn from: (noisy, ideal)."""
    relief = synth.particles((256, 256), radius=12.0, radius_std=4.0, coverage=0.6, seed=12)
    ideal = relief * (RANGE / np.ptp(relief))
    return add_noise(ideal, 5000), ideal


def lattice_on_step(size: int, period: float) -> tuple[Floats, Floats, Floats]:
    """Return a step along the columns, a lattice of 2 % rms of its spread on top, and where neither step nor border is near."""
    y, x = np.indices((size, size)).astype(float)
    step = np.where(x < size // 2, 0.0, 1.0)
    angles = 0.3 + np.arange(3) * np.pi / 3
    lattice = sum(np.cos(2 * np.pi * (np.cos(a) * x + np.sin(a) * y) / period) for a in angles)
    lattice *= 0.02 * (np.ptp(np.quantile(step, [0.05, 0.95])) / SPREAD) / np.std(lattice)
    margin = size // 8
    far = (np.abs(x - size // 2) > margin) & (np.minimum(x, size - 1 - x) > margin // 2)
    return step, lattice, far & (np.minimum(y, size - 1 - y) > margin // 2)


def square_holes(size: int, seed: int) -> Floats:
    """Return flat, noisy ground with square holes 1000 noise spreads deep, sides along the lines: the middle of each tile."""
    y, x = np.indices((size, size)) % TILE
    first, last = (TILE - HOLE) // 2, (TILE + HOLE) // 2
    ideal = -1000.0 * ((y >= first) & (y < last) & (x >= first) & (x < last))
    return ideal + synth.noise(ideal.shape, rms=1.0, seed=seed)


def clean_surfaces(size: int, count: int) -> list[Floats]:
    """Return surfaces without noise: of afmnn's generators, and of none."""
    drawn = [relief / np.ptp(relief) for _, relief in shapes((size, size))][::4]
    drawn += [draw(size, seed=40) for draw in (surfaces.grains, surfaces.spirals, surfaces.walls)]
    drawn.append(synth.particles((size, size), radius=6.0, coverage=0.03, seed=2))
    return drawn[-count:]


def steps(size: int) -> list[Floats]:
    """Return gratings of height 1 whose steps cross the lines at 90, 45 and 20 degrees, and last one with steps along them."""
    return [
        synth.pattern_grating((size, size), period=size / 4, height=1.0, angle=np.radians(90 - degrees))
        for degrees in (90, 45, 20, 0)
    ]
