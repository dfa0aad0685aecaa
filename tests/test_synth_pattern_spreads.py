"""Patterns: random quantities, deformation, orientation, units, threads and refused arguments."""

import inspect
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core, synth

LINES = {
    "staircase": (synth.pattern_staircase, {"period": 13.0, "height": 2.0}),
    "double_staircase": (synth.pattern_double_staircase, {"period_x": 13.0, "period_y": 19.0, "height": 2.0}),
    "grating": (synth.pattern_grating, {"period": 13.0, "height": 2.0, "slope_fraction": 0.2}),
}
ROUND = {
    "amphitheatre": (synth.pattern_amphitheatre, {"period": 13.0, "height": 2.0}),
    "rings": (synth.pattern_rings, {"period": 13.0, "height": 2.0, "superellipse": 0.6}),
    "star": (synth.pattern_siemens_star, {"sectors": 8, "height": 2.0, "slope_width": 3.0}),
}
LATTICE = {
    "holes": (synth.pattern_holes, {"period_x": 13.0, "period_y": 19.0, "depth": 2.0}),
    "pillars": (synth.pattern_pillars, {"period_x": 13.0, "period_y": 19.0, "height": 2.0, "kind": "hexagon"}),
}
ALL = LINES | ROUND | LATTICE
SPREADS = {
    "staircase": {"position_spread": "position", "slope_spread": "width", "height_spread": "height"},
    "double_staircase": {"position_spread_x": "x", "position_spread_y": "y", "height_spread": "level"},
    "grating": {"position_spread": "position", "top_spread": "top", "slope_spread": "left", "height_spread": "height"},
    "amphitheatre": {"position_spread": "position", "slope_spread": "width", "height_spread": "height"},
    "rings": {"position_spread": "position", "top_spread": "top", "slope_spread": "left", "height_spread": "height"},
    "star": {"top_spread": "half_angle"},
    "holes": {
        "position_spread_x": "x",
        "position_spread_y": "y",
        "top_spread_x": "half_x",
        "top_spread_y": "half_y",
        "slope_spread": "slope",
        "roundness_spread": "corner",
        "depth_spread": "depth",
    },
    "pillars": {
        "position_spread_x": "x",
        "position_spread_y": "y",
        "size_spread": "radius",
        "slope_spread": "slope",
        "orientation_spread": "orientation",
        "height_spread": "height",
    },
}
BENT = {"deformation": 8.0, "deformation_scale": 7.0}


def kolmogorov(values, cumulative):
    """Whether values can come from a distribution: one sample in a thousand fails."""
    ordered = np.sort(values)
    expected = cumulative(ordered)
    n = len(ordered)
    distance = max(np.max(expected - np.arange(n) / n), np.max(np.arange(1, n + 1) / n - expected))
    return distance < 1.95 / math.sqrt(n)


def triangle(x):
    """Cumulative distribution of the difference of two uniform numbers."""
    return np.where(x < 0, (1 + x) ** 2 / 2, 1 - (1 - x) ** 2 / 2)


@pytest.mark.parametrize("name", ALL)
def test_spreads_have_streams_of_their_own(name):
    """Turning one on changes its own quantity and none of the others, nor does deformation."""
    function, keywords = ALL[name]
    fields = set(SPREADS[name].values())
    _, plain = function((90, 120), seed=5, return_info=True, **keywords)
    _, bent = function((90, 120), seed=5, return_info=True, **keywords, **BENT)
    others = dict.fromkeys(SPREADS[name], 0.2)
    for spread, field in SPREADS[name].items():
        _, without = function((90, 120), seed=5, return_info=True, **keywords, **(others | {spread: 0.0}))
        _, one = function((90, 120), seed=5, return_info=True, **keywords, **(others | {spread: 0.3}))
        for other in fields:
            n = min(len(one[other]), len(without[other]))  # as many as fit in the image
            same = np.array_equal(one[other][:n], without[other][:n])
            assert same == (other != field), (spread, other)
        assert np.ptp(plain[field]) == 0 or field in ("position", "x", "y", "level")
    assert plain["displacement"] is None
    assert bent["displacement"].shape == (2, 90, 120)


def many(function, seeds, field, **keywords):
    return np.concatenate([function((300, 300), seed=seed, return_info=True, **keywords)[1][field] for seed in range(seeds)])


def test_triangular_multipliers():
    """Mean 1, on [1 - spread, 1 + spread], standard deviation spread / sqrt 6."""
    for rho in (0.3, 1.0):
        for spread, field, nominal in [
            ("size_spread", "radius", 0.5 * 5 / 2),
            ("slope_spread", "slope", 0.05 * 5 / 2),
            ("height_spread", "height", 3.0),
        ]:
            found = many(synth.pattern_pillars, 1, field, period_x=5.0, height=3.0, **{spread: rho}) / nominal
            assert len(found) > 3600
            assert kolmogorov((found - 1) / rho, triangle), spread
        for spread, field, nominal in [
            ("top_spread_x", "half_x", 0.7 * 5 / 2),
            ("top_spread_y", "half_y", 0.7 * 5 / 2),
            ("roundness_spread", "corner", 0.1 * 5 / 2),
            ("slope_spread", "slope", 0.05 * 5 / 2),
            ("depth_spread", "depth", 3.0),
        ]:
            found = many(synth.pattern_holes, 1, field, period_x=5.0, depth=3.0, **{spread: rho}) / nominal
            assert kolmogorov((found - 1) / rho, triangle), spread
        for spread, field, nominal in [
            ("top_spread", "top", 0.9),
            ("slope_spread", "right", 0.05),
            ("height_spread", "height", 3.0),
        ]:
            found = many(synth.pattern_grating, 12, field, period=2.0, height=3.0, **{spread: rho}) / nominal
            assert kolmogorov((found - 1) / rho, triangle), spread
        for spread, field, nominal in [("slope_spread", "width", 0.1), ("height_spread", "height", 3.0)]:
            found = many(synth.pattern_staircase, 12, field, period=2.0, height=3.0, **{spread: rho}) / nominal
            assert kolmogorov((found - 1) / rho, triangle), spread


@pytest.mark.parametrize("spread", [0.05, 0.2, 0.217, 0.3, 1.0])
def test_position_shifts(spread):
    """Standard deviation as asked up to 0.217, then towards even chances; never beyond half a period."""
    _, info = synth.pattern_pillars(
        (300, 300), period_x=5.0, height=1, position_spread_x=spread, position_spread_y=spread, return_info=True, seed=3
    )
    shift_x = info["x"] / 5 - info["col"] - 0.5
    shift_y = info["y"] / 5 - info["row"] - 0.5
    s = 4.6 * spread
    for shift in (shift_x, shift_y):
        assert np.abs(shift).max() <= 0.5 + 1e-12
        if s < 1:
            assert kolmogorov(shift, lambda x: (1 + np.sin(np.clip(np.pi * x / s, -np.pi / 2, np.pi / 2))) / 2)
        else:
            assert kolmogorov(shift, lambda x: (1 + s * np.sin(2 * x * math.asin(1 / s))) / 2)
        middles = (np.arange(10_000) + 0.5) / 10_000
        expected = s / math.pi * np.arcsin(middles) if s < 1 else np.arcsin(middles / s) / math.asin(1 / s) / 2
        assert_allclose(shift.std(), np.sqrt(np.mean(expected**2)), rtol=0.04)
        assert_allclose(shift.std(), min(spread, 0.289), rtol=0.04 if spread <= 0.217 else 0.2)
    assert abs(np.corrcoef(shift_x, shift_y)[0, 1]) < 4.5 / math.sqrt(len(shift_x))
    _, edges = synth.pattern_staircase((2, 4000), period=2.0, height=1, position_spread=spread, return_info=True, seed=3)
    shifts = edges["position"] / 2 - edges["index"]
    assert_allclose(shifts.std(), shift_x.std(), rtol=0.1)
    assert (np.diff(edges["position"]) > 0).all()


def test_orientation_spread():
    erf = np.vectorize(math.erf)
    for kind, part in [("square", math.pi / 4), ("hexagon", math.pi / 6)]:
        turns = many(
            synth.pattern_pillars, 1, "orientation", kind=kind, period_x=5.0, height=1, orientation=0.3, orientation_spread=0.5
        )
        assert kolmogorov((turns - 0.3) / (0.5 * part), lambda x: (1 + erf(x / math.sqrt(2))) / 2)


def test_star_top_spread():
    """Uniform below and uniform above the nominal width, half of the wedges each."""
    f, rho = 0.3, 0.6
    found = [
        synth.pattern_siemens_star((20, 20), sectors=36, height=1, top_fraction=f, top_spread=rho, return_info=True, seed=s)[1]
        for s in range(60)
    ]
    top = np.concatenate([info["half_angle"] for info in found]) / (math.pi / 36)
    low, high = f - f * rho, f + (1 - f) * rho
    assert kolmogorov(top, lambda x: np.where(x < f, (x - low) / (f - low) / 2, 0.5 + (x - f) / (high - f) / 2))


@pytest.mark.parametrize(("scale", "pixel_size"), [(0.3, 1.0), (0.7, 1.0), (1.0, 1.0), (2.5, 1.0), (8.0, 1.0), (6.0, (0.5, 2.0))])
def test_displacement_field(scale, pixel_size):
    """Rms deformation / sqrt(12 pi) and Gaussian autocorrelation, at any scale from far below a pixel."""
    dy, dx = np.broadcast_to(pixel_size, 2)
    squares, products = [], {}
    lags = [(0, 1), (1, 0), (0, 3), (2, 2), (7, 0), (0, round(2 * scale / dx) + 1)]
    for seed in range(8):
        _, info = synth.pattern_grating(
            (256, 320),
            period=50,
            height=1,
            deformation=3.0,
            deformation_scale=scale,
            pixel_size=pixel_size,
            return_info=True,
            seed=seed,
        )
        for field in info["displacement"]:
            squares.append(np.mean(field**2))
            for r, c in lags:
                product = np.mean(field[r:, c:] * field[: 256 - r, : 320 - c])
                products.setdefault((r, c), []).append(product)
        correlation = np.mean(info["displacement"][0] * info["displacement"][1]) / squares[-1]
        area = 256 * 320 * dy * dx / max(4 * math.pi * scale**2, dy * dx)  # independent patches
        assert abs(correlation) < 6 / math.sqrt(area)
    rms = 3.0 / math.sqrt(12 * math.pi)
    error = np.std(squares) / math.sqrt(len(squares)) / rms**2
    assert_allclose(np.mean(squares) / rms**2, 1.0, atol=4 * error + 0.005)
    for (r, c), found in products.items():
        expected = math.exp(-((r * dy) ** 2 + (c * dx) ** 2) / (4 * scale**2))
        assert_allclose(np.mean(found) / rms**2, expected, atol=4 * np.std(found) / rms**2 / math.sqrt(len(found)) + 0.005)


def test_displacement_at_large_scales():
    """No common shift, and never stronger than asked: the reference shifts the whole image by several deformations."""
    rms = 3.0 / math.sqrt(12 * math.pi)
    previous = rms * 1.3
    for scale in (60.0, 240.0, 1000.0, 1e6):
        found = []
        for seed in range(12):
            _, info = synth.pattern_grating(
                (120, 120), period=50, height=1, deformation=3.0, deformation_scale=scale, return_info=True, seed=seed
            )
            assert np.abs(info["displacement"].mean(axis=(1, 2))).max() < 1e-12
            found.append(np.sqrt(np.mean(info["displacement"] ** 2)))
        assert 0 < np.mean(found) < previous
        previous = np.mean(found)
    assert previous < 1e-3


def test_displacement_keeps_the_middle_of_a_larger_image():
    small = _core.smooth_field(60, 80, 5.0, 4.0, 1.0, 77, 3)
    large = _core.smooth_field(160, 120, 5.0, 4.0, 1.0, 77, 3)
    middle = large[50:110, 20:100]
    assert_allclose(small - middle, np.mean(small - middle), atol=1e-12)  # but for the mean
    fine = _core.smooth_field(60, 80, 0.5, 0.6, 1.0, 77, 3)
    assert_allclose(np.ptp(fine - _core.smooth_field(160, 120, 0.5, 0.6, 1.0, 77, 3)[50:110, 20:100]), 0, atol=1e-12)
    assert_allclose(
        np.ptp(_core.smooth_field(50, 50, 5.0, 5.0, 1.0, 77, 3) - _core.smooth_field(50, 50, 5.0, 5.0, 1.0, 77, 4)) > 1, True
    )


@pytest.mark.parametrize("name", ALL)
def test_the_middle_of_a_larger_image_is_the_same(name):
    """Random features are numbered from the centre outwards."""
    function, keywords = ALL[name]
    if name == "amphitheatre":
        keywords = keywords | {"parabolicity": 0.0}
    spreads = dict.fromkeys(SPREADS[name], 0.3)
    small = function((60, 80), seed=2, **keywords, **spreads)
    large = function((160, 120), seed=2, **keywords, **spreads)
    assert_allclose(large[50:110, 20:100], small, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", [(64, 64), (65, 65)])
def test_a_quarter_turn_is_rot90(name, shape):
    """Angles turn counter-clockwise on screen; the centre is that of the image, also for even sizes."""
    function, keywords = ALL[name]
    turned = function(shape, angle=math.pi / 2, **keywords)
    assert_allclose(turned, np.rot90(function(shape, **keywords)), atol=1e-9)
    if name != "star":
        keywords = keywords | {"period_y": 1e3, "period_x": 13.0} if "period_x" in keywords else keywords
    tall = function((90, 40), **keywords)
    wide = function((40, 90), angle=math.pi / 2, **keywords)
    assert_allclose(wide, np.rot90(tall), atol=1e-9)  # not square: centred right in both directions


def test_staircases_rise_towards_their_angle():
    for angle, (row, col) in {0.0: (0, 1), 0.8: (-1, 1), 2.5: (-1, -1), -0.8: (1, 1)}.items():
        z = synth.pattern_staircase((80, 80), period=5, height=1.0, angle=angle)
        assert np.sign(z[-1].mean() - z[0].mean()) == row or row == 0
        assert np.sign(z[:, -1].mean() - z[:, 0].mean()) == col


@pytest.mark.parametrize("name", ["holes", "pillars", "double_staircase"])
def test_not_square_images_are_centred(name):
    """The reference centres y with the number of columns."""
    function, keywords = LATTICE[name] if name in LATTICE else LINES[name]
    z = function((101, 40), **keywords)
    middle = function((41, 40), **keywords)
    assert_allclose(z[30:71], middle, atol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_threads_do_not_change_a_bit(name):
    function, keywords = ALL[name]
    spreads = dict.fromkeys(SPREADS[name], 0.3)
    one = function((200, 300), seed=1, threads=1, angle=0.3, **keywords, **spreads, **BENT)
    for threads in (2, 3):
        assert_array_equal(function((200, 300), seed=1, threads=threads, angle=0.3, **keywords, **spreads, **BENT), one)


@pytest.mark.parametrize("name", ALL)
def test_seed_base_and_units(name):
    function, keywords = ALL[name]
    spreads = dict.fromkeys(SPREADS[name], 0.3)
    shape = (70, 91)
    one = function(shape, seed=1, **keywords, **spreads, **BENT)
    assert np.isfinite(one).all()
    assert not np.array_equal(function(shape, seed=2, **keywords, **spreads, **BENT), one)
    assert not np.array_equal(function(shape, **keywords, **spreads), function(shape, **keywords, **spreads))
    base = np.random.default_rng(0).normal(size=shape)
    kept = base.copy()
    assert_array_equal(function(base=base, seed=1, **keywords, **spreads, **BENT), one + base)
    assert_array_equal(base, kept)
    assert_array_equal(function(base=np.zeros(shape, int), seed=1, **keywords, **spreads, **BENT), one)
    high = "depth" if name == "holes" else "height"
    tiny = function(shape, seed=1, **(keywords | {high: keywords[high] * 1e-9}), **spreads, **BENT)
    assert_allclose(tiny, one * 1e-9, rtol=1e-9, atol=1e-20)
    lengths = {key: value * 1e-9 for key, value in keywords.items() if key.startswith("period") or key == "slope_width"}
    bent = {key: value * 1e-9 for key, value in BENT.items()}
    metres = function(shape, seed=1, pixel_size=1e-9, **(keywords | lengths), **spreads, **bent)
    assert_allclose(metres, one, rtol=1e-7, atol=1e-7)
    assert_allclose(
        function(shape, seed=1, pixel_size=(1.0, 1.0), **keywords, **spreads, deformation=5.0, deformation_scale=10.0),
        function(shape, seed=1, **keywords, **spreads, deformation=5.0),  # ten pixels by default
        atol=1e-12,
    )


@pytest.mark.parametrize("name", ALL)
def test_extremes_run(name):
    function, keywords = ALL[name]
    for shape in ((2, 2), (3, 41), (40, 5)):
        for value in (0.0, 1.0):
            spreads = dict.fromkeys(SPREADS[name], value)
            fractions = dict.fromkeys(("slope_fraction", "top_fraction", "roundness", "size_fraction", "top_fraction_x"), value)
            fractions |= {"superellipse": 2 * value, "parabolicity": 2 * value - 1, "asymmetry": 1 - 2 * value}
            known = {key: x for key, x in fractions.items() if key in inspect.signature(function).parameters}
            if name == "star":
                known["top_fraction"] = 0.01 + 0.98 * value
            periods = {key: 1.0 + 1e4 * value for key in keywords if key.startswith("period")}
            for deformation, scale in [(0.0, 1.0), (50.0, 0.01), (1.0, 1e9)]:
                z = function(
                    shape, seed=0, **(keywords | periods | known), **spreads, deformation=deformation, deformation_scale=scale
                )
                assert np.isfinite(z).all()
                assert np.abs(z).max() < 2e5


BAD = [
    ({"angle": 30}, "angle is an angle in radians and must lie between -2 pi and 2 pi, got 30"),
    ({"deformation": -1.0}, "deformation must not be negative, got -1.0"),
    ({"deformation": math.nan}, "deformation must be finite"),
    ({"deformation_scale": 0}, "deformation_scale must be positive, got 0"),
    ({"pixel_size": (1, -1)}, r"pixel_size\[1\] must be positive, got -1"),
    ({"shape": (1, 5)}, r"shape\[0\] must be at least 2, got 1"),
    ({"shape": None}, "shape must be given where base is not"),
    ({"base": np.zeros((3, 4))}, r"base must have the shape \(64, 64\), got \(3, 4\)"),
    ({"seed": -3}, "seed must be non-negative"),
    ({"threads": 0}, "threads must be at least 1"),
]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("keywords", "message"), BAD)
def test_bad_common_values(name, keywords, message):
    function, good = ALL[name]
    arguments = {"shape": (64, 64)} | good | keywords
    with pytest.raises(ValueError, match=message):
        function(arguments.pop("shape"), **arguments)


@pytest.mark.parametrize("name", ALL)
def test_bad_spreads_periods_and_heights(name):
    function, good = ALL[name]
    for spread in SPREADS[name]:
        for value in (-0.1, 1.1):
            with pytest.raises(ValueError, match=f"{spread} must lie between 0 and 1, got {value}"):
                function((64, 64), **good, **{spread: value})
    for period in (key for key in good if key.startswith("period")):
        for value, message in [
            (0, "must be positive"),
            (-2, "must be positive"),
            (math.inf, "must be finite"),
            (0.9, "at least one pixel"),
        ]:
            with pytest.raises(ValueError, match=f"{period} {message}" if value != 0.9 else message):
                function((64, 64), **(good | {period: value}))
    high = "depth" if name == "holes" else "height"
    for value in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=f"{high} must be"):
            function((64, 64), **(good | {high: value}))


@pytest.mark.parametrize(
    ("name", "keywords", "message"),
    [
        ("staircase", {"slope_fraction": 1.5}, "slope_fraction must lie between 0 and 1, got 1.5"),
        ("grating", {"top_fraction": -0.1}, "top_fraction must lie between 0 and 1, got -0.1"),
        ("grating", {"slope_fraction": 2}, "slope_fraction must lie between 0 and 1"),
        ("grating", {"asymmetry": 1.2}, "asymmetry must lie between -1 and 1, got 1.2"),
        ("amphitheatre", {"superellipse": 2.5}, "superellipse must lie between 0 and 2, got 2.5"),
        ("amphitheatre", {"parabolicity": -1.5}, "parabolicity must lie between -1 and 1, got -1.5"),
        ("rings", {"center": 5.0}, r"center must be two numbers \(y, x\), got 5.0"),
        ("rings", {"center": (0, math.inf)}, r"center\[1\] must be finite, got inf"),
        ("rings", {"center": (0, 1e9)}, "must not need more than 1000000 features"),
        ("staircase", {"deformation": 1e9}, "period = 13.0 must not need more than 1000000 features"),
        ("holes", {"shape": (4000, 4000), "period_x": 2.0, "period_y": 2.0}, "must not need more than 1000000 features"),
        ("star", {"sectors": 1}, "sectors must be at least 2, got 1"),
        ("star", {"sectors": 361}, "sectors must be at most 360, got 361"),
        ("star", {"top_fraction": 0.0}, "top_fraction must lie between 0.01 and 0.99"),
        ("star", {"slope_width": -1}, "slope_width must not be negative, got -1"),
        ("star", {"edge_shift": math.nan}, "edge_shift must be finite"),
        ("holes", {"top_fraction_y": 1.1}, "top_fraction_y must lie between 0 and 1"),
        ("holes", {"roundness": -1}, "roundness must lie between 0 and 1"),
        ("pillars", {"kind": "triangle"}, "kind must be one of 'circle', 'square', 'hexagon', got 'triangle'"),
        ("pillars", {"size_fraction": 2}, "size_fraction must lie between 0 and 1"),
        ("pillars", {"orientation": 60}, "orientation is an angle in radians"),
    ],
)
def test_bad_values(name, keywords, message):
    function, good = ALL[name]
    arguments = {"shape": (64, 64)} | good | keywords
    with pytest.raises(ValueError, match=message):
        function(arguments.pop("shape"), **arguments)


def test_bad_types():
    with pytest.raises(TypeError, match=r"sectors must be an integer, got 4\.5"):
        synth.pattern_siemens_star((9, 9), sectors=4.5, height=1)
    with pytest.raises(TypeError, match="height_scales_with_width must be True or False, got 1"):
        synth.pattern_staircase((9, 9), period=3, height=1, height_scales_with_width=1)
    with pytest.raises(TypeError, match="return_info must be True or False"):
        synth.pattern_grating((9, 9), period=3, height=1, return_info="yes")
    with pytest.raises(TypeError, match="period must be a real number"):
        synth.pattern_grating((9, 9), period="3", height=1)


def test_the_core_checks_for_itself():
    frame = _core.Frame(dy=1.0, dx=1.0, angle=0.0, center_y=0.0, center_x=0.0, deformation=0.0, deformation_scale=1.0)
    settings = {
        "info": False,
        "threads": 1,
        "sectors": 3,
        "height": 1.0,
        "top": 0.5,
        "top_spread": 0.0,
        "edge_shift": 0.0,
        "slope": 0.0,
    }
    with pytest.raises(ValueError, match="rows and cols must be at least 1"):
        _core.pattern_siemens_star(0, 5, frame, 1, **settings)
    with pytest.raises(ValueError, match="every number must be finite"):
        _core.pattern_siemens_star(5, 5, frame, 1, **(settings | {"height": math.nan}))
    bad = _core.Frame(dy=0.0, dx=1.0, angle=0.0, center_y=0.0, center_x=0.0, deformation=0.0, deformation_scale=1.0)
    with pytest.raises(ValueError, match="dy must be positive and finite"):
        _core.pattern_siemens_star(5, 5, bad, 1, **settings)
    with pytest.raises(ValueError, match="scale_rows must be positive"):
        _core.smooth_field(5, 5, 0.0, 1.0, 1.0, 1, 1)
