"""Structural similarity: scikit-image's numbers, and what they cannot give."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import Image
from afmnn.metrics import ssim

ARGUMENTS = [
    {},
    {"win_size": 3},
    {"win_size": 21},
    {"win_size": 9, "use_sample_covariance": False},
    {"gaussian_weights": True},
    {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False},  # Wang et al. 2004
    {"gaussian_weights": True, "sigma": 0.8},
    {"gaussian_weights": True, "sigma": 4.0},
    {"gaussian_weights": True, "sigma": 2.5, "win_size": 7},
]


@pytest.fixture
def pair(rng):
    y, x = np.mgrid[:47, :62]
    ideal = np.sin(x / 5) * np.cos(y / 7) + 0.2
    return ideal + 0.2 * rng.standard_normal(ideal.shape), ideal


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@pytest.mark.parametrize("zero", [0.0, -30.0])
def test_numbers_are_those_of_scikit_image(pair, arguments, zero):
    metrics = pytest.importorskip("skimage.metrics")
    image, ideal = pair[0] + zero, pair[1] + zero
    expected, full = metrics.structural_similarity(image, ideal, data_range=np.ptp(ideal), full=True, **arguments)
    assert 0.1 < expected < 0.95 or zero
    value, similarity = ssim(image, ideal, full=True, **arguments)
    assert_allclose(value, expected, rtol=0, atol=1e-9)
    assert_allclose(similarity, full, rtol=0, atol=1e-8)
    assert ssim(image, ideal, **arguments) == value
    assert_allclose(
        ssim(image, ideal, data_range=7.0, **arguments),
        metrics.structural_similarity(image, ideal, data_range=7.0, **arguments),
        rtol=0,
        atol=1e-9,
    )


@pytest.mark.parametrize("unit", [1e-9, 1e-200, 1e200])
def test_unit_does_not_matter(pair, unit):
    image, ideal = pair
    assert_allclose(ssim(Image(image * unit), ideal * unit), ssim(image, ideal), rtol=1e-12)


def test_zero_far_away_costs_no_digits(pair):
    """Local means that are nearly the same leave contrast and shape, which do not change with the zero any more."""
    image, ideal = (np.round(heights * 2**20) / 2**20 for heights in pair)  # so that moving the zero is exact
    far, further = (ssim(image + zero, ideal + zero, data_range=2.0) for zero in (2.0**22, 2.0**30))
    assert_allclose(far, further, rtol=1e-9)
    assert 0.3 < far < 0.9


def test_same_image_and_missing_pixels(pair):
    image, ideal = pair
    assert ssim(ideal, ideal) == pytest.approx(1, abs=1e-12)
    holes = image.copy()
    holes[20, 30] = np.nan
    value, similarity = ssim(holes, ideal, full=True)
    assert np.isnan(similarity).sum() == 49
    whole = ssim(image, ideal, full=True)[1]
    np.testing.assert_array_equal(similarity[np.isfinite(similarity)], whole[np.isfinite(similarity)])
    assert_allclose(value, similarity[3:-3, 3:-3][np.isfinite(similarity[3:-3, 3:-3])].mean())
    assert np.isnan(ssim(np.where(np.arange(62) % 6 == 0, np.nan, image), ideal))


def test_refusals(pair):
    image, ideal = pair
    with pytest.raises(ValueError, match=r"image must have the shape of ideal \(47, 62\), got \(62, 47\)"):
        ssim(image.T, ideal)
    with pytest.raises(ValueError, match="win_size must be odd, got 8"):
        ssim(image, ideal, win_size=8)
    with pytest.raises(ValueError, match="win_size must be at most 47, got 49"):
        ssim(image, ideal, win_size=49)
    with pytest.raises(ValueError, match="ideal must not be constant where data_range is left out"):
        ssim(image, np.zeros_like(ideal))
    with pytest.raises(ValueError, match="data_range must be positive, got 0"):
        ssim(image, ideal, data_range=0)
    with pytest.raises(ValueError, match="image must not have infinite heights"):
        ssim(np.where(image > 1, np.inf, image), ideal)
    with pytest.raises(ValueError, match="ideal must have pixels that are not NaN, got none"):
        ssim(image, np.full_like(ideal, np.nan))
    with pytest.raises(TypeError, match="gaussian_weights must be True or False"):
        ssim(image, ideal, gaussian_weights="yes")
