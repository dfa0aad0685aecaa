"""``afmnn train``."""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

import numpy as np

from ..formats import gwyddion, images
from ..image import Image
from ..nn.network import Network
from ..training.train import train
from ._files import check_output, read_image, read_network, split_channel
from ._print import bar, quantity, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Train a network and write it."""
    texts = [(options.noisy, options.ideal), *options.pair]
    judged = options.validation_pair
    sources = [split_channel(text)[0] for pair in (*texts, *judged) for text in pair]
    sources += [path for path in (options.init, options.mask and split_channel(options.mask)[0]) if path]
    check_network_name(options.output)
    check_output(options.output, sources, force=options.force)

    pairs = [_read_pair(*pair) for pair in texts]
    init = None if options.init is None else read_network(options.init)
    settings: dict[str, Any] = {
        "window": options.window,
        "hidden": options.hidden,
        "method": options.method,
        "mask": None if options.mask is None else _read_mask(options.mask),
        "mask_mode": options.mask_mode,
        "validation": [_read_pair(*pair) for pair in judged] or options.validation,
        "patience": options.patience,
        "init": init,
        "seed": options.seed,
        "learning_rate": options.learning_rate,
        "momentum": options.momentum,
        "batch": options.batch,
        "threads": options.threads,
    }
    noisy, ideal = [a for a, _ in pairs], [b for _, b in pairs]
    if options.format == "gwyddion":  # what cannot be written is refused before the work
        gwyddion.check_network(train(noisy, ideal, **{**settings, "patience": None, "validation": None}, steps=0), options.output)
    unit = noisy[0].unit_z
    begun = time.perf_counter()
    with bar("train", options.steps, "step") as show:

        def progress(step: int, losses: dict[str, float]) -> None:
            if show is not None:
                show(step, f"error {quantity(losses['training'], unit)}")

        network = train(noisy, ideal, **settings, steps=options.steps, progress=progress)
    seconds = time.perf_counter() - begun
    if options.format == "gwyddion":
        gwyddion.write_network(network, options.output)
    else:
        network.save(options.output)
    report(options, network, unit, seconds, "train")


def check_network_name(path: str) -> None:
    """Refuse the name of an image for a network."""
    if os.path.splitext(path)[1].lower() in (".gwy", ".npy"):
        raise ValueError(f"{path}: a network is not an image; name it NAME.npz")


def report(options: argparse.Namespace, network: Network, unit: str, seconds: float, command: str) -> None:
    """Say what was made."""
    errors = {name: network.history.get(name, np.empty(0)) for name in ("training", "validation")}
    if options.json:
        say_json(
            command=command,
            output=options.output,
            format=getattr(options, "format", "afmnn"),
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
        )
        return
    parts = [_seen(stage) for stage in network.stages]
    what = parts[0] if len(parts) == 1 else f"{len(parts)} stages"
    say(f"network     {what}, method {network.method}, seed {network.training['seed']}")
    for number, part in enumerate(parts if len(parts) > 1 else (), start=1):
        say(f"stage {number}     {part}")
    say(f"steps       {network.training['steps']} in {seconds:.2f} s")
    for name, values in errors.items():
        if values.size:
            say(f"{name:<10}  RMS error {quantity(values[0], unit)} -> {quantity(values[-1], unit)}")
    say(f"written     {shown(options.output)}")


def _seen(network: Network) -> str:
    window = " x ".join(map(str, network.window))
    seen = f"window {window}" if network.fovea is None else f"fovea of {network.fovea.taps} taps in {window}"
    return f"{seen}, hidden {', '.join(map(str, network.hidden))}"


def _read_pair(noisy_text: str, ideal_text: str) -> tuple[Image, Image]:
    return read_image(noisy_text), read_image(ideal_text)


def _read_mask(text: str) -> Any:
    """Read a mask: that of a channel in a .gwy file, or an image of its own."""
    path, channel = split_channel(text)
    return images.read_mask(path, channel) if path.lower().endswith(".gwy") else images.read_image(path, channel)
