"""Make the picture of the README: noisy, cleaned, ideal, of a shape that the network has never seen.

``python examples/make_picture.py [FILE]`` needs matplotlib (``pip install ".[plot]"``).
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from PIL import Image as Picture  # comes with matplotlib

import afmnn
from afmnn.metrics import rms_error

HERE = Path(__file__).parent


def read(name):
    return afmnn.read_image(HERE / f"{name}.npz")


def main(path):
    network = afmnn.train(read("particles_noisy"), read("particles_ideal"), seed=0)
    noisy, ideal = read("doughnuts_noisy"), read("doughnuts_ideal")
    clean = afmnn.apply(network, noisy)
    panels = {
        f"noisy: RMS error {1e9 * rms_error(noisy, ideal):.0f} nm": noisy,
        f"cleaned: {1e9 * rms_error(clean, ideal):.0f} nm": clean,
        "ideal": ideal,
    }
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.55), layout="constrained")
    low, high = float(ideal.data.min()) - 200e-9, float(ideal.data.max()) + 100e-9  # noise at the ground shows, too
    for axis, (title, image) in zip(axes, panels.items(), strict=True):
        shown = axis.imshow(1e9 * image.data, cmap="afmhot", vmin=1e9 * low, vmax=1e9 * high, extent=(0, 10, 10, 0))
        axis.set_title(title, fontsize=11)
        axis.set_xticks([0, 5, 10])
        axis.set_yticks([])
        axis.tick_params(labelsize=9)
    axes[0].set_xlabel("µm", fontsize=9)
    figure.colorbar(shown, ax=axes, fraction=0.02, pad=0.01).set_label("height (nm)", fontsize=9)
    figure.savefig(path, dpi=100)
    plt.close(figure)
    # 128 colours are enough for one colour map, and take half the space.
    Picture.open(path).convert("RGB").quantize(128, dither=Picture.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "docs" / "images" / "before_after.png")
