"""Go up a ladder as far as its rungs answer by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from hitl_nb.codec import digest
from hitl_nb.engine.interrupts import current_task, decide_now
from hitl_nb.engine.once import once
from hitl_nb.errors import AnswerError
from hitl_nb.policies.escalation import Escalation
from hitl_nb.requests.identity import source_of
from hitl_nb.reviewers.protocol import PASS, Reviewer, how_of
from hitl_nb.types import Interrupt

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request
    from hitl_nb.requests.decision import Decision

_APPROVING = ("approve", "edit")


async def climb(
    request: Request, escalation: Escalation, key: str | None
) -> tuple[Decision | None, Request]:
    """Let rungs answer that do so by themselves, each on the record, also with passing on.

    Returns:
        The decision, if one of them made it, and the request as it stands now.
    """
    from hitl_nb.requests.replies import next_request

    while (reviewer := escalation.reviewer_of(request.role)) is not None:
        # What it says is remembered: it may cost money, and need not say the same again.
        shown = digest(request.payload(), current_task("gate()").host.types)
        name = f"rung:{key}:{request.role}:{shown}"
        said = once(_review, reviewer, request, key=name)
        reply = await said if isawaitable(said) else said
        decision = _decide(request, reviewer, reply, key)
        if decision.action != "escalate":
            return decision, request
        after = next_request(request, decision)
        assert after is not None  # noqa: S101  (a ladder ends with a person)
        request = after
    return None, request


def _decide(request: Request, reviewer: Reviewer, reply: Any, key: str | None) -> Decision:
    """Record what a rung decided, or that it passed on."""
    from hitl_nb.requests.replies import check_reviewer, read_reply

    # Who comes next is for the ladder to say, so that the next rung is asked from here too.
    alone = request.with_(ladder=())
    why = reply.get("comment", "") if isinstance(reply, Mapping) else ""
    if reply != "escalate" and not (isinstance(reply, Mapping) and reply["action"] == "escalate"):
        try:
            found = read_reply(alone, reply)
            if request.identity is None:
                check_reviewer(request, reviewer.name, found.action)
        except AnswerError as refused:
            why = f"its answer was refused: {refused}"
        else:
            people = request.approvers > 1 and found.action in _APPROVING
            if not people and request.identity is None:
                return decide_now(
                    alone, reply, reviewer=reviewer.name, given=how_of(reviewer), key=key
                )
            who = f"{request.approvers} people have" if people else "a person has"
            why = f"would {found.action}; {who} to. {found.comment}".strip()
    passed = {
        "action": "escalate", "value": None, "comment": why, "reviewer": reviewer.name,
        "given": how_of(reviewer), "identity": source_of(reviewer.name, automatic=False),
    }  # fmt: skip
    return current_task("gate()").request(alone, key, passed)


def _review(reviewer: Reviewer, request: Request) -> Any:
    """Return a reviewer's reply as plain data, or something to await that gives it."""
    try:
        said = reviewer.review(Interrupt(request, "", node=current_task("gate()").task.node))
    except Exception as error:  # an error of a rung is a reason to go up
        return _failed(error)
    return _reviewed_later(said) if isawaitable(said) else _plain(said)


async def _reviewed_later(said: Any) -> Any:
    try:
        return _plain(await said)
    except Exception as error:
        return _failed(error)


def _plain(said: Any) -> Any:
    if said is PASS:
        return {"action": "escalate", "comment": "passed on"}
    if isinstance(said, Mapping) and "action" in said:
        # Who answers is known, whatever the answer says.
        return {name: value for name, value in said.items() if name != "reviewer"}
    return said


def _failed(error: Exception) -> dict[str, str]:
    return {"action": "escalate", "comment": f"an error: {type(error).__name__}: {error}"}
