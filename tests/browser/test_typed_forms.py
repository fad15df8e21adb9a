"""The form of a request: its keys, its errors, what it keeps, and what hostile text does in it."""

from __future__ import annotations

from typing import Any

import pytest
from browser.filler import Keyboard
from browser.form_page import FormPage
from browser.notebook_page import NotebookPage, Notebooks, View
from browser.test_safety import ATTACKS, MADE, PLANTED, unfold
from playwright.sync_api import Locator, expect
from pydantic import BaseModel

from hitl_nb import (
    Approval,
    Ask,
    Choice,
    Confirm,
    Edit,
    Feedback,
    Form,
    Option,
    Source,
    ToolCall,
    ToolReview,
)
from hitl_nb.requests.base import Request, Turn

pytestmark = pytest.mark.browser

DRAFT = "Dear Ines, your lamp leaves us today."
LETTER = Approval("Send it?", draft=DRAFT, context="She waits.")


class Person(BaseModel):
    name: str
    age: int
    member: bool


def button(form: Locator, name: str) -> Locator:
    return form.get_by_role("button", name=name, exact=True)


def focused(desk: FormPage) -> str:
    """Return the accessible name of what has the keyboard."""
    return str(
        desk.page.evaluate("""() => {
        const element = document.activeElement;
        const words = node => node.nodeType === Node.TEXT_NODE ? node.data
            : node.ariaHidden === "true" ? "" : [...node.childNodes].map(words).join("");
        return element.ariaLabel ?? words(element.labels?.[0] ?? element).trim();
    }""")
    )


def test_a_letter_acts_outside_of_fields_and_is_typed_inside(desk: FormPage) -> None:
    form = desk.show(LETTER)
    comment = form.get_by_role("textbox", name="comment")

    comment.focus()
    desk.page.keyboard.type("ara")
    expect(comment).to_have_value("ara")
    assert desk.answers == []
    form.focus()
    desk.page.keyboard.press("a")

    expect(form).to_contain_text("sent")
    assert [reply["action"] for reply in desk.answers] == ["approve"]


def test_enter_approves_nothing_and_approve_never_has_the_focus_first(desk: FormPage) -> None:
    form = desk.show(LETTER)
    assert not focused(desk).startswith("Approve")

    approve = form.get_by_role("button", name="Approve")
    for field in (*form.get_by_role("textbox").all(), approve):
        field.press("Enter")
    assert desk.answers == []

    approve.press("Space")
    expect(form).to_contain_text("sent")


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
def test_ctrl_enter_submits_from_any_field(desk: FormPage, keys: str) -> None:
    form = desk.show(LETTER)

    form.get_by_role("textbox", name="draft").press(keys)

    expect(form).to_contain_text("sent")
    assert [reply["value"] for reply in desk.answers] == [DRAFT]


def test_tab_goes_through_the_fields_in_their_order_and_then_the_actions(desk: FormPage) -> None:
    form = desk.show(Approval("Join?", draft=Person(name="Ines", age=4, member=True)))
    form.focus()

    order = []
    for _ in range(7):
        desk.page.keyboard.press("Tab")
        order.append(focused(desk))

    assert order == ["Name", "Age", "yes", "comment", "Reject", "Ask back", "Approve"]


def test_rejecting_wants_a_reason_and_says_so_at_the_comment(desk: FormPage) -> None:
    form = desk.show(LETTER)
    comment = form.get_by_role("textbox", name="comment")

    button(form, "Reject").click()
    expect(comment).to_have_attribute("aria-invalid", "true")
    expect(comment).to_be_focused()
    assert desk.answers == []
    comment.fill("too short")
    button(form, "Reject").click()

    expect(form).to_contain_text("sent")
    assert desk.answers == [{"action": "reject", "value": None, "comment": "too short"}]


def test_an_edit_is_shown_as_a_difference_before_it_is_approved(desk: FormPage) -> None:
    form = desk.show(LETTER)
    draft = form.get_by_role("textbox", name="draft")

    draft.fill(DRAFT.replace("today", "tomorrow"))
    expect(form.locator("del")).to_have_text(["today"])
    expect(form.locator("ins")).to_have_text(["tomorrow"])
    form.get_by_role("button", name="reset draft").click()
    expect(draft).to_have_value(DRAFT)
    expect(form.locator("del, ins")).to_have_count(0)
    draft.fill("No.")

    assert desk.submit("Approve as edited")["action"] == "edit"


def test_two_submissions_at_once_are_one_answer(desk: FormPage) -> None:
    form = desk.show(LETTER)

    button(form, "Approve").evaluate("""button => {
        button.click();
        button.click();
        const keys = {key: "Enter", ctrlKey: true, bubbles: true};
        button.dispatchEvent(new KeyboardEvent("keydown", keys));
    }""")

    expect(form).to_contain_text("sent")
    assert len(desk.answers) == 1


def test_a_long_text_is_paged_and_every_page_can_be_read(desk: FormPage) -> None:
    text = "".join(f"line {number}\n" for number in range(80_000)) + "danger"
    form = desk.show(Approval("Run it?", context={"script": text}))
    button(form, f"show the first 20,000 of {len(text):,} characters").click()
    turned = form.get_by_text(f"of {len(text):,}", exact=False).last
    following = button(form, "next page")
    shown = 20_000
    while following.get_attribute("aria-disabled") != "true":
        expect(form).not_to_contain_text("danger")
        following.click()
        shown = min(len(text), shown + 20_000)
        expect(turned).to_contain_text(f"to {shown:,} of")

    expect(form).to_contain_text("danger")


ALL = " ".join(ATTACKS)
HOSTILE_SCHEMA = {
    "type": "object", "title": ALL, "description": ALL,
    "properties": {
        ALL: {"type": "string", "title": ALL, "description": ALL, "default": ALL},
        "pick": {"enum": list(ATTACKS), "description": ALL},
        "one": {"oneOf": [{"const": place, "title": attack, "description": attack}
                          for place, attack in enumerate(ATTACKS)]},
        "many": {"type": "array", "uniqueItems": True, "items": {"enum": list(ATTACKS)}},
        "kind": {"anyOf": [{"type": "string", "title": ALL}, {"type": "integer", "title": "n"}]},
        "pattern": {"type": "string", "pattern": ALL[:40].replace("(", "").replace("[", "")},
        "dict": {"type": "object", "additionalProperties": {"type": "string"},
                 "default": {ALL: ALL}},
        "const": {"const": ALL}, "anything": {},
        "color": {"type": "string", "format": "color", "default": ALL},
    },
    "required": ["pick"],
}  # fmt: skip
COMMON: dict[str, Any] = {
    "context": {ALL: ALL, "nested": {ALL: [ALL]}}, "role": ALL, "tags": ATTACKS,
    "history": (Turn(ALL, ALL, ALL, ALL),), "ladder": (ATTACKS[0],),
}  # fmt: skip
HOSTILE: dict[str, Request] = {
    "approval": Approval(ALL, draft=ALL, **COMMON),
    "structure": Approval(ALL, draft={ALL: ALL, "list": [ALL]}, **COMMON),
    "choice": Choice(ALL, [Option(attack, attack, attack) for attack in ATTACKS], **COMMON),
    "choices": Choice(ALL, list(ATTACKS), multiple=True, other=True, **COMMON),
    "ask": Ask(ALL, guess=ALL, **COMMON),
    "verify": Confirm(ALL, level="verify", phrase=ALL, **COMMON),
    "form": Form(HOSTILE_SCHEMA, question=ALL, **COMMON),
    "edit": Edit(ALL, question=ALL, **COMMON),
    "feedback": Feedback({ALL: ALL}, types=ATTACKS, question=ALL, **COMMON),
    "calls": ToolReview(
        [ToolCall(ALL, {ALL: ALL}, description=ALL,
                  allow=("approve", "edit", "reject", "respond"))], question=ALL, **COMMON),
    "sources": Approval(ALL, **COMMON | {"context": [Source(ALL, ALL, ALL)]}),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_in_every_place_of_a_request_runs_nothing(desk: FormPage, kind: str) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    form = desk.show(HOSTILE[kind])
    unfold(form)
    for field in form.get_by_role("textbox").all():
        if field.is_editable() and field.get_attribute("type") != "file":
            field.fill(ALL)
    for radio in form.get_by_role("radio").all():
        radio.check()
    form.press("Control+Enter")
    form.press("Control+Enter")
    expect(form.locator(".errors p, .status:not(:empty)").first).to_be_visible()

    drawn = form.locator(MADE.replace("style, ", ""))
    assert [element.evaluate("element => element.outerHTML") for element in drawn.all()] == []
    assert desk.page.evaluate("window.attacked") is None
    assert [url for url in asked if PLANTED in url] == []
    assert ATTACKS[0] in form.inner_text()


REQUEST = """
from hitl_nb import START, Approval, InMemorySaver, SqliteSaver, StateGraph, interrupt

def ask(state):
    decision = interrupt({request})
    return {{"answer": [decision.action, decision.value, decision.comment, decision.given]}}

graph = StateGraph(name="letter").add_node(ask).add_edge(START, "ask")
app = graph.compile({saver})
"""
SHOW = "session = app.session({}, thread_id='letter')\nsession"
RESULT = "await session\nsession.values['answer']"


def opened(
    notebooks: Notebooks, request: str, saver: str = "InMemorySaver()"
) -> tuple[NotebookPage, View]:
    notebook = notebooks.new(REQUEST.format(request=request, saver=saver), SHOW, RESULT)
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks("Send it?")
    return notebook, view


LETTER_CODE = f"Approval('Send it?', draft={DRAFT!r}, context='She waits.')"


def test_shortcuts_of_the_notebook_never_fire_from_a_form(notebooks: Notebooks) -> None:
    notebook, view = opened(
        notebooks, "Approval('Send it?', draft={'text': 'x', 'sure': True, 'n': 1}, editable=True)"
    )
    before = notebook.sources()
    hand = Keyboard(notebook.page)
    view.question("Send it?").focus()
    for field in (
        view.root.get_by_role("textbox", name="Text"), view.root.get_by_role("radio").first,
        view.root.get_by_role("textbox", name="comment"),
    ):  # fmt: skip
        hand.reach(field)
        for key in ("d", "d", "x", "z", "m", "y", "0", "0", "Shift+Enter", "Escape"):
            notebook.page.keyboard.press(key)

    view.asks("Send it?")
    assert notebook.sources() == before
    assert notebook.page.get_by_role("dialog").count() == 0


def test_a_half_filled_form_is_as_it_was_after_a_reload(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, LETTER_CODE)
    notebook.save()
    view.root.get_by_role("textbox", name="draft").fill("Dear Ines, half a thought")
    with notebook.sending("not yet"):
        view.root.get_by_role("textbox", name="comment").fill("not yet")

    notebook.reload()
    view.asks("Send it?")
    draft = view.root.get_by_role("textbox", name="draft")
    expect(draft).to_have_value("Dear Ines, half a thought")
    expect(view.root.get_by_role("textbox", name="comment")).to_have_value("not yet")
    view.button("Approve as edited").click()

    notebook.run(2)
    text = "['edit', 'Dear Ines, half a thought', 'not yet', 'widget']"
    expect(notebook.output(2)).to_have_text(text)


def test_a_lost_kernel_loses_nothing_of_a_half_filled_form(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, LETTER_CODE, "SqliteSaver('kept.db')")
    draft = view.root.get_by_role("textbox", name="draft")
    draft.fill("a long thought")

    notebook.restart_kernel()
    expect(view.root.locator(".notice").first).to_be_visible()
    expect(draft).to_have_value("a long thought")
    notebook.run(0)
    notebook.run(1)
    expect(view.root.locator(".notice")).to_have_count(0)
    expect(draft).to_have_value("a long thought")
    view.button("Approve as edited").click()

    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['edit', 'a long thought', '', 'widget']")


def test_a_soft_gate_counts_down_and_goes_on_as_proposed(notebooks: Notebooks) -> None:
    notebook, view = opened(
        notebooks, "Approval('Send it?', draft='as it is', gate='soft', timeout=9)"
    )
    expect(view.root.get_by_role("timer")).to_contain_text("0:0")
    view.root.get_by_role("textbox", name="draft").fill("too late")

    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['approve', 'as it is', '', 'timeout']")


def test_hold_keeps_what_was_typed_and_waits(notebooks: Notebooks) -> None:
    notebook, view = opened(
        notebooks, "Approval('Send it?', draft='as it is', gate='soft', timeout=600)"
    )
    view.root.get_by_role("textbox", name="draft").fill("better")

    view.question("Send it?").get_by_role("button", name="Hold", exact=True).click()
    expect(view.root.get_by_role("timer")).to_have_count(0)
    view.asks("Send it?")
    expect(view.root.get_by_role("textbox", name="draft")).to_have_value("better")
    view.button("Approve as edited").click()

    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['edit', 'better', '', 'widget']")


def test_the_record_has_the_edit_and_the_share_that_was_seen(notebooks: Notebooks) -> None:
    long = "context='word ' * 20_000"
    notebook, view = opened(notebooks, f"Approval('Send it?', draft='a red lamp', {long})")
    view.root.get_by_role("textbox", name="draft").fill("a blue lamp")
    view.root.get_by_label("Approve without having seen the rest").check()
    view.button("Approve as edited").click()

    record = notebook.output(1)
    expect(record).to_contain_text("done")
    record.locator("summary").first.click()
    expect(record).to_contain_text("% of it seen")
    expect(record.locator("del")).to_have_text(["red"])
    expect(record.locator("ins")).to_have_text(["blue"])
