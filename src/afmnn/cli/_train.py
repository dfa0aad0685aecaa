"""``afmnn train``."""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from .. import _units
from ..formats import gwyddion
from ..image import Image
from ..networks.reading import locate
from ..nn.network import Network
from ..training.train import train
from ._curve import can_be_shown, curve
from ._files import read_image, read_mask, read_network, split_channel
from ._network_output import NetworkOutput, keeping_what_was_learned, network_output
from ._print import bar, quantity, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Train a network and write it."""
    texts = [(options.noisy, options.ideal), *options.pair]
    validation_pairs = options.validation_pair
    sources = [split_channel(text)[0] for pair in (*texts, *validation_pairs) for text in pair]
    sources += [] if options.init is None else [locate(options.init)]
    sources += [] if options.mask is None else [split_channel(options.mask)[0]]
    output = network_output(options.output, sources, force=options.force, form=options.format)

    pairs = [_read_pair(*pair) for pair in texts]
    init = None if options.init is None else read_network(options.init)
    settings: dict[str, Any] = {
        "window": options.window,
        "hidden": options.hidden,
        "method": options.method,
        "mask": None if options.mask is None else read_mask(options.mask),
        "mask_mode": options.mask_mode,
        "validation": [_read_pair(*pair) for pair in validation_pairs] or options.validation,
        "patience": options.patience,
        "init": init,
        "keep": options.keep,
        "seed": options.seed,
        "learning_rate": options.learning_rate,
        "momentum": options.momentum,
        "batch": options.batch,
        "threads": options.threads,
    }
    noisy, ideal = [a for a, _ in pairs], [b for _, b in pairs]
    if output.form == "gwyddion":  # what cannot be written is refused before the work
        gwyddion.check_network(train(noisy, ideal, **{**settings, "patience": None, "validation": None}, steps=0), output.path)
    unit = _units.base(noisy[0].unit_z)
    keeps = init is not None and options.keep and init.scaling.kind == "row-noise"
    begun = time.perf_counter()
    with bar("train", options.steps, "steps") as show:

        def progress(step: int, losses: dict[str, float]) -> None:
            if show is not None:
                show(step, f"error {quantity(losses['training'], '' if keeps else unit)}")

        with keeping_what_was_learned(output):
            network = train(noisy, ideal, **settings, steps=options.steps, progress=progress)
    seconds = time.perf_counter() - begun
    output.write(network)
    report(options, network, unit, seconds, "train", output)


def report(options: argparse.Namespace, network: Network, unit: str, seconds: float, command: str, output: NetworkOutput) -> None:
    """Say what was made."""
    errors = {name: network.history.get(name, np.empty(0)) for name in ("training", "validation")}
    if options.json:
        say_json(
            command=command,
            output=output.path,
            name=output.name,
            format=output.form,
            method=network.method,
            window=network.window,
            hidden=network.hidden,
            seed=network.training["seed"],
            steps=network.training["steps"],
            taps=None if network.fovea is None else network.fovea.taps,
            stages=len(network.stages),
            seconds=seconds,
            unit=unit,
            training_error=errors["training"],
            validation_error=errors["validation"],
            noisy_training_error=network.training.get("noisy_training_error"),
            noisy_validation_error=network.training.get("noisy_validation_error"),
            other_shapes_error_left=network.training.get("other_shapes_error_left"),
            kept=network.training.get("kept"),
        )
        return
    parts = [_seen(stage) for stage in network.stages]
    what = parts[0] if len(parts) == 1 else f"{len(parts)} stages"
    say(f"network     {what}, method {network.method}, seed {network.training['seed']}")
    for number, part in enumerate(parts if len(parts) > 1 else (), start=1):
        say(f"stage {number}     {part}")
    say(f"steps       {network.training['steps']} in {seconds:.2f} s")
    kept = network.training.get("kept")
    for name, values in errors.items():
        if values.size and not (kept and name == "training"):  # those are of all kinds of images
            noisy = network.training.get(f"noisy_{name}_error")
            beside = "" if noisy is None else f"; noisy images as they are {quantity(noisy, unit)}"
            say(f"{name:<10}  RMS error {quantity(values[0], unit)} -> {quantity(values[-1], unit)}{beside}")
    drawn = curve(errors["training"] if errors["training"].size else errors["validation"])
    if drawn and can_be_shown(drawn):
        say(f"curve       {drawn}")
    if kept:
        before, after = (quantity(error, unit) for error in kept["own_error"])
        say(f"own images  RMS error {before} -> {after}, with {100 * kept['share_learned']:.0f} % of what was learned")
        say(f"others      {kept['scene_error']:.3f} times the error of before on other surfaces")
    left = network.training.get("other_shapes_error_left")
    if left is not None:
        say(f"others      {100 * left:.0f} % of the error left on other shapes with the same noise")
    say(f"written     {shown(output.shown())}")


def _seen(network: Network) -> str:
    window = " x ".join(map(str, network.window))
    seen = f"window {window}" if network.fovea is None else f"fovea of {network.fovea.taps} taps in {window}"
    return f"{seen}, hidden {', '.join(map(str, network.hidden))}"


def _read_pair(noisy_text: str, ideal_text: str) -> tuple[Image, Image]:
    return read_image(noisy_text), read_image(ideal_text)
