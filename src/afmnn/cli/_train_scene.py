"""``afmnn train-scene``."""

from __future__ import annotations

import argparse
import time

from ..synth import Scene, default_scene
from ..training.scene_pairs import read_scene
from ..training.train_on_scene import train_on_scene
from ._network_output import keeping_what_was_learned, network_output
from ._print import bar, quantity
from ._train import report

_SHAPE = (256, 256)


def run(options: argparse.Namespace) -> None:
    """Train a network on pairs of a scene and write it."""
    from_file = options.scene != "default"
    sources = [options.scene] if from_file else []
    output = network_output(options.output, sources, force=options.force)
    if output.form == "gwyddion":
        raise ValueError(f"{options.output}: the networks of train-scene cannot be written for Gwyddion, which has no such kind")
    scene = _scene(options, from_file)
    begun = time.perf_counter()
    with bar("train", None, "steps") as show:

        def progress(step: int, losses: dict[str, float]) -> None:
            if show is not None:
                show(step, f"error {quantity(losses['validation'], '')}")

        with keeping_what_was_learned(output):
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
    output.write(network)
    report(options, network, "", seconds, "train-scene", output)


def _scene(options: argparse.Namespace, from_file: bool) -> Scene:
    if not from_file:
        exclude = [] if options.exclude is None else options.exclude.split(",")
        return default_scene(exclude, shape=_SHAPE if options.shape is None else options.shape)
    for name in ("exclude", "shape"):
        if getattr(options, name) is not None:
            raise ValueError(f"--{name} is for the scene 'default', got {options.scene!r}")
    return read_scene(options.scene)
