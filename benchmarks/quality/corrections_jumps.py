"""Figures of `correct.jumps`: ``python benchmarks/quality/corrections_jumps.py [SCANS] [CLEANED] [--seed SEED]``, some minutes.

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


def found_jumps(drawn: list[Scan]) -> None:
    """Print how many jumps are found, and how many that are none, by height."""
    count = len(drawn)
    print("spreads  where           found  certain  place to 1 line  too many  error of the height / spread (rms, certain ones)")
    for low, high in ((3, 20), (3, 4), (4, 6), (6, 10), (10, 20)):
        for within, kind in enumerate(KINDS):
            hits, certain, near, extra, errors = 0, 0, 0, 0, []
            for scan in drawn:
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


def frozen(count: int, rows: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
    """Draw scans of so many lines, and what they show."""
    scene = dataclasses.replace(synth.Scene.load(FILE), shape=(rows, 256))
    for index in range(count):
        noisy, ideal = scene.pair(index, seed=seed + 5)
        yield noisy, ideal


def cumulative(count: int, steps_per_line: float, seed: int) -> Iterator[Floats]:
    """Draw scans of 512 lines whose offsets accumulate."""
    for index, (_, ideal) in enumerate(frozen(count, 512, seed)):
        noise = synth.noise(ideal.shape, rms=0.1, seed=1000 * seed + 10 * index + 1)
        steps = {"rms": 0.03 * 10 ** (index % 3 / 2), "steps_per_line": steps_per_line, "within_line": index % 2 * 0.7}
        yield ideal + noise + synth.line_steps(ideal.shape, cumulative=True, seed=1000 * seed + 10 * index + 2, **steps)


def defects(shape: tuple[int, int], index: int, height: float, seed: int) -> Floats:
    """Draw noise and offsets of lines as the scene has them."""
    rng = np.random.default_rng([index, 4, seed])
    noise = synth.noise(shape, rms=height * 0.02 * 20 ** rng.random(), seed=1000 * seed + 10 * index + 5)
    steps = {"rms": height * 0.03 * 20 ** rng.random(), "steps_per_line": 0.5 + rng.random(), "within_line": rng.random()}
    return noise + synth.line_steps(shape, seed=1000 * seed + 10 * index + 6, **steps)


def surfaces(count: int, draw: Callable[[np.random.Generator, int], Floats], seed: int) -> Iterator[Floats]:
    """Draw noisy scans of 512 lines of a surface."""
    for index in range(count):
        relief = draw(np.random.default_rng([index, 3, seed]), 1000 * seed + index)
        yield relief + defects(relief.shape, index, float(relief.std()), seed)


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


def particles(rng: np.random.Generator, index: int) -> Floats:
    """Draw steep particles, few or many."""
    radius = float(rng.uniform(4, 30))
    return synth.particles((512, 256), radius=radius, coverage=float(rng.uniform(0.05, 0.6)), relax_steps=100, seed=index)


def staircase(rng: np.random.Generator, index: int) -> Floats:
    """Draw terraces whose edges run within 6 degrees of the lines."""
    angle = math.pi / 2 + rng.uniform(-0.1, 0.1)
    return synth.pattern_staircase((512, 256), period=float(rng.uniform(30, 200)), height=1.0, angle=angle, seed=index)


def errors_beside(drawn: list[Scan]) -> None:
    """Print the error of `clean` beside a jump of 20 spreads, in units of that of other rows.

    Which rows are difficult depends on the scan: what is said of the same rows of the scan without a jump is taken as the unit,
    too. The rows' own levels count; the mean of each side of the jump does not: how well the jump itself is known is the other
    table.
    """
    ways = {"without the jump": [], "jump as it is": [], "clean": [], "clean, one piece": []}
    network = afmnn.networks.load("universal")
    for scan in drawn:
        made = with_jump(scan, 20, 20, scan.index % 2 == 1, 2)
        levelled = correct.jumps(made.noisy, ambiguous=True)
        for name, after in (
            ("without the jump", apply(network, scan.noisy)),
            ("jump as it is", apply(network, made.noisy)),
            ("clean", cleaned(made.noisy)),
            ("clean, one piece", apply(network, levelled)),
        ):
            ways[name].append([errors(after - scan.ideal, made.row, far) for far in (2, 4, 8)])
    print(f"\nerror of rows beside a jump of 20 spreads over that of other rows, {len(drawn)} scans: median, worst")
    for name, ratios in ways.items():
        table = np.array(ratios)
        print(
            f"  {name:<18}",
            *(f"{far} rows: {np.median(r):.2f} {np.max(r):.2f} " for far, r in zip((2, 4, 8), table.T, strict=True)),
        )
    usual = np.array(ways["without the jump"])
    for name in ("clean", "clean, one piece"):
        table = np.array(ways[name]) / usual
        print(f"  {name} / without the jump", *(f"{np.median(r):.2f} {np.max(r):.2f} " for r in table.T))


def errors(wrong: Floats, row: int, far: int) -> float:
    """Return the error of so many rows on each side of a jump over that of the others."""
    wrong = wrong.copy()
    for side in (slice(0, row), slice(row, None)):
        wrong[side] -= np.median(wrong[side])
    beside = np.zeros(len(wrong), bool)
    beside[max(row - far, 0) : row + far + 1] = True
    return rms(wrong[beside]) / rms(wrong[~beside])


def apply(network: afmnn.Network, noisy: Floats) -> Floats:
    """Return what the network makes of a scan."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)
        return np.asarray(afmnn.apply(network, noisy))


def cleaned(noisy: Floats) -> Floats:
    """Return what `clean` makes of a scan."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)
        return np.asarray(afmnn.clean(noisy))


def rms(values: Floats) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=int, nargs="?", default=100)
    parser.add_argument("cleaned", type=int, nargs="?", default=4)
    parser.add_argument("--seed", type=int, default=31, help="of all that is drawn")
    arguments = parser.parse_args()
    count, seed = arguments.scans, arguments.seed
    drawn = list(scans(count, seed))
    found_jumps(drawn)
    print(f"\n{'without a jump, 512 lines':<58} scans  certain an image  scenes with ambiguous ones")
    without_jumps("frozen scenes (256 lines)", (scan.noisy for scan in drawn))
    without_jumps("frozen scenes", (noisy for noisy, _ in frozen(count, 512, seed)))
    for steps_per_line in (0.5, 1.0, 3.0):
        without_jumps(f"offsets that accumulate, {steps_per_line} a line", cumulative(count // 2, steps_per_line, seed))
    for draw in (terraces, grating, tilted_grating, staircase, lattice, particles):
        without_jumps((draw.__doc__ or "").split(".")[0][5:], surfaces(count // 2, draw, seed))
    if arguments.cleaned:
        errors_beside(drawn[: arguments.cleaned])


if __name__ == "__main__":
    main()
