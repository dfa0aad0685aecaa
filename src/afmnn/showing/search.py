"""The result of a search as a table, and the errors of its best network."""

from __future__ import annotations

from ..evaluation import page
from ..training.search_result import SearchResult
from .card import card, line


def displayed(result: SearchResult) -> str:
    """Return what a notebook shows of a search: its trials, the best first."""
    head, rows = result.table()
    parts = [line(text) for text in result.notes()]
    parts.append(page.table("", head, head[1:], rows).replace("<h3></h3>", ""))
    if len(result) > len(rows):
        parts.append(page.note(f"... and {len(result) - len(rows)} more"))
    return card("Search", parts)
