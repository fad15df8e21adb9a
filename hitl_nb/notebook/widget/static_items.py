"""Evidence, forms and edits as static HTML and as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hitl_nb.forms import item_of
from hitl_nb.forms.notation import masked_notation
from hitl_nb.forms.notation.normal_form import labels_of
from hitl_nb.html import Markup, element, themed
from hitl_nb.marked_text import plain
from hitl_nb.messages import Difference, FormView, Item, Table, Text

QUIET = themed("color", "var(--jp-ui-font-color2,#757575)")
TEXT = "white-space:pre-wrap;overflow-wrap:anywhere"
_GRID = "display:grid;grid-template-columns:fit-content(13em) minmax(0,1fr);column-gap:16px"
_CELL = "padding:0 8px 0 0;text-align:left;vertical-align:top;font-weight:normal"
_TABLE = "border-collapse:collapse;font-size:inherit"
_REMOVED = themed("color", "var(--jp-error-color1,#d32f2f)")
_ADDED = "text-decoration:underline"


def items_html(items: Iterable[Item]) -> Markup:
    """Write labelled rows."""
    cells = []
    for item in items:
        cells.append(element("span", item["label"], style=QUIET))
        if "items" in item:
            cells.append(items_html(item["items"]))
        elif "table" in item:
            cells.append(_table_html(item["table"]))
        else:
            cells.append(_text_html(item))
    return element("div", *cells, style=_GRID)


def _text_html(item: Item) -> Markup:
    value = element("span", item.get("text", []), style=TEXT)
    if "size" not in item:
        return value
    cut = element("i", f" … cut, {item['size']:,} characters in all", style=QUIET)
    return element("span", value, cut)


def _table_html(table: Table) -> Markup:
    head = element("tr", *(element("th", name, style=_CELL) for name in [[], *table["columns"]]))
    body = [
        element("tr", *(element("td", cell, style=_CELL) for cell in row)) for row in table["rows"]
    ]
    size = element("div", _size(table), style=QUIET)
    return element("div", element("table", head, *body, style=_TABLE), size)


def items_text(items: Iterable[Item], indent: str) -> Iterator[str]:
    """Write labelled rows, a line each."""
    for item in items:
        label = plain(item["label"])
        if "items" in item:
            yield f"{indent}{label}:"
            yield from items_text(item["items"], indent + "    ")
        elif "table" in item:
            yield f"{indent}{label}: {_size(item['table'])}"
            for row in [[[], *item["table"]["columns"]], *item["table"]["rows"]]:
                yield f"{indent}    {' | '.join(map(plain, row))}"
        else:
            yield f"{indent}{label}: {indented(item.get('text', []), indent)}"


def indented(text: Text, indent: str) -> str:
    """Write a text whose further lines stand below its first, further in than ``indent``."""
    return plain(text).replace("\n", f"\n{indent}    ")


def _size(table: Table) -> str:
    rows, columns = table["size"]
    return f"{rows:,} rows × {columns:,} columns"


def facts_of(form: FormView) -> str:
    """Say in a line what is at stake, and what happens after the question's time."""
    facts = [plain(fact["text"]) for fact in form.get("facts", ())]
    if "deadline" in form:
        facts.append(f"{plain(form['deadline']['then'])} after its time")
    return " · ".join(facts)


def shown_in(form: FormView) -> list[Item]:
    """Return the evidence of a form, with what its fields hold."""
    control = form["control"]
    if control["kind"] == "options":
        labels = [plain(choice["label"]) for choice in control["choices"]]
        return [*form["context"], item_of("options", labels)]
    fields = []
    for part in control["parts"] if control["kind"] == "request" else ():
        name = plain(part["label"]) or part["name"]
        if "value" in part:
            fields.append(item_of(name, masked_notation(part["schema"], part["value"])))
        elif options := labels_of(part["schema"]):
            fields.append(item_of("options", options))
    return [*form["context"], *fields]


def edits_html(edits: Iterable[Difference]) -> list[Markup]:
    """Write what was edited, what went struck through and what came underlined."""
    lines = []
    for edit in edits:
        runs: list[Markup] = [element("span", edit["path"], " ", style=QUIET)]
        for run in edit["runs"]:
            if run["what"] == "same":
                runs.append(element("span", run["text"]))
            elif run["what"] == "removed":
                runs.append(element("del", run["text"], style=_REMOVED))
            else:
                runs.append(element("ins", run["text"], style=_ADDED))
        lines.append(element("div", *runs, style=TEXT))
    return lines


def edits_text(edits: Iterable[Difference], indent: str) -> Iterator[str]:
    """Write what was edited in the way of ``wdiff``."""
    signs = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    for edit in edits:
        words = "".join(signs[run["what"]].format(plain(run["text"])) for run in edit["runs"])
        path = plain(edit["path"])
        line = f"{path}: {words}" if path else words
        yield indent + line.replace("\n", f"\n{indent}    ")


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
