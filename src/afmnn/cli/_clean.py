"""``afmnn clean``."""

from __future__ import annotations

import argparse
import errno
import os
import threading
from collections.abc import Sequence
from typing import Any

from .._files.atomic import remove_leftovers
from .._threads import resolve_threads
from ..cleaning.steps import DEFECTS, Means, Settings
from ..evaluation import plots
from ..nn.apply_options import check_strength
from . import _clean_cluster, _clean_table
from ._clean_batch import Stopped, half_of_all, run_all
from ._clean_cluster import Task
from ._clean_job import Outcome
from ._clean_pages import Pages
from ._clean_plan import Plan, make_plan
from ._clean_record import Recipe
from ._files import read_network
from ._print import bar, complain, say, say_json, shown


def run(options: argparse.Namespace) -> int:
    """Clean files, and return 1 if any could not be cleaned."""
    if options.dask is None:
        return _clean(options, None)
    _clean_cluster.make_absolute(options)
    with _clean_cluster.connected(options.dask) as client:
        return _clean(options, client)


def _clean(options: argparse.Namespace, client: Any) -> int:
    """Clean files here, or by the workers of a cluster."""
    network = read_network(options.network)
    check_strength(options.strength, network)
    plan = make_plan(options.files, options.output, options.format, residual=options.residual, recursive=options.recursive)
    _check_outputs(options, plan)
    cores = resolve_threads(options.threads) if client is None else 1
    workers = min(cores, len(plan.jobs))
    settings = Settings(options.level, **{name: getattr(options, name) for name in DEFECTS}, strength=options.strength)
    means = Means(network, settings, max(1, cores // workers))
    recipe = Recipe(means, options.network, {"channel": options.channel, "residual": options.residual})
    pages = None if options.report is None else Pages(options.report, plan.jobs, network, recipe, force=options.force)
    task = Task(
        means,
        recipe,
        options.memory or half_of_all(),
        channel=options.channel,
        residual=options.residual,
        force=options.force,
        pages=pages,
    )
    outcomes = _run(options, plan, task, workers, client)
    rows = [row for outcome in outcomes for row in outcome.rows]
    failed = [(job.source, outcome.problem) for job, outcome in zip(plan.jobs, outcomes, strict=True) if outcome.problem]
    if options.csv is not None:
        _clean_table.write_table(options.csv, rows, failed)
    if pages is not None:
        pages.write_index(rows, failed)
    if options.json:
        say_json(
            command="clean",
            network=options.network,
            results=rows,
            failed=[{"file": file, "problem": problem} for file, problem in failed],
            left_out=plan.left_out,
        )
    else:
        _tell(options, plan, outcomes, rows)
    return int(bool(failed))


def _check_outputs(options: argparse.Namespace, plan: Plan) -> None:
    """Refuse before any work what cannot be written at all, and make the folders that are asked for."""
    if options.csv is not None:
        _clean_table.check_csv(options.csv, force=options.force)
    if options.report is not None:
        plots.check_matplotlib()
    folders = dict.fromkeys(os.path.dirname(job.output) for job in plan.jobs)
    wanted = [folder for folder in folders if options.output is not None and folder]
    for each in [*wanted, *([options.report] if options.report is not None else [])]:
        if os.path.exists(each) and not os.path.isdir(each):
            raise NotADirectoryError(errno.ENOTDIR, "is a file, and a folder is needed", each)
        os.makedirs(each, exist_ok=True)
        if not os.access(each, os.W_OK):
            raise PermissionError(errno.EACCES, "is a folder that cannot be written to", each)
    for each in folders:
        remove_leftovers(each or ".")


def _run(options: argparse.Namespace, plan: Plan, task: Task, workers: int, client: Any) -> list[Outcome]:
    """Clean all files with a progress bar: of the files, or of the rows of a single one."""
    stop = threading.Event()
    jobs = plan.jobs
    single = len(jobs) == 1
    finished = total = 0
    name = os.path.basename(jobs[0].source) if single else "clean"
    with bar(name, None if single else len(jobs), "rows" if single else "files") as show:

        def progress(done: int, rows: int) -> None:
            if stop.is_set():
                raise Stopped
            if single and show is not None:
                nonlocal total
                if total != rows:
                    total = rows
                    show.expect(rows)
                show(done, "")

        def done(number: int, outcome: Outcome) -> None:
            nonlocal finished
            finished += 1
            if outcome.problem:
                complain("error", outcome.problem)
            if show is not None and not single:
                show(finished, os.path.basename(jobs[number].source))

        try:
            if client is not None:
                return _clean_cluster.run_all(client, jobs, task, done)
            return run_all(jobs, task.worker(stop, progress), workers, stop, done)
        except KeyboardInterrupt:
            where = f"interrupted after {finished} of {len(jobs)} files; the same command goes on from there"
            raise KeyboardInterrupt(where) from None


def _tell(options: argparse.Namespace, plan: Plan, outcomes: Sequence[Outcome], rows: Sequence[dict[str, Any]]) -> None:
    """Print the table, and how many files there were."""
    if plan.left_out:
        names = [os.path.basename(path) for path in plan.left_out]
        listed = ", ".join(names[:5]) + ", ..." * (len(names) > 5)
        complain("note", f"{len(names)} left out, as they are no images or earlier results: {listed}")
    if rows:
        say(_clean_table.summary(rows))
    done = [outcome for outcome in outcomes if not outcome.problem]
    before = sum(outcome.taken_over for outcome in done)
    failed = len(outcomes) - len(done)
    again = f" ({before} of them earlier, by the same network from the same file)" if before else ""
    where = plan.jobs[0].output if len(outcomes) == 1 else options.output or "NAME.clean.* beside the files"
    told = f"{len(done)} of {len(outcomes)} files cleaned{again}" + (f", {failed} failed" if failed else "")
    say("\n" * bool(rows) + told + (f"; results: {shown(where)}" if done else ""))
