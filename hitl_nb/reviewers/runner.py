"""Run a graph and let a reviewer answer what it asks, as a script does."""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from hitl_nb.engine.checkpoint_rows import new_run, open_questions
from hitl_nb.engine.sync import run_sync
from hitl_nb.errors import (
    AlreadyAnswered,
    ApprovedBefore,
    InvalidAnswer,
    MissingThread,
    OwnRequest,
    ReviewerPassedOver,
)
from hitl_nb.reviewers.protocol import PASS, Reviewer, as_reviewer, how_of
from hitl_nb.savers.memory import InMemorySaver
from hitl_nb.savers.records import DecisionRow
from hitl_nb.threads.answer_recording import Given, answer
from hitl_nb.threads.history import thread_of
from hitl_nb.threads.inputs import Input
from hitl_nb.threads.runs import threaded
from hitl_nb.types import INTERRUPT, Config

if TYPE_CHECKING:
    from hitl_nb.threads.graph_protocol import RunnableGraph


async def arun_with(
    graph: RunnableGraph,
    input: Input,
    config: Config | None = None,
    *,
    reviewer: Any,
    context: Any = None,
) -> dict[str, Any]:
    """Run until the graph is done, or asks what the reviewer leaves open.

    A thread that waits already goes on with its open questions, and the input is not used.

    Args:
        graph: What runs. Without a checkpointer its thread is kept in memory meanwhile.
        input: As for ``ainvoke``.
        config: As for ``ainvoke``; without one the thread gets an id of its own.
        reviewer: Who answers: a reviewer, a policy or a function of the question.
        context: Live objects for nodes that take ``runtime``; never stored.

    Returns:
        The state; while questions are open, also a list of them under ``"__interrupt__"``.

    Raises:
        AnswerError: If an answer of the reviewer does not fit its question.

    Warns:
        ReviewerPassedOver: If the reviewer approves what they may not; it waits for somebody else.
    """
    kept = graph if graph.checkpointer is not None else graph.kept_by(InMemorySaver())
    if config is None:
        config = {"configurable": {"thread_id": new_run()}}
    thread_id = thread_of(config, "run_with()")
    saver = kept.checkpointer
    assert saver is not None  # noqa: S101  (kept_by has seen to it)
    by = as_reviewer(reviewer)
    seen: set[str] = set()
    waits = bool(await threaded(saver, open_questions, kept.plan, saver, thread_id))
    state = None if waits else await kept.ainvoke(input, config, context=context)
    while state is None or INTERRUPT in state:
        _, goes_on = await _answer(kept, thread_id, by, seen)
        if goes_on or state is None:
            state = await kept.ainvoke(None, config, context=context)
        if not goes_on:
            break
    return state


def run_with(
    graph: RunnableGraph,
    input: Input,
    config: Config | None = None,
    *,
    reviewer: Any,
    context: Any = None,
) -> dict[str, Any]:
    """Run like `arun_with`, from synchronous code; works inside a notebook too.

    Example:
        >>> from hitl_nb import END, START, ScriptedReviewer, StateGraph, interrupt, run_with
        >>> graph = StateGraph().add_node("ask", lambda state: {"name": interrupt("Who?")})
        >>> graph = graph.add_edge(START, "ask").add_edge("ask", END).compile()
        >>> run_with(graph, {}, reviewer=ScriptedReviewer(["Ana"]))
        {'name': 'Ana'}
    """
    return run_sync(arun_with(graph, input, config, reviewer=reviewer, context=context))


async def answer_pending(
    graph: RunnableGraph, thread_id: str, reviewer: Any
) -> Sequence[DecisionRow]:
    """Let a reviewer answer what a thread asks; nothing runs.

    Args:
        graph: Whose thread it is; its checkpointer keeps it.
        thread_id: The thread.
        reviewer: A reviewer, a policy or a function of the question.

    Returns:
        The decisions, one for each question that was answered; what the reviewer left open and
        what somebody else was faster to answer is not among them.

    Raises:
        AnswerError: If an answer does not fit its question, which stays open.

    Warns:
        ReviewerPassedOver: If the reviewer approves what they may not; it waits for somebody else.
    """
    rows, _ = await _answer(graph, thread_id, as_reviewer(reviewer), set())
    return rows


async def _answer(
    graph: RunnableGraph, thread_id: str, by: Reviewer, seen: set[str]
) -> tuple[Sequence[DecisionRow], bool]:
    """Answer what is open and was not seen before, and note what was seen.

    Returns:
        The decisions, and whether there is an answer to go on with, whoever gave it.
    """
    saver = graph.checkpointer
    if saver is None:
        raise MissingThread("answer_pending()")
    rows: list[DecisionRow] = []
    late = False
    for question in await threaded(saver, open_questions, graph.plan, saver, thread_id):
        if question.id in seen:
            continue
        seen.add(question.id)
        reply = by.review(question)
        if isawaitable(reply):
            reply = await reply
        if reply is PASS:
            continue
        if reply is None and question.kind != "raw":
            raise InvalidAnswer(
                question.id,
                [((), f"the reviewer {by.name!r} returned None; to leave it open return PASS")],
            )
        given = Given(by.name, how_of(by))
        work = (answer, saver, thread_id, [question], graph.plan, {question.id: reply}, given)
        try:
            rows += await threaded(saver, *work)
        except AlreadyAnswered:  # by somebody faster, or by its deadline
            late = True
        except (ApprovedBefore, OwnRequest) as error:
            warnings.warn(f"{by.name!r} was passed over. {error}", ReviewerPassedOver, stacklevel=2)
    return rows, late or bool(rows)


def named_reviewer(name: str) -> Reviewer:
    """Return the reviewer that a setting names, such as the environment variable.

    Args:
        name: ``"console"``, or ``"module:attribute"`` for a reviewer, policy or function in a
            module, or a class of reviewers to be made without arguments.

    Raises:
        ValueError: If the name leads to no reviewer.
    """
    if name == "console":
        from hitl_nb.reviewers.console import ConsoleReviewer

        return ConsoleReviewer()
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise ValueError(
            f"{name!r} names no reviewer. Write 'console', or 'module:attribute' for one of your "
            f"own."
        )
    try:
        found = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{name!r} names no reviewer: {error}.") from error
    return as_reviewer(found() if isinstance(found, type) else found)
