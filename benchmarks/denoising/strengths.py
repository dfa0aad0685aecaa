"""What `strength` is worth: ``python benchmarks/denoising/strengths.py [NETWORK] [--pairs DIR]``.

The figures of the benchmark for one network at several strengths, as a Markdown table: the trade between sparing and thorough.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import scores
from run import SHARED

import afmnn

STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
SIZE, IMAGES = 256, 3
HEAD = ("strength", "hidden", "random", "all four", "9 px, noisy", "left", "D", "largest", "above 1.005", "S %", "largest")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", nargs="?", default="universal")
    parser.add_argument("--pairs", type=Path, default=SHARED, help="folder of scans that were recorded twice")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    network = afmnn.load(given.network)
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for strength in STRENGTHS:

        def clean(image: np.ndarray, strength: float = strength) -> np.ndarray:
            return np.asarray(afmnn.apply(network, image, strength=strength))

        known = [f"{scores.truth(clean, name, SIZE, IMAGES)['PSNR']:.1f}" for name in ("hidden", "random", "all four")]
        spared = scores.fidelity(clean, SIZE, IMAGES)
        row = [f"{strength:g}", *known, f"{spared['kept, 9 px, noisy']:.2f}", f"{spared['noise left']:.2f}"]
        if given.pairs.is_dir():
            real, _ = scores.real(clean, given.pairs)
            row += [f"{real['D']:.3f}", f"{real['D, largest']:.3f}", f"{real['above 1.005']:.0f}"]
            row += [f"{real['S, median']:.1f}", f"{real['S, largest']:.1f}"]
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
