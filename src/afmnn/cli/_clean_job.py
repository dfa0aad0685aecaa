"""``afmnn clean``: one file, from reading to a result that is whole on the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from .._text import readable
from .._warn import about
from ..cleaning.clean import judged, run, what_was_found
from ..cleaning.steps import Means
from ..evaluation.entries import Cleaned
from ..evaluation.verdict import Verdict
from ..formats._channels import Channel, select_all
from ..formats._cleaned import CleanedImage, write_alone, write_beside
from ..formats._readers import SUFFIXES, Reader, open_images
from ..formats._records import read_records
from ..formats._results import is_result
from ..image import Image, unwrap
from . import _clean_record
from ._clean_batch import Memory, Stopped
from ._clean_pages import Pages, shown_on_page
from ._clean_plan import Job
from ._clean_record import Digests, Recipe
from ._files import MARK, check_output, network_format, remark_on_heights
from ._print import complain, described

#: Bytes a pixel: of an image that is cleaned and judged, and of each result that waits to be written.
_CLEANED, _WAITING = 160, 40
#: Bytes for each byte of an instrument's file, while a program reads it.
_CONVERTED = 16


class Outcome(NamedTuple):
    """What came of a file."""

    rows: list[dict[str, Any]]
    problem: str = ""
    taken_over: bool = False


class Worker:
    """Cleans one file after the other; what it does may be done by several threads at once."""

    def __init__(
        self,
        means: Means,
        recipe: Recipe,
        memory: Memory,
        stop: threading.Event,
        *,
        channel: str | None,
        residual: bool,
        force: bool,
        pages: Pages | None,
    ) -> None:
        self._means, self._recipe, self._memory, self._stop = means, recipe, memory, stop
        self._channel, self._residual, self._force, self._pages = channel, residual, force, pages

    def __call__(self, job: Job) -> Outcome:
        """Clean a file; whatever is wrong with it is a line in the outcome."""
        try:
            if self._stop.is_set():
                raise Stopped
            return self._clean_or_take_over(job)
        except Stopped:
            return Outcome([], "interrupted")
        except MemoryError:
            return Outcome([], f"{job.source}: not enough memory")
        except (OSError, ValueError, TypeError, ImportError) as error:
            text = described(error)
            known = any(path in text for path in (job.source, job.output, job.residual) if path)
            return Outcome([], text if known else f"{job.source}: {text}")
        except Exception as error:
            return Outcome([], f"{job.source}: internal error, please report it: {type(error).__name__}: {error}")

    def _clean_or_take_over(self, job: Job) -> Outcome:
        if network_format(job.source) is not None:
            raise ValueError(f"{job.source}: is a network, not an image")
        wanted = job.channels or ((self._channel,) if self._channel is not None else ())
        digests = self._recipe.digests(job.source, wanted)
        rows = self._earlier(job, digests)
        if rows is not None and (self._pages is None or self._pages.are_there(job, digests)):
            return Outcome(rows, taken_over=True)
        for path in filter(None, (job.output, job.residual)):
            self._check_output(path, job)
        return Outcome(self._clean(job, wanted, digests))

    def _earlier(self, job: Job, digests: Digests) -> list[dict[str, Any]] | None:
        """Return the rows of an earlier result that would become the same; None if there is none, or it has been changed."""
        paths = [path for path in (job.residual, job.output) if path is not None]
        if not all(_is_alike(path, job.source, digests) for path in paths):
            return None
        found = [_clean_record.row(job.source, job.output, record) for record in read_records(job.output)]
        return [row for row in found if row is not None] or None

    def _check_output(self, path: str, job: Job) -> None:
        check_output(path, [job.source], force=self._force, source=job.source if path.lower().endswith(".gwy") else None)
        if self._force:
            return
        name = readable(os.path.basename(job.source))
        for record in read_records(path) if os.path.exists(path) else ():
            if record.get("source", name) != name:
                text = f"is the result of {record['source']}; --force replaces it"
                raise FileExistsError(errno.EEXIST, text, path)

    def _clean(self, job: Job, wanted: tuple[str, ...], digests: Digests) -> list[dict[str, Any]]:
        with contextlib.ExitStack() as stack:
            file = self._open(job.source, stack)
            channels = self._chosen(job.source, file, wanted)
            if len(channels) > 1 and not job.output.lower().endswith(".gwy"):
                raise ValueError(f"{job.source}: {len(channels)} channels are to be written, which only .gwy files take")
            pixels = [channel.shape[0] * channel.shape[1] for channel in channels]
            stack.enter_context(self._memory.hold(_CLEANED * max(pixels) + _WAITING * sum(pixels)))
            return self._clean_channels(job, file, channels, digests)

    def _open(self, path: str, stack: contextlib.ExitStack) -> Reader:
        foreign = os.path.splitext(path)[1].lower() not in SUFFIXES
        with self._memory.hold(min(_CONVERTED * os.path.getsize(path), self._memory.total) if foreign else 0):
            return stack.enter_context(open_images(path))

    def _chosen(self, path: str, file: Reader, wanted: tuple[str, ...]) -> list[Channel]:
        """Return the channels to clean: those that were asked for, or the only height of the forward direction."""
        if not wanted:
            return [file.find(None)]
        found: dict[int | str, Channel] = {}
        for text in wanted:
            found |= {each.key: each for each in select_all(path, file.channels(), readable(text))}
        return list(found.values())

    def _clean_channels(self, job: Job, file: Reader, channels: list[Channel], digests: Digests) -> list[dict[str, Any]]:
        name = readable(os.path.basename(job.source))
        results: list[CleanedImage] = []
        residuals: list[CleanedImage] = []
        on_page: list[Cleaned] = []
        verdicts: list[Verdict] = []
        rows: list[dict[str, Any]] = []
        for channel in channels:
            image = file.image(channel)
            if not job.channels and self._channel is None:
                self._remark(job.source, image)
            with about(job.source):
                unwrap("image", image, finite=False)
                outcome = run(image, self._means)
            cleaned, residual = outcome.result, outcome.residual
            figures, verdict = judged(outcome, surface=False)
            record = self._recipe.record(name, channel, digests)
            full = _clean_record.with_figures(record, image, figures, verdict)
            full |= _clean_record.found(what_was_found(outcome.scan))
            row = _clean_record.row(job.source, job.output, full)
            assert row is not None
            rows.append(row)
            title = image.title or os.path.splitext(name)[0]
            entry = self._recipe.log_entry(record)
            results.append(CleanedImage(cleaned.replace(title=f"{title} {MARK}"), channel, full, entry))
            if self._residual:
                removed = residual.replace(title=f"{title} residual {MARK}")
                residuals.append(CleanedImage(removed, channel, {**record, "content": "residual"}, entry))
            if self._pages is not None:
                on_page.append(shown_on_page(job, channel, outcome.start.replace(title=title), residual))
                verdicts.append(verdict)
        if job.residual is not None:
            with _writing(job.residual, job.source, digests) as overwrite:
                write_alone(job.residual, residuals[0], overwrite=overwrite)
        with _writing(job.output, job.source, digests) as overwrite:
            if job.output.lower().endswith(".gwy"):
                write_beside(job.output, file, job.source, results + residuals, overwrite=overwrite)
            else:
                write_alone(job.output, results[0], overwrite=overwrite)
        if self._pages is not None:
            self._pages.write(job, digests, on_page, verdicts)
        return rows

    def _remark(self, source: str, image: Image) -> None:
        remark = remark_on_heights(source, image, self._means.network)
        if remark:
            complain("warning", remark)


@contextlib.contextmanager
def _writing(path: str, source: str, digests: Digests) -> Iterator[bool]:
    """Give whether to replace a file: only what was there when it was checked. What a run beside this one has made is as good."""
    try:
        yield os.path.lexists(path)
    except FileExistsError:
        if not _is_alike(path, source, digests):
            raise
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _is_alike(path: str, source: str, digests: Digests) -> bool:
    """Whether a file is a result that would become the same, and has not been changed."""
    if not os.path.isfile(path) or os.path.getsize(path) == 0:
        return False
    records = read_records(path)
    return bool(records) and all(_clean_record.are_digests_of(each, digests) for each in records) and is_result(path, source)
