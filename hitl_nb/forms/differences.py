"""What an edit changed: of prose word by word, of a structure field by field."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from hitl_nb.codec.json_equality import equal_json
from hitl_nb.forms.notation import masked
from hitl_nb.forms.notation.normal_form import json_text
from hitl_nb.marked_text import plain, show
from hitl_nb.messages import Difference, Text, TextRun
from hitl_nb.types import UNSET

if TYPE_CHECKING:
    from hitl_nb.requests.base import RequestPart

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
LONGEST_COMPARED = 4_000
"""Words of a text that are compared one by one; a longer one by its lines."""
_UNCHANGED = 200
"""Characters of what stayed the same that are kept on either side of an edit."""


def differences(proposed: Any, edited: Any) -> list[Difference]:
    """Return what was changed.

    Args:
        proposed: A value in its JSON form.
        edited: The same, edited.

    Returns:
        A difference for each field that was changed; its path is empty for a whole text.
    """
    return list(_compare(proposed, edited, ""))


def part_differences(part: RequestPart, proposed: Any, edited: Any) -> list[Difference]:
    """Return what was changed of a part; of a secret only that it was."""
    schema = part.shape.schema
    return differences(masked(schema, proposed), masked(schema, edited, proposed))


def in_words(found: Sequence[Difference], label: str = "") -> Text:
    """Say on one line what was changed, beginning with a separator: `` · amount 700 → 600``."""
    said: Text = []
    for item in found:
        where = " ".join(filter(None, (label, plain(item["path"]))))
        changes = []
        old = ""
        for run in [*item["runs"], None]:
            if run is not None and run["what"] == "removed":
                old = plain(run["text"])
            elif run is not None and run["what"] == "added":
                changes.append((old, plain(run["text"])))
                old = ""
            elif old:
                changes.append((old, ""))
                old = ""
        for before, after in changes:
            said += [*show(f" · {where}: " if where else " · "), *_or_nothing(before)]
            said += [" → ", *_or_nothing(after)]
    return said


def _or_nothing(text: str) -> Text:
    line = text.replace("\n", "⏎")
    return show(line if len(line) <= _UNCHANGED else f"{line[:_UNCHANGED]}…") or ["nothing"]


def _compare(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if before is not UNSET and after is not UNSET and equal_json(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        for name in names:
            inside = f"{path}.{name}" if path else str(name)
            yield from _compare(before.get(name, UNSET), after.get(name, UNSET), inside)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(before, after, path)
    else:
        yield {"path": show(path), "runs": _runs(before, after)}


def _runs(before: Any, after: Any) -> list[TextRun]:
    """Compare two texts word by word; of a number or a single word, the whole was changed."""
    old, new = _words(before), _words(after)
    texts = isinstance(before, str) and isinstance(after, str)
    if texts and " " in before.strip() and " " in after.strip():
        return runs_of(old, new)
    runs: list[TextRun] = []
    _add(runs, "removed", [old])
    _add(runs, "added", [new])
    return runs


def _compare_lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    """Compare lists item by item; inserted and removed ones do not move the others."""
    old_keys, new_keys = list(map(json_text, before)), list(map(json_text, after))
    matcher = difflib.SequenceMatcher(None, old_keys, new_keys, autojunk=False)
    for _, start, stop, begin, end in matcher.get_opcodes():
        for place in range(max(stop - start, end - begin)):
            old = before[start + place] if start + place < stop else UNSET
            new = after[begin + place] if begin + place < end else UNSET
            number = (begin if begin + place < end else start) + place + 1
            yield from _compare(old, new, f"{path}.{number}" if path else str(number))


def runs_of(before: str, after: str) -> list[TextRun]:
    """Split two texts into what stayed, what went and what came."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    same_head, same_tail = "".join(old[:head]), "".join(old[len(old) - tail :])
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(old) + len(new) > LONGEST_COMPARED:
        old = "".join(old).splitlines(keepends=True)
        new = "".join(new).splitlines(keepends=True)
    runs: list[TextRun] = []
    _add(runs, "same", [_shortened(same_head, first=True)])
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) > LONGEST_COMPARED)
    removed: list[str] = []
    added: list[str] = []
    codes = matcher.get_opcodes()
    for number, (what, start, stop, begin, end) in enumerate(codes):
        kept = "".join(old[start:stop]) if what == "equal" else ""
        between = 0 < number < len(codes) - 1 and kept == " "
        if what == "equal" and not between:
            _add(runs, "removed", removed)
            _add(runs, "added", added)
            _add(runs, "same", [_shortened(kept)])
            removed, added = [], []
        else:
            removed += old[start:stop]
            added += new[begin:end]
    _add(runs, "removed", removed)
    _add(runs, "added", added)
    _add(runs, "same", [_shortened(same_tail, last=True)])
    return runs


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Count how many words are the same from the beginning on."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _add(
    runs: list[TextRun], what: Literal["same", "removed", "added"], words: Sequence[str]
) -> None:
    if any(words):
        runs.append({"what": what, "text": show("".join(words))})


def _shortened(text: str, *, first: bool = False, last: bool = False) -> str:
    """Leave out most of a long stretch in which nothing was changed."""
    if len(text) <= 3 * _UNCHANGED:
        return text
    # The text that an edit stands in is enough to know where it is.
    head = "" if first else text[:_UNCHANGED]
    tail = "" if last else text[-_UNCHANGED:]
    return f"{head} … {tail}"


def _words(value: Any) -> str:
    if value is UNSET:
        return ""
    return value if isinstance(value, str) else json_text(value)
