"""Text to draw, and what a reader is shown besides the question."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class Mark(TypedDict):
    """A character that would be invisible or would reorder text, named instead of drawn."""

    mark: str
    name: str


Text = list[str | Mark]
"""Text to be drawn as text: runs of plain characters and marks for hidden ones."""


class Table(TypedDict):
    """The beginning of a DataFrame."""

    columns: list[Text]
    rows: list[list[Text]]
    """The first cell of each is its label in the index."""
    size: list[int]
    """How many rows and columns there are in all."""
    unsent: NotRequired[int]
    """Characters, one a cell at least, that are not sent and cannot be asked for."""


class Item(TypedDict):
    """One labelled piece of evidence: ``text``, nested ``items`` or a ``table``."""

    label: Text
    text: NotRequired[Text]
    size: NotRequired[int]
    """Characters of the whole value, when ``text`` holds only its beginning."""
    end: NotRequired[int]
    """Where that beginning ends."""
    unsent: NotRequired[int]
    """Characters, one a value at least, that are not sent and cannot be asked for."""
    items: NotRequired[list[Item]]
    table: NotRequired[Table]
