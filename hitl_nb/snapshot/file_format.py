"""A snapshot as bytes: a header that says what follows, then sections a person can read.

The layout of the header and the seams between sections are the same in every version, so that an
older program can tell a newer snapshot from a damaged one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from hitl_nb.errors.snapshots import NotASnapshot, SnapshotDamaged, SnapshotTooNew

Json = Any
FORMAT = "hitl_nb snapshot"
VERSION = 1
MADE_BY = "made_by"
"""The section that repeats the version, so that a damaged one is not taken for a newer one."""
NO_FILE = "the snapshot"

_BEGIN = f'{{\n  "header": {{\n    "format": "{FORMAT}",\n'.encode()
_END = b"\n}\n"
_NUMBER = rb"([1-9][0-9]{0,14})"
_DIGEST = rb'"([0-9a-f]{64})"'
_VERSION = rb'    "version": ' + _NUMBER + rb",\n"
_LENGTH = rb'    "length": ' + _NUMBER + rb",\n"
_SHA256 = rb'    "sha256": ' + _DIGEST + rb",\n"
_SECTION = rb'      "([a-z_]+)": \{"length": ' + _NUMBER + rb', "sha256": ' + _DIGEST + rb"\}(,?)\n"
_INDENT = "\n    "

_ESCAPE = "\x1b"
_ESCAPED = re.compile("\x1b([0-9a-f]{4})")
_UNSAFE = re.compile("[\x1b\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile(r"\\u001b|[" "\ud800-\udfff]")
_HIDDEN = re.compile(
    "[\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000e0000-\U000e0fff]"
)


class _Header(NamedTuple):
    version: int
    length: int
    sha256: bytes
    sections: dict[str, tuple[int, bytes]]
    end: int


def write(sections: Mapping[str, Json]) -> bytes:
    """Return the bytes of a snapshot.

    Args:
        sections: JSON-able data by name, in the order a reader should find it.
    """
    made_by = {**sections[MADE_BY], "version": VERSION}
    ordered = {MADE_BY: made_by, **{name: sections[name] for name in sections if name != MADE_BY}}
    return _frame(VERSION, {name: _render(value) for name, value in ordered.items()})


def read(data: bytes, path: str = NO_FILE) -> dict[str, Json]:
    """Return the sections of a snapshot's bytes, after checking every byte.

    Args:
        data: The bytes.
        path: What errors call them.

    Raises:
        SnapshotDamaged: If they are not as they were written; says where.
        NotASnapshot: If they are something else.
        SnapshotTooNew: If a newer version wrote them.
    """
    header = _read_header(data, path)
    texts = _cut(data, path, header)
    whole = _frame(header.version, texts)
    if whole != data:
        place = _first_difference(whole, data)
        section = _section_at(header, place)
        _damaged(data, path, section, place, "from here on it is not what its checksums say")
    sections = {name: _parse(data, path, name, text) for name, text in texts.items()}
    made_by = sections.get(MADE_BY)
    if not isinstance(made_by, dict) or made_by.get("version") != header.version:
        place = len(_BEGIN)
        _damaged(data, path, "header", place, "the version is not the one the content was made by")
    if header.version > VERSION:
        raise SnapshotTooNew(path, header.version, VERSION)
    return sections


def _frame(version: int, texts: Mapping[str, bytes]) -> bytes:
    content = b"{\n%s\n  }" % b",\n".join(
        b'    "%s": %s' % (name.encode(), text) for name, text in texts.items()
    )
    table = ",\n".join(
        f'      "{name}": {{"length": {len(text)}, "sha256": "{_sha256(text)}"}}'
        for name, text in texts.items()
    )
    header = (
        f'    "version": {version},\n    "length": {len(content)},\n'
        f'    "sha256": "{_sha256(content)}",\n    "sections": {{\n{table}\n    }}\n  }},\n'
        f'  "content": '
    )
    return _BEGIN + header.encode() + content + _END


def _read_header(data: bytes, path: str) -> _Header:
    if not data.startswith(_BEGIN):
        _refuse(data, path)
    place = len(_BEGIN)

    def take(pattern: bytes, what: str) -> re.Match[bytes]:
        nonlocal place
        found = re.compile(pattern).match(data, place)
        if found is None:
            if b"\n" not in data[place:]:
                _damaged(data, path, "header", len(data), "the file ends here, within its header")
            _damaged(data, path, "header", place, f"this line should hold {what}")
        place = found.end()
        return found

    version = int(take(_VERSION, "the version")[1])
    length = int(take(_LENGTH, "the length of the content")[1])
    sha256 = take(_SHA256, "the checksum of the content")[1]
    take(rb'    "sections": \{\n', "the beginning of the table of sections")
    sections: dict[str, tuple[int, bytes]] = {}
    more: bytes = b","
    while more:
        at = place
        name, size, digest, more = take(_SECTION, "a section's length and checksum").groups()
        if name.decode() in sections:
            _damaged(data, path, "header", at, f"the section {name.decode()!r} is there twice")
        sections[name.decode()] = int(size), digest
    take(rb'    \}\n  \},\n  "content": ', "the end of the header")
    header = _Header(version, length, sha256, sections, place)
    if header.length != _length_of(sections):
        _damaged(data, path, "header", len(_BEGIN), "its lengths do not agree with each other")
    return header


def _cut(data: bytes, path: str, header: _Header) -> dict[str, bytes]:
    """Return the text of each section, after checking each and all of them together."""
    place = header.end + len(b"{\n")
    texts: dict[str, bytes] = {}
    intact = _sha256(data[header.end : header.end + header.length]).encode() == header.sha256
    if not intact and not data.endswith(_END) and len(data) < header.end + header.length:
        missing = header.end + header.length + len(_END) - len(data)
        section = _section_at(header, len(data))
        why = f"the file ends here, and {missing} bytes are missing"
        _damaged(data, path, section, len(data), why)
    for name, (size, digest) in header.sections.items():
        place += len(_lead(name))
        text = data[place : place + size]
        if not intact and _sha256(text).encode() != digest:
            _locate(data, path, header, name, place)
        texts[name] = text
        place += size + len(b",\n")
    return texts


def _locate(data: bytes, path: str, header: _Header, section: str, place: int) -> NoReturn:
    """Say as exactly as can be where a section is not what its checksum was taken of."""
    size = header.sections[section][0]
    text = data[place : place + size]
    if len(data) == header.end + header.length + len(_END):
        try:
            json.loads(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            _damaged(data, path, section, place + error.start, "this byte is not UTF-8 text")
        except json.JSONDecodeError as error:
            before = len(error.doc[: error.pos].encode("utf-8"))
            _damaged(data, path, section, place + before, f"here it is not JSON ({error.msg})")
        except (ValueError, RecursionError):
            pass
    lines = text.count(b"\n") + 1
    why = f"the {size} bytes from here, some {lines} lines, are not those its checksum was taken of"
    _damaged(data, path, section, place, why)


def _refuse(data: bytes, path: str) -> NoReturn:
    """Tell a snapshot whose beginning is damaged from something else."""
    if not data:
        _damaged(data, path, "header", 0, "the file is empty")
    start = data[: len(_BEGIN)]
    differing = sum(one != other for one, other in zip(start, _BEGIN, strict=False))
    if differing * 4 > len(start) and FORMAT.encode() not in data[: 2 * len(_BEGIN)]:
        raise NotASnapshot(path, _content_of(data))
    why = "this is not how a snapshot begins"
    if data.startswith(b"\xef\xbb\xbf"):
        why = "a byte order mark was put in front of it"
    elif data.startswith(_BEGIN.replace(b"\n", b"\r\n")):
        why = "its line endings were changed"
    elif not differing:
        why = "the file ends here, within its first lines"
    _damaged(data, path, "header", _first_difference(_BEGIN, data), why)


def _content_of(data: bytes) -> str:
    if data.startswith(b"SQLite format 3\0"):
        return "a SQLite database"
    try:
        json.loads(data)
    except UnicodeDecodeError:
        return "binary data"
    except (ValueError, RecursionError):
        return "text, but not JSON" if data.isascii() else "other data"
    return "JSON of something else"


def _parse(data: bytes, path: str, section: str, text: bytes) -> Json:
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        place = data.find(text)
        _damaged(data, path, section, place, "it is not JSON that can be read here", error)
    return _unpacked(value) if rb"\u001b" in text else value


def _render(value: Json) -> bytes:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    if _UNSAFE_IN_JSON.search(text):
        # Two surrogates side by side would come back from JSON as one character.
        text = json.dumps(_packed(value), indent=2, ensure_ascii=False, allow_nan=False)
    return _HIDDEN.sub(_visible, text).replace("\n", _INDENT).encode()


def _visible(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def _packed(value: Json) -> Json:
    return _each(value, lambda text: _UNSAFE.sub(lambda it: f"{_ESCAPE}{ord(it[0]):04x}", text))


def _unpacked(value: Json) -> Json:
    return _each(value, lambda text: _ESCAPED.sub(lambda it: chr(int(it[1], 16)), text))


def _each(value: Json, change: Any) -> Json:
    """Change every text in JSON-able data, keys included."""
    match value:
        case str():
            return change(value)
        case list():
            return [_each(item, change) for item in value]
        case dict():
            return {change(key): _each(item, change) for key, item in value.items()}
    return value


def _length_of(sections: Mapping[str, tuple[int, bytes]]) -> int:
    inside = sum(len(_lead(name)) + size for name, (size, _) in sections.items())
    return len(b"{\n") + inside + len(b",\n") * (len(sections) - 1) + len(b"\n  }")


def _section_at(header: _Header, offset: int) -> str:
    place, section = header.end + len(b"{\n"), "header"
    for name, (size, _) in header.sections.items():
        if offset >= place:
            section = name
        place += len(_lead(name)) + size + len(b",\n")
    return section


def _lead(name: str) -> bytes:
    return b'    "%s": ' % name.encode()


def _first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _damaged(
    data: bytes, path: str, section: str, place: int, why: str, cause: Exception | None = None
) -> NoReturn:
    line = data.count(b"\n", 0, place) + 1
    raise SnapshotDamaged(path, why, section=section, offset=place, line=line) from cause
