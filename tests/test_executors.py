"""Tasks on other executors: threads, processes, dask; and workers that die."""

import concurrent.futures
import multiprocessing
import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest

import afmnn
from afmnn._executors import LostError, as_done, check_executor, results
from afmnn.cli import main


def square(number):
    if number == 13:
        raise ValueError("thirteen")
    return number * number


def die_once(number, folder):
    """End the process of the pool, the first time that it is asked for 3."""
    mark = os.path.join(folder, "died")
    if number == 3 and multiprocessing.parent_process() is not None and not os.path.exists(mark):
        open(mark, "w").close()
        os._exit(1)
    return number * number


class Unlucky(concurrent.futures.ThreadPoolExecutor):
    """Loses the first `losses` tasks of each kind, as a cluster does whose workers are killed."""

    def __init__(self, losses):
        super().__init__(1)
        self.losses, self.asked = losses, {}

    def submit(self, function, /, *task):
        self.asked[task] = self.asked.get(task, 0) + 1
        if self.asked[task] <= self.losses:
            future = concurrent.futures.Future()
            future.set_exception(concurrent.futures.BrokenExecutor("gone"))
            return future
        return super().submit(function, *task)


def spawned(workers):
    return concurrent.futures.ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def test_every_task_has_its_own_result_or_its_own_error():
    with concurrent.futures.ThreadPoolExecutor(3) as executor:
        found = dict(results(executor, square, [(n,) for n in range(20)]))
    assert sorted(found) == list(range(20))
    assert [found[n].result() for n in range(20) if n != 13] == [n * n for n in range(20) if n != 13]
    with pytest.raises(ValueError, match="thirteen"):
        found[13].result()


def test_tasks_whose_worker_died_are_started_again():
    executor = Unlucky(2)
    found = {number: future.result() for number, future in results(executor, square, [(4,), (5,)])}
    assert found == {0: 16, 1: 25}
    assert executor.asked == {(4,): 3, (5,): 3}


def test_a_task_that_always_loses_its_worker_is_given_up():
    executor = Unlucky(99)
    found = dict(results(executor, square, [(4,)]))
    with pytest.raises(LostError, match="3 times"):
        found[0].result()
    assert executor.asked == {(4,): 3}


def test_a_broken_pool_of_processes_costs_no_results(tmp_path):
    with spawned(1) as executor:
        tasks = [(n, str(tmp_path)) for n in range(6)]
        found = {number: future.result() for number, future in results(executor, die_once, tasks)}
    assert (tmp_path / "died").exists()
    assert found == {n: n * n for n in range(6)}


def die_always(number, folder):
    """Kill the process of the pool for 2 and 9, and write down who has been asked for what."""
    with open(os.path.join(folder, f"{number}.txt"), "a") as file:
        file.write(f"{os.getpid()}\n")
    if number in (2, 9):
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 4:
        raise ValueError("four")
    return number * number


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
@pytest.mark.parametrize("workers", [1, 3])
def test_a_task_that_kills_its_process_every_time_costs_itself_only(tmp_path, workers):
    with spawned(workers) as executor:
        found = dict(results(executor, die_always, [(n, str(tmp_path)) for n in range(12)]))
    assert sorted(found) == list(range(12))
    for number in (2, 9):
        with pytest.raises(LostError, match="its worker died, and once more"):
            found.pop(number).result()
    with pytest.raises(ValueError, match="four"):
        found.pop(4).result()
    assert {number: future.result() for number, future in found.items()} == {n: n * n for n in found}
    processes = {int(line) for file in tmp_path.glob("*.txt") for line in file.read_text().split()}
    assert os.getpid() not in processes
    assert len((tmp_path / "9.txt").read_text().split()) <= 3  # not again and again


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_what_is_not_asked_for_any_more_is_not_done(tmp_path):
    with spawned(1) as executor:
        left = results(executor, die_always, [(n, str(tmp_path)) for n in (2, *range(20, 60))])
        number, future = next(left)
        assert number == 0
        with pytest.raises(LostError):
            future.result()
        left.close()
    assert len(list(tmp_path.glob("*.txt"))) < 20
    assert multiprocessing.active_children() == []


def test_nobody_waits_in_a_way_that_an_interrupt_leaves_locked():
    """Ctrl-C in the middle of these two leaves locks of futures taken, and then no executor can be shut down."""
    package = Path(afmnn.__file__).parent
    found = {file.name for file in package.rglob("*.py") if re.search(r"futures\.(wait|as_completed)\(", file.read_text("utf-8"))}
    assert found == set()


def test_futures_come_when_they_are_done():
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        slow, quick = (executor.submit(time.sleep, seconds) for seconds in (0.3, 0.0))
        assert list(as_done([slow, quick])) == [quick, slow]


def cannot_start():
    raise OSError("no")


def test_threads_that_cannot_be_started_cost_no_results():
    with concurrent.futures.ThreadPoolExecutor(1, initializer=cannot_start) as executor:
        found = {number: future.result() for number, future in results(executor, square, [(4,), (5,)])}
    assert found == {0: 16, 1: 25}


def test_what_is_no_executor_is_refused():
    with pytest.raises(TypeError, match=r"executor must be a concurrent\.futures\.Executor, got str"):
        check_executor("tcp://host:8786")


def pair():
    rng = np.random.default_rng(5)
    ideal = np.sin(np.arange(48) / 5.0)[:, None] * np.cos(np.arange(48) / 7.0)
    return ideal + 0.2 * rng.normal(size=ideal.shape), ideal


def searched(**options):
    noisy, ideal = pair()
    return afmnn.search(
        noisy, ideal, {"hidden": [2, 3], "window": [3, 5]}, validation=0.25, steps=3, seed=1, patience=3, **options
    )


def told(result):
    return [(row["trial"], row["score"], row["steps_made"]) for row in result.rows]


def test_search_finds_the_same_on_an_executor(tmp_path):
    expected = searched()
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        assert told(searched(executor=executor, resume=tmp_path / "trials")) == told(expected)
        again = Unlucky(99)  # everything is in the folder: nothing is asked of the executor
        assert told(searched(executor=again, resume=tmp_path / "trials")) == told(expected)
    assert again.asked == {}


def test_search_in_processes():
    with spawned(1) as executor:
        assert told(searched(executor=executor)) == told(searched())


def test_trials_that_are_lost_fail_and_the_search_says_so():
    with pytest.raises(ValueError, match="its worker died 3 times"):
        searched(executor=Lost())


class Lost(concurrent.futures.Executor):
    def submit(self, function, /, *task):
        future = concurrent.futures.Future()
        future.set_exception(concurrent.futures.BrokenExecutor("gone"))
        return future


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_a_task_that_kills_every_worker_of_a_cluster_costs_itself_only(tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        executor = client.get_executor(pure=False)
        found = dict(results(executor, die_always, [(n, str(tmp_path)) for n in (0, 1, 2, 3, 5, 6, 7)]))
    with pytest.raises(LostError, match="its workers died, also where it was alone"):
        found.pop(2).result()
    assert sorted(future.result() for future in found.values()) == [0, 1, 9, 25, 36, 49]


def test_clean_on_a_cluster_writes_what_it_writes_here(tmp_path, capsys, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    for name in "abc":
        afmnn.write_image(
            f"{name}.gsf", afmnn.Image(1e-9 * rng.normal(size=(40, 50)), size=(1e-6, 1e-6), unit_xy="m", unit_z="m")
        )
    (tmp_path / "bad.gsf").write_bytes(b"no image")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        status = main(["clean", ".", "-o", "there", "--format", "npy", "--dask", cluster.scheduler_address])
        assert status == 1
        assert "bad.gsf" in capsys.readouterr().err
    assert main(["clean", ".", "-o", "here", "--format", "npy"]) == 1
    for name in "abc":
        here, there = (np.load(next((tmp_path / where).glob(f"{name}*.npy"))) for where in ("here", "there"))
        assert np.array_equal(here, there)


def test_a_scheduler_that_is_not_there_is_said_before_any_work(tmp_path, capsys, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("afmnn.cli._clean_cluster._PATIENCE", 0.5)
    monkeypatch.chdir(tmp_path)
    np.save("scan.npy", np.eye(20))
    assert main(["clean", "scan.npy", "--dask", "tcp://127.0.0.1:9"]) != 0
    assert "no scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scan.npy"]
