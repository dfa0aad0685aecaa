"""Plain arithmetic for what Python and NumPy compute, as the core has it: rounding to nearest, subnormal numbers kept."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from . import _core

P = ParamSpec("P")
R = TypeVar("R")


def plain(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function of the package compute with plain arithmetic, whatever the calling thread has set.

    The core does so for itself; this is for what its results go through before and after. Other libraries change the
    arithmetic of a thread for good: PyTorch's ``set_flush_denormal``, anything that was linked with ``-ffast-math``.
    """

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        before = _core.begin_plain_arithmetic()
        try:
            return function(*args, **kwargs)
        finally:
            _core.end_plain_arithmetic(before)

    return guarded
