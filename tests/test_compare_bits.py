"""The script that compares the digests of several builds finds what differs, and says so."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "cpp/tests/compare_bits.py"

# A stand-in for afmnn_bits: its machine has the instruction sets of the first argument, and it prints what the others say.
PROGRAM = """
import os, sys
sets, *lines, threads = sys.argv[1:]
if os.environ["AFMNN_SIMD"] not in sets.split(","):
    sys.exit(77)
for line in lines:
    print(line.replace("SET", os.environ["AFMNN_SIMD"]).replace("THREADS", threads))
"""


@pytest.fixture
def compare(tmp_path):
    if not SCRIPT.is_file():
        pytest.skip("needs the source tree")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def run(*builds):
        arguments = []
        for build in builds:
            arguments += ["--", sys.executable, str(program), *build]
        result = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr

    return run


def test_builds_that_agree(compare):
    code, printed = compare(("generic,avx2", "a 1", "b 2"), ("generic", "a 1", "b 2"))
    assert code == 0
    assert [line.rpartition(": ")[2] for line in printed.splitlines()] == ["2 results"] * 3


@pytest.mark.parametrize(
    ("builds", "differing"),
    [
        ([("generic,avx2", "a 1", "b SET")], ["b"]),
        ([("generic", "a 1", "b 2"), ("generic", "a 1", "b 3")], ["b"]),
        ([("generic", "a 1", "b 2"), ("generic", "a 1")], ["b"]),
        ([("generic", "a 1"), ("generic", "a 1", "b 2")], ["b"]),
        ([("generic", "a THREADS", "b 2")], ["a"]),  # a single run is made again with other threads
    ],
)
def test_results_that_differ_are_named(compare, builds, differing):
    code, printed = compare(*builds)
    assert code == 1
    assert [line.strip() for line in printed.splitlines() if line.startswith(" ")] == differing


def test_nothing_to_compare(compare):
    assert compare(("none", "a 1")) == (1, "no instruction set was found\n")


def test_a_program_that_prints_something_else(compare):
    code, printed = compare(("generic", "a 1 2"))
    assert code == 1
    assert "must print a name and a digest a line, got 'a 1 2'" in printed


def test_a_program_that_ends_with_an_error(compare, tmp_path):
    (tmp_path / "program.py").write_text("import sys; sys.exit(3)")
    code, printed = compare(("generic", "a 1"))
    assert code == 1
    assert "ended with exit code 3 (AFMNN_SIMD=generic)" in printed
