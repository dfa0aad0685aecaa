"""level(): planes and lines come off exactly, masks and missing pixels are respected."""

import signal
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import Image, _core
from afmnn._reference import level as twin

POLYNOMIALS = [{"rows": "polynomial", "degree": 0}, {"rows": "polynomial", "degree": 2}]
#: What looks at one line alone, and what looks at several.
ALONE = [{"rows": "median"}, {"rows": "trimmed_mean"}, {"rows": "trimmed_mean", "trim": 0.4}, {"rows": "mode"}, *POLYNOMIALS]
TOGETHER = [{"rows": "difference"}, {"rows": "trimmed_difference"}, {"rows": "matching"}]
OFFSETS = [*ALONE, *TOGETHER]
FACET_TILT = {"rows": "facet_tilt"}  # takes off slopes, and leaves offsets
ROWS = [*OFFSETS, FACET_TILT]
METHODS = [{"method": "plane"}, *({"method": "rows"} | settings for settings in ROWS)]
every_method = pytest.mark.parametrize("settings", METHODS, ids=lambda s: "-".join(map(str, s.values())))


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


@pytest.mark.parametrize("settings", OFFSETS)
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


def test_trimmed_mean_of_rows(rng):
    z = rng.normal(size=(9, 40))
    ordered = np.sort(z, axis=1)
    for trim, cut in ((0.0, 0), (0.1, 4), (0.12, 4), (0.45, 18), (0.5, 19)):
        expected = z - ordered[:, cut : 40 - cut].mean(axis=1, keepdims=True)
        assert_allclose(afmnn.level(z, "rows", rows="trimmed_mean", trim=trim), expected, rtol=0, atol=1e-14)
    assert_allclose(
        afmnn.level(z, "rows", rows="trimmed_difference", trim=0.5),
        afmnn.level(z, "rows", rows="difference"),
        rtol=0,
        atol=1e-13,
    )


def test_mode_is_the_ground_under_most_of_a_line(rng):
    """Features of many heights fill 70 % of each line: the median is one of theirs, the commonest height is the ground's."""
    z = 0.01 * rng.normal(size=(40, 400))
    features = np.arange(400) % 20 < 14
    z[:, features] += rng.uniform(0.5, 3.0, size=(40, 280))
    offsets = rng.normal(size=(40, 1))
    ours = afmnn.level(z + offsets, "rows", rows="mode")
    assert abs(ours - z).max() < 0.01  # the ground's own noise
    assert abs(afmnn.level(z + offsets, "rows") - z).min() > 0.2


def test_matching_drifts_less_than_differences():
    """Particles come and go along the scan: what each pair of lines errs adds up, but not over lines further apart."""
    truth = synth_particles()
    noisy = truth + 0.3 * np.random.default_rng(1).normal(size=truth.shape)
    noisy += 5 * np.random.default_rng(2).normal(size=(200, 1))
    error = {}
    for rows in ("median", "difference", "trimmed_difference", "matching"):
        lines = (afmnn.level(noisy, "rows", rows=rows) - truth).mean(axis=1)
        error[rows] = np.std(lines - np.polyval(np.polyfit(np.arange(200), lines, 1), np.arange(200)))
    assert error["matching"] < 0.5 * min(error["difference"], error["trimmed_difference"], error["median"])
    assert error["matching"] < 0.3


def synth_particles():
    return afmnn.synth.particles((200, 200), radius=10, coverage=0.4, seed=2)


def test_matching_does_not_take_one_terrace_for_another(rng):
    """Edges cross the lines within a few of them, terraces fill whole lines in between."""
    y, x = np.indices((200, 200))
    for height in (0.3, 1.0):
        truth = height * np.floor((y + 0.04 * x) / 45)
        noisy = truth + 0.03 * rng.normal(size=truth.shape) + rng.normal(size=(200, 1))
        lines = (afmnn.level(noisy, "rows", rows="matching") - truth).mean(axis=1)
        assert np.ptp(lines) < 0.03


def test_facet_tilt_makes_facets_level_and_leaves_offsets(rng):
    """Steps along the line: a straight line through all of them would tilt each terrace."""
    x = np.arange(400) - 199.5
    truth = np.floor((np.arange(400) + 20) / 70) + np.zeros((30, 1))
    offsets, slopes = rng.normal(size=(30, 1)), 0.01 * rng.normal(size=(30, 1))
    z = truth + 0.005 * rng.normal(size=truth.shape) + offsets
    ours = afmnn.level(z + slopes * x, "rows", rows="facet_tilt")
    assert abs((ours - ours.mean()) - (z - z.mean())).max() < 0.03
    fitted = afmnn.level(z + slopes * x, "rows", rows="polynomial")
    assert abs(fitted - (z - z.mean(axis=1, keepdims=True))).max() > 1.0


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


@pytest.mark.parametrize("settings", OFFSETS)
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
    for settings in ({"rows": "median"}, *({"rows": "mode"}, *TOGETHER)):
        error = afmnn.level(noisy, "rows", **settings) - surface
        assert error.std() < 0.1 * (noisy - surface).std()


@every_method
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
    # Of a slope, half the length of a line multiplies what single precision rounds.
    assert_allclose(single, expected, rtol=0, atol=(3e-6 if settings.get("rows") == "facet_tilt" else 3e-7) * abs(bumps).max())
    integers = np.round(bumps * 1e11).astype(np.int16)
    assert_allclose(afmnn.level(integers, **settings), afmnn.level(integers.astype(float), **settings), rtol=0, atol=1e-9)
    assert_array_equal(bumps, kept)


@every_method
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
        ({"method": "poly"}, ValueError, "method must be one of 'plane', 'polynomial', 'facet', 'base', 'rows', got 'poly'"),
        ({"rows": "mean"}, ValueError, "rows must be one of 'median', .*'polynomial', got 'mean'"),
        ({"degree": -1}, ValueError, "degree must be at least 0, got -1"),
        ({"degree": 1.0}, TypeError, "degree must be an integer, got 1.0"),
        ({"trim": 0.6}, ValueError, "trim must lie between 0 and 0.5, got 0.6"),
        ({"method": "rows", "rows": "mode", "trim": -0.1}, ValueError, "trim must lie between 0 and 0.5, got -0.1"),
        ({"trim": "much"}, TypeError, "trim must be a real number"),
        (
            {"method": "rows", "rows": "facet_tilt", "mask": np.indices((4, 5)).sum(axis=0) % 2},
            ValueError,
            "image must have a line with two usable pixels side by side for a slope, got none",
        ),
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


# ---- the same bits everywhere -------------------------------------------------------------------------------------


def rough(shape, rng, masked, dtype=np.float64):
    """Heights with a tilt and offsets of the lines; with a mask, also missing pixels and lines that are left out."""
    z = (rng.normal(size=shape) + 0.05 * np.arange(shape[1]) + 3 * rng.normal(size=(shape[0], 1))).astype(dtype)
    if not masked:
        return z, None
    mask = rng.random(shape) < 0.7
    mask[1] = True
    mask[3:5] = mask[-1] = False
    z[1, 2] = z[6, 7:] = np.nan
    return z, mask


def by_twin(z, mask, method, rows="median", degree=1, trim=None):
    heights = z.astype(np.float64)
    used = ~np.isnan(heights) if mask is None else mask & ~np.isnan(heights)
    if method == "plane":
        return twin.plane(heights, used).astype(z.dtype)
    if rows == "polynomial":
        return twin.rows_polynomial(heights, used, degree).astype(z.dtype)
    if rows.startswith("trimmed"):
        trim = {"trimmed_mean": 0.05, "trimmed_difference": 0.25}[rows] if trim is None else trim
        return getattr(twin, f"rows_{rows}")(heights, used, trim).astype(z.dtype)
    return getattr(twin, f"rows_{rows}")(heights, used).astype(z.dtype)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(12, 9), (40, 53), (8, 4104), (300, 16)], ids=str)
@every_method
def test_agrees_with_the_twin_to_the_last_bit(settings, shape, dtype, masked, rng):
    z, mask = rough(shape, rng, masked, dtype)
    assert_array_equal(afmnn.level(z, mask=mask, **settings), by_twin(z, mask, **settings))


@pytest.mark.parametrize("masked", [False, True])
@every_method
def test_neither_threads_nor_memory_change_a_bit(settings, masked, rng, monkeypatch):
    z, mask = rough((400, 700), rng, masked)  # enough for five threads
    expected = afmnn.level(z, mask=mask, **settings)
    views = {
        "big-endian": z.astype(">f8"),
        "column by column": np.asfortranarray(z),
        "every second": np.repeat(np.repeat(z, 2, axis=0), 2, axis=1)[::2, ::2],
        "backwards": np.ascontiguousarray(z[::-1, ::-1])[::-1, ::-1],
        "unaligned": np.frombuffer(b"\0" + z.tobytes(), np.uint8)[1:].view(np.float64).reshape(z.shape),
    }
    masks = (
        [mask] if mask is None else [mask, mask.astype(np.float32) * 3, np.asfortranarray(mask), mask[:, ::-1].copy()[:, ::-1]]
    )
    for threads, (name, view) in enumerate(views.items(), start=1):
        monkeypatch.setattr(afmnn._threads, "_chosen", threads)
        assert_array_equal(afmnn.level(z, mask=mask, **settings), expected)
        for marks in masks:
            assert_array_equal(afmnn.level(view, mask=marks, **settings), expected, err_msg=name)
        across = afmnn.level(np.ascontiguousarray(z.T), axis=0, mask=None if mask is None else mask.T, **settings)
        if settings["method"] == "rows":
            assert_array_equal(across.T, expected)
    inverse = None if mask is None else ~mask
    assert_array_equal(afmnn.level(z, mask=inverse, mask_mode="exclude", **settings), expected)
    if settings["method"] == "plane":  # it has no axis
        assert_array_equal(afmnn.level(z, axis=0, mask=mask, **settings), expected)


# ---- what must not change the result ------------------------------------------------------------------------------


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("settings", [*METHODS, {"method": "rows", "rows": "polynomial", "degree": 3}], ids=str)
def test_a_large_offset_takes_nothing_from_the_relief(settings, masked, rng):
    relief = np.round(30 * rng.normal(size=(64, 64))) * 2.0**-33  # 3.5 nm, exact on top of a million, too
    mask = rng.random(relief.shape) < 0.7 if masked else None
    error = afmnn.level(1e6 + relief, mask=mask, **settings) - afmnn.level(relief, mask=mask, **settings)
    # A median between two heights is rounded where these are large; all else sees differences of heights, which are exact.
    assert abs(error).max() <= (np.spacing(1e6) if settings.get("rows") == "median" or len(settings) == 1 else 0.0)


@pytest.mark.parametrize("masked", [False, True])
@every_method
def test_height_and_unit_come_through(settings, masked, rng):
    """Level(a z + b) is a level(z): to the last bit where a is a power of two, but for rounding otherwise."""
    z, mask = rough((50, 70), rng, masked)
    expected = afmnn.level(z, mask=mask, **settings)
    for power in (-40, 13):
        assert_array_equal(afmnn.level(z * 2.0**power, mask=mask, **settings), expected * 2.0**power)
    assert_allclose(afmnn.level(1.7e-9 * z + 3e-9, mask=mask, **settings), 1.7e-9 * expected, rtol=0, atol=1e-14 * 1.7e-9 * 30)
    assert_allclose(afmnn.level(-z, mask=mask, **settings), -expected, rtol=0, atol=1e-14 * 30)


@pytest.mark.parametrize("masked", [False, True])
@every_method
def test_what_is_level_stays(settings, masked, rng):
    z, mask = rough((50, 70), rng, masked)
    once = afmnn.level(z, mask=mask, **settings)
    # Ten rounds leave a slope that is not quite the commonest: half a line multiplies their rounding.
    tolerance = 1e-14 * 30 * (10 if settings.get("rows") == "facet_tilt" else 1)
    assert_allclose(afmnn.level(once, mask=mask, **settings), once, rtol=0, atol=tolerance)


@pytest.mark.parametrize("masked", [False, True])
@every_method
def test_flips_of_the_image_flip_the_result(settings, masked, rng):
    z, mask = rough((50, 70), rng, masked)
    expected = afmnn.level(z, mask=mask, **settings)
    for flip in (np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1]):
        flipped = afmnn.level(z[flip], mask=None if mask is None else mask[flip], **settings)
        assert_allclose(flipped[flip], expected, rtol=0, atol=1e-14 * 30)


@every_method
def test_a_mask_of_everything_is_none(settings, rng):
    z, _ = rough((50, 70), rng, False)
    expected = afmnn.level(z, **settings)
    assert_array_equal(afmnn.level(z, mask=np.ones(z.shape), **settings), expected)
    assert_array_equal(afmnn.level(z, mask=np.zeros(z.shape, bool), mask_mode="exclude", **settings), expected)
    assert_array_equal(afmnn.level(z, mask=np.zeros(z.shape, bool), mask_mode="ignore", **settings), expected)


@pytest.mark.parametrize("settings", ALONE, ids=str)
def test_lines_know_nothing_of_each_other(settings, rng):
    """Of all bits of a line's result, none depends on other lines, unless it takes its correction from them."""
    z, mask = rough((40, 53), rng, True)
    whole = afmnn.level(z, "rows", mask=mask, **settings)
    for r in (0, 1, 20):
        assert_array_equal(afmnn.level(z[r : r + 1], "rows", mask=mask[r : r + 1], **settings)[0], whole[r])


@pytest.mark.parametrize("degree", [3, 5])
def test_a_few_pixels_side_by_side_determine_a_polynomial(degree, rng):
    """They lie in a corner of the line: as powers of the position along it, they would all be the same number."""
    x = np.arange(4000.0) - 3990
    z = np.polynomial.Polynomial(rng.normal(size=degree + 1))(x / 5)[None] + np.zeros((2, 1))
    mask = np.zeros(z.shape, bool)
    mask[:, 3988:] = True
    ours = afmnn.level(z, "rows", rows="polynomial", degree=degree, mask=mask)
    assert abs(ours[mask]).max() < 1e-12 * abs(z[mask]).max()
    assert abs(ours).max() < 1e-3 * abs(z).max()  # hundreds of spans away


def test_slanted_line_of_pixels_determines_the_slope_along_it():
    z = plane((60, 60), 5e-9, 2e-11, 4e-11)
    mask = np.eye(60, dtype=bool)
    ours = afmnn.level(z, mask=mask)
    assert abs(ours[mask]).max() < 1e-20
    assert_allclose(np.gradient(ours), np.array([-1e-11, 1e-11])[:, None, None] * np.ones((2, 60, 60)), rtol=0, atol=1e-20)


@every_method
def test_smallest_images(settings, rng):
    degree = 1 if settings.get("rows") == "facet_tilt" else settings.get("degree", 0)  # a slope needs two pixels
    z = rng.normal(size=(1, degree + 1))
    assert_allclose(afmnn.level(z, **settings), 0.0, atol=1e-13)
    z = np.repeat(z, 3, axis=0)
    assert_allclose(afmnn.level(z, **settings), 0.0, atol=1e-13)


@every_method
def test_heights_that_do_not_fit_any_more_are_refused(settings):
    z = np.full((30, 21), -3e38, np.float32)
    z[:, 10] = 3e38
    with pytest.raises(ValueError, match=r"image must have heights that float32 can still hold .* got -3e\+38 to 3e\+38"):
        afmnn.level(z, **settings)
    assert np.isfinite(afmnn.level(z.astype(np.float64), **settings)).all()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_can_be_interrupted():
    """A polynomial of this degree would take the better part of a minute."""

    class EnoughError(Exception):
        pass

    def enough(*_):
        raise EnoughError

    before = signal.signal(signal.SIGALRM, enough)
    z = np.zeros((3, 3000))
    began = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(EnoughError):
            afmnn.level(z, "rows", rows="polynomial", degree=2500)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 5


HEIGHTS = np.zeros((4, 5))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"image": HEIGHTS.astype(int)}, TypeError, "incompatible"),
        ({"image": HEIGHTS.astype(">f8")}, TypeError, "incompatible"),
        ({"image": HEIGHTS.astype(np.float32)}, TypeError, "incompatible"),  # out is float64
        ({"image": HEIGHTS[0]}, ValueError, "image must be two-dimensional"),
        ({"image": HEIGHTS[:0]}, ValueError, "image must be not empty"),
        ({"out": np.zeros((5, 4))}, ValueError, "out must be of the image's shape"),
        ({"out": np.broadcast_to(0.0, (4, 5))}, ValueError, "not writeable"),
        ({"mask": np.ones((4, 5))}, TypeError, "incompatible"),
        ({"mask": np.ones((5, 4), np.uint8)}, ValueError, "mask must be of the image's shape"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
        ({"method": "mean"}, ValueError, "method must be median, difference, trimmed_mean, .* facet_tilt or polynomial"),
        ({"degree": 5}, ValueError, "degree must be at least 0 and below the number of columns"),
        ({"degree": -1}, ValueError, "degree must be at least 0 and below the number of columns"),
        ({"trim": 0.51}, ValueError, "trim must be from 0 to 0.5"),
        ({"trim": np.nan}, ValueError, "trim must be from 0 to 0.5"),
    ],
)
def test_wrong_calls_of_the_core_are_refused(change, error, message):
    rows = {"image": HEIGHTS, "mask": None, "out": np.zeros((4, 5))}
    rows |= {"method": "polynomial", "degree": 2, "trim": 0.1, "threads": 1}
    assert _core.level_rows(**rows) == "done"
    with pytest.raises(error, match=message):
        _core.level_rows(**rows | change)
    shared = {name: rows[name] for name in ("image", "mask", "out", "threads")}
    assert _core.level_plane(**shared) == "done"
    if change.keys() <= shared.keys():
        with pytest.raises(error, match=message):
            _core.level_plane(**shared | change)
