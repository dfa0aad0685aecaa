"""Draw the result of ``scene_study.py``: ``python benchmarks/quality/plot_study.py RESULT.json docs/images/study.png``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

OURS = ("classic", "fast", "best", "train on")


def main() -> None:
    """Draw one row of points for each way of cleaning, one column of axes for each strength of noise."""
    source, target = map(Path, sys.argv[1:3])
    rows = json.loads(source.read_text())["psnr"]
    names = [name for name in rows if name != "noisy images"][::-1]
    panels = (("", "the usual noise"), (", twice the noise", "twice the noise"))
    figure, axes = plt.subplots(1, 2, figsize=(9, 0.32 * len(names) + 1.2), sharey=True, layout="constrained")
    for axis, (suffix, title) in zip(axes, panels, strict=True):
        for what, marker in (("shapes left out", "o"), ("particles", "^")):
            key = what + suffix
            for y, name in enumerate(names):
                colour = "tab:blue" if name.startswith(OURS) else "0.45"
                label = what if y == len(names) - 1 else None
                axis.plot(
                    rows[name][key], y, marker, color=colour, markerfacecolor=colour if marker == "o" else "none", label=label
                )
            line = ":" if marker == "^" else "--"
            axis.axvline(rows["noisy images"][key], color="tab:red", linestyle=line, linewidth=1)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("PSNR / dB (red: noisy images)")
        axis.grid(axis="x", alpha=0.3)
    axes[0].set_yticks(range(len(names)), [f"{name} ({rows[name]['seconds']:.1f} s)" for name in names], fontsize=9)
    axes[0].legend(loc="lower right", fontsize=8)
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main()
