"""``afmnn adapt``."""

import json

import numpy as np
import pytest

import afmnn
from afmnn import synth
from afmnn.cli import main
from afmnn.formats import images
from networks import same

pytestmark = pytest.mark.filterwarnings("ignore:the network is of no use")
INSTRUMENT = synth.Instrument(noise={"white": 0.3}, scanner={"lag": 2.0})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a network and two scans in both directions."""
    monkeypatch.chdir(tmp_path)
    scene = synth.default_scene(shape=(48, 48))
    afmnn.train_on_scene(scene, steps=(3, 2), hidden=(8, 4), batch=512, seed=6, threads=1).save("net.npz")
    for seed in (1, 2):
        surface = synth.self_affine((80, 96), rms=1.0, hurst=0.9, roll_off=40.0, smoothing=2.0, seed=seed)
        directions = zip(INSTRUMENT.scan(surface, seed=seed), ("Height (Trace)", "Height (Retrace)"), strict=True)
        images.write_images(f"scan{seed}.gwy", [afmnn.Image(z, unit_z="m", title=title) for z, title in directions])
    return tmp_path


@pytest.mark.filterwarnings("ignore:the network is left as it was")
def test_it_makes_the_network_that_python_makes(folder, capsys):
    words = ["adapt", "net.npz", "scan1.gwy", "scan2.gwy", "--steps", "3,1", "--seed", "4", "--threads", "1"]
    assert main([*words, "-o", "ours.npz"]) == 0
    scans = [afmnn.read_directions(f"scan{seed}.gwy") for seed in (1, 2)]
    net = afmnn.load("net.npz")
    expected = afmnn.adapt(net, scans, steps=(3, 1), seed=4, threads=1)
    same(afmnn.load("ours.npz"), expected)
    output, errors = capsys.readouterr()
    assert ("adapted to 2 places" in output) is (expected is not net)
    assert ("left as it was" in errors) is (expected is net)
    assert "written     ours.npz" in output


def test_the_network_as_it_was_is_written_where_nothing_is_better(folder, monkeypatch, capsys):
    monkeypatch.setattr("afmnn.cli._adapt.adapt", lambda network, scans, **_: network)
    assert main(["adapt", "net.npz", "scan1.gwy", "-o", "ours.npz", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["command"], said["output"], said["adapted"]) == ("adapt", "ours.npz", None)
    same(afmnn.load("ours.npz"), afmnn.load("net.npz"))


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["net.npz", "nothing.gwy"], 1, "nothing.gwy"),
        (["nothing", "scan1.gwy"], 1, "there is no network of the name"),
        (["net.npz", "single.npy"], 1, "must be recorded twice"),
        (["net.npz", "scan1.gwy", "--steps", "1"], 1, "steps must be at least 2"),
        (["net.npz", "scan1.gwy", "--steps", "x"], 2, "is not a number of steps"),
        (["net.npz", "scan1.gwy", "-o", "net.npz"], 1, "is an input"),
        (["net.npz", "scan1.gwy", "-o", "gwyddion:ours"], 1, "cannot be written for Gwyddion"),
        (["net.npz"], 2, "required"),
    ],
)
def test_wrong_words_are_one_line_and_write_nothing(folder, capsys, words, code, message):
    np.save("single.npy", np.random.default_rng(0).normal(size=(70, 70)))
    before = sorted(folder.iterdir())
    assert main(["adapt", "-o", "ours.npz", *words]) == code
    output, error = capsys.readouterr()
    assert message in error
    assert error.count("\n") == 1
    assert output == ""
    assert sorted(folder.iterdir()) == before
