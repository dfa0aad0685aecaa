"""Report and index in a browser, wide and narrow: nothing is cut off, all pictures are there, what can be clicked works."""

import html
import itertools
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import afmnn
from afmnn import Image
from afmnn.cli._clean_pages import Pages
from afmnn.evaluation import page

pytest.importorskip("matplotlib")

BROWSER = next((found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")) if found), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=120000",
)  # fmt: skip
#: Phone and desktop, and both sides of the width where tables become lists.
SIZES = ((390, "light"), (390, "dark"), (870, "light"), (895, "light"), (1280, "light"), (1280, "dark"))
MEASURE = Path(__file__).with_name("measure_pages.js")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A page with all that is wide: long names, no units, several images with and without an ideal."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:60, :80]
    ideal = 1e-7 * (np.sin(x / 5 + y / 9) > 0)
    noisy = ideal + 5e-9 * rng.standard_normal(ideal.shape) + 2e-8 * rng.standard_normal((60, 1))
    size = {"size": (3e-7, 8e-7), "unit_xy": "m", "unit_z": "m"}
    scan, truth = (
        Image(noisy, **size, title="0042_sample_after_annealing_at_900K_run_07.gwy: Height (measured), trace"),
        Image(ideal, **size),
    )
    net = afmnn.train(scan, truth, window=5, hidden=2, steps=4, batch=256, seed=7, validation=0.4)
    path = tmp_path_factory.mktemp("page") / "page.html"
    afmnn.report(net, [(scan, truth), (noisy, ideal), (1e17 * noisy, None), scan.replace(title="W" * 120)], path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """An index of many files, which failed, or have each of the verdicts."""
    folder = tmp_path_factory.mktemp("pages")
    names = [f"/data/a folder with a long name/0042_sample_after_annealing_at_900K_run_{number:02}.gwy" for number in range(9)]
    jobs = [SimpleNamespace(source=name, output=name.replace(".gwy", ".clean.gwy")) for name in names]
    pages = Pages(str(folder), jobs, None, None, force=True)
    rows = [
        {
            "file": name, "channel": 0, "title": "Height", "unit": "m", "rms_removed": (5 - number) ** 2 * 1e-9 + 1e-12,
            "row_steps_before": 1e-8, "row_steps_after": 2e-9, "structure_share": math.nan, "edge_excess": 1.0, "mended": "",
            "verdict": ("fine", "look", "do not use")[number % 3], "because": "features are gone, or hum", "where": "x = 1 µm",
        }
        for number, name in enumerate(names[1:], start=1)
    ]  # fmt: skip
    pages.write_index(rows, [(names[0], "is truncated or damaged: a text does not end")])
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(text, index, tmp_path_factory):
    """What a browser says of both pages in all sizes, after it did what a reader can do."""
    if BROWSER is None:
        pytest.skip("needs chromium")
    folder = tmp_path_factory.mktemp("browser")
    frames = [
        f'<iframe data-kind="{kind}" style="width:{width}px;height:800px;border:0;color-scheme:{scheme}" '
        f'srcdoc="{html.escape(page)}"></iframe>'
        for kind, page in (("report", text), ("index", index))
        for width, scheme in SIZES
    ]
    outer = folder / "outer.html"
    script = MEASURE.read_text(encoding="utf-8")
    outer.write_text(f"<!doctype html><meta charset=utf-8><body>{''.join(frames)}<script>{script}</script>", encoding="utf-8")
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", outer.as_uri()]
    try:
        output = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False).stdout
    except subprocess.TimeoutExpired:
        pytest.skip("the browser does not end here")
    shown = re.search(r'<pre id="found">(.*?)</pre>', output, re.DOTALL)
    if shown is None:
        pytest.skip("the browser does not run here")
    return json.loads(html.unescape(shown[1]))


def test_nothing_is_cut_off_or_beyond_the_page(found):
    assert [frame["width"] for frame in found] == 2 * [width for width, _ in SIZES]
    assert all(frame["cells"] > {"report": 100, "index": 70}[frame["kind"]] for frame in found)
    assert len({frame["paper"] for frame in found}) == 2  # light and dark
    assert [(frame["kind"], frame["width"], frame["wrong"]) for frame in found if frame["wrong"]] == []


def test_every_picture_is_there(found):
    reports = [frame for frame in found if frame["kind"] == "report"]
    # Two images have an ideal, two have none; to these come the curves of each, and of the training.
    assert [(frame["pictures"], frame["drawings"]) for frame in reports] == [(2 * 7 + 2 * 5, 4 * 4 + 1)] * len(SIZES)


def test_pictures_enlarge_blink_and_zoom(found):
    views = [frame["view"] for frame in found if frame["kind"] == "report"]
    for view in views:
        assert (view["groups"], view["closed"]) == (4, 0)
        assert set(view["blink"]) == {"Before", "After"}
        assert len(view["blink"]) == 6  # one at a time
        changes = sum(a != b for a, b in itertools.pairwise(view["blink"]))
        assert changes >= 3  # timers of a browser are late now and then
        assert view["still"]  # once it is switched off
        assert view["wrong"] == []
        assert view["inside"]
        assert view["larger"] == view["kept"] == pytest.approx(1.5**2)
        assert view["chosen"] == ["Residual: before less after"]
        assert view["moved"] < 1e-3  # what is below the pointer stays there
        assert view["wheel"] == pytest.approx(1.5**2 * math.exp(0.5))
        assert view["whole"] == 1
        assert not view["open"]


def test_the_index_is_sorted_by_verdict_and_by_what_is_clicked(found):
    for each in (frame["sort"] for frame in found if frame["kind"] == "index"):
        order = [int(re.search(r"run_(\d+)", name)[1]) for name in each["first"]]
        assert order == [0, 2, 5, 8, 1, 4, 7, 3, 6]  # failed, do not use, look, fine
        numbers = [int(re.search(r"run_(\d+)", name)[1]) for name in each["by_number"]]
        # 1 pm; 1, 4, 9 and 16 nm; of those that are the same, the one that stood above; what has no number is last.
        assert numbers == [5, 4, 6, 7, 3, 2, 8, 1, 0]
        assert [int(re.search(r"run_(\d+)", name)[1]) for name in each["reversed"]][-1] == 5
        assert each["by_word"] == sorted(each["first"])
        assert [each["by_verdict"][0], *each["by_verdict"][-2:]] == [each["first"][0], *sorted(each["first"][-2:])]


def test_tables_wrap_and_say_what_is_in_each_cell(text):
    """Where there is no browser: no part of the page may scroll or hide what is in it, and tables become lists when narrow."""
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)[1]
    assert not re.search(r"overflow(-x|-y)?:\s*(auto|hidden|scroll|clip)", style)
    assert "text-overflow" not in style
    assert re.search(r"@media screen and \(max-width: \d+rem\) \{.*?\.figures td \{ display: flex", style, re.DOTALL)
    tables = re.findall(r'<table class="figures">(.*?)</table>', text, re.DOTALL)
    assert len(tables) == 4
    for table in tables:
        columns = len(re.findall('<th scope="col">', table))
        assert columns <= 9  # with an image's name they have room on 1280 pixels
        for row in re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL):
            names = re.findall(r'<td data-name="([^"]+)">', row)
            assert len(set(names)) == len(names) == columns - 1  # "after" alone would not say of what


def test_cells_are_escaped():
    shown = page.table("<t>", ["image", "<h>"], ["<n>"], [["<i>", "<c>"]])
    assert not re.search("<[tnic]>|<h>", shown)
    assert 'data-name="&lt;n&gt;"' in shown
