"""clean(): level, apply, put the plane back; what was removed, and the verdict on it."""

import dataclasses
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn.evaluation.figures import FIGURES
from afmnn.nn.digest import network_digest

#: Nothing is looked for: the network alone.
OFF = {"jumps": "off", "lines": "off", "scars": "off", "spikes": "off"}
SIZE = {"size": (2e-6, 3e-6), "unit_xy": "m", "unit_z": "m"}


def surface(shape, seed=1):
    return afmnn.synth.particles(shape, pixel_size=20e-9, radius=0.15e-6, coverage=0.4, seed=seed)


def tilt(shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return 3e-9 * y - 2e-9 * x + 4e-6


def scan(shape, seed=1):
    """A tilted scan with noise and steps between its lines, in m."""
    defects = afmnn.synth.noise(shape, rms=15e-9, seed=seed + 100) + afmnn.synth.line_steps(shape, rms=10e-9, seed=seed + 200)
    return surface(shape, seed) + defects + tilt(shape)


@pytest.fixture(scope="module")
def net():
    shape = (96, 96)
    ideal = surface(shape, 7)
    noisy = ideal + afmnn.synth.noise(shape, rms=15e-9, seed=8) + afmnn.synth.line_steps(shape, rms=10e-9, seed=9)
    return afmnn.train(noisy, ideal, window=11, hidden=4, steps=40, batch=256, seed=0)


def test_the_plane_is_put_back_by_default_and_left_off_where_asked(net):
    image = scan((64, 96))
    flat = afmnn.level(image, "plane")
    cleaned = afmnn.apply(net, flat)
    assert_allclose(afmnn.clean(image, net, **OFF), cleaned + (image - flat), rtol=0, atol=1e-20)
    assert_array_equal(afmnn.clean(image, net, level="plane", **OFF), cleaned)
    assert_array_equal(afmnn.clean(image, net, level="rows", **OFF), afmnn.apply(net, afmnn.level(flat, "rows")))


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.5])
def test_strength_is_that_of_apply(strength):
    image = scan((64, 96))
    flat = afmnn.level(image, "plane")
    cleaned, info = afmnn.clean(image, strength=strength, level="plane", return_info=True, **OFF, border="nearest")
    expected = afmnn.apply("universal", flat, strength=strength, border="nearest")
    assert_allclose(cleaned, expected, rtol=0, atol=1e-4 * np.ptp(flat))
    assert info.done["settings"]["strength"] == strength
    assert np.any(info.residual) == (strength > 0)


def test_it_is_nearer_to_the_surface_than_the_scan(net):
    image = scan((64, 96))
    ideal = surface(image.shape) + tilt(image.shape)
    assert np.std(afmnn.clean(image, net) - ideal) < 0.85 * np.std(image - ideal)


@pytest.mark.parametrize("level", [None, "plane", "rows"])
def test_residual_is_what_was_removed_beside_the_plane(net, level):
    image = scan((40, 50))
    cleaned, info = afmnn.clean(image, net, level=level, return_info=True, **OFF)
    start = image if level is None else afmnn.level(image)
    assert_allclose(info.residual, start - cleaned, rtol=0, atol=1e-20)
    assert_allclose(info.figures["rms_removed"], np.sqrt(np.mean(info.residual**2)), rtol=1e-9)


def test_figures_and_verdict_are_those_of_evaluate(net):
    image = afmnn.Image(scan((64, 96)), **SIZE)
    cleaned, info = afmnn.clean(image, net, return_info=True, **OFF)
    expected = afmnn.evaluate(net, afmnn.level(image))
    found = {name: float(expected[name][0]) for name in FIGURES}
    assert dict(info.figures) == pytest.approx(found, rel=1e-6, nan_ok=True)
    assert info.verdict == expected.verdicts[0]
    assert isinstance(cleaned, afmnn.Image)
    assert isinstance(info.residual, afmnn.Image)
    assert (cleaned.size, cleaned.unit_z, info.residual.unit_z) == (image.size, "m", "m")


def test_unit_with_a_prefix_stays_and_figures_are_in_the_base_unit(net):
    metres = afmnn.Image(scan((40, 50)), **SIZE)
    nanometres = metres.replace(data=1e9 * metres.data, unit_z="nm")
    expected, of_metres = afmnn.clean(metres, net, return_info=True)
    cleaned, info = afmnn.clean(nanometres, net, return_info=True)
    assert cleaned.unit_z == "nm"
    assert_allclose(cleaned.data, 1e9 * expected.data, rtol=1e-6)
    assert info.figures["rms_removed"] == pytest.approx(of_metres.figures["rms_removed"], rel=1e-5)
    assert 1e-9 < info.figures["rms_removed"] < 1e-7


def test_neither_what_is_given_nor_its_type_changes(net):
    image = scan((30, 40)).astype(np.float32)
    kept = image.copy()
    for level in (None, "plane", "rows"):
        assert afmnn.clean(image, net, level=level).dtype == np.float32
    assert_array_equal(image, kept)
    assert afmnn.clean(np.arange(100).reshape(10, 10), net).dtype == np.float64


def test_missing_pixels_stay_missing_or_are_refused(net):
    image = scan((30, 40))
    image[3, 4:9], image[20, 7] = np.nan, np.inf
    cleaned, info = afmnn.clean(image, net, return_info=True)
    assert_array_equal(np.isnan(cleaned), ~np.isfinite(image))
    assert_array_equal(np.isnan(info.residual), ~np.isfinite(image))
    assert info.figures["rms_removed"] > 0
    with pytest.raises(ValueError, match=r"got 6 values that are not.*\(3, 4\)"):
        afmnn.clean(image, net, nan="raise")
    with pytest.raises(ValueError, match=r"must have pixels that are neither NaN nor masked, got none"):
        afmnn.clean(np.full((9, 9), np.nan), net)


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (3, 3), (5, 5), (6, 40)])
def test_small_images_are_cleaned_and_judged(net, shape):
    image = np.random.default_rng(3).normal(size=shape)
    cleaned, info = afmnn.clean(image, net, return_info=True)
    assert cleaned.shape == shape
    assert np.isfinite(cleaned).all()
    assert info.verdict.level in ("fine", "look", "do not use")


def test_constant_image_comes_back(net):
    cleaned, info = afmnn.clean(np.full((20, 20), 5.0), net, return_info=True)
    assert_array_equal(cleaned, 5.0)
    assert (info.verdict.level, info.verdict.because) == ("fine", "nothing was removed")


def test_network_that_eats_the_sample_is_not_to_be_used():
    scaling = afmnn.Scaling("robust", 0.0, 1.0, 0.0, 1.0)
    weights = (np.zeros((1, 10)), np.zeros((1, 2)))
    nothing = afmnn.Network(window=(3, 3), layers=weights, scaling=scaling, linear=np.zeros((3, 3)))
    image = scan((64, 64))
    _, info = afmnn.clean(afmnn.Image(image, **SIZE), nothing, return_info=True)
    assert info.verdict.level == "do not use"


def test_what_was_done_is_plain_and_names_the_network(net):
    image = scan((32, 32))
    _, info = afmnn.clean(image, net, level="rows", return_info=True)
    assert json.loads(json.dumps(info.done)) == info.done
    assert info.done["corrections"] == ["plane", "jumps", "lines", "scars", "spikes", "rows", "network"]
    assert info.done["network"]["digest"] == network_digest(net)
    ways = dict.fromkeys(OFF, "mend")
    assert info.done["settings"] == {"level": "rows", "border": "reflect", "nan": "keep", **ways, "strength": 1.0}
    _, info = afmnn.clean(image, net, return_info=True, **OFF)
    assert info.done["corrections"] == ["plane", "network"]
    assert not {"mended", "notes"} & set(info.done)
    assert info.done["afmnn"] == afmnn.__version__


def test_network_by_its_file(net, tmp_path):
    net.save(tmp_path / "net.npz")
    image = scan((32, 32))
    cleaned, info = afmnn.clean(image, str(tmp_path / "net.npz"), return_info=True)
    assert_array_equal(cleaned, afmnn.clean(image, net))
    assert info.done["network"] == {"name": str(tmp_path / "net.npz"), "digest": network_digest(net)}


def test_digest_tells_networks_apart_but_not_their_records(net, tmp_path):
    net.save(tmp_path / "net.npz")
    assert network_digest(afmnn.load(tmp_path / "net.npz")) == network_digest(net)
    assert network_digest(dataclasses.replace(net, training={"name": "other"}, history={})) == network_digest(net)
    first = net.layers[0].copy()
    first[0, 0] = np.nextafter(first[0, 0], np.float32(9))
    changed = [
        dataclasses.replace(net, layers=(first, *net.layers[1:])),
        dataclasses.replace(net, linear=None),
        dataclasses.replace(net, units={"unit_z": "V"}),
        dataclasses.replace(net, training={"flips_averaged": True}),
        dataclasses.replace(net, scaling=dataclasses.replace(net.scaling, out_shift=1.0)),
    ]
    assert len({network_digest(each) for each in (net, *changed)}) == 6


def test_progress_and_threads(net):
    image, seen = scan((50, 50)), []
    one = afmnn.clean(image, net, threads=1, progress=lambda done, rows: seen.append((done, rows)))
    assert_array_equal(one, afmnn.clean(image, net, threads=2))
    assert seen[-1] == (50, 50)


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"level": "median"}, ValueError, "level must be one of 'plane', 'rows', got 'median'"),
        ({"nan": "drop"}, ValueError, "nan must be one of 'keep', 'raise', got 'drop'"),
        ({"jumps": "drop"}, ValueError, "jumps must be one of 'mend', 'keep', 'off', got 'drop'"),
        ({"scars": True}, ValueError, "scars must be one of 'mend', 'keep', 'off', got True"),
        ({"border": "wrap"}, ValueError, "border must be one of"),
        ({"strength": 2}, ValueError, "strength must lie between 0 and 1.5, got 2"),
        ({"strength": 0.5}, ValueError, "strength must be 1 for networks that do not count in the noise"),
        ({"return_info": 1}, TypeError, "return_info must be True or False, got 1"),
        ({"network": 3}, TypeError, "network must be an afmnn.Network, or the name or the file of one, got int"),
        ({"image": np.zeros((2, 2, 2))}, ValueError, "image must be two-dimensional"),
        ({"image": "scan.gwy"}, TypeError, "image must be an array of real numbers"),
    ],
)
def test_bad_arguments_are_named(net, keywords, error, message):
    with pytest.raises(error, match=message):
        afmnn.clean(**{"image": np.zeros((9, 9)), "network": net, **keywords})


def test_network_that_gives_another_unit_is_refused(net, data):
    other = afmnn.formats.gwyddion.read_network(data / "train-5x5-h3.gwynet")
    volts = dataclasses.replace(other, units={**other.units, "outunits": "V", "zunitpower": 0})
    with pytest.raises(ValueError, match="network must give heights in the unit of the image, got 'V' of an image in 'm'"):
        afmnn.clean(afmnn.Image(scan((30, 30)), **SIZE), volts)
