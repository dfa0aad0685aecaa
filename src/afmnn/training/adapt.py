"""adapt(): a network and scans that were recorded twice -> a network for their instrument."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from .. import _check
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, as_integer
from .._threads import resolve_threads
from .._typing import Record
from .._warn import warn
from ..errors import TrainingWarning
from ..nn.network import Network, as_network
from ..nn.unfamiliar import statistics_range
from ..synth import InstrumentLike, Scene, default_scene, instrument_like
from ..synth.instrument_like._scans import Scan, read_scans
from .held_out import compared
from .scan_pairs import MixedPairs, Twice
from .scene_pairs import read_scene
from .stages import Task, steps_of_stages, train_stages
from .trainers import AdamSettings
from .validation import validation_error

#: Rows and columns of the pairs: small ones, so that a few seconds see many places and surfaces.
_SIDE = 128
#: The smallest scans: three quarters of the lines have to make a pair of a scene.
_LEAST = 64
#: Pairs that say which weights are kept, half of scans, half of the scene; and pairs of the scene that judge.
_VALIDATION, _JUDGES = 8, 8
_BATCH = 1024
#: The error of pairs of the scene may rise by so much, and has to fall by so much to count as better.
_WORSE, _BETTER = 1.0, 0.98


@plain
@draws_bar("steps")
def adapt(
    network: Network | str,
    scans: Any,
    *,
    scene: Scene | str | os.PathLike[str] = "default",
    steps: int | tuple[int, ...] = 24,
    learning_rate: float = 0.001,
    seed: SeedLike = None,
    threads: int | None = None,
    progress: Callable[[int, dict[str, float]], object] | bool | None = None,
) -> Network:
    """Adapt a network to an instrument, by scans of it that were recorded twice; an ideal is not needed.

    Trace and retrace, or two scans of one place, show the same sample with noise that they do not share. So one, brought to the
    place of the other, is a target for it that is right on average. What both have in common (offsets of lines, wander) such a
    target cannot tell from the sample; it is learned from a scene, whose instrument is measured on the scans.

    A quarter of the lines of each scan is held out. There, the new network must come closer to the other recording than the old
    one, or do better on pairs of the scene, and be worse nowhere: else the old one is returned.

    Parameters
    ----------
    network : Network, or its name or file
        Any that `afmnn.train_on_scene` made, such as "universal".
    scans : list
        Scans of one instrument with one kind of settings, at least 64 lines of 64 pixels, as they were recorded, before any
        levelling: pairs of (trace, retrace) in the coordinates of the sample, as `afmnn.read_directions` returns them, or files
        that have both. Images in one direction must be repeats, of one place, recorded one after the other; each is taken
        together with the next.
    scene : synth.Scene, "default" or path-like
        What surfaces to expect: that of the network, where it was trained on one of its own. Its instrument and its defects are
        replaced by what was measured.
    steps : int or tuple of int
        Steps of training, of all stages together or of each: passes over the pixels of 8 pairs of 128 x 128 pixels.
    learning_rate : float
        That of the first three fifths of the steps of a stage; then it falls to a hundredth.
    seed : None, int, SeedSequence or Generator
        Source of the pairs and the order of pixels. None draws one and records it.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The network does not depend on it.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        after each step as ``progress(step, {"training": error, "validation": error})``, errors in units of the relief.
        Training ends if it returns True; what has been learned is judged.

    Returns
    -------
    Network
        The new network, whose ``training["adapted"]`` says how it was adapted, with ``"error"``, ``"edge_excess"``, ``"share"``
        and ``"scene_error"`` of the old and the new network where neither had learned; or `network` itself.

    Raises
    ------
    ValueError
        If scans are too small, or not there twice, or `network` is one of ``method="gwyddion"``; if a number is out of its
        range.
    TypeError
        If an argument is of the wrong type.
    OSError, FormatError
        If a file cannot be read.
    KeyboardInterrupt
        On Ctrl-C; nothing that was learned is kept, because it has not been judged.

    Warns
    -----
    TrainingWarning
        If the new network is not better, with the reason; `network` is returned.

    Notes
    -----
    Learning from pairs of noisy images is due to J. Lehtinen et al. (arXiv:1803.04189). The other recording is registered by a
    lag that bends along the line. Where both differ by more than noise, or slopes are so steep that a quarter of a pixel makes
    such a difference, the target is what the network made of the scan before, so that edges stay what they are.

    Examples
    --------
    >>> scans = [afmnn.read_directions(path) for path in paths]  # doctest: +SKIP
    >>> ours = afmnn.adapt("universal", scans)  # doctest: +SKIP
    """
    network = as_network("network", network)
    if network.method != "adam":
        raise ValueError(f"network must be one of method 'adam', got {network.method!r}")
    stages = len(network.stages)
    counts = steps_of_stages(steps, stages)
    _check.positive(learning_rate=learning_rate)
    threads = resolve_threads(threads)
    progress = function_of("progress", progress)
    seed = as_integer(seed)
    surfaces = read_scene(scene)
    read = read_scans(scans)
    _check_scans(read)
    surfaces = _fitting(surfaces, [(len(each.trace) - len(each.trace) // 4, each.trace.shape[1]) for each in read])

    learned = [_learned_from(number, len(each.trace)) for number, each in enumerate(read)]
    like = instrument_like([_shown(each, lines) for each, lines in zip(read, learned, strict=True)], threads=threads)
    places, lines_learned = _places(read, learned, like)
    parts = [both.rows(lines) for both, lines in zip(places, lines_learned, strict=True)]
    # What a scene adds beside its instrument, events of the scans say better.
    recorded = dataclasses.replace(surfaces, instrument=like.relative().instrument, defects=())
    source = MixedPairs(recorded, parts, network, seed, threads)
    settings = AdamSettings(float(learning_rate), 0.9, _BATCH, flips=False)
    task = Task(source, source.validation(_VALIDATION), settings, network)
    record: Record = {**network.training, "steps_planned": sum(counts), "learning_rate": settings.learning_rate}
    try:
        adapted = train_stages(task, counts, record, progress)
    except KeyboardInterrupt as interrupt:
        vars(interrupt).pop("network", None)  # which nobody has judged
        raise

    held_out = [both.rows(_held_out(lines, len(both.first))) for both, lines in zip(places, lines_learned, strict=True)]
    found = compared(network, adapted, held_out, threads)
    judges = source.judges(_JUDGES)
    scene_errors = [validation_error(each, judges, threads) for each in (network, adapted)]
    objections = found.objections()
    if scene_errors[1] > _WORSE * scene_errors[0]:
        objections.append(f"the error on pairs of a scene rose by {100 * (scene_errors[1] / scene_errors[0] - 1):.1f} %")
    if not (objections or found.is_better() or scene_errors[1] < _BETTER * scene_errors[0]):
        objections.append("nothing has become better")
    if objections:
        warn(f"the network is left as it was: after adapting it, {'; '.join(objections)}", TrainingWarning)
        return network
    told: Record = {
        "scans": len(places),
        "seed": seed,
        "steps_of_stages": adapted.training["steps_of_stages"],
        "learning_rate": settings.learning_rate,
        "error": [1.0, found.error_ratio()],
        "edge_excess": [_middle([f.edges for f in each]) for each in found],
        "share": [max(f.share for f in each) for each in found],
        "scene_error": scene_errors,
    }
    seen = statistics_range([(pair.noisy, pair.scaling) for pair in source.first], network.training.get("seen"))
    training = {**network.training, "seen": seen, "adapted": told}
    return dataclasses.replace(adapted, history=network.history, training=training, units=network.units)


def _learned_from(number: int, rows: int) -> slice:
    """Return the lines that are learned from: all but the last quarter, or the first one, by turns."""
    return slice(0, rows - rows // 4) if number % 2 == 0 else slice(rows // 4, rows)


def _held_out(learned: slice, rows: int) -> slice:
    return slice(learned.stop, rows) if learned.start == 0 else slice(0, learned.start)


def _shown(scan: Scan, lines: slice) -> Any:
    """Return what `instrument_like` takes."""
    return scan.trace[lines] if scan.retrace is None else (scan.trace[lines], scan.retrace[lines])


def _check_scans(scans: list[Scan]) -> None:
    """Refuse scans that are too small, or not there twice."""
    for scan in scans:
        if min(scan.trace.shape) < _LEAST:
            raise ValueError(f"{scan.name} must have at least {_LEAST} lines of {_LEAST} pixels, got {scan.trace.shape}")
    single = [scan for scan in scans if scan.retrace is None]
    if len(single) == 1:
        raise ValueError(f"{single[0].name} must be recorded twice: a pair of (trace, retrace), or of repeats")
    for scan, following in pairwise(single):
        if scan.trace.shape != following.trace.shape:
            raise ValueError(
                f"{following.name} must have the shape of the one before, of which it is a repeat, "
                f"{scan.trace.shape}, got {following.trace.shape}"
            )


def _places(scans: list[Scan], learned: list[slice], like: InstrumentLike) -> tuple[list[Twice], list[slice]]:
    """Return what was recorded twice, heights in units of the relief, and the lines of each that are learned from."""
    reliefs = [each.relief for each in like.scans or (like,)]
    both = [
        (Twice(scan.name, scan.trace / relief, scan.retrace / relief), lines)
        for scan, lines, relief in zip(scans, learned, reliefs, strict=True)
        if scan.retrace is not None
    ]
    single = [(scan, relief) for scan, relief in zip(scans, reliefs, strict=True) if scan.retrace is None]
    for number, ((scan, relief), (following, _)) in enumerate(pairwise(single)):
        both.append((Twice(scan.name, scan.trace / relief, following.trace / relief), _learned_from(number, len(scan.trace))))
    return [place for place, _ in both], [lines for _, lines in both]


def _fitting(scene: Scene, shapes: list[tuple[int, int]]) -> Scene:
    """Return the scene in pairs of the size of a piece of what is learned from."""
    if scene == default_scene():
        rows, cols = (min(_SIDE, *(shape[axis] for shape in shapes)) for axis in (0, 1))
        return default_scene(shape=(rows, cols))  # whose ranges suit the size
    if any(n < side for shape in shapes for n, side in zip(shape, scene.shape, strict=True)):
        raise ValueError(f"scene must make images that fit into three quarters of a scan, got {scene.shape}")
    return scene


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
