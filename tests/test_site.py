"""The site made of docs/ and the docstrings: every public name has a page, every page can be reached, nothing is broken."""

import fnmatch
import html.parser
import importlib
import importlib.util
import inspect
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

import afmnn

DOCS = Path(__file__).parents[1] / "docs"
SOURCES = [path for kind in ("md", "rst") for path in sorted(DOCS.rglob(f"*.{kind}"))]
PAGES = {path.relative_to(DOCS).with_suffix("").as_posix() for path in SOURCES} - {"index"}
PAGES = {page for page in PAGES if not page.startswith(("api/generated/", "_"))}
FOLDED = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^\.\. toctree::\n((?:   .*\n|\n)+)", re.MULTILINE)
NEEDED = ("sphinx", "myst_parser", "numpydoc", "furo")


def toctree(page):
    """The pages that follow a page on the site, in order."""
    path = next(DOCS / f"{page}.{kind}" for kind in ("md", "rst") if (DOCS / f"{page}.{kind}").exists())
    text = path.read_text(encoding="utf-8")
    found = []
    for block in FOLDED.findall(text) if path.suffix == ".md" else INDENTED.findall(text):
        for line in filter(None, map(str.strip, block.splitlines())):
            if not line.startswith(":"):
                pattern = (Path(page).parent / line).as_posix()
                found += fnmatch.filter(sorted(PAGES), pattern) if ":glob:" in block else [pattern]
    return found


def api_names():
    """Names that have a page of their own, and modules that have one, of the lists in docs/api."""
    names, modules = [], []
    for path in sorted((DOCS / "api").glob("*.rst")):
        module, listed = None, False
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := re.fullmatch(r"\.\. (currentmodule|automodule):: (\S+)", line):
                module = match[2]
                modules += [module] if match[1] == "automodule" else []
            elif line.startswith(".. "):
                listed = line == ".. autosummary::"
            elif listed and re.fullmatch(r"   \w+", line):
                names.append(f"{module}.{line.strip()}")
    return names, modules


def value(name):
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


NAMES, MODULES = api_names()


def public_modules():
    """All modules with a list of their names, but those whose names begin with an underscore, and the command's."""
    found = [afmnn]
    for info in pkgutil.walk_packages(afmnn.__path__, "afmnn.", onerror=None):
        if not any(part.startswith("_") for part in info.name.split(".")) and not info.name.startswith("afmnn.cli"):
            found.append(importlib.import_module(info.name))
    return [module for module in found if hasattr(module, "__all__")]


def test_every_public_name_has_its_page():
    shown = {id(value(name)) for name in NAMES} | {id(importlib.import_module(name)) for name in MODULES}
    modules = public_modules()
    assert {"afmnn", "afmnn.synth", "afmnn.synth.instrument", "afmnn.fovea"} <= {module.__name__ for module in modules}
    public = [f"{module.__name__}.{name}" for module in modules for name in module.__all__]
    assert [name for name in public if id(value(name)) not in shown] == []


def test_no_page_is_about_what_is_not_public():
    shown = [name for name in NAMES if name.rpartition(".")[0] != "afmnn.formats.npz"]  # whose two are named in documentation
    assert [name for name in shown if name.rpartition(".")[2] not in sys.modules[name.rpartition(".")[0]].__all__] == []
    assert len(set(NAMES)) == len(NAMES)


def test_every_page_is_in_one_toctree():
    listed = [page for source in ("index", *PAGES) for page in toctree(source)]
    assert sorted(listed) == sorted(PAGES)


def test_every_page_can_be_reached_from_the_first():
    reached = ["index"]
    for page in reached:
        reached += [child for child in toctree(page) if child not in reached]
    assert set(reached) == PAGES | {"index"}


def test_no_page_takes_the_name_of_one_that_sphinx_writes():
    assert not PAGES & {"search", "genindex", "py-modindex"}


def test_descriptions_of_pictures():
    for path in SOURCES:
        assert re.findall(r"!\[\s*\]\(\S+\)", path.read_text(encoding="utf-8")) == [], path.name


class Page(html.parser.HTMLParser):
    """What is looked at of a page of the site."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.pictures, self.words = set(), [], [], set()
        self.names, self.link = set(), None  # names that lead to something public
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.add(found.get("id"))
        if tag == "a" and found.get("href"):
            self.link = found["href"]
            self.links.append(self.link)
        if tag == "img":
            self.pictures.append((found["src"], found.get("alt")))

    def handle_endtag(self, tag):
        if tag == "a":
            self.link = None

    def handle_data(self, data):
        if self.link and "#afmnn." in self.link:
            self.names.add(data)
        self.words.update(re.findall(r"\w+", data))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as strictly as Sphinx can."""
    for package in NEEDED:
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("site")
    shutil.rmtree(DOCS / "api/generated", ignore_errors=True)
    options = ["-W", "--keep-going", "-n", "-q", "-E", "-d", str(folder / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, "-b", "html", str(DOCS), str(folder / "html")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stderr == "", done.stderr
    assert done.returncode == 0
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted((folder / "html").rglob("*.html"))}


def test_site_is_built_without_a_warning_and_whole(site):
    (top,) = [path.parent for path in site if path.parts[-2:] == ("html", "index.html")]
    built = {path.relative_to(top).with_suffix("").as_posix() for path in site}
    assert {f"api/generated/{name}" for name in NAMES} | PAGES | {"search"} <= built


def test_links_and_pictures_of_the_site_are_there(site):
    for path, page in site.items():
        for link in page.links:
            if not re.match(r"[a-z]+:", link):
                name, _, anchor = unquote(link).partition("#")
                target = (path.parent / name).resolve() if name else path
                assert target.is_file(), (path.name, link)
                assert not anchor or target not in site or anchor in site[target].ids, (path.name, link)
        for source, description in page.pictures:
            assert (path.parent / unquote(source)).is_file(), (path.name, source)
            assert description, (path.name, source)


def test_help_and_page_say_the_same(site):
    """Every word of a docstring, and of those of a class's methods, is on its page."""
    pages = {path.stem: page for path, page in site.items() if path.parent.name == "generated"}
    titles = {"Attributes"}  # of which numpydoc makes "Variables"
    for name in NAMES:
        item = value(name)
        texts = [inspect.getdoc(item)] if inspect.isroutine(item) or isinstance(item, type) else []
        if isinstance(item, type):
            members = [member for key, member in vars(item).items() if not key.startswith("_")]
            texts += [inspect.getdoc(member) for member in members if inspect.isroutine(member) or isinstance(member, property)]
        # A second name of a function leads to the page of its first one.
        page = pages[f"{name.rpartition('.')[0]}.{item.__name__}" if inspect.isroutine(item) else name]
        for text in filter(None, texts):
            said = set(re.findall(r"\w+", re.sub(r"# doctest: .*", "", text)))  # such comments Sphinx leaves out
            assert said - titles <= page.words, name


def test_parameters_are_no_links(site):
    """A parameter such as `height` has the name of something public elsewhere, which it does not mean."""
    pages = {path.stem: page for path, page in site.items() if path.parent.name == "generated"}
    for name in NAMES:
        if inspect.isfunction(value(name)):
            assert pages[name].names & set(inspect.signature(value(name)).parameters) == set(), name
