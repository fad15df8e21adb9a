"""Attacks on the promise, each in its smallest form."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
import questions
import text
from effects import Journal
from figure import TooManySteps, asking, at, at_most, graph_of, pipe, start
from identity import SECRET, SPELLINGS, is_another_person, places_of_secrets
from interfered import Interfered
from kill_program import build, work
from lease_program import hold
from stand_in import Browser, press, rested, submit, watched
from storage import is_missed, remove_newest

from hitl_nb import (
    START,
    Approval,
    CallbackReviewer,
    Command,
    Inbox,
    InMemorySaver,
    RetryPolicy,
    SqliteSaver,
    StateGraph,
    export_thread,
    import_thread,
    interrupt,
    once,
    run_with,
)
from hitl_nb.__main__ import main
from hitl_nb.errors import AlreadyAnswered, HitlError, NodeTimeout, NotOffered, ThreadBusy
from hitl_nb.forms import describe
from hitl_nb.savers import Saver
from hitl_nb.snapshot import file_format
from hitl_nb.types import Interrupt


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hitl.db"


def change(path: Path, *statements: str) -> None:
    """Change a store as no saver does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


# P1, calls


def test_an_effect_whose_process_died_is_asked_about_and_not_repeated(tmp_path: Path) -> None:
    journal, store = Journal(tmp_path / "journal"), str(tmp_path / "hitl.db")
    while "during t0 pay" not in journal.names("died"):
        process = start(work, store, str(journal.path), True, 1)
        process.join(60)
        assert process.exitcode == -9

    with SqliteSaver(store) as saver:
        result = build(journal).compile(saver).invoke(None, at("t0"))

    assert [item.kind for item in result["__interrupt__"]] == ["in_doubt"]
    assert [effect.name for effect in journal.effects()] == ["t0 pay"]


def test_a_call_that_runs_on_after_its_time_is_not_made_beside_itself() -> None:
    effects: list[int] = []
    returns = threading.Event()

    def pay() -> None:
        effects.append(1)
        returns.wait(10)

    def node(state: dict[str, Any]) -> dict[str, Any]:
        once(pay)
        return {"paid": True}

    graph = StateGraph(name="slow").add_edge(START, "node")
    retry = RetryPolicy(initial_interval=0, jitter=False, max_attempts=2, retry_on=NodeTimeout)
    graph.add_node("node", node, timeout=0.05, retry_policy=retry)
    try:
        with suppress(NodeTimeout):
            graph.compile(InMemorySaver()).invoke({}, at("t"))
    finally:
        returns.set()

    assert len(effects) == 1


def test_two_calls_of_one_key_at_once_are_one() -> None:
    effects: list[int] = []

    async def pay() -> int:
        effects.append(1)
        await asyncio.sleep(0)
        return len(effects)

    async def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"paid": await asyncio.gather(once(pay, key="k"), once(pay, key="k"))}

    graph_of(node).compile(InMemorySaver()).invoke({}, at("t"))

    assert len(effects) == 1


# P2, leases


def test_a_clock_that_is_ahead_takes_no_thread_from_a_run_elsewhere(path: Path) -> None:
    mine, theirs = pipe()
    holder = start(hold, str(path), "elsewhere", theirs)
    assert mine.recv() == "held"
    try:
        with questions.clock_ahead() as ahead, SqliteSaver(path) as saver:
            ahead[0] = timedelta(seconds=61).total_seconds()
            with pytest.raises(ThreadBusy):
                saver.acquire("t", "graph", create=False)
    finally:
        mine.send("end")
        holder.join()


# P3 and P4, what was shown


def paying(paid: list[Any]) -> StateGraph:
    def pay(state: dict[str, Any]) -> dict[str, Any]:
        if interrupt("Pay 9000 EUR?") == "yes":
            paid.append(9000)
        return {"paid": True}

    return graph_of(pay)


def answered_and_run(graph: StateGraph, saver: Saver, file: Path | None = None) -> None:
    """Answer the one question of a store with yes, in an inbox, and go on with its thread."""
    if file is not None:
        import_thread(file, saver)
    inbox = Inbox(saver)
    inbox.answer(inbox.selected or "", "yes")
    graph.compile(saver).invoke(None, at("t"))


def test_a_question_that_was_changed_in_the_store_is_not_approved(path: Path) -> None:
    paid: list[Any] = []
    with SqliteSaver(path) as saver:
        paying(paid).compile(saver).invoke({}, at("t"))
    change(path, "UPDATE question SET payload = replace(payload, '9000', '1')")

    with SqliteSaver(path) as saver, pytest.raises(HitlError):
        answered_and_run(paying(paid), saver)

    assert paid == []


def test_a_question_that_was_changed_in_a_snapshot_is_not_approved(tmp_path: Path) -> None:
    paid: list[Any] = []
    saver, other = InMemorySaver(), InMemorySaver()
    paying(paid).compile(saver).invoke({}, at("t"))
    file = export_thread(saver, "t", tmp_path / "t.json")
    sections = file_format.read(file.read_bytes())
    for question in sections["questions"]:
        question["payload"] = "Pay 1 EUR?"
    file.write_bytes(file_format.write(sections))

    with pytest.raises(HitlError):
        answered_and_run(paying(paid), other, file)

    assert paid == []


def test_a_number_of_the_log_that_was_freed_lends_no_answer(path: Path) -> None:
    paid: list[Any] = []
    with SqliteSaver(path) as saver:
        app = paying(paid).compile(saver)
        app.invoke({}, at("t"))
        inbox = Inbox(saver)
        inbox.answer(inbox.selected or "", "no")
    remove_newest(path, "decision")

    with SqliteSaver(path) as saver:
        with suppress(HitlError):  # whoever reads the log next may find it as well
            asking("Is it warm?", saver, "other").invoke(Command(resume="yes"), at("other"))
        with pytest.raises(HitlError), at_most(150_000):
            paying(paid).compile(saver).invoke(None, at("t"))

    assert paid == []


# P6, who decided


@pytest.mark.parametrize("name", ["ana\ufe0f", "ana\0", "ana.", "\u0430na", ""], ids=ascii)
def test_a_name_that_reads_like_another_is_the_same_person(name: str) -> None:
    assert name in SPELLINGS
    assert not is_another_person(name)


@pytest.mark.usefixtures("fresh_sessions")
def test_a_browser_names_nobody_else_than_the_session_does() -> None:
    async def scenario() -> list[str]:
        saver = InMemorySaver()
        session = asking(Approval("Pay?"), saver).session({}, thread_id="t", reviewer="ana")
        await watched(session)
        answer = {
            "action": "approve", "values": {}, "comment": "", "decisions": {}, "phrase": "",
            "reviewer": "the boss",
        }  # fmt: skip
        submit(session, answer)
        await rested(session)
        return [row.reviewer for row in saver.decisions()]

    assert asyncio.run(scenario()) in ([], ["ana"])


def test_a_reply_names_nobody_else_than_the_inbox_does() -> None:
    saver = InMemorySaver()
    asking(Approval("Pay?"), saver)
    inbox = Inbox(saver)
    with suppress(HitlError):
        reply = {"action": "approve", "reviewer": "the boss"}
        inbox.answer(inbox.selected or "", reply, reviewer="ana")

    assert [row.reviewer for row in saver.decisions()] in ([], ["ana"])


def test_a_reviewer_in_code_is_not_recorded_as_a_widget() -> None:
    def pay(state: dict[str, Any]) -> dict[str, Any]:
        return {"given": interrupt(Approval("Pay?")).given}

    app = graph_of(pay).compile()
    given = ""
    with suppress(HitlError, ValueError):
        reviewer = CallbackReviewer(lambda question: "approve", name="ana", how="widget")
        given = run_with(app, {}, reviewer=reviewer)["given"]

    assert given != "widget"


def test_a_pure_run_takes_no_forged_approval() -> None:
    def pay(state: dict[str, Any]) -> dict[str, Any]:
        return {"paid": interrupt(Approval("Pay?", approvers=2)).approved}

    async def scenario() -> Any:
        graph = graph_of(pay)
        begun = await graph.execute({})
        ana = {"action": "approve", "reviewer": "ana"}
        once_approved = await graph.execute(Command(update=begun.final_state, resume=ana))
        forged = json.loads(json.dumps(once_approved.final_state))
        stands = forged["__run__"]["stands"]
        del stands["asked"][1:]
        stands["questions"] = {}
        stands["answers"] = json.loads(json.dumps(stands["answers"]).replace("ana", "zoe"))
        with suppress(HitlError):
            again = await graph.execute(Command(update=forged))
            return (await graph.execute(Command(update=again.final_state, resume=ana))).final_state

    assert (asyncio.run(scenario()) or {}).get("paid") is None


def test_the_record_says_where_a_name_comes_from() -> None:
    saver = InMemorySaver()
    app = asking(Approval("Pay?"), saver)
    app.invoke(Command(resume={"action": "approve", "reviewer": "ana"}), at("t"))

    assert "asserted" in [str(item) for row in saver.decisions() for item in row]


# P7 to P9, when and with what in view


def test_an_answer_that_waited_past_its_time_is_late() -> None:
    assert questions.late_behind_a_lock(1).met


def test_a_state_edited_after_an_approval_is_asked_about_anew() -> None:
    paid: list[int] = []
    saver = InMemorySaver()
    bill = questions.pays(lambda state: "the bill", paid)
    app = graph_of(bill, schema=questions.Bill).compile(saver)
    app.invoke({"eur": 1}, at("t"))
    inbox = Inbox(saver)
    inbox.answer(inbox.selected or "", "approve")

    result = app.invoke(Command(update={"eur": 9_000}), at("t"))

    assert paid == []
    assert len(result["__interrupt__"]) == 1


def test_what_was_never_sent_is_not_approved_unseen() -> None:
    assert text.approved_unseen(1).met


@pytest.mark.parametrize("characters", [-5, 10**30, 1])
def test_the_share_that_was_displayed_is_not_what_the_browser_says(characters: int) -> None:
    saver, inbox = text.asked_about("a short letter")
    shown = {"seconds": 1.0, "characters": characters, "total": 0}
    text.approve(inbox, shown)

    (row,) = saver.decisions()
    assert 0 <= row.displayed["characters"] <= row.displayed["total"]
    assert row.displayed["total"] >= len("a short letter")


# P10, concealed text


KINDS = ("homoglyphs", "format", "tags", "a variation selector behind", "overlay", "a wall")


@pytest.mark.parametrize("kind", KINDS)
def test_concealed_text_is_marked(kind: str) -> None:
    found = [item for name, item in text.concealed() if name.startswith(kind)]

    assert found
    assert [item for item in found if not text.is_marked(item)] == []


def test_ordinary_words_are_not_marked() -> None:
    found = {name: share for name, share, _ in text.false_marks(5)}

    assert {name for name, share in found.items() if share >= text.FALSE_MARKS} == set()


# P11, bounds

STEPS = 400_000


def ends_in_few_steps(call: Callable[[], object], steps: int = STEPS) -> None:
    """Hold that something is done, or refused in words, within a number of calls."""
    warm = asking("Warm?", InMemorySaver(), response_schema={"type": "string"})
    warm.invoke(Command(resume="yes"), at("t"))  # what is imported once is not counted
    with suppress(HitlError):
        asking("Warm?", InMemorySaver(), response_schema={"type": "array"}).invoke(
            Command(resume="yes"), at("t")
        )
    try:
        with at_most(steps), suppress(HitlError):
            call()
    except TooManySteps:
        pytest.fail(f"it takes more than {steps:,} steps")


def test_a_schema_that_branches_over_and_over_is_refused_in_few_steps() -> None:
    names = [f"n{number}" for number in range(25)]
    branches = {
        name: {"anyOf": [{"$ref": f"#/$defs/{following}"}] * 2}
        for name, following in pairwise(names)
    }
    schema = {"$ref": "#/$defs/n0", "$defs": {**branches, "n24": {"type": "integer"}}}

    def hang() -> None:
        app = asking("How many?", InMemorySaver(), response_schema=schema)
        app.invoke(Command(resume="none"), at("t"))

    ends_in_few_steps(hang)


def test_unique_items_are_compared_in_few_steps() -> None:
    schema = {"type": "array", "uniqueItems": True}
    answer = [{"n": n, "of": {}} for n in range(6_000)]

    def hang() -> None:
        app = asking("Which?", InMemorySaver(), response_schema=schema)
        app.invoke(Command(resume=answer), at("t"))

    # Compared with each other they would be 18 million pairs; a step is a call or its end.
    ends_in_few_steps(hang, 250 * len(answer))


def test_a_million_options_are_no_million_buttons() -> None:
    payload = {"question": "Which?", "options": [str(n) for n in range(1_000_000)]}

    ends_in_few_steps(lambda: describe(Interrupt(payload, "q" * 32)))


# P12, secrets


def test_an_error_does_not_quote_a_secret(tmp_path: Path) -> None:
    found = places_of_secrets(tmp_path)

    assert SECRET not in found["the error of minLength"]


def test_the_error_of_a_node_is_stored_without_the_secret(tmp_path: Path) -> None:
    found = places_of_secrets(tmp_path)

    assert SECRET not in found["the stored error"]


# P13 and P14, edits and losers


@pytest.mark.parametrize("edit", ["add a field", "drop a field", "change an edge"])
def test_code_that_was_edited_under_a_question_is_told(edit: str) -> None:
    def answer(app: Any, question: Any) -> Any:
        return app.invoke(Command(resume={question.id: "yes"}), at(edit))

    before, after = questions.program(), questions.program(edit)

    assert questions.is_loud(edit, before, after, InMemorySaver(), answer)


def test_whoever_comes_late_to_an_inbox_hears_who_answered() -> None:
    saver = InMemorySaver()
    app = asking(Approval("Pay?"), saver)
    (_, question, _), *_ = saver.questions()
    app.invoke(Command(resume={"action": "approve", "reviewer": "ana"}), at("t"))

    with pytest.raises(HitlError) as caught:
        Inbox(saver).answer(question.id, "approve", reviewer="bob")

    assert isinstance(caught.value, AlreadyAnswered)
    assert caught.value.reviewer == "ana"


# P15, a damaged store


@pytest.mark.parametrize("table", ["call", "outcome", "question", "decision", "checkpoint"])
def test_a_record_that_was_removed_is_missed(table: str) -> None:
    assert is_missed(table)


# P16, small ones


def test_a_bare_answer_that_is_late_reaches_no_other_question() -> None:
    strayed = []
    for call in count(1):
        saver = Interfered({call: lambda: None})
        strayed.append(questions.strays_behind(saver, call))
        if saver.visits:
            break

    assert not any(strayed)


def test_a_schema_is_no_item_of_a_payload() -> None:
    schema = {"type": "string"}
    shaped, plain = InMemorySaver(), InMemorySaver()
    asking("q", shaped, response_schema=schema)
    asking(["q", schema], plain)

    one, other = (saver.questions()[0][1] for saver in (shaped, plain))
    assert one.digest != other.digest


@pytest.mark.usefixtures("fresh_sessions")
def test_a_nonce_that_was_used_swallows_no_other_answer() -> None:
    async def scenario() -> tuple[bool, int]:
        saver = InMemorySaver()
        session = questions.two_questions(saver).session({}, thread_id="t")
        browser = await watched(session)
        for _ in range(2):
            submit(session, {"text": "yes"}, nonce="n")
            await rested(session)
        return browser.said[-1]["accepted"], len(saver.decisions())

    accepted, decisions = asyncio.run(scenario())
    assert not accepted or decisions == 2


def test_an_option_is_not_chosen_by_what_only_equals_it() -> None:
    saver = InMemorySaver()
    asking({"question": "Which?", "options": [{"x": 1}, {"x": 2}]}, saver)
    inbox = Inbox(saver)

    with pytest.raises(NotOffered):
        inbox.answer(inbox.selected or "", {"x": True})


@pytest.mark.usefixtures("fresh_sessions")
def test_a_browser_chooses_no_place_on_the_disk(tmp_path: Path) -> None:
    target = tmp_path / "anywhere.json"

    async def scenario() -> None:
        session = asking("Pay?", InMemorySaver()).session({}, thread_id="t")
        await watched(session)
        press(session, "export", str(target))
        await rested(session)

    asyncio.run(scenario())

    assert not target.exists()


def test_a_long_draft_is_not_sent_whole() -> None:
    form = describe(Interrupt(Approval("Send it?", "x" * 2_000_000), "q" * 32))

    assert len(json.dumps(form)) < 1_000_000


class Deaf(Browser):
    """A browser that keeps nothing of what it is told."""

    def say(self, message: Any) -> None:
        pass


@pytest.mark.usefixtures("fresh_sessions")
def test_acknowledgements_do_not_pile_up() -> None:
    async def scenario() -> int:
        session = asking("Pay?", InMemorySaver()).session({}, thread_id="t")
        await watched(session)
        session._display._view = Deaf()  # type: ignore[assignment]
        for n in range(3000):
            submit(session, {"text": ""}, nonce=f"n{n}", question="f" * 32)
        await rested(session)
        kept = [item for item in gc.get_objects() if type(item) is dict]
        return sum(item.get("type") == "acknowledge" for item in kept)

    assert asyncio.run(scenario()) < 1_400


def test_what_names_no_graph_is_said_in_one_line() -> None:
    try:
        status = main(["serve", "..x:g"])
    except Exception as error:
        pytest.fail(f"{type(error).__name__}: {error}")
    assert status == 2


def test_a_path_with_a_nul_is_a_typed_error(tmp_path: Path) -> None:
    try:
        SqliteSaver(f"{tmp_path}/a\0b")
    except HitlError:
        return
    except Exception as error:
        pytest.fail(f"{type(error).__name__}: {error}")
