"""The page of a report: HTML and its style sheet, nothing else; every text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import NamedTuple
from urllib.parse import quote

from .._files.html_head import GENERATOR

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
$generator
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>$title</title>
<style>$style</style>
</head>
<body>
<header>
<h1>$title</h1>
<p>$summary</p>
</header>
<main>
$body
</main>
<footer>$footer</footer>
</body>
</html>
""")

STYLE = """
:root {
  --paper: #ffffff; --card: #f5f6f8; --ink: #1b1f24; --soft: #57606a; --line: #b6bcc4; --edge: #d9dde2;
  --before: #8a929c; --after: #1f5fd0; --ideal: #1a7f4b; --warn: #b7791f; --stop: #c0262d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1d2126; --ink: #e7eaee; --soft: #a2abb5; --line: #5a636d; --edge: #343a41;
    --before: #8f98a3; --after: #7fb0ff; --ideal: #5fce94; --warn: #e8b34b; --stop: #ff7a7a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1.25rem clamp(0.9rem, 3vw, 2.5rem) 2rem;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
h1 { font-size: clamp(1.4rem, 4vw, 2rem); line-height: 1.2; margin: 0.5rem 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 0.6rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.2rem 0 0.4rem; }
p { margin: 0.4rem 0; max-width: 60rem; }
header p, figcaption, .note, footer, .tile small { color: var(--soft); }
figcaption, .note, footer { font-size: 0.875rem; }
.tiles { display: grid; gap: 0.75rem; margin: 1.25rem 0; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(min(100%, 10.5rem), 1fr)); }
.tile { background: var(--card); border: 1px solid var(--edge); border-radius: 0.6rem; padding: 0.7rem 0.9rem; }
.tile b { display: block; font-size: 1.3rem; line-height: 1.3; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span, .tile small { display: block; font-size: 0.875rem; }
.pictures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
.pictures.four { grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); }
.plots { display: grid; gap: 1rem 1.5rem; margin-top: 1rem; }
.plots { grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
figure { margin: 0; min-width: 0; }
figure h3 { margin-top: 0; }
.frame { position: relative; line-height: 0; border: 1px solid var(--edge); }
.frame img { width: 100%; height: auto; }
.pixels { image-rendering: pixelated; }
.frame i { position: absolute; background: #ffffff; mix-blend-mode: difference; opacity: 0.7; }
.frame i.along { left: 0; right: 0; height: 1px; }
.frame i.across { top: 0; bottom: 0; width: 1px; }
.bar { height: 0.6rem; margin-top: 0.35rem; border: 1px solid var(--edge); }
.ends { display: flex; justify-content: space-between; font-size: 0.8rem; }
.ends { color: var(--soft); font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); }
svg * { stroke-linejoin: round; }
.key { margin-right: 1rem; white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: 1.4em; border-top: 2.5px solid currentColor; vertical-align: 0.28em;
  margin-right: 0.4em; }
.key.before { color: var(--before); } .key.after { color: var(--after); } .key.ideal { color: var(--ideal); }
.key.ideal::before { border-top-style: dashed; }
.key em { color: var(--ink); font-style: normal; }
.verdict { border: 1px solid var(--edge); border-left: 0.4rem solid var(--level); border-radius: 0.4rem; }
.verdict { padding: 0.5rem 0.9rem; max-width: none; background: var(--card); overflow-wrap: anywhere; }
.fine { --level: var(--ideal); } .look { --level: var(--warn); } .unfit { --level: var(--stop); }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
table { border: 1px solid var(--edge); }
th, td { padding: 0.4rem 0.6rem; text-align: right; border-top: 1px solid var(--edge); }
td { white-space: nowrap; }
thead th { border-top: 0; background: var(--card); font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; font-weight: 600; }
.figures th:first-child { background: var(--card); overflow-wrap: anywhere; min-width: 8rem; }
.pages a { color: var(--after); }
.pages tbody th { border-left: 0.4rem solid var(--level); }
.pages td:last-child { text-align: left; white-space: normal; }
.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; font-weight: 400; width: 100%; }
.facts th { white-space: nowrap; vertical-align: top; }
@media (max-width: 66rem) {
  .facts th { white-space: normal; min-width: 7.5rem; }
  .figures thead { display: none; }
  .figures, .figures tbody, .figures tr, .figures th, .figures td { display: block; }
  .figures td { display: flex; justify-content: space-between; gap: 1rem; border-top: 1px dotted var(--edge); }
  .figures td::before { content: attr(data-name); color: var(--soft); white-space: normal; text-align: left; }
}
.two { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); align-items: start; }
dl { margin: 0.6rem 0; font-size: 0.9rem; max-width: 60rem; }
dt { font-weight: 600; }
dd { margin: 0 0 0.5rem; color: var(--soft); }
footer { margin-top: 2.5rem; border-top: 1px solid var(--edge); padding-top: 0.8rem; }
@media print { body { max-width: none; } figure, .tile { break-inside: avoid; } }
"""


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


def page(title: str, summary: str, parts: Sequence[str], footer: str) -> str:
    """Put a page together from parts that are HTML already; title, summary and footer are text."""
    return _PAGE.substitute(
        generator=GENERATOR,
        style=STYLE,
        title=escape(title),
        summary=escape(summary),
        body="\n".join(parts),
        footer=escape(footer),
    )


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


def linked(head: Sequence[str], rows: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """Return a table of pages: level of a verdict (empty for none), address of the page (likewise), and cells."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = []
    for level, address, cells in rows:
        first = f'<a href="{escape(quote(address))}">{escape(cells[0])}</a>' if address else escape(cells[0])
        rest = "".join(
            f'<td data-name="{escape(name)}">{escape(cell)}</td>' for name, cell in zip(head[1:], cells[1:], strict=True)
        )
        body.append(f'<tr class="{_LEVELS.get(level, "unfit")}"><th scope="row">{first}</th>{rest}</tr>')
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
