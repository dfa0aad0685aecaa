"""Blind estimation of the tip."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import _core
from afmnn._reference import tips as reference
from afmnn.tips import blind, blind_tip_estimate, blind_tip_stripes, tip_dilation, tip_erosion, tip_model
from afmnn.tips.blind import apex_radius


def crooked_tip(rng, rows, cols):
    """Decreasing from the centre pixel, of another steepness on each side; multiples of 1/64, so that sums are exact."""
    r, c = np.mgrid[-(rows // 2) : rows // 2 + 1, -(cols // 2) : cols // 2 + 1].astype(float)
    tip = -(np.where(r < 0, 0.25, 1.0) * np.abs(r) + np.where(c < 0, 1.25, 0.5) * np.abs(c))
    return tip - np.floor(12 * rng.random(tip.shape)) / 64 * (tip < 0)


def spikes(shape=(60, 70)):
    surface = np.zeros(shape)
    surface[20, 18], surface[22, 50], surface[45, 30] = 40.0, 55.0, 47.0
    return surface


def rough_surface(rng, shape=(60, 70)):
    return np.floor(64 * 4 * rng.normal(size=shape).cumsum(axis=0)) / 64


@pytest.fixture(scope="module")
def vectors(shared):
    with np.load(shared / "reference" / "gwyddion-2.62" / "tips.npz") as file:
        return dict(file)


@pytest.mark.parametrize("shape", [(9, 9), (5, 11), (11, 3)])
@pytest.mark.parametrize("mode", ["full", "partial"])
def test_spikes_show_the_tip_as_it_is(shape, mode, rng):
    """The image of a spike is the reflected tip; the estimate is the tip itself, in the orientation of erosion."""
    tip = crooked_tip(rng, *shape)
    image = tip_dilation(spikes(), tip)
    estimate = blind_tip_estimate(image, shape, mode=mode)
    assert_allclose(estimate, tip, rtol=0, atol=1e-9)
    assert np.abs(tip - tip[::-1, ::-1]).max() > 1  # the wrong orientation could not pass
    reconstructed = tip_erosion(image, estimate)
    inner = np.s_[12:-12, 12:-12]
    assert_allclose(reconstructed[inner], tip_erosion(image, tip)[inner], rtol=0, atol=1e-9)
    assert reconstructed[20, 18] == pytest.approx(40.0)
    assert reconstructed[20, 19] < 40 - 0.4
    assert reconstructed[20, 17] < 40 - 1


@pytest.mark.parametrize("mode", ["full", "partial"])
@pytest.mark.parametrize("make", [rough_surface, lambda rng: rng.normal(size=(60, 70)), lambda rng: 100 * rng.random((60, 70))])
def test_estimate_is_never_sharper_than_the_tip(mode, make, rng):
    tip = crooked_tip(rng, 7, 9)
    image = tip_dilation(make(rng), tip)
    for heights in (image, image.astype(np.float32), 1e-9 * image + 1e-6):
        span = np.ptp(heights)
        scale = span / np.ptp(image)
        estimate = blind_tip_estimate(heights, (7, 9), mode=mode)
        rounding = 1e-3 * span if heights.dtype == np.float32 else 1e-9 * span
        assert (estimate >= scale * tip - rounding).all()
        assert estimate.max() == 0 == estimate[3, 4]


def test_full_estimate_follows_the_definition(rng):
    for threshold in (0.0, 2.0):
        for use_edges in (True, False):
            image = np.floor(30 * rng.random((14, 17)))
            image = reference.dilate(image, np.floor(3 * crooked_tip(rng, 3, 5)))
            expected = reference.blind_tip(image, (3, 5), threshold, use_edges=use_edges)
            found = blind_tip_estimate(image, (3, 5), threshold=threshold, use_edges=use_edges)
            assert_allclose(found, expected, rtol=0, atol=1e-9)
            assert expected.min() <= -3


def test_gwyddion_agrees_on_the_same_integers(vectors):
    """Gwyddion cuts heights to 10000 levels, and returns the tip point-reflected; on these integers all is equal."""
    image = vectors["dilation"]
    level = np.ptp(image) / 10000
    cut = np.trunc((image - image.min()) / level)
    for mode in ("partial", "full"):
        theirs = vectors[f"blind_{mode}"]
        theirs = (theirs - theirs.max())[::-1, ::-1]
        assert_allclose(level * blind_tip_estimate(cut, 9, mode=mode), theirs, rtol=0, atol=1e-6 * level)


def test_gwyddion_differs_by_its_integers_alone(vectors):
    """Without a threshold, cutting heights to integers is noise that ruins Gwyddion's full estimate; ours keeps the bound."""
    image, span = vectors["dilation"], float(vectors["height_range"])
    middle = tuple(slice(size // 2 - 4, size // 2 + 5) for size in vectors["tip_paraboloid"].shape)
    true = (vectors["tip_paraboloid"] - vectors["tip_paraboloid"].max())[middle]
    theirs = {mode: vectors[f"blind_{mode}"][::-1, ::-1] - vectors[f"blind_{mode}"].max() for mode in ("partial", "full")}
    ours = {mode: blind_tip_estimate(image, 9, mode=mode) for mode in ("partial", "full")}
    assert np.abs(ours["partial"] - theirs["partial"]).max() < 1.5e-4 * span  # a level or so
    assert (theirs["full"] - true).min() < -0.2 * span  # far too sharp
    for estimate in ours.values():
        assert (estimate >= true - 1e-9 * span).all()
    assert (ours["full"] - true).max() < 1e-4 * span  # and the full estimate finds the tip


@pytest.mark.parametrize("mode", ["full", "partial"])
def test_threads_and_calls_change_nothing(mode, rng, monkeypatch):
    image = tip_dilation(rough_surface(rng), crooked_tip(rng, 7, 5)) + 0.01 * rng.random((60, 70))
    expected = blind_tip_estimate(image, (7, 5), mode=mode, threshold=0.02, threads=1)
    assert expected.min() < -1
    for threads in (2, 3):
        assert_array_equal(blind_tip_estimate(image, (7, 5), mode=mode, threshold=0.02, threads=threads), expected)
    monkeypatch.setattr(blind, "_WORK_AT_ONCE", 1.0)
    assert_array_equal(blind_tip_estimate(image, (7, 5), mode=mode, threshold=0.02), expected)


def test_order_of_the_points_changes_nothing(rng):
    """The estimate is the largest tip that no point contradicts: turned images give turned tips, to the last bit."""
    image = tip_dilation(rough_surface(rng), crooked_tip(rng, 7, 5))
    expected = blind_tip_estimate(image, (7, 5))
    for turn in (np.flipud, np.fliplr, lambda a: a[::-1, ::-1], np.transpose):
        assert_allclose(blind_tip_estimate(turn(image), turn(expected).shape), turn(expected), rtol=0, atol=1e-9)


def smooth_surface(rng, shape=(60, 70)):
    r, c = np.mgrid[: shape[0], : shape[1]]
    return np.floor(64 * (8 * np.sin(r / 4 + c / 9) * np.cos(c / 5) + rng.random(shape) + 9 * (c > 40))) / 64


def test_full_is_sharper_than_partial_and_a_threshold_blunts(rng):
    image = tip_dilation(smooth_surface(rng), crooked_tip(rng, 9, 9))
    partial = blind_tip_estimate(image, 9, mode="partial")
    full = blind_tip_estimate(image, 9)
    assert (full <= partial).all()
    assert (full < partial - 0.01).any()
    thresholds = [blind_tip_estimate(image, 9, threshold=threshold) for threshold in (0.1, 0.5, 2.0)]
    for sharper, blunter in zip([full, *thresholds], thresholds, strict=False):
        assert (blunter >= sharper - 1e-9).all()
        assert (blunter > sharper + 0.01).any()
    assert (blind_tip_estimate(image, 9, use_edges=False) >= full).all()


def test_estimate_explains_the_image(rng):
    """At convergence the image is, but for the threshold, one that the estimated tip can have made."""
    image = tip_dilation(rough_surface(rng), crooked_tip(rng, 7, 7))
    for threshold in (0.0, 0.1):
        estimate = blind_tip_estimate(image, 7, threshold=threshold)
        opened = tip_dilation(tip_erosion(image, estimate), estimate)
        assert (image - opened)[6:-6, 6:-6].max() <= 2 * threshold + 1e-9


def test_scaling_heights_scales_the_tip(rng):
    image = tip_dilation(rough_surface(rng), crooked_tip(rng, 5, 5))
    expected = blind_tip_estimate(image, 5)
    assert_array_equal(blind_tip_estimate(2.0**-30 * image, 5), 2.0**-30 * expected)
    assert_allclose(blind_tip_estimate(1e-9 * image + 3e-7, 5), 1e-9 * expected, rtol=0, atol=1e-6 * 1e-9 * np.ptp(image))
    assert_allclose(blind_tip_estimate(image + 1000, 5), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("mode", ["full", "partial"])
@pytest.mark.parametrize("make", [spikes, lambda rng: rough_surface(rng) / 20, lambda rng: 10 * rng.random((60, 70))])
def test_noise_within_the_threshold_never_makes_the_tip_too_sharp(mode, make, rng):
    """Not even where the tip is flatter than the noise is high, as around the apex of a paraboloid."""
    paraboloid = tip_model("paraboloid", radius=6.0, height_range=8.0, pixel_size=1.0)
    middle = tuple(slice(size // 2 - 4, size // 2 + 5) for size in paraboloid.shape)
    for tip, true in ((paraboloid, paraboloid[middle]), (crooked_tip(rng, 9, 9),) * 2):
        surface = make() if make is spikes else make(rng)
        noise = 0.2 * rng.random((60, 70))
        image = tip_dilation(surface, tip) + noise
        assert (blind_tip_estimate(image, 9, mode=mode) < true - 0.1).any() or mode == "partial"
        estimate = blind_tip_estimate(image, 9, mode=mode, threshold=0.2)
        assert (estimate >= true - 1e-9).all()
        if make is spikes:
            assert (estimate - true).mean() < 3 * 0.2


def test_initial_is_continued_and_never_raised(rng):
    image = tip_dilation(smooth_surface(rng), crooked_tip(rng, 7, 7))
    full, partial = blind_tip_estimate(image, 7), blind_tip_estimate(image, 7, mode="partial")
    before = partial.copy()
    assert_array_equal(blind_tip_estimate(image, 7, initial=partial), full)
    assert_allclose(blind_tip_estimate(image, 7, initial=full + 3.0), full, rtol=0, atol=1e-12)  # only relative heights count
    needle = np.full((7, 7), -1000.0)
    needle[3, 3] = 0
    assert_array_equal(blind_tip_estimate(image, 7, initial=needle), needle)
    assert_array_equal(partial, before)


def test_two_images_of_one_tip_know_more_than_one(rng):
    tip = crooked_tip(rng, 7, 7)
    first, second = (tip_dilation(smooth_surface(rng), tip) for _ in range(2))
    alone = blind_tip_estimate(first, 7)
    both = blind_tip_estimate(second, 7, initial=alone)
    assert (both <= alone).all()
    assert (both < alone - 0.01).any()
    assert (both >= tip - 1e-9).all()


def test_images_without_features_say_nothing():
    assert_array_equal(blind_tip_estimate(np.full((20, 20), 3.0), 5), np.zeros((5, 5)))
    r, c = np.mgrid[:20, :20]
    # A plane: the tip must be able to slide down it, and no more is known.
    assert_array_equal(blind_tip_estimate(2.0 * c + 0.0 * r, 5), np.zeros((5, 5)))


def test_flat_places_are_no_maxima(rng):
    image = np.zeros((30, 30))
    image[10:20, 10:20] = 5.0
    image[25, 25] = 3.0
    assert [tuple(place) for place in np.argwhere(blind._local_maxima(image, 1, 1))] == [(25, 25)]
    rough = rng.random((30, 40))
    places = np.argwhere(blind._local_maxima(rough, 2, 1))
    assert len(places) > 10
    for r, c in places:
        assert rough[r, c] == rough[max(r - 2, 0) : r + 3, max(c - 2, 0) : c + 3].max()


def test_types_and_images(rng):
    image = tip_dilation(rough_surface(rng), crooked_tip(rng, 5, 7))
    expected = blind_tip_estimate(image, (5, 7))
    assert expected.dtype == np.float64
    owner = afmnn.Image(image, size=(6e-6, 7e-6), unit_xy="m", unit_z="V")
    assert_array_equal(blind_tip_estimate(owner, (5, 7)), expected)
    assert_array_equal(blind_tip_estimate(np.asfortranarray(image), (5, 7)), expected)
    integers = np.floor(image).astype(np.int32)
    assert_array_equal(blind_tip_estimate(integers, 5), blind_tip_estimate(integers.astype(float), 5))
    frozen = image.copy()
    frozen.flags.writeable = False
    assert_array_equal(blind_tip_estimate(frozen, (5, 7)), expected)


@pytest.mark.parametrize("radius", [6.0, 15.0])
@pytest.mark.parametrize("pixel_size", [(1.0, 1.0), (0.5, 0.8)])
def test_stripes_see_the_radius_of_the_apex(radius, pixel_size, rng):
    """Once for all stripes, in lateral units: not four times too large."""
    dy, _dx = pixel_size
    tip = tip_model("paraboloid", radius=radius, height_range=9.0, pixel_size=pixel_size)
    surface = np.zeros((120, 60))
    surface[7:120:12, 15:60:15] = 30.0
    tips, radii, centres = blind_tip_stripes(tip_dilation(surface, tip), (7, 9), stripes=4, pixel_size=pixel_size)
    assert tips.shape == (4, 7, 9)
    middle = tip[tip.shape[0] // 2 - 3 : tip.shape[0] // 2 + 4, tip.shape[1] // 2 - 4 : tip.shape[1] // 2 + 5]
    assert_allclose(tips, np.broadcast_to(middle, tips.shape), rtol=0, atol=1e-9)
    assert_allclose(radii, radius, rtol=1e-6)
    # Rows 0-35, 28-63, 56-91, 84-119 (of 113 free ones, a quarter each, and the tip's 7).
    assert_allclose(centres, dy * np.array([35 / 2, (28 + 63) / 2, (56 + 91) / 2, (84 + 120) / 2]))


def test_stripes_are_estimates_of_their_rows(rng):
    image = tip_dilation(rough_surface(rng, (64, 40)), crooked_tip(rng, 5, 5))
    owner = afmnn.Image(image, size=(64.0, 80.0), unit_xy="m", unit_z="m")
    tips, radii, centres = blind_tip_stripes(owner, 5, stripes=3, threshold=0.1, mode="partial", use_edges=False)
    for k, tip in enumerate(tips):
        first, last = k * 59 // 3, (k + 1) * 59 // 3 + 5
        alone = blind_tip_estimate(image[first:last], 5, threshold=0.1, mode="partial", use_edges=False)
        assert_array_equal(tip, alone)
        assert centres[k] == (first + last) / 2
        assert radii[k] == apex_radius(tip, 1.0, 2.0)


def test_apex_radius_of_surfaces_of_second_order():
    r, c = np.mgrid[-5:6, -7:8].astype(float)
    y, x = 0.5e-9 * r, 0.2e-9 * c
    for a, b in ((3e-9, 3e-9), (2e-9, 8e-9)):
        heights = -(x * x) / (2 * a) - y * y / (2 * b) + 0.1 * x - 0.3 * y + 0.02 * x * y / a
        heights[5, 7] = 0.0  # not used: it is 0 whatever the tip
        assert_allclose(apex_radius(heights, 0.5e-9, 0.2e-9), 2 / (1 / a + 1 / b), rtol=1e-9)
    assert apex_radius(np.zeros((9, 9)), 1.0, 1.0) == math.inf
    assert apex_radius(-(x + y), 1.0, 1.0) == math.inf


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (4, 5)}, r"shape must be odd and at least 3, so that the tip has a centre pixel, got \(4, 5\)"),
        ({"shape": 10}, r"shape must be odd and at least 3, .*, got \(10, 10\)"),
        ({"shape": 1}, r"shape must be odd and at least 3"),
        ({"shape": (5, 23)}, r"shape must fit into the image: \(5, 23\) pixels are needed, .* image of \(20, 22\)"),
        ({"shape": 11, "use_edges": False}, r"shape must fit into the image: \(21, 21\) pixels are needed"),
        ({"threshold": -1.0}, r"threshold must not be negative, got -1.0"),
        ({"threshold": math.nan}, r"threshold must be finite"),
        ({"mode": "fast"}, r"mode must be one of 'full', 'partial', got 'fast'"),
        ({"image": np.where(np.eye(20) > 0, np.nan, 0)}, r"image must be finite, got 20 values"),
        ({"image": np.zeros(20)}, r"image must be two-dimensional"),
        ({"initial": np.zeros((5, 7))}, r"initial must have the shape \(5, 5\), got \(5, 7\)"),
        ({"initial": np.eye(5)[::1] * np.arange(5)}, r"initial must be highest at its centre pixel, .* = \(4, 4\)"),
        ({"initial": np.full((5, 5), np.nan)}, r"initial must be finite"),
        ({"threads": 0}, r"threads must be at least 1"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        blind_tip_estimate(**({"image": np.zeros((20, 22)), "shape": 5} | arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stripes": 1}, r"stripes must be at least 2, got 1"),
        ({"stripes": 36}, r"stripes must leave each stripe more rows than the tip, 5, of the image's 40, got 36"),
        ({"stripes": 10, "use_edges": False}, r"stripes must leave each stripe more rows"),
        ({"pixel_size": 0.0}, r"pixel_size must be positive"),
        ({"shape": 6}, r"shape must be odd"),
        (
            {"image": afmnn.Image(np.zeros((40, 22)), unit_xy="m", unit_z="V")},
            r"image must have the same lateral and height unit, got unit_xy='m' and unit_z='V'",
        ),
    ],
)
def test_bad_stripes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        blind_tip_stripes(**({"image": np.zeros((40, 22)), "shape": 5, "stripes": 4} | arguments))


@pytest.mark.parametrize("estimate", [blind_tip_estimate, blind_tip_stripes])
def test_edges_are_used_or_not(estimate):
    with pytest.raises(TypeError, match="use_edges must be True or False, got 'no'"):
        estimate(np.zeros((200, 22)), 5, use_edges="no")


def test_core_refuses_what_python_never_sends():
    margin = _core.refine_margin
    padded, estimate = np.zeros((20 + 4 + margin, 30 + 4 + margin)), np.zeros((5, 5))
    points = np.array([2 * 30 + 2, 17 * 30 + 27])
    assert _core.refine_tip(padded, points, estimate, 0.0, 1) == 0
    for wrong in (np.array([30]), np.array([2 * 30 + 1]), np.array([18 * 30 + 5]), np.array([-1]), np.array([5 * 30 + 28])):
        with pytest.raises(ValueError, match="points must be half a tip inside"):
            _core.refine_tip(padded, wrong, estimate, 0.0, 1)
    for bad in (
        (padded[: margin + 8].copy(), points, estimate, 1),
        (padded, points, estimate[:4].copy(), 1),
        (padded, points, estimate, 0),
    ):
        with pytest.raises(ValueError, match="must be"):
            _core.refine_tip(*bad[:3], 0.0, bad[3])
    with pytest.raises(TypeError):
        _core.refine_tip(padded, points.astype(np.int32), estimate, 0.0, 1)
