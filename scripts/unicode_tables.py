"""Make ``hitl_nb/marked_text/unicode_tables.json`` from Debian's packages of Unicode's data.

Usage: ``apt-get install unicode-data libicu-dev``, then ``python scripts/unicode_tables.py``. The
first package holds the character database; ICU, which has to be of the same version of Unicode,
tells what is mistaken for what (UTS #39).
"""

from __future__ import annotations

import ctypes
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

DATABASE = Path("/usr/share/unicode")
PLACES = {
    "emoji-data": "emoji", "emoji-sequences": "emoji", "emoji-variation-sequences": "emoji",
    "DerivedGeneralCategory": "extracted", "DerivedCombiningClass": "extracted",
    "DerivedJoiningType": "extracted",
}  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "hitl_nb" / "marked_text" / "unicode_tables.json"
LICENCE = (
    "Derived from data files of Unicode, Inc. Copyright © 1991-2022 Unicode, Inc. All rights "
    "reserved. Distributed under Unicode's licence: see unicode_tables.license.txt."
)
LAST = 0x10FFFF

Rows = Iterator[tuple[list[int], list[str]]]


class Icu:
    """What ICU knows of characters that look alike."""

    def __init__(self) -> None:
        library = next(Path("/usr/lib").glob("*/libicui18n.so"))
        self._library = ctypes.CDLL(str(library))
        self._suffix = library.resolve().name.split(".so.")[1].split(".")[0]
        self._failed = ctypes.c_int(0)
        self._checker = self._call("uspoof_open", ctypes.byref(self._failed), gives=ctypes.c_void_p)
        self._recommended = self._call(
            "uspoof_getRecommendedSet", ctypes.byref(self._failed), gives=ctypes.c_void_p
        )
        if self._failed.value > 0:
            raise OSError(f"ICU failed with {self._failed.value}")

    def _call(self, name: str, *arguments: Any, gives: Any = ctypes.c_int32) -> Any:
        function = getattr(self._library, f"{name}_{self._suffix}")
        function.restype = gives
        return function(*arguments)

    @property
    def version(self) -> str:
        """Return the version of Unicode."""
        numbers = (ctypes.c_uint8 * 4)()
        self._call("u_getUnicodeVersion", numbers, gives=None)
        return ".".join(map(str, numbers[:3]))

    def skeleton(self, code: int) -> str:
        """Return what a character is mistaken for; itself if for nothing."""
        text = chr(code).encode("utf-16-le")
        room = ctypes.create_string_buffer(128)
        length = self._call(
            "uspoof_getSkeleton", ctypes.c_void_p(self._checker), 0,
            ctypes.create_string_buffer(text + b"\0\0"), len(text) // 2, room, 64,
            ctypes.byref(self._failed),
        )  # fmt: skip
        if self._failed.value > 0:
            raise OSError(f"ICU failed with {self._failed.value} at {code:X}")
        return room.raw[: 2 * length].decode("utf-16-le")

    def allowed(self, code: int) -> bool:
        """Whether people write a character in names and words of today."""
        return bool(self._call("uset_contains", ctypes.c_void_p(self._recommended), code) & 1)


ICU = Icu()


def rows(name: str) -> Rows:
    """Yield a file's code points and what is said of them."""
    for line in (
        (DATABASE / PLACES.get(name, "") / f"{name}.txt").read_text("utf-8-sig").splitlines()
    ):
        first, *said = (item.strip() for item in line.partition("#")[0].split(";"))
        if ".." in first:
            low, high = (int(number, 16) for number in first.split(".."))
            yield list(range(low, high + 1)), said
        elif first:
            yield [int(number, 16) for number in first.split()], said


def those(name: str, *values: str, place: int = 0) -> set[int]:
    """Return the code points of which a file says one of some things."""
    return {code for codes, said in rows(name) if said[place] in values for code in codes}


def ranges(codes: Iterable[int]) -> str:
    """Write code points as ranges in hexadecimal."""
    found: list[list[int]] = []
    for code in sorted(set(codes)):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return " ".join(f"{low:X}" if low == high else f"{low:X}-{high:X}" for low, high in found)


def hidden() -> set[int]:
    """Return what cannot be seen: controls, format characters, fillers, selectors, surrogates."""
    codes = those("DerivedGeneralCategory", "Cc", "Cf", "Cs", "Zl", "Zp")
    codes |= those("DerivedCoreProperties", "Default_Ignorable_Code_Point")
    return (codes | {0x2800}) - {0x09, 0x0A}


def scripts() -> dict[str, str]:
    """Return the scripts of letters and marks; of what several scripts share, none."""
    shared = {code for codes, said in rows("ScriptExtensions") for code in codes
              if len(said[0].split()) > 1}  # fmt: skip
    found = defaultdict(set)
    for codes, said in rows("Scripts"):
        found[said[0]].update(codes)
    common = found.pop("Common") | found.pop("Inherited")
    return {name: ranges(codes - (shared - common)) for name, codes in sorted(found.items())}


def variants() -> dict[str, str]:
    """Return which characters each variation selector changes."""
    found = defaultdict(set)
    for name in ("StandardizedVariants", "emoji-variation-sequences"):
        for (base, selector), _ in rows(name):
            found[selector].add(base)
    return {f"{selector:X}": ranges(bases) for selector, bases in sorted(found.items())}


def joining() -> set[str]:
    """Return the scripts whose letters join, or are joined by a virama."""
    codes = those("DerivedJoiningType", "D", "R", "L")
    codes |= those("IndicSyllabicCategory", "Virama", "Invisible_Stacker")
    return {said[0] for found, said in rows("Scripts") if codes & set(found)}


@cache
def looks_alike() -> dict[int, str]:
    """Return what each character is mistaken for, as code points in hexadecimal."""
    found = {}
    for code in range(LAST + 1):
        if 0xD800 <= code <= 0xDFFF or unicodedata.category(chr(code)) in ("Cn", "Co"):
            continue
        if unicodedata.normalize("NFD", chr(code)) != chr(code):
            continue  # texts are taken apart before they are compared
        skeleton = ICU.skeleton(code)
        if skeleton and skeleton != chr(code):
            found[code] = "+".join(f"{ord(it):X}" for it in skeleton)
    return found


def doubles() -> dict[str, str]:
    """Return, for each script, the letters of others that pass for one people write in it."""
    script = {code: said[0] for codes, said in rows("Scripts") for code in codes}
    written = {code for code in range(LAST + 1) if ICU.allowed(code)}
    letters = those("DerivedGeneralCategory", "Lu", "Ll", "Lt", "Lm", "Lo")
    looks = defaultdict(set)
    for code, look in looks_alike().items():
        looks[look].add(code)
        if "+" not in look:
            looks[look].add(int(look, 16))
    found = defaultdict(set)
    for codes in looks.values():
        for host in {script[code] for code in codes & written & letters} - {"Common", "Inherited"}:
            found[host] |= {code for code in codes & letters if script[code] != host}
    return {host: ranges(codes) for host, codes in sorted(found.items())}


def tables() -> dict[str, object]:
    """Return all tables."""
    version = re.search(r"-([\d.]+)\.txt", (DATABASE / "Scripts.txt").read_text("utf-8"))
    flags = [codes for codes, said in rows("emoji-sequences")
             if said[0] == "RGI_Emoji_Tag_Sequence"]  # fmt: skip
    if version is None or version[1] != ICU.version:
        raise SystemExit(f"Unicode {version and version[1]} and ICU's {ICU.version} do not match")
    return {
        "licence": LICENCE,
        "version": version[1],
        "hidden": ranges(hidden()),
        "marks": ranges(those("DerivedGeneralCategory", "Mn", "Me")),
        "overlays": ranges(
            those("DerivedCombiningClass", "1") | those("DerivedGeneralCategory", "Me")
        ),
        "pictographs": ranges(those("emoji-data", "Extended_Pictographic")),
        "skin_tones": ranges(those("emoji-data", "Emoji_Modifier")),
        "math": ranges(those("DerivedCoreProperties", "Math")),
        "prefixes": ranges(those("PropList", "Prepended_Concatenation_Mark")),
        "unspaced": ranges(those("LineBreak", "SA")),
        "flags": ["".join(map(chr, codes)) for codes in flags],
        "scripts": scripts(),
        "joining": sorted(joining()),
        "variants": variants(),
        "doubles": doubles(),
        "confusables": " ".join(f"{it:X}>{look}" for it, look in looks_alike().items()),
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(tables(), indent=1) + "\n", "utf-8")
