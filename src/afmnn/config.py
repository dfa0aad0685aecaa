"""What afmnn runs on, for a report of a problem."""

from __future__ import annotations

import platform

import numpy as np

from . import _core
from ._threads import get_num_threads
from ._version import __version__


def configuration() -> dict[str, str | int]:
    """Return what `show_config` prints."""
    return {
        "afmnn": __version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
        "instruction set": _core.simd(),
        "OpenMP": "yes" if _core.has_openmp() else "no",
        "threads": get_num_threads(),
    }


def show_config() -> None:
    """Print versions, the instruction set that was chosen, and threads: what a report of a problem should say.

    Notes
    -----
    The environment variable ``AFMNN_SIMD`` (``generic``, ``avx2``, ``avx512``) forces an instruction set, and
    ``OMP_NUM_THREADS`` bounds the number of threads.
    """
    for name, value in configuration().items():
        print(f"{name:<16} {value}")
