"""What the default scene's instrument and surfaces bring: ``python benchmarks/quality/scene_instrument.py [PAIRS]``.

Networks of ``"fast"``, so many steps, on two scenes: `default_scene` as it is, and as it was before it had an instrument
(`scene_without_instrument.json`: white noise from 0.02 of the relief on, offsets of lines, no wander, no self-affine surfaces).
Both leave out the shapes that are judged. Printed are the PSNR of the study's images (`_images.judged`) and what is kept of
lattices of 2 % of the spread of heights, without noise; with PAIRS, a folder with real scans in both directions and the
script ``scores.py`` that scores them, also D and S of each pair as defined there. Medians over the seeds.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
from _images import LEFT_OUT, judged, psnr

import afmnn
from afmnn import synth

BEFORE = Path(__file__).with_name("scene_without_instrument.json")


def main() -> None:
    """Print the figures of both scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path, nargs="?", help="a folder with scores.py and its scans")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--preset", default="fast")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    sets = judged()
    for name, scene in (("before", synth.Scene.load(BEFORE)), ("now", synth.default_scene(exclude=LEFT_OUT))):
        nets = [
            afmnn.train_on_scene(scene, preset=arguments.preset, steps=arguments.steps, seed=seed)
            for seed in range(arguments.seeds)
        ]
        for what, pairs in sets.items():
            figures = [np.mean([psnr(np.asarray(afmnn.apply(net, noisy)), ideal) for noisy, ideal in pairs]) for net in nets]
            print(f"{name}: {what}: {np.median(figures):.2f} dB", flush=True)
        for period in (6, 9, 14):
            print(f"{name}: lattice of {period} px: {np.median([kept(net, period) for net in nets]):.2f} kept")
        if arguments.pairs is not None:
            on_pairs(name, nets, arguments.pairs)


def kept(net: afmnn.Network, period: float) -> float:
    """Return what is left of a lattice of 2 % of the spread on both sides of one tall step."""
    y, x = np.mgrid[:256, :256]
    step = (x > 128).astype(float)
    lattice = np.cos(2 * np.pi * x / period + 0.3) * np.cos(2 * np.pi * y / period)
    lattice *= 0.02 * step.std() / lattice.std()
    inside = (slice(20, -20), slice(20, 100))
    left = np.asarray(afmnn.apply(net, step + lattice))[inside]
    return float((left * lattice[inside]).sum() / (lattice[inside] ** 2).sum())


def on_pairs(name: str, nets: list[afmnn.Network], folder: Path) -> None:
    """Print D and S of every pair, and their means."""
    sys.path.insert(0, str(folder))
    import scores

    found = []
    for scan, heights, other, rows in scores.scans():
        each = [
            scores.score(lambda z, net=net: np.asarray(afmnn.apply(net, scores.flat(z))), heights, other, rows) for net in nets
        ]
        found.append([[d, s] for d, _, s in each])
        print(f"{name}: {scan}: D {np.median([d for d, _, _ in each]):.3f}, S {100 * np.median([s for *_, s in each]):.2f} %")
    table = np.array(found)
    means = np.exp(np.log(table[:, :, 0]).mean(axis=0))
    shares = np.median(table[:, :, 1], axis=1)
    print(f"{name}: geometric mean of D: {np.median(means):.4f} (seeds: {', '.join(f'{m:.4f}' for m in means)})")
    print(f"{name}: S: median {100 * np.median(shares):.2f} %, mean {100 * shares.mean():.2f} %, most {100 * shares.max():.2f} %")


if __name__ == "__main__":
    main()
