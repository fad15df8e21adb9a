"""Messages in the state: a reducer that adds, replaces and removes them by id.

The semantics are those of LangGraph's ``add_messages``. Where ``langchain_core`` is installed,
messages become its message objects; elsewhere they are dicts with ``role``, ``content``, ``id``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Annotated, Any

from typing_extensions import TypedDict

from hitl_nb.errors import InvalidUpdate

REMOVE_ALL = "__remove_all__"
"""A ``RemoveMessage`` with this id removes every message before it."""


class RemoveMessage(dict[str, Any]):
    """Ask ``add_messages`` to remove the message of an id."""

    def __init__(self, id: str) -> None:
        super().__init__(role="remove", content="", id=id)


def add_messages(left: Any, right: Any) -> list[Any]:
    """Merge two lists of messages.

    Args:
        left: The messages there are.
        right: New ones, or one: message objects, dicts, ``(role, content)`` pairs or text. One
            with a known id replaces the message of that id; a removing one removes it.

    Returns:
        The messages, each with an id.

    Raises:
        InvalidUpdate: If something is no message, or an unknown id is to be removed.
    """
    merged = _read(left)
    new = _read(right)
    last_removal = max(
        (place for place, item in enumerate(new) if _id(item) == REMOVE_ALL), default=None
    )
    if last_removal is not None:
        return new[last_removal + 1 :]
    places = {_id(item): place for place, item in enumerate(merged)}
    removed = set()
    for item in new:
        name = _id(item)
        if _role(item) == "remove":
            if name not in places:
                raise InvalidUpdate(f"There is no message {name!r} to remove.")
            removed.add(name)
        elif name in places:
            removed.discard(name)
            merged[places[name]] = item
        else:
            places[name] = len(merged)
            merged.append(item)
    return [item for item in merged if _id(item) not in removed]


class MessagesState(TypedDict):
    """A state of messages; subclass it to add keys."""

    messages: Annotated[list[Any], add_messages]


def stored_types() -> Iterable[type]:
    """Return the message classes a state of messages may hold."""
    convert = _langchain()
    if convert is None:
        return ()
    from langchain_core import messages

    return tuple(
        getattr(messages, name)
        for name in (
            "AIMessage", "HumanMessage", "SystemMessage", "ToolMessage", "FunctionMessage",
            "ChatMessage",
        )
    )  # fmt: skip


add_messages.stored_types = stored_types  # type: ignore[attr-defined]


def _read(messages: Any) -> list[Any]:
    items = list(messages) if isinstance(messages, (list, tuple)) and not _is_pair(messages) else [
        messages
    ]  # fmt: skip
    convert = _langchain()
    if convert is None:
        return [_as_dict(item) for item in items]
    if not all(isinstance(item, RemoveMessage) for item in items):
        kept = [item for item in items if not isinstance(item, RemoveMessage)]
        converted = iter(convert(kept))
        items = [item if isinstance(item, RemoveMessage) else next(converted) for item in items]
    for item in items:
        if not isinstance(item, RemoveMessage) and item.id is None:
            item.id = str(uuid.uuid4())
    return items


def _as_dict(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        item = {"role": "user", "content": item}
    elif _is_pair(item):
        item = {"role": item[0], "content": item[1]}
    if not isinstance(item, dict) or "content" not in item:
        raise InvalidUpdate(
            f"{item!r:.80} is no message. Use a dict with role and content, a pair of these, "
            f"or text."
        )
    return item if item.get("id") else {**item, "id": str(uuid.uuid4())}


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def _id(item: Any) -> str:
    return str(item["id"] if isinstance(item, dict) else item.id)


def _role(item: Any) -> str:
    return str(item.get("role") if isinstance(item, dict) else item.type)


@cache
def _langchain() -> Callable[[Sequence[Any]], list[Any]] | None:
    try:
        from langchain_core.messages import convert_to_messages
    except ImportError:
        return None
    return convert_to_messages
