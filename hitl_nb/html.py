"""Static HTML, made from text: the one place where markup is written.

Everything a payload, a state or an error holds enters through ``element``, which escapes.
"""

from __future__ import annotations

import re
from html import escape
from typing import NamedTuple

from hitl_nb.messages import Text

SAVED = "hitl-nb-saved"
"""A class of what is shown only where its view does not live."""
NO_COMPLAINT = (
    f"<style>.jp-OutputArea-child:has(.{SAVED}) + .jp-OutputArea-child"
    ":has(> .jupyter-widgets):not(:has(> .jupyter-widgets > *)) { display: none; }</style>"
)
"""Hides JupyterLab's line that says there is no model, once the kernel of a saved file is gone.

A view that is drawn has elements, and so have other complaints; neither is hidden.
"""


class Markup(NamedTuple):
    """HTML that ``element`` wrote."""

    html: str


def page(*content: Markup, style: str = "", saved: str = "") -> Markup:
    """Write the outermost element: text in it is never typeset as math.

    JupyterLab typesets ``$…$`` in HTML, which garbles amounts and lets text hide itself or make
    links.

    Args:
        content: What is in it.
        style: Our own declarations.
        saved: The class by which a view that is the next output hides this while it lives.
    """
    inside = "".join(part.html for part in content)
    names = _NOT_MATH
    if saved:
        inside = NO_COMPLAINT + inside
        names += f" {SAVED} {escape(saved)}"
    return Markup(f'<div class="{names}" style="{escape(style)}">{inside}</div>')


def themed(name: str, value: str) -> str:
    """Declare a value that has a variable of JupyterLab's theme in it.

    The plain value before it is what counts in a file that is not trusted yet: JupyterLab takes
    variables away there.
    """
    return f"{name}:{_VARIABLE.sub(_FALLBACK, value)};{name}:{value}"


def element(name: str, *content: Markup | Text | str, style: str = "", title: str = "") -> Markup:
    """Write an element; text inside it is escaped, hidden characters become marks.

    Args:
        name: A tag of ours, never one from data.
        content: Elements, and text to be shown as it is.
        style: Our own declarations.
        title: Text of the tooltip.
    """
    attributes = "".join(
        f' {attribute}="{escape(value)}"'
        for attribute, value in (("style", style), ("title", title))
        if value
    )
    inside = "".join(_inside(part) for part in content)
    return Markup(f"<{name}{attributes}>{inside}</{name}>")


def _inside(part: Markup | Text | str) -> str:
    if isinstance(part, Markup):
        return part.html
    if isinstance(part, str):
        return escape(part)
    return "".join(
        escape(run)
        if isinstance(run, str)
        else element("b", run["mark"], style=_MARK, title=run["name"]).html
        for run in part
    )


_VARIABLE, _FALLBACK = re.compile(r"var\(--[\w-]+,([^()]+)\)"), r"\1"
_NOT_MATH = "mathjax_ignore tex2jax_ignore"
"""How MathJax 3 and later, and MathJax 2, are told."""
_MARK = "font-size:85%;font-weight:normal;border:1px solid;border-radius:2px;padding:0 2px"
