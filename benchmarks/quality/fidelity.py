"""What a network leaves alone: ``python benchmarks/quality/fidelity.py NETWORK``.

On clean surfaces: the change of Sq, and of the height of steps whose edges lie at least 20 degrees from the scan line, and of
squares that have edges along it. On noisy ones: how much the error changes when the image is multiplied, shifted, turned, tilted
or cut, and what scars of many lines do to the surface beside them.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _images import add_noise, judged, psnr, shapes

import afmnn
from afmnn import metrics, synth

RANGE = 1.36e-6


def clean_surfaces() -> list[tuple[str, np.ndarray]]:
    """Draw surfaces of many kinds, without noise."""
    size = (256, 256)
    drawn = [
        *shapes(),
        ("particles", synth.particles(size, radius=12.0, radius_std=3.0, coverage=0.5, seed=1)),
        ("sparse particles", synth.particles(size, radius=6.0, coverage=0.03, seed=2)),
        ("gaussian hills", synth.objects(size, kind="gaussian", radius=14.0, height=1.0, coverage=1.0, seed=3)),
        ("pillars", synth.pattern_pillars(size, period_x=50.0, period_y=50.0, height=1.0, size_fraction=0.5, angle=0.2)),
        ("holes", synth.pattern_holes(size, period_x=40.0, period_y=40.0, depth=1.0, angle=0.1)),
        ("rings", synth.pattern_rings(size, period=40.0, height=1.0)),
    ]
    return [(name, relief * (RANGE / np.ptp(relief))) for name, relief in drawn]


def gratings() -> list[tuple[str, np.ndarray]]:
    """Draw steps up and down, at angles from the scan line of 20 to 90 degrees."""
    return [
        (
            f"{degrees} degrees",
            RANGE * synth.pattern_grating((256, 256), period=64.0, height=1.0, angle=math.radians(90 - degrees)),
        )
        for degrees in (20, 30, 45, 60, 75, 90)
    ]


def squares() -> list[tuple[str, np.ndarray]]:
    """Draw squares with edges along the scan lines, where an edge looks like the offset of a piece of a line, and turned."""
    grid = {"period_x": 60.0, "period_y": 60.0, "height": 1.0, "kind": "square", "size_fraction": 0.5}
    return [
        (f"squares, {degrees} degrees", RANGE * synth.pattern_pillars((256, 256), angle=math.radians(degrees), **grid))
        for degrees in (0, 6, 23)
    ]


def streak(clean: Callable[[np.ndarray], np.ndarray], noisy: np.ndarray, height: float) -> float:
    """Add ten lines of scars that end in the middle of the image; return what changes beside them, on average over 70 pixels."""
    scars = np.zeros_like(noisy)
    scars[120:130, 166:] = height * np.array([[0.8, 1.4, 0.9, 0.5, 1.1, 1.3, 0.6, 1.5, 0.7, 1.2]]).T
    change = clean(noisy + scars) - clean(noisy)
    return float(np.abs(change[110:140, 86:156].mean(axis=1)).max())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    net = afmnn.load(parser.parse_args().network)
    warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)  # surfaces without noise are unfamiliar on purpose

    def clean(image: np.ndarray) -> np.ndarray:
        return np.asarray(afmnn.apply(net, image))

    print("change of Sq of clean surfaces")
    changes = []
    for name, ideal in clean_surfaces():
        changes.append(100 * (metrics.sq(clean(ideal)) / metrics.sq(ideal) - 1))
        print(f"  {name:20} {changes[-1]:7.2f} %")
    print(f"  largest {max(map(abs, changes)):.2f} %, median {np.median(np.abs(changes)):.2f} %")

    print("change of step heights, clean and noisy")
    for name, ideal in (*gratings(), *squares()):
        low, high = ideal < 0.02 * RANGE, ideal > 0.98 * RANGE
        row = []
        for image in (ideal, add_noise(ideal, 3)):
            result = clean(image)
            row.append(100 * ((np.median(result[high]) - np.median(result[low])) / RANGE - 1))
        print(f"  {name:20} {row[0]:7.2f} % {row[1]:7.2f} %")

    print("change of PSNR of noisy images, largest of all shapes")
    rows, cols = np.mgrid[:256, :256]
    tilt = RANGE * (0.004 * rows - 0.003 * cols)
    turned: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "times 1e9": lambda z: clean(z * 1e9) / 1e9,
        "shifted by 1000 ranges": lambda z: clean(z + 1000 * RANGE) - 1000 * RANGE,
        "turned by 180 degrees": lambda z: clean(z[::-1, ::-1])[::-1, ::-1],
        "a plane added": lambda z: clean(z + tilt) - tilt,
    }
    pairs = judged()["shapes left out"]
    for name, change in turned.items():
        print(f"  {name:44} {max(abs(psnr(change(z), ideal) - psnr(clean(z), ideal)) for z, ideal in pairs):.4f} dB")
    print("streak beside ten lines of scars, in the range of the surface, largest of all shapes")
    for height in (1, 4):
        deepest = max(streak(clean, noisy, height * RANGE) for noisy, _ in pairs)
        print(f"  {f'scars as high as {height} ranges':44} {100 * deepest / RANGE:.1f} %")
    print("change of PSNR of noisy images that are cut, largest of all shapes")
    # Half of what a pixel depends on, so that the crop has all of it: the rest is the scaling, measured on the crop.
    margins = [n // 2 for n in net.extent]
    large = [side + 2 * margin for side, margin in zip((96, 96), margins, strict=True)]
    whole = (large[0] * 4 // 3, large[1] * 4 // 3)
    pairs_of_whole = [
        (add_noise(ideal, 100 * i + 7), ideal)
        for i, ideal in enumerate(relief * (RANGE / np.ptp(relief)) for _, relief in shapes(whole))
    ]
    for cut, edge, given in ((large, margins, pairs_of_whole), ([192, 192], [27, 27], pairs)):
        worst = max(abs(crop_difference(clean, noisy, ideal, cut, edge)) for noisy, ideal in given)
        print(f"  {'a crop of {} x {}, less {} x {} at its edges'.format(*cut, *edge):44} {worst:.4f} dB")


def crop_difference(
    clean: Callable[[np.ndarray], np.ndarray], noisy: np.ndarray, ideal: np.ndarray, cut: list[int], edge: list[int]
) -> float:
    """Return by how many decibels more a crop of the upper left corner is in error, less what is near its edges."""
    crop = slice(0, cut[0]), slice(0, cut[1])
    inside = slice(edge[0], cut[0] - edge[0]), slice(edge[1], cut[1] - edge[1])
    errors = [np.mean((result[inside] - ideal[inside]) ** 2) for result in (clean(noisy), clean(noisy[crop]))]
    return 10 * math.log10(errors[1] / errors[0])


if __name__ == "__main__":
    main()
