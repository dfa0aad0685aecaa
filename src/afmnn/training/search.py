"""search(): train several times with different settings, and see which give the best results."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import _check
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, as_integer, key_from
from .._threads import resolve_threads
from .._version import __version__
from ..nn.network import Network
from .search_data import SearchData, read_data
from .search_result import FIGURES, SearchResult
from .search_runner import Outcome, Runner, Train, rms_error_of_all, rms_offset_of_all
from .train import Images, train
from .trial_folder import Folder, described
from .trials import Settings, plan

#: Of train's arguments, those that a search gives itself.
_OWN = frozenset({"noisy", "ideal", "validation", "patience", "threads", "progress", "planned", "mask", "mask_mode", "init"})


@plain
@draws_bar("trials")
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
    executor: Any = None,
    progress: Callable[[int, int], object] | bool | None = None,
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
    executor : concurrent.futures.Executor, optional
        Where trials run in place of `threads` of this process, one thread each: a pool of processes, or a cluster, such as
        dask's ``client.get_executor()``. What they need travels there by pickle, `score` and `train` too. A worker that dies
        costs its trials, which are started again, twice at most.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(done, trials)`` after each trial. The search ends if it returns True.
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
    for name, value in (("score", score), ("train", train)):
        _check.function(name, value)
    progress = function_of("progress", progress)
    if patience is not None:
        patience = _check.integer("patience", patience, minimum=1)
    threads = resolve_threads(threads)
    if executor is not None:
        from .._executors import check_executor  # noqa: PLC0415 - imports concurrent.futures

        check_executor(executor)
    seed = as_integer(seed)
    key = key_from(seed)
    names = tuple(space) if isinstance(space, Mapping) else ()
    settings = [{"seed": seed, **fixed, **chosen} for chosen in plan(space, trials, key)]
    _check_names(train, names, fixed)
    data = read_data(noisy, ideal, mask, mask_mode, validation, settings=settings, key=key)
    runner = Runner(train, data, patience, score)
    runner.check(settings)
    folder = None
    if resume is not None:
        common = {"version": __version__, "patience": patience, "train": described(train), "data": data.digest}
        folder = Folder(resume, common)
    try:
        runner.run_all(settings, folder, threads, progress, executor)
    except KeyboardInterrupt as interrupt:
        interrupt.result = _result(runner.done, settings, data, names, seed)  # type: ignore[attr-defined]
        raise
    result = _result(runner.done, settings, data, names, seed)
    if not any(network is not None for network in result.networks):
        reasons = sorted({row["failure"] for row in result.rows})
        raise ValueError(f"space must have settings that make a network, got none in {len(result)} trials: {'; '.join(reasons)}")
    return result


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


def _result(
    done: Mapping[int, Outcome], settings: Sequence[Settings], data: SearchData, names: tuple[str, ...], seed: int
) -> SearchResult:
    """Put finished trials in order: the best score first, failures last, the earlier of two alike first."""

    def place(i: int) -> tuple[bool, float, int]:
        failed = done[i].network is None
        return failed, 0.0 if failed else done[i].figures["score"], i

    order = sorted(done, key=place)
    rows = [{"trial": i, **settings[i], **{name: done[i].figures[name] for name in FIGURES}} for i in order]
    noisy_error = rms_error_of_all([pair.noisy for pair in data.validation_pairs], [pair.ideal for pair in data.validation_pairs])
    offset = rms_offset_of_all([pair.noisy for pair in data.validation_pairs], [pair.ideal for pair in data.validation_pairs])
    return SearchResult(tuple(rows), tuple(done[i].network for i in order), noisy_error, names, seed, data.unit, offset)
