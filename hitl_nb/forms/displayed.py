"""Know how much of a form's evidence was on a screen: what was sent, and the browser names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hitl_nb.errors import UnseenContent
from hitl_nb.json_schema.limits import LIMITS
from hitl_nb.marked_text import plain
from hitl_nb.messages import Displayed, DisplayedShare, FormView, Item, Text, TextPage

FOLDED_CHARACTERS = 1500
FOLDED_LINES = 30
"""How much the browser draws of a text before somebody unfolds it."""
FORMS_KEPT = 1000
"""Forms that are remembered, the newest ones."""
GOES_NOWHERE = frozenset({"reject", "respond", "escalate", "hold", "refused", "stop", "cancel"})
"""Decisions after which nothing is done that was shown."""


@dataclass(slots=True)
class _Piece:
    """One text or table of the evidence.

    Args:
        label: What it is called.
        size: Characters there are.
        folded: Of the first page, those that are drawn before it is unfolded.
        pages: Where each page that was sent begins and ends.
    """

    label: str
    size: int
    folded: int
    pages: dict[int, int] = field(default_factory=dict)

    @property
    def is_long(self) -> bool:
        """Whether it is not sent at once."""
        return self.size > self.pages.get(0, 0)

    def seen(self, named: Iterable[tuple[int, bool]]) -> int:
        """Count the characters on the pages that were sent and are named, each once."""
        ranges = [
            (start, self.pages[start] if whole else start + (self.folded if start == 0 else 0))
            for start, whole in named
            if start in self.pages
        ]
        seen, reached = 0, 0
        for start, end in sorted(ranges):
            seen += max(0, end - max(start, reached))
            reached = max(reached, end)
        return seen


class Seen(NamedTuple):
    """How much of a form was displayed.

    Args:
        share: For the record.
        unseen: Labels of what was not sent at once and not all displayed; characters displayed, and
            all there are.
    """

    share: DisplayedShare
    unseen: list[tuple[str, int, int]]


class SentEvidence:
    """What one view sent of the evidence of each of its forms, and nothing of what it says."""

    def __init__(self) -> None:
        self._forms: dict[str, dict[tuple[int, ...], _Piece]] = {}

    def add_form(self, form: FormView) -> None:
        """Note that a form was sent, with the first page of each text."""
        if form["id"] not in self._forms:
            self._forms[form["id"]] = pieces_of(form)
            while len(self._forms) > FORMS_KEPT:
                del self._forms[next(iter(self._forms))]

    def add_page(self, page: TextPage) -> None:
        """Note that a page was sent."""
        piece = self._forms.get(page["question"], {}).get(tuple(page["path"]))
        if piece is not None:
            piece.pages[page["start"]] = max(piece.pages.get(page["start"], 0), page["end"])

    def share_of(self, form: FormView, action: str, named: Displayed) -> DisplayedShare:
        """Return what the record says was displayed of a form.

        Args:
            form: The form.
            action: What was decided.
            named: What the browser says was on the screen.

        Raises:
            UnseenContent: If something is approved that was not displayed, and nobody said so.
        """
        accepted = named.get("unseen_accepted", False)
        return share_for_record(form["id"], action, self.seen(form, named), accepted=accepted)

    def seen(self, form: FormView, named: Displayed) -> Seen:
        """Say how much of a form was displayed.

        Args:
            form: The form, which need not have been sent.
            named: What the browser says was on the screen.
        """
        sent = self._forms.get(form["id"])
        pieces = pieces_of(form) if sent is None else sent
        pages: dict[tuple[int, ...], list[tuple[int, bool]]] = {}
        for page in named.get("pages", ()) if sent is not None else ():
            pages.setdefault(tuple(page["path"]), []).append((page["start"], page["whole"]))
        counts = {path: piece.seen(pages.get(path, ())) for path, piece in pieces.items()}
        share: DisplayedShare = {
            "seconds": seconds_of(named["seconds"]),
            "characters": sum(counts.values()),
            "total": sum(piece.size for piece in pieces.values()),
        }
        long = {path: piece for path, piece in pieces.items() if piece.is_long}
        needed = LIMITS.must_see * sum(piece.size for piece in long.values())
        if sum(counts[path] for path in long) >= needed:
            return Seen(share, [])
        unseen = [
            (piece.label, counts[path], piece.size)
            for path, piece in long.items()
            if counts[path] < piece.size
        ]
        return Seen(share, unseen)


def share_for_record(question: str, action: str, seen: Seen, *, accepted: bool) -> DisplayedShare:
    """Return what the record says was displayed.

    Args:
        question: The id of the question.
        action: What was decided.
        seen: How much was displayed.
        accepted: Whether somebody said that they decide without having seen the rest.

    Raises:
        UnseenContent: If that is an approval of something that was not displayed, and nobody said
            so.
    """
    if not seen.unseen or action in GOES_NOWHERE:
        return seen.share
    if not accepted:
        raise UnseenContent(question, seen.unseen)
    return {**seen.share, "unseen_accepted": True}


def evidence_of_form(form: FormView) -> list[Item]:
    """Return all that a form shows, in the order in which pages of it are asked for."""
    control = form["control"]
    parts = control["parts"] if control["kind"] == "request" else []
    shown = [*form["context"]]
    for part in parts:
        shown += part["about"]
        if "long" in part:
            shown.append(part["long"])
    return shown


def with_must_see(form: FormView) -> FormView:
    """Return a form that says how much has to be displayed, if not all of it is sent at once."""
    if any(piece.is_long for piece in pieces_of(form).values()):
        form["must_see"] = LIMITS.must_see
    return form


def unsent_at_first(form: FormView) -> int:
    """Count the characters of a form's evidence that are not sent at once."""
    return sum(piece.size - piece.pages[0] for piece in pieces_of(form).values())


def pieces_of(form: FormView) -> dict[tuple[int, ...], _Piece]:
    """Return the texts and tables of a form's evidence, by their places."""
    return dict(_pieces(evidence_of_form(form), ()))


def _pieces(
    items: Sequence[Item], above: tuple[int, ...], name: str = ""
) -> Iterator[tuple[tuple[int, ...], _Piece]]:
    for place, item in enumerate(items):
        path = (*above, place)
        label = " ▸ ".join(filter(None, (name, plain(item["label"]))))
        if "items" in item:
            yield from _pieces(item["items"], path, label)
        elif "table" in item:
            sent = sum(length(cell) for row in item["table"]["rows"] for cell in row)
            yield path, _piece(label, sent, sent, item["table"].get("unsent", 0))
        else:
            text = item.get("text", [])
            sent = item.get("end", length(text))
            left = item.get("unsent", 0) + item.get("size", sent) - sent
            yield path, _piece(label, sent, min(sent, folded_length(text)), left)


def _piece(label: str, sent: int, folded: int, left: int) -> _Piece:
    return _Piece(label, sent + left, folded, {0: sent})


def folded_length(text: Text) -> int:
    """Count the characters that are drawn of a text before it is unfolded."""
    lines, count = 0, 0
    for run in text:
        for character in run if isinstance(run, str) else (run["mark"],):
            lines += character == "\n"
            if lines >= FOLDED_LINES or count >= FOLDED_CHARACTERS:
                return count
            count += 1
    return count


def length(text: Text) -> int:
    """Count the characters of a text, and one for each mark."""
    return sum(len(run) if isinstance(run, str) else 1 for run in text)


def seconds_of(named: float) -> float:
    """Return a time that can have passed, whatever the browser says."""
    return named if math.isfinite(named) and named > 0 else 0.0
