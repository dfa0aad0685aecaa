"""What `train(init="universal")` gains on one's own images, and what it keeps: ``python benchmarks/quality/continued.py``.

A pair of one's own (256 x 256) is learned from with the defaults of `train`; errors are those of two more images of its kind, and
of 24 pairs of the default scene that nothing has learned from, as ratios to those of `universal` (geometric means).
With ``keep=False`` for comparison, and a network of the pair alone. Last, the seconds of a training that keeps, in the median.
"""

from __future__ import annotations

import time
import warnings

import numpy as np

import afmnn
from afmnn import synth

SHAPE = (256, 256)
INSTRUMENTS = {
    "white": {"white": 0.1, "line_offsets": 0.1},
    "wander": {"white": 0.03, "wander": 0.15, "wander_exponent": 1.3, "wander_corner": 1.0, "line_offsets": 0.2},
    "hum": {"white": 0.05, "hum": 0.15, "line_offsets": 0.1},
}
SAMPLES = {
    "spheres": lambda seed: synth.objects(SHAPE, radius=12, height=1.0, coverage=0.8, seed=seed),
    "grating": lambda seed: synth.pattern_grating(SHAPE, period=30, height=1.0, angle=0.3, seed=seed),
    "lattice": lambda seed: synth.atomic_lattice(SHAPE, period=9, height=1.0, seed=seed),
}


def main():
    """Print a table."""
    warnings.simplefilter("ignore")
    universal = afmnn.load("universal")
    others = [synth.default_scene().pair(index, seed=77) for index in range(24)]
    known = errors(universal, others)
    print("instrument  sample      own, kept  scene, kept  share  own, keep=False  scene, keep=False  own, pair alone")
    seconds = []
    for name, noise in INSTRUMENTS.items():
        for sample, surface in SAMPLES.items():
            pair, *more = (recorded(noise, surface, seed) for seed in (1, 5, 6))
            own = errors(universal, more)
            begun = time.perf_counter()
            kept = afmnn.train(*pair, init=universal, seed=0)
            seconds.append(time.perf_counter() - begun)
            every = afmnn.train(*pair, init=universal, keep=False, seed=0)
            alone = afmnn.train(*pair, seed=0)
            print(
                f"{name:10}  {sample:10}  {ratio(errors(kept, more), own):9.2f}  {ratio(errors(kept, others), known):11.2f}  "
                f"{kept.training['kept']['share_learned']:5.2f}  {ratio(errors(every, more), own):15.2f}  "
                f"{ratio(errors(every, others), known):17.2f}  {ratio(errors(alone, more), own):15.2f}",
                flush=True,
            )
    print(f"{np.median(seconds):.0f} s")


def recorded(noise, surface, seed):
    """Return a surface of spread 1 as an instrument records it, and as it is."""
    ideal = surface(seed)
    ideal = ideal / ideal.std()
    trace, _ = synth.Instrument(noise=noise).scan(ideal, seed=seed + 100)
    return np.asarray(trace), ideal


def errors(network, pairs):
    """Return the errors of images, wherever their heights count from."""
    return np.array([np.std(np.asarray(afmnn.apply(network, noisy)) - ideal) for noisy, ideal in pairs])


def ratio(new, old):
    """Return the geometric mean of ratios."""
    return float(np.exp(np.log(new / old).mean()))


if __name__ == "__main__":
    main()
