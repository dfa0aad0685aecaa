"""Make ``scan.gwy`` from the file that it comes from, see README.md beside this file.

``python examples/make_scan.py sample_2d.tiff`` needs Pillow, which comes with matplotlib (``pip install ".[plot]"``).
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
from PIL import Image as Picture

import afmnn

DIGEST = "9594f5218edb3e39d27ceddcd345c115ad5be2d95d7a433965e75b0a98745325"


def main(source, path):
    if hashlib.sha256(Path(source).read_bytes()).hexdigest() != DIGEST:
        raise SystemExit(f"{source}: must have the SHA-256 {DIGEST}")
    with Picture.open(source) as picture:
        heights = 1e-9 * np.asarray(picture, np.float64)  # it is in nanometres, and does not say how wide it is
    afmnn.write_image(path, afmnn.Image(heights, unit_z="m", title="Height"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parent / "scan.gwy")
