"""Arrays of zarr and HDF5 on the command line: what the array in memory gives, bit for bit, also after a run that was killed."""

import contextlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import afmnn
from networks import COMPRESSING, fovea_network, rough_scan, some_network, staged_network

zarr = pytest.importorskip("zarr")
h5py = pytest.importorskip("h5py")

pytestmark = [
    pytest.mark.filterwarnings("ignore::afmnn.errors.UnfamiliarImageWarning"),
    pytest.mark.skipif(not hasattr(zarr, "create_array"), reason="needs zarr 3"),
]


def scan(shape=(300, 260), seed=0, dtype=np.float32):
    """Whole picometres where the type has whole numbers alone."""
    if np.dtype(dtype).kind == "i":
        return np.round(1e12 * rough_scan(shape, seed, np.float64)).astype(dtype)
    return rough_scan(shape, seed, dtype)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Files of small networks that nobody trained."""
    made = tmp_path_factory.mktemp("small")
    rng = np.random.default_rng(5)
    some_network((5, 5), (3,), rng, method="gwyddion").save(made / "min-max.npz")
    some_network((7, 5), (4,), rng).save(made / "robust.npz")
    fovea_network(rng).save(made / "levelled.npz")
    fovea_network(rng, fovea=COMPRESSING).save(made / "row-noise.npz")
    staged_network(rng).save(made / "stages.npz")
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch, networks):
    monkeypatch.chdir(tmp_path)
    for path in networks.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


def write(name, heights, chunks=None, **options):
    """Write an array to a file of either kind."""
    path, _, inside = name.partition("::")
    attributes = options.pop("attributes", {"units": "m", "tip": "worn"})
    if path.endswith(".zarr"):
        array = zarr.create_array(
            path, name=inside or None, shape=heights.shape, dtype=heights.dtype, chunks=chunks or heights.shape,
            attributes=attributes, config={"write_empty_chunks": True}, **options,
        )  # fmt: skip
        array[...] = heights
        return
    with h5py.File(path, "a") as file:
        dataset = file.create_dataset(inside or "heights", data=heights, chunks=chunks, **options)
        dataset.attrs.update(attributes)


def read(name):
    """Read an array and its attributes."""
    path, _, inside = name.partition("::")
    if path.endswith(".zarr"):
        array = zarr.open_array(path, path=inside or None, mode="r")
        return array[...], dict(array.attrs)
    with h5py.File(path, "r") as file:
        (only,) = file if not inside else [inside]
        return file[only][...], dict(file[only].attrs)


def ran(run, line, pieces=None):
    """Run a command that must do its work, in one process."""
    code, out, err = run(f"apply {line} --processes 1 --json")
    assert (code, err) == (0, "")
    (result,) = json.loads(out)["results"]
    if pieces is not None:
        assert result["pieces"] == pieces
    return result


# --- results


@pytest.mark.arithmetic
@pytest.mark.parametrize("network", ["min-max", "robust", "levelled", "row-noise", "stages"])
def test_results_are_those_of_the_array_in_memory(folder, run, network):
    image = scan()
    write("big.zarr", image, (64, 100))
    result = ran(run, f"{network}.npz big.zarr -o clean.zarr --chunk 64x100", pieces=15)
    expected = afmnn.apply(f"{network}.npz", image)
    found, attributes = read("clean.zarr")
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype
    assert not np.array_equal(expected, image)
    assert (attributes["units"], attributes["tip"]) == ("m", "worn")
    assert result["rms_removed"] == pytest.approx(np.sqrt(np.mean((expected.astype(float) - image) ** 2)), rel=1e-6)
    assert sorted(os.listdir()) == ["big.zarr", "clean.zarr", *sorted(os.path.basename(p) for p in folder.glob("*.npz"))]


@pytest.mark.parametrize("dtype", ["<f4", "<f8", ">f4", "<i2", "<u4", "<f2"])
@pytest.mark.parametrize(("source", "output"), [("a.zarr", "b.zarr"), ("a.h5", "b.h5"), ("a.zarr", "b.hdf5"), ("a.h5", "b.zarr")])
def test_numbers_of_all_kinds_in_both_kinds_of_files(folder, run, source, output, dtype):
    image = (1e9 * scan((150, 130), dtype=np.float64)).astype(dtype) if dtype != "<i2" else scan((150, 130), dtype=np.int16)
    write(source, image, (40, 130))
    ran(run, f"row-noise.npz {source} -o {output} --chunk 50", pieces=2)
    expected = afmnn.apply("row-noise.npz", image)
    found, _ = read(output)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


@pytest.mark.parametrize(
    ("shape", "chunks", "asked", "pieces"),
    [
        ((300, 260), (300, 260), "10", 1),  # one chunk
        ((300, 260), (23, 31), "100x60", 15),
        ((300, 260), (299, 259), "1", 2),
        ((50, 900), (50, 64), "50x200", 4),
        ((900, 20), (100, 7), "1", 9),
        ((40, 40), (8, 8), "8x8", 25),  # a small image, measured in whole
    ],
)
def test_any_shape_and_any_chunks(folder, run, shape, chunks, asked, pieces):
    image = scan(shape)
    write("a.zarr", image, chunks)
    ran(run, f"levelled.npz a.zarr -o b.zarr --chunk {asked}", pieces=pieces)
    np.testing.assert_array_equal(read("b.zarr")[0], afmnn.apply("levelled.npz", image))
    assert zarr.open_array("b.zarr").chunks == chunks


@pytest.mark.parametrize("options", ["--border nearest", "--border constant --cval 2e-9", "--strength 0.5"])
def test_options_mean_what_they_mean_in_memory(folder, run, options):
    image = scan()
    write("a.zarr", image, (64, 260))
    ran(run, f"row-noise.npz a.zarr -o b.zarr --chunk 64 {options}", pieces=5)
    words = iter(options.replace("--", "").split())
    values = {name: value if name == "border" else float(value) for name, value in zip(words, words, strict=True)}
    np.testing.assert_array_equal(read("b.zarr")[0], afmnn.apply("row-noise.npz", image, **values))


@pytest.mark.parametrize("chunks", [(2, 100, 90), (1, 50, 90), (5, 100, 90)])
@pytest.mark.parametrize("asked", ["", "--chunk 50"])
@pytest.mark.parametrize("suffix", [".zarr", ".h5"])
def test_images_of_a_stack_are_done_one_by_one(folder, run, chunks, asked, suffix):
    stack = np.stack([scan((100, 90), seed) * (seed + 1) for seed in range(5)])
    write(f"a{suffix}", stack, chunks)
    ran(run, f"row-noise.npz a{suffix} -o b{suffix} {asked}")
    np.testing.assert_array_equal(read(f"b{suffix}")[0], np.stack([afmnn.apply("row-noise.npz", image) for image in stack]))


def test_zarr_keeps_format_chunks_and_compression(folder, run):
    from zarr.codecs import BloscCodec

    image = scan()
    write("a.zarr", image, (32, 65), shards=(64, 260), compressors=BloscCodec(cname="lz4", clevel=3), dimension_names=("y", "x"))
    write("old.zarr", image, (32, 65), zarr_format=2, chunk_key_encoding={"name": "v2", "separator": "/"})
    for name in ("a.zarr", "old.zarr"):
        ran(run, f"robust.npz {name} -o clean-{name}")
        before, after = zarr.open_array(name), zarr.open_array(f"clean-{name}")
        for what in ("chunks", "shards", "compressors", "dtype", "shape"):
            assert getattr(after, what) == getattr(before, what)
        for what in ("zarr_format", "dimension_names", "dimension_separator"):
            assert getattr(after.metadata, what, None) == getattr(before.metadata, what, None)
        assert after.metadata.encode_chunk_key((1, 2)) == before.metadata.encode_chunk_key((1, 2))
        assert np.isnan(after.fill_value)
        np.testing.assert_array_equal(after[...], afmnn.apply("robust.npz", image))


def test_hdf5_keeps_chunks_and_compression_but_nothing_that_rounds(folder, run):
    image = scan()
    write("a.h5", image, (100, 65), compression="gzip", compression_opts=7, shuffle=True)
    write("flat.h5::flat", image)
    with h5py.File("a.h5", "a") as file:
        file["heights"].dims[1].label = "x"
    ran(run, "robust.npz a.h5 -o b.h5")
    with h5py.File("b.h5") as file:
        found = file["heights"]
        assert (found.chunks, found.compression, found.compression_opts, found.shuffle) == ((100, 65), "gzip", 7, True)
        assert found.dims[1].label == "x"
    ran(run, "robust.npz flat.h5 -o c.h5::deep/inside --chunk 70", pieces=5)
    assert h5py.File("c.h5")["deep/inside"].chunks is None
    np.testing.assert_array_equal(read("c.h5::deep/inside")[0], afmnn.apply("robust.npz", image))


def test_attributes_that_the_other_kind_of_file_has_no_type_for_are_texts(folder, run):
    write(
        "a.h5",
        scan((20, 20)),
        attributes={"units": b"nm", "size": [1.5, 2.5], "when": "today", "odd": 1 + 2j, "count": np.int32(3)},
    )
    with h5py.File("a.h5", "a") as file:
        file["heights"].attrs["other"] = file["heights"].ref
    ran(run, "robust.npz a.h5 -o b.zarr")
    attributes = read("b.zarr")[1]
    assert {name: attributes[name] for name in ("units", "size", "when", "odd", "count")} == {
        "units": "nm", "size": [1.5, 2.5], "when": "today", "odd": "(1+2j)", "count": 3,
    }  # fmt: skip
    write("c.zarr", scan((20, 20)), attributes={"nested": {"a": [1, {"b": None}]}, "units": "nm"})
    ran(run, "robust.npz c.zarr -o d.h5")
    assert read("d.h5")[1]["nested"] == "{'a': [1, {'b': None}]}"


def test_units_are_read_and_written(folder, run):
    heights = 1e9 * scan(dtype=np.float64)
    network = afmnn.load("min-max.npz")
    of_metres = afmnn.Network(
        network.window, network.layers, network.scaling, network.method, network.linear, units={"unit_xy": "m", "unit_z": "m"}
    )
    of_metres.save("metres.npz")
    write("a.zarr", heights, (100, 260), attributes={"units": "nm"})
    expected = afmnn.apply("metres.npz", afmnn.Image(heights, unit_z="nm"))
    ran(run, "metres.npz a.zarr -o b.zarr")
    found, attributes = read("b.zarr")
    np.testing.assert_array_equal(found, expected.data)
    assert attributes["units"] == expected.unit_z
    write("volts.zarr", heights, attributes={"units": "V"})
    code, _, err = run("apply metres.npz volts.zarr -o c.zarr")
    assert code == 1
    assert "V" in err
    write("two.zarr", heights, attributes={"units": "V", "unit": "m"})
    assert run("apply robust.npz two.zarr -o c.zarr")[2].startswith("afmnn: error: two.zarr must have one unit")


# --- which array is meant


def test_arrays_in_groups_are_named(folder, run):
    image = scan((60, 50))
    zarr.open_group("g.zarr", mode="w")
    write("g.zarr::x", np.arange(50.0))
    write("g.zarr::deep/heights", image, (30, 50))
    for line in ("g.zarr -o b.zarr", "g.zarr::deep/heights -o c.zarr", "g.zarr/deep/heights -o d.zarr", "g.zarr -o e.zarr::in/e"):
        ran(run, f"robust.npz {line}")
        np.testing.assert_array_equal(read(line.split()[-1])[0], afmnn.apply("robust.npz", image))
    write("g.zarr::more", image)
    listed = "g.zarr::deep/heights, g.zarr::more"
    assert run("apply robust.npz g.zarr -o f.zarr") == (1, "", f"afmnn: error: g.zarr: has 2 arrays; name one of {listed}\n")
    assert run("apply robust.npz g.zarr::no -o f.zarr") == (1, "", f"afmnn: error: g.zarr: has no array 'no'; it has {listed}\n")
    os.mkdir("out")
    ran(run, "robust.npz g.zarr::more -o out")
    assert zarr.open_array("out/g.zarr").shape == (60, 50)
    assert not os.path.exists("f.zarr")


def test_datasets_are_named(folder, run):
    write("a.h5::x/one", scan((60, 50)))
    write("a.h5::two", scan((60, 50), 1))
    assert run("apply robust.npz a.h5 -o b.h5")[2] == "afmnn: error: a.h5: has 2 arrays; name one of a.h5::two, a.h5::x/one\n"
    ran(run, "robust.npz a.h5::x/one -o b.h5")
    np.testing.assert_array_equal(read("b.h5::one")[0], afmnn.apply("robust.npz", scan((60, 50))))


# --- what is wrong


def bad(name):
    """Make an array with something wrong."""
    image = scan((90, 80))
    if name == "missing.zarr":
        write(name, image, (30, 40))
        os.remove("missing.zarr/c/1/1")
    elif name == "missing.h5":
        with h5py.File(name, "w") as file:
            file.create_dataset("heights", (90, 80), "f4", chunks=(30, 40))[:30] = 1.0
    elif name == "empty.h5":
        with h5py.File(name, "w") as file:
            file.create_dataset("heights", (90, 80), "f4")
    elif name == "nan.zarr":
        big = scan((300, 260))
        big[150:200, 100:150] = np.nan
        write(name, big, (50, 50))
    elif name == "nan-stack.zarr":
        write(name, np.stack([image, np.where(np.indices(image.shape)[0] == 5, np.nan, image)]))
    elif name == "damaged.zarr":
        write(name, image, (30, 40))
        Path("damaged.zarr/c/1/1").write_bytes(b"nonsense")
    elif name == "damaged.h5":
        Path(name).write_bytes(b"nonsense")
    elif name == "nonsense.zarr":
        os.mkdir(name)
    elif name == "a.zarr.zip":
        Path(name).write_bytes(b"PK")
    elif name == "file.zarr":
        Path(name).write_bytes(b"")
    elif name != "nothing.zarr":
        arrays = {
            "line.zarr": np.ones(9),
            "complex.zarr": np.ones((9, 9), complex),
            "none.zarr": np.ones((0, 9)),
            "constant.zarr": np.full((300, 260), np.inf),
        }
        write(name, arrays[name], (30, 260) if name == "constant.zarr" else (3,) * arrays[name].ndim)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "missing.zarr",
            "missing.zarr: the chunk (1, 1) (rows 30 to 59, columns 40 to 79) is missing: it was lost, or never written",
        ),
        (
            "missing.h5",
            "missing.h5::heights: the chunk (1, 0) (rows 30 to 59, columns 0 to 39) is missing: it was lost, or never",
        ),
        ("empty.h5", "empty.h5::heights: was never written"),
        ("nan.zarr", "nan.zarr: image must be finite, got nan at (row, column) = (150, 100)"),
        ("nan-stack.zarr", "nan-stack.zarr[1]: image must be finite, got nan at (row, column) = (5, 0)"),
        ("damaged.zarr", "damaged.zarr: cannot be read at rows 0 to 89, columns 0 to 79: "),
        ("damaged.h5", "damaged.h5: is no HDF5 file, or damaged: "),
        ("nonsense.zarr", "nonsense.zarr: is no array of zarr: "),
        ("a.zarr.zip", "a.zarr.zip: is a zip file; arrays of zarr are read from folders: unpack it"),
        ("file.zarr", "file.zarr: is a file, and arrays of zarr are folders"),
        ("nothing.zarr", "nothing.zarr: No such file or directory"),
        ("line.zarr", "line.zarr: must be two-dimensional (rows, columns), or a stack of such, got shape (9,)"),
        ("complex.zarr", "complex.zarr: must be an array of real numbers, got dtype complex128"),
        ("none.zarr", "none.zarr: must not be empty, got shape (0, 9)"),
        ("constant.zarr", "constant.zarr: image must be finite, got inf at (row, column) = (0, 0)"),
    ],
)
def test_what_is_wrong_is_one_clear_error_and_leaves_nothing(folder, run, name, text):
    bad(name)
    before = sorted(os.listdir())
    output = "clean.h5" if name.endswith("h5") else "clean.zarr"
    code, out, err = run(f"apply row-noise.npz {name} -o {output} --processes 1")
    assert (code, out) == (1, "")
    assert err.startswith(f"afmnn: error: {text}")
    assert err.count("\n") == 1
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("a.zarr -o a.zarr", 1, "a.zarr: is the input or a part of it, and would be overwritten"),
        ("a.zarr -o a.zarr::more --force", 1, "a.zarr: is the input or a part of it, and would be overwritten"),
        ("a.zarr -o ./a.zarr/c.zarr", 1, "./a.zarr/c.zarr: is the input or a part of it, and would be overwritten"),
        ("a.h5 -o a.h5::more", 1, "a.h5: is the input or a part of it, and would be overwritten"),
        ("a.zarr -o b.gwy", 1, "b.gwy: the name of the result of such an array ends in .zarr, .h5, .hdf5"),
        ("scan.npy -o b.zarr", 1, "scan.npy: is no array of zarr and no HDF5 file, whose names end in .zarr, .h5, .hdf5"),
        ("a.zarr a.h5 -o out/", 1, "a.h5: one array of zarr or HDF5 is cleaned at a time"),
        ("a.zarr -o nowhere/b.zarr", 1, "nowhere/b.zarr: there is no folder nowhere"),
        ("a.zarr -o taken.zarr", 1, "taken.zarr: exists, and was made by something else; --force replaces it"),
        ("a.zarr -o full.zarr --force", 1, "full.zarr: is a folder, and no array of zarr; it is not replaced"),
        ("a.zarr -o b.zarr --level plane", 2, "argument --level: not allowed for arrays of zarr and HDF5, which are not read in"),
        ("a.zarr -o b.zarr --nan keep", 2, "argument --nan: not allowed for arrays of zarr and HDF5"),
        ("a.zarr -o b.zarr --border average", 2, "argument --border: 'average' is not allowed for arrays of zarr and HDF5"),
        ("a.zarr -o b.zarr --chunk 0", 2, "argument --chunk: '0' is not a size like 1024 or 1024x4096"),
        ("a.zarr -o b.zarr --processes 0", 2, "argument --processes: '0' is not a number of processes like 2"),
        ("a.zarr -o b.zarr --memory 100MB", 1, "--memory must be more, or --processes fewer: parts of "),
        ("scan.npy -o b.npy --chunk 7", 2, "argument --chunk: only for arrays of zarr and HDF5"),
        ("turned.zarr -o b.zarr", 1, "turned.zarr: must have scan lines along its last dimension, got dimensions ('x', 'y')"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(folder, run, line, code, text):
    write("a.zarr", scan((90, 80)), (30, 40))
    write("a.h5", scan((90, 80)))
    write("taken.zarr", scan((90, 80)))
    write("turned.zarr", scan((90, 80)), dimension_names=("x", "y"))
    os.mkdir("full.zarr")
    Path("full.zarr/valuable").write_text("thesis")
    np.save("scan.npy", scan((90, 80)))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    found, out, err = run(f"apply robust.npz {line}")
    assert (found, out) == (code, "")
    assert err.startswith(f"afmnn: error: {text}")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize(("package", "name", "extra"), [("zarr", "a.zarr", "zarr"), ("h5py", "a.h5", "hdf5")])
def test_packages_that_are_missing_are_named(folder, package, name, extra):
    write(name, scan((20, 20)))
    code = f"import sys; sys.modules['{package}'] = None; from afmnn.cli import main; sys.exit(main(sys.argv[1:]))"
    line = ["apply", "robust.npz", name, "-o", f"b{Path(name).suffix}"]
    done = subprocess.run([sys.executable, "-c", code, *line], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f'pip install ".[{extra}]"' in done.stderr


# --- going on


STARTED = []


@pytest.fixture(autouse=True)
def _nothing_goes_on():
    """End what a test that failed has started."""
    yield
    while STARTED:
        with STARTED.pop() as process:
            process.kill()


def begun(line, done, **options):
    """Start a command, and wait until so many parts are done."""
    process = subprocess.Popen(
        [sys.executable, "-m", "afmnn", "apply", *line.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    STARTED.append(process)
    marks = Path(line.split()[line.split().index("-o") + 1] + ".unfinished") / "done"
    limit = time.monotonic() + 120
    while len(finished(marks)) < done:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.01)
    return process, marks


def finished(marks):
    """Return the numbers of parts that are done."""
    return {int(path.name): path.stat().st_mtime_ns for path in marks.glob("[0-9]*")} if marks.is_dir() else {}


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def gone(pid):
    """Whether a process has ended; one whose end nobody has asked for is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
LARGE = (1200, 700)  # some seconds of work, so that it is not done before it can be killed
COUNT = 75  # parts of 16 rows


@needs_proc
@pytest.mark.parametrize("suffix", [".zarr", ".h5"])
def test_a_run_that_is_killed_goes_on_where_it_was(folder, run, suffix):
    image = scan(LARGE)
    write(f"big{suffix}", image, (16, 700))
    line = f"universal big{suffix} -o clean{suffix} --chunk 16"
    process, marks = begun(f"{line} --processes 2", 3)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()
    process.communicate()
    limit = time.monotonic() + 20
    while not all(map(gone, workers)):  # nobody else ends them
        assert time.monotonic() < limit
        time.sleep(0.02)
    done = finished(marks)
    assert 3 <= len(done) < COUNT
    assert not os.path.exists(f"clean{suffix}")
    if suffix == ".zarr":  # what a killed process has half written
        half = max(set(range(COUNT)) - set(done))
        Path(f"clean.zarr.unfinished/result.zarr/c/{half}").mkdir(parents=True, exist_ok=True)
        Path(f"clean.zarr.unfinished/result.zarr/c/{half}/0").write_bytes(b"half")
    else:
        Path("clean.h5.unfinished/pieces/.afmnn-0123456789abcdef.tmp").write_bytes(b"half")
    again, marks = begun(f"{line} --processes 2", len(done) + 2, start_new_session=True)
    assert done.items() <= finished(marks).items()
    os.killpg(again.pid, signal.SIGINT)  # Ctrl-C is heard by all processes of a terminal
    out, err = again.communicate(timeout=60)
    more = finished(marks)
    assert (again.returncode, out) == (130, "")
    # Python itself may say before that an interrupt came where it could not be passed on.
    assert (
        err.splitlines()[-1]
        == f"afmnn: error: interrupted after {len(more)} of {COUNT} parts; the same command goes on from there"
    )
    result = ran(run, line)
    assert (result["pieces"], result["before"]) == (COUNT, len(more))
    expected = afmnn.apply("universal", image)
    np.testing.assert_array_equal(read(f"clean{suffix}")[0], expected)
    assert result["rms_removed"] == pytest.approx(np.sqrt(np.mean((expected.astype(float) - image) ** 2)), rel=1e-6)
    assert not os.path.exists(f"clean{suffix}.unfinished")
    assert ran(run, line)["before"] == COUNT  # nothing is done


@needs_proc
def test_a_worker_that_is_killed_costs_no_more_than_time(folder):
    image = scan(LARGE)
    write("big.zarr", image, (16, 700))
    process, _ = begun("universal big.zarr -o clean.zarr --chunk 16 --processes 2", 2)
    worker = next(pid for pid in children(process.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    assert out.startswith(f"clean.zarr: {COUNT} parts, ")
    np.testing.assert_array_equal(read("clean.zarr")[0], afmnn.apply("universal", image))


def test_progress_counts_parts_of_both_passes(folder):
    pytest.importorskip("tqdm")
    pty, fcntl, termios = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios"))
    write("big.zarr", scan(), (60, 260))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 100, 0, 0))
    line = "apply row-noise.npz big.zarr -o clean.h5 --chunk 60 --processes 1"
    subprocess.run([sys.executable, "-m", "afmnn", *line.split()], stdout=subprocess.DEVNULL, stderr=theirs, check=True)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so when the other side is closed
        while piece := os.read(ours, 4096):
            shown += piece
    os.close(ours)
    assert re.search(r"big.zarr: measure: +\d+%\|.*\| \d+/10 parts \[", shown.decode())
    assert re.search(r"big.zarr: apply: +0%\|.*\| 0/5 parts \[", shown.decode())
    assert re.search(r"big.zarr: write: .*/5 parts \[", shown.decode())


@pytest.fixture
def unfinished(folder, monkeypatch):
    """A result that was begun: two of four parts of an image that is measured."""
    from afmnn.neighbours import stored

    write("a.zarr", scan((240, 200)), (60, 100))

    class Killed(BaseException):
        pass

    real = stored.clean_piece

    def killed(work, piece, known):
        if piece.number == 2:
            raise Killed
        real(work, piece, known)

    with monkeypatch.context() as patch:
        patch.setattr(stored, "clean_piece", killed)
        with pytest.raises(Killed):
            afmnn.cli.main(["apply", "row-noise.npz", "a.zarr", "-o", "b.zarr", "--chunk", "60", "--processes", "1"])
    assert sorted(os.listdir("b.zarr.unfinished/done")) == ["0", "1"]
    return folder


def test_what_is_left_is_measured_and_done_once(unfinished, run, monkeypatch):
    from afmnn.neighbours import stored

    def fail(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr(stored, "first_look", fail)
    result = ran(run, "row-noise.npz a.zarr -o b.zarr")  # in the parts of before
    assert (result["pieces"], result["before"]) == (4, 2)
    np.testing.assert_array_equal(read("b.zarr")[0], afmnn.apply("row-noise.npz", scan((240, 200))))


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (None, "robust.npz a.zarr -o b.zarr", "by another network"),
        (None, "row-noise.npz a.zarr -o b.zarr --strength 0.5", "with other options"),
        (None, "row-noise.npz a.zarr -o b.zarr --chunk 120", "in parts of 60 x 200"),
        ("touch", "row-noise.npz a.zarr -o b.zarr", "of another image, or of the image before it was changed"),
    ],
)
def test_what_was_begun_otherwise_is_not_touched_unless_that_is_asked_for(unfinished, run, change, line, words):
    if change:
        write("a.zarr", scan((240, 200), 7), (60, 100), overwrite=True)
    folder = "b.zarr.unfinished"
    text = f"afmnn: error: {folder}: is a result that was begun {words}; --force begins anew\n"
    before = {path: path.stat().st_mtime_ns for path in Path(folder).rglob("*") if path.name != "lock"}
    assert run(f"apply {line}") == (1, "", text)
    assert {path: path.stat().st_mtime_ns for path in Path(folder).rglob("*") if path.name != "lock"} == before
    assert ran(run, f"{line} --force")["before"] == 0
    words = line.split()
    options = {"strength": 0.5} if "--strength" in words else {}
    np.testing.assert_array_equal(read("b.zarr")[0], afmnn.apply(words[0], read("a.zarr")[0], **options))


def test_force_goes_on_with_what_it_has_begun(unfinished, run):
    write("b.zarr", scan((20, 20)))  # an earlier result, which is replaced at the end
    assert run("apply row-noise.npz a.zarr -o b.zarr")[0] == 1
    assert ran(run, "row-noise.npz a.zarr -o b.zarr --force")["before"] == 2
    np.testing.assert_array_equal(read("b.zarr")[0], afmnn.apply("row-noise.npz", scan((240, 200))))


def test_two_runs_do_not_write_one_result(unfinished, run):
    fcntl = pytest.importorskip("fcntl")
    with open("b.zarr.unfinished/lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = "afmnn: error: b.zarr.unfinished: is being written by another process\n"
        assert run("apply row-noise.npz a.zarr -o b.zarr") == (1, "", text)


def test_a_result_that_is_there_is_known_again(folder, run):
    write("a.zarr", scan((90, 80)), (30, 40))
    ran(run, "robust.npz a.zarr -o b.zarr")
    shutil.copytree("b.zarr", "b.zarr.unfinished")  # as when it was killed at the very end, without a record
    assert run("apply robust.npz a.zarr -o b.zarr") == (0, "b.zarr: was made before, by this network with these options\n", "")
    text = "afmnn: error: b.zarr: exists, and was made by another network; --force replaces it\n"
    assert run("apply row-noise.npz a.zarr -o b.zarr") == (1, "", text)
    ran(run, "row-noise.npz a.zarr -o b.zarr --force")
    np.testing.assert_array_equal(read("b.zarr")[0], afmnn.apply("row-noise.npz", scan((90, 80))))


# --- how an array is divided


@pytest.mark.parametrize("shape", [(16384, 16384), (3000, 70000), (100_000, 900), (7, 16384, 16384), (331, 257)])
@pytest.mark.parametrize("chunks", [(512, 512), (100, 100), (1, 16384)])
@pytest.mark.parametrize("most", [3e6, 2.5e7, 1e9])
def test_pieces_cover_the_array_in_whole_chunks_and_fit_into_memory(shape, chunks, most):
    from afmnn.neighbours.pieces import planned
    from afmnn.neighbours.places import whole_of

    depth = (53, 161)
    grid = (*(1,) * (len(shape) - 2), *(min(n, size) for n, size in zip(shape[-2:], chunks, strict=True)))
    layout = planned(shape, grid, depth, most=most, processes=2)
    covered = 0
    for piece in layout.pieces():
        key = piece.key()
        covered += np.prod([each.stop - each.start for each in key])
        for each, size, n in zip(key, grid, shape, strict=True):
            assert each.start % size == 0
            assert each.stop % size == 0 or each.stop == n
        wide = piece.part.widened(depth, whole_of(layout.image))
        assert (wide.end_row - wide.row) * (wide.end_col - wide.col) <= most
    assert covered == np.prod(shape)
    if len(shape) == 2 and np.prod(shape) > 4e6:
        turns = -(-len(layout.pieces()) // 2)  # of two processes
        assert 2 * turns <= 1.1 * len(layout.pieces())
