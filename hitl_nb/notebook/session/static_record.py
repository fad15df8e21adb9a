"""A finished or reopened session as static HTML and as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hitl_nb.html import Markup, element, page, themed
from hitl_nb.marked_text import plain
from hitl_nb.messages import (
    Change,
    DrawnNode,
    FormView,
    Print,
    RecordEntry,
    StepEntry,
    Text,
    ViewState,
)
from hitl_nb.notebook.session.timeline import Entry
from hitl_nb.notebook.widget.static_items import (
    QUIET,
    TEXT,
    duration,
    edits_html,
    edits_text,
    facts_of,
    indented,
    items_html,
    items_text,
    shown_in,
)

_BORDER = "1px solid var(--jp-border-color2,#bdbdbd)"
_ROOT = (
    f"{themed('font-family', 'var(--jp-ui-font-family,system-ui,sans-serif)')};"
    f"{themed('font-size', 'var(--jp-ui-font-size1,13px)')};line-height:1.45;"
    f"{themed('border', _BORDER)};border-radius:2px;padding:6px 12px"
)
_HEADER = (
    "display:flex;flex-wrap:wrap;justify-content:space-between;column-gap:16px;"
    f"margin:-6px -12px 6px;padding:4px 12px;{themed('border-bottom', _BORDER)};{QUIET}"
)
_RESULT = f"margin:4px -12px 0;padding:6px 12px 4px;{themed('border-top', _BORDER)}"
_INSIDE = f"margin:2px 0 8px 20px;padding-left:10px;{themed('border-left', _BORDER)}"
_FAILED = f"{themed('color', 'var(--jp-error-color1,#d32f2f)')};margin-top:6px"
_ACCENT = (
    f"{themed('border-left', '3px solid var(--jp-brand-color1,#1976d2)')};"
    "padding-left:10px;margin:6px 0"
)
_LINE = "display:flex;gap:8px;padding:1px 0"
_NODE = "flex:none;width:8.5em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
_TIME = f"flex:none;width:5.5em;text-align:end;font-variant-numeric:tabular-nums;{QUIET}"
_GIST = (
    "display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,max-content);"
    "flex:1 1 0;gap:16px;min-width:0;padding-left:8px"
)
_CHANGE = f"overflow:hidden;text-overflow:ellipsis;white-space:nowrap;{QUIET}"
"""The columns of the live view, so that what is shown stays in its place when the run ends."""
_MARKS = {"idle": "○", "running": "▸", "waiting": "●", "done": "✓", "failed": "✗"}
_AGAIN = "Run the cell again to retry this node; what has finished stays."
_PRE = "white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;font-size:12px"


def as_html(view: ViewState, saved: str = "") -> str:
    """Write what the view shows as HTML that needs no kernel and runs nothing.

    Args:
        view: What it shows.
        saved: The class by which a live view hides it, if one follows.
    """
    parts = [_header(view), *_graph(view)]
    parts += [element("div", notice, style=QUIET) for notice in view["notices"]]
    parts += _timeline(view["timeline"])
    parts += [_question(form) for form in view["forms"]]
    if view["result"] is not None:
        heading = element("div", "result", style=QUIET)
        parts.append(element("div", heading, items_html(view["result"]), style=_RESULT))
    if view["failure"] is not None:
        parts.append(element("div", view["failure"]["title"], style=_FAILED))
        parts.append(_unfold("traceback", element("pre", view["failure"]["traceback"], style=_PRE)))
        parts.append(element("div", _AGAIN, style=QUIET))
    return page(*parts, style=_ROOT, saved=saved).html


def as_bundle(state: ViewState, saved: str = "") -> dict[str, str]:
    """Write a session for whatever shows it, by mimetype; see ``as_html``."""
    return {"text/plain": as_text(state), "text/html": as_html(state, saved)}


def as_text(view: ViewState) -> str:
    """Write what the view shows as plain text."""
    header = view["header"]
    lines = [f"{plain(header['graph'])} ▸ {plain(header['thread'])} · {plain(header['note'])}"]
    if view["progress"]["done"] and header["status"] != "done":
        lines.append(plain(view["progress"]["text"]))
    lines += [plain(notice) for notice in view["notices"]]
    for entry, belongs in _with_belonging(view["timeline"]):
        if entry["kind"] == "step":
            changes = "; ".join(_change(change) for change in entry["changes"])
            begins = "   " if belongs else f"✓ {plain(entry['node'])}"
            lines.append("  ".join(filter(None, (begins, _took(entry), changes))).rstrip())
            lines += _print_lines(entry.get("prints"))
        else:
            said = indented(_said(entry), "  ")
            lines.append(f"✓ {plain(entry['node'])}  {_took(entry)}  {said}")
            lines += _record_lines(entry)
    for node in _unfinished(view):
        lines.append(f"{_MARKS[node['state']]} {plain(node['label'])} {node['state']}")
        lines += _print_lines(node.get("prints"))
    for form in view["forms"]:
        facts = facts_of(form)
        stake = f" ({facts})" if facts else ""
        lines.append(f"? {plain(form['node'])}: {indented(form['heading'], '  ')}{stake}")
        lines += [f"    {indented(line, '    ')}" for line in form.get("history", ())]
        lines += items_text(shown_in(form), "    ")
    if view["result"] is not None:
        lines += ["result", *items_text(view["result"], "    ")]
    if view["failure"] is not None:
        lines += [plain(view["failure"]["title"]), plain(view["failure"]["traceback"]), _AGAIN]
    return "\n".join(lines)


def _header(view: ViewState) -> Markup:
    header = view["header"]
    title = element("span", header["graph"], " ▸ ", header["thread"])
    progress = view["progress"]["text"] if view["progress"]["done"] else []
    worked = f" · {duration(header['seconds'])}" if header["seconds"] else ""
    note = element("span", header["note"], worked, _led(progress), " · ", header["saver"])
    return element("div", title, note, style=_HEADER)


def _led(text: Text) -> Text:
    return [" · ", *text] if text else []


def _graph(view: ViewState) -> list[Markup]:
    """List the nodes with how they fare; nothing before the first has run."""
    nodes = [node for node in view["drawing"]["nodes"] if node["kind"] not in ("start", "end")]
    if all(node["state"] == "idle" for node in nodes):
        return []
    parts: list[Markup] = []
    for node in nodes:
        mark = f"{_MARKS[node['state']]} "
        runs = f" ×{node['runs']}" if node["runs"] > 1 else ""
        style = "" if node["state"] in ("waiting", "failed") else QUIET
        parts.append(element("span", mark, node["label"], runs, style=style, title=node["state"]))
    line = element("div", *parts, style="display:flex;flex-wrap:wrap;column-gap:14px")
    printed = [
        element("pre", *_printed(node["prints"]), style=_PRE)
        for node in _unfinished(view)
        if "prints" in node
    ]
    return [line, *printed]


def _unfinished(view: ViewState) -> list[DrawnNode]:
    """Return the nodes whose last run has left no step."""
    nodes = view["drawing"]["nodes"]
    return [node for node in nodes if node["state"] in ("running", "waiting", "failed")]


def _printed(prints: Print) -> list[Text | str]:
    more = f"… and {prints['more']:,} more characters" if prints["more"] else ""
    return [prints["text"], more]


def _print_lines(prints: Print | None) -> Iterator[str]:
    if prints is not None:
        for part in _printed(prints):
            text = part if isinstance(part, str) else plain(part)
            yield from (f"    {line}" for line in text.splitlines())


def _timeline(entries: Iterable[Entry]) -> Iterator[Markup]:
    for entry, belongs in _with_belonging(entries):
        if entry["kind"] == "step":
            yield _step(entry, belongs=belongs)
        else:
            yield _record(entry)


def _with_belonging(entries: Iterable[Entry]) -> Iterator[tuple[Entry, bool]]:
    """Say of each entry whether it is the step whose question the one before records."""
    before: Entry | None = None
    for entry in entries:
        asked = before is not None and before["kind"] == "record" and entry["kind"] == "step"
        yield entry, asked and before is not None and before["node"] == entry["node"]
        before = entry


def _step(entry: StepEntry, *, belongs: bool) -> Markup:
    changes, prints = entry["changes"], entry.get("prints")
    gist = [element("span", _change(change), style=_CHANGE) for change in changes[:2]]
    if len(changes) > 2:
        gist.append(element("span", f"{len(changes)} keys in all", style=_CHANGE))
    if prints is not None:
        gist.append(element("span", _printed_lines(prints), style=_CHANGE))
    inside = [element("div", _change(change), style=TEXT) for change in changes]
    if prints is not None:
        inside.append(element("pre", *_printed(prints), style=_PRE))
    return _line(entry, gist, inside, named=not belongs)


def _record(entry: RecordEntry) -> Markup:
    inside = [*edits_html(entry.get("edits", ())), items_html(entry["shown"])]
    inside += [element("div", entry["seen"], style=QUIET)] if "seen" in entry else []
    return _line(entry, [element("span", _said(entry), style=TEXT)], inside)


def _line(
    entry: Entry, gist: Iterable[Markup], inside: Sequence[Markup], *, named: bool = True
) -> Markup:
    """Write an entry as the view does: what, how long, the gist, and the rest unfolded.

    Args:
        entry: The entry.
        gist: What the line says.
        inside: What it unfolds to, if it does.
        named: Whether to name the node; a step that belongs to the record above it is not named.
    """
    parts = [
        element("span", "✓", style="" if named else "visibility:hidden"),
        element("span", entry["node"] if named else "", style=_NODE),
        element("span", _took(entry), style=_TIME),
        element("span", *gist, style=_GIST),
    ]
    if not inside:
        return element("div", *parts, style=_LINE)
    line = element("div", *parts, element("span", "▸", style=QUIET), style=_LINE)
    summary = element("summary", line, style="list-style:none;cursor:pointer")
    return element("details", summary, element("div", *inside, style=_INSIDE))


def _took(entry: Entry) -> str:
    return "" if entry["seconds"] is None else duration(entry["seconds"])


def _said(entry: RecordEntry) -> Text:
    return [
        *entry["heading"], " → ", *entry["answer"], " by ", *entry["reviewer"], *_comment(entry),
    ]  # fmt: skip


def _printed_lines(prints: Print) -> str:
    count = len(plain(prints["text"]).splitlines())
    more = "+" if prints["more"] else ""
    return f"printed {count}{more} line" + ("" if count == 1 and not more else "s")


def _comment(entry: RecordEntry) -> Text:
    return [' · "', *entry["comment"], '"'] if "comment" in entry else []


def _record_lines(entry: RecordEntry) -> Iterator[str]:
    yield from edits_text(entry.get("edits", ()), "    ")
    yield from items_text(entry["shown"], "    ")
    if "seen" in entry:
        yield f"    {plain(entry['seen'])}"


def _question(form: FormView) -> Markup:
    facts = element("span", f"  {facts_of(form)}", style=QUIET)
    lines = [element("div", element("b", form["heading"]), facts)]
    lines += [element("div", line, style=QUIET) for line in form.get("history", ())]
    lines.append(items_html(shown_in(form)))
    note = (
        "Waiting for an answer. Run the cell again to answer it here; if another cell is running, "
        "such as one that awaits this answer, interrupt the kernel first."
    )
    return element("div", *lines, element("div", note, style=QUIET), style=_ACCENT)


def _unfold(summary: str, content: Markup) -> Markup:
    return element("details", element("summary", summary, style=QUIET), content)


def _change(change: Change) -> str:
    before = plain(change["before"]) if "before" in change else "–"
    return f"{plain(change['key'])}: {before} → {plain(change['after'])}"
