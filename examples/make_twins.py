"""Make the picture of docs/instrument-like.md: scans beside twins that a measured instrument recorded.

``python examples/make_twins.py [PICTURE [SCAN ...]]`` needs matplotlib (``pip install ".[plot]"``). The surface of a twin is the
scan without its noise, turned by half a turn: as rough, and another place.
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image as Picture  # comes with matplotlib

import afmnn
from afmnn import synth

HERE = Path(__file__).parent
FRAME = 40  # pixels around the surface, so that the scan does not end where it does


def surface_like(scan, like):
    """Return the scan, levelled, with each frequency as strong as it is without the noise, turned by half a turn."""
    level = np.asarray(afmnn.level(afmnn.level(scan), "rows", rows="matching"), dtype=float)
    noise = synth.Instrument(noise=like.instrument.noise).scan(np.zeros(level.shape), seed=0, directions=1)
    noise = np.asarray(afmnn.level(noise, "rows"))
    wide = [np.pad(z - z.mean(), FRAME, mode="reflect") for z in (level, noise)]
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in wide[0].shape), indexing="ij"))
    bins = (8 * np.log2(1 + frequency * max(level.shape))).astype(int)
    powers = [np.abs(np.fft.fft2(z)) ** 2 for z in wide]
    usual = [np.array([np.median(p[bins == b]) if (bins == b).any() else 1.0 for b in range(bins.max() + 1)]) for p in powers]
    left = np.sqrt(np.clip(1 - usual[1] / usual[0], 0, 1))
    smooth = np.fft.ifft2(np.fft.fft2(wide[0]) * left[bins]).real
    return smooth[FRAME:-FRAME, FRAME:-FRAME][::-1, ::-1].copy()


def main(path, scans):
    figure, axes = plt.subplots(len(scans), 4, figsize=(12, 3.1 * len(scans)), squeeze=False, layout="constrained")
    for row, name in zip(axes, scans, strict=True):
        scan = afmnn.read_image(name)
        like = synth.instrument_like(name)
        print(f"{name}\n{like}\n")
        twin = like.instrument.scan(surface_like(scan, like), seed=2, directions=1)
        shown = [np.asarray(afmnn.level(each), dtype=float) for each in (scan.data, twin)]
        side = min(*scan.shape, 64)
        pieces = [each[:side, :side] for each in shown]
        for axis, image, title in zip(row, [*shown, *pieces], ("scan", "twin", "scan, corner", "twin, corner"), strict=True):
            low, high = np.percentile(image, (0.5, 99.5))
            axis.imshow(image, cmap="afmhot", vmin=low, vmax=high, interpolation="nearest")
            axis.set_title(title, fontsize=11)
            axis.set_axis_off()
    figure.savefig(path, dpi=80)
    plt.close(figure)
    # A palette takes half the space.
    Picture.open(path).convert("RGB").quantize(128, dither=Picture.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "docs" / "images" / "instrument-like.png",
        sys.argv[2:] or [HERE / "scan.gwy"],
    )
