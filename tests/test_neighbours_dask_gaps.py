"""Missing heights in dask arrays: what nan="keep" gives in memory, bit for bit."""

import numpy as np
import pytest

import afmnn
from networks import one_of_each_scaling, rough_scan

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

# Networks that nobody trained find everything unfamiliar.
pytestmark = [
    pytest.mark.filterwarnings("ignore::afmnn.errors.UnfamiliarImageWarning"),
    pytest.mark.usefixtures("two_dask_threads"),
]


NETWORKS = one_of_each_scaling(np.random.default_rng(6))
ROWS, COLS = 1800, 70


def scan(dtype=np.float32):
    return rough_scan((ROWS, COLS), dtype=dtype)


def pixels(image):
    """Single pixels, gaps of up to 17 in a row, and infinite heights."""
    rng = np.random.default_rng(1)
    for _ in range(300):
        row, col, length = rng.integers(ROWS), rng.integers(1, COLS - 20), rng.integers(1, 18)
        image[row, col : col + length] = np.nan
    image[700, 3], image[701, 4] = np.inf, -np.inf


def holes(image):
    """Holes that are higher than what is looked for, and as high, at edges, too; lines that are lost, next to other chunks."""
    image[300:820, 20:50] = np.nan  # 520 rows: the middle sees no end
    image[900:1156, 10:40] = np.nan  # 256
    image[1200:1457, 0:30] = np.nan  # 257, at an end of the rows
    image[620:640] = np.nan
    image[1250:1251] = np.nan


def edges(image):
    """A scan that was stopped, that begins late, and misses columns at both ends."""
    image[:37] = np.nan
    image[-530:] = np.nan
    image[:, :4] = np.nan
    image[:, -9:] = np.inf
    image[60, 30:60] = np.nan


def grid(image):
    """Pixels that are an even number of pixels apart hardly ever have both a height: other distances are tried."""
    rows, cols = np.indices(image.shape)
    image[(rows % 5 != 0) | (cols % 7 != 0)] = np.nan


def little(image):
    """So little is there that all of it is looked at."""
    kept = image[800:1050, 10:60].copy()
    image[:] = np.nan
    image[800:1050, 10:60] = kept
    image[900:905, 12:50] = np.nan


LOSSES = {loss.__name__: loss for loss in (pixels, holes, edges, grid, little)}


def lossy(loss, dtype=np.float32):
    image = scan(dtype)
    LOSSES[loss](image)
    return image


@pytest.mark.arithmetic
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", NETWORKS)
def test_gaps_are_filled_as_in_memory(name, loss):
    image = lossy(loss, np.float64 if name == "levelled" else np.float32)
    expected = afmnn.apply(NETWORKS[name], image, nan="keep")
    assert np.isfinite(expected).any()
    result = afmnn.apply(NETWORKS[name], da.from_array(image, chunks=(600, COLS)), nan="keep")
    assert result.numblocks == (3, 1)
    np.testing.assert_array_equal(result.compute(), expected)


@pytest.mark.parametrize("loss", ["holes", "edges"])
@pytest.mark.parametrize(
    "options", [{"border": "constant"}, {"border": "nearest"}, {"flips": True}, {"strength": 0.5}, {"strength": 0.0}], ids=str
)
def test_options_mean_what_they_mean_in_memory(options, loss):
    image = lossy(loss)
    expected = afmnn.apply(NETWORKS["row-noise"], image, nan="keep", **options)
    result = afmnn.apply(NETWORKS["row-noise"], da.from_array(image, chunks=(600, COLS)), nan="keep", **options)
    np.testing.assert_array_equal(result.compute(), expected)


def test_a_scale_that_is_given():
    image = lossy("edges")
    scaling = NETWORKS["levelled"].measure(scan())
    expected = afmnn.apply(NETWORKS["levelled"], image, nan="keep", scaling=scaling)
    result = afmnn.apply(NETWORKS["levelled"], da.from_array(image, chunks=(600, COLS)), nan="keep", scaling=scaling)
    np.testing.assert_array_equal(result.compute(), expected)
    nothing = np.full_like(image, np.nan)
    result = afmnn.apply(NETWORKS["levelled"], da.from_array(nothing, chunks=(600, COLS)), nan="keep", scaling=scaling)
    np.testing.assert_array_equal(result.compute(), nothing)


def test_chunks_become_whole_rows_and_that_is_said_once():
    image = lossy("holes")
    with pytest.warns(UserWarning, match="rechunked to .* whole rows") as caught:
        result = afmnn.apply(NETWORKS["levelled"], da.from_array(image, chunks=(100, 33)), nan="keep")
    assert len(caught) == 1
    assert result.numblocks[0] > 1
    np.testing.assert_array_equal(result.compute(), afmnn.apply(NETWORKS["levelled"], image, nan="keep"))


def test_without_gaps_it_is_the_same_as_without_the_option():
    image = scan()
    result = afmnn.apply(NETWORKS["stages"], da.from_array(image, chunks=(600, COLS)), nan="keep")
    np.testing.assert_array_equal(result.compute(), afmnn.apply(NETWORKS["stages"], image))


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_but_gaps_is_the_error_that_it_is_in_memory(name):
    image = np.full((ROWS, COLS), np.nan, np.float32)
    with pytest.raises(ValueError, match="finite pixel, got none") as expected:
        afmnn.apply(NETWORKS[name], image, nan="keep")
    with pytest.raises(ValueError, match="finite pixel, got none") as found:
        afmnn.apply(NETWORKS[name], da.from_array(image, chunks=(600, COLS)), nan="keep").compute()
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("width", [3, 16, 17, 18, 40])
def test_which_gaps_need_the_rows_around(width):
    from afmnn.neighbours.gaps import needs_rows_around

    for length in range(width + 1):
        for first in range(width - length + 1):
            heights = np.zeros((3, width))
            heights[1, first : first + length] = np.nan
            at_an_end = first == 0 or first + length == width
            assert needs_rows_around(heights) == (length > 0 and (length > 16 or at_an_end))
