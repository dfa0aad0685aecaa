"""Memory of apply() on a scan of 16384 x 16384 pixels (1 GiB) in files: ``python benchmarks/large_scan.py``.

Image and result are memory-mapped files, which the system may write back and forget. Anonymous memory is what it may not: the
interpreter, NumPy, and what apply() takes for itself. Asked for: below 64 MB in all. Would refute it: a larger RssAnon at any
time, looked at every few milliseconds while apply() runs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

import afmnn
from _memory import status
from _problems import network


def scan(path: Path, side: int) -> Any:
    """Write an image of hills and noise, a few rows at a time."""
    image = np.lib.format.open_memmap(path, "w+", np.float32, (side, side))
    random = np.random.default_rng(0)
    x = np.sin(np.arange(side, dtype=np.float32) / 17)
    for first in range(0, side, 256):
        rows = np.arange(first, min(first + 256, side), dtype=np.float32)
        image[first : first + 256] = np.cos(rows / 23)[:, None] * x
        image[first : first + 256] += 0.3 * random.standard_normal((len(rows), side), np.float32)
    return image


def measure(side: int = 16384, threads: int | None = None, folder: Path | None = None) -> dict[str, Any]:
    """Apply a 27 x 27 network of 6 nodes; return seconds and bytes."""
    net = network(27, 6)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        image = scan(Path(made) / "image.npy", side)
        out = np.lib.format.open_memmap(Path(made) / "result.npy", "w+", np.float32, image.shape)
        before = most = status("RssAnon")
        over = threading.Event()

        def watch() -> None:
            nonlocal most
            while not over.wait(0.005):
                most = max(most, status("RssAnon"))

        watching = threading.Thread(target=watch)
        watching.start()
        begun = time.perf_counter()
        afmnn.apply(net, image, out=out, threads=threads)
        seconds = time.perf_counter() - begun
        over.set()
        watching.join()
        assert np.isfinite(out[-1]).all()
        return {
            "side": side,
            "threads": threads or afmnn.get_num_threads(),
            "seconds": seconds,
            "anonymous_before": before,
            "anonymous_peak": most,
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=16384)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--folder", type=Path, help="where the two files of 1 GiB go")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.side, chosen.threads, chosen.folder), indent=1))
