"""Rows about which answer reaches which question, and what runs under it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import combinations, count
from operator import add
from typing import Annotated, Any, TypedDict

from figure import Figure, all_of, at, graph_of, none_of, place
from inboxes import Opened
from interfered import Interfered

from hitl_nb import (
    END,
    START,
    Approval,
    Command,
    CompiledGraph,
    Inbox,
    InMemorySaver,
    SqliteSaver,
    StateGraph,
    interrupt,
    once,
)
from hitl_nb.errors import DeadlinePassed, HitlError, StaleQuestion
from hitl_nb.savers import Saver, clock

ANSWERS: tuple[Any, ...] = (None, False, 0, "", {}, [], True)


def two_questions(saver: Saver) -> CompiledGraph:
    """Ask twice in a row, and keep both answers."""

    def first(state: dict[str, Any]) -> dict[str, Any]:
        return {"first": interrupt("Pay 1 EUR?")}

    def second(state: dict[str, Any]) -> dict[str, Any]:
        return {"second": interrupt("Pay 9000 EUR?")}

    return graph_of(first, second).compile(saver)


def late_answers(rounds: int) -> Figure:
    """Answer late: behind every call of a saver, by id, and by a second click."""
    strayed = tried = 0
    for call in count(1):
        saver = Interfered({call: lambda: None})
        strayed += strays_behind(saver, call)
        tried += 1
        if saver.visits:  # it made fewer calls than that
            break
    for _ in range(rounds):
        saver = InMemorySaver()  # type: ignore[assignment]
        app = two_questions(saver)
        question = app.invoke({}, at("t"))["__interrupt__"][0].id
        app.invoke(Command(resume={question: "yes"}), at("t"))
        with suppress(HitlError):
            app.invoke(Command(resume={question: "yes"}), at("t"))
        with suppress(HitlError):
            Inbox(saver).answer(question, "yes")
        strayed += len(saver.decisions()) > 1
        tried += 1
    return none_of(
        strayed + _clicked_twice(rounds),
        tried + rounds,
        "late answers that reached another question",
    )


def strays_behind(saver: Interfered, call: int) -> bool:
    """Whether a bare answer reaches the second question if the first is answered at a call."""
    app = two_questions(saver)
    app.invoke({}, at("t"))

    def ana() -> None:
        with suppress(HitlError):
            app.invoke(Command(resume="by ana"), at("t"))

    saver.calls, saver.visits = 0, {call: ana}
    with suppress(HitlError):
        app.invoke(Command(resume="by bob"), at("t"))
    answers = [row.answer for row in saver.decisions()]
    return len(answers) > 1 and set(answers) == {"by ana", "by bob"}


def _clicked_twice(rounds: int) -> int:
    strayed = 0
    for _ in range(rounds):
        saver = InMemorySaver()
        app = two_questions(saver)
        app.invoke({}, at("t"))
        opened = Opened(Inbox(saver, app))
        message = {"question": opened.form["id"], "nonce": "n", "answer": {"text": "yes"}}
        shown = {"seconds": 1.0, "characters": 1, "total": 1}
        for _click in range(2):
            opened.send("submit", **message, displayed=shown)
        strayed += len(saver.decisions()) != 1
    return strayed


def repeated_before_questions(rounds: int) -> Figure:
    """Do something before a question, through `once`, and count how often it was done."""
    done: list[int] = []

    def prepare(state: dict[str, Any]) -> dict[str, Any]:
        once(done.append, state["n"])
        return {"answer": interrupt("Go on?")}

    app = graph_of(prepare).compile(InMemorySaver())
    for n in range(rounds):
        app.invoke({"n": n}, at(f"t{n}"))
        app.invoke(Command(resume="yes"), at(f"t{n}"))
    return none_of(len(done) - rounds, rounds, "calls before a question made again")


def approved_unseen(rounds: int) -> Figure:
    """Ask for another amount each time the node runs; approve the one that was shown."""
    amounts = count(1)
    paid: list[int] = []
    asked_anew = 0

    def pay(state: dict[str, Any]) -> None:
        amount = next(amounts)
        if interrupt(Approval("Pay?", {"eur": amount})).approved:
            paid.append(amount)

    app = graph_of(pay).compile(InMemorySaver())
    for n in range(rounds):
        shown = app.invoke({}, at(f"t{n}"))["__interrupt__"][0]
        again = app.invoke(Command(resume="approve"), at(f"t{n}")).get("__interrupt__", ())
        asked_anew += [item.previous for item in again] == [shown.id]
    unseen = none_of(len(paid), rounds, "changed payloads approved unseen")
    return unseen._replace(met=unseen.met and asked_anew == rounds)


def lookalikes() -> list[tuple[Any, Any]]:
    """Return questions, as payload and schema, that differ and look alike."""
    from decimal import Decimal

    schema = {"type": "string"}
    numbers = [(item, None) for item in (1, True, 1.0, "1", Decimal(1), [1], {"1": 1}, -0.0, 0.0)]
    shaped = [("q", schema), (["q", schema], None), ("q", None), (["q", None], None)]
    nested = [({"a": item}, None) for item in (1, True, "1", None, [None], {})]
    return [*numbers, *shaped, *nested]


def equal_digests(size: int) -> Figure:
    """Ask questions that differ, and count pairs that commit to the same digest."""
    questions = lookalikes()
    digests = []
    for payload, schema in questions:

        def ask(state: dict[str, Any], payload: Any = payload, schema: Any = schema) -> None:
            interrupt(payload, response_schema=schema)

        result = StateGraph(name="ask").add_node("ask", lambda state, ask=ask: ask(state))
        app = result.add_edge(START, "ask").compile(InMemorySaver())
        digests.append(app.invoke({}, at("t"))["__interrupt__"][0].digest)
    pairs = list(combinations(digests, 2))
    return none_of(
        sum(one == other for one, other in pairs), len(pairs), "pairs with equal digests"
    )


class Bill(TypedDict, total=False):
    eur: int
    paid: int


def pays(payload: Callable[[Bill], Any], paid: list[int]) -> Callable[[Bill], dict[str, Any]]:
    def pay(state: Bill) -> dict[str, Any]:
        if not interrupt(Approval("Pay the bill?", payload(state))).approved:
            return {}
        paid.append(state["eur"])
        return {"paid": state["eur"]}

    return pay


def edited_under_forms(rounds: int) -> Figure:
    """Edit the state under an open form and approve; or approve, and then edit in another call."""
    paid: list[int] = []
    stale = 0
    for n in range(rounds):
        saver = InMemorySaver()
        app = graph_of(pays(lambda state: "the bill", paid), schema=Bill).compile(saver)
        question = app.invoke({"eur": 1}, at("t"))["__interrupt__"][0].id
        if n % 2:
            app.update_state(at("t"), {"eur": 9_000})
            with suppress(StaleQuestion):
                app.invoke(Command(resume={question: "approve"}), at("t"))
                stale -= 1
            stale += 1
        else:
            Inbox(saver).answer(question, "approve")
            with suppress(HitlError):
                app.invoke(Command(update={"eur": 9_000}), at("t"))
    ran = none_of(len(paid), rounds, "edited states run under an approval of another")
    return ran._replace(met=ran.met and stale == rounds // 2)


class Order(TypedDict, total=False):
    item: str
    note: str
    log: Annotated[list[str], add]


class LongerOrder(Order, total=False):
    limit: int


class ShorterOrder(TypedDict, total=False):
    item: str
    log: Annotated[list[str], add]


EDITS = (
    "rename", "remove", "insert a question", "reword a question", "edit the body", "add a field",
    "drop a field", "change an edge",
)  # fmt: skip


def program(edit: str | None = None, library: Any = None) -> Any:
    """Return a graph that asks, or the same after an edit, for this library or LangGraph."""
    make, ask = (library.StateGraph, library.interrupt) if library else (StateGraph, interrupt)
    first, last = (library.START, library.END) if library else (START, END)

    def approve(state: Order) -> dict[str, Any]:
        return {"log": [ask("Send it?")]}

    def approve_twice(state: Order) -> dict[str, Any]:
        return {"log": [ask("Is the address right?"), ask("Send it?")]}

    def approve_reworded(state: Order) -> dict[str, Any]:
        return {"log": [ask("Send it and pay 9000 EUR?")]}

    def approve_changed(state: Order) -> dict[str, Any]:
        return {"log": [ask("Send it?"), "and paid"]}

    def send(state: Order) -> dict[str, Any]:
        return {"log": ["sent"]}

    def burn(state: Order) -> dict[str, Any]:
        return {"log": ["burnt"]}

    schema = {"add a field": LongerOrder, "drop a field": ShorterOrder}.get(edit or "", Order)
    body = {
        "insert a question": approve_twice, "reword a question": approve_reworded,
        "edit the body": approve_changed,
    }.get(edit or "", approve)  # fmt: skip
    graph = make(schema)
    asks = "review" if edit == "rename" else "approve"
    graph.add_node("send", send)
    graph.add_node("burn", burn)
    if edit == "remove":
        graph.add_edge(first, "send")
    else:
        graph.add_node(asks, body)
        graph.add_edge(first, asks)
        graph.add_edge(asks, "burn" if edit == "change an edge" else "send")
    graph.add_edge("send", last)
    graph.add_edge("burn", last)
    return graph


def is_loud(
    edit: str, before: Any, after: Any, saver: Any, answer: Callable[[Any, Any], Any]
) -> bool:
    """Whether a thread that waits says that its code was edited, when it is answered."""
    paused = before.compile(saver).invoke({"item": "book", "note": "a gift"}, at(edit))
    question = paused["__interrupt__"][0]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            result = answer(after.compile(saver), question)
        except Exception:
            return True
    asked_anew = [item.value for item in result.get("__interrupt__", ())]
    return bool(heard) or (edit == "reword a question" and bool(asked_anew))


def loud_edits(size: int) -> Figure:
    """Edit code under an open question in eight ways, and count which are told."""

    def answer(app: CompiledGraph, question: Any) -> Any:
        return app.invoke(Command(resume={question.id: "yes"}), at(edit))

    silent = []
    for edit in EDITS:
        saver = InMemorySaver()
        if not is_loud(edit, program(), program(edit), saver, answer):
            silent.append(edit)
        elif not saver.decisions() and not saver.questions(edit):
            silent.append(f"{edit} (answer dropped)")
    told = all_of(len(EDITS) - len(silent), len(EDITS), "edits told")
    return told._replace(text=f"{told.text}{'; silent: ' * bool(silent)}{', '.join(silent)}")


class Log(TypedDict, total=False):
    log: Annotated[list[Any], add]


def ways_to_ask(ask: Any, make: Any, start: Any) -> Iterator[tuple[Any, list[str]]]:
    """Yield graphs, and what each asks."""

    def both(state: Log) -> dict[str, Any]:
        return {"log": [["a", ask("a")], ["b", ask("b")]]}

    def left(state: Log) -> dict[str, Any]:
        return {"log": [["a", ask("a")]]}

    def right(state: Log) -> dict[str, Any]:
        return {"log": [["b", ask("b")]]}

    one = make(Log)
    one.add_node("left", left)
    one.add_edge(start, "left")
    yield one, ["a"]
    two = make(Log)
    two.add_node("both", both)
    two.add_edge(start, "both")
    yield two, ["a", "b"]
    parallel = make(Log)
    for name, node in (("left", left), ("right", right)):
        parallel.add_node(name, node)
        parallel.add_edge(start, name)
    yield parallel, ["a", "b"]
    inner = make(Log)
    inner.add_node("both", both)
    inner.add_edge(start, "both")
    outer = make(Log)
    outer.add_node("inner", inner.compile())
    outer.add_edge(start, "inner")
    yield outer, ["a", "b"]


def is_delivered(app: Any, names: list[str], answer: Any, command: Any) -> bool:
    """Whether an answer, given to every question, arrives just once at each."""
    result = app.invoke({"log": []}, at("t"))
    for _ in names:
        asked = result.get("__interrupt__")
        if not asked:
            break
        by_id = {item.id: answer for item in asked}
        result = app.invoke(command(resume=answer if len(names) == 1 else by_id), at("t"))
    return sorted(map(repr, result.get("log", []))) == [repr([name, answer]) for name in names]


def awkward_answers(size: int) -> Figure:
    """Give awkward answers to several questions of one node, side by side and nested."""
    delivered = tried = 0
    for answer in ANSWERS:
        for graph, names in ways_to_ask(interrupt, StateGraph, START):
            tried += 1
            delivered += is_delivered(graph.compile(InMemorySaver()), names, answer, Command)
    return all_of(delivered, tried, "awkward answers delivered once each")


@contextmanager
def clock_ahead() -> Iterator[list[float]]:
    """Let the clock be ahead by so many seconds as stand in a list."""
    ahead, utc = [0.0], clock.utc
    clock.utc = lambda: utc() + timedelta(seconds=ahead[0])
    try:
        yield ahead
    finally:
        clock.utc = utc


class Behind(SqliteSaver):
    """A saver whose answers wait for the file until their time is over."""

    ahead: list[float]
    wait = 0.0

    def answer(self, *args: Any, **kwargs: Any) -> Any:
        self.ahead[0] += self.wait
        return super().answer(*args, **kwargs)


def late_behind_a_lock(rounds: int) -> Figure:
    """Answer in time, and let every answer wait for the file until its time is over."""
    accepted = 0
    with place() as directory, clock_ahead() as ahead, Behind(directory / "hitl.db") as saver:
        saver.ahead = ahead

        def pay(state: dict[str, Any]) -> dict[str, Any]:
            return {"action": interrupt(Approval("Pay?", "1 EUR", timeout=60)).action}

        app = graph_of(pay).compile(saver)
        for n in range(rounds):
            saver.wait = 0.0
            app.invoke({}, at(f"t{n}"))
            ahead[0] += 59
            saver.wait = 4.0
            with suppress(DeadlinePassed):
                app.invoke(Command(resume="approve"), at(f"t{n}"))
            saver.wait = 0.0
            with suppress(HitlError):
                app.invoke(None, at(f"t{n}"))
            rows = saver.decisions(f"t{n}")
            accepted += [row.given for row in rows] != ["timeout"]
    return none_of(accepted, rounds, "answers accepted after their time, or deadlines lost")
