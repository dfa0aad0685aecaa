"""The curve of the error that ``afmnn train`` ends with."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import afmnn
from afmnn.cli._curve import curve


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7, 5, 3, 1, 0], "█▆▄▂▁"),
        (np.arange(8) * 1e-9 + 3e-7, "▁▂▃▄▅▆▇█"),
        ([2, 2, 2], "▁▁▁"),
        ([], ""),
        ([3], ""),
        ([3, np.nan, 1], ""),
        ([3, np.inf, 1], ""),
    ],
)
def test_lowest_and_highest_have_the_lowest_and_highest_block(values, expected):
    assert curve(values) == expected


def test_a_long_curve_fits_a_line_and_keeps_its_ends():
    drawn = curve(np.linspace(5, 1, 1000))
    assert len(drawn) == 60
    assert (drawn[0], drawn[-1]) == ("█", "▁")
    assert sorted(drawn, reverse=True) == list(drawn)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_train_ends_with_it_where_it_can_be_shown(tmp_path, rng, encoding):
    ideal = np.sin(np.add.outer(np.arange(32) / 4, np.arange(40) / 5))
    np.save(tmp_path / "ideal.npy", ideal)
    np.save(tmp_path / "noisy.npy", ideal + 0.3 * rng.normal(size=ideal.shape))
    words = ["train", "noisy.npy", "ideal.npy", "-o", "a.npz", "--window", "5", "--hidden", "2", "--steps", "6", "--seed", "1"]

    def run(*more):
        done = subprocess.run(
            [sys.executable, "-m", "afmnn", *words, *more], check=True, capture_output=True, cwd=tmp_path, timeout=120,
            env={**os.environ, "PYTHONIOENCODING": encoding},
        )  # fmt: skip
        return done.stdout.decode("utf-8")

    said = run()
    network = afmnn.load(tmp_path / "a.npz")
    lines = [line for line in said.splitlines() if line.startswith("curve")]
    assert lines == ([f"curve       {curve(network.history['training'])}"] if encoding == "utf-8" else [])
    assert "noisy images as they are" in said
    assert len(json.loads(run("--json", "--force"))["training_error"]) == network.history["training"].size
