"""How many threads are used."""

import os
import subprocess
import sys

import numpy as np
import pytest

import afmnn
from afmnn import _core, _threads


@pytest.fixture(autouse=True)
def default():
    yield
    afmnn.set_num_threads(None)


def in_new_process(code, **environment):
    """Run code in a fresh interpreter and return what it printed."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_default_is_what_this_process_may_use(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert afmnn.get_num_threads() == cores


@pytest.mark.parametrize(("value", "expected"), [("1", 1), ("1,4", 1), (" 1 ", 1)])
def test_openmp_variable_is_a_cap(value, expected, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert afmnn.get_num_threads() == expected


@pytest.mark.parametrize("value", ["", "0", "-3", "many", "1000000", "²"])
def test_a_variable_that_means_nothing_is_ignored(value, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    cores = afmnn.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert afmnn.get_num_threads() == cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs sched_setaffinity")
def test_affinity_is_respected():
    code = """
import os
os.environ.pop("OMP_NUM_THREADS", None)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import afmnn
print(afmnn.get_num_threads())
"""
    assert in_new_process(code) == "1"


def test_choice_is_kept_until_none():
    before = afmnn.get_num_threads()
    afmnn.set_num_threads(np.int64(3))
    assert afmnn.get_num_threads() == 3
    assert type(afmnn.get_num_threads()) is int
    assert _threads.resolve_threads(None) == 3
    assert _threads.resolve_threads(2) == 2
    afmnn.set_num_threads(None)
    assert afmnn.get_num_threads() == before


@pytest.mark.parametrize(
    ("threads", "error", "message"),
    [
        (0, ValueError, "threads must be at least 1, got 0"),
        (-1, ValueError, "threads must be at least 1, got -1"),
        (1.0, TypeError, "threads must be an integer, got 1.0"),
        ("2", TypeError, "threads must be an integer, got '2'"),
        (True, TypeError, "threads must be an integer, got True"),
    ],
)
def test_wrong_numbers_are_refused_everywhere(threads, error, message, rng):
    image = rng.normal(size=(12, 12))
    net = afmnn.train(image, 2 * image, window=3, hidden=1, steps=0, seed=0)
    for call in (
        lambda: afmnn.set_num_threads(threads),
        lambda: afmnn.train(image, 2 * image, window=3, threads=threads),
        lambda: afmnn.apply(net, image, threads=threads),
    ):
        with pytest.raises(error, match=f"^{message}$"):
            call()


def test_any_number_of_threads_is_safe(rng):
    """Where the system refuses a thread the OpenMP runtime would end the process: so many are never asked for."""
    image = rng.normal(size=(200, 300))
    net = afmnn.train(image, 2 * image, window=3, hidden=1, steps=1, seed=0)
    expected = afmnn.apply(net, image, threads=1)
    for threads in (1000, 2**31, 10**30):
        np.testing.assert_array_equal(afmnn.apply(net, image, threads=threads), expected)
        again = afmnn.train(image, 2 * image, window=3, hidden=1, steps=1, seed=0, threads=threads)
        np.testing.assert_array_equal(again.layers[0], net.layers[0])
    assert _core.finite_range(image, 4096) == _core.finite_range(image, 1)
    assert _threads.resolve_threads(10**30) <= max(16, 4 * os.cpu_count())


def test_the_number_of_operating_system_threads_is_bounded():
    code = """
import numpy as np, afmnn
from afmnn import _core
_core.quantiles(np.random.default_rng(0).normal(size=(5000, 500)), [0.5], 4096)
print(len(__import__("os").listdir("/proc/self/task")))
"""
    if not os.path.isdir("/proc/self/task"):
        pytest.skip("needs /proc")
    assert int(in_new_process(code)) <= max(16, 4 * os.cpu_count()) + 1
