"""Spikes: marks equal the twin's; what is small and sharp is found, what belongs to the sample stays."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from afmnn import Image, _core, correct
from afmnn._reference import spikes as twin


@pytest.fixture
def hills(rng):
    """Hills with noise, on lines with offsets."""
    y, x = np.indices((50, 70))
    return 2.0 * np.sin(x / 9.0) * np.cos(y / 7.0) + 0.05 * rng.normal(size=x.shape) + rng.normal(size=(50, 1))


def marks_of_twin(z, signs=(1, -1), threshold=4.0, size=2):
    z = np.asarray(z, float)
    return twin.leave_relief(z, twin.mark_spikes(z, list(signs), threshold, size), size)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("missing", [0.0, 0.02])
def test_marks_equal_the_twin(hills, seed, missing):
    rng = np.random.default_rng(seed)
    z = hills.copy()
    for _ in range(30):
        r, c = rng.integers(0, 48), rng.integers(0, 68)
        z[r : r + rng.integers(1, 4), c : c + rng.integers(1, 4)] += rng.choice([-3.0, 3.0])
    z[rng.random(z.shape) < missing] = np.nan
    for settings, of_twin in (
        ({}, {}),
        ({"sign": "positive", "size": 1}, {"signs": [1], "size": 1}),
        ({"sign": "negative", "size": 3, "threshold": 0.7}, {"signs": [-1], "size": 3, "threshold": 0.7}),
    ):
        marks = correct.mark_spikes(z, **settings)
        assert marks.any()
        assert_array_equal(marks, marks_of_twin(z, **of_twin))
        assert_array_equal(correct.mark_spikes(z.astype(np.float32), **settings), marks_of_twin(z.astype(np.float32), **of_twin))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 9), (3, 3), (3, 40), (40, 3), (33, 31), (70, 5)])
def test_small_images_equal_the_twin(rng, shape):
    z = rng.normal(size=shape)
    z[shape[0] // 2, shape[1] // 2] += 30.0
    assert_array_equal(correct.mark_spikes(z, threshold=1.0, size=4), marks_of_twin(z, threshold=1.0, size=4))


@pytest.mark.parametrize("sign", [1, -1])
def test_spikes_are_found_and_particles_stay(hills, sign):
    z = hills.copy()
    for r, c, height, width in ((10, 10, 1, 1), (20, 30, 2, 2), (30, 50, 1, 2), (40, 20, 2, 1)):
        z[r : r + height, c : c + width] += sign * 3.0
    spikes = z != hills
    z[10:13, 40:43] += sign * 3.0  # a sharp particle of three pixels
    z[35:38, 5:12] += sign * 3.0
    z[25, 5:20] += sign * 3.0  # a scar
    y, x = np.indices(z.shape)
    z += sign * 4.0 * np.exp(-((x - 60.0) ** 2 + (y - 12.0) ** 2) / 2.0)  # a particle of three pixels, smooth
    marks = correct.mark_spikes(z)
    assert_array_equal(marks, spikes)
    assert not correct.mark_spikes(z, sign="negative" if sign > 0 else "positive").any()
    assert not marks[correct.mark_spikes(z, size=1)].sum() > 1


def test_nothing_is_found_where_nothing_is(rng):
    y, x = np.indices((256, 256))
    for surface in (
        0 * x,
        np.cos(2 * np.pi * x / 5) * np.cos(2 * np.pi * y / 5),
        (x + y) % 20 < 10,
        x % 3 == 0,
        5.0 * x - 3.0 * y,
    ):
        assert not correct.mark_spikes(surface + 0.02 * rng.normal(size=x.shape)).any()


def test_thresholds_are_relative(hills):
    z = hills.copy()
    z[7::12, 9:69:15] += 4.0
    marks = correct.mark_spikes(z)
    assert marks.sum() == (z != hills).sum()
    y, x = np.indices(z.shape)
    assert_array_equal(correct.mark_spikes(1e-9 * z + 1e-6 + 1e-9 * x - 3e-9 * y), marks)
    assert_array_equal(correct.mark_spikes(-z, sign="negative"), marks)
    assert_array_equal(correct.mark_spikes(z.T, axis=0), marks.T)
    assert_array_equal(correct.mark_spikes(np.asfortranarray(z), threads=3), marks)
    mask = np.ones(z.shape)
    mask[:, 30:] = 0
    assert_array_equal(correct.mark_spikes(z, mask=mask)[:, :28], marks[:, :28])
    assert not correct.mark_spikes(z, mask=mask)[:, 30:].any()


def test_spikes_are_mended(hills):
    z = hills.copy()
    z[7::12, 9:69:15] += 40.0
    truth = z != hills
    mended, info = correct.spikes(Image(z), return_info=True)
    assert_array_equal(info.mask, truth)
    assert_array_equal(mended.data[~truth], z[~truth])
    assert np.abs(mended.data - hills)[truth].max() < 0.5
    assert_array_equal(info.removed.data, z - mended.data)
    assert_array_equal(correct.spikes(hills), hills)
    single = correct.spikes(z.astype(np.float32))
    assert single.dtype == np.float32
    assert np.abs(single - mended.data).max() < 1e-5


def test_bad_arguments():
    z = np.zeros((6, 6))
    for settings, message in (
        ({"threshold": 0.0}, "threshold must be positive, got 0.0"),
        ({"size": 0}, "size must"),
        ({"size": 9}, "size must"),
        ({"sign": "up"}, "sign must be"),
        ({"axis": 3}, "axis must be 0 or 1, got 3"),
        ({"mask": np.ones((2, 6))}, "mask must have the shape of image"),
    ):
        for function in (correct.mark_spikes, correct.spikes):
            with pytest.raises(ValueError, match=message):
                function(z, **settings)
    with pytest.raises(ValueError, match="infinite heights"):
        correct.spikes(np.full((3, 3), np.inf))
    with pytest.raises(ValueError, match="mask must leave pixels"):
        correct.spikes(z, mask=np.ones((6, 6)))
    assert_array_equal(correct.spikes(np.full((4, 4), np.nan)), np.full((4, 4), np.nan))


def test_wrong_calls_of_the_core_raise():
    z, out = np.zeros((4, 5)), np.zeros((4, 5), np.uint8)
    for arguments in ((z, out[:3], True, True, 2.0, 2, 1), (z, out, True, True, 0.0, 2, 1), (z, out, True, True, 2.0, 0, 1)):
        with pytest.raises(ValueError, match="must be"):
            _core.mark_spikes(*arguments)
