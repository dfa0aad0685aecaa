"""report(): one page with everything in it and nothing outside, whatever the images are called and whatever is missing."""

import base64
import html.parser
import io
import re
import sys
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import Image
from afmnn.evaluation import plots
from networks import COMPRESSING, fovea_network, some_network

pytest.importorskip("matplotlib")

VOID = {"meta", "img", "br", "link", "input"}


class Reader(html.parser.HTMLParser):
    """What is on a page; tags must be closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.ids = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def pair(rng):
    y, x = np.mgrid[:60, :80]
    ideal = 1e-7 * (np.sin(x / 5 + y / 9) > 0)
    noisy = ideal + 5e-9 * rng.standard_normal(ideal.shape) + 2e-8 * rng.standard_normal((60, 1))
    make = {"size": (3e-7, 8e-7), "unit_xy": "m", "unit_z": "m"}
    return Image(noisy, **make, title="A <b>&amp; 'scan'</b>"), Image(ideal, **make)


@pytest.fixture
def net(pair):
    return afmnn.train(*pair, window=5, hidden=2, steps=4, batch=256, seed=7, validation=0.4)


def test_page_has_everything(tmp_path, net, pair):
    result = afmnn.report(net, [pair, pair[0]], tmp_path / "page.html", title="My <scans>")
    expected = afmnn.evaluate(net, [pair, pair[0]])
    for name, values in expected.figures.items():
        assert_array_equal(result[name], values)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Reader(text)
    words = "\n".join(page.texts)
    assert {"charset": "utf-8"} in page.all("meta")
    assert page.all("html") == [{"lang": "en"}]
    assert words.count("My <scans>") == 2  # title and heading, as text
    assert "0: A <b>&amp; 'scan'</b>" in page.texts
    assert len(page.all("img")) == 7 + 5  # with and without an ideal
    assert len(page.all("svg")) == 4 + 4 + 1
    for figure in (
        "Residual: before less after",
        "Along scan line",
        "Power spectrum",
        "300 x 800 nm",
        "60 x 80 px",
        "validation",
    ):
        assert figure in words
    assert page.texts.count("Heights") == 2  # the title of each image's histogram
    for title, head, rows in expected.tables():
        assert title in page.texts
        assert all(cell in page.texts for row in [head, *rows] for cell in row)
    for name, value in (("seed", "7"), ("window", "5 x 5 pixels"), ("NumPy", np.__version__), ("afmnn", afmnn.__version__)):
        assert page.texts[page.texts.index(name) + 1] == value


def test_page_needs_nothing_else(tmp_path, net, pair):
    afmnn.report(net, pair, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Reader(text)
    for attributes in (attributes for _, attributes in page.tags):
        for name in ("src", "href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("data:image/png;base64,", "#"))
    assert page.all("script") == page.all("link") == []
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    assert "@import" not in text
    addresses = set(re.findall(r"https?://[^\"\s<]*", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names, not places
    assert len(set(page.ids)) == len(page.ids)
    used = set(re.findall(r"(?:href=\"|url\()#([^\")]*)", text))
    assert used <= set(page.ids)
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"#0[1-9]0[1-9]0[1-9]", text)  # every colour of a drawing is the page's


def test_pictures_are_the_images_on_one_scale(tmp_path, net, pair):
    picture = pytest.importorskip("PIL.Image")
    result = afmnn.report(net, pair, tmp_path / "page.html")
    page = Reader((tmp_path / "page.html").read_text(encoding="utf-8"))
    shown = {}
    for attributes in page.all("img"):
        content = base64.b64decode(attributes["src"].partition(",")[2])
        shown[attributes["alt"]] = np.asarray(picture.open(io.BytesIO(content))).astype(float)  # indices of the palette
        assert (attributes["width"], attributes["height"]) == ("80", "60")
        assert float(attributes["style"].partition(":")[2]) == pytest.approx(8 / 3, rel=1e-5)
    before, after, ideal = (shown[name] for name in ("Before", "After", "Ideal"))
    inside = (before > 0) & (before < 254) & (after > 0) & (after < 254)
    per_level = np.polyfit(before[inside], result.noisy[0][inside], 1)
    for levels, heights in ((before, result.noisy), (after, result.cleaned), (ideal, result.ideal)):
        kept = (levels > 0) & (levels < 254)
        np.testing.assert_allclose(np.polyval(per_level, levels[kept]), heights[0][kept], rtol=0, atol=per_level[0])
    residual = shown["Residual: before less after"]
    slope, _ = np.polyfit(residual.ravel(), result.residual[0].ravel(), 1)
    assert slope == pytest.approx(per_level[0], rel=0.01)  # the same height for a step of colour


def test_same_page_for_any_number_of_threads(tmp_path, net, pair, monkeypatch):
    monkeypatch.setattr("afmnn.evaluation.report.datetime", FixedClock)
    pages = []
    for threads in (1, 2, 3):
        afmnn.report(net, pair, tmp_path / "page.html", threads=threads)
        pages.append((tmp_path / "page.html").read_bytes())
    assert pages[0] == pages[1] == pages[2]
    assert b"2026-01-02, 03:04 UTC" in pages[0]


class FixedClock:
    import datetime as _real

    timezone = _real.timezone

    class datetime:
        @staticmethod
        def now(_zone):
            import datetime

            return datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)


def test_axes_of_images_without_units(tmp_path, net, pair):
    # Matplotlib puts a power of ten above the axis, where a small drawing has no room.
    plain = pair[0].data
    cases = {
        "plain": (plain, {"height (× 10⁻⁹)", "x (px)", "frequency (1/px)"}),
        "sized": (
            Image(plain, size=(3e-7, 8e-7)),
            {"height (× 10⁻⁹)", "x (× 10⁻⁹)", "y (× 10⁻⁹)", "frequency (1 / unit of x)"},
        ),
        "units": (pair[0], {"height (nm)", "x (nm)", "frequency (1/nm)"}),
        "others": (Image(1e9 * plain, size=(3, 8), unit_xy="um", unit_z="counts"), {"height (counts)", "x (µm)"}),
        "tall": (Image(1e17 * plain, unit_z="counts"), {"height (× 10⁹ counts)"}),
    }
    for image, labels in cases.values():
        afmnn.report(net, image, tmp_path / "page.html")
        texts = set(Reader((tmp_path / "page.html").read_text(encoding="utf-8")).texts)
        assert labels <= texts
        # Neither there nor in tables and below pictures; settings of a network are numbers as they were given.
        shown = [text for text in texts if re.search("[0-9]e[+\N{MINUS SIGN}-]?[0-9]", text)]
        assert shown == []


def test_page_says_what_is_unlike_the_training(tmp_path):
    scene = afmnn.synth.default_scene(shape=(64, 64))
    seeing = fovea_network(np.random.default_rng(0), fovea=COMPRESSING)
    noisy, ideal = scene.pair(0, seed=1)
    strong = ideal + 2 * np.ptp(ideal) * np.random.default_rng(1).normal(size=ideal.shape)
    for image, said in ((noisy, 0), (ideal, 0), (strong, 1)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)
            afmnn.report(seeing, image, tmp_path / "page.html")
        texts = Reader((tmp_path / "page.html").read_text(encoding="utf-8")).texts
        assert sum(text.startswith("Mind: noise from line to line is ") for text in texts) == said


@pytest.mark.parametrize(
    "case", ["no units", "function", "missing", "untrained", "flat", "constant", "classic", "large", "narrow"]
)
def test_strange_images(tmp_path, net, pair, case, rng):
    noisy, ideal = pair
    network, images, options = net, pair, {}
    if case == "no units":
        images = noisy.data
    elif case == "function":
        network = lambda image: afmnn.level(image, "rows")  # noqa: E731
    elif case == "missing":
        holes = noisy.data.copy()
        holes[10:20] = np.nan
        holes[:, 70:] = np.nan
        images, options = (holes, ideal.data), {"nan": "keep"}
    elif case == "untrained":
        network = some_network((5, 5), (2,), rng)
    elif case == "flat":
        images = (noisy.data, np.zeros(noisy.shape))
    elif case == "constant":
        images = np.full((9, 11), 3.0)
    elif case == "classic":
        network = afmnn.train(*pair, method="gwyddion", window=5, hidden=2, steps=1, seed=1)
        options = {"border": "average"}
    elif case == "large":
        images = np.tile(noisy.data, (13, 17))
    elif case == "narrow":
        images = np.tile(noisy.data[:, :7], (12, 1))
    afmnn.report(network, images, tmp_path / "page.html", **options)
    page = Reader((tmp_path / "page.html").read_text(encoding="utf-8"))
    sizes = {(int(a["height"]), int(a["width"])) for a in page.all("img")}
    assert sizes == {"large": {(260, 453)}, "narrow": {(360, 3)}}.get(
        case, {np.shape(images[0] if case in ("missing", "flat") else images if not isinstance(images, tuple) else noisy)}
    )
    words = " ".join(page.texts)
    assert ("3 x 3 px averaged" in words) == (case == "large")
    assert ("does not say how its errors fell" in words) == (case == "untrained")
    assert "nan" not in words.replace("nano", "")


def test_nothing_is_left_behind(tmp_path, net, pair, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("mine")
    with pytest.raises(ValueError, match="noisy must be finite"):
        afmnn.report(net, np.full((9, 9), np.nan), path)
    with pytest.raises(TypeError, match="title must be text, got 3"):
        afmnn.report(net, pair, path, title=3)
    with pytest.raises(FileNotFoundError):
        afmnn.report(net, pair, tmp_path / "nowhere" / "page.html")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        afmnn.errors.MissingExtraError, match=r"writing a report needs .*'matplotlib': pip install \"\.\[plot\]\""
    ):
        afmnn.report(net, pair, path)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_long_curves_keep_what_changes_from_point_to_point():
    """A profile across the lines of a tall scan: odd lines are higher than even ones, one stands out, some are missing."""
    x, y = np.arange(8001.0), np.arange(8001) % 2.0
    y[4321] = 7.0
    y[100:200] = np.nan
    few, kept = plots._thinned(x, y)
    assert len(few) <= 2002
    assert np.all(np.diff(few) >= 0)
    assert np.nanmax(kept) == 7.0
    np.testing.assert_array_equal(kept, y[few.astype(int)])
    ordinary = kept[few > 5000]
    assert np.mean(ordinary) == pytest.approx(0.5, abs=0.01)
    assert np.isnan(kept[(few > 110) & (few < 190)]).all()
    np.testing.assert_array_equal(plots._thinned(x[:2000], y[:2000])[1], y[:2000])


def test_reduced_pictures_average(rng):
    heights = rng.standard_normal((1300, 700))
    heights[3, 4] = np.nan
    small, factor = plots._reduced(heights)
    assert (factor, small.shape) == (3, (433, 233))
    assert np.isnan(small[1, 1])
    assert np.isnan(small).sum() == 1
    assert small[5, 7] == pytest.approx(heights[15:18, 21:24].mean())
