"""Find a Chromium, or install one: Debian's package where that is allowed, else Playwright's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NONE_FOUND = (
    "The browser tests need Chromium, and none was found or could be installed: "
    "put `chromium` on the PATH, or run the other tests with `make test-fast`."
)


@cache
def find() -> str | None:
    """Return the path of a browser that starts, or None."""
    looks: list[Callable[[], str | None]] = [partial(shutil.which, name) for name in NAMES]
    for look in (*looks, _playwrights):
        path = look()
        if path is not None and _starts(path):
            return path
    return None


def install() -> str | None:
    """Install a browser by the first way that works; return its path, or None."""
    for say, steps in (("Debian's chromium", _debian()), ("Playwright's Chromium", _playwright())):
        if not steps:
            continue
        sys.stdout.write(f"No browser found for the browser tests; installing {say}.\n")
        sys.stdout.flush()
        if all(_succeeds(step) for step in steps):
            find.cache_clear()
            if found := find():
                return found
    return None


def _debian() -> Sequence[Sequence[str]]:
    if shutil.which("apt-get") is None:
        return ()
    get = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    if os.geteuid() != 0:
        if not _succeeds(["sudo", "-n", "true"]):
            return ()
        get = ["sudo", "-n", *get]
    package = ["install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"]
    return ([*get, "update"], [*get, *package])


def _playwright() -> Sequence[Sequence[str]]:
    return ([sys.executable, "-m", "playwright", "install", "chromium"],)


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(path: str) -> bool:
    return _succeeds([path, "--version"])


def _succeeds(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    if find() is None and install() is None:
        sys.stdout.write(f"{NONE_FOUND}\n")
