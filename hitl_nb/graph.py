"""Declare a graph and validate it: pure data, nothing runs here."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from hitl_nb.errors import InvalidGraph, UnknownTarget
from hitl_nb.state import StateSchema, read_schema
from hitl_nb.types import END, START, NodeFunction, RouteFunction

RESERVED_IN_NAMES = ":|"
_PASSED_BY_NAME = ("config", "writer")


@dataclass(frozen=True, slots=True)
class Callee:
    """A node or route function and how to call it.

    Args:
        function: What the user wrote.
        is_async: Whether calling it gives a coroutine.
        wants: Names among ``config`` and ``writer`` it takes besides the state.
    """

    function: Callable[..., Any]
    is_async: bool
    wants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Node:
    """A named step of the graph."""

    name: str
    callee: Callee


@dataclass(frozen=True, slots=True)
class Branch:
    """A conditional edge: ``route`` says where to go, ``mapping`` what its words mean."""

    source: str
    name: str
    route: Callee
    mapping: Mapping[Hashable, str] | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """A list edge: ``target`` runs once every one of ``sources`` has finished."""

    sources: frozenset[str]
    target: str

    @property
    def id(self) -> str:
        """Name the join in checkpoints."""
        return f"{'+'.join(sorted(self.sources))}>{self.target}"


class GraphDeclaration:
    """Nodes and edges over one state schema.

    Args:
        state_schema: TypedDict, dataclass or pydantic model; None or ``dict`` for an open dict.
        name: What the graph is called in views, messages and records.
    """

    def __init__(self, state_schema: Any = None, *, name: str = "") -> None:
        self.name = name
        self.schema: StateSchema = read_schema(state_schema)
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str], None] = {}
        self.joins: dict[Join, None] = {}
        self.branches: dict[tuple[str, str], Branch] = {}

    def add_node(
        self, node: str | NodeFunction, action: NodeFunction | None = None, **unknown: Any
    ) -> Self:
        """Add a node, by name and function or by a function whose name it takes.

        Raises:
            InvalidGraph: If the name is taken or reserved, or there is nothing to call.
        """
        if unknown:
            raise InvalidGraph(f"add_node() does not know the option {next(iter(unknown))!r}.")
        name, function = (node, action) if isinstance(node, str) else (_name_of(node), node)
        if function is None:
            raise InvalidGraph(f"The node {name!r} needs a function: add_node({name!r}, function).")
        if name in (START, END):
            raise InvalidGraph(f"{name!r} is reserved; give the node another name.")
        if name in self.nodes:
            raise InvalidGraph(f"The node {name!r} is already in the graph.")
        if not name or any(character in name for character in RESERVED_IN_NAMES):
            raise InvalidGraph(
                f"A node's name must not be empty nor hold any of {RESERVED_IN_NAMES!r}: {name!r}."
            )
        self.nodes[name] = Node(name, read_callee(function, f"The node {name!r}"))
        return self

    def add_edge(self, start: str | Sequence[str], end: str) -> Self:
        """Run ``end`` after ``start``; a list of starts waits for all of them.

        Raises:
            InvalidGraph: If the edge leaves END or enters START.
        """
        starts = [start] if isinstance(start, str) else list(start)
        if not starts:
            raise InvalidGraph(f"The edge to {end!r} has no start.")
        if END in starts:
            raise InvalidGraph("No edge can leave END.")
        if end == START:
            raise InvalidGraph("No edge can enter START.")
        if isinstance(start, str):
            self.edges[start, end] = None
        elif START in starts:
            raise InvalidGraph("A list edge cannot wait for START.")
        else:
            self.joins[Join(frozenset(starts), end)] = None
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: RouteFunction,
        path_map: Mapping[Hashable, str] | Sequence[str] | None = None,
    ) -> Self:
        """Let ``path`` decide, after ``source``, which nodes run next.

        Args:
            source: The node whose end is the moment to decide.
            path: Called with the state; returns a node's name, a word of ``path_map``, a
                ``Send``, or a list of these.
            path_map: What each word means; a list allows only these nodes.

        Raises:
            InvalidGraph: If the source already has a route of that name.
        """
        name = _name_of(path)
        if (source, name) in self.branches:
            raise InvalidGraph(f"{source!r} already has a conditional edge named {name!r}.")
        route = read_callee(path, f"The route after {source!r}")
        mapping = _read_mapping(path, path_map)
        self.branches[source, name] = Branch(source, name, route, mapping)
        return self

    def add_sequence(self, nodes: Sequence[NodeFunction | tuple[str, NodeFunction]]) -> Self:
        """Add nodes and the edges that run them one after the other.

        Raises:
            InvalidGraph: If the sequence is empty.
        """
        if not nodes:
            raise InvalidGraph("add_sequence() needs at least one node.")
        previous: str | None = None
        for item in nodes:
            name, function = item if isinstance(item, tuple) else (_name_of(item), item)
            self.add_node(name, function)
            if previous is not None:
                self.add_edge(previous, name)
            previous = name
        return self

    def set_entry_point(self, node: str) -> Self:
        """Begin the run at ``node``."""
        return self.add_edge(START, node)

    def set_finish_point(self, node: str) -> Self:
        """End the run after ``node``."""
        return self.add_edge(node, END)

    def set_conditional_entry_point(
        self,
        path: RouteFunction,
        path_map: Mapping[Hashable, str] | Sequence[str] | None = None,
    ) -> Self:
        """Let ``path`` decide where the run begins."""
        return self.add_conditional_edges(START, path, path_map)

    def validate(self) -> None:
        """Check that every edge joins nodes that exist and that there is a way in.

        Raises:
            InvalidGraph: If nothing leaves START.
            UnknownTarget: If an edge names a node the graph does not have.
        """
        sources = {*self.nodes, START}
        targets = {*self.nodes, END}
        for start, end in self._all_edges():
            if start not in sources:
                raise unknown_target(start, f"The edge {start!r} → {end!r}", self.nodes)
            if end not in targets:
                raise unknown_target(end, f"The edge {start!r} → {end!r}", self.nodes)
        for branch in self.branches.values():
            if branch.source not in sources:
                raise unknown_target(branch.source, f"The route {branch.name!r}", self.nodes)
            for end in (branch.mapping or {}).values():
                if end not in targets:
                    raise unknown_target(end, f"The route after {branch.source!r}", self.nodes)
        entries = [start for start, _ in self._all_edges()]
        entries += [branch.source for branch in self.branches.values()]
        if START not in entries:
            raise InvalidGraph("The graph has no way in. Add one: add_edge(START, first_node).")

    def _all_edges(self) -> Iterable[tuple[str, str]]:
        yield from self.edges
        for join in self.joins:
            for start in sorted(join.sources):
                yield start, join.target


def unknown_target(target: object, source: str, nodes: Iterable[str]) -> UnknownTarget:
    """Compose the error for a name that is no node, with the nearest name that is."""
    names = tuple(nodes)
    near = difflib.get_close_matches(str(target), names, n=1)
    return UnknownTarget(target, source, names, near[0] if near else None)


def read_callee(function: Any, owner: str) -> Callee:
    """Find out how a user's function wants to be called.

    Raises:
        InvalidGraph: If it cannot be called with the state.
    """
    if not callable(function):
        raise InvalidGraph(f"{owner} must be a function, not {function!r}.")
    bare = function.func if isinstance(function, functools.partial) else function
    is_async = inspect.iscoroutinefunction(bare) or inspect.iscoroutinefunction(
        getattr(bare, "__call__", None)  # noqa: B004  (the method itself is looked at)
    )
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a builtin without a signature takes the state alone
        return Callee(function, is_async)
    positional = [
        item
        for item in parameters.values()
        if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD, item.VAR_POSITIONAL)
    ]
    if not positional:
        raise InvalidGraph(f"{owner} must take the state as its first argument.")
    first = positional[0].name
    return Callee(
        function,
        is_async,
        frozenset(name for name in _PASSED_BY_NAME if name in parameters and name != first),
    )


def _name_of(function: Any) -> str:
    bare = function.func if isinstance(function, functools.partial) else function
    name = getattr(bare, "__name__", None) or getattr(bare, "name", None) or type(bare).__name__
    return str(name)


def _read_mapping(
    path: RouteFunction, path_map: Mapping[Hashable, str] | Sequence[str] | None
) -> Mapping[Hashable, str] | None:
    if isinstance(path_map, Mapping):
        return dict(path_map)
    if path_map is not None:
        return {name: name for name in path_map}
    try:
        returned = get_type_hints(path).get("return")
    except (NameError, TypeError):  # unresolved or absent annotations say nothing
        return None
    if get_origin(returned) is Literal:
        return {name: name for name in get_args(returned)}
    return None
