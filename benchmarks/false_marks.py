"""Count the strings of Unicode's locale data that are marked although nothing is wrong with them.

Usage: ``python -m benchmarks.false_marks FOLDER``, where the folder is the ``node_modules`` into
which ``cldr-localenames-full``, ``cldr-dates-full``, ``cldr-numbers-full``, ``cldr-units-full`` and
``cldr-misc-full`` were installed. What is no text is left out: number and date patterns, sets of
characters, and templates with places to fill. Letters of another script that the data itself has by
mistake, such as a Latin a at the end of a Serbian word, are counted apart.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hitl_nb.marked_text import plain, show

NO_TEXT = ("Formats", "atterns", "symbols-", "characters")
ALLOWED = 0.001


def texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what is text in the data of one language."""
    if isinstance(value, dict):
        for name, item in value.items():
            if not any(word in name for word in NO_TEXT):
                yield from texts(item, (*path, name))
    elif isinstance(value, str) and "{" not in value:
        yield value


def main(folder: Path) -> int:
    """Print a line for each language that has marks; return how many have too many."""
    found, hidden, alike = Counter[str](), Counter[str](), Counter[str]()
    examples: dict[str, list[str]] = {}
    for file in sorted(folder.glob("cldr-*-full/main/*/*.json")):
        language = file.parent.name.partition("-")[0]
        for text in texts(json.loads(file.read_text("utf-8"))["main"][file.parent.name]):
            found[language] += 1
            marks = [run for run in show(text) if not isinstance(run, str)]
            if any("in a word of" in mark["name"] for mark in marks):
                alike[language] += 1
            elif marks:
                hidden[language] += 1
                examples.setdefault(language, []).append(plain(show(text)))
    rates = {language: hidden[language] / number for language, number in found.items()}
    for language in sorted(found, key=lambda name: (-rates[name], -alike[name])):
        if hidden[language] or alike[language]:
            print(
                f"{language:4} {rates[language]:8.3%} of {found[language]:7,}  "
                f"{alike[language]:4} look-alikes  {' | '.join(examples.get(language, [])[:3])}"
            )
    print(f"{found.total():,} strings in {len(found)} languages, at most {max(rates.values()):.3%}")
    return sum(rate >= ALLOWED for rate in rates.values())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
