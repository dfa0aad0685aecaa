"""search(): train several times with different settings, and see which give the best results."""

from __future__ import annotations

import dataclasses
import inspect
import math
import os
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from . import _check, metrics
from ._arithmetic import plain
from ._pairs import TrainingPair, read_pairs, split_validation, validation_pairs
from ._seed import SeedLike, as_integer, key_from
from ._text import decibels, quantity, table
from ._threads import resolve_threads
from ._trials import Folder, Settings, canonical, described, digest, plan
from .applying import apply
from .errors import TrainingWarning
from .evaluation import write_csv
from .image import Image
from .network import Network
from .training import Images, train

#: Of train's arguments, those that a search gives itself.
_OWN = frozenset({"noisy", "ideal", "validation", "patience", "threads", "progress", "mask", "mask_mode", "init"})
_FIGURES = ("score", "error", "psnr", "training_error", "steps_made", "seconds", "failure")
_SHOWN = 20  # rows that are printed

Train = Callable[..., Network]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SearchResult:
    """What `afmnn.search` has found. It prints as a table, the best first.

    Parameters
    ----------
    rows : tuple of mapping
        One a trial, the best first: ``"trial"`` (its number), its settings, ``"score"`` (by which they are ordered),
        ``"error"`` (root-mean-square error of the held-out images, in height units), ``"psnr"`` (their mean, in decibels),
        ``"training_error"``, ``"steps_made"``, ``"seconds"``, and ``"failure"``: why there is no network, or empty.
    networks : tuple of (Network or None)
        The network of each row.
    noisy_error : float
        Root-mean-square error of the held-out images before anything is done to them.
    names : tuple of str
        What was searched over.
    seed : int
        Seed that repeats the search.
    unit : str
        Unit of the heights; empty where it is not known.
    """

    rows: tuple[Mapping[str, Any], ...]
    networks: tuple[Network | None, ...]
    noisy_error: float
    names: tuple[str, ...]
    seed: int
    unit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(MappingProxyType(dict(row)) for row in self.rows))

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings cannot be pickled.
        rows = tuple(map(dict, self.rows))
        return SearchResult, (rows, self.networks, self.noisy_error, self.names, self.seed, self.unit)

    @property
    def best(self) -> Network:
        """The network with the best score."""
        if not self.networks or self.networks[0] is None:
            raise ValueError("no trial has made a network")
        return self.networks[0]

    @property
    def best_settings(self) -> dict[str, Any]:
        """Settings of the best network, as keywords of the function that trains."""
        return {name: self.rows[0][name] for name in self.rows[0] if name != "trial" and name not in _FIGURES}

    def __len__(self) -> int:
        return len(self.rows)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one line a trial, with a head: comma-separated, all digits, errors in height units.

        Parameters
        ----------
        path : path-like
            File to write, whole or not at all; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written; an existing one is then unchanged.
        """
        write_csv(path, list(self.rows[0]) if self.rows else [], self.rows)

    def __str__(self) -> str:
        lines = [f"{len(self)} trials, best first; held-out images without a network: {quantity(self.noisy_error, self.unit)}"]
        own_score = any(row["score"] != row["error"] for row in self.rows if not row["failure"])
        head = ["trial", *self.names, *(["score"] if own_score else []), "error", "PSNR", "training", "steps", "time"]
        cells = []
        for row in self.rows[:_SHOWN]:
            settings = [_setting(row[name]) for name in self.names]
            if row["failure"]:
                cells.append([str(row["trial"]), *settings, *(["-"] if own_score else []), "failed", "-", "-", "-", "-"])
                continue
            cells.append(
                [
                    str(row["trial"]),
                    *settings,
                    *([f"{row['score']:.4g}"] if own_score else []),
                    quantity(row["error"], self.unit),
                    decibels(row["psnr"]),
                    quantity(row["training_error"], self.unit),
                    str(row["steps_made"]),
                    f"{row['seconds']:.2f} s",
                ]
            )
        lines.append(table(head, cells))
        if len(self) > _SHOWN:
            lines.append(f"... and {len(self) - _SHOWN} more")
        return "\n".join(lines)

    __repr__ = __str__


@plain
def search(
    noisy: Images | None,
    ideal: Images | None,
    space: Mapping[str, Any],
    *,
    validation: float | Sequence[Any],
    trials: int | None = None,
    patience: int | None = 10,
    score: Callable[[Network], float] | None = None,
    mask: Images | None = None,
    mask_mode: str = "include",
    train: Train = train,
    resume: str | os.PathLike[str] | None = None,
    seed: SeedLike = None,
    threads: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    **fixed: Any,
) -> SearchResult:
    """Train several times with different settings, and see which give the best results on images held out.

    Parameters
    ----------
    noisy, ideal : array_like or Image, shape (rows, columns), or a sequence of them
        What to learn from, as for `afmnn.train`. None, both, where `train` makes its own pairs.
    space : mapping
        Parameters of `train` and what to try for each: a list of values, for example ``{"window": [15, 27, (9, 41)], "hidden":
        [6, 12], "steps": [30, 75]}``; or, to draw from, ``{"range": [low, high]}`` (evenly), ``{"log": [low, high]}`` (evenly in
        the logarithm, best for a learning rate) or ``{"integer": [low, high]}`` (both ends included).
    validation : float, (noisy, ideal) or list of such pairs
        The images to judge by, as for `train`: the same for all trials, and learnt from by none. Of a single image, a fraction
        holds out rows that the largest window does not reach.
    trials : int, optional
        How many settings are drawn from `space`, no two the same. By default all combinations are tried.
    patience : int, optional
        A trial ends when its error on the held-out images has not fallen for so many steps, and its best network counts. None:
        all steps are made, and the last network counts.
    score : callable, optional
        ``score(network)`` gives the number to be made small. By default the root-mean-square error of the held-out images, over
        all their pixels, so that windows of all sizes are judged by the same.
    mask : array_like or a sequence of them, optional
        Which pixels to learn from, as for `train`; `validation` must then be pairs.
    mask_mode : {"include", "exclude", "ignore"}
        As for `train`.
    train : callable
        What trains, by default `afmnn.train`. Another function is called as ``train(noisy, ideal, threads=..., **settings)``, or
        ``train(threads=..., **settings)`` where `noisy` is None.
    resume : path-like, optional
        A folder to remember finished trials in, made if it is missing. A search that finds trials there that had the same images
        and settings, by the same version, takes them from there, and the networks with them. Several may share a folder.
    seed : None, int, SeedSequence or Generator
        What the settings are drawn with, the images held out by, and the seed of every trial, unless ``"seed"`` is in `space`.
        None draws one, and the result records it.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. So many trials run side by side; where there are fewer trials, each
        has more. Nothing but ``"seconds"`` depends on it.
    progress : callable, optional
        Called as ``progress(done, trials)`` after each trial. The search ends if it returns True.
    **fixed
        Further keywords of `train`, the same for all trials.

    Returns
    -------
    SearchResult
        ``result.best`` is the best network, ``result.best_settings`` its settings; it prints as a table.

    Raises
    ------
    ValueError
        If an argument is out of its range, before any trial; or if no trial has made a network.
    TypeError
        If an argument is of the wrong type, or no argument of `train`.
    KeyboardInterrupt
        On Ctrl-C, after the steps of training that are being made; its attribute ``result`` is what is finished.

    Notes
    -----
    A trial whose weights grow beyond all numbers, because its learning rate is too large, fails; the others go on. The best
    of many trials looks a little better on the images it was chosen by than on others.
    """
    for name, value in (("score", score), ("progress", progress), ("train", train)):
        _check.function(name, value)
    if patience is not None:
        patience = _check.integer("patience", patience, minimum=1)
    threads = resolve_threads(threads)
    seed = as_integer(seed)
    key = key_from(seed)
    names = tuple(space) if isinstance(space, Mapping) else ()
    settings = [{"seed": seed, **fixed, **chosen} for chosen in plan(space, trials, key)]
    _check_names(train, names, fixed)
    data = _data(noisy, ideal, mask, mask_mode, validation, settings, key)
    run = _Run(train, data, patience, score)
    run.refuse(settings)
    folder = None
    if resume is not None:
        common = {"version": _version(), "patience": patience, "train": described(train), "data": data.digest}
        folder = Folder(resume, common)
    done = run.all(settings, folder, threads, progress, lambda found: _result(found, settings, data, names, seed))
    result = _result(done, settings, data, names, seed)
    if not any(network is not None for network in result.networks):
        reasons = sorted({row["failure"] for row in result.rows})
        raise ValueError(f"space must have settings that make a network, got none in {len(result)} trials: {'; '.join(reasons)}")
    return result


@dataclasses.dataclass(frozen=True)
class _Data:
    """Images to learn from, as `train` takes them, and those to judge by."""

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    held_out: Sequence[TrainingPair]
    unit: str
    digest: str


def _data(noisy: Any, ideal: Any, mask: Any, mask_mode: str, validation: Any, settings: Sequence[Settings], key: int) -> _Data:
    fraction = isinstance(validation, (float, int, np.floating, np.integer)) and not isinstance(validation, bool)
    if validation is None:
        raise ValueError("validation must say what to judge by, got None")
    if noisy is None or ideal is None:
        if noisy is not None or ideal is not None or mask is not None:
            raise ValueError("noisy and ideal must be given both or, without a mask, not at all")
        if fraction:
            raise ValueError(f"validation must be pairs where noisy is None, got {validation!r}")
        held_out = validation_pairs(validation)
        return _Data((), {}, held_out, str(held_out[0].units.get("unit_z", "")), digest(held_out))
    pairs = read_pairs(noisy, ideal, mask, mask_mode)
    keywords = {} if mask is None else {"mask": mask, "mask_mode": mask_mode}
    unit = str(pairs[0].units.get("unit_z", ""))
    if not fraction:
        held_out = validation_pairs(validation)
        return _Data((noisy, ideal), keywords, held_out, unit, digest([*pairs, *held_out]))
    if mask is not None:
        raise ValueError(f"validation must be pairs where mask is given, got {validation!r}")
    windows = [_check.rows_cols("window", chosen.get("window") or 27) for chosen in settings]
    largest = max(rows for rows, _ in windows), max(cols for _, cols in windows)
    kept, held_out = split_validation(pairs, float(validation), largest, key)
    arguments = [_as_image(pair, pair.noisy) for pair in kept], [_as_image(pair, pair.ideal) for pair in kept]
    if len(kept) == 1:  # "gwyddion" takes no lists
        arguments = arguments[0][0], arguments[1][0]
    return _Data(arguments, {}, held_out, unit, digest([*kept, *held_out]))


def _as_image(pair: TrainingPair, heights: Any) -> Any:
    """Return heights with the units that the pair came with."""
    if not pair.units:
        return heights
    dy, dx = pair.units["pixel_size"]
    rows, cols = heights.shape
    return Image(heights, (dy * rows, dx * cols), pair.units["unit_xy"], pair.units["unit_z"])


def _check_names(function: Train, names: Sequence[str], fixed: Mapping[str, Any]) -> None:
    """Refuse what is no parameter of the function, or is given twice."""
    twice = sorted(set(names) & set(fixed))
    if twice:
        raise TypeError(f"{', '.join(twice)} must be in space or a keyword of search, not both")
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    known = [name for name in parameters if name not in _OWN]
    unknown = [name for name in (*names, *fixed) if name not in known]
    if unknown:
        raise TypeError(f"space and keywords must be among {', '.join(known)}, got {', '.join(unknown)}")


class _Run:
    """Trials of one search: each is a function of its settings alone."""

    def __init__(self, function: Train, data: _Data, patience: int | None, score: Callable[[Network], float] | None) -> None:
        self.train = function
        self.data = data
        self.score = score
        self.stop = threading.Event()
        self.ours = function is train
        self.keywords = dict(data.keywords)
        if self.ours:
            self.keywords["progress"] = lambda *_: self.stop.is_set()
            self.keywords["patience"] = patience
            if patience is not None:
                self.keywords["validation"] = [(_as_image(p, p.noisy), _as_image(p, p.ideal)) for p in data.held_out]

    def refuse(self, settings: Sequence[Settings]) -> None:
        """Let `train` look at all settings before the first trial."""
        if not self.ours:
            return
        seen = set()
        for chosen in settings:
            _check.integer("steps", chosen.get("steps", 0), minimum=0)
            untried = {**chosen, "steps": 0}
            untried.pop("seed")
            key_from(chosen["seed"])
            if canonical(untried) not in seen:
                seen.add(canonical(untried))
                self.train(*self.data.arguments, **self.keywords, **untried, seed=0, threads=1)

    def all(
        self,
        settings: Sequence[Settings],
        folder: Folder | None,
        threads: int,
        progress: Callable[[int, int], object] | None,
        result: Callable[[Mapping[int, Any]], SearchResult],
    ) -> dict[int, Any]:
        """Run all trials side by side; return figures and network by the number of the trial."""
        import concurrent.futures  # noqa: PLC0415 - takes longer to import than half of this package

        done: dict[int, Any] = {}
        workers = max(1, min(threads, len(settings)))
        each = max(1, threads // workers)
        with warnings.catch_warnings():  # once for all workers: filters belong to the process
            warnings.simplefilter("ignore", TrainingWarning)  # bad settings are what a search is for
            with concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="afmnn-search") as pool:
                waiting = {pool.submit(self.one, chosen, folder, each): i for i, chosen in enumerate(settings)}
                try:
                    while waiting:
                        # A little at a time, so that Ctrl-C is heard.
                        finished, _ = concurrent.futures.wait(waiting, 0.1, concurrent.futures.FIRST_COMPLETED)
                        for future in finished:
                            done[waiting.pop(future)] = future.result()
                            if progress is not None and progress(len(done), len(settings)):
                                return done
                except KeyboardInterrupt as interrupt:
                    interrupt.result = result(done)  # type: ignore[attr-defined]
                    raise
                finally:
                    self.stop.set()
                    for future in waiting:
                        future.cancel()
        return done

    def one(self, settings: Settings, folder: Folder | None, threads: int) -> tuple[Mapping[str, Any], Network | None]:
        """Run one trial, or take it from the folder."""
        found = None if folder is None else folder.read(settings)
        if found is not None:
            figures, network = found
            # What another score said is not known to the folder.
            return (figures, None) if network is None else ({**figures, **self._judged(network, threads)}, network)
        begun = time.perf_counter()
        network, figures = None, {**dict.fromkeys(_FIGURES, math.nan), "steps_made": 0, "failure": ""}
        try:
            network = self.train(*self.data.arguments, **self.keywords, **settings, threads=threads)
        except ValueError as error:
            if not self.ours:
                raise
            figures["failure"] = str(error)  # the rest was looked at before: the weights have grown beyond all numbers
        figures["seconds"] = time.perf_counter() - begun
        if network is not None:
            figures |= self._judged(network, threads)
        if folder is not None and not self.stop.is_set():
            folder.write(settings, figures, network)
        return figures, network

    def _judged(self, network: Network, threads: int) -> dict[str, Any]:
        cleaned = [apply(network, pair.noisy, threads=threads) for pair in self.data.held_out]
        error = _error(cleaned, [pair.ideal for pair in self.data.held_out])
        levels = [
            metrics.psnr(image, pair.ideal) if np.ptp(pair.ideal) > 0 else math.nan
            for image, pair in zip(cleaned, self.data.held_out, strict=True)
        ]
        errors = network.history.get("training", np.empty(0))
        judged = network.history.get("validation", np.empty(0))
        step = int(np.argmin(judged)) if self.keywords.get("patience") is not None and judged.size else -1
        value = error if self.score is None else self.score(network)
        if not isinstance(value, (float, int, np.floating, np.integer)):
            raise TypeError(f"score(network) must be a real number, got {value!r}")
        return {
            "score": float(value) if math.isfinite(value) else math.inf,
            "error": error,
            "psnr": float(np.mean(levels)),
            "training_error": float(errors[step]) if errors.size else math.nan,
            "steps_made": int(network.training.get("steps", errors.size)),
        }


def _error(images: Sequence[Any], ideals: Sequence[Any]) -> float:
    """Root-mean-square error over all pixels of all images."""
    errors = [metrics.rms_error(image, ideal) for image, ideal in zip(images, ideals, strict=True)]
    largest = max(errors)
    if largest == 0:
        return 0.0
    squares = math.fsum((error / largest) * (error / largest) * ideal.size for error, ideal in zip(errors, ideals, strict=True))
    return largest * math.sqrt(squares / sum(ideal.size for ideal in ideals))


def _result(
    done: Mapping[int, tuple[Mapping[str, Any], Network | None]],
    settings: Sequence[Settings],
    data: _Data,
    names: tuple[str, ...],
    seed: int,
) -> SearchResult:
    """Put finished trials in order: the best score first, failures last, the earlier of two alike first."""
    order = sorted(done, key=lambda i: (done[i][1] is None, done[i][0]["score"] if done[i][1] is not None else 0.0, i))
    rows = [{"trial": i, **settings[i], **{name: done[i][0][name] for name in _FIGURES}} for i in order]
    noisy_error = _error([pair.noisy for pair in data.held_out], [pair.ideal for pair in data.held_out])
    return SearchResult(tuple(rows), tuple(done[i][1] for i in order), noisy_error, names, seed, data.unit)


def _setting(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return " x ".join(_setting(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _version() -> str:
    from . import __version__  # noqa: PLC0415 - the package imports this module before it is complete

    return __version__
