"""``afmnn synth``."""

import json

import numpy as np
import pytest

from afmnn import read_image, synth
from afmnn.cli import main
from afmnn.formats.images import list_channels


def test_a_generator_writes_what_the_function_returns(tmp_path, capsys):
    path = tmp_path / "p.npz"
    words = ["synth", "particles", "radius=0.3e-6", "coverage=0.4", "-o", str(path), "--shape", "48x64", "--pixel-size", "39e-9"]
    assert main([*words, "--seed", "3"]) == 0
    image = read_image(path)
    expected = synth.particles((48, 64), pixel_size=39e-9, radius=0.3e-6, coverage=0.4, seed=3)
    np.testing.assert_array_equal(image.data, expected)
    assert (image.unit_xy, image.unit_z, image.title) == ("m", "m", "particles")
    assert image.size == pytest.approx((48 * 39e-9, 64 * 39e-9))
    assert "seed 3" in capsys.readouterr().out


def test_a_scene_writes_a_pair(tmp_path, capsys):
    pytest.importorskip("gwyfile")
    scene, path = tmp_path / "scene.json", tmp_path / "pair.gwy"
    synth.default_scene(("rods",), shape=(40, 40), pixel_size=2e-9, height=1e-9).save(scene)
    assert main(["synth", str(scene), "-o", str(path), "--seed", "1", "--index", "5", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    noisy, ideal = synth.Scene.load(scene).pair(5, seed=1)
    assert [channel.title for channel in list_channels(path)] == ["ideal", "noisy"]
    np.testing.assert_array_equal(read_image(path, "noisy").data, noisy)
    np.testing.assert_array_equal(read_image(path, "ideal").data, ideal)
    assert said["rms"]["ideal"] == pytest.approx(ideal.std())
    assert said["seed"] == 1


def test_the_default_scene_needs_no_file(tmp_path):
    pytest.importorskip("gwyfile")
    path = tmp_path / "pair.gwy"
    assert main(["synth", "default", "-o", str(path), "--shape", "32", "--seed", "0"]) == 0
    assert read_image(path, "noisy").shape == (32, 32)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["particles"], "needs radius="),
        (["particles", "radius=3", "size=2"], "'size'"),
        (["particles", "radius=-3"], "radius must be positive"),
        (["particles", "radius"], "KEY=VALUE"),
        (["particle", "radius=3"], "nor one of objects, particles"),
        (["objects", "kind=ball", "radius=3", "height=1"], "kind must be one of"),
        (["default", "radius=3"], "takes no settings"),
        (["default", "--index", "-1"], "index must be at least 0"),
    ],
)
def test_wrong_words_are_one_line_and_write_nothing(tmp_path, capsys, words, message):
    path = tmp_path / "out.gwy"
    assert main(["synth", *words, "-o", str(path)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not path.exists()
