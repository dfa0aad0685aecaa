"""Errors of every way to take off a background, where it is known: ``python benchmarks/quality/corrections_background.py``.

To surfaces of the frozen scene, and to surfaces of a few kinds that are worst for one method or another, a tilt or the bow of a
scanner is added. What is told is how wrong the background is that comes off, less its mean, in units of the spread of the ground
(its noise): 0 is perfect, 1 is seen, and what is left of it is what the heights are wrong by.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from _frozen import scans

import afmnn

SIDE = 256
NOISE = 1.0
METHODS: dict[str, dict[str, object]] = {
    "plane": {"method": "plane"},
    "plane, auto": {"method": "plane", "mask": "auto"},
    "facet": {"method": "facet"},
    "base": {"method": "base"},
    "third degree": {"method": "polynomial", "degree": 3, "total": True},
    "third degree, auto": {"method": "polynomial", "degree": 3, "total": True, "mask": "auto"},
    "base, third degree": {"method": "base", "degree": 3},
}


def tilt(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return 60.0 * x - 35.0 * y


def bow(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return tilt(y, x) - 45.0 * x * x + 20.0 * y * y + 12.0 * x * y + 25.0 * x**3 - 10.0 * x * y * y


BACKGROUNDS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {"tilt": tilt, "scanner": bow}


def surfaces(count: int) -> Iterator[tuple[str, np.ndarray]]:
    """Names and heights, the ground's noise being 1; names may come again, with other surfaces."""
    row, col = np.indices((SIDE, SIDE))
    for seed in range(count):
        rng = np.random.default_rng(seed)
        noise = NOISE * rng.normal(size=row.shape)
        yield "flat", noise
        for part in (0.1, 0.4):
            yield (
                f"particles on {100 * part:.0f} %",
                noise + afmnn.synth.particles(row.shape, radius=15, coverage=part, seed=seed),
            )
        yield "holes on 20 %", noise - np.minimum(afmnn.synth.particles(row.shape, radius=12, coverage=0.2, seed=seed), 18)
        yield "one edge, 60 to 40", noise + 40.0 * (col > 0.6 * SIDE)
        yield "terraces", noise + 15.0 * np.floor((col + 0.4 * row + 40 * rng.random()) / 50)
        yield "grating", noise + 30.0 * ((col + 0.1 * row + 20 * rng.random()) % 20 < 9)
        yield "with line offsets", noise + 5.0 * rng.normal(size=(SIDE, 1)) + 0.0 * row
    for scan in scans(4 * count):
        yield "frozen scene", scan.noisy / scan.noise * NOISE


def error(found: np.ndarray, background: np.ndarray) -> float:
    difference = found - background
    return float(np.std(difference)) / NOISE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=6, help="surfaces of each kind")
    count = parser.parse_args().count
    y, x = np.meshgrid(*[np.linspace(-1, 1, SIDE)] * 2, indexing="ij")
    for name, background in BACKGROUNDS.items():
        added = background(y, x)
        errors: dict[str, dict[str, list[float]]] = {}
        for kind, heights in surfaces(count):
            row = errors.setdefault(kind, {method: [] for method in METHODS})
            for method, settings in METHODS.items():
                removed = heights + added - afmnn.level(heights + added, **settings)
                row[method].append(error(removed, added))
        print(f"\nbackground: {name} (spread {added.std():.0f}); median error in spreads of the noise")
        print(f"| surface | {' | '.join(METHODS)} |")
        print(f"|---|{'---|' * len(METHODS)}")
        for kind, row in errors.items():
            print(f"| {kind} | {' | '.join(f'{np.median(values):.2f}' for values in row.values())} |")
    print_bias(count)


def print_bias(count: int) -> None:
    """Bias of Sq on rough surfaces of known correlation, and what level() says of it."""
    print("\n| correlation length (px of 256) | method | Sq lost | told, at least |")
    print("|---|---|---|---|")
    half = np.minimum(np.arange(1024), 1024 - np.arange(1024))
    for length in (4.0, 10.0, 25.0, 60.0):
        power = np.fft.fft2(np.exp(-(half[:, None] ** 2 + half**2) / length**2)).real.clip(0)
        for settings in ({"method": "rows"}, {"method": "rows", "rows": "polynomial", "degree": 2}, {"method": "plane"}):
            variances, told = [], []
            for seed in range(4 * count):
                rng = np.random.default_rng(seed)
                white = rng.normal(size=power.shape) + 1j * rng.normal(size=power.shape)
                rough = np.fft.fft2(white * np.sqrt(power / power.size)).real[:SIDE, :SIDE]
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", afmnn.LevellingWarning)
                    _, info = afmnn.level(rough, return_info=True, **settings)  # type: ignore[arg-type]
                variances.append(info.figures["sq"] ** 2)
                told.append(info.figures["sq_bias"])
            name = " ".join(str(value) for value in settings.values())
            print(f"| {length:g} | {name} | {100 - 100 * np.sqrt(np.mean(variances)):.1f} % | {-100 * np.nanmean(told):.1f} % |")


if __name__ == "__main__":
    main()
