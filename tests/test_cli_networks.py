"""The command line and networks by name: ``afmnn networks``, and names wherever a network is asked for."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import networks
from afmnn.cli import _network_output as outputs
from afmnn.formats import gwyddion
from networks import some_network

TRAIN = ["train", "noisy.npz", "ideal.npz", "--window", "3", "--hidden", "2", "--steps", "2", "--seed", "3"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, rng):
    """A folder to work in with a pair, a store that nobody has made yet, and a home without Gwyddion."""
    monkeypatch.setenv("AFMNN_NETWORKS", str(tmp_path / "store"))
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    y, x = np.mgrid[:40, :48]
    ideal = 1e-7 * np.sin(x / 5) * np.cos(y / 7)
    for name, heights in (("ideal", ideal), ("noisy", ideal + 3e-8 * rng.standard_normal(ideal.shape))):
        afmnn.write_image(f"{name}.npz", afmnn.Image(heights, (40e-9, 48e-9), "m", "m", name))
    return tmp_path / "store"


def refused(run, *arguments, code=1):
    """Run what fails with one line, and return the line."""
    found, output, errors = run(*arguments)
    assert (found, output) == (code, "")
    assert errors.count("\n") == 1
    return errors


def make(seed=1, method="adam"):
    return some_network((3, 3), (2,), np.random.default_rng(seed), method)


def is_same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.layers, other.layers, strict=True))


# --- names for paths


def test_train_saves_under_a_name_that_apply_takes(folder, run):
    code, output, errors = run(*TRAIN, "-o", "de-noise")
    assert (code, errors) == (0, "")
    assert f"written     de-noise, in {folder / 'de-noise.npz'}\n" in output
    assert os.listdir(folder) == ["de-noise.npz"]
    assert sorted(os.listdir()) == ["ideal.npz", "noisy.npz"]
    assert run("apply", "de-noise", "noisy.npz", "-o", "clean.npz")[0] == 0
    expected = afmnn.apply(networks.load("de-noise"), afmnn.read_image("noisy.npz"))
    assert_array_equal(afmnn.read_image("clean.npz"), expected)
    assert "afmnn network, method adam" in run("info", "de-noise")[1]
    assert run(*TRAIN, "-o", "more", "--init", "de-noise")[0] == 0
    assert networks.load("more").training["continued"]


def test_train_says_in_json_what_it_wrote(folder, run):
    code, output, _ = run(*TRAIN, "-o", "de-noise", "--json")
    facts = json.loads(output)
    assert (code, facts["name"], facts["output"]) == (0, "de-noise", str(folder / "de-noise.npz"))
    assert json.loads(run(*TRAIN, "-o", "net.npz", "--json")[1])["name"] is None


def test_train_scene_saves_under_a_name(folder, run):
    line = "train-scene default --shape 32 --steps 1 --preset classic --seed 1 -o mine"
    assert run(*line.split())[0] == 0
    assert networks.load("mine").training["preset"] == "classic"
    assert "exists" in refused(run, *line.split())
    assert "cannot be written for Gwyddion" in refused(run, *line.replace("mine", "gwyddion:mine").split())


def test_a_network_is_replaced_only_by_force(run):
    networks.save(make(), "net")
    assert "net: a network of this name exists; overwrite=True (--force) replaces it" in refused(run, *TRAIN, "-o", "net")
    assert is_same(networks.load("net"), make())
    assert run(*TRAIN, "-o", "net", "--force")[0] == 0
    assert not is_same(networks.load("net"), make())
    assert "is an input" in refused(run, *TRAIN, "-o", "net", "--force", "--init", "net")


@pytest.mark.parametrize("name", ["universal", "universal-2", "a*b", "con", "a "])
def test_names_that_cannot_be_are_refused_before_the_work(folder, run, name):
    line = refused(run, *TRAIN, "--steps", "1000000000", "-o", name)
    assert line.startswith("afmnn: error: -o must ")
    assert not folder.exists()


def test_names_that_nobody_knows_are_refused(run):
    networks.save(make(), "de-noise")
    for command in (["apply", "de-nois", "noisy.npz", "-o", "a.npz"], ["info", "de-nois"], ["networks", "delete", "de-nois"]):
        assert "there is no network of the name 'de-nois'; near it is 'de-noise'; yours are in " in refused(run, *command)
    assert "there is no file 'de-nois', and there is no network" in refused(run, "info", "de-nois")
    pytest.importorskip("matplotlib")
    assert "no network of the name" in refused(run, "report", "de-nois", "noisy.npz", "-o", "page.html")


def test_info_takes_files_without_a_suffix_where_no_network_has_the_name(run):
    gwyddion.write_network(make(1, "gwyddion"), "bumps")
    assert "Gwyddion network" in run("info", "bumps")[1]
    networks.save(make(), "bumps")
    assert "afmnn network" in run("info", "bumps")[1]
    assert "Gwyddion network" in run("info", "./bumps")[1]


def test_networks_for_gwyddion_are_files_unless_its_prefix_says_otherwise(folder, run):
    options = ["--method", "gwyddion"]
    assert run(*TRAIN, *options, "--format", "gwyddion", "-o", "bumps")[0] == 0
    assert gwyddion.read_network("bumps").window == (3, 3)
    code, output, _ = run(*TRAIN, *options, "-o", "gwyddion:bumps")
    path = os.path.join(gwyddion.networks_folder(), "bumps")
    assert (code, f"written     gwyddion:bumps, in {path}\n" in output) == (0, True)
    assert is_same(afmnn.load("gwyddion:bumps"), gwyddion.read_network("bumps"))
    assert "gwyddion:bumps: exists; --force replaces it" in refused(run, *TRAIN, *options, "-o", "gwyddion:bumps")
    assert "has no separator" in refused(run, *TRAIN, *options, "-o", "gwyddion:../bumps")
    assert "cannot be written for Gwyddion" in refused(run, *TRAIN, "-o", "gwyddion:other")
    assert not folder.exists()


INTERRUPTED = """
import sys
import afmnn.cli._train as module
from contextlib import contextmanager
from afmnn.cli import main

@contextmanager
def bar(*_):
    def show(step, _):
        if step == 3:
            raise KeyboardInterrupt
    yield show

module.bar = bar
sys.exit(main())
"""


def test_interrupt_leaves_the_network_so_far_under_a_name_beside_it(folder):
    networks.save(make(), "net")
    command = [*TRAIN, "--steps", "100000", "--force", "-o", "net"]
    for name in ("net-interrupted", "net-interrupted-2"):
        program = [sys.executable, "-c", INTERRUPTED, *command]
        done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (130, f"afmnn: error: interrupted after 3 steps, the network so far is {name}\n")
        assert networks.load(name).training["steps"] == 3
    assert is_same(networks.load("net"), make())


def test_what_was_learned_is_kept_where_another_process_was_faster(folder):
    output = outputs.network_output("net", [], force=False)
    networks.save(make(1), "net")
    with pytest.raises(FileExistsError, match="written by another process meanwhile; this network is net-new: 'net'"):
        output.write(make(2))
    assert is_same(networks.load("net"), make(1))
    assert is_same(networks.load("net-new"), make(2))
    long = outputs.network_output("x" * 60, [], force=False)
    assert long.free("interrupted").name == "x" * 48 + "-interrupted"


# --- afmnn networks


def test_list(folder, run):
    run(*TRAIN, "-o", "de-noise")
    gwyddion.write_network(make(1, "gwyddion"), "bumps", install=True)
    (folder / "bad.npz").write_bytes(b"nothing")
    code, output, errors = run("networks", "list")
    assert (code, errors) == (0, "")
    lines = [re.split(r"  +", line) for line in output.splitlines()]
    assert lines[0] == ["network", "from", "sees", "nodes", "trained on", "made"]
    rows = {line[0]: line[1:] for line in lines[1:6]}
    assert list(rows) == ["universal", "universal-fine", "bad", "de-noise", "gwyddion:bumps"]
    assert rows["universal"][0] == "afmnn"
    assert rows["universal"][2:] == ["40, 16", f"default_scene(), {afmnn.load('universal').training['steps']} steps", "-"]
    assert rows["de-noise"][:4] == ["yours", "3 x 3", "2", "1 pair, 2 steps"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", rows["de-noise"][4])
    assert rows["gwyddion:bumps"][:4] == ["Gwyddion", "3 x 3", "2", "-"]
    assert rows["bad"] == ["yours", "-", "-", "-", "-"]
    assert re.search(r"^bad cannot be read: .*bad\.npz: is not an \.npz archive", output, flags=re.MULTILINE)
    assert output.endswith(f"yours are in {folder}\n")


def test_list_in_json(folder, run):
    networks.save(make(), "net")
    facts = json.loads(run("networks", "list", "--json")[1])
    assert facts["folder"] == str(folder)
    universal, fine, net = facts["networks"]
    assert (universal["source"], universal["made"], universal["stages"]) == ("package", None, 2)
    assert (fine["name"], fine["stages"]) == ("universal-fine", 3)
    assert universal["sees"] == list(afmnn.load("universal").extent)
    expected = {"name": "net", "source": "yours", "path": str(folder / "net.npz"), "sees": [3, 3], "problem": None}
    assert expected.items() <= net.items()


def test_info(folder, run):
    code, output, _ = run("networks", "info", "universal")
    assert code == 0
    assert output.startswith("universal\nafmnn network, method adam, 2 stages\nstage 1 ")
    assert output.endswith(f"file        {networks.path('universal')}\n")
    networks.save(make(), "net")
    facts = json.loads(run("networks", "info", "net", "universal", "--json")[1])["networks"]
    assert [(each["file"], each["path"]) for each in facts] == [(name, networks.path(name)) for name in ("net", "universal")]


def test_rename_and_delete(folder, run):
    networks.save(make(1), "one")
    networks.save(make(2), "two")
    assert "two: a network of this name exists" in refused(run, "networks", "rename", "one", "two")
    assert run("networks", "rename", "one", "three") == (0, f"one is three now, in {folder / 'three.npz'}\n", "")
    assert run("networks", "rename", "three", "two", "--force")[0] == 0
    assert is_same(networks.load("two"), make(1))
    refused(run, "networks", "delete", "two", "three")
    assert is_same(networks.load("two"), make(1))  # none is deleted if one is not there
    assert run("networks", "delete", "two") == (0, f"deleted two, {folder / 'two.npz'}\n", "")
    assert os.listdir(folder) == []
    for line in ("delete universal", "rename universal mine", "delete gwyddion:a"):
        assert refused(run, "networks", *line.split()).count("afmnn: error: ") == 1
    assert networks.load("universal").stages


def test_delete_in_json(folder, run):
    networks.save(make(), "net")
    facts = json.loads(run("networks", "delete", "net", "--json")[1])
    assert facts["paths"] == [str(folder / "net.npz")]
    assert not os.path.exists(folder / "net.npz")


def test_export(run):
    networks.save(make(1, "gwyddion"), "bumps")
    path = os.path.join(gwyddion.networks_folder(), "bumps")
    assert run("networks", "export", "bumps") == (0, f"written {path}\n", "")
    assert is_same(gwyddion.read_network(path), make(1, "gwyddion"))
    assert "gwyddion:bumps: a network of this name exists" in refused(run, "networks", "export", "bumps")
    facts = json.loads(run("networks", "export", "bumps", "--force", "--to", "gwyddion", "--json")[1])
    assert facts == {"command": "networks export", "network": "bumps", "output": path}
    assert "whose format has no" in refused(run, "networks", "export", "universal")


def test_export_to_onnx(run, tmp_path, monkeypatch):
    onnx = pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    assert run("networks", "export", "universal", "--to", "onnx") == (0, "written universal.onnx\n", "")
    assert "exists, and is no earlier result" in refused(run, "networks", "export", "universal", "--to", "onnx")
    command = ("networks", "export", "universal", "--to", "onnx", "-o", "half.onnx", "--strength", "0.5", "--json")
    assert json.loads(run(*command)[1]) == {"command": "networks export", "network": "universal", "output": "half.onnx"}
    about = {each.key: each.value for each in onnx.load("half.onnx").metadata_props}
    assert about["afmnn_strength"] == "0.5"
    assert "--output and --strength are for --to onnx" in refused(run, "networks", "export", "universal", "-o", "x.onnx")
    afmnn.load("universal").save("own.npz")
    assert run("networks", "export", "own.npz", "--to", "onnx") == (0, "written own.onnx\n", "")
    assert sorted(name for name in os.listdir() if name.endswith("onnx")) == ["half.onnx", "own.onnx", "universal.onnx"]


@pytest.mark.parametrize("line", ["", "rename a", "export a --to excel", "list a", "delete", "forget a"])
def test_wrong_usage_is_one_line(run, line):
    assert "--help" in refused(run, "networks", *line.split(), code=2)
