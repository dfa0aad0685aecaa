"""The pages of the documentation: their code runs, from the first block to the last, and their links lead somewhere."""

import importlib.util
import re
import warnings
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("corrections/*.md")])
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def python_blocks(text):
    """Line number, needed package and code of the Python blocks of a page: ```python, or ```python needs=PACKAGE."""
    for match in FENCE.finditer(text):
        kind, *words = match[1].split()
        if kind == "python":
            needs = [word.removeprefix("needs=") for word in words]
            yield text.count("\n", 0, match.start()) + 2, needs, match[2]


def printed_lines(code):
    """What a page says that a block prints: the lines behind ``# ->``."""
    return re.findall(r"^ *# -> (.*)$", code, flags=re.MULTILINE)


def anchors(text):
    """What a code host makes of headings."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def ids(page):
    return page.stem


@pytest.mark.arithmetic
@pytest.mark.parametrize("page", [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")], ids=ids)
def test_code_runs_and_prints_what_the_page_says(page, tmp_path, monkeypatch, capsys):
    pytest.importorskip("gwyfile")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # small batches: beside busy neighbours two threads take much longer
    names = {"__name__": "__main__"}
    for line, needs, code in python_blocks(page.read_text(encoding="utf-8")):
        if any(importlib.util.find_spec(package) is None for package in needs):
            continue
        with warnings.catch_warnings():
            if needs:  # their warnings are not ours
                warnings.simplefilter("ignore")
            exec(compile("\n" * (line - 1) + code, str(page), "exec"), names)
        printed = [text.rstrip() for text in capsys.readouterr().out.splitlines()]
        assert printed_lines(code) in ([], printed), f"line {line}"


def test_pages_that_teach_show_what_is_printed():
    """Every line that a block prints, or none of that block."""
    shown = {page.stem: len(printed_lines(page.read_text(encoding="utf-8"))) for page in PAGES}
    assert min(shown["tutorial"], shown["howto"], shown["evaluate"]) >= 7


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_extras_are_installed_from_the_source(page):
    """Until there is a package index that has afmnn."""
    assert "afmnn[" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_fences_are_closed_and_say_what_they_hold(page):
    text = page.read_text(encoding="utf-8")
    assert text.count("\n```") + text.startswith("```") == 2 * len(FENCE.findall(text))
    assert all(kind.split() for kind, _ in FENCE.findall(text))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page):
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


#: Written by examples/make_gallery.py, benchmarks/suite.py and, in part, benchmarks/surfaces.py.
GENERATED = {DOCS / "gallery.md", DOCS / "performance.md", DOCS / "surfaces.md"}
WRITTEN = [*PAGES, *sorted(DOCS.glob("decisions/*.md")), *sorted(DOCS.parent.glob("*.md"))]


@pytest.mark.parametrize("page", [page for page in WRITTEN if page not in GENERATED], ids=ids)
def test_lines_fit_on_the_screen_of_a_reviewer(page):
    long = [number for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1) if len(line) > 130]
    assert long == []


def test_all_pages_can_be_reached_from_the_map():
    linked = {link.partition("#")[0] for link in LINK.findall((DOCS / "index.md").read_text(encoding="utf-8"))}
    linked |= set(LINK.findall((DOCS / "corrections.md").read_text(encoding="utf-8")))
    assert {page.relative_to(DOCS).as_posix() for page in PAGES} - {"index.md"} <= linked
