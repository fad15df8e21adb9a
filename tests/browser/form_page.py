"""The real front end in a bare page, answered by the real kernel side: no JupyterLab between."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from hitl_nb.errors import UnseenContent
from hitl_nb.forms import BadAnswer, describe, read_submission, request_of
from hitl_nb.forms.displayed import SentEvidence
from hitl_nb.forms.text_pages import page_of
from hitl_nb.messages import DisplayedShare, FormView, FromBrowser
from hitl_nb.notebook.widget.acknowledge import accepted, refused, why_refused
from hitl_nb.notebook.widget.receiver import read_as
from hitl_nb.requests.base import Request
from hitl_nb.types import Interrupt

ROOT = Path(__file__).parents[2]
VIEW = ROOT / "hitl_nb" / "static" / "view.js"
ADDRESS = "http://view.test/"
PAGE = """<!doctype html><html lang="en"><title>form</title>
<body data-jp-theme-light="true" style="margin: 0; background: var(--jp-layout-color0)">
<main id="here" style="padding: 8px"></main>
<script type="module">
import view from "./view.js";
const heard = new Map();
let state = {};
const tell = (name, ...rest) => (heard.get(name) ?? []).forEach(call => call(...rest));
const model = {
    get: name => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes: () => {},
    send: async message => {
        if (message.type === "submit") window.sent += 1;
        const word = await window.toKernel(JSON.stringify(message));
        if (word) tell("msg:custom", JSON.parse(word), []);
    },
    on: (name, call) => { heard.set(name, [...(heard.get(name) ?? []), call]); },
    off: (name, call) => {
        heard.set(name, (heard.get(name) ?? []).filter(other => other !== call));
    },
};
window.sent = 0;
window.draw = given => {
    const first = Object.keys(state).length === 0;
    state = {...state, ...given};
    if (first) view.render({model, el: document.getElementById("here")});
    else Object.keys(given).forEach(name => tell(`change:${name}`));
};
window.ready = true;
</script></body></html>"""
HEADER = {
    "graph": ["form"], "thread": [], "status": "waiting", "note": ["waiting for you"], "saver": [],
}  # fmt: skip


@dataclass
class FormPage:
    """Shows questions one after the other and keeps what was answered.

    Attributes:
        page: The page.
        question: The question that is shown.
        form: How it is described to the front end.
        answers: What was accepted as an answer, oldest first.
        refusals: What was not, and why.
        shares: How much of each was displayed.
        sent: What the page got of the evidence.
        drafts: What was typed and not submitted, by question id.
    """

    page: Page
    question: Interrupt = field(default_factory=lambda: Interrupt(None, "none"))
    form: FormView | None = None
    answers: list[Any] = field(default_factory=list)
    refusals: list[BadAnswer | UnseenContent] = field(default_factory=list)
    drafts: dict[str, str] = field(default_factory=dict)
    shares: list[DisplayedShare] = field(default_factory=list)
    sent: SentEvidence = field(default_factory=SentEvidence)
    complaints: list[str] = field(default_factory=list)
    _number: int = 0

    @classmethod
    def open(cls, context: BrowserContext) -> FormPage:
        """Open the page in a browser."""
        desk = cls(context.new_page())
        page = desk.page
        page.on("pageerror", lambda error: desk.complaints.append(str(error.stack)))
        page.route(ADDRESS, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        page.route(
            f"{ADDRESS}view.js",
            lambda route: route.fulfill(path=VIEW, content_type="text/javascript"),
        )
        page.expose_function("toKernel", desk._receive)
        page.goto(ADDRESS)
        page.wait_for_function("window.ready === true")
        return desk

    @property
    def root(self) -> Locator:
        """All that is ours in the page."""
        return self.page.locator(".hitl-nb")

    def use_theme(self, theme: str) -> None:
        """Bring in the colours of JupyterLab's own theme."""
        for sheet in self.page.locator("style[data-theme]").all():
            sheet.evaluate("sheet => sheet.remove()")
        content = (_themes() / f"theme-{theme}-extension" / "index.css").read_text("utf-8")
        self.page.evaluate(
            """([theme, text]) => {
                const sheet = document.createElement("style");
                sheet.dataset.theme = theme;
                sheet.textContent = text;
                document.head.append(sheet);
                document.body.dataset.jpThemeLight = String(theme === "light");
            }""",
            [theme, content],
        )

    def show(self, asked: Request | Any, schema: Any = None, **drafts: str) -> Locator:
        """Ask a question; return its form once it is drawn."""
        self._number += 1
        name, now = f"question-{self._number}", datetime.now(UTC).isoformat()
        self.question = Interrupt(asked, name, schema, node="ask", asked_at=now)
        self.form = describe(self.question)
        self.sent.add_form(self.form)
        state = {
            "header": HEADER, "timeline": [], "forms": [self.form], "result": None,
            "failure": None, "drafts": drafts,
        }  # fmt: skip
        self.page.evaluate("state => window.draw(state)", json.loads(json.dumps(state)))
        form = self.root.locator(f"[data-question='{self.question.id}']")
        expect(form).to_be_visible()
        return form

    def submit(self, button: str = "Submit") -> Any:
        """Press the button of an action; return what was answered, None if it was refused."""
        before = len(self.answers)
        form = self.root.locator(f"[data-question='{self.question.id}']")
        form.get_by_role("button", name=button).last.click()
        sent = self.page.evaluate("""() => new Promise(done => requestAnimationFrame(() =>
            requestAnimationFrame(() => done(window.sent))))""")
        while len(self.answers) + len(self.refusals) < sent:
            self.page.wait_for_timeout(1)
        if len(self.answers) > before:
            return self.answers[-1]
        expect(form.locator(".errors p").first).to_be_visible()
        return None

    def _receive(self, text: str) -> str:
        message: FromBrowser | None = read_as(FromBrowser, json.loads(text))
        assert message is not None, f"none of our messages: {text[:400]}"
        if message["type"] == "draft":
            self.drafts[message["question"]] = message["text"]
        if message["type"] == "turn":
            page = page_of(self.question, request_of(self.question), message)
            if page is not None:
                self.sent.add_page(page)
            return json.dumps(page)
        if message["type"] != "submit":
            return ""
        try:
            read = read_submission(self.question, message["answer"])
            shown = self.sent.share_of(describe(self.question), read.action, message["displayed"])
        except (BadAnswer, UnseenContent) as error:
            self.refusals.append(error)
            return json.dumps(refused(message["nonce"], why_refused(error)))
        self.answers.append(read.answer)
        self.shares.append(shown)
        return json.dumps(accepted(message["nonce"]))


def _themes() -> Path:
    spec = find_spec("jupyterlab")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "themes" / "@jupyterlab"
