"""Errors by which a result is judged, against the formulas spelled out."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import Image
from afmnn.metrics import largest_bias, mean_bias, psnr, rms_error


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.float32, 1.0), (np.float32, 1e-9), (np.float64, 1.0), (np.float64, 1e-200), (np.float64, 1e200)]
)
def test_formulas(rng, dtype, scale):
    image, ideal = (scale * rng.standard_normal((2, 9, 13))).astype(dtype)
    difference = (image.astype(np.float64) - ideal) / scale
    error = math.sqrt(sum(v * v for v in difference.ravel()) / 117)
    assert_allclose(rms_error(image, ideal) / scale, error, rtol=1e-12)
    spread = (float(ideal.max()) - float(ideal.min())) / scale
    assert_allclose(psnr(image, ideal), 20 * math.log10(spread / error), rtol=1e-12)
    assert_allclose(psnr(image, ideal, data_range=10.0 * scale), 20 * math.log10(10 / error), rtol=1e-12)
    assert rms_error(Image(image), Image(ideal)) == rms_error(image, ideal)


def test_same_images():
    ideal = np.arange(6.0).reshape(2, 3)
    assert rms_error(ideal, ideal) == 0
    assert psnr(ideal, ideal) == math.inf


def test_only_the_pixels_of_the_mask_count(rng):
    image, ideal = rng.standard_normal((2, 9, 13))
    mask = rng.random((9, 13)) < 0.5
    image[~mask], ideal[~mask] = np.nan, np.inf
    there, truth = image[mask], ideal[mask]
    error = np.sqrt(np.mean((there - truth) ** 2))
    assert_allclose(rms_error(image, ideal, mask=mask), error, rtol=1e-12)
    assert_allclose(psnr(image, ideal, mask=mask), 20 * np.log10(np.ptp(truth) / error), rtol=1e-12)


def test_refusals():
    ones, ideal = np.ones((2, 3)), np.arange(6.0).reshape(2, 3)
    hole = np.where(ideal == 4, np.nan, ideal)
    with pytest.raises(ValueError, match=r"image must have the shape of ideal \(2, 3\), got \(3, 2\)"):
        rms_error(ones.T, ideal)
    with pytest.raises(ValueError, match=r"mask must have the shape of ideal \(2, 3\), got \(3, 2\)"):
        rms_error(ones, ideal, mask=ones.T)
    with pytest.raises(ValueError, match="mask must leave a pixel that counts, got none"):
        psnr(ones, ideal, mask=0 * ones)
    for measure in (rms_error, psnr):
        with pytest.raises(ValueError, match=r"image must be finite, got 1 value that is not, .* = \(1, 1\)"):
            measure(hole, ideal)
        with pytest.raises(ValueError, match=r"ideal must be finite"):
            measure(ideal, hole, mask=ones)
    with pytest.raises(ValueError, match="ideal must not be constant where data_range is left out"):
        psnr(ideal, ones)
    with pytest.raises(ValueError, match="data_range must be positive, got 0"):
        psnr(ones, ideal, data_range=0)
    with pytest.raises(TypeError, match="image must be an array of real numbers"):
        rms_error(1j * ones, ideal)


def test_biases(rng):
    ideal = rng.standard_normal((40, 50))
    image = ideal + 0.25
    image[10:19, 20:29] -= 3.0
    assert_allclose(mean_bias(image, ideal), 0.25 - 3 * 81 / 2000, rtol=1e-12)
    assert_allclose(largest_bias(image, ideal), -2.75, rtol=1e-12)  # exactly one square has it all
    assert_allclose(largest_bias(image, ideal, size=18), -2.75 / 4 + 0.25 * 3 / 4, rtol=1e-12)
    image[0, 0] += 9
    assert_allclose(largest_bias(image, ideal, size=1), 9.25, rtol=1e-12)
    mask = np.ones(ideal.shape)
    mask[10:19, 20:29] = mask[0, 0] = 0
    image[14, 24] = np.nan
    assert_allclose(largest_bias(image, ideal, mask=mask), 0.25, rtol=1e-12)
    mask[::5] = 0
    assert math.isnan(largest_bias(image, ideal, mask=mask))
    with pytest.raises(ValueError, match=r"size must be at most the smaller side of the images \(40, 50\), got 41"):
        largest_bias(ideal, ideal, size=41)
