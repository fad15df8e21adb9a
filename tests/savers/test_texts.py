"""Any text goes into SQLite and comes back, and different texts stay different."""

from __future__ import annotations

import contextlib
import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from hitl_nb.savers.sqlite.rows import packed, unpacked
from hitl_nb.testing.savers.rows import NASTY_TEXTS

TEXTS = st.text(st.characters(exclude_categories=[]) | st.sampled_from("\x1b\ud800d0")) | (
    st.sampled_from(NASTY_TEXTS)
)


@given(TEXTS)
def test_what_is_packed_is_unpacked(text: str) -> None:
    assert unpacked(packed(text)) == text


@given(TEXTS, TEXTS)
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert (packed(one) == packed(other)) == (one == other)


@given(TEXTS)
def test_sqlite_holds_what_is_packed(text: str) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        (found,) = connection.execute("SELECT ? || ''", [packed(text)]).fetchone()
    assert found == packed(text)


def test_usual_text_is_left_as_it_is() -> None:
    assert packed("order-42 / Zoë 😀\0") == "order-42 / Zoë 😀\0"
