import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import _core
from afmnn._reference import particles as reference
from afmnn.synth import particles

TOUCHING = 2 ** (1 / 6) * 0.82  # distance at rest over sum of radii
RESTING = (2 / 5) ** (1 / 6) * 1.2  # height of the centre at rest over radius


def pair_ratios(positions, radii, frame):
    """Distance over sum of radii of all pairs on the torus."""
    apart = reference.differences(positions, frame)
    ratio = np.sqrt(np.sum(apart**2, axis=2)) / (radii[:, None] + radii[None, :])
    return ratio[np.triu_indices(len(radii), 1)]


def frame_of(shape, margin, pixel=(1.0, 1.0)):
    return shape[0] * pixel[0] + 2 * margin, shape[1] * pixel[1] + 2 * margin


def unit_forces(positions, radii, base=None, margin=0.1, n=40):
    """Forces in an image of n x n pixels with sides of length 1."""
    return _core.particle_forces(positions, radii, n, n, 1 / n, 1 / n, base, margin)


def settled(positions, radii, steps, base=None, *, margin=0.1, n=40, exact=False):
    """Positions after some steps, in the order given (radii must differ)."""
    out, out_radii, *_ = _core.settle_particles(positions, radii, n, n, 1 / n, 1 / n, base, margin, steps, exact)
    order = [int(np.flatnonzero(out_radii == r)[0]) for r in radii]
    return out[order]


def scattered(rng, count, radius, spread=0.2):
    """Positions in [-0.1, 1.1) and radii, all different, with and without overlaps."""
    radii = radius * (1 + spread * np.linspace(-1, 1, count))
    places = rng.uniform(-0.1, 1.1, (count, 3))
    places[:, 2] = radii * rng.uniform(0.9, 1.2, count)
    return places, radii


# ---- drawing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "pixel"), [((60, 81), (1.0, 1.0)), ((57, 64), (1.5, 0.75)), ((33, 100), (2e-9, 1e-9))])
def test_surface_is_the_exact_envelope_of_the_spheres(shape, pixel):
    radius = 7.3 * pixel[1]
    heights, info = particles(
        shape, pixel_size=pixel, radius=radius, radius_std=0.2 * radius, coverage=0.4, relax_steps=50, seed=3, return_info=True
    )
    assert heights.shape == shape
    assert heights.dtype == np.float64
    assert info["placed"] > 10
    centres = info["positions"][:, :2] / pixel
    assert np.std(centres - np.floor(centres)) > 0.2  # anywhere in a pixel: uniform would be 0.29
    expected = reference.draw_spheres(np.zeros(shape), pixel, info["positions"], info["radii"])
    assert_allclose(heights, expected, rtol=0, atol=1e-12 * radius)
    assert info["covered"] == np.mean(heights > 0)


def test_isolated_sphere_stands_on_flat_ground_and_leaves_the_rest_alone():
    shape, radius = (64, 64), 12.0
    for seed in range(40):  # the first, and only, particle is drawn (the reference lost it)
        heights, info = particles(shape, radius=radius, coverage=0.06, relax_steps=0, seed=seed, return_info=True)
        assert info["wanted"] == info["placed"] == 1
        (y, x, z), r = info["positions"][0], info["radii"][0]
        assert r == pytest.approx(radius, rel=1e-14)
        assert z == pytest.approx(radius, rel=1e-14)
        if not (radius < y < 64 - radius and radius < x < 64 - radius):
            continue
        rows, cols = np.mgrid[:64, :64] + 0.5
        rho2 = (rows - y) ** 2 + (cols - x) ** 2
        inside = rho2 < radius**2
        assert_allclose(heights[inside], radius + np.sqrt(radius**2 - rho2[inside]), rtol=1e-12)
        assert not heights[~inside].any()
        nearest = np.min(rho2)
        assert heights.max() == pytest.approx(radius + math.sqrt(radius**2 - nearest), rel=1e-12)
        assert np.count_nonzero(inside) == pytest.approx(math.pi * radius**2, rel=0.03)
        return
    pytest.fail("no particle lay wholly inside the image")


# ---- numbers, places, radii ------------------------------------------------------------------------------------------


def test_count_is_the_coverage_of_the_area_of_centres():
    for coverage, radius, std in [(0.1, 10, 0), (0.3, 8, 2), (0.5, 12, 12), (0.6, 5, 1)]:
        _, info = particles((150, 200), radius=radius, radius_std=std, coverage=coverage, relax_steps=0, seed=1, return_info=True)
        low, high = max(radius / 100, 0.5), 75.0
        margin = min(radius + 3 * std, high)
        mean_square = radius**2
        if std:
            law = stats.truncnorm((low - radius) / std, (high - radius) / std, radius, std)
            mean_square = law.var() + law.mean() ** 2
        assert info["margin"] == margin
        assert info["wanted"] == round(coverage * (150 + 2 * margin) * (200 + 2 * margin) / (math.pi * mean_square))
        assert info["placed"] == len(info["radii"]) == len(info["positions"]) == info["wanted"]


def test_visible_fraction_is_the_coverage():
    coverage, radius, shape, seeds = 0.1, 9.0, (120, 100), 150
    visible = [
        particles(shape, radius=radius, coverage=coverage, relax_steps=0, seed=seed, return_info=True)[1]["covered"]
        for seed in range(seeds)
    ]
    error = math.sqrt(coverage * math.pi * radius**2 / (shape[0] * shape[1] * seeds))
    assert abs(np.mean(visible) - coverage) < 4 * error


@pytest.mark.parametrize(("coverage", "seeds"), [(0.15, 150), (0.6, 60)])  # without and with making room
def test_centres_are_spread_evenly_up_to_all_four_sides(coverage, seeds):
    shape, radius = (120, 160), 8.0
    height, width = frame_of(shape, radius)
    places = np.concatenate(
        [
            particles(shape, radius=radius, coverage=coverage, relax_steps=20, seed=seed, return_info=True)[1]["positions"]
            for seed in range(seeds)
        ]
    )
    y, x = places[:, 0] + radius, places[:, 1] + radius
    assert min(y.min(), x.min()) >= 0
    assert y.max() < height
    assert x.max() < width
    counts, *_ = np.histogram2d(y, x, bins=4, range=[[0, height], [0, width]])
    # Spheres keep apart, so counts vary less than independent ones would: the upper tail is safe.
    assert stats.chisquare(counts.ravel()).pvalue > 1e-3
    # Strips of the width of a sphere along the sides
    strips = [np.sum(y < 16), np.sum(y > height - 16), np.sum(x < 16), np.sum(x > width - 16)]
    expected = len(places) * np.array([16 / height, 16 / height, 16 / width, 16 / width])
    assert np.all(np.abs(strips - expected) < 4 * np.sqrt(expected))


@pytest.mark.parametrize("std", [0.2, 0.5, 1.0])  # of the radius; in the reference a fifth of the last were negative
def test_radii_are_truncated_normal(std):
    radius = 2.0
    radii = np.concatenate(
        [
            particles((400, 400), radius=radius, radius_std=std * radius, coverage=0.3, relax_steps=0, seed=s, return_info=True)[
                1
            ]["radii"]
            for s in range(3)
        ]
    )
    assert len(radii) > 4000
    low, high = 0.5, 200.0
    assert radii.min() >= low
    law = stats.truncnorm((low - radius) / (std * radius), (high - radius) / (std * radius), radius, std * radius)
    assert stats.kstest(radii, law.cdf).pvalue > 1e-3
    n = len(radii)
    assert abs(radii.mean() - law.mean()) < 4 * law.std() / math.sqrt(n)
    kurtosis = float(law.stats("k")) + 3
    assert abs(radii.std() / law.std() - 1) < 4 * math.sqrt((kurtosis - 1) / (4 * n))


def test_a_spread_of_radii_reshuffles_no_places():
    _, plain = particles((200, 200), radius=6, coverage=0.05, relax_steps=0, seed=5, return_info=True)
    _, spread = particles((200, 200), radius=6, radius_std=1e-9, coverage=0.05, relax_steps=0, seed=5, return_info=True)
    assert_allclose(spread["positions"], plain["positions"], atol=1e-6)


@pytest.mark.parametrize("std", [0.0, 5.0])
def test_spheres_are_placed_without_penetrating_each_other(std):
    shape, radius = (300, 300), 12.0
    _, info = particles(shape, radius=radius, radius_std=std, coverage=0.3, relax_steps=0, seed=2, return_info=True)
    ratios = pair_ratios(info["positions"], info["radii"], frame_of(shape, info["margin"]))
    assert ratios.min() >= 1 - 1e-12
    assert ratios.min() < 1.1


@pytest.mark.parametrize("coverage", [0.6, 0.75, 0.9])
def test_room_is_made_for_everybody(coverage):
    for seed in range(5):  # a warning would be an error
        shape = (256, 256)
        _, info = particles(shape, radius=12.8, coverage=coverage, relax_steps=0, seed=seed, return_info=True)
        assert info["placed"] == info["wanted"]
        assert pair_ratios(info["positions"], info["radii"], frame_of(shape, info["margin"])).min() > TOUCHING - 1e-9
        assert info["covered"] == pytest.approx(coverage, abs=0.05)


def test_the_example_of_the_library():
    for seed in range(20):
        heights, info = particles((256, 256), pixel_size=39e-9, radius=0.5e-6, coverage=0.6, seed=seed, return_info=True)
        assert info["placed"] == 92
        assert 0.99e-6 < heights.max() < 1.02e-6


# ---- it always ends --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "radius", "std"), [((128, 128), 8, 8), ((128, 128), 8, 0), ((64, 64), 16, 16), ((300, 20), 1, 1), ((60, 61), 10, 0)]
)
def test_full_coverage_ends_and_says_what_was_left_out(shape, radius, std):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        heights, info = particles(shape, radius=radius, radius_std=std, coverage=1.0, seed=1, return_info=True)
    placed, wanted = info["placed"], info["wanted"]
    assert 0.7 * wanted < placed <= wanted
    assert len(caught) == (placed < wanted)
    assert placed < wanted or std > 0  # equal spheres never fill a plane
    for warning in caught:
        assert warning.category is UserWarning
        assert warning.filename == __file__
        assert f"only {placed} of {wanted} particles found room: the coverage is about 0." in str(warning.message)
    assert len(info["radii"]) == len(info["positions"]) == placed
    assert info["covered"] > 0.75
    assert np.isfinite(heights).all()
    assert pair_ratios(info["positions"], info["radii"], frame_of(shape, info["margin"])).min() > 0.85


def test_rough_bases_of_any_height_end(rng):
    for scale in (1e-3, 1.0, 1e3):
        base = scale * rng.normal(size=(48, 60))
        heights, info = particles(base=base, radius=4, coverage=0.3, seed=1, return_info=True)
        assert info["placed"] == info["wanted"]
        assert np.isfinite(heights).all()
        assert np.all(heights >= base)


def test_many_particles_are_welcome():
    """More than 10000 were refused by the reference."""
    _, info = particles((600, 600), radius=1.5, coverage=0.3, relax_steps=3, seed=1, return_info=True)
    assert info["placed"] > 15000


# ---- forces ----------------------------------------------------------------------------------------------------------


def test_pair_forces_are_the_gradient_of_the_energy(rng):
    places, radii = scattered(rng, 30, 0.08)
    pairs, _ = unit_forces(places, radii)
    frame = (1.2, 1.2)
    expected = np.empty_like(places)
    for i in np.ndindex(places.shape):
        moved = places.astype(complex)
        moved[i] += 1e-30j  # no subtraction, so the derivative is exact to rounding
        expected[i] = -reference.energy(moved, radii, frame).imag / 1e-30
    assert_allclose(pairs, expected, rtol=1e-10, atol=1e-12 * np.abs(expected).max())
    ratios = pair_ratios(places, radii, frame)  # the core, the bond, the tail and the cut-off are all there
    assert ratios.min() < 0.58
    assert np.any((ratios > 0.9) & (ratios < 1))
    assert ratios.max() > 2.46


def test_energy_is_continuous_at_the_core_and_the_cutoff():
    s = np.array([0.1])
    for edge in (0.82 * math.sqrt(0.5), 0.82 * 3):
        d2 = (edge * s) ** 2
        below, above = reference.pair_potential(d2 * (1 - 1e-9), s), reference.pair_potential(d2 * (1 + 1e-9), s)
        assert_allclose(below, above, atol=1e-7 * 1e-5 * 0.05)


def test_pair_forces_conserve_momentum(rng):
    places, radii = scattered(rng, 50, 0.05, spread=0.8)
    pairs, _ = unit_forces(places, radii)
    assert np.abs(pairs.sum(axis=0)).max() < 1e-13 * np.abs(pairs).sum()


def test_ground_force_is_the_gradient_of_its_potential():
    r = np.full(60, 0.07)
    d = np.linspace(0.2, 3, 60) * r
    places = np.stack([np.full(60, 0.5), np.full(60, 0.5), d], axis=1)
    _, ground = unit_forces(places, r)
    expected = -reference.ground_potential(d + 1e-30j, r).imag / 1e-30
    assert_allclose(ground[:, 2], expected, rtol=1e-10)
    assert not ground[:, :2].any()
    assert np.all((ground[:, 2] > 0) == (d < RESTING * r))


def test_ground_force_on_a_slope_points_downhill_in_x_and_y_alike(rng):
    n = 40
    rows, cols = np.mgrid[:n, :n] / n
    bump = rng.normal(size=(n, n)) * 0.01
    base = 0.3 * rows + 0.1 * cols + bump
    places, radii = scattered(rng, 25, 0.06)
    places[:, 2] += 0.2
    _, ground = unit_forces(places, radii, base)
    _, swapped = unit_forces(np.ascontiguousarray(places[:, [1, 0, 2]]), radii, np.ascontiguousarray(base.T))
    assert_allclose(swapped[:, [1, 0, 2]], ground, rtol=1e-12)
    plane = 0.3 * rows + 0.1 * cols
    inner = rng.uniform(0.1, 0.9, (10, 3))
    inner[:, 2] = 0.3 * (inner[:, 0] - 0.5 / n) + 0.1 * (inner[:, 1] - 0.5 / n) + 0.06  # one radius above: pushed off
    _, ground = unit_forces(inner, np.full(10, 0.06), plane)
    assert np.all(ground[:, 2] > 0)
    assert_allclose(ground[:, 0], -0.3 * ground[:, 2], rtol=1e-9)
    assert_allclose(ground[:, 1], -0.1 * ground[:, 2], rtol=1e-9)


def test_particles_go_downhill():
    n = 64
    down_y = np.repeat(np.linspace(0, 1, n)[:, None], n, axis=1)
    start = np.array([[0.5, 0.5, 0.0]])
    start[0, 2] = 0.5 + 0.1
    in_y = settled(start, np.array([0.1]), 300, np.ascontiguousarray(down_y), n=n)
    in_x = settled(start, np.array([0.1]), 300, np.ascontiguousarray(down_y.T), n=n)
    assert in_y[0, 0] < 0.5 - 1e-4
    assert in_y[0, 1] == pytest.approx(0.5, abs=1e-12)
    assert_allclose(in_x[0, [1, 0, 2]], in_y[0], rtol=1e-12)


# ---- settling --------------------------------------------------------------------------------------------------------


def test_settling_follows_the_twin(rng):
    places, radii = scattered(rng, 40, 0.05)
    frame = (1.2, 1.2)
    expected = reference.settle(places, radii, frame, 60)
    result = settled(places, radii, 60, exact=True)
    apart = result - expected
    apart[:, :2] -= 1.2 * np.round(apart[:, :2] / 1.2)  # back in the frame
    assert np.abs(apart).max() < 1e-11
    assert np.abs(expected - places).max() > 0.02


def test_keeping_distant_forces_changes_next_to_nothing():
    shape, radius, margin = (512, 512), 10.0, 10.0
    _, info = particles(shape, radius=radius, coverage=0.5, relax_steps=0, seed=1, return_info=True)
    args = (info["positions"], info["radii"], *shape, 1.0, 1.0, None, margin, 500)
    fast, _, fast_count, _ = _core.settle_particles(*args, False)
    exact, _, exact_count, _ = _core.settle_particles(*args, True)
    apart = fast - exact
    frame = 532.0
    apart[:, :2] -= frame * np.round(apart[:, :2] / frame)
    away = np.sqrt(np.sum(apart**2, axis=1)) / radius
    assert np.median(away) < 0.01
    assert np.quantile(away, 0.99) < 0.05
    assert fast_count < 0.4 * exact_count


@pytest.mark.parametrize(
    ("fraction", "steps", "expected"),
    [(10, 100, 1.0012), (10, 300, 1.0037), (10, 1000, 1.011), (10, 5000, 1.026), (20, 5000, 1.013), (40, 5000, 1.004)],
)
def test_an_isolated_sphere_rises_as_in_the_reference(fraction, steps, expected):
    radius = np.array([1 / fraction])
    place = settled(np.array([[0.5, 0.5, radius[0]]]), radius, steps)
    assert place[0, 2] / radius[0] - 1 == pytest.approx(expected - 1, rel=0.05, abs=6e-5)
    assert_array_equal(place[0, :2], 0.5)


@pytest.mark.parametrize("start", [0.97, 1.0, 1.2])
def test_a_sphere_comes_to_rest_above_the_ground(start):
    place = settled(np.array([[0.5, 0.5, start * 0.2]]), np.array([0.2]), 20000)
    assert place[0, 2] / 0.2 == pytest.approx(RESTING, rel=1e-6)


@pytest.mark.parametrize("radii", [(0.02, 0.0201), (0.03, 0.012)])
@pytest.mark.parametrize("start", [0.5, 0.8, 1.0, 1.3])
def test_two_spheres_come_to_touch(radii, start):
    radii = np.array(radii)
    s = radii.sum()
    places = np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])  # far above the ground, that hardly pulls
    places[1, :2] += start * s * np.array([0.6, 0.8])
    result = settled(places, radii, 20000)
    assert np.linalg.norm(result[1] - result[0]) / s == pytest.approx(TOUCHING, rel=1e-5)
    if start > 0.5:  # equal masses, opposite forces: the middle stays, unless the speed limits (of each radius) act
        assert_allclose(result[:, :2].mean(axis=0), places[:, :2].mean(axis=0), atol=1e-12)


def test_settled_spheres_touch_and_do_not_penetrate():
    shape, radius = (600, 600), 8.0
    _, info = particles(shape, radius=radius, radius_std=1.0, coverage=0.5, relax_steps=1500, seed=4, return_info=True)
    ratios = pair_ratios(info["positions"], info["radii"], frame_of(shape, info["margin"]))
    assert ratios.min() > 0.88
    counts, edges = np.histogram(ratios, bins=np.arange(0.85, 1.3, 0.025))
    assert 0.9 <= edges[np.argmax(counts)] < 0.95
    assert np.sum((ratios > 0.9) & (ratios < 0.95)) > 0.5 * info["placed"]


def test_deep_overlaps_come_apart_slowly():
    """A limit, not a stop: the reference froze what moved too fast."""
    radii = np.array([0.05, 0.0501])
    places = np.array([[0.5, 0.5, 0.05], [0.5, 0.51, 0.05]])
    distance = [0.01]
    for steps in (1, 2, 4, 8, 16, 32, 64):
        result = settled(places, radii, steps)
        distance.append(np.linalg.norm(result[1] - result[0]))
    assert np.all(np.diff(distance) > 0)
    assert distance[1] - distance[0] <= 2 * math.sqrt(3) * 0.0025 * 1.001
    assert distance[-1] > 0.85 * radii.sum()


def test_tiny_particles_in_a_large_image_stay_calm():
    """Their bonds would be too stiff for the step, had they the mass of others."""
    shape, radius = (4096, 4096), 0.6
    rng = np.random.default_rng(0)
    places = rng.uniform(100, 160, (400, 3))
    places[:, 2] = radius
    radii = radius * (1 + 1e-6 * np.arange(400))
    result, result_radii, *_ = _core.settle_particles(places, radii, *shape, 1.0, 1.0, None, radius, 3000, False)
    later, later_radii, *_ = _core.settle_particles(result, result_radii, *shape, 1.0, 1.0, None, radius, 1, False)
    moved = later[np.argsort(later_radii)] - result[np.argsort(result_radii)]
    assert np.abs(moved).max() < 0.01 * radius
    ratios = pair_ratios(result, result_radii, frame_of(shape, radius))
    assert ratios.min() > 0.85


def test_cost_grows_linearly():
    per_particle = []
    for n in (128, 512):
        _, info = particles((n, n), radius=8, coverage=0.4, relax_steps=200, seed=1, return_info=True)
        per_particle.append(info["pair_evaluations"] / info["placed"] / 200)
    assert per_particle[1] < 1.6 * per_particle[0]  # all pairs would be 12 times as many
    assert per_particle[1] < 4


# ---- the common contract ---------------------------------------------------------------------------------------------


def test_same_bits_for_any_number_of_threads():
    options = {"radius": 5.5, "radius_std": 1.5, "coverage": 0.5, "seed": 7, "relax_steps": 100}
    one = particles((200, 150), threads=1, **options)
    for threads in (2, 3):
        assert_array_equal(particles((200, 150), threads=threads, **options), one)


def test_seeds():
    options = {"radius": 5, "coverage": 0.2, "relax_steps": 10}
    one = particles((64, 64), seed=1, **options)
    assert_array_equal(particles((64, 64), seed=1, **options), one)
    assert_array_equal(particles((64, 64), seed=np.random.SeedSequence(1), **options), one)
    assert np.any(particles((64, 64), seed=2, **options) != one)
    assert np.any(particles((64, 64), **options) != particles((64, 64), **options))


def test_heights_scale_with_the_lateral_unit():
    options = {"coverage": 0.4, "seed": 3, "relax_steps": 200}
    one = particles((70, 90), pixel_size=(1.0, 1.5), radius=6, radius_std=1, **options)
    assert_array_equal(particles((70, 90), pixel_size=(2.0, 3.0), radius=12, radius_std=2, **options), 2 * one)
    tiny = particles((70, 90), pixel_size=(1e-9, 1.5e-9), radius=6e-9, radius_std=1e-9, **options)
    assert_allclose(tiny, 1e-9 * one, rtol=1e-6, atol=1e-16)


def test_a_flat_base_is_no_base():
    options = {"radius": 6, "coverage": 0.4, "seed": 3, "relax_steps": 200}
    bare = particles((70, 90), **options)
    assert_array_equal(particles(base=np.zeros((70, 90)), **options), bare)
    assert_allclose(particles(base=np.full((70, 90), 5.0), **options), bare + 5, rtol=1e-14)


def test_spheres_stand_on_the_base(rng):
    rows, cols = np.mgrid[:80, :100]
    base = 6 * np.sin(rows / 15.0) * np.cos(cols / 20.0)
    before = base.copy()
    heights, info = particles(base=base, radius=7, coverage=0.4, relax_steps=0, seed=1, return_info=True)
    assert_array_equal(base, before)
    assert np.all(heights >= base)
    assert_allclose(heights, reference.draw_spheres(base, (1, 1), info["positions"], info["radii"]), atol=1e-11)
    y, x, z = info["positions"].T
    inside = (y > 1) & (y < 79) & (x > 1) & (x < 99)
    under = 6 * np.sin((y - 0.5) / 15.0) * np.cos((x - 0.5) / 20.0)
    assert_allclose((z - 7)[inside], under[inside], atol=0.01)  # interpolation
    # integers, strides and foreign byte order are read, too
    whole = np.round(base)
    expected = particles(base=whole, radius=7, coverage=0.4, seed=1)
    for same in (whole.astype(int), np.asfortranarray(whole), np.repeat(whole, 2, axis=1)[:, ::2], whole.astype(">f8")):
        assert_array_equal(particles(base=same, radius=7, coverage=0.4, seed=1), expected)


def test_transposed_base_settles_transposed(rng):
    n = 40
    base = rng.normal(size=(n, n)).cumsum(0).cumsum(1) * 2e-3
    places, radii = scattered(rng, 30, 0.05)
    places[:, 2] += 0.1
    one = settled(places, radii, 100, base, n=n)
    other = settled(np.ascontiguousarray(places[:, [1, 0, 2]]), radii, 100, np.ascontiguousarray(base.T), n=n)
    assert_allclose(other[:, [1, 0, 2]], one, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"radius": -1}, "radius must be positive, got -1"),
        ({"radius": float("nan")}, "radius must be finite, got nan"),
        ({"radius": 0.4}, r"radius must be at least half a pixel, 0\.5, got 0\.4"),
        ({"radius": 0.9, "pixel_size": (2.0, 1.0)}, r"radius must be at least half a pixel, 1, got 0\.9"),
        ({"radius": 13}, r"radius must be at most a quarter of the smaller side of the image, 12\.5, got 13"),
        ({"radius_std": -0.1}, r"radius_std must not be negative, got -0\.1"),
        ({"radius_std": 6}, "radius_std must be at most radius, 5, got 6"),
        ({"radius_std": float("inf")}, "radius_std must be finite, got inf"),
        ({"coverage": 0.0}, r"coverage must be above 0 and at most 1, got 0\.0"),
        ({"coverage": 1.5}, r"coverage must be above 0 and at most 1, got 1\.5"),
        ({"coverage": 1e-3}, r"coverage must be at least 0\.00\d+ for one body to lie here, got 0\.001"),
        ({"relax_steps": -1}, "relax_steps must be at least 0, got -1"),
        ({"relax_steps": 10**9}, "relax_steps must be at most 1000000, got 1000000000"),
        ({"pixel_size": 0}, "pixel_size must be positive, got 0"),
        ({"pixel_size": (1, 2, 3)}, "pixel_size must be one number or two"),
        ({"shape": (1, 60)}, r"shape\[0\] must be at least 2, got 1"),
        ({"shape": None}, "shape must be given where base is not"),
        ({"base": np.zeros((50, 61))}, r"base must have the shape \(50, 60\), got \(50, 61\)"),
        ({"base": np.full((50, 60), np.nan)}, "base must be finite, got 3000 values"),
        ({"seed": -1}, "seed must be non-negative, got -1"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
    ],
)
def test_impossible_arguments_are_refused(change, message):
    arguments = {"shape": (50, 60), "radius": 5} | change
    with pytest.raises(ValueError, match=message):
        particles(arguments.pop("shape"), **arguments)


@pytest.mark.parametrize("change", [{"radius": "5"}, {"relax_steps": 1.5}, {"coverage": None}, {"radius": True}])
def test_wrong_types_are_refused(change):
    with pytest.raises(TypeError, match=next(iter(change))):
        particles((50, 60), **({"radius": 5} | change))


def test_extremes_of_the_ranges_run():
    for shape, options in [
        ((2, 2), {"radius": 0.5, "coverage": 0.5}),
        ((20, 20), {"radius": 5, "coverage": 0.5}),
        ((20, 300), {"radius": 5, "radius_std": 5, "coverage": 0.5}),
        ((51, 50), {"radius": 0.5, "coverage": 0.7, "relax_steps": 50}),
    ]:
        assert np.isfinite(particles(shape, seed=1, **options)).all()


def test_core_checks_what_it_is_given():
    places, radii = np.zeros((3, 3)), np.ones(3)
    with pytest.raises(ValueError, match="positions must be an array with three columns"):
        _core.particle_forces(np.zeros((3, 2)), radii, 4, 4, 1.0, 1.0, None, 0.0)
    with pytest.raises(ValueError, match="radii must be a vector of 3 elements"):
        _core.particle_forces(places, np.ones(2), 4, 4, 1.0, 1.0, None, 0.0)
    with pytest.raises(ValueError, match="base must be of the shape of the image"):
        _core.particle_forces(places, radii, 4, 4, 1.0, 1.0, np.zeros((4, 5)), 0.0)
    with pytest.raises(TypeError):
        _core.particle_forces(places.astype(np.float32), radii, 4, 4, 1.0, 1.0, None, 0.0)
    with pytest.raises(ValueError, match="threads must be at least 1"):
        _core.particles(4, 4, 1.0, 1.0, None, 1.0, 1, 1.0, 0.0, 0.5, 2.0, 5, 1, 0)
