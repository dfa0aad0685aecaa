"""The page of a report: HTML with its style sheet and scripts, which are files beside this one; every text is escaped here."""

from __future__ import annotations

import base64
import functools
import hashlib
import math
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import NamedTuple
from urllib.parse import quote

from .._files.html_head import GENERATOR

#: Classes of the style sheet for the levels of a verdict.
_LEVELS: Mapping[str, str] = {"fine": "fine", "look": "look", "do not use": "unfit"}


class Shown(NamedTuple):
    """One picture with its colour bar; `marks` are lines across it, ``("along" or "across", place from 0 to 1)``."""

    title: str
    source: str
    shape: tuple[int, int]
    aspect: float
    bar: str
    ends: tuple[str, str, str]
    note: str
    marks: Sequence[tuple[str, float]] = ()


class Row(NamedTuple):
    """One row of `linked`: what is said of a file, and where its page is."""

    level: str  # of its verdict; one without a colour of its own has that of the worst
    address: str  # of its page; empty where there is none
    cells: Sequence[str]
    keys: Sequence[float | None]  # by which cells are sorted; None, or no number: by their words


def page(title: str, summary: str, parts: Sequence[str], footer: str, tools: Sequence[str] = ()) -> str:
    """Put a page together from parts that are HTML already; title, summary and footer are text.

    Parameters
    ----------
    tools : sequence of str
        What the reader can do on it: "viewer" enlarges pictures and blinks, "sorting" sorts the table of pages. Of each there are
        a script, a style sheet, and perhaps a piece of the page, files of that name beside this one.
    """
    scripts = [_file(f"{tool}.js") for tool in tools]
    # No script runs but these: a name of an image that is one could do nothing.
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts) or "'none'"
    return Template(_file("page.html")).substitute(
        generator=GENERATOR,
        allowed=allowed,
        styles="\n".join(f"<style>{each}</style>" for each in (style(), *(_file(f"{tool}.css") for tool in tools))),
        scripts="\n".join(
            [*(_file("viewer.html") for tool in tools if tool == "viewer"), *(f"<script>{script}</script>" for script in scripts)]
        ),
        title=escape(title),
        summary=escape(summary),
        body="\n".join(parts),
        footer=escape(footer),
    )


def style() -> str:
    """Return the style sheet of all pages."""
    return _file("page.css")


@functools.cache
def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def heading(text: str) -> str:
    """Return the heading of a part."""
    return f"<h2>{escape(text)}</h2>"


def note(text: str) -> str:
    """Return a line of small print."""
    return f'<p class="note">{escape(text)}</p>'


def tiles(items: Sequence[tuple[str, str, str]]) -> str:
    """Return figures that are seen first: name, value, and what it means."""
    cells = [
        f'<div class="tile"><span>{escape(name)}</span><b>{escape(value)}</b><small>{escape(text)}</small></div>'
        for name, value, text in items
    ]
    return f'<div class="tiles">{"".join(cells)}</div>'


def verdict(level: str, text: str, name: str = "") -> str:
    """Return what to do with an image, a text that begins with its level; the image's name where it does not stand above."""
    rest = text[len(level) :]
    title = f"{escape(name)}: {level}" if name else level.capitalize()
    return f'<p class="verdict {_LEVELS[level]}"><strong>{title}</strong>{escape(rest)}</p>'


def table(title: str, head: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table. Where the page is narrow its rows become lists, in which `names` stand before the cells but the first."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f'<td data-name="{escape(name)}">{escape(cell)}</td>' for name, cell in zip(names, row[1:], strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<h3>{escape(title)}</h3><table class="figures"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def facts(title: str, items: Sequence[tuple[str, str]]) -> str:
    """Return names and values."""
    body = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in items)
    return f'<div><h3>{escape(title)}</h3><table class="facts"><tbody>{body}</tbody></table></div>'


def linked(head: Sequence[str], rows: Sequence[Row]) -> str:
    """Return a table of pages, in the order of `rows`."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = []
    for level, address, cells, keys in rows:
        sorting = ["" if key is None or not math.isfinite(key) else f' data-key="{key:.9g}"' for key in keys]
        first = f'<a href="{escape(quote(address))}">{escape(cells[0])}</a>' if address else escape(cells[0])
        rest = "".join(
            f'<td data-name="{escape(name)}"{key}>{escape(cell)}</td>'
            for name, cell, key in zip(head[1:], cells[1:], sorting[1:], strict=True)
        )
        body.append(f'<tr class="{_LEVELS.get(level, "unfit")}"><th scope="row"{sorting[0]}>{first}</th>{rest}</tr>')
    return f'<table class="figures pages"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def explained(items: Sequence[tuple[str, str]]) -> str:
    """Return words and what they mean."""
    return "<dl>" + "".join(f"<dt>{escape(word)}</dt><dd>{escape(text)}</dd>" for word, text in items) + "</dl>"


def pictures(items: Sequence[Shown], most: int) -> str:
    """Return pictures side by side, three or four in a row where there is room."""
    return f'<div class="pictures{" four" if most == 4 else ""}">{"".join(_figure(item) for item in items)}</div>'


def _figure(item: Shown) -> str:
    rows, cols = item.shape
    sharp = ' class="pixels"' if max(rows, cols) <= 256 else ""
    marks = "".join(
        f'<i class="{kind}" style="{"top" if kind == "along" else "left"}:{100 * place:.3f}%"></i>' for kind, place in item.marks
    )
    size = f'width="{cols}" height="{rows}" style="aspect-ratio:{item.aspect:.6g}"'
    ends = "".join(f"<span>{escape(end)}</span>" for end in item.ends)
    return (
        f"<figure><h3>{escape(item.title)}</h3>"
        f'<div class="frame"><img src="{item.source}" alt="{escape(item.title)}"{sharp} {size}>{marks}</div>'
        f'<div class="bar" style="background:{item.bar}"></div><div class="ends">{ends}</div>'
        f"<figcaption>{escape(item.note)}</figcaption></figure>"
    )


def plots(items: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]) -> str:
    """Return drawings side by side: title, SVG, and what each colour is as (class, text)."""
    cells = []
    for title, svg, keys in items:
        legend = "".join(f'<span class="key {kind}"><em>{escape(text)}</em></span>' for kind, text in keys)
        cells.append(f"<figure><h3>{escape(title)}</h3>{svg}<figcaption>{legend}</figcaption></figure>")
    return f'<div class="plots">{"".join(cells)}</div>'


def columns(parts: Sequence[str]) -> str:
    """Return parts side by side where there is room."""
    return f'<div class="two">{"".join(f"<div>{part}</div>" for part in parts)}</div>'
