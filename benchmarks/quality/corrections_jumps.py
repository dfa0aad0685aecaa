"""Figures of `correct.jumps`: ``python benchmarks/quality/corrections_jumps.py [SCANS] [CLEANED]``, some minutes.

A spread is that of the changes from row to row: the larger one of what `metrics.row_steps` says of the noisy scan and the
standard deviation of what the noise alone has (offsets of lines are not normally distributed: the first can be a quarter of the
second).
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from _frozen import FILE, Floats, Scan, scans

import afmnn
from afmnn import correct, metrics, synth

KINDS = ("between lines", "within a line")


class Made(NamedTuple):
    """A scan with one level jump."""

    noisy: Floats
    row: int
    column: int
    height: float


def spread_of(noisy: Floats, ideal: Floats) -> float:
    """Return the spread of the changes from row to row, see above."""
    return max(metrics.row_steps(noisy), float(np.median(np.diff(noisy - ideal, axis=0), axis=1).std()))


def with_jump(scan: Scan, low: float, high: float, within: bool, seed: int) -> Made:
    """Add a jump of `low` to `high` spreads at least 8 lines from the edges."""
    rng = np.random.default_rng([scan.index, seed])
    rows, columns = scan.noisy.shape
    row = int(rng.integers(8, rows - 8))
    column = int(rng.integers(1, columns)) if within else 0
    height = float(rng.choice([-1, 1]) * rng.uniform(low, high)) * spread_of(scan.noisy, scan.ideal)
    noisy = scan.noisy.copy()
    noisy.ravel()[row * columns + column :] += height
    return Made(noisy, row, column, height)


def found_jumps(count: int) -> None:
    """Print how many jumps are found, and how many that are none, by height."""
    print("spreads  where           found  certain  place to 1 line  too many  error of the height / spread (rms, certain ones)")
    for low, high in ((3, 20), (3, 4), (4, 6), (6, 10), (10, 20)):
        for within, kind in enumerate(KINDS):
            hits, certain, near, extra, errors = 0, 0, 0, 0, []
            for scan in scans(count):
                made = with_jump(scan, low, high, bool(within), 1)
                found = correct.find_jumps(made.noisy)
                place = made.row + made.column / made.noisy.shape[1]
                close = [jump for jump in found if abs(jump.row + jump.column / made.noisy.shape[1] - place) <= 3.0]
                extra += len(found) - len(close[:1])
                if not close:
                    continue
                hits += 1
                certain += close[0].certain
                near += abs(close[0].row + close[0].column / made.noisy.shape[1] - place) <= 1.0
                errors.append((close[0].height - made.height) / spread_of(scan.noisy, scan.ideal))
            print(
                f"{low:>2} to {high:<2}  {kind:<14}  {hits / count:5.1%}  {certain / count:6.1%}  {near / max(hits, 1):14.1%}"
                f"  {extra / count:8.3f}  {math.sqrt(np.mean(np.square(errors))):.2f}",
                flush=True,
            )


def without_jumps(name: str, noisy: Iterator[Floats]) -> None:
    """Print what is found where there is nothing."""
    certain, ambiguous, count = 0, 0, 0
    for image in noisy:
        found = correct.find_jumps(image)
        certain += sum(jump.certain for jump in found)
        ambiguous += any(not jump.certain for jump in found)
        count += 1
    print(f"{name:<58} {count:>5} {certain / count:>9.3f} {ambiguous / count:>18.1%}", flush=True)


def frozen(count: int, rows: int) -> Iterator[tuple[Floats, Floats]]:
    """Draw scans of so many lines, and what they show."""
    scene = dataclasses.replace(synth.Scene.load(FILE), shape=(rows, 256))
    for index in range(count):
        noisy, ideal = scene.pair(index, seed=5)
        yield noisy, ideal


def cumulative(count: int, steps_per_line: float) -> Iterator[Floats]:
    """Draw scans of 512 lines whose offsets accumulate."""
    for index, (_, ideal) in enumerate(frozen(count, 512)):
        noise = synth.noise(ideal.shape, rms=0.1, seed=10 * index + 1)
        steps = {"rms": 0.03 * 10 ** (index % 3 / 2), "steps_per_line": steps_per_line, "within_line": index % 2 * 0.7}
        yield ideal + noise + synth.line_steps(ideal.shape, cumulative=True, seed=10 * index + 2, **steps)


def defects(shape: tuple[int, int], index: int, height: float) -> Floats:
    """Draw noise and offsets of lines as the scene has them."""
    rng = np.random.default_rng([index, 4])
    noise = synth.noise(shape, rms=height * 0.02 * 20 ** rng.random(), seed=10 * index + 5)
    steps = {"rms": height * 0.03 * 20 ** rng.random(), "steps_per_line": 0.5 + rng.random(), "within_line": rng.random()}
    return noise + synth.line_steps(shape, seed=10 * index + 6, **steps)


def surfaces(count: int, draw: Callable[[np.random.Generator, int], Floats]) -> Iterator[Floats]:
    """Draw noisy scans of 512 lines of a surface."""
    for index in range(count):
        relief = draw(np.random.default_rng([index, 3]), index)
        yield relief + defects(relief.shape, index, float(relief.std()))


def terraces(rng: np.random.Generator, index: int) -> Floats:
    """Draw terraces along the lines, 3 to 8 of equal height, sharp to the pixel or not."""
    edges = np.sort(rng.choice(np.arange(1, 20), rng.integers(3, 9), replace=False)) * 25
    return np.add.accumulate(np.isin(np.arange(512), edges)).astype(float)[:, None] * np.ones((1, 256))


def grating(rng: np.random.Generator, index: int) -> Floats:
    """Draw a grating along the lines."""
    return synth.pattern_grating((512, 256), period=float(rng.uniform(20, 200)), height=1.0, angle=math.pi / 2, seed=index)


def tilted_grating(rng: np.random.Generator, index: int) -> Floats:
    """Draw a grating at half a degree to 10 degrees from the lines."""
    angle = math.pi / 2 + math.radians(0.5 * 20 ** rng.random()) * rng.choice([-1, 1])
    return synth.pattern_grating((512, 256), period=float(rng.uniform(20, 200)), height=1.0, angle=angle, seed=index)


def lattice(rng: np.random.Generator, index: int) -> Floats:
    """Draw a lattice of 5 to 20 pixels at any angle."""
    rows, columns = np.indices((512, 256))
    period, angle = rng.uniform(5, 20), rng.uniform(0, math.pi)
    return sum(
        np.cos(2 * math.pi / period * (columns * math.cos(angle + turn) + rows * math.sin(angle + turn)))
        for turn in (0.0, math.pi / 3, 2 * math.pi / 3)
    )


def staircase(rng: np.random.Generator, index: int) -> Floats:
    """Draw terraces whose edges run within 6 degrees of the lines."""
    angle = math.pi / 2 + rng.uniform(-0.1, 0.1)
    return synth.pattern_staircase((512, 256), period=float(rng.uniform(30, 200)), height=1.0, angle=angle, seed=index)


def errors_beside(count: int) -> None:
    """Print the error after `correct.jumps` and the network beside a jump of 20 spreads, in units of that of other rows."""
    network = afmnn.networks.load("universal")
    print("\nerror of the 8 rows on each side of a jump of 20 spreads over that of the same scan without it, after the network:")
    uncorrected, corrected = [], []
    for scan in scans(count):
        made = with_jump(scan, 20, 20, scan.index % 2 == 1, 2)
        beside = np.zeros(len(made.noisy), bool)
        beside[max(made.row - 8, 0) : made.row + 9] = True
        plain = error(network, scan.noisy, scan.ideal)
        for image, ratios in ((made.noisy, uncorrected), (correct.jumps(made.noisy, ambiguous=True), corrected)):
            after = error(network, image, scan.ideal)
            ratios.append((rms(after[beside]) / rms(after[~beside])) / (rms(plain[beside]) / rms(plain[~beside])))
    for name, ratios in (("as it is", uncorrected), ("after correct.jumps", corrected)):
        print(f"  {name:<20} median {np.median(ratios):.2f}, worst {np.max(ratios):.2f}, of {count} scans")


def error(network: afmnn.Network, noisy: Floats, ideal: Floats) -> Floats:
    """Return the error of each pixel, less the offset of each of its rows: the level of whole rows is judged by found_jumps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)
        wrong = np.asarray(afmnn.apply(network, noisy)) - ideal
    return wrong - np.median(wrong, axis=1, keepdims=True)


def rms(values: Floats) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=int, nargs="?", default=100)
    parser.add_argument("cleaned", type=int, nargs="?", default=4)
    arguments = parser.parse_args()
    count = arguments.scans
    found_jumps(count)
    print(f"\n{'without a jump, 512 lines':<58} scans  certain an image  scenes with ambiguous ones")
    without_jumps("frozen scenes (256 lines)", (scan.noisy for scan in scans(count)))
    without_jumps("frozen scenes", (noisy for noisy, _ in frozen(count, 512)))
    for steps_per_line in (0.5, 1.0, 3.0):
        without_jumps(f"offsets that accumulate, {steps_per_line} a line", cumulative(count // 2, steps_per_line))
    for draw in (terraces, grating, tilted_grating, staircase, lattice):
        without_jumps((draw.__doc__ or "").split(".")[0][5:], surfaces(count // 2, draw))
    if arguments.cleaned:
        errors_beside(arguments.cleaned)


if __name__ == "__main__":
    main()
