"""The gallery is what its script writes, shows everything that there is, and has all its pictures."""

import ast
import importlib.util
import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from afmnn import synth, tips
from afmnn.synth.line_errors import LINE_ERROR_KINDS
from afmnn.synth.noise import DISTRIBUTIONS
from afmnn.synth.objects import ObjectKind
from afmnn.tips.model import KINDS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "gallery.md"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "examples" / "make_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def calls():
    """Name, first text argument (or that of `kind` or `distribution`) of every call in the page's code."""
    found = set()
    for code in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                values = [*node.args, *(word.value for word in node.keywords if word.arg in ("kind", "distribution"))]
                texts = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
                found |= {(name, text) for text in (texts or [None])}
    return found


def test_page_is_what_the_script_writes(script):
    assert PAGE.read_text(encoding="utf-8") == script.page(), "run examples/make_gallery.py"


def test_everything_that_makes_heights_is_shown(calls):
    shown = {name for name, _ in calls}
    measured = {"InstrumentLike", "instrument_like"}  # on a page of their own
    assert {name for name in synth.__all__ if callable(getattr(synth, name))} - measured <= shown
    assert {"level", "tip_model", "tip_dilation", "tip_erosion", "certainty_map", "blind_tip_estimate"} <= shown
    assert set(tips.__all__) - shown == {"reconstruct_surface", "tip_area_function", "blind_tip_stripes"}  # an alias; curves


def test_every_kind_is_shown(calls):
    for name, kinds in (
        ("objects", get_args(ObjectKind)),
        ("tip_model", KINDS),
        ("add_defects", synth.DEFECT_PRESETS),
        ("noise", set(DISTRIBUTIONS) - {"gaussian"}),  # the default
        ("line_errors", {*LINE_ERROR_KINDS, "mixed"} - {"offset"}),
    ):
        assert {(name, kind) for kind in kinds} <= calls, name


def test_pictures_are_those_of_the_page(script):
    text = PAGE.read_text(encoding="utf-8")
    linked = re.findall(r"!\[(\w+)\]\(images/gallery/(\w+)\.png\)", text)
    assert all(title == name for title, name in linked)
    names = [name for _, name in linked]
    assert len(set(names)) == len(names) > 100
    files = list((PAGE.parent / script.IMAGES).iterdir())
    assert {path.name for path in files} == {f"{name}.png" for name in names}
    for path in files:
        header = path.read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert np.frombuffer(header[16:24], ">u4").tolist() == [script.SIDE, script.SIDE]
    assert sum(path.stat().st_size for path in files) < 2_400_000


def test_no_picture_is_empty(script):
    names = set()
    for name, heights, sheet in script.pictures():
        assert heights.ndim == 2
        assert max(heights.shape) <= script.SIDE
        assert np.isfinite(heights).all()
        assert np.ptp(heights) > 0
        if sheet.heights:  # what lies outside is cut: not more than a few per cent of a defect
            low, high = sheet.heights
            assert np.mean((heights >= low) & (heights <= high)) > (0.9 if sheet.grey else 0.0)
        names.add(name)
    assert len(names) > 100


def test_pictures_show_heights(script):
    pytest.importorskip("matplotlib")
    ramp = np.tile(np.linspace(-1e-9, 1e-9, 60), (40, 1))
    picture = script.draw(ramp, script.Sheet("a = 1\n"))
    assert picture.size == (script.SIDE, script.SIDE)  # enlarged three times, with a dark frame above and below
    levels = np.asarray(picture)
    assert (levels[:30] == 0).all()
    assert (levels[30:150, ::3] == np.clip(np.floor(np.arange(60) / 59 * script.LEVELS), 0, script.LEVELS - 1)).all()
    brightness = np.asarray(picture.convert("L")).astype(int)
    assert (np.diff(brightness[90]) >= 0).all()
    assert brightness[90, -1] - brightness[90, 0] > 200


def test_names_are_what_lines_assign(script):
    sheet = script.Sheet("b, a = pair()\nc = d = f(x)\ng(e)\n")
    assert sheet.names == ["b", "a", "c", "d"]
