"""What levelling does to Sq: the closed form, surfaces of known correlation, and what users are told."""

import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import afmnn
from afmnn.correct import levelling_bias as bias


def surfaces(acf, length, shape, count, rng):
    """Stationary surfaces with Sq = 1 and this correlation length, in pixels, made on a period far longer than the image."""
    rows, cols = (2 ** math.ceil(math.log2(3 * size)) for size in shape)
    y = np.minimum(np.arange(rows), rows - np.arange(rows))[:, None]
    x = np.minimum(np.arange(cols), cols - np.arange(cols))
    power = np.fft.fft2(bias.autocorrelation(acf, np.hypot(y, x) / length)).real.clip(0)
    for _ in range((count + 1) // 2):
        white = rng.normal(size=(rows, cols)) + 1j * rng.normal(size=(rows, cols))
        made = np.fft.fft2(white * np.sqrt(power / power.size))
        yield made.real[: shape[0], : shape[1]]
        yield made.imag[: shape[0], : shape[1]]


@pytest.mark.parametrize("length", [0.003, 0.05, 0.3, 2.0])
def test_closed_form_of_the_mean(length):
    """What a mean takes off, by integration by hand."""
    exponential = 2 * length - 2 * length**2 * (1 - math.exp(-1 / length))
    gaussian = length * (math.sqrt(math.pi) * math.erf(1 / length) - length * (1 - math.exp(-1 / length**2)))
    assert_allclose(bias.variance_lost(length, 0, "exponential"), exponential, rtol=1e-10)
    assert_allclose(bias.variance_lost(length, 0, "gaussian"), gaussian, rtol=1e-10)


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_short_correlation_loses_in_proportion(degree):
    for acf, factor in (("exponential", 2.0), ("gaussian", math.sqrt(math.pi))):
        assert_allclose(bias.variance_lost(1e-4, degree, acf), (degree + 1) * factor * 1e-4, rtol=0.01)
        lost = [bias.variance_lost(length, degree, acf) for length in (0.01, 0.1, 1.0, 10.0, 1e3)]
        assert sorted(lost) == lost
        assert lost[-1] <= 1.0
        assert 1.0 - lost[-1] < 0.01


@pytest.mark.parametrize("acf", bias.ACFS)
def test_variance_lost_is_that_of_discrete_lines(acf):
    """The same by matrices: trace of P C, for a projection P on polynomials."""
    x = (np.arange(1500) + 0.5) / 1500
    for length in (0.02, 0.15, 0.6):
        covariance = bias.autocorrelation(acf, abs(x[:, None] - x) / length)
        for degree in (0, 1, 3):
            basis, _ = np.linalg.qr(np.vander(2 * x - 1, degree + 1))
            expected = np.sum(basis * (covariance @ basis)) / 1500
            assert_allclose(bias.variance_lost(length, degree, acf), expected, rtol=2e-3)


@pytest.mark.parametrize("acf", bias.ACFS)
def test_surface_variance_lost_is_that_of_discrete_surfaces(acf):
    y, x = (side.ravel() for side in np.indices((30, 40)))
    covariance = bias.autocorrelation(acf, np.hypot(y[:, None] - y, x[:, None] - x) / 9.0)
    for terms in (bias.surface_terms(1, 1, True), bias.surface_terms(2, 1, False)):
        design = np.stack([(y / 15.0 - 1) ** i * (x / 20.0 - 1) ** j for i, j in terms], axis=1)
        basis, _ = np.linalg.qr(design)
        expected = np.sum(basis * (covariance @ basis)) / len(x)
        assert_allclose(bias.surface_variance_lost((9 / 30, 9 / 40), terms, acf), expected, rtol=0.01)


@pytest.mark.parametrize("acf", bias.ACFS)
@pytest.mark.parametrize(("length", "degree"), [(4.0, 0), (10.0, 1), (10.0, 2), (25.0, 0), (25.0, 1)])
def test_bias_of_lines_of_known_correlation(acf, length, degree, rng):
    """256 pixels a line: found without knowing Sq or the correlation, on average over surfaces and never far above the truth."""
    found, true, lengths = [], [], []
    for surface in surfaces(acf, length, (256, 256), 10, rng):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", afmnn.LevellingWarning)
            _, info = afmnn.level(surface, "rows", rows="polynomial", degree=degree, return_info=True)
        found.append(info.figures["sq_bias"])
        lengths.append(info.figures["correlation_length"])
        true.append(info.figures["sq"] ** 2)
    expected = math.sqrt(1 - bias.variance_lost(length / 256, degree, acf)) - 1
    assert_allclose(math.sqrt(np.mean(true)) - 1, expected, atol=0.05)
    # The least of both models: below the truth in size, by no more than a third for the other model.
    assert 0.5 * abs(expected) < abs(np.mean(found)) < 1.15 * abs(expected)
    if acf == "gaussian":
        assert_allclose(np.mean(lengths), length, rtol=0.15)


def test_the_measured_correlation_length_is_too_short_and_the_estimate_is_not(rng):
    measured, found = [], []
    for surface in surfaces("gaussian", 40.0, (200, 256), 16, rng):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", afmnn.LevellingWarning)
            levelled, info = afmnn.level(surface, "rows", rows="polynomial", degree=1, return_info=True)
        measured.append(bias.decay_length(levelled, None))
        found.append(info.figures["correlation_length"])
    assert np.mean(measured) < 0.75 * 40
    assert abs(np.mean(found) - 40) < 0.6 * (40 - np.mean(measured))


def test_bias_of_a_plane(rng):
    found = []
    for surface in surfaces("gaussian", 12.0, (200, 256), 10, rng):
        _, info = afmnn.level(surface, return_info=True)
        found.append(info.figures["sq_bias"])
        assert_allclose(info.figures["sq_true"] * (1 + info.figures["sq_bias"]), info.figures["sq"], rtol=1e-12)
    lost = bias.surface_variance_lost((12 / 200, 12 / 256), bias.surface_terms(1, 1, True), "gaussian")
    assert_allclose(np.mean(found), math.sqrt(1 - lost) - 1, rtol=0.3)


def test_a_warning_where_it_matters_and_only_when_asked(rng):
    rough = next(surfaces("gaussian", 40.0, (128, 128), 1, rng))
    fine = next(surfaces("gaussian", 2.0, (128, 128), 1, rng))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        afmnn.level(rough, "rows")
        _, info = afmnn.level(fine, "rows", return_info=True)
    assert info.notes == ()
    assert -0.05 < info.figures["sq_bias"] < 0
    with pytest.warns(afmnn.LevellingWarning, match=r"levelling takes at least \d+ % off Sq: .* of 128 in a line"):
        _, info = afmnn.level(rough, "rows", return_info=True)
    assert info.figures["sq_bias"] < -0.05
    assert len(info.notes) == 1


def test_axis_and_missing_pixels(rng):
    surface = next(surfaces("exponential", 8.0, (150, 200), 1, rng))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", afmnn.LevellingWarning)
        expected = afmnn.level(surface, "rows", return_info=True)[1].figures
        assert afmnn.level(surface.T, "rows", axis=0, return_info=True)[1].figures == expected
        holes = surface.copy()
        holes[rng.random(holes.shape) < 0.2] = np.nan
        figures = afmnn.level(holes, "rows", return_info=True)[1].figures
    assert_allclose(figures["sq_bias"], expected["sq_bias"], rtol=0.1)
    assert_allclose(figures["sq"], expected["sq"], rtol=0.02)


@pytest.mark.parametrize("method", ["facet", "base"])
def test_what_is_not_fitted_has_no_known_bias(method, rng):
    _, info = afmnn.level(rng.normal(size=(40, 50)), method, return_info=True)
    assert "sq_bias" not in info.figures
    assert "sq_bias is left out" in info.notes[0]


def test_flat_and_tiny_images_have_no_bias():
    for image in (np.zeros((30, 40)), np.zeros((1, 1)), np.arange(12.0).reshape(3, 4)):
        _, info = afmnn.level(image, return_info=True)
        assert math.isnan(info.figures["sq_bias"])
        assert "cannot be told" in info.notes[0]
