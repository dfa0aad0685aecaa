"""How much memory a call takes at most: Linux only, from /proc."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")


def status(name: str) -> int:
    """Return a line of /proc/self/status in bytes."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return 1024 * int(line.split()[1])
    raise KeyError(name)


def peak_of(call: Callable[[], Any]) -> int | None:
    """Bytes that the process grows by while `call` runs, its result included; None where the system does not tell."""
    if not STATUS.is_file():
        return None
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # or what earlier calls left behind would be taken for free
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    except (OSError, AttributeError):
        return None
    before = status("VmRSS")
    result = call()
    peak = status("VmHWM")
    del result
    return max(peak - before, 0)
