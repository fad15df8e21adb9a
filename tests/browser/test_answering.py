from __future__ import annotations

import pytest
from browser.cells import (
    ANSWERS,
    APPROVE,
    ASKING_SESSION,
    AWAIT,
    BLOCKED,
    DECISIONS,
    EXPLAIN,
    FAILING,
    REFUND,
    SESSION,
    asking,
)
from browser.notebook_page import Notebooks
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

STATIC = {"text/html", "text/plain"}


def test_run_all_shows_a_form_and_a_click_resumes_the_run(
    notebooks: Notebooks, kernel_comms: str
) -> None:
    notebook = notebooks.new(REFUND, SESSION, AWAIT, "'the cell after'")
    notebook.run_all()
    view = notebook.view(1)
    view.asks(APPROVE)

    view.button("approve").click()
    view.asks(EXPLAIN)
    view.answer.fill("never shipped")
    with notebook.sending('"text":"never shipped"') as sent:
        view.submit.click()

    assert ('"subshell_id":null' in sent.text) == (kernel_comms == "comms over the main shell")
    expect(notebook.output(2)).to_have_text("approve · never shipped")
    expect(notebook.output(3)).to_have_text("'the cell after'")
    assert notebook.mimetypes(1) == STATIC


def test_a_rejection_reaches_the_node(notebooks: Notebooks) -> None:
    notebook = notebooks.new(REFUND, SESSION, "session.values['decision']")
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks(APPROVE)

    view.button("reject").click()
    view.asks(EXPLAIN)

    expect(view.root).to_contain_text('→ "reject" by notebook user')
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("'reject'")


def test_a_double_click_answers_one_question_only(notebooks: Notebooks) -> None:
    same_place = [{"question": f"Really {number}?", "options": ["yes", "no"]} for number in (1, 2)]
    notebook = notebooks.new(asking(*same_place), ASKING_SESSION, DECISIONS)
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks("Really 1?")

    view.button("yes").dblclick()
    view.asks("Really 2?")

    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['yes']")
    expect(view.question("Really 2?")).to_be_visible()


def test_an_answer_on_its_way_to_a_busy_kernel_is_shown_and_no_other_is_sent(
    notebooks: Notebooks, kernel_comms: str
) -> None:
    notebook = notebooks.new(REFUND, SESSION, BLOCKED, DECISIONS)
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks(APPROVE)
    notebook.run(2)

    view.button("approve").click()
    notice = view.question(APPROVE).locator(".notice")
    expect(notice).to_contain_text("“approve” was sent and is not confirmed yet")
    expect(view.button("reject")).to_have_attribute("aria-disabled", "true")
    notebook.shoot("not-confirmed")
    view.button("reject").dispatch_event("click")
    notebook.go_on()

    view.asks(EXPLAIN)
    expect(view.root.locator(".notice")).to_have_count(0)
    notebook.run(3)
    expect(notebook.output(3)).to_have_text("['approve']")


def test_an_answer_that_came_second_is_said_not_to_count(notebooks: Notebooks) -> None:
    notebook = notebooks.new(REFUND, SESSION, "session", BLOCKED, DECISIONS)
    for number in range(3):
        notebook.run(number)
    first, second = notebook.view(1), notebook.view(2)
    first.asks(APPROVE)
    second.asks(APPROVE)
    notebook.run(3)

    first.button("approve").click()
    second.button("reject").click()
    notebook.go_on()

    second.asks(EXPLAIN)
    expect(second.root.locator(".notice")).to_have_text(
        "“reject” came too late and does not count. "
        "Already answered by notebook user: 'approve'. It stands."
    )
    notebook.run(4)
    expect(notebook.output(4)).to_have_text("['approve']")


def test_many_options_become_a_list_that_starts_empty(notebooks: Notebooks) -> None:
    cities = ["Graz", "Wien", "Linz", "Salzburg", "Innsbruck", "Bregenz", "Eisenstadt"]
    notebook = notebooks.new(
        asking({"question": "Which branch?", "options": cities}), ASKING_SESSION, ANSWERS
    )
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks("Which branch?")
    choice = view.root.get_by_role("combobox")

    expect(choice).to_have_value("")
    expect(view.submit).to_have_attribute("aria-disabled", "true")
    notebook.shoot("dropdown")
    choice.select_option("Linz")
    view.submit.click()

    expect(notebook.output(1)).to_contain_text("done")
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['Linz']")


def test_running_the_cell_again_shows_the_same_question_and_decides_nothing(
    notebooks: Notebooks,
) -> None:
    notebook = notebooks.new(REFUND, SESSION, DECISIONS)
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    question = view.asks(APPROVE).get_attribute("data-question")

    notebook.run(1)
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("[]")
    assert view.asks(APPROVE).get_attribute("data-question") == question

    view.button("approve").click()
    view.asks(EXPLAIN)
    notebook.run(1)
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("['approve']")
    view.asks(EXPLAIN)


def test_two_views_of_a_session_agree(notebooks: Notebooks) -> None:
    notebook = notebooks.new(REFUND, SESSION, "session", DECISIONS)
    for number in range(3):
        notebook.run(number)
    first, second = notebook.view(1), notebook.view(2)
    first.asks(APPROVE)
    second.asks(APPROVE)

    first.button("approve").click()
    first.asks(EXPLAIN)
    second.asks(EXPLAIN)
    expect(first.root.locator(".record")).to_have_count(1)
    expect(second.root.locator(".record")).to_have_count(1)

    second.answer.fill("agreed")
    second.submit.click()
    for number in (1, 2):
        expect(notebook.output(number)).to_contain_text("done")
        expect(notebook.output(number).locator(".hitl-nb")).to_have_count(0)
        assert notebook.mimetypes(number) == STATIC
    notebook.run(3)
    expect(notebook.output(3)).to_have_text("['approve', 'agreed']")


def test_an_interrupted_wait_leaves_the_session_answerable(notebooks: Notebooks) -> None:
    notebook = notebooks.new(REFUND, SESSION, AWAIT)
    notebook.run_all()
    view = notebook.view(1)
    view.asks(APPROVE)
    expect(notebook.cell(2).locator(".jp-InputPrompt")).to_have_text("[*]:")

    notebook.interrupt_kernel()
    expect(notebook.output(2)).to_contain_text("Waiting stopped")

    view.button("approve").click()
    view.asks(EXPLAIN)
    view.answer.fill("later")
    view.submit.click()
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("approve · later")


def test_a_failing_node_is_named_with_its_traceback(notebooks: Notebooks) -> None:
    notebook = notebooks.new(FAILING, "await session")
    notebook.run_all()
    view = notebook.view(0)
    view.asks("Go on?")

    view.button("yes").click()

    shown = notebook.output(0)
    expect(shown).to_contain_text("LookupError: no such order (in node 'look_up'")
    expect(shown).to_contain_text('raise LookupError("no such order")')
    expect(notebook.output(1)).to_contain_text("LookupError: no such order")
    expect(notebook.output(1)).to_contain_text("in node 'look_up'")
    notebook.shoot("failure")


def test_the_end_leaves_static_text_in_page_and_file(notebooks: Notebooks) -> None:
    notebook = notebooks.new(REFUND, SESSION)
    notebook.run_all()
    view = notebook.view(1)
    view.asks(APPROVE)
    notebook.shoot("approval")
    view.button("approve").click()
    view.asks(EXPLAIN)
    notebook.shoot("writing")
    view.answer.fill("never shipped")
    view.submit.click()
    expect(notebook.output(1)).to_contain_text("done")
    notebook.shoot("record")

    *_, output = notebook.saved().cells[1].outputs
    assert set(output.data) == STATIC
    for kept in (APPROVE, "approve", EXPLAIN, "never shipped"):
        assert kept in output.data["text/html"]
        assert kept in output.data["text/plain"]
    notebook.reload()
    expect(notebook.output(1)).to_contain_text("never shipped")
    expect(notebook.page.locator(".hitl-nb")).to_have_count(0)
