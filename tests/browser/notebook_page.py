"""A notebook open in JupyterLab, and the views of sessions in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from browser.lab import Lab
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    WebSocket,
    expect,
)

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
RAN = re.compile(r"\[\d+\]:")
OURS = re.compile(r"blob:|widget|hitl", re.IGNORECASE)
"""What a complaint about our view mentions: its module is loaded from a blob."""
Theme = Literal["light", "dark"]
THEMES: dict[Theme, str] = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

NOTEBOOK = "jupyterapp.shell.currentWidget"
IS_OPEN = f"""name => {{
    const panel = window.jupyterapp && {NOTEBOOK};
    return panel?.context?.path === name && panel.context.isReady &&
        panel.sessionContext.isReady && panel.content.widgets.length > 0 &&
        panel.sessionContext.session?.kernel?.connectionStatus === "connected" &&
        jupyterapp.commands.isEnabled("runmenu:run-all");
}}"""
SOURCES = f"() => {NOTEBOOK}.content.widgets.map(cell => cell.model.sharedModel.getSource())"
MIMETYPES = f"""number => {NOTEBOOK}.content.widgets[number].model.sharedModel.getOutputs()
    .flatMap(output => Object.keys(output.data ?? {{}}))"""
RUN = f"""number => {{
    {NOTEBOOK}.content.activeCellIndex = number;
    void jupyterapp.commands.execute("notebook:run-cell");
}}"""


class View:
    """One drawn session: its forms and what they answer."""

    def __init__(self, root: Locator) -> None:
        self.root = root

    def question(self, heading: str) -> Locator:
        """Return the form that asks this."""
        return self.root.get_by_role("form", name=heading, exact=True)

    @property
    def answer(self) -> Locator:
        """The field to write into."""
        return self.root.get_by_role("textbox", name="answer")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def submit(self) -> Locator:
        return self.root.get_by_role("button", name="Submit")

    @property
    def header(self) -> Locator:
        return self.root.locator("header")

    def asks(self, heading: str) -> Locator:
        """Wait for a question."""
        form = self.question(heading)
        expect(form).to_be_visible()
        return form


@dataclass
class Sent:
    """A message on its way to the kernel, as text."""

    text: str = ""


class NotebookPage:
    """One notebook in one page.

    Args:
        page: The browser's page.
        lab: The server.
        name: The notebook's file name.
    """

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page = page
        self.lab = lab
        self.name = name
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._kernel_socket: WebSocket | None = None
        page.on("console", self._hear)
        page.on("pageerror", self._hear_error)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", self._keep_socket)

    def open(self) -> None:
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?reset&token={self.lab.token}")
        self.wait_until_open()

    def reload(self) -> None:
        self.page.reload()
        self.wait_until_open()

    def wait_until_open(self) -> None:
        self.page.wait_for_function(IS_OPEN, arg=self.name)
        self.page.evaluate("jupyterapp.restored.then(() => jupyterapp.shell.collapseLeft())")

    def save(self) -> None:
        self.command("docmanager:save")

    def saved(self) -> Any:
        """Save, and return the notebook as it is in its file."""
        self.save()
        return self.lab.read_notebook(self.name)

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab to its end."""
        self.page.evaluate(
            "([name, given]) => jupyterapp.commands.execute(name, given).then(() => null)",
            [name, arguments],
        )

    def run_all(self) -> None:
        """Choose "Run All Cells" from the menu."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()

    def run(self, number: int) -> None:
        """Start a cell and return at once."""
        self.page.evaluate(RUN, number)

    def restart_kernel(self) -> None:
        self.page.evaluate(f"() => {NOTEBOOK}.sessionContext.restartKernel().then(() => null)")

    def interrupt_kernel(self) -> None:
        self.page.evaluate(
            f"() => {NOTEBOOK}.sessionContext.session.kernel.interrupt().then(() => null)"
        )

    def cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def output(self, number: int) -> Locator:
        """Return what a cell shows, without its prompts and what it saves beside a view."""
        return self.cell(number).locator(".jp-OutputArea-output").last

    def view(self, number: int) -> View:
        """Return the view of a session below a cell."""
        return View(self.cell(number).locator(".hitl-nb"))

    def go_on(self) -> None:
        """Let a cell go on that waits for a file."""
        (self.lab.root / "go").touch()

    def hides_its_complaint(self, number: int) -> None:
        """Check that nobody sees JupyterLab's line about a view whose kernel is gone."""
        complaint = self.cell(number).get_by_text("model not found")
        expect(complaint).to_have_count(1)
        expect(complaint).to_be_hidden()
        self.complaints.clear()

    def has_run(self, number: int) -> None:
        """Wait for a cell to end."""
        expect(self.cell(number).locator(".jp-InputPrompt")).to_have_text(RAN)

    def sources(self) -> list[str]:
        return list(self.page.evaluate(SOURCES))

    def mimetypes(self, number: int) -> set[str]:
        """Return what a cell's outputs are made of."""
        return set(self.page.evaluate(MIMETYPES, number))

    def use_theme(self, theme: Theme) -> None:
        self.command("apputils:change-theme", theme=THEMES[theme])
        light = str(theme == "light").lower()
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", light)

    def shoot(self, name: str) -> None:
        """Take a picture of the state, light and dark, for people to look at."""
        for theme in ("dark", "light"):
            self.use_theme(theme)
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{theme}.png", animations="disabled")

    @contextmanager
    def sending(self, text: str) -> Iterator[Sent]:
        """Go on once a message with this text is on its way to the kernel."""
        assert self._kernel_socket is not None
        sent = Sent()
        with self._kernel_socket.expect_event(
            "framesent", lambda frame: text in _text(frame)
        ) as info:
            yield sent
        sent.text = _text(info.value)

    def _keep_socket(self, socket: WebSocket) -> None:
        if "/api/kernels/" in socket.url:
            self._kernel_socket = socket

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _hear_error(self, error: Error) -> None:
        self.complaints.append(f"{error.message}\n{error.stack}")


class Notebooks:
    """Opens notebooks for one test, each in a page of its own."""

    def __init__(self, lab: Lab, context: BrowserContext, test: str) -> None:
        self.lab = lab
        self.opened: list[NotebookPage] = []
        self._context = context
        self._test = re.sub(r"\W+", "-", test).strip("-")

    def new(self, *cells: str) -> NotebookPage:
        """Write a notebook of these code cells and open it."""
        name = f"{self._test}-{len(self.opened)}.ipynb"
        self.lab.write_notebook(name, *cells)
        return self.open(name)

    def open(self, name: str) -> NotebookPage:
        notebook = NotebookPage(self._context.new_page(), self.lab, name)
        self.opened.append(notebook)
        notebook.open()
        return notebook

    @property
    def complaints(self) -> list[str]:
        """What the consoles said about our views."""
        found = (complaint for notebook in self.opened for complaint in notebook.complaints)
        return [complaint for complaint in found if OURS.search(complaint)]


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode(errors="replace")
