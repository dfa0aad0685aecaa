"""The trials of a search, run side by side."""

from __future__ import annotations

import math
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import _check, metrics
from .._seed import key_from
from .._typing import Heights, Progress
from ..errors import TrainingWarning
from ..nn.apply import apply
from ..nn.network import Network
from .search_data import SearchData, as_image
from .search_result import FIGURES
from .train import train
from .trial_folder import Folder
from .trials import Settings, canonical

Train = Callable[..., Network]


class Outcome(NamedTuple):
    """What has become of a trial."""

    figures: Mapping[str, Any]
    network: Network | None


class Runner:
    """Runs the trials of one search: each is a function of its settings alone."""

    def __init__(self, function: Train, data: SearchData, patience: int | None, score: Callable[[Network], float] | None) -> None:
        self.done: dict[int, Outcome] = {}  # by the number of the trial
        self._train, self._data, self._score = function, data, score
        self._stop = threading.Event()
        self._is_ours = function is train
        self._keywords = dict(data.keywords)
        if self._is_ours:
            self._keywords["patience"] = patience
            if patience is not None:
                self._keywords["validation"] = [(as_image(p, p.noisy), as_image(p, p.ideal)) for p in data.validation_pairs]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "done": {}, "_stop": None}  # locks do not travel to other processes, and no trial needs others

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _stop=threading.Event())

    def check(self, settings: Sequence[Settings]) -> None:
        """Let `train` look at all settings before the first trial."""
        if not self._is_ours:
            return
        checked = set()
        for chosen in settings:
            _check.integer("steps", chosen.get("steps", 0), minimum=0)
            untried = {**chosen, "steps": 0}
            untried.pop("seed")
            key_from(chosen["seed"])
            if canonical(untried) not in checked:
                checked.add(canonical(untried))
                self._train(*self._data.arguments, **self._keywords, **untried, seed=0, threads=1)

    def run_all(
        self, settings: Sequence[Settings], folder: Folder | None, threads: int, progress: Progress | None, executor: Any = None
    ) -> None:
        """Run all trials side by side, until they are done or `progress` answers True."""
        if executor is not None:
            self._run_elsewhere(executor, settings, folder, progress)
            return
        import concurrent.futures  # noqa: PLC0415 - takes longer to import than half of this package

        from .._executors import as_done  # noqa: PLC0415 - imports it

        workers = max(1, min(threads, len(settings)))
        each = max(1, threads // workers)
        with warnings.catch_warnings():  # once for all workers: filters belong to the process
            warnings.simplefilter("ignore", TrainingWarning)  # bad settings are what a search is for
            with concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="afmnn-search") as pool:
                waiting = {pool.submit(self._run, chosen, folder, each): i for i, chosen in enumerate(settings)}
                try:
                    for future in as_done(list(waiting)):
                        self.done[waiting.pop(future)] = future.result()
                        if progress is not None and progress(len(self.done), len(settings)):
                            return
                finally:
                    self._stop.set()
                    for future in waiting:
                        future.cancel()

    def _run_elsewhere(
        self, executor: Any, settings: Sequence[Settings], folder: Folder | None, progress: Progress | None
    ) -> None:
        """Run all trials on an executor, each with one thread; finished ones are read and written here, where the folder is."""
        from .._executors import LostError, results  # noqa: PLC0415 - imports concurrent.futures

        left = []
        for i, chosen in enumerate(settings):
            earlier = self._earlier(chosen, folder, 1)
            if earlier is None:
                left.append(i)
            else:
                self.done[i] = earlier
        for place, future in results(executor, _trial, [(self, settings[i]) for i in left]):
            i = left[place]
            try:
                outcome = future.result()
            except LostError as error:
                outcome = Outcome({**dict.fromkeys(FIGURES, math.nan), "steps_made": 0, "failure": str(error)}, None)
            self.done[i] = outcome
            if folder is not None and outcome.network is not None:
                folder.write(settings[i], outcome.figures, outcome.network)
            if progress is not None and progress(len(self.done), len(settings)):
                return

    def _earlier(self, settings: Settings, folder: Folder | None, threads: int) -> Outcome | None:
        """Return a trial that the folder has."""
        found = None if folder is None else folder.read(settings)
        if found is None:
            return None
        figures, network = found
        # What another score said is not known to the folder.
        return Outcome(figures if network is None else {**figures, **self._measured(network, threads)}, network)

    def _run(self, settings: Settings, folder: Folder | None, threads: int) -> Outcome:
        """Run one trial, or take it from the folder."""
        earlier = self._earlier(settings, folder, threads)
        if earlier is not None:
            return earlier
        begun = time.perf_counter()
        network, figures = None, {**dict.fromkeys(FIGURES, math.nan), "steps_made": 0, "failure": ""}
        stopping = {"progress": lambda *_: self._stop.is_set()} if self._is_ours else {}
        try:
            network = self._train(*self._data.arguments, **self._keywords, **stopping, **settings, threads=threads)
        except ValueError as error:
            if not self._is_ours:
                raise
            figures["failure"] = str(error)  # the rest was looked at before: the weights have grown beyond all numbers
        figures["seconds"] = time.perf_counter() - begun
        if network is not None:
            figures |= self._measured(network, threads)
        if folder is not None and not self._stop.is_set():
            folder.write(settings, figures, network)
        return Outcome(figures, network)

    def _measured(self, network: Network, threads: int) -> dict[str, float]:
        """Return how good a network is on the validation pairs, over all their pixels."""
        pairs = self._data.validation_pairs
        cleaned = [apply(network, pair.noisy, threads=threads) for pair in pairs]
        error = rms_error_of_all(cleaned, [pair.ideal for pair in pairs])
        levels = [
            metrics.psnr(image, pair.ideal) if np.ptp(pair.ideal) > 0 else math.nan
            for image, pair in zip(cleaned, pairs, strict=True)
        ]
        training = network.history.get("training", np.empty(0))
        validation = network.history.get("validation", np.empty(0))
        step = int(np.argmin(validation)) if self._keywords.get("patience") is not None and validation.size else -1
        value = error if self._score is None else self._score(network)
        if not isinstance(value, (float, int, np.floating, np.integer)):
            raise TypeError(f"score(network) must be a real number, got {value!r}")
        return {
            "score": float(value) if math.isfinite(value) else math.inf,
            "error": error,
            "psnr": float(np.mean(levels)),
            "training_error": float(training[step]) if training.size else math.nan,
            "steps_made": int(network.training.get("steps", training.size)),
        }


def _trial(runner: Runner, settings: Settings) -> Outcome:
    """Run one trial where an executor wants it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)  # bad settings are what a search is for
        return runner._run(settings, None, 1)


def rms_error_of_all(images: Sequence[Heights], ideals: Sequence[Heights]) -> float:
    """Root-mean-square error over all pixels of all images."""
    errors = [metrics.rms_error(image, ideal) for image, ideal in zip(images, ideals, strict=True)]
    largest = max(errors)
    if largest == 0:
        return 0.0
    squares = math.fsum((error / largest) * (error / largest) * ideal.size for error, ideal in zip(errors, ideals, strict=True))
    return largest * math.sqrt(squares / sum(ideal.size for ideal in ideals))


def rms_offset_of_all(images: Sequence[Heights], ideals: Sequence[Heights]) -> float:
    """Root mean square of the mean differences: how much of `rms_error_of_all` is nothing but a different zero."""
    offsets = [metrics.mean_bias(image, ideal) for image, ideal in zip(images, ideals, strict=True)]
    largest = max(map(abs, offsets))
    if largest == 0:
        return 0.0
    squares = math.fsum(
        (offset / largest) * (offset / largest) * ideal.size for offset, ideal in zip(offsets, ideals, strict=True)
    )
    return largest * math.sqrt(squares / sum(ideal.size for ideal in ideals))
