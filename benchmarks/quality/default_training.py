"""What the default training is worth, and what its settings were chosen by: ``python benchmarks/quality/default_training.py``.

One pair of particle images is learned; it is judged on particles and on shapes it never saw, with the same instrument
noise (Gaussian 60 nm, one line step of 100 nm a line). Images come from `afmnn.synth`; with ``--data FOLDER`` the training pair
is ``train.npz`` of that folder and its other files are judged too. Prints one line a setting: median of three seeds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from _images import psnr

import afmnn
from afmnn import synth

SHAPE, PIXEL = (256, 256), 39e-9
SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "no flips": {"flips": False},
    "40 steps": {"steps": 40},
    "150 steps": {"steps": 150},
    "rate 0.003": {"learning_rate": 0.003},
    "rate 0.008": {"learning_rate": 0.008},
    "batch 512": {"batch": 512},
    "batch 4096": {"batch": 4096},
    "hidden 12": {"hidden": 12},
    "window 41": {"window": 41},
    "window 13 x 55": {"window": (13, 55)},
}

Pair = tuple[np.ndarray, np.ndarray]


def add_noise(ideal: np.ndarray, seed: int) -> np.ndarray:
    """Add what the instrument adds."""
    steps = synth.line_steps(ideal.shape, rms=100e-9, within_line=0.5, seed=seed)
    return ideal + synth.noise(ideal.shape, rms=60e-9, seed=seed + 1) + steps


def particles(seed: int) -> np.ndarray:
    """Draw particles of about 0.47 um, as in the training pair."""
    return synth.particles(SHAPE, pixel_size=PIXEL, radius=0.47e-6, radius_std=0.15e-6, coverage=0.6, seed=seed)


def shapes() -> Iterator[tuple[str, np.ndarray]]:
    """Draw shapes that no training image has."""
    for i, kind in enumerate(("doughnut", "pyramid", "thatch")):
        for height in (1.0e-6, 1.3e-6):
            yield (
                f"{kind} {height * 1e6:g} um",
                synth.objects(
                    SHAPE,
                    kind=kind,
                    pixel_size=PIXEL,
                    radius=0.85e-6,
                    radius_spread=0.2,
                    height=height,
                    angle_spread=1.0,
                    coverage=0.8,
                    seed=50 + i,
                ),
            )
    yield "siemens_star", synth.pattern_siemens_star(SHAPE, pixel_size=PIXEL, sectors=8, height=1.0e-6)


def load(path: Path) -> Pair:
    """Read a pair in float64."""
    with np.load(path) as file:
        return file["noisy"].astype(float), file["ideal"].astype(float)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with train.npz and other pairs")
    parser.add_argument("--only", nargs="*", default=list(SETTINGS), help="settings to try")
    arguments = parser.parse_args()

    ideal = particles(1)
    training: Pair = (add_noise(ideal, 10), ideal)
    unseen = {name: (add_noise(ideal, 20 + i), ideal) for i, (name, ideal) in enumerate(shapes())}
    same = {f"particles {seed}": (add_noise(ideal, 40 + seed), ideal) for seed in (2, 3) for ideal in [particles(seed)]}
    if arguments.data is not None:
        training = load(arguments.data / "train.npz")
        for path in sorted(arguments.data.glob("*.npz")):
            if path.stem != "train":
                (same if path.stem.startswith("sphere") else unseen)[path.stem] = load(path)

    def judge(images: dict[str, Pair], network: afmnn.Network | None) -> float:
        results = [(noisy if network is None else afmnn.apply(network, noisy), ideal) for noisy, ideal in images.values()]
        return float(np.mean([psnr(result, ideal) for result, ideal in results]))

    print(f"{'setting':16} {'unseen shapes':>14} {'unseen particles':>17} {'training error':>15} {'time':>8}")
    print(f"{'noisy images':16} {judge(unseen, None):11.2f} dB {judge(same, None):14.2f} dB")
    for name in arguments.only:
        rows = []
        for seed in range(3):
            start = time.perf_counter()
            network = afmnn.train(*training, seed=seed, **SETTINGS[name])
            seconds = time.perf_counter() - start
            rows.append((judge(unseen, network), judge(same, network), network.history["training"][-1] * 1e9, seconds))
        columns = [median(column) for column in zip(*rows, strict=True)]
        print(f"{name:16} {columns[0]:11.2f} dB {columns[1]:14.2f} dB {columns[2]:12.1f} nm {columns[3]:6.2f} s", flush=True)


if __name__ == "__main__":
    main()
