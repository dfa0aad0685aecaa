"""What notebooks show: pictures of any image, cards of the rest, and never an error."""

import io
import itertools
import re
import sys
import time
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import afmnn
from afmnn import Image, synth
from afmnn.showing import card, sampled

mpl = pytest.importorskip("matplotlib")
mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def pair():
    ideal = synth.particles((64, 80), pixel_size=50e-9, radius=0.3e-6, coverage=0.5, seed=1)
    noisy = ideal + synth.noise(ideal.shape, rms=30e-9, seed=2)
    size = {"size": (3.2e-6, 4e-6), "unit_xy": "m", "unit_z": "m"}
    return Image(noisy, **size, title="Scan <1>"), Image(ideal, **size)


@pytest.fixture(scope="module")
def net(pair):
    return afmnn.train(*pair, window=5, hidden=2, steps=4, batch=256, seed=7, validation=0.4)


def pixels(png):
    from PIL import Image as Picture

    return np.asarray(Picture.open(io.BytesIO(png)).convert("RGB")).astype(int)


NUMBERS = np.random.default_rng(1).normal(size=(30, 40))
ODD = {
    "one pixel": np.array([[3.0]]),
    "a line": np.random.default_rng(2).normal(size=(1, 10_000)),
    "a column": np.random.default_rng(2).normal(size=(10_000, 1)),
    "nothing": np.full((20, 30), np.nan),
    "constant": np.full((20, 30), 3e-9),
    "zero": np.zeros((5, 5)),
    "infinite": np.where(NUMBERS > 1, np.inf, NUMBERS),
    "huge": NUMBERS * 1e300,
    "as far apart as numbers can be": np.array([[-1.7e308, 1.7e308]]),
    "subnormal": NUMBERS * 1e-320,
    "single precision": NUMBERS.astype(np.float32),
}
UNITS = {
    "none": {},
    "metres": {"size": (2e-6, 3e-6), "unit_xy": "m", "unit_z": "m"},
    "unknown": {"unit_xy": "furlong", "unit_z": "° $x$"},
}


@pytest.mark.parametrize(("name", "units"), list(itertools.product(ODD, UNITS)))
def test_every_image_has_a_picture(name, units):
    image = Image(ODD[name], title=name, **UNITS[units])
    png, about = image._repr_png_()
    shown = pixels(png)
    assert 200 < about["width"] <= 500
    assert about["width"] in (shown.shape[1] // 2, (shown.shape[1] + 1) // 2)
    assert (shown != 255).any()
    assert max(shown.shape[:2]) < 1500


def test_a_picture_has_title_size_and_units(pair):
    ax = pair[0].plot()
    assert ax.get_title() == "Scan <1>"
    assert ax.get_xlabel() == "3.2 x 4 µm, 64 x 80 px"
    (bar,) = ax.child_axes
    assert bar.get_ylabel() == "height (nm)"
    assert [text.get_text() for text in ax.texts] == ["1 µm"]
    (line,) = ax.lines
    assert_allclose(np.ptp(line.get_xdata()), 1 / 4)
    assert_allclose(ax.get_box_aspect(), 3.2 / 4)


def test_outliers_do_not_rule_the_colours():
    heights = np.random.default_rng(4).normal(size=(100, 100))
    low, high = sampled.limits(heights)
    heights[3, 4], heights[50, 60] = 1e6, -1e6
    spoilt = sampled.limits(heights)
    assert_allclose(spoilt, (low, high), rtol=0.05)
    assert -4 < low < -2 < 2 < high < 4


def test_few_pixels_that_differ_are_seen():
    heights = np.zeros((100, 100))
    heights[5, 5] = 1.0
    assert sampled.limits(heights) == (0.0, 1.0)


def test_heights_far_from_zero_are_counted_from_the_lowest():
    scale = sampled.height_scale(3.2e-3, 3.2e-3 + 40e-9, "m")
    assert scale.label == "height (nm) above 3.2 mm"
    assert (scale.offset, scale.size) == (3.2e-3, 1e-9)
    assert sampled.height_scale(-1e-9, 40e-9, "m")[::2] == (0.0, "height (nm)")


@pytest.mark.parametrize("width", np.geomspace(3.3e-9, 1e-3, 14))
def test_scale_bars_have_round_lengths(width):
    bar = sampled.scale_bar(Image(np.zeros((4, 4)), size=(width, width), unit_xy="m"))
    assert 1 / 8 < bar.share <= 1 / 3 + 1e-9
    assert re.fullmatch(r"[125]0{0,2} (pm|nm|µm|mm)", bar.label)


def test_without_a_lateral_unit_pixels_are_counted():
    assert sampled.scale_bar(Image(np.zeros((60, 60)))) == (pytest.approx(1 / 3), "20 px")
    assert sampled.scale_bar(Image(np.zeros((60, 2)))) is None


def test_large_images_are_drawn_from_a_sample_in_no_time():
    """10^8 pixels that take no memory: all rows are one."""
    row = np.random.default_rng(5).normal(size=10_000)
    image = Image(np.broadcast_to(row, (10_000, 10_000)))
    Image(np.zeros((4, 4)))._repr_png_()  # matplotlib is imported, and finds its fonts
    begun = time.process_time()  # other programs do not count
    png, _ = image._repr_png_()
    assert time.process_time() - begun < 1.0
    assert len(png) > 10_000
    assert sampled.sampled(image.data).heights.shape == (667, 667)
    assert "every 15th row and every 15th column shown" in image.plot().get_xlabel()


def test_missing_pixels_have_a_colour_that_no_height_has():
    heights = np.zeros((30, 30))
    heights[:, 15:] = 1.0
    heights[10:20, 10:20] = np.nan
    shown = pixels(Image(heights)._repr_png_()[0]).reshape(-1, 3)
    grey = np.abs(shown - (0x9A, 0xA5, 0xB1)).max(axis=1) == 0
    assert 0.03 < grey.mean() < 0.2


def test_plot_draws_into_axes_that_are_given(pair):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert pair[0].plot(ax, limits=(0.0, 1e-6), colours="viridis", colour_bar=False) is ax
    assert ax.images[0].get_cmap().name == "viridis"
    assert ax.images[0].get_clim() == (0.0, 1.0)  # in micrometres
    assert ax.child_axes == []


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"limits": (1, 0)}, ValueError, r"limits must be \(low, high\) with low < high, got \(1, 0\)"),
        ({"limits": 3}, ValueError, r"limits must be two heights \(low, high\), got 3"),
        ({"limits": (0, np.nan)}, ValueError, r"limits\[1\] must be finite"),
        ({"colours": "no such map"}, ValueError, "colours must be a colour map of matplotlib, got 'no such map'"),
        ({"colour_bar": 1}, TypeError, "colour_bar must be True or False, got 1"),
        ({"ax": 3}, TypeError, "ax must be axes of matplotlib, got int"),
    ],
)
def test_plot_says_what_is_wrong(pair, options, error, message):
    with pytest.raises(error, match=message):
        pair[0].plot(**options)


def test_networks_show_what_they_see_and_learned_from(net):
    html = net._repr_html_()
    assert "sees 5 x 5 pixels" in html
    assert "Trained on 1 image in 4 steps by afmnn" in html
    assert html.count("data:image/png") == 1
    ax = net.plot()
    assert [len(line.get_xdata()) for line in ax.lines] == [4, 4]
    assert_allclose(ax.lines[0].get_ydata() * 1e-9, net.history["training"])
    assert ax.get_ylabel() == "RMS error (nm)"
    universal = afmnn.load("universal")._repr_html_()
    assert "3 stages" in universal
    assert "on pairs of default_scene() in 600 steps" in universal


def test_networks_without_a_history(net):
    import dataclasses

    bare = dataclasses.replace(net, history={}, training={}, units={})
    assert "data:image/png" not in bare._repr_html_()
    with pytest.raises(ValueError, match="network must have a history of errors, got none"):
        bare.plot()
    with pytest.raises(TypeError, match="ax must be axes of matplotlib, got str"):
        net.plot("here")


def test_evaluations_show_tables_and_pictures(net, pair):
    result = afmnn.evaluate(net, [pair, pair[0].replace(title="other")])
    html = result._repr_html_()
    assert html.count('class="verdict') == 2
    assert html.count('class="figures"') == 4
    assert html.count("data:image/png") == 7 + 5
    assert "profiles below" not in html  # there are none
    assert "Scan &lt;1&gt;" in html
    assert "Scan <1>" not in html
    many = afmnn.evaluate(net, [pair[0]] * 5)._repr_html_()
    assert many.count("data:image/png") == 3 * 5
    assert "Pictures of 3 of 5 images" in many


def test_searches_show_their_trials(pair):
    result = afmnn.search(
        *pair, space={"hidden": [1, 2]}, trials=2, steps=2, window=3, batch=256, validation=0.4, seed=1, threads=1
    )
    html = result._repr_html_()
    head, rows = result.table()
    assert html.count("<tr>") == 1 + len(rows) == 3
    assert all(f">{cell}<" in html for cell in [*head, *rows[0]])
    assert str(result).splitlines()[1].split()[:2] == ["trial", "hidden"]


def test_scenes_show_six_pairs():
    scene = synth.default_scene(shape=(32, 32))
    html = scene._repr_html_()
    assert html.count("data:image/png") == 6
    assert "Pairs of 32 x 32 pixels" in html
    assert "drawn for this look" in synth.default_scene(shape=(64, 2000))._repr_html_()


def test_instruments_show_what_they_add():
    noisy = synth.Instrument(noise={"white": {"log": [0.01, 0.1]}, "wander": [0.1, 0.2]}, scanner={"bow": 0.5})
    html = noisy._repr_html_()
    assert html.count("data:image/png") == 1
    assert "noise: white</th><td>0.01 to 0.1 (in the logarithm)<" in html
    assert "scanner: bow</th><td>0.5<" in html
    ideal = synth.Instrument()._repr_html_()
    assert "data:image/png" not in ideal
    assert "it returns the surface as it is" in ideal


def test_show_has_before_after_and_what_was_taken_off(pair):
    noisy, ideal = pair
    clean = noisy.replace(data=0.5 * (noisy + ideal))
    axes = afmnn.show(noisy, clean)
    assert [ax.get_title() for ax in axes] == ["Before", "After", "Taken off"]
    assert axes[0].images[0].get_clim() == axes[1].images[0].get_clim()
    taken = np.asarray(axes[2].images[0].get_array())
    assert_allclose(taken * 1e-9, noisy - clean, atol=1e-15)
    axes = afmnn.show(noisy, clean, ideal)
    assert [ax.get_title() for ax in axes] == ["Before", "After", "Ideal", "Taken off", "Still wrong"]
    assert len(axes[0].figure.axes) == 5
    assert axes[0].figure.get_suptitle() == "Scan <1>"


def test_show_takes_arrays_other_prefixes_and_missing_pixels(pair):
    noisy, ideal = pair
    assert len(afmnn.show(np.asarray(noisy), np.asarray(ideal))) == 3
    in_nm = ideal.replace(data=ideal.data * 1e9, unit_z="nm")
    taken = afmnn.show(noisy, in_nm)[2].images[0].get_array()
    assert_allclose(taken * 1e-9, noisy - ideal, atol=1e-15)
    nothing = np.full((4, 5), np.nan)
    assert [text.get_text() for text in afmnn.show(nothing, nothing)[2].texts] == ["all pixels are missing"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.zeros(3), np.zeros((2, 2))), ValueError, r"noisy must be two-dimensional"),
        ((np.zeros((2, 2)), np.zeros((2, 3))), ValueError, r"clean must have the shape of noisy \(2, 2\), got \(2, 3\)"),
        ((np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((3, 2))), ValueError, "ideal must have the shape of noisy"),
        ((np.zeros((2, 2)), "scan.gwy"), TypeError, "clean must be an array"),
    ],
)
def test_show_says_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        afmnn.show(*arguments)


def test_without_matplotlib_there_is_text(net, pair, monkeypatch):
    result = afmnn.evaluate(net, pair)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("matplotlib", "PIL")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert pair[0]._repr_png_() is None
    for value, words in ((net, "sees 5 x 5 pixels"), (synth.default_scene(), "Pairs of 256 x 256 pixels")):
        assert words in value._repr_html_()
        assert "<img" not in value._repr_html_()
    assert "RMS error before" in result._repr_html_()
    assert "noise: white" in synth.Instrument(noise={"white": 1.0})._repr_html_()
    for call, what in ((pair[0].plot, "drawing an image"), (net.plot, "drawing a network's errors")):
        with pytest.raises(afmnn.errors.MissingExtraError, match=rf"{what} needs .*'matplotlib': pip install \"\.\[plot\]\""):
            call()
    with pytest.raises(afmnn.errors.MissingExtraError, match=r"show\(\) needs"):
        afmnn.show(*pair)


def test_a_display_that_fails_leaves_the_text(net, pair, monkeypatch):
    def fails(*_):
        raise RuntimeError("a broken installation")

    for module in ("image", "network", "evaluation", "scene"):
        monkeypatch.setattr(f"afmnn.showing.{module}.displayed", fails)
    assert pair[0]._repr_png_() is None
    assert net._repr_html_() is None
    assert afmnn.evaluate(net, pair)._repr_html_() is None
    assert synth.default_scene()._repr_html_() is None
    assert repr(net).startswith("<afmnn.Network")


def test_displays_leave_pyplot_and_the_users_style_alone(net, pair):
    import matplotlib.pyplot as plt

    with mpl.rc_context({"font.size": 3.5}), warnings.catch_warnings():
        warnings.simplefilter("error")
        pair[0]._repr_png_()
        net._repr_html_()
        synth.default_scene(shape=(32, 32))._repr_html_()
        assert mpl.rcParams["font.size"] == 3.5
    assert plt.get_fignums() == []


def test_the_style_of_a_card_reaches_nothing_around_it():
    style = re.search("<style>(.*?)</style>", card.card("<t>", []), re.DOTALL)[1]
    rules = re.findall(r"(?:^|[{}])\s*([^{}@\s][^{}@]*)\{", style)
    assert len(rules) > 40
    assert [each for rule in rules for each in rule.split(",") if not re.match(r"\s*\.afmnn\b", each)] == []
    assert "@media" not in style
    assert style.count("{") == style.count("}")
    assert "<t>" not in card.card("<t>", [])
