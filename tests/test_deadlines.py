"""A question whose time is over answers itself: exactly once, whoever comes first."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stores import THREAD, State, Store, asked, chain, side_by_side

from hitl_nb import (
    END,
    START,
    Approval,
    Ask,
    Choice,
    Command,
    Confirm,
    Edit,
    Feedback,
    Form,
    Request,
    SqliteSaver,
    StateGraph,
    ToolCall,
    ToolReview,
    interrupt,
)
from hitl_nb.errors import AlreadyAnswered, DeadlinePassed, NothingPending, QuestionOpen, ThreadBusy
from hitl_nb.requests.replies import timed_out
from hitl_nb.threads.deadlines import deadline, expire, next_deadline, seconds_left


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("hitl_nb.savers.clock.utc", made)
    return made


def asking(request: Request) -> Any:
    def node(state: State) -> dict[str, Any]:
        decision = interrupt(request)
        return {"log": [[decision.action, decision.value, decision.given, decision.reviewer]]}

    return node


IN_A_MINUTE = Approval("?", "x", timeout=60)


@pytest.mark.parametrize(
    ("request_", "action", "value"),
    [
        (Approval("?", "x"), "reject", None),
        (Approval("?", "x", gate="soft"), "approve", "x"),
        (Approval("?", gate="soft"), "approve", None),
        (Approval("?", "x", gate="review"), "reject", None),
        (Approval("?", "x", timeout=60, on_timeout="approve"), "approve", "x"),
        (Approval("?", "x", timeout=60, on_timeout="default"), "approve", "x"),
        (Approval("?", timeout=60, on_timeout="default"), "reject", None),
        (Approval("?", timeout=60, on_timeout="default", risk="low"), "approve", None),
        (Approval("?", "x", timeout=60, on_timeout="escalate", ladder=("lead",)), "escalate", None),
        (Approval("?", "x", timeout=60, on_timeout="escalate"), "reject", None),
        (
            Approval("?", "x", allow=("edit", "reject"), timeout=60, on_timeout="approve"),
            "reject",
            None,
        ),
        (Approval("?", {"n": "x"}, schema=dict[str, int], gate="soft"), "reject", None),
        (Ask("?", "guess", gate="clarify"), "answer", "guess"),
        (Ask("?", gate="clarify"), "reject", None),
        (Ask("?", "guess"), "reject", None),
        (Choice("?", ["a"], gate="clarify"), "reject", None),
        (Confirm("?", timeout=60, on_timeout="default", risk="low"), "approve", None),
        (Confirm("?", timeout=60, on_timeout="default", risk="high"), "reject", None),
        (Confirm("?", "verify", "yes", timeout=60, on_timeout="approve"), "approve", "yes"),
        (Form(dict[str, int], {"n": 1}, gate="clarify"), "answer", {"n": 1}),
        (Form(dict[str, int], {"n": "x"}, gate="clarify"), "reject", None),
        (Edit("x", gate="clarify"), "approve", "x"),
        (Feedback("x", gate="soft"), "reject", None),
        (
            ToolReview([ToolCall("a"), ToolCall("b", allow=("reject",))], gate="soft"),
            "mixed",
            [{"action": "approve", "args": {}, "message": ""}, {"action": "reject", "message": ""}],
        ),
        (
            ToolReview([ToolCall("a")], gate="clarify"),
            "reject",
            [{"action": "reject"}],
        ),
    ],
    ids=repr,
)
def test_what_happens_after_the_time_is_what_the_request_says(
    request_: Request, action: str, value: Any
) -> None:
    comment = "nobody answered in time" if action == "reject" else ""
    assert timed_out(request_) == {"action": action, "value": value, "comment": comment}


def test_whoever_goes_on_enforces_the_deadline(store: Store, clock: Clock) -> None:
    node = asking(IN_A_MINUTE)
    store.keep(chain(node)).invoke({}, THREAD)

    clock.move(59)
    assert asked(store.keep(chain(node)).invoke(None, THREAD)) == [IN_A_MINUTE]
    clock.move(1)
    ended = store.keep(chain(node)).invoke(None, THREAD)

    assert ended["log"] == [["reject", None, "timeout", "timeout"]]
    (row,) = store.saver().decisions()
    assert (row.action, row.given, row.reviewer) == ("reject", "timeout", "timeout")


def test_a_late_answer_is_refused_and_the_timeouts_stands(store: Store, clock: Clock) -> None:
    app = store.keep(chain(asking(IN_A_MINUTE)))
    (question,) = app.invoke({}, THREAD)["__interrupt__"]
    clock.move(61)

    for late in ("approve", {question.id: "approve"}):
        with pytest.raises(DeadlinePassed, match="answered itself with 'reject'") as caught:
            app.invoke(Command(resume=late), THREAD)
        assert caught.value.question_id == question.id
        assert isinstance(caught.value, AlreadyAnswered)

    assert app.invoke(None, THREAD)["log"] == [["reject", None, "timeout", "timeout"]]
    assert len(store.saver().decisions()) == 1


def test_an_answer_in_time_is_no_timeout(store: Store, clock: Clock) -> None:
    app = store.keep(chain(asking(IN_A_MINUTE)))
    app.invoke({}, THREAD)
    clock.move(59)

    ended = app.invoke(Command(resume="approve"), THREAD)
    clock.move(60)

    assert ended["log"] == [["approve", "x", "code", "code"]]
    assert expire(store.saver(), app.plan, "t") == []
    assert len(store.saver().decisions()) == 1


def test_only_the_question_whose_time_is_over_answers_itself(store: Store, clock: Clock) -> None:
    def one(state: State) -> dict[str, Any]:
        return asking(IN_A_MINUTE)(state)

    def two(state: State) -> dict[str, Any]:
        return {"log": [interrupt("plain")]}

    app = store.keep(side_by_side(one, two))
    questions = {item.node: item.id for item in app.invoke({}, THREAD)["__interrupt__"]}
    clock.move(60)

    left = app.invoke(Command(resume={questions["two"]: "yes"}), THREAD)

    assert left["log"] == [["reject", None, "timeout", "timeout"], "yes"]


def test_what_the_time_escalates_is_asked_of_the_next_with_a_new_time(
    store: Store, clock: Clock
) -> None:
    request = IN_A_MINUTE.with_(on_timeout="escalate", ladder=("lead",), role="agent")
    app = store.keep(chain(asking(request)))
    app.invoke({}, THREAD)
    clock.move(60)

    (question,) = app.invoke(None, THREAD)["__interrupt__"]
    assert question.value.role == "lead"
    assert seconds_left(question) == 60
    clock.move(60)

    assert app.invoke(None, THREAD)["log"] == [["reject", None, "timeout", "timeout"]]
    assert [row.action for row in store.saver().decisions()] == ["escalate", "reject"]


def test_time_does_not_stand_in_for_several_people() -> None:
    with pytest.raises(ValueError, match="on_timeout='reject' or 'escalate'"):
        IN_A_MINUTE.with_(gate="soft", approvers=3)
    assert IN_A_MINUTE.with_(approvers=3).on_timeout is None


def test_expiring_twice_is_expiring_once(store: Store, clock: Clock) -> None:
    app = store.keep(chain(asking(IN_A_MINUTE)))
    (question,) = app.invoke({}, THREAD)["__interrupt__"]
    saver = store.saver()

    assert deadline(question) == clock() + timedelta(seconds=60)
    assert next_deadline([question]) == deadline(question)
    assert expire(saver, app.plan, "t") == []
    clock.move(75)
    assert seconds_left(question) == 0
    (row,) = expire(saver, app.plan, "t")
    assert row.question == question.id
    assert expire(saver, app.plan, "t") == []
    assert app.get_state(THREAD).interrupts == ()


def test_questions_without_a_time_have_none(store: Store, clock: Clock) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt({"timeout": 1}), interrupt(Ask("?"))]}

    app = store.keep(chain(node))
    first = app.invoke({}, THREAD)
    clock.move(1000)
    assert asked(app.invoke(None, THREAD)) == [{"timeout": 1}]
    second = app.invoke(Command(resume=1), THREAD)

    assert next_deadline([*first["__interrupt__"], *second["__interrupt__"]]) is None


def test_time_counts_from_when_it_was_first_asked(store: Store, clock: Clock) -> None:
    node = asking(IN_A_MINUTE)
    app = store.keep(chain(node))
    app.invoke({}, THREAD)
    clock.move(30)
    app.invoke(None, THREAD)

    (question,) = store.keep(chain(node)).get_state(THREAD).interrupts
    assert seconds_left(question) == 30


def test_new_input_is_no_way_around_a_question_whose_time_is_over(
    store: Store, clock: Clock
) -> None:
    app = store.keep(chain(asking(IN_A_MINUTE)))
    app.invoke({}, THREAD)
    clock.move(60)

    with pytest.raises(QuestionOpen):
        app.invoke({"text": "new"}, THREAD)
    assert app.invoke(None, THREAD)["log"] == [["reject", None, "timeout", "timeout"]]


def test_questions_of_subgraphs_have_their_time_too(store: Store, clock: Clock) -> None:
    inner = chain(asking(IN_A_MINUTE)).compile()
    graph = StateGraph(State, name="outer")
    graph.add_node("inner", inner).add_edge(START, "inner").add_edge("inner", END)
    store.keep(graph).invoke({}, THREAD)
    clock.move(60)

    ended = store.keep(graph).invoke(None, THREAD)

    assert ended["log"] == [["reject", None, "timeout", "timeout"]]


async def test_a_run_without_a_saver_has_its_time_too(clock: Clock) -> None:
    graph = chain(asking(IN_A_MINUTE))
    paused = await graph.execute({})
    state = json.loads(json.dumps(paused.final_state))
    clock.move(30)
    again = await graph.execute(Command(update=state))
    assert again.is_interrupted
    clock.move(30)

    with pytest.raises(DeadlinePassed):
        await graph.execute(Command(update=again.final_state, resume="approve"))
    ended = await graph.execute(Command(update=again.final_state))
    assert ended.final_state["log"] == [["reject", None, "timeout", "timeout"]]


def go_on_there(path: str) -> list[str]:
    """Answer late and go on, in another process; return what became of each."""
    told = []
    saver = SqliteSaver(path, timeout=30)
    app = chain(asking(IN_A_MINUTE)).compile(saver)
    for resume in (Command(resume="approve"), None):
        try:
            told.append(str(app.invoke(resume, THREAD)["log"]))
        except (DeadlinePassed, NothingPending, ThreadBusy) as error:
            told.append(type(error).__name__)
    saver.close()
    return told


def test_of_several_processes_one_enforces_the_deadline(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "hitl.db"
    saver = SqliteSaver(path)
    clock.time = datetime(2020, 1, 1, tzinfo=UTC)
    app = chain(asking(IN_A_MINUTE)).compile(saver)
    app.invoke({}, THREAD)

    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        told = [pool.submit(go_on_there, str(path)) for _ in range(6)]
        late = {each.result()[0] for each in told}

    assert late <= {"DeadlinePassed", "ThreadBusy", "NothingPending"}
    (row,) = saver.decisions()
    assert row.given == "timeout"
    assert app.get_state(THREAD).values["log"] == [["reject", None, "timeout", "timeout"]]
    saver.close()
