"""An evaluation as the table and the pictures of a report."""

from __future__ import annotations

from ..evaluation import page, plots
from ..evaluation.evaluate import Evaluation
from ..evaluation.report_image import pictures
from ..evaluation.tables import groups
from .card import card

_MOST_IMAGES = 3  # of which pictures are shown: a notebook keeps them all in its file


def displayed(result: Evaluation) -> str:
    """Return what a notebook shows of an evaluation; without matplotlib there are no pictures."""
    several = len(result) > 1
    parts = [
        page.verdict(verdict.level, str(verdict), name if several else "")
        for name, verdict in zip(result.names, result.verdicts, strict=True)
    ]
    names = [[column.name for column in columns] for _, columns in groups(result.ideal_known)]
    parts += [page.table(title, head, of, rows) for (title, head, rows), of in zip(result.tables(), names, strict=True)]
    parts += [page.note(f"Mind: {text}.") for text in result.notes()]
    return card("Evaluation", [*parts, *_pictures(result)])


def _pictures(result: Evaluation) -> list[str]:
    try:
        plots.check_matplotlib()
    except ImportError:
        return []
    parts = []
    for i, name in enumerate(result.names[:_MOST_IMAGES]):
        parts += [page.heading(name) if len(result) > 1 else "", pictures(result, i, profiles=False)]
    if len(result) > _MOST_IMAGES:
        parts.append(page.note(f"Pictures of {_MOST_IMAGES} of {len(result)} images; afmnn.report writes a page with all."))
    return parts
