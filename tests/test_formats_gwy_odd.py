"""Gwyddion's files with something odd in them, films, and channels that are added behind all that is there."""

import contextlib
import os
import shutil
import struct
import subprocess
import sys
import time

import gwyfile
import numpy as np
import pytest

import afmnn
from afmnn.formats import _gwy
from afmnn.formats.images import (
    append_channel,
    append_channels,
    list_channels,
    read_image,
    read_images,
    read_mask,
    write_image,
    write_images,
)
from files import peak_memory, refused
from gwy_files import container, field, make, obj, part, text

DEGREE = b"Phase \xb0"
SAME = {"size": (2e-6, 3e-6), "unit_xy": "m", "unit_z": "m"}


def double(value):
    return struct.pack("<d", value)


# --- text that is not UTF-8


LATIN = {
    "title": [part("/1/data", "o", field(2, 2)), part("/1/data/title", "s", DEGREE + b"\0")],
    "unit": [
        part(
            "/1/data",
            "o",
            field(2, 2, si_unit_xy=part("si_unit_xy", "o", obj("GwySIUnit", part("unitstr", "s", b"\xb5m\0")))),
        )
    ],
    "name": [b"/1/\xb5\0b\1"],
    "name of a component": [part("/1/data", "o", field(2, 2, b"\xe9\0b\1"))],
    "meta": [part("/1/data", "o", field(2, 2)), part("/1/meta", "o", obj("GwyContainer", b"Temp \xb0C\0s20 \xb0C\0"))],
    "object": [part("/1/data", "o", b"\xb5" + field(2, 2))],
    "palette": [part("/1/data", "o", field(2, 2)), b"/1/base/palette\0sGr\xfcn\0"],
}


@pytest.mark.parametrize("where", LATIN)
def test_text_of_other_programs_does_no_harm(tmp_path, where):
    path = tmp_path / "a.gwy"
    path.write_bytes(container(part("/0/data", "o", field()), part("/0/data/title", "s", text("Height")), *LATIN[where]))
    before = path.read_bytes()
    for channel in (0, "0", "Height"):
        assert read_image(path, channel).shape == (4, 6)
    append_channel(path, path, np.ones((4, 6)), channel="Height")
    assert path.read_bytes()[21:].startswith(before[21:])
    assert list_channels(path)[0].title == "Height"


def test_text_is_decoded_as_western_windows_or_latin(tmp_path):
    path = tmp_path / "a.gwy"
    titles = {0: b"Phase \xb0", 1: b"10 \xb5m \x96 \x80", 2: b"\x81\x8d", 3: "Höhe °".encode(), 4: b"\xc3"}
    path.write_bytes(
        container(
            *(part(f"/{i}/data", "o", field(1, 1 + i)) + part(f"/{i}/data/title", "s", t + b"\0") for i, t in titles.items())
        )
    )
    expected = ["Phase °", "10 µm – €", "\x81\x8d", "Höhe °", "Ã"]
    assert [channel.title for channel in list_channels(path)] == expected
    for number, title in enumerate(expected):
        assert read_image(path, title).shape == (1, 1 + number)
        assert read_image(path, title).title == title
    path.write_bytes(container(*LATIN["unit"]))
    assert read_image(path).unit_xy == "µm"


def test_titles_that_are_no_text_are_no_titles(tmp_path):
    path = tmp_path / "a.gwy"
    path.write_bytes(container(part("/0/data", "o", field()), part("/0/data/title", "i", bytes(4))))
    assert read_image(path).title == ""


def test_what_is_no_character_is_written_as_a_question_mark(tmp_path):
    write_image(tmp_path / "a.gwy", make(title="caf\udce9"))
    assert gwyfile.load(str(tmp_path / "a.gwy"))["/0/data/title"] == "caf?"


# --- one odd channel among good ones


ODD = {
    "width of zero": field(2, 3, xreal=part("xreal", "d", double(0.0))),
    "negative": field(2, 3, yreal=part("yreal", "d", double(-1e-6))),
    "NaN": field(2, 3, xreal=part("xreal", "d", double(np.nan))),
    "infinite offset": field(2, 3, xoff=part("xoff", "d", double(np.inf))),
    "an integer": field(2, 3, xreal=part("xreal", "i", struct.pack("<i", 1))),
    "no data": field(2, 3, data=None),
    "too few heights": field(2, 3, data=part("data", "D", struct.pack("<I", 5) + bytes(40))),
    "unit that is text": field(2, 3, si_unit_z=part("si_unit_z", "s", text("m"))),
    "cut off": obj("GwyDataField", b"xres\0i\2"),
    "nothing": obj("GwyDataField"),
    "data line": obj("GwyDataLine"),
}


@pytest.mark.parametrize("kind", ODD)
def test_the_others_are_read_and_it_is_said_what_is_wrong(tmp_path, kind):
    path = tmp_path / "a.gwy"
    odd = [part("/1/data", "o", ODD[kind]), part("/1/data/title", "s", text("Odd"))]
    good = [part("/0/data", "o", field()), part("/0/data/title", "s", text("Height")), part("/3/data", "o", field(3, 3))]
    path.write_bytes(container(*odd, *good))
    first, second, third = list_channels(path)
    assert (first.problem, first.shape, third.problem, third.shape) == ("", (4, 6), "", (3, 3))
    assert (second.key, second.title) == (1, "Odd")
    assert second.problem
    assert second.problem in str(second)
    np.testing.assert_array_equal(read_image(path, "Height").data, np.arange(24.0).reshape(4, 6))
    assert [image.shape for image in read_images(path)] == [(4, 6), (3, 3)]
    for wanted in (1, "1", "Odd"):
        message = refused(lambda path, wanted=wanted: read_image(path, wanted), path, "its channel 1 'Odd' ")
        assert second.problem in message
    with pytest.raises(ValueError, match=r"channel must be given for .* 1 'Odd' \(cannot be read: it "):
        read_image(path)
    assert append_channel(path, path, np.ones((4, 6)), channel=0) == 4
    refused(lambda path: append_channel(path, path, np.ones((4, 6)), channel=1), path, "its channel 1 'Odd' ")
    path.write_bytes(container(*odd, *good[:2]))
    assert read_image(path).title == "Height"  # the only one that can be meant
    path.write_bytes(container(*odd, part("/2/data", "o", ODD["nothing"])))
    refused(read_image, path, "has no image that can be read: 1 'Odd'")


def test_components_that_are_there_twice_harm_their_own_channel_only(tmp_path):
    path = tmp_path / "a.gwy"
    twice = [part("/1/data", "o", field(2, 2)), part("/1/data", "o", field(2, 3)), part("/x", "b", b"\0") * 2]
    path.write_bytes(container(part("/0/data", "o", field()), *twice))
    assert read_image(path, 0).shape == (4, 6)
    refused(lambda path: read_image(path, 1), path, "there are two components '/1/data'")


def test_an_odd_mask_harms_only_itself(tmp_path):
    path = tmp_path / "a.gwy"
    meta = part("/0/meta", "o", obj("GwyContainer", part("afmnn missing", "s", text("3.0"))))
    for mask in (part("/0/mask", "o", field(3, 3)), part("/0/mask", "i", bytes(4)), part("/0/mask", "o", ODD["nothing"])):
        path.write_bytes(container(part("/0/data", "o", field()), mask, meta))
        assert np.isfinite(read_image(path)).all()
        refused(read_mask, path)


# --- missing pixels


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 1e6, -3e-9])
def test_missing_pixels_come_back(tmp_path, dtype, offset, rng):
    for _ in range(5):
        heights = (rng.normal(size=(7, 9)) + offset).astype(dtype)
        heights[rng.random(heights.shape) < 0.3] = np.nan
        write_image(tmp_path / "a.gwy", make((7, 9)).replace(data=heights))
        np.testing.assert_array_equal(read_image(tmp_path / "a.gwy").data, heights.astype(np.float64))


def test_missing_pixels_survive_from_file_to_file(tmp_path, check):
    heights = np.arange(24.0).reshape(4, 6)
    heights[1] = np.nan
    source = tmp_path / "a.gwy"
    source.write_bytes(container(part("/0/data", "o", field(heights=heights.ravel()))))  # NaN in the data, as some write it
    np.testing.assert_array_equal(read_image(source).data, heights)
    append_channel(source, tmp_path / "b.gwy", 2 * read_image(source).data)
    np.testing.assert_array_equal(read_image(tmp_path / "b.gwy", 1).data, 2 * heights)
    write_image(tmp_path / "c.gwy", read_image(tmp_path / "b.gwy", 1))
    write_image(tmp_path / "d.npz", read_image(tmp_path / "c.gwy"))
    np.testing.assert_array_equal(read_image(tmp_path / "d.npz").data, 2 * heights)
    assert check(tmp_path / "c.gwy") == ""


def test_heights_at_the_level_of_the_fill_are_not_missing(tmp_path):
    """Of a surface with two levels, or none at all, the fill is a height of many pixels."""
    heights = np.ones((4, 6))
    heights[0, 0] = np.nan
    write_image(tmp_path / "a.gwy", heights)
    np.testing.assert_array_equal(read_image(tmp_path / "a.gwy").data, heights)


def test_what_is_done_in_gwyddion_counts(tmp_path):
    heights = np.arange(24.0).reshape(4, 6)
    heights[1] = np.nan
    path = tmp_path / "a.gwy"

    def changed(change):
        write_image(path, heights)
        file = gwyfile.load(str(path))
        change(file)
        file.tofile(str(path))
        return read_image(path).data

    filled = np.where(np.isnan(heights), 7.5, heights)

    def interpolate(file):
        file["/0/data"].data = filled

    def mark_grains(file):
        file["/0/mask"].data = (np.arange(24).reshape(4, 6) > 15).astype(float)

    def remove_mask(file):
        del file["/0/mask"]

    np.testing.assert_array_equal(changed(lambda file: None), heights)
    np.testing.assert_array_equal(changed(interpolate), filled)
    assert np.isfinite(changed(mark_grains)).all()
    assert np.isfinite(changed(remove_mask)).all()


def test_infinite_heights_are_counted_among_missing_ones(tmp_path):
    with pytest.raises(ValueError, match=r"image must be finite, got 1 value that is not, .* = \(0, 1\)"):
        write_image(tmp_path / "a.gwy", np.array([[np.nan, np.inf]]))


# --- units with a prefix


@pytest.mark.parametrize(
    ("unit", "factor", "base"),
    [
        ("nm", 1e-9, "m"),
        ("pm", 1e-12, "m"),
        ("um", 1e-6, "m"),
        ("\u00b5m", 1e-6, "m"),
        ("\u03bcm", 1e-6, "m"),
        ("Å", 1e-10, "m"),
        ("\u212b", 1e-10, "m"),
        ("A\u030a", 1e-10, "m"),
        ("mV", 1e-3, "V"),
        ("kHz", 1e3, "Hz"),
        ("nN/nm", 1.0, "nN/nm"),
        ("pm/V", 1e-12, "m/V"),
        ("m", 1.0, "m"),
        ("deg", 1.0, "deg"),
        ("counts", 1.0, "counts"),
        ("", 1.0, ""),
        ("kT", 1.0, "kT"),
    ],
)
def test_prefixes_leave_with_their_factor(tmp_path, unit, factor, base):
    image = make(unit_z=unit, unit_xy=unit, size=(2.0, 3.5)).replace(data=1e9 * make().data)
    write_image(tmp_path / "a.gwy", image)
    write_image(tmp_path / "b.gwy", make((2, 2)))
    append_channel(tmp_path / "b.gwy", tmp_path / "b.gwy", image)
    write_image(tmp_path / "c.npz", image)
    for name, key in (("a", "/0/data"), ("b", "/1/data")):
        stored = gwyfile.load(str(tmp_path / f"{name}.gwy"))[key]
        assert (stored.si_unit_z.unitstr, stored.si_unit_xy.unitstr) == (base, base)
        np.testing.assert_allclose(stored.data, image.data * factor, rtol=1e-15)
        np.testing.assert_allclose((stored.yreal, stored.xreal), (2.0 * factor, 3.5 * factor), rtol=1e-15)
    kept = read_image(tmp_path / "c.npz")
    assert (kept.unit_z, kept.size, kept.data.tobytes()) == (unit, image.size, image.data.tobytes())


def test_offset_is_kept_where_only_the_prefix_differs(tmp_path):
    path = tmp_path / "a.gwy"
    path.write_bytes(container(part("/0/data", "o", field())))
    image = read_image(path)
    number = append_channel(path, path, image.replace(size=(2.0, 3.0), unit_xy="µm"))
    stored = gwyfile.load(str(path))[f"/{number}/data"]
    assert (stored.xoff, stored.yoff, stored.xreal) == (-7e-6, 5e-6, 3e-6)
    micro = part("si_unit_xy", "o", obj("GwySIUnit", part("unitstr", "s", text("µm"))))
    size = {
        "xreal": part("xreal", "d", double(3.0)),
        "yreal": part("yreal", "d", double(2.0)),
        "xoff": part("xoff", "d", double(-7.0)),
    }
    path.write_bytes(container(part("/0/data", "o", field(si_unit_xy=micro, **size))))
    stored = gwyfile.load(str(path)) if append_channel(path, path, np.ones((4, 6))) != 1 else gwyfile.load(str(path))["/1/data"]
    np.testing.assert_allclose((stored.xoff, stored.xreal, stored.yreal), (-7e-6, 3e-6, 2e-6))
    assert stored.si_unit_xy.unitstr == "m"


# --- films


def counted(monkeypatch):
    """Count the bytes that are read from .gwy files."""
    total = [0]
    take, into = _gwy.Bytes._fill, _gwy.Bytes.read_into

    def fill(self, start):
        take(self, start)
        total[0] += len(self._block)

    def read_into(self, buffer, start):
        into(self, buffer, start)
        total[0] += len(buffer)

    monkeypatch.setattr(_gwy.Bytes, "_fill", fill)
    monkeypatch.setattr(_gwy.Bytes, "read_into", read_into)
    return total


def film(path, frames, shape=(128, 128)):
    write_images(path, [make(shape, title=f"frame {i}", **SAME).replace(data=np.full(shape, float(i))) for i in range(frames)])


def test_a_frame_takes_its_own_bytes_only(tmp_path, monkeypatch):
    path = tmp_path / "film.gwy"
    film(path, 40)
    size = path.stat().st_size
    time.sleep(0.15)  # or the file is too young to be trusted not to change unnoticed
    total = counted(monkeypatch)
    list_channels(path)
    assert total[0] < size / 4
    assert read_image(path, "frame 7").data[0, 0] == 7  # all titles are looked at, once
    for wanted in ("frame 7", "7", 7):
        total[0] = 0
        assert read_image(path, wanted).data[0, 0] == 7
        assert total[0] < 1.5 * 128 * 128 * 8
    total[0] = 0
    assert [image.data[0, 0] for image in read_images(path)] == list(range(40))
    assert total[0] < 1.5 * size
    total[0] = 0
    append_channel(path, path, np.zeros((128, 128)), channel="frame 3")
    assert total[0] < size / 4


def test_frames_one_by_one_do_not_walk_through_the_file_each_time(tmp_path, monkeypatch):
    path = tmp_path / "film.gwy"
    film(path, 30, (4, 4))
    time.sleep(0.15)
    walks = []
    components = _gwy.GwyFile._components
    monkeypatch.setattr(
        _gwy.GwyFile, "_components", lambda self, start, stop: (walks.append(stop - start), components(self, start, stop))[1]
    )
    for number in range(30):
        assert read_image(path, f"frame {number}").data[0, 0] == number
    assert sum(walks) < 3 * path.stat().st_size


def test_what_is_remembered_of_a_file_is_forgotten_when_it_changes(tmp_path):
    path = tmp_path / "a.gwy"
    for shape in ((2, 6), (6, 2), (3, 4), (4, 3)):  # files of one size
        write_images(path, [make(shape), make(shape, title="b")])
        if shape == (2, 6):
            time.sleep(0.15)
        assert [channel.shape for channel in list_channels(path)] == [shape, shape]
    time.sleep(0.15)
    assert list_channels(path)[1].shape == (4, 3)
    content = bytearray(path.read_bytes())
    at = content.index(b"xres\0i") + 6
    content[at : at + 4], other = struct.pack("<i", 4), content.index(b"yres\0i") + 6
    content[other : other + 4] = struct.pack("<i", 3)
    path.write_bytes(content)  # in place: the same file, the same size
    assert list_channels(path)[0].shape == (3, 4)
    times = path.stat()
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns - 10**10))  # an older time, too, is another one
    assert list_channels(path)[0].shape == (3, 4)


def test_several_channels_at_once(tmp_path, check):
    path = tmp_path / "film.gwy"
    images = [make((3 + i, 5), title=f"frame {i}") for i in range(4)]
    write_images(path, images)
    for image, back in zip(images, read_images(path), strict=True):
        assert back.data.tobytes() == image.data.tobytes()
        assert (back.title, back.size, back.unit_z) == (image.title, image.size, image.unit_z)
    assert [image.title for image in read_images(path, ["frame 2", 0, "3"])] == ["frame 2", "frame 0", "frame 3"]
    assert append_channels(path, path, [np.ones((3, 5)), make((9, 9), title="x")], channel=0) == [4, 5]
    assert append_channels(path, tmp_path / "b.gwy", [np.ones((3, 5))] * 2, channel=0, titles=["one", "two"]) == [6, 7]
    assert [channel.title for channel in list_channels(tmp_path / "b.gwy")][4:] == ["frame 0 (afmnn)", "x", "one", "two"]
    assert check(path) == check(tmp_path / "b.gwy") == ""
    before = path.read_bytes()
    for call, error, words in (
        (lambda: write_images(path, []), ValueError, "images must have at least one image, got none"),
        (lambda: write_images(tmp_path / "a.npz", images), afmnn.FormatError, "only .gwy files take"),
        (lambda: write_images(path, [images[0], np.array([[np.inf]])]), ValueError, "image must be finite"),
        (lambda: append_channels(path, path, [], channel=0), ValueError, "images must have at least one image"),
        (
            lambda: append_channels(path, path, images[:1], channel=0, titles=[]),
            ValueError,
            "titles must have one for each of the 1",
        ),
        (lambda: append_channels(path, path, [np.ones((3, 5)), np.ones((3, 4))], channel=0), ValueError, "must have the shape"),
    ):
        with pytest.raises(error, match=words):
            call()
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["b.gwy", "film.gwy"]


def test_a_film_of_many_frames_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "film.gwy"
    write_images(path, [np.full((1, 1), float(i)) for i in range(17_000)])
    assert len(list_channels(path)) == 17_000
    assert read_image(path, 16_999).data[0, 0] == 16_999
    monkeypatch.setattr("afmnn.formats._gwy_write.MOST_COMPONENTS", 60_000)
    with pytest.raises(ValueError, match="images must be at most 1285 for the Gwyddion file to be readable, got 1286"):
        append_channels(path, path, [np.ones((1, 1))] * 1286, channel=0)
    with pytest.raises(ValueError, match="images must be at most 8571"):
        write_images(path, [np.ones((1, 1))] * 8572)


# --- adding to the file itself


def test_a_file_grows_in_place(tmp_path):
    path = tmp_path / "a.gwy"
    write_image(path, make())
    before, inode = path.read_bytes(), path.stat().st_ino
    path.chmod(0o640)
    append_channel(path, path, np.ones((4, 6)))
    content = path.read_bytes()
    assert (path.stat().st_ino, path.stat().st_mode & 0o777) == (inode, 0o640)
    assert content[:17] == before[:17]
    assert content[21 : len(before)] == before[21:]
    shutil.copy(path, tmp_path / "b.gwy")
    append_channel(tmp_path / "b.gwy", tmp_path / "c.gwy", np.zeros((4, 6)), channel=0)
    append_channel(path, path, np.zeros((4, 6)), channel=0)
    assert path.read_bytes() == (tmp_path / "c.gwy").read_bytes()


@pytest.mark.parametrize("moment", ["data", "size", "last"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whatever_fails_while_it_grows_the_file_stays_as_it_was(tmp_path, monkeypatch, moment, error):
    path = tmp_path / "a.gwy"
    write_image(path, make())
    before = path.read_bytes()
    seen = []
    fsync = os.fsync

    def fail(descriptor):
        seen.append(path.stat().st_size)
        if len(seen) == {"data": 1, "size": 2, "last": 2}[moment]:
            raise error
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(error)) as caught:
        append_channel(path, path, np.ones((4, 6)))
    if isinstance(error, OSError):
        assert "nothing was written" in str(caught.value)
    assert seen[0] > len(before)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.gwy"]


def test_a_power_cut_while_it_grows_leaves_what_was_there(tmp_path, monkeypatch, check):
    """The size of the container is written last: what lies behind it does not count, for nobody."""
    path = tmp_path / "a.gwy"
    write_image(path, make())

    class PowerCut(BaseException):
        pass

    def cut(descriptor):
        shutil.copy(path, tmp_path / "after.gwy")
        raise PowerCut

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(PowerCut):
        append_channel(path, path, np.ones((4, 6)))
    monkeypatch.undo()
    after = tmp_path / "after.gwy"
    assert after.stat().st_size > path.stat().st_size
    assert len(list_channels(after)) == 1
    np.testing.assert_array_equal(read_image(after).data, make().data)
    assert check(after) == ""
    append_channel(after, after, np.ones((4, 6)))
    assert len(list_channels(after)) == 2
    assert check(after) == ""


def test_a_second_name_of_the_file_is_somebody_elses(tmp_path):
    path, backup = tmp_path / "a.gwy", tmp_path / "backup.gwy"
    write_image(path, make())
    os.link(path, backup)
    before = backup.read_bytes()
    append_channel(path, path, np.ones((4, 6)))
    assert backup.read_bytes() == before
    assert len(list_channels(path)) == 2


def test_a_link_to_the_file_leads_to_it(tmp_path):
    write_image(tmp_path / "a.gwy", make())
    os.symlink("a.gwy", tmp_path / "link.gwy")
    append_channel(tmp_path / "a.gwy", tmp_path / "link.gwy", np.ones((4, 6)))
    assert os.path.islink(tmp_path / "link.gwy")
    assert len(list_channels(tmp_path / "a.gwy")) == 2


def test_somebody_else_adds_a_channel_at_the_same_time(tmp_path, monkeypatch):
    from afmnn.formats import _gwy_write

    path = tmp_path / "a.gwy"
    write_image(path, make())
    grow, others = _gwy_write._grow, []

    def meanwhile(*arguments):
        if not others:
            others.append(1)
            append_channel(path, path, np.full((4, 6), 5.0), channel=0, title="theirs")
        grow(*arguments)

    monkeypatch.setattr(_gwy_write, "locked", contextlib.nullcontext)  # which other programs do not know
    monkeypatch.setattr(_gwy_write, "_grow", meanwhile)
    assert append_channel(path, path, np.ones((4, 6)), channel=0, title="ours") == 2
    assert [channel.title for channel in list_channels(path)] == ["Höhe / µ", "theirs", "ours"]
    assert read_image(path, "theirs").data[0, 0] == 5


def test_several_processes_add_at_the_same_time(tmp_path):
    """One of them would read the file while another one's channel stands behind its end, and write a new one without it."""
    path = tmp_path / "a.gwy"
    write_image(path, np.ones((200, 200)))
    code = (
        "import sys, numpy as np\n"
        "from afmnn.formats.images import append_channel\n"
        "for i in range(6):\n"
        "    append_channel(sys.argv[1], sys.argv[1], np.ones((200, 200)), channel=0, title=f'{sys.argv[2]} {i}')\n"
    )
    jobs = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "abc"]
    assert [job.wait(timeout=60) for job in jobs] == [0, 0, 0]
    assert sorted(channel.title for channel in list_channels(path)[1:]) == [f"{name} {i}" for name in "abc" for i in range(6)]


def test_reading_takes_no_more_than_the_heights(tmp_path):
    path = tmp_path / "a.gwy"
    write_images(path, [np.zeros((300, 500))] * 5)
    image, peak = peak_memory(read_image, path, 2)
    assert image.shape == (300, 500)
    assert peak < 1.2 * image.data.nbytes
    _, peak = peak_memory(append_channel, path, tmp_path / "b.gwy", image, channel=0)
    assert peak < 2.2e6  # the copy goes piece by piece
