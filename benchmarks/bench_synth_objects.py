"""Objects: ``pytest benchmarks/bench_synth_objects.py -s``.

Asked for, on one thread: a 256 x 256 surface of any kind at ordinary parameters in 1 to 2 ms, because training on scenes
makes a fresh one for every pair. Compared by turns with NumPy, object by object on whole kernels. Milliseconds are the
machine's; a benchmark fails where NumPy takes less than 25 times as long (an EPYC of the third generation, 2.45 GHz: 70 to
160 times, 1.0 to 2.0 ms).

The floor for half-spheres of 20 px at coverage 1: 52 objects of 1257 pixels, each of them evaluated (10 operations and a
square root), compared for the base and merged. Two pixels at once, that is some 2 ns a pixel, 0.13 ms, and 0.03 ms for
the pages of the new image.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from _alternate import alternate, ratio, report
from afmnn import _core
from afmnn._reference import objects as reference
from afmnn.synth import objects

ORDINARY = {"height": 10.0, "aspect_ratio": 1.5, "angle": 0.3, "radius": 20.0, "radius_spread": 0.1, "seed": 1}


def in_numpy(kind, shape, info):
    """Merge the same objects, a kernel at a time; half-spheres to Gaussians differ in the kernel alone."""
    z = np.zeros(shape)
    for k in range(info["count"]):
        radius, aspect = info["radius"][k], info["aspect_ratio"][k]
        half = int(np.ceil(1.6 * radius * max(aspect, 1 / aspect) ** 0.5))
        heights, footprint = reference.profile(kind, radius, info["height"][k], aspect, info["angle"][k], 1.0, half=(half, half))
        row, col = info["position"][k]
        rows = np.arange(row - half, row + half + 1)[:, None] % shape[0]
        cols = np.arange(col - half, col + half + 1) % shape[1]
        here = z[rows, cols]
        base = here[footprint].min()
        z[rows, cols] = np.where(footprint, np.maximum(here, base + heights), here)
    return z


@pytest.mark.parametrize("kind", _core.object_kinds())
def test_ordinary_surface(benchmark, kind):
    shape = (256, 256)
    z, info = objects(shape, kind=kind, return_info=True, **ORDINARY)
    ours = partial(objects, shape, kind=kind, threads=1, **ORDINARY)
    error = np.max(np.abs(in_numpy(kind, shape, info) - z)) / z.max()
    times = alternate({"ours": ours, "NumPy": partial(in_numpy, kind, shape, info)}, 7)
    print(f"\n{kind}, {info['count']} objects, largest difference {error:.1e} of the range")
    print(report(times, unit="ms", scale=1e3))
    faster = ratio(times["NumPy"], times["ours"])
    print(
        f"NumPy takes {faster} the time; {1e9 * times['ours'].median / info['footprint'].sum():.1f} ns per pixel of a footprint"
    )
    benchmark.extra_info["NumPy / ours"] = [faster.low, faster.median, faster.high]
    benchmark.pedantic(ours, rounds=20)
    assert error < (2e-2 if kind == "gaussian" else 1e-10)  # the twin here cuts the tails of Gaussians
    assert faster.median > 25


@pytest.mark.parametrize(
    "options",
    [
        {"radius": 5.0},
        {"radius": 10.0, "coverage": 3.0, "radius_spread": 0.3, "angle_spread": 1.0, "height_spread": 0.3},
        {"radius": 10.0, "columnarity": 0.5, "up_fraction": 0.5},
        {"radius": 8.0, "coverage": 5.0, "avoid_overlap": True},
    ],
    ids=["small", "spreads", "columns", "apart"],
)
def test_other_parameters(benchmark, options):
    ours = partial(objects, (256, 256), threads=1, **(ORDINARY | options))
    times = alternate({"ours": ours}, 15)
    print("\n" + report(times, unit="ms", scale=1e3))
    benchmark.pedantic(ours, rounds=20)


def test_large_surface(benchmark):
    arms = {threads: partial(objects, (4096, 4096), threads=threads, **ORDINARY) for threads in (1, 2)}
    times = alternate({f"{threads} threads": arm for threads, arm in arms.items()}, 4)
    print("\n" + report(times, unit="ms", scale=1e3))
    benchmark.pedantic(arms[2], rounds=1)
