"""Arrays larger than memory and many files: the figures that were asked for, ``python benchmarks/large_arrays.py``.

- ``array``: an array of zarr of 16384 x 16384 float32 (1 GiB) through ``afmnn apply`` with two worker processes. Asked for: less
  than 2 GB of memory in all processes together, 0.8 or more of the speed of apply() on an array in memory with two threads, and
  in a corner the bits of the array in memory. The speed in memory is that of a strip of the array, before and after: a pixel
  costs the same, and the whole would take as long again. That of the file counts from the start of the command to its end.
- ``cluster``: dask's cluster of three workers, one of which is killed when half of the result is written. Asked for: the run
  ends, and the result is that of the array in memory.
- ``files``: 1000 files of 256 x 256 through ``afmnn clean --dask`` with two workers. Asked for: at most 1.2 times as long as the
  faster of ``afmnn clean --threads 2`` and two commands for half of the files each.

Memory is the proportional set size, which counts what processes share once: Linux only. Would refute the figures: a run on a
quiet machine with the default sizes that misses one.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import afmnn
from _alternate import alternate

_CHUNK = 512
_NETWORK = "universal"


def strip(first: int, rows: int, cols: int) -> NDArray[np.float32]:
    """Rows of a scan: hills, noise, lines that are offset; any number at a time gives the same."""
    made = np.empty((rows, cols), np.float32)
    x = np.sin(np.arange(cols) / 17)
    for row in range(rows):
        random = np.random.default_rng([1, first + row])
        made[row] = 2e-8 * np.cos((first + row) / 230) * x + 1e-9 * (
            0.3 * random.standard_normal(cols) + random.standard_normal()
        )
    return made


def write_scan(path: Path, side: int) -> None:
    """Write an array of zarr, a row of chunks at a time."""
    import zarr

    array = zarr.create_array(path, shape=(side, side), chunks=(min(_CHUNK, side),) * 2, dtype="f4", attributes={"units": "m"})
    for first in range(0, side, _CHUNK):
        rows = min(_CHUNK, side - first)
        array[first : first + rows] = strip(first, rows, side)


def afmnn_command(*words: object) -> list[str]:
    return [sys.executable, "-m", "afmnn", *map(str, words)]


def processes_below(pid: int) -> Iterator[int]:
    """Give a process and all that it has started."""
    yield pid
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from processes_below(int(child))


def memory_of(pid: int) -> int:
    """Return the bytes that a process and all that it has started have in memory."""
    total = 0
    for each in processes_below(pid):
        with contextlib.suppress(OSError):  # it has ended
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += 1024 * int(line.split()[1])
    return total


def run_watched(command: Sequence[str]) -> tuple[float, int | None]:
    """Run a command; return seconds and the most memory that it had with all its processes, looked at every 50 ms."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.05):
            most = max(most, memory_of(process.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    code = process.wait()
    seconds = time.perf_counter() - begun
    ended.set()
    watching.join()
    if code:
        raise RuntimeError(f"{' '.join(command)} failed with {code}")
    return seconds, most or None


def measure_array(folder: Path, side: int, strip_rows: int, corner: int, words: Sequence[str] = ()) -> dict[str, Any]:
    """Clean an array in a file, and a part of it in memory."""
    import zarr

    source, output = folder / "big.zarr", folder / "clean.zarr"
    write_scan(source, side)
    part = strip(0, min(side, strip_rows), side)

    def in_memory() -> float:
        begun = time.perf_counter()
        afmnn.apply(_NETWORK, part, threads=2)
        return 1e9 * (time.perf_counter() - begun) / part.size

    before = in_memory()
    command = afmnn_command("apply", _NETWORK, source, "-o", output, "--processes", 2, "--threads", 2, *words)
    seconds, memory = run_watched(command)
    after = in_memory()
    network = afmnn.load(_NETWORK)
    whole = zarr.open_array(source, mode="r")[...]
    scaling = network.measure(whole)
    rows, cols = (min(side, corner + n) for n in network.extent)
    expected = afmnn.apply(network, whole[:rows, :cols], scaling=scaling)
    corner = min(side, corner)
    found = zarr.open_array(output, mode="r")[:corner, :corner]
    nanoseconds = 1e9 * seconds / side**2
    return {
        "side": side,
        "seconds": seconds,
        "memory_bytes": memory,
        "ns_per_pixel": nanoseconds,
        "ns_per_pixel_in_memory": [before, after],
        "speed_of_that_in_memory": (before + after) / 2 / nanoseconds,
        "corner": corner,
        "corner_is_equal": bool(np.array_equal(found, expected[:corner, :corner])),
    }


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[tuple[Any, Any]]:
    """Give a cluster of processes with one thread each, and its client."""
    from dask.distributed import Client, LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, memory_limit=0, silence_logs=50
    ) as made, Client(made) as client:  # fmt: skip
        yield made, client


def measure_cluster(folder: Path, side: int) -> dict[str, Any]:
    """Clean an array on a cluster, one worker of which is killed half-way."""
    import dask.array as da
    import zarr

    source, output = folder / "there.zarr", folder / "clean-there.zarr"
    write_scan(source, side)
    begun = time.perf_counter()
    with cluster(3) as (made, client):
        array = da.from_zarr(str(source)).rechunk((_CHUNK, -1))
        target = zarr.create_array(output, shape=array.shape, chunks=(_CHUNK, side), dtype="f4")
        future = client.compute(da.store(afmnn.apply(_NETWORK, array), target, lock=False, compute=False))
        half = -(-side // _CHUNK) // 2
        while written(output) < half and not future.done():
            time.sleep(0.02)
        count = written(output)
        killed = made.workers[0].process.pid
        os.kill(killed, signal.SIGKILL)
        future.result(timeout=3600)
    seconds = time.perf_counter() - begun
    expected = afmnn.apply(_NETWORK, zarr.open_array(source, mode="r")[...])
    return {
        "side": side,
        "seconds": seconds,
        "chunks": -(-side // _CHUNK),
        "written_when_killed": count,
        "is_equal": bool(np.array_equal(zarr.open_array(output, mode="r")[...], expected)),
    }


def written(path: Path) -> int:
    """Return how many chunks of an array are there."""
    return sum(1 for each in (path / "c").rglob("*") if each.is_file())


def measure_files(folder: Path, count: int, rounds: int) -> dict[str, Any]:
    """Many files by a cluster, and by commands on this machine."""
    scans = folder / "scans"
    scans.mkdir()
    for number in range(count):
        np.save(scans / f"{number:04}.npy", strip(256 * number, 256, 256))
    files = sorted(map(str, scans.iterdir()))
    outputs = (folder / f"out{number}" for number in itertools.count())

    def run(*commands: Sequence[str]) -> None:
        running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
        assert all(each.wait() == 0 for each in running)

    def in_threads() -> None:
        run(afmnn_command("clean", *files, "-o", next(outputs), "--threads", 2))

    def in_processes() -> None:
        output = next(outputs)
        output.mkdir()
        run(*(afmnn_command("clean", *files[half::2], "-o", output, "--threads", 1) for half in range(2)))

    with cluster(2) as (made, _):
        arms: dict[str, Callable[[], None]] = {
            "dask": lambda: run(afmnn_command("clean", *files, "-o", next(outputs), "--dask", made.scheduler_address)),
            "two threads": in_threads,
            "two processes": in_processes,
        }
        times = alternate(arms, rounds)
    for output in folder.glob("out*"):
        assert len(list(output.iterdir())) == count
        shutil.rmtree(output)
    faster = min(times["two threads"].median, times["two processes"].median)
    seconds = {name: list(timing.seconds) for name, timing in times.items()}
    return {"files": count, "seconds": seconds, "times_the_faster": times["dask"].median / faster}


def main() -> None:
    """Measure what is asked for, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", choices=["array", "cluster", "files"], default=["array", "cluster", "files"])
    parser.add_argument("--size", type=int, default=16384, help="side of the array (default %(default)s)")
    parser.add_argument("--strip", type=int, default=2048, help="rows of it that are cleaned in memory (default %(default)s)")
    parser.add_argument("--corner", type=int, default=4096, help="side of the corner that is compared (default %(default)s)")
    parser.add_argument("--cluster-size", type=int, default=8192, help="side of the cluster's array (default %(default)s)")
    parser.add_argument("--files", type=int, default=1000, help="number of files (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of the files (default %(default)s)")
    parser.add_argument("--memory", help="of 'array', as for afmnn apply")
    parser.add_argument("--folder", type=Path, help="where files are written, 3 GB (default: the system's)")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", afmnn.UnfamiliarImageWarning)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(dir=chosen.folder) as made:
        folder = Path(made)
        if "array" in chosen.what:
            words = [] if chosen.memory is None else ["--memory", chosen.memory]
            found["array"] = measure_array(folder, chosen.size, chosen.strip, chosen.corner, words)
        if "cluster" in chosen.what:
            found["cluster"] = measure_cluster(folder, min(chosen.size, chosen.cluster_size))
        if "files" in chosen.what:
            found["files"] = measure_files(folder, chosen.files, chosen.rounds)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
