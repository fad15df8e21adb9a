"""The standard library's value types."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hitl_nb.codec.builtin import base64_bytes, base64_text
from hitl_nb.codec.protocols import Decoder, Encoder
from hitl_nb.codec.value_types import ValueType, record, row, text, text_type, whole
from hitl_nb.errors.codec import UnstorableValue

# The program's own context may say `capitals=0` or not trap malformed text.
_CONTEXT = Context(prec=1, capitals=1)

# A zone's key becomes a file name: nothing that could leave the directory of zones is looked up.
_ZONE_KEY = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


def _write_fraction(value: Fraction, encoder: Encoder) -> list[Any]:
    return [encoder.value(value.numerator), encoder.value(value.denominator)]


def _read_fraction(data: Any, decoder: Decoder) -> Fraction:
    numerator, denominator = (whole(decoder.value(part)) for part in row(data, 2))
    value = Fraction(numerator, denominator)
    if value.denominator != denominator:
        raise ValueError("not in lowest terms")
    return value


def _write_delta(value: timedelta, _encoder: Encoder) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _read_delta(data: Any, _decoder: Decoder) -> timedelta:
    days, seconds, microseconds = (whole(part) for part in row(data, 3))
    return timedelta(days, seconds, microseconds)


def _write_clock(value: datetime | time, encoder: Encoder) -> dict[str, Any]:
    return {
        "local": value.replace(tzinfo=None, fold=0).isoformat(),
        "fold": value.fold,
        "zone": write_zone(value, value.tzinfo, encoder),
    }


def _clock_decoder(parse: Callable[[str], Any]) -> Callable[[Any, Decoder], Any]:
    def read(data: Any, decoder: Decoder) -> Any:
        local, fold, zone = record(data, "local", "fold", "zone")
        value = parse(text(local))
        if value.tzinfo is not None or value.isoformat() != local:
            raise ValueError("not an exact local time")
        return value.replace(fold=whole(fold), tzinfo=read_zone(zone, decoder))

    return read


def write_zone(owner: object, zone: tzinfo | None, encoder: Encoder) -> Any:
    """Return the stored form of a time zone that belongs to `owner`."""
    return encoder.part(owner, ".tzinfo", _plain_zone(zone))


def _plain_zone(zone: tzinfo | None) -> tzinfo | None:
    """Return the offsets that pydantic reads, which are of a class of its own, as any other."""
    if zone is None or not type(zone).__module__.startswith("pydantic_core"):
        return zone
    offset = zone.utcoffset(None)
    return zone if offset is None else timezone(offset)


def read_zone(data: Any, decoder: Decoder) -> tzinfo | None:
    """Return the time zone that stored data stands for, or None."""
    zone = decoder.part(data, ".tzinfo", data)
    if not (zone is None or type(zone) in (timezone, ZoneInfo)):
        raise ValueError("expected a time zone")
    return zone  # type: ignore[no-any-return]


def _write_offset(value: timezone, encoder: Encoder) -> list[Any]:
    offset = value.utcoffset(None)
    name = value.tzname(None)
    # An offset without a name of its own makes one up, which must not become its name.
    named = None if name == timezone(offset).tzname(None) else encoder.value(name)
    return [_write_delta(offset, encoder), named]


def _read_offset(data: Any, decoder: Decoder) -> timezone:
    stored_offset, stored_name = row(data, 2)
    offset, name = _read_delta(stored_offset, decoder), decoder.value(stored_name)
    return timezone(offset) if name is None else timezone(offset, text(name))


def _write_zone_key(value: ZoneInfo, _encoder: Encoder) -> str:
    if value.key is None or not _ZONE_KEY.fullmatch(value.key):
        raise UnstorableValue(
            "is a ZoneInfo without a key from the time zone database: give it one"
        )
    return value.key


def _read_zone_key(data: Any, _decoder: Decoder) -> ZoneInfo:
    if not _ZONE_KEY.fullmatch(text(data)):
        raise ValueError("not a key of the time zone database")
    return ZoneInfo(data)


def _write_pattern(value: re.Pattern[Any], encoder: Encoder) -> list[Any]:
    if value.flags & re.DEBUG:
        raise UnstorableValue("is a pattern with re.DEBUG, which prints when read: drop the flag")
    if isinstance(value.pattern, str):
        return [encoder.value(value.pattern), value.flags]
    return [{"bytes": base64_text(bytes(value.pattern))}, value.flags]


def _read_pattern(data: Any, decoder: Decoder) -> re.Pattern[Any]:
    stored, flags = row(data, 2)
    if type(stored) is dict and stored.keys() == {"bytes"}:
        pattern: Any = base64_bytes(stored["bytes"])
    else:
        pattern = text(decoder.value(stored))
    if whole(flags) & re.DEBUG:
        raise ValueError("re.DEBUG prints")
    value = re.compile(pattern, flags)
    if value.flags != flags:
        raise ValueError("other flags than the pattern has")
    return value


STANDARD: dict[type, ValueType] = {
    Decimal: text_type("decimal", lambda data: Decimal(data, _CONTEXT), _CONTEXT.to_sci_string),
    Fraction: ValueType("fraction", _write_fraction, _read_fraction),
    UUID: text_type("uuid", UUID),
    date: text_type("date", date.fromisoformat),
    time: ValueType("time", _write_clock, _clock_decoder(time.fromisoformat)),
    datetime: ValueType("datetime", _write_clock, _clock_decoder(datetime.fromisoformat)),
    timedelta: ValueType("timedelta", _write_delta, _read_delta),
    timezone: ValueType("timezone", _write_offset, _read_offset),
    ZoneInfo: ValueType("zone", _write_zone_key, _read_zone_key),
    re.Pattern: ValueType("pattern", _write_pattern, _read_pattern),
    **{
        cls: text_type(cls.__name__, cls)
        for cls in (
            PosixPath,
            WindowsPath,
            PurePosixPath,
            PureWindowsPath,
            ipaddress.IPv4Address,
            ipaddress.IPv4Interface,
            ipaddress.IPv4Network,
            ipaddress.IPv6Address,
            ipaddress.IPv6Interface,
            ipaddress.IPv6Network,
        )
    },
}
