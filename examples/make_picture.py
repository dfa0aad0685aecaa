"""Make the picture of the README: a scan before and after ``afmnn clean``, and what was removed.

``python examples/make_picture.py [FILE]`` needs matplotlib (``pip install ".[plot]"``).
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image as Picture  # comes with matplotlib

import afmnn

HERE = Path(__file__).parent


def main(path):
    scan = afmnn.read_image(HERE / "scan.gwy")
    clean, info = afmnn.clean(scan, return_info=True)
    plane = scan.data - afmnn.level(scan.data)  # tilt and background, which clean keeps, would hide the rest
    before, after, removed = (1e9 * heights for heights in (scan.data - plane, clean.data - plane, info.residual.data))
    heights = dict(zip(("vmin", "vmax"), np.percentile(before, (0.5, 99.5)), strict=True), cmap="afmhot")
    most = 4 * removed.std()
    panels = {
        "scan": (before, heights),
        "cleaned": (after, heights),
        "what was removed": (removed, {"vmin": -most, "vmax": most, "cmap": "gray"}),
    }
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 2.95), layout="constrained")
    for axis, (title, (image, colours)) in zip(axes, panels.items(), strict=True):
        shown = axis.imshow(image, **colours)
        axis.set_title(title, fontsize=11)
        axis.set_axis_off()
        bar = figure.colorbar(shown, ax=axis, fraction=0.046, pad=0.02)
        bar.set_label("height (nm)" if axis is axes[-1] else "", fontsize=9)
        bar.ax.tick_params(labelsize=8)
    figure.savefig(path, dpi=100)
    plt.close(figure)
    # A palette takes half the space.
    Picture.open(path).convert("RGB").quantize(256, dither=Picture.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "docs" / "images" / "scan_clean.png")
