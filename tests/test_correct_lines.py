"""Wrong lines: figures equal the twin's; lines that are shifted come back, others are filled."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import Image, _core, correct, synth
from afmnn._reference import wrong_lines as twin

NOISE = 0.05


@pytest.fixture
def scan(rng):
    """Hills with noise, on lines with offsets; what it was without noise comes with it."""
    y, x = np.indices((80, 100))
    clean = np.sin(x / 9.0) + np.cos(y / 12.0) + 0.02 * y + 0.1 * rng.normal(size=(80, 1))
    return clean + NOISE * rng.normal(size=x.shape), clean


def lines_of(marks):
    assert_array_equal(marks.all(axis=1), marks.any(axis=1))
    return np.flatnonzero(marks.all(axis=1)).tolist()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 7), (3, 8), (4, 9), (5, 1), (6, 30), (33, 12), (70, 41)])
@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_figures_equal_the_twin(rng, shape, missing):
    z = rng.normal(size=shape) + 5.0 * rng.normal(size=(shape[0], 1))
    z[rng.random(shape) < missing] = np.nan
    for heights in (z, z.astype(np.float32), np.round(z)):
        for ours, expected in zip(_core.line_figures(heights, 2), twin.line_figures(heights.astype(float)), strict=True):
            assert_array_equal(ours, expected)


def test_wrong_lines_are_found(scan, rng):
    z, _ = scan
    assert lines_of(correct.mark_lines(z)) == []
    wrong = z.copy()
    wrong[10] += 3.0
    wrong[20] = 1.5
    wrong[30] = 1.0 - wrong[30]
    wrong[40] = rng.normal(size=100)
    wrong[50] = np.minimum(wrong[50], np.quantile(wrong[50], 0.3))
    wrong[60:62] -= 4.0
    wrong[0] += 9.0  # at an edge of the image, more evidence is needed
    wrong[79] = rng.normal(size=100)
    expected = [0, 10, 20, 30, 40, 50, 60, 61, 79]
    assert lines_of(correct.mark_lines(wrong)) == expected
    assert lines_of(correct.mark_lines(1e-9 * wrong + 1e-6)) == expected
    assert lines_of(correct.mark_lines(-wrong)) == expected
    assert lines_of(correct.mark_lines(wrong.T, axis=0).T) == expected
    assert lines_of(correct.mark_lines(np.asfortranarray(wrong), threads=3)) == expected
    y, x = np.indices(z.shape)
    assert lines_of(correct.mark_lines(wrong + 0.5 * x - 0.9 * y)) == expected


def test_an_inverted_line_is_found_by_agreeing_when_turned_over(rng):
    y, x = np.indices((60, 256))
    z = np.sin(x / 30.0 + y / 20.0) + 0.25 * rng.normal(size=x.shape)
    wrong = z.copy()
    wrong[[20, 41]] *= -1.0
    for tilt in (0.0, 0.1):
        assert lines_of(correct.mark_lines(z + tilt * x)) == []
        assert lines_of(correct.mark_lines(wrong + tilt * x)) == [20, 41]


def test_garbage_is_found_on_steep_relief_by_its_detail(rng):
    """There, lines near differ from each other as much as from garbage, but over a long way only."""
    y, x = np.indices((80, 256))
    z = np.hypot((x + 3 * y) % 40 - 20, y % 16 - 8) + 0.05 * rng.normal(size=x.shape)
    wrong = z.copy()
    wrong[[20, 50]] = np.median(z) + 4.0 * rng.normal(size=(2, 256))
    assert lines_of(correct.mark_lines(z)) == []
    assert lines_of(correct.mark_lines(wrong)) == [20, 50]
    noisy = rng.normal(size=x.shape)
    noisy[30] *= 2.0  # a line with more noise than others is none
    assert lines_of(correct.mark_lines(noisy)) == []


def test_lines_of_noise_have_opposite_shapes_by_chance(rng):
    for noise in (np.cumsum(rng.normal(size=(200, 256)), axis=1), rng.normal(size=(200, 12))):
        assert lines_of(correct.mark_lines(noise)) == []


def test_a_line_is_shifted_in_nearly_all_of_its_parts(scan):
    z, _ = scan
    wrong = z.copy()
    wrong[30] += 3.0
    wrong[30, :10] -= 3.0
    wrong[50, 30:] += 3.0  # of which more than half is higher: a step within the line
    assert lines_of(correct.mark_lines(wrong)) == [30]


def test_lines_are_mended_by_what_is_wrong_with_them(scan, rng):
    z, clean = scan
    wrong = z.copy()
    wrong[10] += 3.0
    wrong[40] = rng.normal(size=100)
    mended, info = correct.lines(wrong, return_info=True)
    assert info.figures == {"pixels": 200.0, "fraction": 200 / z.size, "shifted": 1.0, "filled": 1.0}
    assert lines_of(info.mask) == [10, 40]
    rest = ~info.mask
    assert_array_equal(mended[rest], wrong[rest])
    shift = (wrong - mended)[10]
    assert_allclose(shift, shift[0], atol=1e-12)  # its own relief and noise stay
    assert abs(shift[0] - 3.0) < 0.4  # offsets of lines are 0.1
    filled = (mended - clean)[40]
    assert np.std(filled) < 1.2 * NOISE
    assert abs(np.mean(filled)) < 0.4
    assert_array_equal(info.removed, wrong - mended)


def test_a_given_mask_is_taken(scan):
    z, _ = scan
    wrong = z.astype(np.float32)
    wrong[10] += np.float32(0.25)
    mask = np.zeros(z.shape)
    mask[10, 3] = 1
    wrong[10, 50] = np.nan
    mended, info = correct.lines(Image(wrong), mask=mask, return_info=True)
    assert lines_of(info.mask) == [10]
    assert mended.data.dtype == np.float32
    assert np.isnan(mended.data[10, 50])
    assert abs(np.nanmedian(wrong[10] - mended.data[10]) - 0.25) < 0.4
    assert_array_equal(np.delete(mended.data, 10, 0), np.delete(wrong, 10, 0))
    assert_array_equal(correct.lines(wrong.T, mask=mask.T, axis=0), mended.data.T)


def test_what_is_no_wrong_line(rng):
    y, x = np.indices((128, 128))
    noise = 0.02 * rng.normal(size=x.shape)
    surfaces = {
        "step along the lines": (y > 60) * 1.0,
        "terraces along the lines": y // 20,
        "terraces at a small angle": (y + 0.03 * x) // 20,
        "grating along the lines": (y % 6 < 3) * 1.0,
        "lattice": np.cos(2 * np.pi * x / 6) + np.cos(2 * np.pi * (y + 0.1 * x) / 6),
        "tilt and bow": 0.1 * y + 1e-3 * y**2,
        "offsets": rng.normal(size=(128, 1)),
        "offsets that add up": np.cumsum(rng.normal(size=(128, 1)), axis=0),
        "a high particle": 30.0 * (np.hypot(x - 60, y - 60) < 20),
        "drift that dies down": 40.0 * np.exp(-y / 5.0) * (1.0 + 0.3 * x / 128),
        "drift that begins": 20.0 * np.exp((y - 127) / 3.0) * (1.0 + 0.3 * x / 128),
        "a level jump": 50.0 * (y > 90),
        "offsets that begin within lines": synth.line_steps((128, 128), rms=1.0, steps_per_line=0.7, within_line=1.0, seed=3),
        "square grating at an angle": ((0.1 * x + y) % 14 < 7) * 1.0,
    }
    for name, surface in surfaces.items():
        assert lines_of(correct.mark_lines(surface + noise)) == [], name
    coarse = np.round(rng.normal(size=(128, 128)) * 0.6)
    assert not correct.mark_lines(coarse).any()


def test_missing_lines_are_skipped(scan):
    z, _ = scan
    z = z.copy()
    z[10] += 3.0
    z[11] = np.nan
    z[5:8, 20:] = np.nan
    marks = correct.mark_lines(z)
    assert lines_of(marks) == [10]
    mended = correct.lines(z)
    assert_array_equal(np.isnan(mended), np.isnan(z))


def test_nothing_wrong_nothing_changed(scan):
    z, _ = scan
    mended, info = correct.lines(z, return_info=True)
    assert_array_equal(mended, z)
    assert mended is not z
    assert info.figures == {"pixels": 0.0, "fraction": 0.0, "shifted": 0.0, "filled": 0.0}
    for few in (np.zeros((1, 1)), np.ones((3, 5)), np.zeros((9, 9)), np.full((4, 6), np.nan), np.ones((8, 1)), np.ones((1, 8))):
        assert_array_equal(correct.lines(few), few)


def test_bad_arguments():
    z = np.zeros((6, 6))
    for settings, message in (
        ({"threshold": 0.0}, "threshold must be positive, got 0.0"),
        ({"axis": 3}, "axis must be 0 or 1, got 3"),
        ({"mask": np.ones((2, 6))}, "mask must have the shape of image"),
    ):
        for function in (correct.mark_lines, correct.lines):
            with pytest.raises(ValueError, match=message):
                function(z, **settings)
    with pytest.raises(ValueError, match="infinite heights"):
        correct.lines(np.full((3, 3), np.inf))
    with pytest.raises(ValueError, match="mask must leave lines to mend from, got none that is neither marked nor NaN"):
        correct.lines(z, mask=np.ones((6, 6)))
