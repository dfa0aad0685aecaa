"""The caller's rounding mode and flush to zero change no result, and are the caller's again afterwards."""

import ctypes
import platform
import sys
import types
import warnings

import numpy as np
import pytest

import afmnn
from afmnn import _core, synth, tips

SHAPE = (48, 64)
UPWARD = {"x86_64": 0x800, "aarch64": 0x400000}.get(platform.machine())
libm = None
if sys.platform.startswith("linux") and UPWARD is not None:
    libm = ctypes.CDLL("libm.so.6" if platform.libc_ver()[0] == "glibc" else None)

# Two steps make no network.
pytestmark = pytest.mark.filterwarnings("ignore:the network is of no use", "ignore::afmnn.UnfamiliarImageWarning")

needs_libm = pytest.mark.skipif(libm is None, reason="needs fesetround() of a known system")


def sum_of(a, b):
    """Add numbers when it is called, not when it is compiled."""
    return float(np.add(np.float64(a), np.float64(b)))


@pytest.fixture
def upwards():
    """Make this thread round upwards."""
    assert libm.fesetround(UPWARD) == 0
    yield
    libm.fesetround(0)


@pytest.fixture
def flushing():
    """Make this thread take subnormal numbers for zero, as libraries linked with -ffast-math do: bits 15 and 6 of MXCSR."""
    if platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc":
        pytest.skip("needs the layout of glibc's fenv_t")
    before = (ctypes.c_uint32 * 8)()
    assert libm.fegetenv(before) == 0
    changed = (ctypes.c_uint32 * 8)(*before)
    changed[7] |= 0x8040
    assert libm.fesetenv(changed) == 0
    yield
    libm.fesetenv(before)


@pytest.fixture(scope="module")
def images():
    """What this file computes itself, with the usual arithmetic: an ideal, a noisy image, and that one in single precision."""
    ideal = synth.objects(SHAPE, radius=8.0, height=10.0, seed=2)
    noisy = ideal + synth.noise(SHAPE, rms=2.0, seed=3)
    return ideal, noisy, noisy.astype(np.float32)


def results(ideal, noisy, single):
    """One of each kind of result; work that is large enough is shared by two threads."""
    settings = {"seed": 3, "threads": 2}
    yield from synth.objects(SHAPE, radius=5.0, height=1.0, radius_spread=0.3, columnarity=0.5, return_info=True, **settings)[:1]
    yield synth.objects((400, 500), kind="gaussian", radius=30.0, height=1.0, coverage=9.0, height_spread=0.4, **settings)
    yield synth.object_profile("nugget", 7.0, 1.0, aspect_ratio=1.7, angle=0.3)
    yield synth.particles(SHAPE, radius=4.0, radius_std=1.0, coverage=0.6, relax_steps=20, **settings)
    yield synth.rods(SHAPE, radius=3.0, coverage=0.4, relax_steps=200, **settings)
    bent = {"height": 1.0, "angle": 0.4, "deformation": 2.0, **settings}
    yield synth.pattern_rings(SHAPE, period=9.0, superellipse=0.7, position_spread=0.3, **bent)
    yield synth.pattern_staircase(SHAPE, period=9.0, position_spread=0.1, **bent)
    yield synth.pattern_pillars(SHAPE, kind="hexagon", period_x=9.0, orientation_spread=0.2, **bent)
    yield synth.pattern_holes(SHAPE, period_x=9.0, depth=1.0, roundness=0.3, **settings)
    yield synth.pattern_siemens_star(SHAPE, **bent)
    yield synth.self_affine(SHAPE, rms=1.0, roll_off=20.0, smoothing=1.0, anisotropy=2.0, angle=0.3, **settings)
    yield synth.spectral(SHAPE, gaussian_length=5.0, gaussian_power=1.5, exponential_length=3.0, power_exponent=0.5, **settings)
    yield synth.atomic_lattice(SHAPE, period=7.0, height=1.0, second_site=0.5, position_spread=0.1, **settings)
    yield synth.terraces(SHAPE, period=9.0, height=1.0, angle=0.3, island_coverage=0.3, **settings)
    yield synth.wrinkles(SHAPE, spacing=9.0, height=1.0, **settings)
    yield synth.fractional_brownian(SHAPE, distribution="power", **settings)
    yield synth.waves(SHAPE, count=5, form="inverse_cosh", **settings)
    yield synth.separated_phases(SHAPE, stripe_width=7.0, **settings)
    for distribution in ("gaussian", "laplace", "uniform", "triangular"):
        yield synth.noise((300, 400), rms=0.1, distribution=distribution, **settings)
    yield synth.line_steps(SHAPE, rms=1.0, within_line=0.5, **settings)
    yield synth.line_ridges(SHAPE, rms=1.0, **settings)
    yield synth.line_scars(SHAPE, rms=1.0, length=5.0, length_spread=0.5, coverage=0.2, **settings)
    yield synth.line_scars(SHAPE, rms=1.0, length=5.0, width=3, coverage=0.2, **settings)
    yield synth.line_errors(base=ideal, rms=0.1, kind="mixed", density=0.3, **settings)
    yield synth.spikes(SHAPE, rms=1.0, density=0.02, size=4, **settings)
    yield synth.line_tilt(SHAPE, rms=1.0, **settings)
    yield synth.line_hum(SHAPE, rms=1.0, wavelength=7.0, wavelength_spread=0.1, **settings)
    scene = synth.default_scene(shape=SHAPE)
    for index in range(4):
        yield from scene.pair(index, seed=3)
    yield synth.add_defects(ideal, ["noise_steps", "hum"], **settings)
    tip = tips.tip_model("pyramid", radius=4.0, rotation=0.3, height_range=11.0, pixel_size=1.0)
    yield from (tip, tips.tip_dilation(ideal, tip), tips.tip_erosion(ideal, tip), tips.certainty_map(ideal, tip))
    for method in ("adam", "gwyddion"):
        net = afmnn.train(noisy, ideal, window=5, hidden=3, steps=3, method=method, validation=0.3, **settings)
        yield from (*net.layers, *(net.history[name] for name in sorted(net.history)))
        yield afmnn.apply(net, noisy, border="average")
        yield afmnn.apply(net, single, threads=2)
        figures = afmnn.evaluate(net, (noisy, ideal)).figures
        yield [
            figures[name] for name in ("rms_error_after", "sq_change", "step_height", "structure", "relief_loss", "edge_excess")
        ]
    net = afmnn.train_on_scene(scene, steps=2, validation=2, **settings)
    yield from (layer for stage in net.stages for layer in stage.layers)
    yield afmnn.apply(net, noisy, flips=True)
    space = {"learning_rate": {"log": [1e-3, 1e-2]}}
    yield afmnn.search(noisy, ideal, space, trials=2, window=5, steps=1, validation=0.3, seed=1).rows[0]["error"]


def bits(images):
    return [np.ascontiguousarray(value).tobytes() for value in results(*images)]


@pytest.fixture(scope="module")
def plain(images):
    with warnings.catch_warnings():  # marks do not reach fixtures of a module
        warnings.simplefilter("ignore", afmnn.TrainingWarning)
        return bits(images)


@needs_libm
def test_rounding_mode(images, plain, upwards):
    assert sum_of(1.0, 2.0**-60) > 1.0
    found = bits(images)
    still = sum_of(1.0, 2.0**-60) > 1.0
    libm.fesetround(0)  # before anything is written about differences
    assert [i for i, (a, b) in enumerate(zip(found, plain, strict=True)) if a != b] == []
    assert still


@needs_libm
def test_flush_to_zero(images, plain, flushing):
    assert sum_of(1e-310, 1e-310) == 0.0
    assert bits(images) == plain
    assert sum_of(1e-310, 1e-310) == 0.0


@needs_libm
def test_an_error_gives_the_arithmetic_back(upwards):
    with pytest.raises(ValueError, match="rms"):
        synth.noise(SHAPE, rms=-1.0)
    assert sum_of(1.0, 2.0**-60) > 1.0


def functions(owner):
    for name in owner.__all__:
        value = getattr(owner, name)
        if isinstance(value, types.FunctionType):
            yield name, value


# They hand over, look, or read and write files; level() and blind estimation are guarded where they are defined.
NOT_COMPUTING = {
    "get_num_threads", "set_num_threads", "show_config", "windows", "load", "list_channels", "read_directions", "read_frames",
    "read_image", "write_image",
}  # fmt: skip
ELSEWHERE = {"level", "blind_tip_estimate", "blind_tip_stripes"}


@pytest.mark.parametrize("owner", [afmnn, synth, tips])
def test_every_function_that_computes_is_guarded(owner):
    wanted = {name: value for name, value in functions(owner) if name not in NOT_COMPUTING | ELSEWHERE}
    assert len(wanted) >= 5
    assert [name for name, value in wanted.items() if value.__code__ is not synth.noise.__code__] == []


def test_the_core_says_what_it_has_changed():
    assert _core.begin_plain_arithmetic() == 0
    _core.end_plain_arithmetic(0)
