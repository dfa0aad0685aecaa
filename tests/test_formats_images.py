"""Images in .npy and .npz files, and what holds for every format; Gwyddion's files are in test_formats_gwy.py."""

import io
import os
import pickle
import subprocess
import sys
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import afmnn
from afmnn.formats.images import append_channel, list_channels, read_image, read_mask, write_image
from files import damaged, npy, npy_header, peak_memory, read_zip, refused, valid_or_refused, write_zip

FUZZ = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make(shape=(5, 7), dtype=np.float64, **fields):
    heights = np.random.default_rng(7).normal(size=shape).astype(dtype)
    fields = {"size": (2e-6, 3.5e-6), "unit_xy": "m", "unit_z": "V", "title": "Höhe / µ"} | fields
    return afmnn.Image(heights, **fields)


def assert_same(one, other):
    assert one.data.dtype == other.data.dtype
    assert one.data.tobytes() == other.data.tobytes()
    assert (one.shape, one.size, one.unit_xy, one.unit_z, one.title) == (
        *(other.shape, other.size, other.unit_xy, other.unit_z, other.title),
    )


def test_names_at_the_top():
    assert afmnn.read_image is read_image
    assert afmnn.write_image is write_image
    assert afmnn.formats.images.append_channel is append_channel


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_npz_keeps_everything(tmp_path, dtype):
    image = make(dtype=dtype)
    write_image(tmp_path / "a.npz", image)
    assert_same(read_image(tmp_path / "a.npz"), image)
    assert_same(read_image(tmp_path / "a.npz", "data"), image)
    assert_same(read_image(tmp_path / "a.npz", "Höhe / µ"), image)
    (channel,) = list_channels(tmp_path / "a.npz")
    assert (channel.key, channel.title, channel.shape) == ("data", "Höhe / µ", (5, 7))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["data"], image.data)


def test_npz_may_be_compressed(tmp_path):
    image = afmnn.Image(np.tile(np.float32([0.0, 0.25, 0.5, 0.25]), (64, 16)), (1.0, 1.0), "m", "m", "waves")
    for name, compressed in (("a.npz", False), ("b.npz", True)):
        write_image(tmp_path / name, image, compressed=compressed)
        assert_same(read_image(tmp_path / name), image)
    assert (tmp_path / "b.npz").stat().st_size < 0.2 * (tmp_path / "a.npz").stat().st_size


def test_npz_keeps_missing_pixels_and_infinity_bit_for_bit(tmp_path):
    strange = np.array([[0x7FF8000000000001, 0x7FF0000000000000], [0xFFF8000000000123, 1 << 63]], np.uint64).view(np.float64)
    write_image(tmp_path / "a.npz", strange)
    assert read_image(tmp_path / "a.npz").data.tobytes() == strange.tobytes()


def test_same_image_gives_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_image(tmp_path / name, make())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_npy_keeps_heights_only(tmp_path):
    write_image(tmp_path / "a.npy", make(dtype=np.float32))
    image = read_image(tmp_path / "a.npy")
    assert_same(image, afmnn.Image(make(dtype=np.float32).data))
    assert_same(image, read_image(tmp_path / "a.npy", 0))
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), make(dtype=np.float32).data)
    assert [str(channel) for channel in list_channels(tmp_path / "a.npy")] == ["0 '' (5 x 7)"]


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@given(
    heights=hnp.arrays(
        st.sampled_from(["<f8", ">f8", "<f4", ">f4", "<f2", "<i2", ">i4", "|u1", "<u8", "|b1"]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=5),
        elements=st.just(1) | st.just(0),
    ),
    how=st.sampled_from(["plain", "fortran", "compressed", "version 2"]),
)
@FUZZ
def test_what_numpy_writes_is_read(tmp_path, suffix, heights, how):
    path = tmp_path / f"a{suffix}"
    heights = np.asfortranarray(heights) if how == "fortran" else heights
    if suffix == ".npy":
        path.write_bytes(npy(heights, version=(2, 0) if how == "version 2" else None))
    else:
        (np.savez_compressed if how == "compressed" else np.savez)(path, heights)
    image = read_image(path)
    np.testing.assert_array_equal(image.data, heights)
    assert image.data.dtype.isnative
    assert image.data.dtype == (np.float32 if heights.dtype.str in {"<f4", ">f4"} else np.float64)


def test_any_array_is_written(tmp_path):
    big = np.arange(200, dtype=">i2").reshape(10, 20)
    big.flags.writeable = False
    for array in (big, big[::2, ::-3], big.T, np.asfortranarray(big).astype("<f4"), big.tolist()):
        for suffix in (".npy", ".npz"):
            write_image(tmp_path / f"a{suffix}", array)
            np.testing.assert_array_equal(read_image(tmp_path / f"a{suffix}").data, np.asarray(array))


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".gwy"])
@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((2, 2, 2)), np.zeros((0, 3)), 1.0, [[1, 2], [3]]])
def test_what_is_not_an_image_is_not_written(tmp_path, suffix, array):
    with pytest.raises(ValueError):
        write_image(tmp_path / f"a{suffix}", array)
    with pytest.raises(TypeError):
        write_image(tmp_path / f"a{suffix}", np.zeros((2, 2), complex))
    assert not os.listdir(tmp_path)


def test_archives_of_others_list_their_images(data, tmp_path):
    path = data / "train-7x9-h4-mask.npz"
    keys = [channel.key for channel in list_channels(path)]
    with np.load(path) as file:
        assert keys == [name for name in file if file[name].ndim == 2]
        np.testing.assert_array_equal(read_image(path, "signal").data, file["signal"])
    with pytest.raises(ValueError, match=r"channel must be given for .*mask\.npz, which has several: model 'model' \(\d+ x"):
        read_image(path)
    with pytest.raises(ValueError, match=r"channel must be one of .*, got 'window'; it has model"):
        read_image(path, "window")


def test_seed_job(shared):
    path = shared / "data/seed-job/train.npz"
    assert [channel.key for channel in list_channels(path)] == ["ideal", "noisy"]
    image = read_image(path, "noisy")
    assert (image.shape, image.dtype, image.title, image.unit_z) == ((256, 256), np.float32, "noisy", "")


def test_arrays_that_are_no_images_do_not_disturb(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        text=np.array(["a"]),
        three=np.zeros((2, 2, 2)),
        empty=np.zeros((0, 4)),
        waves=np.zeros((2, 2), complex),
        records=np.zeros((2, 2), [("a", "<f4")]),
        when=np.zeros((2, 2), "datetime64[s]"),
        objects=np.array([[{}]], object),
        heights=np.eye(3),
    )
    np.testing.assert_array_equal(read_image(tmp_path / "a.npz").data, np.eye(3))
    np.savez(tmp_path / "a.npz", three=np.zeros((2, 2, 2)))
    refused(read_image, tmp_path / "a.npz", "has no image")
    assert list_channels(tmp_path / "a.npz") == []


@pytest.mark.parametrize("side", [1, 10, 100, 1000, 2000, 3000, 4096])
def test_images_that_compress_a_thousandfold_are_read(tmp_path, side):
    """A flat image does, and one with a terrace, as masks and ideal images are; 4096 x 4096 have 134 MB."""
    image = np.zeros((side, side))
    image[side // 40 : side // 14, side // 8 : side // 5] = 50e-9
    write_image(tmp_path / "a.npz", image, compressed=True)
    np.testing.assert_array_equal(read_image(tmp_path / "a.npz").data, image)
    np.savez_compressed(tmp_path / "b.npz", np.zeros((side, side)))
    assert not read_image(tmp_path / "b.npz").data.any()
    if side > 1000:
        assert image.nbytes > 900 * (tmp_path / "b.npz").stat().st_size


def test_two_arrays_of_one_name_do_not_spoil_the_others(tmp_path):
    path = tmp_path / "twice.npz"
    write_zip(path, [("a.npy", npy(np.ones((2, 3)))), ("b.npy", npy(np.ones((3, 3)))), ("b.npy", npy(np.zeros((4, 4))))])
    first, second = list_channels(path)
    assert (first.key, first.problem, second.key, second.shape) == ("a", "", "b", (0, 0))
    assert second.problem == "has two arrays named 'b'"
    assert read_image(path).shape == read_image(path, "a").shape == (2, 3)
    refused(lambda path: read_image(path, "b"), path, "its channel b 'b' has two arrays named 'b'")


def test_archives_of_a_film_are_read(tmp_path):
    """Its directory is larger than that of a network may be."""
    np.savez(tmp_path / "film.npz", **{f"frame {i}": np.full((2, 2), i) for i in range(6000)})
    assert len(list_channels(tmp_path / "film.npz")) == 6000
    assert read_image(tmp_path / "film.npz", "frame 5999").data[0, 0] == 5999


@pytest.mark.parametrize("channel", [1, -1, "1", "x", True, 0.5])
def test_wrong_channel_is_refused(tmp_path, channel):
    write_image(tmp_path / "a.npy", make())
    with pytest.raises(ValueError, match=r"channel must be one of .*a\.npy, got .*; it has 0 '' \(5 x 7\)") as caught:
        read_image(tmp_path / "a.npy", channel)
    assert not isinstance(caught.value, afmnn.FormatError)


@pytest.mark.parametrize("name", ["a.txt", "a", "a.npy.bak", "npy", "a.tiff", ".npz"])
def test_unknown_suffix_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(npy(np.zeros((3, 3))))
    message = refused(read_image, path)
    assert ".gwy, .npy, .npz" in message
    refused(list_channels, path)
    with pytest.raises(ValueError, match=r"\.gwy, \.npy, \.npz"):
        write_image(path, np.ones((3, 3)))
    np.testing.assert_array_equal(np.load(path), np.zeros((3, 3)))


def test_suffix_in_capitals_and_text_paths(tmp_path):
    for name in ("a.NPY", "a.Npz"):
        write_image(str(tmp_path / name), make())
        assert read_image(str(tmp_path / name)).shape == (5, 7)
    assert sorted(os.listdir(tmp_path)) == ["a.NPY", "a.Npz"]


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".gwy"])
def test_files_of_another_kind_are_refused(tmp_path, data, suffix):
    write_image(tmp_path / "a.npy", make())
    write_image(tmp_path / "a.npz", make())
    contents = {
        ".npy": (tmp_path / "a.npy").read_bytes(),
        ".npz": (tmp_path / "a.npz").read_bytes(),
        ".gwy": (data / "gwyfile_test.gwy").read_bytes(),
        "text": b"1 2 3\n4 5 6\n",
        "pickle": pickle.dumps(np.zeros((3, 3))),
        "nothing": b"",
        "a byte": b"\x93",
        "zeros": bytes(10_000),
    }
    for kind, content in contents.items():
        if kind != suffix:
            path = tmp_path / f"b{suffix}"
            path.write_bytes(content)
            for function in (read_image, list_channels):
                refused(function, path, "is empty" if kind == "nothing" else "")


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".gwy"])
def test_missing_files_and_folders(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    with pytest.raises(FileNotFoundError, match=f"a{suffix}"):
        read_image(path)
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        read_image(path)
    with pytest.raises(IsADirectoryError):
        write_image(path, make())


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".gwy"])
def test_failure_leaves_the_old_file(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"a{suffix}"
    write_image(path, make())
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="nothing was written"):
        write_image(path, make((50, 50)))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


HEADERS = {
    "Python 2 on Windows": "{'descr': '<f8', 'fortran_order': False, 'shape': (3L, 4L), }",
    "unicode of Python 2": "{u'descr': u'<f8', u'fortran_order': False, u'shape': (3, 4)}",
    "keys in another order": "{'shape': (3, 4), 'fortran_order': False, 'descr': '<f8'}",
    "double quotes": '{"descr": "<f8", "fortran_order": False, "shape": (3, 4)}',
    "both quotes": "{'descr': \"<f8\", 'fortran_order': False, 'shape': (3,4,)}",
    "no spaces": "{'descr':'<f8','fortran_order':False,'shape':(3,4)}",
    "many spaces": "{  'descr'  :  '<f8'  ,\t'fortran_order'  :  False  ,\n'shape'  :  (  3  ,  4  )  ,  }  ",
    "order of Fortran": "{'shape': (3, 4), 'descr': '<f8', 'fortran_order': True}",
    "native order": "{'descr': '=f8', 'fortran_order': False, 'shape': (3, 4)}",
    "no order": "{'descr': 'f8', 'fortran_order': False, 'shape': (3, 4)}",
    "a name": "{'descr': 'float64', 'fortran_order': False, 'shape': (3, 4)}",
    "a letter": "{'descr': '<d', 'fortran_order': False, 'shape': (3, 4)}",
}


@pytest.mark.parametrize("words", HEADERS)
def test_headers_of_other_writers_are_read_as_numpy_reads_them(tmp_path, words):
    z = np.arange(12.0)
    content = npy_header(HEADERS[words] + "\n") + z.tobytes()
    (tmp_path / "a.npy").write_bytes(content)
    write_zip(tmp_path / "a.npz", [("odd.npy", content), ("even.npy", npy(np.eye(2)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python 2
        expected = np.load(tmp_path / "a.npy")
    assert expected.shape == (3, 4)
    np.testing.assert_array_equal(read_image(tmp_path / "a.npy").data, expected)
    np.testing.assert_array_equal(read_image(tmp_path / "a.npz", "odd").data, expected)


@pytest.mark.parametrize(
    "words",
    [
        "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), 'more': True}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': [3, 4]}",
        "{'descr': '<f8', 'fortran_order': 'False', 'shape': (3, 4)}",
        "{'descr': True, 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': '<f8\", 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': '<f8' 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3 4)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3LL, 4)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (L, 4)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)} x",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)",
        "dict(descr='<f8', fortran_order=False, shape=(3, 4))",
        "{'descr': '<f8' if True else '', 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': 'f8,f8', 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': '<f7', 'fortran_order': False, 'shape': (3, 4)}",
        "{'descr': '" + "<" * 9000 + "', 'fortran_order': False, 'shape': (3, 4)}",
        "{" + "'a': 'b', " * 900 + "}",
        "{'descr': [" + "[" * 9000,
        "",
        "{}",
    ],
)
def test_headers_that_say_something_else_are_refused(tmp_path, words):
    path = tmp_path / "a.npy"
    path.write_bytes(npy_header(words + "\n") + np.arange(12.0).tobytes())
    refused(read_image, path)


def test_one_odd_array_does_not_hide_the_others(tmp_path):
    members = {
        "good.npy": npy(np.eye(3)),
        "damaged.npy": npy_header("{'descr': '<f8', 'fortran_order': 0, 'shape': (3, 4)}\n") + bytes(96),
        "short.npy": npy(np.eye(4))[:-8],
        "readme.txt": b"not an array",
        "a folder/": b"",
    }
    path = tmp_path / "a.npz"
    write_zip(path, members.items())
    good, damaged, short = list_channels(path)
    assert (good.key, good.shape, good.problem) == ("good", (3, 3), "")
    assert (damaged.key, damaged.shape) == ("damaged", (0, 0))
    assert "cannot be understood" in damaged.problem
    assert "is truncated" in short.problem
    np.testing.assert_array_equal(read_image(path, "good").data, np.eye(3))
    np.testing.assert_array_equal(read_image(path).data, np.eye(3))  # the only one that can be
    refused(lambda path: read_image(path, "damaged"), path, "array header that cannot be understood")


def test_a_damaged_header_of_ours_does_not_hide_other_arrays(tmp_path):
    path = tmp_path / "a.npz"
    write_image(path, make())
    write_zip(path, [*read_zip(path).items(), ("good.npy", npy(np.eye(3)))])
    assert [channel.problem for channel in list_channels(path)] == ["", ""]
    header_of_image(path, size=None)
    assert [bool(channel.problem) for channel in list_channels(path)] == [True, False]
    np.testing.assert_array_equal(read_image(path, "good").data, np.eye(3))
    refused(lambda path: read_image(path, "data"), path, "without a proper size")


@pytest.mark.parametrize(
    "content",
    [
        npy(np.zeros((5, 7)))[:-1],
        npy(np.zeros((5, 7)))[:100],
        npy(np.zeros((5, 7)))[:9],
        npy(np.zeros((5, 7))) + b"\0",
        npy(np.zeros(35)),
        npy(np.zeros((1, 5, 7))),
        npy(np.zeros((0, 7))),
        npy(np.array(3.0)),
        npy(np.zeros((5, 7), complex)),
        npy(np.full((5, 7), "a")),
        npy(np.array([[{}]], object), allow_pickle=True),
        npy(np.zeros((5, 7), [("a", "<f8")])),
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }\n"),
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1%s), }\n" % ("0" * 18)) + bytes(8),
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n"),
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-5, -7), }\n") + bytes(280),
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (5.0, 7), }\n") + bytes(280),
        npy_header("{'descr': '<f8', 'fortran_order': 1, 'shape': (5, 7), }\n") + bytes(280),
        npy_header("{'descr': 'O', 'fortran_order': False, 'shape': (1, 1), }\n") + pickle.dumps(np.zeros((1, 1), object)),
        npy_header("{'descr': '<f8', 'shape': (5, 7), }\n") + bytes(280),
        npy_header("", (2, 0), 0xFFFFFFFF),
        npy_header("{" * 100_000, (2, 0)),
        npy_header("\xff" * 100) + bytes(280),
    ],
)
def test_wrong_npy_is_refused(tmp_path, content):
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    refused(read_image, path)
    refused(list_channels, path)


def test_bombs_are_refused_before_they_grow(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    bomb = npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (5000, 5000), }\n") + bytes(200_000_000)
    write_zip(path, [("heights.npy", bomb)], compression=zipfile.ZIP_DEFLATED)
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 40_000}.get)
    refused(read_image, path, "needs 200000000 bytes, more than this machine has memory")
    assert list_channels(path)[0].shape == (5000, 5000)  # which takes no memory
    content = bytearray(path.read_bytes())
    where = content.index(b"PK\1\2") + 24
    content[where : where + 4] = (300_000_000).to_bytes(4, "little")  # more than deflate can do
    path.write_bytes(content)
    refused(read_image, path, "to 300000000, which no image does")
    bomb = npy_header("{" * 70_000_000, (2, 0))
    write_zip(path, [("heights.npy", bomb)], compression=zipfile.ZIP_DEFLATED)
    refused(read_image, path)
    small = npy_header("{" * 30_000_000, (2, 0))  # small enough to be harmless, but not for a header
    write_zip(path, [("heights.npy", small)], compression=zipfile.ZIP_DEFLATED)
    refused(read_image, path, "more than 10000")


def test_shape_that_the_archive_does_not_hold_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    header = npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (5000, 5000), }\n")
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        write_zip(path, [("heights.npy", header + bytes(800))], compression=compression)
        refused(read_image, path, "is truncated")


def test_directory_that_lies_about_the_size_is_noticed(tmp_path):
    """The directory and the header agree, but there are fewer bytes to unpack: memory grows with what is there."""
    path = tmp_path / "a.npz"
    header = npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000, 5000), }\n")
    write_zip(path, [("heights.npy", header + bytes(800))], compression=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (len(header) + 40_000_000).to_bytes(4, "little")
    path.write_bytes(content)
    refused(read_image, path)


def header_of_image(path, **changes):
    """Rewrite our file with another header."""
    import json

    members = read_zip(path)
    header = json.loads(np.load(io.BytesIO(members["afmnn_image.npy"])).tobytes()) | changes
    members["afmnn_image.npy"] = npy(
        np.frombuffer(json.dumps({k: v for k, v in header.items() if v is not None}).encode(), np.uint8)
    )
    write_zip(path, members.items())


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "afmnn network"},
        {"format": None},
        {"format_version": None},
        {"format_version": "1"},
        {"format_version": True},
        {"size": None},
        {"size": [1.0]},
        {"size": [1.0, 0.0]},
        {"size": [1.0, -2.0]},
        {"size": [1.0, "2"]},
        {"size": [1.0, [2.0]]},
        {"size": [1.0, {"$float": "nan"}]},
        {"size": [{"$float": "inf"}, 1.0]},
        {"size": "ab"},
        {"unit_xy": 3},
        {"unit_z": None},
        {"title": ["a"]},
    ],
)
def test_wrong_header_of_an_image_is_refused(tmp_path, changes):
    path = tmp_path / "a.npz"
    write_image(path, make())
    header_of_image(path)
    assert_same(read_image(path), make())
    header_of_image(path, **changes)
    refused(read_image, path)


def test_image_from_the_future_says_so(tmp_path):
    write_image(tmp_path / "a.npz", make())
    header_of_image(tmp_path / "a.npz", format_version=2, afmnn_version="9.1")
    refused(read_image, tmp_path / "a.npz", "newer afmnn, 9.1: update")


def test_networks_are_not_images(tmp_path, data):
    afmnn.formats.gwyddion.read_network(data / "train-5x5-h3.gwynet").save(tmp_path / "net.npz")
    assert {channel.key for channel in list_channels(tmp_path / "net.npz")} == {"layer_0", "layer_1"}  # any array may be one


WHOLE = {}


def whole_file(folder, suffix):
    if suffix not in WHOLE:
        write_image(folder / f"whole{suffix}", make((4, 5)))
        WHOLE[suffix] = (folder / f"whole{suffix}").read_bytes()
    return WHOLE[suffix]


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@given(data=st.data())
@FUZZ
def test_damaged_files_are_read_or_refused(tmp_path, suffix, data):
    path = tmp_path / f"fuzz{suffix}"
    path.write_bytes(data.draw(damaged(whole_file(tmp_path, suffix))))
    for function, kind in ((read_image, afmnn.Image), (list_channels, list)):
        outcome, peak = peak_memory(valid_or_refused, function, path, kind)
        assert outcome is None or isinstance(outcome, ValueError), outcome
        assert peak < 3_000_000


@given(st.data())
@FUZZ
def test_damaged_members_are_read_or_refused(tmp_path, data):
    path = tmp_path / "fuzz.npz"
    path.write_bytes(whole_file(tmp_path, ".npz"))
    members = read_zip(path)
    name = data.draw(st.sampled_from(sorted(members)))
    members[name] = data.draw(damaged(members[name]))
    write_zip(path, members.items(), compression=data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])))
    valid_or_refused(read_image, path, afmnn.Image)


def test_other_formats_have_no_masks_and_take_no_channels(tmp_path):
    write_image(tmp_path / "a.npz", make())
    refused(read_mask, tmp_path / "a.npz", "only .gwy files")
    with pytest.raises(afmnn.FormatError, match=r"only \.gwy files"):
        append_channel(tmp_path / "a.npz", tmp_path / "a.npz", make())
    with pytest.raises(afmnn.FormatError, match=r"only \.gwy files"):
        append_channel(tmp_path / "a.gwy", tmp_path / "a.npz", make())


def test_importing_afmnn_imports_no_optional_package():
    code = (
        "import sys, afmnn; afmnn.formats.gwyddion; afmnn.formats.images; print([m for m in sys.modules if m.startswith('gwy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
