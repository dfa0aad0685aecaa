"""``afmnn info``."""

from __future__ import annotations

import argparse
import math
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._text import readable
from ..config import configuration
from ..errors import FormatError
from ..formats._channels import Channel
from ..formats._readers import Reader, open_images
from ..networks.folders import find
from ..networks.naming import is_name
from ..networks.reading import locate, read_file
from . import _roughness
from ._files import expand, network_format, split_channel
from ._print import complain, described, quantity, say, say_json, shown, table

_PIECE = 1 << 15  # heights worked on at once


def run(options: argparse.Namespace) -> int:
    """Say what is in files, or without a file, what afmnn runs on; return 1 if one of several files cannot be read."""
    if not options.files:
        facts = configuration()
        if options.json:
            say_json(command="info", configuration=facts)
        else:
            say("\n".join(f"{name:<20} {value}" for name, value in facts.items()))
        return 0
    found = [each for text in options.files for each in _look_at_all(text, options)]
    if options.json:
        say_json(command="info", files=found)
    else:
        read = [file for file in found if file["kind"] != "unreadable"]
        for number, file in enumerate(read):
            say(("\n" if number else "") + shown(file["file"]))
            say(network_text(file) if file["kind"] == "network" else _channels_text(file["channels"]))
    return int(any(file["kind"] == "unreadable" for file in found))


def _look_at_all(text: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Look at the channels of one file. Of several files, one that cannot be read is no reason to say nothing of the others."""
    try:
        return [_look(each, roughness=options.roughness) for each in expand(text, options.channel)]
    except (OSError, ValueError) as error:
        if len(options.files) == 1:
            raise
        complain("error", described(error))
        return [{"file": text, "kind": "unreadable", "problem": described(error)}]


def _located(name: str) -> str:
    try:
        return locate(name)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no file {name!r}, and {error}") from error


def _look(text: str, *, roughness: bool) -> dict[str, Any]:
    if is_name(text) and (find(text) is not None or not os.path.lexists(split_channel(text)[0])):
        return network_facts(text, _located(text))
    path, channel = split_channel(text)
    form = network_format(path)
    if form is None:
        with open_images(path) as file:
            if channel is None:
                return {"file": text, "kind": "image", "channels": [_image(file, each, roughness) for each in file.channels()]}
            chosen = file.find(readable(channel))
            chosen.check()
            return {"file": text, "kind": "image", "channels": [_image(file, chosen, roughness)]}
    if channel is not None:
        raise ValueError(f"{path}: is a network, which has no channel {channel!r}")
    return network_facts(text, path)


def network_facts(text: str, path: str) -> dict[str, Any]:
    """Return what is known of a network; `text` is what it was called."""
    form = network_format(path)
    network = read_file(path)
    scaling = network.scaling
    return {
        "file": text,
        "path": path,
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
            **({"row_noise": scaling.row_noise} if scaling.kind == "row-noise" else {}),
        },
        "units": dict(network.units),
        "training": dict(network.training),
        "history": dict(network.history),
    }


def _image(file: Reader, channel: Channel, roughness: bool) -> dict[str, Any]:
    """Return what is known of one image, with its roughness if that is asked for, or what is wrong with it."""
    facts: dict[str, Any] = {
        "channel": channel.key,
        "title": channel.title,
        "rows": channel.shape[0],
        "columns": channel.shape[1],
    }
    facts |= {"direction": channel.direction, "is_height": channel.is_height, "reader": channel.reader or None}
    facts |= dict.fromkeys(("height", "width", "unit_xy", "unit_z", "rms", "minimum", "maximum", "missing", "masked"))
    facts["problem"] = channel.problem or None
    if roughness:
        facts["roughness"] = None
    if channel.problem:
        return facts
    image = file.image(channel).in_base_units()
    valid = _present(image.data)
    facts["height"], facts["width"] = image.size
    facts |= {"unit_xy": image.unit_xy, "unit_z": image.unit_z, "missing": image.data.size - valid.size}
    if valid.size:
        facts |= {"rms": _spread(valid), "minimum": float(valid.min()), "maximum": float(valid.max())}
    if roughness:
        facts["roughness"] = _roughness.measured(image)
    try:
        mask = file.mask(channel)
        facts["masked"] = None if mask is None else int(np.count_nonzero(mask >= 0.5))
    except FormatError as error:
        facts["problem"] = str(error)
    return facts


def _present(heights: NDArray[Any]) -> NDArray[np.float64]:
    """Return the heights that are not missing, without a copy where all are there: a film has many frames."""
    with np.errstate(all="ignore"):
        whole = bool(np.isfinite(heights.sum(dtype=np.float64)))
    return np.asarray(heights if whole else heights[np.isfinite(heights)], np.float64)


def _spread(heights: NDArray[np.float64]) -> float:
    """Return the standard deviation, from pieces that stay in the cache."""
    flat, mean = heights.reshape(-1), float(heights.mean())
    squares = 0.0
    for start in range(0, flat.size, _PIECE):
        rest = flat[start : start + _PIECE] - mean
        squares += float(np.einsum("i,i->", rest, rest))
    return math.sqrt(squares / flat.size)


def _channels_text(channels: list[dict[str, Any]]) -> str:
    rows, notes = [], []
    optional = [name for name in ("missing", "masked") if any(c[name] for c in channels)]
    directed = any(c["direction"] != "unknown" for c in channels)
    for c in channels:
        heights = ["-" if c[name] is None else quantity(c[name], c["unit_z"]) for name in ("rms", "minimum", "maximum")]
        known = c["height"] is not None
        size = f"{quantity(c['height'], c['unit_xy'])} x {quantity(c['width'], c['unit_xy'])}" if known else "-"
        shape = f"{c['rows']} x {c['columns']}" if c["rows"] else "-"
        more = ["-" if c[name] is None else str(c[name]) for name in optional]
        more += [c["direction"].replace("unknown", "-")] if directed else []
        rows.append([f"{c['channel']} {c['title']!r}", shape, size, *heights, *more])
        if c["problem"]:
            about = "its mask: it" if known else "it"
            notes.append(f"channel {c['channel']} {c['title']!r} cannot be read: {about} {c['problem']}")
    head = ["channel", "rows x columns", "height x width", "RMS", "lowest", "highest", *optional, *["direction"] * directed]
    notes += sorted({f"read by {c['reader']}" for c in channels if c["reader"]})
    lines = [table(head, rows) if rows else "no image"]
    if rows and "roughness" in channels[0]:
        lines.append(_roughness.text(channels))
    return "\n".join([*lines, *map(shown, notes)])


def network_text(facts: dict[str, Any]) -> str:
    """Return what is known of a network in lines."""
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
    one = scaling.get("row_noise") or 1 / scaling["in_factor"]
    lines.append(f"scaling     {scaling['kind']}, heights of {quantity(one, unit)} are 1")
    made = [f"{name} {training[name]}" for name in ("version", "preset", "scene", "seed", "steps", "name") if name in training]
    if made:
        lines.append(f"made        {', '.join(made)}")
    lines += [
        f"{name:<11} RMS error {quantity(history[name][0], unit)} -> {quantity(history[name][-1], unit)}"
        for name in ("training", "validation")
        if name in history and len(history[name])
    ]
    return "\n".join(map(shown, lines))
