"""Self-affine surfaces: the twin's heights, and the spectrum, slope and directions that the parameters promise."""

import signal
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import synth
from afmnn._reference import self_affine as reference
from afmnn._seed import key_from


@pytest.mark.parametrize("shape", [(2, 2), (2, 7), (5, 3), (37, 50), (64, 64), (29, 96)])
@pytest.mark.parametrize("pixel", [1.0, (1.5, 2.0)])
def test_matches_twin(shape, pixel):
    dy, dx = np.broadcast_to(pixel, 2)
    settings = {"rms": 3e-9, "hurst": 0.6, "anisotropy": 4.0, "angle": 0.7}
    ours, info = synth.self_affine(shape, roll_off=20.0, smoothing=1.2, pixel_size=pixel, seed=4, return_info=True, **settings)
    lengths = {"roll_off": 20.0 / dx, "smoothing": 1.2 / dx, "row_step": dy / dx}
    twin, slope = reference.self_affine(shape, key=key_from(4), **lengths, **settings)
    assert_allclose(ours, twin, rtol=1e-9, atol=1e-21)
    assert info["rms_slope"] == pytest.approx(slope / dx, rel=1e-10)


def test_without_limits_it_matches_the_twin():
    twin, _ = reference.self_affine(
        (40, 31), rms=2.0, hurst=1.0, roll_off=np.inf, smoothing=0.0, anisotropy=1.0, angle=0.0, row_step=1.0, key=key_from(5)
    )
    assert_allclose(synth.self_affine((40, 31), rms=2.0, hurst=1.0, seed=5), twin, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [(64, 64), (45, 90)])
def test_rms_is_exact_and_there_is_no_mean(shape):
    heights = synth.self_affine(shape, rms=7.0, hurst=0.4, seed=1)
    assert heights.std() == pytest.approx(7.0, rel=1e-13)
    assert abs(heights.mean()) < 1e-13


def test_threads_and_bases_change_nothing():
    heights = synth.self_affine((300, 420), rms=1.0, smoothing=2.0, seed=1, threads=1)
    assert_array_equal(synth.self_affine((300, 420), rms=1.0, smoothing=2.0, seed=1, threads=3), heights)
    base = np.arange(300.0)[:, None] + np.zeros(420)
    assert_array_equal(synth.self_affine(base=base, rms=1.0, smoothing=2.0, seed=1), heights + base)


def periodogram(seeds, shape=(96, 128), **settings):
    """Mean power of every coefficient; each is exponentially distributed, so that the mean of n has the spread 1 / sqrt(n)."""
    return np.mean([np.abs(np.fft.rfft2(synth.self_affine(shape, rms=1.0, seed=s, **settings))) ** 2 for s in range(seeds)], 0)


@pytest.mark.parametrize(
    "settings",
    [
        {"hurst": 0.3},
        {"hurst": 0.8, "roll_off": 25.0, "smoothing": 1.0},
        {"hurst": 1.0, "roll_off": 40.0, "anisotropy": 3.0, "angle": 0.5},
    ],
)
def test_spectrum_is_that_of_the_formula(settings):
    seeds = 60
    power = periodogram(seeds, **settings)
    ky, kx = reference.wave_numbers((96, 128), 1.0)
    own = {"roll_off": np.inf, "smoothing": 0.0, "anisotropy": 1.0, "angle": 0.0} | settings
    along = kx * np.cos(own["angle"]) - ky * np.sin(own["angle"])
    across = kx * np.sin(own["angle"]) + ky * np.cos(own["angle"])
    k2 = (2 * np.pi / own["roll_off"]) ** 2 + own["anisotropy"] * along**2 + across**2 / own["anisotropy"]
    k2[0, 0] = np.inf
    expected = k2 ** -(1 + own["hurst"]) * np.exp(-(kx**2 + ky**2) * own["smoothing"] ** 2)
    # Inside, where coefficients are independent, and beyond those few that have most of the power, which is always 1.
    inside = np.s_[5:48, 5:-1]
    ratio = power[inside] / expected[inside]
    ratio /= ratio.mean()
    for part in (ratio[:8], ratio[-8:], ratio[:, :8], ratio[:, -8:], ratio[:20, :20]):
        assert abs(part.mean() - 1) < 4.5 / np.sqrt(seeds * part.size)
    assert stats.kstest(ratio.ravel() * 2 * seeds, stats.chi2(2 * seeds).cdf).pvalue > 1e-4


def test_heights_differ_by_a_power_of_their_distance():
    """The structure function of the Hurst exponent, where the image is far larger and pixels far smaller than the distance."""
    for hurst in (0.3, 0.5):
        distances = np.array([8, 11, 16, 22])
        squares = np.zeros(len(distances))
        for seed in range(6):
            z = synth.self_affine((512, 512), rms=1.0, hurst=hurst, roll_off=512.0, seed=seed)
            squares += [np.mean((z - np.roll(z, d, axis=1)) ** 2) for d in distances]
        slope = np.polyfit(np.log(distances), np.log(squares), 1)[0] / 2
        assert abs(slope - hurst) < 0.07


def test_features_are_as_long_as_asked_along_the_angle():
    z = synth.self_affine((256, 256), rms=1.0, roll_off=16.0, smoothing=2.0, anisotropy=9.0, angle=np.pi / 4, seed=2)
    # Counter-clockwise on screen, where rows run downwards: up and to the right.
    along = z - np.roll(z, (-3, 3), axis=(0, 1))
    across = z - np.roll(z, (3, 3), axis=(0, 1))
    assert np.mean(along**2) < 0.3 * np.mean(across**2)


def test_slope_is_that_of_fine_differences():
    z, info = synth.self_affine((200, 240), rms=2.0, smoothing=3.0, pixel_size=0.5, seed=3, return_info=True)
    dy, dx = ((np.roll(z, -1, axis=axis) - np.roll(z, 1, axis=axis)) / (2 * 0.5) for axis in (0, 1))
    assert info["rms_slope"] == pytest.approx(np.sqrt(np.mean(dy**2 + dx**2)), rel=0.01)
    assert np.abs(z[0] - z[-1]).mean() < 0.1  # periodic: the last row continues in the first


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rms": 1, "roll_off": 1.5}, "roll_off must be 2 to 1e\\+06 pixels long, got 1.5"),
        ({"rms": 1, "smoothing": 300}, "smoothing must be at most the longer side of the image"),
        ({"rms": 1, "hurst": 1.2}, "hurst must lie between 0 and 1, got 1.2"),
        ({"rms": 1, "anisotropy": 0.5}, "anisotropy must lie between 1 and 100, got 0.5"),
        ({"rms": 0}, "rms must be positive, got 0"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.self_affine((64, 64), **settings)


@pytest.mark.parametrize("hurst", [0.0, 1.0])
@pytest.mark.parametrize("smoothing", [0.0, 64.0])
def test_extremes_give_numbers(hurst, smoothing):
    for shape in ((2, 2), (64, 3), (61, 64)):
        z = synth.self_affine(shape, rms=1.0, hurst=hurst, smoothing=min(smoothing, max(shape)), anisotropy=100.0, seed=1)
        assert np.isfinite(z).all()
        assert np.sqrt(np.mean(z**2)) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.skipif(sys.platform == "win32", reason="needs setitimer")
def test_it_can_be_interrupted():
    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            synth.self_affine((4000, 3000), rms=1.0, seed=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
