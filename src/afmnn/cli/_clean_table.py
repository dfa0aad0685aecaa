"""``afmnn clean``: the table at the end, on the terminal and as comma-separated values."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Sequence
from typing import Any

from ..evaluation.tables import write_csv
from ..evaluation.verdict import Verdict
from ._clean_record import SHOWN
from ._files import refuse_folder
from ._print import quantity, shown, table

_CSV = (
    "file", "channel", "title", "output", "unit", *SHOWN, "structure_share", "verdict", "because", "where", "mended", "notes",
    "problem",
)  # fmt: skip
_HEAD = ["file", "channel", "RMS removed", "row steps before", "after", "structure", "edges", "mended", "verdict"]


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table, and below it why results are not fine. Files that lie in one folder are called by their names."""
    if len({os.path.dirname(row["file"]) for row in rows}) == 1:
        rows = [{**row, "file": os.path.basename(row["file"])} for row in rows]
    text = [table(_HEAD, [cells(row) for row in rows])]
    told = [(row, in_words(row)) for row in rows if row["verdict"] != "fine"]
    told += [(row, row["notes"]) for row in rows if row["notes"]]
    if told:
        text.append("")
    text += [("" if len(rows) == 1 else f"{shown(_name(row))}: ") + words for row, words in told]
    return "\n".join(text)


def in_words(row: dict[str, Any]) -> str:
    """Return the verdict of a row in words."""
    return str(Verdict(row["verdict"], (row["because"],), row["where"]))


def cells(row: dict[str, Any]) -> list[str]:
    """Return a row as text, file first and level of the verdict last."""
    heights = ["-" if math.isnan(row[name]) else quantity(row[name], row["unit"]) for name in SHOWN[:3]]
    share, edges = row["structure_share"], row["edge_excess"]
    return [
        row["file"],
        row["title"] or str(row["channel"]),
        *heights,
        "-" if math.isnan(share) else f"{100 * share:.2g} %",
        "-" if math.isnan(edges) else f"x {edges:.2f}",
        row["mended"] or "-",
        row["verdict"],
    ]


def numbers(row: dict[str, Any]) -> list[float]:
    """Return the numbers of those of `cells` that have one, from the third on."""
    return [float(row[name]) for name in (*SHOWN[:3], "structure_share", "edge_excess")]


def _name(row: dict[str, Any]) -> str:
    return f"{row['file']}: {row['title']}" if row["title"] else str(row["file"])


def check_csv(path: str, *, force: bool) -> None:
    """Refuse to write a table over anything but an earlier one."""
    refuse_folder(path)
    if not force and os.path.exists(path) and os.path.getsize(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            if file.readline().rstrip("\n") != ",".join(_CSV):
                raise FileExistsError(errno.EEXIST, "exists, and is no earlier table; --force replaces it", path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}", path)


def write_table(path: str, rows: Sequence[dict[str, Any]], failed: Sequence[tuple[str, str]]) -> None:
    """Write all rows, and a line for each file that failed."""
    lines = [{name: _value(row.get(name)) for name in _CSV} for row in rows]
    lines += [{**dict.fromkeys(_CSV), "file": file, "verdict": "failed", "problem": problem} for file, problem in failed]
    write_csv(path, _CSV, lines)


def _value(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
