"""Where a program is, and which of its steps would show a difference from LangGraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from differential.programs import (
    START,
    Answer,
    Break,
    Bulk,
    Continue,
    Graph,
    Mend,
    Order,
    Program,
    Run,
    Step,
    Update,
)


@dataclass(frozen=True)
class Situation:
    """Where a program is before a step.

    Args:
        program: The program.
        past: The steps carried out so far.
        state: The thread as LangGraph describes it.
        history: The thread as it was, newest first, as LangGraph describes it.
        failed: Whether the last run ended with an error.
    """

    program: Program
    past: tuple[Step, ...]
    state: Any
    history: Sequence[Any] = ()
    failed: bool = False

    @property
    def asks(self) -> bool:
        """Whether a question is open."""
        return bool(self.state.interrupts)

    @property
    def broken(self) -> bool:
        """Whether a node fails at the moment."""
        last = next((step for step in self.past[::-1] if isinstance(step, (Break, Mend))), None)
        return isinstance(last, Break)


def never(situation: Situation, step: Step) -> bool:
    return False


def answers_nothing(situation: Situation, step: Step) -> bool:
    return isinstance(step, Answer) and not situation.asks


def answered_and_not_done(situation: Situation, step: Step) -> bool:
    inner = (node.inner for node in situation.program.graph.all_nodes() if node.inner)
    stops = any(graph.stops for graph in inner)
    return isinstance(step, Answer) and ((situation.failed and _answered(situation)) or stops)


def input_beside_a_question(situation: Situation, step: Step) -> bool:
    return isinstance(step, (Run, Order)) and situation.asks


def input_at_a_breakpoint(situation: Situation, step: Step) -> bool:
    waits = situation.state.next and not situation.failed
    stops = any(graph.stops for graph in situation.program.graph.all_graphs())
    return isinstance(step, (Run, Order)) and bool(stops and waits)


def goes_to_a_pause(situation: Situation, step: Step) -> bool:
    if not isinstance(step, Order) or not step.goes:
        return False
    graph = situation.program.graph
    asks = {node.name for node in graph.nodes if node.asks or node.inner}
    asks |= {route.source for route in graph.routes if route.asks}
    return bool({step.goes, *situation.state.next} & asks or graph.before or situation.broken)


def updates_beside_kept(situation: Situation, step: Step) -> bool:
    graph, back = situation.program.graph, getattr(step, "back", 0)
    kept = {target for _, target in graph.joins} | {node.name for node in graph.nodes if node.defer}
    several = isinstance(step, Bulk) and len(step.supersteps) > 1
    if not isinstance(step, (Update, Bulk)) or not situation.history:
        return False
    return bool(kept if several else kept.intersection(situation.history[back].next))


def after_a_written_answer(situation: Situation, step: Step) -> bool:
    wrote = [item for item in situation.past if isinstance(item, (Answer, Order)) and item.word]
    return isinstance(step, (Update, Bulk)) and bool(wrote)


def goes_to_deferred(situation: Situation, step: Step) -> bool:
    deferred = {node.name for node in situation.program.graph.nodes if node.defer}
    return isinstance(step, Order) and step.goes in deferred


def from_another_writer(situation: Situation, step: Step) -> bool:
    if not isinstance(step, Update) or step.as_node or len(situation.history) <= step.back + 1:
        return False
    graph, (at, older) = situation.program.graph, situation.history[step.back : step.back + 2]
    sent = {name for node in graph.nodes for name in node.sends}
    sent |= {name for route in graph.routes if route.how == "sends" for name in route.targets}
    unsure = sent | {target for _, target in graph.joins}
    return at.metadata["source"] != "loop" or not unsure.isdisjoint(older.next)


def before_an_asking_route(situation: Situation, step: Step) -> bool:
    asking = {route.source for route in situation.program.graph.routes if route.asks}
    match step:
        case Update():
            return step.as_node in asking or bool(asking and not step.as_node)
        case Bulk():
            return any(name in asking for names in step.supersteps for name in names)
    return False


def beside_a_failure(situation: Situation, step: Step) -> bool:
    graph = situation.program.graph
    alone = len(situation.history[0].next) == 1 if situation.history else True
    nested = any(node.inner for node in graph.nodes)
    goes_on = isinstance(step, (Continue, Mend, Break))
    return situation.failed and not goes_on and (nested or not alone)


def beside_an_asking_route(situation: Situation, step: Step) -> bool:
    asking = any("~" in str(item.value) for item in situation.state.interrupts)
    return isinstance(step, (Answer, Continue)) and asking and situation.broken


def by_id_before_more(situation: Situation, step: Step) -> bool:
    if not isinstance(step, Answer) or not (step.by_id or len(situation.state.interrupts) > 1):
        return False
    nested = any(node.inner for node in situation.program.graph.nodes)
    return _answered(situation) and (
        nested
        or any(_asks_more(situation.program, item.value) for item in situation.state.interrupts)
    )


def _asks_more(program: Program, payload: Any) -> bool:
    """Whether the task that asks this will ask more once it has the answer."""
    text, number = (payload, 0) if isinstance(payload, str) else payload.values()
    name, _, route = text.split("/")[0].partition("~")
    asks = next(node.asks for node in program.graph.all_nodes() if node.name == name)
    return (not route and number + 1 < asks) or any(
        other.asks and name.startswith(other.source) and (not route or place > int(route))
        for graph in program.graph.all_graphs()
        for place, other in enumerate(graph.routes)
    )


def sends_beside_deferred(situation: Situation, step: Step) -> bool:
    return any(_may_send_beside_deferred(graph) for graph in situation.program.graph.all_graphs())


def _may_send_beside_deferred(graph: Graph) -> bool:
    """Whether a deferred node may be pending when Send tasks run."""
    deferred = {node.name for node in graph.nodes if node.defer}
    senders = {node.name for node in graph.nodes if node.sends}
    senders |= {route.source for route in graph.routes if route.how == "sends"}
    leads = [*graph.edges, *((start, end) for starts, end in graph.joins for start in starts)]
    leads += [(route.source, name) for route in graph.routes for name in route.targets]
    leads += [(node.name, name) for node in graph.nodes for name in (*node.goes, *node.sends)]
    first = {end for start, end in leads if start == START} | {graph.entry} - {""}
    simple = (
        len(senders) == 1
        and first <= senders
        and not any(end in senders and start != START for start, end in leads)
        and not any(start in senders and end in deferred for start, end in leads)
    )
    return bool(deferred and senders) and not simple


def back_to_a_join(situation: Situation, step: Step) -> bool:
    back = getattr(step, "back", 0)
    joins = {target for _, target in situation.program.graph.joins}
    return bool(back and joins)


def continues_beside_answers(situation: Situation, step: Step) -> bool:
    graphs = list(situation.program.graph.all_graphs())
    asks = sum(node.asks for graph in graphs for node in graph.nodes)
    asks += sum(route.asks for graph in graphs for route in graph.routes)
    again = (_answered(situation) and not (situation.failed and asks < 2)) or situation.broken
    return isinstance(step, Continue) and situation.asks and again


def edits_under_questions(situation: Situation, step: Step) -> bool:
    """Whether a step edits the state under a question that it does not answer."""
    if not isinstance(step, (Answer, Order)) or not step.word:
        return False
    partial = isinstance(step, Answer) and len(situation.state.interrupts) > 1
    return partial or _answered(situation)


def partial_beside_broken(situation: Situation, step: Step) -> bool:
    partial = isinstance(step, Answer) and step.which in ("first", "last")
    return partial and situation.broken


def _answered(situation: Situation) -> bool:
    return any(isinstance(step, Answer) for step in situation.past)
