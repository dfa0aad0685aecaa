"""The open benchmark of denoising: ``python benchmarks/denoising/run.py [--quick] [--arms GROUP ...] [--pairs DIR]``.

Every arm cleans every set on one thread; quality and processor time go into ``results/DATE.json`` after each set, and as tables
beside it. The same command once more does only what is not there yet, so a run may be stopped, and go on with other arms. Arms
whose packages are not there are left out and named. ``docs/benchmark.md`` says what is compared, and how to read it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

import arms
import scores
import sets
import tables

import afmnn
from afmnn.config import configuration

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared" / "data" / "pairs"
ROUNDS = 3
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PACKAGES = ("scikit-image", "bm3d", "bm4d", "pyoidn", "destripe", "pystripe", "torch", "scipy")


def main(words: list[str] | None = None) -> None:
    """Run what is wanted, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few images, our arms, row methods and filters: some three minutes")
    parser.add_argument("--arms", nargs="+", choices=arms.GROUPS, help="groups of arms")
    parser.add_argument("--sets", nargs="+", choices=(*sets.TRUE, "fidelity", "real"), help="sets")
    parser.add_argument("--pairs", type=Path, default=SHARED, help="folder of scans that were recorded twice")
    parser.add_argument("--seconds", type=float, nargs="+", default=[60.0], help="training of networks in PyTorch, on one core")
    parser.add_argument("--steps", type=int, default=50, help='training of "fast"')
    parser.add_argument("--images", type=int, help="images of a set, half of those with hidden shapes: 3, with --quick 1")
    parser.add_argument("--size", type=int, default=256, help="side of the images whose truth is known")
    parser.add_argument(
        "--again", action="store_true", help="measure anew what is there: a network that comes with afmnn changed"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results")
    given = parser.parse_args(words)
    images = given.images or (1 if given.quick else 3)
    groups = given.arms or (arms.QUICK if given.quick else arms.GROUPS)
    wanted = given.sets or [*sets.TRUE, "fidelity", *(["real"] if given.pairs.is_dir() else [])]
    if "real" not in wanted and given.sets is None:
        print(f"no folder {given.pairs}: real scans are left out")
    afmnn.set_num_threads(1)
    warnings.simplefilter("ignore")  # of networks on surfaces without noise, which are unfamiliar on purpose, and of packages

    run = Run(given.out, quick=given.quick, size=given.size, images=images, pairs=given.pairs)
    settings = arms.Settings(tuple(given.seconds), given.steps)
    for group in groups:
        for arm in arms.of_group(group, settings):
            run.judge(arm, wanted, group=group, again=given.again)
    run.time_all()


class Run:
    """What was found, and the file where it is kept."""

    def __init__(self, folder: Path, *, quick: bool, size: int, images: int, pairs: Path) -> None:
        folder.mkdir(exist_ok=True, parents=True)
        self.path = folder / f"{datetime.date.today().isoformat()}{'-quick' if quick else ''}.json"
        about = {"size": size, "images": images, **_machine()}
        self.found: dict[str, Any] = {"about": about, "arms": {}, "left out": {}}
        if self.path.exists():
            earlier = json.loads(self.path.read_text(encoding="utf-8"))
            same = all(earlier["about"].get(key) == about[key] for key in ("size", "images", "afmnn", "instruction set"))
            if not same:
                raise SystemExit(f"{self.path} must be of the same size, images, version and machine to go on with it; move it")
            self.found = earlier
        self.size, self.images, self.pairs = size, images, pairs
        self.ready: dict[str, arms.Clean] = {}

    def judge(self, arm: arms.Arm, wanted: list[str], *, group: str = "", again: bool = False) -> None:
        """Prepare an arm and let it clean the sets that it has not cleaned yet."""
        entry = self.found["arms"].get(arm.name, {"sets": {}})
        entry["group"] = group
        missing = [name for name in wanted if again or name not in entry["sets"]]
        if not missing and "ns per pixel" in entry:
            return
        begun = time.process_time()
        try:
            clean = arm.prepare()
        except (ImportError, OSError) as error:
            self.found["left out"][arm.name] = str(error).splitlines()[0]
            print(f"{arm.name} is left out: {error}", flush=True)
            self.save()
            return
        self.found["left out"].pop(arm.name, None)
        if arm.trains:
            entry["training seconds"] = time.process_time() - begun
        self.found["arms"][arm.name] = entry
        self.ready[arm.name] = clean
        for name in missing:
            begun = time.process_time()
            entry["sets"][name] = self._score(clean, name)
            seconds = time.process_time() - begun
            figures = ", ".join(f"{key} {value:.3g}" for key, value in entry["sets"][name].items() if key != "each")
            print(f"{arm.name:36} {name:14} {figures}  ({seconds:.1f} s)", flush=True)
            self.save()

    def _score(self, clean: arms.Clean, name: str) -> dict[str, Any]:
        if name == "fidelity":
            return scores.fidelity(clean, self.size, self.images)
        if name == "real":
            summary, each = scores.real(clean, self.pairs)
            return {**summary, "each": each}
        return scores.truth(clean, name, self.size, self.images)

    def time_all(self) -> None:
        """Let the arms of this run clean one image by turns, forwards and backwards; processor time, median of the rounds."""
        ((image, _),) = sets.hidden(self.size, 1, 1.0)
        seconds: dict[str, list[float]] = {name: [] for name in self.ready}
        for number in range(ROUNDS):
            for name in list(seconds)[:: 1 if number % 2 == 0 else -1]:
                begun = time.process_time()
                self.ready[name](image)
                seconds[name].append(time.process_time() - begun)
        for name, each in seconds.items():
            self.found["arms"][name]["ns per pixel"] = 1e9 * statistics.median(each) / image.size
        self.save()

    def save(self) -> None:
        """Write figures and tables."""
        self.path.write_text(json.dumps(_finite(self.found), indent=1) + "\n", encoding="utf-8")
        self.path.with_suffix(".md").write_text(tables.all_of(self.found), encoding="utf-8")


def _finite(found: Any) -> Any:
    """Return what JSON has numbers for: words stand for figures that are infinite, or none at all."""
    if isinstance(found, dict):
        return {key: _finite(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_finite(value) for value in found]
    return str(found) if isinstance(found, float) and not math.isfinite(found) else found


def _machine() -> dict[str, Any]:
    """Return what the figures were made with and on."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {"date": datetime.date.today().isoformat(), **configuration(), "processor": processor, "packages": versions}


if __name__ == "__main__":
    if all(os.environ.get(name) == value for name, value in ONE_THREAD.items()):
        main()
    else:  # NumPy and others have read how many threads they may start when they were imported: begin again
        sys.exit(subprocess.call([sys.executable, *sys.argv], env={**os.environ, **ONE_THREAD}))
