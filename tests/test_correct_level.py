"""level(): planes and lines come off exactly, masks and missing pixels are respected."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import Image

ROWS = [{"rows": "median"}, {"rows": "difference"}, {"rows": "polynomial", "degree": 0}, {"rows": "polynomial", "degree": 2}]
METHODS = [{"method": "plane"}, *({"method": "rows"} | settings for settings in ROWS)]


@pytest.fixture
def bumps(rng):
    """Heights of some nanometres with a few grains."""
    z = 1e-10 * rng.normal(size=(60, 83))
    z[10:25, 20:40] += 3e-9
    z[35:50, 50:70] += 5e-9
    return z


def plane(shape, constant, dy, dx):
    rows, cols = np.indices(shape)
    return constant + dy * rows + dx * cols


def test_plane_comes_off(bumps):
    flat = afmnn.level(bumps)
    assert abs(flat.mean()) < 1e-12 * np.ptp(bumps)
    for sloped in (bumps + plane(bumps.shape, 3e-6, 2e-9, -7e-9), 1e-9 * bumps + plane(bumps.shape, 5e-15, 0.0, 1e-17)):
        scale = 1.0 if np.ptp(sloped) > 1e-12 else 1e-9
        assert_allclose(afmnn.level(sloped), scale * flat, rtol=0, atol=1e-9 * scale * np.ptp(bumps))


def test_plane_is_the_least_squares_plane(bumps, rng):
    z = bumps + plane(bumps.shape, 1.0, 2e-9, 1e-9)
    mask = rng.random(z.shape) < 0.3
    z[5, 6] = np.nan
    rows, cols = np.indices(z.shape)
    used = mask & ~np.isnan(z)
    design = np.stack([np.ones(used.sum()), rows[used], cols[used]], axis=1)
    a, b, c = np.linalg.lstsq(design, z[used] - 1.0, rcond=None)[0]
    expected = z - 1.0 - (a + b * rows + c * cols)
    assert_allclose(afmnn.level(z, mask=mask), expected, rtol=0, atol=1e-7 * np.ptp(bumps))
    assert np.isnan(afmnn.level(z, mask=mask)[5, 6])


def test_plane_far_from_the_middle_and_along_one_line():
    """A mask in one corner, or on one row, determines what it can; the unknown slope stays."""
    z = plane((200, 300), 4e-9, 1e-11, -3e-11)
    corner = np.zeros(z.shape)
    corner[190:, 280:] = 1
    assert_allclose(afmnn.level(z, mask=corner), 0.0, atol=1e-9 * 1e-11 * 300)
    row = np.zeros(z.shape)
    row[30] = 1
    assert_allclose(afmnn.level(z, mask=row), 1e-11 * (np.arange(200) - 30)[:, None] * np.ones(300), rtol=0, atol=1e-19)
    point = np.zeros(z.shape)
    point[30, 40] = 1
    assert_array_equal(afmnn.level(z, mask=point), z - z[30, 40])


@pytest.mark.parametrize("settings", ROWS)
def test_offsets_of_lines_come_off(bumps, settings, rng):
    offsets = rng.normal(size=(60, 1)) * 1e-8
    level = dict(method="rows", **settings)
    assert_allclose(afmnn.level(bumps + offsets, **level), afmnn.level(bumps, **level), rtol=0, atol=1e-7 * np.ptp(bumps))
    assert_allclose(
        afmnn.level((bumps + offsets).T, axis=0, **level),
        afmnn.level(bumps + offsets, **level).T,
        rtol=0,
        atol=1e-12 * np.ptp(bumps),
    )
    # In the array's own order, whatever the axis.
    assert afmnn.level(bumps, axis=0, **level).flags.c_contiguous


def test_median_of_rows(bumps):
    z = bumps.copy()
    z[7, 3:9] = np.nan
    mask = np.zeros(z.shape)
    mask[10:25, 20:40] = mask[35:50, 50:70] = 1
    expected = z - np.nanmedian(np.where(mask == 1, np.nan, z), axis=1, keepdims=True)
    assert_array_equal(afmnn.level(z, "rows", mask=mask, mask_mode="exclude"), expected)
    assert_array_equal(afmnn.level(z, "rows", mask=1 - mask), expected)
    assert_array_equal(afmnn.level(z, "rows", mask=mask, mask_mode="ignore"), afmnn.level(z, "rows"))
    assert_array_equal(afmnn.level(z, "rows"), z - np.nanmedian(z, axis=1, keepdims=True))


def test_median_of_differences_keeps_large_grains(rng):
    """More than half of some lines is a round grain: medians lower these lines, differences do not."""
    z = 1e-11 * rng.normal(size=(80, 80))
    y, x = np.indices(z.shape) - 40
    z[x**2 + y**2 < 30**2] += 4e-9
    shifted = z + 1e-8 * rng.normal(size=(80, 1))
    by_difference = afmnn.level(shifted, "rows", rows="difference")
    by_median = afmnn.level(shifted, "rows")
    assert_allclose(by_difference - by_difference[0, 0], z - z[0, 0], rtol=0, atol=6e-11)
    assert abs((by_median - by_median[0, 0]) - (z - z[0, 0])).max() > 3.5e-9
    assert abs(by_difference.mean()) < 1e-20


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_polynomials_of_rows(degree, rng):
    x = np.linspace(-1, 1, 64)
    z = np.stack([np.polynomial.Polynomial(rng.normal(size=degree + 1))(x) for _ in range(30)])
    assert_allclose(afmnn.level(z, "rows", rows="polynomial", degree=degree), 0.0, atol=1e-13)
    noisy = z + rng.normal(size=z.shape)
    noisy[4, :40] = np.nan
    fits = [np.polynomial.Polynomial.fit(x[~np.isnan(row)], row[~np.isnan(row)], degree)(x) for row in noisy]
    assert_allclose(afmnn.level(noisy, "rows", rows="polynomial", degree=degree), noisy - fits, rtol=0, atol=1e-10)


def test_highest_degree_leaves_nothing(rng):
    z = rng.normal(size=(5, 12))
    assert_allclose(afmnn.level(z, "rows", rows="polynomial", degree=11), 0.0, atol=1e-13)
    with pytest.raises(ValueError, match="degree must be at most 11, got 12"):
        afmnn.level(z, "rows", rows="polynomial", degree=12)


@pytest.mark.parametrize("settings", ROWS)
def test_lines_without_pixels_take_what_is_between_their_neighbours(settings):
    """Offsets grow by one from line to line; lines 0, 5, 6 and 9 cannot show theirs."""
    ramp = np.arange(10.0)[:, None]
    z = ramp + np.zeros((10, 40))
    mask = np.ones(z.shape)
    mask[[0, 5, 6, 9]] = 0
    ours = afmnn.level(z, "rows", mask=mask, **settings)
    expected = np.zeros((10, 1))
    expected[[0, 9]] = [[-1], [1]]
    shift = ours[3, 0]  # differences are brought to mean zero over the used pixels: here they are zero already
    assert abs(shift) < 1e-12
    assert_allclose(ours, expected * np.ones(40), atol=1e-12)
    z[5] = np.nan
    assert_allclose(np.delete(afmnn.level(z, "rows", mask=mask, **settings), 5, 0), np.delete(ours, 5, 0), atol=1e-12)
    assert np.isnan(afmnn.level(z, "rows", mask=mask, **settings)[5]).all()


def test_removes_what_synthetic_line_noise_adds():
    surface = afmnn.synth.objects((128, 128), kind="gaussian", radius=6.0, height=1e-8, coverage=0.1, seed=1)
    noisy = surface + afmnn.synth.line_steps((128, 128), rms=2e-8, seed=2) + plane((128, 128), 0, 3e-10, 0)
    for settings in ({"rows": "median"}, {"rows": "difference"}):
        error = afmnn.level(noisy, "rows", **settings) - surface
        assert error.std() < 0.1 * (noisy - surface).std()


@pytest.mark.parametrize("settings", METHODS, ids=lambda s: "-".join(map(str, s.values())))
def test_same_for_every_kind_of_array(bumps, settings):
    expected = afmnn.level(bumps, **settings)
    assert expected.dtype == np.float64
    kept = bumps.copy()
    tolerance = {"rtol": 0, "atol": 1e-12 * np.ptp(bumps)}
    assert_allclose(afmnn.level(np.asfortranarray(bumps), **settings), expected, **tolerance)
    assert_allclose(afmnn.level(np.repeat(bumps, 2, axis=1)[:, ::2], **settings), expected, **tolerance)
    assert_allclose(afmnn.level(bumps.astype(">f8"), **settings), expected, **tolerance)
    assert_allclose(afmnn.level(bumps[::-1, ::-1], **settings), expected[::-1, ::-1], rtol=0, atol=1e-9 * np.ptp(bumps))
    assert_allclose(afmnn.level(1e-9 * bumps, **settings), 1e-9 * expected, rtol=0, atol=1e-21 * np.ptp(bumps))
    single = afmnn.level(bumps.astype(np.float32), **settings)
    assert single.dtype == np.float32
    assert_allclose(single, expected, rtol=0, atol=3e-7 * abs(bumps).max())
    integers = np.round(bumps * 1e11).astype(np.int16)
    assert_allclose(afmnn.level(integers, **settings), afmnn.level(integers.astype(float), **settings), rtol=0, atol=1e-9)
    assert_array_equal(bumps, kept)


@pytest.mark.parametrize("settings", METHODS, ids=lambda s: "-".join(map(str, s.values())))
def test_blocks_do_not_show(settings, rng):
    """An image of several blocks, with a gap that only some of them have."""
    z = rng.normal(size=(1500, 400)) + rng.normal(size=(1500, 1))
    z[800, 10:50] = np.nan
    ours = afmnn.level(z, **settings)
    afmnn.correct.level._BLOCK, kept = z.size, afmnn.correct.level._BLOCK
    try:
        assert_allclose(ours, afmnn.level(z, **settings), rtol=0, atol=1e-11)
    finally:
        afmnn.correct.level._BLOCK = kept


@pytest.mark.parametrize("settings", METHODS, ids=lambda s: "-".join(map(str, s.values())))
def test_image_in_image_out(bumps, settings):
    image = Image(bumps, size=(3e-6, 4e-6), unit_xy="m", unit_z="m", title="Height")
    mask = Image(bumps < 1e-9)
    ours = afmnn.level(image, mask=mask, **settings)
    assert isinstance(ours, Image)
    assert (ours.size, ours.unit_xy, ours.unit_z, ours.title) == (image.size, "m", "m", "Height")
    assert_array_equal(ours.data, afmnn.level(bumps, mask=bumps < 1e-9, **settings))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "poly"}, ValueError, "method must be one of 'plane', 'rows', got 'poly'"),
        ({"rows": "mean"}, ValueError, "rows must be one of 'median', 'difference', 'polynomial', got 'mean'"),
        ({"degree": -1}, ValueError, "degree must be at least 0, got -1"),
        ({"degree": 1.0}, TypeError, "degree must be an integer, got 1.0"),
        ({"axis": 2}, ValueError, "axis must be 0 or 1, got 2"),
        ({"mask": np.ones((3, 3))}, ValueError, r"mask must have the shape of image \(4, 5\), got \(3, 3\)"),
        ({"mask": np.zeros((4, 5))}, ValueError, "image must have pixels that are neither NaN nor masked, got none"),
        ({"mask": np.ones((4, 5)), "mask_mode": "exclude"}, ValueError, "neither NaN nor masked"),
        ({"mask_mode": "only"}, ValueError, "mask_mode must be one of"),
        ({"image": np.full((4, 5), np.nan)}, ValueError, "neither NaN nor masked"),
        ({"image": np.full((4, 5), np.inf)}, ValueError, "image must not have infinite heights"),
        ({"image": np.zeros(5)}, ValueError, "image must be two-dimensional"),
        ({"image": np.zeros((4, 5), complex)}, TypeError, "image must be an array of real numbers"),
        (
            {"method": "rows", "rows": "polynomial", "degree": 3, "mask": np.eye(4, 5)},
            ValueError,
            "image must have a line with more than 3 usable pixels for a polynomial of degree 3",
        ),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        afmnn.level(**({"image": np.zeros((4, 5))} | arguments))
