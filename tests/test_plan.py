"""The planner is data in, data out: no event loop appears in this file."""

from __future__ import annotations

import operator
from typing import Annotated, Any, Literal, TypedDict

import pytest

from hitl_nb.engine.node_results import read_result, read_route
from hitl_nb.errors import (
    AmbiguousAnswer,
    ConflictingUpdates,
    InvalidGraph,
    InvalidUpdate,
    UnknownQuestion,
    UnknownStateKey,
    UnknownTarget,
    UnmappedRoute,
)
from hitl_nb.graph.builder import GraphDeclaration
from hitl_nb.graph.planner import Checkpoint, Outcome, Plan, Task, advance, arrange, begin, merge
from hitl_nb.threads.answer_recording import address
from hitl_nb.threads.inputs import with_answers
from hitl_nb.types import END, START, Command, Interrupt, Send


class State(TypedDict, total=False):
    text: str
    log: Annotated[list[str], operator.add]


def nothing(state: Any) -> None:
    return None


def plan_of(*edges: tuple[Any, str], nodes: str = "abcd", schema: Any = State) -> Plan:
    graph = GraphDeclaration(schema)
    for name in nodes:
        graph.add_node(name, nothing)
    for start, end in edges:
        graph.add_edge(start, end)
    return arrange(graph, "test")


def started(plan: Plan, entry: dict[str, Any], previous: Checkpoint | None = None) -> Checkpoint:
    begun = begin(plan, entry, previous)
    return advance(plan, begun, list(begun.finished.values()))


def names(checkpoint: Checkpoint) -> list[str]:
    return [task.node for task in checkpoint.tasks]


def done(task: Task, **update: Any) -> Outcome:
    return Outcome(task, (update,) if update else ())


def finish_all(plan: Plan, checkpoint: Checkpoint) -> Checkpoint:
    return advance(plan, checkpoint, [done(task) for task in checkpoint.tasks])


def question(name: str, task: str = "0:a") -> Interrupt:
    return Interrupt("?", name, node=task.split(":")[1])


def test_a_run_begins_with_the_input_merged_and_the_first_nodes_planned() -> None:
    checkpoint = started(plan_of((START, "b"), (START, "a")), {"text": "hi", "log": ["in"]})

    assert names(checkpoint) == ["a", "b"]
    assert checkpoint.values == {"text": "hi", "log": ["in"]}
    assert checkpoint.step == 0


def test_reduced_keys_start_empty() -> None:
    assert started(plan_of((START, "a")), {}).values == {"log": []}


def test_a_second_input_updates_the_state_the_thread_ended_with() -> None:
    plan = plan_of((START, "a"))
    ended = finish_all(plan, started(plan, {"text": "one", "log": ["one"]}))

    again = started(plan, {"log": ["two"]}, ended)

    assert again.values == {"text": "one", "log": ["one", "two"]}
    assert again.tasks[0].id not in {"0:a"}


def test_a_run_ends_when_no_edge_leads_on() -> None:
    plan = plan_of((START, "a"), ("a", END))

    assert finish_all(plan, started(plan, {})).tasks == ()


def test_updates_merge_by_node_name_whatever_finished_first() -> None:
    plan = plan_of((START, "a"), (START, "b"))
    checkpoint = started(plan, {})
    a, b = checkpoint.tasks

    after = advance(plan, checkpoint, [done(b, log=["b"]), done(a, log=["a"])])

    assert after.values["log"] == ["a", "b"]


def test_send_tasks_merge_after_nodes_and_in_the_order_they_were_sent() -> None:
    plan = plan_of((START, "a"))
    checkpoint = started(plan, {})
    sent = advance(
        plan,
        checkpoint,
        [Outcome(checkpoint.tasks[0], (), ("a", *(Send("d", n) for n in range(12))))],
    )
    assert [task.argument for task in sent.tasks if task.node == "d"] == list(range(12))

    after = advance(plan, sent, [done(t, log=[t.id]) for t in reversed(sent.tasks)])

    assert after.values["log"] == ["1:a", *(f"1:d:{n}" for n in range(12))]


def test_two_writers_of_an_unreduced_key_are_named() -> None:
    plan = plan_of((START, "a"), (START, "b"))
    checkpoint = started(plan, {})
    a, b = checkpoint.tasks

    with pytest.raises(ConflictingUpdates, match="'a' and 'b' wrote the state key 'text'"):
        advance(plan, checkpoint, [done(a, text="1"), done(b, text="2")])


def test_an_undeclared_key_is_named_with_the_nearest_declared_one() -> None:
    with pytest.raises(UnknownStateKey, match=r"'txt'.*Did you mean 'text'\?"):
        started(plan_of((START, "a")), {"txt": "hi"})


def test_an_open_dict_takes_any_key() -> None:
    assert started(plan_of((START, "a"), schema=None), {"any": 1}).values == {"any": 1}


def test_a_list_edge_waits_for_all_its_sources() -> None:
    plan = plan_of((START, "a"), (START, "b"), ("b", "c"), (["a", "c"], "d"))
    first = finish_all(plan, started(plan, {}))
    assert names(first) == ["c"]

    second = finish_all(plan, first)

    assert names(second) == ["d"]
    assert second.arrived == {}


def test_two_plain_edges_run_their_target_once() -> None:
    plan = plan_of((START, "a"), (START, "b"), ("a", "d"), ("b", "d"))

    assert names(finish_all(plan, started(plan, {}))) == ["d"]


def test_goto_runs_besides_the_edges() -> None:
    plan = plan_of((START, "a"), ("a", "b"))
    checkpoint = started(plan, {})

    after = advance(plan, checkpoint, [Outcome(checkpoint.tasks[0], (), ("c", END))])

    assert names(after) == ["b", "c"]


@pytest.mark.parametrize("target", ["bb", Send("bb", 1)], ids=["goto", "send"])
def test_an_unknown_target_names_itself_its_source_and_the_nearest_node(target: Any) -> None:
    graph = GraphDeclaration(State).add_node("a", nothing).add_node("bbb", nothing)
    plan = arrange(graph.add_edge(START, "a"), "test")
    checkpoint = started(plan, {})

    with pytest.raises(UnknownTarget, match=r"'a' names 'bb'.*Did you mean 'bbb'\?"):
        advance(plan, checkpoint, [Outcome(checkpoint.tasks[0], (), (target,))])


@pytest.mark.parametrize(
    ("returned", "updates", "goto"),
    [
        (None, (), ()),
        ({"text": "x"}, ({"text": "x"},), ()),
        (Command(update={"text": "x"}, goto="b"), ({"text": "x"},), ("b",)),
        (Command(goto=["b", Send("c", 1)]), (), ("b", Send("c", 1))),
        ([{"text": "x"}, Command(goto="b")], ({"text": "x"},), ("b",)),
        (Send("c", 1), (), (Send("c", 1),)),
    ],
    ids=["nothing", "dict", "command", "goto list", "list", "send"],
)
def test_what_a_node_may_return(returned: Any, updates: Any, goto: Any) -> None:
    outcome = read_result(Task("0:a", "a"), returned)

    assert (outcome.updates, outcome.goto) == (updates, goto)


@pytest.mark.parametrize("returned", ["text", 3, ["text"], Command(resume="yes")])
def test_what_a_node_may_not_return_is_said_with_its_name(returned: Any) -> None:
    with pytest.raises(InvalidUpdate, match="The node 'a' returned"):
        read_result(Task("0:a", "a"), returned)


def test_a_route_speaks_its_mappings_words_only() -> None:
    graph = GraphDeclaration(State).add_node("a", nothing).add_node("b", nothing)
    graph.add_edge(START, "a").add_conditional_edges("a", nothing, {True: "b", False: END})
    plan = arrange(graph, "test")
    (branch,) = plan.conditional_edges["a"]

    assert read_route(plan, branch, True) == ("b",)
    assert read_route(plan, branch, [False, Send("b", 1)]) == (END, Send("b", 1))
    with pytest.raises(UnmappedRoute, match=r"after 'a' returned 'yes'.*True, False"):
        read_route(plan, branch, "yes")


def test_a_routes_literal_annotation_is_its_mapping() -> None:
    def route(state: Any) -> Literal["b", "__end__"]:
        return "b"

    graph = GraphDeclaration(State).add_node("a", nothing).add_node("b", nothing)
    graph.add_edge(START, "a").add_conditional_edges("a", route)
    (branch,) = arrange(graph, "test").conditional_edges["a"]

    assert branch.mapping == {"b": "b", END: END}


def test_an_answer_lets_only_the_task_that_asked_run_again() -> None:
    tasks = (Task("0:a", "a"), Task("0:b", "b"))
    waiting = Checkpoint(
        {}, tasks=tasks, questions={"0:a": (question("q1"),), "0:b": (question("q2", "0:b"),)}
    )
    assert waiting.resting
    assert [item.id for item in waiting.pending] == ["q1", "q2"]

    answered = with_answers(waiting, {"q2": "yes"})

    assert [task.node for task in answered.due] == ["b"]
    assert [item.id for item in answered.pending] == ["q1"]
    assert answered.answers == {"q2": "yes"}


def test_an_answer_to_a_question_that_is_not_open_names_those_that_are() -> None:
    waiting = Checkpoint({}, tasks=(Task("0:a", "a"),), questions={"0:a": (question("q1"),)})

    with pytest.raises(UnknownQuestion, match=r"'q9'.*Open: q1"):
        with_answers(waiting, {"q9": 1})


@pytest.mark.parametrize("answer", [None, False, 0, "", {}, {"a": 1}, ["x"]])
def test_any_value_can_answer_the_one_open_question(answer: Any) -> None:
    waiting = Checkpoint({}, tasks=(Task("0:a", "a"),), questions={"0:a": (question("q1"),)})

    assert address(waiting.pending, answer) == {"q1": answer}


def test_answers_by_id_are_told_from_an_answer_that_is_a_dict() -> None:
    real, stale = "a" * 32, "b" * 32
    waiting = Checkpoint({}, tasks=(Task("0:a", "a"),), questions={"0:a": (question(real),)})

    assert address(waiting.pending, {real: 1}) == {real: 1}
    with pytest.raises(UnknownQuestion):
        address(waiting.pending, {stale: 1})


def test_one_bare_answer_for_two_questions_is_refused() -> None:
    waiting = Checkpoint(
        {}, tasks=(Task("0:a", "a"),), questions={"0:a": (question("q1"), question("q2"))}
    )

    with pytest.raises(AmbiguousAnswer, match="2 questions are open"):
        address(waiting.pending, "yes")


def test_merge_leaves_the_state_it_was_given_alone() -> None:
    plan = plan_of((START, "a"))
    values = {"text": "old", "log": ["x"]}

    merge(plan, values, [done(Task("0:a", "a"), text="new", log=["y"])])

    assert values == {"text": "old", "log": ["x"]}


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda g: g.add_edge("a", "b"), "no way in"),
        (lambda g: g.add_edge(START, "aa"), "Did you mean 'a'"),
        (lambda g: g.add_edge("zz", "a").add_edge(START, "a"), "'zz'"),
        (lambda g: g.add_edge("start", "a"), "Did you mean START"),
        (lambda g: g.add_edge(START, "a").add_conditional_edges("a", nothing, ["x"]), "'x'"),
    ],
    ids=["no entry", "unknown end", "unknown start", "a virtual node", "unknown route target"],
)
def test_a_graph_that_cannot_run_says_so_when_compiled(declare: Any, message: str) -> None:
    graph = GraphDeclaration(State).add_node("a", nothing).add_node("b", nothing)
    declare(graph)

    with pytest.raises((InvalidGraph, UnknownTarget), match=message):
        arrange(graph, "test")


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda g: g.add_node("a", nothing).add_node("a", nothing), "already in the graph"),
        (lambda g: g.add_node(START, nothing), "reserved"),
        (lambda g: g.add_node("a"), "needs a function"),
        (lambda g: g.add_node("a:b", nothing), "must not"),
        (lambda g: g.add_node("a", 3), "must be a function"),
        (lambda g: g.add_node("a", lambda: None), "must take the state"),
        (lambda g: g.add_node("a", nothing, retrry=1), "'retrry'"),
        (lambda g: g.add_edge(START, nothing), "Write its name: 'nothing'"),
        (lambda g: g.add_edge(END, "a"), "leave END"),
        (lambda g: g.add_edge("a", START), "enter START"),
        (lambda g: g.add_edge([], "a"), "no start"),
        (lambda g: g.add_edge([START], "a"), "cannot wait for START"),
        (lambda g: g.add_sequence([]), "at least one"),
    ],
)
def test_a_wrong_declaration_is_refused_where_it_is_made(declare: Any, message: str) -> None:
    with pytest.raises(InvalidGraph, match=message):
        declare(GraphDeclaration(State))


def test_a_schema_must_declare_keys() -> None:
    with pytest.raises(InvalidGraph, match="declares no keys"):
        GraphDeclaration(object)
    with pytest.raises(InvalidGraph, match="must be a TypedDict"):
        GraphDeclaration("State")
