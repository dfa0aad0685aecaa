"""Figures of `correct.scars`, `lines` and `spikes`: ``python benchmarks/quality/corrections_scars.py [SCANS] [--seed SEED]``.

Scans are others than those that settings were chosen on. A spread is the standard deviation of all that the scene adds to a scan:
noise from pixel to pixel and offsets of lines together.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator

import numpy as np
from _frozen import SHAPE, Floats, Scan, scans

from afmnn import correct, synth

MARKS: dict[str, Callable[..., np.ndarray]] = {
    "scars": correct.mark_scars,
    "lines": correct.mark_lines,
    "spikes": correct.mark_spikes,
}
KINDS = ("offset", "constant", "inverted", "garbage", "saturated")


def spread_of(scan: Scan) -> float:
    """Return the standard deviation of what is not the sample."""
    return float(np.std(scan.noisy - scan.ideal))


def found_scars(count: int, seed: int) -> None:
    """Print how many scars of 8 to 60 px are found, by height, and the error after mending."""
    heights, found, errors = [], [], []
    for scan in scans(count, seed=seed):
        rng = np.random.default_rng([scan.index, 1])
        spread = spread_of(scan)
        scarred, truth = scan.noisy.copy(), np.zeros(SHAPE, bool)
        stretches = []
        while len(stretches) < 12:
            length = int(8 * 7.5 ** rng.random())
            row, first = int(rng.integers(1, SHAPE[0] - 1)), int(rng.integers(0, SHAPE[1] - length))
            if truth[max(row - 4, 0) : row + 5, max(first - 10, 0) : first + length + 10].any():
                continue
            height = float(rng.choice([-1, 1]) * rng.uniform(4, 15))
            scarred[row, first : first + length] += height * spread
            truth[row, first : first + length] = True
            stretches.append((row, first, first + length, abs(height)))
        mended, info = correct.scars(scarred, return_info=True)
        for row, first, last, height in stretches:
            heights.append(height)
            found.append(info.mask[row, first:last].mean() > 0.5)
        if (truth & info.mask).any():
            errors.append(float(np.std((mended - scan.ideal)[truth & info.mask])) / spread)
    at, hits = np.array(heights), np.array(found)
    print(f"scars of 8 to 60 px, 4 to 15 spreads: {hits.mean():.1%} of {len(hits)} found")
    print(f"  rms of the error where mended: {np.mean(errors):.2f} spreads")
    for low, high in ((4, 6), (6, 8), (8, 11), (11, 15)):
        print(f"  {low:>2} to {high:<2} spreads: {hits[(at >= low) & (at < high)].mean():.1%}")


def wrong(line: Floats, ideal: Floats, kind: str, spread: float, rng: np.random.Generator) -> Floats:
    """Return a line with a defect of one kind."""
    middle = float(np.median(line))
    return {
        "offset": line + float(rng.choice([-1, 1]) * rng.uniform(4, 16)) * spread,
        "constant": np.full(line.shape, middle + 5 * spread),
        "inverted": 2 * middle - line,
        "garbage": middle + 4 * spread * rng.normal(size=line.shape),
        "saturated": np.maximum(line, float(np.quantile(line, 0.7)) + 4 * spread),
    }[kind]


def found_lines(count: int, seed: int) -> None:
    """Print how many wrong lines are found, by kind, of those that are wrong by more than four spreads."""
    hits: dict[str, list[bool]] = {kind: [] for kind in (*KINDS, "offset, above 8")}
    errors = []
    for scan in scans(count, seed=seed):
        rng = np.random.default_rng([scan.index, 2])
        spread = spread_of(scan)
        for _ in range(2):
            image, rows = scan.noisy.copy(), 20 + 45 * np.arange(5) + rng.integers(0, 40, 5)
            height = {}
            for row, kind in zip(rows, KINDS, strict=True):
                image[row] = wrong(image[row], scan.ideal[row], kind, spread, rng)
                height[kind] = float(np.sqrt(np.mean(np.square(image[row] - scan.noisy[row])))) / spread
            mended, info = correct.lines(image, return_info=True)
            for row, kind in zip(rows, KINDS, strict=True):
                if kind == "inverted":  # turned over, noise is noise: what counts is what the sample does
                    height[kind] = 2.0 * float(np.std(scan.ideal[row])) / spread
                if height[kind] <= 4.0:
                    continue
                hits[kind].append(bool(info.mask[row, 0]))
                if kind == "offset" and height[kind] > 8.0:
                    hits["offset, above 8"].append(bool(info.mask[row, 0]))
                if info.mask[row, 0]:
                    errors.append(float(np.std((mended - scan.ideal)[row])) / spread)
    print("\nwrong lines of more than 4 spreads:")
    for kind, found in hits.items():
        print(f"  {kind:<16} {np.mean(found):6.1%} of {len(found)} found")
    print(f"  rms where mended, less the line's offset: {np.mean(errors):.2f} spreads")


def found_spikes(count: int, seed: int) -> None:
    """Print how many pixels that are wrong by 12 spreads are found."""
    found = []
    for scan in scans(count, seed=seed):
        rng = np.random.default_rng([scan.index, 3])
        image, at = scan.noisy.copy(), tuple(rng.integers(2, SHAPE[0] - 2, (2, 40)))
        image[at] += rng.choice([-12, 12], 40) * spread_of(scan)
        found.append(correct.mark_spikes(image)[at].mean())
    print(f"\nspikes of 12 spreads: {np.mean(found):.1%} found")


def surfaces() -> Iterator[tuple[str, Floats]]:
    """Draw what the sample itself may have: lattices, gratings and terraces at small angles to the lines, particles."""
    rows, columns = np.indices(SHAPE)
    for period in (5, 7, 10, 14, 20):
        for angle in (0.0, 0.03, 0.2, 0.6):
            across, along = columns * math.cos(angle) + rows * math.sin(angle), rows * math.cos(angle) - columns * math.sin(angle)
            yield "lattices", 0.25 * (np.cos(2 * math.pi * across / period) + np.cos(2 * math.pi * along / period))
    for period in (5, 10, 14):
        for angle in (0.0, 0.02, 0.1):
            turn = (rows * math.cos(angle) - columns * math.sin(angle)) / period % 1.0
            yield "sine gratings along the lines", 0.5 * np.cos(2 * math.pi * turn)
            yield "square gratings along the lines", (turn < 0.5) * 1.0
            yield "narrow ridges along the lines", (turn < 0.25) * 1.0
    for period in (20, 40, 80):
        for angle in (0.0, 0.02, 0.1):
            yield "terraces along the lines", np.floor((rows * math.cos(angle) - columns * math.sin(angle)) / period) * 0.3
    for radius in (2.0, 4.0):
        yield "particles", synth.objects(SHAPE, kind="sphere", radius=radius, height=1.0, coverage=0.05, seed=1)


def noises() -> Iterator[tuple[str, Floats]]:
    """Draw noise: from pixel to pixel, correlated along the lines, and with offsets that add up."""
    rng = np.random.default_rng(4)
    white = 0.02 * rng.normal(size=SHAPE)
    yield "white", white
    yield "correlated", np.apply_along_axis(np.convolve, 1, 0.02 * rng.normal(size=SHAPE), np.full(9, 1 / 3), "same")
    yield "cumulative", white + synth.line_steps(SHAPE, rms=0.02, steps_per_line=1.0, within_line=1.0, cumulative=True, seed=5)


def false_marks(count: int, seed: int) -> None:
    """Print which part of the pixels is marked where there is no defect."""
    print(f"\nmarked without a defect, of the pixels:   {'scars':>8} {'lines':>8} {'spikes':>8}")
    marked = [[mark(scan.noisy).mean() for mark in MARKS.values()] for scan in scans(count, seed=seed)]
    print(f"  {'frozen scans':<38} " + " ".join(f"{part:8.3%}" for part in np.mean(marked, axis=0)))
    parts: dict[str, list[list[float]]] = {}
    for name, surface in surfaces():
        for _, noise in noises():
            parts.setdefault(name, []).append([float(mark(surface + noise).mean()) for mark in MARKS.values()])
    for name, values in parts.items():
        print(f"  {name:<38} " + " ".join(f"{part:8.3%}" for part in np.mean(values, axis=0)))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=int, nargs="?", default=60)
    parser.add_argument("--seed", type=int, default=21, help="of the scans")
    arguments = parser.parse_args()
    count, seed = arguments.scans, arguments.seed
    found_scars(count, seed)
    found_lines(count, seed)
    found_spikes(count, seed)
    false_marks(count, seed)


if __name__ == "__main__":
    main()
