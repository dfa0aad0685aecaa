"""Our network files: what goes in comes out, and nothing else comes in."""

import dataclasses
import io
import json
import os
import pickle
import stat
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import afmnn
from afmnn.formats import npz
from afmnn.fovea import Band, Fovea
from files import damaged, npy, npy_header, peak_memory, read_zip, refused, valid_or_refused, write_zip

FUZZ = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make(window=(4, 5), hidden=(3, 2), method="adam", linear=True, seed=1, **fields):
    rng = np.random.default_rng(seed)
    nodes = [window[0] * window[1], *hidden, 1]
    layers = tuple(rng.normal(size=(nodes[i + 1], nodes[i] + 1)) for i in range(len(nodes) - 1))
    kind = "robust" if method == "adam" else "min-max"
    fields.setdefault("scaling", afmnn.Scaling(kind, 1.1e-9, 0.1 + 0.2, -3.3e-7, 7e8))
    fields.setdefault("history", {"training": [3.0, 2.0, 1.0], "validation": [3.5, 2.5, 1.5]})
    return afmnn.Network(window, layers, method=method, linear=rng.normal(size=window) if linear else None, **fields)


def assert_same(one, other):
    """Bit for bit, types and order included, all stages."""
    assert (one.before is None) == (other.before is None)
    if one.before is not None:
        assert_same(one.before, other.before)
    assert one.fovea == other.fovea
    assert (one.window, one.method, one.hidden) == (other.window, other.method, other.hidden)
    assert repr(one.scaling) == repr(other.scaling)
    assert (one.linear is None) == (other.linear is None)
    arrays = [(*net.layers, *net.history.values(), *([] if net.linear is None else [net.linear])) for net in (one, other)]
    for a, b in zip(*arrays, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert a.tobytes() == b.tobytes()
        assert not b.flags.writeable
    assert list(one.history) == list(other.history)
    assert repr(dict(one.training)) == repr(dict(other.training))
    assert repr(dict(one.units)) == repr(dict(other.units))


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "net.npz"
    make().save(path)
    return path


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("hidden", [(1,), (7,), (4, 3, 2)])
def test_everything_survives(tmp_path, method, linear, hidden):
    training = {
        "version": "0.1.0",
        "seed": 2**128 - 1,
        "mask_mode": None,
        "shape": (256, 256),
        "nested": {"rates": [0.1, (1e-300, 5e-324, -0.0)], "ok": True, "empty": [(), {}, []]},
        "extremes": [float("inf"), float("-inf"), float("nan"), sys.float_info.max],
        "by_number": {1: "a", (2, "b"): None},
        "$dollar": {"$float": "inf", "$tuple": [1]},
        "text": 'µm "quoted" \\ \x00 \n \U0001f52c \ud800',
    }
    net = make(hidden=hidden, method=method, linear=linear, training=training, units={"unit_z": "m", "zunitpower": 1})
    path = tmp_path / "net.npz"
    net.save(path)
    assert_same(net, afmnn.load(path))


def test_history_keeps_nan_payloads_and_shapes(tmp_path):
    strange = np.array([0x7FF8000000000001, 0x7FF0000000000000, 0xFFF8000000000123, 1], np.uint64).view(np.float64)
    net = make(history={"validation": strange, "": [1.0], "a/b\\c": np.zeros((2, 0, 3)), "last_pixel": 5.0})
    net.save(tmp_path / "net")
    assert_same(net, afmnn.load(tmp_path / "net"))


def test_infinite_factors_of_a_constant_image_survive(tmp_path):
    net = make(scaling=afmnn.Scaling("robust", 5.0, float("inf"), 5.0, float("inf")))
    net.save(tmp_path / "net")
    assert afmnn.load(tmp_path / "net").scaling == net.scaling


def test_numpy_settings_come_back_as_equal_plain_ones(tmp_path):
    net = make(training={"a": np.float32(0.1), "b": np.int64(-3), "c": np.bool_(True), "d": np.str_("x")})
    net.save(tmp_path / "net")
    training = afmnn.load(tmp_path / "net").training
    assert dict(training) == {"a": float(np.float32(0.1)), "b": -3, "c": True, "d": "x"}
    assert [type(value) for value in training.values()] == [float, int, bool, str]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**130), 2**130) | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.lists(inner, max_size=4).map(tuple)
            | st.dictionaries(st.text() | st.integers() | st.just("$float"), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
@settings(FUZZ, max_examples=60)
def test_any_plain_setting_survives(tmp_path, value):
    make(training={"value": value}).save(tmp_path / "net")
    assert repr(dict(afmnn.load(tmp_path / "net").training)) == repr({"value": value})


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (np.zeros(3), TypeError, r"network\['training'\]\['x'\] must be made of .* got ndarray"),
        (object(), TypeError, "got object"),
        (1j, TypeError, "got complex"),
        (b"x", TypeError, "got bytes"),
        (10**100, ValueError, "at most 100 digits"),
        ("x" * 300_000, ValueError, "must fit into 262144 bytes"),
    ],
)
def test_settings_that_cannot_be_kept_are_refused_and_nothing_is_written(saved, value, error, words):
    before = saved.read_bytes()
    with pytest.raises(error, match=words):
        make(training={"x": value}).save(saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_deep_settings_are_refused(tmp_path):
    value = []
    for _ in range(40):
        value = [value]
    with pytest.raises(ValueError, match="must not be nested more than 32 deep"):
        make(training={"x": value}).save(tmp_path / "net")


def test_file_is_an_ordinary_npz_without_pickles(saved):
    net = make()
    with np.load(saved, allow_pickle=False) as file:
        assert set(file) == {"header", "layer_0", "layer_1", "layer_2", "linear", "history_0", "history_1"}
        header = json.loads(bytes(file["header"]))
        assert file["header"].dtype == np.uint8
        np.testing.assert_array_equal(file["layer_1"], net.layers[1])
    assert header["format"] == "afmnn network"
    assert header["format_version"] == 1
    assert header["afmnn_version"] == afmnn.__version__
    assert header["window"] == [4, 5]


def test_same_network_gives_the_same_bytes(saved, tmp_path):
    make().save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()
    afmnn.load(saved).save(tmp_path / "third")
    assert (tmp_path / "third").read_bytes() == saved.read_bytes()


def test_path_is_used_as_given(tmp_path):
    for name in ("net", "net.dat", "net.NPZ", "netz µ"):
        make().save(tmp_path / name)
        assert_same(make(), afmnn.load(str(tmp_path / name)))
    assert sorted(os.listdir(tmp_path)) == ["net", "net.NPZ", "net.dat", "netz µ"]


FOVEA = Fovea((Band((1, 1), (3, 3), (3, 5), (1, 2), 1 / 3), Band((3, 1), (9, 27), (3, 1), (3, 3))), (9, 3))


def with_fovea(**fields):
    rng = np.random.default_rng(5)
    layers = (rng.normal(size=(4, 19)), rng.normal(size=(1, 5)))
    scaling = afmnn.Scaling("levelled", 1.1e-9, 0.1 + 0.2, 1.1e-9, 0.1 + 0.2, -1e-12 / 3, 5e-324)
    return afmnn.Network(FOVEA.window, layers, scaling, linear=rng.normal(size=18), fovea=FOVEA, **fields)


@pytest.fixture
def saved_fovea(tmp_path):
    path = tmp_path / "net.npz"
    with_fovea(history={"training": [3.0, 2.0]}, training={"preset": "fast"}).save(path)
    return path


def test_fovea_survives(saved_fovea, tmp_path):
    expected = with_fovea(history={"training": [3.0, 2.0]}, training={"preset": "fast"})
    got = afmnn.load(saved_fovea)
    assert_same(expected, got)
    assert got.fovea == FOVEA
    got.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == saved_fovea.read_bytes()
    image = np.random.default_rng(1).normal(size=(20, 30))
    np.testing.assert_array_equal(afmnn.apply(got, image), afmnn.apply(expected, image))


def test_files_of_the_first_days_have_no_fovea(saved):
    assert header_of(saved)["fovea"] is None
    assert_same(make(), afmnn.load(with_header(saved, lambda h: h.__delitem__("fovea"))))


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.__delitem__("fovea"),  # taps for pixels
        lambda h: h.update(fovea=None),
        lambda h: h.update(fovea=[]),
        lambda h: h.update(fovea={}),
        lambda h: h["fovea"].update(more=1),
        lambda h: h["fovea"].update(base=[4, 1]),
        lambda h: h["fovea"].update(base=[9]),
        lambda h: h["fovea"].update(base=["9", "3"]),
        lambda h: h["fovea"].update(bands=[]),
        lambda h: h["fovea"].update(bands={}),
        lambda h: h["fovea"].update(bands=h["fovea"]["bands"] * 2),
        lambda h: h["fovea"].update(bands=h["fovea"]["bands"] * 400),
        lambda h: h["fovea"]["bands"].__delitem__(1),
        lambda h: h["fovea"]["bands"].__setitem__(0, None),
        lambda h: h["fovea"]["bands"].__setitem__(0, {"$tuple": [1]}),
        lambda h: h["fovea"]["bands"].__setitem__(0, {"$items": [[1, 2], ["a", 3]]}),
        lambda h: h["fovea"]["bands"][0].update(box=[2, 1]),
        lambda h: h["fovea"]["bands"][0].update(box=[1] * 10_000),
        lambda h: h["fovea"]["bands"][0].update(box=[3**40, 1], less=[3**41, 1]),
        lambda h: h["fovea"]["bands"][0].update(less=[1, 1]),
        lambda h: h["fovea"]["bands"][0].update(grid=[1, 15]),  # as many taps, another window
        lambda h: h["fovea"]["bands"][0].update(grid=[4, 4]),
        lambda h: h["fovea"]["bands"][0].update(grid=[0, 5]),
        lambda h: h["fovea"]["bands"][0].update(grid=[10**9 + 1, 10**9 + 1]),
        lambda h: h["fovea"]["bands"][0].update(grid=[10**100 + 1, 1]),
        lambda h: h["fovea"]["bands"][0].update(grid=[2047, 2047], step=[1, 1]),
        lambda h: h["fovea"]["bands"][0].update(step=[1, 10**9]),
        lambda h: h["fovea"]["bands"][0].update(gain=0.0),
        lambda h: h["fovea"]["bands"][0].update(gain={"$float": "nan"}),
        lambda h: h["fovea"]["bands"][0].update(gain={"$float": "inf"}),
        lambda h: h["fovea"]["bands"][0].update(gain="1\n"),
        lambda h: h["fovea"]["bands"][0].__delitem__("gain"),
        lambda h: h["scaling"].update(kind="robust"),
        lambda h: h["scaling"].__delitem__("row_slope"),
        lambda h: h["scaling"].update(col_slope={"$float": "inf"}),
        lambda h: h.update(window=[27, 27]),
        lambda h: h.update(linear=False),
        lambda h: h.update(method="gwyddion"),
    ],
)
def test_wrong_fovea_is_refused(saved_fovea, change):
    refused(afmnn.load, with_header(saved_fovea, change))


# --- stages


def with_stages(count):
    rng = np.random.default_rng(count)
    net = with_fovea(history={"training": [3.0, 2.0]}, training={"preset": "fast", "stage": (1,)}, units={"unit_z": "m"})
    for number in range(2, 1 + count):
        bands = (Band((1, 1), None, (1, 3 + 2 * number), (1, 1), 0.1), Band((1, 1), (3, 3), (3, 3), (1, 1), 1 / number))
        fovea = Fovea(bands, None)
        layers = (rng.normal(size=(number, 1 + fovea.taps)), rng.normal(size=(2, 1 + number)), rng.normal(size=(1, 3)))
        scaling = afmnn.Scaling("levelled", 0.1 * number, 1 / 3, 0.1 * number, 1 / 3, 1e-9 / number)
        history = {"validation": np.arange(number) / 3}
        training = {"stage": number, "steps_of_stages": [2] * number}
        net = afmnn.Network(
            fovea.window, layers, scaling, "adam", rng.normal(size=fovea.taps), history, training, fovea=fovea, before=net
        )
    return net


@pytest.fixture
def saved_stages(tmp_path):
    path = tmp_path / "net.npz"
    with_stages(3).save(path)
    return path


@pytest.mark.parametrize("count", [2, 3, 8])
def test_stages_survive(count, tmp_path):
    net = with_stages(count)
    net.save(tmp_path / "net")
    got = afmnn.load(tmp_path / "net")
    assert len(got.stages) == count
    assert_same(net, got)
    got.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "net").read_bytes()
    image = np.random.default_rng(1).normal(size=(20, 30))
    np.testing.assert_array_equal(afmnn.apply(got, image), afmnn.apply(net, image))


def test_names_of_the_arrays_of_stages(saved_stages):
    net = with_stages(3)
    with np.load(saved_stages, allow_pickle=False) as file:
        assert {"layer_0", "before_0_layer_0", "before_0_layer_1", "before_1_layer_2", "before_1_linear"} <= set(file)
        for prefix, stage in zip(("before_0_", "before_1_", ""), net.stages, strict=True):
            np.testing.assert_array_equal(file[f"{prefix}layer_0"], stage.layers[0])
            np.testing.assert_array_equal(file[f"{prefix}linear"], stage.linear)
            np.testing.assert_array_equal(file[f"{prefix}history_0"], next(iter(stage.history.values())))
    assert [stage["hidden"] for stage in header_of(saved_stages)["before"]] == [[4], [2, 2]]


def test_files_without_stages_say_so_or_nothing(saved, saved_fovea):
    assert header_of(saved)["before"] == []
    expected = afmnn.load(saved_fovea)
    assert_same(expected, afmnn.load(with_header(saved_fovea, lambda h: h.__delitem__("before"))))


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.__delitem__("before"),  # arrays too many
        lambda h: h.update(before=None),
        lambda h: h.update(before={}),
        lambda h: h.update(before=[]),
        lambda h: h.update(before="before"),
        lambda h: h.update(before=[None, None]),
        lambda h: h.update(before=[[], []]),
        lambda h: h.update(before=[{}, {}]),
        lambda h: h.update(before={"$tuple": h["before"]}),
        lambda h: h["before"].reverse(),
        lambda h: h["before"].pop(),
        lambda h: h["before"].pop(0),
        lambda h: h["before"].append(h["before"][1]),
        lambda h: h["before"].extend([h["before"][1]] * 6),
        lambda h: h["before"].extend([h["before"][1]] * 200),
        lambda h: h.update(before=[{}] * 10_000),
        lambda h: h["before"][1].update(before=[]),
        lambda h: h["before"][1].update(before=[h["before"][0]]),
        lambda h: h["before"][1].update(sha256="0" * 64),
        lambda h: h["before"][1].update(method="lbfgs"),
        lambda h: h["before"][1].update(method="gwyddion"),
        lambda h: h["before"][1].update(window=[3, 0]),
        lambda h: h["before"][1].update(window=[3, 3]),
        lambda h: h["before"][1].update(hidden=[2]),
        lambda h: h["before"][1].update(hidden=[2**62, 2]),
        lambda h: h["before"][1].update(hidden=[1] * 50_000),
        lambda h: h["before"][1].update(linear=False),
        lambda h: h["before"][1].update(linear=None),
        lambda h: h["before"][1].update(history=[]),
        lambda h: h["before"][1].update(history={}),
        lambda h: h["before"][1]["history"].update(validation=[2**40]),
        lambda h: h["before"][1].update(training=[]),
        lambda h: h["before"][1].update(units=None),
        lambda h: h["before"][1].update(fovea=None),
        lambda h: h["before"][1].update(fovea=h["before"][0]["fovea"]),
        lambda h: h["before"][0].update(fovea=h["before"][1]["fovea"]),
        lambda h: h["before"][0].update(fovea=None),
        lambda h: h["before"][1]["fovea"].update(base=[3, 3]),
        lambda h: h["before"][1]["fovea"].__delitem__("base"),
        lambda h: h["before"][1]["fovea"]["bands"][0].update(less=[3, 3]),
        lambda h: h["before"][1]["fovea"]["bands"][0].update(less=[]),
        lambda h: h["before"][1]["fovea"]["bands"][0].update(less=0),
        lambda h: h["before"][1]["fovea"]["bands"][0].__delitem__("less"),
        lambda h: h["before"][1]["scaling"].update(kind="robust"),
        lambda h: h["before"][1]["scaling"].__delitem__("in_shift"),
        lambda h: h["before"][1]["scaling"].update(in_factor=0.0),
        lambda h: h["before"][0]["fovea"].update(base=None),
        lambda h: h["fovea"].update(base=[1, 1]),
        lambda h: h.update(fovea=h["before"][0]["fovea"]),
        lambda h: h.update(sha256="0" * 64),
    ],
)
def test_wrong_stages_are_refused(saved_stages, change):
    refused(afmnn.load, with_header(saved_stages, change))


def test_one_line_says_what_is_wrong_with_stages(saved_stages):
    whole = saved_stages.read_bytes()
    for change, message in [
        (lambda h: h["before"].extend([h["before"][1]] * 6), "has a header with 9 stages, more than 8"),
        (lambda h: h["before"].__setitem__(0, 7), "a stage is not of the type dict"),
        (lambda h: h["before"][0].pop("units"), "these keys are missing or unknown: ['units']"),
        (lambda h: h["before"].pop(), "'before_1_history_0', 'before_1_layer_0'"),
    ]:
        saved_stages.write_bytes(whole)
        refused(afmnn.load, with_header(saved_stages, change), message)


@pytest.mark.parametrize(
    "pair", [("before_1_layer_1", "layer_1"), ("before_0_linear", "linear"), ("layer_2", "before_1_layer_2")]
)
def test_swapped_arrays_of_stages_are_refused(saved_stages, pair):
    members = read_zip(saved_stages)
    one, other = (f"{name}.npy" for name in pair)
    members[one], members[other] = members[other], members[one]
    write_zip(saved_stages, members.items())
    refused(afmnn.load, saved_stages)


def test_a_stage_of_another_network_is_refused(saved_stages, tmp_path):
    other = afmnn.load(saved_stages)
    first = dataclasses.replace(other.stages[0], linear=np.ones(18))
    second = dataclasses.replace(other.stages[1], before=first)
    dataclasses.replace(other, before=second).save(tmp_path / "other")
    members = read_zip(tmp_path / "other") | {"header.npy": read_zip(saved_stages)["header.npy"]}
    write_zip(saved_stages, members.items())
    refused(afmnn.load, saved_stages, "is not whole")


def test_missing_arrays_of_stages_are_refused(saved_stages):
    members = read_zip(saved_stages)
    write_zip(saved_stages, [(n, c) for n, c in members.items() if n != "before_0_linear.npy"])
    refused(afmnn.load, saved_stages, "['before_0_linear'] are missing")
    write_zip(saved_stages, [*members.items(), ("before_2_linear.npy", members["linear.npy"])])
    refused(afmnn.load, saved_stages, "['before_2_linear'] too many")


def test_long_records_of_many_stages_are_refused_before_anything_is_written(tmp_path):
    first = dataclasses.replace(with_fovea(), training={"x": "x" * 150_000})
    bands = (Band((1, 1), None, (1, 1), (1, 1)),)
    layers, scaling = (np.ones((1, 2)), np.ones((1, 2))), first.scaling
    net = afmnn.Network(
        (1, 1), layers, scaling, linear=np.ones(1), training=first.training, fovea=Fovea(bands, None), before=first
    )
    with pytest.raises(ValueError, match="must fit into 262144 bytes"):
        net.save(tmp_path / "net")
    assert os.listdir(tmp_path) == []


def test_a_plain_network_is_not_levelled(saved):
    def change(header):
        header["scaling"].update(kind="levelled", row_slope=0.0, col_slope=0.0)

    refused(afmnn.load, with_header(saved, change), "scaling must be a 'robust' Scaling")


# --- files that are not ours, or not whole


def header_of(path):
    return json.loads(read_zip(path)["header.npy"][128:])


def with_header(path, change, **arrays):
    """Rewrite the file with a changed header, checksums in order."""
    members = read_zip(path)
    header = header_of(path)
    changed = change(header)
    header = header if changed is None or not isinstance(changed, (list, bytes)) else changed
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    members["header.npy"] = npy(np.frombuffer(text, np.uint8))
    members |= {f"{name}.npy": content for name, content in arrays.items()}
    write_zip(path, members.items())
    return path


def test_the_rewriting_helper_keeps_a_valid_file_valid(saved):
    assert_same(make(), afmnn.load(with_header(saved, lambda header: None)))


def test_file_from_the_future_says_so(saved):
    message = refused(
        afmnn.load, with_header(saved, lambda h: h.update(format_version=2, afmnn_version="9.1", new=[])), "update afmnn"
    )
    assert "afmnn 9.1 in version 2" in message


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(format="something"),
        lambda h: h.__delitem__("format"),
        lambda h: h.update(format_version="1"),
        lambda h: h.update(format_version=True),
        lambda h: h.update(format_version=1.0),
        lambda h: h.update(format_version=0),
        lambda h: h.__delitem__("window"),
        lambda h: h.update(extra=1),
        lambda h: h.update(window=[4]),
        lambda h: h.update(window=[4, 5, 6]),
        lambda h: h.update(window=[4.0, 5.0]),
        lambda h: h.update(window=["4", "5"]),
        lambda h: h.update(window=[5, 4]),
        lambda h: h.update(window=[-4, -5]),
        lambda h: h.update(window=[10**9, 10**9]),
        lambda h: h.update(window=[True, 20]),
        lambda h: h.update(window="45"),
        lambda h: h.update(hidden=[]),
        lambda h: h.update(hidden=[3]),
        lambda h: h.update(hidden=[3, 2, 1]),
        lambda h: h.update(hidden=[2, 3]),
        lambda h: h.update(hidden=[3, 0]),
        lambda h: h.update(hidden=[2**62, 2**62]),
        lambda h: h.update(hidden=[1] * 50_000),
        lambda h: h.update(linear=False),
        lambda h: h.update(linear=1),
        lambda h: h.update(linear=None),
        lambda h: h.update(method="gwyddion"),
        lambda h: h.update(method="lbfgs"),
        lambda h: h.update(method=["adam"]),
        lambda h: h.update(scaling={}),
        lambda h: h.update(scaling="robust"),
        lambda h: h["scaling"].update(kind="min-max"),
        lambda h: h["scaling"].update(kind=["robust"]),
        lambda h: h["scaling"].update(in_factor={"$float": "nan"}),
        lambda h: h["scaling"].update(in_shift={"$float": "inf"}),
        lambda h: h["scaling"].update(in_shift="0"),
        lambda h: h["scaling"].update(in_shift=True),
        lambda h: h["scaling"].update(extra=1.0),
        lambda h: h["scaling"].__delitem__("in_shift"),
        lambda h: h.update(history={}),
        lambda h: h.update(history=[]),
        lambda h: h["history"].update(training=[4]),
        lambda h: h["history"].update(training=3),
        lambda h: h["history"].update(training=[]),
        lambda h: h["history"].update(training=[-3]),
        lambda h: h["history"].update(third=[3]),
        lambda h: h["history"].update(training=[2**40]),
        lambda h: h.update(training=[]),
        lambda h: h.update(training=None),
        lambda h: h.update(training={"a": {"$float": "0x10"}}),
        lambda h: h.update(training={"a": {"$float": 1.0}}),
        lambda h: h.update(training={"a": {"$tuple": {}}}),
        lambda h: h.update(training={"a": {"$tuple": [], "b": 1}}),
        lambda h: h.update(training={"a": {"$items": [[[1], 2]]}}),
        lambda h: h.update(training={"a": {"$items": [[1, 2], [1, 3]]}}),
        lambda h: h.update(training={"a": {"$items": [[1]]}}),
        lambda h: h.update(training={"a": {"$eval": "1"}}),
        lambda h: h.update(units="m"),
        lambda h: h.update(sha256="0" * 64),
        lambda h: h.update(sha256=None),
        lambda h: [],
        lambda h: b"",
        lambda h: b"[]",
        lambda h: b"null",
        lambda h: b"{",
        lambda h: b"\xff\xfe\x00",
        lambda h: '{"format": "afmnn network", "µ": 1}'.encode("latin-1"),
        lambda h: b'{"a": NaN}',
        lambda h: b'{"a": Infinity}',
        lambda h: b'{"a": 1, "a": 2}',
        lambda h: b"[" * 100_000,
        lambda h: b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        lambda h: b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}",
        lambda h: b'{"a": ' + b"9" * 200_000 + b"}",
        lambda h: b'{"a": 1e' + b"9" * 200_000 + b"}",
        lambda h: b'{"$items": [[1, 2]]}',
        lambda h: b'{"$items": [["format", "afmnn network"], ["format_version", 1], [null, 2], [3, 4]]}',
        lambda h: b" " * 300_000,
        lambda h: b"\0" * 1000,
        pickle.dumps,
    ],
)
def test_wrong_header_is_refused(saved, change):
    refused(afmnn.load, with_header(saved, change))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["layer_0", "layer_2", "linear"])
def test_weights_that_are_not_finite_are_refused(saved, name, value):
    members = read_zip(saved)
    array = np.load(io.BytesIO(members[f"{name}.npy"]))
    array.flat[1] = value
    arrays = {n.removesuffix(".npy"): np.load(io.BytesIO(c)) for n, c in members.items() if n != "header.npy"} | {name: array}
    digest = npz._digest(arrays.items())  # as an attacker would, so that the digest is not what refuses the file
    refused(afmnn.load, with_header(saved, lambda h: h.update(sha256=digest), **{name: npy(array)}), "must be finite")


@pytest.mark.parametrize(
    "content",
    [
        npy(np.zeros((3, 21))),  # float64
        npy(np.zeros((3, 21), ">f4")),
        npy(np.zeros((3, 21), "<i4")),
        npy(np.zeros((21, 3), "<f4")),
        npy(np.zeros((3, 21, 1), "<f4")),
        npy(np.zeros((3, 21), "<f4"))[:-4],
        npy(np.zeros((3, 21), "<f4")) + b"\0" * 4,
        npy(np.zeros((3, 21), "<c8")),
        npy(np.zeros((3, 21), "S4")),
        npy(np.zeros((3, 21), [("a", "<f4")])),
        npy(np.array([{"a": 1}], object), allow_pickle=True),
        npy(np.zeros((3, 21), "<f4"), version=(3, 0))[:10],
        b"",
        b"\x93NUMPY",
        b"not an array",
        pickle.dumps([1, 2, 3]),
        npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }\n"),
        npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n"),
        npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }\n" % ("9999999999999999999, " * 400)),
        npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-3, -21), }\n") + bytes(252),
        npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807), }\n"),
        npy_header("{'descr': '<f999999999', 'fortran_order': False, 'shape': (3, 21), }\n"),
        npy_header("{'descr': '|O', 'fortran_order': False, 'shape': (3, 21), }\n") + pickle.dumps(0),
        npy_header("__import__('os').system('false')"),
        npy_header("(" * 9000),
        npy_header("-" * 9000 + "1"),
        npy_header("{" * 60_000),
        npy_header("", (2, 0), 0xFFFFFFFF),
        npy_header("{}", (2, 0), 0x7FFFFFFF) + b" " * 500_000,
        npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 21), }\n", (9, 0)),
    ],
)
def test_wrong_array_is_refused(saved, content):
    refused(afmnn.load, with_header(saved, lambda h: None, layer_0=content))


def test_fortran_order_from_elsewhere_is_read(saved):
    layer = np.asfortranarray(make().layers[0])
    assert_same(make(), afmnn.load(with_header(saved, lambda h: None, layer_0=npy(layer))))


@pytest.mark.parametrize(
    "pair", [("layer_0", "layer_1"), ("history_0", "history_1"), ("linear", "layer_0"), ("header", "linear")]
)
def test_swapped_arrays_are_refused(saved, pair):
    members = read_zip(saved)
    one, other = (f"{name}.npy" for name in pair)
    members[one], members[other] = members[other], members[one]
    write_zip(saved, members.items())
    refused(afmnn.load, saved)


def test_arrays_of_another_network_are_refused(saved, tmp_path):
    make(seed=2).save(tmp_path / "other")
    members = read_zip(tmp_path / "other") | {"header.npy": read_zip(saved)["header.npy"]}
    write_zip(saved, members.items())
    refused(afmnn.load, saved, "is not whole")


def test_missing_extra_and_double_arrays_are_refused(saved):
    members = read_zip(saved)
    write_zip(saved, [(n, c) for n, c in members.items() if n != "linear.npy"])
    refused(afmnn.load, saved, "['linear'] are missing")
    write_zip(saved, [*members.items(), ("more.npy", members["linear.npy"])])
    refused(afmnn.load, saved, "['more'] too many")
    write_zip(saved, [*members.items(), ("linear.npy", members["linear.npy"])])
    refused(afmnn.load, saved, "two arrays named 'linear'")
    write_zip(saved, [*members.items(), ("linear", members["linear.npy"])])  # numpy.load would confuse them
    refused(afmnn.load, saved, "two arrays named 'linear'")
    write_zip(saved, [*members.items(), *((f"{i}.npy", b"") for i in range(7000))])
    refused(afmnn.load, saved, "more arrays than are plausible")


def test_other_files_are_refused(tmp_path, data):
    path = tmp_path / "net.npz"
    np.savez(path, layer_0=np.zeros(3))
    refused(afmnn.load, path, "it has no header")
    np.savez(path, header=np.zeros(3))
    refused(afmnn.load, path, "is not a network")
    afmnn.write_image(path, np.zeros((3, 3)))
    refused(afmnn.load, path, "it holds an image")
    for content in (b"", b"\0", b"PK\x05\x06" + bytes(18), npy(np.zeros(3)), pickle.dumps({}), bytes(100_000)):
        path.write_bytes(content)
        refused(afmnn.load, path)
    for name in ("train-5x5-h3.npz", "gwyfile_test.gwy"):
        path.write_bytes((data / name).read_bytes())
        refused(afmnn.load, path)
    path.write_bytes((data / "train-5x5-h3.gwynet").read_bytes())  # of Gwyddion, by its content, but no archive
    assert afmnn.load(path).window == (5, 5)
    refused(npz.read_network, path, "is not an .npz archive")


def test_what_is_not_a_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.npz"):
        afmnn.load(tmp_path / "nothing.npz")
    with pytest.raises(OSError, match=str(tmp_path)):
        afmnn.load(tmp_path)
    with pytest.raises(TypeError):
        afmnn.load(7)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        refused(afmnn.load, tmp_path / "pipe", "not a regular file")  # and does not wait for somebody to write to it
        with pytest.raises(OSError, match="pipe"):
            make().save(tmp_path / "pipe")
        assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)


def test_every_truncation_is_refused(saved):
    whole = saved.read_bytes()
    for size in [*range(0, len(whole), 37), len(whole) - 1]:
        saved.write_bytes(whole[:size])
        refused(afmnn.load, saved)


def test_every_flipped_bit_of_the_numbers_is_noticed(saved):
    whole = saved.read_bytes()
    start = whole.index(make().layers[0].tobytes())
    for at in range(start, start + 252, 5):
        saved.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        refused(afmnn.load, saved, "damaged")


def flagged(path, offset_local, offset_central, value):
    """Change a 16-bit field of the first member, in its local header and in the directory."""
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[offset_local : offset_local + 2] = value.to_bytes(2, "little")
    content[central + offset_central : central + offset_central + 2] = value.to_bytes(2, "little")
    path.write_bytes(content)


def test_encryption_flag_and_strange_compression_are_refused(saved):
    whole = saved.read_bytes()
    flagged(saved, 6, 8, 1)
    refused(afmnn.load, saved, "encrypted")
    for method in (8, 9, 12, 14, 93, 99):  # deflate, deflate64, bzip2, lzma, zstd, AES
        saved.write_bytes(whole)
        flagged(saved, 8, 10, method)
        refused(afmnn.load, saved, "compressed by a method")


@pytest.mark.parametrize("where", ["header", "layer_0", "linear"])
def test_zip_bombs_are_refused_before_they_grow(saved, where):
    members = read_zip(saved)
    bomb = npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 21), }\n") + bytes(100_000_000)
    write_zip(saved, (members | {f"{where}.npy": bomb}).items(), compression=zipfile.ZIP_DEFLATED)
    assert saved.stat().st_size < 400_000
    refused(afmnn.load, saved, "compressed")


@pytest.mark.parametrize("claim", [0xFFFFFFFE, 0x40000000, 1_000_000])
def test_sizes_beyond_the_file_are_refused(saved, claim):
    content = bytearray(saved.read_bytes())
    central = content.index(b"PK\x01\x02")
    for field in (20, 24):  # compressed and full size of the first member
        content[central + field : central + field + 4] = claim.to_bytes(4, "little")
    saved.write_bytes(content)
    refused(afmnn.load, saved)
    end = content.index(b"PK\x05\x06")
    content[end + 12 : end + 16] = claim.to_bytes(4, "little")  # size of the directory
    saved.write_bytes(content)
    refused(afmnn.load, saved)


def test_overlapping_members_are_refused(tmp_path):
    """Many names for one and the same bytes: what they claim together is more than the file has."""
    path = tmp_path / "net.npz"
    write_zip(path, [("a.npy", npy(np.zeros((100, 100))))])
    content = path.read_bytes()
    central, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[central:end]
    entries = b"".join(entry.replace(b"a.npy", b"%c.npy" % (97 + i)) for i in range(20))
    tail = bytearray(content[end:])
    tail[8:12] = (20).to_bytes(2, "little") * 2
    tail[12:16] = len(entries).to_bytes(4, "little")
    path.write_bytes(content[:central] + entries + tail)
    refused(afmnn.load, path, "claim more bytes than the file has")


WHOLE = []


def whole_file(tmp_path):
    if not WHOLE:
        make().save(tmp_path / "whole")
        WHOLE.append((tmp_path / "whole").read_bytes())
    return WHOLE[0]


@given(st.data())
@FUZZ
def test_damaged_files_are_read_or_refused(tmp_path, data):
    path = tmp_path / "fuzz.npz"
    path.write_bytes(data.draw(damaged(whole_file(tmp_path))))
    valid_or_refused(afmnn.load, path, afmnn.Network)


@given(st.data())
@FUZZ
def test_damaged_members_in_a_sound_archive_are_read_or_refused(tmp_path, data):
    path = tmp_path / "fuzz.npz"
    path.write_bytes(whole_file(tmp_path))
    members = read_zip(path)
    name = data.draw(st.sampled_from(sorted(members)))
    members[name] = data.draw(damaged(members[name]))
    write_zip(path, members.items())
    outcome, peak = peak_memory(afmnn.load, path)
    assert isinstance(outcome, (afmnn.Network, afmnn.FormatError)), outcome
    assert peak < 3_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["$float", "$tuple", "$items", "kind", "a"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(npz._KEYS)), JSON, min_size=1, max_size=3))
@FUZZ
def test_any_json_in_the_header_is_read_or_refused(tmp_path, changes):
    path = tmp_path / "fuzz.npz"
    path.write_bytes(whole_file(tmp_path))
    valid_or_refused(afmnn.load, with_header(path, lambda h: h.update(changes)), afmnn.Network)


@given(
    st.lists(st.dictionaries(st.sampled_from(sorted(npz._STAGE_KEYS)), JSON, max_size=3), min_size=2, max_size=2),
    st.lists(JSON, max_size=2),
)
@settings(FUZZ, max_examples=60)
def test_any_json_in_the_stages_is_read_or_refused(tmp_path, changes, more):
    path = tmp_path / "fuzz.npz"
    with_stages(3).save(path)

    def change(header):
        for stage, changed in zip(header["before"], changes, strict=True):
            stage.update(changed)
        header["before"].extend(more)

    valid_or_refused(afmnn.load, with_header(path, change), afmnn.Network)
