"""The command line: what it writes, what it refuses, and what it leaves behind."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn.formats import gwyddion, images

SMALL = ["--window", "5x3", "--hidden", "2", "--steps", "2", "--seed", "3"]


@pytest.fixture
def pair(rng):
    """A surface of hills, and the same with noise; heights in metres."""
    y, x = np.mgrid[:40, :48]
    ideal = 1e-7 * np.sin(x / 5) * np.cos(y / 7)
    noisy = ideal + 3e-8 * rng.standard_normal(ideal.shape)
    make = {"size": (40e-9, 48e-9), "unit_xy": "m", "unit_z": "m"}
    return afmnn.Image(noisy, **make, title="Height"), afmnn.Image(ideal, **make, title="ideal")


@pytest.fixture
def folder(tmp_path, monkeypatch, pair):
    """A folder to work in, with a pair, a .gwy file of two channels and a network."""
    monkeypatch.chdir(tmp_path)
    noisy, ideal = pair
    afmnn.write_image("noisy.npz", noisy)
    afmnn.write_image("ideal.npz", ideal)
    afmnn.write_image("scan.gwy", noisy)
    images.append_channel("scan.gwy", "scan.gwy", ideal)
    afmnn.train(noisy, ideal, window=(5, 3), hidden=2, steps=2, seed=3).save("net.npz")
    return tmp_path


def process(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "afmnn", *arguments],
        check=False,
        capture_output=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        **options,
    )


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- what is done


def test_train_writes_the_network_that_python_makes(folder, run, pair):
    code, output, errors = run("train", "noisy.npz", "ideal.npz", "-o", "new.npz", *SMALL)
    assert (code, errors) == (0, "")
    assert "new.npz" in output
    assert re.search(r"training +RMS error [\d.]+ nm -> [\d.]+ nm", output)
    expected = afmnn.train(*pair, window=(5, 3), hidden=2, steps=2, seed=3)
    assert_array_equal(afmnn.load("new.npz").layers[0], expected.layers[0])


def test_train_passes_every_option_on(folder, run, pair):
    noisy, ideal = pair
    mask = np.zeros(noisy.shape)
    mask[:, 24:] = 1
    np.save("mask.npy", mask)
    options = "--method gwyddion --window 3 --hidden 3 --steps 2 --seed 5 --learning-rate 0.2 --momentum 0.1 --mask mask.npy"
    code, _, _ = run(
        "train", "noisy.npz", "ideal.npz", "-o", "new.npz", *options.split(), "--mask-mode", "exclude", "--threads", "1"
    )
    assert code == 0
    expected = afmnn.train(
        noisy, ideal, method="gwyddion", window=3, hidden=3, steps=2, seed=5, learning_rate=0.2, momentum=0.1, mask=mask,
        mask_mode="exclude",
    )  # fmt: skip
    assert_array_equal(afmnn.load("new.npz").layers[0], expected.layers[0])
    code, _, _ = run("train", "noisy.npz", "ideal.npz", "-o", "more.npz", "--init", "new.npz", "--steps", "1", "--seed", "1")
    assert code == 0
    assert_array_equal(afmnn.load("more.npz").layers[0], afmnn.train(noisy, ideal, init=expected, steps=1, seed=1).layers[0])
    options = "--window 5 --hidden 4,2 --steps 3 --seed 1 --batch 64 --validation-pair noisy.npz ideal.npz --patience 1"
    code, _, _ = run("train", "noisy.npz", "ideal.npz", "--pair", "noisy.npz", "ideal.npz", "-o", "two.npz", *options.split())
    assert code == 0
    two = [noisy, noisy], [ideal, ideal]
    settings = {"window": 5, "hidden": (4, 2), "steps": 3, "seed": 1, "batch": 64, "patience": 1}
    expected = afmnn.train(*two, **settings, validation=[(noisy, ideal)])
    assert_array_equal(afmnn.load("two.npz").layers[0], expected.layers[0])
    assert_array_equal(afmnn.load("two.npz").history["validation"], expected.history["validation"])


def test_mask_of_a_gwyddion_channel(folder, run, pair):
    noisy, ideal = pair
    holes = noisy.data.copy()
    holes[10:20, 5:15] = np.nan  # written as a mask
    afmnn.write_image("masked.gwy", noisy.replace(data=holes))
    code, _, errors = run(
        "train", "noisy.npz", "ideal.npz", "-o", "a.npz", *SMALL, "--mask", "masked.gwy", "--mask-mode", "exclude"
    )
    assert (code, errors) == (0, "")
    expected = afmnn.train(noisy, ideal, window=(5, 3), hidden=2, steps=2, seed=3, mask=np.isnan(holes), mask_mode="exclude")
    assert_array_equal(afmnn.load("a.npz").layers[0], expected.layers[0])


def test_apply_appends_a_channel_beside_the_original(folder, run, pair):
    before = (folder / "scan.gwy").read_bytes()
    code, output, errors = run("apply", "net.npz", "scan.gwy:Height", "-o", "clean.gwy")
    assert (code, errors) == (0, "")
    assert "'Height (afmnn)'" in output
    assert (folder / "scan.gwy").read_bytes() == before
    assert [str(c) for c in images.list_channels("clean.gwy")] == [
        "0 'Height' (40 x 48)",
        "1 'ideal' (40 x 48)",
        "2 'Height (afmnn)' (40 x 48)",
    ]
    clean = afmnn.read_image("clean.gwy", 2)
    assert_array_equal(clean, afmnn.apply(afmnn.load("net.npz"), pair[0]))
    assert (clean.unit_z, clean.size) == ("m", pair[0].size)


def test_apply_to_the_same_gwyddion_file_keeps_what_is_in_it(folder, run):
    kept = [afmnn.read_image("scan.gwy", i).data for i in (0, 1)]
    assert run("apply", "net.npz", "scan.gwy:0", "-o", "scan.gwy", "--force")[0] == 0
    assert [c.title for c in images.list_channels("scan.gwy")] == ["Height", "ideal", "Height (afmnn)"]
    for i in (0, 1):
        assert_array_equal(afmnn.read_image("scan.gwy", i), kept[i])


@pytest.mark.parametrize("output", ["clean.npz", "clean.gwy", "clean.npy"])
def test_apply_converts(folder, run, pair, output):
    assert run("apply", "net.npz", "noisy.npz", "-o", output)[0] == 0
    clean = afmnn.read_image(output)
    assert_array_equal(clean, afmnn.apply(afmnn.load("net.npz"), pair[0]))
    if not output.endswith(".npy"):
        assert (clean.title, clean.unit_z, clean.size) == ("Height (afmnn)", "m", pair[0].size)


def test_apply_passes_every_option_on(folder, run, pair):
    noisy, ideal = pair
    net = afmnn.train(noisy, ideal, window=3, hidden=2, steps=1, seed=3, method="gwyddion")
    gwyddion.write_network(net, "mine")
    holes = noisy.data.copy()
    holes[3, 4] = np.nan
    afmnn.write_image("holes.npz", noisy.replace(data=2 * holes))
    assert (
        run(
            "apply",
            "./mine",
            "holes.npz",
            "-o",
            "a.npz",
            "--nan",
            "keep",
            "--scale-output",
            "--border",
            "constant",
            "--cval",
            "1e-7",
        )[0]
        == 0
    )
    expected = afmnn.apply(net, 2 * holes, nan="keep", scale_output=True, border="constant", cval=1e-7)
    assert_array_equal(afmnn.read_image("a.npz"), expected)
    assert np.isnan(expected[3, 4])
    assert run("apply", "./mine", "noisy.npz", "-o", "b.npz", "--border", "average", "--threads", "1")[0] == 0
    assert_array_equal(afmnn.read_image("b.npz"), afmnn.apply(net, noisy, border="average"))


def test_several_images_go_to_a_folder(folder, run):
    code, output, errors = run("apply", "net.npz", "scan.gwy:Height", "noisy.npz", "-o", "out", "--ideal", "ideal.npz")
    assert (code, errors) == (0, "")
    assert sorted(os.listdir("out")) == ["noisy.npz", "scan.gwy"]
    assert len(output.splitlines()) == 2 + 1 + 3  # a line each, an empty one, a table
    assert run("apply", "net.npz", "noisy.npz", "-o", "new" + os.sep)[0] == 0  # a folder by its name
    assert run("apply", "net.npz", "scan.gwy:0", "-o", "new")[0] == 0  # a folder that is there
    assert sorted(os.listdir("new")) == ["noisy.npz", "scan.gwy"]


def test_table_of_errors(folder, run, pair):
    noisy, ideal = pair
    code, output, _ = run("apply", "net.npz", "noisy.npz", "-o", "clean.npz", "--ideal", "ideal.npz")
    assert code == 0
    head, row = output.splitlines()[-2:]
    assert re.split("  +", head) == ["image", "RMS error before", "after", "PSNR before", "after"]
    clean = afmnn.read_image("clean.npz")
    errors = [np.sqrt(np.mean((a - ideal) ** 2)) for a in (noisy.data, clean.data)]
    levels = [20 * np.log10(np.ptp(ideal.data) / e) for e in errors]
    assert re.split("  +", row) == ["noisy.npz", *(f"{e * 1e9:.3g} nm" for e in errors), *(f"{v:.1f} dB" for v in levels)]
    code, output, _ = run("apply", "net.npz", "noisy.npz", "-o", "clean.npz", "--ideal", "ideal.npz", "--json")
    (result,) = json.loads(output)["results"]
    names = ["rms_error_before", "rms_error_after", "psnr_before", "psnr_after"]
    np.testing.assert_allclose([result[name] for name in names], [*errors, *levels], rtol=1e-9)


def test_apply_says_what_is_nothing_but_a_zero(folder, run):
    ideal = afmnn.read_image("ideal.npz")
    afmnn.write_image("lower.npz", ideal.replace(data=ideal.data - 3e-6))
    assert "below the ideal" not in run("apply", "net.npz", "noisy.npz", "-o", "a.npz", "--ideal", "ideal.npz")[1]
    code, output, _ = run("apply", "net.npz", "noisy.npz", "-o", "a.npz", "--ideal", "lower.npz")
    assert code == 0
    assert re.search(
        r"\nnoisy.npz: the result lies 3 µm above the ideal on average, and errors count that: .* nm without", output
    )
    found = json.loads(run("apply", "net.npz", "noisy.npz", "-o", "a.npz", "--ideal", "lower.npz", "--json", "--force")[1])
    assert found["results"][0]["mean_bias"] == pytest.approx(3e-6, rel=0.01)


def test_json_is_all_there_is_on_the_output(folder, run):
    code, output, errors = run(
        "train", "scan.gwy:Height", "scan.gwy:ideal", "-o", "a.npz", *SMALL, "--validation", "0.3", "--json"
    )
    facts = json.loads(output)
    assert (code, errors) == (0, "")
    names = (
        "command format hidden kept method name noisy_training_error noisy_validation_error other_shapes_error_left output "
        "seconds seed stages steps taps training_error unit validation_error window"
    )
    assert sorted(facts) == names.split()
    assert (facts["window"], facts["hidden"], facts["seed"], facts["steps"], facts["unit"]) == ([5, 3], [2], 3, 2, "m")
    assert len(facts["training_error"]) == len(facts["validation_error"]) == 2
    code, output, _ = run("apply", "net.npz", "noisy.npz", "-o", "b.npz", "--json")
    assert sorted(json.loads(output)["results"][0]) == ["channel", "image", "output", "rms_removed", "seconds", "title", "unit"]
    code, output, _ = run("info", "scan.gwy", "net.npz", "--json")
    image, network = json.loads(output)["files"]
    assert network["stages"] == [{"window": [5, 3], "taps": None, "hidden": [2]}]
    assert (image["kind"], len(image["channels"]), image["channels"][0]["title"]) == ("image", 2, "Height")
    assert (network["kind"], network["format"], network["window"], network["training"]["seed"]) == ("network", "afmnn", [5, 3], 3)


def test_going_on_with_a_network_says_what_is_gained_and_what_is_kept(folder, run, monkeypatch):
    monkeypatch.setattr("afmnn.training.keeping._JUDGES", 2)
    words = ["train", "scan.gwy:Height", "scan.gwy:ideal", "--init", "universal", "--steps", "2", "--seed", "0"]
    code, output, _ = run(*words, "-o", "own.npz")
    assert code == 0
    assert re.search(r"^own images  RMS error [\d.]+ .?m -> [\d.]+ .?m, with \d+ % of what was learned$", output, re.M)
    assert re.search(r"^others      [01]\.\d{3} times the error of before on other surfaces$", output, re.M)
    assert not re.search(r"^training ", output, re.M)  # which is not in heights
    code, output, _ = run(*words, "-o", "again.npz", "--json")
    assert (code, sorted(json.loads(output)["kept"])) == (0, ["own_error", "scene_error", "share_learned"])


def test_info_names_channels_networks_and_the_installation(folder, run, data):
    code, output, _ = run("info", "scan.gwy", "net.npz", data / "train-5x5-h3.gwynet")
    assert code == 0
    assert re.search(r"0 'Height' +40 x 48 +40 nm x 48 nm +[\d.]+ nm", output)
    assert "afmnn network, method adam" in output
    assert "Gwyddion network, method gwyddion\nwindow      5 x 5, hidden 3" in output
    assert "1 'ideal'" not in run("info", "scan.gwy:Height")[1]
    assert "Sdq" not in output
    code, output, _ = run("info")
    assert code == 0
    assert afmnn.__version__ in output
    assert "instruction set" in output
    assert run("--version") == (0, f"afmnn {afmnn.__version__}\n", "")


def test_info_measures_roughness_less_the_plane(folder, run):
    z = afmnn.read_image("scan.gwy", channel="Height")
    amplitude = z.replace(unit_z="V", title="amplitude")
    afmnn.formats.images.write_images("three.gwy", [z, amplitude, z.replace(data=np.full(z.shape, 2e-9), title="flat")])
    code, output, _ = run("info", "three.gwy", "--roughness")
    assert code == 0
    assert re.search(r"channel +Sq +Sa +Sz +Ssk +Sku +Sdq +Sdr +Sal +Str\n", output)
    assert re.search(r"1 'amplitude'( +[-\d.]+ .?V){3}( +[-\d.]+){2} +- +- +[\d.]+ .?m +[\d.]+\n", output)
    assert "2 'flat'" in output
    assert output.endswith("of the heights less their plane; missing pixels do not count\n")
    code, output, _ = run("info", "three.gwy", "--roughness", "--json")
    found = [channel["roughness"] for channel in json.loads(output)["files"][0]["channels"]]
    level = afmnn.level(z)
    assert found[0] == {
        name.strip("_"): getattr(afmnn.metrics, name)(level)
        for name in ("sq", "sa", "sz", "ssk", "sku", "sdq", "sdr", "sal", "str_")
    }
    assert [name for name, value in found[1].items() if value is None] == ["sdq", "sdr"]
    assert [name for name, value in found[2].items() if value is None] == ["ssk", "sku", "sal", "str"]
    assert "roughness" not in json.loads(run("info", "three.gwy", "--json")[1])["files"][0]["channels"][0]


def test_network_of_gwyddion_is_used_and_written(folder, run, data):
    assert run("apply", data / "train-5x5-h3.gwynet", "noisy.npz", "-o", "a.npz")[0] == 0
    assert_array_equal(
        afmnn.read_image("a.npz"), afmnn.apply(gwyddion.read_network(data / "train-5x5-h3.gwynet"), afmnn.read_image("noisy.npz"))
    )
    options = ["--method", "gwyddion", "--format", "gwyddion", "--steps", "1", "--window", "3"]
    assert run("train", "noisy.npz", "ideal.npz", "-o", "mine", *options)[0] == 0
    assert gwyddion.read_network("mine").window == (3, 3)
    code, _, errors = run("train", "noisy.npz", "ideal.npz", "-o", "other", "--format", "gwyddion", "--steps", "1000000000")
    assert code == 1  # at once: before the work
    assert "no networks of method 'adam'" in errors


@pytest.mark.parametrize(
    ("text", "path", "channel"),
    [
        ("a:b.gwy", "a:b.gwy", None),
        ("a:b.gwy:Height", "a:b.gwy", "Height"),
        ("a:b.gwy:Height: trace", "a:b.gwy", "Height: trace"),
        ("plain.gwy:0", "plain.gwy", "0"),
        ("plain.gwy:", "plain.gwy", ""),
        ("missing.gwy:Height", "missing.gwy", "Height"),
        ("missing:Height", "missing:Height", None),
        ("C:\\scans\\x.gwy", "C:\\scans\\x.gwy", None),
    ],
)
def test_channel_follows_the_last_colon_unless_the_file_exists(tmp_path, monkeypatch, text, path, channel):
    from afmnn.cli._files import split_channel

    monkeypatch.chdir(tmp_path)
    for name in ("a:b.gwy", "plain.gwy"):
        (tmp_path / name).touch()
    assert split_channel(text) == (path, channel)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.7321e-8, "m", "17.3 nm"),
        (9.996e-7, "m", "1 µm"),
        (9.994e-7, "m", "999 nm"),
        (1e-6, "m", "1 µm"),
        (-2.5e-12, "V", "-2.5 pV"),
        (1500.0, "m", "1.5 km"),
        (0.0, "m", "0 m"),
        (1e-40, "m", "100 × 10⁻⁴² m"),
        (17.3, "nm", "17.3 nm"),
        (0.0173, "", "0.0173"),
        (float("nan"), "m", "nan m"),
    ],
)
def test_quantities_have_readable_prefixes(value, unit, text):
    from afmnn.cli._print import quantity

    assert quantity(value, unit) == text


# --- what is refused, and that nothing is left behind


FAILURES = [
    ("train noisy.npz ideal.npz", 2),
    ("train noisy.npz -o a.npz", 2),
    ("train noisy.npz ideal.npz -o a.npz --steps many", 2),
    ("train noisy.npz ideal.npz -o a.npz --window 3x4x5", 2),
    ("train noisy.npz ideal.npz -o a.npz --hidden 3,x", 2),
    ("train noisy.npz ideal.npz -o a.npz --method magic", 2),
    ("train noisy.npz ideal.npz -o a.npz --step 3", 2),  # no abbreviations: they break when options are added
    ("apply net.npz noisy.npz", 2),
    ("apply net.npz -o a.npz", 2),
    ("apply net.npz noisy.npz -o a.npz --ideal ideal.npz --ideal ideal.npz", 2),
    ("apply net.npz noisy.npz -o a.npz --border wrap", 2),
    ("polish", 2),
    ("", 2),
    ("train missing.npz ideal.npz -o a.npz", 1),
    ("train scan.gwy ideal.npz -o a.npz", 1),  # two channels, none chosen
    ("train scan.gwy:Hight ideal.npz -o a.npz", 1),
    ("train scan.gwy:7 ideal.npz -o a.npz", 1),
    ("train noisy.npz small.npy -o a.npz", 1),
    ("train noisy.npz volts.npz -o a.npz", 1),
    ("train noisy.npz holes.npz -o a.npz", 1),
    ("train noisy.npz ideal.npz -o a.npz --steps -1", 1),
    ("train noisy.npz ideal.npz -o a.npz --window 41", 1),
    ("train noisy.npz ideal.npz -o a.npz --hidden 0", 1),
    ("train noisy.npz ideal.npz -o a.npz --validation 2", 1),
    ("train noisy.npz ideal.npz -o a.npz --patience 2", 1),
    ("train noisy.npz ideal.npz -o a.npz --seed -1", 1),
    ("train noisy.npz ideal.npz -o a.npz --threads 0", 1),
    ("train noisy.npz ideal.npz -o a.npz --init net.npz --window 7", 1),
    ("train noisy.npz ideal.npz -o a.npz --init scan.gwy", 1),
    ("train noisy.npz ideal.npz -o a.npz --mask scan.gwy:0", 1),  # a channel without a mask
    ("train noisy.npz ideal.npz -o a.gwy", 1),  # a network is no image
    ("train noisy.npz ideal.npz -o missing/a.npz", 1),
    ("train noisy.npz ideal.npz -o .", 1),
    ("train noisy.npz ideal.npz -o noisy.npz", 1),
    ("train noisy.npz ideal.npz -o noisy.npz --force", 1),
    ("train noisy.npz ideal.npz -o a.npz --mask mask.npy --mask-mode include", 1),
    ("apply missing.npz noisy.npz -o a.npz", 1),
    ("apply noisy.npz noisy.npz -o a.npz", 1),
    ("apply text.txt noisy.npz -o a.npz", 1),
    ("apply truncated.npz noisy.npz -o a.npz", 1),
    ("apply net.npz truncated.gwy -o a.gwy", 1),
    ("apply net.npz text.txt -o a.npz", 1),
    ("apply net.npz empty.gwy -o a.gwy", 1),
    ("apply net.npz scan.gwy -o a.gwy", 1),
    ("apply net.npz scan.gwy:nothing -o a.gwy", 1),
    ("apply net.npz holes.npz -o a.npz", 1),
    ("apply net.npz noisy.npz -o a.tiff", 1),
    ("apply net.npz noisy.npz -o a", 1),
    ("apply net.npz noisy.npz -o noisy.npz", 1),
    ("apply net.npz noisy.npz -o ./noisy.npz --force", 1),
    ("apply net.npz noisy.npz -o ideal.npz --ideal ideal.npz", 1),
    ("apply net.npz noisy.npz -o net.npz", 1),
    ("apply net.npz noisy.npz -o scan.gwy", 1),  # somebody's measurement
    ("apply net.npz scan.gwy:0 -o scan.gwy", 1),  # also where a channel would be added to it
    ("apply net.npz scan.gwy:0 -o .", 1),
    ("apply net.npz noisy.npz -o volts.npz", 1),  # an image that was saved, not a result
    ("apply net.npz noisy.npz -o other.npz", 1),  # a network
    ("train noisy.npz ideal.npz -o other.npz", 1),
    ("train noisy.npz ideal.npz -o volts.npz", 1),
    ("train-scene default -o other.npz --shape 32 --steps 1", 1),
    ("synth noise rms=1 -o other.npz", 1),
    ("synth noise rms=1 -o volts.npz", 1),
    ("synth default -o scan.gwy", 1),
    ("train noisy.npz ideal.npz -o a.txt", 1),
    ("train noisy.npz ideal.npz -o ./a", 1),
    ("train-scene default -o a.txt --shape 32 --steps 1", 1),
    ("apply net.npz noisy.npz scan.gwy:0 -o out.gwy", 1),  # a folder is not called so
    ("apply noisy.npz net.npz -o a.npz", 1),
    ("apply net.npz net.npz -o a.npz", 1),
    ("apply net.npz . -o a.npz", 1),
    ("apply . noisy.npz -o a.npz", 1),
    ("train net.npz ideal.npz -o a.npz", 1),
    ("train . ideal.npz -o a.npz", 1),
    ("apply net.npz noisy.npz -o mask.npy", 1),
    ("apply net.npz noisy.npz -o missing/a.npz", 1),
    ("apply net.npz noisy.npz scan.gwy:0 -o text.txt", 1),  # no folder
    ("apply net.npz scan.gwy:0 scan.gwy:1 -o out", 1),  # one name for both
    ("apply net.npz noisy.npz holes.npz -o out", 1),  # the second is bad: the first is not written
    ("apply net.npz noisy.npz tiny.npy -o out --border average", 1),
    ("apply net.npz noisy.npz nowhere.npz -o out", 1),
    ("apply net.npz noisy.npz -o a.npz --ideal small.npy", 1),
    ("apply net.npz noisy.npz -o a.npz --ideal volts.npz", 1),
    ("apply net.npz noisy.npz -o a.npz --ideal flat.npz", 1),  # a level against no range
    ("apply net.npz noisy.npz -o a.npz --border constant --cval nan", 1),
    ("apply net.npz noisy.npz -o a.npz --threads 0", 1),
    ("info missing.gwy", 1),
    ("info text.txt", 1),
    ("info truncated.gwy", 1),
    ("info truncated.npz", 1),
    ("info .", 1),
    ("info net.npz:3", 1),
]


@pytest.mark.parametrize(("line", "expected"), FAILURES, ids=lambda value: str(value) or "nothing")
def test_failure_is_one_line_and_leaves_nothing(folder, run, pair, line, expected):
    noisy, ideal = pair
    holes = noisy.data.copy()
    holes[2, 3] = np.nan
    afmnn.write_image("holes.npz", noisy.replace(data=holes))
    afmnn.write_image("volts.npz", ideal.replace(unit_z="V"))
    afmnn.write_image("flat.npz", ideal.replace(data=np.zeros(ideal.shape)))
    np.save("small.npy", np.ones((7, 7)))
    np.save("tiny.npy", np.ones((3, 3)))
    np.save("mask.npy", np.zeros(noisy.shape))
    (folder / "text.txt").write_text("hello\n")
    (folder / "empty.gwy").touch()
    afmnn.load("net.npz").save("other.npz")
    for name in ("net.npz", "scan.gwy"):
        whole = (folder / name).read_bytes()
        (folder / name).with_stem("truncated").write_bytes(whole[: len(whole) // 4])
    before = contents(folder)
    for extra in [], ["--json"]:
        check_failure(*run(*line.split(), *extra), expected)
    assert contents(folder) == before
    assert not (folder / "out").exists()


def check_failure(code, output, errors, expected):
    assert code == expected
    assert output == ""
    assert re.fullmatch(r"afmnn: error: [^\n]+\n", errors)
    assert "Traceback" not in errors
    assert "internal" not in errors


def test_an_earlier_result_is_replaced_and_anything_else_only_by_force(folder, run):
    for output in ("a.npz", "a.gwy"):
        for _ in range(2):
            assert run("apply", "net.npz", "scan.gwy:0", "-o", output)[0] == 0
    assert run("synth", "noise", "rms=1", "--shape", "32", "-o", "a.npz")[0] == 0
    for _ in range(2):
        assert run("synth", "default", "--shape", "32", "-o", "pair.gwy")[0] == 0
    (folder / "empty.npz").touch()
    assert run("apply", "net.npz", "noisy.npz", "-o", "empty.npz")[0] == 0
    (folder / "thesis.npz").write_text("irreplaceable")
    assert run("train", "noisy.npz", "ideal.npz", "-o", "thesis.npz", *SMALL)[0] == 1
    assert (folder / "thesis.npz").read_text() == "irreplaceable"
    assert run("train", "noisy.npz", "ideal.npz", "-o", "thesis.npz", *SMALL, "--force")[0] == 0
    assert afmnn.load("thesis.npz").window == (5, 3)


def test_output_through_a_link_to_an_input_is_refused(folder, run):
    os.symlink("noisy.npz", "link.npz")
    before = contents(folder)
    code, _, errors = run("apply", "net.npz", "noisy.npz", "-o", "link.npz")
    assert (code, errors) == (1, "afmnn: error: link.npz: is an input, and would be overwritten\n")
    assert contents(folder) == before


def test_warnings_are_one_line_each(folder, run):
    text = (folder / "net.txt").write_text
    gwyddion.write_network(
        afmnn.train(afmnn.read_image("noisy.npz"), afmnn.read_image("ideal.npz"), window=3, steps=0, method="gwyddion"), "g"
    )
    text((folder / "g").read_text().replace("nlayers 1", "nlayers 1\nflavour 3"))
    code, _, errors = run("apply", "net.txt", "noisy.npz", "-o", "a.npz")
    assert code == 0
    assert errors == "afmnn: warning: net.txt: unknown keys of a Gwyddion network are ignored: 'flavour'\n"


@pytest.mark.parametrize("error", [RuntimeError("odd"), MemoryError(), OSError(28, "No space left on device", "a.npz")])
def test_every_error_is_one_line(folder, run, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("afmnn.formats.images.write_image", fail)
    before = contents(folder)
    code, output, errors = run("apply", "net.npz", "noisy.npz", "ideal.npz", "-o", "out")
    assert (code, output) == (1, "")
    assert re.fullmatch(r"afmnn: error: [^\n]+\n", errors)
    assert contents(folder) == before
    assert not (folder / "out").exists()


def test_help_fits_a_terminal_and_shows_an_example(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for command in ([], ["train"], ["apply"], ["info"], ["synth"], ["level"], ["convert"]):
        code, output, _ = run(*command, "--help")
        assert code == 0
        assert "example: afmnn" in output
        assert max(map(len, output.splitlines())) <= 80


# --- as a program


@pytest.mark.parametrize("name", [b"two\nlines caf\xe9.npz", "größe µ.npz".encode()])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_strange_names_of_files(folder, name, encoding):
    os.rename("noisy.npz", name)
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = process("apply", "net.npz", name, "-o", name + b".gwy", env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == 1
    done = process("info", name + b".gwy", "--json", env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert os.fsencode(json.loads(done.stdout)["files"][0]["file"]) == name + b".gwy"
    done = process("info", name + b"?", env=environment)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_nobody_reads_the_output(folder):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "afmnn", "info", "scan.gwy"], check=False, stdout=write, stderr=subprocess.PIPE, timeout=60
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_output_that_is_full(folder):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "afmnn", "info"], check=False, stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert (done.returncode, done.stderr) == (1, b"afmnn: error: standard output: No space left on device\n")


def test_closed_streams(folder):
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m afmnn apply net.npz noisy.npz -o a.npz <&- >&- 2>&-"], check=False, timeout=60
    )
    assert done.returncode == 0
    assert afmnn.read_image("a.npz").shape == (40, 48)


#: Sends itself Ctrl-C at the given step, so that nothing depends on how fast the machine is.
INTERRUPTED = """
import signal, sys
import afmnn.cli._print as output
from afmnn.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it

class Bar:
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
    def expect(self, steps):
        pass
    def __call__(self, step, note):
        if step == STEP:
            signal.raise_signal(signal.SIGINT)

for name in ("_train", "_train_scene"):
    module = __import__(f"afmnn.cli.{name}", fromlist=["bar"])
    module.bar = lambda *_: Bar()
sys.exit(main())
"""


def interrupted(command, step):
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTED.replace("STEP", str(step)), *command.split()],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "load"),
    [
        ("train noisy.npz ideal.npz -o NAME.npz --steps 1000000 --window 3 --hidden 1", afmnn.load),
        ("train-scene default -o NAME.npz --steps 1000 --shape 32 --preset classic", afmnn.load),
        (
            "train noisy.npz ideal.npz -o NAME --steps 1000000 --window 3 --hidden 1 --method gwyddion --format gwyddion",
            gwyddion.read_network,
        ),
    ],
)
def test_interrupt_leaves_the_network_so_far_beside_the_name(folder, command, load):
    (folder / "a.npz").write_bytes((folder / "net.npz").read_bytes())
    (folder / "a").write_bytes(b"something else")
    before = contents(folder)
    suffix = ".npz" if ".npz " in command.split("NAME")[1] else ""
    for number, name in enumerate(("a.interrupted", "a.interrupted-2"), start=1):
        done = interrupted(command.replace("NAME", "a") + " --force", 3 + number)
        message = f"afmnn: error: interrupted after {3 + number} steps, the network so far is {name}{suffix}\n"
        assert (done.returncode, done.stdout, done.stderr) == (130, "", message)
        assert load(name + suffix).layers[0].size > 0
        if suffix:
            assert load(name + suffix).training["steps"] == 3 + number
    after = contents(folder)
    assert {name: after[name] for name in before} == before  # also what was to be replaced
    assert len(after) == len(before) + 2


def test_interrupt_before_anything_is_learned_leaves_nothing(folder):
    before = contents(folder)
    done = interrupted("train noisy.npz ideal.npz -o a.npz --steps 5 --window 3 --hidden 1", 7)
    assert done.returncode == 0  # or the test of interrupts would mean nothing
    (folder / "a.npz").unlink()
    code = "import afmnn.cli._train as t\ndef stop(*_, **__): raise KeyboardInterrupt\nt.train = stop\n" + INTERRUPTED
    done = subprocess.run(
        [sys.executable, "-c", code, *["train", "noisy.npz", "ideal.npz", "-o", "a.npz"]],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    message = "afmnn: error: interrupted before the first step was done, nothing was written\n"
    assert (done.returncode, done.stdout, done.stderr) == (130, "", message)
    assert contents(folder) == before


def test_interrupt_is_heard_at_once(folder):
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from afmnn.cli import main; "
        "print('ready', flush=True); sys.exit(main())"
    )
    command = "train noisy.npz ideal.npz -o a.npz --steps 100000000 --window 3 --hidden 1"
    running = subprocess.Popen(
        [sys.executable, "-c", code, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout.readline() == "ready\n"
    time.sleep(1.5)
    assert running.poll() is None
    running.send_signal(signal.SIGINT)
    begun = time.monotonic()
    output, errors = running.communicate(timeout=60)
    assert time.monotonic() - begun < 5
    assert (running.returncode, output) == (130, "")
    assert re.fullmatch(r"afmnn: error: interrupted [^\n]+\n", errors)


def on_terminal(*words):
    """Run the command on a terminal of 100 columns; returns what is shown there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 100, 0, 0))
    arguments = [sys.executable, "-m", "afmnn", *words]
    done = subprocess.run(arguments, check=False, stdout=subprocess.PIPE, stderr=theirs, timeout=120)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(ours)
    assert done.returncode == 0
    return shown.decode()


def test_progress_bar_on_a_terminal_only(folder):
    pytest.importorskip("tqdm")
    words = ["train", "noisy.npz", "ideal.npz", "-o", "a.npz", "--force", *SMALL]
    done = process(*words)
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.search(r"train: +0%\|.*\| 0/2 steps \[00:00, \S+ left", on_terminal(*words))


def test_the_progress_of_a_budget_has_an_end(folder):
    pytest.importorskip("tqdm")
    shown = on_terminal("train-scene", "default", "-o", "a.npz", "--shape", "32x40", "--budget", "4")
    steps = afmnn.load("a.npz").training["steps_planned"]
    assert re.search(rf"train: +\d+%\|.*\| \d+/{steps} steps \[\d\d:\d\d, \S+ left", shown)


def test_the_progress_of_several_images_counts_files(folder):
    pytest.importorskip("tqdm")
    shown = on_terminal("apply", "net.npz", "noisy.npz", "ideal.npz", "-o", "clean")
    assert re.search(r"apply: +0%\|.*\| 0/2 files \[00:00, \S+ left, noisy.npz\]", shown)
    assert "rows" not in shown
    assert re.search(r"noisy.npz: +0%\|.*\| 0/40 rows \[", on_terminal("apply", "net.npz", "noisy.npz", "-o", "a.npz"))


def test_warnings_name_the_file(folder, run, pair):
    """Those of apply for each image, once, whether there are several or not; report names them by file and title."""
    _, ideal = pair
    afmnn.write_image("quiet.gwy", ideal.replace(title="Height"))
    _, _, errors = run("apply", "net.npz", "noisy.npz", "quiet.gwy:Height", "-o", "clean")
    assert re.fullmatch(r"afmnn: warning: quiet.gwy:Height: the image has less noise from pixel to pixel than [^\n]+\n", errors)
    _, _, errors = run("apply", "net.npz", "quiet.gwy", "-o", "a.npz")
    assert re.fullmatch(r"afmnn: warning: quiet.gwy: the image has less noise from pixel to pixel than [^\n]+\n", errors)
    pytest.importorskip("matplotlib")
    _, _, errors = run("report", "net.npz", "noisy.npz", "quiet.gwy", "-o", "page.html")
    assert re.fullmatch(r"afmnn: warning: quiet.gwy: Height: the image has less noise from pixel to pixel [^\n]+\n", errors)


def test_a_warning_does_not_stand_in_a_progress_bar(folder, pair):
    pytest.importorskip("tqdm")
    _, ideal = pair
    afmnn.write_image("quiet.gwy", ideal)
    shown = on_terminal("apply", "net.npz", "noisy.npz", "quiet.gwy", "-o", "clean")
    (before, _) = shown.split("afmnn: warning: quiet.gwy: the image has less noise")
    assert before.endswith("\r")  # at the beginning of a line that was cleared
    assert before.rstrip("\r").endswith(" " * 20)


def test_train_tells_of_other_shapes(folder, run):
    """The same waves in every row, with little noise (see test_training_other_shapes)."""
    ideal = np.tile(np.sin(np.arange(96) / 96 * 10 * np.pi), (96, 1))
    np.save("waves.npy", ideal)
    np.save("noisy_waves.npy", ideal + 0.07 * np.random.default_rng(0).standard_normal(ideal.shape))
    words = ["train", "noisy_waves.npy", "waves.npy", "--window", "9", "--hidden", "3", "--steps", "8", "--seed", "0"]
    code, output, errors = run(*words, "-o", "a.npz")
    assert code == 0
    left = afmnn.load("a.npz").training["other_shapes_error_left"]
    assert f"\nothers      {100 * left:.0f} % of the error left on other shapes with the same noise\n" in output
    assert re.fullmatch(r"afmnn: warning: the network knows little but its own shapes: [^\n]+\n", errors)
    _, output, _ = run(*words, "-o", "b.npz", "--json")
    assert json.loads(output)["other_shapes_error_left"] == left
