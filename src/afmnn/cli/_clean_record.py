"""``afmnn clean``: what is recorded of a result in its file, and what a table shows of it."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from .. import _units
from .._files.regular import open_regular
from ..cleaning.clean import what_was_done
from ..cleaning.steps import Means
from ..evaluation.verdict import Verdict
from ..evaluation.verdict import verdict as judge
from ..formats._channels import Channel
from ..image import Image

_PIECE = 1 << 20


class Digests(NamedTuple):
    """What tells whether a result would become the same if it were made again."""

    source: str
    network: str
    settings: str


class Recipe:
    """What all results of a run have in common."""

    def __init__(self, means: Means, network: str, choices: Mapping[str, Any]) -> None:
        self.done = what_was_done(means, network)
        self._settings = {**self.done["settings"], **choices}
        self._text = json.dumps(self._settings, sort_keys=True)

    def digests(self, path: str, channels: tuple[str, ...]) -> Digests:
        """Return the digests for one file, of which channels were asked for behind its name."""
        whole = json.dumps([self.done["afmnn"], self.done["corrections"], self._settings, channels], sort_keys=True)
        return Digests(file_digest(path), self.done["network"]["digest"], hashlib.sha256(whole.encode()).hexdigest())

    def record(self, name: str, channel: Channel, digests: Digests) -> dict[str, str]:
        """Return what was done to a channel of the file `name`, as names and texts."""
        found = {
            "source": name,
            "source digest": digests.source,
            "source channel": str(channel.key),
            "source title": channel.title,
            "network": self.done["network"]["name"],
            "network digest": digests.network,
            "version": self.done["afmnn"],
            "corrections": ", ".join(self.done["corrections"]),
            "settings": self._text,
            "settings digest": digests.settings,
            "time": _now(),
        }
        return found | ({"read by": channel.reader} if channel.reader else {})

    def log_entry(self, record: Mapping[str, str]) -> str:
        """Return the entry of Gwyddion's log: what was called with which settings, and when."""
        settings = {"network": self.done["network"]["name"], "version": self.done["afmnn"], **self._settings}
        texts = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in settings.items() if value is not None]
        return f"proc::afmnn_clean({', '.join(texts)})@{record['time']}"


def with_figures(record: Mapping[str, str], image: Image, figures: Mapping[str, float], verdict: Verdict) -> dict[str, str]:
    """Return a record with figures and verdict; from those and what was `found` the row of a table is made again."""
    known = {name: value for name, value in figures.items() if math.isfinite(value)}
    told = {"unit": _units.base(image.unit_z), **known, "where": verdict.where}
    return {**record, "figures": json.dumps(told), "verdict": str(verdict)}


def found(what: Mapping[str, Any]) -> dict[str, str]:
    """Return what was found in an image, as texts of its record."""
    return {name: json.dumps(value, ensure_ascii=False) for name, value in what.items()}


def row(file: str, output: str, record: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what a table shows of a result, from its record; None if that was not written by `with_figures`."""
    try:
        told = json.loads(record["figures"])
        where, unit = str(told.pop("where")), str(told.pop("unit"))
        figures = {str(name): float(value) for name, value in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    judged = judge(figures, where=where, doubts=_told(record, "doubts", []) if "doubts" in record else None)
    mended, notes = _told(record, "mended", {}), _told(record, "notes", [])
    sq = figures.get("sq_after", 0.0)
    share = figures["structure"] / sq if sq > 0 and "structure" in figures else math.nan
    return {
        "file": file,
        "channel": record.get("source channel", ""),
        "title": record.get("source title", ""),
        "output": output,
        "unit": unit,
        **{name: figures.get(name, math.nan) for name in SHOWN},
        "structure_share": share,
        "verdict": judged.level,
        "because": judged.because,
        "where": judged.where,
        "mended": ", ".join(mended),
        "notes": "; ".join(notes),
    }


def _told(record: Mapping[str, str], name: str, nothing: Any) -> Any:
    try:
        value = json.loads(record.get(name, "null"))
    except ValueError:
        return nothing
    return value if isinstance(value, type(nothing)) and all(isinstance(each, str) for each in value) else nothing


#: Figures that are in every row.
SHOWN = (
    "rms_removed", "row_steps_before", "row_steps_after", "sq_before", "sq_after", "structure", "relief_loss", "height_loss",
    "edge_excess",
)  # fmt: skip


def file_digest(path: str) -> str:
    """Return the SHA-256 of a file."""
    total = hashlib.sha256()
    with open_regular(path) as (file, _):
        while piece := file.read(_PIECE):
            total.update(piece)
    return total.hexdigest()


def are_digests_of(record: Mapping[str, str], digests: Digests) -> bool:
    """Whether a result was made of the same source by the same network with the same settings."""
    return digests == tuple(record.get(f"{name} digest") for name in Digests._fields)


def _now() -> str:
    """Return the time as Gwyddion's log has it."""
    return f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M:%S.%f}Z"
