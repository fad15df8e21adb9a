"""Make ``hitl_nb/marked_text/unicode_tables.json`` from the files of Unicode's character database.

Usage: ``python scripts/unicode_tables.py FOLDER``, where the folder holds the files named in
`FILES` below, all of one version, as published at https://www.unicode.org/Public/ (``UCD/``,
``emoji/`` and ``security/``) and https://www.unicode.org/ivd/ (``IVD_Sequences.txt``).
"""

from __future__ import annotations

import base64
import json
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

FILES = (
    "Scripts", "ScriptExtensions", "DerivedCoreProperties", "DerivedGeneralCategory",
    "DerivedCombiningClass", "DerivedJoiningType", "IndicSyllabicCategory", "LineBreak",
    "PropList", "StandardizedVariants", "emoji-data", "emoji-sequences",
    "emoji-variation-sequences", "confusables", "IdentifierStatus", "IVD_Sequences",
)  # fmt: skip
TARGET = Path(__file__).resolve().parent.parent / "hitl_nb" / "marked_text" / "unicode_tables.json"
LICENCE = (
    "Derived from data files of Unicode, Inc. Copyright © 1991-2025 Unicode, Inc. All rights "
    "reserved. Distributed under the Unicode License v3: see unicode_tables.license.txt."
)

Rows = Iterator[tuple[list[int], list[str]]]


def rows(folder: Path, name: str) -> Rows:
    """Yield a file's code points and what is said of them."""
    for line in (folder / f"{name}.txt").read_text("utf-8-sig").splitlines():
        first, *said = (item.strip() for item in line.partition("#")[0].split(";"))
        if ".." in first:
            low, high = (int(number, 16) for number in first.split(".."))
            yield list(range(low, high + 1)), said
        elif first:
            yield [int(number, 16) for number in first.split()], said


def those(folder: Path, name: str, *values: str, place: int = 0) -> set[int]:
    """Return the code points of which a file says one of some things."""
    return {code for codes, said in rows(folder, name) if said[place] in values for code in codes}


def ranges(codes: Iterable[int]) -> str:
    """Write code points as ranges in hexadecimal."""
    found: list[list[int]] = []
    for code in sorted(set(codes)):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return " ".join(f"{low:X}" if low == high else f"{low:X}-{high:X}" for low, high in found)


def hidden(folder: Path) -> set[int]:
    """Return what cannot be seen: controls, format characters, fillers, selectors, surrogates."""
    codes = those(folder, "DerivedGeneralCategory", "Cc", "Cf", "Cs", "Zl", "Zp")
    codes |= those(folder, "DerivedCoreProperties", "Default_Ignorable_Code_Point")
    return (codes | {0x2800}) - {0x09, 0x0A}


def scripts(folder: Path) -> dict[str, str]:
    """Return the scripts of letters and marks; of what several scripts share, none."""
    shared = {code for codes, said in rows(folder, "ScriptExtensions") for code in codes
              if len(said[0].split()) > 1}  # fmt: skip
    found = defaultdict(set)
    for codes, said in rows(folder, "Scripts"):
        found[said[0]].update(codes)
    common = found.pop("Common") | found.pop("Inherited")
    return {name: ranges(codes - (shared - common)) for name, codes in sorted(found.items())}


def variants(folder: Path) -> dict[str, str]:
    """Return which characters each variation selector changes."""
    found = defaultdict(set)
    for name in ("StandardizedVariants", "emoji-variation-sequences"):
        for (base, selector), _ in rows(folder, name):
            found[selector].add(base)
    return {f"{selector:X}": ranges(bases) for selector, bases in sorted(found.items())}


def ideographic_variants(folder: Path) -> str:
    """Return how many registered variants each ideograph has, packed."""
    numbers: dict[int, int] = defaultdict(int)
    for (base, selector), _ in rows(folder, "IVD_Sequences"):
        numbers[base] = max(numbers[base], selector - 0xE00FF)
    packed, before = bytearray(), 0
    for base in sorted(numbers):
        step = base - before
        packed += bytes((step,)) if step < 255 else b"\xff" + step.to_bytes(3, "big")
        packed.append(numbers[base])
        before = base
    return base64.b64encode(zlib.compress(packed, 9)).decode()


def joining(folder: Path) -> set[str]:
    """Return the scripts whose letters join, or are joined by a virama."""
    codes = those(folder, "DerivedJoiningType", "D", "R", "L")
    codes |= those(folder, "IndicSyllabicCategory", "Virama", "Invisible_Stacker")
    return {said[0] for found, said in rows(folder, "Scripts") if codes & set(found)}


def confusables(folder: Path) -> dict[int, str]:
    """Return what each character is mistaken for, as code points in hexadecimal."""
    found = {}
    for line in (folder / "confusables.txt").read_text("utf-8-sig").splitlines():
        source, *said = line.partition("#")[0].split(";")
        if said:
            found[int(source, 16)] = "+".join(f"{int(code, 16):X}" for code in said[0].split())
    return dict(sorted(found.items()))


def doubles(folder: Path) -> dict[str, str]:
    """Return, for each script, the letters of others that pass for one people write in it."""
    script = {code: said[0] for codes, said in rows(folder, "Scripts") for code in codes}
    written = those(folder, "IdentifierStatus", "Allowed")
    letters = those(folder, "DerivedGeneralCategory", "Lu", "Ll", "Lt", "Lm", "Lo")
    looks = defaultdict(set)
    for code, look in confusables(folder).items():
        looks[look].add(code)
        if "+" not in look:
            looks[look].add(int(look, 16))
    found = defaultdict(set)
    for codes in looks.values():
        for host in {script[code] for code in codes & written & letters} - {"Common", "Inherited"}:
            found[host] |= {code for code in codes & letters if script[code] != host}
    return {host: ranges(codes) for host, codes in sorted(found.items())}


def tables(folder: Path) -> dict[str, object]:
    """Return all tables."""
    version = re.search(r"-([\d.]+)\.txt", (folder / "Scripts.txt").read_text("utf-8"))
    flags = [codes for codes, said in rows(folder, "emoji-sequences")
             if said[0] == "RGI_Emoji_Tag_Sequence"]  # fmt: skip
    return {
        "licence": LICENCE,
        "version": version[1] if version else "",
        "hidden": ranges(hidden(folder)),
        "marks": ranges(those(folder, "DerivedGeneralCategory", "Mn", "Me")),
        "overlays": ranges(those(folder, "DerivedCombiningClass", "1")),
        "pictographs": ranges(those(folder, "emoji-data", "Extended_Pictographic")),
        "skin_tones": ranges(those(folder, "emoji-data", "Emoji_Modifier")),
        "math": ranges(those(folder, "DerivedCoreProperties", "Math")),
        "prefixes": ranges(those(folder, "PropList", "Prepended_Concatenation_Mark")),
        "unspaced": ranges(those(folder, "LineBreak", "SA")),
        "flags": ["".join(map(chr, codes)) for codes in flags],
        "scripts": scripts(folder),
        "joining": sorted(joining(folder)),
        "variants": variants(folder),
        "ideographic_variants": ideographic_variants(folder),
        "doubles": doubles(folder),
        "confusables": " ".join(f"{it:X}>{look}" for it, look in confusables(folder).items()),
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(tables(Path(sys.argv[1])), indent=1) + "\n", "utf-8")
