"""progress=True: a bar in terminals and notebooks, nothing elsewhere, and never an error."""

import inspect
import io
import sys
import types

import numpy as np
import pytest

import afmnn
from afmnn import _progress, synth


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()  # put where it is looked for: pytest changes sys.stderr itself between fixture and test
    monkeypatch.setattr(_progress, "sys", types.SimpleNamespace(stderr=stream, modules=sys.modules))
    return stream


@pytest.fixture
def drawn(monkeypatch):
    """What a notebook shows, the last state of each bar, in a kernel that is not there."""
    bars = []

    class Handle:
        def __init__(self, place):
            self.place = place

        def update(self, bundle, raw):
            assert raw
            bars[self.place] = bundle

    def display(bundle, raw, display_id):
        assert raw
        assert display_id
        bars.append(bundle)
        return Handle(len(bars) - 1)

    package, module = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    package.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    package.display, module.display = module, display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return bars


@pytest.fixture(scope="module")
def pair():
    ideal = synth.particles((64, 64), radius=6.0, coverage=0.5, seed=1)
    return ideal + synth.noise(ideal.shape, rms=0.3, seed=2), ideal


SETTINGS = {"window": 3, "hidden": 1, "batch": 256, "seed": 1}


def calls(pair):
    net = afmnn.train(*pair, steps=1, **SETTINGS)
    scene = synth.default_scene(shape=(32, 32))
    return {
        "train": lambda bar: afmnn.train(*pair, steps=3, progress=bar, **SETTINGS),
        "train_on_scene": lambda bar: afmnn.train_on_scene(scene, preset="fast", steps=20, validation=1, seed=1, progress=bar),
        "search": lambda bar: afmnn.search(
            *pair, space={"hidden": [1, 2]}, trials=2, validation=0.4, steps=1, window=3, batch=256, progress=bar
        ),
        "apply": lambda bar: afmnn.apply(net, pair[0], progress=bar),
        "clean": lambda bar: afmnn.clean(pair[0], net, progress=bar),
        "anneal": lambda bar: synth.anneal((128, 128), iterations=50, seed=1, progress=bar),
    }


ENDS = {
    "train": "train: 3 of 3 steps",
    "train_on_scene": "train_on_scene: 20 of 20 steps",
    "search": "search: 2 of 2 trials",
    "apply": "apply: 64 of 64 rows",
    "clean": "clean: 64 of 64 rows",
    "anneal": "anneal: ",
}


@pytest.mark.filterwarnings("ignore::afmnn.TrainingWarning")
@pytest.mark.parametrize("name", ENDS)
def test_notebooks_have_a_bar_that_comes_to_its_end(name, pair, drawn):
    calls(pair)[name](True)
    (bundle,) = drawn
    assert bundle["text/plain"].startswith(ENDS[name])
    assert "<progress" in bundle["text/html"]
    assert ("error" in bundle["text/plain"]) == name.startswith("train")


@pytest.mark.parametrize("name", ["train", "apply"])
def test_terminals_have_a_bar_of_tqdm(name, pair, terminal):
    pytest.importorskip("tqdm")
    calls(pair)[name](True)
    shown = terminal.getvalue()
    assert shown.startswith("\r")
    assert "100%" in shown
    assert f"| {'3/3 steps' if name == 'train' else '64/64 rows'}" in shown
    assert shown.endswith("\n")


def test_without_tqdm_there_is_a_line_of_words(pair, terminal, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    calls(pair)["train"](True)
    last = terminal.getvalue().split("\r")[-1]
    assert last.startswith("train: 3 of 3 steps")
    assert last.endswith("\n")


def test_elsewhere_there_is_nothing(pair, capsys):
    calls(pair)["train"](True)
    assert capsys.readouterr() == ("", "")


def test_false_is_no_bar(pair, terminal):
    calls(pair)["train"](False)
    assert terminal.getvalue() == ""


def test_a_bar_changes_no_result(pair, drawn):
    one, other = (calls(pair)["train"](bar) for bar in (True, None))
    assert all(np.array_equal(a, b) for a, b in zip(one.layers, other.layers, strict=True))


def test_a_bar_is_closed_by_an_error(pair, drawn):
    with pytest.raises(ValueError, match="window must"):
        afmnn.train(*pair, window=0, progress=True)
    assert drawn[0]["text/plain"].startswith("train: 0 of 75 steps")


def test_a_terminal_that_is_gone_does_no_harm(pair, terminal, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(terminal, "write", lambda _: (_ for _ in ()).throw(OSError("gone")))
    assert calls(pair)["train"](True).hidden == (1,)


def test_functions_of_users_are_called_as_before(pair):
    told = []
    calls(pair)["train"](lambda step, losses: told.append((step, sorted(losses))))
    assert told == [(step, ["training", "validation"]) for step in (1, 2, 3)]


@pytest.mark.filterwarnings("ignore::afmnn.TrainingWarning")
def test_steps_that_are_planned_are_told_to_both(drawn):
    planned = []
    scene = synth.default_scene(shape=(32, 32))
    afmnn.train_on_scene(scene, preset="fast", steps=20, validation=1, seed=1, progress=True, planned=planned.append)
    assert planned == [20]


def functions_with_progress():
    for module in (afmnn, synth):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value) and "progress" in inspect.signature(value).parameters:
                yield value


def test_every_function_with_progress_takes_true():
    found = list(functions_with_progress())
    assert len(found) == 19
    for function in found:
        assert "bool" in str(inspect.signature(function).parameters["progress"].annotation), function.__name__
        assert "True is a bar" in function.__doc__


@pytest.mark.parametrize(("value", "found"), [(None, None), (True, None), (False, None), (print, print)])
def test_function_of(value, found):
    assert _progress.function_of("progress", value) is found
