"""Long content as a person meets it: by pages, and expressly without them."""

from __future__ import annotations

import pytest
from browser.form_page import FormPage
from playwright.sync_api import expect

from hitl_nb import Approval

pytestmark = pytest.mark.browser

LETTER = "".join(f"{number:06} pays 10 EUR to ana\n" for number in range(1800))
REST = "Approve without having seen the rest"


def test_a_long_letter_is_approved_once_it_was_read_to_its_end(desk: FormPage) -> None:
    form = desk.show(Approval("Send it?", context={"letter": LETTER}))
    expect(form.get_by_label(REST)).to_be_visible()
    assert desk.submit("Approve") is None
    expect(form).to_contain_text("never on the screen")

    form.get_by_role("button", name="show the first").click()
    while form.get_by_label(REST).count():
        counted = form.locator(".turner [role=status]")
        before = counted.inner_text()
        form.get_by_role("button", name="next page").click()
        expect(counted).not_to_have_text(before)

    assert desk.submit("Approve") is not None
    assert desk.shares[-1]["characters"] == desk.shares[-1]["total"] == len(LETTER)


def test_a_key_and_a_click_approve_without_the_rest_and_say_so(desk: FormPage) -> None:
    form = desk.show(Approval("Send it?", context={"letter": LETTER}))
    form.press("u")
    expect(form.get_by_label(REST)).to_be_checked()

    assert desk.submit("Approve") is not None
    assert desk.shares[-1]["unseen_accepted"]


def test_a_long_draft_is_read_by_pages_and_approved_as_it_is(desk: FormPage) -> None:
    form = desk.show(Approval("Send it?", LETTER * 10))
    expect(form).to_contain_text("Too long to be edited here")
    expect(form.locator("textarea")).to_have_count(1)  # the comment

    form.get_by_label(REST).check()
    answer = desk.submit("Approve")
    assert answer["value"] == LETTER * 10


def test_short_content_asks_for_nothing(desk: FormPage) -> None:
    form = desk.show(Approval("Send it?", context={"letter": LETTER[:20_000]}))
    expect(form.get_by_label(REST)).to_have_count(0)

    assert desk.submit("Approve") is not None
