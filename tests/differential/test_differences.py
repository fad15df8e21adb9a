"""Each entry of the table, shown by a tiny program that both libraries run."""

from __future__ import annotations

import asyncio
import operator
import threading
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest
from differential.building import OURS, THEIRS, Library
from differential.comparing import INTERRUPT
from differential.differences import DIFFERENCES

THREAD = {"configurable": {"thread_id": "t"}}
Show = Callable[[Library], Any]
SHOWN: dict[str, tuple[Show, Any, Any]] = {}


class State(TypedDict, total=False):
    word: Any
    log: Annotated[list[Any], operator.add]


def shows(name: str, theirs: Any, ours: Any) -> Callable[[Show], Show]:
    """Register a program that shows a difference, with what it gives on both."""

    def register(program: Show) -> Show:
        SHOWN[name] = program, theirs, ours
        return program

    return register


def graph(library: Library, *edges: tuple[Any, str], **nodes: Any) -> Any:
    declared = library.StateGraph(State)
    for name, function in nodes.items():
        declared.add_node(name, function)
    for start, end in edges or [*zip((library.START, *nodes), nodes, strict=False)]:
        declared.add_edge(start, end)
    return declared


def kept(library: Library, *edges: tuple[Any, str], saver: Any = None, **nodes: Any) -> Any:
    return graph(library, *edges, **nodes).compile(saver or library.InMemorySaver())


def says(word: str) -> Callable[[State], State]:
    return lambda state: {"log": [word]}


def asks(library: Library, *questions: Any) -> Callable[[State], State]:
    return lambda state: {"log": [library.interrupt(item) for item in questions]}


def given(work: Callable[[], Any]) -> Any:
    """Return the log and the open questions of a result, or the name of the error."""
    try:
        result = work()
    except Exception as error:
        return type(error).__name__
    if result is None:
        return None
    asked = [item.value for item in result.get(INTERRUPT, ())]
    return result["log"], *asked


def history(app: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(state.metadata["source"], state.next) for state in app.get_state_history(THREAD)]


@shows("every value is an answer", ["UnboundLocalError", ([], "ok?")], [([None],), ([{}],)])
def _(library: Library) -> Any:
    def answered(value: Any) -> Any:
        app = kept(library, ask=asks(library, "ok?"))
        app.invoke({}, THREAD)
        return given(lambda: app.invoke(library.Command(resume=value), THREAD))

    return [answered(None), answered({})]


@shows("an answer goes to what was shown", ([], "pay?"), ([], "delete?"))
def _(library: Library) -> Any:
    questions = ["pay?"]

    def ask(state: State) -> State:
        return {"log": [library.interrupt(item) for item in questions]}

    app = kept(library, ask=ask)
    app.invoke({}, THREAD)
    questions.insert(0, "delete?")
    return given(lambda: app.invoke(library.Command(resume="pay"), THREAD))


@shows("a changed question is asked again", (["approve"],), ([], 9_999))
def _(library: Library) -> Any:
    amounts = iter([10, 9_999])
    app = kept(library, pay=lambda state: {"log": [library.interrupt(next(amounts))]})
    app.invoke({}, THREAD)
    return given(lambda: app.invoke(library.Command(resume="approve"), THREAD))


@shows("an unknown state key is an error", (["a"],), "UnknownStateKey")
def _(library: Library) -> Any:
    app = kept(library, a=lambda state: {"log": ["a"], "lgo": ["typo"]})
    return given(lambda: app.invoke({}, THREAD))


@shows("an unknown target is an error", (["a"],), "UnknownTarget")
def _(library: Library) -> Any:
    app = kept(library, a=lambda state: library.Command(update={"log": ["a"]}, goto="nowhere"))
    return given(lambda: app.invoke({}, THREAD))


@shows("an unmapped route is named", "KeyError", "UnmappedRoute")
def _(library: Library) -> Any:
    declared = graph(library, a=says("a"))
    declared.add_conditional_edges("a", lambda state: "elsewhere", {"on": "a"})
    return given(lambda: declared.compile().invoke({}))


@shows("a caught pause is still a pause", (["went on"],), ([], "sure?"))
def _(library: Library) -> Any:
    def careful(state: State) -> State:
        try:
            return {"log": [library.interrupt("sure?")]}
        except Exception:
            return {"log": ["went on"]}

    return given(lambda: kept(library, careful=careful).invoke({}, THREAD))


@shows("a swallowed question stops the run", (["went on"],), "QuestionSwallowed")
def _(library: Library) -> Any:
    def careless(state: State) -> State:
        try:
            return {"log": [library.interrupt("sure?")]}
        except BaseException:
            return {"log": ["went on"]}

    return given(lambda: kept(library, careless=careless).invoke({}, THREAD))


@shows("an answer to an unknown thread is refused", ([], "ok?"), "UnknownThread")
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "ok?"))
    app.invoke({}, THREAD)
    typo = {"configurable": {"thread_id": "tt"}}
    return given(lambda: app.invoke(library.Command(resume="yes"), typo))


@shows("an answer to an unknown question is refused", ([], "ok?"), "UnknownQuestion")
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "ok?"))
    app.invoke({}, THREAD)
    return given(lambda: app.invoke(library.Command(resume={"a" * 32: "yes"}), THREAD))


@shows("a renamed node is reported", ([],), "NodeGone")
def _(library: Library) -> Any:
    saver = library.InMemorySaver()
    kept(library, saver=saver, ask=asks(library, "ok?")).invoke({}, THREAD)
    renamed = kept(library, saver=saver, inquire=asks(library, "ok?"))
    return given(lambda: renamed.invoke(library.Command(resume="yes"), THREAD))


@shows("an answer goes nowhere else", (["yes", "b"],), "InvalidUpdate")
def _(library: Library) -> Any:
    app = kept(library, (library.START, "ask"), ask=asks(library, "ok?"), b=says("b"))
    app.invoke({}, THREAD)
    return given(lambda: app.invoke(library.Command(resume="yes", goto="b"), THREAD))


@shows("an unknown checkpoint is an error", {}, "UnknownCheckpoint")
def _(library: Library) -> Any:
    app = kept(library, a=says("a"))
    app.invoke({}, THREAD)
    at = {"configurable": {"thread_id": "t", "checkpoint_id": "1f0"}}
    try:
        return app.get_state(at).values
    except LookupError as error:
        return type(error).__name__


@shows("a tuple stays a tuple", [1, 2], (1, 2))
def _(library: Library) -> Any:
    app = kept(library, a=lambda state: {"word": (1, 2)})
    app.invoke({}, THREAD)
    return app.get_state(THREAD).values["word"]


@shows("an answer to nothing is refused", (["yes"],), "AlreadyAnswered")
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "ok?"))
    (question,) = app.invoke({}, THREAD)[INTERRUPT]
    app.invoke(library.Command(resume={question.id: "yes"}), THREAD)
    return given(lambda: app.invoke(library.Command(resume={question.id: "no"}), THREAD))


@shows("an answered question is closed", ["ok?"], [])
def _(library: Library) -> Any:
    def fails(state: State) -> State:
        library.interrupt("ok?")
        raise OSError("the network is down")

    app = kept(library, fails=fails)
    app.invoke({}, THREAD)
    with pytest.raises(OSError, match="the network is down"):
        app.invoke(library.Command(resume="yes"), THREAD)
    return [item.value for item in app.get_state(THREAD).interrupts]


@shows("input beside a question is refused", (["in", "again"], "ok?"), "QuestionOpen")
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "ok?"))
    app.invoke({"log": ["in"]}, THREAD)
    return given(lambda: app.invoke({"log": ["again"]}, THREAD))


@shows("input at a breakpoint is its update", (["a", "more", "a"],), (["a", "more", "b"],))
def _(library: Library) -> Any:
    saver = library.InMemorySaver()
    app = graph(library, a=says("a"), b=says("b")).compile(saver, interrupt_before=["b"])
    app.invoke({}, THREAD)
    return given(lambda: app.invoke({"log": ["more"]}, THREAD))


def _beside(library: Library) -> Any:
    edges = (library.START, "a"), (library.START, "b"), (library.START, "ask")
    return kept(library, *edges, a=says("a"), b=asks(library, "b?"), ask=asks(library, "ok?"))


@shows("a finished task is shown once", ["a", "b"], ["b"])
def _(library: Library) -> Any:
    app = _beside(library)
    names = {item.value: item.id for item in app.invoke({}, THREAD)[INTERRUPT]}
    items = app.stream(library.Command(resume={names["b?"]: "b"}), THREAD, stream_mode="updates")
    return sorted(name for item in items for name in item if name in ("a", "b"))


@shows("a pause is one item of a values stream", [1, 1, 0], [2])
def _(library: Library) -> Any:
    _, *paused = _beside(library).stream({"word": "in"}, THREAD, stream_mode="values")
    return [len(item.get(INTERRUPT, ())) for item in paused]


@shows(
    "a command with goto is a checkpoint",
    [("loop", ()), ("loop", ())],
    [("loop", ()), ("input", ("a",)), ("loop", ())],
)
def _(library: Library) -> Any:
    app = kept(library, a=says("a"))
    app.invoke({}, THREAD)
    app.invoke(library.Command(goto="a"), THREAD)
    return history(app)[:-2]


@shows("an update replaces what was planned", ("d", "e"), ("e",))
def _(library: Library) -> Any:
    nodes = {name: says(name) for name in "abde"}
    edges = (library.START, "a"), (library.START, "b"), (["a", "b"], "d"), ("d", "e")
    app = graph(library, *edges, **nodes).compile(library.InMemorySaver(), interrupt_before=["d"])
    app.invoke({}, THREAD)
    app.update_state(THREAD, {"log": ["mine"]}, as_node="d")
    return app.get_state(THREAD).next


@shows("a late answer reaches nothing else", (["1", "2"],), "AlreadyAnswered")
def _(library: Library) -> Any:
    saver = library.InMemorySaver()
    ana, ben = (
        kept(library, saver=saver, a=asks(library, "a?"), b=asks(library, "b?")) for _ in range(2)
    )
    ben.invoke({}, THREAD)
    ana.invoke(library.Command(resume="1"), THREAD)
    return given(lambda: ben.invoke(library.Command(resume="2"), THREAD))


@shows("an answer holds for the state it was given to", (["yes", "sure"],), ([], "ok?"))
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "ok?", "really?"))
    app.invoke({"word": 1}, THREAD)
    app.invoke(library.Command(resume="yes"), THREAD)
    return given(lambda: app.invoke(library.Command(resume="sure", update={"word": 2}), THREAD))


@shows("what a command wrote stays written", None, "told")
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "one?", "two?"))
    app.invoke({}, THREAD)
    app.invoke(library.Command(resume="yes", update={"word": "told"}), THREAD)
    app.update_state(THREAD, {"log": ["mine"]}, as_node="ask")
    return app.get_state(THREAD).values.get("word")


@shows("the recursion limit counts the supersteps of nodes", "GraphRecursionError", (["a", "b"],))
def _(library: Library) -> Any:
    app = graph(library, a=says("a"), b=says("b")).compile()
    return given(lambda: app.invoke({}, {"recursion_limit": 2}))


@shows("a command may lead to a deferred node", (["a"],), (["a", "late"],))
def _(library: Library) -> Any:
    declared = graph(library, a=says("a")).add_node("late", says("late"), defer=True)
    app = declared.compile(library.InMemorySaver())
    app.invoke({}, THREAD)
    return given(lambda: app.invoke(library.Command(goto="late"), THREAD))


@shows("an update is from the node that wrote last", (), ("b",))
def _(library: Library) -> Any:
    app = kept(library, a=says("a"), b=says("b"))
    app.invoke({}, THREAD)
    app.update_state(THREAD, {"log": ["first"]}, as_node="a")
    app.update_state(THREAD, {"log": ["second"]})
    return app.get_state(THREAD).next


@shows("a thread that is done does not stop", ["a", INTERRUPT], ["a"])
def _(library: Library) -> Any:
    app = graph(library, a=says("a")).compile(library.InMemorySaver(), interrupt_after=["a"])
    return [name for item in app.stream({}, THREAD, stream_mode="updates") for name in item]


@shows("an update cannot wait for a person", "KeyError", "InvalidUpdate")
def _(library: Library) -> Any:
    declared = graph(library, a=says("a"))
    declared.add_conditional_edges("a", lambda state: library.interrupt("where to?"), ["a"])
    app = declared.compile(library.InMemorySaver())
    return given(lambda: app.update_state(THREAD, {"log": ["mine"]}, as_node="a"))


@shows("a node runs once before its route asks", ["a", "a"], ["a"])
def _(library: Library) -> Any:
    ran: list[str] = []
    declared = graph(library, a=lambda state: ran.append("a"))
    declared.add_conditional_edges("a", lambda state: library.interrupt("where?"), [library.END])
    app = declared.compile(library.InMemorySaver())
    app.invoke({}, THREAD)
    app.invoke(library.Command(resume=library.END), THREAD)
    return ran


@shows("an answer by id answers one question", ([1, 2, 1],), ([], "three?"))
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "one?", "two?", "three?"))
    app.invoke({}, THREAD)
    (question,) = app.invoke(library.Command(resume=1), THREAD)[INTERRUPT]
    return given(lambda: app.invoke(library.Command(resume={question.id: 2}), THREAD))


@shows("a deferred node waits for Send tasks", (["a", "late", "sent"],), (["a", "sent", "late"],))
def _(library: Library) -> Any:
    def a(state: State) -> Any:
        return library.Command(update={"log": ["a"]}, goto=["late", library.Send("sent", {})])

    declared = graph(library, (library.START, "a"), a=a, sent=says("sent"))
    return given(lambda: declared.add_node("late", says("late"), defer=True).compile().invoke({}))


@shows("an answer at an earlier checkpoint is a fork", (["yes"],), (["no"],))
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "ok?"))
    app.invoke({}, THREAD)
    asked = app.get_state(THREAD).config
    app.invoke(library.Command(resume="yes"), THREAD)
    return given(lambda: app.invoke(library.Command(resume="no"), asked))


@shows("a question waits while its siblings run", ["b", "ok", "ok"], ["b", "ok"])
def _(library: Library) -> Any:
    ran: list[str] = []

    def asking(name: str) -> Callable[[State], State]:
        def node(state: State) -> State:
            ran.append(name)
            return {"log": [library.interrupt(f"{name}?")]}

        return node

    app = kept(library, (library.START, "b"), (library.START, "ok"), b=asking("b"), ok=asking("ok"))
    names = {item.value: item.id for item in app.invoke({}, THREAD)[INTERRUPT]}
    app.invoke(library.Command(resume={names["b?"]: "yes"}), THREAD)
    ran.remove("b")  # which runs again, to take its answer
    return sorted(ran)


@shows("continuing answers nothing", (["one", "one"],), ([], "two?"))
def _(library: Library) -> Any:
    app = kept(library, ask=asks(library, "one?", "two?"))
    app.invoke({}, THREAD)
    app.invoke(library.Command(resume="one"), THREAD)
    return given(lambda: app.invoke(None, THREAD))


@shows("a failing superstep lets siblings finish", [], ["slow"])
def _(library: Library) -> Any:
    done: list[str] = []

    async def fails(state: State) -> State:
        raise OSError("the network is down")

    async def slow(state: State) -> State:
        for _ in range(9):
            await asyncio.sleep(0)
        done.append("slow")
        return {}

    edges = (library.START, "fails"), (library.START, "slow")
    app = kept(library, *edges, fails=fails, slow=slow)
    with pytest.raises(OSError, match="the network is down"):
        asyncio.run(app.ainvoke({}, THREAD))
    return done


class LateSaver(THEIRS.InMemorySaver):  # type: ignore[misc, name-defined]
    """Writes nothing before the gate is open, as a slow disk may."""

    def __init__(self, gate: threading.Event) -> None:
        super().__init__()
        self.gate = gate

    def put(self, *args: Any) -> Any:
        self.gate.wait(5)
        return super().put(*args)


@shows("a checkpoint does not change", ("c", "d"), ("c",))
def _(library: Library) -> Any:
    gate = threading.Event()

    def d(state: State) -> State:
        gate.set()
        return {"log": ["d"]}

    saver = LateSaver(gate) if library is THEIRS else None
    edges = (library.START, "a"), (library.START, "b"), ("b", "c"), (["a", "c"], "d")
    app = kept(library, *edges, saver=saver, a=says("a"), b=says("b"), c=says("c"), d=d)
    app.invoke({}, THREAD)
    return next(state.next for state in app.get_state_history(THREAD) if "c" in state.next)


@pytest.mark.parametrize("library", [THEIRS, OURS], ids=lambda library: library.name)
@pytest.mark.parametrize("name", SHOWN)
def test_both_do_what_the_table_says(name: str, library: Library) -> None:
    program, theirs, ours = SHOWN[name]

    assert program(library) == (ours if library is OURS else theirs)


def test_every_difference_is_shown() -> None:
    names = [item.id for item in DIFFERENCES]

    assert sorted(names) == sorted(set(names))
    assert set(names) == set(SHOWN)


def test_every_difference_differs() -> None:
    assert [name for name, (_, theirs, ours) in SHOWN.items() if theirs == ours] == []
