"""Presets of defects: what they add, in proportion to the image."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import Image, synth


@pytest.fixture
def surface():
    return synth.objects((300, 320), kind="half_sphere", radius=15.0, height=4e-8, coverage=0.7, seed=1)


def relative(added, surface):
    return added / surface.std()


def test_random_is_gaussian_noise(surface):
    added = relative(synth.add_defects(surface, "random", seed=2) - surface, surface)
    assert abs(np.mean(added**2) / 0.09 - 1) < 4 * np.sqrt(2 / added.size)
    assert abs(np.mean(added**4) / np.mean(added**2) ** 2 - 3) < 4 * np.sqrt(24 / added.size)


def test_line_has_upward_steps_of_the_image_rms(surface):
    heights = []
    for seed in range(80):
        added = relative(synth.add_defects(surface, "line", seed=seed) - surface, surface)
        assert abs(added - added[:, :1]).max() < 1e-12  # whole lines
        levels = np.unique(np.round(added[:, 0], 9))
        assert len(levels) <= 1 + 6  # 0.02 * 300
        assert levels[0] == 0.0
        heights.extend(levels[1:])
    assert abs(np.mean(np.square(heights)) - 1) < 4 * np.sqrt(2 / len(heights))
    assert len(heights) > 80 * 5


def test_scar_covers_a_third_with_256_pixels(surface):
    squares = []
    for seed in range(15):
        added = relative(synth.add_defects(surface, "scar", seed=seed) - surface, surface)
        squares.append(np.mean(added**2))
    # On average 0.3 scars of rms 0.3 over a pixel.
    assert abs(np.mean(squares) - 0.3 * 0.09) < 4 * np.std(squares) / np.sqrt(15)
    row = next(r for r in np.round(added, 9) if r[0] == 0 and r[-1] == 0 and len(np.unique(r)) == 2)
    assert np.count_nonzero(row) == 256


def test_hum_has_a_wavelength_of_ten_pixels(surface):
    added = relative(synth.add_defects(surface, "hum", seed=3) - surface, surface)
    assert abs(np.mean(added**2) / 0.09 - 1) < 0.1
    spectrum = np.mean(abs(np.fft.rfft(added, axis=1)) ** 2, axis=0)
    assert np.argmax(spectrum) == 32
    assert spectrum[32] > 0.98 * spectrum.sum()


def test_noise_steps_matches_the_reference_job(shared):
    """Noise of 60 nm and steps of 100 nm, one a line, on surfaces with an rms of 400 nm."""
    data = np.load(shared / "data" / "seed-job" / "train.npz")
    ideal = data["ideal"].astype(float)
    theirs = data["noisy"] - ideal
    ours = synth.add_defects(ideal, "noise_steps", seed=4) - ideal
    for added in (ours, theirs):
        white = np.diff(added, axis=1) / np.sqrt(2)  # few pixels have a step between them
        assert abs(np.sqrt(np.median(white**2) / 0.455) / 60e-9 - 1) < 0.03
        assert abs(added.std() / np.hypot(60e-9, 100e-9) - 1) < 0.15
        assert not np.allclose(added.mean(axis=1)[:-1], added.mean(axis=1)[1:], atol=1e-9)


def test_combinations_draw_anew_and_strength_scales(surface):
    twice = synth.add_defects(surface, ["random", "random"], seed=5) - surface
    once = synth.add_defects(surface, "random", seed=5) - surface
    second = twice - once
    assert abs(np.corrcoef(once.ravel(), second.ravel())[0, 1]) < 4 / np.sqrt(once.size)
    assert abs(second.std() / once.std() - 1) < 0.01
    half = synth.add_defects(surface, ["random", "hum", "scar"], strength=0.5, seed=6) - surface
    full = synth.add_defects(surface, ["random", "hum", "scar"], seed=6) - surface
    assert_allclose(2 * half, full, rtol=0, atol=1e-12 * surface.std())


@pytest.mark.parametrize("preset", synth.DEFECT_PRESETS)
def test_does_not_depend_on_unit_threads_or_container(surface, preset):
    expected = synth.add_defects(surface, preset, seed=7, threads=1)
    assert_array_equal(synth.add_defects(surface, preset, seed=7, threads=3), expected)
    assert_allclose(synth.add_defects(surface * 1e9 + 5.0, preset, seed=7), expected * 1e9 + 5.0, rtol=0, atol=1e-6)
    image = Image(surface, size=(3e-6, 4e-6), unit_xy="m", unit_z="m", title="Height")
    ours = synth.add_defects(image, preset, seed=7)
    assert isinstance(ours, Image)
    assert (ours.size, ours.unit_z, ours.title) == ((3e-6, 4e-6), "m", "Height")
    assert_array_equal(ours.data, expected)
    assert not np.array_equal(synth.add_defects(surface, preset, seed=8), expected)
    generator = np.random.default_rng(9)
    synth.add_defects(surface, preset, seed=generator)
    one_key = np.random.default_rng(9)
    one_key.integers(0, 2**64, dtype=np.uint64)
    assert generator.bit_generator.state == one_key.bit_generator.state


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"preset": "rain"}, ValueError, "preset must be one of 'random', 'line', 'scar', 'hum', 'noise_steps', got 'rain'"),
        ({"preset": ["hum", "rain"]}, ValueError, "preset must be one of"),
        ({"preset": 3}, ValueError, "preset must be one of .* got 3"),
        ({"preset": []}, ValueError, "preset must name at least one"),
        ({"strength": 0.0}, ValueError, "strength must be positive, got 0.0"),
        ({"image": np.full((50, 5), 3.3)}, ValueError, "image must not be constant.*got 3.3 everywhere"),
        ({"image": np.array([[0.0, np.nan], [1.0, 2.0]])}, ValueError, "image must be finite"),
        ({"image": np.ones((1, 5))}, ValueError, r"image.shape\[0\] must be at least 2"),
        ({"image": np.ones((5, 5), complex)}, TypeError, "image must be an array of real numbers"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.add_defects(**({"image": np.eye(8)} | arguments))
