"""An inbox as static HTML and as plain text, for saved notebooks and terminals."""

from __future__ import annotations

from hitl_nb.html import Markup, element, page
from hitl_nb.marked_text import plain
from hitl_nb.messages import FormView, InboxRow, InboxState, Text
from hitl_nb.notebook.widget.static_items import (
    QUIET,
    duration,
    facts_of,
    items_html,
    items_text,
    shown_in,
)

MOST = 20
"""Questions that a saved notebook lists."""
_ROOT = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);"
    "font-size:var(--jp-ui-font-size1,13px);line-height:1.45;"
    "border:1px solid var(--jp-border-color2,#e0e0e0);border-radius:2px;padding:6px 12px"
)
_OPEN = "border-left:3px solid var(--jp-brand-color1,#1976d2);padding-left:10px;margin:6px 0"


def as_bundle(state: InboxState, saved: str = "") -> dict[str, str]:
    """Write an inbox for whatever shows it, by mimetype; see ``as_html``."""
    return {"text/plain": as_text(state), "text/html": as_html(state, saved)}


def as_text(state: InboxState) -> str:
    """Write what the inbox shows as plain text."""
    lines = [_title(state)]
    lines += [
        f"? {plain(row['heading'])} · {plain(row['place'])}{_facts(row)}"
        for row in state["window"]["rows"][:MOST]
    ]
    if (left := state["window"]["total"] - MOST) > 0:
        lines.append(f"… and {left:,} more")
    form = _form(state)
    if form is not None:
        lines += ["", f"{plain(form['heading'])} ({facts_of(form)})"]
        lines += items_text(shown_in(form), "    ")
    return "\n".join(lines)


def as_html(state: InboxState, saved: str = "") -> str:
    """Write what the inbox shows as HTML that needs no kernel and runs nothing.

    Args:
        state: What it shows.
        saved: The class by which a live view hides it, if one follows.
    """
    parts = [element("div", _title(state), style=QUIET)]
    for row in state["window"]["rows"][:MOST]:
        more = element("span", "  ", row["place"], _facts(row), style=QUIET)
        parts.append(element("div", row["heading"], more))
    if (left := state["window"]["total"] - MOST) > 0:
        parts.append(element("div", f"… and {left:,} more", style=QUIET))
    form = _form(state)
    if form is not None:
        parts.append(_question(form))
    return page(*parts, style=_ROOT, saved=saved).html


def _question(form: FormView) -> Markup:
    facts = element("span", f"  {facts_of(form)}", style=QUIET)
    heading = element("div", element("b", form["heading"]), facts)
    note = "Waiting for an answer. Run the cell again to answer it here."
    return element(
        "div", heading, items_html(shown_in(form)), element("div", note, style=QUIET), style=_OPEN
    )


def _form(state: InboxState) -> FormView | None:
    return None if state["selected"] is None else state["selected"]["form"]


def _title(state: InboxState) -> str:
    header = state["inbox"]
    waits = "1 question waits" if header["total"] == 1 else f"{header['total']:,} questions wait"
    snoozed = f", {header['snoozed']:,} snoozed" if header["snoozed"] else ""
    return f"inbox · {waits}{snoozed} · {plain(header['saver'])} · {plain(header['served'])}"


def _facts(row: InboxRow) -> str:
    facts = [plain(fact) for fact in row["facts"]]
    if row["left"] is not None:
        facts.append(f"{duration(row['left'])} left")
    assigned: Text = row["assigned"]
    if assigned:
        facts.append(f"assigned to {plain(assigned)}")
    return "".join(f" · {fact}" for fact in facts)
