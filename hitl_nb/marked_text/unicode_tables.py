"""Unicode's own data on what cannot be seen and what is mistaken for something else.

The tables are made by ``scripts/unicode_tables.py`` and read when they are first needed: text in
ASCII needs none of them.
"""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

BEYOND = "\U00010000-\U0010ffff"
"""All characters beyond U+FFFF, as the inside of a set."""
IDEOGRAPHIC_VARIANTS = 4
"""Variants that any ideograph may have."""
Ranges = list[tuple[int, int]]


class Tables:
    """What Unicode says of characters, each table read once."""

    @cached_property
    def _raw(self) -> dict[str, Any]:
        text = Path(__file__).with_name("unicode_tables.json").read_text("utf-8")
        raw: dict[str, Any] = json.loads(text)
        return raw

    @property
    def version(self) -> str:
        """Return the version of Unicode."""
        return str(self._raw["version"])

    def usual(self, name: str) -> str:
        """Return the characters of a table up to U+FFFF, as the inside of a set.

        A regular expression looks a set up in one step, but for its ranges beyond, which it goes
        through one by one for each character that is not in it: those are better told by `has`.
        """
        return _set(self._ranges(name))

    @lru_cache  # noqa: B019 -- one instance, as long as the process
    def _ranges(self, name: str) -> Ranges:
        return _read(self._raw[name])

    @lru_cache(10_000)  # noqa: B019
    def has(self, name: str, character: str) -> bool:
        """Whether a character is in a table."""
        return bool(character) and _inside(self._ranges(name), ord(character))

    @cached_property
    def flags(self) -> list[str]:
        """Return the flags that are spelled with tag characters."""
        return list(self._raw["flags"])

    @cached_property
    def joining(self) -> frozenset[str]:
        """Return the scripts in which letters join, so that joiners are part of their words."""
        return frozenset(self._raw["joining"])

    @cached_property
    def _scripts(self) -> tuple[list[int], list[tuple[int, str]]]:
        spans = sorted(
            (low, high, name)
            for name, ranges in self._raw["scripts"].items()
            for low, high in _read(ranges)
        )
        return [low for low, _, _ in spans], [(high, name) for _, high, name in spans]

    @lru_cache(10_000)  # noqa: B019
    def script(self, character: str) -> str:
        """Return a character's script; nothing where it is of none, or of several."""
        if not character:
            return ""
        starts, spans = self._scripts
        place = bisect_right(starts, ord(character)) - 1
        return spans[place][1] if place >= 0 and ord(character) <= spans[place][0] else ""

    def usual_of(self, script: str) -> str:
        """Return the characters of a script up to U+FFFF, as the inside of a set."""
        return _set(_read(self._raw["scripts"][script]))

    @property
    def scripts(self) -> list[str]:
        """Return the names of all scripts."""
        return list(self._raw["scripts"])

    @cached_property
    def _variants(self) -> dict[int, Ranges]:
        return {int(code, 16): _read(bases) for code, bases in self._raw["variants"].items()}

    def varies(self, base: str, selector: str) -> bool:
        """Whether a variation selector changes how a character looks."""
        if not base:
            return False
        if selector >= "\U000e0100":
            # Which variants are registered is no part of the character database. Most ideographs
            # have a few; more would be room to hide text in.
            return self.script(base) == "Han" and ord(selector) - 0xE0100 < IDEOGRAPHIC_VARIANTS
        return _inside(self._variants.get(ord(selector), []), ord(base))

    @cached_property
    def confusables(self) -> dict[int, str]:
        """Return what characters are mistaken for, by code point."""
        pairs = (item.split(">") for item in self._raw["confusables"].split())
        return {
            int(source, 16): "".join(chr(int(it, 16)) for it in target.split("+"))
            for source, target in pairs
        }

    def skeleton(self, text: str) -> str:
        """Return what texts that draw alike have in common (UTS #39)."""
        plain = unicodedata.normalize("NFD", text).translate(self.confusables)
        return unicodedata.normalize("NFD", plain)

    @cached_property
    def _doubles(self) -> dict[str, Ranges]:
        return {script: _read(letters) for script, letters in self._raw["doubles"].items()}

    def looks_like(self, letter: str, script: str) -> bool:
        """Whether a letter is mistaken for one that people write in another script."""
        return _inside(self._doubles.get(script, []), ord(letter))


def _read(ranges: str) -> Ranges:
    spans = (item.partition("-") for item in ranges.split())
    return [(int(low, 16), int(high or low, 16)) for low, _, high in spans]


def _inside(ranges: Ranges, code: int) -> bool:
    place = bisect_right(ranges, (code, 0x110000)) - 1
    return place >= 0 and code <= ranges[place][1]


def _set(ranges: Ranges) -> str:
    return "".join(f"\\u{low:04x}-\\u{min(high, 0xFFFF):04x}" for low, high in ranges
                   if low <= 0xFFFF)  # fmt: skip


TABLES = Tables()
