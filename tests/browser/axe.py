"""Ask axe-core whether what is drawn is accessible: WCAG 2 A and AA, and good practice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

SOURCE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ABOUT_PAGES = ["region", "landmark-one-main", "page-has-heading-one", "bypass", "heading-order"]
"""Rules about whole pages, of which a view is a part."""
RUN = """async (root, [tags, off]) => {
    const rules = Object.fromEntries(off.map(name => [name, {enabled: false}]));
    const found = await window.axe.run(root, {runOnly: {type: "tag", values: tags}, rules});
    return found.violations.map(({id, help, nodes}) => [
        id, help, nodes.map(({html, failureSummary}) => `${html} ${failureSummary}`).slice(0, 4),
    ]);
}"""


def violations(root: Locator) -> list[Any]:
    """Return the rules that are broken, with some of the elements that break them."""
    page = root.page
    if page.evaluate("typeof window.axe") == "undefined":
        # A module loader in the page would take it for a module of its own.
        page.evaluate(f"() => {{ const define = undefined; {SOURCE.read_text('utf-8')} }}")
    found: list[Any] = root.evaluate(RUN, [TAGS, ABOUT_PAGES])
    return found
