"""What test_cpu_features runs on several instruction sets, in a process of its own: ``python cpu_job.py RESULT.npz``."""

import sys

import numpy as np

import afmnn
from afmnn import metrics, synth
from afmnn.evaluation import figures as evaluation_figures
from afmnn.evaluation import report_image
from afmnn.tips.blind import apex_radius


def bits(rng):
    """Return results that must be the same to the last bit."""
    ways = [{}, *({"method": "rows", "rows": rows} for rows in ("median", "difference"))]
    ways += [{"method": "rows", "rows": "polynomial", "degree": degree} for degree in range(4)]
    for shape in ((61, 90), (7, 5000)):
        z = rng.normal(size=shape) + np.linspace(0, 30, shape[1])
        mask = rng.random(shape) < 0.7
        for name, image in (("float32", z.astype(np.float32)), ("float64", z), ("transposed", np.ascontiguousarray(z.T).T)):
            for way in ways:
                yield f"level {shape} {name} {way}", afmnn.level(image, **way)
                yield f"level {shape} {name} {way} masked", afmnn.level(image, mask=mask, **way)
    y, x = np.mgrid[-10:11, -9:10]
    tip = -0.01 * (y * y + 1.3 * x * x) + 1e-3 * rng.normal(size=x.shape)
    yield "apex radius", apex_radius(tip, 1.0, 0.7)
    # Which of equal things is chosen.
    yield "places of profiles", report_image._places(np.round(rng.normal(size=(240, 160)), 1))
    yield "terraces", [edge for terrace in steps(rng) for edge in terrace]


def steps(rng):
    """Return the terraces of a staircase whose histogram is flat in between."""
    heights = np.repeat([0.0, 2.0, 3.0, 7.0, 9.0], 4000) + 0.02 * rng.normal(size=20000)
    return metrics.terraces._terraces(heights)


def figures(rng):
    """Return figures that must agree to 1e-12 of their size."""
    ideal = synth.pattern_staircase((150, 170), period=40.0, height=5.0, angle=0.3, seed=1)
    noisy = ideal + 0.2 * rng.normal(size=ideal.shape)
    cleaned = ideal + 0.03 * rng.normal(size=ideal.shape)
    entry = evaluation_figures.measured(noisy, cleaned, ideal)
    for name, value in entry[0].items():
        yield f"figure {name}", value
    yield "figure steps", entry[1]
    for axis in (0, 1):
        yield f"figure spectrum {axis}", metrics.power_spectrum(noisy, axis=axis)[1]


if __name__ == "__main__":
    generator = np.random.default_rng(7)
    np.savez(sys.argv[1], **dict(bits(generator)), **dict(figures(generator)))
