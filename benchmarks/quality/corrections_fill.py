"""How far filled pixels are from the truth: ``python benchmarks/quality/corrections_fill.py [SCANS]``.

Holes of several kinds in the scans of the frozen scene, filled by `correct.fill` and in simple ways. Errors are root mean squares
over the holes, medians of all scans, in units of the standard deviation of the ideal image. Four tables: the ideal images; the
noisy ones against what was there before; the noisy ones against the ideal; surfaces on which offsets of lines are hard to tell.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
from _frozen import SHAPE, scans
from numpy.typing import NDArray

from afmnn import synth
from afmnn.correct import fill

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def between_rows(z: Floats, holes: Mask) -> Floats:
    """Draw straight lines from above to below in each column; the mean where a column has nothing left."""
    result, rows = z.copy(), np.arange(len(z))
    for c in np.flatnonzero(holes.any(axis=0)).tolist():
        known = ~holes[:, c]
        result[~known, c] = np.interp(rows[~known], rows[known], z[known, c]) if known.any() else z[~holes].mean()
    return result


def nearest_line(z: Floats, holes: Mask) -> Floats:
    """Take the nearest height above or below; the mean where a column has nothing left."""
    result, rows = z.copy(), np.arange(len(z))
    for c in np.flatnonzero(holes.any(axis=0)).tolist():
        known = rows[~holes[:, c]]
        for r in np.flatnonzero(holes[:, c]).tolist():
            result[r, c] = z[known[np.argmin(abs(known - r))], c] if known.size else z[~holes].mean()
    return result


def along_rows(z: Floats, holes: Mask) -> Floats:
    """Draw straight lines along each row; rows with nothing left, as between rows."""
    whole = holes.all(axis=1)
    result = between_rows(z, np.repeat(whole[:, None], z.shape[1], axis=1))
    partly = holes & ~whole[:, None]
    return np.where(partly, between_rows(result.T, partly.T).T, result)


WAYS: dict[str, Callable[[Floats, Mask], Floats]] = {
    "keep": fill,
    "ignore": lambda z, holes: fill(z, holes, rows="ignore"),
    "between rows": between_rows,
    "nearest line": nearest_line,
    "along rows": along_rows,
}


def holes_in(rng: np.random.Generator) -> Iterator[tuple[str, Mask]]:
    """Yield holes of every kind at random places."""
    y, x = np.indices(SHAPE)
    for height in (1, 3, 10):
        starts = rng.integers(1, SHAPE[0] - height - 1, 4)
        yield f"strips of {height} rows", np.isin(y, np.concatenate([np.arange(s, s + height) for s in starts]))
    for height in (1, 3):
        holes = np.zeros(SHAPE, bool)
        for r, c in zip(rng.integers(0, SHAPE[0] - height, 8), rng.integers(0, SHAPE[1] - 100, 8), strict=True):
            holes[r : r + height, c : c + 100] = True
        yield f"stretches of {height} x 100", holes
    for radius in (4, 12, 30):
        holes = np.zeros(SHAPE, bool)
        for r, c in zip(rng.uniform(0, SHAPE[0], 4), rng.uniform(0, SHAPE[1], 4), strict=True):
            holes |= (y - r) ** 2 + (x - c) ** 2 < radius**2
        yield f"discs of radius {radius}", holes
    yield "speckles, 5 %", rng.random(SHAPE) < 0.05
    yield "left half", x < SHAPE[1] // 2


def print_table(title: str, errors: dict[str, dict[str, list[float]]]) -> None:
    """Print medians."""
    print(f"\n{title}\n")
    print("| holes | " + " | ".join(WAYS) + " |")
    print("| --- |" + " ---: |" * len(WAYS))
    for name, row in errors.items():
        print(f"| {name} | " + " | ".join(f"{np.median(row[way]):.3f}" for way in WAYS) + " |")


def add(errors: dict[str, dict[str, list[float]]], name: str, holes: Mask, image: Floats, truth: Floats, unit: float) -> None:
    """Fill holes in every way and note the errors."""
    row = errors.setdefault(name, {way: [] for way in WAYS})
    for way, function in WAYS.items():
        error = (function(image, holes) - truth)[holes]
        row[way].append(float(np.sqrt(np.mean(error**2)) / unit))


def hard_surfaces() -> Iterator[tuple[str, Floats]]:
    """Yield surfaces that look like offsets of lines, or hide them; their range is about 1."""
    yield "grating along the lines", synth.pattern_grating(SHAPE, period=30, height=1, slope_fraction=0.1, angle=np.pi / 2)
    yield "terraces along the lines", synth.pattern_staircase(SHAPE, period=40, height=0.3, angle=np.pi / 2)
    yield "terraces, slightly turned", synth.pattern_staircase(SHAPE, period=40, height=0.3, angle=np.pi / 2 - 0.1)
    for period, angle in ((7, 0.0), (12, 0.3), (20, 0.0), (20, 0.7)):
        lattice = synth.pattern_pillars(
            SHAPE, kind="hexagon", period_x=period, height=1, size_fraction=0.7, slope_fraction=0.2, angle=angle
        )
        yield f"lattice of {period} px at {angle} rad", lattice
    yield "steep particles", synth.particles(SHAPE, radius=14, coverage=0.4, seed=2) / 28
    flat = np.zeros(SHAPE)
    yield "cumulative steps", synth.line_steps(base=flat, rms=0.1, cumulative=True, seed=3)


def main(count: int) -> None:
    ideal: dict[str, dict[str, list[float]]] = {}
    before: dict[str, dict[str, list[float]]] = {}
    truth: dict[str, dict[str, list[float]]] = {}
    for scan in scans(count):
        unit = float(scan.ideal.std())
        for name, holes in holes_in(np.random.default_rng(scan.index)):
            add(ideal, name, holes, scan.ideal, scan.ideal, unit)
            add(before, name, holes, scan.noisy, scan.noisy, unit)
            add(truth, name, holes, scan.noisy, scan.ideal, unit)
    print_table(f"Ideal images, {count} scans", ideal)
    print_table("Noisy images, against what was there", before)
    print_table("Noisy images, against the ideal ones", truth)
    hard: dict[str, dict[str, list[float]]] = {}
    for name, surface in hard_surfaces():
        noisy = surface + synth.noise(SHAPE, rms=0.02, seed=5)
        for index in range(3):
            for kind, holes in holes_in(np.random.default_rng(index)):
                if kind in ("stretches of 3 x 100", "discs of radius 12"):
                    add(hard, f"{name}, {kind}", holes, noisy, surface, float(surface.std()))
    print_table("Surfaces that are hard to tell from offsets, noise of 0.02 of their height", hard)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
