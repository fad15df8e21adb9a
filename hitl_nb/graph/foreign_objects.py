"""Understand LangGraph's objects where they mean the same here, and refuse the others."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from traceback import walk_tb
from typing import Any, Final

from hitl_nb.errors import ForeignObject, ForeignQuestion
from hitl_nb.types import INTERRUPT, UNSET, Command, Overwrite, Send

FRAMEWORK: Final = "langgraph"
_loaded = sys.modules
_ASK_HERE = (
    "ask its question here: from hitl_nb import interrupt; "
    "answer = interrupt(result['__interrupt__'][0].value); then invoke that graph, which needs a "
    "saver and a thread_id, with langgraph's Command(resume=answer)."
)
_CALLS: Final[Mapping[str, tuple[type[ForeignObject], str]]] = {
    "interrupt": (ForeignQuestion, "from hitl_nb import interrupt"),
    "get_stream_writer": (ForeignObject, "from hitl_nb import get_stream_writer"),
    "get_config": (ForeignObject, "def node(state, config)"),
    "get_runtime": (ForeignObject, "def node(state, runtime)"),
}
"""What fails outside of a run of LangGraph, and what to write in a node instead."""


def own(value: Any) -> Any:
    """Return a command, ``Send`` or ``Overwrite`` of LangGraph as one of ours.

    Anything else is returned as it is.

    Raises:
        ForeignQuestion: If it says that another graph waits for an answer.
        ForeignObject: If it asks for something that is not offered here.
    """
    if FRAMEWORK not in _loaded:
        return value
    kind = _foreign_class(value)
    if kind is None:
        return value
    name = f"{kind.__module__}.{kind.__name__}"
    match kind.__name__:
        case "Command":
            return _own_command(value, name)
        case "Send":
            if getattr(value, "timeout", None) is not None:
                raise ForeignObject(
                    name, "its timeout is not taken here: write add_node(..., timeout=...)."
                )
            return Send(value.node, value.arg)
        case "Overwrite":
            return Overwrite(value.value)
        case "Interrupt":
            raise ForeignQuestion(name, f"nobody is asked by returning it. {_here(value.value)}")
        case "GraphOutput":
            _refuse_questions(value.interrupts)
            raise ForeignObject(name, "a node returns state keys, so return its .value.")
    return value


def own_goto(goto: Any) -> Sequence[str | Send]:
    """Return where a command leads as a sequence of names and ``Send`` tasks of ours."""
    if isinstance(goto, (str, Send)):
        return (goto,)
    if isinstance(goto, (list, tuple)):
        return [item if isinstance(item, (str, Send)) else own(item) for item in goto]
    found = own(goto)
    return (found,) if isinstance(found, Send) else found


def own_update(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an update with every ``Overwrite`` of LangGraph as one of ours.

    Raises:
        ForeignQuestion: If it is the result of another graph that waits for an answer.
    """
    if FRAMEWORK not in _loaded:
        return update
    if INTERRUPT in update:
        _refuse_questions(update[INTERRUPT])
    if not any(type(value).__name__ == "Overwrite" for value in update.values()):
        return update
    return {
        name: own(value) if type(value).__name__ == "Overwrite" else value
        for name, value in update.items()
    }


def refuse_foreign_saver(saver: Any) -> None:
    """Refuse a saver of LangGraph.

    Raises:
        ForeignObject: If it is one.
    """
    kind = None if FRAMEWORK not in _loaded else _foreign_class(saver)
    if kind is not None:
        ours = "InMemorySaver" if "memory" in kind.__module__ else "SqliteSaver"
        raise ForeignObject(
            f"{kind.__module__}.{kind.__name__}",
            f"a graph of hitl_nb keeps its threads in a saver of its own. Write: "
            f"from hitl_nb import {ours}",
        )


def foreign_failure(error: BaseException) -> ForeignObject | None:
    """Return what to raise for an error that LangGraph raised because we run the node.

    None for any other error.
    """
    found = None if FRAMEWORK not in _loaded else _read_failure(error)
    if found is not None:
        found.__cause__ = error
    return found


def _read_failure(error: BaseException) -> ForeignObject | None:
    kind = next((item for item in type(error).__mro__ if item.__name__ == "GraphInterrupt"), None)
    if kind is not None and _is_foreign(kind):
        asked = error.args[0] if error.args else ()
        value = getattr(asked[0], "value", None) if asked and not isinstance(asked, str) else asked
        return ForeignQuestion(
            f"{kind.__module__}.{kind.__name__}",
            f"raised in a node of hitl_nb it asks nobody. {_here(value)}",
        )
    if not isinstance(error, (RuntimeError, KeyError)):
        return None
    for frame, _ in walk_tb(error.__traceback__):
        module, name = str(frame.f_globals.get("__name__")), frame.f_code.co_name
        if module.partition(".")[0] == FRAMEWORK:
            if name not in _CALLS:
                return None
            raised, instead = _CALLS[name]
            return raised(f"{module}.{name}", f"inside a graph of hitl_nb write: {instead}")
    return None


def _is_foreign(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == FRAMEWORK


def _foreign_class(value: Any) -> type | None:
    """Return the class of LangGraph that a value is an instance of."""
    return next((kind for kind in type(value).__mro__ if _is_foreign(kind)), None)


def _own_command(command: Any, name: str) -> Command:
    if command.graph not in (None, Command.PARENT):
        raise ForeignObject(
            name, f"graph={command.graph!r} is not offered here: only None and Command.PARENT are."
        )
    return Command(
        graph=command.graph,
        update=command.update,
        resume=UNSET if command.resume is None else command.resume,
        goto=own_goto(command.goto),
    )


def _here(value: Any) -> str:
    return f"To ask {value!r:.80} here, write: from hitl_nb import interrupt"


def _refuse_questions(questions: Any) -> None:
    """Refuse the open questions of another graph; nobody sees them in this one."""
    asked = questions if isinstance(questions, (list, tuple)) else (questions,)
    for question in asked:
        kind = _foreign_class(question)
        if kind is not None:
            raise ForeignQuestion(
                f"a result of {FRAMEWORK} that waits for an answer to {question.value!r:.80}",
                f"returned from a node it asks nobody. Before returning, {_ASK_HERE}",
            )
