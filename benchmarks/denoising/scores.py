"""What an arm is worth on a set: one function a set, which returns figures by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median

import numpy as np
import pairs
import sets

from afmnn import metrics, synth

Floats = np.ndarray
Clean = Callable[[Floats], Floats]
Figures = dict[str, float]
MARGIN = 14  # pixels at the border that do not count: what a method makes up there is not compared


def truth(clean: Clean, name: str, size: int, count: int) -> Figures:
    """Return the mean PSNR of a set in decibels, against the ideal's range.

    Height and tilt of a whole image mean nothing in this microscope, so the plane of the error does not count.
    """
    return {"PSNR": fmean(psnr(clean(noisy), ideal) for noisy, ideal in sets.pairs_of(name, size, count))}


def psnr(result: Floats, ideal: Floats) -> float:
    """Return the peak signal-to-noise ratio of one image; infinite where nothing is wrong."""
    inside = (slice(MARGIN, -MARGIN),) * 2
    error = np.sqrt(np.mean(pairs.plane_off((result - ideal)[inside]) ** 2))
    return float(20 * np.log10(np.ptp(ideal) / error)) if error > 0 else math.inf


def fidelity(clean: Clean, size: int, count: int) -> Figures:
    """Return what is left of what should be left alone; shares are of 1, the rest is in %."""
    *across, along = (100 * abs(_step_height(clean(image), image) - 1) for image in sets.steps(size))
    beside, above = (100 * halo for halo in _halos(clean, size, max(1, count // 3)))
    return {
        **_lattices(clean, size),
        "steps across": float(np.max(across)),
        "steps along": along,
        "halo beside": beside,
        "halo above": above,
        **_roughness(clean, size, count),
    }


def _lattices(clean: Clean, size: int) -> Figures:
    """Return kept shares of lattices on a step; with noise of half its rms at 9 pixels, and what is left of that noise."""
    kept = {}
    for period in (6, 9, 14):
        step, lattice, far = sets.lattice_on_step(size, period)
        kept[f"kept, {period} px"] = _kept(clean(step + lattice) - step, lattice, far)[0]
    step, lattice, far = sets.lattice_on_step(size, 9)
    noise = synth.noise(step.shape, rms=0.5 * float(np.std(lattice)), seed=9)
    share, rest = _kept(clean(step + lattice + noise) - step, lattice, far)
    return {**kept, "kept, 9 px, noisy": share, "noise left": rest / float(np.std(noise[far]))}


def _kept(image: Floats, lattice: Floats, far: Floats) -> tuple[float, float]:
    """Return the share of the lattice in an image, and the rms of all else that is not a height of its side of the step."""
    left = far & (np.arange(far.shape[1]) < far.shape[1] // 2)
    terms = np.stack([lattice[far], left[far].astype(float), (~left)[far].astype(float)], axis=1)
    found = np.linalg.lstsq(terms, image[far], rcond=None)[0]
    return float(found[0]), float(np.std(image[far] - terms @ found))


def _step_height(result: Floats, image: Floats) -> float:
    low, high = image < 0.02, image > 0.98
    return float(np.median(result[high]) - np.median(result[low]))


def _halos(clean: Clean, size: int, seeds: int) -> tuple[float, float]:
    """Return the largest mean height 2 to 12 pixels from the sides of holes, in their depth: beside them, and above or below.

    Mean over the middle halves of the sides, all holes, and the seeds.
    """
    tile, hole = sets.TILE, sets.HOLE
    first, near = (tile - hole) // 2, np.arange(2, 13)
    middle = slice(first + hole // 4, first + 3 * hole // 4)
    profiles = np.zeros((4, near.size))
    for seed in range(seeds):
        noisy = sets.square_holes(size, seed=60 + seed)
        result = clean(noisy)
        starts = range(0, size - tile + 1, tile)
        mean = np.mean([result[r : r + tile, c : c + tile] for r in starts for c in starts], axis=0)
        mean -= np.median(result[noisy > -500])
        for side, turned in enumerate((mean, mean[:, ::-1], mean.T, mean.T[:, ::-1])):
            profiles[side] += turned[middle].mean(axis=0)[first - near] / (1000 * seeds)
    return float(np.abs(profiles[:2]).max()), float(np.abs(profiles[2:]).max())


def _roughness(clean: Clean, size: int, count: int) -> Figures:
    """Return changes of Sq of surfaces without noise: the median of their sizes, and the largest."""
    changes = [100 * abs(metrics.sq(clean(z)) / metrics.sq(z) - 1) for z in sets.clean_surfaces(size, count)]
    return {"Sq, median": median(changes), "Sq, largest": float(np.max(changes))}


def real(clean: Clean, folder: Path) -> tuple[Figures, dict[str, list[float]]]:
    """Return the summary over real scans, and D, RR and S (or R) of each."""
    each = {scan.name: list(scan.scores(clean)) for scan in pairs.directions(folder)}
    again = {scan.name: [scan.distance(clean(scan.this))] for scan in pairs.repeats(folder)}
    d, rr, s = (list(column) for column in zip(*each.values(), strict=True))
    summary = {
        "D": _geometric(d),
        "D, largest": max(d),
        "above 1.005": float(sum(value > 1.005 for value in d)),
        "RR, median": median(rr),
        "S, median": 100 * median(s),
        "S, largest": 100 * max(s),
        "R": _geometric([value for (value,) in again.values()]),
    }
    return summary, {**each, **again}


def _geometric(values: list[float]) -> float:
    return math.exp(fmean(math.log(value) for value in values))
