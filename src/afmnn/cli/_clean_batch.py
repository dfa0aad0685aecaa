"""Many files at once: workers, the memory that they may take together, and how they are ended."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from .._executors import as_done

J = TypeVar("J")
R = TypeVar("R")

_PAUSE = 0.1  # seconds after which who waits looks whether it is to end


class Stopped(Exception):
    """The work is to end, because of Ctrl-C."""


class Memory:
    """Memory that workers share: each holds what it needs, and waits until there is enough.

    Parameters
    ----------
    total : int
        Bytes.
    stop : threading.Event
        Whether all are to end.
    """

    def __init__(self, total: int, stop: threading.Event) -> None:
        self.total, self._free, self._stop = total, total, stop
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def hold(self, amount: int) -> Iterator[None]:
        """Hold some bytes; nobody holds any while waiting for more, so that all go on some time.

        Raises
        ------
        ValueError
            If it is more than there is at all.
        Stopped
            If the work is to end.
        """
        if amount > self.total:
            raise ValueError(f"needs about {in_words(amount)} of memory, and --memory allows {in_words(self.total)}")
        with self._changed:
            while amount > self._free:
                if self._stop.is_set():
                    raise Stopped
                self._changed.wait(_PAUSE)
            self._free -= amount
        try:
            yield
        finally:
            with self._changed:
                self._free += amount
                self._changed.notify_all()


def in_words(amount: int) -> str:
    """Return bytes as text."""
    return f"{amount / 1e9:.3g} GB" if amount >= 1e9 else f"{amount / 1e6:.3g} MB"


def half_of_all() -> int:
    """Return half the memory of this machine, or of what this process is allowed of it, in bytes."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        total = 8 * 10**9
    with contextlib.suppress(OSError, ValueError), open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
        total = min(total, int(file.read()))
    return total // 2


def run_all(
    jobs: Sequence[J], work: Callable[[J], R], workers: int, stop: threading.Event, done: Callable[[int, R], None]
) -> list[R]:
    """Do all jobs, some at once, and return what comes of them in their order.

    Threads, not processes: most of the work is done by compiled code that lets others go on meanwhile, and nothing is left behind
    when this process is killed. `done` is told of each that is finished. On Ctrl-C `stop` is set, and all end before it is passed
    on.
    """
    with concurrent.futures.ThreadPoolExecutor(max_workers=workers, thread_name_prefix="afmnn-clean") as executor:
        futures = [executor.submit(work, job) for job in jobs]
        numbers = {future: number for number, future in enumerate(futures)}
        try:
            for future in as_done(futures):
                done(numbers[future], future.result())
        except BaseException:
            stop.set()
            executor.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]
