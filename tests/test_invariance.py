"""Same bits whatever the threads, the place in memory, the tiles, the instruction set's repetition, or who else is at work."""

import concurrent.futures
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import _core
from afmnn._reference import networks as twin
from afmnn._reference import online as online_twin
from afmnn._reference import trainer as trainer_twin
from afmnn.nn.apply import core_network
from networks import problem, relief, same, some_network, weights

pytestmark = pytest.mark.arithmetic

THREADS = (1, 2, 3)


def moved(image, offset):
    """A copy that begins `offset` elements behind an address that is a multiple of 64."""
    room = np.zeros(image.size + 64 + offset, image.dtype)
    first = -room.ctypes.data % 64 // image.itemsize + offset
    copy = room[first : first + image.size].reshape(image.shape)
    assert copy.ctypes.data % 64 == offset * image.itemsize % 64
    copy[...] = image
    return copy


# ---- threads, memory, tiles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("window", "hidden", "method"), [((5, 4), (3, 2), "adam"), ((27, 27), (6,), "adam"), ((6, 7), (5,), "gwyddion")], ids=str
)
def test_apply_in_any_place_by_any_number_of_threads(window, hidden, method, dtype, rng):
    image = relief((203, 250), rng)[0].astype(dtype)
    net = some_network(window, hidden, rng, method)
    expected = afmnn.apply(net, image, threads=1)
    for offset in range(8):
        for threads in THREADS:
            out = moved(np.zeros_like(image), (3 * offset) % 8)
            got = afmnn.apply(net, moved(image, offset), threads=threads, out=out)
            assert_array_equal(got, expected)


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_train_in_any_place_by_any_number_of_threads(method, rng):
    noisy, ideal = (image.astype(np.float32) for image in relief((40, 75), rng))
    mask = (rng.random(noisy.shape) < 0.9).astype(float)
    settings = {"window": (5, 4), "hidden": (4, 2) if method == "adam" else 5, "steps": 3, "seed": 1, "method": method}
    expected = afmnn.train(noisy, ideal, mask=mask, validation=0.4, threads=1, **settings)
    for offset in range(8):
        threads = THREADS[offset % 3]
        got = afmnn.train(
            moved(noisy, offset), moved(ideal, 7 - offset), mask=moved(mask, offset), validation=0.4, threads=threads, **settings
        )
        same(got, expected)
        for name in ("training", "validation"):
            assert_array_equal(got.history[name], expected.history[name])


def test_how_long_a_call_takes_does_not_matter(rng, monkeypatch):
    """Training is cut in calls by the clock."""
    noisy, ideal = relief((60, 70), rng)
    settings = {"window": 5, "hidden": 3, "steps": 8, "seed": 0, "batch": 100}
    expected = {method: afmnn.train(noisy, ideal, method=method, **cut(settings, method)) for method in ("adam", "gwyddion")}
    monkeypatch.setattr(afmnn.training.loop, "_CALL_SECONDS", 0.0)
    for method, net in expected.items():
        again = afmnn.train(noisy, ideal, method=method, **cut(settings, method))
        same(again, net)
        assert {k: v.tolist() for k, v in again.history.items()} == {k: v.tolist() for k, v in net.history.items()}


def cut(settings, method):
    return {name: value for name, value in settings.items() if method == "adam" or name != "batch"}


@pytest.mark.parametrize(("window", "hidden"), [((5, 4), (3,)), ((27, 27), (6,))], ids=str)
def test_rows_may_be_divided_among_calls(window, hidden, rng):
    image = relief((300, 200), rng)[0].astype(np.float32)
    core = core_network(some_network(window, hidden, rng))
    fourier_size, tile_rows = _core.plan_tiles(core, *image.shape)
    assert (fourier_size > 0) == (window == (27, 27))
    arguments, whole = ((0.5, 2.0, 0.5, 2.0, 0.0, 0.0), ("reflect", 0.0)), np.empty_like(image)
    _core.apply(core, image, whole, *arguments, fourier_size=fourier_size)
    for tiles in (1, 2, 3):
        pieces = np.full_like(image, np.nan)
        for first in reversed(range(0, 300, tiles * tile_rows)):
            last = min(first + tiles * tile_rows, 300)
            _core.apply(core, image, pieces, *arguments, rows=(first, last), fourier_size=fourier_size, threads=2)
        assert_array_equal(pieces, whole)


# ---- instruction sets ---------------------------------------------------------------------------------------------


#: Whoever forces an instruction set asks about that one.
INSTRUCTION_SETS = [os.environ["AFMNN_SIMD"]] if os.environ.get("AFMNN_SIMD") else ["generic", "avx2", "avx512"]


def run_with(simd, path, **variables):
    """Run simd_job.py with an instruction set; None where the machine lacks it."""
    job = Path(__file__).with_name("simd_job.py")
    environment = {**os.environ, "AFMNN_SIMD": simd, "PYTHONWARNINGS": "error", **variables}
    process = subprocess.run(
        [sys.executable, job, path], env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    if process.returncode != 0:
        assert "AFMNN_SIMD must name an instruction set that this machine has" in process.stderr, process.stderr
        return None
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def by_simd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simd")
    return {simd: run_with(simd, folder / f"{simd}.npz") for simd in INSTRUCTION_SETS}


@pytest.mark.parametrize("simd", INSTRUCTION_SETS)
def test_every_instruction_set_agrees_with_float64_twins(simd, by_simd):
    found = by_simd[simd]
    if found is None:
        pytest.skip(f"this machine has no {simd}")
    assert str(found["name"]) == simd
    rng = np.random.default_rng(7)
    image, ideal = relief((70, 90), rng)
    for name, window, hidden, method in (
        ("direct", (5, 7), (11, 3), "adam"),
        ("fourier", (27, 27), (6,), "adam"),
        ("classic", (6, 5), (9,), "gwyddion"),
    ):
        net = some_network(window, hidden, rng, method)
        expected = twin.apply(net, image, scaling=net.measure(image))
        precision = 4e-6 if method == "adam" else 1e-13
        span = max(np.ptp(image), np.ptp(expected))
        assert_allclose(found[f"apply {name}"], expected, rtol=0, atol=precision * span)
        assert_allclose(found[f"apply {name} float32"], expected, rtol=0, atol=4e-6 * span)
    layers, linear = weights((7, 6), (5, 3), rng)
    pairs = problem([(20, 70), (13, 19)], rng, weighted=True)
    x, target, weight = (np.concatenate(parts) for parts in zip(*(pair.problem((7, 6)) for pair in pairs), strict=True))
    slopes, path, _ = trainer_twin.gradient(layers, linear, x, target, weight)
    slow = trainer_twin.MiniBatches(
        layers=[layer.copy() for layer in layers],
        linear=linear.copy(),
        window=(7, 6),
        pairs=pairs,
        batch=150,
        flips=True,
        key=0,
        rate=0.01,
        last_rate=0.01,
        beta=(0.9, 0.999),
        epochs=2,
    )
    slow.run_epoch(0)
    learnt, learnt_path = slow.network()
    for precision, tolerance in (("F32", 3e-6), ("F64", 1e-12)):
        for i, slope in enumerate((*slopes, path)):
            expected = slope / weight.sum()
            assert_allclose(found[f"gradient {precision} {i}"], expected, rtol=0, atol=tolerance * np.abs(expected).max())
        for i, layer in enumerate((*learnt, learnt_path)):
            # Adam divides by the gradient's size: where that is nearly zero, rounding is magnified.
            assert_allclose(found[f"adam {precision} {i}"], layer, rtol=0, atol=2e-3 if precision == "F32" else 1e-9)
    init = some_network((6, 7), (9,), rng, "gwyddion")
    scaled = [(a - a.min()) / np.ptp(a) for a in (image[:24], ideal[:24])]
    online, _, _ = online_twin.online(list(init.layers), *scaled, (6, 7), 2)
    for i, layer in enumerate(online):
        assert_allclose(found[f"online {i}"], layer, rtol=0, atol=1e-12)


@pytest.mark.parametrize("simd", INSTRUCTION_SETS)
def test_every_instruction_set_repeats_itself(simd, by_simd, tmp_path):
    if by_simd[simd] is None:
        pytest.skip(f"this machine has no {simd}")
    # The second time the OpenMP runtime is told to give fewer threads than are asked for.
    again = run_with(simd, tmp_path / "again.npz", OMP_THREAD_LIMIT="1", OMP_DYNAMIC="true")
    for name, value in by_simd[simd].items():
        assert_array_equal(again[name], value, err_msg=name)


def test_an_instruction_set_that_does_not_exist():
    environment = {**os.environ, "AFMNN_SIMD": "sse9"}
    process = subprocess.run([sys.executable, "-c", "import afmnn"], env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert process.stderr.strip().splitlines()[-1] == (
        "ImportError: AFMNN_SIMD must name an instruction set that this machine has (generic, avx2, avx512), got 'sse9'"
    )


# ---- company ------------------------------------------------------------------------------------------------------


def job(seed):
    """A small training and an application, with two threads each."""
    noisy, ideal = relief((90, 100), np.random.default_rng(seed))
    net = afmnn.train(noisy, ideal, window=7, hidden=3, steps=3, seed=seed, threads=2)
    classic = afmnn.train(noisy[:40], ideal[:40], window=5, hidden=2, steps=1, seed=seed, threads=2, method="gwyddion")
    large = np.tile(noisy, (3, 3))
    return net, classic, afmnn.apply(net, large, threads=2), afmnn.apply(classic, large, threads=2)


def same_results(got, expected):
    for one, other in zip(got[:2], expected[:2], strict=True):
        same(one, other)
    for one, other in zip(got[2:], expected[2:], strict=True):
        assert_array_equal(one, other)


def test_several_python_threads_at_once():
    expected = [job(seed) for seed in range(3)]
    got = [None] * 6
    start = threading.Barrier(6)

    def work(i):
        start.wait()
        got[i] = job(i % 3)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
        assert not worker.is_alive()
    for i, result in enumerate(got):
        same_results(result, expected[i % 3])


def test_one_network_and_one_image_for_several_threads(rng):
    image = relief((150, 160), rng)[0]
    net = some_network((9, 8), (4,), rng)
    expected = afmnn.apply(net, image)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda threads: afmnn.apply(net, image, threads=threads), [1, 2, 3, 2] * 4):
            assert_array_equal(got, expected)


def in_child(pipe, seed, depth):
    """Run the job after a fork; `depth` more forks follow."""
    if depth:
        answer(seed, depth - 1)
    # Also from a thread that the child has started.
    results = []
    worker = threading.Thread(target=lambda: results.append(job(seed)))
    worker.start()
    worker.join()
    pipe.send((job(seed), results[0]))


def answer(seed, depth=0):
    """Fork, and return what the child finds."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=in_child, args=(there, seed, depth))
    child.start()
    try:
        assert here.poll(60), "the child hangs"
        results = here.recv()
        child.join(30)
        assert child.exitcode == 0
    finally:
        if child.is_alive():
            child.kill()
    return results


needs_fork = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("depth", [0, 1])
def test_a_forked_child(depth):
    expected = job(3)  # starts this process's own threads, which the child will lack
    for got in answer(3, depth):
        same_results(got, expected)
    same_results(job(3), expected)  # and the parent is none the worse


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_worker_processes():
    expected = [job(seed) for seed in range(2)]
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        for i, got in enumerate(pool.map(job, [0, 1, 0, 1], timeout=120)):
            same_results(got, expected[i % 2])


def test_an_image_that_changes_meanwhile_does_no_harm(rng):
    """Nobody should, but no write of another thread may end the process: counts of one pass must not be trusted in the next."""
    image = rng.normal(size=(400, 400))
    net = some_network((3, 3), (2,), rng)
    done = threading.Event()

    def disturb():
        other = np.random.default_rng(1)
        while not done.is_set():
            image[...] = np.round(other.normal(size=image.shape), other.integers(0, 9)) * 10.0 ** other.integers(-9, 9)
            image[other.integers(400)] = other.choice([np.nan, np.inf, 1e300, 0.0])

    disturber = threading.Thread(target=disturb)
    disturber.start()
    begun = time.perf_counter()
    while time.perf_counter() - begun < 0.5:
        _core.quantiles(image, [0.05, 0.5, 0.95], 2)
        _core.finite_range(image, 2)
        afmnn.apply(net, image, nan="keep", scaling=net.scaling)
    done.set()
    disturber.join()
