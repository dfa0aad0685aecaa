"""Tasks on somebody's executor: a worker that dies costs its tasks, not the run."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import queue
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

#: So many times a task is started whose worker dies: after that it is taken for the cause.
_TIMES = 3
#: What `distributed` says of a task that several workers have died with, and of one that it has forgotten with its worker.
_BLAMED, _FORGOTTEN = "KilledWorker", "FutureCancelledError"
_PAUSE = 0.1  # seconds between two looks, so that Ctrl-C is heard


class LostError(RuntimeError):
    """A task whose worker died each time that it was started."""


class _Done:
    """Futures that are done, in the order in which they are.

    Not ``concurrent.futures.wait`` or ``as_completed``: they take the locks of all futures in turn, and a Ctrl-C between two of
    them leaves some taken, with which the executor could never be shut down. A queue waits without any lock of theirs.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[concurrent.futures.Future[Any]] = queue.SimpleQueue()

    def will_have(self, future: concurrent.futures.Future[Any]) -> None:
        """Expect a future."""
        future.add_done_callback(self._queue.put)

    def next(self) -> concurrent.futures.Future[Any]:
        """Return the next one, when it is done."""
        while True:
            with contextlib.suppress(queue.Empty):
                return self._queue.get(timeout=_PAUSE)


def as_done(futures: Sequence[concurrent.futures.Future[Any]]) -> Iterator[concurrent.futures.Future[Any]]:
    """Give futures when they are done; Ctrl-C is heard meanwhile."""
    done = _Done()
    for future in futures:
        done.will_have(future)
    for _ in futures:
        yield done.next()


def check_executor(value: Any) -> None:
    """Refuse what is no executor."""
    if value is not None and not callable(getattr(value, "submit", None)):
        raise TypeError(f"executor must be a concurrent.futures.Executor, got {type(value).__name__}")


def results(
    executor: Any, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, concurrent.futures.Future[Any]]]:
    """Give the number and the future of each task when it is done; what are left are cancelled when nobody asks any more.

    A task is started again if its worker has died, twice at most; then its future has a `LostError`. One that a cluster blames
    for the end of several workers is started once more, alone, when all others are done. Pools of processes are
    broken when one of them dies, and take nothing any more. Because nobody says which task it was, those that may have been
    running are started again one at a time, in a process of their own; one that loses this, too, has a `LostError`. All others
    go to a new pool.
    """
    left = yield from _in_pool(executor, function, tasks, list(range(len(tasks))))
    while left:
        # A pool takes tasks in their order, and has one more than it has processes at hand: among these is the one to blame, and
        # if not, it will be the next time.
        suspects = left if isinstance(executor, concurrent.futures.ThreadPoolExecutor) else left[: _workers_of(executor) + 2]
        yield from _one_by_one(executor, function, tasks, suspects)
        left = left[len(suspects) :]
        if left:
            with _stopping(_new_pool(executor, _workers_of(executor))) as pool:
                left = yield from _in_pool(pool, function, tasks, left)


def _in_pool(
    executor: Any, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], numbers: Sequence[int]
) -> Generator[tuple[int, concurrent.futures.Future[Any]], None, list[int]]:
    """Give the tasks of these numbers when they are done, and return those that are not because the executor is broken."""
    times = dict.fromkeys(numbers, 0)
    waiting: dict[concurrent.futures.Future[Any], int] = {}
    left: list[int] = []
    blamed: list[int] = []
    done = _Done()

    def start(number: int) -> None:
        times[number] += 1
        try:
            future = executor.submit(function, *tasks[number])
        except concurrent.futures.BrokenExecutor:
            left.append(number)
        else:
            waiting[future] = number
            done.will_have(future)

    def done_ones() -> Iterator[tuple[int, concurrent.futures.Future[Any]]]:
        while waiting:
            future = done.next()
            yield waiting.pop(future), future

    try:
        for number in numbers:
            start(number)
        for number, future in done_ones():
            if not _is_lost(future):
                yield number, future
            elif _is_blamed(future):
                blamed.append(number)
            elif times[number] < _TIMES:
                start(number)
            else:
                yield number, _failed(LostError(f"its worker died {times[number]} times"))
        # Because a cluster blames all that a worker had when it died, and one of those is the cause, each is given once more,
        # when there is nothing else that it can harm, or be harmed by.
        while blamed:
            number = blamed.pop(0)
            start(number)
            for _, future in done_ones():
                yield number, _failed(LostError("its workers died, also where it was alone")) if _is_lost(future) else future
    finally:
        for future in waiting:
            future.cancel()
    return sorted(left)


def _one_by_one(
    executor: Any, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], numbers: Sequence[int]
) -> Iterator[tuple[int, concurrent.futures.Future[Any]]]:
    """Give tasks that an executor has lost, one after the other, such that each can harm nothing but itself."""
    numbers = list(numbers)
    while numbers:
        if isinstance(executor, concurrent.futures.ThreadPoolExecutor):  # no thread dies: it could not be started
            number = numbers.pop(0)
            yield number, _done_here(function, tasks[number])
            continue
        with _stopping(_new_pool(executor, 1)) as pool:
            died = False
            while numbers and not died:
                number = numbers.pop(0)
                future = pool.submit(function, *tasks[number])
                next(as_done([future]))
                died = _is_lost(future)
                yield number, _failed(LostError("its worker died, and once more when it had one of its own")) if died else future


def _workers_of(executor: Any) -> int:
    """Return how many processes a pool has; one of a kind that does not say it has one."""
    return int(getattr(executor, "_max_workers", 1))


def _new_pool(executor: Any, workers: int) -> concurrent.futures.ProcessPoolExecutor:
    """Return a pool of processes that are started as those of a pool that is broken."""
    context = getattr(executor, "_mp_context", None)
    return concurrent.futures.ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn") if context is None else context,
        initializer=getattr(executor, "_initializer", None),
        initargs=getattr(executor, "_initargs", ()),
    )


@contextlib.contextmanager
def _stopping(pool: concurrent.futures.ProcessPoolExecutor) -> Iterator[concurrent.futures.ProcessPoolExecutor]:
    """End a pool after use, without what nobody waits for any more."""
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _is_lost(future: concurrent.futures.Future[Any]) -> bool:
    """Whether a task has no result because of its worker, not because of itself."""
    if future.cancelled():
        return True
    if isinstance(future.exception(), (concurrent.futures.BrokenExecutor, concurrent.futures.CancelledError)):
        return True
    return _of_dask(future) in (_BLAMED, _FORGOTTEN)


def _is_blamed(future: concurrent.futures.Future[Any]) -> bool:
    """Whether a cluster has given a task to other workers already, and these have died, too."""
    return not future.cancelled() and _of_dask(future) == _BLAMED


def _of_dask(future: concurrent.futures.Future[Any]) -> str:
    """Return the name of an error of dask's; nothing of dask is imported for that."""
    kind = type(future.exception())
    return kind.__name__ if kind.__module__.partition(".")[0] == "distributed" else ""


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
