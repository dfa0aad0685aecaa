"""Units: prefixes, and texts that look the same."""

import numpy as np
import pytest

import afmnn
from afmnn import _units, metrics, tips
from afmnn._text import prefix, quantity
from afmnn.image import check_pair

LOOK_ALIKE = [
    ("\u00b5m", "\u03bcm"),
    ("\u00c5", "\u212b"),
    ("\u00c5", "A\u030a"),
    ("\u2126", "\u03a9"),
    ("k\u2126", "kOhm"),
    ("m", " m "),
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKE)
def test_units_that_look_the_same_are_the_same(one, other, rng):
    assert one != other
    assert _units.same(one, other)
    scan = afmnn.Image(rng.normal(size=(20, 20)), (1.0, 1.0), one, one)
    slow = afmnn.Image(rng.normal(size=(20, 20)), (1.0, 1.0), other, other)
    check_pair(scan, slow)
    net = afmnn.train(scan, slow, window=5, hidden=2, steps=1, seed=0)
    assert afmnn.evaluate(net, (scan, slow))["rms_error_before"] > 0
    tips.tip_dilation(scan, slow.replace(data=-np.hypot(*np.ogrid[-1:1:20j, -1:1:20j]))[:19, :19].replace(size=(0.95, 0.95)))
    tips.tip_model("paraboloid", radius=1.0, image=scan.replace(unit_z=other))


@pytest.mark.parametrize(
    ("one", "other"), [("m", "M"), ("nm", "µm"), ("", "m"), ("mV", "V"), ("deg", "°"), ("mm", "m"), ("a.u.", "au")]
)
def test_other_units_are_not(one, other):
    assert not _units.same(one, other)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("nm", ("m", -9)),
        ("fm", ("m", -15)),
        ("µV", ("V", -6)),
        ("mm", ("m", -3)),
        ("cm", ("m", -2)),
        ("m", ("m", 0)),
        ("Pa", ("Pa", 0)),
        ("hPa", ("Pa", 2)),
        ("GPa", ("Pa", 9)),
        ("pA", ("A", -12)),
        ("Å", ("m", -10)),
        ("nN/m", ("N/m", -9)),
        ("N/m", ("N/m", 0)),
        ("pm/V", ("m/V", -12)),
        ("nN/nm", ("N/m", 0)),
        ("mT", ("T", -3)),
        ("ms", ("s", -3)),
        ("mrad", ("rad", -3)),
        ("meV", ("eV", -3)),
        ("kOhm", ("Ω", 3)),
        (" nm ", ("m", -9)),
        # what nobody knows, or could be read in two ways
        ("", ("", 0)),
        ("kT", ("kT", 0)),
        ("Gs", ("Gs", 0)),
        ("min", ("min", 0)),
        ("px", ("px", 0)),
        ("nm^2", ("nm^2", 0)),
        ("nm m", ("nm m", 0)),
        ("n", ("n", 0)),
        ("M", ("M", 0)),
        ("counts", ("counts", 0)),
        ("°C", ("°C", 0)),
        ("dBm", ("dBm", 0)),
        ("m/m/m", ("m/m/m", 0)),
        ("/m", ("/m", 0)),
        ("NM", ("NM", 0)),
        ("nanometer", ("nanometer", 0)),
    ],
)
def test_base_unit_and_power(unit, expected):
    assert _units.split(unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (17.3, "nm", "17.3 nm"),
        (1500.0, "nm", "1.5 µm"),
        (0.02, "nm", "20 pm"),
        (999.6, "nm", "1 µm"),
        (0.0, "nm", "0 nm"),
        (3.0, "Å", "300 pm"),
        (-2500.0, "mV", "-2.5 V"),
        (2e-12, "m/V", "2 pm/V"),
        (12.0, "deg", "12 deg"),
        (1e-30, "nm", "1 × 10⁻³⁰ nm"),
        (float("nan"), "nm", "nan nm"),
    ],
)
def test_quantities_change_their_prefix(value, unit, text):
    assert quantity(value, unit) == text
    size, name = prefix(value, unit)
    if value and np.isfinite(value):
        power = _units.split(unit)[1] - _units.split(name)[1]
        assert size == pytest.approx(10.0**-power)


def surface(unit, factor, rng, xy="µm"):
    return afmnn.Image(rng.normal(size=(24, 30)) / factor, (3.0, 3.75), xy, unit)


def test_images_of_different_prefixes_meet_in_base_units():
    nm, metres = (
        surface(unit, factor, np.random.default_rng(seed)) for seed, (unit, factor) in enumerate([("nm", 1e-9), ("m", 1.0)])
    )
    both = nm.in_base_units()
    assert (both.unit_z, both.unit_xy) == ("m", "m")
    np.testing.assert_allclose(both.size, (3e-6, 3.75e-6))
    for measure in (
        metrics.rms_error, metrics.psnr, metrics.mean_bias, metrics.largest_bias, metrics.ssim, metrics.spectrum_change,
        metrics.height_loss, metrics.relief_loss, metrics.feature_residual, metrics.edge_excess,
        lambda a, b: metrics.step_heights(a, reference=b),
    ):  # fmt: skip
        for one, other, expected in ((nm, metres, (both, metres)), (metres, nm, (metres, both))):
            np.testing.assert_allclose(measure(one, other), measure(*(image.data for image in expected)), rtol=1e-9)
    assert metrics.rms_error(nm, nm + 1.0) == pytest.approx(1.0)  # of one unit alone, the numbers are what they are


def test_pairs_are_converted():
    rng = np.random.default_rng(0)
    nm = surface("nm", 1e-9, rng)
    ideal = nm.replace(data=0.5 * nm.data)
    settings = {"window": 5, "hidden": 2, "steps": 2, "seed": 1}
    first = afmnn.train(nm.in_base_units(), ideal.in_base_units(), **settings)
    for noisy, truth in ((nm, ideal), (nm, ideal.in_base_units()), (nm.in_base_units(), ideal), (nm, ideal.data)):
        net = afmnn.train(noisy, truth, **settings, validation=(noisy, truth))
        assert net.units["unit_z"] == "m"
        np.testing.assert_allclose(net.units["pixel_size"], (3e-6 / 24, 3.75e-6 / 30))
        np.testing.assert_allclose(net.history["training"], first.history["training"], rtol=1e-4)
        result = afmnn.evaluate(first, (noisy, truth))
        assert result.units == result.lateral_units == ("m",)
        np.testing.assert_allclose(result["rms_error_before"], np.std(0.5 * nm.data) * 1e-9, rtol=0.05)
    mixed = afmnn.evaluate(first, [(nm, ideal), (nm.in_base_units(), ideal)])
    assert mixed.units == ("m", "m")
    assert np.isfinite(mixed.medians["rms_error_after"])


def test_apply_and_level_keep_what_is_given():
    nm = surface("nm", 1e-9, np.random.default_rng(0))
    net = afmnn.train(nm, nm.replace(data=0.5 * nm.data), window=5, hidden=2, steps=1, seed=1)
    for image in (afmnn.apply(net, nm), afmnn.level(nm)):
        assert (image.unit_z, image.unit_xy, image.size) == ("nm", "µm", nm.size)
        assert 1e8 < image.std() < 1e10


def test_a_tip_takes_the_prefix_of_the_image(rng):
    nm = afmnn.Image(rng.normal(size=(24, 30)), (2.4, 3.0), "nm", "nm")
    tip = afmnn.Image(-np.hypot(*np.ogrid[-1:1:5j, -1:1:5j]), (0.5, 0.5), "nm", "nm")
    expected = tips.tip_dilation(nm, tip)
    np.testing.assert_allclose(tips.tip_dilation(nm, tip.in_base_units()), expected, rtol=1e-9)
    np.testing.assert_allclose(tips.tip_dilation(nm.in_base_units(), tip), expected.data * 1e-9, rtol=1e-9)
    start = tip.replace(data=10 * tip.data)
    estimate = tips.blind_tip_estimate(nm, 5, initial=start)
    np.testing.assert_allclose(tips.blind_tip_estimate(nm, 5, initial=start.in_base_units()), estimate, rtol=1e-9)
    with pytest.raises(ValueError, match=r"got unit_xy='µm' and unit_z='nm': use image.in_base_units\(\)"):
        tips.tip_model("cone", radius=1.0, image=nm.replace(unit_xy="µm"))
    tips.tip_model("cone", radius=1e-9, image=nm.replace(unit_xy="µm").in_base_units())


def test_nanometres_are_not_taken_from_metres():
    nm = afmnn.Image(np.ones((2, 2)), (1.0, 1.0), "m", "nm")
    for call in (lambda: nm - nm.in_base_units(), lambda: np.maximum(nm.in_base_units(), nm), lambda: nm < nm.in_base_units()):
        with pytest.raises(ValueError, match=r"one unit for .*: use image.in_base_units\(\)"):
            call()
    np.testing.assert_array_equal(nm.in_base_units() - nm.in_base_units(), np.zeros((2, 2)))
    np.testing.assert_array_equal(nm - nm, np.zeros((2, 2)))
    np.testing.assert_array_equal(nm * nm.in_base_units(), np.full((2, 2), 1e-9))


def test_conversion_rounds_once():
    image = afmnn.Image(np.array([[29.0, 17.3], [0.1, 1e9]]), (2.5, 1.0), "µm", "nm")
    base = image.in_base_units()
    np.testing.assert_array_equal(base.data, [[29e-9, 17.3e-9], [0.1e-9, 1.0]])
    assert base.size == (2.5e-6, 1e-6)
    assert base.in_base_units() is base
    assert image.replace(data=image.data.astype(np.float32)).in_base_units().dtype == np.float32
    plain = afmnn.Image(np.eye(2), (1.0, 1.0), "px", "counts")
    assert plain.in_base_units() is plain
