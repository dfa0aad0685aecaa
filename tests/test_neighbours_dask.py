"""Arrays of dask through apply, clean, level and evaluate: what the array in memory gives, bit for bit."""

import os
import subprocess
import sys

import numpy as np
import pytest

import afmnn
from networks import one_of_each_scaling
from networks import rough_scan as scan

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

# Networks that nobody trained find everything unfamiliar.
pytestmark = [
    pytest.mark.filterwarnings("ignore::afmnn.errors.UnfamiliarImageWarning"),
    pytest.mark.usefixtures("two_dask_threads"),
]


NETWORKS = one_of_each_scaling(np.random.default_rng(5)) | {"universal": "universal"}


@pytest.mark.arithmetic
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NETWORKS)
def test_apply_in_chunks_is_apply_in_memory(name, dtype):
    image = scan((140, 370), dtype=dtype)
    expected = afmnn.apply(NETWORKS[name], image)
    assert not np.array_equal(expected, image)
    result = afmnn.apply(NETWORKS[name], da.from_array(image, chunks=(80, 190)))
    assert isinstance(result, da.Array)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result.compute(), expected)


@pytest.mark.parametrize("name", ["robust", "row-noise", "stages"])
@pytest.mark.parametrize(
    "options",
    [
        {"border": "nearest"},
        {"border": "constant"},
        {"border": "constant", "cval": 2e-9},
        {"flips": True},
        {"scale_output": True},
    ],
    ids=str,
)
def test_options_mean_what_they_mean_in_memory(name, options):
    image = scan((150, 180))
    expected = afmnn.apply(NETWORKS[name], image, **options)
    result = afmnn.apply(NETWORKS[name], da.from_array(image, chunks=(80, 90)), **options)
    np.testing.assert_array_equal(result.compute(), expected)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    "image",
    [
        scan((100, 90)),  # looked at in whole
        np.round(scan((220, 230), dtype=np.float64), 9),  # heights that are there many times
        np.zeros((200, 200), np.float32),
        np.where(np.indices((200, 200)).sum(0) % 40, np.float32(0), np.float32(1)),  # one height nearly everywhere
        scan((220, 230)) + np.float32(1.0),  # rounded to few values by a large offset
        np.arange(40000, dtype=np.int16).reshape(200, 200),
        scan((240, 200))[::-1, ::-1].T,
    ],
    ids=["small", "rounded", "constant", "flat", "offset", "integers", "strides"],
)
def test_the_scale_is_that_of_the_array_in_memory(name, image):
    from afmnn.neighbours.lazy import measured
    from afmnn.nn.network import as_network

    network = as_network("network", NETWORKS[name])
    heights = image if image.dtype == np.float32 else image.astype(np.float64)
    assert measured(network, da.from_array(heights, chunks=(64, 70)), 0).compute() == network.measure(image)


def test_chunks_that_are_too_small_are_joined_and_that_is_said_once():
    image = scan((120, 130))
    with pytest.warns(UserWarning, match="rechunked") as caught:
        result = afmnn.apply(NETWORKS["levelled"], da.from_array(image, chunks=((3, 1, 50, 66), (100, 5, 25))))
    assert len(caught) == 1
    np.testing.assert_array_equal(result.compute(), afmnn.apply(NETWORKS["levelled"], image))


def test_arrays_that_were_rechunked_before():
    image = scan((220, 230))
    array = da.from_array(image, chunks=(10, 230)).rechunk((110, 60)).rechunk((110, 115))
    np.testing.assert_array_equal(afmnn.apply(NETWORKS["row-noise"], array).compute(), afmnn.apply(NETWORKS["row-noise"], image))


def test_images_of_a_stack_are_done_one_by_one():
    stack = np.stack([scan((64, 70), seed) for seed in range(3)])
    array = da.from_array(stack, chunks=(2, 32, 70))
    for name, options in (("apply", {"network": NETWORKS["row-noise"]}), ("clean", {}), ("level", {"method": "plane"})):
        function = getattr(afmnn, name)
        expected = np.stack([function(image=image, **options) for image in stack])
        result = function(image=array, **options)
        assert isinstance(result, da.Array)
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result.compute(), expected)


def test_evaluate_has_the_figures_of_the_array_in_memory():
    noisy, ideal = scan((64, 70)), scan((64, 70), dtype=np.float64) * 0.9
    lazy = afmnn.evaluate("universal", (da.from_array(noisy, chunks=32), da.from_array(ideal, chunks=32)))
    assert lazy["rms_error_after"] == afmnn.evaluate("universal", (noisy, ideal))["rms_error_after"]


def test_nothing_is_read_before_it_is_computed():
    def fail(_):
        raise AssertionError("read")

    array = da.zeros((200, 200), chunks=100, dtype=np.float32).map_blocks(fail, meta=np.empty((0, 0), np.float32))
    result = afmnn.apply(NETWORKS["row-noise"], array)
    with pytest.raises(AssertionError, match="read"):
        result.compute()


def test_pixels_that_are_missing_are_named_with_their_place():
    image = scan((200, 220))
    image[150, 130] = np.nan
    with pytest.raises(ValueError, match=r"finite, got nan at \(row, column\) = \(150, 130\)"):
        afmnn.apply(NETWORKS["row-noise"], da.from_array(image, chunks=100)).compute()


@pytest.mark.parametrize(
    ("array", "options", "error", "text"),
    [
        (lambda: da.zeros(9, chunks=3), {}, ValueError, "two-dimensional"),
        (lambda: da.zeros((9, 0)), {}, ValueError, "empty"),
        (lambda: da.from_array(np.full((9, 9), "a")), {}, TypeError, "real numbers"),
        (lambda: da.zeros((9, 9), dtype=complex), {}, TypeError, "real numbers"),
        (lambda: da.ones((99, 9), chunks=9)[da.ones(99, chunks=9) > 0], {}, ValueError, "known sizes"),
        (lambda: da.zeros((99, 99), chunks=50), {"border": "average"}, ValueError, "border must not be 'average'"),
        (lambda: da.zeros((99, 99), chunks=50), {"out": np.zeros((99, 99))}, ValueError, "out must be left out"),
        (lambda: da.zeros((99, 99), chunks=50), {"fast_axis": "x"}, ValueError, "fast_axis must be left out"),
        (lambda: da.zeros((99, 99), chunks=50), {"border": "wrap"}, ValueError, "border must be"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(array, options, error, text):
    with pytest.raises(error, match=text):
        afmnn.apply(NETWORKS["robust"], array(), **options)


def test_fast_axis_is_for_arrays_with_names_of_dimensions():
    with pytest.raises(ValueError, match="fast_axis must be left out"):
        afmnn.level(np.eye(9), fast_axis="x")


def test_the_network_is_one_node_of_the_graph():
    array = da.from_array(scan((400, 400)), chunks=100)
    graph = dict(afmnn.apply(NETWORKS["row-noise"], array).__dask_graph__())
    assert sum(str(key).startswith("afmnn-network-") for key in graph) == 1


def test_nothing_of_it_is_imported_without_being_asked_for():
    code = "import sys, numpy, afmnn; afmnn.level(numpy.eye(9)); print({'dask', 'xarray', 'zarr', 'h5py'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "set()"


def test_a_worker_that_is_killed_costs_its_tasks_and_not_the_run(tmp_path):
    distributed = pytest.importorskip("distributed")
    image = scan((600, 500))
    once = str(tmp_path / "once")

    def die_once(block, block_info=None):
        if block_info[0]["chunk-location"] == (3, 2) and not os.path.exists(once):
            open(once, "w").close()
            os._exit(1)
        return block

    source = da.from_array(image, chunks=100).map_blocks(die_once, dtype=np.float32, meta=np.empty((0, 0), np.float32))
    with (
        distributed.LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        distributed.Client(cluster) as client,
    ):
        result = client.compute(afmnn.apply(NETWORKS["row-noise"], source)).result(timeout=120)
    assert os.path.exists(once)
    np.testing.assert_array_equal(result, afmnn.apply(NETWORKS["row-noise"], image))
