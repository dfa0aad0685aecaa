"""Cards: pieces of a report's page for a page of somebody else, a notebook."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape

from ..evaluation.page import STYLE

#: Colours of the notebook's theme, where it says: that need not be the system's. The others suit light and dark.
_OWN = """
.afmnn {
  --ink: var(--jp-content-font-color1, var(--vscode-editor-foreground, #1b1f24));
  --paper: var(--jp-layout-color0, var(--vscode-editor-background, #ffffff));
  --soft: color-mix(in srgb, var(--ink) 72%, var(--paper)); --line: color-mix(in srgb, var(--ink) 45%, var(--paper));
  --edge: color-mix(in srgb, var(--ink) 18%, var(--paper)); --card: color-mix(in srgb, var(--ink) 5%, var(--paper));
  --before: #8a929c; --after: #3b7fe0; --ideal: #23935d; --warn: #b7791f; --stop: #d8434a;
  container-type: inline-size; background: var(--paper); color: var(--ink); padding: 0.25rem; overflow-wrap: anywhere;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
.afmnn .title { font-size: 1.1rem; font-weight: 650; margin: 0 0 0.4rem; }
.afmnn summary { cursor: pointer; color: var(--soft); margin: 0.3rem 0; }
.afmnn .pairs { display: grid; gap: 0.9rem 1.2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
.afmnn .pictures { margin-top: 1rem; }
.afmnn table { margin: 0; }
.afmnn tbody tr, .afmnn tbody tr:hover, .afmnn thead { background: transparent; }
.afmnn td { text-align: right; }
"""


def card(title: str, parts: Sequence[str]) -> str:
    """Return parts that are HTML already as one; their style reaches nothing around them. `title` is text."""
    head = f'<p class="title">{escape(title)}</p>' if title else ""
    return f'<div class="afmnn"><style>{_OWN}{_within(STYLE)}</style>{head}{"".join(parts)}</div>'


def line(text: str) -> str:
    """Return a line of text."""
    return f"<p>{escape(text)}</p>"


def picture(data: bytes, width: int, name: str) -> str:
    """Return a PNG, no wider than there is room; `name` is for those who do not see it."""
    source = base64.b64encode(data).decode()
    return f'<img src="data:image/png;base64,{source}" alt="{escape(name)}" style="width:{width}px;max-width:100%;height:auto">'


def _within(style: str) -> str:
    """Return the style of a page for a part of another one: without the page, its paper and the system's colours."""
    style = re.sub(r"@media (\(prefers-|print)[^{]*\{([^{}]*\{[^}]*\})*\s*\}", "", style)
    style = re.sub(r"(:root|body) \{[^}]*\}", "", style)
    style = style.replace("@media (", "@container (")  # a cell of a notebook is narrower than the window

    def below(rule: re.Match[str]) -> str:
        selectors = ", ".join(f".afmnn {each.strip()}" for each in rule[2].split(","))
        return f"{rule[1]}{selectors} {{"

    return re.sub(r"((?:^|[{}])\s*)([^{}@\s][^{}@]*)\{", below, style)
