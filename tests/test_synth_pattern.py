"""Patterns: every one against its twin and against what its parameters say."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import synth
from afmnn._reference import pattern as reference

PLACE = {
    "plain": {},
    "turned": {"angle": 0.7, "pixel_size": (0.8, 1.3)},
    "bent": {"angle": -2.0, "deformation": 9.0, "deformation_scale": 6.0},
}
RADIAL_PLACE = PLACE | {"off": {"center": (-13.0, 30.0), "angle": 0.3}}


def both(function, twin, shape=(61, 90), seed=3, **keywords):
    """Heights of the library, and of the twin from the features and the displacement that the library reports."""
    heights, info = function(shape, seed=seed, return_info=True, **keywords)
    assert heights.dtype == np.float64
    assert heights.shape == shape
    assert_array_equal(function(shape, seed=seed, **keywords), heights)
    pixel = tuple(np.broadcast_to(keywords.get("pixel_size", 1.0), 2))
    x, y = reference.coordinates(
        shape, pixel, keywords.get("angle", 0.0), keywords.get("center", (0.0, 0.0)), info["displacement"]
    )
    return heights, twin(x, y, info)


@pytest.mark.parametrize("place", PLACE)
@pytest.mark.parametrize(
    "keywords",
    [
        {"slope_fraction": 0.0},
        {"slope_fraction": 0.3},
        {"slope_fraction": 1.0, "slope_spread": 1.0, "position_spread": 0.5, "height_spread": 1.0},
        {"position_spread": 0.1, "height_scales_with_width": True, "height_spread": 0.2},
    ],
)
def test_staircase_matches_the_twin(place, keywords):
    def twin(x, y, info):
        before = info["index"] < 0
        middle = info["height"][info["index"] == 0][0] / 2
        return reference.ramps(x, info, 11.0) - info["height"][before].sum() - middle

    ours, expected = both(synth.pattern_staircase, twin, period=11.0, height=2.0, **PLACE[place], **keywords)
    assert_allclose(ours, expected, rtol=1e-11, atol=1e-11)


def test_staircase_steps():
    """Terraces of equal level a step apart, as wide as they should be, with no step lost for sharp edges."""
    for slope in (0.0, 0.2):
        z = synth.pattern_staircase((4, 501), period=50, height=3.0, slope_fraction=slope)
        assert (z == z[0]).all()
        levels = np.round((z[0] - 1.5) / 3.0)
        flat = np.abs(z[0] - 1.5 - 3.0 * levels) < 1e-9
        assert_array_equal(np.diff(np.unique(levels[flat])), 1)
        inner = flat & (np.abs(levels) < 4)
        assert_allclose(np.count_nonzero(inner) / len(np.unique(levels[inner])), 50 * (1 - slope), atol=1)
        assert_allclose(z[0, 350] - z[0, 50], 6 * 3.0, rtol=1e-12)
        assert_allclose([z[0, 240], z[0, 262]], [-1.5, 1.5], rtol=1e-12)  # half a step on either side of the centre
    assert_allclose(synth.pattern_staircase((4, 501), period=50, height=3.0, slope_fraction=0.2)[0, 250], 0, atol=1e-12)
    sharp = synth.pattern_staircase((2, 31), period=3, height=1.0, slope_fraction=0.0)[0]
    assert_array_equal(np.diff(sharp)[2::3], 1.0)  # pixels that lie on an edge belong to its upper side, all alike
    assert np.count_nonzero(np.diff(sharp)) == 10


def test_staircase_heights_from_widths():
    _, info = synth.pattern_staircase(
        (50, 300), period=10, height=2.0, position_spread=0.2, height_scales_with_width=True, return_info=True, seed=0
    )
    widths = (info["position"][2:] - info["position"][:-2]) / 2 / 10
    assert_allclose(info["height"][1:-1], 2.0 * widths, rtol=1e-12)
    assert np.ptp(widths) > 0.3


@pytest.mark.parametrize("place", PLACE)
@pytest.mark.parametrize("spread", [0.0, 0.4])
def test_double_staircase_matches_the_twin(place, spread):
    def twin(x, y, info):
        return reference.double_staircase(x, y, info, 11.0, 17.0)

    spreads = {"position_spread_x": spread, "position_spread_y": spread / 2, "height_spread": spread}
    ours, expected = both(
        synth.pattern_double_staircase, twin, period_x=11.0, period_y=17.0, height=2.0, **PLACE[place], **spreads
    )
    assert_array_equal(ours, expected)


def test_double_staircase_levels():
    z = synth.pattern_double_staircase((80, 120), period_x=20, period_y=10, height=1.5)
    assert_allclose(np.unique(z), 1.5 * np.arange(round(z.min() / 1.5), round(z.max() / 1.5) + 1), rtol=1e-12)
    assert [z[39, 59], z[39, 60], z[40, 59], z[40, 60]] == [-1.5, 0.0, 0.0, 1.5]  # H(-2), H(-1) twice, H(0)
    assert_array_equal(z[:-10, 20:], z[10:, :-20])  # diagonal neighbours share levels


@pytest.mark.parametrize("place", PLACE)
@pytest.mark.parametrize(
    "keywords",
    [
        {"slope_fraction": 0.0},
        {"slope_fraction": 0.4, "asymmetry": 0.5},
        {"slope_fraction": 0.4, "asymmetry": -1.0},
        {"top_fraction": 0.0, "slope_fraction": 1.0},
        {"top_fraction": 0.7, "slope_fraction": 0.8, "asymmetry": 0.3},
        {
            "top_fraction": 0.8,
            "slope_fraction": 1.0,
            "position_spread": 0.6,
            "top_spread": 1.0,
            "slope_spread": 1.0,
            "height_spread": 1.0,
        },
        {"slope_fraction": 0.3, "position_spread": 0.2, "scale_with_width": True, "top_spread": 0.3},
    ],
)
def test_grating_matches_the_twin(place, keywords):
    def twin(x, y, info):
        return reference.ridges(x, info, 11.0)

    ours, expected = both(synth.pattern_grating, twin, period=11.0, height=2.0, **PLACE[place], **keywords)
    assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


def test_grating_fractions():
    f, w = 0.45, 0.2
    z = synth.pattern_grating((2, 4000), period=40, height=2.0, top_fraction=f, slope_fraction=w)[0]
    assert_allclose(np.mean(z == 2.0), f, atol=0.03)
    assert_allclose(np.mean(z == 0.0), 1 - f - w, atol=0.03)
    assert_allclose(z.mean(), 2.0 * (f + w / 2), rtol=1e-3)
    assert_allclose(z[40:], z[:-40], atol=1e-9)
    assert_allclose(z, z[::-1], atol=1e-9)
    for asymmetry in (-1.0, 1.0):  # one side vertical, the other takes all of the slope
        steps = np.diff(synth.pattern_grating((2, 400), period=40, height=2.0, slope_fraction=w, asymmetry=asymmetry)[0])
        sharp, gentle = (steps.min(), steps.max()) if asymmetry < 0 else (steps.max(), steps.min())
        assert_allclose(abs(sharp), 2.0, rtol=1e-9)
        assert_allclose(abs(gentle), 2.0 / (0.2 * 40), rtol=1e-9)
        assert sharp * asymmetry > 0


def test_grating_scaled_with_the_width():
    _, plain = synth.pattern_grating((9, 300), period=20, height=1, position_spread=0.2, return_info=True, seed=1)
    _, info = synth.pattern_grating(
        (9, 300), period=20, height=1, asymmetry=0.4, position_spread=0.2, scale_with_width=True, return_info=True, seed=1
    )
    t = plain["position"]
    width = (t[2:] - t[:-2]) / 2
    assert_allclose(info["top"][1:-1], 0.45 * width, rtol=1e-12)
    assert_allclose(info["left"][1:-1], 0.3 * 0.05 * width, rtol=1e-12)
    assert_allclose(info["right"][1:-1], 0.7 * 0.05 * width, rtol=1e-12)
    assert_allclose(info["position"][1:-1], t[1:-1] / 2 + (t[2:] + t[:-2]) / 4 - 0.2 * 0.05 * width, rtol=1e-10, atol=1e-10)


RADIAL = [
    {"superellipse": 1.0},
    {"superellipse": 0.0},
    {"superellipse": 2.0},
    {"superellipse": 0.7, "parabolicity": 0.8},
    {"superellipse": 1.6, "parabolicity": -0.8},
    {"parabolicity": 1.0, "position_spread": 0.3, "height_spread": 0.5},
    {"parabolicity": -1.0, "slope_fraction": 0.5, "slope_spread": 1.0},
]


@pytest.mark.parametrize("place", RADIAL_PLACE)
@pytest.mark.parametrize("keywords", RADIAL)
def test_amphitheatre_matches_the_twin(place, keywords):
    def twin(x, y, info):
        return reference.ramps(reference.norm(x, y, keywords.get("superellipse", 1.0)), info, 11.0)

    ours, expected = both(synth.pattern_amphitheatre, twin, period=11.0, height=2.0, **RADIAL_PLACE[place], **keywords)
    assert_allclose(ours, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("place", RADIAL_PLACE)
@pytest.mark.parametrize("keywords", [*RADIAL, {"scale_with_width": True, "position_spread": 0.2, "parabolicity": -0.5}])
def test_rings_match_the_twin(place, keywords):
    def twin(x, y, info):
        return reference.ridges(reference.norm(x, y, keywords.get("superellipse", 1.0)), info, 11.0)

    ours, expected = both(synth.pattern_rings, twin, period=11.0, height=2.0, **RADIAL_PLACE[place], **keywords)
    assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(101, 101), (100, 100), (101, 60)])
@pytest.mark.parametrize("superellipse", [0.0, 0.5, 1.0, 1.5, 2.0])
def test_the_centre_is_at_zero(shape, superellipse):
    """Also the centre pixel of odd sizes, where the norm of the origin is 0 / 0."""
    middle = (slice(shape[0] // 2 - 3, shape[0] // 2 + 4), slice(shape[1] // 2 - 3, shape[1] // 2 + 4))
    for function in (synth.pattern_amphitheatre, synth.pattern_rings):
        z = function(shape, period=20, height=1.0, superellipse=superellipse)
        assert_array_equal(z[middle], 0.0)


def test_radial_profiles():
    """Along a radius, amphitheatre and rings are the straight pattern."""
    rings = synth.pattern_rings((301, 301), period=30, height=2.0, slope_fraction=0.2)
    grating = synth.pattern_grating((2, 301), period=30, height=2.0, slope_fraction=0.2)[0]
    assert_allclose(rings[150, 170:], grating[170:], atol=1e-9)
    assert_allclose(rings[:131, 150], grating[:131], atol=1e-9)
    stairs = synth.pattern_staircase((2, 301), period=30, height=2.0, slope_fraction=0.2)[0]
    bowl = synth.pattern_amphitheatre((301, 301), period=30, height=2.0, slope_fraction=0.2)
    assert_allclose(bowl[150, 160:], stairs[160:] - 1.0, atol=1e-9)
    i = np.arange(300) * 40 // 300
    diagonal = bowl[150 + i, 150 + i]  # circles: the same at the same distance
    assert_allclose(diagonal, np.interp(i * math.sqrt(2), np.arange(151), bowl[150, 150:]), atol=2.0 * 0.8 / 6)
    squares = synth.pattern_rings((301, 301), period=30, height=2.0, superellipse=0)
    assert_array_equal(squares, np.rot90(squares))
    assert_allclose(squares[150, 170:], grating[170:], atol=2.01)
    assert (squares[150 + 15 : 150 + 45, 150 + 30] == squares[150, 150 + 30]).sum() >= 15  # straight sides


def test_rings_scaled_with_the_width():
    """The neighbour of the first ring inwards is its mirror image across the centre."""
    _, info = synth.pattern_rings((200, 200), period=20, height=1, asymmetry=0.2, scale_with_width=True, return_info=True)
    slopes = 0.5 * (info["left"] - info["right"])
    assert_allclose(info["top"][:4], [0.45 * 20 * gap for gap in (1.5, 1, 1, 1)], rtol=1e-12)
    assert_allclose((info["position"] - slopes)[:4] / 20, [0.5 + 0.25, 2, 3, 4], rtol=1e-12)
    unscaled = synth.pattern_rings((200, 200), period=20, height=1, return_info=True)[1]
    assert_allclose(unscaled["top"], 0.45 * 20, rtol=1e-12)  # its own setting, not another pattern's


def test_diamonds_keep_their_width():
    """Above the circle the period is stretched, so that the distance of neighbouring sides stays a period."""
    for superellipse in (1.5, 2.0):
        z = synth.pattern_rings((401, 401), period=30, height=1.0, superellipse=superellipse)
        _, info = synth.pattern_rings((401, 401), period=30, height=1.0, superellipse=superellipse, return_info=True)
        assert_allclose(np.diff(info["position"]), 30 * 2 ** (superellipse / 2) / math.sqrt(2), rtol=1e-12)
        if superellipse == 2.0:
            i = np.arange(140)
            line = z[200 + i, 200 + i]  # across the sides: the distance grows by sqrt 2 a pixel, the norm by 2
            starts = np.nonzero(np.diff((line > 0.5).astype(int)) == 1)[0] * math.sqrt(2)
            assert_allclose(np.diff(starts), 30, atol=math.sqrt(2))


def test_parabolicity():
    s = math.hypot(400, 400) / 2 / 10

    def places(parabolicity):  # of the edges in the image, in half-diagonals
        _, info = synth.pattern_amphitheatre((400, 400), period=10, height=1.0, parabolicity=parabolicity, return_info=True)
        x = info["position"] / 10 / s
        assert x.max() > 1
        return x[x <= 1], info["index"][x <= 1] / s

    x, k = places(1.0)
    assert_allclose(x, np.sqrt(k), rtol=1e-12)  # terrace number proportional to the square
    x, k = places(-1.0)
    assert_allclose(x, k**2, rtol=1e-12)
    for q in (0.3, -0.6, 0.0):
        x, k = places(q)
        near, far = (x, k) if q >= 0 else (k, x)
        assert_allclose((1 - abs(q)) * near + abs(q) * near**2, far, rtol=1e-10)


@pytest.mark.parametrize("place", RADIAL_PLACE)
@pytest.mark.parametrize(
    "keywords",
    [
        {"sectors": 8},
        {"sectors": 2, "top_fraction": 0.7, "slope_width": 3.0},
        {"sectors": 7, "top_fraction": 0.3, "slope_width": 5.0, "top_spread": 1.0},
        {"sectors": 36, "top_fraction": 0.2, "edge_shift": 2.0},
        {"sectors": 5, "edge_shift": 4.0, "slope_width": 2.0},
        {"sectors": 6, "edge_shift": -3.0},
        {"sectors": 9, "edge_shift": -3.0, "slope_width": 12.0, "top_spread": 0.9},
        {"sectors": 2, "edge_shift": -6.0, "slope_width": 4.0, "top_fraction": 0.9},
    ],
)
def test_star_matches_the_twin(place, keywords):
    def twin(x, y, info):
        return reference.star(x, y, info, 2.0, keywords.get("edge_shift", 0.0), keywords.get("slope_width", 0.0))

    ours, expected = both(synth.pattern_siemens_star, twin, height=2.0, **RADIAL_PLACE[place], **keywords)
    assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("sectors", "top"), [(8, 0.5), (5, 0.3), (36, 0.7)])
def test_star_sectors(sectors, top):
    """On a circle there are as many plateaus as sectors, with edges at the exact angles."""
    angle = 0.35
    n = 1001
    z = synth.pattern_siemens_star((n, n), sectors=sectors, height=1.0, top_fraction=top, angle=angle)
    y, x = np.mgrid[:n, :n] - n // 2
    theta = np.arctan2(-y, x) - angle  # counter-clockwise on screen
    period = 2 * math.pi / sectors
    place = (theta + period / 2) % period - period / 2
    clear = np.abs(np.abs(place) - top * period / 2) * np.hypot(x, y) > 1e-6
    assert_array_equal(z[clear], (np.abs(place) < top * period / 2)[clear].astype(float))
    ring = (np.hypot(x, y) > 400) & (np.hypot(x, y) < 450)
    assert_allclose(z[ring].mean(), top, atol=0.01)
    ordered = z[ring][np.argsort(np.arctan2(y, x)[ring])]
    smooth = np.convolve(np.r_[ordered, ordered[:201]], np.ones(201) / 201, "valid") > 0.5
    assert np.count_nonzero(np.diff(smooth.astype(int)) == 1) in (sectors, sectors - 1)
    if sectors % 2 == 0:
        assert_array_equal(z[clear & clear[::-1, ::-1]], z[::-1, ::-1][clear & clear[::-1, ::-1]])


def test_star_edges_move_by_the_shift():
    """By the shift itself, at right angles, for narrow and wide wedges alike; the reference moves them by e sin 2 beta."""
    for sectors, top in [(8, 0.5), (3, 0.8), (16, 0.3)]:
        half = math.pi / sectors * top
        for shift in (-7.5, 0.0, 7.5):
            z = synth.pattern_siemens_star((801, 801), sectors=sectors, height=1.0, top_fraction=top, edge_shift=shift)
            column = 400 + 380  # wedge 0 points to the right
            if half < 0.7:
                open_rows = np.count_nonzero(z[400 - 300 : 401, column][::-1].cumprod())
                expected = 380 * math.tan(half) + shift / math.cos(half)
                assert_allclose(open_rows, expected, atol=1.0)
            area = np.hypot(*(np.mgrid[:801, :801] - 400)) < 390
            assert (z[area].mean() > top) == (shift > 0) or shift == 0


def test_star_slope_and_base():
    """The slope is linear in the distance, and the star is added to the base instead of replacing it."""
    flat = synth.pattern_siemens_star((201, 201), sectors=4, height=2.0, slope_width=20.0)
    y = np.arange(201)[:, None] - 100
    x = np.arange(201)[None, :] - 100
    gap = (
        (x > 60) & (y < 0) & (x + y > 0) & (y > -x) & (np.arctan2(-y, x) > math.pi / 8 + 0.05) & (np.arctan2(-y, x) < math.pi / 4)
    )
    distance = -y * math.cos(math.pi / 8) - x * math.sin(math.pi / 8)
    assert gap.sum() > 100
    assert_allclose(flat[gap], 2.0 * np.clip(1 - distance[gap] / 20.0, 0, 1), rtol=1e-9, atol=1e-9)
    base = np.random.default_rng(0).normal(size=(201, 201))
    kept = base.copy()
    assert_allclose(synth.pattern_siemens_star(base=base, sectors=4, height=2.0, slope_width=20.0), flat + base, rtol=1e-12)
    assert_array_equal(base, kept)


@pytest.mark.parametrize("place", PLACE)
@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"slope_fraction": 0.0, "roundness": 0.0},
        {"slope_fraction": 1.0, "roundness": 1.0},
        {"top_fraction_x": 0.0, "top_fraction_y": 0.6},
        {"period_y": 29.0, "roundness": 0.5, "slope_fraction": 0.4},
        {"position_spread_x": 0.3, "position_spread_y": 1.0, "top_spread_x": 1.0, "top_spread_y": 0.5, "depth_spread": 1.0}
        | {"slope_spread": 1.0, "roundness_spread": 1.0, "roundness": 0.5, "slope_fraction": 0.5, "top_fraction_x": 0.1},
    ],
)
def test_holes_match_the_twin(place, keywords):
    def twin(x, y, info):
        return reference.holes(x, y, info, 17.0)

    ours, expected = both(synth.pattern_holes, twin, **({"period_x": 17.0, "depth": 2.0} | PLACE[place] | keywords))
    assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


def test_holes_geometry():
    z = synth.pattern_holes(
        (1200, 900),
        period_x=90,
        period_y=60,
        depth=4.0,
        top_fraction_x=0.2,
        top_fraction_y=0.4,
        roundness=0.5,
        slope_fraction=0.0,
    )
    assert set(np.unique(z)) == {-4.0, 0.0}
    radius = 0.5 * 60 / 2
    opening = 0.8 * 90 * 0.6 * 60 - (4 - math.pi) * radius**2
    assert_allclose(np.mean(z < 0), opening / (90 * 60), rtol=0.005)
    assert z[599:601, :].max() == 0.0  # the image centre is a crossing of the bars
    assert z[:, 449:451].max() == 0.0
    assert z[570, 405] == -4.0  # and half a period away is the middle of a hole
    wall = synth.pattern_holes((2, 2), period_x=90, period_y=60, depth=4.0, slope_fraction=0.5, return_info=True)[1]
    assert_allclose(wall["slope"], 0.5 * 60 / 2)  # of half the smaller period


@pytest.mark.parametrize("kind", ["circle", "square", "hexagon"])
@pytest.mark.parametrize("place", PLACE)
@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"slope_fraction": 0.0, "orientation": 0.3},
        {"period_y": 26.0, "size_fraction": 1.0, "slope_fraction": 1.0},
        {"period_y": 9.0, "size_fraction": 0.0, "slope_fraction": 1.0},
        {"position_spread_x": 0.3, "position_spread_y": 1.0, "size_spread": 1.0, "slope_spread": 1.0, "height_spread": 1.0}
        | {"orientation_spread": 1.0, "size_fraction": 0.8, "slope_fraction": 0.9},
    ],
)
def test_pillars_match_the_twin(kind, place, keywords):
    settings = {"kind": kind, "period_x": 17.0, "height": 2.0} | PLACE[place] | keywords

    def twin(x, y, info):
        return reference.pillars(x, y, info, kind, min(17.0, settings.get("period_y", 17.0)))

    ours, expected = both(synth.pattern_pillars, twin, **settings)
    assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


def test_pillars_geometry():
    areas = {"circle": math.pi / 4, "square": 1.0, "hexagon": math.sqrt(3) / 2}
    for kind, area in areas.items():
        z = synth.pattern_pillars(
            (1200, 1200), kind=kind, period_x=60, period_y=80, height=3.0, size_fraction=0.5, slope_fraction=0
        )
        assert_allclose(np.mean(z == 3.0), area * (0.5 * 60) ** 2 / (60 * 80), rtol=0.015)
        assert z[560, 570] == 3.0
        assert z[600, 600] == 0.0
    upright = synth.pattern_pillars((240, 240), kind="square", period_x=60, height=3.0, slope_fraction=0.2)
    on_corner = synth.pattern_pillars(
        (240, 240), kind="square", period_x=60, height=3.0, slope_fraction=0.2, orientation=math.pi / 4
    )
    assert_allclose(np.count_nonzero(upright == 3.0), np.count_nonzero(on_corner == 3.0), rtol=0.05)
    row = upright[210]
    assert ((row > 0) & (row < 3.0)).sum() == 4 * 2 * 6  # sides 0.2 x 30 px wide, outside the top of 30 px
    assert (row == 3.0).sum() == 4 * 30
    _, info = synth.pattern_pillars((99, 99), kind="square", period_x=20, height=1, orientation=0.2, return_info=True, seed=1)
    assert (info["orientation"] == 0.2).all()  # an orientation is no spread
