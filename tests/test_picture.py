"""A graph is drawn as it is, whatever its nodes are called."""

from __future__ import annotations

import re
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_nb import END, START, Command, Send, StateGraph
from hitl_nb.graph.diagram import (
    UNKNOWN,
    Picture,
    PictureEdge,
    as_text,
    escaped,
    mermaid,
    picture_of,
)

SOURCE_LINE = re.compile(
    r"""[ ]{4} (?:
        n\d+ (?: \["LABEL"\] | \[\["LABEL"\]\] | \(\["LABEL"\]\) | \(\("LABEL"\)\) )
      | n\d+ [ ] (?: --> | -\.-> | ==> ) (?: \|"LABEL"\| )? [ ] n\d+
      | classDef [ ] (?: done|running|waiting|failed ) [ ] [a-z0-9:#,-]+
      | class [ ] n\d+ (?: ,n\d+ )* [ ] (?: done|running|waiting|failed )
    )""".replace("LABEL", r"(?:[A-Za-z0-9\ ]|\#\d+;)+"),
    re.VERBOSE,
)
"""All that Mermaid is given: its own parser takes every such line as what it looks like."""

names = st.text(min_size=1, max_size=12).filter(
    lambda name: not set(name) & set(":|") and name not in (START, END)
) | st.sampled_from([
    "end", "subgraph", "click n0 callback", '"]; n9["x', "%%{init}%%", "a --> b", "#quot;",
    "</style><script>alert(1)</script>", "`**bold**`", "$$x$$", "line\nbreak", " ", "\u202e",
])  # fmt: skip


def nothing(state: Any) -> None:
    return None


def drawn(graph: StateGraph) -> Picture:
    return picture_of(graph.compile().plan)


def with_nodes(*names: str) -> StateGraph:
    graph = StateGraph()
    for name in names:
        graph.add_node(name, nothing)
    return graph.add_edge(START, names[0])


def test_edges_say_how_they_are_taken() -> None:
    graph = with_nodes("triage", "left", "right", "last")
    graph.add_conditional_edges("triage", nothing, {"yes": "left", "right": "right"})
    graph.add_edge(["left", "right"], "last").add_edge("last", END)

    picture = drawn(graph)

    assert [(node.label, node.kind) for node in picture.nodes] == [
        ("START", "start"), ("triage", "node"), ("left", "node"), ("right", "node"),
        ("last", "node"), ("END", "end"),
    ]  # fmt: skip
    assert picture.edges == (
        PictureEdge(START, "triage", "plain"),
        PictureEdge("triage", "left", "conditional", "yes"),
        PictureEdge("triage", "right", "conditional"),
        PictureEdge("left", "last", "join"),
        PictureEdge("right", "last", "join"),
        PictureEdge("last", END, "plain"),
    )


def test_a_route_without_a_mapping_leads_where_its_annotation_says() -> None:
    def route(state: Any) -> list[Literal["worker", "other", "__end__"] | Send]:
        return [Send("worker", item) for item in state]

    graph = with_nodes("first", "worker", "other").add_conditional_edges("first", route)

    assert [edge for edge in drawn(graph).edges if edge.source == "first"] == [
        PictureEdge("first", "worker", "possible"),
        PictureEdge("first", "other", "possible"),
        PictureEdge("first", END, "possible"),
    ]


def test_a_route_that_says_nothing_leads_to_a_question_mark() -> None:
    graph = with_nodes("first", "other").add_conditional_edges("first", lambda state: "other")

    picture = drawn(graph)

    assert PictureEdge("first", UNKNOWN, "possible") in picture.edges
    assert "⇢ ?" in as_text(picture)


def test_commands_of_a_node_lead_where_its_annotation_says() -> None:
    def declared(state: Any) -> Command[Literal["right"]]:
        return Command(goto=state["next"])

    def written(state: Any) -> Any:
        return Command(goto="left")

    def plain(state: Any) -> Any:
        return {"text": "left"}

    graph = with_nodes("left", "right").add_node(declared).add_node(written).add_node(plain)
    for name in ("declared", "written", "plain"):
        graph.add_edge(START, name)

    edges = drawn(graph).edges

    assert PictureEdge("declared", "right", "possible") in edges
    assert PictureEdge("written", "left", "possible") not in edges
    assert PictureEdge("plain", END, "plain") in edges


def test_a_graph_inside_comes_with_its_own_picture() -> None:
    inner = with_nodes("deep").compile()
    graph = StateGraph().add_node("around", inner).add_edge(START, "around")

    node = drawn(graph).nodes[1]

    assert node.kind == "subgraph"
    assert node.inner is not None
    assert [item.name for item in node.inner.nodes] == [START, "deep", END]


def test_mermaid_source_marks_how_nodes_fare() -> None:
    picture = drawn(with_nodes("triage", "ask me").add_edge("triage", "ask me"))

    assert mermaid(picture, {"triage": "done", "ask me": "waiting"}).splitlines() == [
        "flowchart LR",
        '    n0(["START"])',
        '    n1["#10003; triage"]',
        '    n2["#9679; ask me"]',
        '    n3(["END"])',
        "    n0 --> n1",
        "    n1 --> n2",
        "    n2 --> n3",
        "    classDef done stroke:#388e3c,stroke-width:2px",
        "    class n1 done",
        "    classDef waiting stroke:#1976d2,stroke-width:4px",
        "    class n2 waiting",
    ]


def test_text_says_the_same_in_lines() -> None:
    graph = with_nodes("triage", "ask").add_conditional_edges(
        "triage", nothing, {"unsure": "ask", "done": END}
    )

    assert as_text(drawn(graph), {"triage": "done", "ask": "failed"}).splitlines() == [
        "  START → triage",
        "✓ triage ⇢ ask (unsure), ⇢ END (done)",
        "✗ ask → END",
    ]


@given(st.lists(names, min_size=2, max_size=5, unique=True), st.lists(names, max_size=3))
def test_no_name_becomes_syntax(nodes: list[str], words: list[str]) -> None:
    graph = with_nodes(*nodes)
    graph.add_conditional_edges(nodes[0], nothing, dict.fromkeys(words, nodes[-1]))
    graph.add_edge(nodes[0], nodes[1])
    picture = drawn(graph)

    header, *lines = mermaid(picture, {nodes[0]: "waiting", nodes[1]: "done"}).split("\n")

    assert header == "flowchart LR"
    assert [line for line in lines if not SOURCE_LINE.fullmatch(line)] == []
    declared = [line for line in lines if '"' in line and ">" not in line]
    assert len(declared) == len(picture.nodes)
    assert len(as_text(picture).split("\n")) == len(picture.nodes) - 1


@given(st.text())
def test_an_escaped_label_reads_as_it_was_written(text: str) -> None:
    code = escaped(text)

    assert re.fullmatch(r"(?:[A-Za-z0-9 ]|#\d+;)*", code)
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), code) == text


@pytest.mark.parametrize("name", ["a" * 500, "one\ntwo", "right\u202eleft"])
def test_a_label_is_one_short_line_that_hides_nothing(name: str) -> None:
    label = drawn(with_nodes(name)).nodes[1].label

    assert len(label) <= 60
    assert "\n" not in label
    assert "\u202e" not in label
