"""A finished or reopened session as static HTML and as plain text."""

from __future__ import annotations

from collections.abc import Iterable

from hitl_nb.messages import Change, Form, Item, RecordEntry, StepEntry, Text, ViewState
from hitl_nb.notebook.page import Markup, element, page
from hitl_nb.text import plain

_QUIET = "color:var(--jp-ui-font-color2,#616161)"
_ROOT = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);"
    "font-size:var(--jp-ui-font-size1,13px);line-height:1.45;"
    "border:1px solid var(--jp-border-color2,#e0e0e0);border-radius:2px;padding:6px 12px"
)
_HEADER = (
    "display:flex;flex-wrap:wrap;justify-content:space-between;column-gap:16px;"
    f"margin:-6px -12px 6px;padding:4px 12px;border-bottom:1px solid "
    f"var(--jp-border-color2,#e0e0e0);{_QUIET}"
)
_GRID = "display:grid;grid-template-columns:fit-content(13em) minmax(0,1fr);column-gap:16px"
_INSIDE = "margin:2px 0 4px 18px"
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere"
_PRE = "white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;font-size:12px"


def as_html(view: ViewState) -> str:
    """Write what the view shows as HTML that needs no kernel and runs nothing."""
    parts = [_header(view)]
    parts += [
        _step(entry) if entry["kind"] == "step" else _record(entry) for entry in view["timeline"]
    ]
    parts += [_question(form) for form in view["forms"]]
    if view["result"] is not None:
        parts.append(element("div", "result", style=f"{_QUIET};margin-top:6px"))
        parts.append(_items(view["result"]))
    if view["failure"] is not None:
        failed = "color:var(--jp-error-color1,#d32f2f);margin-top:6px"
        parts.append(element("div", view["failure"]["title"], style=failed))
        parts.append(_unfold("traceback", element("pre", view["failure"]["traceback"], style=_PRE)))
    return page(*parts, style=_ROOT).html


def as_text(view: ViewState) -> str:
    """Write what the view shows as plain text."""
    header = view["header"]
    lines = [f"{plain(header['graph'])} ▸ {plain(header['thread'])} · {plain(header['note'])}"]
    for entry in view["timeline"]:
        if entry["kind"] == "step":
            changes = "; ".join(_change(change) for change in entry["changes"])
            lines.append(f"✓ {plain(entry['node'])}  {duration(entry['seconds'])}  {changes}")
        else:
            lines.append(f"✓ {plain(_record_line(entry))}")
            lines += _item_lines(entry["shown"], "    ")
    for form in view["forms"]:
        lines.append(f"? {plain(form['node'])}: {plain(form['heading'])}")
        lines += _item_lines(form["context"], "    ")
    if view["result"] is not None:
        lines += ["result", *_item_lines(view["result"], "    ")]
    if view["failure"] is not None:
        lines += [plain(view["failure"]["title"]), plain(view["failure"]["traceback"])]
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Write a duration the way the view does."""
    if seconds < 0.001:
        return "< 1 ms"
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _header(view: ViewState) -> Markup:
    header = view["header"]
    title = element("span", header["graph"], " ▸ ", header["thread"])
    note = element("span", header["note"], " · ", header["saver"])
    return element("div", title, note, style=_HEADER)


def _step(entry: StepEntry) -> Markup:
    took = element("span", f"  {duration(entry['seconds'])}  ", style=_QUIET)
    line = element("span", entry["node"], took, style="white-space:pre")
    if not entry["changes"]:
        return element("div", "✓ ", line)
    rows = [element("div", _change(change), style=_TEXT) for change in entry["changes"]]
    first = element("span", _change(entry["changes"][0])[:120], style=_QUIET)
    summary = element("summary", "✓ ", line, first)
    return element("details", summary, element("div", *rows, style=_INSIDE))


def _record(entry: RecordEntry) -> Markup:
    shown = element("div", _items(entry["shown"]), style=_INSIDE)
    return element("details", element("summary", "✓ ", _record_line(entry)), shown)


def _record_line(entry: RecordEntry) -> Text:
    return [
        *entry["node"], " · ", *entry["heading"], " → ", *entry["answer"], " by ",
        *entry["reviewer"], f" · {duration(entry['seconds'])}",
    ]  # fmt: skip


def _question(form: Form) -> Markup:
    accent = "border-left:3px solid var(--jp-brand-color1,#1976d2);padding-left:10px;margin:6px 0"
    heading = element("div", element("b", form["heading"]))
    note = "Waiting for an answer. Run the cell again to answer it here."
    return element(
        "div", heading, _items(form["context"]), element("div", note, style=_QUIET), style=accent
    )


def _items(items: Iterable[Item]) -> Markup:
    cells = []
    for item in items:
        cells.append(element("span", item["label"], style=_QUIET))
        if "items" in item:
            cells.append(_items(item["items"]))
            continue
        value = element("span", item.get("text", []), style=_TEXT)
        if "size" in item:
            cut = element("i", f" … cut, {item['size']:,} characters in all", style=_QUIET)
            value = element("span", value, cut)
        cells.append(value)
    return element("div", *cells, style=_GRID)


def _unfold(summary: str, content: Markup) -> Markup:
    return element("details", element("summary", summary, style=_QUIET), content)


def _change(change: Change) -> str:
    before = plain(change["before"]) if "before" in change else "–"
    return f"{plain(change['key'])}: {before} → {plain(change['after'])}"


def _item_lines(items: Iterable[Item], indent: str) -> Iterable[str]:
    for item in items:
        if "items" in item:
            yield f"{indent}{plain(item['label'])}:"
            yield from _item_lines(item["items"], indent + "    ")
        else:
            yield f"{indent}{plain(item['label'])}: {plain(item.get('text', []))}"
