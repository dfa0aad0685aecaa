"""level() on dask arrays of several chunks: what the array in memory gives, bit for bit."""

import warnings

import numpy as np
import pytest

import afmnn

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

pytestmark = pytest.mark.usefixtures("two_dask_threads")


def scan(dtype=np.float32, missing=False):
    rng = np.random.default_rng(3)
    rows, cols = np.indices((230, 170))
    image = (1e-9 * (rng.normal(size=rows.shape) + 0.03 * rows - 0.07 * cols + 900)).astype(dtype)
    if missing:
        image[rng.random(image.shape) < 0.1] = np.nan
        image[50:120] = np.nan  # all of a chunk
    return image


MASK = np.random.default_rng(4).random((230, 170)) < 0.3
MASK[90:130] = False


@pytest.mark.arithmetic
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mask": MASK},
        {"mask": MASK, "mask_mode": "exclude"},
        {"mask": MASK, "mask_mode": "ignore", "axis": 0},
        {"method": "rows"},
        {"method": "rows", "rows": "trimmed_mean", "trim": 0.2},
        {"method": "rows", "rows": "mode", "mask": MASK, "mask_mode": "ignore"},
    ],
    ids=lambda options: "-".join(str(v) for k, v in options.items() if k != "mask") or "plane",
)
def test_chunks_are_levelled_as_in_memory(options, dtype, missing):
    image = scan(dtype, missing)
    expected = afmnn.level(image, **options)
    assert not np.array_equal(expected, image, equal_nan=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing becomes one piece
        result = afmnn.level(da.from_array(image, chunks=(60, 50)), **options)
    assert result.numblocks == (4, 1)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result.compute(), expected)


def test_integers_and_turned_arrays():
    image = np.random.default_rng(5).integers(-900, 900, (120, 130), dtype=np.int16)
    np.testing.assert_array_equal(afmnn.level(da.from_array(image, chunks=50)).compute(), afmnn.level(image))
    image = scan().T
    np.testing.assert_array_equal(afmnn.level(da.from_array(scan(), chunks=60).T).compute(), afmnn.level(image))


@pytest.mark.parametrize("options", [{"method": "facet"}, {"method": "rows", "rows": "matching"}, {"mask": "auto"}], ids=str)
def test_what_needs_the_whole_image_is_done_in_one_piece(options):
    image = scan()
    with pytest.warns(UserWarning, match="rechunked to one piece"):
        result = afmnn.level(da.from_array(image, chunks=(60, 170)), **options)
    np.testing.assert_array_equal(result.compute(), afmnn.level(image, **options))


def test_each_chunk_is_read_twice_for_a_plane_and_not_before_it_is_computed():
    count = []

    def read(block):
        count.append(block.shape)
        return block

    array = da.from_array(scan(), chunks=(60, 170)).map_blocks(read, meta=np.empty((0, 0), np.float32))
    result = afmnn.level(array)
    assert count == []
    result.compute()
    assert len(count) == 8


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "plain"}, "method must be one of"),
        ({"mask": np.ones((3, 3))}, "mask must have the shape"),
        ({"mask_mode": "all"}, "mask_mode must be one of"),
        ({"method": "rows", "rows": "trimmed_mean", "trim": 0.7}, "trim must lie between"),
        ({"axis": 2}, "axis must be 0 or 1"),
        ({"degree": -1}, "degree must be at least 0"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(options, text):
    with pytest.raises(ValueError, match=text):
        afmnn.level(da.zeros((99, 99), chunks=50), **options)


def test_heights_that_cannot_be_levelled_are_the_errors_of_memory():
    image = scan()
    image[200, 7] = np.inf
    for bad in (image, np.full_like(image, np.nan)):
        with pytest.raises(ValueError, match="image must") as expected:
            afmnn.level(bad)
        with pytest.raises(ValueError, match="image must") as found:
            afmnn.level(da.from_array(bad, chunks=60)).compute()
        assert str(found.value) == str(expected.value)
