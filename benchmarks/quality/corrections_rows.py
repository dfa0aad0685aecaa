"""How far offsets and tilts of scan lines are found by each ``level(rows=...)``: ``python corrections_rows.py [SCANS]``.

Prints, for surfaces of many kinds, what each method leaves of the error or adds to it: rms of the levelled scan against the
truth, less a plane, in units of the noise from pixel to pixel (1 would be a perfect correction: the noise stays). The worst
surface of a group is printed beside its median.
"""

from __future__ import annotations

import sys

import numpy as np
from _frozen import SHAPE, scans

from afmnn import level, synth

NOISE = 0.03  # of surfaces that do not come from the scene; their heights are around 1
METHODS = {
    "nothing": None,
    "median": {},
    "trimmed_mean": {"rows": "trimmed_mean"},
    "mode": {"rows": "mode"},
    "difference": {"rows": "difference"},
    "trimmed_difference": {"rows": "trimmed_difference"},
    "matching": {"rows": "matching"},
    "polynomial, 1": {"rows": "polynomial"},
    "facet_tilt": {"rows": "facet_tilt"},
    "facet_tilt, matching": {"rows": "facet_tilt"},
}


def surfaces(count):
    """Return groups of surfaces and their noise."""
    y, x = np.indices(SHAPE)
    turned = [0.0, 0.03, 0.15]
    flat = np.zeros(SHAPE)
    return {
        "flat": [(flat, NOISE)],
        "frozen scene": [(scan.ideal, scan.noise) for scan in scans(count)],
        "particles on 40 %": [(synth.particles(SHAPE, radius=10, coverage=0.4, seed=seed) / 10, NOISE) for seed in range(4)],
        "bumps": [(synth.objects(SHAPE, kind="gaussian", radius=12, height=1, coverage=0.4, seed=3), NOISE)],
        "terraces along": [(0.3 * np.floor((y + a * x) / 45), NOISE) for a in turned],
        "terraces across": [(0.3 * np.floor((x + a * y) / 60), NOISE) for a in turned],
        "gratings along": [(0.5 * (((y + a * x) % 40) > 20), NOISE) for a in turned],
        "gratings across": [(0.5 * (((x + a * y) % 10) > 5), NOISE) for a in turned],
        "lattices": [(lattice(period, 0.3), NOISE) for period in (5, 8, 12, 20)],
    }


def lattice(period, angle):
    y, x = np.indices(SHAPE)
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    return 0.25 * (np.cos(2 * np.pi * u / period) + np.cos(2 * np.pi * v / period))


def defects(noise):
    """Return what lines have too much; the last also has scars, which no row method takes off."""
    white = synth.line_steps(SHAPE, rms=5 * noise, seed=11)
    scars = synth.line_scars(SHAPE, rms=30 * noise, length=40, coverage=0.02, seed=13)
    return {
        "nothing": (0.0, 0.0),
        "white offsets": (white, 0.0),
        "cumulative steps": (synth.line_steps(SHAPE, rms=2 * noise, cumulative=True, seed=12), 0.0),
        "offsets and scars": (white, scars),
        "offsets and tilts": (white + synth.line_tilt(SHAPE, rms=3 * noise, seed=14), 0.0),
    }


def corrected(scan, name):
    """Return a scan as a method leaves it."""
    way = METHODS[name]
    if way is None:
        return scan
    flat = level(scan, "rows", **way)
    return level(flat, "rows", rows="matching") if name == "facet_tilt, matching" else flat


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    groups = surfaces(count)
    for defect in defects(1.0):
        print(f"\n{defect}\n| method | {' | '.join(groups)} |\n|---|{'---|' * len(groups)}")
        for name in METHODS:
            cells = []
            for group in groups.values():
                errors = [error(defect, name, truth, noise, seed) for seed, (truth, noise) in enumerate(group)]
                cells.append(f"{np.median(errors):.2f}" + (f" ({max(errors):.1f})" if len(errors) > 1 else ""))
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


def error(defect, name, truth, noise, seed):
    """Return the error of a method, in units of the noise."""
    wrong, kept = defects(noise)[defect]
    scan = truth + noise * np.random.default_rng(seed).normal(size=SHAPE) + wrong + kept
    return level(corrected(scan, name) - truth - kept).std() / noise


if __name__ == "__main__":
    main()
