"""Declare a graph and validate it: pure data, nothing runs here."""

from __future__ import annotations

import difflib
import functools
import hashlib
import inspect
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from hitl_nb.errors import InvalidGraph, UnknownTarget
from hitl_nb.graph.state_schema import StateSchema, read_schema
from hitl_nb.types import END, START, NodeFunction, RetryPolicy, RouteFunction

RESERVED_IN_NAMES = ":|"
_PYTHON = f"py{sys.version_info[0]}.{sys.version_info[1]}"
_PASSED_BY_NAME = ("config", "writer", "runtime", "error")


@dataclass(frozen=True, slots=True)
class Callee:
    """A node or route function and how to call it.

    Args:
        function: What the user wrote.
        is_async: Whether calling it gives a coroutine.
        wants: Names among ``config``, ``writer``, ``runtime`` and ``error`` it takes besides
            the state.
        graph: The compiled graph, where a graph is the node.
    """

    function: Callable[..., Any]
    is_async: bool
    wants: frozenset[str] = frozenset()
    graph: Any = None


@dataclass(frozen=True, slots=True)
class Node:
    """A named step of the graph.

    Args:
        name: What edges call it.
        callee: What it does.
        input: The schema of what it is handed; None hands it the graph's state.
        retry: Policies; the first that covers an error decides.
        timeout: Seconds one attempt may take.
        handler: Called instead of failing, once no policy retries.
        defer: Whether it waits until nothing else is left to run.
        fingerprint: Digest of its code; tells an edited node.
    """

    name: str
    callee: Callee
    input: StateSchema | None = None
    retry: tuple[RetryPolicy, ...] = ()
    timeout: float | None = None
    handler: Callee | None = None
    defer: bool = False
    fingerprint: str = ""
    plain: bool = field(init=False)
    """Whether it is an async function that is handed the state and called once."""

    def __post_init__(self) -> None:
        callee = self.callee
        special = self.input or self.retry or self.timeout or self.handler or callee.wants
        plain = callee.is_async and callee.graph is None and not special
        object.__setattr__(self, "plain", plain)


@dataclass(frozen=True, slots=True)
class ConditionalEdge:
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
        context_schema: What ``context=`` holds; for the reader, not checked.
        input_schema: The keys an input may hold, if not all.
        output_schema: The keys a result holds, if not all.
        name: What the graph is called in views, messages and records.
    """

    def __init__(
        self,
        state_schema: Any = None,
        context_schema: Any = None,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
        name: str = "",
    ) -> None:
        self.name = name
        self.schema: StateSchema = read_schema(state_schema)
        self.context_schema = context_schema
        self.input: StateSchema = read_schema(input_schema) if input_schema else self.schema
        self.output: StateSchema = read_schema(output_schema) if output_schema else self.schema
        self.schema = self.schema.joined_by(self.input, self.output)
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str], None] = {}
        self.joins: dict[Join, None] = {}
        self.conditional_edges: dict[tuple[str, str], ConditionalEdge] = {}

    def add_node(
        self,
        node: str | NodeFunction,
        action: Any = None,
        *,
        input_schema: Any = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        timeout: float | timedelta | None = None,
        error_handler: NodeFunction | None = None,
        defer: bool = False,
        **ignored: Any,
    ) -> Self:
        """Add a node, by name and function or by a function whose name it takes.

        Args:
            node: The name, or the function.
            action: The function, or a compiled graph to run as a node.
            input_schema: What the node is handed; by default what its first parameter is
                annotated with, or the graph's state. Keys only it declares join the state.
            retry_policy: When to run it again after an error.
            timeout: Seconds, or a timedelta, that one attempt may take.
            error_handler: Called with the state and a ``NodeError`` instead of failing; what it
                returns is the node's result. It may ask a person.
            defer: Wait until nothing else is left to run.
            ignored: ``metadata`` and ``destinations``, which only describe.

        Raises:
            InvalidGraph: If the name is taken or reserved, or there is nothing to call.
        """
        for option in ignored.keys() - {"metadata", "destinations"}:
            raise InvalidGraph(f"add_node() does not know the option {option!r}.")
        name, function = (node, action) if isinstance(node, str) else (_name_of(node), node)
        self._check_node(name, function)
        if input_schema is None and self.schema.keys is not None:
            input_schema = _annotated_input(function, self.schema.source)
        handed = read_schema(input_schema) if input_schema is not None else None
        if handed is not None:
            self.schema = self.schema.joined_by(handed)
        policies = (retry_policy,) if isinstance(retry_policy, RetryPolicy) else retry_policy
        owner = f"The node {name!r}"
        self.nodes[name] = Node(
            name,
            read_callee(function, owner),
            input=handed,
            retry=tuple(policies or ()),
            timeout=timeout.total_seconds() if isinstance(timeout, timedelta) else timeout,
            handler=read_callee(error_handler, f"{owner}'s error handler")
            if error_handler is not None
            else None,
            defer=defer,
            fingerprint=fingerprint(function),
        )
        return self

    def _check_node(self, name: str, function: Any) -> None:
        """Refuse a node without a function, or whose name is taken, reserved or misleading."""
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

    def add_edge(self, start: str | Sequence[str], end: str) -> Self:
        """Run ``end`` after ``start``; a list of starts waits for all of them.

        Raises:
            InvalidGraph: If the edge leaves END or enters START.
        """
        for item in (start, end):
            if callable(item):
                raise InvalidGraph(
                    f"An edge joins names, and {_name_of(item)} is given as a function. Write "
                    f"its name: {_name_of(item)!r}."
                )
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
        *,
        targets: Mapping[Hashable, str] | None = None,
    ) -> Self:
        """Let ``path`` decide, after ``source``, which nodes run next.

        Args:
            source: The node whose end is the moment to decide.
            path: Called with the state; returns a node's name, a word of ``path_map``, a
                ``Send``, or a list of these.
            path_map: What each word means; a list allows only these nodes.
            targets: The same, by the name it has in Locus.

        Raises:
            InvalidGraph: If the source already has a route of that name.
        """
        name = _name_of(path)
        if (source, name) in self.conditional_edges:
            raise InvalidGraph(f"{source!r} already has a conditional edge named {name!r}.")
        route = read_callee(path, f"The route after {source!r}")
        mapping = _read_mapping(path, targets if path_map is None else path_map)
        self.conditional_edges[source, name] = ConditionalEdge(source, name, route, mapping)
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
        for edge in self.conditional_edges.values():
            if edge.source not in sources:
                raise unknown_target(edge.source, f"The route {edge.name!r}", self.nodes)
            for end in (edge.mapping or {}).values():
                if end not in targets:
                    raise unknown_target(end, f"The route after {edge.source!r}", self.nodes)
        entries = [start for start, _ in self._all_edges()]
        entries += [edge.source for edge in self.conditional_edges.values()]
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
    virtual = {"start": "START", "end": "END"}.get(str(target).strip("_").lower())
    near = difflib.get_close_matches(str(target), names, n=1)
    return UnknownTarget(target, source, names, virtual or (repr(near[0]) if near else None))


def read_callee(function: Any, owner: str) -> Callee:
    """Find out how a user's function wants to be called.

    Raises:
        InvalidGraph: If it cannot be called with the state.
    """
    if hasattr(function, "compile") and hasattr(function, "nodes"):
        function = function.compile()
    if hasattr(function, "plan") and hasattr(function, "ainvoke"):
        return Callee(function.ainvoke, is_async=True, graph=function)
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


def _annotated_input(function: Any, state_schema: Any) -> Any:
    """Return the schema a node's first parameter is annotated with, if not the graph's own."""
    bare = function.func if isinstance(function, functools.partial) else function
    if not inspect.isroutine(bare):
        bare = getattr(type(bare), "__call__", None)  # noqa: B004  (its annotations are read)
    try:
        first = next(iter(inspect.signature(function).parameters), "")
        schema = get_type_hints(bare).get(first)
        declares = (
            isinstance(schema, type) and schema is not state_schema and get_type_hints(schema)
        )
    except (NameError, TypeError, ValueError):  # what cannot be read says nothing
        return None
    return schema if declares else None


def fingerprint(function: Any) -> str:
    """Digest a function's code, so that an edited one is told from the one that ran."""
    bare = function.func if isinstance(function, functools.partial) else function
    method = getattr(type(bare), "__call__", None)  # noqa: B004  (its code is looked at)
    code = getattr(bare, "__code__", None) or getattr(method, "__code__", None)
    if code is None:
        return ""
    text = repr(_code_parts(code)).encode("utf-8", "replace")
    # Bytecode differs between Python versions, which is no edit: compare within one only.
    return f"{_PYTHON}-{hashlib.sha256(text).hexdigest()[:16]}"


def was_edited(before: str, now: str) -> bool:
    """Whether two fingerprints of a node tell of an edit between them."""
    comparable = before.startswith(_PYTHON) and now.startswith(_PYTHON)
    return comparable and before != now


def _code_parts(code: Any) -> tuple[Any, ...]:
    constants = tuple(_constant(item) for item in code.co_consts)
    return code.co_code, constants, code.co_names, code.co_varnames


def _constant(item: Any) -> Any:
    if hasattr(item, "co_code"):
        return _code_parts(item)
    # The order of a frozenset changes with every process.
    return sorted(map(repr, item)) if isinstance(item, frozenset) else repr(item)


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
