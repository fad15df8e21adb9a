"""Rows about who decided, and about what nobody may read."""

from __future__ import annotations

import io
import logging
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from figure import Figure, asking, at, graph_of, none_of, place
from inboxes import Opened

from hitl_nb import Approval, Command, Form, Inbox, InMemorySaver, SqliteSaver, interrupt
from hitl_nb.errors import AnswerError, HitlError

SPELLINGS = (
    "Ana", "ANA", " ana", "ana ", "ana\u00a0", "ana.", "ana\u3002", "\uff41na",
    "\u24d0\u24dd\u24d0",
    "\U0001d41a\U0001d427\U0001d41a", "\u00aana", "ana\u200b", "a\u200cna", "an\u200da",
    "ana\u2060",
    "\ufeffana", "an\u00ada", "ana\u180e", "ana\ufe0f", "ana\ufe0e", "a\u034fna", "ana\u3164",
    "ana\u2800", "ana\0", "ana\u115f", "ana\u1160", "ana\uffa0", "ana\u17b4", "ana\u061c",
    "\u202eana", "ana\U000e0061", "ana\U000e0100", "\u0430na", "\u0430n\u0430", "\u0251na",
    "\u03b1na", "a\u0578a", "",
)  # fmt: skip
"""Ways to write "ana" that draw alike, or leave out who it is."""
SECRET = "hunter2-planted"


def is_another_person(name: str) -> bool:
    """Whether "ana" can approve a second time under a name."""
    saver = InMemorySaver()
    app = asking(Approval("Pay?", "1 EUR", approvers=2), saver)
    for reviewer in ("ana", name):
        try:
            app.invoke(Command(resume={"action": "approve", "reviewer": reviewer}), at("t"))
        except AnswerError:
            return False
    return not app.get_state(at("t")).next


def borrowed_names() -> dict[str, bool]:
    """Return ways to decide under a name that is not one's own, and whether they work."""
    return {
        "an inbox": _by_inbox({"action": "approve", "reviewer": "the boss"}),
        "a browser": _by_browser("the boss"),
    }


def _by_inbox(reply: Any) -> bool:
    saver = InMemorySaver()
    asking(Approval("Pay?"), saver)
    inbox = Inbox(saver, reviewer="ana")
    try:
        inbox.answer(inbox.selected or "", reply, reviewer="ana")
    except HitlError:
        return False
    return [row.reviewer for row in saver.decisions()] != ["ana"]


def _by_browser(name: str) -> bool:
    saver = InMemorySaver()
    asking(Approval("Pay?"), saver)
    Opened(Inbox(saver, reviewer="ana")).decide("approve", reviewer=name)
    return [row.reviewer for row in saver.decisions()] not in ([], ["ana"])


def identities(size: int) -> Figure:
    """Decide under other spellings and other names."""
    as_others = [name for name in SPELLINGS if is_another_person(name)]
    borrowed = [way for way, works in borrowed_names().items() if works]
    found = none_of(len(as_others), len(SPELLINGS), "spellings of one person count as another")
    sourced = has_source()
    return Figure(
        found.met and not borrowed and sourced,
        f"{found.text}; {len(borrowed)} of 2 names borrowed; "
        f"source of identity {'recorded' if sourced else 'not recorded'}",
    )


def has_source() -> bool:
    """Whether the record says where a name comes from."""
    saver = InMemorySaver()
    app = asking(Approval("Pay?"), saver)
    app.invoke(Command(resume={"action": "approve", "reviewer": "ana"}), at("t"))
    (row,) = saver.decisions()
    return "asserted" in {str(item) for item in row}


def secrets_found(size: int) -> Figure:
    """Plant a secret wherever a schema says that there is one, and look for it."""
    with place() as directory:
        found = [name for name, text in places_of_secrets(directory).items() if SECRET in text]
    tried = len(_SCHEMAS) + 4
    planted = none_of(len(found), tried, "places where a secret can be read")
    return planted._replace(text=f"{planted.text}{': ' * bool(found)}{', '.join(found)}")


_PASSWORD = {"type": "string", "format": "password"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "minLength": {**_PASSWORD, "minLength": 50},
    "maxLength": {**_PASSWORD, "maxLength": 3},
    "pattern": {**_PASSWORD, "pattern": "^[0-9]+$"},
    "enum": {**_PASSWORD, "enum": ["other"]},
    "const": {**_PASSWORD, "const": "other"},
    "type": {"type": "integer", "writeOnly": True},
    "nested": {"type": "object", "properties": {"key": {**_PASSWORD, "minLength": 50}}},
}


def places_of_secrets(directory: Path) -> dict[str, str]:
    """Return the texts of errors, logs, records and files of runs that were told a secret."""
    found: dict[str, str] = {}
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    try:
        for name, schema in _SCHEMAS.items():
            app = asking("Key?", InMemorySaver(), response_schema=schema)
            answer = {"key": SECRET} if name == "nested" else SECRET
            try:
                app.invoke(Command(resume=answer), at("t"))
            except HitlError:
                found[f"the error of {name}"] = traceback.format_exc()
        found |= _stored(directory)
    finally:
        logging.getLogger().removeHandler(handler)
    found["the log"] = log.getvalue()
    return found


def _stored(directory: Path) -> dict[str, str]:
    schema = {"type": "object", "properties": {"key": _PASSWORD}, "required": ["key"]}

    def log_in(state: dict[str, Any]) -> dict[str, Any]:
        key = interrupt(Form(schema)).value["key"]
        raise ValueError(f"{key} is not a key")

    with SqliteSaver(directory / "hitl.db") as saver:
        app = graph_of(log_in).compile(saver)
        app.invoke({}, at("t"))
        with suppress(ValueError):
            app.invoke(Command(resume={"action": "answer", "value": {"key": SECRET}}), at("t"))
        thread = saver.thread("t")
        shown = Opened(Inbox(saver)).inbox
    return {
        "the stored error": "" if thread is None else str(thread.error),
        "an inbox": repr(shown),
        "a live secret": _live(directory),
    }


def _live(directory: Path) -> str:
    from pydantic import SecretStr

    def keep(state: dict[str, Any]) -> dict[str, Any]:
        return {"key": SecretStr(SECRET)}

    path = directory / "live.db"
    with SqliteSaver(path) as saver, suppress(HitlError):
        graph_of(keep).compile(saver).invoke({}, at("t"))
    return path.read_bytes().decode("latin-1")
