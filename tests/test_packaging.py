"""The package as a whole: versions, import time, what is imported, what a missing compiled module says."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import afmnn

ROOT = Path(__file__).parents[1]


def python(code, **options):
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60, **options)


def test_version_is_that_of_the_metadata():
    assert importlib.metadata.version("afmnn") == afmnn.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.?(dev|a|b|rc)\d+)?", afmnn.__version__)
    changes = (Path(__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## .*{re.escape(afmnn.__version__)}\b", changes, flags=re.MULTILINE)


def test_metadata():
    metadata = importlib.metadata.metadata("afmnn")
    assert metadata["License-Expression"] == "BSD-3-Clause"
    required = [r for r in importlib.metadata.requires("afmnn") if "extra ==" not in r]
    assert [re.match(r"\w+", r)[0] for r in required] == ["numpy", "gwyfile"]
    assert {"gwy", "progress", "plot", "all", "test", "lint", "bench"} <= set(metadata.get_all("Provides-Extra"))
    (command,) = [e for e in importlib.metadata.entry_points(group="console_scripts") if e.name == "afmnn"]
    assert command.load() is __import__("afmnn.cli", fromlist=["main"]).main


def test_nothing_optional_is_imported():
    code = "import sys; before = set(sys.modules); import afmnn.cli; print(*(set(sys.modules) - before))"
    done = python(code)
    assert done.stderr == ""
    loaded = {module.split(".")[0] for module in done.stdout.split()}
    assert loaded - set(sys.stdlib_module_names) == {"afmnn", "numpy"}


def test_import_takes_little_longer_than_numpys():
    """Processor time: other programs do not count."""
    code = "import time, numpy; begun = time.process_time(); import afmnn; print(time.process_time() - begun)"
    assert min(float(python(code).stdout) for _ in range(3)) < 0.25


def test_missing_compiled_module_says_what_to_do(tmp_path):
    shutil.copytree(
        Path(afmnn.__file__).parent, tmp_path / "afmnn", ignore=shutil.ignore_patterns("_core*.so", "_core*.pyd", "__pycache__")
    )
    code = "import sys; sys.path.insert(0, '.'); import afmnn"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: the compiled part of afmnn cannot be loaded")
    assert "pip install -e ." in last
    assert "pip install --force-reinstall ." in last


def test_source_distribution_holds_what_is_ours(tmp_path):
    """Not what lies in folders of such names in an environment, as `nox` makes one in the folder of the source."""
    pytest.importorskip("scikit_build_core.build")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True)
    if tracked.returncode != 0:
        pytest.skip("not in a repository")
    source = tmp_path / "source"
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    for name in (".nox/tests/lib/foreign.py", "my_env/tests/foreign.py", "my_env/cpp/foreign.hpp", "my_env/examples/foreign.py"):
        (source / name).parent.mkdir(parents=True)
        (source / name).write_text("")
    (source / "my_env/.gitignore").write_text("*")  # as a virtual environment has it
    (source / ".gitignore").write_text((ROOT / ".gitignore").read_text(encoding="utf-8"))
    code = "import scikit_build_core.build as build; build.build_sdist('..')"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"cpp/src/nn/apply.cpp", "tests/data/bits.txt", "CMakeLists.txt"} <= names
    assert [name for name in names if name.endswith(("/foreign.py", "/foreign.hpp"))] == []


def test_show_config(capsys):
    assert afmnn.show_config() is None
    lines = dict(re.split("  +", line, maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["afmnn"] == afmnn.__version__
    assert lines["instruction set"] in ("generic", "avx2", "avx512")
    assert lines["OpenMP"] in ("yes", "no")
    assert lines["threads"] == str(afmnn.get_num_threads())
    assert set(lines) >= {"Python", "NumPy", "platform"}


@pytest.mark.parametrize("wanted", ["generic", "sse9"])
def test_instruction_set_is_chosen_by_the_environment(wanted):
    done = python("import afmnn; afmnn.show_config()", env={**os.environ, "AFMNN_SIMD": wanted})
    if wanted == "generic":
        assert re.search(r"instruction set +generic", done.stdout)
    else:
        assert "AFMNN_SIMD must name an instruction set that this machine has" in done.stderr.splitlines()[-1]
