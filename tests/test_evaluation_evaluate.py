"""evaluate(): its figures are those of metrics, of the right images; what it accepts, prints, writes and refuses."""

import csv
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import Image, metrics, synth
from networks import some_network

UNIT = 1e-9


def image(heights, title=""):
    return Image(heights, size=(1e-6, 2e-6), unit_xy="m", unit_z="m", title=title)


@pytest.fixture(scope="module")
def pair():
    ideal = synth.pattern_grating((96, 110), period=25, height=80 * UNIT, angle=0.8, seed=1)
    noise = synth.noise(ideal.shape, rms=4 * UNIT, seed=2) + synth.line_steps(ideal.shape, rms=6 * UNIT, seed=3)
    return image(ideal + noise, "scan"), image(ideal, "ideal")


@pytest.fixture(scope="module")
def net(pair):
    return afmnn.train(*pair, window=7, hidden=3, steps=3, batch=256, seed=0)


def test_figures_are_those_of_metrics(net, pair):
    noisy, ideal = pair
    clean = afmnn.apply(net, noisy)
    (row,) = afmnn.evaluate(net, pair).rows
    expected = {
        "image": "scan",
        "unit": "m",
        "rms_error_before": metrics.rms_error(noisy, ideal),
        "rms_error_after": metrics.rms_error(clean, ideal),
        "psnr_before": metrics.psnr(noisy, ideal),
        "psnr_after": metrics.psnr(clean, ideal),
        "ssim_before": metrics.ssim(noisy, ideal),
        "ssim_after": metrics.ssim(clean, ideal),
        "mean_bias": metrics.mean_bias(clean, ideal),
        "largest_bias": metrics.largest_bias(clean, ideal),
        "sq_reference": metrics.sq(ideal),
        "sq_before": metrics.sq(noisy),
        "sq_after": metrics.sq(clean),
        "sq_change": metrics.sq(clean) / metrics.sq(ideal) - 1,
        "sa_reference": metrics.sa(ideal),
        "sa_before": metrics.sa(noisy),
        "sa_after": metrics.sa(clean),
        "sa_change": metrics.sa(clean) / metrics.sa(ideal) - 1,
        "step_height": metrics.step_heights(ideal)[0],
        "step_change": metrics.step_heights(clean, reference=ideal)[0] / metrics.step_heights(ideal)[0] - 1,
        "spectrum_change": metrics.spectrum_change(clean, ideal),
        "row_steps_before": metrics.row_steps(noisy),
        "row_steps_after": metrics.row_steps(clean),
        "x_noise_before": metrics.x_noise(noisy),
        "x_noise_after": metrics.x_noise(clean),
        "rms_removed": metrics.rms_error(noisy, clean),
        "structure": metrics.structure(noisy - clean),
        "row_correlation": metrics.row_correlation(noisy - clean),
        "height_loss": metrics.height_loss(noisy - clean, clean),
        "edge_excess": metrics.edge_excess(noisy - clean, clean),
    }
    assert list(row) == list(expected)
    for name, value in expected.items():
        assert row[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9)), name
        assert isinstance(value, str) or math.isfinite(value), name
    assert row["step_height"] == pytest.approx(80 * UNIT, rel=1e-3)


def test_images(net, pair):
    noisy, ideal = pair
    result = afmnn.evaluate(net, pair)
    assert_array_equal(result.noisy[0], noisy.data)
    assert_array_equal(result.cleaned[0], afmnn.apply(net, noisy).data)
    assert_array_equal(result.residual[0], result.noisy[0] - result.cleaned[0])
    assert_array_equal(result.ideal[0], ideal.data)
    assert result.steps[0].shape == (1, 3)
    assert (result.pixel_sizes, result.lateral_units) == ((noisy.pixel_size,), ("m",))
    for array in (result.residual[0], result.cleaned[0], result["sq_after"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(AttributeError):
        result.names = ()
    noisy.data[0, 0] += 0  # the images that were given stay as they were


def test_without_ideal_the_image_before_is_the_reference(net, pair):
    noisy = pair[0]
    clean = afmnn.apply(net, noisy)
    result = afmnn.evaluate(net, noisy)
    assert result.ideal == (None,)
    unknown = [name for name in result.figures if name.startswith(("rms_error", "psnr", "ssim", "mean", "largest"))]
    assert len(unknown) == 8
    assert [name for name, values in result.figures.items() if np.isnan(values).any()] == unknown
    assert result["sq_change"] == metrics.sq(clean) / metrics.sq(noisy) - 1
    assert result["step_height"] == pytest.approx(80 * UNIT, rel=0.05)
    assert abs(result["step_change"]) > 0.1  # after three steps of training
    assert "Errors" not in str(result)
    same = afmnn.evaluate(net, (noisy, None))
    assert_array_equal(list(same.figures.values()), list(result.figures.values()))


def test_several_images_and_their_medians(net, pair, tmp_path):
    noisy, ideal = pair
    result = afmnn.evaluate(net, [pair, noisy, (ideal, ideal), (noisy.data[:50], None)])
    assert result.names == ("0: scan", "1: scan", "ideal", "3")
    assert len(result) == 4
    assert result.units == ("m", "m", "m", "")
    assert_allclose(result["rms_error_after"][0], afmnn.evaluate(net, pair)["rms_error_after"][0])
    assert math.isnan(result.medians["sq_after"])  # metres and numbers without a unit have no median
    assert result.medians["psnr_after"] == np.median(result["psnr_after"][[0, 2]])
    one_unit = afmnn.evaluate(net, [pair, noisy, (ideal, ideal)])
    assert one_unit.medians["sq_after"] == np.median(one_unit["sq_after"])
    text = str(one_unit)
    assert repr(one_unit) == text
    assert max(map(len, text.splitlines())) < 120
    for word in ("Errors", "Surface", "Line defects", "0: scan", "median", " nm", " dB", " %", "inf"):
        assert word in text
    one_unit.to_csv(tmp_path / "figures.csv")
    with open(tmp_path / "figures.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [{key: value if key in ("image", "unit") else float(value) for key, value in row.items()} for row in rows] == [
        pytest.approx(row, nan_ok=True) for row in one_unit.rows
    ]


def test_result_can_be_pickled(net, pair):
    result = afmnn.evaluate(net, [pair, pair[0]])
    again = pickle.loads(pickle.dumps(result))
    assert str(again) == str(result)
    assert (again.names, again.pixel_sizes, again.ideal[1]) == (result.names, result.pixel_sizes, None)
    assert_array_equal(again.residual[0], result.residual[0])
    with pytest.raises(ValueError, match="read-only"):
        again["sq_after"][0] = 0


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e6])
def test_unit_does_not_matter(pair, unit):
    def clean(z):
        return 0.9 * np.asarray(z)

    noisy, ideal = (z.data / UNIT for z in pair)
    expected = afmnn.evaluate(clean, (noisy, ideal))
    result = afmnn.evaluate(clean, (noisy * unit, ideal * unit))
    for name, kind in afmnn.evaluation.figures.FIGURES.items():
        assert_allclose(result[name], expected[name] * (unit if kind == "height" else 1), rtol=1e-9, err_msg=name)


def test_known_changes_are_found(pair):
    """Another way of cleaning, by a function: features 2 % too low, and 3 nm too high, where there was no noise."""
    ideal = pair[1]
    result = afmnn.evaluate(lambda z: z.replace(data=0.98 * z.data + 3 * UNIT), (ideal, ideal))
    for name in ("sq_change", "sa_change", "step_change"):
        assert_allclose(result[name], -0.02, rtol=1e-9)
    assert_allclose(result["height_loss"], 1 / 0.98 - 1, rtol=1e-9)
    assert_allclose(result["spectrum_change"], -20 * math.log10(0.98), rtol=1e-9)
    assert_allclose(result["mean_bias"], 3 * UNIT - 0.02 * ideal.data.mean(), rtol=1e-9)
    assert result["row_steps_before"] == metrics.row_steps(ideal)
    assert result["row_correlation"] > 0.5
    assert result["structure"] == pytest.approx(0.02 * metrics.sq(ideal), rel=0.1)


def test_noise_alone_leaves_no_structure(pair, rng):
    noisy, ideal = pair
    result = afmnn.evaluate(lambda z: ideal, (noisy, ideal))
    assert abs(result["row_correlation"]) < 4 / math.sqrt(noisy.data.size) + 0.05  # jumps within a row last in it
    assert abs(result["height_loss"]) < 0.02
    assert result["edge_excess"] == pytest.approx(1, abs=0.1)
    assert result["structure"] < 0.25 * result["rms_removed"]
    for name in ("sq_change", "sa_change", "step_change", "spectrum_change", "rms_error_after", "largest_bias"):
        assert result[name] == 0, name
    assert result["psnr_after"] == math.inf


def test_crop_border_and_threads(pair, rng):
    noisy, ideal = pair
    network = some_network((5, 5), (2,), rng)
    inside = afmnn.evaluate(network, pair, crop=2, border="constant")
    clean = afmnn.apply(network, noisy)  # another border: inside it does not matter
    cut = np.s_[2:-2, 2:-2]
    assert_allclose(inside["rms_error_after"], metrics.rms_error(clean[cut], ideal[cut]), rtol=1e-12)
    assert inside.residual[0].shape == (92, 106)
    assert inside.pixel_sizes[0] == pytest.approx(noisy.pixel_size)
    edge = afmnn.evaluate(network, pair, border="constant")
    assert edge["rms_error_after"] != afmnn.evaluate(network, pair)["rms_error_after"]
    for threads in (1, 2, 3):
        again = afmnn.evaluate(network, pair, threads=threads)
        assert_array_equal(again.residual[0], afmnn.evaluate(network, pair).residual[0])


def test_missing_pixels(net, pair):
    noisy, ideal = pair
    holes = noisy.data.copy()
    holes[30:34, 40:60] = np.nan
    with pytest.raises(ValueError, match=r"noisy must be finite, got 80 values"):
        afmnn.evaluate(net, (holes, ideal))
    result = afmnn.evaluate(net, (holes, ideal), nan="keep")
    there = np.isfinite(holes)
    clean = afmnn.apply(net, holes, nan="keep")
    assert np.isnan(result.residual[0]).sum() == 80
    assert_allclose(result["rms_error_after"], np.sqrt(np.mean((clean - ideal)[there] ** 2)))
    assert_allclose(result["sq_reference"], ideal.data[there].std())
    assert not any(np.isnan(values).any() for values in result.figures.values())


def test_flat_images_have_no_range(net, rng):
    flat = np.full((20, 20), 2.0)
    row = afmnn.evaluate(net, (flat + 0.1 * rng.standard_normal(flat.shape), flat)).rows[0]
    assert math.isnan(row["psnr_after"])
    assert math.isnan(row["sq_change"])
    assert row["rms_error_after"] > 0
    assert afmnn.evaluate(net, (flat, flat)).rows[0]["rms_error_after"] == 0
    assert str(afmnn.evaluate(net, [flat, flat]))


def test_refusals(net, pair):
    noisy, ideal = pair
    with pytest.raises(
        TypeError, match=r"network must be an afmnn\.Network, the name or the file of one, or a function, got int"
    ):
        afmnn.evaluate(3, pair)
    with pytest.raises(ValueError, match="pairs must have at least one image, got none"):
        afmnn.evaluate(net, [])
    with pytest.raises(ValueError, match=r"pairs\[0\] must be an image or \(noisy, ideal\), got 3 things"):
        afmnn.evaluate(net, [(noisy, ideal, noisy)])
    with pytest.raises(ValueError, match=r"ideal\[1\] must have the shape of noisy\[1\] \(96, 110\), got \(90, 110\)"):
        afmnn.evaluate(net, [pair, (noisy, ideal.data[:90])])
    with pytest.raises(ValueError, match="same height unit"):
        afmnn.evaluate(net, (noisy, ideal.replace(unit_z="V")))
    with pytest.raises(ValueError, match=r"crop must leave at least 7 x 7 pixels, got 45 of noisy of shape \(96, 110\)"):
        afmnn.evaluate(net, pair, crop=45)
    with pytest.raises(ValueError, match="crop must be at least 0"):
        afmnn.evaluate(net, pair, crop=-1)
    with pytest.raises(ValueError, match="border must be one of"):
        afmnn.evaluate(net, pair, border="wrap")
    with pytest.raises(ValueError, match="nan must be one of"):
        afmnn.evaluate(net, pair, nan="drop")
    with pytest.raises(ValueError, match=r"network\(noisy\) must have the shape of the image"):
        afmnn.evaluate(lambda z: np.asarray(z)[1:], pair)
    with pytest.raises(ValueError, match="figure must be one of"):
        afmnn.evaluate(net, pair)["sq"]
