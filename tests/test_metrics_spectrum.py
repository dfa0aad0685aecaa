"""Power spectra: their integral, their peaks, and how a change is told."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import Image
from afmnn.metrics import power_spectrum, spectrum_change


@pytest.mark.parametrize(("axis", "count"), [(1, 128), (1, 129), (0, 90)])
def test_integral_is_the_mean_square(rng, axis, count):
    """Of white noise, whose power is the same everywhere: window and normalisation must agree."""
    noise = 3e-9 * rng.standard_normal((900, count))
    image = Image(noise if axis == 1 else noise.T, size=(2.0, 5.0))
    frequency, power = power_spectrum(image, axis=axis)
    length = image.pixel_size[axis]
    assert_allclose(frequency, np.arange(1, count // 2 + 1) / (count * length), rtol=1e-12)
    assert_allclose(np.sum(power) * (frequency[1] - frequency[0]), 9e-18, rtol=0.03)
    middle = power[3 : count // 2 - 2]
    assert_allclose(middle, 2 * 9e-18 * length, rtol=5 / math.sqrt(900))


def test_wave_is_where_it_belongs():
    y, x = np.mgrid[:64, :96]
    wave = 5 * np.sin(2 * np.pi * 12 * x / 96) + 100 * y  # offsets of rows do not count
    frequency, power = power_spectrum(wave, pixel_size=(1.0, 0.5))
    assert frequency[np.argmax(power)] == pytest.approx(12 / 48)
    assert_allclose(power.sum() * frequency[0], 12.5, rtol=1e-9)
    assert power[abs(frequency - 0.25) > 0.05].max() < 1e-9 * power.max()


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e-200])
def test_change_in_decibels(rng, unit):
    ideal = unit * rng.standard_normal((64, 64)).cumsum(axis=1).cumsum(axis=0)
    assert spectrum_change(ideal, ideal) == 0
    assert_allclose(spectrum_change(0.9 * ideal + 3 * unit, ideal), -20 * math.log10(0.9), rtol=1e-9)
    assert_allclose(spectrum_change(ideal / 0.9, ideal), -20 * math.log10(0.9), rtol=1e-9)
    assert spectrum_change(0 * ideal, ideal) == math.inf
    assert math.isnan(spectrum_change(ideal, 0 * ideal))


def test_only_octaves_count_that_the_ideal_has(rng):
    y, x = np.mgrid[:64, :64]
    ideal = np.sin(2 * np.pi * (6 * x + 5 * y) / 64)
    fine = 1e-3 * rng.standard_normal(ideal.shape)
    assert spectrum_change(ideal + fine, ideal) < 0.01
    assert spectrum_change(ideal + 300 * fine, ideal) > 0.1


def test_a_large_offset_takes_nothing_from_the_relief(rng):
    image, ideal = (np.round(30 * rng.normal(size=(48, 64))) * 2.0**-33 for _ in range(2))  # exact on top of a million, too
    change = spectrum_change(image, ideal)
    assert change > 0.05
    assert_allclose(spectrum_change(1e6 + image, 1e6 + ideal), change, rtol=1e-9)
    assert_allclose(power_spectrum(1e6 + image)[1], power_spectrum(image)[1], rtol=1e-9)


def test_refusals():
    with pytest.raises(ValueError, match="axis must be 0 or 1, got 2"):
        power_spectrum(np.ones((9, 9)), axis=2)
    with pytest.raises(ValueError, match=r"at least 4 pixels along axis 0, got shape \(3, 9\)"):
        power_spectrum(np.ones((3, 9)), axis=0)
    with pytest.raises(ValueError, match="image must be finite"):
        power_spectrum(np.full((9, 9), np.nan))
    with pytest.raises(ValueError, match="image must have the shape of ideal"):
        spectrum_change(np.ones((9, 8)), np.ones((8, 9)))
