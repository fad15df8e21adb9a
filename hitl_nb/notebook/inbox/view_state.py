"""What an inbox shows, kept up to date by what happens in its saver: no widget, no asyncio."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from hitl_nb.errors import CodecError, RowsMissing, StoreError
from hitl_nb.forms import describe
from hitl_nb.forms.displayed import SentEvidence
from hitl_nb.interop.payload_paths import LISTED
from hitl_nb.marked_text import show
from hitl_nb.messages import InboxHeader, InboxRow, InboxState, Notice, Selected
from hitl_nb.notebook.inbox.bulk import MOST, BulkSelection, bulk_of
from hitl_nb.notebook.inbox.listing import Entry, Query, entry_of, excerpt_of, find
from hitl_nb.notebook.inbox.question_reader import QuestionReader
from hitl_nb.notebook.session.registry import goes_on_here
from hitl_nb.notebook.widget.acknowledge import answer_in_words, words_of
from hitl_nb.savers import clock
from hitl_nb.savers.inbox_records import Marks, WaitingRow
from hitl_nb.savers.protocol import Saver
from hitl_nb.server.waiting_index import WaitingChanges, WaitingIndex
from hitl_nb.threads.deadlines import TIMEOUT

ROWS = 60
"""Rows that are sent at first, and at most at a time: more than fit on a screen."""
MOST_NOTICES = 5
MOST_PAST = 10_000
"""Questions that wait no longer and are remembered, so that a late answer hears who was faster."""
_LONGEST = 160
_WARNING = ("high", "critical")


class InboxViewState:
    """The inbox view's state and the few ways it changes.

    Args:
        saver: Whose questions.
        reader: Where they are read.
        served: Names of the graphs whose runs go on in this process.
        reviewer: The name of whoever sits in front of it; empty if it is not known.
    """

    def __init__(
        self, saver: Saver, reader: QuestionReader, served: Collection[str], reviewer: str = ""
    ) -> None:
        self._saver = saver
        self._reader = reader
        self._served = served
        self.reviewer = reviewer
        self.pending = WaitingIndex(saver, LISTED)
        self.query = Query()
        self.entries: dict[int, Entry] = {}
        self.marks: Mapping[int, Marks] = {}
        self.keys: Sequence[int] = ()
        self.state: InboxState = {
            "inbox": self._header(0, 0), "facets": [], "search": "",
            "window": {"start": 0, "total": 0, "rows": []},
            "selected": None, "bulk": None, "drafts": {}, "notices": [],
        }  # fmt: skip
        self.sent = SentEvidence()
        self._of_id: dict[str, int] = {}
        self._past: dict[str, WaitingRow] = {}
        self._window = (0, ROWS)
        self._selected: WaitingRow | None = None
        self._place = 0
        self._bulk: BulkSelection | None = None
        self._outcomes: dict[str, str] = {}
        self._own: set[str] = set()
        self._ended = ""
        self._next: datetime | None = None

    def look(self) -> WaitingChanges:
        """Read what changed in the saver; blocks, draws nothing."""
        self.marks = self._saver.marks()  # first, lest it fails when the news is out
        news = self.pending.look()
        for row in news.gone:
            self.entries.pop(row.key, None)
            self._of_id.pop(row.id, None)
            self._past[row.id] = row
        if news.gone:  # until it is drawn again, the list has nothing that does not wait
            self.keys = [key for key in self.keys if key in self.entries]
        while len(self._past) > MOST_PAST:
            del self._past[next(iter(self._past))]
        for row in news.come:
            self.entries[row.key] = entry_of(row, self.pending.ends.get(row.key))
            self._of_id[row.id] = row.key
        if news.come:
            ordered = sorted(self.entries.values(), key=lambda entry: entry.order)
            self.entries = {entry.row.key: entry for entry in ordered}
        return news

    def draw(self) -> None:
        """Bring the state up to date with what was read."""
        now = clock.utc()
        text = self.query.text
        found = find(
            self.entries.values(), self.query, self.marks, now,
            self._saver.waiting_with_text(text) if text else (),
        )  # fmt: skip
        self.keys = found.keys
        if self._selected is not None:
            self._notice_end(self._selected)
        self.state["inbox"] = self._header(len(self.entries), found.snoozed)
        self.state["facets"] = [item for item in found.facets if item["values"]]
        self.state["search"] = text
        self._next = min(
            (datetime.fromisoformat(it.snoozed) for it in self.marks.values() if it.snoozed),
            default=None,
        )
        if self._selected is None and self.keys:
            self.select(self.keys[0])
        self._draw_rows(now)
        self._draw_selected()
        self._draw_bulk()

    def answer_as(self, reviewer: str) -> None:
        """Offer another name to answer under, in forms that are drawn from now on."""
        self.reviewer = reviewer

    @property
    def is_due(self) -> bool:
        """Whether time alone has changed what is shown: a snoozed question wakes."""
        return self._next is not None and self._next <= clock.utc()

    def row_of(self, question: str) -> WaitingRow | None:
        """Return a question that waits, by its id."""
        key = self._of_id.get(question)
        return None if key is None else self.pending.rows[key]

    def known(self, question: str) -> WaitingRow | None:
        """Return a question that waits, or waited when somebody looked."""
        return self.row_of(question) or self._past.get(question)

    @property
    def selected(self) -> WaitingRow | None:
        """The question that is looked at."""
        return self._selected

    def show_rows(self, start: int, count: int) -> None:
        """Show other rows of the list."""
        start = max(0, min(start, len(self.keys) - 1))
        self._window = (start, max(1, min(count, ROWS * 4)))
        self._draw_rows(clock.utc())

    def select(self, key: int | None) -> None:
        """Look at a question, or at none."""
        row = None if key is None else self.pending.rows.get(key)
        if row is not None and row == self._selected and self.state["selected"] is not None:
            return
        self._selected = row
        self.state["selected"] = None
        self._bulk = None
        self._draw_selected()
        self._draw_bulk()

    def open_again(self) -> None:
        """Describe the selected question anew, which counts the time that is left from now."""
        before = self.state["selected"]
        if self._selected is not None and before is not None and before["form"] is not None:
            again = self._opened(self._selected)
            self.state["selected"] = again if again["form"] is not None else before
        self.draw()

    def step(self, by: int) -> None:
        """Look at the question so many places further down the list."""
        if not self.keys:
            return
        here = self._index()
        at = self._place - (by > 0) if here < 0 else here
        self.select(self.keys[max(0, min(at + by, len(self.keys) - 1))])

    def look_for(self, **changes: Any) -> None:
        """Filter by something else."""
        self.query = self.query._replace(**changes)
        self._window = (0, self._window[1])
        self.draw()
        if self._index() < 0:  # nothing is decided that the list does not show
            self.select(self.keys[0] if self.keys else None)
        elif self._bulk is not None:
            self.select_bulk(on=True)

    def decided(self, question: str) -> None:
        """Note that a question was answered here, so that the next one takes its place."""
        self._own.add(question)

    def answered(self) -> None:
        """Go on to the question that takes the place of the one answered here."""
        row = self._selected
        if row is None or row.id not in self._own or self._bulk is not None:
            return
        place = self._place
        self._selected = None
        self.state["selected"] = None
        if self.keys:
            self.select(self.keys[min(place, len(self.keys) - 1)])

    def notice(self, line: str, *, warns: bool = True) -> None:
        """Say something a person should know."""
        said: Notice = {"text": show(line), "warns": warns}
        self.state["notices"] = [*self.state["notices"], said][-MOST_NOTICES:]

    def select_bulk(self, *, on: bool) -> None:
        """Answer questions like the selected one with one decision, or stop that."""
        self._bulk = None
        self._outcomes = {}
        if on and self._index() < 0 and self.keys:
            self.select(self.keys[0])
        if on and self._selected is not None:
            self._bulk = self.bulk_with(self._alike(self._selected))
        if self._selected is not None:
            self._bring_draft(self._selected)  # its form is drawn anew when this one goes
        self.answered()
        self._draw_bulk()

    def bulk_with(self, keys: Sequence[int]) -> BulkSelection | None:
        """Put questions together, as far as they can be read and have the shape of the first."""
        questions = []
        for key in keys[:MOST]:
            row = self.pending.rows.get(key)
            try:
                question = None if row is None else self._reader.read(row)
            except CodecError:
                continue
            if question is not None:
                questions.append(question)
        return bulk_of(questions, self.reviewer) if questions else None

    @property
    def bulk(self) -> BulkSelection | None:
        """Those that are answered together now."""
        return self._bulk

    def note_outcome(self, question: str, line: str) -> None:
        """Say what became of one of several answers."""
        self._outcomes[question] = line

    def place_of(self, row: WaitingRow) -> str:
        """Name where a question is asked."""
        return f"{row.graph} ▸ {row.thread_id} ▸ {row.node}"

    def serving_of(self, row: WaitingRow) -> str:
        """Say who goes on with a question's thread once it is answered."""
        if row.graph in self._served:
            return f"Once answered, {row.graph} goes on in this notebook."
        if goes_on_here(self._saver, row.thread_id):
            return f"Once answered, {row.thread_id} goes on in its session in this notebook."
        return (
            f"{row.graph} is not run by this inbox: once answered, it goes on where its session "
            f"is open, or where graph.serve(saver) or python -m hitl_nb serve runs."
        )

    def _alike(self, row: WaitingRow) -> list[int]:
        """Return questions that may have the selected one's shape: itself, then its node's."""
        like = (row.kind, row.graph, row.node)
        near: list[int] = []
        far: list[int] = []
        for key in self.keys:
            other = self.entries[key].row
            if key == row.key or other.kind != row.kind:
                continue
            (near if (other.kind, other.graph, other.node) == like else far).append(key)
        return [row.key, *near, *far[: MOST if len(near) < MOST else 0]]

    def _index(self) -> int:
        key = None if self._selected is None else self._selected.key
        return self.keys.index(key) if key in self.keys else -1

    def _header(self, total: int, snoozed: int) -> InboxHeader:
        names = ", ".join(sorted(self._served))
        return {
            "saver": show(self._saver.place),
            "total": total,
            "snoozed": snoozed,
            "reviewer": show(self.reviewer),
            "served": show(f"serves {names}" if names else "serves no graph"),
        }

    def _draw_rows(self, now: datetime) -> None:
        start, count = self._window
        start = max(0, min(start, len(self.keys) - 1))
        rows = [self._row(self.entries[key], now) for key in self.keys[start : start + count]]
        self.state["window"] = {"start": start, "total": len(self.keys), "rows": rows}

    def _row(self, entry: Entry, now: datetime) -> InboxRow:
        row, (_, _, roles, risks, tags) = entry.row, entry.facets
        marks = self.marks.get(row.key, Marks())
        facts = [f"risk {risk}" for risk in risks] + [f"for {role}" for role in roles]
        facts += [f"#{tag}" for tag in tags]
        asked = (now - datetime.fromisoformat(row.asked_at)).total_seconds()
        left = None if entry.ends is None else max(0.0, (entry.ends - now).total_seconds())
        return {
            "id": row.id,
            "heading": brief_line(entry.heading),
            "excerpt": brief_line(excerpt_of(row)),
            "place": show(self.place_of(row)),
            "facts": [show(fact) for fact in facts],
            "warns": any(risk in _WARNING for risk in risks),
            "asked": round(asked),
            "left": None if left is None else round(left),
            "assigned": show(marks.assigned),
            "snoozed": marks.snoozed > now.isoformat(timespec="microseconds"),
            "draft": bool(marks.draft),
        }

    def _draw_selected(self) -> None:
        row = self._selected
        if row is None:
            self.state["selected"] = None
            return
        marks = self.marks.get(row.key, Marks())
        before = self.state["selected"]
        index = self._index()
        self._place = index if index >= 0 else self._place
        if before is None:
            before = self._opened(row)
            self._bring_draft(row)
        snoozed = marks.snoozed > clock.now()
        self.state["selected"] = {
            **before,
            "index": index,
            "alike": min(MOST, len(self._alike(row))),
            "serving": show(self.serving_of(row)),
            "assigned": marks.assigned,
            "snoozed": show(_moment(marks.snoozed) if snoozed else ""),
        }

    def _bring_draft(self, row: WaitingRow) -> None:
        """Have a form begin with what was typed into it before."""
        draft = self.marks.get(row.key, Marks()).draft
        self.state["drafts"] = {row.id: draft} if draft else {}

    def _opened(self, row: WaitingRow) -> Selected:
        form, note = None, ""
        try:
            question = self._reader.read(row)
            if question is None:
                note = "It is not asked any more."
            else:
                form = describe(question, reviewer=self.reviewer)
                self.sent.add_form(form)
        except CodecError as error:
            note = (
                f"It holds something that is not known here ({error}). Give the inbox the graph "
                f"that declares it: Inbox(saver, [graph])."
            )
        except RowsMissing as error:
            note = f"It cannot be answered. {error}"
        except StoreError:  # of the whole file, and so of every question
            raise
        except Exception as error:  # one that cannot be shown takes no other down with it
            note = f"It cannot be shown here. {words_of(error)}"
        return {
            "id": row.id, "index": -1, "place": show(self.place_of(row)), "form": form,
            "note": show(note), "serving": [], "assigned": "",
            "snoozed": [], "alike": 0,
        }  # fmt: skip

    def _draw_bulk(self) -> None:
        if self._bulk is None:
            self.state["bulk"] = None
            return
        for name in self._bulk.forms:
            if self.row_of(name) is None:
                self._outcomes.setdefault(name, "not open any more")
        rows = {name: self.known(name) for name in self._bulk.forms}
        alike = len({(row.graph, row.node) for row in rows.values() if row is not None}) == 1
        places = {
            name: row.thread_id if alike else self.place_of(row)
            for name, row in rows.items()
            if row is not None
        }
        self.state["bulk"] = {
            "form": self._bulk.form,
            "columns": [show(name) for name in self._bulk.columns],
            "rows": self._bulk.rows(places, self._outcomes),
            "more": 0
            if self._selected is None
            else max(0, len(self._alike(self._selected)) - MOST),
            "same": [show(line) for line in self._bulk.same],
        }

    def _notice_end(self, row: WaitingRow) -> None:
        """Say what became of the selected question if somebody else closed it."""
        shown = self.state["selected"]
        if shown is None or row.key in self.pending.rows or row.id in {*self._own, self._ended}:
            return
        made = self._reader.decision(row)
        self._ended = row.id
        if made is None:
            line = "It is not asked any more."
        elif made.given == TIMEOUT:
            line = f"Its time was over: {answer_in_words(made.answer)}."
        else:
            answer = answer_in_words(made.answer)
            line = f"Answered by {made.reviewer} at {_moment(made.answered_at)}: {answer}."
        self.state["selected"] = {**shown, "form": None, "note": show(line)}


def brief_line(text: str) -> Any:
    """Show a text on one line, cut where it gets long."""
    line = " ".join(text.split())
    return show(line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…")


def _moment(stored: str) -> str:
    """Write a stored time for a reader, in the time of this computer."""
    return f"{datetime.fromisoformat(stored).astimezone():%Y-%m-%d %H:%M}"
