"""What the shipped network is worth beside ten seconds of "fast": ``python benchmarks/quality/universal.py``.

Both clean pairs of the default scene that neither has seen, and the doughnuts of ``examples``. Prints medians in decibels, how
often `universal` is better, and the errors of the doughnuts. Takes a minute; the figures stand in ``docs/networks.md``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import afmnn
from afmnn.metrics import psnr, rms_error
from afmnn.synth import default_scene

PAIRS, SEED = 24, 987654
EXAMPLES = Path(__file__).parents[2] / "examples"


def main() -> None:
    fast, universal = afmnn.train_on_scene(default_scene(), steps=50, seed=0), afmnn.load("universal")
    levels = []
    for index in range(PAIRS):
        noisy, ideal = default_scene().pair(index, seed=SEED)
        cleaned = (noisy, afmnn.apply(fast, noisy), afmnn.apply(universal, noisy))
        levels.append([psnr(image, ideal) for image in cleaned])
    before, by_fast, by_universal = np.median(levels, axis=0)
    better = sum(row[2] > row[1] for row in levels)
    print(f"median PSNR of {PAIRS} pairs: noisy {before:.1f}, fast {by_fast:.1f}, universal {by_universal:.1f} dB")
    print(f"universal is better in {better} of {PAIRS}")
    noisy, ideal = (afmnn.read_image(EXAMPLES / f"doughnuts_{kind}.npz") for kind in ("noisy", "ideal"))
    errors = [rms_error(image, ideal) for image in (noisy, afmnn.apply(fast, noisy), afmnn.apply(universal, noisy))]
    print("doughnuts: noisy {:.1f}, fast {:.1f}, universal {:.1f} nm".format(*(1e9 * error for error in errors)))


if __name__ == "__main__":
    main()
