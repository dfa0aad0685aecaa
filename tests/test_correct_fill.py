"""correct.fill(): Laplace's equation in holes of any shape, offsets of scan lines kept, the rest of the image untouched."""

import signal
import time

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

import afmnn
from afmnn import Image, _core
from afmnn._reference import fill as twin
from afmnn.correct import Correction, fill

TOLERANCE = 1e-6  # of the range of the heights around the holes


def solved(z, holes):
    """What a direct solver of sparse equations makes of the holes."""
    number = np.arange(z.size).reshape(z.shape)
    ends = [(number[:, 1:], number[:, :-1]), (number[1:], number[:-1])]
    a, b = (np.concatenate([pair[i].ravel() for pair in ends]) for i in (0, 1))
    neighbours = scipy.sparse.coo_matrix((np.ones(len(a)), (a, b)), (z.size, z.size))
    neighbours = neighbours + neighbours.T
    matrix = (scipy.sparse.diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours).tocsr()
    unknown = holes.ravel()
    heights = np.where(unknown, 0.0, z.ravel())
    result = heights.copy()
    result[unknown] = scipy.sparse.linalg.spsolve(matrix[unknown][:, unknown].tocsc(), -(matrix @ heights)[unknown])
    return result.reshape(z.shape)


def range_around(z, holes):
    return np.ptp(z[ndimage.binary_dilation(holes) & ~holes])


def shapes_of_holes(shape, rng):
    rows, cols = shape
    y, x = np.indices(shape)
    yield "half the columns", x < cols // 2
    yield "half the rows", y >= rows // 2
    yield "rows in the middle", (y > rows // 4) & (y < 3 * rows // 4)
    yield "first row", y == 0
    yield "last five columns", x >= cols - 5
    yield "frame", (x < 9) | (y < 9) | (x >= cols - 9) | (y >= rows - 9)
    yield "lines of one pixel", y % 4 == 1
    yield "slanted line", abs(x - y) < 1
    yield "broad slanted line", abs(x - y) < 5
    yield "cross that cuts the image in four", (x == cols // 2) | (y == rows // 2)
    yield "disc", (x - cols / 2) ** 2 + (y - rows / 2) ** 2 < (min(rows, cols) / 3) ** 2
    yield "chequers", (x + y) % 2 == 0
    yield "all but every fifth pixel", (x % 5 != 0) | (y % 5 != 0)
    yield "comb", (x % 7 != 0) | (y % 50 == 0)
    for share in (0.05, 0.5, 0.9, 0.99):
        yield f"{share} of the pixels", rng.random(shape) < share
    lone = np.ones(shape, bool)
    lone[rows // 3, cols // 3] = lone[-1, -1] = False
    yield "all but two pixels", lone


SHAPES = [(64, 64), (51, 90), (1, 200), (90, 1), (2, 33), (7, 3)]
NAMES = [name for name, _ in shapes_of_holes((64, 64), np.random.default_rng(0))]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_is_what_a_direct_solver_finds(shape, dtype, rng):
    z = (rng.normal(size=shape) + np.cumsum(rng.normal(size=shape), axis=1)).astype(dtype)
    tried = 0
    for name, holes in shapes_of_holes(shape, rng):
        if holes.all() or not holes.any():
            continue
        filled = fill(z, holes, rows="ignore")
        expected = solved(z.astype(np.float64), holes)
        rounding = (1e-12 + np.finfo(dtype).eps) * abs(z).max()  # of the solver, and of the result
        assert_allclose(filled, expected, rtol=0, atol=TOLERANCE * range_around(z, holes) + rounding, err_msg=name)
        assert_array_equal(filled[~holes], z[~holes])
        tried += 1
    assert tried >= 5


@pytest.mark.parametrize("name", NAMES)
def test_needs_few_cycles_for_holes_of_any_shape(name, rng):
    """The time is in proportion to the pixels because the number of cycles does not grow."""
    shape = (257, 300)
    holes = dict(shapes_of_holes(shape, rng))[name]
    z = rng.normal(size=shape)
    filled, info = fill(z, holes, rows="ignore", return_info=True)
    assert info.figures["cycles"] <= 25
    reach = range_around(z, holes)
    assert info.figures["error"] <= 1e-7 * reach
    inside = ndimage.correlate(filled, np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]), mode="constant")
    neighbours = ndimage.correlate(np.ones(shape), np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]), mode="constant")
    assert_allclose((inside / neighbours)[holes], filled[holes], rtol=0, atol=TOLERANCE * reach)


def test_rounding_keeps_nobody_waiting():
    """Of two heights at the ends of the range, in float32, a surface never comes to rest in its last places."""
    z = np.random.default_rng(0).standard_normal((1536, 1536), dtype=np.float32)
    holes = np.ones(z.shape, bool)
    holes[5, 5] = holes[-7, -9] = False
    _, info = fill(z, holes, rows="ignore", return_info=True)
    assert info.figures["cycles"] <= 25
    assert 0 < info.figures["error"] < 1e-6 * abs(z[5, 5] - z[-7, -9])


@pytest.mark.parametrize("rows", ["keep", "ignore"])
@pytest.mark.parametrize("axis", [1, 0])
def test_agrees_with_the_twin(axis, rows, rng):
    y, x = np.indices((40, 53))
    z = np.sin(x / 9.0) * np.cos(y / 7.0) + 0.05 * rng.normal(size=x.shape)
    z += rng.normal(size=(40, 1)) if axis == 1 else rng.normal(size=(1, 53))
    holes = ((x - 20) ** 2 + (y - 15) ** 2 < 40) | (rng.random(x.shape) < 0.05)
    holes[28:31] = holes[0] = True
    holes[:, 40:42] = True
    holes[10, :50] = True  # nearly nothing of the line is left
    expected = twin.fill(z, holes, axis, rows)
    assert_allclose(fill(z, holes, axis=axis, rows=rows), expected, rtol=0, atol=TOLERANCE * np.ptp(z))
    offsets = expected - twin.fill(z, holes, axis, "ignore")
    assert abs(offsets).max() > 0.3 or rows == "ignore"


def test_one_pixel_is_the_mean_of_its_neighbours(rng):
    z = rng.normal(size=(9, 9))
    for pixel, expected in (
        ((4, 4), (z[3, 4] + z[5, 4] + z[4, 3] + z[4, 5]) / 4),
        ((0, 4), (z[1, 4] + z[0, 3] + z[0, 5]) / 3),
        ((8, 0), (z[7, 0] + z[8, 1]) / 2),
    ):
        holed = z.copy()
        holed[pixel] = np.nan
        assert_allclose(fill(holed, rows="ignore")[pixel], expected, rtol=1e-15)


def test_a_plane_goes_on(rng):
    y, x = np.indices((60, 70))
    z = 3e-9 * x - 2e-9 * y + 4e-6
    holes = (x > 5) & (x < 60) & (y > 10) & (y < 50)
    for rows in ("keep", "ignore"):
        assert_allclose(fill(z, holes, rows=rows), z, rtol=0, atol=TOLERANCE * np.ptp(z))


# ---- offsets of scan lines ------------------------------------------------------------------------------------------


def test_a_stretch_keeps_the_offset_of_its_own_line(rng):
    """The line lies 30 higher than its neighbours; half of it is marked."""
    z = 0.1 * rng.normal(size=(40, 200))
    z[20] += 30
    holes = np.zeros(z.shape, bool)
    holes[20, 50:150] = True
    assert abs(fill(z, holes)[20, 50:150] - 30).max() < 0.5
    assert abs(fill(z, holes, rows="ignore")[20, 90:110]).max() < 0.5
    assert abs(fill(z.T, holes.T, axis=0)[50:150, 20] - 30).max() < 0.5


def test_lines_with_nothing_left_lie_between_their_neighbours(rng):
    z = np.repeat([0.0, 12.0], [20, 20])[:, None] + 0.01 * rng.normal(size=(40, 100))
    holes = np.zeros(z.shape, bool)
    holes[18:22] = True
    for rows in ("keep", "ignore"):
        filled = fill(z, holes, rows=rows)
        assert_allclose(filled[18:22].mean(axis=1), [2.4, 4.8, 7.2, 9.6], rtol=0, atol=0.05)
    holes[:22] = True
    assert_allclose(fill(z, holes)[:22].mean(axis=1), 12, rtol=0, atol=0.05)


def test_what_covers_less_than_half_of_a_line_is_no_offset(rng):
    """A step edge along the lines on 40 % of them: beside it, nothing may rise."""
    y, x = np.indices((60, 200))
    z = 10.0 * ((y >= 30) & (x < 80)) + 0.05 * rng.normal(size=y.shape)
    holes = (abs(y - 30) < 5) & (x > 120) & (x < 160)
    assert abs(fill(z, holes)[holes]).max() < 0.5


def test_a_smooth_surface_moves_no_line(rng):
    y, x = np.indices((100, 120))
    z = np.sqrt(np.maximum(60.0**2 - (x - 60) ** 2 - (y - 50) ** 2, 0)) + 0.01 * rng.normal(size=y.shape)
    holes = (x - 60) ** 2 + (y - 50) ** 2 < 15**2
    assert abs(fill(z, holes) - fill(z, holes, rows="ignore")).max() < 0.1


def test_few_pixels_are_no_reason_for_offsets(rng):
    """Known pixels here and there: lines compared by a few of them would jump by the height of the surface."""
    y, x = np.indices((80, 80))
    z = np.sin(x / 10) * np.sin(y / 10)
    holes = rng.random(z.shape) > 0.1
    error = {rows: np.std((fill(z, holes, rows=rows) - z)[holes]) for rows in ("keep", "ignore")}
    assert error["keep"] < 1.2 * error["ignore"] < 0.2


# ---- what is filled, and what is not --------------------------------------------------------------------------------


def test_missing_pixels_are_filled_with_and_without_mask(rng):
    z = rng.normal(size=(30, 40))
    z[3:6, 7:20] = np.nan
    holes = np.isnan(z)
    mask = np.zeros(z.shape)
    mask[20, 5:9] = 2.0
    mask[25, 5:9] = 0.5  # not marked
    assert_array_equal(fill(z), fill(z, holes))
    both = fill(z, mask)
    assert np.isfinite(both).all()
    assert_array_equal(both, fill(z, holes | (mask >= 1)))
    marked = fill(z, mask, missing=False)
    assert_array_equal(marked, np.where(holes, np.nan, both))
    assert_array_equal(fill(z, missing=False), z)
    heights_below = z.copy()
    heights_below[20, 5:9] = 1e6
    assert_array_equal(fill(heights_below, mask), both)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_to_fill_changes_nothing(dtype, rng):
    z = rng.normal(size=(20, 30)).astype(dtype)
    z[3, 4] = -0.0
    for mask in (None, np.zeros(z.shape, bool)):
        filled, info = fill(z, mask, return_info=True)
        assert filled is not z
        assert filled.tobytes() == z.tobytes()
        assert not info.mask.any()
        assert info.figures == {"filled": 0.0, "cycles": 0.0, "error": 0.0}


def test_says_what_was_done(rng):
    z = rng.normal(size=(30, 40)).astype(np.float32)
    z[3:6, 7:20] = np.nan
    mask = np.zeros(z.shape, bool)
    mask[20, 5:9] = True
    kept = z.copy()
    image = Image(z, size=(3e-6, 4e-6), unit_xy="m", unit_z="m", title="Height")
    filled, info = fill(image, Image(mask.astype(float)), return_info=True)
    assert_array_equal(z, kept)
    assert isinstance(filled, Image)
    assert isinstance(info, Correction)
    assert (filled.size, filled.unit_z, filled.title, filled.dtype) == (image.size, "m", "Height", np.float32)
    assert_array_equal(filled.data, fill(z, mask))
    assert_array_equal(info.mask, mask | np.isnan(z))
    assert info.figures["filled"] == np.count_nonzero(info.mask)
    assert 0 < info.figures["error"] < 1e-6 * np.nanmax(abs(z))
    assert_array_equal(np.isnan(info.removed.data), np.isnan(z))
    assert_allclose((z - info.removed.data)[~np.isnan(z)], filled.data[~np.isnan(z)], rtol=1e-6)
    only = fill(z, mask, missing=False, return_info=True)[1]
    assert_array_equal(only.mask, mask)
    integers = np.arange(24).reshape(4, 6)
    assert fill(integers, integers == 9).dtype == np.float64
    assert_allclose(fill(integers, integers == 9, rows="ignore")[1, 3], 9.0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rows": "median"}, ValueError, "rows must be one of 'keep', 'ignore', got 'median'"),
        ({"axis": 2}, ValueError, "axis must be 0 or 1, got 2"),
        ({"missing": 1}, TypeError, "missing must be True or False, got 1"),
        ({"return_info": "no"}, TypeError, "return_info must be True or False, got 'no'"),
        ({"threads": 0}, ValueError, "threads must be at least 1, got 0"),
        ({"mask": np.ones((3, 3))}, ValueError, r"mask must have the shape of image \(4, 5\), got \(3, 3\)"),
        ({"mask": np.full((4, 5), np.nan)}, ValueError, "mask must be finite"),
        ({"mask": np.ones((4, 5))}, ValueError, "image must have pixels that are neither missing nor marked"),
        ({"image": np.full((4, 5), np.nan)}, ValueError, "image must have pixels that are neither missing nor marked"),
        ({"image": np.full((1, 1), np.nan)}, ValueError, "image must have pixels that are neither missing nor marked"),
        ({"image": np.full((4, 5), np.inf)}, ValueError, "image must not have infinite heights"),
        ({"image": np.full((4, 5), -np.inf), "mask": np.ones((4, 5))}, ValueError, "image must not have infinite heights"),
        ({"image": np.zeros(5)}, ValueError, "image must be two-dimensional"),
        ({"image": np.zeros((0, 5))}, ValueError, "image must not be empty"),
        ({"image": np.zeros((4, 5), complex)}, TypeError, "image must be an array of real numbers"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        fill(**({"image": np.zeros((4, 5))} | arguments))


def test_constant_and_smallest_images():
    z = np.full((12, 9), 7.25e-9)
    holes = np.zeros(z.shape, bool)
    holes[2:9, 1:8] = True
    assert_array_equal(fill(z, holes), z)
    assert_array_equal(fill(np.array([[3.5]])), [[3.5]])
    assert_array_equal(fill(np.array([[3.5, np.nan]])), [[3.5, 3.5]])
    assert_array_equal(fill(np.array([[np.nan], [3.5]])), [[3.5], [3.5]])
    assert_allclose(fill(np.array([[0.0, np.nan, np.nan, 3.0]])), [[0, 1, 2, 3]], rtol=0, atol=3e-6)


def test_heights_of_any_size():
    """Squares of heights may be too large or too small for a number, and still."""
    z = np.array([[1.0, 2, 4, 1], [1, 0, 0, 3], [2, 0, 0, 5], [1, 2, 2, 1]])
    holes = np.zeros(z.shape, bool)
    holes[1:3, 1:3] = True
    expected = fill(z, holes)
    for dtype, powers in ((np.float64, (-1030, -400, 900, 1020)), (np.float32, (-130, 120))):
        for power in powers:
            assert_allclose(fill((z * 2.0**power).astype(dtype), holes), expected * 2.0**power, rtol=1e-6)
    far = np.where(z > 1, 1.7e308, -1.7e308)
    with pytest.raises(ValueError, match="image must have heights that float64 can hold when they are filled"):
        fill(far, holes)


# ---- the same bits everywhere ---------------------------------------------------------------------------------------


def rough(shape, rng, dtype=np.float64):
    z = rng.normal(size=shape) + 0.05 * np.arange(shape[1]) + 3 * rng.normal(size=(shape[0], 1))
    y, x = np.indices(shape)
    mask = (rng.random(shape) < 0.05) | ((x - shape[1] // 2) ** 2 + (y - 200) ** 2 < 120**2) | (abs(y - 30) < 3)
    z[50, 7:300] = np.nan
    return z.astype(dtype), mask


@pytest.mark.parametrize("axis", [1, 0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neither_threads_nor_memory_change_a_bit(dtype, axis, rng):
    z, mask = rough((400, 700), rng, dtype)  # enough for five threads
    expected = fill(z, mask, axis=axis, threads=1)
    views = {
        "big-endian": z.astype(z.dtype.newbyteorder(">")),
        "column by column": np.asfortranarray(z),
        "every second": np.repeat(np.repeat(z, 2, axis=0), 2, axis=1)[::2, ::2],
        "backwards": np.ascontiguousarray(z[::-1, ::-1])[::-1, ::-1],
        "unaligned": np.frombuffer(b"\0" + z.tobytes(), np.uint8)[1:].view(dtype).reshape(z.shape),
    }
    masks = [mask, mask.astype(np.float32) * 3, np.asfortranarray(mask), mask[:, ::-1].copy()[:, ::-1]]
    for threads, (name, view) in enumerate(views.items(), start=1):
        assert_array_equal(fill(z, mask, axis=axis, threads=threads), expected)
        for marks in masks:
            assert_array_equal(fill(view, marks, axis=axis, threads=threads), expected, err_msg=name)
    assert expected.flags.c_contiguous


def test_axes_are_alike(rng):
    z, mask = rough((300, 350), rng)
    atol = TOLERANCE * np.nanmax(abs(z)) * 2
    assert_allclose(fill(z.T, mask.T, axis=0).T, fill(z, mask), rtol=0, atol=atol)
    for flip in (np.s_[::-1], np.s_[:, ::-1]):
        assert_allclose(fill(z[flip], mask[flip])[flip], fill(z, mask), rtol=0, atol=atol)


@pytest.mark.parametrize("rows", ["keep", "ignore"])
def test_height_and_unit_come_through(rows, rng):
    z, mask = rough((300, 350), rng)
    expected = fill(z, mask, rows=rows)
    for power in (-40, 13):
        assert_array_equal(fill(z * 2.0**power, mask, rows=rows), expected * 2.0**power)
    atol = 2 * TOLERANCE * np.nanmax(abs(z))
    assert_allclose(fill(1.7e-9 * z + 3e-9, mask, rows=rows), 1.7e-9 * expected + 3e-9, rtol=0, atol=1.7e-9 * atol)
    assert_allclose(fill(-z, mask, rows=rows), -expected, rtol=0, atol=atol)


@pytest.mark.parametrize("rows", ["keep", "ignore"])
def test_a_tilt_comes_through_where_holes_do_not_touch_the_edge(rows, rng):
    z, mask = rough((300, 350), rng)
    mask[:80] = mask[[0, -1]] = mask[:, [0, -1]] = False
    z[50] = 0.0
    y, x = np.indices(z.shape)
    tilt = 0.3 * x - 0.7 * y
    atol = TOLERANCE * np.ptp(z + tilt) * 2
    assert_allclose(fill(z + tilt, mask, rows=rows), fill(z, mask, rows=rows) + tilt, rtol=0, atol=atol)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_can_be_interrupted():
    class EnoughError(Exception):
        pass

    def enough(*_):
        raise EnoughError

    z = np.zeros((3000, 3000), np.float32)
    z[0, 0] = 1.0
    mask = np.ones(z.shape, bool)
    mask[0, 0] = mask[2000, 2000] = False
    before = signal.signal(signal.SIGALRM, enough)
    began = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(EnoughError):
            fill(z, mask)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 5


HEIGHTS = np.zeros((4, 5))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"image": HEIGHTS.astype(int)}, TypeError, "incompatible"),
        ({"image": HEIGHTS.astype(np.float32)}, TypeError, "incompatible"),  # out is float64
        ({"image": HEIGHTS[0]}, ValueError, "image must be two-dimensional"),
        ({"image": HEIGHTS[:0]}, ValueError, "image must be not empty"),
        ({"out": np.zeros((5, 4))}, ValueError, "out must be of the image's shape"),
        ({"out": np.zeros((5, 4)).T}, TypeError, "incompatible"),
        ({"out": np.broadcast_to(0.0, (4, 5)).copy()[:, ::-1]}, TypeError, "incompatible"),
        ({"mask": np.ones((4, 5))}, TypeError, "incompatible"),
        ({"mask": np.ones((5, 4), np.uint8)}, ValueError, "mask must be of the image's shape"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
        ({"axis": 2}, ValueError, "axis must be 0 or 1"),
    ],
)
def test_wrong_calls_of_the_core_are_refused(change, error, message):
    call = {"image": HEIGHTS, "mask": None, "out": np.zeros((4, 5)), "keep_offsets": True, "axis": 1, "threads": 1}
    assert _core.fill(**call)[0] == "done"
    with pytest.raises(error, match=message):
        _core.fill(**call | change)


def test_is_found_in_the_package():
    assert afmnn.correct.fill is fill
    assert "fill" in afmnn.correct.__all__
