import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import _core
from afmnn._reference import particles as reference
from afmnn.synth import rods

TOUCHING = 2 ** (1 / 6) * 0.82
RESTING = (2 / 5) ** (1 / 6) * 1.2


def capsules(shape, positions, axes, radii, halves, *, pixel=(1.0, 1.0), base=None):
    arrays = [np.atleast_2d(np.asarray(a, dtype=float)) for a in (positions, axes)]
    vectors = [np.atleast_1d(np.asarray(a, dtype=float)) for a in (radii, halves)]
    return _core.draw_capsules(np.zeros(shape) if base is None else base, *pixel, *arrays, *vectors, 1)


def unit(*vector):
    return np.array(vector) / np.linalg.norm(vector)


def segment_distances(info, frame):
    """Distances of the axes of all pairs over the sums of radii, by sampling."""
    places, axes, radii = info["positions"], info["directions"], info["radii"]
    halves = info["lengths"] / 2 - radii
    apart = reference.differences(places, frame)
    fractions = np.linspace(-1, 1, 81)
    ratios = []
    for i in range(len(radii)):
        for j in range(i):
            if np.linalg.norm(apart[i, j]) > halves[i] + halves[j] + radii[i] + radii[j]:
                continue
            first = fractions[:, None] * halves[i] * axes[i]
            second = apart[i, j] + fractions[:, None] * halves[j] * axes[j]
            nearest = np.min(np.linalg.norm(first[:, None] - second[None], axis=2))
            ratios.append(nearest / (radii[i] + radii[j]))
    return np.array(ratios)


def frame_of(shape, margin):
    return shape[0] + 2 * margin, shape[1] + 2 * margin


# ---- drawing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "axis", [unit(0, 1, 0), unit(1, 0, 0), unit(1, 2, 0), unit(0.3, -1, 0.5), unit(-1, 0.2, -3), (0, 0, 1.0), unit(1e-12, 0, 1)]
)
@pytest.mark.parametrize("pixel", [(1.0, 1.0), (0.5, 1.25)])
def test_capsules_are_exact_envelopes(axis, pixel):
    shape, centre, radius, half = (40, 40), np.array([19.3 * pixel[0], 20.6 * pixel[1], 9.0]), 4.7, 6.1
    heights = capsules(shape, centre, axis, radius, half, pixel=pixel)
    slices = reference.draw_capsule(np.zeros(shape), pixel, centre, np.asarray(axis), radius, half)
    nearly_upright = 0 < np.hypot(*axis[:2]) < 1e-9  # drawn as upright: the edge, steep as it is, moves by 1e-11
    assert np.all(heights >= slices - (1e-5 if nearly_upright else 1e-12))
    inner = slices > 0
    # Slices a distance h apart sag by less than h^2 / (8 rest), where rest is the height of the cap there.
    assert_allclose(heights[inner], slices[inner], atol=0.02)
    assert np.quantile(np.abs(heights - slices)[inner], 0.9) < 1e-5
    assert np.count_nonzero(heights) - np.count_nonzero(slices) <= 2
    assert np.count_nonzero(heights) > 30


def test_a_lying_capsule_is_a_cylinder_with_spherical_ends():
    heights = capsules((60, 80), [30, 40, 5.15], [0, 1, 0], 5.0, 20.0)
    y, x = np.mgrid[:60, :80] + 0.5
    beyond = np.maximum(np.abs(x - 40) - 20, 0)
    rest = 25 - (y - 30) ** 2 - beyond**2
    assert_allclose(heights, np.where(rest > 0, 5.15 + np.sqrt(np.maximum(rest, 0)), 0), rtol=1e-12)
    assert np.count_nonzero(heights) == pytest.approx(math.pi * 25 + 4 * 20 * 5, rel=0.02)


def test_surface_is_the_envelope_of_its_rods():
    shape, pixel = (64, 90), (1.5, 1.0)
    heights, info = rods(
        shape, pixel_size=pixel, radius=4, radius_std=0.5, coverage=0.5, relax_steps=20_000, seed=2, return_info=True
    )
    halves = info["lengths"] / 2 - info["radii"]
    expected = np.zeros(shape)
    for centre, axis, radius, half in zip(info["positions"], info["directions"], info["radii"], halves, strict=True):
        expected = np.maximum(expected, reference.draw_capsule(np.zeros(shape), pixel, centre, axis, radius, half, slices=401))
    assert np.quantile(np.abs(heights - expected), 0.9) < 1e-3
    assert np.all(heights >= expected - 1e-9)
    assert np.count_nonzero(heights) - np.count_nonzero(expected) <= 3
    assert info["covered"] == np.mean(heights > 0)
    assert np.std(np.abs(info["directions"][:, 2])) > 0.01  # some lie on others


# ---- numbers, sizes, places ------------------------------------------------------------------------------------------


def test_count_charges_the_true_projected_area():
    for coverage, radius, std, aspect, aspect_std in [
        (0.1, 5, 0, 2, 0),
        (0.5, 4, 1, 3, 0.5),
        (1.0, 3, 0, 1, 0),
        (0.3, 3, 0, 6, 1),
    ]:
        shape = (150, 200)
        _, info = rods(
            shape,
            radius=radius,
            radius_std=std,
            aspect_ratio=aspect,
            aspect_std=aspect_std,
            coverage=coverage,
            relax_steps=0,
            seed=1,
            return_info=True,
        )
        square, mean_aspect = radius**2, aspect
        if std:
            low, high = 0.5, 150 / aspect
            law = stats.truncnorm((low - radius) / std, (high - radius) / std, radius, std)
            square = law.var() + law.mean() ** 2
        if aspect_std:
            mean_aspect = stats.truncnorm((1 - aspect) / aspect_std, 4, aspect, aspect_std).mean()
        margin = aspect * (radius + 3 * std)
        area = square * (math.pi + 4 * (mean_aspect - 1))
        assert info["margin"] == margin
        assert info["wanted"] == round(coverage * (150 + 2 * margin) * (200 + 2 * margin) / area)
        # The reference placed at most a third, never the full number, and none where steps were few.
        assert info["placed"] == info["wanted"] == len(info["radii"])


def test_visible_fraction_of_few_rods_is_the_coverage():
    coverage, seeds, shape = 0.03, 150, (120, 100)
    visible = [
        rods(shape, radius=4, coverage=coverage, relax_steps=0, seed=s, return_info=True)[1]["covered"] for s in range(seeds)
    ]
    error = math.sqrt(coverage * (math.pi + 4) * 16 / (shape[0] * shape[1] * seeds))
    # Some lie on others: a rod meets another with a probability of the order of the coverage.
    assert -4 * error - 0.15 * coverage < np.mean(visible) - coverage < 4 * error


def test_places_and_directions_are_uniform():
    shape, infos = (120, 160), []
    for seed in range(60):
        infos.append(rods(shape, radius=4, coverage=0.2, relax_steps=0, seed=seed, return_info=True)[1])
    places = np.concatenate([info["positions"] for info in infos])
    axes = np.concatenate([info["directions"] for info in infos])
    margin = infos[0]["margin"]
    height, width = frame_of(shape, margin)
    assert stats.kstest((places[:, 0] + margin) / height, "uniform").pvalue > 1e-3
    assert stats.kstest((places[:, 1] + margin) / width, "uniform").pvalue > 1e-3
    counts, *_ = np.histogram2d(places[:, 0], places[:, 1], bins=4, range=[[-margin, height - margin], [-margin, width - margin]])
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3
    azimuth = np.arctan2(-axes[:, 0], axes[:, 1])
    assert np.all((azimuth >= 0) & (azimuth < math.pi))
    assert stats.kstest(azimuth / math.pi, "uniform").pvalue > 1e-3
    assert np.all(axes[:, 2] == 0)


def test_directions_stay_uniform_when_rods_settle():
    axes = np.concatenate(
        [
            rods((150, 150), radius=4, coverage=0.1, relax_steps=20_000, seed=s, return_info=True)[1]["directions"]
            for s in range(15)
        ]
    )
    azimuth = np.arctan2(-axes[:, 0], axes[:, 1]) % math.pi
    assert stats.kstest(azimuth / math.pi, "uniform").pvalue > 1e-3


def test_sizes_are_truncated_normal():
    radius, std, aspect, aspect_std = 3.0, 1.0, 2.0, 0.8
    _, info = rods(
        (500, 500),
        radius=radius,
        radius_std=std,
        aspect_ratio=aspect,
        aspect_std=aspect_std,
        coverage=0.6,
        relax_steps=0,
        seed=3,
        return_info=True,
    )
    assert info["placed"] > 2000
    low, high = 0.5, 250.0
    law = stats.truncnorm((low - radius) / std, (high - radius) / std, radius, std)
    assert stats.kstest(info["radii"], law.cdf).pvalue > 1e-3
    aspects = info["lengths"] / (2 * info["radii"])
    law = stats.truncnorm((1 - aspect) / aspect_std, 4, aspect, aspect_std)
    assert stats.kstest(aspects, law.cdf).pvalue > 1e-3
    assert abs(np.corrcoef(aspects, info["radii"])[0, 1]) < 4 / math.sqrt(info["placed"])


def test_a_radius_does_not_depend_on_the_size_of_the_image():
    """In the reference it was at least a hundredth of the width of the image in base units."""
    for scale in (1e-9, 1.0, 1e6):
        _, info = rods((64, 64), pixel_size=scale, radius=3 * scale, coverage=0.1, relax_steps=0, seed=1, return_info=True)
        assert_allclose(info["radii"], 3 * scale, rtol=1e-13)


# ---- motion ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aspect", [1.2, 2.0, 3.0, 6.0])
def test_lengths_and_widths_never_change(aspect):
    _, info = rods(
        (128, 128), radius=4, aspect_ratio=aspect, coverage=0.6, relax_steps=50_000, seed=1, return_info=True, gravity=100
    )
    assert_allclose(info["lengths"], 2 * aspect * 4, rtol=1e-12)
    assert_allclose(np.linalg.norm(info["directions"], axis=1), 1, rtol=1e-14)


def test_isolated_rods_lie_flat_on_flat_ground():
    _, info = rods((200, 200), radius=5, coverage=0.04, seed=1, return_info=True)
    assert_allclose(info["positions"][:, 2], RESTING * 5, rtol=1e-6)
    assert_allclose(info["directions"][:, 2], 0, atol=1e-6)
    heights = rods((200, 200), radius=5, coverage=0.04, seed=1)
    assert 2.0 * 5 < heights.max() < 1.001 * (1 + RESTING) * 5


def test_rods_come_down_and_carry_each_other():
    shape = (200, 200)
    _, early = rods(shape, radius=5, aspect_ratio=3, coverage=0.4, relax_steps=0, seed=5, return_info=True)
    _, late = rods(shape, radius=5, aspect_ratio=3, coverage=0.4, seed=5, return_info=True)
    frame = frame_of(shape, early["margin"])
    assert np.mean(late["positions"][:, 2]) < 0.8 * np.mean(early["positions"][:, 2])
    assert np.mean(late["positions"][:, 2] < 1.1 * 5) > 0.8
    for info in (early, late):
        halves = info["lengths"] / 2 - info["radii"]
        lowest = info["positions"][:, 2] - halves * np.abs(info["directions"][:, 2])
        assert lowest.min() > (RESTING - 0.02) * 5  # none in the ground
        assert segment_distances(info, frame).min() > TOUCHING - 0.07  # none in another
    # Nobody floats: every rod above the ground has another close below it.
    ends = late["positions"][:, 2] - (late["lengths"] / 2 - 5) * np.abs(late["directions"][:, 2])
    high = np.flatnonzero(ends > 1.5 * 5)
    apart = reference.differences(late["positions"], frame)
    for k in high:
        near = np.linalg.norm(apart[k][:, :2], axis=1) < 30
        assert np.any(near & (apart[k][:, 2] < -5))


def test_a_crossing_rod_stays_on_top():
    """The weight of a rod presses nobody into another, as it did in the reference with its default strengths."""
    found = 0
    for seed in range(12):
        _, info = rods((100, 100), radius=5, aspect_ratio=3, coverage=0.3, seed=seed, return_info=True)
        ratios = segment_distances(info, frame_of((100, 100), info["margin"]))
        found += np.sum(info["positions"][:, 2] > 1.5 * 5)
        assert ratios.min() > TOUCHING - 0.07
    assert found > 3


def test_mobility_and_gravity():
    options = {"radius": 5, "aspect_ratio": 3, "coverage": 0.3, "seed": 3, "return_info": True}
    _, start = rods((150, 150), **options, relax_steps=0)
    _, stuck = rods((150, 150), **options, mobility=0, relax_steps=5000)
    _, free = rods((150, 150), **options, mobility=1, relax_steps=5000)
    frame = frame_of((150, 150), start["margin"])

    def way(info):
        apart = info["positions"] - start["positions"]
        apart[:, :2] -= np.array(frame) * np.round(apart[:, :2] / frame)
        lying = np.abs(start["positions"][:, 2] - RESTING * 5) < 1e-6
        return np.linalg.norm(apart[lying][:, :2], axis=1)

    # Who is not pushed by others follows the attraction as far as the mobility allows: f / (1 - f) etc., f = 0.95 m.
    alone = way(stuck) == 0
    assert np.sum(alone) > 10
    _, half = rods((150, 150), **options, mobility=0.5, relax_steps=5000)
    along = 0.5 * 0.5 + 0.475 / 0.525
    drawn = alone & (way(free) > 0)
    assert np.sum(drawn) > 5
    assert_allclose(np.median(way(half)[drawn] / way(free)[drawn]), along / 19.5, rtol=0.02)
    _, light = rods((150, 150), **options, gravity=0, relax_steps=5000)
    _, heavy = rods((150, 150), **options, gravity=100, relax_steps=5000)
    assert np.mean(light["positions"][:, 2]) > np.mean(heavy["positions"][:, 2])


def test_fall_takes_as_long_as_in_the_reference():
    """A free rod sinks by 4.8e-7 g image widths a step (measured there)."""
    options = {"radius": 6, "aspect_ratio": 3, "coverage": 0.6, "seed": 1, "particle_strength": 0, "surface_strength": 0}
    options |= {"gravity": 100, "return_info": True}
    _, start = rods((256, 256), **options, relax_steps=0)
    _, later = rods((256, 256), **options, relax_steps=40)
    fallen = (start["positions"][:, 2] - later["positions"][:, 2]) / 256
    # Rod k comes after 30 k / count steps, at the beginning of the next move.
    at_once = 40 / later["moves"]
    assert at_once < 10
    times = np.ceil(30 / start["placed"] * np.arange(start["placed"]) / at_once) * at_once
    expected = 4.8e-7 * 100 * (40 - times)
    # Those that land on a lying rod start a little above it; others land on rods that have sunk already.
    free = (start["positions"][:, 2] > 2 * 6) & (start["positions"][:, 2] < 3.2 * 6)
    as_expected = np.isclose(fallen, expected, rtol=0.03, atol=0)
    assert np.sum(free & as_expected) > 0.7 * np.sum(free) > 10


@pytest.mark.parametrize("steps", [1, 37, 1000])
def test_all_rods_come_however_few_the_steps(steps):
    _, info = rods((100, 100), radius=3, coverage=0.5, relax_steps=steps, seed=1, return_info=True)
    assert info["placed"] == info["wanted"] > 50


def test_always_ends():
    for options in (
        {"radius": 4, "radius_std": 4, "aspect_ratio": 3, "aspect_std": 3, "coverage": 1.0, "relax_steps": 20_000},
        {"radius": 2, "coverage": 0.5, "gravity": 1000, "particle_strength": 1000, "surface_strength": 1000, "relax_steps": 5000},
        {"radius": 2, "coverage": 0.5, "gravity": 0, "particle_strength": 0, "surface_strength": 0, "relax_steps": 10**6},
    ):
        heights, info = rods((80, 80), seed=1, return_info=True, **options)
        assert np.isfinite(heights).all()
        assert info["placed"] == info["wanted"]


def test_rods_lie_on_a_base(rng):
    rows, cols = np.mgrid[:100, :120]
    base = 5 * np.sin(rows / 15.0) * np.cos(cols / 20.0)
    before = base.copy()
    heights, info = rods(base=base, radius=4, coverage=0.3, relax_steps=20_000, seed=1, return_info=True)
    assert_array_equal(base, before)
    assert np.all(heights >= base)
    halves = info["lengths"] / 2 - info["radii"]
    for fraction in (-1, 0, 1):
        y, x, z = (info["positions"] + fraction * halves[:, None] * info["directions"]).T
        inside = (y > 1) & (y < 99) & (x > 1) & (x < 119)
        under = 5 * np.sin((y - 0.5) / 15.0) * np.cos((x - 0.5) / 20.0)
        assert np.all((z - under)[inside] > (RESTING - 0.05) * 4)
    rough = rng.normal(size=(50, 60)) * 20
    heights = rods(base=rough, radius=3, coverage=0.3, relax_steps=5000, seed=1)
    assert np.all(heights >= rough)
    assert np.isfinite(heights).all()


# ---- the common contract ---------------------------------------------------------------------------------------------


def test_same_bits_for_any_number_of_threads():
    options = {"radius": 3, "radius_std": 1, "coverage": 0.4, "seed": 7, "relax_steps": 3000}
    one = rods((200, 150), threads=1, **options)
    for threads in (2, 3):
        assert_array_equal(rods((200, 150), threads=threads, **options), one)


def test_seeds_bases_and_units():
    options = {"radius": 5, "coverage": 0.3, "relax_steps": 2000}
    one = rods((64, 70), seed=1, **options)
    assert_array_equal(rods((64, 70), seed=1, **options), one)
    assert np.any(rods((64, 70), seed=2, **options) != one)
    assert_array_equal(rods(base=np.zeros((64, 70)), seed=1, **options), one)
    assert_allclose(rods(base=np.full((64, 70), 3.0), seed=1, **options), one + 3, rtol=1e-14)
    doubled = rods((64, 70), pixel_size=2, seed=1, **(options | {"radius": 10}))
    assert_array_equal(doubled, 2 * one)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"radius": 0}, "radius must be positive, got 0"),
        ({"radius": 0.3}, r"radius must be at least half a pixel, 0\.5, got 0\.3"),
        ({"radius": 14}, r"radius must be at most a quarter of the smaller side of the image, 12\.5, got 14"),
        ({"aspect_ratio": 0.9}, "aspect_ratio must lie between 1 and 5, where the rod is as long as the smaller side, got 0.9"),
        ({"aspect_ratio": 6}, "aspect_ratio must lie between 1 and 5, where the rod is as long as the smaller side, got 6"),
        ({"aspect_ratio": float("nan")}, "aspect_ratio must be finite, got nan"),
        ({"aspect_std": -1}, "aspect_std must lie between 0 and 2, got -1"),
        ({"mobility": 1.5}, r"mobility must lie between 0 and 1, got 1\.5"),
        ({"gravity": -1}, "gravity must lie between 0 and 1000, got -1"),
        ({"particle_strength": 2000}, "particle_strength must lie between 0 and 1000, got 2000"),
        ({"surface_strength": -2}, "surface_strength must lie between 0 and 1000, got -2"),
        ({"coverage": -0.1}, r"coverage must be above 0 and at most 1, got -0\.1"),
        ({"coverage": 1e-4}, r"coverage must be at least 0\.0\d+ for one body to lie here, got 0\.0001"),
        ({"relax_steps": -1}, "relax_steps must be at least 0, got -1"),
        ({"base": np.zeros((50, 61))}, r"base must have the shape \(50, 60\), got \(50, 61\)"),
    ],
)
def test_impossible_arguments_are_refused(change, message):
    arguments = {"shape": (50, 60), "radius": 5} | change
    with pytest.raises(ValueError, match=message):
        rods(arguments.pop("shape"), **arguments)
