"""Objects: the shapes, their number and places, and how they are merged."""

import math
import types

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core
from afmnn._reference import objects as reference
from afmnn.synth import object_profile, objects

KINDS = _core.object_kinds()
SIZES = [
    (20.0, 1.0, 0.0, 1.0),
    (9.0, 20.0, 0.8, 0.9),
    (7.3, 1.7, 0.4, 0.8),
    (13.0, 0.45, -1.9, 0.3),
    (2.5, 3.0, 5.0, 1.0),
    (0.4, 1.0, 0.0, 1.0),
]


def hold(**fields):
    """Array of objects for _core.place_objects; every field is a number or a list."""
    defaults = {"row": 0, "col": 0, "radius": 8.0, "aspect": 1.0, "height": 1.0, "angle": 0.0, "truncation": 1.0, "up": True}
    size = max(np.size(value) for value in fields.values())
    records = np.zeros(size, _core.object_dtype())
    for name, value in (defaults | fields).items():
        records[name] = value
    return records


def place(surface, records, kind, *, row_step=1.0, columnarity=0.0, avoid_overlap=False, threads=1):
    z = np.array(surface, dtype=np.float64)
    placements = _core.place_objects(z, records, kind, row_step, columnarity, avoid_overlap, threads)
    return z, placements


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pixel_size", [(1.0, 1.0), (0.5, 1.25)])
@pytest.mark.parametrize(("radius", "aspect", "angle", "truncation"), SIZES)
def test_profile_matches_the_formula(kind, pixel_size, radius, aspect, angle, truncation):
    heights = object_profile(kind, radius, 3.0, aspect_ratio=aspect, angle=angle, truncation=truncation, pixel_size=pixel_size)
    assert all(size % 2 == 1 for size in heights.shape)
    half = [size // 2 + 3 for size in heights.shape]  # three pixels more on each side: nothing may be cut off
    expected, _ = reference.profile(kind, radius, 3.0, aspect, angle, truncation, pixel_size=pixel_size, half=half)
    assert_allclose(np.pad(heights, 3), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_profile_does_not_depend_on_the_unit_of_length(kind):
    for radius in (20.0, 3.0, 7.5):
        pixels = object_profile(kind, radius, 1.0)
        metres = object_profile(kind, radius * 1e-9, 1.0, pixel_size=1e-9)
        assert metres.shape == pixels.shape
        assert_array_equal(metres > 0, pixels > 0)
        assert_allclose(metres, pixels, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_quarter_turn_is_rot90(kind):
    """Positive angles turn counter-clockwise as seen on screen, as np.rot90 does."""
    lying = object_profile(kind, 12.0, 1.0, aspect_ratio=1.8)
    assert_allclose(object_profile(kind, 12.0, 1.0, aspect_ratio=1.8, angle=math.pi / 2), np.rot90(lying), atol=1e-6)
    if kind == "thatch":  # its high end points to the right, and after an eighth of a turn up to the right
        tilted = object_profile(kind, 12.0, 1.0, angle=math.pi / 4)
        rows, cols = np.nonzero(tilted > 0.9)
        assert rows.mean() < tilted.shape[0] // 2
        assert cols.mean() > tilted.shape[1] // 2


VOLUMES = {
    "half_sphere": 2 / 3 * math.pi,
    "sphere": math.pi * (1 / 2 + 1 / 3),
    "box": 4.0,
    "cone": math.pi / 3,
    "pyramid": 4 / 3,
    "diamond": 2 / 3,
    "tetrahedron": math.sqrt(3) / 3,
    "hexagonal_pyramid": 3 * math.sqrt(3) / 2 / 3,
    "thatch": 2 / 3,
    "tent": 2.0,
    "gaussian": math.pi / 4,
    "doughnut": 2 * math.pi * 0.6 * math.pi * 0.4 / 2,
    "parabolic_bump": math.pi / 2,
}


@pytest.mark.parametrize("kind", KINDS)
def test_volume_and_footprint(kind):
    radius, aspect = 60.0, 1.6
    heights = object_profile(kind, radius, 2.0, aspect_ratio=aspect, angle=0.3)
    a, b = radius * aspect**0.5, radius / aspect**0.5
    if kind in ("half_nugget", "nugget"):  # a cylinder of length 2 (a - b) between two halves of a ball
        ball, cylinder, area = 2 / 3 * math.pi * b**2, (a - b) * math.pi * b, math.pi * b**2 + 4 * b * (a - b)
        volume = ball + cylinder if kind == "half_nugget" else (area + ball + cylinder) / 2
    else:
        volume = VOLUMES[kind] * a * b
    assert_allclose(heights.sum(), 2.0 * volume, rtol=0.01)
    if kind != "gaussian":
        assert_allclose(np.count_nonzero(heights) / (4 * radius**2), _core.object_ratio(kind, aspect), atol=1.1 / radius)


def test_footprints_in_pixels():
    assert np.count_nonzero(object_profile("box", 20, 1.0)) == 41**2
    assert np.count_nonzero(object_profile("pyramid", 20, 1.0)) == 39**2
    assert_allclose(_core.object_ratio("hexagonal_pyramid", 1.0), 0.6495, atol=5e-5)  # the reference takes 0.75
    thatch = object_profile("thatch", 20, 1.0)
    assert_allclose(thatch[20], np.arange(41) / 40, atol=1e-12)  # not shifted by 0.3 px
    assert_array_equal(thatch, thatch[::-1])


def test_truncation():
    half_sphere = object_profile("half_sphere", 40, 2.0, truncation=0.6)
    assert half_sphere.max() == 1.2
    flat = np.count_nonzero(half_sphere == 1.2)
    assert_allclose(flat, math.pi * 40**2 * (1 - 0.6**2), rtol=0.02)
    sphere = object_profile("sphere", 40, 2.0, truncation=0.6)  # 0.2 of the height is missing at either pole
    assert sphere.max() == 1.2
    assert 0.6 <= sphere[sphere > 0].min() < 0.75  # the equator is at 0.5 - 0.2 = 0.3 of the height
    assert_allclose(object_profile("sphere", 40, 2.0)[40, 78] - sphere[40, 78], 0.4, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("columnarity", "avoid_overlap"), [(0.0, False), (0.3, False), (1.0, True)])
def test_placing_matches_the_reference(kind, columnarity, avoid_overlap):
    """Rough base, both signs, rotated and cut objects, some larger than the image."""
    rng = np.random.default_rng(7)
    base = rng.normal(size=(23, 31))
    n = 12
    records = hold(
        row=rng.integers(0, 23, n),
        col=rng.integers(0, 31, n),
        radius=np.append(rng.uniform(1.0, 5.0, n - 1), 25.0),
        aspect=rng.uniform(0.5, 2.0, n),
        height=rng.uniform(1.0, 4.0, n),
        angle=rng.uniform(-3.0, 3.0, n),
        truncation=rng.uniform(0.4, 1.0, n),
        up=rng.random(n) < 0.6,
    )
    expected = reference.place(base, records, kind, 1.3, columnarity, avoid_overlap)
    assert not np.allclose(expected, base)
    for threads in (1, 2, 3):
        ours, placements = place(
            base, records, kind, row_step=1.3, columnarity=columnarity, avoid_overlap=avoid_overlap, threads=threads
        )
        assert_allclose(ours, expected, rtol=1e-10, atol=1e-11)
        assert placements["placed"].all() != avoid_overlap


def test_kernels_too_large_to_keep_are_the_same():
    """Beyond a megabyte kernels are evaluated twice and in pieces; on the torus they cover everything many times."""
    records = hold(row=[5, 3], col=[9, 2], radius=[2600.0, 4.0], aspect=[0.9, 1.0])
    rng = np.random.default_rng(1)
    base = rng.normal(size=(12, 17))
    ours, placements = place(base, records, "cone", columnarity=0.5)
    # Seen from its own pixel, the nearest copy is the highest.
    y, x = np.mgrid[:12, :17]
    y, x = (y - 5 + 6) % 12 - 6, (x - 9 + 8) % 17 - 8
    o = 1 - np.hypot(x / (2600 * 0.9**0.5), y * 0.9**0.5 / 2600)
    bottom = 0.5 * np.max(base + o) + 0.5 * base.min()
    assert_allclose(placements["base"][0], bottom, rtol=1e-12)
    assert_allclose(placements["footprint"][0], math.pi * 2600**2, rtol=1e-4)
    expected = reference.place(np.maximum(base, bottom + o), records[1:], "cone", 1.0, 0.5, False)
    assert_allclose(ours, expected, rtol=1e-10)


def test_rest_heights_on_a_flat_base():
    for kind, top in [("half_sphere", 2.0), ("sphere", 1.0), ("box", 1.0), ("nugget", 1.0), ("cone", 2.0)]:
        z, placements = place(np.zeros((64, 64)), hold(row=30, col=30), kind, columnarity=1.0)
        assert_allclose(z.max(), top, rtol=1e-15)
        assert_allclose(placements["base"], top - 1.0, atol=1e-15)
        assert place(np.zeros((64, 64)), hold(row=30, col=30), kind)[0].max() == 1.0
    cut, _ = place(np.zeros((64, 64)), hold(row=30, col=30, truncation=0.5), "sphere", columnarity=1.0)
    assert_allclose(cut.max(), 0.5, rtol=1e-15)


def test_boxes_on_boxes():
    boxes = hold(row=[20, 24], col=[20, 27])
    second = np.zeros((64, 64), dtype=bool)
    second[16:33, 19:36] = True
    sunk, _ = place(np.zeros((64, 64)), boxes, "box")
    assert set(np.unique(sunk)) == {0.0, 1.0}
    stacked, _ = place(np.zeros((64, 64)), boxes, "box", columnarity=1.0)
    assert_array_equal(stacked == 2.0, second)
    for columnarity in (0.0, 0.5, 1.0):
        same, _ = place(np.zeros((64, 64)), hold(row=[20, 20], col=20), "box", columnarity=columnarity)
        assert set(np.unique(same)) == {0.0, 2.0}


def test_dents_mirror_bumps():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(40, 40))
    for kind in ("sphere", "gaussian", "cone"):
        records = hold(row=[3, 20, 28], col=[5, 22, 30], radius=9.0)
        bumps, _ = place(base, records, kind, columnarity=0.4)
        records["up"] = False
        dents, _ = place(-base, records, kind, columnarity=0.4)
        assert_array_equal(dents, -bumps)


def test_gaussian_footprint():
    """The base lies at the lowest point where the bump is above 1 % of its height, not in a box four times as wide."""
    base = np.zeros((101, 101))
    base[50, 50 + 22] = -5.0  # at 1.1 radius: below 1 %
    _, placements = place(base, hold(row=50, col=50, radius=20.0), "gaussian")
    assert placements["base"][0] == 0.0
    assert_allclose(placements["footprint"][0], math.pi * 400 * math.log(100) / 4, rtol=0.01)
    z, _ = place(np.zeros((101, 101)), hold(row=50, col=50, radius=20.0), "gaussian")
    assert 0 < z[z > 0].min() < 1.1e-4  # the tail goes on smoothly


def test_periodicity():
    """Shifting base and objects shifts the surface, across the edges too."""
    rng = np.random.default_rng(3)
    base = rng.normal(size=(30, 44))
    records = hold(row=rng.integers(0, 30, 9), col=rng.integers(0, 44, 9), aspect=2.0, angle=rng.uniform(-3, 3, 9))
    moved = records.copy()
    moved["row"], moved["col"] = (records["row"] + 17) % 30, (records["col"] + 23) % 44
    ours, _ = place(base, records, "half_nugget", columnarity=0.5)
    shifted, _ = place(np.roll(base, (17, 23), (0, 1)), moved, "half_nugget", columnarity=0.5)
    assert_array_equal(shifted, np.roll(ours, (17, 23), (0, 1)))


def test_edges_are_no_seams():
    z = objects((96, 128), radius=14, height=10, coverage=3, columnarity=0.5, seed=5)
    for axis in (0, 1):
        steps = np.abs(np.diff(z, axis=axis))
        seam = np.abs(np.take(z, 0, axis) - np.take(z, -1, axis))
        assert seam.mean() < 1.6 * steps.mean(axis=1 - axis).max()
        assert np.quantile(seam, 0.5) < 2 * np.quantile(steps, 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_number_of_objects(kind):
    for shape, radius, aspect, coverage, spread, pixel in [
        ((256, 256), 8.0, 1.0, 1.0, 0.0, 1.0),
        ((100, 333), 5.5, 0.5, 2.3, 0.4, (0.5, 2.0)),
        ((64, 64), 30.0, 2.0, 0.01, 0.0, 1.0),
    ]:
        _, info = objects(
            shape,
            kind=kind,
            radius=radius,
            height=1.0,
            aspect_ratio=aspect,
            coverage=coverage,
            radius_spread=spread,
            pixel_size=pixel,
            return_info=True,
            seed=0,
        )
        area = np.prod(shape) * np.prod(np.broadcast_to(pixel, 2))
        expected = coverage * area / (4 * radius**2 * _core.object_ratio(kind, aspect) * math.exp(2 * spread**2))
        assert info["count"] == math.ceil(expected - 1e-9)
    nanometres = objects((256, 256), kind="box", radius=8e-9, height=1, pixel_size=1e-9, return_info=True)[1]
    assert nanometres["count"] == 256  # exactly: no object more by rounding


@pytest.mark.parametrize(("kind", "spread"), [("half_sphere", 0.0), ("hexagonal_pyramid", 0.3), ("box", 0.5)])
def test_footprints_add_up_to_the_coverage(kind, spread):
    """Also with a spread of the sizes, whose mean square grows."""
    ratios = []
    for seed in range(30):
        _, info = objects(
            (256, 256), kind=kind, radius=9, height=1, coverage=3, radius_spread=spread, return_info=True, seed=seed
        )
        ratios.append(info["footprint"].sum() / 256**2 / 3)
    expected = 1.0
    if spread == 0.0:  # of one size, so that the number of its pixels matters
        expected = np.count_nonzero(object_profile(kind, 9, 1.0)) / (4 * 9**2 * _core.object_ratio(kind, 1.0))
    assert_allclose(np.mean(ratios), expected, atol=4 * np.std(ratios) / math.sqrt(30) + 0.002)


def test_covered_fraction():
    covered = [np.count_nonzero(objects((256, 256), radius=8, height=1, seed=seed)) / 256**2 for seed in range(40)]
    assert_allclose(np.mean(covered), 0.70, atol=0.006)  # independent places would cover 0.632


def test_every_cell_of_a_pass_holds_one_object():
    """Cells of 11 px on 128 x 128, 12 x 12 of them; two passes and a part of the third."""
    rows, cols, cell = 128, 128, 11
    down = across = 12
    edges = np.arange(13) * 128 // 12
    assert down == -(-rows // cell)
    radius = math.sqrt(rows * cols / (4 * (2 * down * across + 50)))
    _, info = objects((rows, cols), kind="box", radius=radius * 1.0001, height=1, return_info=True, seed=2)
    position = info["position"]
    assert len(position) == 2 * 144 + 50
    for first, last, shift in [(0, 144, 1), (144, 288, 2), (288, 338, 0)]:
        moved = (position[first:last] - shift) % 128
        number = np.searchsorted(edges, moved, side="right") - 1
        counts = np.zeros((down, across), int)
        np.add.at(counts, (number[:, 0], number[:, 1]), 1)
        assert counts.max() == 1
        assert counts.sum() == last - first
    assert not np.array_equal(np.sort(position[:144, 0]), position[:144, 0])  # visited in random order


def test_stratification():
    """Variance over mean of the number of objects in a square window: 0.89 ... 0.11 where independent places have 1."""
    counts = {4: [], 8: [], 16: [], 32: [], 64: []}
    for seed in range(60):
        _, info = objects((128, 128), kind="box", radius=2.01, height=1, return_info=True, seed=seed)
        grid = np.zeros((128, 128))
        np.add.at(grid, tuple(info["position"].T), 1)
        for size, found in counts.items():
            blocks = grid.reshape(128 // size, size, 128 // size, size).sum(axis=(1, 3))
            found.append(
                np.mean((blocks - len(info["position"]) * (size / 128) ** 2) ** 2) / (len(info["position"]) * (size / 128) ** 2)
            )
    for size, expected in {4: 0.89, 8: 0.69, 16: 0.40, 32: 0.22, 64: 0.11}.items():
        error = np.std(counts[size]) / math.sqrt(60)
        assert_allclose(np.mean(counts[size]), expected, atol=4 * error + 0.01)


def test_avoided_overlap():
    rng = np.random.default_rng(0)
    for coverage, expected in {0.5: 0.29, 1.0: 0.36, 5.0: 0.47, 20.0: 0.515}.items():
        covered = []
        for seed in range(10):
            z, info = objects((256, 256), radius=8, height=1, coverage=coverage, avoid_overlap=True, return_info=True, seed=seed)
            union = np.count_nonzero(z)
            assert info["footprint"].sum() == union  # no pixel is covered twice
            assert info["placed"] == np.count_nonzero(info["is_placed"]) < info["count"]
            covered.append(union / 256**2)
        assert_allclose(np.mean(covered), expected, atol=0.02)
    base = rng.normal(size=(64, 64))
    z = objects(base=base, radius=8, height=20, avoid_overlap=True, up_fraction=0.5, seed=1)
    assert 0.15 < np.mean(z != base) < 0.6


def test_sign():
    rng = np.random.default_rng(4)
    base = rng.normal(size=(80, 60))
    kept = base.copy()
    assert (objects(base=base, radius=6, height=2, seed=1) >= base).all()
    assert (objects(base=base, radius=6, height=2, up_fraction=0.0, seed=1) <= base).all()
    assert_array_equal(base, kept)
    up = np.concatenate(
        [objects((128, 128), radius=2, height=1, up_fraction=0.3, return_info=True, seed=s)[1]["up"] for s in range(4)]
    )
    assert_allclose(up.mean(), 0.3, atol=4 * math.sqrt(0.21 / up.size))


SPREADS = {
    "radius_spread": "radius",
    "aspect_spread": "aspect_ratio",
    "height_spread": "height",
    "angle_spread": "angle",
    "truncation_spread": "truncation",
}


def test_distributions_of_the_spreads():
    keywords = dict.fromkeys(SPREADS, 0.3) | {"height_scales_with_radius": False}
    _, info = objects(
        (512, 512), radius=2, height=5, aspect_ratio=1.5, angle=0.4, truncation=0.7, return_info=True, seed=9, **keywords
    )
    n = info["count"]
    assert n > 15_000
    draws = {
        "radius": np.log(info["radius"] / 2) / 0.3,
        "aspect_ratio": np.log(info["aspect_ratio"] / 1.5) / 0.3,
        "height": np.log(info["height"] / 5) / 0.3,
        "angle": (info["angle"] - 0.4) / 0.6,
        "truncation": (np.log(info["truncation"] / (1 - info["truncation"])) - math.log(0.7 / 0.3)) / 0.3,
    }
    erf = np.vectorize(math.erf)
    for values in draws.values():
        ordered = np.sort(values)
        distance = np.max(np.abs((1 + erf(ordered / math.sqrt(2))) / 2 - (np.arange(n) + 0.5) / n))
        assert distance < 1.95 / math.sqrt(n)  # Kolmogorov-Smirnov, one in a thousand
    correlation = np.corrcoef(list(draws.values()))
    assert np.abs(correlation - np.eye(5)).max() < 4.5 / math.sqrt(n)


def test_height_scales_with_radius():
    _, info = objects((128, 128), radius=4, height=3, radius_spread=0.5, return_info=True, seed=0)
    assert_allclose(info["height"] / info["radius"], 0.75, rtol=1e-14)
    _, free = objects(
        (128, 128), radius=4, height=3, radius_spread=0.5, height_scales_with_radius=False, return_info=True, seed=0
    )
    assert (free["height"] == 3).all()
    assert_array_equal(free["radius"], info["radius"])


@pytest.mark.parametrize("spread", SPREADS)
def test_spreads_have_streams_of_their_own(spread):
    """Turning one on changes its own quantity and none of the others."""
    common = {
        "kind": "tent",
        "radius": 4.0,
        "height": 2.0,
        "truncation": 0.8,
        "height_scales_with_radius": False,
        "up_fraction": 0.5,
        "return_info": True,
        "seed": 11,
    }
    others = {name: 0.2 for name in SPREADS if name != spread}
    _, without = objects((90, 90), coverage=1.0, **common, **others)
    # A spread of the radius changes how many are needed: ask for as many as before.
    coverage = (without["count"] - 0.5) / without["count"] * math.exp(2 * 0.4**2 - 2 * 0.2**2 * (spread != "radius_spread"))
    coverage = coverage if spread == "radius_spread" else 1.0
    _, with_it = objects((90, 90), coverage=coverage, **common, **others, **{spread: 0.4})
    n = min(without["count"], with_it["count"])
    for name in ("position", "radius", "aspect_ratio", "height", "angle", "truncation", "up"):
        same = np.array_equal(with_it[name][: n // 2], without[name][: n // 2])
        assert same == (name != SPREADS[spread]), name


def test_radius_is_capped():
    _, info = objects((8, 8), radius=79.0, height=1, coverage=200, radius_spread=1.0, return_info=True, seed=3)
    assert info["radius"].max() <= 80.0
    sizes = np.concatenate(
        [objects((8, 8), radius=79.0, height=1, radius_spread=0.5, return_info=True, seed=s)[1]["radius"] for s in range(20)]
    )
    assert (sizes == 80.0).any()
    assert (sizes < 80.0).any()


@pytest.mark.parametrize("kind", ["half_sphere", "gaussian", "tetrahedron"])
@pytest.mark.parametrize("avoid_overlap", [False, True])
def test_threads_do_not_change_a_bit(kind, avoid_overlap):
    """Large enough that threads share the work, which takes 262 144 pixels for each level of independent objects."""
    rng = np.random.default_rng(2)
    n = 3000
    records = hold(
        row=rng.integers(0, 1900, n),
        col=rng.integers(0, 2100, n),
        radius=rng.uniform(16.0, 34.0, n),
        angle=rng.uniform(-3.0, 3.0, n),
        up=rng.random(n) < 0.7,
    )
    base = rng.normal(size=(1900, 2100))
    one, info = place(base, records, kind, columnarity=0.3, avoid_overlap=avoid_overlap)
    for threads in (2, 3):
        other, same = place(base, records, kind, columnarity=0.3, avoid_overlap=avoid_overlap, threads=threads)
        assert_array_equal(other, one)
        assert_array_equal(same, info)
    keywords = {"kind": kind, "radius": 9, "height": 3, "coverage": 2, "radius_spread": 0.4, "avoid_overlap": avoid_overlap}
    assert_array_equal(objects((300, 200), seed=1, threads=3, **keywords), objects((300, 200), seed=1, threads=1, **keywords))


def test_seeds_and_scaling():
    keywords = {"radius": 6, "radius_spread": 0.2, "coverage": 2, "columnarity": 0.5}
    one = objects((50, 70), height=1.0, seed=1, **keywords)
    assert_array_equal(one, objects((50, 70), height=1.0, seed=1, **keywords))
    assert not np.array_equal(one, objects((50, 70), height=1.0, seed=2, **keywords))
    assert not np.array_equal(objects((50, 70), height=1.0, **keywords), objects((50, 70), height=1.0, **keywords))
    assert_allclose(objects((50, 70), height=1e-9, seed=1, **keywords), one * 1e-9, rtol=1e-12)
    assert_array_equal(objects(base=np.zeros((50, 70)), height=1.0, seed=1, **keywords), one)
    assert_array_equal(objects(base=np.zeros((50, 70), np.float32)[::-1], height=1.0, seed=1, **keywords), one)
    assert one.dtype == np.float64
    assert np.isfinite(one).all()
    metres = objects((50, 70), height=1.0, seed=1, **(keywords | {"radius": 6e-9}), pixel_size=1e-9)
    assert_allclose(metres, one, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_extremes_run(kind):
    for shape in ((2, 2), (3, 50), (33, 2)):
        for keywords in (
            {"radius": 0.05, "coverage": 1e-3},
            {"radius": 15.0, "aspect_ratio": 20.0, "angle": 1.0, "coverage": 0.1},
            {"radius": 2.0, "aspect_ratio": 0.05, "truncation": 1e-3, "coverage": 200, "columnarity": 1.0},
            {"radius": 2.0, "coverage": 5, "avoid_overlap": True} | dict.fromkeys(SPREADS, 1.0),
        ):
            assert np.isfinite(objects(shape, kind=kind, height=1.0, seed=0, **keywords)).all()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"kind": "ball"}, r"kind must be one of 'half_sphere', .* got 'ball'"),
        ({"radius": 0}, "radius must be positive, got 0"),
        ({"radius": -3.0}, "radius must be positive, got -3.0"),
        ({"radius": math.nan}, "radius must be finite, got nan"),
        ({"radius": 641}, r"radius must be at most ten times the longer side of the image \(640\), got 641"),
        ({"height": 0.0}, "height must be positive"),
        ({"height": math.inf}, "height must be finite"),
        ({"aspect_ratio": 0.04}, "aspect_ratio must lie between 0.05 and 20, got 0.04"),
        ({"angle": 45}, "angle is an angle in radians and must lie between -2 pi and 2 pi, got 45"),
        ({"truncation": 0}, "truncation must be positive"),
        ({"truncation": 1.1}, "truncation must lie between 0 and 1, got 1.1"),
        ({"coverage": 0.0}, "coverage must be positive"),
        ({"coverage": 201}, "coverage must lie between 0 and 200, got 201"),
        (
            {"coverage": 200, "radius": 0.01},
            r"coverage = 200 with radius = 0.01 must not need more than 10000000 objects, got 2.608e\+09",
        ),
        ({"radius_spread": 1.1}, "radius_spread must lie between 0 and 1, got 1.1"),
        ({"aspect_spread": -0.1}, "aspect_spread must lie between 0 and 1"),
        ({"height_spread": 2}, "height_spread must lie between 0 and 1"),
        ({"angle_spread": math.nan}, "angle_spread must be finite"),
        ({"truncation_spread": 2}, "truncation_spread must lie between 0 and 1"),
        ({"up_fraction": -0.5}, "up_fraction must lie between 0 and 1, got -0.5"),
        ({"columnarity": 1.5}, "columnarity must lie between 0 and 1, got 1.5"),
        ({"pixel_size": 0}, "pixel_size must be positive, got 0"),
        ({"pixel_size": (1, 2, 3)}, "pixel_size must be one number or two"),
        ({"shape": None}, "shape must be given where base is not"),
        ({"shape": (0, 5)}, "must be at least 2, got 0"),
        ({"base": np.zeros((3, 4))}, r"base must have the shape \(64, 64\), got \(3, 4\)"),
        ({"base": np.full((64, 64), np.nan)}, "base must be finite"),
        ({"seed": -1}, "seed must be non-negative"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
    ],
)
def test_bad_values(keywords, message):
    arguments = {"shape": (64, 64), "radius": 5.0, "height": 1.0} | keywords
    with pytest.raises(ValueError, match=message):
        objects(arguments.pop("shape"), **arguments)


def test_bad_types():
    with pytest.raises(TypeError, match="avoid_overlap must be True or False, got 'no'"):
        objects((9, 9), radius=2, height=1, avoid_overlap="no")
    with pytest.raises(TypeError, match="radius must be a real number, got '5 nm'"):
        objects((9, 9), radius="5 nm", height=1)
    with pytest.raises(ValueError, match=r"must not need more than 268435456 pixels"):
        object_profile("cone", 1e6, 1.0)
    with pytest.raises(ValueError, match="kind must be one of"):
        object_profile("ball", 5, 1.0)


def test_the_core_checks_for_itself():
    records = hold(row=9, col=0)
    with pytest.raises(ValueError, match="objects must be centred inside the surface"):
        place(np.zeros((9, 9)), records, "box")
    with pytest.raises(ValueError, match="surface must be two-dimensional"):
        place(np.zeros(9), hold(row=1), "box")
    with pytest.raises(ValueError, match="threads must be at least 1"):
        place(np.zeros((9, 9)), hold(row=1), "box", threads=0)
    frozen = np.zeros((9, 9))
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="not writeable"):
        _core.place_objects(frozen, hold(row=1), "box", 1.0, 0.0, False, 1)
    with pytest.raises(TypeError):
        _core.place_objects(np.zeros((9, 9), np.float32), hold(row=1), "box", 1.0, 0.0, False, 1)


def test_public_names():
    import afmnn.synth

    assert isinstance(afmnn.synth.objects, types.FunctionType)
    assert {"objects", "object_profile"} <= set(afmnn.synth.__all__)
