"""Levelled scaling: the plane and the spread that networks with a fovea see."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import afmnn
from afmnn import Scaling
from afmnn.nn import scaling
from afmnn.training.pairs import TrainingPair
from networks import fovea_network, relief

LEVELLED = Scaling("levelled", 0.0, 1.0, 0.0, 1.0)


def measure(image):
    return scaling.measure(LEVELLED, np.asarray(image), 1)


def tilt(shape, down, along):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return down * rows + along * cols


def test_figures_are_those_of_the_levelled_image(rng):
    image = rng.normal(5.0, 2.0, (200, 300)) + tilt((200, 300), 0.25, -0.1)
    found = measure(image)
    assert found.kind == "levelled"
    # A median over some 10^5 pairs, each with sqrt(2) * 2 over about 80 rows.
    assert found.row_slope == pytest.approx(0.25, abs=1e-3)
    assert found.col_slope == pytest.approx(-0.1, abs=1e-3)
    assert 1 / found.in_factor == pytest.approx(2.0, rel=0.03)
    left = image - tilt(image.shape, found.row_slope, found.col_slope)
    assert found.in_shift == pytest.approx(np.median(left), abs=1e-9)
    low, high = np.quantile(left, [0.05, 0.95])
    assert 1 / found.in_factor == pytest.approx((high - low) / 3.2897, rel=3e-3)
    assert (found.out_shift, found.out_factor) == (found.in_shift, found.in_factor)


def test_plane_is_the_one_through_the_first_pixel():
    found = Scaling("levelled", 0.0, 1.0, 0.0, 1.0, 0.5, -2.0)
    assert_allclose(found.plane((3, 4)), tilt((3, 4), 0.5, -2.0))
    assert found.plane((3, 4)).dtype == np.float64
    assert not Scaling("robust", 0.0, 1.0, 0.0, 1.0).plane((3, 4)).any()
    with pytest.raises(ValueError, match="shape must be two integers"):
        found.plane((3, 4, 5))


@pytest.mark.parametrize("shape", [(40, 50), (50, 17), (3, 400), (2, 2), (1300, 33), (33, 1300), (1, 60), (60, 1), (1, 2)])
@pytest.mark.parametrize(("down", "along"), [(3.0, 0.0), (0.0, -100.0), (-20.0, 7.0)])
def test_a_plane_on_top_changes_slopes_and_nothing_else(shape, down, along, rng):
    image = relief(shape, rng)[0]
    before, after = measure(image), measure(image + tilt(shape, down, along))
    size = abs(down) * shape[0] + abs(along) * shape[1]
    assert after.row_slope - before.row_slope == pytest.approx(down if shape[0] > 1 else 0.0, abs=1e-14 * size)
    assert after.col_slope - before.col_slope == pytest.approx(along if shape[1] > 1 else 0.0, abs=1e-14 * size)
    assert after.in_factor == pytest.approx(before.in_factor, rel=1e-10)
    assert after.in_shift == pytest.approx(before.in_shift, abs=1e-10)


@pytest.mark.parametrize("way", [np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1]])
def test_flipped_images_have_flipped_planes(way, rng):
    image = relief((61, 80), rng)[0] + tilt((61, 80), 0.3, 0.2)
    before, after = measure(image), measure(image[way])
    assert after.in_factor == pytest.approx(before.in_factor, rel=1e-12)
    assert_allclose(after.plane(image.shape) + after.in_shift, (before.plane(image.shape) + before.in_shift)[way], atol=1e-12)


def test_outliers_and_missing_pixels_hardly_count(rng):
    image = relief((80, 90), rng)[0] + tilt((80, 90), 0.3, 0.2)
    before = measure(image)
    spoilt = image.copy()
    spoilt[rng.random(image.shape) < 0.02] = 1e6
    spoilt[rng.random(image.shape) < 0.02] = np.nan
    spoilt[rng.random(image.shape) < 0.02] = -np.inf
    spoilt[7] = np.nan
    spoilt[:, 11] = np.inf
    after = measure(spoilt)
    assert after.row_slope == pytest.approx(before.row_slope, abs=3e-3)
    assert after.col_slope == pytest.approx(before.col_slope, abs=3e-3)
    assert after.in_factor == pytest.approx(before.in_factor, rel=0.15)


def test_scan_lines_offsets_do_not_pass_for_a_tilt(rng):
    image = np.zeros((128, 128)) + rng.normal(0, 1, (128, 1)) + 0.1 * rng.normal(size=(128, 128))
    assert abs(measure(image).row_slope) < 0.02
    assert abs(measure(image).col_slope) < 0.001


@pytest.mark.parametrize("period", [10, 14.1, 16, 18.3, 24, 25.6, 30, 51.2, 36.6, 42.5, 85.3])
@pytest.mark.parametrize("count", [128, 250])
def test_gratings_do_not_pass_for_a_tilt(count, period):
    wave = 10.0 * (np.arange(count) % period < period / 2) + np.zeros((count, 1))
    for image, name in ((wave, "col_slope"), (wave.T, "row_slope")):
        noisy = image + 0.1 * np.random.default_rng(3).normal(size=image.shape)
        assert abs(getattr(measure(noisy), name)) * count < 4.0


def test_large_images_are_measured_on_all_pixels(rng):
    image = rng.normal(size=(1025, 2050)) + tilt((1025, 2050), 0.01, -0.02)
    found = measure(image)
    assert found.row_slope == pytest.approx(0.01, abs=1e-4)
    assert found.col_slope == pytest.approx(-0.02, abs=1e-4)
    low, median, high = np.quantile(image - found.plane(image.shape), [0.05, 0.5, 0.95])
    # Less the medians of their lines, of which some pixels are looked at, heights differ a little less.
    assert 3.2897072539029444 / found.in_factor == pytest.approx(high - low, rel=0.01)
    assert 3.2897072539029444 / found.in_factor <= (high - low) * (1 + 1e-12)
    assert found.in_shift == pytest.approx(median, rel=1e-12)
    # The slopes are those of some pixels of all lines, wherever pixels are missing.
    image[::2, ::3] = np.nan
    found = measure(image)
    assert found.row_slope == pytest.approx(0.01, abs=1e-4)
    assert found.col_slope == pytest.approx(-0.02, abs=1e-4)
    assert found.in_factor == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("period", [2, 4, 8, 64])
def test_lines_of_two_kinds_measure_the_same_in_a_taller_image(period, rng):
    """Odd and even lines, or groups of lines, by turns: a part of the lines must have its share of both."""
    lines = rng.normal(size=(1024, 70)) + tilt((1024, 70), 0.02, 0.1)
    lines[np.arange(1024) % period >= period // 2] += 20.0
    expected = measure(lines)
    for copies in (2, 3):
        taller = measure(np.vstack([lines + 0.02 * 1024 * i for i in range(copies)]))
        assert taller.in_factor == pytest.approx(expected.in_factor, rel=0.03)
        assert taller.row_slope == pytest.approx(0.02, abs=2e-3)
        assert taller.col_slope == pytest.approx(0.1, abs=2e-3)
    # Offsets of lines are no relief; columns of two kinds are, in a wider image as well.
    assert 1.0 / expected.in_factor == pytest.approx(1.0, rel=0.03)
    wider = measure(np.hstack([lines.T + 0.02 * 1024 * i for i in range(3)]))
    assert wider.in_factor == pytest.approx(measure(lines.T).in_factor, rel=0.03)
    assert 1.0 / wider.in_factor > 5.0


@pytest.mark.parametrize("rows", [40, 100, 250, 999, 1001, 1500, 2047])
@pytest.mark.parametrize("period", [2, 4])
def test_lines_of_two_kinds_do_not_pass_for_a_tilt(rows, period, rng):
    """Pairs of lines an odd distance apart would say half the time that the image rises, half the time that it falls."""
    image = rng.normal(size=(rows, 70))
    image[np.arange(rows) % period >= period // 2] += 50.0
    assert abs(measure(image).row_slope) * rows < 2.0
    assert abs(measure(image.T).col_slope) * rows < 2.0


@pytest.mark.parametrize("period", [2, 3])
@pytest.mark.parametrize("shape", [(100, 120), (300, 400), (1200, 300)])
def test_a_tilt_shows_where_every_other_line_is_missing(shape, period, rng):
    image = rng.normal(size=shape) + tilt(shape, 0.3, -0.5)
    gone = image.copy()
    gone[::period] = np.nan
    assert measure(gone).row_slope == pytest.approx(0.3, abs=5e-3)
    assert measure(gone).col_slope == pytest.approx(-0.5, abs=5e-3)
    gone = image.copy()
    gone[:, ::period] = np.nan
    assert measure(gone).row_slope == pytest.approx(0.3, abs=5e-3)
    assert measure(gone).col_slope == pytest.approx(-0.5, abs=5e-3)


def test_a_scan_that_was_stopped_has_the_tilt_of_its_lines(rng):
    lines = rng.normal(size=(40, 90)) + tilt((40, 90), 3.0, 0.5)
    expected = measure(lines)
    stopped = np.full((128, 100), np.nan)
    stopped[60:100, 5:95] = lines
    found = measure(stopped)
    assert (found.row_slope, found.col_slope) == (expected.row_slope, expected.col_slope)
    assert found.in_factor == pytest.approx(expected.in_factor, rel=1e-12)
    corner = found.plane(stopped.shape)[60, 5]
    assert found.in_shift + corner == pytest.approx(expected.in_shift, abs=1e-9)


@pytest.mark.parametrize("way", [np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1]])
def test_flipped_large_images_have_flipped_planes(way, rng):
    """What is compared of an image is the same from either end."""
    image = relief((1300, 401), rng)[0] + tilt((1300, 401), 0.3, 0.2)
    before, after = measure(image), measure(image[way])
    assert after.in_factor == pytest.approx(before.in_factor, rel=1e-12)
    assert_allclose(after.plane(image.shape) + after.in_shift, (before.plane(image.shape) + before.in_shift)[way], atol=1e-9)


@pytest.mark.parametrize("factor", [1e-12, 1.0, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1.0, -1e6])
def test_nothing_but_a_plane_is_constant(factor, offset):
    for shape in ((40, 50), (1, 50), (50, 1), (1, 1), (2, 3)):
        assert measure(factor * (offset + tilt(shape, 0.37, -0.11))).constant
    assert measure(np.full((20, 30), factor * offset)).constant


@pytest.mark.parametrize("noise", [1e-6, 1e-9])
def test_little_noise_on_a_plane_is_not_constant(noise, rng):
    image = noise * rng.normal(size=(60, 60)) + tilt((60, 60), 1.0, 2.0)
    assert measure(image).in_factor == pytest.approx(1 / noise, rel=0.1)


def test_a_far_mark_does_not_make_an_image_a_plane(rng):
    image = relief((60, 60), rng)[0]
    expected = measure(image).in_factor
    for mark in (1e13, -1e20):
        image[3, 4] = mark
        assert measure(image).in_factor == pytest.approx(expected, rel=0.05)
    image[3, 4] = 1e35
    with pytest.raises(ValueError, match="missing pixels should be NaN"):
        measure(image)


def scaled(image, linear):
    rows, cols = np.mgrid[: image.shape[0], : image.shape[1]]
    plane = linear.row_slope * rows + linear.col_slope * cols
    return (image - plane - linear.in_shift) * linear.in_factor, 0.25 / linear.out_factor + linear.out_shift + plane


@pytest.mark.parametrize("ways", [(1, 1), (1, -1), (-1, 1), (-1, -1)], ids=str)
def test_a_flipped_image_gets_the_same_numbers_by_the_flipped_scaling(ways, rng):
    """In both directions: heights to the network, and what it gives back to heights."""
    image = relief((20, 31), rng)[0] + tilt((20, 31), 0.7, -0.3)
    linear = scaling.LinearScaling.of(Scaling("levelled", 0.5, 2.0, 0.3, 1.5, 0.7, -0.2))
    flip = np.s_[:: ways[0], :: ways[1]]
    first = [n - 1 if way < 0 else 0 for n, way in zip(image.shape, ways, strict=True)]
    flipped = linear.from_pixel(*first).flipped(*ways)
    for there, back in zip(scaled(image[flip], flipped), scaled(image, linear), strict=True):
        assert_allclose(there[flip], back, rtol=0, atol=1e-12)


def test_a_part_of_an_image_gets_the_same_numbers_by_the_scaling_from_its_first_pixel(rng):
    image = relief((20, 31), rng)[0] + tilt((20, 31), 0.7, -0.3)
    linear = scaling.LinearScaling.of(Scaling("levelled", 0.5, 2.0, 0.3, 1.5, 0.7, -0.2))
    for part, whole in zip(scaled(image[3:, 5:], linear.from_pixel(3, 5)), scaled(image, linear), strict=True):
        assert_allclose(part, whole[3:, 5:], rtol=0, atol=1e-12)


def test_nothing_to_measure_is_an_error(rng):
    with pytest.raises(ValueError, match="image must have a finite pixel, got none in 12"):
        measure(np.full((3, 4), np.nan))
    net = fovea_network(rng)
    image = relief((20, 30), rng)[0]
    assert net.measure(image) == measure(image)
    with pytest.raises(ValueError, match="scaling must be a 'levelled' Scaling"):
        afmnn.apply(net, image, scaling=Scaling("robust", 0.0, 1.0, 0.0, 1.0))
    with pytest.raises(ValueError, match="row_slope must be"):
        Scaling("levelled", 0.0, 1.0, 0.0, 1.0, np.inf)


def test_training_pairs_are_levelled_by_the_noisy_image(rng):
    noisy, ideal = relief((60, 70), rng)
    plane = tilt(noisy.shape, 0.3, -0.2)
    one, other = (TrainingPair(noisy + p, ideal + p, None, {}).prepared("levelled", (1, 1), 1) for p in (0.0, plane))
    for a, b in zip(one.scaled(np.float64)[:2], other.scaled(np.float64)[:2], strict=True):
        assert_allclose(a, b, atol=1e-10)
    # Pairs have no bow and no jumps: what they are learned in units of is the spread of all heights less the plane.
    found = measure(noisy)
    low, high = np.quantile(noisy - found.plane(noisy.shape), [0.05, 0.95])
    assert one.scaled(np.float64)[3] == pytest.approx((high - low) / 3.2897072539029444)
    assert 1 / found.in_factor <= one.scaled(np.float64)[3] * (1 + 1e-12)
    with pytest.raises(ValueError, match="noisy must not be constant"):
        TrainingPair(plane, ideal, None, {}).prepared("levelled", (1, 1), 1)
