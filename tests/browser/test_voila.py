"""Voila serves a session as a web page, and the form is answered in it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser.lab import environment, write_kernelspec, write_notebook
from browser.notebook_page import SCREENSHOTS, View
from playwright.sync_api import BrowserContext, expect

pytestmark = pytest.mark.browser

PATIENCE = 300.0
PAGE = """
from hitl_nb import START, Approval, InMemorySaver, StateGraph, interrupt

def approve(state):
    decision = interrupt(Approval("Send this letter?", "We are sorry."))
    return {"sent": decision.value if decision.approved else "nothing"}

graph = StateGraph(name="letters").add_node(approve).add_edge(START, "approve")
session = graph.compile(InMemorySaver()).session({}, thread_id="t")
session
"""


@contextmanager
def serving(home: Path, notebook: Path) -> Iterator[str]:
    """Serve a notebook; give the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    options = (f"--port={port}", "--no-browser", "--Voila.ip=127.0.0.1")
    with (home / "voila.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "voila", str(notebook), *options],
            env=environment(home), stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait(address, server, home / "voila.log")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"{address}voila/static/voila.js", timeout=PATIENCE).close()
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert server.poll() is None, log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < deadline, log.read_text(errors="replace")[-2000:]
            time.sleep(0.1)
        else:
            return


def test_a_session_is_a_web_page_whose_form_is_answered(
    context: BrowserContext, tmp_path: Path
) -> None:
    write_kernelspec(tmp_path / "data" / "kernels" / "python3")
    notebook = tmp_path / "letters.ipynb"
    write_notebook(notebook, PAGE)
    with serving(tmp_path, notebook) as address:
        page = context.new_page()
        page.goto(address)
        view = View(page.locator(".hitl-nb"))
        form = view.asks("Send this letter?")
        form.get_by_role("textbox", name="draft").fill("We are very sorry.")
        page.screenshot(path=SCREENSHOTS / "voila.png", animations="disabled")
        form.get_by_role("button", name="Approve as edited").click()

        expect(page.locator("body")).to_contain_text("approved as edited by")
        expect(page.locator("body")).to_contain_text("We are very sorry.")
        expect(page.locator("form:visible")).to_have_count(0)
        page.screenshot(path=SCREENSHOTS / "voila-end.png", animations="disabled")
        page.close()
