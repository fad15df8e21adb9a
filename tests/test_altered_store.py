"""What somebody wrote into the store by hand is noticed before anybody relies on it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from stores import THREAD, State, chain

from hitl_nb import (
    Approval,
    Command,
    CompiledGraph,
    Inbox,
    SqliteSaver,
    export_thread,
    import_thread,
    interrupt,
)
from hitl_nb.errors import DeadlinePassed, QuestionAltered, RecordBroken, StoreCorrupt
from hitl_nb.savers import clock
from hitl_nb.snapshot import file_format


def pay(state: State) -> dict[str, Any]:
    return {"log": [interrupt("Pay 9000 EUR?")]}


def approve(state: State) -> dict[str, Any]:
    return {"log": [interrupt(Approval("Pay?", draft={"eur": 9000})).action]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hitl.db"


def edit(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.fixture(params=[pay, approve])
def altered(path: Path, request: pytest.FixtureRequest) -> Callable[[], CompiledGraph]:
    """A graph whose question was made smaller in the store while it waited."""

    def app() -> CompiledGraph:
        return chain(request.param).compile(SqliteSaver(path))

    app().invoke({}, THREAD)
    edit(path, "UPDATE question SET payload = replace(payload, '9000', '1')")
    return app


@pytest.mark.parametrize(
    "use",
    [
        lambda app: app.get_state(THREAD),
        lambda app: list(app.get_state_history(THREAD)),
        lambda app: app.invoke(Command(resume="approve"), THREAD),
        lambda app: app.invoke(None, THREAD),
        lambda app: Inbox(app.checkpointer).answer(
            app.checkpointer.questions()[0][1].id, "approve"
        ),
    ],
    ids=["state", "history", "answer", "continue", "inbox"],
)
def test_a_question_that_was_altered_is_neither_shown_nor_answered(
    altered: Callable[[], CompiledGraph], use: Callable[[CompiledGraph], Any]
) -> None:
    app = altered()
    with pytest.raises(QuestionAltered, match="was changed in the store"):
        use(app)
    assert app.checkpointer is not None
    assert app.checkpointer.decisions() == []


def test_a_question_that_was_altered_after_its_answer_lets_nothing_run(path: Path) -> None:
    ran: list[str] = []

    def node(state: State) -> None:
        ran.append(interrupt("Pay 9000 EUR?"))

    app = chain(node).compile(SqliteSaver(path))
    (question,) = app.invoke({}, THREAD)["__interrupt__"]
    Inbox(app.checkpointer).answer(question.id, "yes")
    edit(path, "UPDATE question SET payload = replace(payload, '9000', '1')")

    with pytest.raises(QuestionAltered):
        chain(node).compile(SqliteSaver(path)).invoke(None, THREAD)
    assert ran == []


def test_a_snapshot_with_an_altered_question_is_not_imported(path: Path, tmp_path: Path) -> None:
    app = chain(pay).compile(SqliteSaver(path))
    app.invoke({}, THREAD)
    assert app.checkpointer is not None
    file = export_thread(app.checkpointer, "t", tmp_path / "t.json", graph=app)
    sections = file_format.read(file.read_bytes(), str(file))
    changed = json.loads(json.dumps(sections).replace("9000", "1"))
    file.write_bytes(file_format.write(changed))

    with SqliteSaver(tmp_path / "other.db") as other:
        with pytest.raises(QuestionAltered):
            import_thread(file, other, graph=app)
        assert other.threads() == []


def test_a_freed_number_gives_no_question_a_strangers_answer(path: Path) -> None:
    app = chain(pay).compile(SqliteSaver(path))
    for thread in ("mine", "yours"):
        app.invoke({}, {"configurable": {"thread_id": thread}})
    inbox = Inbox(app.checkpointer)
    mine, yours = inbox.questions()["question"]
    inbox.answer(mine, "no")
    trigger = _trigger(path, "decision_is_never_removed")
    edit(path, "DROP TRIGGER decision_is_never_removed", "DELETE FROM decision", trigger)
    inbox = Inbox(SqliteSaver(path))
    inbox.answer(yours, "yes")

    with pytest.raises(RecordBroken, match="not the decision on the question"):
        chain(pay).compile(SqliteSaver(path)).invoke(None, {"configurable": {"thread_id": "mine"}})


def _trigger(path: Path, name: str) -> str:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        ((sql,),) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [name])
    return str(sql)


def test_a_log_that_has_lost_its_guard_is_not_opened(path: Path) -> None:
    SqliteSaver(path).close()
    edit(path, "DROP TRIGGER decision_is_never_removed")

    with pytest.raises(StoreCorrupt, match="decision_is_never_removed"):
        SqliteSaver(path)


def test_an_answer_that_waited_past_its_time_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [interrupt(Approval("Pay?", timeout=60)).action]}

    saver = SqliteSaver(path)
    app = chain(node).compile(saver)
    app.invoke({}, THREAD)
    utc, taken = clock.utc, saver.answer

    def waits_for_the_lock(*args: Any) -> Any:
        monkeypatch.setattr(clock, "utc", lambda: utc() + timedelta(seconds=61))
        return taken(*args)

    monkeypatch.setattr(saver, "answer", waits_for_the_lock)

    with pytest.raises(DeadlinePassed):
        app.invoke(Command(resume="approve"), THREAD)
    assert [(row.action, row.given) for row in saver.decisions()] == [("reject", "timeout")]
