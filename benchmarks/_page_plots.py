"""The picture of docs/performance.md: time per pixel of all arms, from a file of results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

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
