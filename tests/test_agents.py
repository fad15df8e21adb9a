"""Agents ask models, offline, and inside a node no more than once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from hitl_nb import START, Command, InMemorySaver, StateGraph, interrupt
from hitl_nb.agents import (
    Agent,
    AgentConfig,
    Message,
    MockModel,
    Model,
    ScriptedModel,
    ScriptRanOut,
    TerminateEvent,
    ThinkEvent,
    UnknownModel,
    get_model,
    register_model,
)
from hitl_nb.agents import models as registry
from hitl_nb.errors import HitlError

State = dict[str, Any]
THREAD = {"configurable": {"thread_id": "t"}}


def clerk(*replies: str, **settings: Any) -> Agent:
    return Agent(config=AgentConfig(agent_id="clerk", model=ScriptedModel(replies), **settings))


def mock(system: str, prompt: str, **options: Any) -> str:
    agent = Agent(config=AgentConfig(model=get_model(**options), system_prompt=system))
    return agent.run_sync(prompt).final_message


def graph_of(node: Any) -> StateGraph:
    return StateGraph(name="desk").add_node("ask", node).add_edge(START, "ask")


# One run


async def test_a_run_can_be_iterated_over_and_ends_with_what_the_agent_says() -> None:
    events = [event async for event in clerk(" Dear Ana \n").run("Write.")]

    assert events == [
        ThinkEvent("clerk", 1, "Dear Ana"),
        TerminateEvent("clerk", "Dear Ana", 1, "complete"),
    ]


async def test_a_run_can_be_awaited() -> None:
    ended = await clerk("Dear Ana").run("Write.")
    assert isinstance(ended, TerminateEvent)
    assert ended.final_message == ended.message == "Dear Ana"


async def test_a_run_is_used_once() -> None:
    run = clerk("Dear Ana").run("Write.")
    await run
    with pytest.raises(RuntimeError, match="used before"):
        await run


async def test_a_run_waits_with_asking_until_it_is_wanted() -> None:
    agent = clerk("Dear Ana")
    agent.run("Write.")
    assert isinstance(agent.model, ScriptedModel)
    assert agent.model.asked == []


def test_a_run_from_synchronous_code() -> None:
    assert clerk("Dear Ana").run_sync("Write.").message == "Dear Ana"


async def test_a_run_from_synchronous_code_inside_a_running_loop() -> None:
    assert clerk("Dear Ana").run_sync("Write.").message == "Dear Ana"


async def test_the_model_is_told_its_role_then_the_prompt_and_how_long_it_may_talk() -> None:
    heard: list[Any] = []

    class Listener:
        async def complete(self, messages: Sequence[Message], *, max_tokens: int) -> str:
            heard.append((list(messages), max_tokens))
            return "ok"

    model = Listener()
    assert isinstance(model, Model)
    await Agent(config=AgentConfig(model=model, system_prompt="Be kind.", max_tokens=30)).run("Hi")
    await Agent(model=model).run("Hi")

    assert heard == [
        ([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}], 30),
        ([{"role": "user", "content": "Hi"}], 1000),
    ]


async def test_an_empty_reply_is_asked_for_again_so_many_times() -> None:
    second = await clerk("", "Dear Ana", max_iterations=2).run("Write.")
    assert (second.final_message, second.iterations_used) == ("Dear Ana", 2)

    never = await clerk("", " ", max_iterations=2).run("Write.")
    assert never == TerminateEvent("clerk", "", 2, "max_iterations")


async def test_what_a_model_raises_comes_out_and_only_text_is_a_reply() -> None:
    class Odd:
        def __init__(self, reply: Any) -> None:
            self.reply = reply

        async def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Any:
            if isinstance(self.reply, Exception):
                raise self.reply
            return self.reply

    with pytest.raises(ConnectionError, match="no network"):
        await Agent(model=Odd(ConnectionError("no network"))).run("Hi")
    with pytest.raises(TypeError, match=r"complete\(\) of Odd must return a str, not 42"):
        await Agent(model=Odd(42)).run("Hi")


# Settings


def test_a_config_has_defaults_and_cannot_be_changed() -> None:
    config = AgentConfig()
    assert (config.agent_id, config.system_prompt) == ("agent", "")
    assert isinstance(Agent().model, MockModel)
    assert isinstance(Agent(agent_id="x", model="mock").model, MockModel)
    with pytest.raises(FrozenInstanceError):
        config.agent_id = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        AgentConfig("agent")  # type: ignore[misc]


def test_a_config_does_not_show_the_model_which_may_hold_a_key() -> None:
    assert "model" not in repr(AgentConfig())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"agent_id": ""}, "agent_id must not be empty"),
        ({"max_tokens": 0}, "max_tokens of the agent 'agent' must be a number from 1 up, not 0"),
        ({"max_iterations": -1}, "max_iterations of the agent 'agent' must be a number from 1 up"),
        ({"max_iterations": "2"}, "not '2'"),
    ],
)
def test_a_setting_that_cannot_be_is_named(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AgentConfig(**settings)


def test_a_model_that_is_none_is_named() -> None:
    with pytest.raises(TypeError, match=r"async complete\(\) .*not <object"):
        AgentConfig(agent_id="clerk", model=object())  # type: ignore[arg-type]
    with pytest.raises(UnknownModel, match="'gpt-9'"):
        Agent(model="gpt-9")
    with pytest.raises(TypeError, match="a config or system_prompt, not both"):
        Agent(AgentConfig(), system_prompt="x")


# Models


@pytest.mark.parametrize(
    ("request_", "category"),
    [
        ("I want a refund for order #42, it never shipped.", "refund"),
        ("My invoice is wrong: billing charged me twice", "billing"),
        ("We were REFUNDED twice", "refund"),
        ("It flickers on Tuesdays", "escalate"),
        ("", "escalate"),
    ],
)
def test_the_mock_model_picks_one_of_the_words_it_is_given(request_: str, category: str) -> None:
    role = "Answer with EXACTLY ONE of: refund, billing, technical or 'escalate'. Be brief."
    assert mock(role, f"Customer request: {request_!r}") == category
    if request_:
        assert mock("", f"{role}\n{request_}") == category


def test_the_mock_model_drafts_summarizes_and_rates() -> None:
    assert mock("Draft a polite reply.", "Request: 'no parcel'\nNow write.") == (
        "Thank you for writing about “no parcel”. We are sorry and will see to it today."
    )
    assert mock("", "Summarize: It broke. I want another. Soon!") == "It broke."
    assert mock("Say your confidence from 0 to 1.", "Order 42 never shipped.") == "0.90"
    assert mock("Say your confidence from 0 to 1.", "Maybe it never shipped?") == "0.40"
    said = "It's Ana's and the others' turn"
    assert mock("", said) == f"You said: “{said}”"


def test_the_mock_model_says_the_same_each_time_and_no_more_than_it_may() -> None:
    assert mock("", "one two three") == mock("", "one two three")
    assert mock("", "one two three", max_tokens=3) == "You said: “one"
    short = Agent(config=AgentConfig(max_tokens=2))
    assert short.run_sync("one two three").message == "You said:"


async def test_a_scripted_model_tells_how_often_it_was_asked_when_it_runs_out() -> None:
    agent = clerk("one", "two")
    assert [(await agent.run(text)).message for text in ("a", "b")] == ["one", "two"]
    with pytest.raises(ScriptRanOut, match="2 replies and was asked 3 times, at last 'c'") as ran:
        await agent.run("c")
    assert isinstance(ran.value, HitlError)
    assert (ran.value.replies, ran.value.prompt) == (2, "c")


def test_a_model_is_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_MODELS", dict(registry._MODELS))
    assert isinstance(get_model(), MockModel)
    with pytest.raises(UnknownModel, match=r"no model 'script'\. Known: mock\. Real") as no:
        get_model("script")
    assert no.value.known == ("mock",)

    register_model("script", ScriptedModel)
    found = get_model("script", replies="hello")
    assert isinstance(found, ScriptedModel)
    assert found.replies == ["hello"]


# Inside a node


async def test_inside_a_node_the_model_is_not_asked_again_on_resume() -> None:
    model = ScriptedModel(["refund", "Dear Ana"])

    async def ask(state: State) -> State:
        category = (await Agent(agent_id="triage", model=model).run("Which?")).message
        async for event in Agent(agent_id="writer", model=model).run("Write."):
            draft = event
        assert isinstance(draft, TerminateEvent)
        return {"sent": (category, draft.message, interrupt(draft.message))}

    app = graph_of(ask).compile(InMemorySaver())
    paused = await app.ainvoke({}, THREAD)
    assert paused["__interrupt__"][0].value == "Dear Ana"
    done = await app.ainvoke(Command(resume="yes"), THREAD)

    assert done["sent"] == ("refund", "Dear Ana", "yes")
    assert len(model.asked) == 2


async def test_inside_a_sync_node_too() -> None:
    model = ScriptedModel(["Dear Ana"])

    def ask(state: State) -> State:
        draft = Agent(model=model).run_sync("Write.").message
        return {"sent": (draft, interrupt(draft))}

    app = graph_of(ask).compile(InMemorySaver())
    await app.ainvoke({}, THREAD)
    assert (await app.ainvoke(Command(resume="yes"), THREAD))["sent"] == ("Dear Ana", "yes")
    assert len(model.asked) == 1


async def test_equal_questions_to_one_agent_are_told_apart_by_their_order() -> None:
    model = ScriptedModel(["heads", "tails", "edge"])

    async def ask(state: State) -> State:
        agent = Agent(model=model)
        flips = await asyncio.gather(*(agent.run("Flip.").end() for _ in range(3)))
        return {"flips": [flip.message for flip in flips], "sure": interrupt("sure?")}

    graph = graph_of(ask)
    paused = await graph.execute({})
    done = await graph.execute(Command(update=paused.final_state, resume="yes"))

    assert done.final_state["flips"] == ["heads", "tails", "edge"]
    assert len(model.asked) == 3


async def test_another_prompt_or_role_asks_anew_and_another_model_does_not() -> None:
    model = ScriptedModel(["one", "two", "three"])
    role = "a"

    async def ask(state: State) -> State:
        agent = Agent(model=state["model"], system_prompt=role)
        said = (await agent.run(state["prompt"])).message
        return {"said": said, "sure": interrupt("sure?")}

    graph = graph_of(ask)
    paused = (await graph.execute({"model": model, "prompt": "p"})).final_state

    async def resumed(**changes: Any) -> Any:
        again = await graph.execute(Command(update={**paused, **changes}, resume="yes"))
        return again.final_state["said"]

    assert await resumed() == "one"
    assert await resumed(model=ScriptedModel([])) == "one"
    assert await resumed(prompt="q") == "two"
    role = "b"
    assert await resumed() == "three"


async def test_outside_a_node_each_run_asks() -> None:
    agent = clerk("one", "two")
    assert [(await agent.run("same")).message for _ in range(2)] == ["one", "two"]


def test_importing_agents_loads_nothing_heavy() -> None:
    program = (
        "import sys, hitl_nb.agents;"
        "print([name for name in ('pydantic', 'pandas', 'ipywidgets', 'jsonschema')"
        " if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"
