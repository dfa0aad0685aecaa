"""Particles and rods: ``pytest benchmarks/bench_synth_particles.py -s``.

Asked for, on one thread: 1024 x 1024, 1500 particles, 500 relax steps in 0.15 s (goal 0.05 s; Gwyddion 2.62: 6.9 s);
4096 x 4096 at the same density in at most 20 times that; 256 x 256 with 60 to 100 particles in 1 to 2 ms.

The floor, for 1500 particles that fill 0.6 of the ground: a particle has 1.8 neighbours within 1.5 sigma (each pair counted
once), whose forces must be computed in every step: 30 additions and multiplications and a division a pair, 30 and one a
particle for the ground and the motion, 0.63 million square roots for the drawing. That is 64 million operations and 2.1
million divisions; two at once, two instructions a cycle at 3 GHz: 6 ms, and 1 ms for drawing. Would refute the claim of
linear cost: a time per particle at 4096 x 4096 far above the one at 1024 x 1024 in the same run (forces are tied to the
size of the image, so particles move four times as far there, and forces of neighbours and lists of them age sooner).
Milliseconds are the machine's; benchmarks fail where NumPy takes less than 1000 times as long, or 16 times the area more than
40 times as long (an EPYC of the third generation, 2.45 GHz, under load: 90 ms, 13 000 times, 19 to 33 times).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from _alternate import alternate, ratio, report
from afmnn import _core
from afmnn._reference import particles as reference
from afmnn.synth import particles, rods

RADIUS = 11.8  # 1500 particles fill 0.6 of 1024 x 1024 and its margin


def surface(side, radius=RADIUS, **options):
    return partial(particles, (side, side), radius=radius, coverage=0.6, seed=1, threads=1, **options)


def error_of_kept_forces(side, steps=500):
    """Return the median distance, in radii, from where particles get with all forces computed in every step."""
    _, info = surface(side, relax_steps=0, return_info=True)()
    arguments = (info["positions"], info["radii"], side, side, 1.0, 1.0, None, RADIUS, steps)
    fast, exact = (_core.settle_particles(*arguments, way)[0] for way in (False, True))
    frame = side + 2 * RADIUS
    apart = fast - exact
    apart[:, :2] -= frame * np.round(apart[:, :2] / frame)
    return float(np.median(np.linalg.norm(apart, axis=1)) / RADIUS)


def test_particles(benchmark):
    _, info = surface(1024, return_info=True)()
    count = info["placed"]
    unit = 1024.0
    places = info["positions"] / unit
    radii = info["radii"] / unit
    frame = (1 + 2 * RADIUS / unit, 1 + 2 * RADIUS / unit)
    arms = {
        "500 steps": surface(1024),
        "no step": surface(1024, relax_steps=0),
        "one step in NumPy": partial(reference.pair_forces, places, radii, frame),
    }
    times = alternate(arms, 8)
    print(f"\n{count} particles, {info['pair_evaluations'] / count / 500:.2f} pair forces per particle and step")
    print(report(times, unit="ms", scale=1e3))
    print(f"median error of kept forces: {error_of_kept_forces(1024):.1e} radii")
    steps = times["500 steps"].median - times["no step"].median
    faster = 500 * times["one step in NumPy"].median / steps
    print(f"a step: {1e9 * steps / 500 / count:.1f} ns per particle, {faster:.0f} times as fast as NumPy on all pairs")
    benchmark.extra_info["numpy / ours"] = faster
    benchmark.pedantic(arms["500 steps"], rounds=5)
    assert faster > 1000


def test_particles_scale(benchmark):
    arms = {"1024": surface(1024), "4096": surface(4096)}
    times = alternate(arms, 4)
    print("\n" + report(times, unit="ms", scale=1e3))
    slower = ratio(times["4096"], times["1024"])
    print(f"16 times the area takes {slower} the time")
    benchmark.extra_info["4096 / 1024"] = [slower.low, slower.median, slower.high]
    benchmark.pedantic(arms["4096"], rounds=1)
    assert slower.low < 40


@pytest.mark.parametrize("coverage", [0.4, 0.6])
def test_training_surface(benchmark, coverage):
    make = partial(particles, (256, 256), pixel_size=39e-9, radius=0.5e-6, coverage=coverage, seed=1, threads=1)
    times = alternate({"particles": make, "rods": partial(rods, (256, 256), radius=6, coverage=0.1, seed=1, threads=1)}, 20)
    print("\n" + report(times, unit="ms", scale=1e3))
    benchmark.pedantic(make, rounds=20)
