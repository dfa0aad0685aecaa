"""Tables of a run as Markdown: ``python benchmarks/denoising/tables.py RESULTS.json [--page]`` (into ``docs/benchmark.md``)."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmark.md"
BEGIN, END = "<!-- denoising: begin -->", "<!-- denoising: end -->"

#: Columns of each table: the set, the figure, what the column is called, and decimals.
TRUTH = [
    (name, "PSNR", head, 1)
    for name, head in (
        ("hidden", "hidden"),
        ("hidden, twice", "twice"),
        ("stripes", "stripes"),
        ("random", "random"),
        ("line", "line"),
        ("scars", "scars"),
        ("hum", "hum"),
        ("all four", "all four"),
    )
]
FIDELITY = [
    ("fidelity", figure, head, decimals)
    for figure, head, decimals in (
        ("kept, 6 px", "6 px", 2),
        ("kept, 9 px", "9 px", 2),
        ("kept, 14 px", "14 px", 2),
        ("kept, 9 px, noisy", "9, noisy", 2),
        ("noise left", "left", 2),
        ("steps across", "step %", 2),
        ("steps along", "along %", 1),
        ("halo beside", "halo %", 2),
        ("halo above", "above %", 2),
        ("Sq, median", "Sq %", 2),
        ("Sq, largest", "largest", 1),
    )
]
REAL = [
    ("real", figure, head, decimals)
    for figure, head, decimals in (
        ("D", "D", 3),
        ("D, largest", "largest", 3),
        ("above 1.005", "above 1.005", 0),
        ("R", "R", 3),
        ("RR, median", "RR", 2),
        ("S, median", "S %", 1),
        ("S, largest", "largest", 1),
    )
]


def all_of(found: dict[str, Any]) -> str:
    """Return the tables with what they were made on and what is not in them."""
    about = found["about"]
    packages = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    made = (
        f"{about['date']}, afmnn {about['afmnn']}, {about['processor']}, {about['instruction set']}, one thread; "
        f"{about['images']} images of {about['size']} x {about['size']} a set, twice as many of hidden shapes. With {packages}."
    )
    parts = [
        textwrap.fill(made, 126, break_on_hyphens=False),
        "### Truth known: PSNR in dB",
        _table(found, TRUTH),
        "### Left alone",
        _table(found, FIDELITY),
    ]
    if any("real" in entry["sets"] for entry in found["arms"].values()):
        parts += ["### Real scans, recorded twice", _table(found, REAL)]
    parts += ["Left out:\n", *(f"- {name}: {why}" for name, why in found["left out"].items())] if found["left out"] else []
    return "\n\n".join(parts) + "\n"


def _table(found: dict[str, Any], columns: list[tuple[str, str, str, int]]) -> str:
    heads = ["arm", *(head for _, _, head, _ in columns), "ns a pixel", "training, s"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, entry in sorted(found["arms"].items(), key=lambda item: _place(item[1].get("group", ""))):
        cells = [_cell(entry["sets"].get(where, {}), figure, decimals) for where, figure, _, decimals in columns]
        speed = [_speed(entry.get("ns per pixel")), f"{entry['training seconds']:.0f}" if "training seconds" in entry else ""]
        lines.append(f"| {' | '.join([name, *cells, *speed])} |")
    return "\n".join(lines)


def _place(group: str) -> int:
    """Return where a group stands in the tables: the simple ones first."""
    order = ("rows", "filters", "bm3d", "lowrank", "stripes", "oidn", "torch", "ours")
    return order.index(group) if group in order else len(order)


def _cell(figures: dict[str, float | str], figure: str, decimals: int) -> str:
    """Return a figure; nothing where it was not measured, and a word where nothing at all was wrong, or no number came out."""
    value = figures.get(figure, "")
    return {"inf": "exact", "nan": "fails"}.get(value, value) if isinstance(value, str) else f"{value:.{decimals}f}"


def _speed(nanoseconds: float | None) -> str:
    return "" if nanoseconds is None else f"{nanoseconds:.0f}" if nanoseconds >= 10 else f"{nanoseconds:.1f}"


def main() -> None:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args()
    text = all_of(json.loads(given.results.read_text(encoding="utf-8")))
    if not given.page:
        print(text)
        return
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
