"""How well networks clean what they have never seen: ``python benchmarks/quality/scene_study.py``.

Presets of `afmnn.train_on_scene`, the call `afmnn.train` on one pair, scikit-image's filters tuned with the truth in hand, and
PyTorch networks given the same scene and the same seconds. The scene leaves out the shapes that are judged. ``--seconds``
divides all budgets (0.1: a tenth), ``--seeds`` is how many are trained; the table shows the median. Writes a dated JSON, or
adds to today's.
"""

from __future__ import annotations

import argparse
import datetime
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from _images import add_noise, judged, particles, psnr
from _others import Clean, best_of, filters, torch_network

import afmnn
from afmnn import synth

RESULTS = Path(__file__).parents[1] / "results"
#: What `default_scene(exclude=LEFT_OUT)` was before it had an instrument: the images that are judged have its noise.
SCENE = Path(__file__).with_name("scene_without_instrument.json")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="factor of all budgets")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=afmnn.get_num_threads())
    parser.add_argument("--only", nargs="*", help="arms whose names begin so")
    arguments = parser.parse_args()
    sets = judged()
    rows: dict[str, dict[str, float]] = {}
    heads = list(sets)
    print(" | ".join(["arm".ljust(30), *heads, "seconds"]), flush=True)

    def show(name: str, row: dict[str, float], seconds: float) -> None:
        rows[name] = {**row, "seconds": seconds}
        print(" | ".join([name.ljust(30), *(f"{row[h]:.2f}".rjust(len(h)) for h in heads), f"{seconds:.1f}"]), flush=True)

    def wanted(name: str) -> bool:
        return arguments.only is None or any(name.startswith(begin) for begin in arguments.only)

    show("noisy images", {h: float(np.mean([psnr(*pair) for pair in pairs])) for h, pairs in sets.items()}, 0.0)
    for name, settings in filters():
        if wanted(name):
            start = time.perf_counter()
            row = {h: float(np.mean([best_of(settings, *pair) for pair in pairs])) for h, pairs in sets.items()}
            images = sum(len(pairs) for pairs in sets.values())
            show(f"{name}, best for each", row, (time.perf_counter() - start) / images / len(settings))

    for name, train in arms(arguments.seconds, arguments.threads):
        if not wanted(name):
            continue
        found = []
        for seed in range(arguments.seeds):
            start = time.perf_counter()
            try:
                clean = train(seed)
            except ImportError as error:
                print(f"{name}: {error}")
                break
            seconds = time.perf_counter() - start
            row = {h: float(np.mean([psnr(clean(noisy), ideal) for noisy, ideal in pairs])) for h, pairs in sets.items()}
            found.append({**row, "seconds": seconds})
        if found:
            middle = {key: median(row[key] for row in found) for key in found[0]}
            show(name, middle, middle["seconds"])
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.date.today().isoformat()}-quality.json"
    if path.exists():  # of arms that ran before
        rows = {**json.loads(path.read_text())["psnr"], **rows}
    path.write_text(json.dumps({"version": afmnn.__version__, "seconds": arguments.seconds, "psnr": rows}, indent=1) + "\n")
    print(f"written to {path}")


def arms(factor: float, threads: int) -> list[tuple[str, Callable[[int], Clean]]]:
    """Return what is trained: a name, and a function of the seed that returns a function of an image."""
    scene = synth.Scene.load(SCENE)
    relief = dict(particles())["particles 12"]
    ideal = relief * (1.36e-6 / np.ptp(relief))
    noisy = add_noise(ideal, 5000)

    def one_pair(seed: int) -> Clean:
        net = afmnn.train(noisy, ideal, window=27, hidden=6, seed=seed, threads=threads)
        return lambda image: afmnn.apply(net, image)

    def preset(name: str, seconds: float) -> Callable[[int], Clean]:
        def train(seed: int) -> Clean:
            net = afmnn.train_on_scene(scene, preset=name, budget=seconds * factor, seed=seed, threads=threads)
            return lambda image: afmnn.apply(net, image)

        return train

    def torch(kind: str, seconds: float) -> Callable[[int], Clean]:
        return lambda seed: torch_network(kind, scene, seconds * factor, seed, threads)

    return [
        ("train on one pair of particles", one_pair),
        ("classic, 10 s", preset("classic", 10)),
        ("fast, 10 s", preset("fast", 10)),
        ("best, 60 s", preset("best", 60)),
        ("U-Net (PyTorch), 10 s", torch("U-Net", 10)),
        ("U-Net (PyTorch), 60 s", torch("U-Net", 60)),
        ("DnCNN (PyTorch), 10 s", torch("DnCNN", 10)),
        ("DnCNN (PyTorch), 60 s", torch("DnCNN", 60)),
    ]


if __name__ == "__main__":
    main()
