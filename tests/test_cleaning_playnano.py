"""The filter for playNano: the function, how it is found, and what the program itself makes of it where it is installed.

The program is called and not imported; the bundle that it reads is written as its documentation describes it.
"""

import importlib.metadata
import inspect
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn.cleaning.playnano import clean_frame
from networks import relief

pytestmark = pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")


def test_it_is_apply(rng):
    frame = relief((30, 41), rng)[0]
    assert_array_equal(clean_frame(frame), afmnn.apply("universal", frame))
    assert_array_equal(clean_frame(frame, strength=0.5), afmnn.apply("universal", frame, strength=0.5))
    assert clean_frame(frame.astype(np.float32)).dtype == np.float32


def test_networks_of_ones_own(tmp_path, rng):
    frame = relief((30, 41), rng)[0]
    net = afmnn.train(frame, 0.5 * frame, window=3, hidden=2, steps=1, seed=0)
    net.save(tmp_path / "net.npz")
    assert_array_equal(clean_frame(frame, network=str(tmp_path / "net.npz")), afmnn.apply(net, frame))
    with pytest.raises(FileNotFoundError, match="none-such"):
        clean_frame(frame, network="none-such")
    with pytest.raises(ValueError, match="strength must be 1"):
        clean_frame(frame, network=str(tmp_path / "net.npz"), strength=0.5)


def test_what_is_not_finite_stays_and_the_frame_is_not_changed(rng):
    frame = relief((30, 41), rng)[0]
    frame[3, 4], frame[5, 6] = np.nan, np.inf
    before = frame.copy()
    result = clean_frame(frame)
    assert_array_equal(frame, before)
    assert_array_equal(np.isfinite(result), np.isfinite(frame))
    assert (np.isnan(result[3, 4]), result[5, 6]) == (True, np.inf)


def test_it_is_found_and_says_its_version_and_parameters():
    (entry,) = [each for each in importlib.metadata.entry_points(group="playnano.filters") if each.name == "afmnn"]
    found = entry.load()
    assert found is clean_frame
    assert found.__version__ == afmnn.__version__
    _, *parameters = inspect.signature(found).parameters.values()
    assert {each.name: each.default for each in parameters} == {"network": "universal", "strength": 1.0}


@pytest.mark.skipif(shutil.which("playnano") is None, reason="needs the program playnano: nox -s playnano")
def test_playnano_cleans_a_stack_and_records_how(tmp_path, rng):
    h5py = pytest.importorskip("h5py")
    frames = np.stack([relief((30, 41), rng)[0] for _ in range(3)]).astype(np.float32)
    np.savez(
        tmp_path / "stack.npz",
        data=frames,
        timestamps=np.arange(3.0),
        frame_metadata_json=json.dumps([{"timestamp": float(i)} for i in range(3)]),
        provenance_json=json.dumps({}),
        pixel_size_nm=np.float32(2.0),
        channel="height_trace",
    )
    steps = "afmnn:network=universal,strength=0.5"
    line = ["playnano", "process", "stack.npz", "--processing", steps, "--export", "h5", "--output-folder", "out"]
    quiet = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "MPLBACKEND": "agg"}
    done = subprocess.run(line, cwd=tmp_path, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "failed on frame" not in done.stderr  # a filter that raises is a warning there, and the frame stays as it was
    (path,) = tmp_path.glob("out/*.h5")
    with h5py.File(path) as file:
        cleaned, record = file["data"][()], json.loads(file["provenance_json"][()])
    expected = np.stack([afmnn.apply("universal", frame, strength=0.5) for frame in frames])
    assert_allclose(cleaned, expected, rtol=0, atol=1e-6 * np.ptp(frames))
    assert np.ptp(expected - frames) > 0.01  # else the frames themselves would do
    (step,) = record["processing"]["steps"]
    assert (step["name"], step["version"]) == ("afmnn", afmnn.__version__)
    assert step["params"] == {"network": "universal", "strength": 0.5}
