"""Look for functions that a file compiled for one instruction set could leave behind for everybody.

An inline function or a template that is compiled with -mavx512f, and not inlined, becomes a weak symbol; the linker keeps
one copy of all, maybe that one, and the program ends with an illegal instruction on other machines. So the objects of
cpp/src/simd/kernels_*.cpp may define one global symbol each, the function that returns their table.

    python cpp/tests/check_symbols.py BUILD_DIR

Exit code 0: clean, 1: not, 77: nothing to look at (no nm, objects in another format than ELF, sanitizers, which add symbols of
their own, no such folder).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
LOCAL = set("abdrtnN")  # of nm: defined here, seen by nobody else
UNDEFINED = set("Uw")
HARMLESS = {"DW.ref.__gxx_personality_v0"}  # of builds without optimisation: a pointer to the C++ runtime, no code


def objects(build: Path) -> list[Path]:
    """Find the objects of the kernels in a CMake build folder."""
    return sorted(path for path in build.rglob("kernels_*.cpp.o*") if path.suffix in {".o", ".obj"})


def setting(build: Path, name: str) -> str:
    """Look up what a build was configured with; empty where it has nothing of that name."""
    cache = build / "CMakeCache.txt"
    match = re.search(rf"^{name}:\w+=(.+)$", cache.read_text(encoding="utf-8"), re.M) if cache.is_file() else None
    return match.group(1) if match else ""


def faults(path: Path, nm: str) -> list[str]:
    """Return what an object defines for others beyond its table."""
    listing = subprocess.run([nm, "--demangle", str(path)], capture_output=True, text=True, check=True).stdout
    instruction_set = path.name.removeprefix("kernels_").split(".")[0]
    wanted = f"afmnn::simd::{instruction_set}_kernels()"
    found, table = [], False
    for line in listing.splitlines():
        match = re.fullmatch(r"(?:[0-9a-f]+)? +(\w) (.+)", line)
        if match is None:
            found.append(f"cannot read {line!r}")
            continue
        kind, name = match.groups()
        if kind == "T" and name == wanted:
            table = True
        elif kind not in LOCAL | UNDEFINED and name not in HARMLESS:
            found.append(f"{kind} {name}")
    return found if table else [*found, f"does not define {wanted}"]


def main(arguments: list[str]) -> int:
    """Check one build folder and print what is wrong with it."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    build = Path(arguments[0])
    nm = shutil.which(setting(build, "CMAKE_NM")) or shutil.which("nm")  # the first reads the objects of other processors, too
    paths = [path for path in objects(build) if path.read_bytes()[:4] == b"\x7fELF"]
    if nm is None or not paths or setting(build, "AFMNN_SANITIZE"):
        print(f"nothing to look at in {build}")
        return SKIPPED
    bad = 0
    for path in paths:
        wrong = faults(path, nm)
        bad += bool(wrong)
        print(f"{path.name}: {'clean' if not wrong else ''}", *wrong, sep="\n    " if wrong else "")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
