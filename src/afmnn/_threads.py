"""How many threads the core may use."""

from __future__ import annotations

import os

from . import _check

_chosen: int | None = None
#: So many threads every system has.
_ALWAYS = 16


def _available() -> int:
    """Cores this process may run on, capped by ``OMP_NUM_THREADS``."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    first_level = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if first_level.isdecimal() and int(first_level) > 0:
        cores = min(cores, int(first_level))
    return cores


def get_num_threads() -> int:
    """Threads that functions use where ``threads`` is not given.

    Returns
    -------
    int
        What `set_num_threads` chose; otherwise the cores this process may use, capped by ``OMP_NUM_THREADS``.
    """
    return _available() if _chosen is None else _chosen


def set_num_threads(threads: int | None) -> None:
    """Choose the number of threads for functions called without ``threads``.

    Parameters
    ----------
    threads : int or None
        At least 1; None returns to the default. Results do not depend on it; far more than there are cores are not used.

    Raises
    ------
    ValueError
        If `threads` is below 1.
    TypeError
        If `threads` is not an integer.
    """
    global _chosen  # noqa: PLW0603 - one setting for the process is what this function is for
    _chosen = None if threads is None else _check.integer("threads", threads, minimum=1)


def resolve_threads(threads: int | None) -> int:
    """Turn the argument ``threads`` of a public function into a number, never so large that the system may refuse it."""
    wanted = get_num_threads() if threads is None else _check.integer("threads", threads, minimum=1)
    if wanted <= _ALWAYS:
        return wanted  # because the system takes up to a third of a millisecond to count its processors
    return min(wanted, max(_ALWAYS, 4 * (os.cpu_count() or 1)))
