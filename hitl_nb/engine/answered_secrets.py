"""Secrets that people answered, kept out of the errors that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hitl_nb.graph.planner import Checkpoint
from hitl_nb.json_schema.secrets import HIDDEN, secret_texts
from hitl_nb.types import Interrupt


def answered_secrets(checkpoint: Checkpoint) -> set[str]:
    """Return what the answers of a superstep hold that their questions call secret."""
    return {
        text
        for name, answer in checkpoint.answers.items()
        if name in checkpoint.asked
        for schema, value in _answered(checkpoint.asked[name], answer)
        for text in secret_texts(schema, value)
    }


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return a text with marks in place of secrets, also where it shows them escaped."""
    for secret in sorted(secrets, key=len, reverse=True):
        for shown in (secret, repr(secret)[1:-1]):
            text = text.replace(shown, HIDDEN) if shown else text
    return text


def data_without_secrets(value: Any, secrets: Iterable[str]) -> Any:
    """Return plain data with marks in place of secrets, in whatever text of it they stand."""
    if isinstance(value, str):
        return without_secrets(value, secrets)
    if isinstance(value, dict):
        return {name: data_without_secrets(part, secrets) for name, part in value.items()}
    if isinstance(value, list):
        return [data_without_secrets(part, secrets) for part in value]
    return value


def _answered(question: Interrupt, answer: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what was answered, each with its schema."""
    if question.response_schema is not None:
        yield question.response_schema, answer
    if not isinstance(answer, dict) or "value" not in answer:
        return
    value, shape = answer["value"], getattr(question.value, "shape", None)
    if shape is not None:
        yield shape.schema, value
    calls = getattr(question.value, "calls", ())
    if isinstance(value, list):
        for call, reply in zip(calls, value, strict=False):
            if isinstance(reply, dict) and (shape := getattr(call, "shape", None)) is not None:
                yield shape.schema, reply.get("args")
