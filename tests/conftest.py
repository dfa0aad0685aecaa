import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from afmnn.cli import main

# A shell that starts the tests in the background has Ctrl-C ignored, by them and by their children; tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def networks_folder(tmp_path_factory):
    """No test may see or write the networks of who runs it; programs that tests start inherit the variable."""
    folder = tmp_path_factory.mktemp("networks")
    os.environ["AFMNN_NETWORKS"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def shared():
    """Data that are not part of the project; tests that need them are skipped where they are absent."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared")
    return folder


@pytest.fixture(scope="session")
def data():
    return Path(__file__).parent / "data"


@pytest.fixture
def two_dask_threads():
    """Dask with two threads, whatever the machine has."""
    dask = pytest.importorskip("dask")
    with dask.config.set(scheduler="threads", num_workers=2):
        yield


@pytest.fixture
def rng():
    return np.random.default_rng(20240521)


@pytest.fixture(scope="session")
def check(tmp_path_factory):
    """Ask the reference program whether it likes a file: it prints nothing then."""
    program = shutil.which("gwyddion")
    if program is None:
        pytest.skip("needs the program gwyddion")
    home = tmp_path_factory.mktemp("home")

    def run(path):
        done = subprocess.run(
            [program, "--check", str(path)], env={**os.environ, "HOME": str(home)}, capture_output=True, timeout=60, check=False
        )
        return (done.stdout + done.stderr).decode()

    return run


@pytest.fixture
def run(capfd):
    """Run the command in this process, of arguments or of one line of them; returns exit code, output and errors."""

    def command(*arguments):
        one_line = len(arguments) == 1 and isinstance(arguments[0], str)
        words = filter(None, arguments[0].split(" ")) if one_line else map(str, arguments)
        capfd.readouterr()
        code = main(list(words))
        output, errors = capfd.readouterr()
        return code, output, errors

    return command
