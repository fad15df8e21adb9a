"""Gate an action: decide how far it may go, ask if it must be asked, and record either way."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from hitl_nb.codec import digest
from hitl_nb.engine.interrupts import current_task, decide_now, interrupt
from hitl_nb.engine.once import once
from hitl_nb.policies.escalation import Escalation
from hitl_nb.policies.gate_question import GateCase, GateOptions
from hitl_nb.policies.ladder import climb
from hitl_nb.policies.policy import Policy, Verdict

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request, Turn
    from hitl_nb.requests.decision import Decision


class Gated(NamedTuple):
    """What became of a gated call.

    Args:
        decision: Who decided what.
        result: What the call returned; None if it was not made.
    """

    decision: Decision
    result: Any = None


def gate(
    action: str,
    args: Mapping[str, Any],
    *,
    policy: Policy,
    escalation: Escalation | None = None,
    key: str | None = None,
    **options: Unpack[GateOptions],
) -> Decision:
    """Ask whether an action may be done, if its policy says so; for use in a node.

    What is decided without asking is on the record like any other decision. An edit that the
    policy is stricter about is asked about again.

    Args:
        action: What it is called, such as the tool's name.
        args: Its arguments.
        policy: How far it may go by itself.
        escalation: Who is asked, and who is asked next.
        key: A name that tells equal actions of one node apart.
        options: What else is known or wanted: ``confidence``, ``risk``, ``amount`` and ``tags`` for
            the policy, ``error`` for the ladder, and the fields of `Approval`, which go before
            what the policy's rule says.

    Returns:
        The decision. Its value holds the arguments that may run, if it is approved.

    Raises:
        InterruptOutsideNode: If no node is running here.
        TypeError: If a reviewer of the ladder is async; that takes ``await agate(...)``.

    Example:
        >>> from hitl_nb import END, START, Policy, StateGraph, gate
        >>> def refund(state):
        ...     decision = gate("refund", {"amount": 12}, policy=Policy.fixed("auto"))
        ...     return {"paid": decision.value["amount"], "by": decision.reviewer}
        >>> graph = StateGraph().add_node(refund).add_edge(START, "refund").add_edge("refund", END)
        >>> graph.compile().invoke({})
        {'paid': 12, 'by': 'always auto'}
    """
    work = agate(action, args, policy=policy, escalation=escalation, key=key, **options)
    return _at_once(work)


async def agate(
    action: str,
    args: Mapping[str, Any],
    *,
    policy: Policy,
    escalation: Escalation | None = None,
    key: str | None = None,
    **options: Unpack[GateOptions],
) -> Decision:
    """Gate an action like `gate`, with reviewers on the ladder that may be async."""
    types = current_task("gate()").host.types
    case = GateCase(policy, escalation, key, options)
    wanted = case.action(action, args)
    verdict = case.judge(wanted)
    history: tuple[Turn, ...] = ()
    while True:
        request = case.ask_about(verdict, wanted, history)
        decision = await _decide(request, case, verdict)
        if not decision.approved:
            return decision
        approved = dict(wanted.args) if decision.value is True else _by_name(decision.value)
        decision = replace(decision, value=approved)
        if digest(approved, types) == digest(dict(wanted.args), types):
            return decision
        # An amount told beside the arguments is that of what was proposed.
        wanted = replace(wanted, args=approved, amount=None)
        after = case.judge(wanted, edited=True)
        if not after.stricter_than(verdict):
            return decision
        history = (*_without_approvals(decision.history), _proposed(decision, request))
        verdict = after.at_least(verdict)


def gated(
    function: Callable[..., Any],
    args: Mapping[str, Any],
    *,
    policy: Policy,
    name: str | None = None,
    **options: Any,
) -> Gated:
    """Gate a call, and make it once with exactly the arguments that were approved.

    Args:
        function: What to call; of an async function the result is to be awaited, as usual.
        args: The arguments, by name.
        policy: How far it may go by itself.
        name: What the action is called; by default like the function.
        options: As for `gate`.

    Example:
        >>> from hitl_nb import END, START, Policy, StateGraph, gated
        >>> def pay(amount):
        ...     return f"paid {amount}"
        >>> def node(state):
        ...     return {"done": gated(pay, {"amount": 12}, policy=Policy.fixed("auto")).result}
        >>> graph = StateGraph().add_node(node).add_edge(START, "node").add_edge("node", END)
        >>> graph.compile().invoke({})
        {'done': 'paid 12'}
    """
    decision = gate(name or function.__name__, args, policy=policy, **options)
    if not decision.approved:
        return Gated(decision)
    args = copy.deepcopy(decision.value)  # which the call may change
    return Gated(decision, once(_call(function, args), key=f"gated:{decision.question}"))


def _call(function: Callable[..., Any], args: Mapping[str, Any]) -> Callable[[], Any]:
    """Return a call that takes no arguments, lest one of them is called like those of `once`."""
    if iscoroutinefunction(function):

        async def later() -> Any:
            return await function(**args)

        return later
    return partial(function, **args)


async def _decide(request: Request, case: GateCase, verdict: Verdict) -> Decision:
    """Get a decision: from the policy, from a rung that answers by itself, or from a person."""
    escalation = case.escalation
    if verdict.mode == "auto":
        reply = {"action": "approve", "comment": verdict.reason}
        return decide_now(request, reply, reviewer=verdict.policy, given="policy", key=case.key)
    if escalation is not None:
        by_hand = verdict.mode == "manual" or verdict.sampled
        if request.role is None:
            error = case.options.get("error")
            request = escalation.apply(request, error=error, people=by_hand)
        if not by_hand:
            decision, request = await climb(request, escalation, case.key)
            if decision is not None:
                return decision
    return interrupt(request, key=case.key)


def _by_name(value: Any) -> dict[str, Any]:
    """Return arguments by name, also of an instance of their type."""
    if dataclasses.is_dataclass(value):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    return dict(value)


def _without_approvals(history: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Leave out who approved what is no longer proposed."""
    return tuple(turn for turn in history if turn.action not in ("approve", "edit"))


def _proposed(decision: Decision, request: Request) -> Turn:
    """Say who made of it what is proposed now; that is no approval yet."""
    from hitl_nb.requests.base import Turn

    who = decision.reviewer, decision.comment, request.role, decision.given, decision.at
    return Turn("proposed", *who, before=request.proposals())


def _at_once(work: Coroutine[Any, Any, Decision]) -> Decision:
    """Run a coroutine that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Decision = done.value
        return result
    work.close()
    raise TypeError(
        "A reviewer of the ladder is async, and gate() does not wait. Use await agate(...) in an "
        "async node."
    )
