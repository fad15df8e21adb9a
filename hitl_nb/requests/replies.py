"""What is replied to a request: read, checked, turned into a decision, and what it leads to."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hitl_nb.errors import (
    ApprovedBefore,
    IdentityRequired,
    InvalidAnswer,
    OwnRequest,
    UnknownAction,
    UnreadableData,
)
from hitl_nb.marked_text.identity import identity_of, required_identity
from hitl_nb.requests.base import AFTER_TIME, Request, Source, Turn, invalid_part, seconds_of
from hitl_nb.requests.decision import ANSWERING, APPROVING, AUTOMATIC, Decision
from hitl_nb.requests.request_kinds import REQUEST_KINDS
from hitl_nb.requests.tool_review import MIXED, ToolReview
from hitl_nb.savers.identity_source import is_verified
from hitl_nb.types import UNSET

TIMEOUT = "timeout"
USABLE = APPROVING | ANSWERING
"""What gives the node a value to use."""
REFUSED = "refused"
"""The turn of an accepted reply that the type then refused."""
NOBODY_ANSWERED = "nobody answered in time"
"""The reason of a rejection by the deadline."""
NOBODY_SAID = Decision("").reviewer
"""The reviewer of a decision that does not say who made it."""
_IN_ORDER = ("action", "value", "comment", "reviewer")
_FIELDS = frozenset(_IN_ORDER)
_STORED = _FIELDS | {"given", "at", "identity"}


class Reply(NamedTuple):
    """A full and valid reply.

    Args:
        action: What is decided.
        value: Its value in the form it is stored in; None if it has none.
        comment: What the reviewer wrote besides.
        reviewer: Who replies, if the reply itself says so.
    """

    action: str
    value: Any = None
    comment: str = ""
    reviewer: str | None = None


def read_reply(request: Request, given: Any, question_id: str = "") -> Reply:
    """Read a reply and check it.

    Args:
        request: What is replied to.
        given: A full reply, ``{"action": ..., "value": ..., "comment": ..., "reviewer": ...}`` of
            which only the action is needed; the name of an action that needs no value; a
            `Decision`; or what the kind of request takes: True or False for `Approval` and
            `Confirm`, the value itself for `Choice`, `Ask`, `Form`, `Edit` and `Feedback`, a
            list with a decision for each call for `ToolReview`.
        question_id: What errors call the question.

    Raises:
        InvalidAnswer: If it does not fit; names each part and what is wrong with it.
        UnknownAction: If the request does not offer the action.
    """
    try:
        return _read(request, given)
    except InvalidAnswer as error:
        raise error.about(question_id, request.question) from error


def reply_schema(request: Request) -> dict[str, Any]:
    """Return the JSON Schema of a full reply to a request."""
    return request.reply_schema()


def decide(request: Request, stored: Mapping[str, Any], question: str = "") -> Decision:
    """Return the decision that a stored answer is.

    Args:
        request: What was asked; with its live type where that is known.
        stored: The answer: a full reply with ``reviewer``, ``given`` and ``at``.
        question: The question's id.

    Raises:
        InvalidAnswer: If the live type refuses the value.
    """
    action = stored["action"]
    identity = stored.get("identity", "")
    goes_on = action in USABLE or (request.kind == "tool_review" and action != "escalate")
    if request.identity == "verified" and goes_on and not is_verified(identity):
        who = stored["reviewer"]
        raise invalid_part("reviewer", why=f"the identity of {who!r} is not verified here")
    value = request.typed(action, stored["value"]) if action != REFUSED else None
    if action not in USABLE and request.kind != "tool_review":  # there each call has its own
        value = None
    return Decision(
        action,
        value,
        stored["comment"],
        stored["reviewer"],
        stored["given"],
        stored["at"],
        copy.deepcopy(request.payload()),  # the node may change what it asked about
        question,
        request.history,
        identity,
    )


def restore(payload: Mapping[str, Any]) -> Request:
    """Make a request of what it was stored as.

    Raises:
        UnreadableData: If it is none.
    """
    fields = dict(payload)
    kind = REQUEST_KINDS.get(fields.pop("request", ""))
    if kind is None:
        known = ", ".join(REQUEST_KINDS)
        raise UnreadableData(f"is no request of a known kind ({known})", "payload")
    sources = fields.pop("sources", None)
    if sources is not None:
        fields["context"] = [Source(**item) for item in sources]
    try:
        return kind(**fields)
    except (TypeError, ValueError) as error:
        raise UnreadableData(f"is no {kind.kind} as it was stored: {error}", "payload") from error


def next_request(request: Request, decision: Decision) -> Request | None:
    """Return the request that a decision leads on to; None if it ends there."""
    turn = Turn(
        decision.action,
        decision.reviewer,
        decision.comment,
        request.role,
        decision.given,
        decision.at,
        request.proposals() if decision.edited else None,
    )
    history = (*request.history, turn)
    match decision.action:
        case "escalate" if request.ladder:
            role, *ladder = request.ladder
            return request.with_(role=role, ladder=tuple(ladder), history=history)
        case "hold":
            return request.with_(gate="hard", timeout=None, on_timeout=None, history=history)
        case "approve" | "edit" if decision.given not in AUTOMATIC:
            return _next_approver(request, decision, history)
    return None


def with_refusal(request: Request, stored: Mapping[str, Any], error: InvalidAnswer) -> Request:
    """Return the request again, with what its type has against a reply it was given."""
    why = "; ".join(f"{'.'.join(map(str, path))}: {what}" for path, what in error.errors)
    turn = Turn(REFUSED, stored["reviewer"], why, request.role, stored["given"], stored["at"])
    return request.with_(history=(*request.history, turn))


def check_reviewer(request: Request, reviewer: str, action: str = "approve") -> None:
    """Refuse an approval by somebody who may not give it.

    Args:
        request: What is approved.
        reviewer: Who approves it.
        action: What they decide; whoever does not approve may always do so.

    Raises:
        NameRequired: If it matters who they are, and they are not named.
        OwnRequest: If they asked for it, or stand in for whoever did.
        ApprovedBefore: If they, or somebody who counts as one with them, approved it before.
    """
    if action not in APPROVING and action != MIXED:
        return
    if request.quorum > 1:
        required_identity(reviewer, f"{request.quorum} different people have to approve")
    if request.requester is not None:
        required_identity(reviewer, f"{request.requester!r} may not approve this")
    who = _person(request, reviewer)
    if request.requester is not None and who == _person(request, request.requester):
        raise OwnRequest(reviewer, request.requester)
    for turn in request.approvals:
        if who == _person(request, turn.reviewer):
            raise ApprovedBefore(reviewer, turn.reviewer, turn.at)


def check_identity(request: Request, reviewer: str, source: str) -> None:
    """Refuse an answer by somebody who is not known as the request demands.

    Raises:
        NameRequired: If they have to be named, and are not.
        IdentityRequired: If their identity has to be verified, and is not.
    """
    if request.identity is not None:
        required_identity(reviewer, "the question demands it")
    if request.identity == "verified" and not is_verified(source):
        raise IdentityRequired(reviewer, source)


def check_reason(request: Request, action: str, comment: str) -> None:
    """Refuse a rejection without a reason, from whatever door.

    Raises:
        InvalidAnswer: If there is none; at the comment.
    """
    if request.kind == "approval" and action == "reject" and not comment.strip():
        example = '{"action": "reject", "comment": "too much"}'
        raise invalid_part("comment", why=f"rejecting needs a reason, such as {example}")


def deadline_of(request: Request, asked_at: str) -> datetime | None:
    """Return when a request answers itself; None if never, or if nobody has asked it yet."""
    if request.timeout is None or not asked_at:
        return None
    wait: float = seconds_of(request.timeout)
    return datetime.fromisoformat(asked_at) + timedelta(seconds=wait)


def timed_out(request: Request) -> dict[str, Any]:
    """Return the full reply that a request's time gives: ``action``, ``value`` and ``comment``."""
    reply = _consequence(request, request.on_timeout or AFTER_TIME[request.gate])
    if reply["action"] == "reject":
        rejected = request.as_rejected()
        return {"action": "reject", "value": rejected.get("value"), "comment": NOBODY_ANSWERED}
    try:
        found = _read(request, reply)
    except InvalidAnswer:  # what was proposed does not fit, so it cannot go on
        return {"value": None, "comment": NOBODY_ANSWERED, **request.as_rejected()}
    return {"action": found.action, "value": found.value, "comment": ""}


def _consequence(request: Request, what: str) -> dict[str, Any]:
    if what == "escalate" and request.ladder:
        return {"action": "escalate"}
    proposed = request.as_proposed() if what in ("approve", "default") else None
    if what == "approve" and proposed is None:
        if isinstance(request, ToolReview):
            return request.as_approved()
        proposed = {"action": "approve"} if "approve" in request.actions else None
        if proposed is not None and getattr(request, "phrase", None) is not None:
            proposed["value"] = request.phrase  # type: ignore[attr-defined]
    return proposed or {"action": "reject"}


def _read(request: Request, given: Any) -> Reply:
    full = _full(request, given)
    comment, reviewer = (_words(full, name) for name in ("comment", "reviewer"))
    if identity_of(reviewer) == identity_of(TIMEOUT):
        raise invalid_part("reviewer", why="this is what the record calls a deadline")
    action, value = request.normalize(full["action"], full.get("value", UNSET), comment)
    if action == "respond" and isinstance(value, str):
        comment = comment or value
    return Reply(action, value, comment, reviewer or None)


def _words(full: Mapping[str, Any], name: str) -> str:
    words = full.get(name)
    if not (words is None or isinstance(words, str)):
        raise invalid_part(name, why="please write this as text")
    return words or ""


def _full(request: Request, given: Any) -> Mapping[str, Any]:
    """Return the full reply that a reply is, or stands for."""
    if isinstance(given, Decision):
        given = {
            "action": given.action,
            "value": given.value,
            "comment": given.comment,
            "reviewer": given.reviewer if given.reviewer != NOBODY_SAID else None,
        }
        if given["action"] not in _reply_actions(request):
            raise _unknown(request, given["action"])
        return _without_empty_value(given)
    actions = _reply_actions(request)
    if isinstance(given, str) and given in actions and given not in ("answer", "edit"):
        return {"action": given}
    is_reply = isinstance(given, Mapping) and "action" in given and given.keys() <= _STORED
    if not is_reply and isinstance(given, Mapping) and given.get("action") in actions:
        _check_keys(request, given)
    if is_reply and given["action"] in actions:
        return dict(given)
    try:
        full = request.bare(given)
        if is_reply:
            request.normalize(full["action"], full.get("value", UNSET), "")
    except InvalidAnswer:
        if is_reply:
            raise _unknown(request, given["action"]) from None
        if isinstance(given, str) and request.kind in ("approval", "confirm"):
            raise _unknown(request, given) from None
        raise
    return full


def _check_keys(request: Request, given: Mapping[str, Any]) -> None:
    """Refuse a reply with a misspelt key, unless it is an answer that happens to look like one."""
    if request.answered:
        return
    for key in given:
        if key not in _STORED:
            near = difflib.get_close_matches(str(key), sorted(_FIELDS), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise invalid_part(why=f"a reply has no {key!r}.{hint} It has {', '.join(_IN_ORDER)}")


def _reply_actions(request: Request) -> tuple[str, ...]:
    """Return the actions a full reply may have, those of a checked one included."""
    if isinstance(request, ToolReview):
        return (*request.actions, "approve", "edit", "reject", "respond", MIXED)
    return request.actions


def _without_empty_value(given: dict[str, Any]) -> dict[str, Any]:
    if given["value"] is None:
        del given["value"]
    return given


def _unknown(request: Request, action: Any) -> UnknownAction:
    near = difflib.get_close_matches(str(action), request.actions, n=1)
    return UnknownAction(action, request.actions, near[0] if near else None)


def _next_approver(
    request: Request, decision: Decision, history: tuple[Turn, ...]
) -> Request | None:
    """Ask who else has to approve; what was edited has to be approved by as many as before."""
    if decision.action == "edit":
        if request.quorum == 1:
            return None
        # With its history it is known as edited: a field that may be edited may be gone by now.
        edited = request.with_(history=history).with_edit(decision.value)
        return edited.with_(approvers=request.quorum - 1)
    if request.approvers == 1:
        return None
    return request.with_(approvers=request.approvers - 1, history=history)


def _person(request: Request, reviewer: str) -> str:
    """Return who counts: the grantor for whoever stands in, one of those who do for each other."""
    grantors = {
        identity_of(name): identity_of(grantor) for name, grantor in request.delegates.items()
    }
    seen = [identity_of(reviewer)]
    while (grantor := grantors.get(seen[-1])) is not None:
        if grantor in seen:
            return min(seen[seen.index(grantor) :])
        seen.append(grantor)
    return seen[-1]
