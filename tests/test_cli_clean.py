"""``afmnn clean``: folders with bad files, what is taken over, what is left after being killed, and two runs at once."""

import argparse
import csv
import html
import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn.cli import main
from afmnn.cli._clean_cluster import make_absolute
from afmnn.formats import images
from afmnn.formats._gwy import open_file
from afmnn.formats._records import read_records
from afmnn.formats._results import is_result

SIZE = {"size": (1e-6, 1.2e-6), "unit_xy": "m", "unit_z": "m"}
#: Time, as records and Gwyddion's log have it.
TIME = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z")


def scan(seed, shape=(40, 48), title="Height"):
    y, x = np.mgrid[: shape[0], : shape[1]]
    noise = np.random.default_rng(seed).normal(size=shape)
    heights = 5e-8 * np.sin((x + seed) / 5) * np.cos(y / 7) + 1.2e-8 * noise + 2e-9 * y
    return afmnn.Image(heights, **SIZE, title=title)


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """The file of a network that is fast, and knows such scans."""
    path = tmp_path_factory.mktemp("network") / "net.npz"
    y, x = np.mgrid[:48, :48]
    ideal = 5e-8 * np.sin(x / 5) * np.cos(y / 7)
    noisy = ideal + 1.2e-8 * np.random.default_rng(5).normal(size=ideal.shape)
    afmnn.train(afmnn.Image(noisy, unit_z="m"), afmnn.Image(ideal, unit_z="m"), window=7, hidden=2, steps=10, seed=1).save(path)
    return str(path)


@pytest.fixture
def run(capfd, network):
    """Run the command in this process with that network; returns exit code, output and errors."""

    def command(*arguments):
        capfd.readouterr()
        code = main(["clean", *map(str, arguments), "--network", network])
        output, errors = capfd.readouterr()
        return code, output, errors

    return command


def contents(folder):
    """The bytes of all files in a folder, without the times in them."""
    return {path.name: TIME.sub(b"TIME", path.read_bytes()) for path in folder.iterdir() if path.is_file()}


def cleaned(network, image, **keywords):
    return afmnn.clean(image, network, **keywords)


def make_scans(folder, count):
    for i in range(count):
        suffix = ("gwy", "npz", "gsf", "npy")[i % 4]
        afmnn.write_image(folder / f"scan{i:02d}.{suffix}", scan(i))


BAD = {
    "empty.gwy": "is empty",
    "noheight.gwy": r"which has several: 0 'Phase' \(20 x 20\), 1 'Amplitude' \(20 x 20\)",
    "nopixel.npy": r"holds an array of the shape \(0, 5\), not an image",
    "notgwy.gwy": "is not a Gwyddion file",
    "nothing.npz": "image must have pixels that are neither NaN nor masked, got none",
    "toomany.npy": "is truncated",
    "truncated.gwy": "is truncated or damaged",
    "twoheights.gwy": r"which has several: 0 'Height' \(20 x 20\), 1 'Topography' \(20 x 20\)",
}


def make_bad(folder):
    (folder / "empty.gwy").touch()
    (folder / "notgwy.gwy").write_text("Dear diary")
    phase = afmnn.Image(np.ones((20, 20)), unit_z="deg", title="Phase")
    images.write_images(folder / "noheight.gwy", [phase, phase.replace(unit_z="V", title="Amplitude")])
    images.write_images(folder / "twoheights.gwy", [scan(1, (20, 20)), scan(2, (20, 20), "Topography")])
    np.save(folder / "nopixel.npy", np.zeros((0, 5)))
    with open(folder / "toomany.npy", "wb") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": (2**16, 2**15)}
        np.lib.format.write_array_header_1_0(file, header)
    afmnn.write_image(folder / "nothing.npz", np.full((9, 9), np.nan))
    afmnn.write_image(folder / "whole.gwy", scan(3))
    whole = (folder / "whole.gwy").read_bytes()
    (folder / "whole.gwy").unlink()
    (folder / "truncated.gwy").write_bytes(whole[: len(whole) // 4])


def test_a_folder_with_bad_files_ends_in_a_table_and_a_line_for_each(tmp_path, run, network):
    make_scans(tmp_path, 24)
    make_bad(tmp_path)
    (tmp_path / "notes.txt").write_text("no scan")
    (tmp_path / "below").mkdir()
    before = contents(tmp_path)
    code, output, errors = run(tmp_path)
    assert code == 1
    lines = errors.splitlines()
    assert [line for line in lines if "error" not in line] == [
        "afmnn: note: 1 left out, as they are no images or earlier results: notes.txt"
    ]
    assert len(lines) == 1 + len(BAD)
    for name, words in BAD.items():
        (line,) = (line for line in lines if name in line)
        assert re.fullmatch(rf"afmnn: error: .*{words}.*", line)
    table = output.splitlines()
    assert table[0].split() == [
        "file",
        "channel",
        "RMS",
        "removed",
        "row",
        "steps",
        "before",
        "after",
        "structure",
        "edges",
        "mended",
        "verdict",
    ]
    assert [line.split()[0] for line in table[1:25]] == [f"scan{i:02d}.{('gwy', 'npz', 'gsf', 'npy')[i % 4]}" for i in range(24)]
    assert table[-1] == "24 of 32 files cleaned, 8 failed; results: NAME.clean.* beside the files"
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert sorted(after.keys() - before.keys()) == [f"scan{i:02d}.clean.gwy" for i in range(24)]
    original = afmnn.read_image(tmp_path / "scan04.gwy")
    result = afmnn.read_image(tmp_path / "scan04.clean.gwy", 1)
    assert_array_equal(result.data, cleaned(network, original).data)
    assert (result.title, result.size, result.unit_z) == ("Height (afmnn)", original.size, "m")
    assert_array_equal(afmnn.read_image(tmp_path / "scan04.clean.gwy", 0).data, original.data)


def test_a_second_run_takes_over_what_is_the_same_and_makes_the_rest_again(tmp_path, run, network):
    make_scans(tmp_path, 6)
    first = run(tmp_path)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()}
    second = run(tmp_path)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()} == before
    assert first[1].splitlines()[:-1] == second[1].splitlines()[:-1]  # the table is that of the records
    assert "6 of 6 files cleaned (6 of them earlier" in second[1]
    assert "6 left out" in second[2]
    afmnn.write_image(tmp_path / "scan00.gwy", scan(77))  # another source
    images.append_channel(tmp_path / "scan01.clean.gwy", tmp_path / "scan01.clean.gwy", scan(1), channel=0)  # somebody's work
    (tmp_path / "scan02.clean.gwy").unlink()
    code, output, errors = run(tmp_path)
    assert code == 1
    assert "5 of 6 files cleaned (3 of them earlier" in output
    assert "scan01.clean.gwy: exists, and is no earlier result; --force replaces it" in errors
    changed = {name for name, (stamp, _) in before.items() if (tmp_path / name).stat().st_mtime_ns != stamp}
    assert changed == {"scan00.gwy", "scan00.clean.gwy", "scan01.clean.gwy", "scan02.clean.gwy"}
    assert_array_equal(afmnn.read_image(tmp_path / "scan00.clean.gwy", 1).data, cleaned(network, scan(77)).data)
    assert "(" not in run(tmp_path, "--level", "plane", "--force")[1].splitlines()[-1]  # other settings
    assert "5 of 6" not in run(tmp_path, "--level", "plane")[1]


def test_strength_is_a_setting(tmp_path, run, capfd):
    afmnn.write_image(tmp_path / "scan.gwy", scan(3))
    assert main(["clean", str(tmp_path / "scan.gwy"), "--strength", "0.5"]) == 0  # by "universal"
    record = read_records(tmp_path / "scan.clean.gwy")[0]
    assert json.loads(record["settings"])["strength"] == 0.5
    for strength, rule in (("7", "lie between 0 and 1.5, got 7"), ("0.5", "be 1 for networks that do not count")):
        code, _, errors = run(tmp_path / "scan.gwy", "--strength", strength)
        assert code != 0
        assert f"strength must {rule}" in errors


def test_doubts_are_in_verdict_record_and_page(tmp_path, capfd):
    """Strong noise is told of by `universal`: in the table, in that of a run that takes the result over, in record and page."""
    pytest.importorskip("matplotlib")
    image = scan(3, (96, 96))
    loud = image.replace(data=image.data + 6e-8 * np.random.default_rng(1).normal(size=image.shape))
    afmnn.write_image(tmp_path / "loud.gwy", loud)
    with pytest.warns(afmnn.UnfamiliarImageWarning, match="^noise from line to line is"):
        _, info = afmnn.clean(loud, return_info=True)
    (doubt,) = info.done["doubts"]
    pages = tmp_path / "pages"
    for earlier in (False, True):
        assert main(["clean", str(tmp_path / "loud.gwy"), "--json", "--report", str(pages)]) == 0
        (row,) = json.loads(capfd.readouterr().out)["results"]
        assert row["verdict"] == info.verdict.level != "fine", earlier
        assert doubt in row["because"], earlier
    record = read_records(tmp_path / "loud.clean.gwy")[0]
    assert json.loads(record["doubts"]) == [doubt]
    assert record["verdict"] == str(info.verdict)
    text = (pages / "loud.clean.html").read_text(encoding="utf-8")
    assert html.escape(info.verdict.because) in text


@pytest.mark.parametrize("form", ["gwy", "npz", "gsf", "npy"])
def test_every_format_is_a_result_with_its_record(tmp_path, run, network, form):
    image = scan(3)
    afmnn.write_image(tmp_path / "scan.gwy", image)
    out = tmp_path / "out"
    assert run(tmp_path / "scan.gwy", "-o", out, "--format", form, "--residual")[0] == 0
    names = {
        "gwy": {"scan.clean.gwy"},
        "npy": {f"scan.{what}.npy{more}" for what in ("clean", "residual") for more in ("", ".json")},
    }
    assert set(contents(out)) == names.get(form, {f"scan.clean.{form}", f"scan.residual.{form}"})
    path = out / f"scan.clean.{form}"
    assert is_result(path)
    record = read_records(path)[0]
    assert record["source"] == "scan.gwy"
    assert record["network"] == network
    assert record["corrections"] == "plane, jumps, lines, scars, spikes, network"
    assert record["version"] == afmnn.__version__
    assert json.loads(record["settings"])["level"] is None
    expected, info = afmnn.clean(image, network, return_info=True)
    accuracy = {"rtol": 1e-6 if form == "gsf" else 0, "atol": 0}
    result = afmnn.read_image(path, "Height (afmnn)" if form == "gwy" else None)
    removed = (
        afmnn.read_image(path, "Height residual (afmnn)") if form == "gwy" else afmnn.read_image(out / f"scan.residual.{form}")
    )
    assert_allclose(result.data, expected.data, **accuracy)
    assert_allclose(removed.data, info.residual.data, **accuracy)
    assert record["verdict"] == str(info.verdict)
    assert json.loads(record["figures"])["rms_removed"] == info.figures["rms_removed"]
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert "1 of 1 files cleaned (1 of them earlier" in run(tmp_path / "scan.gwy", "-o", out, "--format", form, "--residual")[1]
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_gwyddion_has_nothing_to_say_and_shows_what_was_done(tmp_path, run, check, network):
    image = scan(3)
    holed = image.replace(data=np.where(np.arange(48) == 7, np.nan, image.data), title="ëµ (x)")
    images.write_images(tmp_path / "scan.gwy", [image, holed])
    afmnn.write_image(tmp_path / "other.npz", image.replace(unit_z="nm", data=1e9 * image.data))
    assert run(tmp_path, "--channel", "all", "--residual", "--level", "rows")[0] == 0
    for name in ("scan.clean.gwy", "other.clean.gwy"):
        assert check(tmp_path / name) == ""
    with open_file(tmp_path / "scan.clean.gwy") as gwy:
        assert [gwy.title(number) for number in gwy.channels] == [
            "Height", "ëµ (x)", "Height (afmnn)", "ëµ (x) (afmnn)", "Height residual (afmnn)", "ëµ (x) residual (afmnn)",
        ]  # fmt: skip
        (entry,) = gwy.log(2)
        assert re.fullmatch(
            rf'proc::afmnn_clean\(network="{network}", version=.*, level="rows".*\)@{TIME.pattern.decode()}', entry
        )
        assert gwy.meta(3)[b"afmnn corrections"] == "plane, jumps, lines, scars, spikes, rows, network"
        assert gwy.log(0) == []


def test_the_log_of_the_original_goes_on(tmp_path, run, data):
    assert run(data / "gwyfile_test.gwy", "-o", tmp_path)[0] == 0
    with open_file(data / "gwyfile_test.gwy") as gwy:
        before = gwy.log(0)
    with open_file(tmp_path / "gwyfile_test.clean.gwy") as gwy:
        assert gwy.log(0) == before
        assert len(before) == 1
        assert gwy.log(1)[:1] == before
        assert gwy.log(1)[1].startswith("proc::afmnn_clean(")


def test_channels(tmp_path, run):
    images.write_images(
        tmp_path / "scan.gwy", [scan(1, title="Z-Axis forward"), scan(2, title="Z-Axis backward"), scan(3, title="Odd")]
    )
    for arguments, channels in (
        ([tmp_path / "scan.gwy"], ["0"]),
        ([tmp_path / "scan.gwy", "--channel", "height"], ["0"]),
        ([tmp_path / "scan.gwy", "--channel", "Z-Axis*"], ["0", "1"]),
        ([tmp_path / "scan.gwy", "--channel", "all"], ["0", "1", "2"]),
        ([f"{tmp_path / 'scan.gwy'}:Odd"], ["2"]),
        ([f"{tmp_path / 'scan.gwy'}:2", f"{tmp_path / 'scan.gwy'}:0"], ["2", "0"]),
    ):
        code, output, errors = run(*arguments, "--json")
        assert (code, errors) == (0, "")
        found = json.loads(output)
        assert [row["channel"] for row in found["results"]] == channels
        with open_file(tmp_path / "scan.clean.gwy") as gwy:
            assert len(gwy.channels) == 3 + len(channels)
    code, _, errors = run(tmp_path / "scan.gwy", "--channel", "all", "-o", tmp_path / "a.npz")
    assert (code, errors.count("\n")) == (1, 1)
    assert "3 channels are to be written, which only .gwy files take" in errors


def test_csv_and_json_have_all_figures_and_those_that_failed(tmp_path, run):
    make_scans(tmp_path, 3)
    (tmp_path / "bad.gwy").touch()
    for _ in range(2):
        code, output, _ = run(tmp_path, "--csv", tmp_path / "table.csv", "--json")
        assert code == 1
    found = json.loads(output)
    with open(tmp_path / "table.csv", encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [os.path.basename(line["file"]) for line in lines] == ["scan00.gwy", "scan01.npz", "scan02.gsf", "bad.gwy"]
    assert lines[3]["verdict"] == "failed"
    assert "is empty" in lines[3]["problem"]
    for line, row in zip(lines, found["results"], strict=False):
        assert float(line["rms_removed"]) == row["rms_removed"] > 0
        assert line["verdict"] == row["verdict"]
    assert [failed["file"] for failed in found["failed"]] == [str(tmp_path / "bad.gwy")]
    (tmp_path / "mine.csv").write_text("a,b\n")
    code, _, errors = run(tmp_path, "--csv", tmp_path / "mine.csv")
    assert (code, errors) == (1, f"afmnn: error: {tmp_path / 'mine.csv'}: exists, and is no earlier table; --force replaces it\n")


def test_report_has_a_page_for_each_file_and_an_index(tmp_path, run):
    pytest.importorskip("matplotlib")
    make_scans(tmp_path, 2)
    (tmp_path / "bad<.gwy").touch()
    pages = tmp_path / "pages"
    run(tmp_path, "--report", pages)
    assert sorted(contents(pages)) == ["index.html", "scan00.clean.html", "scan01.clean.html"]
    index = (pages / "index.html").read_text(encoding="utf-8")
    assert index.index("bad&lt;.gwy") < index.index("scan00.gwy")  # the worst first
    assert '<a href="scan00.clean.html">' in index
    assert "Height" in (pages / "scan00.clean.html").read_text(encoding="utf-8")
    before = {path.name: path.stat().st_mtime_ns for path in pages.iterdir() if path.name != "index.html"}
    (pages / "scan01.clean.html").unlink()
    assert "(1 of them earlier" in run(tmp_path, "--report", pages)[1]
    after = {path.name: path.stat().st_mtime_ns for path in pages.iterdir()}
    assert after["scan00.clean.html"] == before["scan00.clean.html"]
    assert "scan01.clean.html" in after


def test_recursive_keeps_the_folders(tmp_path, run):
    """Beside the files, or in another place; what is hidden or a link to a folder is left alone."""
    scans = tmp_path / "scans"
    for number, place in enumerate(("", "monday", "monday/late", ".hidden")):
        (scans / place).mkdir(parents=True, exist_ok=True)
        afmnn.write_image(scans / place / "a.gwy", scan(number))
    (scans / "loop").symlink_to(scans, target_is_directory=True)
    (scans / "empty").mkdir()
    out = tmp_path / "out"
    assert run(scans, "-o", tmp_path / "flat")[0] == 0
    assert [path.name for path in (tmp_path / "flat").rglob("*")] == ["a.clean.gwy"]
    assert run(scans, "-r", "-o", out)[0] == 0
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.gwy")) == [
        "a.clean.gwy", "monday/a.clean.gwy", "monday/late/a.clean.gwy",
    ]  # fmt: skip
    assert not (out / "empty").exists()
    heights = [afmnn.read_image(path, 0).data for path in (out / "monday" / "a.clean.gwy", scans / "monday" / "a.gwy")]
    np.testing.assert_array_equal(*heights)
    assert "3 of 3 files cleaned (3 of them earlier" in run(scans, "--recursive", "-o", out)[1]
    assert run(scans, "-r")[0] == 0
    assert len(list(scans.rglob("*.clean.gwy"))) == 3
    assert "(3 of them earlier" in run(scans, "-r")[1]
    (tmp_path / "outer" / "inner").mkdir(parents=True)
    afmnn.write_image(tmp_path / "outer" / "inner" / "a.gwy", scan(1))
    code, _, errors = run(tmp_path / "outer")
    assert (code, "has no file of an image to clean; --recursive looks into the folders in it" in errors) == (1, True)


def test_names_of_results(tmp_path, run):
    for name in ("a.gwy", "a.npz", "b.gsf"):
        afmnn.write_image(tmp_path / name, scan(1))
    (tmp_path / "out").mkdir()
    assert run(tmp_path, "-o", tmp_path / "out", "--format", "npz")[0] == 0
    assert sorted(contents(tmp_path / "out")) == ["a.gwy.clean.npz", "a.npz.clean.npz", "b.clean.npz"]
    assert run(tmp_path / "b.gsf", "-o", tmp_path / "new.gsf")[0] == 0
    assert is_result(tmp_path / "new.gsf")
    code, _, errors = run(tmp_path / "a.gwy", tmp_path / "b.gsf", "-o", tmp_path / "x.gwy")
    assert (code, errors.count("\n"), "is the name of a file, and 2 files are to be cleaned" in errors) == (1, 1, True)
    afmnn.write_image(tmp_path / "b.npz", scan(2))
    code, _, errors = run(tmp_path / "b.npz", "-o", tmp_path / "out", "--format", "npz")
    assert (code, "b.clean.npz: is the result of b.gsf; --force replaces it" in errors) == (1, True)
    (tmp_path / "other").mkdir()
    afmnn.write_image(tmp_path / "other" / "b.gsf", scan(2))
    code, _, errors = run(tmp_path / "b.gsf", tmp_path / "other" / "b.gsf", "-o", tmp_path / "out")
    assert (code, errors.count("\n"), "would be written for both" in errors) == (1, 1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none.gwy"], 1, "none.gwy: No such file or directory"),
        (["below"], 1, "below: has no file of an image to clean"),
        (["notes.txt"], 1, r"notes.txt: has no file of an image to clean \(1 left out: notes.txt\)"),
        (["scan.gwy", "--memory", "10kB"], 1, "scan.gwy: needs about 0.384 MB of memory, and --memory allows 0.01 MB"),
        (["scan.gwy", "--memory", "lots"], 2, "'lots' is not a size like 500MB or 2GB"),
        (["scan.gwy", "-o", "notes.txt"], 1, "notes.txt: is no folder, and its name not that of a result"),
        (["scan.gwy", "-o", "new.tif"], 1, "new.tif: the name of a result ends in .gwy, .* would be a folder"),
        (["scan.gwy", "--strenght", "1"], 2, r"unrecognized arguments: --strenght 1 \(see afmnn clean --help\)"),
        (["scan.gwy", "-o", "scan.gwy"], 1, "scan.gwy: is an input, and would be overwritten"),
        (["scan.gwy", "-o", "other.gwy"], 1, "other.gwy: exists, and is no earlier result; --force replaces it"),
        (["scan.gwy", "-o", "a.npz", "--format", "gsf"], 1, "a.npz: must end in .gsf for --format gsf"),
        (["scan.gwy:Phase"], 1, "channel must be one of scan.gwy, got 'Phase'"),
        (["net.npz"], 1, "net.npz: is a network, not an image"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(tmp_path, monkeypatch, run, network, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    afmnn.write_image("scan.gwy", scan(1))
    afmnn.write_image("other.gwy", scan(2))
    afmnn.load(network).save("net.npz")
    (tmp_path / "notes.txt").write_text("no scan")
    (tmp_path / "below").mkdir()
    before = contents(tmp_path)
    found, _, errors = run(*arguments)
    assert found == code
    assert re.fullmatch(rf"afmnn: error: .*{words}.*\n", errors)
    assert contents(tmp_path) == before


def test_report_into_a_file_is_refused(tmp_path, run):
    pytest.importorskip("matplotlib")
    afmnn.write_image(tmp_path / "scan.gwy", scan(1))
    (tmp_path / "notes.txt").write_text("no folder")
    code, _, errors = run(tmp_path / "scan.gwy", "--report", tmp_path / "notes.txt")
    assert (code, errors) == (1, f"afmnn: error: {tmp_path / 'notes.txt'}: is a file, and a folder is needed\n")
    assert not (tmp_path / "scan.clean.gwy").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_is_one_line(tmp_path, run):
    afmnn.write_image(tmp_path / "scan.gwy", scan(1))
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    code, _, errors = run(tmp_path / "scan.gwy", "-o", out)
    assert (code, errors) == (1, f"afmnn: error: {out}: is a folder that cannot be written to\n")


def test_full_disk_is_one_line_for_each_file_and_leaves_nothing(tmp_path, run, monkeypatch):
    make_scans(tmp_path, 4)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, output, errors = run(tmp_path, "-o", tmp_path / "out")
    assert code == 1
    assert errors.count("No space left on device; nothing was written") == errors.count("\n") == 4
    assert list((tmp_path / "out").iterdir()) == []
    assert output == "0 of 4 files cleaned, 4 failed\n"


def test_units_that_nobody_knows_and_missing_pixels(tmp_path, run):
    image = scan(1)
    odd = image.replace(unit_z="wobble", unit_xy="furlong")
    afmnn.write_image(tmp_path / "odd.gwy", odd.replace(data=np.where(np.arange(48) == 3, np.nan, image.data)))
    assert run(tmp_path)[0] == 0
    result = afmnn.read_image(tmp_path / "odd.clean.gwy", 1)
    assert (result.unit_z, result.unit_xy) == ("wobble", "furlong")
    assert_array_equal(np.isnan(result.data), np.broadcast_to(np.arange(48) == 3, (40, 48)))


def test_of_a_damaged_file_what_is_whole_is_cleaned_and_kept(tmp_path, run, check):
    images.write_images(tmp_path / "scan.gwy", [scan(1), scan(2, title="Other")])
    whole = (tmp_path / "scan.gwy").read_bytes()
    (tmp_path / "scan.gwy").write_bytes(whole[:-5000])
    code, _, errors = run(tmp_path / "scan.gwy", "-o", tmp_path / "out")
    assert (code, errors.count("\n"), "what can be found in it is read" in errors) == (0, 1, True)
    result = tmp_path / "out" / "scan.clean.gwy"
    assert [channel.title for channel in afmnn.list_channels(result)] == ["Height", "Height (afmnn)"]
    assert_array_equal(afmnn.read_image(result, 0).data, scan(1).data)
    assert check(result) == ""
    assert "(1 of them earlier" in run(tmp_path / "scan.gwy", "-o", tmp_path / "out")[1]


def test_a_result_that_is_cleaned_again_under_another_name(tmp_path, run):
    afmnn.write_image(tmp_path / "scan.gwy", scan(1))
    run(tmp_path / "scan.gwy", "-o", tmp_path / "final.gwy")
    for taken_over in ("cleaned;", "cleaned (1 of them earlier"):
        code, output, _ = run(f"{tmp_path / 'final.gwy'}:1")
        assert (code, taken_over in output) == (0, True)
    titles = [channel.title for channel in afmnn.list_channels(tmp_path / "final.clean.gwy")]
    assert titles == ["Height", "Height (afmnn)", "Height (afmnn) (afmnn)"]
    assert [record["source"] for record in read_records(tmp_path / "final.clean.gwy")] == ["final.gwy"]


def test_results_do_not_depend_on_the_number_of_workers(tmp_path, run):
    make_scans(tmp_path, 5)
    for threads in (1, 4):
        assert run(tmp_path, "--threads", threads, "-o", tmp_path / f"out{threads}", "--residual")[0] == 0
    assert contents(tmp_path / "out1") == contents(tmp_path / "out4")


def started(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "afmnn", "clean", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["gwy", "npy"])
def test_killed_at_any_moment_it_goes_on_where_it_was(tmp_path, run, network, form):
    source, out, expected = (tmp_path / name for name in ("scans", "out", "expected"))
    source.mkdir()
    make_scans(source, 12)
    run(source, "-o", expected, "--residual", "--format", form)
    chance = np.random.default_rng()
    killed = 0
    for _ in range(6):
        process = started(source, "-o", out, "--residual", "--format", form, "--network", network, "--threads", 2)
        while process.poll() is None and len(list(out.glob("*.clean.*"))) <= killed:
            time.sleep(0.002)  # until it has begun to write, for importing takes most of the time
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed > 0
    code, output, errors = run(source, "-o", out, "--residual", "--format", form)
    assert (code, errors) == (0, "")
    assert re.search(r"12 of 12 files cleaned \(\d+ of them earlier", output)
    assert contents(out) == contents(expected)


def test_two_runs_at_once_into_one_folder_lose_nothing(tmp_path, run, network):
    source, out, expected = (tmp_path / name for name in ("scans", "out", "expected"))
    source.mkdir()
    make_scans(source, 12)
    run(source, "-o", expected, "--residual")
    processes = [
        started(source, "-o", out, "--residual", "--network", network, "--csv", tmp_path / "table.csv") for _ in range(2)
    ]
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        assert "12 of 12 files cleaned" in output
    assert contents(out) == contents(expected)


def test_interrupt_is_one_line_and_the_next_run_goes_on(tmp_path, run, network):
    source, out, expected = (tmp_path / name for name in ("scans", "out", "expected"))
    source.mkdir()
    for i in range(8):
        afmnn.write_image(source / f"scan{i}.npz", scan(i, (300, 300)))
    run(source, "-o", expected)
    process = started(source, "-o", out, "--network", network, "--threads", 1)
    while process.poll() is None and not list(out.glob("*.clean.gwy")):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(r"afmnn: error: interrupted after \d of 8 files; the same command goes on from there\n", errors)
    assert all(name.endswith(".clean.gwy") for name in contents(out))
    assert run(source, "-o", out)[0] == 0
    assert contents(out) == contents(expected)


def test_memory_is_shared_and_waited_for():
    import threading

    from afmnn.cli._clean_batch import Memory, Stopped

    stop = threading.Event()
    memory = Memory(100, stop)
    order = []

    def other():
        with memory.hold(60):
            order.append("second")

    with memory.hold(50):
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(0.05)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]
    with pytest.raises(ValueError, match=r"needs about 0\.0002 MB of memory, and --memory allows 0\.0001 MB"), memory.hold(200):
        pass
    stop.set()
    with memory.hold(100), pytest.raises(Stopped), memory.hold(1):
        pass


def test_names_for_workers_elsewhere_are_from_the_root_on_and_folders_stay_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = argparse.Namespace(files=["a.gwy"], output="new.gwy" + os.sep, report=None)
    make_absolute(options)
    assert options.files == [str(tmp_path / "a.gwy")]
    assert options.output == str(tmp_path / "new.gwy") + os.sep
    assert options.report is None
