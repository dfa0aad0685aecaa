"""Files of instruments, read by programs that do what foreign programs may do: crash, hang, fill the disk, eat memory, lie."""

import importlib.metadata
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

import afmnn
from afmnn.formats import _converters, _foreign, _limited
from afmnn.formats.images import list_channels, read_directions, read_image, read_images
from files import refused
from gwy_files import container, field, obj, part, text

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs of these tests are scripts")

GOOD = container(
    *(part(f"/{n}/data", "o", field(heights=np.arange(24, dtype="<f8") + n)) for n in range(3)),
    *(part(f"/{n}/data/title", "s", text(title)) for n, title in enumerate(("Z forward", "Z backward", "Phase"))),
)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "scan of monday.nid"
    path.write_bytes(b"what an instrument writes" * 40)
    return path


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Where temporary folders are made; nothing may be left there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert os.listdir(folder) == []


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A machine without any program that could read a file."""
    monkeypatch.delenv(_converters.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    find = _converters.importlib.util.find_spec
    hidden = ("gwyddionpy_converter", "NSFopen", "h5py")
    monkeypatch.setattr(_converters.importlib.util, "find_spec", lambda name: None if name in hidden else find(name))
    return tmp_path / "bin"


def script(path, body):
    """Write a program: `source` and `path` are what it is given, `good` is a file of Gwyddion's."""
    head = f"#!{sys.executable} -IS\nimport os, sys, time\nsource, path = sys.argv[-2:]\ngood = {GOOD!r}\n"
    path.write_text(head + body, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def program(alone, tmp_path, monkeypatch, places):
    """Make a program the only one that can read files, with small limits."""

    def make(body, *, seconds=20.0, memory=2**30, output=2**22):
        monkeypatch.setenv(_converters.VARIABLE, str(script(tmp_path / "fake", body)))
        monkeypatch.setattr(_foreign, "limits", lambda size: _limited.Limits(seconds, memory, output))

    return make


WRITE = "open(path, 'wb').write(good)\n"


def test_what_a_program_makes_is_read(program, source):
    program(WRITE + 'print(\'{"module": "ezdfile"}\')')
    image = read_image(source, "Z backward")
    np.testing.assert_array_equal(image.data, np.arange(24.0).reshape(4, 6) + 1)
    assert (image.size, image.unit_xy, image.unit_z, image.title) == ((2e-6, 3e-6), "m", "V", "Z backward")
    channels = list_channels(source)
    assert [channel.reader for channel in channels] == ["gwyconvert (ezdfile)"] * 3
    assert [channel.direction for channel in channels] == ["forward", "backward", "unknown"]
    assert len(read_images(source)) == 3
    np.testing.assert_array_equal(read_directions(source, 0)[1].data, image.data)


def test_units_have_no_prefix(program, source):
    unit = {name: part(name, "o", obj("GwySIUnit", part("unitstr", "s", text("nm")))) for name in ("si_unit_xy", "si_unit_z")}
    program(f"open(path, 'wb').write({container(part('/0/data', 'o', field(**unit)))!r})")
    image = read_image(source)
    assert (image.unit_xy, image.unit_z) == ("m", "m")
    np.testing.assert_allclose(image.data, np.arange(24.0).reshape(4, 6) * 1e-9, rtol=1e-15)
    np.testing.assert_allclose(image.size, (2e-15, 3e-15), rtol=1e-15)


def test_a_program_is_given_a_folder_and_no_window(program, source, tmp_path, monkeypatch):
    """It gets the path of the file itself, because some formats are several files, and has its home in a folder of its own."""
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.chdir(source.parent)
    told = tmp_path / "told"
    facts = "[os.getcwd(), os.environ['HOME'], os.environ['TMPDIR'], os.path.dirname(path), source, str('DISPLAY' in os.environ)]"
    program(WRITE + f"open({str(told)!r}, 'w').write('\\n'.join({facts}))")
    read_image(source.name, 0)
    cwd, home, temporary, folder, given, display = told.read_text().splitlines()
    assert cwd == home == temporary == folder
    assert folder != str(tmp_path)
    assert (given, display) == (str(source), "False")


@pytest.mark.parametrize(
    ("body", "limits", "problem"),
    [
        ("import signal; os.kill(os.getpid(), signal.SIGSEGV)", {}, "gwyconvert crashed (SIGSEGV)"),
        (WRITE + "os.abort()", {}, "gwyconvert crashed (SIGABRT)"),
        ("sys.exit(3)", {}, "gwyconvert failed with the code 3"),
        (WRITE + "sys.exit('gwyconvert: cannot load it:\\nFile is truncated.')", {}, "says: cannot load it:; File is truncated"),
        ("print('(x:1): Module-WARNING **: 16:26:49.685: Gr0', file=sys.stderr); sys.exit(1)", {}, "gwyconvert says: Gr0."),
        (WRITE + "time.sleep(600)", {"seconds": 0.5}, "did not end within 0.5 s"),
        ("while True: pass", {"seconds": 0.5}, "did not end within 0.5 s"),
        ("f = open(path, 'wb')\nwhile True: f.write(bytes(2**20))", {}, "wrote more than 4 MiB"),
        ("for n in range(10**6): open(str(n), 'wb').write(bytes(2**20)); time.sleep(0.01)", {}, "wrote more than 4 MiB"),
        ("while True: print('x' * 10**6)", {}, "wrote more than 4 MiB"),
        ("held = [bytearray(2**24) for _ in range(1000)]", {"memory": 2**28}, "needs more than 256 MiB of memory"),
        ("", {}, "has made nothing of it"),
        ("os.mkdir(path)", {}, "has made nothing of it"),
        ("os.symlink('/dev/zero', path)", {}, "has made nothing of it"),
        ("open(path, 'wb').write(os.urandom(5000))", {}, "has made a file of it that is not a Gwyddion file"),
        ("open(path, 'wb')", {}, "has made a file of it that is empty"),
        ("open(path, 'wb').write(good[:-50])", {}, "has made a file of it that is truncated or damaged"),
        (f"open(path, 'wb').write({container()!r})", {}, "has found no image in it"),
    ],
)
def test_whatever_a_program_does_is_one_clear_error(program, source, body, limits, problem):
    program(body, **limits)
    begun = time.monotonic()
    message = refused(read_image, source, "cannot be read: gwyconvert ")
    assert problem in message
    assert time.monotonic() - begun < 15
    refused(list_channels, source, problem)


def test_what_a_program_prints_does_no_harm(program, source):
    program(WRITE + "sys.stdout.buffer.write(os.urandom(10**6)); sys.stderr.buffer.write(os.urandom(10**6))")
    assert list_channels(source)[0].reader == "gwyconvert"
    program(WRITE + 'print(\'{"module": "x\\\\n; rm -rf"}\')')
    assert list_channels(source)[0].reader == "gwyconvert"


def test_two_thousand_million_pixels_are_refused(program, source):
    sizes = {name: part(name, "i", struct.pack("<i", n)) for name, n in (("xres", 65536), ("yres", 32767))}
    program(f"open(path, 'wb').write({container(part('/0/data', 'o', field(**sizes)))!r})")
    refused(read_image, source, "whose heights are not the 32767 x 65536 numbers it announces")
    assert "32767 x 65536" in list_channels(source)[0].problem


def test_numbers_that_are_none_are_missing_pixels(program, source):
    heights = np.full(24, np.nan, "<f8")
    program(f"open(path, 'wb').write({container(part('/0/data', 'o', field(heights=heights)))!r})")
    assert np.isnan(read_image(source).data).all()


@pytest.mark.parametrize("end", ["time.sleep(600)", WRITE])
def test_what_a_program_has_started_ends_with_it(program, source, tmp_path, end):
    """Also where the program itself ended as it should, and where its child does not listen."""
    number = tmp_path / "number"
    child = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    body = f"child = os.fork()\nif child == 0:\n    {child}\nopen({str(number)!r}, 'w').write(str(child))\n"
    program(body + end, seconds=1.0)
    try:
        read_image(source, 0)
    except afmnn.FormatError as error:
        assert "did not end" in str(error)  # noqa: PT017 - one of the two does
    child = int(number.read_text())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_running(child):
        time.sleep(0.02)
    assert not is_running(child)


def is_running(number):
    try:
        with open(f"/proc/{number}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_interrupting_ends_the_program(program, source, tmp_path):
    number = tmp_path / "number"
    program(f"open({str(number)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    code = f"import afmnn; afmnn.read_image({str(source)!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    deadline = time.monotonic() + 60
    while not (number.exists() and number.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(2)
    assert "KeyboardInterrupt" in process.communicate(timeout=30)[1]
    assert not is_running(int(number.read_text()))
    assert not [name for name in os.listdir(tmp_path) if name.startswith("afmnn-")]


def test_the_next_program_is_tried(program, alone, source):
    program("os.abort()")
    script(alone / "gwyddion", f"path = sys.argv[1].partition('=')[2]\n{WRITE}")
    assert list_channels(source)[0].reader == "Gwyddion"


def test_gwyddion_is_asked_for_its_version(alone, source, places):
    version = "if '--version' in sys.argv: print('Gwyddion 2.99 (2030-01-01)'); sys.exit()\n"
    script(alone / "gwyddion", version + f"path = sys.argv[1].removeprefix('--convert-to-gwy=')\n{WRITE}")
    _converters._gwyddion_version.cache_clear()
    assert list_channels(source)[0].reader == "Gwyddion 2.99"
    _converters._gwyddion_version.cache_clear()


def test_what_all_programs_say_is_in_the_message(program, alone, source):
    program("os.abort()")
    script(alone / "gwyddion", "sys.exit(sys.argv[2] + ': No module can load this file type.')")
    message = refused(read_image, source, "gwyconvert crashed (SIGABRT); gwyddion says: it: No module can load this file type.")
    assert 'pip install ".[nhf]"' in message


def test_without_any_program_the_ways_are_named(alone, source, tmp_path, monkeypatch, places):
    monkeypatch.setattr(_converters, "_has_wheels", lambda: True)
    message = refused(read_image, source, "not .nid; to read files of instruments: ")
    for way in ('pip install ".[nhf]"', 'pip install ".[io]"', "install Gwyddion"):
        assert way in message
    monkeypatch.setattr(_converters, "_has_wheels", lambda: False)
    assert '".[io]"' not in refused(read_image, source)
    path = tmp_path / "scan.nhf"
    path.write_bytes(b"x")
    assert 'pip install ".[nhf]"' in refused(read_image, path)
    path = tmp_path / "scan.spm"
    path.write_bytes(b"x")
    message = refused(list_channels, path)
    assert "nhf" not in message
    assert "install Gwyddion" in message


def test_a_variable_that_names_no_program_is_told(alone, source, monkeypatch):
    monkeypatch.setenv(_converters.VARIABLE, "/nowhere/gwyconvert")
    refused(read_image, source, "GWYDDIONPY_CONVERT must be the path of gwyconvert, got '/nowhere/gwyconvert'")


def test_a_program_that_cannot_be_started(program, tmp_path, source):
    program("")
    (tmp_path / "fake").chmod(0o644)
    refused(read_image, source, "says: cannot be started: Permission denied")


@pytest.mark.parametrize("name", ["notes.txt", "table.CSV", "page.html", "paper.pdf"])
def test_no_program_is_started_for_what_is_no_image(program, tmp_path, name):
    program(f"open({str(tmp_path / 'started')!r}, 'w')")
    path = tmp_path / name
    path.write_bytes(b"text")
    assert refused(read_image, path).endswith(f"or those of instruments, not {os.path.splitext(name)[1].lower()}")
    assert not (tmp_path / "started").exists()


def test_empty_files_folders_and_pipes(program, tmp_path):
    program(WRITE)
    (tmp_path / "a.nid").write_bytes(b"")
    refused(read_image, tmp_path / "a.nid", "is empty")
    (tmp_path / "b.nid").mkdir()
    with pytest.raises(IsADirectoryError):
        read_image(tmp_path / "b.nid")
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "c.nid")
    os.mkfifo(tmp_path / "d.nid")
    refused(read_image, tmp_path / "d.nid", "is not a regular file")


def test_a_full_disk_is_told(program, source, monkeypatch):
    """What stands in for it: the temporary folder cannot be made."""
    program(WRITE)

    def full(*_, **__):
        raise OSError(28, "No space left on device", "/tmp")

    monkeypatch.setattr(_foreign.tempfile, "TemporaryDirectory", full)
    with pytest.raises(OSError, match="No space left"):
        read_image(source)


def test_names_that_are_odd(program, tmp_path):
    """A name is never taken for an option or a command."""
    program(WRITE)
    for name in ("-o.spm", "$(touch x);.spm", "a b\nc.spm", os.fsdecode(b"\xff\xfe.spm")):
        path = tmp_path / name
        path.write_bytes(b"x" * 100)
        assert len(list_channels(path)) == 3
    assert not (tmp_path / "x").exists()


def test_several_threads_at_once(program, source):
    from concurrent.futures import ThreadPoolExecutor

    program(WRITE)
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(lambda n: read_image(source, n % 3), range(12)))
    for number, image in enumerate(images):
        assert image.data[0, 0] == number % 3


def test_limits_grow_with_the_file():
    small, large = _foreign.limits(1000), _foreign.limits(10**9)
    assert small.seconds >= 60
    assert small.memory >= 2**30
    assert all(a < b for a, b in zip(small, large, strict=True))
    assert large.output > 8 * 10**9


def test_conditions_of_the_extra_are_those_of_the_message():
    """The wheels of gwyconvert are those for Linux on x86-64, macOS, and Windows on x86-64."""
    requirements = [r for r in importlib.metadata.requires("afmnn") if r.startswith("gwyddionpy")]
    assert requirements
    for requirement in requirements:
        assert re.search(r"<0\.2,>=0\.1|>=0\.1,<0\.2", requirement)
        markers = pytest.importorskip("packaging.markers")
        marker = markers.Marker(requirement.split(";")[1])
        for platform, machine, there in (
            ("linux", "x86_64", True), ("linux", "aarch64", False), ("darwin", "arm64", True), ("win32", "AMD64", True),
            ("win32", "ARM64", False),
        ):  # fmt: skip
            extras = {"sys_platform": platform, "platform_machine": machine}
            assert any(marker.evaluate({**extras, "extra": extra}) for extra in ("io", "all", "test")) == there
