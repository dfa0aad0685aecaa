"""Gwyddion's native files: everything in them survives, and Gwyddion opens what comes out."""

import os
import re
import shutil
import struct
import subprocess
import warnings

import gwyfile
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import afmnn
from afmnn.formats._results import is_result
from afmnn.formats.images import append_channel, list_channels, read_image, read_mask, write_image
from files import damaged, peak_memory, refused, valid_or_refused
from gwy_files import container, field, make, obj, part, text

FUZZ = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


# Every kind of component that the format has, among them those that the package gwyfile loses.
EVERYTHING = [
    part("/0/data", "o", field()),
    part("/0/data/title", "s", text("Trace")),
    part("/0/data/visible", "b", b"\1"),
    part("/0/base/palette", "s", text("Gold")),
    part("/0/data/realsquare", "b", b"\1"),
    part("/0/mask", "o", field(heights=np.eye(4, 6).ravel())),
    part("/3/data", "o", field(2, 2)),
    part("/3/data/title", "s", text("Retrace")),
    part("/7/data", "o", field(3, 3)),
    part("/9/select/point", "o", obj("GwySelectionPoint", part("max", "i", struct.pack("<i", 1)))),
    part("/x/character", "c", b"A"),
    part("/x/characters", "C", struct.pack("<I", 3) + b"a\0\xff"),
    part("/x/int64", "q", struct.pack("<q", -(2**62))),
    part("/x/integers", "I", struct.pack("<Iii", 2, 1, -1)),
    part("/x/longs", "Q", struct.pack("<Iq", 1, 2**40)),
    part("/x/none", "D", struct.pack("<I", 0)),
    part("/x/strings", "S", struct.pack("<I", 3) + text("a") + text("") + text("µ")),
    part("/x/objects", "O", struct.pack("<I", 2) + obj("GwyA", part("i", "b", b"\2")) + obj("GwyB")),
    part("", "b", b"\0"),
]


@pytest.fixture
def everything(tmp_path):
    path = tmp_path / "everything.gwy"
    path.write_bytes(container(*EVERYTHING))
    return path


def tree(value):
    """Return a parsed file as plain values that compare bit for bit."""
    if isinstance(value, gwyfile.objects.GwyObject):
        return value.name, [(key, value.typecodes[key], tree(item)) for key, item in value.items()]
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.tobytes()
    if isinstance(value, list):
        return [tree(item) for item in value]
    return struct.pack("<d", value) if isinstance(value, float) else value


def real_files(data):
    shared = data.parents[2] / "shared/data"
    files = [data / "gwyfile_test.gwy", shared / "real/gwyddion_dna_peakforce.gwy", shared / "seed-job/seed-job.gwy"]
    return [path for path in files if path.exists()]


# --- reading


def test_channel_is_read_with_size_and_units(everything):
    image = read_image(everything, "Trace")
    np.testing.assert_array_equal(image.data, np.arange(24.0).reshape(4, 6))
    assert image.data.dtype == np.float64
    assert (image.size, image.unit_xy, image.unit_z, image.title) == ((2e-6, 3e-6), "m", "V", "Trace")
    assert [str(channel) for channel in list_channels(everything)] == ["0 'Trace' (4 x 6)", "3 'Retrace' (2 x 2)", "7 '' (3 x 3)"]


@pytest.mark.parametrize(
    ("channel", "shape"), [(0, (4, 6)), (3, (2, 2)), ("Retrace", (2, 2)), ("7", (3, 3)), (np.int64(7), (3, 3))]
)
def test_channels_go_by_number_or_title(everything, channel, shape):
    assert read_image(everything, channel).shape == shape


def test_wrong_channels_list_what_there_is(everything, tmp_path):
    listed = r"0 'Trace' \(4 x 6\), 3 'Retrace' \(2 x 2\), 7 '' \(3 x 3\)"
    for channel in ("trace", 1, "1", -1, True):
        with pytest.raises(ValueError, match=f"channel must be one of .*, got {channel!r}; it has {listed}"):
            read_image(everything, channel)
    with pytest.raises(ValueError, match=f"channel must be given for .*, which has several: {listed}"):
        read_image(everything)
    twice = tmp_path / "twice.gwy"
    parts = [part(f"/{i}/data", "o", field()) + part(f"/{i}/data/title", "s", text("Z")) for i in (2, 10)]
    twice.write_bytes(container(*parts))
    with pytest.raises(ValueError, match=r"by number .* 'Z' is the title of several: 2 'Z' \(4 x 6\), 10 'Z'"):
        read_image(twice, "Z")
    assert read_image(twice, 10).title == "Z"


def test_a_number_wins_over_a_title_that_is_one(tmp_path):
    """Otherwise the command line, which has only text, could not reach the channel with that number."""
    path = tmp_path / "a.gwy"
    titles = [part(f"/{number}/data/title", "s", text(title)) for number, title in enumerate(("1", "2", "2", "x", "x"))]
    fields = [part(f"/{number}/data", "o", field(1 + number, 2)) for number in range(5)]
    path.write_bytes(container(*fields, *titles))
    for number in range(5):
        assert read_image(path, number).shape == read_image(path, str(number)).shape == (1 + number, 2)
    with pytest.raises(ValueError, match="'x' is the title of several: 3 'x'"):
        read_image(path, "x")


def test_missing_pieces_have_the_defaults_of_the_format(tmp_path):
    path = tmp_path / "a.gwy"
    none = dict.fromkeys(["xreal", "yreal", "xoff", "yoff", "si_unit_xy", "si_unit_z"])
    path.write_bytes(container(part("/0/data", "o", field(**none))))
    image = read_image(path)
    assert (image.size, image.unit_xy, image.unit_z, image.title) == ((1.0, 1.0), "", "", "")


def test_mask_is_read(everything, tmp_path):
    np.testing.assert_array_equal(read_mask(everything, 0), np.eye(4, 6))
    with pytest.raises(ValueError, match=r"channel must be one with a mask, got 3 'Retrace' \(2 x 2\)"):
        read_mask(everything, "Retrace")
    path = tmp_path / "a.gwy"
    path.write_bytes(container(part("/0/data", "o", field()), part("/0/mask", "o", field(3, 3))))
    refused(read_mask, path, "shape is not that of its channel")
    path.write_bytes(container(part("/0/data", "o", field()), part("/0/mask", "b", b"\1")))
    refused(read_mask, path, "not a data field")


def test_same_heights_as_gwyfile_reads(data):
    for path in real_files(data):
        expected = gwyfile.util.get_datafields(gwyfile.load(str(path)))
        for channel in list_channels(path):
            image = read_image(path, channel.key)
            np.testing.assert_array_equal(image.data, expected[channel.title].data)
            assert image.size == (expected[channel.title].yreal, expected[channel.title].xreal)
            assert image.unit_z == expected[channel.title].si_unit_z.unitstr


# --- writing


def test_written_image_comes_back(tmp_path, check):
    path = tmp_path / "a.gwy"
    write_image(path, make())
    image = read_image(path)
    assert image.data.tobytes() == make().data.tobytes()
    assert (image.size, image.unit_xy, image.unit_z, image.title) == ((2e-6, 3.5e-6), "m", "V", "Höhe / µ")
    stored = gwyfile.load(str(path))
    assert stored["/0/data/visible"] is True
    np.testing.assert_array_equal(stored["/0/data"].data, image.data)
    assert check(path) == ""


def test_float32_and_integers_are_written_as_numbers_of_the_format(tmp_path):
    for dtype in (np.float32, np.int16, np.uint8, bool):
        heights = np.arange(6).reshape(2, 3).astype(dtype).T
        write_image(tmp_path / "a.gwy", heights)
        np.testing.assert_array_equal(read_image(tmp_path / "a.gwy").data, heights)


def test_missing_pixels_become_a_mask(tmp_path, check):
    heights = np.arange(6.0).reshape(2, 3)
    heights[0, 1] = heights[1, 2] = np.nan
    write_image(tmp_path / "a.gwy", heights)
    np.testing.assert_array_equal(gwyfile.load(str(tmp_path / "a.gwy"))["/0/data"].data, [[0, 2.25, 2], [3, 4, 2.25]])
    np.testing.assert_array_equal(read_image(tmp_path / "a.gwy").data, heights)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.gwy"), np.isnan(heights))
    write_image(tmp_path / "a.gwy", np.full((2, 2), np.nan))
    np.testing.assert_array_equal(gwyfile.load(str(tmp_path / "a.gwy"))["/0/data"].data, np.zeros((2, 2)))
    assert np.isnan(read_image(tmp_path / "a.gwy")).all()
    assert check(tmp_path / "a.gwy") == ""


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.array([[1.0, np.inf]]), "image must be finite"),
        (make(title="a\0b"), "title must not contain the character NUL"),
        (make(unit_z="m\0"), "unit_z must not contain"),
        (make(unit_xy="\0"), "unit_xy must not contain"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, image, words):
    with pytest.raises(ValueError, match=words):
        write_image(tmp_path / "a.gwy", image)
    assert not os.listdir(tmp_path)


# --- adding a channel


def test_everything_survives_and_the_channel_stands_beside_the_original(everything, tmp_path):
    target = tmp_path / "out.gwy"
    before = everything.read_bytes()
    result = read_image(everything, 0).replace(data=np.ones((4, 6)), title="Denoised")
    assert append_channel(everything, target, result, channel="Trace") == 10  # /9/ is taken, if not by a channel
    assert everything.read_bytes() == before
    content = target.read_bytes()
    old = b"".join(EVERYTHING)
    assert content[:17] == before[:17]  # up to the size
    assert content[21 : 21 + len(old)] == old
    added = gwyfile.objects.GwyObject.frombuffer(obj("GwyContainer", content[21 + len(old) :]))
    assert set(added) == {"/10/data", "/10/data/title", "/10/data/visible", "/10/base/palette", "/10/data/realsquare"}
    assert added["/10/data/title"] == "Denoised"
    assert added["/10/data/visible"] is True
    assert added["/10/base/palette"] == "Gold"
    assert added["/10/data/realsquare"] is True
    new = added["/10/data"]
    assert (new.xreal, new.yreal, new.xoff, new.yoff) == (3e-6, 2e-6, -7e-6, 5e-6)
    assert (new.si_unit_xy.unitstr, new.si_unit_z.unitstr) == ("m", "V")
    np.testing.assert_array_equal(new.data, np.ones((4, 6)))
    assert new.typecodes == dict(zip(new, "iiddddooD", strict=True))


def test_real_files_survive_bit_for_bit(data, tmp_path, check):
    for path in real_files(data):
        target = tmp_path / path.name
        shutil.copyfile(path, target)
        target.chmod(0o644)
        channel = list_channels(path)[-1]
        image = read_image(path, channel.key)
        first = append_channel(target, target, image.replace(data=image.data * 2), channel=channel.key, title="Twice")
        append_channel(target, target, -image.data, channel="Twice")
        _, old = tree(gwyfile.load(str(path)))
        _, new = tree(gwyfile.load(str(target)))
        assert new[: len(old)] == old
        assert first == channel.key + 1
        assert [c.title for c in list_channels(target)][-2:] == ["Twice", "Twice (afmnn)"]
        np.testing.assert_array_equal(read_image(target, "Twice").data, image.data * 2)
        again = read_image(target, "Twice (afmnn)")
        np.testing.assert_array_equal(again.data, -image.data)
        assert (again.size, again.unit_xy, again.unit_z) == (image.size, image.unit_xy, image.unit_z)
        assert check(target) == ""


def test_reference_program_notices_damage(data, tmp_path, check):
    """Otherwise its silence would mean nothing."""
    content = (data / "gwyfile_test.gwy").read_bytes()
    (tmp_path / "a.gwy").write_bytes(content[:-100])
    assert "rror" in check(tmp_path / "a.gwy") or "CRITICAL" in check(tmp_path / "a.gwy")


def test_reference_program_reads_the_same_heights(data, tmp_path, check):
    append_channel(data / "gwyfile_test.gwy", tmp_path / "a.gwy", make((128, 128)), title="New")
    done = subprocess.run(
        ["gwyddion", f"--convert-to-gwy={tmp_path / 'b.gwy'}", str(tmp_path / "a.gwy")],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (tmp_path / "b.gwy").exists(), done.stderr
    for title in ("Test", "New"):
        one, other = read_image(tmp_path / "a.gwy", title), read_image(tmp_path / "b.gwy", title)
        assert one.data.tobytes() == other.data.tobytes()
        assert (one.size, one.unit_xy, one.unit_z) == (other.size, other.unit_xy, other.unit_z)


@pytest.mark.parametrize(
    ("title", "image", "expected"),
    [
        ("Denoised", make(title="x"), "Denoised"),
        (None, make(title="Smooth"), "Smooth"),
        (None, make(title="Trace"), "Trace (afmnn)"),
        (None, make(title=""), "Trace (afmnn)"),
        (None, np.ones((4, 6)), "Trace (afmnn)"),
        ("", np.ones((4, 6)), ""),
    ],
)
def test_title_says_what_was_done(everything, title, image, expected):
    number = append_channel(everything, everything, image, channel=0, title=title)
    assert read_image(everything, number).title == expected


def test_array_takes_size_and_units_of_the_original(everything):
    number = append_channel(everything, everything, np.ones((4, 6), np.float32), channel=0)
    image = read_image(everything, number)
    assert (image.size, image.unit_xy, image.unit_z) == ((2e-6, 3e-6), "m", "V")
    with pytest.raises(ValueError, match=r"image must have the shape \(4, 6\) of its original or be an Image, got \(6, 4\)"):
        append_channel(everything, everything, np.ones((6, 4)), channel=0)


@pytest.mark.parametrize("changes", [{"size": (1e-6, 3e-6)}, {"unit_xy": "s"}, {"data": np.ones((2, 2)), "size": (1e-6, 1e-6)}])
def test_offset_is_kept_only_where_the_place_is_the_same(everything, changes):
    number = append_channel(everything, everything, read_image(everything, 0).replace(**changes), channel=0)
    stored = gwyfile.objects.GwyObject.fromfile(str(rewritten(everything)))[f"/{number}/data"]
    assert (stored.xoff, stored.yoff) == (0.0, 0.0)


def rewritten(path):
    """Return a copy without the components that gwyfile cannot read."""
    content = path.read_bytes()[21:]
    for piece in EVERYTHING:
        content = content.replace(piece, b"")
    copy = path.with_name("copy.gwy")
    copy.write_bytes(container(content))
    return copy


def test_missing_pixels_of_a_new_channel_are_masked(everything, check):
    heights = np.ones((4, 6))
    heights[2, 3] = np.nan
    number = append_channel(everything, everything, heights, channel=0)
    np.testing.assert_array_equal(read_mask(everything, number), np.isnan(heights))
    np.testing.assert_array_equal(read_mask(everything, 0), np.eye(4, 6))
    assert check(rewritten(everything)) == ""


def test_original_must_be_chosen_out_of_several(everything):
    before = everything.read_bytes()
    with pytest.raises(ValueError, match="channel must be given"):
        append_channel(everything, everything, np.ones((4, 6)))
    with pytest.raises(ValueError, match="channel must be one of"):
        append_channel(everything, everything, np.ones((4, 6)), channel="Phase")
    assert everything.read_bytes() == before


def test_bytes_behind_the_container_are_kept(tmp_path):
    path = tmp_path / "a.gwy"
    path.write_bytes(container(part("/0/data", "o", field())) + b"tail")
    append_channel(path, path, np.ones((4, 6)))
    assert path.read_bytes().endswith(b"\1tail")
    assert len(list_channels(path)) == 2


def test_failure_leaves_the_original(everything, monkeypatch):
    before = everything.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="nothing was written"):
        append_channel(everything, everything, np.ones((4, 6)), channel=0)
    assert everything.read_bytes() == before
    assert os.listdir(everything.parent) == [everything.name]


# --- files that are not to be trusted


HUGE = struct.pack("<I", 0xFFFFFFFF)


@pytest.mark.parametrize(
    "content",
    [
        b"GWYP",
        b"GWYP\0",
        b"GWYO" + bytes(100),
        b"GWYP" + bytes(1_000_000),
        b"GWYP" + b"a" * 1_000_000,
        b"GWYP" + text("GwyContainer"),
        b"GWYP" + text("GwyContainer") + HUGE,
        b"GWYP" + obj("GwyDataField"),
        b"GWYP" + field(),
        container(),
        container(part("/0/data/title", "s", text("no data"))),
        container(part("/0/data", "i", bytes(4))),
        container(part("/0/data", "o", obj("GwyDataLine"))),
        container(part("/00/data", "o", field())),
        container(part("/0/data", "o", obj("GwyDataField"))),
        container(part("/0/data", "o", field()), part("/0/data", "o", field())),
        container(part("/0/data", "o", field(xres=part("xres", "i", struct.pack("<i", 7))))),
        container(part("/0/data", "o", field(xres=part("xres", "i", struct.pack("<i", -6))))),
        container(part("/0/data", "o", field(-4, -6, heights=np.zeros(24)))),
        container(part("/0/data", "o", field(2**31 - 1, 2**31 - 1, heights=np.zeros(3)))),
        container(part("/0/data", "o", field(0, 6, heights=np.zeros(0)))),
        container(part("/0/data", "o", field(xres=part("xres", "d", struct.pack("<d", 6))))),
        container(part("/0/data", "o", field(xres=None))),
        container(part("/0/data", "o", field(data=None))),
        container(part("/0/data", "o", field(data=part("data", "D", HUGE)))),
        container(part("/0/data", "o", field(data=part("data", "I", struct.pack("<I", 48) + bytes(192))))),
        container(part("/0/data", "o", field(data=part("data", "C", struct.pack("<I", 192) + bytes(192))))),
        container(part("/0/data", "o", field(xreal=part("xreal", "d", struct.pack("<d", 0))))),
        container(part("/0/data", "o", field(xreal=part("xreal", "d", struct.pack("<d", -1))))),
        container(part("/0/data", "o", field(yreal=part("yreal", "d", struct.pack("<d", float("nan")))))),
        container(part("/0/data", "o", field(yoff=part("yoff", "d", struct.pack("<d", float("inf")))))),
        container(part("/0/data", "o", field(si_unit_z=part("si_unit_z", "s", text("m"))))),
        container(
            part("/0/data", "o", field(si_unit_z=part("si_unit_z", "o", obj("GwySIUnit", part("unitstr", "i", bytes(4))))))
        ),
        container(part("/0/data", "o", field(4, 6, part("xres", "i", struct.pack("<i", 6))))),
        container(*(part(f"{i}", "b", b"\0") for i in range(60_000))),
        container(part("/0/data", "o", obj("GwyDataField", *(part(f"{i}", "b", b"\0") for i in range(60_000))))),
    ],
)
def test_wrong_files_are_refused(tmp_path, content):
    path = tmp_path / "a.gwy"
    path.write_bytes(content)
    for function in (read_image, lambda path: append_channel(path, path, np.ones((4, 6)))):
        refused(function, path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "odd",
    [
        part("/x", "s", b"does not end"),
        part("/x", "?", bytes(4)),
        part("/x", "\0", bytes(4)),
        part("/x", "d", bytes(7)),
        part("/x", "S", HUGE),
        part("/x", "S", HUGE + b"\0" * 1000),
        part("/x", "O", HUGE),
        part("/x", "O", HUGE + obj("") * 1000),
        part("/x", "D", HUGE),
        part("/x", "Q", b"\1\0"),
        part("/x", "o", text("GwyX") + HUGE),
        part("/x", "o", text("GwyX") + b"\1"),
        b"name without an end",
        b"name\0",
    ],
)
def test_a_damaged_container_does_not_spoil_the_channels_around(tmp_path, odd):
    """Before the damage and behind it; nothing is added to what nobody understands, and it is not thought to be a result."""
    path = tmp_path / "a.gwy"
    before = part("/0/data", "o", field()) + part("/0/data/title", "s", text("Height"))
    swallows = {
        b"/x\0sdoes not end",
        b"name without an end",
        b"/x\0d" + bytes(7),
        b"/x\0Q\1\0",
        b"/x\0oGwyX\0\1",
    }  # what follows it
    behind = part("/3/data", "o", field(3, 3)) + part("/3/data/title", "s", text("Behind"))
    for content, shapes in (
        (container(before, odd), {0: (4, 6)}),
        (container(odd, behind), {3: (3, 3)}),
        (container(before, odd, behind, odd, part("/4/data", "o", field(2, 2))), {0: (4, 6), 3: (3, 3), 4: (2, 2)}),
    )[: 1 if odd in swallows else 3]:
        path.write_bytes(content)
        with pytest.warns(UserWarning, match=f"^{re.escape(str(path))}: is .*damaged.*; what can be found in it is read"):
            channels = list_channels(path)
        assert {channel.key: channel.shape for channel in channels if not channel.problem} == shapes
        for channel in channels:
            with pytest.warns(UserWarning, match="what can be found in it is read"):
                assert read_image(path, channel.key).shape == channel.shape
            assert channel.title == {0: "Height", 3: "Behind", 4: ""}[channel.key]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = read_image(path, channels[0].key)
            for output in (path, tmp_path / "b.gwy"):
                with pytest.raises(afmnn.FormatError, match=f"^{re.escape(str(path))}: .* nothing can be added to it"):
                    append_channel(path, output, image, channel=channels[0].key)
        assert path.read_bytes() == content
        assert not (tmp_path / "b.gwy").exists()
        assert not is_result(path)


def test_depth_does_not_matter(tmp_path):
    """Objects in objects are passed over, so nothing recurses."""
    deep = obj("GwyX")
    for _ in range(3000):
        deep = obj("GwyX", part("a", "o", deep))
    path = tmp_path / "a.gwy"
    path.write_bytes(container(part("/0/data", "o", field()), part("/x", "o", deep)))
    assert read_image(path).shape == (4, 6)


def test_endless_lists_end(tmp_path):
    """Many strings or objects take a moment, not hours, and no memory."""
    path = tmp_path / "a.gwy"
    for kind, item in (("S", b"\0"), ("O", obj(""))):
        path.write_bytes(container(part("/0/data", "o", field()), part("/x", kind, struct.pack("<I", 30_000) + item * 30_000)))
        image, peak = peak_memory(read_image, path)
        assert image.shape == (4, 6)
        assert peak < 3 * path.stat().st_size


def test_reading_takes_the_file_and_one_copy_of_the_heights(tmp_path):
    path = tmp_path / "a.gwy"
    write_image(path, np.zeros((500, 1000)))
    _, peak = peak_memory(read_image, path)
    assert peak < 2.1 * path.stat().st_size
    image = np.ones((500, 1000))
    _, peak = peak_memory(write_image, tmp_path / "b.gwy", image)
    assert peak < 0.4 * image.nbytes
    _, peak = peak_memory(append_channel, path, path, image)
    assert peak < 1.4 * image.nbytes


def test_every_truncation_is_refused_or_leaves_whole_channels(everything):
    whole = everything.read_bytes()
    whole_images = {channel.key: read_image(everything, channel.key).data.tobytes() for channel in list_channels(everything)}
    found = set()
    for size in range(0, len(whole), 13):
        everything.write_bytes(whole[:size])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                sound = [channel.key for channel in list_channels(everything) if not channel.problem]
            except afmnn.FormatError:
                refused(list_channels, everything)
                sound = []
        assert [(w.filename, "truncated or damaged" in str(w.message)) for w in caught] == [(__file__, True)] * bool(sound)
        for key in sound:
            with pytest.warns(UserWarning, match="truncated or damaged"):
                assert read_image(everything, key).data.tobytes() == whole_images[key]
        found.add(tuple(sound))
    assert found == {(), (0,), (0, 3), (0, 3, 7)}


@pytest.mark.filterwarnings("ignore:.*what can be found in it is read")
@given(st.data())
@FUZZ
def test_damaged_files_are_read_or_refused(tmp_path, data):
    path = tmp_path / "fuzz.gwy"
    path.write_bytes(data.draw(damaged(container(EVERYTHING[0], EVERYTHING[1], EVERYTHING[5], *EVERYTHING[9:]))))
    valid_or_refused(list_channels, path, list)
    try:
        valid_or_refused(lambda path: read_image(path, 0), path, afmnn.Image)
        valid_or_refused(lambda path: read_mask(path, 0), path, np.ndarray)
        valid_or_refused(lambda path: append_channel(path, path, make(), channel=0), path, int)
    except ValueError as error:  # a sound file, in which the channel has another number or no mask
        assert "channel must be" in str(error)  # noqa: PT017
