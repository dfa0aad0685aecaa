"""``afmnn clean``: which files are cleaned, and where the results come."""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..formats import images
from ..formats._foreign import OTHERS
from ..formats._records import read_records
from ._files import network_format, split_channel

FORMATS = tuple(suffix[1:] for suffix in images.SUFFIXES)
_RESULT = re.compile(r"\.(clean|residual)\.(gwy|gsf|npy|npz)$", re.IGNORECASE)
#: What a folder may have beside images. Programs for the files of instruments would take pictures for heights.
_NO_SCANS = OTHERS | {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".svg", ".mp4", ".avi", ".ini", ".xml", ".gwynet", ".ipynb", ".db"}
#: What a folder for results is not called: who names a picture or a table wants a file of that kind.
_NO_RESULTS = _NO_SCANS | {".tif", ".tiff"}
#: Instruments number their files by the suffix: scan.001 and scan.002 are two scans.
_NUMBER = re.compile(r"\.\d+")


class Job(NamedTuple):
    """A file to clean."""

    source: str
    channels: tuple[str, ...]  # that were asked for behind its name; empty for none
    output: str
    residual: str | None  # file of the residual, where it has one of its own


class Plan(NamedTuple):
    """All that is to be done."""

    jobs: list[Job]
    left_out: list[str]  # files that are no images, and earlier results


def make_plan(texts: Sequence[str], output: str | None, form: str | None, *, residual: bool, recursive: bool = False) -> Plan:
    """Say which files are cleaned and where the results come; with `recursive`, those in folders below come into such folders.

    Raises
    ------
    ValueError
        If there is none, or two of them would become one file.
    OSError
        If a folder cannot be read, or `output` cannot be what is needed.
    """
    sources, below, left_out = _sources(texts, recursive=recursive)
    if not sources:
        deeper = "; --recursive looks into the folders in it" if not recursive and _has_folders(texts[0]) else ""
        raise ValueError(f"{texts[0]}: has no file of an image to clean" + _listed(left_out) + deeper)
    if output is not None and _is_file(output, len(sources)):
        ((source, channels),) = sources.items()
        form = form or os.path.splitext(output)[1][1:].lower()
        if not output.lower().endswith("." + form):
            raise ValueError(f"{output}: must end in .{form} for --format {form}")
        return Plan([_job(source, channels, output, form, residual)], left_out)
    form = form or "gwy"
    folders = [os.path.dirname(source) if output is None else os.path.join(output, below[source]) for source in sources]
    outputs = _outputs(list(sources), folders, form)
    return Plan([_job(*source, path, form, residual) for source, path in zip(sources.items(), outputs, strict=True)], left_out)


def _sources(texts: Sequence[str], *, recursive: bool) -> tuple[dict[str, tuple[str, ...]], dict[str, str], list[str]]:
    """Return the files with the channels that are asked for, each once, their folders below one given, and what is left out."""
    found: dict[str, tuple[str, ...]] = {}
    below: dict[str, str] = {}
    left_out: list[str] = []
    names: dict[str, str] = {}  # real path: as it was given first
    for text in texts:
        path, channel = split_channel(text)
        inside = channel is None and os.path.isdir(path)
        for file in _inside(path, recursive=recursive) if inside else [path]:
            if _is_other(file, given=file == path):
                left_out.append(file)
                continue
            name = names.setdefault(os.path.normcase(os.path.realpath(file)), file)
            below.setdefault(name, os.path.dirname(os.path.relpath(file, path)) if inside else "")
            wanted = found.get(name, ())
            found[name] = wanted if channel is None or channel in wanted else (*wanted, channel)
    return found, below, left_out


def _inside(folder: str, *, recursive: bool) -> list[str]:
    """Return the files in a folder, without hidden ones; with `recursive` those in folders below, too, but for links to folders.

    Those of a folder come before those below it.
    """
    with os.scandir(folder) as entries:
        shown = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    files = [entry.path for entry in shown if not entry.is_dir()]
    if recursive:
        for entry in shown:
            if entry.is_dir(follow_symlinks=False):
                files += _inside(entry.path, recursive=True)
    return files


def _has_folders(folder: str) -> bool:
    if not os.path.isdir(folder):
        return False
    with os.scandir(folder) as entries:
        return any(entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".") for entry in entries)


def _is_other(path: str, *, given: bool) -> bool:
    """Whether a file is left out: earlier results, what is no image by its name, and in folders also networks and pictures."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in (OTHERS if given else _NO_SCANS):
        return os.path.isfile(path)
    if _RESULT.search(path) and read_records(path):
        return True
    return not given and suffix == ".npz" and _is_network(path)


def _is_network(path: str) -> bool:
    try:
        return network_format(path) is not None
    except (OSError, ValueError):  # which is said when it is to be read
        return False


def _is_file(output: str, count: int) -> bool:
    """Whether the results come into a file, not into a folder."""
    suffix = "" if output.endswith(os.sep) else os.path.splitext(output)[1].lower()
    named = suffix in images.SUFFIXES
    if os.path.isdir(output) or not named:
        if os.path.exists(output) and not os.path.isdir(output):
            raise NotADirectoryError(errno.ENOTDIR, "is no folder, and its name not that of a result", output)
        if not os.path.isdir(output) and suffix in _NO_RESULTS:
            ours = ", ".join(images.SUFFIXES)
            raise ValueError(f"{output}: the name of a result ends in {ours}; {output}{os.sep} would be a folder")
        return False
    if count > 1:
        raise ValueError(f"{output}: is the name of a file, and {count} files are to be cleaned: name a folder")
    return True


def _outputs(sources: Sequence[str], folders: Sequence[str], form: str) -> list[str]:
    """Return the names of the results: with the suffix of the source where two would have the same without."""
    pairs = list(zip(sources, folders, strict=True))
    short = [os.path.join(folder, f"{_stem(source)}.clean.{form}") for source, folder in pairs]
    places = Counter(map(_place, short))
    long = [os.path.join(folder, f"{os.path.basename(source)}.clean.{form}") for source, folder in pairs]
    names = [each if places[_place(each)] == 1 else other for each, other in zip(short, long, strict=True)]
    taken: dict[str, str] = {}
    for name, source in zip(names, sources, strict=True):
        other = taken.setdefault(_place(name), source)
        if other is not source:
            raise ValueError(f"{name}: would be written for both {other} and {source}; clean them in two calls")
    return names


def _stem(source: str) -> str:
    name = os.path.basename(source)
    stem, suffix = os.path.splitext(name)
    return name if _NUMBER.fullmatch(suffix) else stem


def _place(path: str) -> str:
    return os.path.normcase(os.path.realpath(path)).casefold()  # some file systems do not tell capitals apart


def _job(source: str, channels: tuple[str, ...], output: str, form: str, residual: bool) -> Job:
    if not residual or form == "gwy":
        return Job(source, channels, output, None)
    stem = os.path.splitext(output)[0].removesuffix(".clean")
    return Job(source, channels, output, f"{stem}.residual.{form}")


def _listed(left_out: Iterable[str]) -> str:
    names = [os.path.basename(path) for path in left_out]
    return f" ({len(names)} left out: {', '.join(names[:3])}{', ...' * (len(names) > 3)})" if names else ""
