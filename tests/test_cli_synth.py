"""``afmnn synth``."""

import json

import numpy as np
import pytest

from afmnn import read_image, synth
from afmnn.cli import main
from afmnn.cli._settings import ANGLES, GENERATORS, HEIGHTS, LENGTHS, OWN_LENGTHS
from afmnn.cli._synth_help import documented
from afmnn.formats.images import list_channels
from afmnn.synth.recipes import settings_of


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


def made(*words):
    """Run ``afmnn synth`` in the folder of the test, and return what it has written."""
    assert main(["synth", *words]) == 0
    return read_image(words[words.index("-o") + 1])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_units_give_the_numbers_of_the_python_call(here):
    settings = ["radius=0.47um", "coverage=0.5", "radius_std=50nm", "relax_steps=20"]
    image = made("particles", *settings, "--size", "10um", "--pixels", "60x80", "--seed", "4", "-o", "a.gwy")
    expected = synth.particles(
        (60, 80), pixel_size=10e-6 / 80, radius=0.47e-6, coverage=0.5, radius_std=50e-9, relax_steps=20, seed=4
    )
    np.testing.assert_array_equal(image.data, expected)
    assert (image.unit_xy, image.unit_z, image.size) == ("m", "m", (60 * (10e-6 / 80), 10e-6))
    square = made("particles", *settings, "--pixel-size", "125nm", "--shape", "60x80", "--seed", "4", "-o", "b.gwy")
    same = synth.particles((60, 80), pixel_size=125e-9, radius=0.47e-6, coverage=0.5, radius_std=50e-9, relax_steps=20, seed=4)
    np.testing.assert_array_equal(square.data, same)


def test_heights_angles_and_pairs_take_units(here):
    words = ["pattern_rings", "period=1um", "height=2mV", "angle=30deg", "center=[1um,-2um]", "slope_fraction=.1"]
    image = made(*words, "--size", "6umx8um", "--pixels", "50x40", "--seed", "1", "-o", "a.gwy")
    expected = synth.pattern_rings(
        (50, 40), pixel_size=(6e-6 / 50, 8e-6 / 40), period=1e-6, height=2e-3, angle=np.radians(30), center=(1e-6, -2e-6),
        slope_fraction=0.1, seed=1,
    )  # fmt: skip
    np.testing.assert_array_equal(image.data, expected)
    assert (image.unit_xy, image.unit_z, image.size) == ("m", "V", (6e-6, 8e-6))


def test_a_unit_of_ones_own_is_that_of_plain_numbers(here):
    image = made(
        "objects",
        "radius=0.2um",
        "height=5",
        "--pixel-size",
        "39",
        "--unit",
        "nm",
        "--pixels",
        "32",
        "--seed",
        "0",
        "-o",
        "a.npz",
    )
    expected = synth.objects((32, 32), pixel_size=39.0, radius=200.0, height=5.0, seed=0)
    np.testing.assert_array_equal(image.data, expected)
    assert (image.unit_xy, image.unit_z) == ("nm", "nm")


def test_wrong_lines_spikes_and_smears_are_added(here):
    ideal = made("particles", "radius=0.5um", "--size", "5um", "--pixels", "48", "--seed", "1", "-o", "ideal.gwy")
    adds = ["--add", "line_errors:rms=60nm,kind=mixed,density=0.2", "--add", "spikes:rms=1um,density=0.01,size=3"]
    adds += ["--add", "line_scars:rms=100nm,length=1um,width=3,width_spread=0.4,coverage=0.1"]
    noisy = made("--base", "ideal.gwy", *adds, "--seed", "2", "-o", "noisy.gwy")
    first, second, third = np.random.SeedSequence(2).spawn(3)
    expected = synth.line_errors(base=ideal, rms=60e-9, kind="mixed", density=0.2, seed=first)
    expected = synth.spikes(base=expected, rms=1e-6, density=0.01, size=3, seed=second)
    smears = {"length": 1e-6, "width": 3, "width_spread": 0.4, "coverage": 0.1, "pixel_size": 5e-6 / 48}
    np.testing.assert_array_equal(noisy.data, synth.line_scars(base=expected, rms=100e-9, seed=third, **smears))


def test_heights_with_a_unit_need_no_size(here):
    image = made("objects", "radius=6", "height=40nm", "--pixels", "32", "--seed", "0", "-o", "a.gwy")
    np.testing.assert_array_equal(image.data, synth.objects((32, 32), radius=6, height=40e-9, seed=0))
    assert (image.unit_xy, image.unit_z) == ("", "m")


def test_defects_are_added_in_order_each_with_its_seed(here):
    ideal = made("particles", "radius=0.5um", "--size", "5um", "--pixels", "48", "--seed", "1", "-o", "ideal.gwy")
    adds = ["--add", "noise:rms=60nm", "--add", "line_scars:rms=100nm,length=1um,coverage=0.1", "--add", "noise:rms=5nm"]
    noisy = made("--base", "ideal.gwy", *adds, "--seed", "2", "-o", "noisy.gwy")
    first, second, third = np.random.SeedSequence(2).spawn(3)
    expected = synth.noise(base=ideal, rms=60e-9, seed=first)
    expected = synth.line_scars(base=expected, rms=100e-9, length=1e-6, coverage=0.1, pixel_size=5e-6 / 48, seed=second)
    expected = synth.noise(base=expected, rms=5e-9, seed=third)
    np.testing.assert_array_equal(noisy.data, expected)
    assert (noisy.unit_xy, noisy.unit_z, noisy.size) == ("m", "m", ideal.size)
    assert noisy.title == "particles + noise + line_scars + noise"
    at_once = made("particles", "radius=0.5um", "--size", "5um", "--pixels", "48", *adds[:2], "--seed", "1", "-o", "at_once.gwy")
    (first,) = np.random.SeedSequence(1).spawn(1)
    np.testing.assert_array_equal(at_once.data, synth.noise(base=ideal, rms=60e-9, seed=first))


def test_a_surface_is_built_on_a_base(here):
    steps = made(
        "pattern_staircase", "period=2um", "height=20nm", "--size", "5um", "--pixels", "48", "--seed", "1", "-o", "a.gwy"
    )
    image = made("particles", "radius=0.5um", "--base", "a.gwy", "--seed", "3", "-o", "b.gwy")
    np.testing.assert_array_equal(image.data, synth.particles(base=steps, pixel_size=5e-6 / 48, radius=0.5e-6, seed=3))


def test_the_list_has_every_generator_once(capsys):
    assert main(["synth", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, function in GENERATORS.items():
        (line,) = [line for line in lines if line.split()[0] == name]
        assert function.__doc__.splitlines()[0].split("`")[0].strip() in line
    assert main(["synth", "--list", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [*said["surfaces"], *said["defects"]] == list(GENERATORS)


@pytest.mark.parametrize("name", GENERATORS)
def test_help_says_every_setting_with_its_default(name, capsys):
    assert main(["synth", name, "--help"]) == 0
    said = capsys.readouterr().out
    for key, parameter in settings_of(GENERATORS[name]).items():
        (line,) = [line for line in said.splitlines() if line.startswith(f"  {key}=")]
        typed = line.split("=")[1].split()[0]
        if parameter.default is parameter.empty:
            assert "required" in line
        elif isinstance(parameter.default, (bool, int, float)):
            assert json.loads(typed) == parameter.default
        if isinstance(parameter.default, str):
            choices = said[said.index(line) :].splitlines()[1]
            assert choices.strip().startswith("one of ")
            assert typed in choices
    assert all(len(text) > 3 for text in documented(name).values())


def test_what_takes_a_unit_is_what_the_docstrings_say():
    for name, function in GENERATORS.items():
        for key, text in documented(name).items():
            in_plane = "lateral unit" in text or "unit of pixel_size" in text
            lengths = LENGTHS | OWN_LENGTHS.get(name, set())
            assert in_plane == (key in lengths - {"radius_std"}), (name, key)
            assert ("in radians" in text) == (key in ANGLES), (name, key)
            if key in HEIGHTS:
                assert any(word in text for word in ("Height", "Depth", "unit of the heights")), (name, key)
        needed = {key for key, p in settings_of(function).items() if p.default is p.empty}
        assert needed <= LENGTHS | OWN_LENGTHS.get(name, set()) | HEIGHTS | ANGLES


def test_help_without_a_name_is_that_of_the_command(capsys):
    assert main(["synth", "--help"]) == 0
    assert "--base IMAGE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("particles radius=5um", 1, "--size 10um"),
        ("particles radius=5uV --size 100um", 1, "radius must be in m, got '5uV'"),
        ("particles radius=5um coverage=0.5nm --size 100um", 1, "coverage must be in no unit"),
        ("particles radius=5zz --size 100um", 1, "radius must be a number"),
        ("particles radius=5 --size 10V", 2, "'10V' is not a length"),
        ("particles radius=5um --size 1um --pixel-size 1nm", 2, "not allowed with"),
        ("--base base.npz", 1, "--add"),
        ("--base base.npz --add noise", 1, "noise needs rms="),
        ("--base base.npz --add spots:rms=1nm", 1, "got 'spots'"),
        ("--base base.npz --add noise:rms=1mV", 1, "rms must be in m"),
        ("--base base.npz --add noise:rms=1nm --pixels 5", 1, "--pixels comes from"),
        ("--base base.npz --add noise:rms=1nm --unit nm", 1, "--unit comes from"),
        ("default --add noise:rms=1nm", 1, "takes no --add"),
        ("default --size 1umx2um --pixels 32", 1, "square"),
        ("", 2, "what to make is missing"),
    ],
)
def test_wrong_words_about_units_and_bases(here, capsys, line, code, message):
    made("particles", "radius=0.5um", "--size", "5um", "--pixels", "32", "--seed", "1", "-o", "base.npz")
    capsys.readouterr()
    assert main(["synth", *line.split(), "-o", "out.gwy"]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["base.npz"]


def test_the_base_is_not_written_over(here, capsys):
    made("particles", "radius=0.5um", "--size", "5um", "--pixels", "32", "--seed", "1", "-o", "base.npz")
    before = (here / "base.npz").read_bytes()
    assert main(["synth", "--base", "base.npz", "--add", "noise:rms=1nm", "-o", "base.npz", "--force"]) == 1
    assert "is an input" in capsys.readouterr().err
    assert (here / "base.npz").read_bytes() == before
    assert main(["synth", "noise", "rms=1"]) == 2
    assert "-o/--output" in capsys.readouterr().err


def test_both_directions_of_a_scene(tmp_path):
    path = tmp_path / "pair.gwy"
    assert (
        main(["synth", "default", "--shape", "40x40", "--directions", "2", "--index", "3", "--seed", "1", "-o", str(path)]) == 0
    )
    wanted = synth.default_scene(shape=(40, 40)).directions(3, seed=1)
    for title, heights in zip(("noisy", "retrace", "ideal"), wanted, strict=True):
        assert np.array_equal(read_image(path, title).data, heights)


def test_a_surface_has_no_directions(tmp_path, capsys):
    assert main(["synth", "particles", "radius=5", "coverage=0.3", "--directions", "2", "-o", str(tmp_path / "a.gwy")]) != 0
    assert "--directions is for scenes" in capsys.readouterr().err
