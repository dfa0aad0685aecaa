"""One rule for the masks of all figures: a pixel that is not chosen is as good as missing, whatever it holds."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import Image, metrics, synth

SHAPE = (60, 70)
IDEAL = synth.pattern_staircase(SHAPE, period=20.0, height=5.0, angle=0.3, seed=1) + synth.noise(SHAPE, rms=0.05, seed=1)
NOISY = 1.1 * IDEAL + synth.noise(SHAPE, rms=0.3, seed=2)
CHOSEN = np.ones(SHAPE, bool)
CHOSEN[10:18, 20:33] = CHOSEN[45, 3:50] = False
PAIRS = {"rms_error", "psnr", "mean_bias", "largest_bias", "ssim", "spectrum_change"}
OF_RESIDUAL = {"row_correlation", "row_correlation_error", "structure"}
OF_BOTH = {"height_loss", "relief_loss", "edge_excess", "feature_residual"}
#: Those that refuse missing pixels where there is no mask.
NEED_ALL = {"rms_error", "psnr", "mean_bias", "largest_bias", "power_spectrum", "spectrum_change"}
ALL = sorted(metrics.__all__)


def measured(name, noisy, ideal=IDEAL, **options):
    if name in PAIRS:
        return getattr(metrics, name)(noisy, ideal, **options)
    if name in OF_RESIDUAL | OF_BOTH:
        residual = np.subtract(noisy, ideal)
        return getattr(metrics, name)(*((residual, ideal) if name in OF_BOTH else (residual,)), **options)
    size = {"pixel_size": 0.5} if name in ("sdq", "sdr") else {}
    return getattr(metrics, name)(noisy, **size, **options)


def junk(image, value):
    return np.where(CHOSEN, image, value)


def test_every_figure_takes_a_mask():
    for name in ALL:
        found = inspect.signature(getattr(metrics, name)).parameters
        assert (found["mask"].default, found["mask_mode"].default) == (None, "include"), name


@pytest.mark.parametrize("name", ALL)
def test_what_a_pixel_holds_that_is_not_chosen_does_not_matter(name):
    expected = measured(name, NOISY, mask=CHOSEN)
    with np.errstate(all="ignore"):
        for value in (np.nan, 1e9, np.inf):
            found = measured(name, junk(NOISY, value), junk(IDEAL, np.nan if value == np.inf else value), mask=CHOSEN)
            assert_array_equal(found, expected)
    if name not in NEED_ALL:
        assert_array_equal(measured(name, junk(NOISY, np.nan), junk(IDEAL, np.nan)), expected)
    if name == "feature_residual":  # of robust medians: what is changed by these pixels alone is below its threshold
        return
    everywhere = measured(name, NOISY + 30.0 * ~CHOSEN)
    assert np.shape(everywhere) != np.shape(expected) or not np.array_equal(everywhere, expected)


def test_features_that_are_masked_leave_no_residual():
    """Particles in one half were lowered, and there alone features show through."""
    particles = synth.objects((120, 120), radius=6.0, height=1.0, coverage=0.15, seed=1)
    left = np.arange(120) < 60
    residual = 0.02 * synth.noise((120, 120), rms=1.0, seed=1) + 0.2 * particles * left
    everywhere, outside = (metrics.feature_residual(residual, particles, mask=mask) for mask in (None, np.tile(~left, (120, 1))))
    assert everywhere > 0.02
    assert outside < 0.1 * everywhere


@pytest.mark.parametrize("name", ALL)
def test_modes(name):
    expected = measured(name, NOISY, mask=CHOSEN)
    for mask, mode in ((CHOSEN.astype(float), "include"), (~CHOSEN, "exclude"), (Image(~CHOSEN * 1.0), "exclude")):
        assert_array_equal(measured(name, NOISY, mask=mask, mask_mode=mode), expected)
    assert_array_equal(measured(name, NOISY, mask=CHOSEN, mask_mode="ignore"), measured(name, NOISY))
    half = np.full(SHAPE, 0.5)  # neither
    for mode in ("include", "exclude"):
        with pytest.raises(ValueError, match="mask must leave a pixel that counts, got none"):
            measured(name, NOISY, mask=half, mask_mode=mode)


@pytest.mark.parametrize("name", ALL)
def test_a_mask_that_chooses_all_changes_nothing(name):
    found = measured(name, NOISY, mask=np.ones(SHAPE))
    # Errors are summed in another order.
    assert_allclose(found, measured(name, NOISY), rtol=1e-12 if name in PAIRS else 0)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("mask", "mode", "message"),
    [
        (np.ones((70, 60)), "include", r"mask must have the shape of (image|ideal|residual) \(60, 70\), got \(70, 60\)"),
        (np.ones((70, 60)), "ignore", r"mask must have the shape of (image|ideal|residual) \(60, 70\), got \(70, 60\)"),
        (np.full(SHAPE, np.nan), "include", "mask must be finite"),
        (np.zeros(SHAPE), "include", "mask must leave a pixel that counts, got none"),
        (np.ones(SHAPE), "exclude", "mask must leave a pixel that counts, got none"),
        (np.ones(SHAPE), "other", "mask_mode must be one of 'include', 'exclude', 'ignore', got 'other'"),
        (None, "other", "mask_mode must be one of 'include', 'exclude', 'ignore', got 'other'"),
    ],
)
def test_refusals(name, mask, mode, message):
    with pytest.raises(ValueError, match=message):
        measured(name, NOISY, mask=mask, mask_mode=mode)


@pytest.mark.parametrize("name", sorted(NEED_ALL))
def test_what_counts_must_be_there(name):
    missing = NOISY.copy()
    missing[0, 0] = np.nan
    for options in ({"mask": CHOSEN}, {"mask": CHOSEN, "mask_mode": "ignore"}, {}):
        with pytest.raises(ValueError, match="image must be finite, got 1 value"):
            measured(name, missing, **options)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_spectrum_is_that_of_the_whole_profiles(axis):
    whole = CHOSEN.all(axis=axis)
    assert 0 < np.count_nonzero(whole) < len(whole)
    expected = metrics.power_spectrum(NOISY[whole] if axis == 1 else NOISY[:, whole], axis=axis)
    assert_array_equal(metrics.power_spectrum(NOISY, axis=axis, mask=CHOSEN), expected)
    none = np.ones(SHAPE)
    none[np.arange(60), np.arange(60)] = none[0] = 0
    if axis == 1:
        with pytest.raises(ValueError, match="mask must leave a profile along axis 1 that counts as a whole, got none"):
            metrics.power_spectrum(NOISY, axis=axis, mask=none)
        with pytest.raises(ValueError, match="mask must leave a row or a column that counts as a whole, got none"):
            metrics.spectrum_change(NOISY, IDEAL, mask=none)


def test_a_change_of_the_spectrum_without_whole_columns_is_that_of_the_rows():
    """A scan line that is wrong leaves no column whole."""
    mask = np.ones(SHAPE)
    mask[7] = 0
    wrong = NOISY.copy()
    wrong[7] += 1000.0
    assert metrics.spectrum_change(wrong, IDEAL) > 3 * metrics.spectrum_change(NOISY, IDEAL)
    found = metrics.spectrum_change(wrong, IDEAL, mask=mask)
    assert found == metrics.spectrum_change(NOISY, IDEAL, mask=mask)
    tall = np.concatenate([NOISY[mask[:, 0] > 0]] * 2), np.concatenate([IDEAL[mask[:, 0] > 0]] * 2)
    rows = [metrics.power_spectrum(image, axis=1)[1] for image in tall]
    assert found < np.max(np.abs(10 * np.log10(rows[0] / rows[1])))
