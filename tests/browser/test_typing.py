"""The text that is sent is the text that was typed, however fast."""

from __future__ import annotations

import json

import pytest
from browser.cells import ASKING_SESSION, asking
from browser.notebook_page import Notebooks
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

ROUNDS = 50


def middle(target: Locator) -> tuple[float, float]:
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("way", ["click", "Control+Enter"])
def test_text_typed_fast_and_sent_at_once_is_whole(
    notebooks: Notebooks, kernel_comms: str, way: str
) -> None:
    questions = [f"Question {number}?" for number in range(ROUNDS)]
    typed = [f"answer {number} is all of these words" for number in range(ROUNDS)]
    as_json = "import json; print(json.dumps(session.values['answers']))"
    notebook = notebooks.new(asking(*questions), ASKING_SESSION, as_json)
    notebook.run(0)
    notebook.run(1)
    view = notebook.view(1)
    keyboard, mouse = notebook.page.keyboard, notebook.page.mouse

    for question, text in zip(questions, typed, strict=True):
        view.asks(question)
        view.answer.click()
        place = middle(view.submit)
        keyboard.type(text)
        if way == "click":
            mouse.click(*place)
        else:
            keyboard.press(way)

    expect(notebook.output(1)).to_contain_text("done")
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("]")
    assert json.loads(notebook.output(2).inner_text()) == typed
