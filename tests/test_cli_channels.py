"""Channels on the command line: the height of every maker, one or several of many files, and what is said of the choice."""

import json

import numpy as np
import pytest

import afmnn
from afmnn.formats import images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    titles = [("Phase forward", "deg"), ("Z-Axis forward", "m"), ("Z-Axis backward", "m"), ("Z-Axis Sensor forward", "m")]
    for number, name in enumerate(("one.gwy", "two.gwy")):
        rng = np.random.default_rng(number)
        images.write_images(
            name, [afmnn.Image(1e-9 * rng.normal(size=(24, 32)), (1e-6, 1e-6), "m", unit, title) for title, unit in titles]
        )
    network = afmnn.train(rng.normal(size=(24, 32)), rng.normal(size=(24, 32)), window=5, hidden=2, steps=1, seed=0)
    network.save("net.npz")
    return tmp_path


def test_the_height_is_taken_and_a_note_says_so(folder, run):
    code, _, errors = run("apply net.npz one.gwy -o clean.gwy")
    assert code == 0
    note = "afmnn: note: one.gwy: channel 1 'Z-Axis forward' (24 x 32) of 4, as no other is asked for\n"
    assert errors.startswith(note)
    assert [c.title for c in images.list_channels("clean.gwy")][4:] == ["Z-Axis forward (afmnn)"]
    code, _, errors = run("apply net.npz one.gwy:height -o named.npz")
    assert (code, "note" in errors) == (0, False)
    assert afmnn.read_image("named.npz").title == "Z-Axis forward (afmnn)"


def test_several_channels_of_several_files(folder, run):
    code, output, _ = run("apply net.npz one.gwy two.gwy --channel Z-Axis* -o out --json")
    assert code == 0
    results = json.loads(output)["results"]
    assert [(r["image"], r["channel"]) for r in results[:3]] == [("one.gwy:1", 4), ("one.gwy:2", 5), ("one.gwy:3", 6)]
    assert len(results) == 6
    for name in ("one.gwy", "two.gwy"):
        before, after = images.read_images(name), images.read_images(f"out/{name}")
        for old, new in zip(before, after, strict=False):
            np.testing.assert_array_equal(old.data, new.data)
        assert [i.title for i in after[4:]] == [f"{i.title} (afmnn)" for i in before[1:]]
        np.testing.assert_array_equal(after[5].data, afmnn.apply(afmnn.load("net.npz"), before[2]).data)
    assert run("apply net.npz one.gwy two.gwy --channel Z-Axis* -o out")[0] == 0  # results are replaced


def test_several_channels_need_a_file_that_holds_several(folder, run):
    code, _, errors = run("apply net.npz one.gwy --channel all -o clean.npz")
    assert (code, errors) == (1, "afmnn: error: clean.npz: 4 channels of one.gwy are to be written: name a .gwy file\n")
    code, _, errors = run("apply net.npz one.gwy --channel X* -o clean.gwy")
    assert code == 1
    assert errors.startswith("afmnn: error: channel must be one of one.gwy, got 'X*'; it has 0 'Phase forward'")
    assert not (folder / "clean.gwy").exists()


def test_a_channel_of_its_own_counts_more(folder, run):
    code, output, _ = run("apply net.npz one.gwy:0 two.gwy --channel height -o out --json")
    assert code == 0
    assert [r["image"] for r in json.loads(output)["results"]] == ["one.gwy:0", "two.gwy:1"]


def test_info_says_directions(folder, run):
    code, output, _ = run("info one.gwy")
    assert code == 0
    assert [line.split()[-1] for line in output.splitlines()[1:]] == ["direction", "forward", "forward", "backward", "forward"]
    code, output, _ = run("info one.gwy two.gwy --channel height --json")
    channels = [channel for file in json.loads(output)["files"] for channel in file["channels"]]
    assert [(c["channel"], c["direction"], c["is_height"], c["reader"]) for c in channels] == [(1, "forward", True, None)] * 2


def test_report_of_several_channels(folder, run):
    pytest.importorskip("matplotlib")
    code, output, _ = run("report net.npz one.gwy --channel Z-Axis?[fb]* -o page.html --json")
    assert code == 0
    assert [row["image"] for row in json.loads(output)["results"]] == ["one.gwy:1", "one.gwy:2"]


def test_files_of_instruments(shared, folder, run):
    from afmnn.formats import _converters

    if not any(each.name in ("gwyconvert", "gwyddion") for each in _converters.converters(".spm")):
        pytest.skip("needs the extra io or the program gwyddion")
    scans = [shared / "data/real" / name for name in ("nanonis_moire.sxm", "jpk_qi.jpk-qi-image")]
    code, output, errors = run(f"apply net.npz {scans[0]} {scans[1]} -o out")
    assert (code, errors.count("note: ")) == (0, 2)
    assert "out/nanonis_moire.gwy: 'Z (Forward) (afmnn)'" in output
    assert afmnn.read_image("out/jpk_qi.gwy").title == "Height (afmnn)"
    code, output, _ = run(f"info {scans[0]}:height")
    assert code == 0
    assert "'Z (Forward)'" in output
    assert output.splitlines()[-1].startswith("read by ")
    code, _, errors = run("info nowhere.nid:height")
    assert (code, errors) == (1, "afmnn: error: nowhere.nid: No such file or directory\n")


def test_what_was_written_is_sound(folder, run, check):
    assert run("apply net.npz one.gwy --channel all -o clean.gwy")[0] == 0
    assert check(folder / "clean.gwy") == ""
