"""The shape of the package: what may import what, what loads when, what never appears."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import hitl_nb

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "hitl_nb"
MODULES = sorted(PACKAGE.rglob("*.py"))

ROOMS = [
    "errors types messages marked_text html version",
    "codec json_schema",
    "graph",
    "requests savers",
    "engine",
    "agents snapshot threads",
    "interop server",
    "forms",
    "reviewers",
    "policies",
    "decision_log",
    "notebook",
    "compiled",
    "testing",
    "__main__",
]
"""From the bottom up; a module imports from its own floor or one below, for type hints too."""

FLOOR = {room: level for level, rooms in enumerate(ROOMS) for room in rooms.split()}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path): path for path in MODULES}


def own_imports(path: Path) -> set[str]:
    """Return the modules a module imports, wherever the import stands and whatever for."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in NAMES else node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name in NAMES and name != "hitl_nb"} - {name_of(path)}


IMPORTS = {name: own_imports(path) for name, path in NAMES.items() if name != "hitl_nb"}


def room_of(module: str) -> str:
    return module.split(".")[1]


def test_every_room_has_its_floor() -> None:
    assert {room_of(name) for name in IMPORTS} == FLOOR.keys()


def test_no_room_imports_the_packages_face() -> None:
    face = {
        name
        for name, path in NAMES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "hitl_nb" and name != "hitl_nb"
    }
    assert face == set()


@pytest.mark.parametrize("module", IMPORTS)
def test_arrows_point_one_way(module: str) -> None:
    home = room_of(module)
    upwards = {name for name in IMPORTS[module] if FLOOR[room_of(name)] > FLOOR[home]}
    assert upwards == set()


def around(module: str, arrows: Mapping[str, set[str]]) -> bool:
    """Whether following the arrows from a module leads back to it."""
    seen: set[str] = set()
    next_ones = [*arrows[module]]
    while next_ones:
        name = next_ones.pop()
        if name not in seen:
            seen.add(name)
            next_ones += arrows.get(name, ())
    return module in seen


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert [name for name in IMPORTS if around(name, IMPORTS)] == []


def test_no_room_imports_itself_by_way_of_others() -> None:
    arrows: dict[str, set[str]] = {room: set() for room in FLOOR}
    for module, imports in IMPORTS.items():
        arrows[room_of(module)] |= {room_of(name) for name in imports} - {room_of(module)}
    assert [room for room in arrows if around(room, arrows)] == []


FACES = ("graph", "types", "errors", "checkpoint")
"""Names that are kept for doors: a module of such a name may load what stands anywhere, lazily."""


def test_names_that_are_kept_for_doors_hold_no_code_of_another_idea() -> None:
    for name in FACES:
        module = PACKAGE / name / "__init__.py"
        if name in ("graph", "checkpoint") and module.exists():
            body = ast.parse(module.read_text("utf-8")).body
            assert all(isinstance(node, ast.Expr) for node in body), f"{name} defines something"


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
    page = path == PACKAGE / "html.py"
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
            pytest.fail(f"line {node.lineno} names {name}")  # type: ignore[attr-defined]
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
