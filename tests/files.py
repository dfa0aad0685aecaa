"""What the tests of file formats share: damaged files, and the memory that reading them takes."""

import io
import tracemalloc
import warnings
import zipfile

import numpy as np
from hypothesis import strategies as st

import afmnn

EXTREMES = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, 0x00FFFFFF, 0x10000, 0xFFFF]


def peak_memory(function, *args, **kwargs):
    """Return what `function` raised or returned, and how many bytes it held at most."""
    tracemalloc.start()
    try:
        outcome = function(*args, **kwargs)
    except Exception as error:
        outcome = error
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return outcome, peak


def refused(function, path, match=""):
    """Assert that a file gets one clear FormatError that names it, and that no memory is taken for what it claims."""
    error, peak = peak_memory(function, path)
    assert isinstance(error, afmnn.FormatError), error
    message = str(error)
    assert message.startswith(f"{path}: "), message
    assert message.count(str(path)) == 1, message
    assert len(message) < 600, message[:1000]
    assert "\n" not in message, message
    if match:
        assert match in message, message[:1000]
    assert peak < 20 * path.stat().st_size + 3_000_000, f"{peak} bytes for a file of {path.stat().st_size}"
    return message


def valid_or_refused(function, path, kind):
    """Assert that a file is either read or refused with a FormatError."""
    try:
        result = function(path)
    except afmnn.FormatError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome will do
    else:
        assert isinstance(result, kind)


@st.composite
def damaged(draw, whole):
    """Return `whole` after one to four accidents: cut, flipped, overwritten, doubled or swapped bytes."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        size = len(content)
        at = draw(st.integers(0, max(size - 1, 0)))
        length = draw(st.integers(1, 64))
        match draw(st.integers(0, 6)):
            case 0:
                del content[at:]
            case 1 if size:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case 2:
                content[at : at + 4] = draw(st.sampled_from(EXTREMES)).to_bytes(4, "little")
            case 3:
                content[at : at + length] = draw(st.binary(min_size=0, max_size=64))
            case 4:
                content[at:at] = content[at : at + length]
            case 5:
                del content[at : at + length]
            case 6:
                to = draw(st.integers(0, max(size - 1, 0)))
                content[at : at + length], content[to : to + length] = content[to : to + length], content[at : at + length]
    return bytes(content)


def npy(array, **kwargs):
    """Return the bytes of a .npy file."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), **kwargs)
    return file.getvalue()


def npy_header(text, version=(1, 0), size=None):
    """Return the header of a .npy file with any text in it."""
    raw = text.encode("latin-1")
    width = 2 if version[0] == 1 else 4
    return b"\x93NUMPY" + bytes(version) + (len(raw) if size is None else size).to_bytes(width, "little") + raw


def write_zip(path, members, **kwargs):
    """Write an archive of raw members; `members` are (name, bytes) and may repeat."""
    with zipfile.ZipFile(path, "w", **kwargs) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that repeat
        for name, content in members:
            archive.writestr(name, content)


def read_zip(path):
    """Return the raw members of an archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
