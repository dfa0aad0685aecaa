"""Network: what it is made of, that it never changes, and what it says of wrong parts."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

import afmnn
from afmnn.nn.network import MOST_STAGES
from networks import LATER, fovea_network, same, staged_network

ROBUST = afmnn.Scaling("robust", 1.0, 2.0, 1.0, 2.0)
MIN_MAX = afmnn.Scaling("min-max", 1.0, 2.0, 3.0, 4.0)


def make(**fields):
    rng = np.random.default_rng(2)
    parts = {
        "window": (3, 4),
        "layers": (rng.normal(size=(5, 13)), rng.normal(size=(2, 6)), rng.normal(size=(1, 3))),
        "scaling": ROBUST,
        "linear": rng.normal(size=(3, 4)),
        "history": {"training": [3.0, 2.0], "validation": [np.nan, 2.5]},
        "training": {"seed": 1},
        "units": {"unit_z": "m"},
    }
    return afmnn.Network(**(parts | fields))


def test_what_follows_from_the_parts():
    net = make()
    assert (net.window, net.hidden, net.method, net.activation, net.dtype) == ((3, 4), (5, 2), "adam", "tanh", np.float32)
    assert repr(net) == "<afmnn.Network: window 3 x 4, hidden 5, 2, method 'adam'>"
    classic = make(method="gwyddion", scaling=MIN_MAX, layers=(np.ones((2, 13)), np.ones((1, 3))), linear=None)
    assert (classic.hidden, classic.activation, classic.dtype) == ((2,), "logistic", np.float64)
    assert classic.linear is None
    assert all(layer.dtype == np.float64 for layer in classic.layers)
    assert make(window=[3, 4]).window == (3, 4)


def test_weights_are_copies_row_by_row_in_the_number_type_of_the_method():
    layers = [np.asfortranarray(layer.astype(np.float64)) for layer in make().layers]
    net = make(layers=layers)
    layers[0][:] = 0
    assert np.all(net.layers[0] != 0)
    for array in (*net.layers, net.linear):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous


def test_it_never_changes():
    net = make()
    for field in dataclasses.fields(net):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(net, field.name, getattr(net, field.name))
    for array in (*net.layers, net.linear, *net.history.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    for mapping in (net.history, net.training, net.units):
        with pytest.raises(TypeError):
            mapping["new"] = 1
    with pytest.raises(AttributeError):
        net.hidden = (1,)


def test_mappings_are_copies():
    training = {"seed": 1}
    net = make(training=training)
    training["seed"] = 2
    assert net.training["seed"] == 1


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"layers": 5}, TypeError, "layers must be a tuple of matrices, got int"),
        ({"history": 5}, TypeError, "history must be a mapping, got 5"),
        ({"training": [1]}, TypeError, r"training must be a mapping, got \[1\]"),
        ({"units": "m"}, TypeError, "units must be a mapping, got 'm'"),
        ({"method": "sgd"}, ValueError, "method must be one of 'adam', 'gwyddion', got 'sgd'"),
        ({"window": (3, 0)}, ValueError, r"window\[1\] must be at least 1, got 0"),
        ({"window": (3, 4, 5)}, ValueError, r"window must be two integers \(rows, columns\), got \(3, 4, 5\)"),
        ({"window": (3.0, 4)}, TypeError, r"window\[0\] must be an integer, got 3.0"),
        ({"window": (4, 4)}, ValueError, r"layers\[0\] must have the shape \(nodes, 17\), got \(5, 13\)"),
        ({"layers": (np.ones((1, 13)),)}, ValueError, "layers must have at least one hidden and one output matrix, got 1"),
        (
            {"layers": (np.ones((5, 13)), np.ones((1, 7)))},
            ValueError,
            r"layers\[1\] must have the shape \(nodes, 6\), got \(1, 7\)",
        ),
        ({"layers": (np.ones((5, 13)), np.ones((2, 6)))}, ValueError, r"layers\[-1\] must have one row, got 2"),
        ({"layers": (np.ones((0, 13)), np.ones((1, 1)))}, ValueError, r"layers\[0\] must have the shape"),
        ({"layers": (np.ones(13), np.ones((1, 2)))}, ValueError, r"layers\[0\] must have the shape"),
        ({"layers": (np.full((5, 13), np.nan), np.ones((1, 6)))}, ValueError, r"layers\[0\] must be finite"),
        ({"layers": (np.full((5, 13), 1e300), np.ones((1, 6)))}, ValueError, r"layers\[0\] must be finite"),  # in float32
        (
            {"layers": (np.ones((5, 13)), np.ones((1, 6), complex))},
            TypeError,
            r"layers\[1\] must be .* real numbers, got .*complex",
        ),
        ({"linear": np.ones((4, 3))}, ValueError, r"linear must have the shape of the window \(3, 4\), got \(4, 3\)"),
        ({"linear": np.full((3, 4), np.inf)}, ValueError, "linear must be finite"),
        ({"linear": [["a"]]}, TypeError, "linear must be an array of real numbers"),
        ({"scaling": MIN_MAX}, ValueError, "scaling must be a 'robust' Scaling for method 'adam'"),
        ({"scaling": (1.0, 2.0, 3.0, 4.0)}, ValueError, "scaling must be a 'robust' Scaling"),
        ({"method": "gwyddion"}, ValueError, "scaling must be a 'min-max' Scaling for method 'gwyddion'"),
        ({"history": {"training": ["a"]}}, TypeError, r"history\['training'\] must be an array of real numbers"),
    ],
)
def test_wrong_parts(fields, error, words):
    with pytest.raises(error, match=words):
        make(**fields)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_it_can_be_copied_and_sent_to_another_process(again):
    net = make()
    other = again(net)
    assert repr(other) == repr(net)
    assert other.scaling == net.scaling
    assert (dict(other.training), dict(other.units)) == (dict(net.training), dict(net.units))
    arrays = [(*each.layers, each.linear, *each.history.values()) for each in (net, other)]
    for one, two in zip(*arrays, strict=True):
        assert one.tobytes() == two.tobytes()
        assert not two.flags.writeable


@pytest.mark.parametrize("path_type", [str, lambda path: path])
def test_save_and_load_are_the_same_files_as_the_format_module(tmp_path, path_type):
    make().save(path_type(tmp_path / "one"))
    afmnn.formats.npz.write_network(make(), path_type(tmp_path / "two"))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert repr(afmnn.load(path_type(tmp_path / "one"))) == repr(make())


def test_trained_networks_survive(tmp_path, rng):
    """Whatever training records can be saved; the file then makes the same picture."""
    ideal = rng.normal(size=(30, 32)) * 1e-9
    noisy = afmnn.Image(ideal + rng.normal(size=ideal.shape) * 1e-9, (1e-6, 1e-6), "m", "m")
    for method in ("adam", "gwyddion"):
        net = afmnn.train(noisy, noisy.replace(data=ideal), window=(3, 5), hidden=2, steps=2, method=method, seed=1)
        net.save(tmp_path / "net")
        again = afmnn.load(tmp_path / "net")
        assert dict(again.training) == dict(net.training)
        assert dict(again.units) == dict(net.units)
        assert again.scaling == net.scaling
        assert afmnn.apply(again, noisy).data.tobytes() == afmnn.apply(net, noisy).data.tobytes()
    afmnn.formats.gwyddion.write_network(net, tmp_path / "classic")
    classic = afmnn.formats.gwyddion.read_network(tmp_path / "classic")
    assert afmnn.apply(classic, noisy).data.tobytes() == afmnn.apply(net, noisy).data.tobytes()


def test_factors_of_a_scaling_are_numbers_above_zero():
    assert afmnn.Scaling("robust", 0, 2, np.float32(0), np.int64(2)) == afmnn.Scaling("robust", 0.0, 2.0, 0.0, 2.0)
    assert afmnn.Scaling("robust", 0.0, np.inf, 0.0, np.inf).constant
    for value, error in ((0.0, ValueError), (-np.inf, ValueError), (np.nan, ValueError), ("1", TypeError), (None, TypeError)):
        for name in ("in_factor", "out_factor"):
            with pytest.raises(error, match=f"{name} must be"):
                dataclasses.replace(ROBUST, **{name: value})


# ---- stages -----------------------------------------------------------------------------------------------------------


def test_stages_follow_one_another(rng):
    net = staged_network(rng, 3, training={"seed": 3})
    first, second, third = net.stages
    assert third is net
    assert second is net.before
    assert first is net.before.before
    assert first.before is None
    assert [len(each.stages) for each in (first, second, third)] == [1, 2, 3]
    assert repr(net) == "<afmnn.Network: fovea of 49 taps in 27 x 33, hidden 6, 4, method 'adam', last of 3 stages>"
    assert "stages" not in repr(first)
    # 13 + 13 + 13 rows to either side, 18 + 16 + 16 columns.
    assert [each.extent for each in (first, second, third)] == [(27, 37), (53, 69), (79, 101)]
    assert make(window=(4, 3), linear=np.ones((4, 3))).extent == (4, 3)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_stages_can_be_copied_and_sent_to_another_process(again, rng):
    net = staged_network(rng, 3, history={"training": [1.0]}, training={"seed": 3}, units={"unit_z": "m"})
    other = again(net)
    same(other, net)
    assert dict(other.training) == {"seed": 3}
    assert not other.stages[0].layers[0].flags.writeable
    image = rng.normal(size=(20, 30))
    np.testing.assert_array_equal(afmnn.apply(other, image), afmnn.apply(net, image))


def test_wrong_stages_are_refused(rng):
    net = staged_network(rng)
    for changes, error, words in [
        ({"before": None}, ValueError, "before must be the network whose residual the fovea sees, got None"),
        ({"before": net.before.fovea}, TypeError, r"before must be an afmnn\.Network, got Fovea"),
        ({"before": "net.npz"}, TypeError, r"before must be an afmnn\.Network, got str"),
        ({"before": make()}, ValueError, "before must be left out unless it has a fovea"),
        ({"fovea": dataclasses.replace(LATER, bands=LATER.bands[1:])}, ValueError, "layers"),
    ]:
        with pytest.raises(error, match=words):
            dataclasses.replace(net, **changes)
    for plain in (fovea_network(rng), make()):
        with pytest.raises(ValueError, match="before must be left out unless"):
            dataclasses.replace(plain, before=net.before)
    with pytest.raises(ValueError, match="before must be the network whose residual"):
        fovea_network(rng, fovea=LATER)


def test_there_are_at_most_so_many_stages(rng):
    net = fovea_network(rng, (1,))
    for _ in range(MOST_STAGES - 1):
        net = fovea_network(rng, (1,), LATER, before=net)
    assert len(net.stages) == MOST_STAGES
    with pytest.raises(ValueError, match=f"before must have fewer than {MOST_STAGES} stages, got {MOST_STAGES}"):
        fovea_network(rng, (1,), LATER, before=net)
