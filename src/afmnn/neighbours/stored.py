"""apply() on an array in a file, piece by piece into another file, by several processes; what is done is not done again."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import functools
import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._check import heights_type
from .._elementary import total
from .._executors import results
from .._version import __version__
from ..errors import FormatError
from ..image import Image
from ..nn import height_units, scaling
from ..nn.digest import network_digest
from ..nn.network import Network
from ..nn.scaling import Scaling
from . import labels, measuring, parts, stores
from .parts import How, clean_part, depth_of
from .pieces import Layout, Piece, planned
from .places import Corner, Part, whole_of
from .requests import Wanted, wanted_of
from .stores import Form, Key, Place, Stored
from .unfinished import ATTRIBUTE, Target, Unfinished, check_replaceable, difference
from .workers import pool

#: What a process takes without any heights, in bytes.
_BASE = 150_000_000
#: Rows that are subtracted at a time.
_ROWS = 256

#: ``progress(what, done, total)``.
Progress: TypeAlias = Callable[[str, int, int], object]


class Work(NamedTuple):
    """What all pieces of an array have in common, as it travels."""

    source: Place
    target: Target
    network: Network
    how: How
    power: int
    shape: tuple[int, int]
    dtype: str


class Plan(NamedTuple):
    """All that is to be done."""

    source: Stored
    output: Place
    work: Work
    layout: Layout
    fixed: bool  # whether the layout was asked for
    attributes: dict[str, Any]
    what: dict[str, Any]
    unit: str
    processes: int
    force: bool


class Outcome(NamedTuple):
    """What was done."""

    pieces: int
    before: int  # of these, by an earlier run
    rms_removed: float


class Given(NamedTuple):
    """How an array is divided, and among how many."""

    threads: int
    processes: int
    memory: int  # bytes in all, about
    strict: bool = False  # whether more memory is an error, where chunks of the file are too large for it
    chunk: tuple[int, int | None] | None = None


def make_plan(source: Stored, output: Place, network: Network, options: dict[str, Any], given: Given, *, force: bool) -> Plan:
    """Say what is to be done, and refuse before any work what cannot be.

    `options` are arguments of `apply`.
    """
    key, unit = labels.unit_of(str(source.place), source.attributes)
    model = Image(np.zeros((2, 2), np.float32), unit_z=unit) if unit else None
    options = parts.checked({**options, "network": network}, model)
    dtype = heights_type(source.dtype)
    layout = _layout(source, network, parts.how_of(options, model), dtype, given)
    processes = min(given.processes, math.prod(_counts(layout)))
    how = parts.how_of({**options, "threads": max(1, given.threads // processes)}, model)
    what = {
        "version": __version__,
        "network": network_digest(network),
        "settings": {name: value for name, value in sorted(options.items()) if name not in ("network", "threads")},
        "source": {
            "shape": list(source.shape),
            "dtype": source.dtype.str,
            "files": stores.module_of(source.place.kind).fingerprint(source),
        },
    }
    if model is not None:
        unit = height_units.result_unit(network.units, model)
    attributes = {**source.attributes, **({key: unit} if unit else {})}
    work = Work(
        source.place,
        Unfinished(output, what).target,
        network,
        how,
        height_units.power_of_result(network.scaling.kind, network.units, model),
        layout.image,
        dtype.str,
    )
    return Plan(source, output, work, layout, given.chunk is not None, attributes, what, unit, processes, force)


def _layout(source: Stored, network: Network, how: How, dtype: np.dtype[Any], given: Given) -> Layout:
    arrays = 3 + (len(network.stages) > 1) + how.flips  # heights, result twice; and between stages, and of a flipped image
    taken = dtype.itemsize * arrays + (source.dtype.itemsize if source.dtype != dtype else 0)
    most = max(1.0, (given.memory / given.processes - _BASE) / taken)
    grid, depth = source.shards or source.chunks, depth_of(network)
    layout = planned(source.shape, grid, depth, most=most, processes=given.processes, asked=given.chunk)
    wide = [min(n, size + 2 * beyond) for n, size, beyond in zip(layout.image, (layout.rows, layout.cols), depth, strict=True)]
    needed = given.processes * (_BASE + taken * math.prod((*layout.lead, *wide)))
    if given.strict and needed > given.memory:
        text = f"parts of {layout.rows} x {layout.cols} pixels in {given.processes} processes take {needed / 1e6:.0f} MB"
        raise ValueError(f"--memory must be more, or --processes fewer: {text}, got {given.memory / 1e6:.0f} MB")
    return layout


def _counts(layout: Layout) -> list[int]:
    return [-(-n // size) for n, size in zip(layout.shape, (*layout.lead, layout.rows, layout.cols), strict=True)]


def is_made(plan: Plan) -> bool:
    """Whether the output is there and is what is wanted.

    Raises
    ------
    FileExistsError
        If it is there and is something else, unless it may be replaced.
    """
    path = plan.output.path
    if not os.path.lexists(path):
        return False
    try:
        found = stores.find(str(plan.output)).attributes.get(ATTRIBUTE)
        made = json.loads(found) if isinstance(found, str) else found
    except (ValueError, TypeError, OSError):
        made = None
    words = difference(made, plan.what)
    if words is None:
        return True
    if not plan.force:
        raise FileExistsError(errno.EEXIST, f"exists, and was made {words}; --force replaces it", path)
    check_replaceable(path)
    return False


def run(plan: Plan, progress: Progress) -> Outcome:
    """Clean an array, or what is left to be done of it.

    Raises
    ------
    FileExistsError
        If there is something else in the place of the result, or an unfinished one of something else.
    KeyboardInterrupt
        After Ctrl-C, with what was done.
    """
    unfinished = Unfinished(plan.output, plan.what)
    if is_made(plan):
        unfinished.remove_leftovers()
        count = math.prod(_counts(plan.layout))
        return Outcome(count, count, math.nan)
    with unfinished.held():
        plan = _taken_up(plan, unfinished)
        before = len(unfinished.done())
        pieces = plan.layout.pieces()
        try:
            with pool(plan.processes) as executor:
                scalings = _measure(plan, unfinished, executor, progress)
                _clean(plan, pieces, unfinished.done(), scalings, executor, progress)
            done = unfinished.done()
            if plan.output.kind == "hdf5":
                _put_together(plan, pieces, unfinished.target, progress)
            unfinished.finish()
        except KeyboardInterrupt:
            count = len(unfinished.done())
            where = f"interrupted after {count} of {len(pieces)} parts; the same command goes on from there"
            raise KeyboardInterrupt(where) from None
        except Exception:
            if not unfinished.done():
                unfinished.remove()
            raise
        finally:
            stores.opened.cache_clear()
    return Outcome(len(pieces), before, math.sqrt(math.fsum(done.values()) / math.prod(plan.source.shape)))


def _taken_up(plan: Plan, unfinished: Unfinished) -> Plan:
    """Go on with what an earlier run has left, in the pieces that it has made; or begin."""
    record = unfinished.found()
    if record is not None:
        lead, rows, cols = record["layout"]
        layout = Layout(plan.source.shape, tuple(lead), rows, cols)
        words = difference(record["what"], plan.what)
        if words is None and plan.fixed and layout != plan.layout:
            words = f"in parts of {rows} x {cols}"
        if words is None:
            unfinished.record = record
            return plan._replace(layout=layout)
        if not plan.force:
            text = f"is a result that was begun {words}; --force begins anew"
            raise FileExistsError(errno.EEXIST, text, unfinished.target.folder)
    layout = plan.layout
    unfinished.begin([layout.lead, layout.rows, layout.cols], _form(plan), plan.source)
    return plan


def _form(plan: Plan) -> Form:
    made: Any = {**plan.what, "image": os.path.basename(plan.source.place.path)}
    attributes = {**plan.attributes, ATTRIBUTE: made if plan.output.kind == "zarr" else json.dumps(made)}
    return stores.result_form(plan.source, np.dtype(plan.work.dtype), plan.layout.lead, attributes)


def _measure(plan: Plan, unfinished: Unfinished, executor: Any, progress: Progress) -> dict[tuple[int, ...], Scaling]:
    """Return the scaling of each image that is cleaned in parts; the others are measured when they are cleaned."""
    if plan.layout.is_whole:
        return {}
    work, cut = plan.work, plan.layout.parts()
    known = {name: Scaling(**numbers) for name, numbers in unfinished.record["scalings"].items()}
    images = list(np.ndindex(plan.source.shape[:-2]))
    passes = 1 if work.network.scaling.kind == "min-max" else 2
    for position, image in enumerate(images):
        name = ",".join(map(str, image))
        if name in known:
            continue

        def show(done: int, before: int = position * passes * len(cut)) -> None:
            progress("measure", before + done, len(images) * passes * len(cut))

        known[name] = _measured(work, image, cut, executor, show)
        unfinished.record["scalings"][name] = dataclasses.asdict(known[name])
        unfinished.save()
    return {image: known[",".join(map(str, image))] for image in images}


def _measured(work: Work, image: tuple[int, ...], cut: Sequence[Part], executor: Any, show: Callable[[int], object]) -> Scaling:
    """Measure an image in two passes over its parts; a small one in memory."""
    trained = work.network.scaling
    if scaling.is_small(work.shape):
        return measure_whole(work, image, _heights(work, image, Part(0, 0, *work.shape)))
    wanted = wanted_of(trained.kind, work.shape)
    looks: list[Any] = [None] * len(cut)
    for done, (number, look) in enumerate(_all(executor, first_look, [(work, image, part) for part in cut])):
        looks[number] = look
        show(done + 1)
    first = measuring.first_of(looks, wanted)
    counts: list[Any] = []
    if trained.kind != "min-max":
        counts = [None] * len(cut)
        # Without what the second pass does not need: heights of lines lie in an array of the size of the image.
        lean = first._replace(lines=None, changes=np.zeros(0))
        for done, (number, count) in enumerate(_all(executor, second_look, [(work, image, part, lean) for part in cut])):
            counts[number] = count
            show(len(cut) + done + 1)
    return measuring.scaling_of(trained, first, counts, work.shape, work.power)


def _clean(
    plan: Plan,
    pieces: Sequence[Piece],
    done: dict[int, float],
    scalings: dict[tuple[int, ...], Scaling],
    executor: Any,
    progress: Progress,
) -> None:
    """Clean the pieces that are not done yet."""
    left = [piece for piece in pieces if piece.number not in done]
    progress("apply", len(done), len(pieces))
    tasks = [(plan.work, piece, scalings.get(piece.images()[0])) for piece in left]
    for count, _ in enumerate(_all(executor, clean_piece, tasks)):
        progress("apply", len(done) + count + 1, len(pieces))


def _put_together(plan: Plan, pieces: Sequence[Piece], target: Target, progress: Progress) -> None:
    """Write the file of a result whose pieces are all there."""
    from . import hdf5_files  # noqa: PLC0415 - of an extra

    def blocks() -> Iterator[tuple[Key, NDArray[Any]]]:
        for piece in pieces:
            yield piece.key(), np.load(target.block(piece.number), allow_pickle=False)

    def show(done: int) -> None:
        progress("write", done, len(pieces))

    hdf5_files.write_whole(target.array, _form(plan), plan.source, blocks(), show)


def _all(executor: Any, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
    """Give the number and the result of each task when it is done, here or by an executor."""
    if executor is None:
        for number, task in enumerate(tasks):
            yield number, function(*task)
    else:
        for number, future in results(executor, function, tasks):
            yield number, future.result()


# What follows runs in the processes.


def first_look(work: Work, image: tuple[int, ...], part: Part) -> measuring.Look:
    """Return what the first pass of measuring finds in a part."""
    with _naming(work, image):
        corner = Corner(part.row, part.col)
        return measuring.first_look(_heights(work, image, part), corner, _wanted(work.network.scaling.kind, work.shape))


def second_look(work: Work, image: tuple[int, ...], part: Part, first: measuring.First) -> measuring.Counts:
    """Return what the second pass of measuring finds in a part."""
    return measuring.second_look(_heights(work, image, part), Corner(part.row, part.col), first)


def measure_whole(work: Work, image: tuple[int, ...], heights: NDArray[Any]) -> Scaling:
    """Measure an image that is in memory."""
    with _naming(work, image):
        measuring.check_finite(heights, Corner(0, 0))
        return scaling.measure(work.network.scaling, heights, work.how.threads, work.power)


def clean_piece(work: Work, piece: Piece, known: Scaling | None) -> None:
    """Clean a piece and write it; images without a scaling that is known are whole, and are measured."""
    wide = piece.part.widened(depth_of(work.network), whole_of(work.shape))
    lead = tuple(slice(*each) for each in piece.lead)
    stack = stores.read(work.source, (*lead, *wide.slices()), np.dtype(work.dtype))
    removed = 0.0
    cleaned = []
    inside = piece.part.slices(wide)
    for image, heights in zip(piece.images(), stack.reshape(-1, *stack.shape[-2:]), strict=True):
        own = measure_whole(work, image, heights) if known is None else known
        with _naming(work, image):
            cleaned.append(clean_part(heights, piece.part, work.shape, work.network, own, how=work.how))
        removed += _squares(cleaned[-1], heights[inside])
    del heights, stack
    result = cleaned[0] if len(cleaned) == 1 else np.stack(cleaned)
    key = piece.key()
    work.target.put(piece.number, key, result.reshape([each.stop - each.start for each in key]), removed)


def _squares(after: NDArray[Any], before: NDArray[Any]) -> float:
    """Return the sum of squares of what was removed."""
    squares = 0.0
    for row in range(0, len(after), _ROWS):
        removed = np.subtract(after[row : row + _ROWS], before[row : row + _ROWS], dtype=np.float64)
        squares += total(removed * removed)
    return squares


def _heights(work: Work, image: tuple[int, ...], part: Part) -> NDArray[Any]:
    """Read a part of an image."""
    key = (*(slice(index, index + 1) for index in image), *part.slices())
    found = stores.read(work.source, key, np.dtype(work.dtype))
    return found.reshape(found.shape[-2:])


@functools.lru_cache(maxsize=2)
def _wanted(kind: str, shape: tuple[int, int]) -> Wanted:
    return wanted_of(kind, shape)


@contextlib.contextmanager
def _naming(work: Work, image: tuple[int, ...]) -> Iterator[None]:
    """Put the array's name, and the image's index in a stack, before what is wrong with its heights."""
    try:
        yield
    except FormatError:  # of reading, which names it
        raise
    except ValueError as error:
        raise ValueError(f"{work.source}{list(image) if image else ''}: {error}") from error
