"""Compare what afmnn_bits prints for every instruction set, and for several builds of it: all must agree to the last bit.

    python cpp/tests/compare_bits.py PROGRAM [ARGUMENT ...] [-- PROGRAM [ARGUMENT ...]] ...

A build is a program with its arguments, which may be an emulator before it: ``qemu-aarch64 -L /usr/aarch64-linux-gnu
.../afmnn_bits``. Each runs once for every instruction set that its machine has, with one, two or three threads in turn. Where
that makes a single run, it is made again with more threads.

Exit code 0: all agree, 1: not, or a program failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

INSTRUCTION_SETS = ("generic", "avx2", "avx512")
LACKING = 77  # exit code of a program whose machine lacks the instruction set


def builds(arguments: list[str]) -> list[list[str]]:
    """Cut the arguments where ``--`` stands."""
    found: list[list[str]] = [[]]
    for argument in arguments:
        if argument == "--":
            found.append([])
        else:
            found[-1].append(argument)
    return [build for build in found if build]


def digests(build: list[str], instruction_set: str, threads: int) -> dict[str, str] | None:
    """Run a build and return its digests by name, or None where the machine lacks the instruction set."""
    result = subprocess.run(
        [*build, str(threads)], env={**os.environ, "AFMNN_SIMD": instruction_set}, stdout=subprocess.PIPE, text=True, check=False
    )
    if result.returncode == LACKING:
        return None
    if result.returncode != 0:
        sys.exit(f"{' '.join(build)} ended with exit code {result.returncode} (AFMNN_SIMD={instruction_set})")
    found = {}
    for line in result.stdout.splitlines():
        match = re.fullmatch(r"(\S+) +(\S+)", line)
        if match is None:
            sys.exit(f"{' '.join(build)} must print a name and a digest a line, got {line!r}")
        found[match[1]] = match[2]
    return found


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Name the results that differ or that one of the two lacks."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def main(arguments: list[str]) -> int:
    """Run everything, compare it with the first run and print what differs."""
    if not builds(arguments):
        print(__doc__)
        return 2
    first: dict[str, str] = {}
    runs = bad = 0
    plan = [(build, instruction_set) for build in builds(arguments) for instruction_set in INSTRUCTION_SETS]
    while plan:
        build, instruction_set = plan.pop(0)
        threads = 1 + runs % 3
        printed = digests(build, instruction_set, threads)
        if printed is not None:
            first = first or printed
            wrong = differing(first, printed)
            runs += 1
            bad += bool(wrong)
            outcome = f"{len(wrong)} of {len(printed)} results differ" if wrong else f"{len(printed)} results"
            print(f"{build[-1]}, {instruction_set}, threads: {threads}: {outcome}", *wrong, sep="\n    ", flush=True)
        if not plan and runs == 1:
            plan.append((builds(arguments)[0], INSTRUCTION_SETS[0]))
    if runs == 0:
        print("no instruction set was found")
    return int(bad > 0 or runs == 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
