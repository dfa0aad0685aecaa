"""``afmnn convert``."""

import json

import numpy as np
import pytest

import afmnn
from afmnn.formats import images


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    """A .gwy file with three channels, one of them a phase; an .npz file in nm, and a network."""
    monkeypatch.chdir(tmp_path)
    titles = [("Z-Axis forward", "m"), ("Phase forward", "deg"), ("Z-Axis backward", "m")]
    afmnn.formats.images.write_images(
        "scan.gwy", [afmnn.Image(1e-9 * rng.normal(size=(24, 32)), (1e-6, 2e-6), "m", unit, title) for title, unit in titles]
    )
    afmnn.write_image("nm.npz", afmnn.Image(rng.normal(size=(24, 32)).astype(np.float32), (100.0, 200.0), "nm", "nm", "Height"))
    afmnn.train(rng.normal(size=(24, 32)), rng.normal(size=(24, 32)), window=5, hidden=2, steps=0, seed=0).save("net.npz")
    return tmp_path


def same(one, other):
    """Whether two images say the same."""
    np.testing.assert_array_equal(one.data, other.data)
    assert (one.size, one.unit_xy, one.unit_z, one.title) == (other.size, other.unit_xy, other.unit_z, other.title)


@pytest.mark.parametrize("name", ["out.gwy", "out.npz", "out.gsf", "out.npy"])
def test_one_image_to_every_format(folder, run, name):
    image = afmnn.read_image("nm.npz")
    assert run(f"convert nm.npz -o {name}")[0] == 0
    found = afmnn.read_image(name)
    if name.endswith(".npy"):
        np.testing.assert_array_equal(found.data, image.data)
        return
    expected = image if name.endswith(".npz") else image.in_base_units()
    same(found, expected)


def test_all_channels_come_into_a_gwy_file(folder, run):
    code, output, errors = run("convert scan.gwy -o all.gwy --json")
    assert (code, errors) == (0, "")
    for one, other, said in zip(
        images.read_images("scan.gwy"), images.read_images("all.gwy"), json.loads(output)["results"], strict=True
    ):
        same(one, other)
        assert (said["title"], said["unit_z"], said["shape"]) == (one.title, one.unit_z, [24, 32])


def test_channels_are_chosen(folder, run):
    assert run("convert scan.gwy --channel Z-Axis* -o two.gwy")[0] == 0
    assert [each.title for each in images.list_channels("two.gwy")] == ["Z-Axis forward", "Z-Axis backward"]
    assert run("convert scan.gwy:1 -o phase.gwy")[0] == 0
    assert [each.title for each in images.list_channels("phase.gwy")] == ["Phase forward"]
    assert run("convert scan.gwy --channel height -o height.npz")[0] == 0
    same(afmnn.read_image("height.npz"), afmnn.read_image("scan.gwy", 0))
    code, output, errors = run("convert scan.gwy -o height.gsf")  # one image: the height, and a note says so
    assert code == 0
    assert "channel 0 'Z-Axis forward'" in errors
    assert "24 x 32 px, 1 µm x 2 µm, values in m" in output


def test_a_channel_that_cannot_be_read_is_left_out_with_a_warning(folder, run):
    np.savez("some.npz", good=np.eye(5), data=np.eye(6), afmnn_image=np.array("[1, 2"))
    (bad,) = [each for each in images.list_channels("some.npz") if each.problem]
    code, _, errors = run("convert some.npz -o some.gwy")
    assert code == 0
    assert errors.startswith(f"afmnn: warning: some.npz: channel {bad.key}")
    assert "is left out" in errors
    np.testing.assert_array_equal(afmnn.read_image("some.gwy").data, np.eye(5))


def test_a_conversion_is_a_measurement_and_not_replaced(folder, run):
    assert run("convert nm.npz -o out.gwy")[0] == 0
    before = (folder / "out.gwy").read_bytes()
    for line in ("convert scan.gwy -o out.gwy", "apply net.npz nm.npz -o out.gwy", "level nm.npz -o out.gwy"):
        code, _, errors = run(line)
        assert code == 1
        assert "is no earlier result; --force replaces it" in errors
    assert (folder / "out.gwy").read_bytes() == before
    assert run("convert scan.gwy -o out.gwy --force")[0] == 0
    assert len(images.list_channels("out.gwy")) == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("convert scan.gwy -o out.txt", "the name of a result ends in"),
        ("convert scan.gwy --channel all -o out.npz", "3 channels of scan.gwy are to be written"),
        ("convert scan.gwy --channel Nothing -o out.gwy", "Nothing"),
        ("convert scan.gwy -o scan.gwy --force", "is an input"),
        ("convert scan.gwy:1 -o scan.gwy --force", "is an input"),
        ("convert net.npz -o out.gwy", "is a network"),
        ("convert missing.gwy -o out.gwy", "missing.gwy"),
        ("convert . -o out.gwy", "is a folder"),
        ("convert empty.gwy -o out.gwy", "empty.gwy"),
        ("convert scan.gwy -o nowhere/out.gwy", "there is no folder"),
    ],
)
def test_failure_is_one_line_and_leaves_nothing(folder, run, line, message):
    (folder / "empty.gwy").touch()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code, output, errors = run(line)
    assert (code, output) == (1, "")
    assert message in errors
    assert errors.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
