"""The command line and its files: what may be replaced, which channel is meant, and what is said of files that are odd."""

import json
import os
import shutil
import struct

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn.formats import gwyddion, images

gwyfile = pytest.importorskip("gwyfile")


def scan(day, shape=(24, 32), title="Height", **fields):
    heights = 1e-9 * np.random.default_rng(day).normal(size=shape) + day * 1e-9
    return afmnn.Image(heights, **({"size": (1e-6, 1e-6), "unit_xy": "m", "unit_z": "m", "title": title} | fields))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images.write_image("monday.gwy", scan(1))
    images.write_image("tuesday.gwy", scan(2))
    images.write_image("raw.npz", scan(3))
    images.write_image("other.npz", scan(4))
    afmnn.train(scan(5), scan(6), window=5, hidden=2, steps=1, seed=0).save("net.npz")
    return tmp_path


def refused(run, line, path, reason="exists, and is no earlier result; --force replaces it"):
    with open(path, "rb") as file:
        before = file.read()
    assert run(line) == (1, "", f"afmnn: error: {path}: {reason}\n")
    with open(path, "rb") as file:
        assert file.read() == before


# --- what may be replaced


def test_a_measured_channel_beside_a_result_is_not_replaced(folder, run):
    refused(run, "apply net.npz tuesday.gwy -o monday.gwy", "monday.gwy")
    line = "apply net.npz monday.gwy -o monday.gwy"
    refused(run, line, "monday.gwy", "is the input itself; --force adds the result to it, as a channel")
    assert run(line + " --force")[0] == 0
    assert [channel.title for channel in images.list_channels("monday.gwy")] == ["Height", "Height (afmnn)"]
    assert_array_equal(afmnn.read_image("monday.gwy", 0), scan(1))
    refused(run, "apply net.npz tuesday.gwy -o monday.gwy", "monday.gwy")
    refused(run, "apply net.npz raw.npz -o monday.gwy", "monday.gwy")
    refused(run, "synth default --shape 32 -o monday.gwy", "monday.gwy")


def test_every_file_of_a_folder_that_is_cleaned_in_place_is_protected(folder, run):
    line = "apply net.npz monday.gwy tuesday.gwy -o ."
    refused(run, line, os.path.join(".", "monday.gwy"), "is the input itself; --force adds the result to it, as a channel")
    assert len(images.list_channels("tuesday.gwy")) == 1
    assert run(line + " --force")[0] == 0
    shutil.copy("monday.gwy", "wednesday.gwy")
    images.write_image("wednesday.gwy", scan(7))
    os.mkdir("new")
    shutil.copy("wednesday.gwy", "new/monday.gwy")
    refused(run, "apply net.npz new/monday.gwy tuesday.gwy -o .", os.path.join(".", "monday.gwy"))


def test_the_same_measurement_cleaned_again_replaces_its_copy(folder, run):
    """All that is in the file is in the source, too, but for the result."""
    for _ in range(2):
        assert run("apply net.npz monday.gwy -o clean.gwy")[0] == 0
    assert [channel.title for channel in images.list_channels("clean.gwy")] == ["Height", "Height (afmnn)"]
    refused(run, "apply net.npz tuesday.gwy -o clean.gwy", "clean.gwy")
    images.write_image("monday.gwy", scan(9))  # the copy is the only one now
    refused(run, "apply net.npz monday.gwy -o clean.gwy", "clean.gwy")


@pytest.mark.parametrize("output", ["clean.npz", "clean.gwy"])
def test_a_result_is_replaced_by_any_command(folder, run, output):
    for line in ("apply net.npz raw.npz", "synth noise rms=1 --shape 32", "apply net.npz other.npz"):
        assert run(f"{line} -o {output}")[0] == 0
    assert_array_equal(afmnn.read_image(output), afmnn.apply(afmnn.load("net.npz"), scan(4)))


@pytest.mark.parametrize(
    "line", ["apply net.npz other.npz", "synth noise rms=1 --shape 32", "train raw.npz other.npz --window 5 --steps 1"]
)
def test_networks_and_saved_images_are_no_results(folder, run, line):
    shutil.copy("net.npz", "hours.npz")
    images.write_image("kept.npz", scan(8))
    np.savez("array.npz", data=np.eye(9))
    for name in ("hours.npz", "kept.npz", "array.npz"):
        refused(run, f"{line} -o {name}", name)
    assert run(f"{line} -o hours.npz --force")[0] == 0


def test_a_network_of_gwyddion_is_not_replaced(folder, run):
    net = afmnn.train(scan(5), scan(6), window=3, hidden=2, steps=0, method="gwyddion")
    gwyddion.write_network(net, "bumps")
    refused(run, "train raw.npz other.npz --method gwyddion --format gwyddion --steps 1 -o bumps", "bumps")


def add_mask(file):
    heights = file["/0/data"]
    file["/0/mask"] = gwyfile.objects.GwyDataField(np.eye(*heights.data.shape), xreal=heights.xreal, yreal=heights.yreal)


def add_graph(file):
    file["/0/graph/graph/1"] = gwyfile.objects.GwyObject("GwyGraphModel", {"title": "profile"}, {"title": "s"})


def add_channel(file):
    file["/1/data"] = gwyfile.objects.GwyDataField(np.eye(4))


def change_heights(file):
    file["/0/data"].data = file["/0/data"].data + 1e-9


def rename(file):
    file["/0/data/title"] = "the good one"


def note(file):
    file["/0/meta"]["Comment"] = "keep this"


@pytest.mark.parametrize("change", [add_mask, add_graph, add_channel, change_heights, rename, note], ids=lambda f: f.__name__)
def test_a_result_that_somebody_has_worked_on_is_none_any_more(folder, run, change):
    assert run("apply net.npz raw.npz -o clean.gwy")[0] == 0
    file = gwyfile.load("clean.gwy")
    file.tofile("clean.gwy")
    assert run("apply net.npz raw.npz -o clean.gwy")[0] == 0  # written by another program, unchanged
    file = gwyfile.load("clean.gwy")
    change(file)
    file.tofile("clean.gwy")
    refused(run, "apply net.npz raw.npz -o clean.gwy", "clean.gwy")


def test_a_mask_of_missing_pixels_belongs_to_the_result(folder, run):
    holes = scan(3).data.copy()
    holes[:4] = np.nan
    images.write_image("holes.npz", scan(3).replace(data=holes))
    for _ in range(2):
        assert run("apply net.npz holes.npz -o clean.gwy --nan keep")[0] == 0
    file = gwyfile.load("clean.gwy")
    file["/0/mask"].data = np.ones(holes.shape)
    file.tofile("clean.gwy")
    refused(run, "apply net.npz holes.npz -o clean.gwy --nan keep", "clean.gwy")


def test_an_array_added_to_a_result_protects_it(folder, run):
    assert run("apply net.npz raw.npz -o clean.npz")[0] == 0
    with np.load("clean.npz") as file:
        arrays = dict(file)
    np.savez("clean.npz", **arrays)
    assert run("apply net.npz raw.npz -o clean.npz")[0] == 0
    np.savez("clean.npz", **arrays, mine=np.eye(3))
    refused(run, "apply net.npz raw.npz -o clean.npz", "clean.npz")


# --- which channel is meant


@pytest.fixture
def film(folder):
    """Frames called 1, 2, 3, with the numbers 0, 1, 2."""
    images.write_images("film.gwy", [scan(i, title=str(i)).replace(data=np.full((12, 16), float(i))) for i in (1, 2, 3)])
    return "film.gwy"


@pytest.mark.parametrize("text", ["0", "1", "2", "3"])
def test_a_number_is_the_number_everywhere(film, run, text):
    code, output, errors = run(f"info {film}:{text} --json")
    assert (code, errors) == (0, "")
    ((shown,),) = [file["channels"] for file in json.loads(output)["files"]]
    key = 2 if text == "3" else int(text)  # there is no number 3, but a title
    assert (shown["channel"], shown["title"], shown["maximum"]) == (key, str(key + 1), key + 1.0)
    assert afmnn.read_image(film, text).data[0, 0] == shown["maximum"]
    if text != "3":
        assert afmnn.read_image(film, int(text)).data[0, 0] == shown["maximum"]
    assert run(f"apply net.npz {film}:{text} -o out.gwy --force")[0] == 0
    assert images.list_channels("out.gwy")[-1].title == f"{key + 1} (afmnn)"
    number = images.append_channel(film, film, scan(7, shape=(12, 16)).data, channel=text)
    assert afmnn.read_image(film, number).title == f"{key + 1} (afmnn)"


def test_a_mask_is_that_of_the_number(film, run):
    holes = np.ones((12, 16))
    holes[0, 0] = np.nan
    images.append_channel(film, film, holes, channel=0, title="0")  # number 3, called like the first
    assert images.read_mask(film, "3").sum() == 1
    assert images.read_mask(film, 3).sum() == 1
    with pytest.raises(ValueError, match="channel must be one with a mask, got 0 '1'"):
        images.read_mask(film, "0")


def test_info_shows_the_number_of_a_title(folder, run):
    images.append_channel("monday.gwy", "monday.gwy", scan(1).data, title="Phase")
    assert "\n1 'Phase'" in run("info monday.gwy:Phase")[1]


# --- files with something odd in them


def broken(path, title="Other"):
    """A file of two channels, the second without a width."""
    images.write_images(path, [scan(1), scan(1, title=title, size=(1e-6, 7.0))])
    with open(path, "rb") as file:
        content = file.read()
    with open(path, "wb") as file:
        file.write(content.replace(b"xreal\0d" + struct.pack("<d", 7.0), b"xreal\0d" + bytes(8)))


def test_info_says_what_is_wrong_with_a_channel(folder, run):
    broken("odd.gwy")
    code, output, errors = run("info odd.gwy")
    assert (code, errors) == (0, "")
    assert "0 'Height'" in output
    problem = "has a data field with the physical size 1e-06 x 0.0 at (0.0, 0.0)"
    assert output.splitlines()[-1] == f"channel 1 'Other' cannot be read: it {problem}"
    first, second = json.loads(run("info odd.gwy --json")[1])["files"][0]["channels"]
    assert (first["problem"], second["problem"], second["rms"]) == (None, problem, None)
    assert run("info odd.gwy:1") == (1, "", f"afmnn: error: odd.gwy: its channel 1 'Other' {problem}\n")


def test_the_sound_channel_is_cleaned_also_without_being_named(folder, run):
    broken("odd.gwy")
    for text in ("odd.gwy", "odd.gwy:0", "odd.gwy:Height"):
        assert run(f"apply net.npz {text} -o clean.gwy")[0] == 0
    assert [channel.title for channel in images.list_channels("clean.gwy")] == ["Height", "Other", "Height (afmnn)"]
    assert run("apply net.npz odd.gwy:1 -o a.gwy")[0] == 1


def test_titles_that_are_no_utf8(folder, run):
    broken("odd.gwy", "Phase @")
    with open("odd.gwy", "rb") as file:
        content = file.read()
    with open("odd.gwy", "wb") as file:
        file.write(content.replace(b"Phase @", b"Phase \xb0"))
    assert "1 'Phase °'" in run("info odd.gwy")[1]
    assert "Phase °" in run("info odd.gwy:Phase\u00a0\u00b0")[2]  # an error that lists it
    assert run(f"info odd.gwy:{os.fsdecode(bytes([0xB0]))}")[0] == 1
    images.write_image("one.gwy", scan(1, title="Pha@"))
    with open("one.gwy", "rb") as file:
        content = file.read()
    with open("one.gwy", "wb") as file:
        file.write(content.replace(b"Pha@", b"Pha\xb0"))
    assert run("info one.gwy:Pha°")[0] == 0
    assert run("info one.gwy:" + os.fsdecode(b"Pha\xb0"))[0] == 0  # typed on a Latin-1 terminal
    assert run("apply net.npz one.gwy -o clean.gwy")[0] == 0
    assert images.list_channels("clean.gwy")[1].title == "Pha° (afmnn)"


def test_a_name_that_is_no_utf8_becomes_a_title(folder, run):
    name = os.fsdecode(b"caf\xe9.npy")
    np.save(name, scan(1).data)
    assert run(f"apply net.npz {name} -o clean.gwy")[0] == 0
    assert images.list_channels("clean.gwy")[0].title == "café (afmnn)"


# --- missing pixels


def test_missing_pixels_stay_missing_from_command_to_command(folder, run):
    holes = scan(3).data.copy()
    holes[-6:] = np.nan
    images.write_image("holes.npz", scan(3).replace(data=holes))
    assert run("apply net.npz holes.npz -o clean.gwy --nan keep")[0] == 0
    assert_array_equal(np.isnan(afmnn.read_image("clean.gwy")), np.isnan(holes))
    assert run("apply net.npz clean.gwy -o again.gwy")[0] == 1  # told, as for any file with missing pixels
    assert run("apply net.npz clean.gwy:0 -o again.gwy --nan keep")[0] == 0
    assert_array_equal(np.isnan(afmnn.read_image("again.gwy", 1)), np.isnan(holes))
    head, row = run("info clean.gwy")[1].splitlines()[1:]
    assert head.split()[-2:] == ["missing", "masked"]
    assert row.split()[-2:] == ["192", "192"]
    (channel,) = json.loads(run("info clean.gwy --json")[1])["files"][0]["channels"]
    assert (channel["missing"], channel["masked"]) == (192, 192)
    assert channel["rms"] == pytest.approx(np.nanstd(afmnn.read_image("clean.gwy")))


def test_a_mask_of_the_user_is_shown_and_hides_nothing(folder, run):
    file = gwyfile.load("monday.gwy")
    add_mask(file)
    file.tofile("monday.gwy")
    (channel,) = json.loads(run("info monday.gwy --json")[1])["files"][0]["channels"]
    assert (channel["missing"], channel["masked"]) == (0, 24)
    assert_array_equal(afmnn.read_image("monday.gwy"), scan(1))


def test_ideal_with_a_missing_margin(folder, run):
    ideal = scan(4).data.copy()
    ideal[:, :5] = np.nan
    images.write_image("shifted.npz", scan(4).replace(data=ideal))
    code, _, errors = run("apply net.npz other.npz -o out.npz --ideal shifted.npz")
    assert code == 1
    assert "ideal, without --nan keep, must be finite, got 120 values" in errors
    assert not os.path.exists("out.npz")
    code, output, errors = run("apply net.npz other.npz -o out.npz --ideal shifted.npz --nan keep --json")
    assert (code, errors) == (0, "")
    (result,) = json.loads(output)["results"]
    expected = afmnn.evaluate(afmnn.load("net.npz"), (scan(4), afmnn.Image(ideal, *fields())), nan="keep")
    for name in ("rms_error_before", "rms_error_after", "psnr_after"):
        np.testing.assert_allclose(result[name], expected[name][0], rtol=1e-12)
    assert np.isfinite(afmnn.read_image("out.npz")).all()  # the image itself lacks nothing
    images.write_image("none.npz", scan(4).replace(data=np.full((24, 32), np.nan)))
    code, _, errors = run("apply net.npz other.npz -o out.npz --ideal none.npz --nan keep")
    assert (code, errors.count("\n")) == (1, 1)
    assert "ideal must have pixels that are not missing" in errors


def fields():
    return (1e-6, 1e-6), "m", "m"


# --- units with a prefix


def test_heights_in_nm_are_the_same_in_info_in_a_gwy_file_and_in_errors(folder, run):
    nm = scan(3).replace(data=1e9 * scan(3).data, unit_z="nm", size=(1.0, 1.0), unit_xy="µm")
    images.write_image("nm.npz", nm)
    images.write_image("nm.gwy", nm)
    tables = [run(f"info {name}")[1].splitlines()[2].split()[2:] for name in ("nm.npz", "nm.gwy", "raw.npz")]
    assert tables[0] == tables[1] == tables[2]
    stored = gwyfile.load("nm.gwy")["/0/data"]
    assert (stored.si_unit_z.unitstr, stored.si_unit_xy.unitstr, stored.xreal) == ("m", "m", 1e-6)
    np.testing.assert_allclose(stored.data, scan(3).data, rtol=1e-12)
    images.write_image("ideal.npz", scan(4))
    results = []
    for name in ("nm.npz", "raw.npz"):
        code, output, errors = run(f"apply net.npz {name} -o clean.gwy --ideal ideal.npz --json")
        assert (code, errors) == (0, "")
        results += json.loads(output)["results"]
    assert results[0]["unit"] == results[1]["unit"] == "m"
    for name in ("rms_removed", "rms_error_before", "rms_error_after", "psnr_before", "psnr_after"):
        assert results[0][name] == pytest.approx(results[1][name], rel=1e-5), name
    assert run("apply net.npz nm.npz -o clean.npz")[0] == 0
    assert afmnn.read_image("clean.npz").unit_z == "nm"  # the array stays as it was given


def test_training_on_prefixes_records_base_units(folder, run):
    for name, day in (("a.npz", 3), ("b.npz", 4)):
        images.write_image(name, scan(day).replace(data=1e9 * scan(day).data, unit_z="nm"))
    words = "--window 5 --hidden 2 --steps 2 --seed 1 --json"
    facts = [json.loads(run(f"train {pair} -o {name} {words}")[1]) for pair, name in (
        ("a.npz b.npz", "one.npz"), ("raw.npz other.npz", "two.npz"), ("a.npz other.npz", "three.npz")
    )]  # fmt: skip
    for one in facts:
        assert one["unit"] == "m"
        np.testing.assert_allclose(one["training_error"], facts[1]["training_error"], rtol=1e-3)
    assert afmnn.load("one.npz").units["unit_z"] == "m"


# --- messages


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("apply raw.npz net.npz -o a.npz", "raw.npz: is an image, not a network; the network comes first"),
        ("apply monday.gwy net.npz -o a.npz", "monday.gwy: is an image, not a network; the network comes first"),
        ("report raw.npz net.npz -o a.html", "raw.npz: is an image, not a network; the network comes first"),
        ("train raw.npz other.npz -o a.npz --init monday.gwy", "monday.gwy: is an image, not a network"),
        ("apply net.npz net.npz -o a.npz", "net.npz: is a network, not an image"),
        ("report net.npz net.npz -o a.html", "net.npz: is a network, not an image"),
        ("apply net.npz raw.npz -o a.npz --ideal net.npz", "net.npz: is a network, not an image"),
        ("train net.npz raw.npz -o a.npz", "net.npz: is a network, not an image"),
        ("train raw.npz raw.npz -o a.npz --mask net.npz", "net.npz: is a network, not an image"),
        ("apply net.npz scans -o a.npz", "scans: is a folder, and a file is needed"),
        ("apply ./scans raw.npz -o a.npz", "./scans: is a folder, and a file is needed"),
        ("train raw.npz scans -o a.npz", "scans: is a folder, and a file is needed"),
        ("info scans", "scans: is a folder, and a file is needed"),
        ("train raw.npz raw.npz -o ./scans", "./scans: is a folder"),
        ("synth noise rms=1 -o scans", "scans: is a folder"),
        ("report net.npz raw.npz -o scans", "scans: is a folder"),
        ("train raw.npz raw.npz -o x.txt", "x.txt: a network of afmnn is an .npz file; name it NAME.npz"),
        ("train-scene default -o ./x", "./x: a network of afmnn is an .npz file; name it NAME.npz"),
        (
            "apply net.npz raw.npz other.npz -o notafolder.gwy",
            "notafolder.gwy: is the name of a file, and several images are to be written: name a folder",
        ),
    ],
)
def test_messages_say_what_to_do(folder, run, line, message):
    pytest.importorskip("matplotlib")
    os.mkdir("scans")
    assert run(line) == (1, "", f"afmnn: error: {message}\n")
    assert not os.path.exists("notafolder.gwy")


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"title": "Phase", "unit_z": "deg"}, " (unit deg)"),
        ({"title": "Phase", "unit_z": ""}, ""),
        ({"title": "Amplitude", "unit_z": "nm"}, " (unit m)"),
        ({"title": "ADC2", "unit_z": "mV"}, " (unit V)"),
        ({"title": "Height", "unit_z": "m"}, None),
        ({"title": "Topography (phase corrected)", "unit_z": "nm"}, None),
        ({"title": "", "unit_z": ""}, None),
        ({"title": "counts", "unit_z": "counts"}, None),
    ],
)
def test_a_lone_channel_that_is_no_heights_is_remarked_on(folder, run, fields, remark):
    images.write_image("lone.gwy", scan(3, **fields))
    said = f"afmnn: warning: lone.gwy: the channel {fields['title']!r}{remark} has no heights, for which networks are made\n"
    assert run("apply net.npz lone.gwy -o clean.gwy")[::2] == (0, "" if remark is None else said)
    assert run("apply net.npz lone.gwy:0 -o clean.gwy")[2] == ""  # chosen: the user knows


def test_a_network_for_phases_is_made_for_phases(folder, run):
    images.write_image("phase.gwy", scan(3, title="Phase", unit_z="deg"))
    assert run("train phase.gwy phase.gwy -o phases.npz --window 5 --hidden 2 --steps 1")[0] == 0
    assert run("apply phases.npz phase.gwy -o clean.gwy")[2] == ""


# --- a file that is damaged


def test_a_broken_off_copy_is_cleaned_as_far_as_it_goes(folder, run):
    images.append_channel("monday.gwy", "monday.gwy", scan(2), title="Retrace")
    whole = (folder / "monday.gwy").read_bytes()
    (folder / "monday.gwy").write_bytes(whole[:-2000])
    damage = "monday.gwy: is truncated or damaged: an object is larger than what holds it"
    warning = f"afmnn: warning: {damage}; what can be found in it is read, the rest is lost\n"
    note = "afmnn: note: monday.gwy: channel 0 'Height' (24 x 32) of 2, as no other is asked for\n"
    code, output, errors = run("info monday.gwy")
    assert (code, errors) == (0, warning)
    assert "0 'Height'         24 x 32" in output
    assert "channel 1 '' cannot be read: it is truncated or damaged" in output
    for line in ("apply net.npz monday.gwy -o out.gwy", "apply net.npz monday.gwy tuesday.gwy -o out"):
        for _ in range(2):  # the second time, over the result
            code, output, errors = run(line)
            assert (code, errors) == (0, warning + note), line
    for name in ("out.gwy", "out/monday.gwy"):
        assert [channel.title for channel in images.list_channels(name)] == ["Height (afmnn)"]
    error = f"afmnn: error: {damage}; because of that nothing can be added to it: write a file of its own\n"
    assert run("apply net.npz monday.gwy -o monday.gwy --force") == (1, "", warning + note + error)
    assert (folder / "monday.gwy").read_bytes() == whole[:-2000]


def test_info_says_what_it_can_of_several_files(folder, run):
    (folder / "bad.gwy").write_bytes(b"GWYP nonsense")
    errors = (
        "afmnn: error: bad.gwy: is truncated or damaged: a text does not end\nafmnn: error: none.npz: No such file or directory\n"
    )
    code, output, told = run("info monday.gwy bad.gwy none.npz net.npz")
    assert (code, told) == (1, errors)
    assert output.startswith("monday.gwy\n")
    assert "\n\nnet.npz\nafmnn network" in output
    code, output, told = run("info bad.gwy monday.gwy none.npz --json")
    assert (code, told) == (1, errors)
    files = json.loads(output)["files"]
    assert [file["kind"] for file in files] == ["unreadable", "image", "unreadable"]
    assert files[0] == {
        "file": "bad.gwy",
        "kind": "unreadable",
        "problem": "bad.gwy: is truncated or damaged: a text does not end",
    }


def test_titles_that_begin_with_a_nought_are_titles(folder, run):
    """And so are other digits than ours; a number is written as channels are numbered."""
    frames = [scan(i, title=title) for i, title in enumerate(["01", "02", "00", "2", "\u0661"])]
    images.write_images("film.gwy", frames)
    np.savez("film.npz", **{"01": frames[0].data, "1": frames[1].data})
    for wanted, number in (("01", 0), ("02", 1), ("00", 2), ("2", 2), ("3", 3), ("\u0661", 4), ("0", 0), (1, 1)):
        assert_array_equal(afmnn.read_image("film.gwy", wanted), frames[number])
    assert "\n1 '02' " in run("info film.gwy:02")[1]
    for wanted in ("03", "+1", "1.0", "\u0660", "05"):
        with pytest.raises(ValueError, match=r"channel must be one of film\.gwy, got"):
            afmnn.read_image("film.gwy", wanted)
    for wanted, number in (("01", 0), ("1", 1)):
        assert_array_equal(afmnn.read_image("film.npz", wanted), frames[number])
