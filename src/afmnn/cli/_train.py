"""``afmnn train``."""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import _units
from ..formats import gwyddion
from ..image import Image
from ..nn.network import Network
from ..training.train import train
from ._files import check_no_input, check_output, read_image, read_mask, read_network, refuse_folder, split_channel
from ._print import bar, quantity, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Train a network and write it."""
    texts = [(options.noisy, options.ideal), *options.pair]
    validation_pairs = options.validation_pair
    sources = [split_channel(text)[0] for pair in (*texts, *validation_pairs) for text in pair]
    sources += [path for path in (options.init, options.mask and split_channel(options.mask)[0]) if path]
    check_no_input(options.output, sources)
    check_network_name(options.output, options.format)
    check_output(options.output, sources, force=options.force)

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
        "seed": options.seed,
        "learning_rate": options.learning_rate,
        "momentum": options.momentum,
        "batch": options.batch,
        "threads": options.threads,
    }
    noisy, ideal = [a for a, _ in pairs], [b for _, b in pairs]
    if options.format == "gwyddion":  # what cannot be written is refused before the work
        gwyddion.check_network(train(noisy, ideal, **{**settings, "patience": None, "validation": None}, steps=0), options.output)
    unit = _units.base(noisy[0].unit_z)
    begun = time.perf_counter()
    with bar("train", options.steps, "steps") as show:

        def progress(step: int, losses: dict[str, float]) -> None:
            if show is not None:
                show(step, f"error {quantity(losses['training'], unit)}")

        with keeping_what_was_learned(options.output, options.format):
            network = train(noisy, ideal, **settings, steps=options.steps, progress=progress)
    seconds = time.perf_counter() - begun
    _write(network, options.output, options.format)
    report(options, network, unit, seconds, "train")


def check_network_name(path: str, form: str = "afmnn") -> None:
    """Refuse the name of something else for a network; Gwyddion's may have any but that of an image."""
    refuse_folder(path)
    suffix = os.path.splitext(path)[1].lower()
    if suffix in (".gwy", ".npy"):
        raise ValueError(f"{path}: a network is not an image; name it NAME.npz")
    if form == "afmnn" and suffix != ".npz":
        raise ValueError(f"{path}: a network of afmnn is an .npz file; name it NAME.npz")


@contextlib.contextmanager
def keeping_what_was_learned(path: str, form: str = "afmnn") -> Iterator[None]:
    """On Ctrl-C, write the network so far beside the name that was asked for, and say where; nothing is written over."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        network = getattr(interrupt, "network", None)
        steps = 0 if network is None else int(network.training.get("steps", 0))
        if network is None or steps == 0:
            raise KeyboardInterrupt("interrupted before the first step was done, nothing was written") from interrupt
        where = _unfinished(path)
        done = f"interrupted after {steps} step{'s' if steps > 1 else ''}"
        try:
            _write(network, where, form)
        except (OSError, ValueError) as error:
            raise KeyboardInterrupt(f"{done}, and the network so far cannot be written: {error}") from error
        raise KeyboardInterrupt(f"{done}, the network so far is {where}") from interrupt


def _unfinished(path: str) -> str:
    """Return a name that is free: ``net.interrupted.npz`` for ``net.npz``, with a number where that is taken."""
    stem, suffix = os.path.splitext(path)
    number = 1
    while os.path.lexists(name := f"{stem}.interrupted{'' if number == 1 else f'-{number}'}{suffix}"):
        number += 1
    return name


def _write(network: Network, path: str, form: str) -> None:
    if form == "gwyddion":
        gwyddion.write_network(network, path)
    else:
        network.save(path)


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
            noisy_training_error=network.training.get("noisy_training_error"),
            noisy_validation_error=network.training.get("noisy_validation_error"),
            other_shapes_error_left=network.training.get("other_shapes_error_left"),
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
            noisy = network.training.get(f"noisy_{name}_error")
            beside = "" if noisy is None else f"; noisy images as they are {quantity(noisy, unit)}"
            say(f"{name:<10}  RMS error {quantity(values[0], unit)} -> {quantity(values[-1], unit)}{beside}")
    left = network.training.get("other_shapes_error_left")
    if left is not None:
        say(f"others      {100 * left:.0f} % of the error left on other shapes with the same noise")
    say(f"written     {shown(options.output)}")


def _seen(network: Network) -> str:
    window = " x ".join(map(str, network.window))
    seen = f"window {window}" if network.fovea is None else f"fovea of {network.fovea.taps} taps in {window}"
    return f"{seen}, hidden {', '.join(map(str, network.hidden))}"


def _read_pair(noisy_text: str, ideal_text: str) -> tuple[Image, Image]:
    return read_image(noisy_text), read_image(ideal_text)
