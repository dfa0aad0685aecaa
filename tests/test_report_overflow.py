"""A report on wide and narrow screens: nothing is cut off, and nothing reaches beyond the page, measured in a browser."""

import html
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

import afmnn
from afmnn import Image
from afmnn.evaluation import page

pytest.importorskip("matplotlib")

BROWSER = next((found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")) if found), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=4000",
)  # fmt: skip
#: Phone and desktop, and both sides of the width where tables become lists.
SIZES = ((390, "light"), (390, "dark"), (870, "light"), (895, "light"), (1280, "light"), (1280, "dark"))
#: What is too wide for the page, cut by what it stands in, or drawn beyond its picture.
MEASURE = """
addEventListener("load", () => {
  const found = [];
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, width = page.documentElement.clientWidth;
    const name = node => node.tagName + "." + (node.className.baseVal ?? node.className) + " " + node.textContent.slice(0, 40);
    const wrong = [];
    if (page.documentElement.scrollWidth > width) wrong.push("page " + page.documentElement.scrollWidth);
    for (const node of page.body.querySelectorAll("*")) {
      const box = node.getBoundingClientRect();
      if (!box.width) continue;
      const svg = node.closest("svg");
      if (svg) {
        const around = svg.getBoundingClientRect();
        const out = box.left < around.left - 1 || box.right > around.right + 1 || box.bottom > around.bottom + 1;
        if (node.tagName === "text" && out) wrong.push("text " + name(node));
      } else {
        if (box.right > width + 1 || box.left < -1) wrong.push("beyond " + name(node));
        const inline = getComputedStyle(node).display === "inline";
        if (!inline && node.scrollWidth > node.clientWidth + 1) wrong.push("cut " + name(node));
      }
    }
    const paper = getComputedStyle(page.body).backgroundColor, cells = page.querySelectorAll("td").length;
    found.push({width: parseInt(frame.style.width), wrong, paper, cells});
  }
  const result = document.createElement("pre");
  result.id = "found";
  result.textContent = JSON.stringify(found);
  document.body.replaceChildren(result);
});
"""


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


@pytest.mark.skipif(BROWSER is None, reason="needs chromium")
def test_nothing_is_cut_off_or_beyond_the_page(text, tmp_path):
    frames = [
        f'<iframe style="width:{width}px;height:600px;border:0;color-scheme:{scheme}" srcdoc="{html.escape(text)}"></iframe>'
        for width, scheme in SIZES
    ]
    outer = tmp_path / "outer.html"
    outer.write_text(f"<!doctype html><meta charset=utf-8><body>{''.join(frames)}<script>{MEASURE}</script>", encoding="utf-8")
    command = [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", outer.as_uri()]
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False).stdout
    except subprocess.TimeoutExpired:
        pytest.skip("the browser does not end here")
    shown = re.search(r'<pre id="found">(.*?)</pre>', output, re.DOTALL)
    if shown is None:
        pytest.skip("the browser does not run here")
    found = json.loads(html.unescape(shown[1]))
    assert [frame["width"] for frame in found] == [width for width, _ in SIZES]
    assert all(frame["cells"] > 100 for frame in found)
    assert len({frame["paper"] for frame in found}) == 2  # light and dark
    assert [(frame["width"], frame["wrong"]) for frame in found if frame["wrong"]] == []


def test_tables_wrap_and_say_what_is_in_each_cell(text):
    """Where there is no browser: no part of the page may scroll or hide what is in it, and tables become lists when narrow."""
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)[1]
    assert not re.search(r"overflow(-x|-y)?:\s*(auto|hidden|scroll|clip)", style)
    assert "text-overflow" not in style
    assert re.search(r"@media \(max-width: \d+rem\) \{.*?\.figures td \{ display: flex", style, re.DOTALL)
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
