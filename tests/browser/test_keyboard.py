"""Keys pressed in a form stay in the form."""

from __future__ import annotations

import pytest
from browser.cells import ASKING_SESSION, asking
from browser.notebook_page import NotebookPage, Notebooks, View
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SHORTCUTS = ["b", "x", "d", "d", "a", "m", "z", "Enter", "Shift+Enter", "Control+Enter"]
LETTERS = SHORTCUTS[:7]
MANY = [f"option {number}" for number in range(8)]


def press(notebook: NotebookPage, keys: list[str]) -> None:
    for key in keys:
        notebook.page.keyboard.press(key)


def opened(notebooks: Notebooks, question: object, heading: str) -> tuple[NotebookPage, View]:
    notebook = notebooks.new(asking(question), ASKING_SESSION, "'last'")
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks(heading)
    notebook.has_run(1)
    return notebook, view


def unchanged(notebook: NotebookPage, sources: list[str], prompts: list[str]) -> None:
    notebook.run(2)
    notebook.has_run(2)
    assert notebook.sources() == sources
    assert notebook.page.locator(".jp-InputPrompt").all_inner_texts()[:2] == prompts


def test_keys_typed_into_the_text_field_are_text(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, "Why?", "Why?")
    sources = notebook.sources()
    prompts = notebook.page.locator(".jp-InputPrompt").all_inner_texts()[:2]

    view.answer.click()
    press(notebook, [*SHORTCUTS[:-1], "b"])

    expect(view.answer).to_have_value("bxddamz\n\nb")
    unchanged(notebook, sources, prompts)


def test_keys_pressed_on_a_button_change_no_cell(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, {"question": "Go?", "options": ["yes", "no"]}, "Go?")
    sources = notebook.sources()
    prompts = notebook.page.locator(".jp-InputPrompt").all_inner_texts()[:2]

    view.button("yes").focus()
    press(notebook, LETTERS)

    expect(view.button("yes")).to_be_focused()
    unchanged(notebook, sources, prompts)
    view.asks("Go?")


def test_keys_pressed_on_a_list_choose_from_it(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, {"question": "Which?", "options": MANY}, "Which?")
    sources = notebook.sources()
    prompts = notebook.page.locator(".jp-InputPrompt").all_inner_texts()[:2]

    choice = view.root.get_by_role("combobox")
    choice.focus()
    press(notebook, [*LETTERS, "ArrowDown", "ArrowDown"])

    expect(choice).to_have_value("1")
    unchanged(notebook, sources, prompts)


def test_keys_pressed_beside_the_controls_answer_nothing(notebooks: Notebooks) -> None:
    notebook, view = opened(notebooks, {"question": "Go?", "options": ["yes", "no"]}, "Go?")
    sources = notebook.sources()
    prompts = notebook.page.locator(".jp-InputPrompt").all_inner_texts()[:2]

    view.root.get_by_role("heading", name="Go?").click()
    press(notebook, SHORTCUTS)

    unchanged(notebook, sources, prompts)
    view.asks("Go?")


def test_the_next_form_takes_the_focus_and_never_on_an_answer(notebooks: Notebooks) -> None:
    notebook = notebooks.new(
        asking("Why?", {"question": "Go?", "options": ["yes", "no"]}), ASKING_SESSION
    )
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    view.asks("Why?")

    view.answer.click()
    press(notebook, ["h", "i", "Control+Enter"])
    form = view.asks("Go?")

    expect(form).to_be_focused()
    press(notebook, ["Enter", "Space", "Control+Enter"])
    expect(form).to_be_visible()
