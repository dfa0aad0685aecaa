"""Fibres: the twin's surface, cross-sections, bases, numbers, bends and what varies along them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core, synth
from afmnn._reference import fibres as reference
from afmnn._seed import key_from

STRAIGHT = {"lateral_bend": 0.0, "axial_bend": 0.0}
ONE = {**STRAIGHT, "coverage": 1e-4}


def crossing(seed_from=0, shape=(120, 150), **settings):
    """One fibre whose axis passes the image near its middle, and its description."""
    for seed in range(seed_from, seed_from + 400):
        z, info = synth.fibres(shape, seed=seed, return_info=True, **{**ONE, **settings})
        angle = info["angle"][0]
        if abs(info["y"][0] * np.cos(angle) + info["x"][0] * np.sin(angle)) < 20:
            return z, info
    raise AssertionError("no fibre passes the middle")


@pytest.mark.parametrize("profile", _core.fibre_profiles())
def test_matches_twin(profile):
    bends = {"bend_density": 5.0, "lateral_bend": 0.1, "axial_bend": 0.05}
    settings = {"angle_spread": 1.0, "height_spread": 0.3, "width_spread": 0.2, "truncation": 0.7, "truncation_spread": 0.2}
    z, info = synth.fibres(
        (40, 50), profile=profile, width=6, height=2, coverage=0.3, seed=3, return_info=True, **bends, **settings
    )
    assert info["count"] > 4
    twin = reference.lay((40, 50), info, profile=profile, width=6, key=key_from(3), margin=5 + 12 + 16, bends=bends, points=600)
    # Axes are polygons of other sides there, which differ by hundredths of a pixel; flanks are steep.
    assert np.mean(np.abs(z - twin) > 0.02) < 0.02
    assert_allclose(z, twin, atol=0.3)


@pytest.mark.parametrize("profile", _core.fibre_profiles())
@pytest.mark.parametrize("angle", [0.0, 0.5, np.pi / 2, -2.0])
def test_straight_fibres_have_the_cross_section_and_lie_flat_elsewhere(profile, angle):
    z, info = crossing(width=14.0, height=3.0, profile=profile, angle=angle, truncation=0.8)
    y, x = (np.arange(n) - (n - 1) / 2 for n in z.shape)
    across = (y[:, None] - info["y"][0]) * np.cos(angle) + (x - info["x"][0]) * np.sin(angle)
    expected = 3.0 * np.minimum(reference.cross_section(profile, across / 7), 0.8)
    on_edge = np.abs(np.abs(across) - 7) < 1e-6
    assert_allclose(z[~on_edge], expected[~on_edge], atol=1e-6)
    assert info["width"][0] == 14
    assert np.count_nonzero(z) > 1000


def test_lengths_are_physical():
    settings = {"height": 2.0, "angle_spread": 1.0, "seed": 4}
    z = synth.fibres((60, 80), width=6, **settings)
    assert_array_equal(synth.fibres((60, 80), width=3, pixel_size=0.5, **settings), z)
    # Along the rows of pixels that are twice as high as wide, a fibre covers half as many rows.
    for angle, axis in ((0.0, 0), (np.pi / 2, 1)):
        z, _ = crossing(shape=(200, 200), width=20.0, height=1.0, angle=angle, profile="rectangle", pixel_size=(2.0, 1.0))
        covered = np.count_nonzero(z, axis=axis)
        assert abs(covered[100] - (10 if axis == 0 else 20)) <= 1


@pytest.mark.parametrize(("width_spread", "width_variation", "angle_spread"), [(0, 0, 1), (0.5, 0, 0), (0, 0.3, 1)])
@pytest.mark.parametrize("shape", [(128, 128), (60, 240)])
def test_coverage_is_the_mean_number_of_fibres_over_a_point(width_spread, width_variation, angle_spread, shape):
    spreads = {"width_spread": width_spread, "width_variation": width_variation, "angle_spread": angle_spread}
    over = []
    for seed in range(25):
        # Summed: each fibre alone on a flat base, so that it does not matter which lies below.
        _, info = synth.fibres(
            shape, width=5, height=1, coverage=0.5, profile="rectangle", seed=seed, return_info=True, **STRAIGHT, **spreads
        )
        margin = min(shape) // 8 + 26
        pixels = (shape[0] + 2 * margin) * (shape[1] + 2 * margin)
        over.append(info["footprint"].sum() / pixels)
        assert (
            info["count"]
            == np.ceil(
                0.5 * np.hypot(*(n + 2 * margin for n in shape)) / (5 * np.exp(width_spread**2 / 2 + 2 * width_variation**2))
            )
            or min(shape) % 8
        )
    # Widths of pixels; the number of fibres is rounded up: 3 % at most here.
    error = np.std(over) / np.sqrt(25)
    assert np.mean(over) == pytest.approx(0.5 * 1.015, abs=4 * error + 0.02 * 0.5)


def test_fibres_lie_on_the_lowest_point_under_them_and_on_one_another(rng):
    base = rng.random((90, 110))
    z, info = synth.fibres(
        base=base, width=8, height=5, profile="rectangle", coverage=1, angle_spread=1, seed=2, return_info=True
    )
    assert (z >= base).all()
    bases = info["base"][info["footprint"] > 0]
    assert (bases >= base.min()).all()
    assert bases.min() < 0.1  # hundreds of pixels are under the first, and the base is anywhere from 0 to 1
    z, info = synth.fibres((90, 110), width=8, height=5, profile="rectangle", coverage=1, seed=2, return_info=True)
    levels = {0.0, *(info["base"] + 5)}
    assert set(np.unique(z)) <= levels
    assert min(levels - {0.0}) == 5


def test_base_of_zeros_is_none_and_heights_scale():
    settings = {"width": 6, "angle_spread": 0.5, "height_spread": 0.4, "seed": 1}
    z = synth.fibres((50, 70), height=1.0, **settings)
    assert_array_equal(synth.fibres(base=np.zeros((50, 70)), height=1.0, **settings), z)
    assert_allclose(synth.fibres((50, 70), height=3e-9, **settings), 3e-9 * z, atol=1e-22)


@pytest.mark.parametrize("bound", [True, False])
def test_height_is_in_proportion_to_the_width_if_bound(bound):
    settings = {"width": 4, "height": 2, "width_spread": 0.5, "coverage": 5, "height_scales_with_width": bound, **STRAIGHT}
    _, info = synth.fibres((128, 128), seed=1, return_info=True, **settings)
    assert info["count"] > 100
    assert_allclose(info["height"], 2 * info["width"] / 4 if bound else 2.0)
    logs = np.log(info["width"] / 4)
    assert abs(logs.mean()) < 4 * 0.5 / np.sqrt(len(logs))
    assert logs.std() == pytest.approx(0.5, rel=4 / np.sqrt(2 * len(logs)))


def test_directions_and_truncations_spread_as_they_should():
    settings = {"width": 2, "height": 1, "coverage": 10, "truncation": 0.6, "truncation_spread": 0.4}
    _, info = synth.fibres((128, 128), angle=0.3, angle_spread=0.2, seed=1, return_info=True, **settings, **STRAIGHT)
    count = info["count"]
    assert info["angle"].mean() == pytest.approx(0.3, abs=4 * 0.4 / np.sqrt(count))
    assert info["angle"].std() == pytest.approx(0.4, rel=4 / np.sqrt(2 * count))
    odds = np.log(info["truncation"] / (1 - info["truncation"]))
    assert odds.mean() == pytest.approx(np.log(1.5), abs=4 * 0.4 / np.sqrt(count))
    assert odds.std() == pytest.approx(0.4, rel=4 / np.sqrt(2 * count))


def test_bends_displace_axes_by_their_share_of_the_distance_of_knots():
    shape, settings = (200, 200), {"width": 3, "height": 1, "coverage": 1e-4, "axial_bend": 0.0, "bend_density": 10.0}
    spacing = np.hypot(200 + 2 * 47, 200 + 2 * 47) / 10
    moved = []
    for seed in range(100):
        z, info = synth.fibres(shape, lateral_bend=0.15, seed=seed, return_info=True, **settings)
        if abs(info["y"][0]) < 60 and (z > 0).any(axis=0).all():
            middle = (z * np.arange(200)[:, None]).sum(axis=0) / z.sum(axis=0) - 99.5
            moved.append(middle[::40] - info["y"][0])
    moved = np.concatenate(moved)
    # Between knots a spline through independent numbers varies a little less or more than at them: 0.9 to 1.
    assert moved.std() == pytest.approx(0.15 * spacing * 0.93, rel=0.2)


def test_widths_vary_along_fibres():
    settings = {"shape": (150, 300), "width": 20.0, "height": 1.0, "profile": "rectangle", "bend_density": 30.0}
    logs = []
    for seed in range(0, 1500, 100):
        z, _ = crossing(seed, width_variation=0.2, height_scales_with_width=False, **settings)
        full = (z[0] == 0) & (z[-1] == 0) & (z > 0).any(axis=0)
        logs += list(np.log(np.count_nonzero(z[:, full], axis=0)[::20] / 20))
    assert len(logs) > 100
    assert abs(np.mean(logs)) < 0.12
    assert np.std(logs) == pytest.approx(0.4, rel=0.25)
    z, _ = crossing(0, height_variation=0.2, **settings)
    along = z.max(axis=0)
    assert_array_equal(np.count_nonzero(z, axis=0), 20)
    assert np.std(np.log(along[::20])) > 0.15


def test_threads_change_nothing():
    settings = {"width": 7.0, "height": 1.0, "angle_spread": 1.0, "seed": 1}
    assert_array_equal(synth.fibres((100, 140), threads=3, **settings), synth.fibres((100, 140), threads=1, **settings))
    assert np.any(synth.fibres((100, 140), **{**settings, "seed": 2}) != synth.fibres((100, 140), **settings))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 0.5}, "width must be 1 to 1000 pixels long, got 0.5"),
        ({"width": 5, "coverage": 0}, "coverage must be positive, got 0"),
        ({"width": 5, "coverage": 21}, "coverage must lie between 0 and 20, got 21"),
        ({"width": 5, "truncation": 0}, "truncation must be positive, got 0"),
        ({"width": 5, "bend_density": 80}, "bend_density must lie between 0.5 and 79, got 80"),
        ({"width": 5, "lateral_bend": 1.5}, "lateral_bend must lie between 0 and 1, got 1.5"),
        ({"width": 5, "profile": "circle"}, "profile must be one of 'semicircle', 'triangle'"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.fibres((64, 64), height=1.0, **settings)


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize("density", [0.5, 79.0])
@pytest.mark.parametrize("shape", [(2, 2), (31, 20)])
def test_extremes_give_numbers(spread, density, shape):
    names = ("angle", "width", "height", "truncation", "lateral_bend", "axial_bend")
    settings = {f"{name}_spread": spread for name in names} | {"lateral_bend": spread, "axial_bend": spread}
    for width in (1.0, 100.0):
        z = synth.fibres(
            shape,
            width=width,
            height=1.0,
            bend_density=density,
            width_variation=spread,
            height_variation=spread,
            seed=1,
            **settings,
        )
        assert np.isfinite(z).all()
        assert (z >= 0).all()
