"""Processes that share a work. They end with the process that started them, however that ends."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def pool(processes: int) -> Iterator[concurrent.futures.Executor | None]:
    """Give an executor of so many processes; None for one, which is this one.

    Because a process that waits for work does not notice that nobody will send any, each also waits for the end of a pipe that
    the system closes when this process is gone.
    """
    if processes == 1:
        yield None
        return
    context = multiprocessing.get_context("spawn")  # a fork has the locks of threads that it does not have
    reader, writer = context.Pipe(duplex=False)
    executor = concurrent.futures.ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(reader,))
    try:
        with _no_interrupt():
            executor.submit(int)  # which starts all of them
        yield executor
    except BaseException:
        writer.close()  # what they are at is given up
        executor.shutdown(cancel_futures=True)
        raise
    finally:
        executor.shutdown()
        writer.close()
        reader.close()


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Start processes that never hear Ctrl-C, also not before they are ready: who starts them ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(pipe: Any) -> None:
    """Prepare a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(pipe,), daemon=True).start()


def _end_with(pipe: Any) -> None:
    with contextlib.suppress(EOFError, OSError):
        pipe.recv()
    os._exit(1)
