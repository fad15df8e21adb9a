"""Any Python text as text SQLite can hold, one to one.

SQLite holds all text but surrogates, which occur in file names and in what browsers send. They,
and the escape character itself, are written as the escape character, which nobody types, and
four hexadecimal digits.
"""

from __future__ import annotations

import re

ESCAPE = "\x1b"
_ESCAPED = re.compile("\x1b([0-9a-f]{4})")
_UNSAFE = re.compile("[\x1b\ud800-\udfff]")


def packed(text: str) -> str:
    """Return text SQLite can hold; different texts stay different."""
    if ESCAPE not in text and (text.isascii() or not _UNSAFE.search(text)):
        return text
    return _UNSAFE.sub(lambda found: f"{ESCAPE}{ord(found[0]):04x}", text)


def unpacked(text: str) -> str:
    """Return the text that was packed."""
    if ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
