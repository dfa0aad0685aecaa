"""correct.hum(): waves in time come off, the lattices of the sample stay to the bit."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import Image, _core
from afmnn._reference import hum as twin
from afmnn.correct import hum

SHAPE = (128, 160)


def hum_in_time(shape, wavelength, advance, turn=0.3):
    """Return both directions of a wave in time, of amplitude 1, in the coordinates of the sample.

    A pixel takes one unit of time; from line to line, the wave advances by `advance` cycles more than a whole number.
    """
    cols = shape[1]
    period = (math.ceil(2.2 * cols / wavelength) + advance) * wavelength
    r, c = np.indices(shape)
    wave = lambda time: np.sin(2 * np.pi * (time / wavelength + turn))  # noqa: E731
    return wave(r * period + c), wave(r * period + period / 2 + (cols - 1 - c))


def relief(shape, seed=1):
    """Return a rough surface, of a spread of about 1."""
    surface = afmnn.synth.objects(shape, kind="gaussian", radius=9.0, height=2.0, coverage=1.0, seed=seed)
    return surface - surface.mean()


def noise(shape, rms, seed):
    return afmnn.synth.noise(shape, rms=rms, seed=seed)


def lattice(shape, period, angle, seed=3):
    return relief(shape, seed) + afmnn.synth.pattern_pillars(shape, period_x=period, height=1.0, angle=angle, seed=seed)


def scan(shape, wave, surface=None, rms=0.1, seed=5):
    surface = relief(shape) if surface is None else surface
    return [surface + each + noise(shape, rms, seed + i) for i, each in enumerate(wave)]


def rms(z):
    return float(np.sqrt(np.mean(z * z)))


# ---- with the retrace ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("advance", [0.13, 0.37, 0.71])
@pytest.mark.parametrize("wavelength", [5.3, 11.0, 15.7])
def test_takes_off_what_the_retrace_continues_in_time(wavelength, advance):
    wave = hum_in_time(SHAPE, wavelength, advance)
    trace, retrace = scan(SHAPE, [0.2 * each for each in wave])
    mended, info = hum(trace, retrace=retrace, return_info=True)
    assert info.figures["waves"] == 1
    assert info.figures["wavelength_1"] == pytest.approx(wavelength, rel=0.005)
    assert info.figures["advance_1"] % 1 == pytest.approx(advance, abs=0.003)
    assert info.figures["amplitude_1"] == pytest.approx(0.2, rel=0.15)
    assert rms(info.removed - 0.2 * wave[0]) < 0.25 * rms(0.2 * wave[0])
    assert_array_equal(trace - mended, info.removed)
    assert info.mask.all()
    back = hum(retrace, retrace=trace)
    assert rms(retrace - back - 0.2 * wave[1]) < 0.25 * rms(0.2 * wave[1])


@pytest.mark.parametrize("angle", np.linspace(-1.5, 1.5, 7))
@pytest.mark.parametrize("period", [5.0, 8.3, 13.0, 20.0])
def test_rotated_lattices_stay_to_the_bit(period, angle):
    surface = lattice(SHAPE, period, angle)
    trace, retrace = scan(SHAPE, (0.0, 0.0), surface)
    shifted = np.roll(retrace, 3, axis=1)  # the lag of the scanner
    for other in (retrace, shifted, surface):
        assert_array_equal(hum(trace, retrace=other), trace)
    assert_array_equal(hum(surface, retrace=surface), surface)


def test_hum_comes_off_a_lattice():
    surface = lattice(SHAPE, 12.0, 0.4)
    wave = hum_in_time(SHAPE, 9.0, 0.21)
    trace, retrace = scan(SHAPE, [0.3 * each for each in wave], surface)
    _, info = hum(trace, retrace=retrace, return_info=True)
    assert info.figures["waves"] == 1
    assert rms(info.removed - 0.3 * wave[0]) < 0.2 * rms(0.3 * wave[0])


def test_several_waves_come_off():
    waves = [hum_in_time(SHAPE, wavelength, advance) for wavelength, advance in ((6.0, 0.2), (12.0, 0.4), (17.0, 0.66))]
    trace, retrace = scan(SHAPE, [0.2 * sum(each) for each in zip(*waves, strict=True)])
    _, info = hum(trace, retrace=retrace, return_info=True)
    assert sorted(info.figures[f"wavelength_{i}"] for i in (1, 2, 3)) == pytest.approx([6.0, 12.0, 17.0], rel=0.01)
    expected = 0.2 * sum(wave[0] for wave in waves)
    assert rms(info.removed - expected) < 0.3 * rms(expected)


@pytest.mark.parametrize("advance", [0.0, 0.5])
def test_says_where_both_slope_alike(advance):
    trace, retrace = scan(SHAPE, hum_in_time(SHAPE, 11.0, advance))
    mended, info = hum(trace, retrace=retrace, return_info=True)
    assert_array_equal(mended, trace)
    assert any("A wave of 11 pixels was left alone" in note for note in info.notes)
    assert not info.mask.any()
    assert info.figures == {"waves": 0.0}


def test_refuses_a_retrace_in_the_order_of_time():
    surface = relief(SHAPE)
    trace, retrace = scan(SHAPE, (0.0, 0.0), surface, rms=0.02)
    assert_array_equal(hum(trace, retrace=retrace), trace)
    with pytest.raises(ValueError, match="retrace must be in the coordinates of the sample"):
        hum(trace, retrace=retrace[:, ::-1])


# ---- with a frequency ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stated", [{"wavelength": 11.06}, {"frequency": 50.0, "line_time": 160 / 11 / 50}])
def test_takes_off_a_frequency_that_is_given(stated):
    wave = hum_in_time(SHAPE, 11.0, 0.27)[0]
    image = scan(SHAPE, (0.3 * wave,))[0]
    _, info = hum(image, **stated, return_info=True)
    assert info.figures["wavelength_1"] == pytest.approx(11.0, rel=0.002)
    assert rms(info.removed - 0.3 * wave) < 0.2 * rms(0.3 * wave)
    assert_array_equal(hum(image, wavelength=14.0), image)


@pytest.mark.parametrize("mains", [50.0, 60.0])
def test_line_time_predicts_the_mains_and_harmonics(mains):
    first, third = hum_in_time(SHAPE, 20.0, 0.27)[0], hum_in_time(SHAPE, 20.0 / 3, 0.81)[0]
    image = scan(SHAPE, (0.2 * first + 0.2 * third,))[0]
    seconds = SHAPE[1] / 20.0 / mains  # a line has 8 cycles
    _, info = hum(image, line_time=seconds, return_info=True)
    assert info.figures["waves"] == 2
    assert {round(info.figures[f"wavelength_{i}"], 1) for i in (1, 2)} == {20.0, 6.7}
    assert rms(info.removed - 0.2 * (first + third)) < 0.15
    _, info = hum(image, line_time=seconds, harmonics=1, return_info=True)
    assert info.figures["waves"] == 1


@pytest.mark.parametrize("period", [5.0, 6.2])
def test_a_lattice_at_the_mains_frequency_stays_unless_it_is_named(period):
    surface = relief(SHAPE) + afmnn.synth.pattern_pillars(SHAPE, period_x=period, height=1.0, angle=0.3, seed=1)
    image = scan(SHAPE, (0.0,), surface)[0]
    along = period / math.cos(0.3)
    mended, info = hum(image, line_time=SHAPE[1] / along / 50.0, return_info=True)
    assert_array_equal(mended, image)
    assert any("may be hum of the mains, was left alone" in note for note in info.notes)
    assert (hum(image, wavelength=along) != image).any()


def test_finds_a_frequency_where_sampling_folds_it_to():
    wavelength = 1 / 0.7  # as one of 0.3 cycles a pixel
    image = scan(SHAPE, (0.3 * hum_in_time(SHAPE, wavelength, 0.27)[0],))[0]
    _, info = hum(image, frequency=70.0, line_time=SHAPE[1] / 100.0, harmonics=1, return_info=True)
    assert info.figures["wavelength_1"] == pytest.approx(1 / 0.3, rel=0.002)


def test_takes_off_free_phases_only_when_told_to():
    wave = afmnn.synth.line_hum(SHAPE, rms=0.3, wavelength=8.0, seed=9)
    image = scan(SHAPE, (wave,))[0]
    steady, info = hum(image, wavelength=8.0, return_info=True)
    assert_array_equal(steady, image)
    assert any("phase='free' takes it off" in note for note in info.notes)
    _, info = hum(image, wavelength=8.0, phase="free", return_info=True)
    assert info.figures["amplitude_1"] == pytest.approx(0.3 * math.sqrt(2), rel=0.1)
    assert math.isnan(info.figures["advance_1"])
    assert rms(info.removed - wave) < 0.2 * rms(wave)
    image = scan(SHAPE, (0.3 * hum_in_time(SHAPE, 8.0, 0.2)[0],))[0]
    steady, info = hum(image, wavelength=8.0, phase="free", return_info=True)
    assert_array_equal(steady, image)
    assert any("phase='steady' takes it off" in note for note in info.notes)


def test_nothing_is_found_in_noise():
    for seed in range(20):
        image = relief(SHAPE, seed) + noise(SHAPE, 0.3, seed + 100)
        other = relief(SHAPE, seed) + noise(SHAPE, 0.3, seed + 200)
        assert_array_equal(hum(image, retrace=other), image)
        for wavelength in (4.0, 9.0, 15.0):
            assert_array_equal(hum(image, wavelength=wavelength), image)
            assert_array_equal(hum(image, wavelength=wavelength, phase="free"), image)


def test_a_phase_that_wanders_is_followed(rng):
    """Mains that stray by 0.05 %: the phase strays by cycles over the image."""
    rows, cols = 256, 200
    half, wavelength = 1.1 * cols, 10.0
    step = np.convolve(rng.normal(size=2 * rows + 120), np.hanning(121), "valid")[: 2 * rows]
    phases = np.cumsum(step / step.std() * 5e-4 * half / wavelength)
    r, c = np.indices((rows, cols))
    phase = lambda time: time / wavelength + 0.3 * r + np.interp(time / half, np.arange(2 * rows), phases)  # noqa: E731
    waves = [np.sin(2 * np.pi * phase(time)) for time in (2 * half * r + c, 2 * half * r + half + cols - 1 - c)]
    assert np.ptp(phases) > 1
    trace, retrace = scan((rows, cols), [0.3 * wave for wave in waves])
    _, info = hum(trace, retrace=retrace, return_info=True)
    assert info.figures["waves"] == 1
    assert rms(info.removed - 0.3 * waves[0]) < 0.25 * rms(0.3 * waves[0])


# ---- arrays, units, bad input --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both():
    return scan(SHAPE, [0.3 * each for each in hum_in_time(SHAPE, 11.0, 0.27)])


def test_same_for_every_kind_of_array(both):
    trace, retrace = both
    kept = trace.copy()
    expected = hum(trace, retrace=retrace)
    wide = np.repeat(np.repeat(trace, 2, axis=0), 2, axis=1)
    for view in (np.asfortranarray(trace), wide[::2, ::2], trace.astype(">f8"), trace[::-1, ::-1].copy()[::-1, ::-1]):
        for threads in (1, 3):
            assert_array_equal(hum(view, retrace=retrace, threads=threads), expected)
    assert_array_equal(hum(trace.T, retrace=retrace.T, axis=0), expected.T)
    assert_array_equal(hum(np.ascontiguousarray(trace.T), retrace=retrace.T, axis=0), expected.T)
    assert_array_equal(trace, kept)
    single = hum(trace.astype(np.float32), retrace=retrace)
    assert single.dtype == np.float32
    assert_allclose(single, expected, atol=1e-5)
    counts = np.round(trace * 1000).astype(np.int16)
    assert hum(counts, retrace=retrace * 1000).dtype == np.float64
    assert_allclose(hum(counts, retrace=retrace * 1000), 1000 * expected, atol=2.0)


def test_image_in_image_out(both):
    image = Image(both[0] * 1e-9, size=(1e-6, 2e-6), unit_xy="m", unit_z="m", title="Height")
    mended, info = hum(image, retrace=Image(both[1] * 1e-9), return_info=True)
    assert isinstance(mended, Image)
    assert isinstance(info.removed, Image)
    assert (mended.size, mended.unit_z, mended.title) == (image.size, "m", "Height")
    assert_array_equal(mended.data, hum(both[0] * 1e-9, retrace=both[1] * 1e-9))


def test_height_and_unit_come_through(both):
    trace, retrace = both
    expected = hum(trace, retrace=retrace)
    assert_array_equal(hum(trace * 2.0**-30, retrace=retrace * 2.0**-30), expected * 2.0**-30)
    tilted = np.add.outer(0.01 * np.arange(SHAPE[0]), 0.02 * np.arange(SHAPE[1]))
    for factor, offset in ((1e-9, 3e-7), (-3.7e-9, 0.0), (1e6, 1e7)):
        other = hum(factor * (trace + tilted) + offset, retrace=factor * retrace)
        assert_allclose((other - offset) / factor - tilted, expected, atol=2e-4)


def test_missing_pixels_and_scars_do_not_matter(both):
    trace, retrace = (each.copy() for each in both)
    expected = hum(trace, retrace=retrace)
    trace[20:23] = np.nan
    trace[50:60, 30:70] = np.nan
    trace[90, ::2] = np.nan
    trace[100, 20:60] += 30.0
    holes = np.isnan(trace)
    mended, info = hum(trace, retrace=retrace, return_info=True)
    assert_array_equal(np.isnan(mended), holes)
    assert_array_equal(info.mask, ~holes)
    there = ~holes
    there[100] = False
    assert abs(mended - expected)[there].max() < 0.1
    assert abs(trace - mended)[100].max() < 0.45


def test_nothing_to_be_found_returns_the_image():
    z = np.full((40, 50), 3e-7)
    assert_array_equal(hum(z, retrace=z + 1), z)
    assert_array_equal(hum(z, wavelength=5.0), z)
    z[7:9] = np.nan
    z[3, 5] = np.nan
    assert_array_equal(hum(z, wavelength=5.0), z)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "retrace, wavelength, or line_time with or without frequency must be given, because in one direction"),
        ({"phase": "free", "retrace": np.zeros((40, 50))}, ValueError, "must be given for phase='free'"),
        ({"frequency": 50.0}, ValueError, "line_time must be given with frequency"),
        ({"wavelength": 5.0, "line_time": 1.0}, ValueError, "wavelength must not be given together with"),
        ({"wavelength": 2.0}, ValueError, "wavelength must lie between 2.17 and 16.67 pixels in lines of 50 pixels, got 2.0"),
        ({"wavelength": 20.0}, ValueError, "wavelength must lie between"),
        ({"wavelength": -1.0}, ValueError, "wavelength must be positive"),
        ({"wavelength": "5"}, TypeError, "wavelength must be a real number"),
        ({"line_time": 0.01}, ValueError, "line_time must be such that a line has at least 3 cycles"),
        ({"line_time": 100.0}, ValueError, "line_time must be such that"),
        ({"line_time": 0.0}, ValueError, "line_time must be positive"),
        ({"wavelength": 5.0, "harmonics": 0}, ValueError, "harmonics must be at least 1"),
        ({"wavelength": 5.0, "axis": 2}, ValueError, "axis must be 0 or 1"),
        ({"wavelength": 5.0, "phase": "any"}, ValueError, "phase must be one of"),
        ({"wavelength": 5.0, "return_info": 1}, TypeError, "return_info must be True or False"),
        ({"retrace": np.zeros((40, 51))}, ValueError, r"retrace must have the shape of image \(40, 50\), got \(40, 51\)"),
        ({"retrace": np.full((40, 50), np.inf)}, ValueError, "retrace must not have infinite heights"),
        (
            {"retrace": np.full((40, 50), np.nan), "image": np.eye(40, 50)},
            ValueError,
            "retrace must have pixels that are not NaN",
        ),
        ({"wavelength": 5.0, "image": np.full((40, 50), np.nan)}, ValueError, "image must have pixels that are not NaN"),
        ({"wavelength": 5.0, "image": np.full((40, 50), -np.inf)}, ValueError, "image must not have infinite heights"),
        ({"wavelength": 5.0, "image": np.zeros((1, 50))}, ValueError, "at least 16 scan lines of 16 pixels, because"),
        ({"wavelength": 5.0, "image": np.zeros((50, 1))}, ValueError, "at least 16 scan lines of 16 pixels, because"),
        ({"wavelength": 5.0, "image": np.zeros((1, 1))}, ValueError, "at least 16 scan lines of 16 pixels, because"),
        ({"wavelength": 5.0, "image": np.zeros((40, 50), complex)}, TypeError, "image must be an array of real numbers"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        hum(**({"image": np.zeros((40, 50))} | arguments))


# ---- the core ------------------------------------------------------------------------------------------------------


def rough(shape, rng, dtype, holes):
    z = (100.0 + rng.normal(size=shape) + 0.05 * np.arange(shape[1])).astype(dtype)
    if holes:
        z[3] = z[5, shape[1] // 2 :] = np.nan
        z[rng.random(shape) < 0.1] = np.nan
    return z


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(16, 16), (37, 121), (130, 97), (64, 729), (1, 50), (50, 1)], ids=str)
def test_agrees_with_the_twin(shape, dtype, holes, rng):
    z = rough(shape, rng, dtype, holes and min(shape) > 8)
    heights = z.astype(np.float64)
    expected = twin.power(heights)
    found = _core.hum_power(z, 1.0, 3)
    assert found.shape == expected.shape
    assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * expected.max())
    if shape[1] < 8:
        return
    frequencies = np.array([0.11, 0.3712])
    waves, weights = _core.hum_waves(z, 1.0, frequencies, 2)
    expected_waves, expected_weights = twin.waves(heights, frequencies)
    assert_allclose(weights, expected_weights, rtol=1e-12)
    assert_allclose(waves, expected_waves, rtol=0, atol=1e-9)
    out = np.empty_like(z)
    _core.hum_subtract(z, frequencies, waves, out, 2)
    assert_allclose(out, twin.subtract(heights, frequencies, waves), rtol=3e-7 if dtype == np.float32 else 1e-13)


def test_core_refuses_what_does_not_fit():
    z, f = np.zeros((20, 30)), np.array([0.1])
    with pytest.raises(ValueError, match="frequencies must be above 0"):
        _core.hum_waves(z, 1.0, np.array([0.5]), 1)
    with pytest.raises(ValueError, match="waves must be of the shape"):
        _core.hum_subtract(z, f, np.zeros((20, 2, 2)), z.copy(), 1)
    with pytest.raises(ValueError, match="out must be of the image's shape"):
        _core.hum_subtract(z, f, np.zeros((20, 1, 2)), np.zeros((20, 31)), 1)
    with pytest.raises(ValueError, match="image must be not empty"):
        _core.hum_power(np.zeros((0, 4)), 1.0, 1)


@pytest.mark.parametrize("shape", [(300, 420), (257, 1000)])
def test_threads_do_not_change_a_bit(shape, rng):
    z = rough(shape, rng, np.float32, True)
    assert_array_equal(_core.hum_power(z, 1.0, 1), _core.hum_power(np.asfortranarray(z), 1.0, 5))
    frequencies = np.array([0.1, 0.2])
    for one, other in zip(_core.hum_waves(z, 1.0, frequencies, 1), _core.hum_waves(z, 1.0, frequencies, 4), strict=True):
        assert_array_equal(one, other)
