"""Whatever becomes of a message from the browser, whoever sent it hears one word on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from inboxes import Opened
from inboxes import waiting as waiting_refunds
from interfered import Interfered
from stand_in import Browser, rested, run_beside, waiting, watched

from hitl_nb import START, Inbox, InMemorySaver, Session, StateGraph, interrupt
from hitl_nb.json_schema import prepare
from hitl_nb.marked_text import plain
from hitl_nb.messages import ButtonPress, Submit
from hitl_nb.notebook.session import registry
from hitl_nb.notebook.widget.acknowledge import accepted
from hitl_nb.notebook.widget.receiver import NONCES_KEPT, NOT_UNDERSTOOD, USED_BEFORE, Receiver

pytestmark = pytest.mark.usefixtures("fresh_sessions")

DISPLAYED = {"seconds": 1.0, "characters": 1, "total": 1}
REPLY = {
    "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "",
    "reviewer": "",
}  # fmt: skip
Message = dict[str, Any]


def fault() -> Exception:
    return ZeroDivisionError("nobody foresaw this")


def fail(*_: object, **__: object) -> Any:
    raise fault()


def submission(question: str, answer: Message, nonce: str = "n") -> Message:
    return {
        "type": "submit", "question": question, "nonce": nonce, "answer": answer,
        "displayed": DISPLAYED,
    }  # fmt: skip


def pressed(button: str, target: str = "", thread: str = "", nonce: str = "n") -> Message:
    return {
        "type": "press", "nonce": nonce, "thread": thread, "button": button, "target": target,
    }  # fmt: skip


def words(message: Message) -> str:
    return " ".join(plain(error["message"]) for error in message["errors"])


def words_on(browser: Any, nonce: str = "n") -> list[Message]:
    said = [item for item in browser.said if item["type"] == "acknowledge"]
    assert {item["nonce"] for item in said} <= {nonce}
    return said


@pytest.fixture(autouse=True, scope="module")
def prepared() -> None:
    """Load what sessions load while somebody reads, so that no wait here waits for it."""
    prepare()


@pytest.fixture(autouse=True)
def unhandled() -> Iterator[list[Any]]:
    """Fail if an error reaches the loop instead of whoever sent a message."""
    reached: list[Any] = []
    yield reached
    assert reached == []


class Handled:
    """Accepts all, and remembers what came."""

    kind: Any = Submit | ButtonPress

    def __init__(self) -> None:
        self.came: list[Message] = []
        self.noticed: list[str] = []
        self.handle: Callable[[Message], Any] = self._accept
        self.follow_up: Callable[[Message, Any], None] = lambda message, word: None

    def _accept(self, message: Message) -> Any:
        self.came.append(message)
        return accepted(message["nonce"])

    def notice(self, text: str) -> None:
        self.noticed.append(text)


def received(*messages: Any, handled: Handled | None = None) -> tuple[Handled, list[Message]]:
    said: list[Any] = []
    handled = handled or Handled()
    receiver = Receiver(handled, said.append)
    for message in messages:
        receiver.receive(message)
    return handled, said


def test_the_table_of_nonces_never_holds_more_than_it_may() -> None:
    handled = Handled()
    receiver = Receiver(handled, lambda word: None)

    for number in range(NONCES_KEPT + 10):
        receiver.receive(pressed("stop", nonce=str(number)))

    assert len(receiver._nonces) == NONCES_KEPT
    receiver.receive(pressed("stop", nonce=str(NONCES_KEPT + 9)))
    assert len(handled.came) == NONCES_KEPT + 10


def test_what_arrives_twice_is_done_once_and_hears_the_same_word() -> None:
    handled, said = received(pressed("stop"), pressed("stop"))

    assert len(handled.came) == 1
    assert said == [accepted("n"), accepted("n")]


def test_what_failed_is_not_tried_again_when_it_arrives_twice() -> None:
    failing = Handled()
    tried: list[Message] = []

    def once(message: Message) -> Any:
        tried.append(message)
        raise fault()

    failing.handle = once
    _, said = received(pressed("stop"), pressed("stop"), handled=failing)

    assert len(tried) == 1
    assert [words(item) for item in said] == ["ZeroDivisionError: nobody foresaw this"] * 2


@pytest.mark.parametrize(
    "other",
    [
        pressed("step"),
        pressed("stop", thread="branch"),
        submission("q", {"text": "yes"}),
    ],
)
def test_a_nonce_that_was_used_for_something_else_is_refused(other: Message) -> None:
    handled, said = received(pressed("stop"), other, pressed("stop"))

    assert len(handled.came) == 1
    assert [item["accepted"] for item in said] == [True, False, True]
    assert words(said[1]) == USED_BEFORE


@pytest.mark.parametrize("content", [None, "x", 7, [], {}, {"type": "evil"}, {"nonce": 7}])
def test_what_is_none_of_ours_and_carries_no_nonce_is_dropped(content: Any) -> None:
    handled, said = received(content)

    assert (handled.came, said, handled.noticed) == ([], [], [])


@pytest.mark.parametrize("content", [{"type": "evil"}, {"type": "submit", "question": 7}, {}])
def test_what_is_not_understood_but_carries_a_nonce_is_refused(content: Message) -> None:
    handled, said = received({**content, "nonce": "n"})

    assert handled.came == []
    assert [words(item) for item in said] == [NOT_UNDERSTOOD]


def test_a_message_whose_check_fails_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hitl_nb.notebook.widget.receiver.read_as", fail)

    handled, said = received(pressed("stop"))

    assert [words(item) for item in said] == ["ZeroDivisionError: nobody foresaw this"]
    assert handled.came == handled.noticed == []


def test_the_word_is_said_before_anything_is_drawn_and_stands_when_that_fails() -> None:
    handled, order = Handled(), []

    def draw(message: Message, word: Any) -> None:
        order.append("drawn")
        raise fault()

    handled.follow_up = draw
    Receiver(handled, lambda word: order.append("said")).receive(pressed("stop"))

    assert order == ["said", "drawn"]
    assert handled.noticed == ["ZeroDivisionError: nobody foresaw this"]


def test_a_word_or_notice_that_cannot_be_sent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    handled = Handled()
    handled.follow_up = handled.notice = fail  # type: ignore[method-assign]

    Receiver(handled, fail).receive(pressed("stop"))

    assert len(handled.came) == 1
    assert "The word on a message could not be sent." in caplog.text
    assert "A notice could not be shown." in caplog.text


def ask(state: dict[str, Any]) -> dict[str, Any]:
    return {"said": interrupt("Why?")}


def end(state: dict[str, Any]) -> dict[str, Any]:
    return {"ended": True}


async def asking(saver: InMemorySaver, unhandled: list[Any]) -> tuple[Session, Browser]:
    """Return a session that waits for an answer, with a form for its state, and a fork beside."""
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unhandled.append(told))
    graph = StateGraph(name="asks").add_sequence([ask, end]).add_edge(START, "ask")
    session = graph.compile(saver).session({"text": "hi"}, thread_id="t")
    browser = await watched(session)
    session._receive_anywhere(pressed("edit", nonce="before"))
    session._receive_anywhere(pressed("fork", session.pending[0].id, nonce="beside"))
    await asyncio.sleep(0)
    beside = run_beside(session)
    assert beside is not None
    await rested(beside)
    browser.said.clear()
    return session, browser


def state_form(session: Session) -> Message:
    (form,) = [item for item in session._view_state.forms if item["id"].startswith("state:")]
    return submission(form["id"], {**REPLY, "action": "apply", "values": {"text": "ho"}})


def late(session: Session) -> Message:
    question = session.pending[0].id
    session.answer("first")
    return submission(question, {"text": "second"})


SENT_TO_A_SESSION: dict[str, Callable[[Session], Message]] = {
    "answer": lambda session: submission(session.pending[0].id, {"text": "yes"}),
    "answer of the run beside": lambda session: submission(
        run_beside(session).pending[0].id,  # type: ignore[union-attr]
        {"text": "yes"},
    ),
    "late answer": late,
    "state": state_form,
    "fork": lambda session: pressed("fork", session.pending[0].id),
    "fork of the run beside": lambda session: pressed("fork", thread="branch"),
    "edit": lambda session: pressed("edit"),
    "stop": lambda session: pressed("stop"),
    "run_to_end": lambda session: pressed("run_to_end"),
    "step": lambda session: pressed("step"),
    "retry": lambda session: pressed("retry"),
    "join": lambda session: pressed("join"),
    "load": lambda session: pressed("load", "nowhere.json"),
    "nonsense": lambda session: pressed("nonsense"),
}


@pytest.mark.parametrize("sent", SENT_TO_A_SESSION)
async def test_whichever_call_of_the_saver_fails_whoever_sent_to_a_session_hears_one_word(
    sent: str, unhandled: list[Any]
) -> None:
    for later in range(1, 100):
        saver = Interfered()
        session, browser = await asking(saver, unhandled)
        message = SENT_TO_A_SESSION[sent](session)
        saver.visits = {saver.calls + later: fault()}
        session._receiver.receive(message)
        reached = not saver.visits
        saver.visits = {}

        (word,) = words_on(browser)
        assert word["accepted"] or words(word), later
        if sent.startswith("answer"):
            given = [row.question for row in InMemorySaver.decisions(saver)]
            assert word["accepted"] == (message["question"] in given), later
        for item in [*registry._sessions.values()]:
            item.detach()
        if not reached:
            break
    assert later < 99


STEPS_OF_A_SESSION = {
    "answer": (
        "hitl_nb.notebook.session.answer_intake.open_questions",
        "hitl_nb.notebook.session.from_browser.read_submission",
        "hitl_nb.notebook.session.answer_intake.answer",
        "hitl_nb.notebook.session.answer_intake.AnswerIntake.is_open",
        "hitl_nb.notebook.session.answer_intake.AnswerIntake.take",
    ),
    "state": (
        "hitl_nb.notebook.session.state_form.read_form",
        "hitl_nb.notebook.session.run_controls.edit_thread_values",
        "hitl_nb.notebook.session.run_spec.RunSpec.state",
        "hitl_nb.notebook.session.view_state.SessionViewState.remove_form",
    ),
    "edit": ("hitl_nb.notebook.session.state_form.form_of",),
    "fork": (
        "hitl_nb.notebook.session.run_controls.fork_of",
        "hitl_nb.notebook.session.session.session_of",
    ),
    "stop": ("hitl_nb.notebook.session.pacing.Pacing.stop",),
    "join": ("hitl_nb.notebook.session.side_by_side.ShownRun.join",),
    "load": ("hitl_nb.notebook.session.session.read_snapshot",),
}


@pytest.mark.parametrize(
    ("sent", "step"), [(sent, step) for sent, steps in STEPS_OF_A_SESSION.items() for step in steps]
)
async def test_a_step_of_a_session_that_fails_is_told_to_whoever_waits_for_it(
    sent: str, step: str, unhandled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, browser = await asking(InMemorySaver(), unhandled)
    message = SENT_TO_A_SESSION[sent](session)
    with monkeypatch.context() as patched:
        patched.setattr(step, fail)
        session._receiver.receive(message)

    (word,) = words_on(browser)
    assert words(word) == "ZeroDivisionError: nobody foresaw this"


@pytest.mark.parametrize("sent", SENT_TO_A_SESSION)
async def test_a_session_that_cannot_be_drawn_takes_its_messages_all_the_same(
    sent: str, unhandled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, browser = await asking(InMemorySaver(), unhandled)
    message = SENT_TO_A_SESSION[sent](session)
    with monkeypatch.context() as patched:
        patched.setattr(browser, "draw", fail)
        session._receiver.receive(message)

    (word,) = words_on(browser)
    assert "nobody foresaw" not in words(word)


async def test_an_error_of_a_session_that_nobody_waits_for_is_shown_as_a_notice(
    unhandled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, browser = await asking(InMemorySaver(), unhandled)
    question = session.pending[0].id
    for message, step in (
        ({"type": "here"}, "answer_intake.AnswerIntake.view_drawn"),
        (
            {"type": "draft", "question": question, "text": "x"},
            "view_state.SessionViewState.keep_draft",
        ),
        ({"type": "turn", "question": question, "path": [0], "start": 0}, "from_browser.page_of"),
        ({"type": "look", "thread": "", "checkpoint": "x"}, "checkpoint_trail.read_state"),
    ):
        session._view_state.forget_notices()
        with monkeypatch.context() as patched:
            patched.setattr(f"hitl_nb.notebook.session.{step}", fail)
            session._receiver.receive(message)
        assert "nobody foresaw this" in str(browser.drawn["notices"]), message
    assert browser.said == []


async def test_a_nonce_of_one_question_does_not_acknowledge_another(unhandled: list[Any]) -> None:
    graph = StateGraph(name="pair")
    for name in ("left", "right"):
        graph.add_node(name, lambda state, name=name: {name: interrupt(name)})
        graph.add_edge(START, name)
    session = graph.compile(InMemorySaver()).session({}, thread_id="t")
    browser = await watched(session)
    left, right = session.pending

    for question in (left, right):
        session._receiver.receive(submission(question.id, {"text": "yes"}))
    await waiting(session)

    assert [item["accepted"] for item in browser.said] == [True, False]
    assert words(browser.said[1]) == USED_BEFORE
    assert [item.id for item in session.pending] == [right.id]


def opened(saver: InMemorySaver) -> Opened:
    waiting_refunds(saver, "a", "b")
    view = Opened(Inbox(saver, reviewer="ana"))
    view.send("together", on=True)
    return view


def submit_all(view: Opened) -> Message:
    names = [row["id"] for row in view.state["bulk"]["rows"]]
    return {
        "type": "submit_all", "nonce": "n", "questions": names, "answer": REPLY, "seconds": 1.0,
        "characters": {},
    }  # fmt: skip


def note(view: Opened, **changes: Any) -> Message:
    message = {"type": "note", "nonce": "n", "questions": [view.form["id"]]}
    return {**message, "assigned": None, "snooze": None, **changes}


SENT_TO_AN_INBOX: dict[str, Callable[[Opened], Message]] = {
    "answer": lambda view: submission(view.form["id"], REPLY),
    "answers": submit_all,
    "assignment": lambda view: note(view, assigned="bob"),
    "snooze": lambda view: note(view, snooze=60.0),
}


@pytest.mark.parametrize("sent", SENT_TO_AN_INBOX)
def test_whichever_call_of_the_saver_fails_whoever_sent_to_an_inbox_hears_one_word(
    sent: str,
) -> None:
    for later in range(1, 100):
        saver = Interfered()
        view = opened(saver)
        message = SENT_TO_AN_INBOX[sent](view)
        saver.visits = {saver.calls + later: fault()}
        view.send(**{"kind": message.pop("type"), **message})
        reached = not saver.visits
        saver.visits = {}

        (word,) = words_on(view.browser)
        assert word["accepted"] or words(word), later
        given = {row.question for row in InMemorySaver.decisions(saver)}
        if sent == "answer":
            assert word["accepted"] == (message["question"] in given), later
        if sent == "answers" and view.state["bulk"] is not None:
            said = {row["id"]: plain(row["said"]) for row in view.state["bulk"]["rows"]}
            assert {name for name, outcome in said.items() if outcome == "answered"} == given, later
        if not reached:
            break
    assert later < 99


STEPS_OF_AN_INBOX = {
    "answer": (
        "hitl_nb.notebook.inbox.from_browser.read_submission",
        "hitl_nb.notebook.inbox.question_reader.read_question",
        "hitl_nb.notebook.inbox.question_reader.answer",
        "hitl_nb.notebook.inbox.view_state.InboxViewState.known",
    ),
    "answers": ("hitl_nb.notebook.inbox.view_state.InboxViewState.select_bulk",),
    "assignment": ("hitl_nb.notebook.inbox.inbox.Inbox.assign",),
    "snooze": ("hitl_nb.notebook.inbox.inbox.Inbox.snooze",),
}


@pytest.mark.parametrize(
    ("sent", "step"), [(sent, step) for sent, steps in STEPS_OF_AN_INBOX.items() for step in steps]
)
def test_a_step_of_an_inbox_that_fails_is_told_to_whoever_waits_for_it(
    sent: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(InMemorySaver())
    message = SENT_TO_AN_INBOX[sent](view)
    with monkeypatch.context() as patched:
        patched.setattr(step, fail)
        view.inbox._receive(message)

    (word,) = words_on(view.browser)
    assert words(word) == "ZeroDivisionError: nobody foresaw this"


def test_each_of_several_answers_that_fails_is_told_at_its_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = opened(InMemorySaver())
    with monkeypatch.context() as patched:
        patched.setattr("hitl_nb.notebook.inbox.from_browser.read_submission", fail)
        view.inbox._receive(submit_all(view))

    (word,) = words_on(view.browser)
    assert word["accepted"]
    said = [plain(row["said"]) for row in view.state["bulk"]["rows"]]
    assert said == ["ZeroDivisionError: nobody foresaw this"] * 2
    assert view.state["notices"][-1]["warns"]


@pytest.mark.parametrize("sent", SENT_TO_AN_INBOX)
@pytest.mark.parametrize("step", ["inbox.Inbox.refresh", "inbox.Inbox.redraw", "view_state.find"])
def test_an_inbox_that_cannot_be_read_or_drawn_anew_keeps_its_word(
    sent: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(InMemorySaver())
    message = SENT_TO_AN_INBOX[sent](view)
    with monkeypatch.context() as patched:
        patched.setattr(f"hitl_nb.notebook.inbox.{step}", fail)
        view.inbox._receive(message)

    (word,) = words_on(view.browser)
    if sent.startswith("answer"):
        assert word["accepted"]
        assert view.inbox.saver.decisions()


@pytest.mark.parametrize(
    ("message", "step"),
    [
        ({"type": "here"}, "open_again"),
        ({"type": "window", "start": 0, "count": 5}, "show_rows"),
        ({"type": "select", "question": "", "step": 1}, "step"),
        ({"type": "filter", "facet": "search", "value": "x"}, "look_for"),
        ({"type": "together", "on": False}, "select_bulk"),
        ({"type": "draft", "question": "x", "text": "{}"}, "row_of"),
        ({"type": "turn", "question": "x", "path": [0], "start": 0}, "row_of"),
    ],
)
def test_an_error_of_an_inbox_that_nobody_waits_for_is_shown_as_a_notice(
    message: Message, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(InMemorySaver())
    with monkeypatch.context() as patched:
        patched.setattr(f"hitl_nb.notebook.inbox.view_state.InboxViewState.{step}", fail)
        view.inbox._receive(message)

    assert view.browser.said == []
    assert "nobody foresaw this" in str(view.state["notices"])


def test_a_nonce_of_one_question_of_an_inbox_does_not_acknowledge_another() -> None:
    view = opened(InMemorySaver())
    first = view.form["id"]
    other = next(row["id"] for row in view.state["window"]["rows"] if row["id"] != first)

    for question in (first, other):
        view.inbox._receive(submission(question, REPLY))

    assert [item["accepted"] for item in view.browser.said] == [True, False]
    assert words(view.browser.said[1]) == USED_BEFORE
    assert [row.question for row in view.inbox.saver.decisions()] == [first]
