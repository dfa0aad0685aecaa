"""What users may rely on: names, docstrings, and a stub that tells the truth about the compiled module."""

import ast
import inspect
import re
import types
from pathlib import Path

import pytest

import afmnn
from afmnn import _core

CONTRACT = """
    CleaningInfo Evaluation FormatError Image LevellingWarning Network Scaling SearchResult TrainingWarning
    UnfamiliarImageWarning __version__
    adapt apply clean evaluate formats get_num_threads level load metrics read_image report search set_num_threads show
    show_config synth tips train train_on_scene windows write_image
"""
MODULES = [
    afmnn,
    afmnn.correct,
    afmnn.synth,
    afmnn.tips,
    afmnn.metrics,
    afmnn.formats,
    afmnn.formats.images,
    afmnn.formats.gwyddion,
]
STUB = ast.parse((Path(afmnn.__file__).parent / "_core.pyi").read_text(encoding="utf-8"))


def functions():
    """Every public function, and the public methods of public classes, by its full name."""
    found = {}
    for module in MODULES:
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, types.FunctionType):
                found[f"{value.__module__}.{value.__qualname__}"] = value
            elif isinstance(value, type) and not issubclass(value, Exception):
                methods = {k: v for k, v in vars(value).items() if not k.startswith("_") and isinstance(v, types.FunctionType)}
                found.update({f"{v.__module__}.{v.__qualname__}": v for v in methods.values()})
    return found


FUNCTIONS = functions()


def test_names_of_the_contract_exist():
    assert set(CONTRACT.split()) <= set(afmnn.__all__)


@pytest.mark.parametrize("module", [m for m in MODULES if hasattr(m, "__path__")], ids=lambda m: m.__name__)
def test_all_is_sorted_and_complete(module):
    assert list(module.__all__) == sorted(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    here = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and isinstance(value, (type, types.FunctionType)) and value.__module__.startswith("afmnn")
    }
    assert here - set(module.__all__) == set()


def sections(function):
    parts = re.split(r"^(\w[\w ]*)\n-+\n", inspect.getdoc(function) or "", flags=re.MULTILINE)
    return dict(zip(["Summary", *parts[1::2]], [parts[0], *parts[2::2]], strict=True))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_say_what_there_is_to_know(name):
    function = FUNCTIONS[name]
    found = sections(function)
    signature = inspect.signature(function)
    assert re.match(r"[^\n]+[.:](\n|$)", found["Summary"])
    parameters = set(signature.parameters) - {"self"}
    heads = re.findall(r"^(?:\*\*)?(\w[\w, ]*?)(?: : .*)?$", found.get("Parameters", ""), flags=re.MULTILINE)
    documented = {part.strip() for head in heads for part in head.split(",")}
    assert documented == parameters
    if signature.return_annotation not in ("None", None):
        assert "Returns" in found or not parameters
    if parameters:
        assert "Raises" in found


def stub_functions():
    """Argument names of every function and method in the stub, a list for each overload."""
    found = {}
    for node in STUB.body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(arguments(node))
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    decorators = [d.id for d in method.decorator_list if isinstance(d, ast.Name)]
                    kind = "property" if "property" in decorators else arguments(method)
                    found.setdefault(f"{node.name}.{method.name}", []).append(kind)
    return found


def arguments(node):
    assert not node.args.vararg
    assert not node.args.kwarg
    return [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if a.arg != "self"]


def compiled_functions():
    """The same, from the docstrings that pybind11 writes."""
    found = {}
    for name, value in vars(_core).items():
        if name.startswith("__"):
            continue
        if isinstance(value, type):
            for method, item in vars(value).items():
                if isinstance(item, property):
                    found[f"{name}.{method}"] = ["property"]
                elif not method.startswith("_") or (method == "__init__" and "(self" in (item.__doc__ or "")):
                    found[f"{name}.{method}"] = signatures(method, item.__doc__)
        elif callable(value):
            found[name] = signatures(name, value.__doc__)
    return found


def signatures(name, doc):
    result = []
    for line in doc.splitlines():
        match = re.match(rf"(?:\d+\. )?{name}\((.*)\) -> ", line)
        if match:
            plain = match[1]
            while "[" in plain:  # what is in brackets has commas, too
                plain = re.sub(r"\[[^\[\]]*\]", "", plain)
            names = [part.split(":")[0].split("=")[0].strip() for part in plain.split(",") if part.strip()]
            result.append([n for n in names if n not in ("self", "*", "/")])
    return result


def test_stub_has_the_names_of_the_compiled_module():
    stub, compiled = stub_functions(), compiled_functions()
    assert sorted(stub) == sorted(compiled)
    assert len(compiled) > 20


@pytest.mark.parametrize("name", sorted(compiled_functions()))
def test_stub_has_the_arguments_of_the_compiled_module(name):
    stub = {tuple(names) for names in stub_functions()[name]}
    assert stub == {tuple(names) for names in compiled_functions()[name]}
    for names in stub:
        assert "arg0" not in names
