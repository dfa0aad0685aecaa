"""level() by surfaces, the commonest slope and the base: what is known comes off, whatever stands on it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import Image
from afmnn._reference import background as twin

pytestmark = pytest.mark.filterwarnings("ignore::afmnn.LevellingWarning")  # of the bow, not of what levelling does to it


def coordinates(shape):
    y, x = (np.linspace(-1, 1, size) if size > 1 else np.zeros(1) for size in shape)
    return y[:, None], x[None, :]


def scanner(shape):
    """A bow of the third degree in all."""
    y, x = coordinates(shape)
    return 30 * x + 20 * y - 25 * x * x + 8 * x * y + 12 * y * y + 9 * x**3 - 6 * x * y * y


@pytest.fixture
def grains(rng):
    """Ground at zero with noise of 1, and steep grains of 60 on a fifth of it."""
    y, x = np.indices((150, 180))
    heights = np.zeros(y.shape)
    for row, col in rng.integers(0, 180, (12, 2)):
        heights[(y - row) ** 2 + (x - col) ** 2 < 13**2] = 60.0
    return heights


# ---- polynomial surfaces -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("degree", "total"), [((0, 0), False), ((2, 1), False), ((1, 3), False), (3, True), (2, False), (6, True)]
)
def test_surface_is_the_least_squares_surface(degree, total, masked, rng):
    z = rng.normal(size=(40, 53)) + scanner((40, 53))
    mask = rng.random(z.shape) < 0.4 if masked else np.ones(z.shape, bool)
    if masked:
        z[4, 30:] = np.nan
    used = mask & ~np.isnan(z)
    y, x = np.meshgrid(*(side.ravel() for side in coordinates(z.shape)), indexing="ij")
    across, along = degree if isinstance(degree, tuple) else (degree, degree)
    kept = [(i, j) for i in range(across + 1) for j in range(along + 1) if not total or i + j <= max(across, along)]
    design = np.stack([y**i * x**j for i, j in kept], axis=-1)
    expected = z - design @ np.linalg.lstsq(design[used], z[used], rcond=None)[0]
    ours = afmnn.level(z, "polynomial", degree=degree, total=total, mask=mask if masked else None)
    assert_allclose(ours, expected, rtol=0, atol=1e-10)


def test_high_degrees_and_corners_are_well_conditioned(rng):
    """A polynomial in all of its terms comes off, seen whole or from a corner, at any height."""
    y, x = np.indices((200, 300)) / 100.0
    z = np.polynomial.polynomial.polyval2d(y, x, rng.normal(size=(5, 5)))
    corner = np.zeros(z.shape)
    corner[150:, 230:] = rng.random((50, 70)) < 0.5
    assert_allclose(afmnn.level(z, "polynomial", degree=4), 0.0, atol=1e-10)
    seen = afmnn.level(z + 1e4, "polynomial", degree=4, mask=corner)
    assert abs(seen[corner > 0]).max() < 1e-10
    noisy = rng.normal(size=z.shape)
    once = afmnn.level(noisy, "polynomial", degree=20, mask=rng.random(z.shape) < 0.5)
    assert 0.95 < once.std() < 1.05


def test_degrees_are_those_across_and_along_the_lines(rng):
    y, x = coordinates((30, 40))
    z = 3 * y**3 + 5 * x + 0 * y
    assert_allclose(afmnn.level(z, "polynomial", degree=(3, 1)), 0.0, atol=1e-12)
    assert abs(afmnn.level(z, "polynomial", degree=(1, 3))).max() > 0.1
    assert_allclose(afmnn.level(z, "polynomial", degree=(1, 3), axis=0), 0.0, atol=1e-12)
    noisy = z + rng.normal(size=z.shape)
    assert_allclose(
        afmnn.level(noisy, "polynomial", degree=(2, 1)), afmnn.level(noisy.T, "polynomial", degree=(2, 1), axis=0).T, atol=1e-12
    )


@pytest.mark.parametrize(
    ("image", "settings", "message"),
    [
        (np.zeros((4, 5)), {"degree": (4, 1)}, "degree must be at most 3, got 4"),
        (np.zeros((1, 9)), {"degree": 1}, "degree must be at most 0, got 1"),
        (np.zeros((40, 50)), {"degree": 21}, "degree must be at most 20, got 21"),
        (np.zeros((40, 50)), {"degree": (1, 2, 3)}, r"degree must be one number or two, got \(1, 2, 3\)"),
        (np.zeros((40, 50)), {"degree": 2, "mask": np.eye(40, 50)}, "determine a polynomial of degree 2"),
        (np.zeros((40, 50)), {"degree": (0, 3), "mask": np.arange(50) < np.full((40, 1), 3)}, "too few, or all near one curve"),
        (np.full((4, 5), np.nan), {}, "image must have pixels that are neither NaN nor masked, got none"),
        (np.full((4, 5), np.inf), {}, "image must not have infinite heights"),
    ],
    ids=str,
)
def test_surfaces_that_are_not_determined_are_refused(image, settings, message):
    with pytest.raises(ValueError, match=message):
        afmnn.level(image, "polynomial", **settings)


# ---- the commonest slope -------------------------------------------------------------------------------------------


def test_facet_is_exact_below_steep_grains(grains):
    y, x = np.indices(grains.shape)
    for scale in (1.0, 1e-9):
        flat = afmnn.level(scale * (grains + 0.3 * y - 0.7 * x + 5.0), "facet")
        assert_allclose(flat - flat.min(), scale * grains, rtol=0, atol=1e-11 * scale)
    single = afmnn.level((grains + 0.3 * y - 0.7 * x).astype(np.float32), "facet")
    assert_allclose(single - np.median(single), grains - np.median(grains), rtol=0, atol=2e-4)
    assert abs(afmnn.level(grains + 0.3 * y - 0.7 * x) - grains + grains.mean()).max() > 1.0  # what a plane does


def test_facet_makes_terraces_flat(rng):
    """A staircase whose mean slope is steeper than its terraces, which are commoner than its edges."""
    y, x = np.indices((200, 220))
    stairs = 40.0 * ((x + 0.3 * y) // 37)
    tilted = stairs + 0.11 * x - 0.06 * y + rng.normal(size=x.shape)
    _, info = afmnn.level(tilted, "facet", return_info=True)
    assert abs(info.figures["slope_along"] - 0.11) < 0.01
    assert abs(info.figures["slope_across"] + 0.06) < 0.01


def test_facet_of_pyramids_is_the_largest_face():
    y, x = np.indices((120, 120)).astype(float)
    u, v = x % 40, y % 40
    faces = np.minimum.reduce([0.9 * u, 0.5 * (40 - u), 0.9 * v, 0.9 * (40 - v)])  # that of the gentlest slope is the largest
    _, info = afmnn.level(faces, "facet", return_info=True)
    assert_allclose([info.figures["slope_across"], info.figures["slope_along"]], [0.0, -0.5], atol=1e-9)
    turned = afmnn.level(faces.T, "facet", axis=0, return_info=True)[1].figures
    assert_allclose([turned["slope_across"], turned["slope_along"]], [0.0, -0.5], atol=1e-9)


def test_facet_of_few_pixels():
    for shape in ((1, 1), (1, 7), (7, 1), (2, 2)):
        y, x = np.indices(shape)
        assert_allclose(afmnn.level(2.0 + 0.5 * x - 0.25 * y, "facet"), 0.0, atol=1e-15)
    assert_array_equal(afmnn.level(np.full((6, 8), 4.0), "facet"), np.zeros((6, 8)))
    with pytest.raises(ValueError, match="image must have 2 x 2 usable pixels side by side to have a slope, got none"):
        afmnn.level(np.zeros((6, 8)), "facet", mask=np.indices((6, 8)).sum(axis=0) % 2)


def test_facet_by_the_pixels_of_a_mask(grains):
    _, x = np.indices(grains.shape)
    two = np.where(x < 90, 0.2 * x, 0.7 * x)
    right = afmnn.level(two + grains, "facet", mask=x >= 90, return_info=True)[1]
    assert abs(right.figures["slope_along"] - 0.7) < 1e-10
    assert_array_equal(right.mask, x < 90)


# ---- the base ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("covered", [0.2, 0.7])
def test_base_is_flat_and_zero_below_what_stands_on_it(covered, rng):
    y, x = np.indices((160, 160))
    heights = np.zeros(x.shape)
    heights[:, : int(160 * covered)] = 25.0
    heights[40:80, 20:60] += 12.0
    z = heights + 0.2 * x - 0.1 * y + rng.normal(size=x.shape)
    flat, info = afmnn.level(z, "base", return_info=True)
    assert abs(np.mean(flat[heights == 0])) < 0.1
    slope = np.polyfit(x[heights == 0], flat[heights == 0], 1)[0]
    assert abs(slope) < 0.02
    assert_allclose(np.median(flat[(heights == 25)]), 25.0, atol=0.4)
    assert 0.8 < info.figures["ground_spread"] < 1.3
    assert info.mask[heights > 0].all()
    assert info.mask[heights == 0].mean() < 0.05


def test_base_takes_off_a_bow_too(grains, rng):
    z = grains + scanner(grains.shape) / 4 + rng.normal(size=grains.shape)
    flat = afmnn.level(z, "base", degree=3)
    assert abs(flat[grains == 0].mean()) < 0.1
    assert flat[grains == 0].std() < 1.3
    assert_allclose(flat[grains == 60].mean(), 60.0, atol=1.0)


# ---- mask="auto" ---------------------------------------------------------------------------------------------------


def test_auto_levels_by_the_ground(grains, rng):
    background = scanner(grains.shape)
    noise = rng.normal(size=grains.shape)
    z = grains + background + noise
    ground = grains == 0
    for settings in ({"degree": 3, "total": True}, {"degree": (2, 3)}):
        error = afmnn.level(z, "polynomial", mask="auto", **settings) - grains - noise
        without = afmnn.level(z, "polynomial", **settings) - grains - noise
        assert error[ground].std() < 0.25
        assert without[ground].std() > 5 * error[ground].std()
    tilted = grains + noise + 0.4 * np.arange(180)
    plane, info = afmnn.level(tilted, mask="auto", return_info=True)
    assert (plane - grains - noise).std() < 0.1
    assert info.mask[~ground].mean() > 0.98
    assert info.mask[ground].mean() < 0.02
    assert_array_equal(info.removed, tilted - plane)
    assert 0.9 < info.figures["ground_spread"] < 1.15


def test_auto_levels_by_one_half_of_a_step(rng):
    """The least-squares plane leans against the step; the commonest slope does not."""
    y, x = np.indices((128, 128))
    z = np.where(x < 76, 0.0, 50.0) + 0.1 * x - 0.2 * y + rng.normal(size=x.shape)
    flat = afmnn.level(z, mask="auto")
    assert abs(np.polyfit(x[0, :76], flat[:, :76].mean(axis=0), 1)[0]) < 0.01
    assert_allclose(flat[:, 80:].mean() - flat[:, :76].mean(), 50.0, atol=0.5)


def test_auto_of_rows(grains, rng):
    offsets = 20 * rng.normal(size=(150, 1))
    noise = rng.normal(size=grains.shape)
    z = grains + offsets + noise
    error = afmnn.level(z, "rows", mask="auto") - grains - noise
    without = afmnn.level(z, "rows") - grains - noise
    assert (error - error.mean()).std() < 0.25
    assert (without - without.mean()).std() > 2 * (error - error.mean()).std()


def test_auto_marks_nothing_where_nothing_stands_out(rng):
    z = rng.normal(size=(100, 130))
    flat, info = afmnn.level(z, mask="auto", return_info=True)
    assert info.mask.mean() < 5e-4
    assert_allclose(flat, afmnn.level(z), rtol=0, atol=0.01)
    constant = afmnn.level(np.full((20, 30), 3.0), mask="auto", return_info=True)
    assert not constant[1].mask.any()
    assert not constant[0].any()


def test_missing_pixels_stay_and_are_not_used(grains, rng):
    z = grains + scanner(grains.shape) + rng.normal(size=grains.shape)
    z[20:30, 50:90] = np.nan
    z[140] = np.nan
    for method, settings in (("polynomial", {"degree": 2, "mask": "auto"}), ("facet", {}), ("base", {"degree": 2})):
        flat, info = afmnn.level(z, method, return_info=True, **settings)
        assert_array_equal(np.isnan(flat), np.isnan(z))
        assert info.mask[np.isnan(z)].all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"method": "facet", "mask": "auto"},
            "'plane', 'polynomial', 'rows' with mask='auto', got 'facet'",
        ),
        ({"mask": "auto", "mask_mode": "exclude"}, "mask_mode must be 'include' with mask='auto', got 'exclude'"),
        ({"mask": "ground"}, "mask"),
        ({"method": "base", "degree": 4}, "degree must be at most 3, got 4"),
        ({"method": "base", "mask": np.zeros((4, 5))}, "neither NaN nor masked"),
        ({"method": "facet", "image": np.full((4, 5), -np.inf)}, "infinite heights"),
        ({"method": "base", "image": np.full((4, 5), -np.inf)}, "infinite heights"),
        ({"mask": "auto", "image": np.full((4, 5), np.nan)}, "neither NaN nor masked"),
    ],
    ids=str,
)
def test_refuses(settings, message):
    with pytest.raises((ValueError, TypeError), match=message):
        afmnn.level(**({"image": np.zeros((4, 5))} | settings))


# ---- what must not change the result -------------------------------------------------------------------------------

WAYS = [
    {"method": "plane", "mask": "auto"},
    {"method": "polynomial", "degree": (2, 3)},
    {"method": "polynomial", "degree": 3, "total": True, "mask": "auto"},
    {"method": "facet"},
    {"method": "base"},
    {"method": "base", "degree": 2},
    {"method": "rows", "mask": "auto"},
]
every_way = pytest.mark.parametrize("way", WAYS, ids=str)


@every_way
def test_kind_of_array_and_scale_do_not_matter(way, grains, rng, monkeypatch):
    z = grains + scanner(grains.shape) + rng.normal(size=grains.shape)
    expected = afmnn.level(z, **way)
    for threads, view in enumerate((np.asfortranarray(z), np.repeat(z, 2, axis=1)[:, ::2], z.astype(">f8")), start=2):
        monkeypatch.setattr(afmnn._threads, "_chosen", threads)
        assert_array_equal(afmnn.level(view, **way), expected)
    image = Image(z, size=(3e-6, 4e-6), unit_xy="m", unit_z="nm", title="Height")
    flat, info = afmnn.level(image, return_info=True, **way)
    assert_array_equal(flat.data, expected)
    assert (flat.unit_z, info.removed.unit_z) == ("nm", "nm")
    assert_array_equal(afmnn.level(z * 2.0**-30, **way), expected * 2.0**-30)
    assert_allclose(afmnn.level(3.7e-9 * z, **way), 3.7e-9 * expected, rtol=0, atol=1e-10 * 3.7e-9)
    single = afmnn.level(z.astype(np.float32), **way)
    assert single.dtype == np.float32
    assert_allclose(single, expected, rtol=0, atol=0.05)


@every_way
def test_a_plane_below_does_not_matter(way, grains, rng):
    y, x = np.indices(grains.shape)
    z = grains + rng.normal(size=grains.shape)
    tilted = z + 7.0 + 0.25 * y - (0.5 * x if way["method"] != "rows" else 0.0)
    assert_allclose(afmnn.level(tilted, **way), afmnn.level(z, **way), rtol=0, atol=0.05)


# ---- the twin ------------------------------------------------------------------------------------------------------


def scan(shape, rng, masked):
    z = rng.normal(size=shape) + scanner(shape)
    z[rng.random(shape) < 0.1] += 50.0
    if not masked:
        return z, None
    mask = rng.random(shape) < 0.8
    mask[min(1, shape[0] - 1)] = True
    z[-1, shape[1] // 2 :] = np.nan
    return z, mask


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(12, 9), (40, 53), (8, 4104), (4200, 6)], ids=str)
def test_surface_agrees_with_the_twin_to_the_last_bit(shape, dtype, masked, rng):
    z, mask = scan(shape, rng, masked)
    z = z.astype(dtype)
    heights = z.astype(np.float64)
    used = ~np.isnan(heights) if mask is None else mask & ~np.isnan(heights)
    for across, along, total in ((2, 1, False), (3, 2, True)):
        ours = afmnn.level(z, "polynomial", degree=(across, along), total=total, mask=mask)
        assert_array_equal(ours, twin.surface(heights, used, across, along, total).astype(dtype))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (12, 9), (40, 53), (600, 500)], ids=str)
def test_facet_agrees_with_the_twin_to_the_last_bit(shape, dtype, masked, rng):
    z, mask = scan(shape, rng, masked and min(shape) > 1)
    z = z.astype(dtype)
    heights = z.astype(np.float64)
    used = ~np.isnan(heights) if mask is None else mask & ~np.isnan(heights)
    expected, slopes = twin.facet(heights, used, np.finfo(dtype).eps)
    ours, info = afmnn.level(z, "facet", mask=mask, return_info=True)
    assert_array_equal(ours, expected.astype(dtype))
    assert (info.figures["slope_across"], info.figures["slope_along"]) == slopes
