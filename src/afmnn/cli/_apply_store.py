"""``afmnn apply`` on an array of zarr or HDF5: into another one, part by part."""

from __future__ import annotations

import argparse
import contextlib
import errno
import math
import os
import time
from typing import Any

from .._threads import resolve_threads
from ..neighbours import stored, stores
from ..neighbours.stores import Place, Stored
from ..networks.reading import locate
from ._clean_batch import half_of_all
from ._files import read_network
from ._print import Bar, bar, quantity, say, say_json, shown

#: Options of `afmnn apply` that need an image in memory, and their values where they are not asked for.
_IN_MEMORY: dict[str, Any] = {"channel": None, "ideal": [], "level": None, "nan": "raise"}
#: Bytes that a process may take, where it is not said: more makes parts larger, but less and less faster.
_MEMORY = 750_000_000
#: Options for arrays in files alone.
_IN_FILES = ("chunk", "processes", "memory")


def is_meant(options: argparse.Namespace) -> bool:
    """Whether arrays in files are to be cleaned, not images; options of the others are refused."""
    first = [stores.split_name(text) for text in options.images]
    named = any(name and stores.kind_of(path) for path, name in first)
    output = None if os.path.isdir(options.output) else stores.kind_of(stores.split_name(options.output)[0])
    if named or output or any(stores.kind_of(path) == "zarr" or path.endswith(".zarr.zip") for path, _ in first):
        for name, value in _IN_MEMORY.items():
            if getattr(options, name) != value:
                options.refuse(f"argument --{name}: not allowed for arrays of zarr and HDF5, which are not read in whole")
        if options.border == "average":
            options.refuse("argument --border: 'average' is not allowed for arrays of zarr and HDF5, which are not read in whole")
        return True
    for name in _IN_FILES:
        if getattr(options, name) is not None:
            options.refuse(f"argument --{name}: only for arrays of zarr and HDF5")
    return False


def run(options: argparse.Namespace) -> None:
    """Clean an array and write another one."""
    if len(options.images) > 1:
        raise ValueError(f"{options.images[1]}: one array of zarr or HDF5 is cleaned at a time")
    text = options.images[0]
    begun = time.perf_counter()
    source = stores.find(text)
    output = _output(options, source)
    network = read_network(options.network, first=True)
    threads = resolve_threads(options.threads)
    processes = options.processes or threads
    memory = options.memory or min(half_of_all(), _MEMORY * processes)
    given = stored.Given(threads, processes, memory, strict=options.memory is not None, chunk=options.chunk)
    values = {name: getattr(options, name) for name in ("border", "cval", "scale_output", "strength")}
    plan = stored.make_plan(source, output, network, values, given, force=options.force)
    with contextlib.ExitStack() as bars:
        outcome = stored.run(plan, _Bars(bars, os.path.basename(source.place.path)))
    seconds = time.perf_counter() - begun
    if options.json:
        result = {"image": text, "output": str(output), "seconds": seconds, "unit": plan.unit, **outcome._asdict()}
        say_json(command="apply", network=options.network, results=[result])
        return
    if math.isnan(outcome.rms_removed):  # nothing was read
        say(f"{shown(str(output))}: was made before, by this network with these options")
        return
    before = f" ({outcome.before} of them before)" if outcome.before else ""
    removed = quantity(outcome.rms_removed, plan.unit)
    say(f"{shown(str(output))}: {outcome.pieces} parts{before}, {removed} RMS removed, {seconds:.2f} s")


def _output(options: argparse.Namespace, source: Stored) -> Place:
    """Return where the result comes, and refuse what would destroy something or cannot be written."""
    path, name = stores.split_name(options.output)
    kind = stores.kind_of(path)
    if kind is None and (os.path.isdir(path) or path.endswith(os.sep)):
        path = os.path.join(path, os.path.basename(source.place.path.rstrip(os.sep)))
        kind = source.place.kind
    if kind is None:
        raise ValueError(f"{path}: the name of the result of such an array ends in {', '.join((*stores.ZARR, *stores.HDF5))}")
    stores.module_of(kind)  # which may not be installed
    name = name or (os.path.basename(source.place.name) or "image" if kind == "hdf5" else "")
    inside, outside = (os.path.realpath(each) + os.sep for each in (path, source.place.path))
    if inside.startswith(outside) or outside.startswith(inside):
        raise ValueError(f"{path}: is the input or a part of it, and would be overwritten")
    if os.path.exists(path) and os.path.samefile(path, locate(options.network)):
        raise ValueError(f"{path}: is an input, and would be overwritten")
    folder = os.path.dirname(path.rstrip(os.sep)) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}", path)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, f"the folder {folder} cannot be written to", path)
    return Place(kind, path, name)


class _Bars:
    """A progress bar for each thing that is done, one after the other."""

    def __init__(self, stack: contextlib.ExitStack, name: str) -> None:
        self._stack, self._name, self._what = stack, name, ""
        self._show: Bar | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self._what:
            self._stack.close()
            self._what = what
            opened: Any = bar(f"{self._name}: {what}", total, "parts")
            self._show = self._stack.enter_context(opened)
        if self._show is not None:
            self._show(done, "")
