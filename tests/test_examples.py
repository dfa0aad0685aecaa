"""The scripts in examples/ run, and what they made is what is there."""

import importlib.util
import warnings
from pathlib import Path

import pytest
from numpy.testing import assert_array_equal

import afmnn

EXAMPLES = Path(__file__).parents[1] / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_images_are_made_again_bit_for_bit(tmp_path):
    load("make_data").main(tmp_path)
    names = sorted(path.name for path in EXAMPLES.glob("*.npz"))
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert len(names) == 4
    for name in names:
        made, kept = afmnn.read_image(tmp_path / name), afmnn.read_image(EXAMPLES / name)
        assert_array_equal(made.data, kept.data, strict=True)
        assert (made.size, made.unit_xy, made.unit_z, made.title) == (kept.size, kept.unit_xy, kept.unit_z, kept.title)
    assert sum((EXAMPLES / name).stat().st_size for name in names) < 600_000


def test_scan_is_made_of_the_file_that_is_credited_alone(tmp_path):
    pytest.importorskip("PIL")
    script = load("make_scan")
    assert script.DIGEST in (EXAMPLES / "README.md").read_text(encoding="utf-8")
    (tmp_path / "other.tiff").write_bytes(b"II*\0")
    with pytest.raises(SystemExit, match="must have the SHA-256"):
        script.main(tmp_path / "other.tiff", tmp_path / "scan.gwy")
    assert not (tmp_path / "scan.gwy").exists()
    scan = afmnn.read_image(EXAMPLES / "scan.gwy")
    assert (scan.shape, scan.unit_z, scan.title) == ((200, 200), "m", "Height")


def test_picture(tmp_path):
    pytest.importorskip("matplotlib")
    load("make_picture").main(tmp_path / "picture.png")
    shipped = EXAMPLES.parent / "docs" / "images" / "scan_clean.png"
    for path in (tmp_path / "picture.png", shipped):
        assert path.read_bytes()[:4] == b"\x89PNG"
        assert path.stat().st_size < 200_000


@pytest.mark.parametrize("name", ["universal", "universal-fine"])
def test_networks_are_made_again_bit_for_bit(name, tmp_path, monkeypatch, capsys):
    """The script as it is, but for a small scene and few steps; the whole takes minutes."""
    script, path, words = load("make_universal"), tmp_path / f"{name}.npz", [name, "--folder", str(tmp_path)]
    monkeypatch.setattr(script, "SCENE", afmnn.synth.default_scene(shape=(32, 32)))
    monkeypatch.setitem(script.NETWORKS[name], "steps", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", afmnn.TrainingWarning)  # of three steps little is to be expected
        assert script.main(words) == 0
        made = path.read_bytes()
        assert script.main(words) == 0
        assert path.read_bytes() == made
        assert script.main([*words, "--check"]) == 0
        monkeypatch.setitem(script.NETWORKS[name], "seed", 7)
        assert script.main([*words, "--check"]) == 1
    assert capsys.readouterr().out.endswith("not the same\n")
    assert path.read_bytes() == made


@pytest.mark.parametrize("name", ["universal", "universal-fine"])
def test_networks_are_what_the_script_makes(name):
    script, net = load("make_universal"), afmnn.load(name)
    source = afmnn.load(script.FOLDER / f"{name}.npz")
    assert source.training == net.training  # the installed one is that of the source
    assert script.digest(source) == script.digest(net)
    settings = script.NETWORKS[name]
    record = {"name": name, "scene": "default_scene()", "preset": settings["preset"], "seed": settings["seed"]}
    assert (record | {"steps_planned": settings["steps"]}).items() <= net.training.items()
    assert net.hidden == settings["hidden"]
