"""Gwyddion's simple fields (.gsf): bit for bit as the format says, and as Gwyddion reads and writes them."""

import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import afmnn
from afmnn.formats._results import is_result
from afmnn.formats.images import list_channels, read_image, write_image
from files import damaged, refused, valid_or_refused

HEAD = b"Gwyddion Simple Field 1.0\n"


def make(shape=(4, 6), **fields):
    heights = (np.random.default_rng(5).normal(size=shape) * 1e-9).astype(np.float32)
    return afmnn.Image(heights, **({"size": (2e-6, 3.5e-6), "unit_xy": "m", "unit_z": "m", "title": "Höhe µ"} | fields))


def content(*lines, heights=None, rows=2, cols=3, end=None):
    heights = np.arange(rows * cols, dtype="<f4") if heights is None else heights
    head = HEAD + b"".join(line + b"\n" for line in (b"XRes = %d" % cols, b"YRes = %d" % rows, *lines))
    return head + (b"\0" * (4 - len(head) % 4) if end is None else end) + heights.tobytes()


@pytest.mark.parametrize("title", ["", "a", "ab", "abc", "abcd"])
def test_written_bytes_are_those_of_the_format(tmp_path, title):
    """The header ends with one to four NUL, so that the heights begin at a multiple of four."""
    image = make(title=title)
    write_image(tmp_path / "a.gsf", image)
    raw = (tmp_path / "a.gsf").read_bytes()
    head, numbers = raw[: -4 * image.data.size], raw[-4 * image.data.size :]
    assert numbers == image.data.astype("<f4").tobytes()
    assert len(head) % 4 == 0
    assert 1 <= len(head) - len(head.rstrip(b"\0")) <= 4
    assert head.startswith(HEAD + b"XRes = 6\nYRes = 4\nXReal = 3.5e-06\nYReal = 2e-06\n")
    assert (f"Title = {title}\n".encode() in head) == bool(title)


@pytest.mark.parametrize("shape", [(4, 6), (1, 1), (1, 9), (7, 2)])
def test_written_image_comes_back(tmp_path, shape):
    image = make(shape)
    write_image(tmp_path / "a.gsf", image)
    back = read_image(tmp_path / "a.gsf")
    np.testing.assert_array_equal(back.data, image.data)
    assert back.dtype == np.float32
    assert (back.size, back.unit_xy, back.unit_z, back.title) == (image.size, "m", "m", "Höhe µ")
    (channel,) = list_channels(tmp_path / "a.gsf")
    assert (channel.key, channel.shape, channel.size, channel.unit_z) == (0, shape, image.size, "m")


def test_missing_pixels_prefixes_and_lines_in_titles(tmp_path):
    heights = np.arange(6.0).reshape(2, 3)
    heights[1, 1] = np.nan
    write_image(tmp_path / "a.gsf", afmnn.Image(heights, (20, 30), "nm", "nm", "two\nlines"))
    back = read_image(tmp_path / "a.gsf")
    np.testing.assert_allclose(back.data, heights * 1e-9, rtol=1e-7)
    np.testing.assert_allclose(back.size, (20e-9, 30e-9), rtol=1e-15)
    assert (back.unit_xy, back.unit_z, back.title) == ("m", "m", "two lines")


@pytest.mark.parametrize(("value", "message"), [(np.inf, "image must be finite"), (1e39, "image must have heights up to 3e38")])
def test_what_single_precision_cannot_hold_is_refused(tmp_path, value, message):
    heights = np.ones((3, 3))
    heights[1, 2] = value
    with pytest.raises(ValueError, match=message):
        write_image(tmp_path / "a.gsf", heights)
    assert not (tmp_path / "a.gsf").exists()


def test_heads_of_other_writers(tmp_path):
    path = tmp_path / "a.gsf"
    path.write_bytes(
        content(b"XReal=3e-6", b"  YReal   =  2e-6", b"Title = a = b", b"XOffset = 7", b"Whatever = \xb5", b"no value")
    )
    image = read_image(path)
    assert (image.size, image.title, image.unit_z) == ((2e-6, 3e-6), "a = b", "")
    np.testing.assert_array_equal(image.data, np.arange(6, dtype="<f4").reshape(2, 3))
    path.write_bytes(content())
    assert read_image(path).size == (1.0, 1.0)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "is empty"),
        (b"Gwyddion Simple Field 2.0\n\0\0\0", "is not a simple field"),
        (b"GWYP", "is not a simple field"),
        (HEAD + b"XRes = 2\n", "its header does not end"),
        (content(rows=0), "YRes must be a number of pixels, got '0'"),
        (content(b"XRes = -3"), "XRes must be a number of pixels, got '-3'"),
        (content(b"XRes = 65536", b"YRes = 32768"), "does not hold the 32768 x 65536 numbers"),
        (content(b"XRes = 99999999999999999999"), "XRes must be a number of pixels"),
        (HEAD + b"XRes = 2\n\0" + bytes(8), "YRes must be a number of pixels, got ''"),
        (content()[:-1], "does not hold the 2 x 3 numbers that it announces"),
        (content() + b"\0", "does not hold the 2 x 3 numbers that it announces"),
        (content(end=b"\0"), "does not hold the 2 x 3 numbers that it announces"),
        (content(b"XReal = 0"), "XReal must be a length, got '0'"),
        (content(b"YReal = nan"), "YReal must be a length, got 'nan'"),
        (content(b"YReal = wide"), "YReal must be a length, got 'wide'"),
    ],
)
def test_damaged_files_are_refused(tmp_path, raw, problem):
    path = tmp_path / "a.gsf"
    path.write_bytes(raw)
    refused(read_image, path, problem)
    refused(list_channels, path, problem)


@given(raw=damaged(content(b"XReal = 1e-6", b"YReal = 1e-6", b"XYUnits = m", b"ZUnits = m", b"Title = Z")))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_accident_is_read_or_refused(tmp_path, raw):
    path = tmp_path / "a.gsf"
    path.write_bytes(raw)
    valid_or_refused(read_image, path, afmnn.Image)


@given(heights=st.lists(st.floats(width=32, allow_infinity=False), min_size=6, max_size=6))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_number_survives(tmp_path, heights):
    image = np.array(heights, np.float32).reshape(2, 3)
    write_image(tmp_path / "a.gsf", image)
    np.testing.assert_array_equal(read_image(tmp_path / "a.gsf").data, image)


def test_results_are_known(tmp_path):
    write_image(tmp_path / "a.gsf", make(), result=True)
    write_image(tmp_path / "b.gsf", make())
    assert is_result(tmp_path / "a.gsf")
    assert not is_result(tmp_path / "b.gsf")
    np.testing.assert_array_equal(read_image(tmp_path / "a.gsf").data, make().data)


def test_gwyddion_reads_the_same(tmp_path):
    gwyfile = pytest.importorskip("gwyfile")
    if shutil.which("gwyddion") is None:
        pytest.skip("needs the program gwyddion")
    image = make((5, 9))
    write_image(tmp_path / "a.gsf", image, result=True)
    subprocess.run(
        ["gwyddion", f"--convert-to-gwy={tmp_path / 'a.gwy'}", tmp_path / "a.gsf"], check=True, timeout=60, capture_output=True
    )
    container = gwyfile.load(str(tmp_path / "a.gwy"))
    field = container["/0/data"]
    np.testing.assert_array_equal(field.data, image.data)
    assert (field.yreal, field.xreal) == image.size
    assert (field.si_unit_xy.unitstr, field.si_unit_z.unitstr) == ("m", "m")
    assert container["/0/data/title"] == image.title
