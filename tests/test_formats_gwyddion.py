"""Gwyddion's network files: the reference's own ones come back byte for byte, and nothing else is believed."""

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import afmnn
from afmnn.formats.gwyddion import read_network, write_network
from files import damaged, peak_memory, refused, valid_or_refused
from networks import fovea_network, staged_network

FUZZ = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
FOLDER = Path(__file__).parent / "data"
NAMES = ["train-4x6-h2-even", "train-5x5-h3", "train-7x9-h4-mask"]


def make(window=(2, 3), hidden=(2,), **fields):
    nodes = [window[0] * window[1], *hidden, 1]
    rng = np.random.default_rng(3)
    layers = tuple(rng.normal(size=(nodes[i + 1], nodes[i] + 1)) for i in range(len(nodes) - 1))
    fields = {"method": "gwyddion", "scaling": afmnn.Scaling("min-max", -1e-9, 3e8, 2e-9, 1 / 3)} | fields
    return afmnn.Network(window, layers, **fields)


@pytest.fixture
def text(data):
    return (data / "train-4x6-h2-even.gwynet").read_text()


def edited(path, text, **values):
    """Write the file with some keys changed (None: without them)."""
    for key, value in values.items():
        line = "" if value is None else f"{key} {value}\n"
        text, count = re.subn(rf"^{key} .*\n", lambda _, line=line: line, text, flags=re.M)
        assert count == 1
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_reference_network_is_read_as_the_reference_trained_it(data, name):
    network = read_network(data / f"{name}.gwynet")
    vector = np.load(data / f"{name}.npz")
    assert network.method == "gwyddion"
    assert network.window == tuple(vector["window"])
    np.testing.assert_array_equal(network.layers[0], vector["final_hidden_weights"])
    np.testing.assert_array_equal(network.layers[1], vector["final_output_weights"][None, :])
    assert network.linear is None
    model, signal = vector["model"], vector["signal"]
    assert network.scaling.kind == "min-max"
    assert network.scaling.in_shift == model.min()
    assert network.scaling.out_shift == signal.min()
    np.testing.assert_allclose(network.scaling.in_factor, 1 / np.ptp(model), rtol=1e-15)
    np.testing.assert_allclose(network.scaling.out_factor, 1 / np.ptp(signal), rtol=1e-15)
    assert dict(network.units) == {"xyunitpower": 0, "zunitpower": 1, "outunits": ""}
    assert network.training["name"] == f"{name}.gwynet"


@pytest.mark.parametrize("name", NAMES)
def test_reference_file_written_again_is_the_same(data, tmp_path, name):
    write_network(read_network(data / f"{name}.gwynet"), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (data / f"{name}.gwynet").read_bytes()
    assert os.listdir(tmp_path) == ["again"]


def test_largest_reference_file_written_again_is_the_same(shared, tmp_path):
    path = shared / "reference/gwyddion-2.62/train-27x27-h6.gwynet"
    write_network(read_network(path), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=15, max_size=15),
    st.floats(min_value=5e-324, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
@FUZZ
def test_every_float64_survives(tmp_path, weights, factor, shift):
    layers = (np.reshape(weights[:14], (2, 7)), np.reshape([0.5, -0.0, weights[14]], (1, 3)))
    scaling = afmnn.Scaling("min-max", shift, factor, -shift, factor)
    network = afmnn.Network((2, 3), layers, scaling, "gwyddion")
    write_network(network, tmp_path / "net")
    again = read_network(tmp_path / "net")
    assert again.scaling == scaling
    for one, other in zip(network.layers, again.layers, strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("outunits", ["", "m", "m s^-1", "µm", 'a "quoted" \\ one'])
def test_units_survive(tmp_path, outunits):
    network = make(units={"outunits": outunits, "xyunitpower": -2, "zunitpower": 3, "unit_z": "m"})
    write_network(network, tmp_path / "net")
    units = read_network(tmp_path / "net").units
    assert dict(units) == {"outunits": outunits, "xyunitpower": -2, "zunitpower": 3}


def test_units_with_octal_codes_are_read(tmp_path, text):
    assert read_network(edited(tmp_path / "net", text, outunits=r'"\302\265m"')).units["outunits"] == "µm"


@pytest.mark.parametrize(
    ("units", "error"),
    [
        ({"outunits": "a\nb"}, ValueError),
        ({"outunits": 3}, ValueError),
        ({"zunitpower": 1.5}, TypeError),
        ({"xyunitpower": 1000}, ValueError),
    ],
)
def test_units_that_would_break_the_file_are_refused(tmp_path, units, error):
    with pytest.raises(error, match=r"network\.units"):
        write_network(make(units=units), tmp_path / "net")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (make(method="adam", scaling=afmnn.Scaling("robust", 0.0, 1.0, 0.0, 1.0)), "networks of method 'adam' (tanh nodes"),
        (make(linear=np.ones((2, 3))), "linear path"),
        (make(hidden=(3, 2)), "several hidden layers (2)"),
        (make(hidden=(31,)), "more than 30 hidden nodes (31)"),
        (make(window=(101, 1)), "windows beyond 100 x 100 (101 x 1)"),
        (make(window=(1, 101)), "windows beyond 100 x 100 (1 x 101)"),
        (
            make(scaling=afmnn.Scaling("min-max", 0.0, float("inf"), 0.0, 1.0)),
            "infinite factors, which come from a constant image (inf, 1.0)",
        ),
    ],
)
def test_what_the_format_lacks_is_said(tmp_path, network, words):
    with pytest.raises(ValueError, match=re.escape(f"whose format has no {words}")):
        write_network(network, tmp_path / "net")
    assert not os.listdir(tmp_path)


def test_everything_lacking_is_listed(tmp_path):
    with pytest.raises(ValueError, match=r"linear path; no several hidden layers .*; no more than 30"):
        write_network(make(hidden=(31, 2), linear=np.ones((2, 3))), tmp_path / "net")


def test_foveas_and_stages_are_lacking(tmp_path, rng):
    path = tmp_path / "net"
    with pytest.raises(ValueError, match=r"whose format has no networks of method 'adam' .* levelled scaling\)"):
        write_network(fovea_network(rng), path)
    with pytest.raises(ValueError, match=r"levelled scaling\); no linear path; no several stages \(2\); no several hidden"):
        write_network(staged_network(rng), path)
    assert not os.listdir(tmp_path)


def test_largest_network_of_the_reference_passes(tmp_path):
    network = make(window=(100, 100), hidden=(30,))
    write_network(network, tmp_path / "net")
    np.testing.assert_array_equal(read_network(tmp_path / "net").layers[0], network.layers[0])


@pytest.mark.parametrize("name", ["__untitled__", "a\\b", "", "two\nlines", "\t"])
def test_names_that_the_reference_cannot_have_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="path must end in a name"):
        write_network(make(), f"{tmp_path}/{name}")
    assert not os.listdir(tmp_path)


def test_suffix_and_name_are_used_as_given(tmp_path):
    for name in ("net", "net.txt", "my net µ"):
        write_network(make(), tmp_path / name)
        assert read_network(str(tmp_path / name)).training["name"] == name


def test_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="nothing was written"):
        write_network(make(), path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["net"]


def test_windows_line_ends_blank_lines_and_loose_layout_are_read(data, tmp_path, text):
    expected = read_network(data / "train-4x6-h2-even.gwynet")
    *keys, hidden, output = text.splitlines()
    words = hidden.split(" ")
    loose = [*keys, "", *words[:20], " ".join(words[20:]), f"  {output}\t", ""]
    (tmp_path / "net").write_bytes("\r\n".join(loose).encode())
    network = read_network(tmp_path / "net")
    np.testing.assert_array_equal(network.layers[0], expected.layers[0])
    np.testing.assert_array_equal(network.layers[1], expected.layers[1])


def test_defaults_of_the_reference_are_used_where_keys_are_missing(tmp_path, text):
    path = edited(tmp_path / "net", text, nlayers=None, noutput=None, xyunitpower=None, zunitpower=None, outunits=None)
    assert dict(read_network(path).units) == {"xyunitpower": 0, "zunitpower": 1, "outunits": ""}


def test_unknown_keys_are_ignored_with_a_warning(data, tmp_path, text):
    path = tmp_path / "net"
    path.write_text(text.replace("nlayers", "colour blue\nflag\nnlayers"))
    with pytest.warns(UserWarning, match="net: unknown keys .* ignored: 'colour', 'flag'") as caught:
        network = read_network(path)
    assert caught[0].filename == __file__
    assert network.window == read_network(data / "train-4x6-h2-even.gwynet").window


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("width", "5"),
        ("width", "4294967296"),
        ("width", "100"),
        ("width", "101"),
        ("width", "0"),
        ("width", "-6"),
        ("width", "6.0"),
        ("width", "six"),
        ("width", ""),
        ("width", "٦"),
        ("height", "3"),
        ("height", "1000000000"),
        ("nhidden", "3"),
        ("nhidden", "30"),
        ("nhidden", "31"),
        ("nhidden", "0"),
        ("nhidden", "9" * 900),
        ("nlayers", "2"),
        ("nlayers", "0"),
        ("noutput", "2"),
        ("xyunitpower", "1000000"),
        ("zunitpower", "1.5"),
        ("outunits", "m"),
        ("outunits", '"m'),
        ("outunits", '"m"x"'),
        ("outunits", r'"\377"'),
        ("infactor", "nan"),
        ("infactor", "inf"),
        ("infactor", "1e999"),
        ("infactor", "0"),
        ("infactor", "-1"),
        ("infactor", "1,5"),
        ("infactor", "1_000"),
        ("infactor", "0x10"),
        ("infactor", None),
        ("inshift", "inf"),
        ("outfactor", "1e-999"),
        ("outshift", ""),
        ("outshift", None),
        ("width", None),
        ("nhidden", None),
    ],
)
def test_wrong_values_are_refused(tmp_path, text, key, value):
    refused(read_network, edited(tmp_path / "net", text, **{key: value}))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: "\n",
        lambda text: text[1:],
        lambda text: text.replace("GwyNeuralNetwork", "GwyGradient"),
        lambda text: text.replace("GwyNeuralNetwork", "GwyNeuralNetwork2"),
        lambda text: text.rsplit("\n", 2)[0],
        lambda text: text.rsplit(" ", 1)[0],
        lambda text: text + "1.0\n",
        lambda text: text + "name 1\n",
        lambda text: text.rsplit(" ", 1)[0] + " nan\n",
        lambda text: text.rsplit(" ", 1)[0] + " inf\n",
        lambda text: text.rsplit(" ", 1)[0] + " 1e999\n",
        lambda text: text.rsplit(" ", 1)[0] + " 1,5\n",
        lambda text: text.rsplit(" ", 1)[0] + " 0x1p-3\n",
        lambda text: text.rsplit(" ", 1)[0] + " 1_0\n",
        lambda text: text.rsplit(" ", 1)[0] + " ١\n",
        lambda text: text.rsplit(" ", 1)[0] + " --1\n",
        lambda text: text.replace("width 6", "width 6\nwidth 6"),
        lambda text: text.replace("width 6", "width 6\n" + "x" * 2000),
        lambda text: text.replace("width 6", "width 6\n" + "".join(f"k{i} 1\n" for i in range(200))),
        lambda text: text.replace("width 6", "width 6\n\0"),
        lambda text: text[: text.index("outshift")],
        lambda text: text + " " * 20_000_000,
        lambda text: text[: text.index("width")] + "1 " * 1_000_000,
        lambda text: text + "1 " * 1_000_000,
        lambda text: text.encode("utf-16"),
        lambda text: text.encode() + b"\xff",
        lambda text: b"PK\x03\x04" + bytes(100),
        lambda text: bytes(1_000_000),
        lambda text: b"Gwyddion resource GwyNeuralNetwork\n" * 100_000,
    ],
)
def test_wrong_files_are_refused(tmp_path, text, change):
    content = change(text)
    path = tmp_path / "net"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(read_network, path)


def test_counts_are_compared_with_the_file_before_memory_is_taken(tmp_path, text):
    path = edited(tmp_path / "net", text, width=100, height=100, nhidden=30)
    error, peak = peak_memory(read_network, path)
    assert isinstance(error, afmnn.FormatError)
    assert "300061 weights" in str(error)
    assert peak < 100_000


def test_our_own_files_are_refused_by_name(tmp_path):
    make().save(tmp_path / "net")
    refused(read_network, tmp_path / "net", "is not a Gwyddion network")
    with pytest.raises(FileNotFoundError):
        read_network(tmp_path / "missing")


def test_every_truncation_is_refused_or_ends_within_the_last_number(tmp_path, text):
    path = tmp_path / "net"
    last = len(text.rstrip().rsplit(" ", 1)[0]) + 1
    for size in range(0, last, 7):
        path.write_text(text[:size])
        refused(read_network, path)


@given(st.data())
@FUZZ
def test_damaged_files_are_read_or_refused(tmp_path, data):
    text = (FOLDER / "train-4x6-h2-even.gwynet").read_bytes()
    path = tmp_path / "fuzz"
    path.write_bytes(data.draw(damaged(text) | damaged(text[:260])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        valid_or_refused(read_network, path, afmnn.Network)


@given(st.dictionaries(st.sampled_from(["width", "height", "nhidden", "outunits", "infactor", "outshift"]), st.text(max_size=8)))
@example({"outunits": '"\\8"'})
@example({"outunits": '"\\777"'})
@FUZZ
def test_any_value_is_read_or_refused(tmp_path, values):
    text = (FOLDER / "train-4x6-h2-even.gwynet").read_text()
    for key, value in values.items():
        text = re.sub(rf"^{key} .*\n", lambda _, key=key, value=value: f"{key} {value}\n", text, flags=re.M)
    path = tmp_path / "fuzz"
    path.write_text(text, encoding="utf-8", newline="")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        valid_or_refused(read_network, path, afmnn.Network)


def test_a_file_of_an_old_editor_is_read(tmp_path, text):
    path = edited(tmp_path / "net", text, outunits='"\u00b5V"')
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    assert read_network(path).units["outunits"] == "µV"


@pytest.mark.parametrize("there", [False, True])
def test_a_network_is_installed_where_gwyddion_looks_for_it(tmp_path, monkeypatch, there):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = tmp_path / ("gwyddion" if os.name == "nt" else ".gwyddion") / "neuralnetwork"
    if there:
        folder.mkdir(parents=True)
    assert write_network(make(), "my bumps", install=True) == str(folder / "my bumps")
    assert os.listdir(folder) == ["my bumps"]
    assert read_network(folder / "my bumps").training["name"] == "my bumps"
    assert write_network(make(), tmp_path / "here") == str(tmp_path / "here")


def test_nothing_is_made_for_a_network_that_cannot_be_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for network, name, error, words in (
        (make(), str(tmp_path / "bumps"), ValueError, "path must be a name without a folder where install is True"),
        (make(), os.path.join("a", "bumps"), ValueError, "path must be a name without a folder"),
        (make(), "__untitled__", ValueError, "path must end in a name"),
        (make(hidden=(2, 2)), "bumps", ValueError, "no several hidden layers"),
    ):
        with pytest.raises(error, match=words):
            write_network(network, name, install=True)
    with pytest.raises(TypeError, match="install must be True or False, got 'yes'"):
        write_network(make(), "bumps", install="yes")
    assert os.listdir(tmp_path) == []
