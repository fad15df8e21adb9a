"""What a valid answer looks like: from a type or a JSON Schema, to a check and a conversion."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, time
from fractions import Fraction
from functools import lru_cache, partial
from typing import (
    Any,
    NotRequired,
    Required,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from urllib.parse import urlsplit
from uuid import UUID

from hitl_nb.errors import InvalidAnswer, LimitExceeded
from hitl_nb.json_schema.limits import Steps
from hitl_nb.json_schema.patterns import matches
from hitl_nb.json_schema.schema_size import check_size
from hitl_nb.json_schema.secrets import HIDDEN, applied, holds_secret, is_secret, speaks_of_secrets

_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?"
_LEAP_SECOND = re.compile(r"(?<=:\d\d:)60")


def _reader(form: str, read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return what reads a moment written in one form; Python has no leap seconds."""

    def checked(text: str) -> Any:
        if not re.fullmatch(form, text, re.ASCII):
            raise ValueError(text)
        return read(_LEAP_SECOND.sub("59", text.upper()))

    return checked


def _web_address(text: str) -> None:
    parts = urlsplit(text)
    if not parts.scheme or not any(parts[1:]) or re.search(r"\s", text):
        raise ValueError(text)


def _email_address(text: str) -> None:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise ValueError(text)


FORMATS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "date": (_reader(_DATE, date.fromisoformat), "not a date, such as 2030-01-31"),
    "date-time": (
        _reader(f"{_DATE}[Tt ]{_TIME}", datetime.fromisoformat),
        "not a date and time, such as 2030-01-31T09:30:00Z",
    ),
    "time": (_reader(_TIME, time.fromisoformat), "not a time, such as 09:30:00"),
    "uuid": (UUID, "not a UUID"),
    "email": (_email_address, "not an email address"),
    "uri": (_web_address, "not a web address"),
}
"""How texts of some formats are read, and what is said of those that are none.

More lenient than the standards where people are: a time may lack seconds and zone, an address is
anything around an ``@``, and whether a web address leads anywhere nobody asks.
"""


def describe_schema(schema: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type; a JSON Schema is its own description."""
    if isinstance(schema, dict):
        return schema
    described: dict[str, Any] = json.loads(_described(schema))
    return described


def prepare() -> None:
    """Load the JSON Schema library: that takes longer than drawing a form, and can be done before.

    It brings parsers for formats along, one of which builds its grammar when it is imported.
    """
    _counting(_library().Draft202012Validator)


def _library() -> Any:
    """Return the JSON Schema library, always by the same door.

    Threads that import a package by different modules of it, for the first time and at once, may
    find it half made.
    """
    import jsonschema

    return jsonschema


def check_schema(schema: dict[str, Any]) -> None:
    """Refuse what is no JSON Schema, before anybody is asked to fit it.

    Raises:
        ValueError: Naming what is wrong with it.
        LimitExceeded: If it is too large to tell.
    """
    check_size(schema)
    kind = _validator_for(schema)
    steps = Steps(of_schema=True)
    validator = _counting(kind)(kind.META_SCHEMA, registry=_registry(), format_checker=steps)
    try:
        error = next(validator.iter_errors(schema), None)
    except RecursionError:
        raise ValueError("This JSON Schema is nested too deeply.") from None
    if error is not None:
        where = ".".join(map(str, error.absolute_path)) or "it"
        raise ValueError(f"This is no JSON Schema: {where}: {error.message:.200}") from error


def check(schema: dict[str, Any], answer: Any, question: str) -> None:
    """Check an answer against a JSON Schema.

    Raises:
        InvalidAnswer: Naming the field and what is wrong with it.
    """
    shown = to_json(answer)
    try:
        found = [(list(error.absolute_path), error.message) for error in errors_of(schema, shown)]
    except InvalidAnswer as error:
        raise error.about(question) from error
    if found:
        raise InvalidAnswer(question, found)


def errors_of(schema: dict[str, Any], value: Any) -> Iterator[Any]:
    """Yield what a JSON Schema has against a value.

    Nothing is fetched, and patterns take no longer than linear time where they can be had so.

    Raises:
        InvalidAnswer: If the schema cannot tell, because it refers to itself or to nothing, or
            would take too long.
    """
    from referencing.exceptions import Unresolvable

    validator = _counting(_validator_for(schema))
    unknown = _library().exceptions.UnknownType
    try:
        found = validator(schema, registry=_registry(), format_checker=Steps()).iter_errors(value)
        for number, error in enumerate(found):
            if number == 0:
                secretive = speaks_of_secrets(schema, schema)
            if secretive:
                _hide_secret(error, schema, value)
            yield error
    except (RecursionError, Unresolvable, unknown, re.error, LimitExceeded) as error:
        said = "it goes round in circles" if isinstance(error, RecursionError) else str(error)
        why = f"the schema of the answer cannot be used: {said}"
        raise InvalidAnswer("", [((), why)]) from error


_NAMING = frozenset(("required", "dependentRequired", "additionalProperties", "format"))
"""Rules whose errors name fields, and quote no value."""
_OFFERED = ("const", "enum")


def _hide_secret(error: Any, schema: dict[str, Any], value: Any) -> None:
    """Take from an error what it quotes of a secret, and what the secret should have been."""
    for inner in error.context:
        _hide_secret(inner, schema, value)
    named = any(map(is_secret, applied([error.schema], schema)))
    if not named and not holds_secret(schema, value, list(error.absolute_path)):
        return
    rule, limit = error.validator, error.validator_value
    if rule in _OFFERED:
        error.validator_value = limit = HIDDEN if rule == "const" else [HIDDEN]
    if rule == "type":
        error.message = f"{HIDDEN} is not of type {limit!r}"
    elif rule not in _NAMING:
        shown = f" {limit}" if isinstance(limit, (int, float)) else ""
        error.message = f"{HIDDEN} does not fit {rule}{shown}"


def _validator_for(schema: dict[str, Any]) -> Any:
    library = _library()
    return library.validators.validator_for(schema, default=library.Draft202012Validator)


def _registry() -> Any:
    """Return what knows no other schemas, so that nothing is fetched."""
    from referencing import Registry

    return Registry()


@lru_cache(16)
def _counting(usual: Any) -> Any:
    """Return a validator class of the JSON Schema library that counts its steps.

    The count travels in the place of a format checker, which reaches every validator that is
    made on the way. The library would go on with its own class where a ``$schema`` stands.
    """
    if getattr(usual, "counts_steps", False):
        return usual
    own = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
        "format": _format,
        "type": partial(_type, usual.VALIDATORS["type"]),
        "enum": _enum,
        "uniqueItems": _unique_items,
    }
    rules = {name: _counted(name, rule) for name, rule in {**usual.VALIDATORS, **own}.items()}
    library = _library()
    made = library.validators.extend(usual, rules)
    kept = ("schema", "format_checker", "_registry", "_resolver")

    def evolve(self: Any, **changes: Any) -> Any:
        given = {name: getattr(self, name) for name in kept} | changes
        kind = library.validators.validator_for(given["schema"], default=type(self))
        given["registry"] = given.pop("_registry")
        return _counting(kind)(**given)

    made.evolve = evolve
    made.counts_steps = True
    return made


_OVER_RULE = frozenset(
    ("properties", "required", "patternProperties", "dependentRequired", "dependentSchemas",
     "dependencies", "prefixItems")
)  # fmt: skip
_OVER_VALUE = frozenset(
    ("items", "additionalItems", "contains", "propertyNames", "additionalProperties")
)
_OVER_PAIRS = frozenset(("unevaluatedItems", "unevaluatedProperties"))
_REFERENCES = frozenset(("$ref", "$dynamicRef", "$recursiveRef"))


def _counted(name: str, rule: Any) -> Any:
    """Return a rule of the library that counts itself, what it goes through and what it finds."""
    over_rule, over_value = name in _OVER_RULE, name in _OVER_VALUE
    over_pairs, refers = name in _OVER_PAIRS, name in _REFERENCES

    def counted(validator: Any, limit: Any, value: Any, schema: Any) -> Iterator[Any]:
        steps = validator.format_checker
        number = 1
        if over_rule and isinstance(limit, (dict, list)):
            number += len(limit)
        elif over_value and isinstance(value, (dict, list)):
            number += len(value) * (1 + len(schema.get("patternProperties", ())))
        elif over_pairs and isinstance(value, (dict, list)):
            number += len(value) ** 2 // 100
        steps.take(number)
        place = _leaf(limit, value) if refers and steps.of_schema else None
        if place is not None and place in steps.fitting:
            return
        errors = 0
        for error in rule(validator, limit, value, schema) or ():
            errors += 1
            steps.take(_ERROR + len(error.message) // 100)
            yield error
        if place is not None and not errors:
            steps.fitting.add(place)

    return _remembering(counted) if name == "$ref" else counted


def _remembering(follow: Any) -> Any:
    """Return a rule that applies what a reference leads to once to each value.

    Schemas that each refer to the next one twice would else be applied twice as often with every
    one of them. Whoever only asks whether a value fits goes no further than to the first error, so
    the others are looked for when they are wanted.
    """

    def followed(validator: Any, reference: Any, value: Any, schema: Any) -> Iterator[Any]:
        steps = validator.format_checker
        # The address of a value is its own while it is checked, as all of it is kept until then.
        place = validator._resolver._base_uri, reference, id(value)
        known, complete = steps.followed.get(place, ([], False))
        yield from map(_without_context, known)
        if complete:
            return
        found = []
        for error in follow(validator, reference, value, schema):
            found.append(_without_context(error))
            if len(found) > len(known):
                steps.followed.setdefault(place, (found[:1], False))
                yield error
        steps.followed[place] = found, True

    return followed


def _without_context(error: Any) -> Any:
    """Return an error as it is before whoever hears of it says where it stands.

    What it says of each alternative is left out, since the same would stand there time and again.
    """
    about = error._contents() | {"path": error.relative_path, "context": (), "parent": None}
    about["schema_path"] = error.relative_schema_path
    return type(error)(**about)


_ERROR = 3
"""Steps that an error counts: it is written, and handed from rule to rule."""


def _leaf(reference: str, schema: Any) -> Any:
    """Return what tells a schema without others in it from all others; None if it has some.

    Thousands of properties are often of a handful of kinds, each of which is checked once.
    """
    if not isinstance(schema, dict) or any(isinstance(it, (dict, list)) for it in schema.values()):
        return None
    said = (it for it in schema.items() if it[0] not in _WORDS or not isinstance(it[1], str))
    return reference, frozenset((name, type(item), item) for name, item in said)


_WORDS = ("title", "description", "$comment")
"""Rules that any text fits."""


def _wrong(message: str) -> Any:
    return _library().ValidationError(message)


def _pattern(validator: Any, pattern: str, text: Any, _: Any) -> Iterator[Any]:
    if validator.is_type(text, "string") and not matches(pattern, text):
        yield _wrong(f"{text!r} does not match {pattern!r}")


def _enum(validator: Any, options: Any, value: Any, _: Any) -> Iterator[Any]:
    steps = validator.format_checker
    keys = steps.options.get(id(options))
    if keys is None:
        keys = steps.options[id(options)] = frozenset(_key(option, steps) for option in options)
    if _key(value, steps) not in keys:
        yield _wrong(f"{value!r} is not one of {options!r}")


def _unique_items(validator: Any, wanted: Any, value: Any, _: Any) -> Iterator[Any]:
    if wanted and validator.is_type(value, "array"):
        keys = {_key(item, validator.format_checker) for item in value}
        if len(keys) < len(value):
            yield _wrong(f"{value!r} has non-unique elements")


def _key(value: Any, steps: Steps) -> Any:
    """Return what is equal for equal JSON values, and can be looked up: 1 is 1.0 but not True."""
    steps.take()
    if isinstance(value, dict):
        return dict, frozenset((name, _key(item, steps)) for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return list, tuple(_key(item, steps) for item in value)
    if isinstance(value, (bool, str)) or value is None:
        return type(value), value
    return (object, value) if isinstance(value, Hashable) else (repr, repr(value))


def _multiple_of(validator: Any, step: Any, value: Any, _: Any) -> Iterator[Any]:
    """Divide as people write numbers: 19.99 is a multiple of 0.01."""
    if validator.is_type(value, "number") and Fraction(str(value)) % Fraction(str(step)):
        yield _wrong(f"{value!r} is not a multiple of {step}")


def _format(validator: Any, name: str, text: Any, _: Any) -> Iterator[Any]:
    known = name in FORMATS and not validator.format_checker.of_schema
    if known and validator.is_type(text, "string"):
        read, why = FORMATS[name]
        try:
            read(text)
        except ValueError:
            yield _wrong(why)


def _type(usual: Any, validator: Any, kinds: Any, value: Any, schema: Any) -> Iterator[Any]:
    """Take null where the schema is of the kind that says ``nullable``, as OpenAPI's does."""
    if value is not None or schema.get("nullable") is not True:
        yield from usual(validator, kinds, value, schema)


def _pattern_properties(validator: Any, patterns: Any, value: Any, _: Any) -> Iterator[Any]:
    for pattern, inside in patterns.items():
        for name in value if validator.is_type(value, "object") else ():
            if matches(pattern, name):
                yield from validator.descend(value[name], inside, path=name, schema_path=pattern)


def _additional_properties(validator: Any, extra: Any, value: Any, schema: Any) -> Iterator[Any]:
    names = extra_properties(value, schema) if validator.is_type(value, "object") else []
    if extra is False and names:
        listed = ", ".join(map(repr, names))
        yield _wrong(f"Additional properties are not allowed: {listed}")
    for name in names if isinstance(extra, dict) else ():
        yield from validator.descend(value[name], extra, path=name)


def extra_properties(value: Any, schema: Any) -> list[str]:
    """Return the properties of an object that its schema does not name."""
    patterns = schema.get("patternProperties", {})
    return [
        name
        for name in value
        if name not in schema.get("properties", {})
        and not any(matches(wanted, name) for wanted in patterns)
    ]


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
        refused = error
    wrong = [(list(item["loc"]), item["msg"]) for item in refused.errors()]
    if not _asks_for_secret(schema):
        raise InvalidAnswer(question, wrong) from refused
    # What pydantic says quotes the value, and so does the cause of an error when it is printed.
    raise InvalidAnswer(question, [(path, f"{HIDDEN} does not fit") for path, _ in wrong])


def _asks_for_secret(schema: Any) -> bool:
    from pydantic import PydanticUserError
    from pydantic.errors import PydanticInvalidForJsonSchema

    try:
        return speaks_of_secrets(describe_schema(schema))
    except (PydanticUserError, PydanticInvalidForJsonSchema):
        return False


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
