"""``afmnn clean --dask``: files cleaned by the workers of a cluster, which see the same folders."""

from __future__ import annotations

import argparse
import contextlib
import os
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .._typing import Progress
from ..cleaning.steps import Means
from ..errors import MissingExtraError
from ._clean_batch import Memory
from ._clean_job import Outcome, Worker
from ._clean_pages import Pages
from ._clean_plan import Job
from ._clean_record import Recipe

_PATIENCE = 10.0  # seconds until a scheduler must have answered


class Task(NamedTuple):
    """What all files have in common, as it travels."""

    means: Means
    recipe: Recipe
    memory: int  # bytes that one process may take
    channel: str | None
    residual: bool
    force: bool
    pages: Pages | None

    def worker(self, stop: threading.Event, progress: Progress | None = None) -> Worker:
        """Return what cleans files, one after the other or several at once, until it is to stop."""
        return Worker(
            self.means._replace(progress=progress),
            self.recipe,
            Memory(self.memory, stop),
            stop,
            channel=self.channel,
            residual=self.residual,
            force=self.force,
            pages=self.pages,
        )


def make_absolute(options: argparse.Namespace) -> None:
    """Name files and folders from the root on: workers are in folders of their own."""
    options.files = [os.path.abspath(file) for file in options.files]
    for name in ("output", "report"):
        given = getattr(options, name)
        if given is not None:  # a separator at its end says that it is a folder, also of one that is not there yet
            setattr(options, name, os.path.abspath(given) + (os.sep if given.endswith(os.sep) else ""))


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Give a client of dask's scheduler at an address.

    Raises
    ------
    MissingExtraError
        If dask is not there.
    ConnectionError
        If no scheduler answers.
    """
    try:
        from dask.distributed import Client  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise MissingExtraError("distributed", "dask", "afmnn clean --dask") from error
    try:
        connect: Any = Client
        client = connect(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionError(f"--dask: no scheduler answers at {address} ({error})") from None
    with client:
        yield client


def run_all(client: Any, jobs: Sequence[Job], task: Task, done: Callable[[int, Outcome], None]) -> list[Outcome]:
    """Clean all files, and return what comes of them in their order; `done` is told of each that is finished."""
    from .._executors import LostError, results  # noqa: PLC0415 - imports concurrent.futures

    # The network travels once to each worker: all tasks name the same node, which the scheduler can make again.
    shared = client.submit(pickle.loads, pickle.dumps(task), pure=False)
    outcomes: list[Outcome | None] = [None] * len(jobs)
    for number, future in results(client.get_executor(pure=False), clean_there, [(shared, job) for job in jobs]):
        try:
            outcome = future.result()
        except LostError as error:
            outcome = Outcome([], f"{jobs[number].source}: {error}")
        outcomes[number] = outcome
        done(number, outcome)
    return [outcome for outcome in outcomes if outcome is not None]


def clean_there(task: Task, job: Job) -> Outcome:
    """Clean a file in a worker of a cluster."""
    return task.worker(threading.Event())(job)
