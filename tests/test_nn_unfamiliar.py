"""What is said of images that are unlike those that a network was trained on."""

import dataclasses
import warnings

import numpy as np
import pytest

import afmnn
from afmnn import synth
from afmnn.nn.marks import FURTHEST_LEARNED
from afmnn.nn.scaling import Scaling
from afmnn.nn.unfamiliar import highest_features, line_statistics, middle_of, statistics_range
from networks import fovea_network, some_network

SHAPE = (128, 128)


def said(net, image, **settings):
    """What apply() warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        afmnn.apply(net, image, **settings)
    assert all(w.category is afmnn.UnfamiliarImageWarning and w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


def ground(seed, shape=SHAPE):
    return synth.noise(shape, rms=0.1e-9, seed=seed) + synth.line_steps(shape, rms=0.2e-9, seed=seed + 1)


def caps(height, shape=SHAPE, count=3, radius=8):
    """Few spherical caps on a flat ground."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    places = np.random.default_rng(1).integers(20, min(shape) - 20, (count, 2))
    distance = np.min([np.hypot(y - a, x - b) for a, b in places], axis=0)
    return height * np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, None))


@pytest.fixture
def seeing(rng):
    """A network that knows what pairs of the default scene are like."""
    scene = synth.default_scene(shape=SHAPE)
    net = fovea_network(rng)
    pairs = [scene.pair(index, seed=3)[0] for index in range(16)]
    return dataclasses.replace(net, training={"seen": statistics_range([(noisy, net.measure(noisy)) for noisy in pairs])})


def test_few_high_features_are_told(seeing):
    for height in (0.5e-9, 1e-9, 4e-9):
        assert said(seeing, caps(height) + ground(5)) == []
    for height in (20e-9, -50e-9):
        (message,) = said(seeing, caps(height) + ground(5))
        assert message.startswith("the image has higher or deeper features than the network was trained on: ")
        low, high = seeing.training["seen"]["heights"]
        spreads = highest_features(caps(height) + ground(5), seeing.measure(caps(height) + ground(5)), 1)
        assert f"{spreads:.3g} times its spread of heights from the median, trained on {low:.3g} to {high:.3g}" in message
        assert 40 < spreads < abs(height) / 0.1e-9
    # Also in a corner of a large scan, of which the noise is measured in the middle.
    large = ground(5, (900, 1100))
    large[:128, :128] += caps(50e-9)
    assert len(said(seeing, large)) == 1


def test_a_spike_is_no_feature(seeing):
    image = caps(1e-9) + ground(5)
    image[30, 40] = 50e-9
    image[70:72, 11] = -50e-9
    assert said(seeing, image) == []


def test_ordinary_images_are_not_told(seeing):
    """Of the kind that was seen; levelled row by row, which leaves no steps; terraces, a grating, particles."""
    scene = synth.default_scene(shape=SHAPE)
    told = sum(bool(said(seeing, scene.pair(index, seed=99)[0])) for index in range(40))
    assert told <= 3  # by chance
    surfaces = [
        synth.pattern_staircase(SHAPE, period=30.0, height=1.0, seed=1),
        synth.pattern_grating(SHAPE, period=20.0, height=3.0, seed=1),
        synth.particles(SHAPE, radius=7.0, coverage=0.3, relax_steps=100, seed=1) / 7.0,
    ]
    for surface in surfaces:
        noise = 0.05 * np.std(surface) * synth.noise(SHAPE, rms=1.0, seed=2)
        image = surface + noise + synth.line_steps(SHAPE, rms=0.1 * np.std(surface), seed=3)
        assert said(seeing, image) == []
        assert said(seeing, afmnn.level(image, "rows", rows="difference")) == []


def test_an_image_is_warned_of_once(seeing):
    calm = dataclasses.replace(seeing, training={"seen": {"noise": [0.01, 0.02], "row_steps": [0.0, 0.1], "heights": [2.0, 3.0]}})
    (message,) = said(calm, caps(50e-9) + ground(5))
    for what in ("more noise from pixel to pixel", "more steps from row to row", "higher or deeper features"):
        assert f"the image has {what}" in message
    # Rows that were levelled have next to no steps: that says nothing.
    rough = dataclasses.replace(
        seeing, training={"seen": {"noise": [0.01, 2.0], "row_steps": [0.5, 0.6], "heights": [2.0, 30.0]}}
    )
    assert said(rough, synth.noise(SHAPE, rms=1.0, seed=1)) == []


@pytest.mark.parametrize("mark", [-9999.0, 1e10])
def test_marks_for_missing_pixels_are_told(mark, seeing, rng):
    image = 1e-9 * rng.normal(size=SHAPE)
    plain = said(seeing, image)
    image[3, 7] = mark
    for net in (seeing, some_network((5, 5), (3,), rng)):
        (message,) = said(net, image)
        assert "times its spread from the median: it spoils all pixels whose window holds it; missing pixels" in message
    image[3, 7] = np.nan
    assert said(seeing, image, nan="keep") == plain
    assert said(seeing, np.where(np.isnan(image), mark, image), scaling=seeing.measure(image)) == []  # a tile: told of the whole


def test_missing_lines_hide_nothing(seeing):
    """Noise is measured in the middle of what is there."""
    calm = dataclasses.replace(seeing, training={"seen": {"noise": [0.01, 0.02]}})
    image = synth.noise((300, 400), rms=1e-9, seed=1)
    stopped = np.full((1500, 400), np.nan)
    stopped[:300] = image
    assert said(calm, stopped, nan="keep") == said(calm, image) != []


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_networks_of_pairs_know_what_they_have_seen(method):
    def pair(seed, rms=10e-9):
        ideal = synth.objects(SHAPE, kind="half_sphere", radius=10, height=100e-9, coverage=0.8, radius_spread=0.2, seed=seed)
        return ideal + synth.noise(SHAPE, rms=rms, seed=seed) + synth.line_steps(SHAPE, rms=1.5 * rms, seed=seed + 9), ideal

    net = afmnn.train(*pair(1), window=7, hidden=3, steps=2, seed=0, method=method)
    for seed in (2, 3, 4):
        noisy, ideal = pair(seed)
        assert said(net, noisy) == said(net, noisy + 7) == []
        in_training = "the 264 × 10⁻⁹ that the network was trained on: it gives all images heights like those it was trained on"
        assert [text[-len(in_training) :] for text in said(net, 1e3 * noisy)] == [in_training] * (method == "gwyddion")
        (message,) = said(net, noisy + synth.noise(SHAPE, rms=300e-9, seed=1))
        assert "more noise from pixel to pixel" in message
        (message,) = said(net, ideal + synth.noise(SHAPE, rms=0.5e-9, seed=1))
        assert "less noise from pixel to pixel" in message
        rough = noisy + np.random.default_rng(seed).normal(0.0, 80e-9, (len(noisy), 1)) + synth.noise(SHAPE, rms=20e-9, seed=2)
        (message,) = said(net, rough)
        assert "more steps from row to row" in message
    # Several images make a range, and so do those that a network had seen before.
    both = afmnn.train([pair(1)[0], pair(2, 5e-9)[0]], [pair(1)[1], pair(2)[1]], window=7, hidden=3, steps=1, seed=0)
    low, high = both.training["seen"]["noise"]
    assert high > 1.6 * low
    more = afmnn.train(*pair(3, 40e-9), init=both, steps=1, seed=0)
    assert more.training["seen"]["noise"][0] == low
    assert more.training["seen"]["noise"][1] > 2 * high


def test_what_was_seen_survives_a_file(tmp_path, rng):
    noisy = rng.normal(size=(30, 40))
    net = afmnn.train(noisy, 0.3 * noisy, window=3, hidden=2, steps=1, seed=0)
    net.save(tmp_path / "net.npz")
    assert afmnn.load(tmp_path / "net.npz").training["seen"] == net.training["seen"]
    assert set(net.training["seen"]) == {"noise", "row_steps", "heights"}
    tiny = afmnn.train(noisy[:2], 0.3 * noisy[:2], window=(1, 3), hidden=2, steps=1, seed=0)
    assert set(tiny.training["seen"]) == {"noise", "heights"}
    scaling = Scaling("robust", 0.0, 1.0, 0.0, 1.0)
    assert line_statistics(middle_of(np.full((3, 3), np.nan)), scaling) == {}
    assert statistics_range([(np.full((3, 3), np.nan), scaling)]) == {}


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_mark_is_told_also_where_a_tilt_hides_it(seeing, sign):
    """Before the plane is taken off, no height lies as far away as the mark does after."""
    limit = FURTHEST_LEARNED / seeing.measure(ground(5)).in_factor
    tilted = sign * 0.8 * limit * np.add.outer(np.linspace(0, 0.5, 128), np.linspace(0, 0.5, 128)) + ground(5)
    assert said(seeing, tilted) == []
    tilted[-1, -1] = -sign * 0.5 * limit
    assert np.abs(tilted).max() < limit
    (message,) = said(seeing, tilted)
    assert "it spoils all pixels whose window holds it" in message


def test_scans_on_their_side_are_told(seeing, rng):
    net = some_network((5, 5), (3,), rng)
    for surface in (
        synth.particles(SHAPE, radius=7.0, coverage=0.3, relax_steps=100, seed=1) / 7.0,
        synth.pattern_staircase(SHAPE, period=30.0, height=1.0, seed=1),
        synth.pattern_grating(SHAPE, period=20.0, height=2.0, angle=0.3, seed=1),
    ):
        scan = surface + 0.02 * synth.noise(SHAPE, rms=1.0, seed=2) + synth.line_steps(SHAPE, rms=0.15, seed=3)
        for each in (net, seeing):
            assert not any("run along the columns" in text for text in said(each, scan))
            (message,) = said(each, scan.T)
            assert (
                "line defects run along the columns of the image, not along its rows: steps from column to column are 0."
                in message
            )
        holed = scan.T.copy()
        holed[:, 40:43] = holed[60:70] = np.nan
        (message,) = said(net, holed, nan="keep")
        assert "run along the columns" in message


@pytest.mark.parametrize("period", [4.0, 6.0, 9.0, 17.0, 40.0])
@pytest.mark.parametrize("name", ["grating", "staircase", "rings", "amphitheatre"])
def test_grooves_down_the_image_are_no_defects(name, period, rng):
    net = some_network((3, 3), (2,), rng)
    for spread in (0.0, 0.3):
        surface = getattr(synth, f"pattern_{name}")(SHAPE, period=period, height=1.0, position_spread=spread, seed=3)
        for noise in (0.01, 0.1):
            image = surface + noise * synth.noise(SHAPE, rms=1.0, seed=5)
            for level in (image, afmnn.level(image, "rows"), afmnn.level(image.T, "rows", rows="difference").T):
                assert not any("along the columns" in text for text in said(net, level))


def test_classic_networks_give_the_heights_they_were_trained_on_in_the_unit_of_the_image(rng):
    """Which are those of the target, whatever the unit: an `Image` in nm is no image that is 1e9 times as high."""
    heights = synth.objects((48, 48), kind="half_sphere", radius=6, height=100e-9, seed=1)
    noisy = afmnn.Image(heights + 5e-9 * rng.normal(size=heights.shape), (1e-6, 1e-6), "m", "m")
    net = afmnn.train(noisy, heights, window=5, hidden=2, steps=3, seed=0, method="gwyddion")
    clean = afmnn.apply(net, noisy)
    for unit, power in (("nm", 9), ("µm", 6), ("Å", 10), ("m", 0)):
        image = noisy.replace(data=noisy.data * 10.0**power, unit_z=unit)
        for options in ({}, {"scale_output": True}, {"border": "average"}, {"scaling": net.measure(image)}):
            expected = afmnn.apply(net, noisy, **(options if "scaling" not in options else {}))
            result = afmnn.apply(net, image, **options)
            assert result.unit_z == unit
            np.testing.assert_allclose(result.in_base_units().data, expected.data, rtol=1e-9)
        assert afmnn.evaluate(net, (image, image))["rms_removed"][0] == pytest.approx(
            afmnn.evaluate(net, (noisy, noisy))["rms_removed"][0], rel=1e-9
        )
    for unit in ("V", "deg"):
        for call in (lambda image: afmnn.apply(net, image), net.measure):
            with pytest.raises(ValueError, match=f"image must have heights in m for this network, .* got the unit '{unit}'"):
                call(noisy.replace(unit_z=unit))
    for image in (noisy.data, noisy.replace(unit_z="")):  # of which nobody knows the unit
        np.testing.assert_array_equal(np.asarray(afmnn.apply(net, image)), clean.data)
    (message,) = said(net, noisy.data * 1e9)
    assert "times the 146 × 10⁻⁹ that the network was trained on: it gives all images heights like" in message
    (message,) = said(net, noisy.replace(data=noisy.data * 100))
    assert message.startswith("the image has a range of heights of ")
    assert "µm, 100 times the " in message


def test_networks_of_gwyddion_are_in_base_units(tmp_path, rng):
    heights = 1e-7 * rng.random((30, 30))
    net = afmnn.train(heights, 0.5 * heights, window=5, hidden=2, steps=2, seed=0, method="gwyddion")
    for name, powers, factor in (("z", {}, 1e9), ("fixed", {"zunitpower": 0, "outunits": "V"}, 1.0)):
        path = tmp_path / name
        afmnn.formats.gwyddion.write_network(dataclasses.replace(net, units=powers), path)
        read = afmnn.formats.gwyddion.read_network(path)
        clean = afmnn.apply(read, afmnn.Image(heights, (1.0, 1.0), "µm", "m"))
        other = afmnn.apply(read, afmnn.Image(1e9 * heights, (1.0, 1.0), "µm", "nm"))
        assert (clean.unit_z, other.unit_z) == (("m", "nm") if factor > 1 else ("V", "V"))
        np.testing.assert_allclose(other.data, factor * clean.data, rtol=1e-9)
    # Trained on arrays: their unit is taken to be that of the image.
    np.testing.assert_array_equal(afmnn.apply(net, afmnn.Image(heights, unit_z="nm")).data, afmnn.apply(net, heights))


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_pixels_of_quite_another_size_are_told(method, rng):
    heights = rng.normal(size=(40, 40))
    image = afmnn.Image(heights, (1e-6, 1e-6), "m", "m")
    net = afmnn.train(image, 0.5 * heights, window=5, hidden=2, steps=1, seed=0, method=method)
    for size, unit in ((5e-6, "m"), (0.2, "µm"), (9000, "nm"), (0.03, ""), (30e-6, "V")):
        assert said(net, image.replace(size=(size, size), unit_xy=unit)) == []
    for size, unit, words in (
        (20e-6, "m", "500 nm, 20 times"),
        (40.0, "nm", "1 nm, 0.04 times"),
        (0.04, "µm", "1 nm, 0.04 times"),
    ):
        (message,) = said(net, image.replace(size=(size, size), unit_xy=unit))
        assert message.startswith(f"the image has pixels of {words} those of 25 nm that the network was trained on")
