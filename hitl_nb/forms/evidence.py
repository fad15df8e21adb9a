"""Describe what is shown: any value as labelled rows, text that is paged, tables."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hitl_nb.codec.classes import is_pydantic_model
from hitl_nb.marked_text import show
from hitl_nb.messages import Item, Table, Text

LONGEST_TEXT = 20_000
"""Characters of one value that are sent to the browser at a time; its whole size is always
said, and the rest can be asked for."""
LONGEST_CELL = 500
MOST_ITEMS = 200
MOST_ROWS = 50
MOST_COLUMNS = 30
DEEPEST = 6


def items_of(value: Any, depth: int = 0) -> list[Item]:
    """Describe a mapping, sequence or object as labelled rows."""
    rows = [
        item_of(label, child, depth)
        for label, child, _ in zip(*_labels_and_children(value), range(MOST_ITEMS), strict=False)
    ]
    return [*rows, *_more(len(_children(value)) - MOST_ITEMS)]


def _more(left: int) -> list[Item]:
    """Say how many items are not sent."""
    if left <= 0:
        return []
    return [{"label": show("…"), "text": show(f"{left:,} more are not shown"), "unsent": left}]


def item_of(label: Any, value: Any, depth: int = 0) -> Item:
    """Describe one labelled value; containers nest, text is cut only with its size said."""
    name = show(str(label))
    if isinstance(value, str):
        return _text_item(name, value)
    table = table_of(value)
    if table is not None:
        return {"label": name, "table": table}
    if is_container(value):
        if not _children(value):
            return {"label": name, "text": show("empty")}
        inline = _inline(value)
        if inline is not None:
            return {"label": name, "text": show(inline)}
        if depth < DEEPEST:
            return {"label": name, "items": items_of(value, depth + 1)}
    item = _text_item(name, write(value))
    if "..." in str(item["text"]) and (left := _elided(value)):
        item["unsent"] = left
    return item


def _elided(value: Any) -> int:
    """Count the values of an array whose own text leaves some of them out."""
    said = type(value).__module__.partition(".")[0] in ("numpy", "pandas")
    return int(getattr(value, "size", 0)) if said else 0


def context_of(value: Any) -> list[Item]:
    """Describe the evidence of a request: text, a dict, a table, a list of sources, anything."""
    pieces = _pieces(value)
    rows = [item_of(label, child) for label, child in pieces[:MOST_ITEMS]]
    return [*rows, *_more(len(pieces) - MOST_ITEMS)]


def shown_pieces(value: Any, *, named: bool = False) -> list[tuple[Any, Any]]:
    """Return what each item that `context_of` made is of, the last one of what is not shown.

    Args:
        value: The evidence.
        named: Whether `items_of` made them.
    """
    pieces = (_labelled(value) if value is not None else []) if named else _pieces(value)
    return [*pieces[:MOST_ITEMS], *[("…", "")] * (len(pieces) > MOST_ITEMS)]


def text_at(pieces: Sequence[tuple[Any, Any]], path: Sequence[int], depth: int = 0) -> str | None:
    """Return the whole of a text of which the beginning was shown.

    Args:
        pieces: What is shown, labelled.
        path: The place of the item, and of the item in it, and so on.
        depth: How deep these are inside others.

    Returns:
        The text; None if there is none at that place.
    """
    if not path or not 0 <= path[0] < len(pieces):
        return None
    child = pieces[path[0]][1]
    if isinstance(child, str):
        return child if len(path) == 1 else None
    nests = is_container(child) and table_of(child) is None and _inline(child) is None
    if nests and depth < DEEPEST:
        return text_at(_labelled(child)[:MOST_ITEMS], path[1:], depth + 1)
    return write(child) if len(path) == 1 else None


def _labelled(value: Any) -> list[tuple[Any, Any]]:
    return list(zip(*_labels_and_children(value), strict=True))


def _pieces(value: Any) -> list[tuple[Any, Any]]:
    """Split evidence into its labelled pieces, as many as are shown."""
    if value is None:
        return []
    if isinstance(value, str) or table_of(value) is not None or not is_container(value):
        return [("context", value)]
    if isinstance(value, (list, tuple)) and value and all(map(_is_source, value)):
        return [_source(item) for item in value]
    if _is_source(value):
        return [_source(value)]
    return _labelled(value)


def _is_source(value: Any) -> bool:
    base = sys.modules.get("hitl_nb.requests.base")  # whoever has a source has loaded it
    if base is not None and isinstance(value, base.Source):
        return True
    return isinstance(value, Mapping) and value.keys() == {"title", "text", "url"}


def _source(value: Any) -> tuple[Any, Any]:
    fields = _fields(value) or {}
    rest = {name: fields[name] for name in ("text", "url") if fields.get(name)}
    return fields["title"], rest.get("text", "") if len(rest) < 2 and "url" not in rest else rest


def table_of(value: Any) -> Table | None:
    """Describe a DataFrame, Series or array by its first rows; None for anything else.

    Whoever has one has loaded its library, so none is loaded here.
    """
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        if value.ndim not in (1, 2) or value.dtype.names:
            return None
        grid = value.reshape(len(value), 1) if value.ndim == 1 else value
        columns = [str(number) for number in range(grid.shape[1])]
        index: Iterable[Any] = range(len(value))
        return _table(columns, index, grid, grid.shape)
    if pandas is None or not isinstance(value, (pandas.DataFrame, pandas.Series)):
        return None
    frame = value if isinstance(value, pandas.DataFrame) else value.to_frame()
    return _table(frame.columns, frame.index, frame.iloc, frame.shape)


def _table(columns: Iterable[Any], index: Iterable[Any], grid: Any, shape: Sequence[int]) -> Table:
    names = [_label(name) for name, _ in zip(columns, range(MOST_COLUMNS), strict=False)]
    rows = [
        [_label(label), *map(_written, list(grid[place])[:MOST_COLUMNS])]
        for label, place in zip(index, range(MOST_ROWS), strict=False)
    ]
    sent = [names, *rows]
    left = int(shape[0]) * int(shape[1]) - sum(len(row) - 1 for row in rows)
    left += sum(
        len(text) - LONGEST_CELL + 1 for row in sent for text in row if len(text) > LONGEST_CELL
    )
    table: Table = {
        "columns": [_cell(name) for name in names],
        "rows": [[_cell(text) for text in row] for row in rows],
        "size": [int(shape[0]), int(shape[1])],
    }
    return {**table, "unsent": left} if left > 0 else table


def _label(name: Any) -> str:
    """Write the label of a row or column; one of several levels with all of them."""
    levels = name if type(name) is tuple else (name,)
    return ", ".join(map(_written, levels))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else write(value)


def _cell(text: str) -> Text:
    return show(text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…")


def _text_item(label: Text, text: str) -> Item:
    item: Item = {"label": label, "text": show(text[:LONGEST_TEXT])}
    if len(text) > LONGEST_TEXT:
        item["size"] = len(text)
        item["end"] = LONGEST_TEXT
    return item


def is_container(value: Any) -> bool:
    """Whether a value is shown by what is in it."""
    return isinstance(value, (list, tuple, set, frozenset)) or _fields(value) is not None


def _fields(value: Any) -> Mapping[Any, Any] | None:
    """Return a mapping's or a model's parts by name; None for what has none."""
    if isinstance(value, Mapping):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if is_pydantic_model(type(value)):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return None


def _children(value: Any) -> Sequence[Any]:
    return _labels_and_children(value)[1]


def _labels_and_children(value: Any) -> tuple[Iterable[Any], Sequence[Any]]:
    fields = _fields(value)
    if fields is not None:
        return list(fields), list(fields.values())
    return range(1, len(value) + 1), list(value)


def _inline(value: Any) -> str | None:
    """Write a short list of scalars on one line; None if it is no such list."""
    if _fields(value) is not None:
        return None
    children = _children(value)
    if any(is_container(child) or table_of(child) is not None for child in children):
        return None
    line = ", ".join(child if isinstance(child, str) else write(child) for child in children)
    return line if len(line) <= 80 and "\n" not in line else None


def write(value: Any) -> str:
    """Write a value that is no text, whatever its own code does."""
    if isinstance(value, bool) or value is None:
        return str(value)
    try:
        return str(value) if type(value).__module__ in _SAY_THEMSELVES else repr(value)
    except Exception as error:  # a payload's own code may fail; the form must still appear
        return f"<{type(value).__name__} whose repr failed: {error!r}>"


_SAY_THEMSELVES = ("numpy", "pandas", "decimal", "datetime", "uuid")
"""Modules whose values are read more easily as text than as code."""
