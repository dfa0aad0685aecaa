"""``afmnn train-scene``."""

import json
import re

import numpy as np
import pytest

import afmnn
from afmnn import synth
from afmnn.cli import main
from afmnn.training.presets import PRESETS
from networks import same, staged_network

FAST = PRESETS["fast"]
HIDDEN = ", ".join(map(str, FAST.hidden))
SHAPE = ["--shape", "32x40"]


pytestmark = pytest.mark.filterwarnings("ignore:the network is of no use")  # after a few steps


def described(net, single, several, text):
    """What is said of the stages of a network, one a line."""
    names = [single] if len(net.stages) == 1 else [several.format(number) for number in range(1, 1 + len(net.stages))]
    windows = [" x ".join(map(str, stage.window)) for stage in net.stages]
    stages = zip(names, net.stages, windows, strict=True)
    return "\n".join(name + text.format(stage.fovea.taps, window, HIDDEN) for name, stage, window in stages)


def test_the_default_scene_makes_the_network_that_python_makes(tmp_path, capsys):
    path = tmp_path / "net.npz"
    words = ["train-scene", "default", "-o", str(path), *SHAPE, "--exclude", "rods,thatch", "--steps", "2", "--seed", "3"]
    assert main([*words, "--threads", "1"]) == 0
    scene = synth.default_scene(("rods", "thatch"), shape=(32, 40))
    net = afmnn.train_on_scene(scene, steps=2, seed=3)
    same(afmnn.load(path), net)
    output, errors = capsys.readouterr()
    assert not errors
    assert re.search(r"validation  RMS error \S+ -> \S+; noisy images as they are \S+\n", output)
    assert described(net, "network     ", "stage {}     ", "fovea of {0} taps in {1}, hidden {2}") in output
    assert "seed 3" in output
    assert "steps       2 in" in output
    assert main(["info", str(path)]) == 0
    output = capsys.readouterr().out
    assert described(net, "window      ", "stage {}     ", "{1}, fovea of {0} taps, hidden {2}") in output
    assert f"hidden {HIDDEN}\nscaling     row-noise, heights of" in output
    assert (", 2 stages\n" in output) is (len(net.stages) == 2)
    assert "preset fast, seed 3, steps 2" in output


def test_a_scene_from_a_file(tmp_path, capsys):
    scene, path = tmp_path / "scene.json", tmp_path / "net.npz"
    synth.default_scene(("rods",), shape=(40, 40), height=1e-9).save(scene)
    words = ["train-scene", str(scene), "-o", str(path), "--preset", "classic", "--budget", "0.3", "--json"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["command"], said["output"], said["window"], said["taps"]) == ("train-scene", str(path), [27, 27], None)
    net = afmnn.load(path)
    assert net.training["preset"] == "classic"
    assert said["seed"] == net.training["seed"]
    assert said["steps"] == net.training["steps_planned"] == len(said["validation_error"])
    same(net, afmnn.train_on_scene(synth.Scene.load(scene), preset="classic", steps=said["steps"], seed=said["seed"]))


def test_steps_of_stages(tmp_path):
    path = tmp_path / "net.npz"
    words = ["train-scene", "default", "-o", str(path), *SHAPE, "--exclude", "rods", "--steps", "3,1", "--seed", "3", "--json"]
    assert main(words) == 0
    net = afmnn.load(path)
    assert net.training["steps_of_stages"] == [3, 1]
    same(net, afmnn.train_on_scene(synth.default_scene(("rods",), shape=(32, 40)), steps=(3, 1), seed=3))


def test_the_network_can_be_applied_and_reported(tmp_path, capsys):
    path, clean, page = tmp_path / "net.npz", tmp_path / "clean.npy", tmp_path / "page.html"
    noisy, ideal = synth.default_scene(shape=(48, 48)).pair(0, seed=5)
    np.save(tmp_path / "noisy.npy", noisy)
    np.save(tmp_path / "ideal.npy", ideal)
    assert main(["train-scene", "default", "-o", str(path), "--shape", "48", "--steps", "1", "--seed", "3"]) == 0
    assert main(["apply", str(path), str(tmp_path / "noisy.npy"), "-o", str(clean)]) == 0
    np.testing.assert_array_equal(np.load(clean), afmnn.apply(afmnn.load(path), noisy))
    pytest.importorskip("matplotlib")
    words = [str(path), str(tmp_path / "noisy.npy"), "-o", str(page), "--ideal", str(tmp_path / "ideal.npy")]
    assert main(["report", *words]) == 0
    text = page.read_text(encoding="utf-8")
    net = afmnn.load(path)
    rows, cols = net.extent
    assert f"a window of {rows} x {cols} pixels, hidden nodes {HIDDEN}." in text
    for stage in net.stages:
        assert f"{stage.fovea.taps} taps in {len(stage.fovea.bands)} bands" in text


def test_stages_are_told_of(tmp_path, capsys, rng):
    path, page = tmp_path / "net.npz", tmp_path / "page.html"
    training = {"method": "adam", "seed": 3, "steps": 4, "steps_of_stages": [3, 1]}
    net = staged_network(rng, 2, training=training, history={"training": [3e-9, 2e-9]})
    net.save(path)
    assert main(["info", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:5] == [
        "afmnn network, method adam, 2 stages",
        "stage 1     27 x 37, fovea of 42 taps, hidden 6, 4",
        "stage 2     27 x 33, fovea of 49 taps, hidden 6, 4",
        "scaling     levelled, heights of 0.5 are 1",
    ]
    assert main(["info", str(path), "--json"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)["files"]
    assert facts["stages"] == [
        {"window": [27, 37], "taps": 42, "hidden": [6, 4]},
        {"window": [27, 33], "taps": 49, "hidden": [6, 4]},
    ]
    assert (facts["window"], facts["taps"]) == ([27, 33], 49)
    np.save(tmp_path / "noisy.npy", rng.normal(size=(60, 80)))
    pytest.importorskip("matplotlib")
    assert main(["report", str(path), str(tmp_path / "noisy.npy"), "-o", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "Network of 2 stages in a window of 53 x 69 pixels, hidden nodes 6, 4." in text
    for name, value in [
        ("window, stage 1", "27 x 37 pixels"),
        ("fovea, stage 2", "49 taps in 5 bands"),
        ("hidden nodes, stage 2", "6, 4"),
        ("steps of stages", "3, 1"),
        ("weights", str(6 * 43 + 4 * 7 + 5 + 42 + 6 * 50 + 4 * 7 + 5 + 49)),
    ]:
        assert re.search(rf"{name}<[^0-9]*>{value}<", text), name


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nothing.json"], 1, "'nothing.json' is no file of a scene, nor 'default'"),
        (["default", "--exclude", "cats"], 1, "exclude must name families out of"),
        (["default", "--shape", "16"], 1, "at least 32"),
        (["default", "--budget", "-1"], 1, "budget must be positive"),
        (["default", "--steps", "0"], 1, "steps must be at least 1"),
        (["default", "--steps", "1,2,3"], 1, "steps must be one number, or 1 to 2"),
        (["default", "--steps", "1,"], 2, "'1,' is not a number of steps like 50 or 30,20"),
        (["default", "--steps", "1", "--budget", "1"], 2, "not allowed with argument"),
        (["default", "--preset", "good"], 2, "invalid choice"),
        (["default", "-o", "net.gwy"], 1, "a network is not an image"),
        (["scene.json", "--exclude", "rods"], 1, "--exclude is for the scene 'default'"),
        (["scene.json", "--shape", "64"], 1, "--shape is for the scene 'default'"),
        (["scene.json", "-o", "scene.json"], 1, "is an input"),
        (["broken.json"], 1, "broken.json: "),
    ],
)
def test_wrong_words_are_one_line_and_write_nothing(tmp_path, monkeypatch, capsys, words, code, message):
    monkeypatch.chdir(tmp_path)
    synth.default_scene(shape=(40, 40)).save("scene.json")
    (tmp_path / "broken.json").write_text("{")
    before = sorted(tmp_path.iterdir())
    assert main(["train-scene", "-o", "net.npz", *words]) == code
    output, error = capsys.readouterr()
    assert message in error
    assert error.count("\n") == 1
    assert output == ""
    assert sorted(tmp_path.iterdir()) == before
