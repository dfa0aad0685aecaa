"""mark_features(): what stands out of the ground, whatever the ground's slope, noise and share of the image."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import Image, _core
from afmnn._reference import features as twin
from afmnn.correct import mark_features


def disks(shape, centres, radius):
    y, x = np.indices(shape)
    return np.any([(y - r) ** 2 + (x - c) ** 2 < radius**2 for r, c in centres], axis=0)


@pytest.fixture
def sample(rng):
    """Ground with a tilt, grains and holes on it: heights, grains, holes."""
    shape = (150, 170)
    y, x = np.indices(shape)
    grains = disks(shape, [(20, 30), (60, 120), (110, 40), (130, 140)], 12)
    holes = disks(shape, [(80, 60), (30, 100)], 8)
    return rng.normal(size=shape) + 0.3 * x - 0.5 * y + 20.0 * grains - 15.0 * holes, grains, holes


def test_grains_and_holes_are_found(sample):
    z, grains, holes = sample
    for sign, expected in (("both", grains | holes), ("above", grains), ("below", holes)):
        marks = mark_features(z, sign=sign)
        assert marks.dtype == bool
        assert marks[expected].mean() > 0.99
        assert marks[~expected].mean() < 2e-3


@pytest.mark.parametrize("covered", [0.1, 0.4, 0.6])
def test_the_ground_is_the_commonest_height_not_the_median(covered, rng):
    """Grains of many heights on more than half of the image: no height is as common as the ground."""
    shape = (200, 200)
    y, x = np.indices(shape)
    covers = (x // 20 + y // 20 * 7) % 10 < 10 * covered
    tops = 30.0 + 8.0 * ((x // 20 * 3 + y // 20 * 5) % 7)
    z = rng.normal(size=shape) + np.where(covers, tops, 0.0) + 0.1 * x
    marks = mark_features(z)
    assert marks[covers].mean() > 0.98
    assert marks[~covers].mean() < 0.01


def test_edges_belong_to_their_features(rng):
    """A bump's flanks are below the threshold, but hang together with its top."""
    y, x = np.indices((100, 100))
    bump = 30 * np.exp(-((y - 50) ** 2 + (x - 50) ** 2) / 300)
    marks = mark_features(bump + rng.normal(size=bump.shape))
    assert marks[bump > 3.5].mean() > 0.9
    assert marks[bump < 0.5].mean() < 1e-3


def test_on_a_bow_by_its_degree(rng):
    y, x = np.indices((120, 140))
    grains = disks((120, 140), [(40, 40), (80, 110)], 10)
    z = rng.normal(size=grains.shape) + 25.0 * grains + 0.01 * (x - 70) ** 2 - 0.008 * (y - 60) ** 2
    assert_array_equal(mark_features(z, degree=2)[grains], True)
    assert mark_features(z, degree=2)[~grains].mean() < 2e-3


@pytest.mark.parametrize("seed", range(3))
def test_a_rough_surface_has_no_features(seed):
    surface = afmnn.synth.objects((128, 128), kind="gaussian", radius=6.0, height=1.0, coverage=20.0, seed=seed)
    assert mark_features(surface).mean() < 0.02
    assert mark_features(np.random.default_rng(seed).normal(size=(200, 200))).mean() < 4e-4


def test_scale_sign_plane_and_memory_do_not_matter(sample):
    z, _, _ = sample
    y, x = np.indices(z.shape)
    expected = mark_features(z)
    assert_array_equal(mark_features(z * 2.0**-30), expected)
    assert (mark_features(3e-9 * z - 5.0e-7) != expected).mean() < 1e-4
    assert (mark_features(z - 4.0 * x + 1.5 * y) != expected).mean() < 1e-4
    assert (mark_features(-z, sign="above") != mark_features(z, sign="below")).mean() < 1e-4
    assert_array_equal(mark_features(np.asfortranarray(z)), expected)
    assert_array_equal(mark_features(np.repeat(z, 2, axis=0)[::2]), expected)
    assert_array_equal(mark_features(Image(z, size=(1e-6, 1e-6))), expected)
    assert (mark_features(z.astype(np.float32)) != expected).mean() < 1e-3
    integers = np.round(100 * z).astype(np.int32)
    assert_array_equal(mark_features(integers), mark_features(integers.astype(float)))


def test_missing_and_masked_pixels_are_not_marked(sample):
    z, grains, _ = sample
    z = z.copy()
    z[15:25, 25:35] = np.nan
    mask = np.ones(z.shape, bool)
    mask[:, 100:140] = False  # cuts the image in two
    marks = mark_features(z, mask=mask)
    assert not marks[~mask | np.isnan(z)].any()
    assert marks[grains & mask & ~np.isnan(z)].mean() > 0.99


def test_larger_images_are_looked_at_in_part(rng):
    """Where the ground is measured on a part of the pixels, a grating does not fall in with it."""
    _, x = np.indices((1024, 1024))
    grooves = (x // 8) % 4 == 0
    marks = mark_features(rng.normal(size=x.shape) - 30.0 * grooves)
    assert marks[grooves].mean() > 0.999
    assert marks[~grooves].mean() < 4e-3  # pixels at the edge that are low by chance hang together with the groove


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 3)])
def test_small_and_constant_images_have_none(shape):
    assert not mark_features(np.full(shape, 2.5)).any()
    assert not mark_features(np.zeros(shape) + 0.1 * np.arange(shape[1])).any()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sign": "up"}, ValueError, "sign must be one of 'both', 'above', 'below', got 'up'"),
        ({"threshold": 0.0}, ValueError, "threshold must be"),
        ({"degree": 21}, ValueError, "degree must be at most"),
        ({"degree": 1.5}, TypeError, "degree must be an integer"),
        ({"mask": np.ones((3, 3))}, ValueError, "mask must have the shape of image"),
        ({"mask": np.full((4, 5), np.nan)}, ValueError, "mask"),
        ({"mask": np.zeros((4, 5))}, ValueError, "neither NaN nor masked"),
        ({"image": np.full((4, 5), np.nan)}, ValueError, "neither NaN nor masked"),
        ({"image": np.full((4, 5), np.inf)}, ValueError, "infinite heights"),
    ],
    ids=str,
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        mark_features(**({"image": np.zeros((4, 5))} | arguments))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("limits", [(-2.0, 2.0, -0.5, 0.5), (-np.inf, 1.5, -np.inf, 0.2), (-2.5, np.inf, -0.1, np.inf)], ids=str)
def test_agrees_with_the_twin(limits, dtype, rng):
    z = rng.normal(size=(70, 90)).astype(dtype)
    z[5, 6:20] = np.nan
    marks = np.full(z.shape, 7, np.uint8)
    _core.mark_features(z, *limits, marks)
    assert_array_equal(marks, twin.mark_features(z, *limits))


def test_wrong_calls_of_the_core_are_refused():
    z, marks = np.zeros((4, 5)), np.zeros((4, 5), np.uint8)
    with pytest.raises(ValueError, match="out must be of the image's shape"):
        _core.mark_features(z, -1.0, 1.0, 0.0, 0.0, marks.T.copy())
    with pytest.raises(ValueError, match="limits must be low to high"):
        _core.mark_features(z, -1.0, 1.0, -2.0, 0.0, marks)
    with pytest.raises(ValueError, match="limits must be low to high"):
        _core.mark_features(z, np.nan, 1.0, 0.0, 0.0, marks)
