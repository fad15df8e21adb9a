"""Programs written for Locus's graph API, and what that API gets wrong, each a small program."""

from __future__ import annotations

import asyncio
import json
import operator
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from hitl_nb import END, START, Command, GraphResult, Send, StateGraph, interrupt, once
from hitl_nb.agents import Agent, AgentConfig, ScriptedModel, TerminateEvent, get_model
from hitl_nb.errors import (
    AmbiguousAnswer,
    InvalidAnswer,
    InvalidUpdate,
    NodeEdited,
    NodeGone,
    NothingPending,
    RecursionLimit,
    UnknownStateKey,
)
from hitl_nb.interop.locus_run import RUN_KEY, GraphConfig

State = dict[str, Any]


def line(*nodes: Callable[..., Any], **options: Any) -> StateGraph:
    """Chain nodes from START to END."""
    graph = StateGraph(name="line", **options)
    for node in nodes:
        graph.add_node(node.__name__, node)
    names = [node.__name__ for node in nodes]
    for one, other in zip((START, *names), (*names, END), strict=True):
        graph.add_edge(one, other)
    return graph


def fan(*nodes: Callable[..., Any]) -> StateGraph:
    """Run nodes side by side."""
    graph = StateGraph(name="fan")
    for node in nodes:
        graph.add_node(node.__name__, node).add_edge(START, node.__name__)
    return graph


def asked(result: GraphResult) -> Any:
    """Return what the first open question shows."""
    assert result.interrupt is not None
    return result.interrupt.interrupt.payload


def by_mail(result: GraphResult) -> State:
    """Return a final state the way another process would read it."""
    return json.loads(json.dumps(result.final_state))  # type: ignore[no-any-return]


def approve(state: State) -> State:
    return {"approved": interrupt({"question": "Approve?", "options": ["yes", "no"]}) == "yes"}


# What the graph layer there gets wrong


async def test_a_sync_node_that_asks_is_resumed_and_does_not_ask_forever() -> None:
    paused = await line(approve).execute({"file": "a.txt"})
    assert asked(paused)["question"] == "Approve?"

    done = await line(approve).execute(Command(update=paused.final_state, resume="yes"))

    assert done.success
    assert done.final_state == {"file": "a.txt", "approved": True}


async def test_two_questions_in_one_node_finish() -> None:
    async def register(state: State) -> State:
        name = interrupt("Your name?")
        return {"name": name, "mail": interrupt(f"Hi {name}, your address?")}

    graph = line(register)
    result = await graph.execute({})
    shown = []
    for answer in ("Ana", "ana@example.org"):
        shown.append(asked(result))
        result = await graph.execute(Command(update=by_mail(result), resume=answer))

    assert shown == ["Your name?", "Hi Ana, your address?"]
    assert result.final_state == {"name": "Ana", "mail": "ana@example.org"}


async def test_a_second_question_asked_in_parallel_is_not_lost() -> None:
    async def legal(state: State) -> State:
        return {"legal": interrupt("Is it legal?")}

    def money(state: State) -> State:
        return {"money": interrupt("Is it paid for?")}

    graph = fan(legal, money)
    both = await graph.execute({})
    assert [item.interrupt.payload for item in both.interrupts] == [
        "Is it legal?", "Is it paid for?",
    ]  # fmt: skip
    with pytest.raises(AmbiguousAnswer):
        await graph.execute(Command(update=both.final_state, resume="yes"))

    answers = {item.interrupt.interrupt_id: item.node_id.upper() for item in both.interrupts}
    done = await graph.execute(Command(update=by_mail(both), resume=answers))

    assert done.final_state == {"legal": "LEGAL", "money": "MONEY"}


@pytest.mark.parametrize("compiled", [False, True])
async def test_a_question_in_a_subgraph_surfaces_and_is_resumed(compiled: bool) -> None:
    ran = []

    async def prepare(state: State) -> State:
        ran.append("prepare")
        return {"draft": f"Dear {state['who']}", "due": date(2030, 1, 2)}

    async def tell(state: State) -> State:
        return {"told": (state["approved"], state["draft"], str(state["due"]))}

    inner = line(prepare, approve)
    graph = StateGraph(name="outer")
    graph.add_node("review", inner.compile() if compiled else inner)
    graph.add_node("tell", tell)
    graph.set_entry_point("review").add_edge("review", "tell").set_finish_point("tell")

    paused = await graph.execute({"who": "Ana"})
    assert not paused.success
    assert paused.interrupt is not None
    assert paused.interrupt.node_id == "approve"
    done = await graph.execute(Command(update=by_mail(paused), resume="yes"))

    assert done.final_state["told"] == (True, "Dear Ana", "2030-01-02")
    assert ran == ["prepare"]


async def test_a_question_in_a_send_task_surfaces_and_is_resumed() -> None:
    class Found(TypedDict, total=False):
        items: list[str]
        kept: Annotated[list[str], operator.add]

    def split(state: Found) -> list[Send]:
        return [Send("check", {"item": item, "price": Decimal("1.10")}) for item in state["items"]]

    async def check(state: State) -> State:
        if state["item"] == "sure":
            return {"kept": ["sure"]}
        answer = interrupt({"keep": state["item"], "price": state["price"]})
        return {"kept": [f"{state['item']}: {answer}"]}

    graph = StateGraph(state_schema=Found, name="sends")
    graph.add_node("split", lambda state: {}).add_node("check", check)
    graph.add_edge(START, "split").add_conditional_edges("split", split)

    paused = await graph.execute({"items": ["odd", "sure", "rare"]})
    assert [item.interrupt.payload["keep"] for item in paused.interrupts] == ["odd", "rare"]
    answers = {item.interrupt.interrupt_id: "yes" for item in paused.interrupts}
    done = await graph.execute(Command(update=by_mail(paused), resume=answers))

    assert done.final_state["kept"] == ["odd: yes", "sure", "rare: yes"]


async def test_a_run_stops_after_a_node_and_goes_on() -> None:
    def one(state: State) -> State:
        return {"one": 1}

    def two(state: State) -> State:
        return {"two": state["one"] + 1}

    graph = line(one, two)
    graph.config.interrupt_after = ["one"]

    stopped = await graph.execute({})
    assert stopped.is_interrupted
    assert stopped.interrupt is not None
    assert stopped.interrupt.node_id == "one"
    assert asked(stopped) == {"type": "interrupt_after", "node": "one"}
    assert stopped.final_state["one"] == 1
    assert "two" not in stopped.final_state

    done = await graph.execute(Command(update=by_mail(stopped), resume=True))
    assert done.final_state == {"one": 1, "two": 2}


async def test_the_synchronous_door_opens_inside_a_running_loop() -> None:
    assert asyncio.get_running_loop().is_running()
    paused = line(approve).invoke({"file": "a.txt"})
    assert paused[RUN_KEY]

    done = line(approve).invoke(Command(update=paused, resume="yes"))

    assert done == {"file": "a.txt", "approved": True}
    assert await line(approve).ainvoke(Command(update=paused, resume="no")) == {
        "file": "a.txt", "approved": False,
    }  # fmt: skip


async def test_a_node_that_fails_raises_what_it_raised() -> None:
    async def broken(state: State) -> State:
        raise ZeroDivisionError("no such share")

    with pytest.raises(ZeroDivisionError, match="no such share") as raised:
        await line(broken).execute({})
    assert "in node 'broken'" in raised.value.__notes__[0]


# The programs people write


async def test_the_refund_desk_of_the_multi_agent_tutorial_runs_as_it_is() -> None:
    def agent(role: str, prompt: str, model: Any) -> Agent:
        settings = AgentConfig(
            agent_id=f"agent-{role}", model=model, system_prompt=prompt,
            max_iterations=2, max_tokens=300,
        )  # fmt: skip
        return Agent(config=settings)

    async def said(agent: Agent, prompt: str) -> str:
        final = ""
        async for event in agent.run(prompt):
            if isinstance(event, TerminateEvent):
                final = event.final_message or ""
        return final

    async def triage(state: State) -> State:
        clerk = agent("triage", "Answer with EXACTLY ONE of: refund, escalate.", state["model"])
        category = await said(clerk, f"Customer request: {state['request']!r}")
        if category == "escalate":
            category = interrupt({"question": "Pick a category", "options": ["refund", "drop"]})
        return {"category": category}

    async def draft(state: State) -> State:
        writer = agent("writer", "Draft a polite reply.", state["model"])
        return {"draft": await said(writer, f"Request: {state['request']!r}")}

    async def human(state: State) -> State:
        return {"approved": interrupt({"draft": state["draft"], "type": "approval"}) == "yes"}

    async def send(state: State) -> State:
        return {"result": "sent" if state["approved"] else "cancelled"}

    graph = line(triage, draft, human, send)
    model = get_model()
    sure = await graph.execute({"request": "I want a refund for order #42.", "model": model})
    assert sure.interrupt is not None
    assert sure.interrupt.node_id == "human"
    assert "order #42" in asked(sure)["draft"]
    done = await graph.execute(Command(resume="yes", update=sure.final_state))
    assert done.final_state["result"] == "sent"
    assert done.final_state["model"] is model

    unsure = await graph.execute({"request": "It flickers on Tuesdays", "model": model})
    assert asked(unsure)["question"] == "Pick a category"
    picked = await graph.execute(Command(resume="refund", update=unsure.final_state))
    assert asked(picked)["type"] == "approval"


async def test_a_registration_asks_in_one_node_after_another() -> None:
    def name(state: State) -> State:
        return {"name": interrupt({"question": "Name?"})}

    def mail(state: State) -> State:
        return {"mail": interrupt({"question": f"Hi {state['name']}, address?"})}

    async def complete(state: State) -> State:
        return {"status": f"{state['name']} <{state['mail']}>"}

    graph = line(name, mail, complete)
    result = await graph.execute({})
    answers = iter(["Ana", "ana@example.org"])
    while result.is_interrupted:
        result = await graph.execute(Command(update=result.final_state, resume=next(answers)))

    assert result.final_state["status"] == "Ana <ana@example.org>"


async def test_a_run_stops_before_a_node_named_in_its_config() -> None:
    def prepare(state: State) -> State:
        return {"prepared": True}

    def deploy(state: State) -> State:
        return {"deployed": state["target"]}

    graph = line(prepare, deploy)
    graph.config.interrupt_before = ["deploy"]

    stopped = await graph.execute({"target": "production"})
    assert stopped.is_interrupted
    assert stopped.interrupt is not None
    assert stopped.interrupt.node_id == "deploy"
    assert asked(stopped) == {"type": "interrupt_before", "node": "deploy"}
    assert stopped.final_state["prepared"] is True

    for go_on in (
        Command(update=stopped.final_state, resume="approved"),
        Command(update=by_mail(stopped)),
        stopped.final_state,
    ):
        done = await graph.execute(go_on)
        assert done.final_state == {
            "target": "production", "prepared": True, "deployed": "production",
        }  # fmt: skip


async def test_a_breakpoint_in_a_subgraph_stops_the_run_around_it() -> None:
    def one(state: State) -> State:
        return {"one": 1}

    def two(state: State) -> State:
        return {"two": 2}

    inner = line(one, two)
    inner.config.interrupt_before = ["two"]
    graph = StateGraph(name="outer").add_node("inner", inner).set_entry_point("inner")

    stopped = await graph.execute({})
    assert not stopped.success
    assert stopped.interrupt is not None
    assert stopped.interrupt.node_id == "two"
    done = await graph.execute(Command(update=by_mail(stopped), resume="go"))

    assert done.success
    assert done.final_state == {"one": 1, "two": 2}


async def test_a_config_can_be_given_to_the_graph_or_to_one_run() -> None:
    def step(state: State) -> State:
        return {"n": state.get("n", 0) + 1}

    def again(state: State) -> str:
        return "more" if state["n"] < 3 else "enough"

    looping = StateGraph(name="loop", config=GraphConfig(allow_cycles=True, max_iterations=3))
    looping.add_node("step", step).set_entry_point("step")
    looping.add_conditional_edges("step", again, {"more": "step", "enough": END})

    result = await looping.execute({})
    assert result.final_state == {"n": 3}
    assert (result.iterations, result.execution_order) == (3, ["step"] * 3)
    with pytest.raises(RecursionLimit):
        await looping.execute({}, config=GraphConfig(max_iterations=2))
    stopped = await looping.execute({}, config=GraphConfig(interrupt_before=["step"]))
    assert stopped.is_interrupted
    assert not looping.config.interrupt_before


async def test_a_result_tells_what_this_execution_did() -> None:
    def draft(state: State) -> State:
        return {"draft": "Dear Ana"}

    def send(state: State) -> State:
        return {"sent": state["approved"]}

    graph = line(draft, approve, send)
    paused = await graph.execute({})
    assert (paused.graph_id, paused.success, paused.is_interrupted) == ("line", False, True)
    assert (paused.execution_order, paused.iterations) == (["draft"], 2)
    assert paused.duration_ms > 0

    done = await graph.execute(Command(update=paused.final_state, resume="yes"))
    assert (done.success, done.is_interrupted, done.interrupt) == (True, False, None)
    assert (done.execution_order, done.iterations) == (["approve", "send"], 2)


async def test_routes_go_by_word_by_name_and_by_list() -> None:
    def visit(name: str) -> Callable[[State], State]:
        return lambda state: {name: True}

    def graph(route: Any, **targets: Any) -> StateGraph:
        graph = StateGraph()
        for name in ("check", "left", "right"):
            graph.add_node(name, visit(name))
        graph.set_entry_point("check").set_finish_point("left").set_finish_point("right")
        return graph.add_conditional_edges("check", route, **targets)

    by_word = graph(lambda state: "error", targets={"error": "left", "fine": "right"})
    by_name = graph(lambda state: "right")
    by_list = graph(lambda state: ["left", "right"])

    assert list((await by_word.execute({})).final_state) == ["check", "left"]
    assert list((await by_name.execute({})).final_state) == ["check", "right"]
    assert list((await by_list.execute({})).final_state) == ["check", "left", "right"]


async def test_a_node_says_where_to_go_with_a_command() -> None:
    def decide(state: State) -> Command:
        return Command(update={"by": "decide"}, goto="fast" if state["urgent"] else ["slow", "log"])

    graph = StateGraph().add_node("decide", decide).set_entry_point("decide")
    for name in ("fast", "slow", "log"):
        graph.add_node(name, lambda state, name=name: {name: True})

    assert (await graph.execute({"urgent": True})).final_state == {
        "urgent": True, "by": "decide", "fast": True,
    }  # fmt: skip
    assert {"slow", "log"} <= (await graph.execute({"urgent": False})).final_state.keys()


# Everything rides in the final state


PROGRAM = """
import asyncio, json, sys
from hitl_nb import END, START, Command, StateGraph, interrupt
from hitl_nb.agents import Agent, AgentConfig, ScriptedModel


async def draft(state):
    agent = Agent(config=AgentConfig(agent_id="writer", model=state["model"]))
    text = (await agent.run(f"Draft: {state['request']}")).final_message
    return {"draft": text, "approved": interrupt({"draft": text}), "by": state["model"].replies}


def send(state):
    return {"sent": state["draft"]}


graph = StateGraph(name="desk").add_node("draft", draft).add_node("send", send)
graph.add_edge(START, "draft").add_edge("draft", "send").add_edge("send", END)


def saved(result):
    return {name: value for name, value in result.final_state.items() if name != "model"}


action, path = sys.argv[1:]
if action == "begin":
    model = ScriptedModel(["Dear Ana"])
    result = asyncio.run(graph.execute({"request": "refund", "model": model}))
    json.dump(saved(result), open(path, "w"))
    print(json.dumps(result.interrupt.interrupt.payload))
else:
    command = Command(update={**json.load(open(path)), "model": ScriptedModel([])}, resume="yes")
    result = asyncio.run(graph.execute(command))
    print(json.dumps([result.success, saved(result)]))
"""


def test_a_run_goes_on_in_another_process_with_the_callers_own_object(tmp_path: Path) -> None:
    program, state = tmp_path / "desk.py", tmp_path / "state.json"
    program.write_text(PROGRAM, "utf-8")

    def run(action: str) -> Any:
        command = [sys.executable, "-W", "error::UserWarning", str(program), action, str(state)]
        path = str(Path(__file__).resolve().parent.parent)
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PYTHONPATH": path}
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert run("begin") == {"draft": "Dear Ana"}
    assert run("resume") == [
        True,
        {"request": "refund", "draft": "Dear Ana", "approved": "yes", "by": [], "sent": "Dear Ana"},
    ]


async def test_live_objects_stay_the_callers_wherever_the_run_paused() -> None:
    class Live:
        name = "one"

    def split(state: State) -> list[Send]:
        return [Send("work", {"model": state["model"], "day": date(2030, 1, 2)})]

    def work(state: State) -> State:
        return {"by": (state["model"].name, state["day"].year, interrupt("ok?"))}

    inner = StateGraph().add_node("split", lambda state: {}).add_node("work", work)
    inner.set_entry_point("split").add_conditional_edges("split", split)
    graph = StateGraph().add_node("inner", inner).set_entry_point("inner")
    other = Live()
    other.name = "other"

    paused = await graph.execute({"model": Live()})
    state = {name: value for name, value in paused.final_state.items() if name != "model"}
    state = json.loads(json.dumps(state))
    with pytest.raises(InvalidUpdate, match="needs its 'model' back"):
        await graph.execute(Command(update=state, resume="yes"))
    done = await graph.execute(Command(update={**state, "model": other}, resume="yes"))

    assert done.final_state["by"] == ("other", 2030, "yes")


async def test_what_was_called_once_is_not_called_again_after_a_journey() -> None:
    calls = []

    def price() -> dict[str, Any]:
        calls.append("price")
        return {"amount": Decimal("1.10"), "on": date(2030, 1, 2)}

    async def quote(state: State) -> State:
        found = once(price)
        return {"quote": interrupt(found), "amount": found["amount"]}

    paused = await line(quote).execute({})
    assert asked(paused) == {"amount": Decimal("1.10"), "on": date(2030, 1, 2)}
    done = await line(quote).execute(Command(update=by_mail(paused), resume="fine"))

    assert done.final_state == {"quote": "fine", "amount": Decimal("1.10")}
    assert calls == ["price"]


async def test_a_sibling_that_finished_keeps_what_it_wrote_and_is_not_run_again() -> None:
    ran = []

    def count(state: State) -> State:
        ran.append("count")
        return {"total": Decimal("3.50"), "on": date(2030, 1, 2)}

    graph = fan(approve, count)
    done = await graph.execute(Command(update=by_mail(await graph.execute({})), resume="yes"))

    assert done.final_state == {"approved": True, "total": Decimal("3.50"), "on": date(2030, 1, 2)}
    assert ran == ["count"]


async def test_a_paused_run_carries_no_subgraph_that_is_over() -> None:
    def work(state: State) -> State:
        return {"n": state.get("n", 0) + 1}

    graph = StateGraph().add_node("work", line(work)).add_node("approve", approve)
    graph.set_entry_point("work")
    graph.add_conditional_edges("work", lambda state: "work" if state["n"] < 9 else "approve")

    paused = await graph.execute({})

    assert paused.final_state["n"] == 9
    assert paused.final_state[RUN_KEY]["nested"] == {}


async def test_a_paused_value_can_be_answered_twice_each_in_its_own_way() -> None:
    graph = line(approve)
    paused = await graph.execute({"file": "a"})
    before = deepcopy(paused.final_state)

    yes = await graph.execute(Command(update=paused.final_state, resume="yes"))
    no = await graph.execute(Command(update=paused.final_state, resume="no"))

    assert (yes.final_state["approved"], no.final_state["approved"]) == (True, False)
    assert paused.final_state == before


async def test_a_state_edited_under_the_question_is_asked_about_again() -> None:
    async def review(state: State) -> State:
        return {"approved": interrupt({"draft": state["draft"]})}

    graph = line(review)
    paused = await graph.execute({"draft": "Dear Ana"})
    edited = {**by_mail(paused), "draft": "Pay Bob"}

    again = await graph.execute(Command(update=edited, resume="yes"))

    assert asked(again) == {"draft": "Pay Bob"}
    assert "approved" not in again.final_state


async def test_a_live_object_the_caller_does_not_have_keeps_the_run_in_its_process() -> None:
    def split(state: State) -> list[Send]:
        return [Send("work", {"model": object()})]

    def work(state: State) -> State:
        return {"by": (type(state["model"]).__name__, interrupt("ok?"))}

    graph = StateGraph().add_node("split", lambda state: {}).add_node("work", work)
    graph.set_entry_point("split").add_conditional_edges("split", split)

    paused = await graph.execute({})
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(paused.final_state)
    done = await graph.execute(Command(update=paused.final_state, resume="yes"))
    assert done.final_state["by"] == ("object", "yes")


async def test_a_run_that_waits_at_a_list_edge_travels_too() -> None:
    def graph(target: str = "both") -> StateGraph:
        graph = fan(approve, quick).add_node(target, lambda state: {"joined": True})
        return graph.add_edge(["approve", "slow"], target).add_node("slow", slow)

    def quick(state: State) -> State:
        return {"quick": True}

    def slow(state: State) -> State:
        return {"slow": interrupt("slow?")}

    def routed() -> StateGraph:
        return graph().add_edge("quick", "slow")

    paused = await routed().execute({})
    paused = await routed().execute(Command(update=by_mail(paused), resume="yes"))
    assert asked(paused) == "slow?"
    with pytest.raises(InvalidUpdate, match="list edge"):
        await graph("other").execute(Command(update=by_mail(paused), resume="yes"))
    done = await routed().execute(Command(update=by_mail(paused), resume="yes"))
    assert done.final_state["joined"] is True


# What does not fit is refused by name


def spoiled(final_state: State, spoil: Callable[[State], Any]) -> State:
    state = deepcopy(final_state)
    spoil(state[RUN_KEY])
    return state


def _other_payload(run: State) -> None:
    run["stands"]["asked"][0]["value"] = json.loads(
        json.dumps(run["stands"]["asked"][0]["value"]).replace("Approve", "Look away")
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: run.clear(),
        lambda run: run.pop("thread"),
        lambda run: run.pop("code"),
        lambda run: run.update(code=[]),
        lambda run: run.update(stands=[]),
        lambda run: run.update(nested=None),
        lambda run: run["stands"].update(step="soon"),
        lambda run: run["stands"].update(tasks=[["approve"]]),
        lambda run: run["stands"].update(arrived={"nowhere": ["x"]}),
        lambda run: run["stands"].update(finished=["nothing"]),
        lambda run: run["stands"].update(calls=[["task", "key", "value"]]),
        lambda run: run["stands"].update(questions={"1:approve": ["unknown"]}),
        lambda run: run["stands"]["asked"][0].update(digest="0" * 64),
        lambda run: run["stands"]["asked"][0].pop("value"),
        _other_payload,
    ],
)
async def test_a_final_state_changed_by_hand_is_refused(spoil: Callable[[State], Any]) -> None:
    graph = line(approve)
    paused = await graph.execute({})

    with pytest.raises(InvalidUpdate, match="__run__"):
        await graph.execute(Command(update=spoiled(by_mail(paused), spoil), resume="yes"))


@pytest.mark.parametrize("key", ["thread", "id"])
async def test_a_question_made_another_is_asked_again_and_never_goes_on(key: str) -> None:
    graph = line(approve)
    paused = await graph.execute({})

    def spoil(run: State) -> None:
        if key == "thread":
            run["thread"] = "another"
        else:
            text = json.dumps(run["stands"]).replace(run["stands"]["asked"][0]["id"], "f" * 32)
            run["stands"] = json.loads(text)

    again = await graph.execute(Command(update=spoiled(paused.final_state, spoil), resume="yes"))

    assert again.is_interrupted
    assert "approved" not in again.final_state


@pytest.mark.parametrize("value", [None, 3, "text", []])
async def test_a_place_that_is_no_place_is_refused(value: Any) -> None:
    with pytest.raises(InvalidUpdate, match="__run__"):
        await line(approve).execute(Command(update={RUN_KEY: value}, resume="yes"))


async def test_an_answer_without_a_paused_run_is_refused() -> None:
    graph = line(approve)
    with pytest.raises(NothingPending):
        await graph.execute(Command(update={"file": "a"}, resume="yes"))
    paused = await graph.execute({})
    done = await graph.execute(Command(update=paused.final_state, resume="yes"))
    with pytest.raises(NothingPending):
        await graph.execute(Command(update=done.final_state, resume="yes"))


async def test_an_answer_that_does_not_fit_is_refused_before_anything_runs() -> None:
    ran = []

    def amount(state: State) -> State:
        ran.append("amount")
        return {"amount": interrupt("How much?", response_schema={"type": "integer"})}

    graph = line(amount)
    paused = await graph.execute({})
    with pytest.raises(InvalidAnswer, match="not of type 'integer'"):
        await graph.execute(Command(update=paused.final_state, resume="much"))
    assert ran == ["amount"]

    done = await graph.execute(Command(update=paused.final_state, resume=7))
    assert done.final_state == {"amount": 7}


async def test_a_paused_node_that_was_renamed_is_named() -> None:
    paused = await line(approve).execute({})
    renamed = StateGraph(name="line").add_node("approval", approve).set_entry_point("approval")

    with pytest.raises(NodeGone, match=r"'approve'.*'approval'"):
        await renamed.execute(Command(update=paused.final_state, resume="yes"))


async def test_a_paused_node_that_was_edited_is_reported() -> None:
    paused = await line(approve).execute({})

    def edited(state: State) -> State:
        return approve(state)

    graph = StateGraph(name="line").add_node("approve", edited).set_entry_point("approve")
    with pytest.warns(NodeEdited, match="'approve'"):
        done = await graph.execute(Command(update=paused.final_state, resume="yes"))
    assert done.final_state == {"approved": True}


async def test_an_unknown_key_beside_a_paused_run_is_named() -> None:
    class Typed(TypedDict, total=False):
        model: Any
        approved: bool

    graph = line(approve, state_schema=Typed)
    paused = await graph.execute({"model": "tiny"})
    with pytest.raises(UnknownStateKey, match="modle"):
        await graph.execute(Command(update={**paused.final_state, "modle": "large"}, resume="yes"))


async def test_a_scripted_agent_is_not_asked_again_when_its_node_resumes() -> None:
    model = ScriptedModel(["refund"])

    async def triage(state: State) -> State:
        said = await Agent(config=AgentConfig(model=state["model"])).run("What is it?")
        return {"category": said.final_message, "sure": interrupt(said.final_message)}

    graph = line(triage)
    paused = await graph.execute({"model": model})
    done = await graph.execute(Command(update=paused.final_state, resume="yes"))

    assert done.final_state["category"] == "refund"
    assert len(model.asked) == 1
