"""``afmnn networks``."""

from __future__ import annotations

import argparse
import datetime
import os
import warnings
from typing import Any

from .. import networks
from ..errors import FormatError
from ..networks.folders import Entry, entries, own_folder
from ..networks.naming import GWYDDION
from ..networks.reading import locate, read_file
from ..nn.network import Network
from ._files import check_output
from ._info import network_facts, network_text
from ._print import say, say_json, shown, table

_SOURCES = {"package": "afmnn", "yours": "yours", "gwyddion": "Gwyddion"}


def run_list(options: argparse.Namespace) -> None:
    """Print a table of all networks that have names."""
    found = [_described(entry) for entry in entries()]
    if options.json:
        say_json(command="networks list", folder=own_folder(), networks=found)
        return
    head = ["network", "from", "sees", "nodes", "trained on", "made"]
    say(table(head, [[each["name"], _SOURCES[each["source"]], *map(str, _cells(each))] for each in found]))
    for each in found:
        if each["problem"]:
            say(shown(f"{each['name']} cannot be read: {each['problem']}"))
    say(f"\nyours are in {shown(own_folder())}")


def run_info(options: argparse.Namespace) -> None:
    """Say what is known of networks."""
    found = [network_facts(name, locate(name)) for name in options.networks]
    if options.json:
        say_json(command="networks info", networks=found)
        return
    for number, facts in enumerate(found):
        say(("\n" if number else "") + shown(facts["file"]))
        say(f"{network_text(facts)}\n{shown('file        ' + facts['path'])}")


def run_rename(options: argparse.Namespace) -> None:
    """Give a network another name."""
    path = networks.rename(options.network, options.new, overwrite=options.force)
    _report(options, "rename", f"{options.network} is {options.new} now, in {path}", path)


def run_delete(options: argparse.Namespace) -> None:
    """Delete networks; none of them if one is not there."""
    paths = [networks.path(name) for name in options.networks]
    for name in options.networks:
        networks.delete(name)
    if options.json:
        say_json(command="networks delete", networks=options.networks, paths=paths)
    for name, path in zip([] if options.json else options.networks, paths, strict=False):
        say(shown(f"deleted {name}, {path}"))


def run_export(options: argparse.Namespace) -> None:
    """Write a network for another program."""
    if options.to == "onnx":
        _export_onnx(options)
        return
    if options.output is not None or options.strength != 1.0:
        raise ValueError("--output and --strength are for --to onnx: Gwyddion has a place of its own for its networks")
    path = networks.export(options.network, to=options.to, overwrite=options.force)
    _report(options, "export", f"written {path}", path)


def _export_onnx(options: argparse.Namespace) -> None:
    from ..formats import onnx  # noqa: PLC0415 - what imports another package is imported where it is needed

    path = options.output or f"{options.network.removeprefix(GWYDDION).removesuffix('.npz')}.onnx"
    check_output(path, [], force=options.force)
    onnx.write_network(options.network, path, strength=options.strength)
    _report(options, "export", f"written {path}", path)


def _report(options: argparse.Namespace, command: str, text: str, path: str) -> None:
    if options.json:
        say_json(command=f"networks {command}", network=options.network, output=path)
    else:
        say(shown(text))


def _described(entry: Entry) -> dict[str, Any]:
    """Return a row of the list; of a file that cannot be read, what is wrong with it."""
    facts: dict[str, Any] = {"name": entry.name, "source": entry.source, "path": entry.path, "problem": None}
    facts |= dict.fromkeys(("sees", "stages", "hidden", "method", "trained_on", "steps", "made"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of unknown keys in Gwyddion's files
            network = read_file(entry.path)
        if entry.source != "package":  # whose files have the date of the installation
            moment = datetime.datetime.fromtimestamp(os.stat(entry.path).st_mtime).astimezone()
            facts["made"] = moment.isoformat(timespec="minutes")
    except (OSError, FormatError) as error:
        return facts | {"problem": error.strerror if isinstance(error, OSError) else str(error)}
    return facts | {
        "sees": network.extent,
        "stages": len(network.stages),
        "hidden": network.hidden,
        "method": network.method,
        "trained_on": _trained_on(network),
        "steps": network.training.get("steps"),
    }


def _trained_on(network: Network) -> str | None:
    """Say what a network has learned from, as far as its record tells."""
    training = network.training
    if "preset" in training:
        return str(training.get("scene", "a scene"))
    pairs = training.get("images")
    if pairs is None:
        return None
    return f"{pairs} pair{'s' if pairs != 1 else ''}" + (", and before" if training.get("continued") else "")


def _cells(facts: dict[str, Any]) -> list[str]:
    if facts["sees"] is None:
        return ["-"] * 4
    stages = f", {facts['stages']} stages" if facts["stages"] > 1 else ""
    steps = "" if facts["steps"] is None else f", {facts['steps']} step{'' if facts['steps'] == 1 else 's'}"
    return [
        " x ".join(map(str, facts["sees"])) + stages,
        ", ".join(map(str, facts["hidden"])),
        f"{facts['trained_on']}{steps}" if facts["trained_on"] else "-",
        facts["made"][:16].replace("T", " ") if facts["made"] else "-",
    ]
