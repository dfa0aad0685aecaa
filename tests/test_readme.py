"""The README: its commands and its code run, and its figures are what they give."""

import re
import shlex
import shutil
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

import afmnn
from afmnn.cli import main
from afmnn.metrics import psnr

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)


def test_the_second_block_for_the_shell_is_that_of_the_tests():
    """Which .ci/run looks for there."""
    assert [kind for kind, _ in BLOCKS] == ["sh", "python", "sh"]
    assert BLOCKS[2][1] == 'pip install ".[test]"\npytest\n'


def test_figures_beside_others_are_those_of_the_benchmark():
    head, _, *rows = re.search(r"^\| arm \|(?:.*\n)+?$", TEXT, flags=re.MULTILINE)[0].strip().splitlines()
    measured = {}
    for line in (ROOT / "docs/benchmark.md").read_text(encoding="utf-8").partition("### Truth known")[2].splitlines():
        if line.startswith("### "):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        measured.setdefault(cells[0], cells)
    columns = [measured["arm"].index(cell.strip()) for cell in head.strip("|").split("|")]
    assert len(rows) == 9
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells == [measured[cells[0]][column] for column in columns]


def test_number_of_digests():
    """Rounded to tens."""
    lines = (ROOT / "tests/data/bits.txt").read_text(encoding="utf-8").splitlines()
    count = sum(not line.startswith("#") for line in lines)
    (said,) = re.findall(r"compare digests of some (\d+) results", TEXT)
    assert abs(int(said) - count) < 10


def test_main_job_ends_in_the_table_that_is_shown(tmp_path, monkeypatch, capsys):
    """With room for trainings that a change of rounding leads elsewhere: other seeds give figures that are 5 % off."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    install, *commands = BLOCKS[0][1].replace("\\\n", " ").split("\n")
    assert install == 'pip install ".[progress]"'
    printed = []
    for command in filter(None, commands):
        name, *arguments = shlex.split(command)
        assert (name, main(arguments)) == ("afmnn", 0)
        printed.append(capsys.readouterr().out)
    assert re.search(r"^scan\.gwy +Height .* fine$", printed[0], flags=re.MULTILINE)
    assert (tmp_path / "examples" / "scan.clean.gwy").is_file()
    for image, title in (("doughnuts", "doughnuts"), ("star", "Siemens star")):
        (row,) = re.findall(rf"^\| {title} \| (.*) \|$", TEXT, flags=re.MULTILINE)
        before, trained, universal = row.split(" | ")
        for text, after in zip(printed[-2:], (trained, universal), strict=True):
            (line,) = re.findall(rf"^examples/{image}_noisy\.npz  +(.*)$", text, flags=re.MULTILINE)
            for said, shown in zip(re.split("  +", line)[:2], (before, after), strict=True):
                (number, unit), (expected, same) = said.split(), shown.split()
                assert unit == same
                assert float(number) == pytest.approx(float(expected), rel=0.1)


def test_the_first_block_leaves_nothing_that_git_would_list():
    """What it writes into a clone is ignored there."""
    outputs = re.findall(r"-o (\S+)", BLOCKS[0][1])
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert len(outputs) == 5
    for output in (*outputs, "scan.clean.gwy"):
        name = output.rstrip("/")
        assert any(fnmatch(name, pattern.strip("/")) for pattern in ignored)


def test_python_code_runs_and_cleans(tmp_path, monkeypatch, capsys, rng):
    monkeypatch.chdir(tmp_path)
    ideal = afmnn.synth.particles((128, 128), pixel_size=39e-9, radius=0.4e-6, coverage=0.4, seed=5)
    heights = ideal + 60e-9 * rng.standard_normal(ideal.shape) + 100e-9 * rng.standard_normal((128, 1))
    afmnn.write_image("scan.gwy", afmnn.Image(heights, (5e-6, 5e-6), "m", "m", "Height"))
    (code,) = [text for kind, text in BLOCKS if kind == "python"]
    exec(compile(code, "README.md", "exec"), {})
    verdict, error = capsys.readouterr().out.splitlines()
    assert verdict.startswith(("fine", "look"))
    assert 0 < float(error) < 100e-9
    clean = afmnn.read_image("clean.gwy", "Height (afmnn)")
    np.testing.assert_array_equal(afmnn.read_image("clean.gwy", "Height"), heights)
    assert psnr(clean, ideal) > psnr(heights, ideal) + 3
    assert afmnn.load("denoise.npz").window == (27, 27)


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    assert [link for link in links if not (ROOT / link).exists()] == []
