"""Turing patterns: the twin's fields to the bit, measured wavelength and extremes, isotropy."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from afmnn import _core, synth
from afmnn._reference import turing_pattern as reference
from afmnn._seed import key_from


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (7, 12), (200, 150)])
@pytest.mark.parametrize(("size", "chaos"), [(2.2, 0.0), (6.5, 0.25), (30.0, 1.0)])
def test_matches_twin(shape, size, chaos):
    field = _core.turing_draws(*shape, 9) - 0.5
    for iterations in (1, 20):
        made = field.copy()
        _core.turing_pattern(made, iterations, size, chaos, 2, None)
        np.testing.assert_allclose(made, reference.turing_pattern(field, iterations, size, chaos), rtol=1e-4, atol=1e-6)


def spectrum(heights):
    """Power against frequency, and the mean square frequencies along both axes."""
    power = np.abs(np.fft.fft2(heights - heights.mean())) ** 2
    fy, fx = np.meshgrid(*(np.fft.fftfreq(n) for n in heights.shape), indexing="ij")
    return power, fy, fx


@pytest.fixture(scope="module")
def grown():
    return {chaos: synth.turing_pattern((96, 108), iterations=2000, wavelength=12, chaos=chaos, seed=1) for chaos in (0, 0.25, 1)}


def test_the_wavelength_is_the_one_asked_for(grown):
    for heights in grown.values():
        power, fy, fx = spectrum(heights)
        mean = np.sum(power * np.hypot(fy, fx)) / np.sum(power)
        peak = np.hypot(fy, fx).ravel()[np.argsort(power, axis=None)[-30:]].mean()
        assert 1 / peak == pytest.approx(12, rel=0.06)
        assert 1 / mean == pytest.approx(12, rel=0.2)


def test_extremes_are_the_measured_ones(grown):
    for chaos, extreme in ((0, 4.5), (0.25, 7.5), (1, 13)):
        heights = grown[chaos]
        assert heights.max() == pytest.approx(extreme, rel=0.15)
        assert heights.min() == pytest.approx(-extreme, rel=0.15)
        assert abs(heights.mean()) < 0.05 * extreme


def test_no_direction_is_preferred():
    ratios = []
    for seed in range(4):
        power, fy, fx = spectrum(synth.turing_pattern((72, 72), iterations=400, wavelength=8, seed=seed))
        ratios.append(np.sum(power * (fy**2 - fx**2)) / np.sum(power * (fy**2 + fx**2)))
    assert abs(np.mean(ratios)) < 4 * 0.15 / 2


def test_base_threads_scale_and_progress(rng):
    base = rng.normal(size=(300, 250))
    field = (base - base.min()) / np.ptp(base) - 0.5
    _core.turing_pattern(field, 3, 8.0, 0.25, 1, None)
    assert_array_equal(synth.turing_pattern(base=base, iterations=3), field)
    made = [synth.turing_pattern((300, 250), iterations=3, seed=2, threads=n) for n in (1, 3)]
    assert_array_equal(*made)
    assert_array_equal(
        synth.turing_pattern((300, 250), iterations=3, wavelength=32.0, pixel_size=2.0, height=3.0, seed=2), 3 * made[0]
    )
    assert np.any(synth.turing_pattern((300, 250), iterations=3, seed=3) != made[0])
    field = _core.turing_draws(300, 250, key_from(2)) - 0.5
    assert abs(field.mean()) < 4 / np.sqrt(12 * field.size)
    assert not synth.turing_pattern(base=np.zeros((8, 9)), iterations=1, seed=1).std()

    def stop(done, count):
        assert 0 < done <= count == 1_000_000
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synth.turing_pattern((64, 64), iterations=1_000_000, progress=stop)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"iterations": 1_000_001}, ValueError, "iterations must be at most 1000000, got 1000001"),
        ({"wavelength": 4.0}, ValueError, "wavelength must be 4.4 to 200 pixels long, got 4.0"),
        ({"chaos": 1.5}, ValueError, "chaos must lie between 0 and 1, got 1.5"),
        ({"height": 0}, ValueError, "height must be positive, got 0"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.turing_pattern(**({"shape": (8, 8)} | arguments))


def test_core_refuses_what_would_crash():
    for wrong, message in ((np.full((4, 4), np.nan), "field must be within"), (np.ones((1, 4)), "field must be at least 2 x 2")):
        with pytest.raises(ValueError, match=message):
            _core.turing_pattern(wrong, 1, 8.0, 0.0, 1, None)
