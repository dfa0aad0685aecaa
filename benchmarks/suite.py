"""Measure all that is said about speed: ``python benchmarks/suite.py`` takes half an hour (``--quick``: less than ten minutes).

Writes a JSON file, named after the date and the instruction set, into ``benchmarks/results``; ``--page`` makes the plots and
tables of ``docs/performance.md`` from all files that lie there (``--parts --page``: measures nothing). The machine should have
nothing else to do: on a busy one ratios within a case are fair, figures of different cases are not.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy

import _arms
import _page
import _presets
import _suite
import afmnn
import time_to_error
from afmnn import _core

PARTS = ("short", "own", "scan", "error", "presets", "cases")


def machine(microarchitecture: str) -> dict[str, Any]:
    """Return what the figures depend on."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.processor()
    )
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    for name, module in (("torch", _arms.torch), ("sklearn", _arms.sklearn)):
        if module is not None:
            versions[name] = module.__version__
    return {
        "date": datetime.date.today().isoformat(),
        "processor": model,
        "microarchitecture": microarchitecture,
        "cores": afmnn.get_num_threads(),
        "simd": _core.simd(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "afmnn": afmnn.__version__,
        **versions,
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def run(quick: bool, parts: Sequence[str] = PARTS, microarchitecture: str = "") -> dict[str, Any]:
    """Measure all, or some parts of it."""
    found: dict[str, Any] = {"machine": machine(microarchitecture), "quick": quick}
    if "short" in parts:
        found["import_seconds"] = _suite.import_time(5 if quick else 15)
        found["small_seconds"] = _suite.small_job()
        print(f"import {found['import_seconds'] * 1e3:.0f} ms, 64 x 64: {found['small_seconds'] * 1e6:.0f} us")
    if "own" in parts:
        found["own"] = _suite.own_ratios(quick)
        print(found["own"])
    if "scan" in parts:
        # In a process of its own: the others' memory is not to be counted.
        scan = [sys.executable, str(Path(__file__).with_name("large_scan.py")), "--side", str(4096 if quick else 16384)]
        found["large_scan"] = json.loads(subprocess.run(scan, capture_output=True, text=True, check=True).stdout)
        print(found["large_scan"])
    if "error" in parts:
        found["time_to_error"] = [time_to_error.measure(2 if quick else 5)] if _arms._plain.available else []
        print(found["time_to_error"])
    if "presets" in parts:
        effort = _presets.QUICK if quick else _presets.FULL
        counts = sorted({1, afmnn.get_num_threads()})
        found["presets"] = [_presets.measure(name, threads, effort) for name in _presets.RECOMMENDED for threads in counts]
        print(*found["presets"], sep="\n")
    if "cases" in parts:
        found["rows"] = []
        for case in _suite.cases(quick):
            rows = _suite.measure(case, _suite.QUICK if quick else _suite.FULL)
            found["rows"] += rows
            arms = (f"{r['arm']} {r['ns_per_pixel']:.1f} ns ({r['of_peak']:.2f})" for r in rows)
            print(case, *arms, sep="\n   ", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few cases, short rounds; goes to a file of its own")
    parser.add_argument("--page", action="store_true", help="make plots and tables of docs/performance.md from all results")
    parser.add_argument("--use", type=Path, help="file of results to take what is not measured from")
    parser.add_argument("--parts", nargs="*", choices=PARTS, help="what to measure; by default all")
    parser.add_argument("--microarchitecture", default="", help="what the page calls the processor beside its name: 'Zen 4'")
    chosen = parser.parse_args()
    parts = PARTS if chosen.parts is None else chosen.parts
    if parts:
        found = json.loads(chosen.use.read_text()) if chosen.use else {}
        found |= run(chosen.quick, parts, chosen.microarchitecture)
        _page.RESULTS.mkdir(exist_ok=True)
        about = found["machine"]
        name = f"{about['date']}-{about['simd']}{'-quick' if chosen.quick else ''}.json"
        (_page.RESULTS / name).write_text(json.dumps(found, indent=1) + "\n")
    if chosen.page:
        _page.write(_page.stored())


if __name__ == "__main__":
    main()
