"""What is computed in NumPy, or was, is the same on every CPU: choices and results to the last bit, figures to 1e-12.

A second process stands for another computer: NumPy without the vector code that this CPU could run, and with linear algebra for
the first CPUs of 64 bits. What test_invariance does for the core's kernels, this does for everything around them.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal


def features_of_numpy():
    """Return what NumPy's vector code uses on this CPU."""
    name = "numpy._core._multiarray_umath" if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else "numpy.core._multiarray_umath"
    core = sys.modules[name]
    return [feature for feature in core.__cpu_dispatch__ if core.__cpu_features__.get(feature)]


def results(path, **variables):
    job = Path(__file__).with_name("cpu_job.py")
    process = subprocess.run(
        [sys.executable, job, path], env={**os.environ, **variables}, capture_output=True, text=True, timeout=120, check=False
    )
    assert process.returncode == 0, process.stderr
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def two_computers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("computers")
    old = {"NPY_DISABLE_CPU_FEATURES": " ".join(features_of_numpy()), "OPENBLAS_CORETYPE": "Prescott", "AFMNN_SIMD": "generic"}
    return results(folder / "this.npz"), results(folder / "old.npz", **old)


def test_bits(two_computers):
    this, old = two_computers
    names = [name for name in this if not name.startswith("figure")]
    assert len(names) > 80
    differing = [name for name in names if not np.array_equal(this[name], old[name], equal_nan=True)]
    assert not differing


def test_figures(two_computers):
    this, old = two_computers
    names = [name for name in this if name.startswith("figure")]
    assert len(names) > 20
    for name in names:
        scale = np.abs(this[name]).max()
        assert np.isfinite(scale), name
        assert_allclose(old[name], this[name], rtol=0, atol=1e-12 * scale, err_msg=name)


def test_terraces_are_found(two_computers):
    """Five, of which three lie in a row of equal distances: the comparison above is not one of nothing with nothing."""
    edges = two_computers[0]["terraces"].reshape(-1, 2)
    assert_array_equal(np.round(edges.mean(axis=1), 1), [0.0, 2.0, 3.0, 7.0, 9.0])
