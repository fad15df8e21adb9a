"""A call that was cut off is neither repeated nor taken for done: a person is asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stores import THREAD, State, chain

from hitl_nb import (
    Command,
    CompiledGraph,
    InMemorySaver,
    Policy,
    RetryPolicy,
    Rule,
    ScriptedReviewer,
    SqliteSaver,
    decisions,
    idempotency_key,
    once,
    run_with,
)
from hitl_nb.errors import (
    InterruptOutsideNode,
    NodeTimeout,
    OnceInsideItself,
    StoppedInDoubt,
    UnstorableValue,
)


class Died(BaseException):
    """Stands for the end of a process."""


class Effects:
    """Something in the world, and a process that dies while it is done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.die: str | None = None

    def pay(self, amount: int, *, note: str = "") -> dict[str, Any]:
        if self.die == "before":
            raise Died
        self.done.append(f"paid {amount}{note}")
        if self.die == "after":
            raise Died
        return {"receipt": len(self.done)}

    async def pay_later(self, amount: int) -> dict[str, Any]:
        await asyncio.sleep(0)
        return self.pay(amount)


@pytest.fixture
def effects() -> Effects:
    return Effects()


@pytest.fixture(params=["sync", "async", "awaitable"])
def app(
    request: pytest.FixtureRequest, effects: Effects, tmp_path: Path
) -> Callable[[], CompiledGraph]:
    """A graph that pays once, opened as a new process would open it."""

    def sync(state: State) -> dict[str, Any]:
        return {"log": [once(effects.pay, 40, note="!")["receipt"]]}

    async def later(state: State) -> dict[str, Any]:
        return {"log": [(await once(effects.pay_later, 40))["receipt"]]}

    async def awaitable(state: State) -> dict[str, Any]:
        return {"log": [(await once(lambda: effects.pay_later(40)))["receipt"]]}

    node = {"sync": sync, "async": later, "awaitable": awaitable}[request.param]
    return lambda: chain(node).compile(SqliteSaver(tmp_path / "hitl.db"))


def cut_off(app: Callable[[], CompiledGraph], effects: Effects, when: str) -> Any:
    """Let the process die in the call, and return what the next one has to ask."""
    effects.die = when
    with pytest.raises(Died):
        app().invoke({}, THREAD)
    effects.die = None
    (question,) = app().invoke(None, THREAD)["__interrupt__"]
    return question


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_was_cut_off_is_asked_about(
    app: Callable[[], CompiledGraph], effects: Effects, when: str
) -> None:
    before = len(effects.done)

    question = cut_off(app, effects, when)

    assert question.kind == "in_doubt"
    assert len(effects.done) == before + (when == "after")
    assert question.value.context["attempt"] == 1
    assert "process" in question.value.context["process"]
    assert app().get_state(THREAD).interrupts == (question,)


def test_the_evidence_names_the_call(effects: Effects) -> None:
    secret = threading.Lock()

    def node(state: State) -> None:
        once(effects.pay, 40, note=" at last")
        once(lambda *_: effects.pay(1), secret)

    app = chain(node).compile(InMemorySaver())
    (question,) = _waiting(app, effects, "before")

    assert question.value.context["function"].endswith("Effects.pay")
    assert question.value.context["arguments"] == {"1.": 40, "note": " at last"}
    effects.die = "before"
    with pytest.raises(Died):
        app.invoke(Command(resume="run"), THREAD)


def _waiting(app: CompiledGraph, effects: Effects, when: str) -> Any:
    effects.die = when
    with pytest.raises(Died):
        app.invoke({}, THREAD)
    effects.die = None
    return app.invoke(None, THREAD)["__interrupt__"]


@pytest.mark.parametrize("reply", [{"action": "happened", "value": {"receipt": 7}}])
def test_it_happened_and_the_run_goes_on_with_what_it_gave(
    app: Callable[[], CompiledGraph], effects: Effects, reply: Any
) -> None:
    cut_off(app, effects, "after")

    ended = app().invoke(Command(resume=reply), THREAD)

    assert ended["log"] == [7]
    assert len(effects.done) == 1
    assert app().get_state(THREAD).next == ()


@pytest.mark.parametrize("reply", ["run", False, {"action": "run"}])
def test_it_did_not_happen_and_is_done(
    app: Callable[[], CompiledGraph], effects: Effects, reply: Any
) -> None:
    cut_off(app, effects, "before")

    ended = app().invoke(Command(resume=reply), THREAD)

    assert ended["log"] == [1]
    assert len(effects.done) == 1


def test_it_is_asked_again_each_time_it_is_cut_off(
    app: Callable[[], CompiledGraph], effects: Effects
) -> None:
    first = cut_off(app, effects, "before")
    effects.die = "after"
    with pytest.raises(Died):
        app().invoke(Command(resume="run"), THREAD)
    effects.die = None

    (second,) = app().invoke(None, THREAD)["__interrupt__"]

    assert second.id != first.id
    assert second.value.context["attempt"] == 2
    told = {"action": "happened", "value": {"receipt": 1}}
    assert app().invoke(Command(resume=told), THREAD)["log"] == [1]
    assert len(effects.done) == 1


def test_a_run_that_was_stopped_asks_again_when_it_is_continued(
    app: Callable[[], CompiledGraph], effects: Effects
) -> None:
    cut_off(app, effects, "after")
    with pytest.raises(StoppedInDoubt, match=r"pay|lambda"):
        app().invoke(Command(resume="stop"), THREAD)

    (question,) = app().invoke(None, THREAD)["__interrupt__"]

    assert question.kind == "in_doubt"
    ended = app().invoke(Command(resume={question.id: "run"}), THREAD)
    assert ended["log"] == [2]


def test_what_was_decided_is_on_the_record(effects: Effects, tmp_path: Path) -> None:
    def node(state: State) -> None:
        once(effects.pay, 40)

    saver = SqliteSaver(tmp_path / "hitl.db")
    app = chain(node).compile(saver)
    _waiting(app, effects, "after")
    app.invoke(Command(resume={"action": "happened", "reviewer": "ana"}), THREAD)

    (row,) = decisions(saver).to_dict("records")
    assert (row["kind"], row["action"], row["reviewer"]) == ("in_doubt", "happened", "ana")


def test_a_script_and_a_function_may_tell(effects: Effects) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [once(effects.pay, 40)]}

    for reviewer in (ScriptedReviewer(["run"]), lambda question: {"action": "run"}):
        app = chain(node).compile(InMemorySaver())
        _waiting(app, effects, "before")
        assert run_with(app, None, THREAD, reviewer=reviewer)["log"]


def test_a_policy_leaves_it_to_people(effects: Effects) -> None:
    def node(state: State) -> None:
        once(effects.pay, 40)

    app = chain(node).compile(InMemorySaver())
    _waiting(app, effects, "before")

    left = run_with(app, None, THREAD, reviewer=Policy([Rule("auto")], name="all"))

    assert [item.kind for item in left["__interrupt__"]] == ["in_doubt"]


def test_a_repeatable_call_is_made_again(effects: Effects, tmp_path: Path) -> None:
    def node(state: State) -> dict[str, Any]:
        return {"log": [once(effects.pay, 40, repeatable=True)["receipt"]]}

    app = chain(node).compile(SqliteSaver(tmp_path / "hitl.db"))
    effects.die = "after"
    with pytest.raises(Died):
        app.invoke({}, THREAD)
    effects.die = None

    assert app.invoke(None, THREAD)["log"] == [2]
    (call,) = _calls(app)
    assert call.about["attempt"] == 2


def _calls(app: CompiledGraph) -> list[Any]:
    assert app.checkpointer is not None
    found = [call for stored in app.checkpointer.history("t") for call in stored.calls]
    assert found
    return found


def test_one_key_is_one_call_under_gather(effects: Effects) -> None:
    async def node(state: State) -> dict[str, Any]:
        both = await asyncio.gather(*(once(effects.pay_later, 40, key="k") for _ in range(3)))
        return {"log": [item["receipt"] for item in both]}

    assert chain(node).compile(InMemorySaver()).invoke({}, THREAD)["log"] == [1, 1, 1]
    assert len(effects.done) == 1
    assert chain(node).compile().invoke({})["log"] == [2, 2, 2]


def test_one_key_is_one_call_on_several_threads(effects: Effects, tmp_path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> dict[str, Any]:
        inside.set()
        assert go_on.wait(30)
        return effects.pay(40)

    async def node(state: State) -> dict[str, Any]:
        first = asyncio.create_task(asyncio.to_thread(once, slow, key="k"))
        await asyncio.to_thread(inside.wait, 30)
        second = asyncio.create_task(asyncio.to_thread(once, slow, key="k"))
        await asyncio.sleep(0)
        go_on.set()
        return {"log": [(await first)["receipt"], (await second)["receipt"]]}

    app = chain(node).compile(SqliteSaver(tmp_path / "hitl.db"))
    assert app.invoke({}, THREAD)["log"] == [1, 1]
    assert len(effects.done) == 1


def test_a_node_that_was_retried_after_its_time_takes_the_late_result(effects: Effects) -> None:
    tries: list[int] = []
    go_on = threading.Event()

    def slow() -> dict[str, Any]:
        assert go_on.wait(30)
        return effects.pay(40)

    def node(state: State) -> dict[str, Any]:
        tries.append(1)
        if len(tries) == 2:
            go_on.set()
        return {"log": [once(slow)["receipt"]]}

    policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=50)
    app = chain(node, timeout=0.2, retry_policy=policy).compile(InMemorySaver())

    assert app.invoke({}, THREAD)["log"] == [1]
    assert len(effects.done) == 1


async def test_a_cancelled_call_goes_on_and_its_retry_takes_the_result(effects: Effects) -> None:
    tries: list[int] = []
    go_on = asyncio.Event()

    async def slow() -> dict[str, Any]:
        await go_on.wait()
        return effects.pay(40)

    async def node(state: State) -> dict[str, Any]:
        tries.append(1)
        if len(tries) == 2:
            go_on.set()
        return {"log": [(await once(slow))["receipt"]]}

    policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=50)
    app = chain(node, timeout=0.2, retry_policy=policy).compile(InMemorySaver())

    assert (await app.ainvoke({}, THREAD))["log"] == [1]
    assert len(effects.done) == 1


def test_what_a_node_wants_done_after_its_time_is_refused(effects: Effects) -> None:
    go_on, heard = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def node(state: State) -> None:
        assert go_on.wait(30)
        try:
            once(effects.pay, 40)
        except BaseException as error:
            errors.append(error)
        heard.set()

    with pytest.raises(NodeTimeout):
        chain(node, timeout=0.01).compile(InMemorySaver()).invoke({}, THREAD)
    go_on.set()
    assert heard.wait(30)

    assert effects.done == []
    assert isinstance(errors[0], InterruptOutsideNode)


def test_a_result_that_came_after_the_run_was_given_up_is_taken_by_the_next(
    effects: Effects, tmp_path: Path
) -> None:
    go_on, paid = threading.Event(), threading.Event()

    def slow() -> dict[str, Any]:
        assert go_on.wait(30)
        try:
            return effects.pay(40)
        finally:
            paid.set()

    def node(state: State) -> dict[str, Any]:
        return {"log": [once(slow)["receipt"]]}

    saver = SqliteSaver(tmp_path / "hitl.db")
    with pytest.raises(NodeTimeout):
        chain(node, timeout=0.05).compile(saver).invoke({}, THREAD)
    go_on.set()
    assert paid.wait(30)

    assert chain(node, timeout=60).compile(saver).invoke(None, THREAD)["log"] == [1]
    assert len(effects.done) == 1


def test_a_result_that_cannot_be_stored_is_not_fetched_twice(effects: Effects) -> None:
    def node(state: State) -> None:
        once(lambda: (effects.pay(40), object()))

    app = chain(node).compile(InMemorySaver())
    for question in ({}, None):
        with pytest.raises(UnstorableValue, match="the result of once"):
            app.invoke(question, THREAD)

    assert len(effects.done) == 1


def test_a_call_inside_itself_is_an_error(effects: Effects) -> None:
    def again() -> Any:
        return once(again, key="k")

    def node(state: State) -> None:
        once(again, key="k")

    with pytest.raises(OnceInsideItself, match="'k'"):
        chain(node).compile(InMemorySaver()).invoke({}, THREAD)


def test_the_idempotency_key_is_the_same_each_time_and_for_no_other_call(
    effects: Effects, tmp_path: Path
) -> None:
    keys: list[str] = []

    def charge(amount: int) -> None:
        keys.append(idempotency_key())
        effects.pay(amount)

    def node(state: State) -> None:
        once(charge, 40)
        once(charge, 50)

    app = chain(node).compile(SqliteSaver(tmp_path / "hitl.db"))
    _waiting(app, effects, "before")
    app.invoke(Command(resume="run"), THREAD)

    first, again, other = keys
    assert first == again != other
    assert len(other) == 64
    with pytest.raises(InterruptOutsideNode, match="once"):
        idempotency_key()


def test_a_function_that_gives_something_to_await_is_one_call_under_gather(
    effects: Effects,
) -> None:
    async def node(state: State) -> dict[str, Any]:
        both = await asyncio.gather(
            *(once(lambda: effects.pay_later(40), key="k") for _ in range(3))
        )
        return {"log": [item["receipt"] for item in both]}

    assert chain(node).compile(InMemorySaver()).invoke({}, THREAD)["log"] == [1, 1, 1]
    assert len(effects.done) == 1
