"""``afmnn level``, and ``--level`` of ``afmnn apply``."""

import json

import numpy as np
import pytest

import afmnn
from afmnn.formats import images

pytestmark = pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    """A tilted scan with offsets of its lines in a .gwy file of two channels, its ideal, a mask and a network."""
    monkeypatch.chdir(tmp_path)
    y, x = np.mgrid[:40, :48]
    relief = 5e-8 * np.sin(x / 5) * np.cos(y / 7)
    make = {"size": (1e-6, 1.2e-6), "unit_xy": "m", "unit_z": "m"}
    scan = afmnn.Image(relief + 4e-9 * x - 2e-9 * y + 1e-8 * rng.normal(size=(40, 1)), **make, title="Height")
    afmnn.write_image("ideal.npz", afmnn.Image(relief + 1e-9 * x, **make))
    images.write_images("scan.gwy", [scan, scan.replace(data=scan.data + relief, title="Z Sensor")])
    afmnn.write_image("mask.npy", (x < 20).astype(float))
    noisy = relief + 1e-8 * rng.normal(size=relief.shape)
    afmnn.train(noisy, relief, window=5, hidden=2, steps=1, seed=0).save("net.npz")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ("", {}),
        ("--method rows", {"method": "rows"}),
        ("--method rows --rows difference --axis 0", {"method": "rows", "rows": "difference", "axis": 0}),
        ("--method rows --rows matching", {"method": "rows", "rows": "matching"}),
        ("--method rows --rows trimmed_mean --trim 0.2", {"method": "rows", "rows": "trimmed_mean", "trim": 0.2}),
        ("--method rows --rows polynomial --degree 2", {"method": "rows", "rows": "polynomial", "degree": 2}),
        ("--method polynomial --degree 2,1", {"method": "polynomial", "degree": (2, 1)}),
        (
            "--method polynomial --degree 3 --total --mask auto",
            {"method": "polynomial", "degree": 3, "total": True, "mask": "auto"},
        ),
        ("--method facet", {"method": "facet"}),
        ("--method base --degree 2", {"method": "base", "degree": 2}),
        ("--mask mask.npy --mask-mode exclude", {"mask": np.arange(48) < 20, "mask_mode": "exclude"}),
    ],
)
@pytest.mark.parametrize("output", ["flat.gwy", "flat.npz"])
def test_it_writes_what_the_function_returns(folder, run, words, settings, output):
    if "mask" in settings and not isinstance(settings["mask"], str):
        settings = {**settings, "mask": np.broadcast_to(settings["mask"], (40, 48))}
    scan = afmnn.read_image("scan.gwy", "Height")
    code, _, errors = run(f"level scan.gwy:Height -o {output} {words}")
    assert (code, errors) == (0, "")
    flat = afmnn.read_image(output)
    np.testing.assert_array_equal(flat.data, afmnn.level(scan, **settings).data)
    assert (flat.size, flat.unit_xy, flat.unit_z, flat.title) == (scan.size, "m", "m", "Height (afmnn)")


def test_all_channels_and_what_is_said(folder, run):
    code, output, _ = run("level scan.gwy --channel all -o flat.gwy --json")
    assert code == 0
    results = json.loads(output)["results"]
    assert [each["title"] for each in results] == ["Height (afmnn)", "Z Sensor (afmnn)"]
    for each, source, flat in zip(results, images.read_images("scan.gwy"), images.read_images("flat.gwy"), strict=True):
        np.testing.assert_array_equal(flat.data, afmnn.level(source).data)
        assert each["rms_before"] == pytest.approx(source.data.std(), rel=1e-12)
        assert each["rms_after"] == pytest.approx(flat.data.std(), rel=1e-12)
    assert "RMS" in run("level scan.gwy:0 -o flat.gwy")[1]  # an earlier result is replaced


def test_what_levelling_takes_off_the_roughness_is_said(folder, run):
    y, x = np.indices((64, 64))
    wavy = np.sin(2 * np.pi * (x / 50 + y / 90)) + np.cos(2 * np.pi * x / 70)
    afmnn.write_image("wavy.npz", afmnn.Image(1e-9 * wavy, size=(1e-6, 1e-6), unit_xy="m", unit_z="m"))
    code, output, errors = run("level wavy.npz -o flat.npz --method rows --rows polynomial --degree 1")
    assert (code, errors) == (0, "")
    assert "levelling takes at least" in output
    result = json.loads(run("level wavy.npz -o flat.npz --method rows --json --force")[1])["results"][0]
    assert result["sq_bias"] < -0.05
    assert "levelling takes" not in run("level scan.gwy:Height -o flat.gwy --method facet")[1]


def test_missing_pixels_stay_missing(folder, run):
    scan = afmnn.read_image("scan.gwy", "Height")
    holes = scan.data.copy()
    holes[3:5, 7:9] = np.nan
    afmnn.write_image("holes.npz", scan.replace(data=holes))
    assert run("level holes.npz -o flat.npz")[0] == 0
    np.testing.assert_array_equal(afmnn.read_image("flat.npz").data, afmnn.level(holes))


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("level scan.gwy:0 -o out.npz --degree 2", 2, "--method rows"),
        ("level scan.gwy:0 -o out.npz --method rows --degree 2", 2, "--rows polynomial"),
        ("level scan.gwy:0 -o out.npz --method rows --rows polynomial --degree 48", 1, "degree must be at most 47"),
        ("level scan.gwy:0 -o out.npz --rows median", 2, "argument --rows is for --method rows"),
        ("level scan.gwy:0 -o out.npz --axis 0", 2, "argument --axis is for --method rows or polynomial"),
        ("level scan.gwy:0 -o out.npz --total", 2, "argument --total is for --method polynomial"),
        (
            "level scan.gwy:0 -o out.npz --method base --degree 1,2",
            2,
            "--degree has two numbers for --method polynomial",
        ),
        ("level scan.gwy:0 -o out.npz --method polynomial --degree 1,2,3", 2, "argument --degree"),
        ("level scan.gwy:0 -o out.npz --method facet --mask auto", 2, "argument --mask auto is for --method plane"),
        ("level scan.gwy:0 -o out.txt", 1, "the name of a result ends in"),
        ("level scan.gwy --channel all -o out.npz", 1, "2 channels of scan.gwy"),
        ("level scan.gwy:0 -o scan.gwy --force", 1, "is an input"),
        ("level scan.gwy:0 -o mask.npy --mask mask.npy --force", 1, "is an input"),
        ("level scan.gwy:0 -o ideal.npz", 1, "is no earlier result"),
        ("level scan.gwy:0 -o nowhere/out.npz", 1, "there is no folder"),
        ("level net.npz -o out.npz", 1, "is a network"),
        ("level missing.gwy -o out.npz", 1, "missing.gwy"),
    ],
)
def test_failure_is_one_line_and_leaves_nothing(folder, run, line, code, message):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    got, output, errors = run(line)
    assert (got, output) == (code, "")
    assert message in errors
    assert errors.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("method", ["plane", "rows"])
def test_apply_levels_first_and_leaves_it_off(folder, run, method):
    scan, ideal = afmnn.read_image("scan.gwy", "Height"), afmnn.read_image("ideal.npz")
    code, output, _ = run(f"apply net.npz scan.gwy:Height -o clean.gwy --level {method} --ideal ideal.npz --json")
    assert code == 0
    flat = afmnn.level(scan, method)
    clean = afmnn.apply(afmnn.load("net.npz"), flat)
    np.testing.assert_array_equal(afmnn.read_image("clean.gwy", 2).data, clean.data)
    np.testing.assert_array_equal(afmnn.read_image("clean.gwy", 0).data, scan.data)  # the original is as it was
    (result,) = json.loads(output)["results"]
    truth = afmnn.level(ideal, method)
    assert result["rms_removed"] == pytest.approx(np.sqrt(np.mean((clean.data - flat.data) ** 2)), rel=1e-9)
    assert result["rms_error_after"] == pytest.approx(np.sqrt(np.mean((clean.data - truth.data) ** 2)), rel=1e-9)
    assert result["rms_error_before"] == pytest.approx(np.sqrt(np.mean((flat.data - truth.data) ** 2)), rel=1e-9)


def test_apply_with_a_level_keeps_missing_pixels(folder, run):
    scan = afmnn.read_image("scan.gwy", "Height")
    holes = scan.data.copy()
    holes[3:5, 7:9] = np.nan
    afmnn.write_image("holes.npz", scan.replace(data=holes))
    assert run("apply net.npz holes.npz -o a.npz --level plane")[0] == 1
    assert run("apply net.npz holes.npz -o a.npz --level plane --nan keep")[0] == 0
    expected = afmnn.apply(afmnn.load("net.npz"), afmnn.level(scan.replace(data=holes)), nan="keep")
    np.testing.assert_array_equal(afmnn.read_image("a.npz").data, expected.data)
