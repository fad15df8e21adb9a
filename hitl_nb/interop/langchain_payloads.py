"""Questions as other frameworks ask them, and the shapes they expect their answers in.

The payload stays what it is. It is only shown as the request it amounts to, and the reply to
that is written the way the asking code reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hitl_nb.json_schema import check_schema

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request
    from hitl_nb.requests.tool_review import ToolCall

Reply = Mapping[str, Any]
Json = dict[str, Any]
HEADING_KEYS = ("question", "message", "prompt")
LONGEST_HEADING = 300
_DECISIONS = ("approve", "edit", "reject", "respond")


class Dialect(NamedTuple):
    """How a foreign question is shown and answered.

    Args:
        name: Where it is from.
        request: The request it is shown as.
        to_answer: Writes a reply to that request as the answer the asking code expects.
        reasons: Whether rejecting takes a reason.
    """

    name: str
    request: Request
    to_answer: Callable[[Reply], Any]
    reasons: bool = False


def recognise(payload: Any, response_schema: Any = None) -> Dialect | None:
    """Recognise a question of another framework, or one with a schema for its answer.

    Args:
        payload: What the node asks with.
        response_schema: The JSON Schema of a valid answer, if there is one.

    Returns:
        How it is shown and answered; None for a plain payload.
    """
    for reads in (_tool_calls, _tool_call, _inbox):
        try:
            found = reads(payload, response_schema)
        except (TypeError, ValueError, LookupError, AttributeError):
            continue  # it only looked like one; it is shown as it is
        if found is not None:
            return found
    if response_schema is None:
        return None
    return _schema(payload, response_schema)


def heading_of_payload(payload: Mapping[Any, Any]) -> Any:
    """Return the key under which a dict asks its question; None if there is none."""
    return next((key for key in HEADING_KEYS if _is_heading(payload.get(key))), None)


def _is_heading(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_HEADING


def _tool_calls(payload: Any, response_schema: Any) -> Dialect | None:
    """LangChain's middleware, several calls in one question."""
    del response_schema
    if not isinstance(payload, Mapping) or not payload.get("action_requests"):
        return None
    from hitl_nb.requests.tool_review import ToolReview

    requests = list(payload["action_requests"])
    configs = {item["action_name"]: item for item in payload.get("review_configs", ())}
    calls = tuple(_call(item, configs.get(item["name"], {})) for item in requests)
    context = _beside(payload, "action_requests", "review_configs")
    for number, item in enumerate(requests, 1):
        if more := _beside(item, "name", "args", "description"):
            context[f"call {number}"] = more

    def answer(reply: Reply) -> Json:
        return {"decisions": list(map(_decision, reply["value"], requests))}

    return Dialect("langchain", ToolReview(calls, context=context or None), answer)


def _beside(payload: Mapping[str, Any], *known: str) -> Json:
    """Return what else a payload says: all of it is shown."""
    return {name: item for name, item in payload.items() if name not in known}


def _evidence(told: Any, more: Json) -> Any:
    """Return what is shown besides the action."""
    if not more:
        return told or None
    return {"description": told, **more} if told else more


def _args(args: Any) -> Json:
    """Return arguments by name; pairs, of which some could hide others, are none."""
    if not isinstance(args, Mapping):
        raise TypeError("arguments have names")
    return dict(args)


def _call(item: Json, config: Json) -> ToolCall:
    from hitl_nb.requests.tool_review import ToolCall

    return ToolCall(
        item["name"],
        _args(item["args"]),
        description=_told(item),
        schema=_schema_of_args(config.get("args_schema")),
        allow=_allowed(config.get("allowed_decisions", _DECISIONS[:3])),
    )


def _schema_of_args(schema: Any) -> Any:
    return schema if schema and _is_schema(schema) else None


def _allowed(names: Sequence[str]) -> Any:
    allowed = tuple(name for name in _DECISIONS if name in names)
    if not allowed:
        raise ValueError(f"none of {names!r} can be decided")
    return allowed


def _told(call: Mapping[str, Any]) -> str:
    """Return what a description says besides a dump of the call, which is shown as a form."""
    description = call.get("description") or ""
    dump = f"\n\nTool: {call['name']}\nArgs: {call['args']}"
    return str(description).removesuffix(dump).strip()


def _decision(decided: Json, request: Json) -> Json:
    """Write one decision the way LangChain's middleware reads it."""
    action, message = decided["action"], decided.get("message") or ""
    if action == "edit":
        edited = {"name": request["name"], "args": decided["args"]}
        return {"type": "edit", "edited_action": edited}
    if action == "respond" or (action == "reject" and message):
        return {"type": action, "message": message}
    return {"type": action}


def _tool_call(payload: Any, response_schema: Any) -> Dialect | None:
    """LangChain's middleware, a question for each call."""
    if not isinstance(payload, Mapping) or payload.get("type") != "tool_approval":
        return None
    from hitl_nb.requests.approval import Approval

    kinds = _kinds(response_schema)
    allow = _allowed(list(kinds) or _DECISIONS[:3])
    name, args = payload["name"], _args(payload["args"])
    more = _beside(payload, "type", "tool_call_id", "name", "args", "description")
    request = Approval(
        f"Run {name}?",
        context=_evidence(_told(payload), more),
        draft=args,
        schema=_schema_of_args(_args_schema(kinds.get("edit", {}), response_schema)),
        editable="edit" in allow,
        allow=allow,
    )

    def answer(reply: Reply) -> Json:
        return _decision(_as_call(reply), {"name": name})

    return Dialect("langchain", request, answer)


def _as_call(reply: Reply) -> Json:
    """Write the reply to an approval as a decision about a call."""
    words = reply.get("comment") or ""
    if reply["action"] == "respond" and not words:
        words = reply.get("value") or ""
    return {"action": reply["action"], "args": reply.get("value"), "message": words}


def _kinds(schema: Any) -> dict[str, Json]:
    """Return the branches of a schema by the constant that their ``type`` has."""
    if not isinstance(schema, Mapping):
        return {}
    found = {}
    for branch in schema.get("oneOf") or schema.get("anyOf") or [schema]:
        opened = _opened(branch, schema)
        tag = _opened(opened.get("properties", {}).get("type", {}), schema)
        names = [tag["const"]] if "const" in tag else tag.get("enum", ())
        found.update(dict.fromkeys(names, opened))
    return found


def _opened(node: Any, root: Mapping[str, Any]) -> Json:
    """Follow a reference into a schema's definitions."""
    for _ in range(8):
        reference = node.get("$ref", "") if isinstance(node, Mapping) else ""
        if not reference.startswith("#/$defs/"):
            break
        node = root.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {})
    return dict(node) if isinstance(node, Mapping) else {}


def _args_schema(edit: Json, root: Any) -> Json | None:
    """Find the schema of the arguments in that of an edit."""
    properties = edit.get("properties", {})
    edited = _opened(properties.get("edited_action", {}), root or {})
    inside: Json = edited.get("properties") or properties
    args = _opened(inside.get("args", {}), root or {})
    if not args.get("properties") or root is None:
        return None
    return {**args, "$defs": root["$defs"]} if "$defs" in root else args


def _inbox(payload: Any, response_schema: Any) -> Dialect | None:
    """Agent Inbox: one action, bare or in a list."""
    del response_schema
    if isinstance(payload, (list, tuple)) and len(payload) == 1:
        (payload,) = payload
    if not isinstance(payload, Mapping) or not isinstance(payload.get("action_request"), Mapping):
        return None
    from hitl_nb.requests.approval import Approval

    action, config = payload["action_request"], payload.get("config") or {}
    name, args = action["action"], action.get("args")
    if args is not None and not isinstance(args, Mapping):
        return None
    offered = {
        "approve": config.get("allow_accept"),
        "edit": config.get("allow_edit"),
        "reject": config.get("allow_ignore"),
        "respond": config.get("allow_respond"),
    }
    if not isinstance(name, str):
        return None
    more = _beside(payload, "action_request", "config", "description")
    more |= _beside(action, "action", "args")
    request = Approval(
        name,
        context=_evidence(payload.get("description"), more),
        draft=args,
        editable=bool(offered["edit"]),
        allow=_allowed([decision for decision, allowed in offered.items() if allowed]),
    )

    def answer(reply: Reply) -> list[Json]:
        match reply["action"]:
            case "approve":
                return [{"type": "accept", "args": None}]
            case "reject":
                return [{"type": "ignore", "args": None}]
            case "respond":
                return [{"type": "response", "args": _as_call(reply)["message"]}]
        return [{"type": "edit", "args": {"action": name, "args": reply["value"]}}]

    return Dialect("agent inbox", request, answer)


def _is_schema(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    try:
        check_schema(schema)
    except ValueError:
        return False
    return True


def _schema(payload: Any, response_schema: Any) -> Dialect | None:
    """Show a question that says what a valid answer looks like."""
    from hitl_nb.requests.approval import Form

    if not _is_schema(response_schema):
        return None
    question, context = "Please answer", payload
    if isinstance(payload, Mapping):
        key = heading_of_payload(payload)
        question = payload[key] if key else question
        context = {name: item for name, item in payload.items() if name != key} or None
    elif _is_heading(payload) and "\n" not in payload:
        question, context = payload, None
    request = Form(dict(response_schema), question=question, context=context)
    return Dialect("response schema", request, lambda reply: reply["value"])
