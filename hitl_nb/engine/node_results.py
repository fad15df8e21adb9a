"""Read what nodes and routes return."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hitl_nb.engine.interrupts import ParentCommand
from hitl_nb.errors import InvalidUpdate, UnmappedRoute
from hitl_nb.graph.builder import ConditionalEdge, unknown_target
from hitl_nb.graph.foreign_objects import own, own_goto, own_update
from hitl_nb.graph.planner import Goto, Outcome, Plan, Task, Update, writer_title
from hitl_nb.graph.state_schema import as_update
from hitl_nb.types import END, UNSET, Command, Send


def read_result(task: Task, result: Any) -> Outcome:
    """Read what a node returned: nothing, an update, a ``Command``, or a list of these.

    Raises:
        InvalidUpdate: If it is none of them.
        ParentCommand: If it is a command for the graph around this one.
    """
    if result is None:
        return Outcome(task)
    if type(result) is dict:
        return Outcome(task, (own_update(result),))
    updates: list[Update] = []
    goto: list[str | Send] = []
    for returned in result if isinstance(result, (list, tuple)) else (result,):
        item = returned if isinstance(returned, (Command, Send)) else own(returned)
        if isinstance(item, Command):
            if item.graph == Command.PARENT:
                raise ParentCommand(item)
            updates.extend(_command_updates(item, task))
            goto.extend(own_goto(item.goto))
        elif isinstance(item, Send):
            goto.append(item)
        else:
            updates.append(_one_update(item, task))
    return Outcome(task, tuple(updates), tuple(goto))


def read_route(plan: Plan, edge: ConditionalEdge, returned: Any) -> Goto:
    """Read what a route returned as the nodes and ``Send`` tasks it leads to.

    Raises:
        UnmappedRoute: If its mapping does not hold a returned word.
        UnknownTarget: If it names a node the graph does not have.
    """
    items = returned if isinstance(returned, (list, tuple)) else [returned]
    goto: list[str | Send] = []
    for given in items:
        item = given if isinstance(given, (str, Send)) else own(given)
        if isinstance(item, Send) or edge.mapping is None:
            goto.append(item)
        elif item in edge.mapping:
            goto.append(edge.mapping[item])
        else:
            raise UnmappedRoute(edge.source, item, tuple(edge.mapping))
    for target in goto:
        name = target.node if isinstance(target, Send) else target
        if name != END and name not in plan.nodes:
            raise unknown_target(name, f"The route after {edge.source!r}", plan.nodes)
    return tuple(goto)


def _command_updates(command: Command, task: Task) -> Iterable[Update]:
    if command.resume is not UNSET:
        raise InvalidUpdate(
            f"{writer_title(task.node)} returned Command(resume=...), but a node cannot answer a "
            f"question. Resume from outside, through the graph's input."
        )
    if command.update is not None:
        yield _one_update(command.update, task)


def _one_update(value: Any, task: Task) -> Update:
    update = as_update(value)
    if update is None:
        raise InvalidUpdate(
            f"{writer_title(task.node)} returned {type(value).__name__} {value!r:.80}. Return a "
            f"dict of state keys, a Command, or None."
        )
    return own_update(update)


def updates_of(outcome: Outcome) -> Update | list[Update] | None:
    """Return a task's updates the way update streams show them: as one, if no key repeats."""
    if len(outcome.updates) == 1:
        return outcome.updates[0] or None
    writes = [item for update in outcome.updates for item in update.items()]
    joined = dict(writes)
    return (joined or None) if len(joined) == len(writes) else [{key: it} for key, it in writes]
