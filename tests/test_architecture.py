"""ARCHITECTURE, CONTRIBUTING and the glossary: every file and name in them exists, every feature is where its row says."""

import ast
import itertools
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Where a path may begin; C++ files are named with and without their folders.
BASES = ("", "src/afmnn", "cpp/include/afmnn", "cpp/src", "cpp/bindings")
#: What a feature is called in each layer: {} is the feature, {0} its folder, {1} its name in it.
LAYERS = {
    "Python": "src/afmnn/{0}/{1}.py",
    "header": "cpp/include/afmnn/{0}/{1}.hpp",
    "source": "cpp/src/{0}/{1}.cpp",
    "binding": "cpp/bindings/bind_{0}_{1}.cpp",
    "test": "tests/test_{0}_{1}.py",
    "C++ test": "cpp/tests/test_{0}_{1}.cpp",
    "twin": "src/afmnn/_reference/{1}.py",
    "benchmark": "benchmarks/bench_{0}_{1}.py",
}

pytestmark = pytest.mark.skipif(not (ROOT / "ARCHITECTURE.md").is_file(), reason="needs the source tree")


def page(name):
    return (ROOT / name).read_text(encoding="utf-8") if (ROOT / name).is_file() else ""


def spans(text):
    """What stands between backticks."""
    return sorted(set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))))


def is_path(span):
    return "/" in span or re.search(r"\.(py|pyi|[ch]pp|inl|md|toml|txt)$", span) is not None


def spelled_out(path):
    """All paths that one with braces stands for."""
    parts = [part.split(",") for part in re.split(r"[{}]", path)]
    return ["".join(choice) for choice in itertools.product(*parts)]


def exists(path):
    return any(any(ROOT.glob(f"{base}/{path}".strip("/"))) for base in BASES)


@cache
def words():
    """All words of the code."""
    files = [*ROOT.glob("src/**/*.py"), *ROOT.glob("src/**/*.pyi"), *ROOT.glob("cpp/**/*.[chi]*")]
    return {word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))}


def defines(module, name):
    """Whether a module of the package has something of that name."""
    pattern = rf"^(?:(?:def|class) {name}\b|{name}\b[^\n]* = |from .* import .*\b{name}\b|    def {name}\b)"
    return re.search(pattern, module.read_text(encoding="utf-8"), flags=re.MULTILINE) is not None


def is_known(span):
    """Whether a name is defined where it says, or, without a place, anywhere in the code."""
    name = re.match(r"[\w.:]*", span)[0].strip(".:")
    *place, last = name.split(".")
    if place:
        module = ROOT / "src/afmnn" / "/".join(place)
        files = [module.with_suffix(".py"), module.with_suffix(".pyi"), module / "__init__.py"]
        found = [defines(file, last) for file in files if file.is_file()]
        if found:
            return any(found)
    return bool(name) and words().issuperset(re.split(r"[.:]+", name))


@pytest.mark.parametrize("span", spans(page("ARCHITECTURE.md")))
def test_what_the_architecture_speaks_of_exists(span):
    if is_path(span):
        assert all(exists(path) or exists(f"{path}.*") for path in spelled_out(span))
    else:
        assert is_known(span)


@pytest.mark.parametrize("path", [span for span in spans(page("CONTRIBUTING.md")) if "/" in span and " " not in span])
def test_files_to_change_exist(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", ["nn/none.cpp", "{nn,training}/apply.py", "nn.apply.walk", "Breathing", "image.wrap"])
def test_what_does_not_exist_is_noticed(name):
    if is_path(name):
        assert not all(exists(path) or exists(f"{path}.*") for path in spelled_out(name))
    else:
        assert not is_known(name)


def table():
    """Rows of the table of features: name, and which layers are marked."""
    text = page("ARCHITECTURE.md")
    lines = text[text.index("| feature |") :].split("\n\n")[0].splitlines() if "| feature |" in text else []
    head = [cell.strip() for cell in lines[0].strip("|").split("|")][1:] if lines else []
    assert head in ([], list(LAYERS))
    for line in lines[2:]:
        name, *cells = (cell.strip() for cell in line.strip().strip("|").split("|"))
        yield name.strip("`"), dict(zip(head, cells, strict=True))


@pytest.mark.parametrize(("feature", "marks"), list(table()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_feature_is_a_file_in_each_of_its_layers_and_in_no_other(feature, marks):
    assert "x" in marks.values()
    for layer, mark in marks.items():
        path = LAYERS[layer].format(*feature.split("/"))
        assert (ROOT / path).is_file() == (mark == "x"), path


@pytest.mark.parametrize("path", sorted(ROOT.glob("cpp/bindings/bind_*.cpp")), ids=lambda path: path.stem)
def test_a_binding_has_a_namespace_of_its_own(path):
    """Several are compiled as one source: names in plain unnamed namespaces would meet."""
    name = path.stem.removeprefix("bind_")
    text = path.read_text(encoding="utf-8")
    assert f"\nnamespace afmnn_python {{\nnamespace {name} {{\nnamespace {{\n" in text
    assert text.count("\nnamespace {\n") == 1
    assert f"\n}}  // namespace\n}}  // namespace {name}\n" in text


#: The rows of Python's layers, from above: a module imports from its own and from those below.
ROWS = (
    {"cli"},
    {"neighbours"},
    {"cleaning.py", "cleaning"},
    {"showing"},
    {"training"},
    {"evaluation"},
    {"networks"},
    {"formats"},
    {"nn"},
    {"synth", "tips", "correct", "metrics"},
    {"_files", ""},
)
MODULES = sorted(path.relative_to(ROOT / "src/afmnn") for path in (ROOT / "src/afmnn").rglob("*.py"))
ENTRANCES = {Path("__init__.py"), Path("__main__.py"), Path("fovea.py")}


def row_of(package):
    """The number of the row of a package; modules that are in none belong to the last."""
    return next((i for i, row in enumerate(ROWS) if package in row), len(ROWS) - 1)


def imported(module):
    """First parts of what a module imports from this package when it is imported itself."""
    tree = ast.parse((ROOT / "src/afmnn" / module).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            above = [*module.parts[: len(module.parts) - node.level], *filter(None, (node.module or "").split("."))]
            yield from above[:1] or [name.name for name in node.names]


@pytest.mark.parametrize("module", [m for m in MODULES if m not in ENTRANCES and m.parts[0] != "_reference"], ids=str)
def test_modules_import_from_their_row_and_below(module):
    here = row_of(module.parts[0])
    assert [name for name in imported(module) if row_of(name) < here] == []


def rows_of_the_glossary():
    return [line for line in page("docs/glossary.md").splitlines() if line.startswith("| ") and "where it lives" not in line]


@pytest.mark.parametrize("row", rows_of_the_glossary(), ids=lambda row: row.split("|")[1].strip())
def test_words_of_the_glossary_live_where_it_says(row):
    places = spans(row.strip("| ").split("|")[-1])
    assert places
    assert all((ROOT / "src/afmnn" / place).is_file() for place in places)
