"""``afmnn train-scene``."""

from __future__ import annotations

import argparse
import time

from ..synth import Scene, default_scene
from ..training.scene_pairs import read_scene
from ..training.train_on_scene import train_on_scene
from ._files import check_no_input, check_output
from ._print import bar, quantity
from ._train import check_network_name, keeping_what_was_learned, report

_SHAPE = (256, 256)


def run(options: argparse.Namespace) -> None:
    """Train a network on pairs of a scene and write it."""
    from_file = options.scene != "default"
    sources = [options.scene] if from_file else []
    check_no_input(options.output, sources)
    check_network_name(options.output)
    check_output(options.output, sources, force=options.force)
    scene = _scene(options, from_file)
    begun = time.perf_counter()
    with bar("train", None, "steps") as show:

        def progress(step: int, losses: dict[str, float]) -> None:
            if show is not None:
                show(step, f"error {quantity(losses['validation'], '')}")

        with keeping_what_was_learned(options.output):
            network = train_on_scene(
                scene,
                preset=options.preset,
                budget=options.budget,
                steps=options.steps,
                seed=options.seed,
                threads=options.threads,
                progress=progress,
                planned=None if show is None else show.expect,
            )
    seconds = time.perf_counter() - begun
    network.save(options.output)
    report(options, network, "", seconds, "train-scene")


def _scene(options: argparse.Namespace, from_file: bool) -> Scene:
    if not from_file:
        exclude = [] if options.exclude is None else options.exclude.split(",")
        return default_scene(exclude, shape=_SHAPE if options.shape is None else options.shape)
    for name in ("exclude", "shape"):
        if getattr(options, name) is not None:
            raise ValueError(f"--{name} is for the scene 'default', got {options.scene!r}")
    return read_scene(options.scene)
