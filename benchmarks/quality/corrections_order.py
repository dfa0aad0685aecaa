"""In which order corrections do best: ``python benchmarks/quality/corrections_order.py [SCANS]``, some minutes.

Frozen scans (`_frozen.py`) with a level jump, a wrong line, scars and spikes, each 20 spreads of the noise high. For every
order the error of the result against the ideal, less the mean, as a share of that of the same scan without defects after the
network alone: 1 would be as if the defects had never been. "beside" are the three rows on each side of what was wrong.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from _frozen import Floats, Scan, scans

import afmnn
from afmnn import correct

ORDERS: tuple[tuple[str, ...], ...] = (
    ("network",),
    ("jumps", "lines", "scars", "spikes", "network"),
    ("spikes", "scars", "lines", "jumps", "network"),
    ("lines", "jumps", "scars", "spikes", "network"),
    ("scars", "jumps", "lines", "spikes", "network"),
    ("network", "jumps", "lines", "scars", "spikes"),
    ("rows", "jumps", "lines", "scars", "spikes", "network"),
    ("jumps", "lines", "scars", "spikes", "rows", "network"),
    ("lines", "scars", "spikes", "network"),
    ("jumps", "scars", "spikes", "network"),
    ("jumps", "lines", "spikes", "network"),
    ("jumps", "lines", "scars", "network"),
)


def spoilt(scan: Scan) -> tuple[Floats, Floats]:
    """Add the defects; return the scan, and which of its rows lie beside them."""
    rng = np.random.default_rng(scan.index)
    height = 20.0 * max(scan.noise, scan.row_steps)
    rows, cols = scan.noisy.shape
    places = np.sort(rng.choice(np.arange(12, rows - 12, 12), 4, replace=False))
    jump, line, scar, spike = rng.permutation(places)
    z = scan.noisy.copy()
    z[jump:] += height
    z[line] += height * rng.normal(size=cols)
    start = int(rng.integers(0, cols // 2))
    z[scar, start : start + int(rng.integers(10, cols // 3))] += height
    z[spike, rng.integers(0, cols, 3)] += height
    beside = np.zeros(rows, bool)
    for row in (jump, line, scar, spike):
        beside[max(row - 3, 0) : row + 4] = True
    beside[[line, scar, spike]] = False
    return z, beside


def in_order(names: Sequence[str], z: Floats, network: Any) -> Floats:
    """Apply corrections and the network one after the other."""
    for name in names:
        if name == "network":
            z = np.asarray(afmnn.apply(network, z))
        elif name == "rows":
            z = np.asarray(afmnn.level(z, "rows"))
        else:
            z = np.asarray(getattr(correct, name)(z))
    return z


def error(z: Floats, ideal: Floats, rows: Any) -> float:
    """Root mean square of the error in some rows, less its mean over the image."""
    wrong = z - ideal
    return float(np.sqrt(np.mean((wrong - wrong.mean())[rows] ** 2)))


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    network = afmnn.load("universal")
    found: dict[tuple[str, ...], list[tuple[float, float]]] = {order: [] for order in ORDERS}
    for scan in scans(count, seed=11):
        z, beside = spoilt(scan)
        plain = np.asarray(afmnn.apply(network, scan.noisy))
        reference = error(plain, scan.ideal, slice(None)), error(plain, scan.ideal, beside)
        for order in ORDERS:
            result = in_order(order, z, network)
            errors = error(result, scan.ideal, slice(None)), error(result, scan.ideal, beside)
            found[order].append((errors[0] / reference[0], errors[1] / reference[1]))
    print("| order | whole image | beside |\n|---|---|---|")
    for order, values in found.items():
        whole, beside_ = np.exp(np.mean(np.log(values), axis=0))
        print(f"| {', '.join(order)} | {whole:.2f} | {beside_:.2f} |", flush=True)


if __name__ == "__main__":
    main()
