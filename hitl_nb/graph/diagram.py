"""A graph as something to draw: its nodes and edges as data, as Mermaid source, as text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal, NamedTuple, get_args

from hitl_nb.graph.builder import ConditionalEdge
from hitl_nb.graph.planner import Plan
from hitl_nb.marked_text import plain, show
from hitl_nb.types import END, START

NodeKind = Literal["start", "node", "subgraph", "unknown", "end"]
EdgeKind = Literal["plain", "conditional", "possible", "join"]
NodeState = Literal["done", "running", "waiting", "failed"]

UNKNOWN = ":unknown"
"""Where a route leads that nothing is known of; drawn as a question mark. No node has a colon."""
WIDTH = 60
"""Characters of a label; longer ones are cut."""


class PictureNode(NamedTuple):
    """A node to draw; ``inner`` is the picture of the graph it is, if it is one."""

    name: str
    kind: NodeKind
    inner: Picture | None = None

    @property
    def label(self) -> str:
        """What to write on it: one line, in which every character can be seen."""
        return _NAMES.get(self.kind) or _line(self.name) or repr(self.name)


class PictureEdge(NamedTuple):
    """An edge to draw.

    Args:
        source: Name of the node it leaves.
        target: Name of the node it leads to.
        kind: ``"plain"``: always taken. ``"conditional"``: a route may take it. ``"possible"``:
            only an annotation says so, or nothing does. ``"join"``: its target waits for every
            source.
        label: The word of the route that takes it, if it is not the target's own name.
    """

    source: str
    target: str
    kind: EdgeKind
    label: str = ""


class Picture(NamedTuple):
    """A graph to draw."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]


def picture_of(plan: Plan) -> Picture:
    """Describe a graph for drawing.

    A route without a mapping may lead anywhere. An edge to every node would say nothing and hide
    the rest, so what it leads to is read from the ``Literal`` in its return annotation, and
    where there is none, it leads to a question mark.
    """
    edges: list[PictureEdge] = []
    for name in (START, *plan.nodes):
        edges += _edges_from(plan, name)
    edges = list(dict.fromkeys(edges))
    reached = {edge.target for edge in edges}
    nodes = [PictureNode(START, "start")]
    for node in plan.nodes.values():
        graph = node.callee.graph
        if graph is None:
            nodes.append(PictureNode(node.name, "node"))
        else:
            nodes.append(PictureNode(node.name, "subgraph", picture_of(graph.plan)))
    if UNKNOWN in reached:
        nodes.append(PictureNode(UNKNOWN, "unknown"))
    if END in reached:
        nodes.append(PictureNode(END, "end"))
    return Picture(tuple(nodes), tuple(edges))


class Diagram:
    """A graph that draws itself as the last line of a cell: as Mermaid, or else as text.

    Args:
        picture: What to draw.
        states: How nodes fare, by name.
    """

    def __init__(self, picture: Picture, states: Mapping[str, NodeState] | None = None) -> None:
        self.picture = picture
        self.states = dict(states or {})

    @property
    def source(self) -> str:
        """The graph as Mermaid source."""
        return mermaid(self.picture, self.states)

    def __str__(self) -> str:
        return as_text(self.picture, self.states)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Offer what a notebook draws by itself, and text for everything else."""
        del include, exclude
        return {"text/vnd.mermaid": self.source, "text/plain": str(self)}


def _edges_from(plan: Plan, source: str) -> Iterator[PictureEdge]:
    leads = False
    for target in plan.targets.get(source, ()):
        yield PictureEdge(source, target, "plain")
        leads = True
    for join in plan.joins.get(source, ()):
        yield PictureEdge(source, join.target, "join")
        leads = True
    for edge in plan.conditional_edges.get(source, ()):
        yield from _routed(plan, edge)
        leads = True
    if source in plan.nodes:
        for target in _annotated(plan, plan.nodes[source].callee.function):
            yield PictureEdge(source, target, "possible")
            leads = True
    # An edge to END plans nothing, so the plan holds no target for it.
    if not leads or plan.targets.get(source) == ():
        yield PictureEdge(source, END, "plain")


def _routed(plan: Plan, edge: ConditionalEdge) -> Iterator[PictureEdge]:
    if edge.mapping is not None:
        for word, target in edge.mapping.items():
            label = "" if word == target else str(word)
            yield PictureEdge(edge.source, target, "conditional", label)
        return
    for target in _annotated(plan, edge.route.function) or [UNKNOWN]:
        yield PictureEdge(edge.source, target, "possible")


def _annotated(plan: Plan, function: Any) -> list[str]:
    """Return where a route or a node's commands may lead, as far as its annotation says it."""
    returned = getattr(function, "__annotations__", {}).get("return")
    return [word for word in _words(returned) if word in plan.nodes or word == END]


def _words(annotation: Any) -> Iterator[str]:
    """Yield the texts in the ``Literal`` of an annotation such as ``Command[Literal["send"]]``.

    One that is still text is read without evaluating it, because its names may be local ones.
    """
    if isinstance(annotation, str):
        with suppress(SyntaxError):
            for node in ast.walk(ast.parse(annotation, mode="eval")):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
        return
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _words(part)


def mermaid(picture: Picture, states: Mapping[str, NodeState] | None = None) -> str:
    """Write Mermaid source; no part of a name is anything but text in it.

    Args:
        picture: What to draw.
        states: How nodes fare, by name; those it does not name have not run.
    """
    marks = states or {}
    ids = {node.name: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = ["flowchart LR"]
    for node in picture.nodes:
        opening, closing = _SHAPES[node.kind]
        label = escaped(_with_mark(node, marks))
        lines.append(f'    {ids[node.name]}{opening}"{label}"{closing}')
    for edge in picture.edges:
        word = escaped(_line(edge.label))
        label = f'|"{word}"|' if word else ""
        arrow = _ARROWS[edge.kind]
        lines.append(f"    {ids[edge.source]} {arrow}{label} {ids[edge.target]}")
    for state, style in _STYLES.items():
        members = [ids[node.name] for node in picture.nodes if marks.get(node.name) == state]
        if members:
            lines += [f"    classDef {state} {style}", f"    class {','.join(members)} {state}"]
    return "\n".join(lines)


def as_text(picture: Picture, states: Mapping[str, NodeState] | None = None) -> str:
    """Write the graph as lines of text, one for each node, with what follows it."""
    marks = states or {}
    labels = {node.name: node.label for node in picture.nodes}
    lines = []
    for node in picture.nodes:
        leads = [
            f"{_TEXT_ARROWS[edge.kind]} {labels[edge.target]}"
            + (f" ({_line(edge.label)})" if edge.label else "")
            for edge in picture.edges
            if edge.source == node.name
        ]
        if leads:
            mark = _MARKS.get(marks.get(node.name, ""), " ")
            lines.append(f"{mark} {node.label} {', '.join(leads)}")
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Write a text for a quoted Mermaid label: all but plain letters, digits and spaces by number.

    Mermaid reads ``#34;`` as the character 34, in the label alone.
    """
    return _UNSAFE.sub(lambda match: f"#{ord(match[0])};", text)


def _with_mark(node: PictureNode, marks: Mapping[str, NodeState]) -> str:
    mark = _MARKS.get(marks.get(node.name, ""))
    return f"{mark} {node.label}" if mark else node.label


def _line(text: str) -> str:
    """Write a text on one line, its hidden characters as marks."""
    line = plain(show(" ".join(text.splitlines()) if text.splitlines() else text)).strip()
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


_NAMES = {"start": "START", "end": "END", "unknown": "?"}
_UNSAFE = re.compile(r"[^A-Za-z0-9 ]")
_SHAPES = {
    "start": ("([", "])"),
    "end": ("([", "])"),
    "node": ("[", "]"),
    "subgraph": ("[[", "]]"),
    "unknown": ("((", "))"),
}
_ARROWS = {"plain": "-->", "conditional": "-.->", "possible": "-.->", "join": "==>"}
_TEXT_ARROWS = {"plain": "→", "conditional": "⇢", "possible": "⇢", "join": "⇒"}
_MARKS: Mapping[str, str] = {"done": "✓", "running": "▸", "waiting": "●", "failed": "✗"}
# Strokes alone, so that labels keep the contrast of either theme.
_STYLES = {
    "done": "stroke:#388e3c,stroke-width:2px",
    "running": "stroke:#1976d2,stroke-width:2px,stroke-dasharray:4",
    "waiting": "stroke:#1976d2,stroke-width:4px",
    "failed": "stroke:#d32f2f,stroke-width:4px",
}
