from __future__ import annotations

import re
import socket
from collections.abc import Callable, Generator, Iterator

import chromium
import pytest
from lab import Lab, running_lab
from notebook_page import SCREENSHOTS, NotebookPage
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

PATIENCE = 20_000
"""Milliseconds to wait for anything a page should show."""

# Everything here lives as long as this folder's tests: Playwright's loop, which is running all
# the while, would break the asynchronous tests that come after.


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running_lab(tmp_path_factory.mktemp("lab"), port) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.NONE_FOUND, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages, so JupyterLab is fetched once."""
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(2 * PATIENCE)
    yield context
    context.close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


OpenNotebook = Callable[..., NotebookPage]


@pytest.fixture
def open_notebook(
    lab: Lab, context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Open a new notebook of these code cells; what the console complains about fails the test."""
    opened: list[NotebookPage] = []

    def open_cells(*cells: str) -> NotebookPage:
        name = re.sub(r"\W+", "-", request.node.name).strip("-") + f"-{len(opened)}.ipynb"
        lab.write_notebook(name, *cells)
        notebook = NotebookPage(context.new_page(), lab, name)
        opened.append(notebook)
        notebook.open()
        return notebook

    yield open_cells
    for number, notebook in enumerate(opened):
        if request.node.stash.get(FAILED, False):
            notebook.page.screenshot(path=SCREENSHOTS / f"failed-{request.node.name}-{number}.png")
        notebook.page.close()
    lab.end_kernels()
    complaints = [complaint for notebook in opened for complaint in notebook.complaints]
    assert complaints == []
