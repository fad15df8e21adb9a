"""How a test of an attack is told apart that still succeeds."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import pytest

UNMET = (
    {}
    if os.environ.get("SHOW")
    else {
        "test_a_name_that_reads_like_another_is_the_same_person[]": "P6",
        "test_a_browser_names_nobody_else_than_the_session_does": "P6",
        "test_a_reply_names_nobody_else_than_the_inbox_does": "P6",
        "test_a_reviewer_in_code_is_not_recorded_as_a_widget": "P6",
        "test_a_pure_run_takes_no_forged_approval": "P6",
        "test_the_record_says_where_a_name_comes_from": "P6",
        "test_a_state_edited_after_an_approval_is_asked_about_anew": "P8",
        "test_concealed_text_is_marked[overlay]": "P10",
        "test_a_schema_that_branches_over_and_over_is_refused_in_few_steps": "P11",
        "test_unique_items_are_compared_in_few_steps": "P11",
        "test_a_record_that_was_removed_is_missed[call]": "P15",
        "test_a_record_that_was_removed_is_missed[outcome]": "P15",
        "test_a_record_that_was_removed_is_missed[question]": "P15",
        "test_a_record_that_was_removed_is_missed[checkpoint]": "P15",
        "test_a_bare_answer_that_is_late_reaches_no_other_question": "P16",
        "test_a_browser_chooses_no_place_on_the_disk": "P16",
        "test_a_path_with_a_nul_is_a_typed_error": "P16",
    }
)
"""Attacks that still succeed. A test of one has to fail, so an entry cannot outlive its mend."""

_FAILED = (AssertionError, pytest.fail.Exception)


def attack(test: Callable[..., None]) -> Callable[..., None]:
    """Hold that a test passes, or fails if its attack still succeeds."""

    @functools.wraps(test)
    def checked(*arguments: Any, **named: Any) -> None:
        which = f"{test.__name__}[{next(iter(named.values()), '')}]"
        if test.__name__ not in UNMET and which not in UNMET:
            test(*arguments, **named)
            return
        with pytest.raises(_FAILED):
            test(*arguments, **named)

    return checked
