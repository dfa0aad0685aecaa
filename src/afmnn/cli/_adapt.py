"""``afmnn adapt``."""

from __future__ import annotations

import argparse
import time

from ..networks.reading import locate
from ..training.adapt import adapt
from ._files import read_network, split_channel
from ._network_output import network_output
from ._print import bar, quantity, say, say_json, shown
from ._synth_like import scan_of


def run(options: argparse.Namespace) -> None:
    """Adapt a network and write it."""
    sources = [locate(options.network), *(split_channel(path)[0] for path in options.files)]
    output = network_output(options.output, sources, force=options.force)
    if output.form == "gwyddion":
        raise ValueError(f"{options.output}: adapted networks cannot be written for Gwyddion, which has no such kind")
    network = read_network(options.network)
    scans = [scan_of(path) for path in options.files]
    begun = time.perf_counter()
    with bar("adapt", options.steps if isinstance(options.steps, int) else sum(options.steps), "steps") as show:

        def progress(step: int, losses: dict[str, float]) -> None:
            if show is not None:
                show(step, f"error {quantity(losses['validation'], '')}")

        adapted = adapt(network, scans, steps=options.steps, seed=options.seed, threads=options.threads, progress=progress)
    seconds = time.perf_counter() - begun
    output.write(adapted)
    found = None if adapted is network else adapted.training["adapted"]
    if options.json:
        say_json(command="adapt", output=output.path, name=output.name, seconds=seconds, adapted=found)
        return
    if found is None:
        say("network     as it was")
    else:
        say(f"network     adapted to {_count(found['scans'])} in {seconds:.1f} s, seed {found['seed']}")
        say(f"others      {100 * (found['error'][1] - 1):+.1f} % error against the other recording, on lines not learned from")
        say("scene       error {:.3f} -> {:.3f} of the relief".format(*found["scene_error"]))
        say("at edges    {:.2f} -> {:.2f} times what is taken off elsewhere".format(*found["edge_excess"]))
    say(f"written     {shown(output.shown())}")


def _count(places: int) -> str:
    return "1 place" if places == 1 else f"{places} places"
