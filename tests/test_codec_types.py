"""The table of declared classes, what importing the codec costs, and what it may not use."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    TypedDict,
    TypeVar,
)

import pytest
from pydantic import BaseModel, SecretStr

import hitl_nb.codec
from hitl_nb.codec import (
    DuplicateLabel,
    Types,
    UndeclarableClass,
    UnstorableValue,
    decode,
    encode,
)

PACKAGE = Path(hitl_nb.codec.__file__).parent.parent
Item = TypeVar("Item")


class Mood(Enum):
    GOOD = "good"


class Size(Enum):
    BIG = "big"


class Spot(NamedTuple):
    at: Mood


@dataclass
class Leaf:
    parent: Optional[Tree]  # noqa: UP045 (both spellings of a hint are walked)
    size: Literal[Size.BIG]


@dataclass
class Tree:
    leaves: dict[str, list[Leaf]]


class Base(BaseModel):
    amount: Decimal


class Wrapped(BaseModel):
    inner: Base | None
    key: SecretStr


@dataclass
class Box(Generic[Item]):
    item: Item


class Callee(BaseModel):
    pass


class Name(str):
    pass


UserName = NewType("UserName", Name)


class State(TypedDict, total=False):
    tree: Annotated[Tree | None, "reducer"]
    spots: Sequence[Spot]
    wrapped: tuple[Wrapped, ...]
    box: Box[UserName]
    call: Callable[[Callee], Any]
    open: Any


ALL = {Tree, Leaf, Size, Spot, Mood, Wrapped, Base, Box, Name, Callee}


def test_every_class_of_a_schema_is_declared_however_deep() -> None:
    assert set(Types.from_schema(State)) == ALL


@pytest.mark.parametrize("schema", [Tree, Wrapped, list[Tree], Tree | None])
def test_any_hint_can_be_a_schema(schema: Any) -> None:
    assert set(Types.from_schema(schema)) in ({Tree, Leaf, Size}, {Wrapped, Base})


def test_no_schema_declares_nothing() -> None:
    assert len(Types.from_schema(None)) == 0
    assert len(Types.from_schema(dict)) == 0


def test_extra_classes_are_walked_too() -> None:
    assert set(Types.from_schema(None, extra=[Wrapped, State])) == ALL | {Wrapped}


def test_a_hint_that_cannot_be_resolved_leaves_the_others() -> None:
    class Local(TypedDict):
        mood: Mood
        missing: Nowhere  # type: ignore[name-defined]  # noqa: F821

    assert set(Types.from_schema(Local)) == {Mood}


def test_a_value_of_a_schema_comes_back() -> None:
    types = Types.from_schema(State)
    state = {
        "tree": Tree({"a": [Leaf(None, Size.BIG)]}),
        "spots": [Spot(Mood.GOOD)],
        "box": Box(Name("ana")),
        "wrapped": (Base(amount=Decimal("1.10")),),
    }
    assert decode(encode(state, types), types) == state


def test_a_declared_model_still_does_not_store_its_secret() -> None:
    types = Types.from_schema(State)
    with pytest.raises(UnstorableValue, match=r"^state\['w'\]\.key .*never written"):
        encode({"w": Wrapped(inner=None, key=SecretStr("hunter2"))}, types, "state")


@pytest.mark.parametrize("cls", [object, int, dict, SecretStr, Exception, State, 3, print, Path])
def test_a_class_without_exact_form_cannot_be_declared(cls: Any) -> None:
    with pytest.raises(UndeclarableClass, match="cannot be declared"):
        Types(cls)


def test_two_classes_of_one_name_cannot_both_be_declared() -> None:
    def cell() -> type:
        @dataclass
        class Ticket:
            id: int

        return Ticket

    ticket = cell()
    assert len(Types(ticket, ticket)) == 1
    with pytest.raises(DuplicateLabel, match=r"cell\.<locals>\.Ticket"):
        Types(ticket, cell())


def test_a_table_says_what_it_declares() -> None:
    types = Types(Tree, Mood)
    assert Tree in types
    assert Leaf not in types
    assert repr(types) == "Types(Tree, Mood)"


def test_importing_the_codec_loads_no_large_library() -> None:
    program = (
        "import sys, hitl_nb.codec as codec\n"
        "codec.digest({'a': codec.Types()._by_label, 1: (2.5, b'')})\n"
        "try: codec.encode(object())\n"
        "except TypeError: pass\n"
        "print(sorted({'numpy', 'pandas', 'pydantic', 'IPython'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    assert done.stdout.strip() == "[]"


FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "importlib.import_module", "import_module"),
    *("pkgutil.resolve_name", "resolve_name"),
    *("yaml.load", "yaml.unsafe_load", "np.load", "numpy.load", "pd.read_pickle", "runpy.run_path"),
}


# The lazy facade imports modules of this package, named in a table in its source. A reviewer and
# a graph are named by whoever starts the program, never by what the program reads.
ALLOWED = {
    "__init__.py": ["importlib.import_module(f'{__name__}.{home}')"],
    "__main__.py": ["pkgutil.resolve_name(f'{name}:')", "pkgutil.resolve_name(name)"],
    "reviewers/runner.py": ["pkgutil.resolve_name(name)"],
}


def findings(source: str, allowed: Sequence[str] = ()) -> list[str]:
    """Return the forbidden names a module's source uses, but for exactly the calls allowed."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node) not in allowed:
            found += [f"{ast.unparse(node.func)}()"]
    return [
        name
        for name in found
        if name.partition(".")[0] in FORBIDDEN_MODULES or name.removesuffix("()") in FORBIDDEN_CALLS
    ]


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from marshal import loads",
        "eval('1')",
        "import importlib\nimportlib.import_module(name)",
        "from importlib import import_module",
        "import pkgutil\npkgutil.resolve_name(name)",
        "np.load(path)",
        "yaml.load(text)",
    ],
)
def test_the_check_for_forbidden_names_sees_them(source: str) -> None:
    assert findings(source)


def test_no_module_of_the_package_can_run_what_it_reads() -> None:
    modules = sorted(PACKAGE.rglob("*.py"))
    assert PACKAGE / "codec" / "encoder.py" in modules
    found = {
        name: findings(module.read_text(), ALLOWED.get(name, ()))
        for module in modules
        if (name := module.relative_to(PACKAGE).as_posix())
    }
    assert {name: names for name, names in found.items() if names} == {}
