"""The whole job as it is typed: surfaces, their noise, a network, and what it makes of other shapes; and the same in Python."""

import numpy as np
import pytest

import afmnn
from afmnn import synth
from afmnn.cli import main
from afmnn.formats import images

JOB = """
synth particles radius=0.47um coverage=0.5 --size 4um --pixels 48 --seed 1 -o ideal.gwy
synth --base ideal.gwy --add noise:rms=60nm --add line_steps:rms=100nm --seed 2 -o noisy.gwy
train noisy.gwy ideal.gwy -o de-noise --window 7 --steps 4 --seed 3
synth objects kind=doughnut radius=0.5um height=0.4um --size 4um --pixels 48 --seed 4 -o truth.gwy
synth --base truth.gwy --add noise:rms=60nm --add line_steps:rms=100nm --seed 5 -o donuts.gwy
apply de-noise donuts.gwy -o clean.gwy
convert clean.gwy:1 -o clean.npz
level clean.gwy:1 -o flat.npz
"""


def defects(base, seed):
    """What the two --add do."""
    first, second = np.random.SeedSequence(seed).spawn(2)
    return synth.line_steps(base=synth.noise(base=base, rms=60e-9, seed=first), rms=100e-9, seed=second)


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_the_job_ends_in_the_numbers_of_the_python_way(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFMNN_NETWORKS", str(tmp_path / "networks"))
    for line in JOB.strip().splitlines():
        assert main(line.split()) == 0, line

    frame = {"shape": (48, 48), "pixel_size": 4e-6 / 48}
    size = {"size": (4e-6, 4e-6), "unit_xy": "m", "unit_z": "m"}
    ideal = synth.particles(**frame, radius=0.47e-6, coverage=0.5, seed=1)
    truth = synth.objects(**frame, kind="doughnut", radius=0.5e-6, height=0.4e-6, seed=4)
    noisy, donuts = defects(ideal, 2), defects(truth, 5)
    network = afmnn.train(afmnn.Image(noisy, **size), afmnn.Image(ideal, **size), window=7, steps=4, seed=3)
    clean = afmnn.apply(network, afmnn.Image(donuts, **size))
    for name, expected in (("ideal", ideal), ("noisy", noisy), ("truth", truth), ("donuts", donuts)):
        np.testing.assert_array_equal(afmnn.read_image(f"{name}.gwy").data, expected)
    np.testing.assert_array_equal(images.read_image("clean.gwy", 1).data, clean.data)
    np.testing.assert_array_equal(afmnn.read_image("clean.npz").data, clean.data)
    np.testing.assert_array_equal(afmnn.read_image("flat.npz").data, afmnn.level(clean).data)
    assert afmnn.read_image("clean.npz").size == (4e-6, 4e-6)
