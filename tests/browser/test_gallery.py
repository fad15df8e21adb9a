"""Every request and every kind of field of the gallery: filled in, answered, looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser.axe import violations
from browser.filler import Fingers, Hand, Keyboard, Mouse
from browser.form_page import FormPage
from browser.gallery import NOTEBOOK, asked, fill, read_cells
from browser.notebook_page import SCREENSHOTS, Notebooks, View
from gallery_answers import ANSWERS
from playwright.sync_api import BrowserContext, expect

from hitl_nb.requests.base import Request, Turn
from hitl_nb.requests.replies import read_reply

pytestmark = pytest.mark.browser

GALLERY = {
    f"{cell}-{place}": request
    for cell, requests in asked().items()
    for place, request in enumerate(requests)
}
every_request = pytest.mark.parametrize("name", GALLERY)
REJECT = "Reject"
HANDS: dict[str, type[Hand]] = {"by mouse": Mouse, "by keyboard": Keyboard}


@pytest.fixture(scope="module")
def desk(context: BrowserContext) -> Iterator[FormPage]:
    desk = FormPage.open(context)
    yield desk
    assert desk.complaints == []
    desk.page.close()


@every_request
@pytest.mark.parametrize("hand", HANDS)
def test_each_form_gives_the_answer_that_was_filled_in(
    desk: FormPage, name: str, hand: str
) -> None:
    request = GALLERY[name]
    form = desk.show(request)

    button = fill(form, request, HANDS[hand](desk.page))
    reply = desk.submit(button)

    assert reply is not None, desk.refusals[-1]
    wanted = read_reply(request, ANSWERS[request.question])
    assert reply == {"action": wanted.action, "value": wanted.value, "comment": wanted.comment}


@every_request
@pytest.mark.parametrize("width", [1200, 600])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_form_is_accessible(desk: FormPage, name: str, theme: str, width: int) -> None:
    desk.use_theme(theme)
    desk.page.set_viewport_size({"width": width, "height": 1000})
    request = GALLERY[name]
    found: dict[str, Any] = {}

    def look(when: str) -> None:
        found[when] = violations(desk.root)
        picture = SCREENSHOTS / f"form-{name}-{when}-{theme}-{width}.png"
        desk.page.screenshot(path=picture, full_page=True, animations="disabled")
        assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), when

    form = desk.show(request)
    look("open")
    reply = desk.submit(REJECT if form.get_by_role("button", name=REJECT).count() else "")
    if reply is None:
        look("wrong")
    else:
        form = desk.show(request)
    fill(form, request, Fingers(desk.page))
    look("filled")

    assert {when: wrong for when, wrong in found.items() if wrong} == {}


def test_what_is_not_accessible_would_be_found(desk: FormPage) -> None:
    desk.use_theme("light")
    form = desk.show(GALLERY["ask-guess-0"])
    form.get_by_role("heading").evaluate("heading => { heading.style.color = '#ccc'; }")
    form.get_by_role("textbox").first.evaluate("""field => {
        for (const name of ["aria-label", "id"]) field.removeAttribute(name);
    }""")

    assert {rule for rule, *_ in violations(desk.root)} == {"label", "color-contrast"}


def answer(view: View, request: Request, person: Hand) -> None:
    """Answer the form of a request and see it go."""
    form = view.asks(request.question)
    name = form.get_attribute("data-question")
    form.focus()
    button = fill(form, request, person)
    person.press(form.get_by_role("button", name=button, exact=True))
    expect(view.root.locator(f"[data-question='{name}']")).to_have_count(0)


@pytest.mark.parametrize("hand", HANDS)
def test_the_notebook_is_answered_from_top_to_bottom(notebooks: Notebooks, hand: str) -> None:
    notebooks.lab.copy_folder(NOTEBOOK.parent)
    notebook = notebooks.open(f"notebooks/{NOTEBOOK.name}")
    places = {cell.id: place for place, cell in enumerate(read_cells())}
    notebook.run_all()
    person = HANDS[hand](notebook.page)

    for cell, requests in asked().items():
        view = notebook.view(places[cell])
        for request in requests:
            answer(view, request, person)
            if request.approvers > 1:
                turn = Turn("approve", "ana")
                answer(view, request.with_(approvers=1, history=(turn,)), person)
    policy = notebook.view(places["policy"])
    person.press(policy.asks("Run refund?").get_by_role("button", name="Approve", exact=True))

    notebook.has_run(places["decisions"])
    table = notebook.output(places["decisions"])
    expect(table.get_by_role("row")).to_have_count(18)
    for words in ("a strike", "the desk lamp", "small refunds", "bo", "mixed"):
        expect(table).to_contain_text(words)
