"""``afmnn clean --report``: a page for each file, and an index that sorts them by their verdict."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._files.atomic import atomic_writer
from .._text import readable
from ..config import configuration
from ..evaluation import page
from ..evaluation.entries import Cleaned
from ..evaluation.evaluate import measure_all
from ..evaluation.report import report_page
from ..evaluation.verdict import Verdict
from ..formats._channels import Channel
from ..formats._results import is_result
from ..image import Image
from ..nn.network import Network
from . import _clean_table
from ._clean_plan import Job
from ._clean_record import Digests, Recipe
from ._files import check_output

_INDEX = "index.html"
_TAIL = 400  # bytes at the end of a page in which its digests are looked for
_HEAD = ["file", "channel", "RMS removed", "row steps before", "row steps after", "structure", "edges", "mended", "verdict"]
_ORDER = ("failed", "do not use", "look", "fine")


class Pages:
    """The pages of a run, in one folder."""

    def __init__(self, folder: str, jobs: Sequence[Job], network: Network, recipe: Recipe, *, force: bool) -> None:
        self._folder, self._network, self._recipe, self._force = folder, network, recipe, force
        self._names = _names(jobs)
        self._drawing = threading.Lock()  # because matplotlib does not like several threads
        if os.path.isdir(folder):
            check_output(os.path.join(folder, _INDEX), [], force=force)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_drawing": None}  # locks do not travel to other processes

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _drawing=threading.Lock())

    def are_there(self, job: Job, digests: Digests) -> bool:
        """Whether the page of a file is there, of the same source, network and settings."""
        path = self._path(job)
        try:
            with open(path, "rb") as file:
                file.seek(max(0, os.path.getsize(path) - _TAIL))
                return _mark(digests).encode() in file.read() and is_result(path)
        except FileNotFoundError:
            return False

    def write(self, job: Job, digests: Digests, shown: Sequence[Cleaned], verdicts: Sequence[Verdict]) -> None:
        """Write the page of a file, of which `shown_on_page` was made of every channel, with the verdicts of the table."""
        path = self._path(job)
        check_output(path, [job.source, job.output], force=self._force)
        done = self._recipe.done
        settings = [(name, str(value)) for name, value in done["settings"].items()]
        settings += [("corrections", ", ".join(done["corrections"])), ("network", done["network"]["name"])]
        settings += [("source", job.source), ("result", job.output)]
        with self._drawing:
            result = measure_all(shown, verdicts)
            title = readable(os.path.basename(job.source))
            html = report_page(result, self._network, title=title, settings=settings, strength=done["settings"]["strength"])
        with atomic_writer(path) as file:
            file.write(html.encode("utf-8", "backslashreplace") + f"<!-- {_mark(digests)} -->\n".encode())

    def write_index(self, rows: Sequence[dict[str, Any]], failed: Sequence[tuple[str, str]]) -> None:
        """Write the index, the worst first."""
        lines = [
            page.Row("failed", "", [file, *["-"] * (len(_HEAD) - 2), problem], _keys("failed", [])) for file, problem in failed
        ]
        for row in rows:
            cells = [*_clean_table.cells(row)[:-1], _clean_table.in_words(row)]
            level = row["verdict"]
            lines.append(page.Row(level, self._names[row["file"]], cells, _keys(level, _clean_table.numbers(row))))
        lines.sort(key=lambda line: _ORDER.index(line.level))
        counts = Counter(line.level for line in lines)
        told = ", ".join(f"{counts[level]} {level}" for level in reversed(_ORDER) if counts[level])
        html = page.page(
            "Cleaned by afmnn",
            told + ".",
            [page.linked(_HEAD, lines)],
            f"Made by afmnn {configuration()['afmnn']}.",
            ["sorting"],
        )
        with atomic_writer(os.path.join(self._folder, _INDEX)) as file:
            file.write(html.encode("utf-8", "backslashreplace"))

    def _path(self, job: Job) -> str:
        return os.path.join(self._folder, self._names[job.source])


def shown_on_page(job: Job, channel: Channel, start: Image, residual: Image) -> Cleaned:
    """Return what a page shows of a channel, from the image less its plane and what was removed."""
    noisy, removed = start.in_base_units(), residual.in_base_units()
    before = noisy.data.astype(np.float64, copy=False)
    name = f"{readable(os.path.basename(job.source))}: {channel.title or channel.key}"
    return Cleaned(name, noisy.replace(data=before), before - removed.data.astype(np.float64, copy=False), None)


def _keys(level: str, numbers: Sequence[float]) -> list[float | None]:
    """Return what the columns of the index are sorted by: words in file, channel and what was mended, numbers in between."""
    found: list[float | None] = [None] * len(_HEAD)
    found[2 : 2 + len(numbers)] = numbers
    found[-1] = _ORDER.index(level)
    return found


def _mark(digests: Digests) -> str:
    return "afmnn clean " + " ".join(digests)


def _names(jobs: Sequence[Job]) -> dict[str, str]:
    """Return the names of the pages, by the files that they are about; a number tells apart those of several folders."""
    taken: set[str] = {_INDEX}
    names: dict[str, str] = {}
    for job in jobs:
        stem = os.path.splitext(os.path.basename(job.output))[0]
        name, number = f"{stem}.html", 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}.html", number + 1
        taken.add(name.casefold())
        names[job.source] = name
    return names
