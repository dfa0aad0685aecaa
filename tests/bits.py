"""Print a checksum of every kind of result, for builds that must agree to the last bit: ``python tests/bits.py ON|OFF``.

The argument says whether the build has to have OpenMP. Images are large enough that work is shared among threads.
"""

import hashlib
import sys

import numpy as np

import afmnn
from afmnn import _core, synth, tips

SHAPE = (300, 420)


def arrays(value):
    """All arrays and numbers in a result, in a fixed order."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from arrays(value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays(item)
    else:
        yield np.ascontiguousarray(value)


def show(name, value):
    digest = hashlib.sha256()
    for array in arrays(value):
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{name}: {array.dtype} has no bits to compare")
        digest.update(str((array.dtype, array.shape)).encode() + array.tobytes())
    print(name, digest.hexdigest())


def surfaces():
    yield "objects", synth.objects(SHAPE, radius=9.0, height=1.0, radius_spread=0.3, coverage=2.0, seed=1, return_info=True)
    yield "particles", synth.particles(SHAPE, radius=7.0, radius_std=1.0, coverage=0.6, relax_steps=200, seed=1, return_info=True)
    yield "rods", synth.rods(SHAPE, radius=4.0, coverage=0.4, relax_steps=2000, seed=1, return_info=True)
    turned = {"height": 1.0, "angle": 0.4, "deformation": 3.0, "seed": 1, "return_info": True}
    for name in ("staircase", "grating", "amphitheatre", "rings"):
        yield f"pattern_{name}", getattr(synth, f"pattern_{name}")(SHAPE, period=23.0, position_spread=0.2, **turned)
    for name in ("double_staircase", "pillars"):
        yield f"pattern_{name}", getattr(synth, f"pattern_{name}")(SHAPE, period_x=23.0, position_spread_x=0.2, **turned)
    yield "pattern_holes", synth.pattern_holes(SHAPE, period_x=23.0, depth=1.0, roundness_spread=0.2, angle=0.4, seed=1)
    yield "pattern_siemens_star", synth.pattern_siemens_star(SHAPE, **turned)
    for distribution in ("gaussian", "laplace", "uniform", "triangular", "salt_pepper"):
        yield f"noise_{distribution}", synth.noise(SHAPE, rms=1.0, distribution=distribution, density=0.7, seed=1)
    yield "line_steps", synth.line_steps(SHAPE, rms=1.0, within_line=0.5, cumulative=True, seed=1)
    yield "line_scars", synth.line_scars(SHAPE, rms=1.0, length=20.0, length_spread=0.4, coverage=0.2, seed=1)
    yield "line_ridges", synth.line_ridges(SHAPE, rms=1.0, within_line=0.5, seed=1)
    yield "line_tilt", synth.line_tilt(SHAPE, rms=1.0, seed=1)
    yield "line_hum", synth.line_hum(SHAPE, rms=1.0, wavelength=11.0, wavelength_spread=0.2, seed=1)
    scene = synth.default_scene(shape=(200, 180))
    yield "scene", [scene.pair(index, seed=3, threads=3) for index in range(12)]


def networks(noisy, ideal):
    settings = {"steps": 2, "seed": 5}
    yield "default", afmnn.train(noisy, ideal, **settings)
    yield "deep", afmnn.train([noisy, noisy[:200]], [ideal, ideal[:200]], window=(9, 12), hidden=(10, 5), **settings)
    yield "small", afmnn.train(noisy, ideal, window=5, hidden=3, validation=0.3, **settings)
    scene = synth.default_scene(shape=(96, 120))
    yield "scene", afmnn.train_on_scene(scene, steps=2, validation=2, seed=5)
    yield "gwyddion", afmnn.train(noisy, ideal, window=(7, 9), method="gwyddion", **settings)


def tip_results(surface):
    tip = tips.tip_model("pyramid", radius=4.0, rotation=0.3, height_range=30.0, pixel_size=1.0)
    image = tips.tip_dilation(surface, tip)
    yield "tip_dilation", image
    yield "tip_erosion", tips.tip_erosion(image, tip)
    yield "certainty_map", tips.certainty_map(image, tip)
    yield "blind_tip_estimate", tips.blind_tip_estimate(image[:120, :120], (7, 9))


def main():
    if _core.has_openmp() != (sys.argv[1] == "ON"):
        sys.exit(f"this build has {'' if _core.has_openmp() else 'no '}OpenMP")
    afmnn.set_num_threads(3)
    for name, value in surfaces():
        show(name, value)
    ideal = synth.objects(SHAPE, radius=12.0, height=1.0, seed=2)
    noisy = ideal + synth.noise(SHAPE, rms=0.2, seed=2) + synth.line_steps(SHAPE, rms=0.3, seed=3)
    show("quantiles", _core.quantiles(noisy, [0.05, 0.5, 0.95], 3))
    for name, net in networks(noisy, ideal):
        show(f"train_{name}", [*net.layers, dict(net.history)] + ([] if net.linear is None else [net.linear]))
        for dtype in (np.float32, np.float64):
            show(f"apply_{name}_{np.dtype(dtype)}", afmnn.apply(net, noisy.astype(dtype)))
    for name, value in tip_results(10.0 * ideal):
        show(name, value)


if __name__ == "__main__":
    main()
