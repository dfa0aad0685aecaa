"""Surfaces by their spectrum: the twin's heights, bands and autocorrelations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import synth
from afmnn._reference import spectral as reference
from afmnn._reference.self_affine import wave_numbers
from afmnn._seed import key_from

FILTERS = (
    {},
    {"k_min": 0.6, "k_max": 2.0},
    {"gaussian_length": 4.0},
    {"gaussian_length": 5.0, "gaussian_power": 0.8},
    {"gaussian_length": 5.0, "gaussian_power": 4.0},
    {"exponential_length": 6.0},
    {"power_exponent": 1.5},
    {"k_max": 1.5, "gaussian_length": 2.0, "exponential_length": 3.0, "power_exponent": 0.4},
)


@pytest.mark.parametrize("settings", FILTERS)
@pytest.mark.parametrize("shape", [(2, 9), (37, 50), (64, 64), (50, 29)])
def test_matches_twin(shape, settings):
    ours, info = synth.spectral(shape, rms=3e-9, seed=4, return_info=True, **settings)
    twin, slope = reference.spectral(shape, rms=3e-9, key=key_from(4), **settings)
    assert_allclose(ours, twin, rtol=1e-8, atol=1e-18)
    assert info["rms_slope"] == pytest.approx(slope, rel=1e-9)
    assert np.sqrt(np.mean(ours**2)) == pytest.approx(3e-9, rel=1e-12)
    assert abs(ours.mean()) < 1e-22


def test_lengths_and_frequencies_are_in_the_unit_of_pixels():
    settings = {"k_min": 0.2, "k_max": 1.6, "gaussian_length": 4.0, "exponential_length": 6.0}
    ours = synth.spectral((40, 60), pixel_size=(3.0, 2.0), seed=1, **settings)
    scaled = {"k_min": 0.4, "k_max": 3.2, "gaussian_length": 2.0, "exponential_length": 3.0}
    twin, _ = reference.spectral((40, 60), rms=1.0, row_step=1.5, key=key_from(1), **scaled)
    assert_allclose(ours, twin, rtol=1e-8, atol=1e-10)


def test_there_is_nothing_outside_of_the_band():
    shape = (60, 81)
    z = synth.spectral(shape, k_min=0.5, k_max=1.3, seed=1)
    ky, kx = wave_numbers(shape, 1.0)
    k = np.hypot(ky, kx)
    power = np.abs(np.fft.rfft2(z)) ** 2 / z.size
    assert power[(k < 0.5) | (k > 1.3)].max() < 1e-25
    inside = power[(k > 0.5) & (k < 1.3)]
    level = z.size / np.count_nonzero((k > 0.5) & (k < 1.3)) / 2 * np.mean(z**2)
    assert inside.mean() == pytest.approx(level, rel=0.1)


def autocorrelation(seeds, shape=(256, 256), **settings):
    """Along both axes, from 0 on; the spread over seeds beside it."""
    found = []
    for seed in range(seeds):
        z = synth.spectral(shape, seed=seed, **settings)
        acf = np.fft.irfft2(np.abs(np.fft.rfft2(z)) ** 2, s=shape) / z.size
        found.append((acf[:40, 0] + acf[0, :40]) / 2)
    return np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(seeds)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"gaussian_length": 8.0}, lambda r: np.exp(-((r / 8) ** 2))),
        ({"gaussian_length": 8.0, "gaussian_power": 1.4}, lambda r: np.exp(-((r / 8) ** 1.4))),
        ({"exponential_length": 14.0}, lambda r: np.exp(-r / 14)),
    ],
)
def test_autocorrelation_is_that_of_the_formula(settings, expected):
    acf, error = autocorrelation(20, **settings)
    r = np.arange(30.0)
    # The mean of a periodic image is taken off. What the exponential has in waves shorter than two pixels, 1 / (14 pi) of all, is
    # missing, so that the rest of it counts for more.
    difference = acf[:30] - expected(r)
    assert np.all(np.abs(difference - difference[-8:].mean()) < 5 * error[:30] + 0.01 + 0.035 * expected(r))
    assert acf[0] == pytest.approx(1.0)
    length = next(value for name, value in settings.items() if name.endswith("length"))
    assert np.interp(-np.exp(-1), -acf, np.arange(40.0)) == pytest.approx(length, rel=0.08)  # 1 / e at the length itself


def test_power_law_is_that_of_the_exponent():
    power = np.mean(
        [np.abs(np.fft.rfft2(synth.spectral((128, 128), power_exponent=1.7, seed=s))) ** 2 for s in range(30)], axis=0
    )
    ky, kx = wave_numbers((128, 128), 1.0)
    k = np.hypot(ky, kx)
    rings = [(k >= low) & (k < 1.3 * low) for low in (0.3, 0.6, 1.2, 2.4)]
    levels = [power[ring].mean() / (k[ring] ** -3.4).mean() for ring in rings]
    assert_allclose(levels, np.mean(levels), rtol=0.06)


def test_threads_and_bases_change_nothing():
    settings = {"gaussian_length": 3.0, "gaussian_power": 1.5, "seed": 1}
    heights = synth.spectral((300, 420), threads=1, **settings)
    assert_array_equal(synth.spectral((300, 420), threads=3, **settings), heights)
    base = np.arange(300.0)[:, None] + np.zeros(420)
    assert_array_equal(synth.spectral(base=base, **settings), heights + base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k_min": 2.0, "k_max": 1.0}, "k_min and k_max must have a wave between them .* got k_min = 2.0 and k_max = 1.0"),
        ({"k_max": 0.01}, "k_min and k_max must have a wave"),
        ({"k_min": 4.5}, "k_max = none for 64 x 64 pixels"),
        ({"gaussian_length": 0.1}, "gaussian_length must be 0.25 to 1000 pixels long"),
        ({"exponential_length": 2000.0}, "exponential_length must be"),
        ({"gaussian_power": 13}, "gaussian_power must lie between 0.1 and 12, got 13"),
        ({"power_exponent": 6}, "power_exponent must lie between 0 and 5, got 6"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.spectral((64, 64), **settings)


@pytest.mark.parametrize("length", [0.25, 1000.0])
@pytest.mark.parametrize("power", [0.1, 2.0, 12.0])
def test_extremes_give_numbers(length, power):
    for shape in ((2, 2), (3, 64), (64, 61)):
        z = synth.spectral(
            shape, gaussian_length=length, gaussian_power=power, exponential_length=length, power_exponent=5.0, seed=1
        )
        assert np.isfinite(z).all()
        assert np.sqrt(np.mean(z**2)) == pytest.approx(1.0, rel=1e-9)
