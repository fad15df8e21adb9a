"""What a valid answer looks like: from a type or a JSON Schema, to a check and a conversion."""

from __future__ import annotations

import json
import sys
from dataclasses import is_dataclass
from functools import lru_cache
from typing import (
    Any,
    NotRequired,
    Required,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from hitl_nb.errors import InvalidAnswer


def describe_schema(schema: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type; a JSON Schema is its own description."""
    if isinstance(schema, dict):
        return schema
    described: dict[str, Any] = json.loads(_described(schema))
    return described


def check(schema: dict[str, Any], answer: Any, question: str) -> None:
    """Check an answer against a JSON Schema.

    Raises:
        InvalidAnswer: Naming the field and what is wrong with it.
    """
    from jsonschema.validators import validator_for

    validator = validator_for(schema)(schema)
    shown = to_json(answer)
    wrong = [(list(error.absolute_path), error.message) for error in validator.iter_errors(shown)]
    if wrong:
        raise InvalidAnswer(question, wrong)


def convert(schema: Any, answer: Any, question: str) -> Any:
    """Turn an answer into an instance of the type a node asked for.

    Raises:
        InvalidAnswer: If the type refuses it.
    """
    if isinstance(schema, dict):
        check(schema, answer, question)
        return answer
    from pydantic import ValidationError

    try:
        return adapter_of(schema).validate_python(answer)
    except ValidationError as error:
        wrong = [(list(item["loc"]), item["msg"]) for item in error.errors()]
        raise InvalidAnswer(question, wrong) from error


def plain(answer: Any) -> Any:
    """Return an instance of a model or dataclass as the dict a form would have given."""
    is_object = hasattr(answer, "model_dump") or is_dataclass(answer)
    return to_json(answer) if is_object and not isinstance(answer, type) else answer


def to_json(answer: Any) -> Any:
    """Bring an answer into the form JSON Schema speaks of, where it has one."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(answer)
    except PydanticSerializationError:
        return answer


@lru_cache(256)
def _described(schema: Any) -> str:
    """Return a JSON Schema as text, so that nobody shares what another may change."""
    return json.dumps(adapter_of(schema).json_schema(schema_generator=_generator()))


@lru_cache(1)
def _generator() -> Any:
    """Return pydantic's generator, made to say of a decimal that it is one."""
    from pydantic.json_schema import GenerateJsonSchema

    class Schemas(GenerateJsonSchema):
        def decimal_schema(self, schema: Any) -> dict[str, Any]:
            described = super().decimal_schema(schema)
            for branch in described.get("anyOf", ()):
                if branch.get("type") == "string":
                    branch["format"] = "decimal"
            return described

    return Schemas


@lru_cache(256)
def adapter_of(schema: Any) -> Any:
    """Return what pydantic makes of a type."""
    from pydantic import TypeAdapter

    return TypeAdapter(_modern(schema))


def _modern(schema: Any) -> Any:
    """Return a ``typing.TypedDict`` as the kind pydantic insists on before Python 3.12."""
    if sys.version_info >= (3, 12) or type(schema).__module__ != "typing":
        return schema
    if not is_typeddict(schema):
        return schema
    from typing_extensions import TypedDict

    hints = get_type_hints(schema, include_extras=True)
    keys = {
        name: hint if name in schema.__required_keys__ else NotRequired[_bare(hint)]
        for name, hint in hints.items()
    }
    return TypedDict(schema.__name__, keys)  # type: ignore[operator]


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) in (Required, NotRequired) else hint
