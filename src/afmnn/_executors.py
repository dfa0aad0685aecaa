"""Tasks on somebody's executor: a worker that dies costs its tasks, not the run."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterator, Sequence
from typing import Any

#: So many times a task is started whose worker dies: after that it is taken for the cause.
_TIMES = 3
#: What `distributed` says of a task whose workers have died, or that it has forgotten with them.
_OF_DASK = frozenset({"KilledWorker", "FutureCancelledError"})
_PAUSE = 0.1  # seconds between two looks, so that Ctrl-C is heard


class LostError(RuntimeError):
    """A task whose worker died each time that it was started."""


def check_executor(value: Any) -> None:
    """Refuse what is no executor."""
    if value is not None and not callable(getattr(value, "submit", None)):
        raise TypeError(f"executor must be a concurrent.futures.Executor, got {type(value).__name__}")


def results(
    executor: Any, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, concurrent.futures.Future[Any]]]:
    """Give the number and the future of each task when it is done; what are left are cancelled when nobody asks any more.

    A task is started again if its worker has died, twice at most; then its future has a `LostError`. Pools of processes are
    broken when one of them dies, and take nothing any more: what is not done then is done here, one after the other.
    """
    times = [0] * len(tasks)
    waiting: dict[concurrent.futures.Future[Any], int] = {}
    here: list[int] = []

    def start(number: int) -> None:
        times[number] += 1
        try:
            waiting[executor.submit(function, *tasks[number])] = number
        except concurrent.futures.BrokenExecutor:
            here.append(number)

    try:
        for number in range(len(tasks)):
            start(number)
        while waiting:
            done, _ = concurrent.futures.wait(waiting, _PAUSE, concurrent.futures.FIRST_COMPLETED)
            for future in done:
                number = waiting.pop(future)
                if not _is_lost(future):
                    yield number, future
                elif times[number] < _TIMES:
                    start(number)
                else:
                    yield number, _failed(LostError(f"its worker died {times[number]} times"))
        while here:
            number = here.pop(0)
            yield number, _done_here(function, tasks[number])
    finally:
        for future in waiting:
            future.cancel()


def _is_lost(future: concurrent.futures.Future[Any]) -> bool:
    """Whether a task has no result because of its worker, not because of itself."""
    if future.cancelled():
        return True
    error = future.exception()
    if isinstance(error, (concurrent.futures.BrokenExecutor, concurrent.futures.CancelledError)):
        return True
    # Dask's own errors are told by their names: nothing of dask is imported here.
    return type(error).__name__ in _OF_DASK and type(error).__module__.partition(".")[0] == "distributed"


def _failed(error: Exception) -> concurrent.futures.Future[Any]:
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()
    future.set_exception(error)
    return future


def _done_here(function: Callable[..., Any], task: tuple[Any, ...]) -> concurrent.futures.Future[Any]:
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()
    try:
        future.set_result(function(*task))
    except Exception as error:
        future.set_exception(error)
    return future
