"""Make the images beside this file: two surfaces, and the same with the noise of an instrument.

``python examples/make_data.py [FOLDER]`` writes them again, bit for bit. Doughnuts and a star, shapes that a network trained on
spheres has never seen, with point noise of 60 nm and line jumps of 100 nm, 256 x 256 pixels of 39 nm. Heights are multiples of
2^-30 m (0.93 nm), like those of a converter of 16 bits; that also makes them the same on every machine, and the files small.
"""

import sys
from pathlib import Path

import numpy as np

import afmnn
from afmnn import synth

SHAPE = (256, 256)
PIXEL = 10e-6 / 256
STEP = 2.0**-30


def surfaces():
    """Return the ideal heights, by name."""
    return {
        "doughnuts": synth.objects(
            SHAPE, kind="doughnut", pixel_size=PIXEL, radius=0.7e-6, radius_spread=0.2, height=0.8e-6, coverage=0.6, seed=2
        ),
        "star": synth.pattern_siemens_star(
            SHAPE, sectors=12, height=0.8e-6, slope_width=0.2e-6, angle=0.1, edge_shift=-0.1e-6, pixel_size=PIXEL
        ),
    }


def images():
    """Return all images, by the name of their file."""
    result = {}
    for number, (name, ideal) in enumerate(surfaces().items(), start=1):
        noisy = ideal + synth.noise(SHAPE, rms=60e-9, seed=10 + number)
        noisy = noisy + synth.line_steps(SHAPE, rms=100e-9, within_line=0.3, seed=20 + number)
        for kind, heights in (("ideal", ideal), ("noisy", noisy)):
            rounded = (np.round(heights / STEP) * STEP).astype(np.float32)
            result[f"{name}_{kind}.npz"] = afmnn.Image(rounded, (10e-6, 10e-6), "m", "m", f"{name}, {kind}")
    return result


def main(folder):
    for name, image in images().items():
        afmnn.write_image(Path(folder) / name, image, compressed=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
