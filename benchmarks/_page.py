"""Plots and tables of docs/performance.md from a file of results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- suite: begin -->", "<!-- suite: end -->"
Row = dict[str, Any]

COLORS = {
    "afmnn": "#0b6e4f",
    "NumPy (BLAS)": "#3a6ea5",
    "SciPy fftconvolve": "#c77d0a",
    "SciPy oaconvolve": "#8a5a00",
    "PyTorch conv2d": "#c1272d",
    "scikit-learn": "#7b4fa3",
    "plain C++ loop": "#666666",
}


def write(found: dict[str, Any]) -> None:
    """Write the pictures, and the tables between the marks of the page."""
    (DOCS / "images").mkdir(exist_ok=True)
    plots(found["rows"], DOCS / "images" / "performance.png")
    page = DOCS / "performance.md"
    text = page.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{tables(found)}\n{END}{after}")


# ---- plots ------------------------------------------------------------------------------------------------------------


def plots(rows: list[Row], path: Path) -> None:
    """Time per pixel against the side of the image, against the window's area, and against the nodes."""
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.6), sharey=True, layout="constrained")
    by_size = [r for r in rows if r["job"] == "apply" and (r["window"], r["hidden"]) == (27, 6)]
    by_window = [r for r in rows if r["job"] == "apply" and (r["side"], r["hidden"]) == (1024, 6) and not wide(r)]
    by_nodes = [r for r in rows if r["job"] == "apply" and (r["side"], r["window"]) == (1024, 27)]
    panel(axes[0], by_size, lambda r: r["side"], "side of the image / pixels", "27 x 27 window, 6 nodes")
    panel(axes[1], by_window, lambda r: r["window"] ** 2, "window / pixels", "1024 x 1024 pixels, 6 nodes")
    panel(axes[2], by_nodes, lambda r: r["hidden"], "hidden nodes", "1024 x 1024 pixels, 27 x 27 window")
    axes[0].set_ylabel("time of one pixel / ns")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def panel(axes: Any, rows: list[Row], place: Callable[[Row], float], label: str, title: str) -> None:
    """Lines for one thread, ours also for all; the floor of a direct sum dotted."""
    for arm, color in COLORS.items():
        for threads in sorted({r["threads"] for r in rows}):
            points = sorted((place(r), r["ns_per_pixel"]) for r in rows if r["arm"] == arm and r["threads"] == threads)
            if not points or (threads > 1 and arm != "afmnn"):
                continue
            name = arm if threads == 1 else f"{arm}, {threads} threads"
            axes.plot(
                *zip(*points, strict=True),
                "o-" if threads == 1 else "o--",
                color=color,
                label=name,
                ms=4,
                lw=2 - (arm != "afmnn"),
            )
    floor = sorted((place(r), r["ns_per_pixel"] * r["of_peak"]) for r in rows if r["arm"] == "afmnn" and r["threads"] == 1)
    axes.plot(*zip(*floor, strict=True), ":", color="black", label="counted multiply-adds at the core's peak")
    axes.set(xscale="log", yscale="log", xlabel=label)
    axes.set_title(title, fontsize=10)
    ticks = sorted({place(r) for r in rows})
    axes.set_xticks(ticks, [str(tick) for tick in ticks], rotation=45 if len(ticks) > 6 else 0, fontsize=8)
    axes.minorticks_off()
    axes.grid(visible=True, alpha=0.3)


def wide(r: Row) -> bool:
    return not isinstance(r["window"], int)


# ---- tables -----------------------------------------------------------------------------------------------------------


def tables(found: dict[str, Any]) -> str:
    """Return the page's part between the marks."""
    about = found["machine"]
    versions = ", ".join(f"{name} {about[name]}" for name in ("python", "numpy", "scipy", "torch", "sklearn") if name in about)
    every = about["cores"]
    parts = [
        f"Measured {about['date']} on {every} cores of {about['processor']} ({about['simd']}), load {about['load']:.1f} before "
        f"the run; {versions}.",
        "### What was asked for",
        table(("", "asked", "goal", "measured"), asked(found)),
        "### apply",
        "![time per pixel against size, window and nodes](images/performance.png)",
        measured([r for r in found["rows"] if r["job"] == "apply" and r["threads"] == 1]),
        f"With {every} threads:",
        measured([r for r in found["rows"] if r["job"] == "apply" and r["threads"] != 1]),
        "### train",
        "One pass over all windows of an image, both directions counted.",
        measured([r for r in found["rows"] if r["job"] == "train" and r["threads"] == 1]),
        f"With {every} threads:",
        measured([r for r in found["rows"] if r["job"] == "train" and r["threads"] != 1]),
    ]
    return "\n\n".join(parts) + "\n"


def asked(found: dict[str, Any]) -> list[Sequence[str]]:
    """Return asked against measured."""
    lines: list[Sequence[str]] = []
    rows = found["rows"]
    for threads in sorted({r["threads"] for r in rows}):
        count = f"{threads} thread{'s' if threads > 1 else ''}"
        ours = [
            r
            for r in rows
            if r["job"] == "apply" and r["arm"] == "afmnn" and r["threads"] == threads and r["window"] == 27 and r["hidden"] == 6
        ]
        large = max((r for r in ours if r["side"] <= 4096), key=lambda r: r["side"])
        side = large["side"]
        lines.append(
            (
                f"apply {side} x {side}, 27 x 27 x 6, {count}: time / counted work at peak",
                "<= 1.0",
                "0.6",
                f"{1 / large['of_peak']:.2f}",
            )
        )
        others = [r for r in rows if same_point(r, large) and r["arm"].startswith(("SciPy", "PyTorch"))]
        best = min(others, key=lambda r: r["ns_per_pixel"])
        lines.append(
            (
                f"the same, against the best of SciPy and PyTorch ({best['arm']})",
                ">= 4 x",
                "",
                f"{best['ns_per_pixel'] / large['ns_per_pixel']:.1f} x",
            )
        )
        lines.append(("the same, largest error / range of the output", "<= 1e-5", "", f"{large['error']:.1e}"))
        own = next(o for o in found["own"] if o["threads"] == threads)
        for name, value in own.items():
            if name == "threads":
                continue
            limits = ("<= 1.5 x", "1.2 x") if name.startswith("61") else ("<= 1.15 x", "")
            lines.append((f"apply, {name}, {count}", *limits, f"{value[0]:.2f} x ({value[1]:.2f} ... {value[2]:.2f})"))
        trained = [
            r
            for r in rows
            if r["job"] == "train" and (r["side"], r["window"], r["hidden"], r["threads"]) == (256, 27, 6, threads)
        ]
        step = next(r for r in trained if r["arm"] == "afmnn")
        lines.append(
            (f"a step of train, 256 x 256, 27 x 27 x 6, {count}: share of the peak", ">= 0.5", "0.75", f"{step['of_peak']:.2f}")
        )
        for r in trained:
            if r["arm"].startswith(("PyTorch", "plain")):
                limit = ">= 10 x" if r["arm"] == "PyTorch, mini-batches" else ""
                lines.append((f"the same, against {r['arm']}", limit, "", f"{r['ns_per_pixel'] / step['ns_per_pixel']:.1f} x"))
    for one in found["time_to_error"]:
        low, middle, high = one["times_sooner"]
        what = f"train to the plain loop's error after 75 steps ({one['steps']} steps of ours, {one['threads']} threads)"
        lines.append((what, ">= 150 x", "300 x", f"{middle:.0f} x ({low:.0f} ... {high:.0f})"))
    lines.append(("apply 64 x 64, 5 x 5 x 6, whole call", "<= 150 us", "", f"{found['small_seconds'] * 1e6:.0f} us"))
    lines.append(("import afmnn beyond NumPy's", "<= 60 ms", "", f"{found['import_seconds'] * 1e3:.0f} ms"))
    scan = found["large_scan"]
    what = f"apply {scan['side']} x {scan['side']} from file to file: anonymous memory"
    lines.append(
        (what, "<= 64 MB", "", f"{scan['anonymous_peak'] / 1e6:.0f} MB ({scan['anonymous_before'] / 1e6:.0f} MB before)")
    )
    return lines


def same_point(a: Row, b: Row) -> bool:
    return all(a[name] == b[name] for name in ("job", "side", "window", "hidden", "threads"))


def measured(rows: list[Row]) -> str:
    """Return the table of some rows; what was measured on a smaller image is marked."""
    lines = []
    for r in rows:
        window = f"{r['window']} x {r['window']}" if not wide(r) else " x ".join(map(str, r["window"]))
        side = f"{r['side']}" + (f" ({r['on']})" if r["on"] != r["side"] else "")
        memory, error = r["peak_bytes_per_pixel"], r["error"]
        lines.append(
            (
                side,
                window,
                str(r["hidden"]),
                f"**{r['arm']}**" if r["arm"] == "afmnn" else r["arm"],
                f"{r['ns_per_pixel']:.3g}",
                f"{100 * r['spread']:.0f} %",
                f"{r['gmacs']:.3g}",
                f"{r['of_peak']:.3g}",
                "" if error is None else f"{error:.0e}",
                "" if memory is None else f"{memory:.3g}",
            )
        )
    head = (
        "side",
        "window",
        "nodes",
        "",
        "ns a pixel",
        "spread",
        "G multiply-adds / s",
        "of the peak",
        "error",
        "memory / bytes a pixel",
    )
    return table(head, lines)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))
