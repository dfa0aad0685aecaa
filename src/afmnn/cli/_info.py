"""``afmnn info``."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from ..config import configuration
from ..formats import images
from ._files import network_format, read_network, split_channel
from ._print import quantity, say, say_json, shown, table


def run(options: argparse.Namespace) -> None:
    """Say what is in files, or without a file, what afmnn runs on."""
    if not options.files:
        facts = configuration()
        if options.json:
            say_json(command="info", configuration=facts)
        else:
            say("\n".join(f"{name:<20} {value}" for name, value in facts.items()))
        return
    found = [_look(text) for text in options.files]
    if options.json:
        say_json(command="info", files=found)
        return
    for number, file in enumerate(found):
        say(("\n" if number else "") + shown(file["file"]))
        say(_network_text(file) if file["kind"] == "network" else _channels_text(file["channels"]))


def _look(text: str) -> dict[str, Any]:
    path, channel = split_channel(text)
    form = network_format(path)
    if form is None:
        listed = images.list_channels(path)
        chosen = [item.key for item in listed] if channel is None else [channel]
        return {"file": text, "kind": "image", "channels": [_image(path, key) for key in chosen]}
    if channel is not None:
        raise ValueError(f"{path}: is a network, which has no channel {channel!r}")
    network = read_network(path)
    scaling = network.scaling
    return {
        "file": text,
        "kind": "network",
        "format": form,
        "method": network.method,
        "window": network.window,
        "taps": None if network.fovea is None else network.fovea.taps,
        "hidden": network.hidden,
        "stages": [
            {"window": each.window, "taps": None if each.fovea is None else each.fovea.taps, "hidden": each.hidden}
            for each in network.stages
        ],
        "linear": network.linear is not None,
        "scaling": {
            "kind": scaling.kind,
            "in_shift": scaling.in_shift,
            "in_factor": scaling.in_factor,
            "out_shift": scaling.out_shift,
            "out_factor": scaling.out_factor,
        },
        "units": dict(network.units),
        "training": dict(network.training),
        "history": dict(network.history),
    }


def _image(path: str, key: int | str) -> dict[str, Any]:
    image = images.read_image(path, key)
    there = image.data[np.isfinite(image.data)].astype(np.float64)
    height, width = image.size
    return {
        "channel": key,
        "title": image.title,
        "rows": image.shape[0],
        "columns": image.shape[1],
        "height": height,
        "width": width,
        "unit_xy": image.unit_xy,
        "unit_z": image.unit_z,
        "rms": float(there.std()) if there.size else None,
        "minimum": float(there.min()) if there.size else None,
        "maximum": float(there.max()) if there.size else None,
        "missing": image.data.size - there.size,
    }


def _channels_text(channels: list[dict[str, Any]]) -> str:
    rows = []
    for c in channels:
        heights = ["-" if c[name] is None else quantity(c[name], c["unit_z"]) for name in ("rms", "minimum", "maximum")]
        size = f"{quantity(c['height'], c['unit_xy'])} x {quantity(c['width'], c['unit_xy'])}"
        missing = [str(c["missing"])] if any(other["missing"] for other in channels) else []
        rows.append([f"{c['channel']} {c['title']!r}", f"{c['rows']} x {c['columns']}", size, *heights, *missing])
    head = ["channel", "rows x columns", "height x width", "RMS", "lowest", "highest", "missing"]
    return table(head[: len(rows[0])], rows) if rows else "no image"


def _network_text(facts: dict[str, Any]) -> str:
    training, history, unit = facts["training"], facts["history"], str(facts["units"].get("unit_z", ""))
    whose = "Gwyddion network" if facts["format"] == "gwyddion" else "afmnn network"
    stages = facts["stages"]
    lines = [f"{whose}, method {facts['method']}" + (f", {len(stages)} stages" if len(stages) > 1 else "")]
    for number, stage in enumerate(stages, start=1):
        fovea = "" if stage["taps"] is None else f", fovea of {stage['taps']} taps"
        window = " x ".join(map(str, stage["window"]))
        name = f"stage {number}" if len(stages) > 1 else "window"
        lines.append(f"{name:<11} {window}{fovea}, hidden {', '.join(map(str, stage['hidden']))}")
    scaling = facts["scaling"]
    lines.append(f"scaling     {scaling['kind']}, heights of {quantity(1 / scaling['in_factor'], unit)} are 1")
    made = [f"{name} {training[name]}" for name in ("version", "preset", "seed", "steps", "name") if name in training]
    if made:
        lines.append(f"made        {', '.join(made)}")
    lines += [
        f"{name:<11} RMS error {quantity(history[name][0], unit)} -> {quantity(history[name][-1], unit)}"
        for name in ("training", "validation")
        if name in history and len(history[name])
    ]
    return "\n".join(map(shown, lines))
