"""Errors of `clean` at the edges of a scan, and beside missing lines: ``python benchmarks/quality/corrections_edges.py [SCANS]``.

Frozen scans with bow and drift of so many standard deviations of the sample; the network alone, and `clean` without mending
anything, which continues the nearest lines. Errors against the ideal image with bow, as shares of those of the network alone in
the middle of the scan: geometric means, worst.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
from _frozen import SHAPE, Floats, scans

import afmnn

OFF = {"jumps": "off", "lines": "off", "scars": "off", "spikes": "off"}
MISSING = ((60, 61), (100, 104), (180, 192))


def rms(values: Floats) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def bow(height: float) -> Floats:
    """Draw a bow in both directions, and drift that calms down."""
    y, x = np.indices(SHAPE) / 256.0
    return np.asarray(height * (4.0 * (y - 0.5) ** 2 + 2.0 * (x - 0.4) ** 2 + np.exp(-12.0 * y)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=int, nargs="?", default=8)
    parser.add_argument("--seed", type=int, default=77)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)
    network = afmnn.load("universal")
    found: dict[tuple[float, str, str], list[float]] = {}
    for scan in scans(arguments.scans, arguments.seed):
        for height in (0.0, 1.0, 3.0):
            added = bow(height * float(np.std(scan.ideal)))
            noisy, ideal = scan.noisy + added, scan.ideal + added
            holes = noisy.copy()
            beside = np.zeros(len(holes), bool)
            for begin, end in MISSING:
                holes[begin:end] = np.nan
                beside[[*range(begin - 3, begin), *range(end, end + 3)]] = True
            alone = afmnn.apply(network, noisy) - ideal
            for name, wrong, gaps in (
                ("network alone", alone, afmnn.apply(network, holes, nan="keep") - ideal),
                ("clean", afmnn.clean(noisy, network, **OFF) - ideal, afmnn.clean(holes, network, **OFF) - ideal),
            ):
                for place, values in (
                    ("first and last 3 lines", wrong[[0, 1, 2, -3, -2, -1]]),
                    ("first and last 3 columns", wrong[:, [0, 1, 2, -3, -2, -1]]),
                    ("3 lines beside missing ones", gaps[beside]),
                ):
                    found.setdefault((height, place, name), []).append(rms(values) / rms(alone[40:-40, 40:-40]))
    for (height, place, name), values in found.items():
        print(f"bow of {height:.0f}, {place:<28} {name:<14} {np.exp(np.mean(np.log(values))):.2f} {max(values):.2f}")


if __name__ == "__main__":
    main()
