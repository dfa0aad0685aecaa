"""How soon train() has a network as good as that of a plain C++ loop: ``python benchmarks/time_to_error.py``.

The plain loop (`plain_loop.cpp`, -O2, one thread) makes 75 passes of the classic method over a 256 x 256 image, 27 x 27 window, 6
nodes. The mark is the root-mean-square error of the network that they leave behind, on the training image, over the windows that
lie inside. (The error *during* the last pass is no mark: the weights change after every pixel, and follow the scan line.) What 75
passes come to is chance, for the first weights' last digits decide it; so the mark is the median of five starts. They are made by
``method="gwyddion"``, which is the loop's algorithm to rounding, and are checked to be.

Ours is the whole call of train(), the images' check and scaling included, with the fewest steps whose network is as good, again
by the median of five. Both are also judged by images of other shapes, where the loop's network may be worse than none.

Asked for: 75 steps of ours 40 times as fast as 75 of the loop, goal 80. Would refute it: a smaller ratio where both took turns.

The images are the seed job's where they are there (`../shared/data/seed-job`), otherwise our own of the same kind.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

import afmnn
from _plain import PlainLoop

SEED_JOB = Path(__file__).parents[2] / "shared/data/seed-job"
STEPS = 75
SCHEDULES = (1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 150)
SEEDS = (0, 1, 2, 3, 4)

Pair = tuple[Any, Any]  # noisy, ideal


def images() -> tuple[str, Pair, dict[str, Pair]]:
    """Return what the images are, the pair to learn from, and pairs of other shapes."""
    if SEED_JOB.is_dir():
        pairs = {}
        for name in ("train", "sphere1", "donut1", "star1"):
            with np.load(SEED_JOB / f"{name}.npz") as file:
                pairs[name] = file["noisy"], file["ideal"]
        training, spheres, doughnuts, star = pairs.values()
        return "seed job", training, {"other particles": spheres, "doughnuts": doughnuts, "Siemens star": star}
    shape, size = (256, 256), {"pixel_size": 39e-9}

    def disturbed(ideal: Any, seed: int) -> Pair:
        lines = afmnn.synth.line_steps(shape, rms=100e-9, within_line=0.5, seed=seed)
        return ideal + afmnn.synth.noise(shape, rms=60e-9, seed=seed + 100) + lines, ideal

    particles = {"radius": 0.5e-6, "coverage": 0.6, **size}
    doughnuts = afmnn.synth.objects(shape, kind="doughnut", radius=1e-6, height=0.5e-6, seed=3, **size)
    star = afmnn.synth.pattern_siemens_star(shape, sectors=12, height=0.5e-6, seed=4)
    return (
        "own",
        disturbed(afmnn.synth.particles(shape, seed=1, **particles), 1),
        {
            "other particles": disturbed(afmnn.synth.particles(shape, seed=2, **particles), 2),
            "doughnuts": disturbed(doughnuts, 3),
            "Siemens star": disturbed(star, 4),
        },
    )


def error_inside(net: afmnn.Network, noisy: Any, ideal: Any) -> float:
    """Root-mean-square error over the windows that lie inside the image."""
    return rms(afmnn.apply(net, noisy), ideal, net.window)


def rms(image: Any, ideal: Any, window: tuple[int, int]) -> float:
    """Root-mean-square difference over the pixels whose windows lie inside the image."""
    inside = tuple(slice(w // 2, n - w + 1 + w // 2) for n, w in zip(ideal.shape, window, strict=True))
    return float(np.sqrt(np.mean(np.square(image[inside] - ideal[inside], dtype=np.float64))))


def errors(nets: list[afmnn.Network], pairs: dict[str, Pair]) -> dict[str, float]:
    """Root-mean-square error of each image as the median network cleans it."""
    return {name: statistics.median(error_inside(net, *pair) for net in nets) for name, pair in pairs.items()}


def networks(training: Pair, steps: int, **settings: Any) -> list[afmnn.Network]:
    """Train once with every seed."""
    return [afmnn.train(*training, steps=steps, seed=seed, **settings) for seed in SEEDS]


def fewest_steps(training: Pair, mark: float, settings: dict[str, Any]) -> int | None:
    """Return the steps after which the median network is as good as the mark, if there are such."""
    for steps in SCHEDULES:
        if errors(networks(training, steps, **settings), {"": training})[""] <= mark:
            return steps
    return None


def check_algorithm(training: Pair) -> None:
    """Refuse to go on unless a pass of the plain loop is one of ``method="gwyddion"``, on a window that forgives rounding."""
    noisy, ideal = (image[:60, :70].astype(np.float64) for image in training)
    first = afmnn.train(noisy, ideal, window=5, hidden=6, steps=0, seed=0, method="gwyddion")
    plain = PlainLoop(noisy, ideal, (5, 5), 6)
    plain.weights[...], plain.output[...] = first.layers[0], first.layers[1][0]
    plain.step()
    net = afmnn.train(noisy, ideal, init=first, steps=1)
    if not np.allclose(plain.weights, net.layers[0], rtol=0, atol=1e-10):
        raise SystemExit("the plain loop does not compute what method='gwyddion' does")


def in_turns(training: Pair, plain: PlainLoop, steps: int, settings: dict[str, Any], rounds: int) -> tuple[list[float], ...]:
    """Return the seconds of 75 passes of the loop, by the pass, and of a training, turn by turn."""
    theirs, ours = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        afmnn.train(*training, steps=steps, seed=SEEDS[0], **settings)
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        plain.step()
        theirs.append(STEPS * (time.perf_counter() - begun))
    return theirs, ours


def range_of(theirs: list[float], ours: list[float]) -> list[float]:
    """Return the smallest, the median and the largest ratio of the turns."""
    ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
    return [min(ratios), statistics.median(ratios), max(ratios)]


def measure(rounds: int = 5, threads: int | None = None) -> dict[str, Any]:
    """Run both; see above."""
    name, training, others = images()
    check_algorithm(training)
    settings: dict[str, Any] = {"window": 27, "hidden": 6, "threads": threads}
    pairs = {"training image": training, **others}
    classic = networks(training, STEPS, method="gwyddion", **settings)
    found: dict[str, Any] = {
        "pair": name,
        "threads": threads or afmnn.get_num_threads(),
        "running_error": statistics.median(net.history["training"][-1] for net in classic),
        "errors": {
            "before": {title: rms(*pair, (27, 27)) for title, pair in pairs.items()},
            f"classic, {STEPS} passes": errors(classic, pairs),
        },
    }
    mark = found["errors"][f"classic, {STEPS} passes"]["training image"]
    steps = found["steps"] = fewest_steps(training, mark, settings)
    for count in sorted({steps or STEPS, STEPS}):
        found["errors"][f"ours, {count} steps"] = errors(networks(training, count, **settings), pairs)
    plain = PlainLoop(*training, (27, 27), 6)
    theirs, ours = in_turns(training, plain, STEPS, settings, rounds)
    found |= {"plain_seconds": statistics.median(theirs), "seconds_of_75_steps": statistics.median(ours)}
    found["times_faster"] = range_of(theirs, ours)
    if steps is not None:
        theirs, ours = in_turns(training, plain, steps, settings, rounds)
        found |= {"seconds": statistics.median(ours), "times_sooner": range_of(theirs, ours)}
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int)
    print(json.dumps(measure(threads=parser.parse_args().threads), indent=1))
