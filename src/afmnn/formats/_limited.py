"""Running a program that is given files not to be trusted: with limits on time, memory and output, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_LAUNCHER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_set_limits.py")
_MOST_TEXT = 1 << 16  # bytes looked at of what a program prints
#: What programs say of themselves when they get no memory: GLib's, C++'s, the C library's and Python's words.
_NO_MEMORY = re.compile(r"fail\w* to allocate|bad_alloc|cannot allocate|out of memory|MemoryError", re.I)
#: What stands before each of GLib's messages: program, domain and time.
_BANNER = re.compile(r"^\([^()]{1,80}:\d+\): [\w-]{1,40} \*\*: [\d:.]{1,20}: ")
#: Settings that would let a window open, or give a program other files than those that are meant.
_DROPPED = ("DISPLAY", "WAYLAND_DISPLAY", "LC_ALL", "LD_PRELOAD", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")


class Limits(NamedTuple):
    """What a program may take at most."""

    seconds: float
    memory: int  # bytes of address space
    output: int  # bytes of all files that it writes


class Outcome(NamedTuple):
    """How a program has ended."""

    printed: str  # to the standard output
    problem: str  # why it is of no use; empty where it ended well


def run(command: Sequence[str], folder: str, limits: Limits, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run a program without a shell, and kill it with all that it has started when it takes too much.

    Parameters
    ----------
    command : sequence of str
        Path of the program, and its arguments.
    folder : str
        An empty folder, in which it is run; its home and the place for its temporary files, too.
    limits : Limits
        What it may take.
    environment : mapping of str to str, optional
        Variables that it is to have beside those of this process.

    Returns
    -------
    Outcome

    Raises
    ------
    OSError
        If no process can be started at all.
    """
    limited = [sys.executable, "-I", "-S", _LAUNCHER, str(1 + int(limits.seconds)), str(limits.memory), str(limits.output)]
    files = [os.path.join(folder, name) for name in ("printed", "complaints")]
    with open(files[0], "wb") as printed, open(files[1], "wb") as complaints:
        process = subprocess.Popen(
            [*(limited if sys.executable and os.name == "posix" else ()), *command],
            cwd=folder,
            env=_environment(folder, environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=complaints,
            start_new_session=True,
        )
        try:
            problem = _watch(process, folder, limits)
        finally:
            _kill(process)
    said = [_text(file) for file in files]
    if not problem and process.returncode != 0 and _size(folder) >= limits.output:
        problem = _too_much(limits)  # where the program does not let the signal end it
    return Outcome(said[0], problem or _complaint(process.returncode, said[1], limits))


def _environment(folder: str, more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    own = {"HOME": folder, "TMPDIR": folder, "LC_NUMERIC": "C"}
    own |= {f"XDG_{name}_HOME": folder for name in ("CONFIG", "CACHE", "DATA", "STATE")}
    # One thread, because each takes address space for a stack and a pool of memory, and a machine may have hundreds.
    return kept | own | {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"} | dict(more)


def _watch(process: subprocess.Popen[bytes], folder: str, limits: Limits) -> str:
    """Wait until a program has ended, or takes too much; say what, if so."""
    end, pause = time.monotonic() + limits.seconds, 0.001
    while not _has_ended(process):
        if time.monotonic() > end:
            return f"did not end within {limits.seconds:g} s"
        if _size(folder) > limits.output:
            return _too_much(limits)
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
    return ""


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a program has ended; it stays a zombie where that can be, so that nobody else has the number of its group."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it has started."""
    if process.returncode is None:
        with contextlib.suppress(OSError):  # macOS does not let zombies be killed
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    process.wait()


def _size(folder: str) -> int:
    """Return how many bytes the files in a folder have."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _text(path: str) -> str:
    with open(path, "rb") as file:
        return file.read(_MOST_TEXT).decode("utf-8", "replace")


def _complaint(code: int, complaints: str, limits: Limits) -> str:
    """Return why a program failed, in one line; empty if it did not."""
    if code == 0:
        return ""
    if _NO_MEMORY.search(complaints):
        return f"needs more than {_amount(limits.memory)} of memory"
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        if name == "SIGXFSZ":
            return _too_much(limits)
        return f"took more than {limits.seconds:g} s" if name == "SIGXCPU" else f"crashed ({name})"
    return f"says: {complaint}" if (complaint := _in_short(complaints)) else f"failed with the code {code}"


def _in_short(complaints: str) -> str:
    """Return what a program has complained of, in one line, without what GLib puts before it."""
    lines = [_BANNER.sub("", line).strip() for line in complaints.splitlines()]
    return "; ".join(line for line in lines if line)[:250].strip(" .;")


def _too_much(limits: Limits) -> str:
    return f"wrote more than {_amount(limits.output)}"


def _amount(size: int) -> str:
    return f"{size / 2**30:.3g} GiB" if size >= 2**30 else f"{size / 2**20:.3g} MiB"
