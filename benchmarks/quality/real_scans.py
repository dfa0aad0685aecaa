"""What a network does to real scans: ``python benchmarks/quality/real_scans.py FOLDER [NETWORK]``.

The scans are read with SurfaceTopography (``pip install SurfaceTopography``) and levelled by a plane. Where there is no truth, a
good network makes row steps small on noisy scans, and leaves clean ones alone. With ``--report PAGE.html`` the pictures are
written, too; without a network, one is trained on the default scene.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import afmnn
from afmnn import metrics

NOISY = ("nanosurf_sapphire.nid", "nanosurf_mos2_512x256.nid", "picoview_scars.mi", "gwyddion_dna_peakforce.gwy")
CLEAN = ("nanosurf_circles.nid", "park_grains.tiff")


def read(path: Path) -> afmnn.Image:
    """Read the height channel, in metres; row 0 at the top."""
    if path.suffix == ".gwy":
        return afmnn.read_image(path, channel="Height")
    from SurfaceTopography import open_topography

    with open_topography(path) as file:
        topography = file.topography(0, physical_sizes=None)
        metres = {"m": 1.0, "µm": 1e-6, "nm": 1e-9}[topography.unit]  # of lengths and heights
        height, width = (metres * side for side in topography.physical_sizes[::-1])
        heights = metres * np.asarray(topography.heights(), dtype=float).T
        return afmnn.Image(heights, size=(height, width), unit_xy="m", unit_z="m", title=path.stem)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("network", type=Path, nargs="?")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of training")
    parser.add_argument("--preset", default="best")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    if arguments.network is not None:
        net = afmnn.load(arguments.network)
    else:
        net = afmnn.train_on_scene(afmnn.synth.default_scene(), preset=arguments.preset, budget=arguments.budget, seed=0)
    scans = []
    print(
        f"{'scan':28} {'shape':>10} {'row steps before':>17} {'after':>10} {'ratio':>6} {'Sq change':>10} {'height loss':>12} "
        f"{'at edges':>9} {'structure / Sq':>15}"
    )
    for name in (*NOISY, *CLEAN):
        scan = afmnn.level(read(arguments.folder / name))
        scans.append(scan)
        before = np.asarray(scan.data, float)
        after = np.asarray(afmnn.apply(net, before), float)
        steps = metrics.row_steps(before), metrics.row_steps(after)
        change = metrics.sq(after) / metrics.sq(before) - 1
        print(
            f"{name:28} {'x'.join(map(str, before.shape)):>10} {steps[0]:17.3g} {steps[1]:10.3g} {steps[1] / steps[0]:6.2f} "
            f"{100 * change:8.2f} % {100 * metrics.height_loss(before - after, after):10.2f} % "
            f"{metrics.edge_excess(before - after, after):9.2f} "
            f"{100 * metrics.structure(before - after) / metrics.sq(before):13.2f} %",
            flush=True,
        )
    if arguments.report is not None:
        afmnn.report(net, scans, arguments.report, title="Real scans")


if __name__ == "__main__":
    main()
