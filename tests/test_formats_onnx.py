"""Networks as files of ONNX: what another program computes with them is what `apply` does."""

import sys

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import afmnn
from afmnn import formats, synth
from afmnn.errors import MissingExtraError
from afmnn.nn.digest import network_digest
from networks import COMPRESSING, LATER_COMPRESSING, fovea_network, some_network

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

pytestmark = pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")

SHAPES = [(1, 1), (1, 9), (9, 1), (2, 40), (3, 3), (37, 53), (13, 8), (150, 301), (5, 9000)]


@pytest.fixture
def run(tmp_path):
    """Write a network, and return what onnxruntime makes of images."""
    path = tmp_path / "net.onnx"

    def ready(network, **how):
        formats.onnx.write_network(network, path, **how)
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        return lambda image: session.run(None, {"heights": image})[0]

    return ready


def scan(shape, seed=1, noise=0.05):
    rng = np.random.default_rng(seed)
    large = tuple(max(n, 24) for n in shape)
    relief = synth.objects(large, radius=6, height=1.0, coverage=0.8, seed=seed)[: shape[0], : shape[1]]
    return relief + noise * rng.normal(size=shape) + np.add.outer(0.01 * np.arange(shape[0]), 0.003 * np.arange(shape[1]))


def assert_same(network, theirs, image, **how):
    ours = afmnn.apply(network, image, flips=False, **how)
    assert theirs.dtype == image.dtype
    size = max(np.ptp(image), np.abs(ours - image).max(), 1e-30)
    assert np.abs(theirs - ours).max() < 2e-5 * size


@pytest.mark.parametrize("name", ["universal", "universal-fine"])
def test_networks_of_the_package(run, name):
    network = afmnn.load(name)
    theirs = run(network, dtype=np.float64)
    for shape in SHAPES:
        image = scan(shape)
        ours, noise = afmnn.apply(network, image), network.measure(image).row_noise
        assert np.abs(theirs(image) - ours).max() < 1e-3 * noise  # of what changes by several noises
        if min(shape) > 2:
            assert np.abs(ours - image).max() > noise


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 1.5])
def test_heights_of_both_types_and_every_strength(run, dtype, strength):
    image = scan((60, 71)).astype(dtype)
    assert_same("universal", run("universal", dtype=dtype, strength=strength)(image), image, strength=strength)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 90), cols=st.integers(1, 90), seed=st.integers(0, 99))
def test_any_shape(tmp_path_factory, rows, cols, seed):
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    network = fovea_network(np.random.default_rng(seed), fovea=COMPRESSING)
    formats.onnx.write_network(network, path, dtype=np.float64)
    image = scan((rows, cols), seed)
    theirs = onnxruntime.InferenceSession(path).run(None, {"heights": image})[0]
    assert_same(network, theirs, image)


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
@pytest.mark.parametrize("window", [(1, 1), (5, 7), (4, 6), (27, 27)])
@pytest.mark.parametrize("hidden", [(6,), (5, 3)])
def test_plain_windows(run, rng, method, window, hidden):
    if method == "gwyddion" and len(hidden) > 1:
        pytest.skip("has one hidden layer")
    network = some_network(window, hidden, rng, method)
    theirs = run(network, dtype=np.float64)
    for shape in SHAPES:
        image = 2.5e-6 + 3e-9 * scan(shape)
        assert_same(network, theirs(image), image)


def test_stages_that_compress(run, rng):
    first = fovea_network(rng, fovea=COMPRESSING)
    network = fovea_network(rng, fovea=LATER_COMPRESSING, before=first)
    theirs = run(network, dtype=np.float64)
    for shape in SHAPES:
        assert_same(network, theirs(scan(shape)), scan(shape))


@pytest.mark.parametrize("make", [np.zeros, np.ones])
@pytest.mark.parametrize("network", ["universal", "plain", "gwyddion"])
def test_constant_images(run, rng, make, network):
    if network != "universal":
        network = some_network((5, 5), (4,), rng, "adam" if network == "plain" else "gwyddion")
    image = make((20, 30))
    np.testing.assert_allclose(run(network, dtype=np.float64)(image), afmnn.apply(network, image), rtol=1e-6, atol=1e-9)


def test_images_with_hardly_any_noise(run):
    """Where the least noise is a share of the spread of heights: quantiles of all pixels."""
    y, x = np.mgrid[:60, :80] / 7.0
    image = np.cos(x) + 0.3 * y + 1e-7 * np.random.default_rng(1).normal(size=y.shape)
    scaling = afmnn.load("universal").measure(image)
    assert scaling.row_noise == pytest.approx(1e-4 / scaling.in_factor)
    theirs, ours = run("universal", dtype=np.float64)(image), afmnn.apply("universal", image)
    assert np.abs(theirs - ours).max() < 1e-6 * np.ptp(image)


def test_offset_tilt_and_unit_make_no_difference(run):
    theirs = run("universal", dtype=np.float64)
    image = scan((70, 80))
    tilt = np.add.outer(0.3 * np.arange(70), -0.2 * np.arange(80))
    np.testing.assert_allclose(theirs(1e-9 * (image + tilt + 5)), 1e-9 * (theirs(image) + tilt + 5), rtol=0, atol=1e-14)


def test_what_is_in_the_file(tmp_path, rng):
    network = afmnn.load("universal")
    paths = [tmp_path / name for name in ("a.onnx", "b.onnx")]
    for path in paths:
        formats.onnx.write_network("universal", path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_size < 150_000
    model = onnx.load(paths[0])
    about = {each.key: each.value for each in model.metadata_props}
    assert about["afmnn_name"] == "universal"
    assert about["afmnn_sha256"] == network_digest(network)
    assert about["afmnn_extent"] == f"{network.extent[0]} x {network.extent[1]} pixels"
    assert about["afmnn_strength"] == "1"
    assert (model.producer_name, model.producer_version) == ("afmnn", afmnn.__version__)
    assert [each.name for each in model.graph.input] == ["heights"]
    assert [each.name for each in model.graph.output] == ["clean"]


def test_files_are_whole_or_not_at_all(tmp_path, rng):
    path = tmp_path / "net.onnx"
    path.write_text("something")
    with pytest.raises(FileExistsError):
        formats.onnx.write_network("universal", path, overwrite=False)
    assert path.read_text() == "something"
    with pytest.raises(OSError, match="none"):
        formats.onnx.write_network("universal", tmp_path / "none" / "net.onnx")
    assert sorted(tmp_path.iterdir()) == [path]


def test_what_is_refused(tmp_path, rng):
    path = tmp_path / "net.onnx"
    write = formats.onnx.write_network
    with pytest.raises(ValueError, match="dtype must be float32 or float64, got int16"):
        write("universal", path, dtype=np.int16)
    with pytest.raises(ValueError, match=r"strength must lie between 0 and 1\.5, got 2"):
        write("universal", path, strength=2.0)
    with pytest.raises(ValueError, match="strength must be 1 for networks that do not count"):
        write(some_network((3, 3), (2,), rng), path, strength=0.5)
    with pytest.raises(ValueError, match="network must have a plain window, or a fovea that compresses"):
        write(fovea_network(rng), path)
    with pytest.raises(TypeError, match=r"network must be an afmnn\.Network"):
        write(3, path)
    assert not path.exists()


def test_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"writing a network for ONNX needs the package 'onnx'.*\[onnx\]"):
        formats.onnx.write_network("universal", tmp_path / "net.onnx")
