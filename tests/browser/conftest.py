from __future__ import annotations

import socket
from collections.abc import Generator, Iterator

import pytest
from browser import chromium
from browser.form_page import FormPage
from browser.lab import Lab, running_lab
from browser.notebook_page import SCREENSHOTS, Notebooks
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

PATIENCE = 120_000
"""Milliseconds until what a page should show is given up: only a hang takes that long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests last: Playwright's loop keeps running, and asynchronous tests need none."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running_lab(tmp_path_factory.mktemp("lab"), port) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.NONE_FOUND, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all pages, so JupyterLab is fetched once."""
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(2 * PATIENCE)
    yield context
    context.close()


@pytest.fixture
def desk(context: BrowserContext) -> Iterator[FormPage]:
    """One page for the forms of a test; a complaint in its console fails the test."""
    desk = FormPage.open(context)
    yield desk
    assert desk.complaints == []
    desk.page.close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(params=["comms over subshells", "comms over the main shell"])
def kernel_comms(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """Stand in for front ends that know kernel subshells, and for those that do not."""
    plugin = "@jupyterlab/apputils-extension:kernels-settings"
    if request.param == "comms over the main shell":
        lab.set(plugin, commsOverSubshells="disabled")
    yield request.param
    lab.set(plugin)


@pytest.fixture
def notebooks(
    lab: Lab, context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[Notebooks]:
    """Open notebooks; a complaint in the console about our view fails the test."""
    desk = Notebooks(lab, context, request.node.name)
    yield desk
    for number, notebook in enumerate(desk.opened):
        if request.node.stash.get(FAILED, False) and not notebook.page.is_closed():
            notebook.page.screenshot(path=SCREENSHOTS / f"failed-{request.node.name}-{number}.png")
        notebook.page.close()
    lab.end_kernels()
    assert desk.complaints == []
