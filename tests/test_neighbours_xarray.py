"""DataArrays of xarray through apply, clean, level and evaluate: coordinates, attributes and name come out as they went in."""

import numpy as np
import pytest

import afmnn
from networks import COMPRESSING, fovea_network

xr = pytest.importorskip("xarray")

# Networks that nobody trained find everything unfamiliar.
pytestmark = pytest.mark.filterwarnings("ignore::afmnn.errors.UnfamiliarImageWarning")

NETWORK = fovea_network(np.random.default_rng(5), fovea=COMPRESSING)


def heights(shape=(60, 80), seed=0):
    return np.random.default_rng(seed).normal(size=shape).cumsum(1) + np.arange(shape[0])[:, None] * 0.1


def scan(dims=("y", "x"), data=None, **attrs):
    data = heights() if data is None else data
    coords = {dim: (dim, np.linspace(0, 5, n, endpoint=False), {"units": "µm"}) for dim, n in zip(dims, data.shape, strict=True)}
    coords["pressure"] = 3.0
    return xr.DataArray(data, dims=dims, coords=coords, name="topography", attrs={"units": "nm", "operator": "N. N.", **attrs})


CALLS = {
    "apply": lambda image, **options: afmnn.apply(NETWORK, image, **options),
    "clean": lambda image, **options: afmnn.clean(image, NETWORK, **options),
    "level": lambda image, **options: afmnn.level(image, "rows", **options),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_comes_out_has_the_labels_of_what_went_in(call):
    array = scan()
    before = array.copy(deep=True)
    result = call(array)
    xr.testing.assert_identical(array, before)
    np.testing.assert_array_equal(result.values, call(heights()))
    xr.testing.assert_identical(result.copy(data=before.values), before)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("dims", "options", "turned"),
    [
        (("y", "x"), {}, False),
        (("x", "y"), {}, True),
        (("slow", "fast"), {}, False),
        (("Fast", "Slow"), {}, True),
        (("column", "line"), {}, True),
        (("row", "other"), {}, False),
        (("a", "b"), {}, False),
        (("a", "b"), {"fast_axis": "a"}, True),
        (("y", "x"), {"fast_axis": "y"}, True),
    ],
)
def test_lines_are_where_the_names_of_dimensions_say(call, dims, options, turned):
    array = scan(dims)
    result = call(array, **options)
    assert result.dims == dims
    expected = call(heights().T).T if turned else call(heights())
    assert not np.array_equal(call(heights().T).T, call(heights()))
    np.testing.assert_array_equal(result.values, expected)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_stacks_and_arrays_of_dask(call):
    stack = np.stack([heights(seed=seed) for seed in range(2)], axis=1)  # (y, time, x)
    array = xr.DataArray(stack, dims=("y", "time", "x"), attrs={"units": "nm"})
    expected = np.stack([call(stack[:, i]) for i in range(2)], axis=1)
    result = call(array)
    assert result.dims == array.dims
    np.testing.assert_array_equal(result.values, expected)
    pytest.importorskip("dask.array")
    lazy = call(array.chunk({"time": 1}))
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy.values, expected)


def test_dask_backed_images_are_done_in_parts():
    pytest.importorskip("dask.array")
    data = heights((250, 260))
    lazy = afmnn.apply(NETWORK, scan(data=data).chunk({"y": 100, "x": 130}))
    assert lazy.chunks == ((100, 100, 50), (130, 130))
    np.testing.assert_array_equal(lazy.values, afmnn.apply(NETWORK, data))
    assert lazy.attrs == scan().attrs


def test_evaluate_knows_units_of_attributes():
    noisy, ideal = scan(), scan(data=heights() * 0.9)
    found = afmnn.evaluate(NETWORK, (noisy, ideal))
    of_images = afmnn.evaluate(NETWORK, (afmnn.Image(noisy.values, unit_z="nm"), afmnn.Image(ideal.values, unit_z="nm")))
    for name in ("rms_error_before", "rms_error_after"):
        assert found[name] == of_images[name]


def test_units_of_the_network_are_looked_at():
    noisy = afmnn.Image(heights(), (1.0, 1.0), "m", "m")
    net = afmnn.train(noisy, noisy.replace(data=0.3 * heights()), method="gwyddion", window=3, hidden=2, steps=2, seed=0)
    in_metres, in_nanometres = afmnn.apply(net, scan(units="m")), afmnn.apply(net, scan(units="nm", data=1e9 * heights()))
    np.testing.assert_allclose(in_nanometres.values, 1e9 * in_metres.values, rtol=1e-5)
    with pytest.raises(ValueError, match="furlong"):
        afmnn.apply(net, scan(units="furlong"))


@pytest.mark.parametrize(
    ("array", "options", "error", "text"),
    [
        (lambda: xr.DataArray(np.zeros(9), dims="x"), {}, ValueError, "two dimensions"),
        (lambda: xr.DataArray(np.zeros((0, 9, 9))), {}, ValueError, "empty"),
        (scan, {"fast_axis": "z"}, ValueError, "fast_axis must be one of the dimensions"),
        (lambda: scan(units=3), {}, TypeError, "must be text"),
        (lambda: scan(unit="pm"), {}, ValueError, "one unit"),
        (lambda: xr.DataArray(np.full((9, 9), "a")), {}, (TypeError, ValueError), "image must be"),
        (scan, {"out": np.zeros((60, 80))}, ValueError, "out must be left out"),
    ],
)
def test_what_is_wrong_is_said(array, options, error, text):
    with pytest.raises(error, match=text):
        afmnn.apply(NETWORK, array(), **options)


def test_only_the_image_may_be_one():
    with pytest.raises(TypeError, match="mask must be an array of NumPy"):
        afmnn.level(heights(), mask=scan())
    with pytest.raises(TypeError, match="network must be"):
        afmnn.apply(scan(), scan())
