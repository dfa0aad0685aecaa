"""Settings of the site that Sphinx makes of docs/ and the docstrings; see docs/decisions/0011-site.md."""

from __future__ import annotations

import inspect
import os
import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.domains.python import PyXRefRole

import afmnn

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "afmnn"
author = "The afmnn developers"
project_copyright = author
release = version = afmnn.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
root_doc = "index"
exclude_patterns = ["_build"]
nitpicky = True

# Pages are GitHub's Markdown: headings have the anchors that it gives them.
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]

# Quotes stay those that Python takes.
smartquotes = False
autosummary_generate = True
templates_path = ["_templates"]
# Types are told by the docstrings, in words and with shapes; annotations would make signatures of half a page.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# Classes have their members on their own page.
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
default_role = "name"

html_theme = "furo"
html_title = f"afmnn {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
# Who publishes the site says where it is, and where the source: links to both are made of that.
html_baseurl = os.environ.get("AFMNN_SITE_URL", "")
_SOURCE = os.environ.get("AFMNN_SOURCE_URL", "").rstrip("/")
html_theme_options: dict[str, Any] = {"top_of_page_buttons": []}
if _SOURCE:
    html_theme_options |= {
        "source_repository": _SOURCE,
        "source_branch": os.environ.get("AFMNN_SOURCE_BRANCH", "main"),
        "source_directory": "docs/",
        "top_of_page_buttons": ["view"],
    }

_SITE_ONLY = re.compile(r"^<!-- site\n(.*?)^-->$", re.MULTILINE | re.DOTALL)


class _Name(PyXRefRole):
    """What docstrings have between single backticks: a link to a public name, or a parameter or letter, which is in italics.

    A name with a dot or a capital must be public, and is looked for in all modules; one without may be a parameter.
    """

    def __init__(self) -> None:
        super().__init__(innernodeclass=nodes.emphasis)

    def process_link(
        self, env: BuildEnvironment, refnode: nodes.Element, has_explicit_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        title, target = super().process_link(env, refnode, has_explicit_title, title, target)
        refnode["refdomain"], refnode["reftype"] = "py", "obj"
        refnode.attributes.pop("refspecific", None)
        if target[:1].isupper() or "." in target:
            refnode["refspecific"] = True  # Sphinx asks whether it is there, not whether it is true
        refnode["parameter"] = re.fullmatch(r"[a-z_][a-z0-9_]*'?|[A-Z]", target) is not None
        return title, target


def _parameter(app: Sphinx, env: BuildEnvironment, node: nodes.Element, content: nodes.Element) -> nodes.Element | None:
    return content if node.get("parameter") else None


def _unwrap(app: Sphinx, name: str, source: list[str]) -> None:
    """Take in what stands between ``<!-- site`` and ``-->``, which is for the site: GitHub would show a directive as code."""
    source[0] = _SITE_ONLY.sub(r"\1", source[0])


def _parameters(item: object) -> set[str]:
    has_parameters = (
        inspect.isfunction(item) or inspect.ismethod(item) or (isinstance(item, type) and not issubclass(item, BaseException))
    )
    return set(inspect.signature(item).parameters) if has_parameters else set()


def _sections(app: Sphinx, what: str, name: str, item: object, options: object, lines: list[str]) -> None:
    """Make a docstring's headings into what Sphinx understands, which would take initials of authors for numbers of a list."""
    # A parameter is one also where something public has its name.
    own = _parameters(item)
    whole = re.sub(r"(?<!`)`(\w+)`(?!`)", lambda word: f"*{word[1]}*" if word[1] in own else word[0], "\n".join(lines))
    parts = re.split(r"^(\w[\w ]*)\n-+\n", whole, flags=re.MULTILINE)
    text = parts[0]
    for title, section in zip(parts[1::2], parts[2::2], strict=True):
        if what == "module":
            # A line at the margin before an indented one is a list of names.
            linked = re.sub(
                r"^\w[\w, ]*$(?=\n )", lambda names: re.sub(r"\w+", r"`\g<0>`", names[0]), section, flags=re.MULTILINE
            )
            text += f".. rubric:: {title}\n\n{linked}"
        else:
            kept = re.sub(r"^(?=.)", "| ", section, flags=re.MULTILINE) if title == "References" else section
            text += f"{title}\n{'-' * len(title)}\n{kept}"
    lines[:] = text.split("\n")


def _collapse(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Open the sidebar where the reader is: all names of the API beside each page would take nine tenths of the build."""
    whole = context["toctree"]
    context["toctree"] = lambda **options: whole(**{**options, "collapse": True})


def _describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Give search engines the first paragraph of a page as its description."""
    if doctree is None:
        return
    paragraph = next((node for node in doctree.findall(nodes.paragraph) if len(node.astext()) > 40), None)
    if paragraph is not None:
        words = " ".join(paragraph.astext().split()).replace('"', "&quot;").replace("<", "&lt;")
        context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{words[:300]}">\n'


def _math(translator: Any, node: nodes.math | nodes.math_block) -> None:
    """Formulas as MathML: every browser shows it, with no script and no other server."""
    block = isinstance(node, nodes.math_block)
    # Docutils knows one of two names for dots; brackets of MathML grow by themselves.
    formula = re.sub(r"\\[bB]ig(?![a-zA-Z])", "", node.astext().replace(r"\dots", r"\ldots"))
    root = latex2mathml.tex2mathml(formula, as_block=block)
    translator.body.append(f'<div class="math-block">{root}</div>' if block else str(root))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Connect what is above."""
    app.add_role("name", _Name())
    app.connect("missing-reference", _parameter)
    app.add_html_math_renderer("mathml", (_math, None), (_math, None))
    app.connect("source-read", _unwrap)
    app.connect("autodoc-process-docstring", _sections, priority=100)  # before numpydoc, which knows other sections only
    app.connect("html-page-context", _collapse, priority=100)  # before the theme
    app.connect("html-page-context", _describe)
