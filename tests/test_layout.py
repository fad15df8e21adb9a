"""The shape of the package: what may import what, what loads when, what never appears."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hitl_nb

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "hitl_nb"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    ("errors", "types", "messages"),
    ("codec", "state", "text", "schema", "sync"),
    ("requests", "fields"),
    ("graph", "asking", "chat"),
    ("remembering",),
    ("agents",),
    ("plan",),
    ("answers", "results", "drift", "events"),
    ("savers",),
    ("rows",),
    ("ledger", "watching"),
    ("run", "calling", "setting"),
    ("deadlines", "pending"),
    ("entry", "editing", "history", "inside", "streams"),
    ("opening", "portable", "snapshot"),
    ("dialects",),
    ("unattended", "printing", "picture", "comparing"),
    ("forms",),
    ("policies", "reviewers"),
    ("decision_log",),
    ("compiled",),
    ("notebook", "serving"),
    ("testing",),
    ("__main__",),
]
"""From the bottom up; a module imports from its own layer or one below."""

FACADES = {("compiled", "notebook"), ("compiled", "serving")}
"""Doors that load a higher layer when they are opened, not before."""


def layer_of(module: str) -> int:
    return next(level for level, names in enumerate(LAYERS) if module in names)


def own_imports(tree: ast.AST) -> set[str]:
    """Return the modules a module imports, but for the sake of type hints alone."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body.clear()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hitl_nb."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found.update(
                name.name.split(".")[1] for name in node.names if name.name.startswith("hitl_nb.")
            )
    return found


def home_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_one_way(path: Path) -> None:
    home = home_of(path)
    if home == "__init__":
        return
    for target in own_imports(ast.parse(path.read_text("utf-8"))):
        if (home, target) not in FACADES:
            assert layer_of(target) <= layer_of(home), f"{home} must not import {target}"


def test_every_public_name_can_be_had_and_is_described() -> None:
    for name in hitl_nb.__all__:
        value = getattr(hitl_nb, name)
        assert name in dir(hitl_nb)
        if callable(value):
            assert value.__doc__, f"{name} has no docstring"
    with pytest.raises(AttributeError, match="'nonsense'"):
        _ = hitl_nb.nonsense


def test_importing_loads_neither_pandas_nor_widgets() -> None:
    program = (
        "import sys, hitl_nb; from hitl_nb import StateGraph, interrupt, InMemorySaver;"
        "print([name for name in ('pandas', 'numpy', 'ipywidgets', 'anywidget', 'IPython',"
        " 'pydantic') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"


HTML_MAKERS = {
    "HTML", "HTMLMath", "Markdown", "Latex", "Math", "SVG", "Javascript", "IFrame",
    "display_html", "display_markdown", "display_javascript", "Image", "Markup",
}  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_escaping_helper_makes_markup(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    page = path == PACKAGE / "notebook" / "page.py"
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        name = getattr(node, "id", getattr(node, "attr", None))
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", None))
            assert page or called not in HTML_MAKERS, f"line {node.lineno} calls {called}"
        elif name in HTML_MAKERS - {"Markup"}:
            pytest.fail(f"line {node.lineno} names {name}")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            tag = re.search(r"<\s*/?[a-zA-Z!]", node.value)
            innocent = id(node) in docstrings or node.value.startswith("<Session ")
            assert page or innocent or not tag, f"line {node.lineno} writes {node.value!r}"


UNSAFE_IN_FRONT_END = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|"
    r"new Function|srcdoc|DOMParser|createContextualFragment"
)


def test_the_front_end_writes_text_nodes_only() -> None:
    sources = [*ROOT.glob("frontend/src/**/*.ts"), *ROOT.glob("frontend/src/**/*.tsx")]
    assert len(sources) > 10
    for path in sources:
        found = UNSAFE_IN_FRONT_END.search(path.read_text("utf-8"))
        assert found is None, f"{path.name} uses {found}"


def test_files_stay_small_enough_to_hold_in_mind() -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > 450} == {}


def tracked_text() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    binary = (".png", ".woff2", ".db")
    return [ROOT / name for name in listed if not name.endswith(binary) and (ROOT / name).exists()]


def test_the_project_names_no_machine() -> None:
    private = re.compile(r"(?<![\w.])/(?:work|home/\w+|Users|root)/")
    for path in tracked_text():
        found = private.search(path.read_text("utf-8"))
        assert found is None or path == Path(__file__), f"{path} names {found}"
