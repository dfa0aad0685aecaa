"""Waves: the twin's heights for all quantities and forms, and the statistics of sources."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import synth
from afmnn._reference import waves as reference
from afmnn.synth.waves import FORMS, QUANTITIES

SPREADS = {"wavelength_spread": 0.1, "amplitude_spread": 0.2, "decay_spread": 0.1}


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("form", FORMS)
def test_matches_twin(quantity, form):
    for shape, pixel in (((2, 3), (1.0, 1.0)), ((37, 300), (1.0, 1.0)), ((50, 40), (1.5, 0.5))):
        ours, info = synth.waves(
            shape, count=7, waves_per_image=6, amplitude=3e-9, quantity=quantity, form=form, log10_decay=-2, center=(2.0, -5.0),
            center_spread_y=0.04, center_spread_x=0.02, pixel_size=pixel, seed=3, return_info=True, **SPREADS,
        )  # fmt: skip
        twin = reference.waves(info, shape, quantity=quantity, form=form, pixel=pixel)
        if quantity == "phase":
            difference = np.abs(ours - twin)
            assert np.minimum(difference, 2 * np.sqrt(np.pi) - difference).max() < 1e-6
        else:
            assert_allclose(ours, twin, rtol=0, atol=3e-9 * 2e-8)


def test_one_source_makes_circles():
    one = {
        "count": 1,
        "center_spread_y": 0.0,
        "center_spread_x": 0.0,
        "wavelength": 12.0,
        "amplitude": 2.0,
        "center": (5.0, -20.0),
    }
    z = synth.waves((64, 80), quantity="displacement", seed=1, **one)
    r = np.hypot(np.arange(64)[:, None] - 31.5 - 5.0, np.arange(80) - 39.5 + 20.0)
    phase = 2 * np.pi * r / 12
    assert_allclose(z, 4 * np.exp(-1e-5 * phase) * np.cos(phase), atol=1e-9)
    assert_allclose(synth.waves((64, 80), seed=1, **one), 4 * np.exp(-1e-5 * phase), rtol=1e-9)
    angle = synth.waves((64, 80), quantity="phase", seed=1, **one) * np.sqrt(np.pi)
    assert_allclose(np.exp(1j * angle), np.exp(1j * phase), atol=1e-9)
    assert np.abs(angle).max() <= np.pi + 1e-12


def test_the_image_size_is_the_root_of_its_area():
    _, info = synth.waves((64, 100), waves_per_image=20, pixel_size=0.5, count=2, seed=1, return_info=True)
    assert_allclose(info["wavelength"], 80 * 0.5 / 20, rtol=1e-12)


def test_power_does_not_depend_on_the_number_of_sources():
    """It is two, less what the waves lose on the way."""
    for count in (5, 200):
        settings = {"count": count, "quantity": "displacement", "waves_per_image": 20, "return_info": True}
        made = [synth.waves((64, 64), seed=seed, **settings) for seed in range(12)]
        lost = [np.exp(-2e-5 * 2 * np.pi * np.hypot(info["y"], info["x"]) / info["wavelength"]).mean() for _, info in made]
        assert np.mean(np.square([z for z, _ in made])) == pytest.approx(2 * np.mean(lost), rel=0.12)


def test_sources_have_the_spreads_asked_for():
    _, info = synth.waves(
        (10, 10), count=2000, center_spread_y=0.1, center_spread_x=0.2, log10_decay=-3, seed=5, return_info=True, **SPREADS
    )
    assert stats.kstest(info["y"] / 100, stats.norm.cdf).pvalue > 1e-4
    assert stats.kstest(info["x"] / 400, stats.norm.cdf).pvalue > 1e-4
    assert stats.kstest(np.log(info["amplitude"]) / 0.8, stats.norm.cdf).pvalue > 1e-4
    assert stats.kstest(np.log(info["wavelength"] * 3) / 0.4, stats.norm.cdf).pvalue > 1e-4
    assert stats.kstest(np.log(info["decay"] * 1e3) / 0.4, stats.norm.cdf).pvalue > 1e-4
    logs = np.log([info["amplitude"], info["wavelength"], info["decay"]])
    assert np.abs(np.corrcoef([*logs, info["y"], info["x"]]) - np.eye(5)).max() < 0.1


def test_inverse_cosh_is_periodic_sech_with_its_hilbert_transform():
    phase = np.linspace(0, 2 * np.pi, 512, endpoint=False)
    m = np.arange(1, 41)[:, None]
    own = reference.harmonics("inverse_cosh")[:, None]
    wave, quadrature = (np.sum(own * f(m * phase), axis=0) for f in (np.cos, np.sin))
    periodic = sum(1 / np.cosh(10 * phase / (2 * np.pi) - 10 * k) for k in range(-4, 6))
    periodic -= periodic.mean()
    assert_allclose(wave, periodic / periodic.std(), atol=1e-9)
    assert quadrature.std() == pytest.approx(1.0, rel=1e-9)


def test_threads_and_bases_change_nothing():
    heights = synth.waves((200, 320), count=9, seed=1, threads=1)
    assert_array_equal(synth.waves((200, 320), count=9, seed=1, threads=3), heights)
    base = np.arange(200.0)[:, None] + np.zeros(320)
    assert_array_equal(synth.waves(base=base, count=9, seed=1), heights + base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"count": 2001}, "count must be at most 2000, got 2001"),
        ({"wavelength": 0.01}, "wavelength must be 0.064 to 6400 pixels long, got 0.01"),
        ({"waves_per_image": 2000}, "waves_per_image must lie between 0.01 and 1000, got 2000"),
        ({"log10_decay": 1}, "log10_decay must lie between -5 and 0, got 1"),
        ({"center": (0.0, 1e6)}, "center\\[1\\] must be at most a thousand image sizes"),
        ({"amplitude": 0}, "amplitude must be positive, got 0"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.waves((64, 64), **settings)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_extremes_give_numbers(quantity):
    for settings in (
        {"waves_per_image": 1000, "log10_decay": 0, "decay_spread": 1, "wavelength_spread": 1, "amplitude_spread": 1},
        {"waves_per_image": 0.01, "center_spread_x": 1, "center_spread_y": 1},
    ):
        assert np.isfinite(synth.waves((30, 41), count=40, quantity=quantity, seed=2, **settings)).all()
