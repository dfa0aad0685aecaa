"""Whether ``method="gwyddion"`` learns what its formulas say: ``python benchmarks/quality/classic_training.py`` (needs g++).

It is compared with a plain loop (`plain_loop.cpp`) from the same weights, and with the same loop from weights moved by one unit
in the last place: with a window of 27 x 27 the learning is chaotic, and what such trials differ by is all that "the same" can
mean. Prints, pass after pass, by how much the weights differ, and what is learned in 75. Images come from `afmnn.synth`; with
``--data FOLDER`` the pair is ``train.npz`` of that folder and its other files are judged too. Takes minutes: the loop is slow.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _images import psnr
from default_training import Pair, add_noise, load, particles, shapes

import afmnn
from afmnn import Network, Scaling

sys.path.insert(0, str(Path(__file__).parents[1]))
from _plain import PlainLoop

WINDOW, NODES, PASSES, TRIALS = 27, 6, 75, 3
Layers = tuple[np.ndarray, np.ndarray]


def plain(images: Pair, layers: Layers, passes: int) -> tuple[Layers, list[float]]:
    """Return the plain loop's weights after so many passes from rest, and the root-mean-square error of each."""
    loop = PlainLoop(*images, (WINDOW, WINDOW), NODES)
    loop.weights[...], loop.output[...] = layers[0], layers[1][0]
    rms = [loop.step() for _ in range(passes)]
    return (loop.weights, loop.output[np.newaxis]), rms


def moved(layers: Layers, rng: np.random.Generator) -> Layers:
    """Move every weight by one unit in the last place, up or down."""
    hidden, output = (np.nextafter(layer, rng.choice([-np.inf, np.inf], layer.shape)) for layer in layers)
    return hidden, output


def distance(a: Layers, b: Layers) -> float:
    """Return the largest difference between two sets of weights."""
    return float(max(np.abs(one - other).max() for one, other in zip(a, b, strict=True)))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with train.npz and other pairs")
    parser.add_argument("--seed", type=int, default=0, help="of the weights to start from")
    arguments = parser.parse_args()
    training: Pair = (add_noise(particles(1), 10), particles(1))
    others = {name: (add_noise(ideal, 20 + i), ideal) for i, (name, ideal) in enumerate(shapes())}
    others["particles"] = (add_noise(particles(2), 42), particles(2))
    if arguments.data is not None:
        training = load(arguments.data / "train.npz")
        others |= {path.stem: load(path) for path in sorted(arguments.data.glob("*.npz")) if path.stem != "train"}
    # Scaled here, so that both sides see the same bits.
    noisy, ideal = ((image - image.min()) / np.ptp(image) for image in training)
    rng = np.random.default_rng(arguments.seed)
    first = rng.uniform(-0.1, 0.1, (NODES, WINDOW**2 + 1)), rng.uniform(-0.1, 0.1, (1, NODES + 1))
    starts = [first, *(moved(first, rng) for _ in range(TRIALS))]

    def network(layers: Layers) -> Network:
        return Network((WINDOW, WINDOW), layers, Scaling("min-max", 0.0, 1.0, 0.0, 1.0), "gwyddion")

    def ours(passes: int) -> Network:
        return afmnn.train(noisy, ideal, init=network(first), steps=passes)

    def judge(layers: Layers) -> str:
        net = network(layers)
        values = []
        for image, truth in others.values():
            scaled = [(a - a.min()) / np.ptp(a) for a in (image, truth)]
            values.append(psnr(afmnn.apply(net, scaled[0]), scaled[1]))
        return f"{np.mean(values):6.2f} dB ({', '.join(f'{value:.1f}' for value in values)})"

    print("passes   weights differ by: ours   trials moved by one ulp")
    for passes in (1, 2, 3):
        weights = [plain((noisy, ideal), start, passes)[0] for start in starts]
        spread = max(distance(weights[0], other) for other in weights[1:])
        net = ours(passes)
        print(f"{passes:6}   {distance(weights[0], (net.layers[0], net.layers[1])):24.2g}   {spread:.2g}", flush=True)
    print(f"\n{PASSES} passes  error of the last, mean of the last 10   on other images ({', '.join(others)})")

    def report(name: str, layers: Layers, rms: Sequence[float]) -> None:
        print(f"{name:10} {rms[-1]:18.5f} {np.mean(rms[-10:]):20.5f}   {judge(layers)}", flush=True)

    net = ours(PASSES)
    report("ours", (net.layers[0], net.layers[1]), net.history["training"])
    for i, start in enumerate(starts):
        report(f"moved {i}" if i else "plain loop", *plain((noisy, ideal), start, PASSES))


if __name__ == "__main__":
    main()
