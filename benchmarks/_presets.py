"""The networks that we recommend, `afmnn.train_on_scene`'s: how long a pixel takes to clean, and to learn from."""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import afmnn
from _alternate import alternate
from _problems import probe, relief
from afmnn.training.presets import PRESETS, Preset

RECOMMENDED = ("fast", "best")
PAIRS_PER_STEP = 8  # a step sees as many pixels as so many pairs have


@dataclasses.dataclass(frozen=True)
class Effort:
    """Side of the image to clean, of a scene's images, steps of each stage, and rounds."""

    side: int
    scene: int
    steps: int
    rounds: int
    probe: int = 400_000


FULL, QUICK = Effort(1024, 256, 8, 5, 1_000_000), Effort(512, 128, 6, 3)


def network(preset: Preset, seed: int = 7) -> afmnn.Network:
    """Return a network of a preset's shape that nobody trained: what its weights are does not matter for the time."""
    rng = np.random.default_rng(seed)
    net = None
    scaling = afmnn.Scaling("row-noise", 0.0, 1.0, 0.0, 1.0, row_noise=1.0)
    for fovea in preset.foveas:
        sizes = (fovea.taps, *preset.hidden, 1)
        layers = [rng.normal(size=(b, 1 + a)) / np.sqrt(a) for a, b in itertools.pairwise(sizes)]
        linear = rng.normal(size=fovea.taps) / fovea.taps
        net = afmnn.Network(fovea.window, tuple(layers), scaling, "adam", linear, fovea=fovea, before=net)
    return net


def work_of_stages(preset: Preset) -> list[int]:
    """Return the multiply-adds of each stage for a pixel: of all weights, the linear path's too, but not of a fovea's boxes."""
    found = []
    for fovea in preset.foveas:
        sizes = (fovea.taps, *preset.hidden, 1)
        found.append(fovea.taps + sum(a * b for a, b in itertools.pairwise(sizes)))
    return found


def measure(name: str, threads: int, effort: Effort) -> dict[str, Any]:
    """Return one line of the results."""
    preset = PRESETS[name]
    return {
        "preset": name,
        "threads": threads,
        "multiply_adds": sum(work_of_stages(preset)),
        "apply": measure_apply(preset, threads, effort),
        "train": measure_train(name, threads, effort),
    }


def measure_apply(preset: Preset, threads: int, effort: Effort) -> dict[str, Any]:
    """Clean an image with and without the average over its flips, beside a probe of the machine's limit, by turns."""
    net, image = network(preset), relief(effort.side)
    clean = partial(afmnn.apply, net, image, scaling=net.measure(image), threads=threads, out=np.empty_like(image))
    arms: dict[str, Callable[[], Any]] = {"probe": probe(threads, effort.probe)}
    arms |= {"once": partial(clean, flips=False), "flips": partial(clean, flips=True)}
    times = alternate(arms, effort.rounds)
    peak = arms["probe"]() / times["probe"].median
    found: dict[str, Any] = {"side": effort.side}
    for arm, ways in (("once", 1), ("flips", 4)):
        seconds = times[arm].median
        found[arm] = {
            "ns_per_pixel": 1e9 * seconds / image.size,
            "spread": times[arm].spread / seconds,
            "of_peak": ways * sum(work_of_stages(preset)) * image.size / seconds / peak,
        }
    return found


def measure_train(name: str, threads: int, effort: Effort) -> dict[str, Any]:
    """Train for some steps, making the pairs included; the first step of a stage, which waits for all its pairs, is left out."""
    preset = PRESETS[name]
    scene = afmnn.synth.default_scene(shape=(effort.scene, effort.scene))
    rest = probe(threads, effort.probe)
    steps: list[list[float]] = [[] for _ in preset.foveas]
    rates = []
    for seed in range(max(2, effort.rounds - 2)):
        at: list[float] = []
        total = preset.stages * effort.steps
        net = afmnn.train_on_scene(
            scene, preset=name, steps=total, validation=1, seed=seed, threads=threads, progress=partial(note, at)
        )
        ends = np.cumsum(net.training["steps_of_stages"])
        for stage, (first, end) in enumerate(itertools.pairwise([0, *ends])):
            steps[stage] += [at[i] - at[i - 1] for i in range(first + 1, end)]
        begun = time.perf_counter()
        rates.append(rest() / (time.perf_counter() - begun))
    pixels = PAIRS_PER_STEP * effort.scene**2
    seconds = sum(share * statistics.median(taken) for share, taken in zip(preset.shares, steps, strict=True))
    work = sum(share * 2 * stage for share, stage in zip(preset.shares, work_of_stages(preset), strict=True))
    return {
        "scene": effort.scene,
        "seconds_per_step": seconds,
        "pixels_per_second": pixels / seconds,
        "of_peak": work * pixels / seconds / statistics.median(rates),
    }


def note(at: list[float], *_: Any) -> None:
    """Write down when a step was done."""
    at.append(time.perf_counter())
