"""Questions that wait, and a stand-in for the browser of an inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from displayed_pages import displayed

from hitl_nb import START, Approval, Choice, CompiledGraph, Inbox, StateGraph, interrupt
from hitl_nb.savers import Saver

REQUESTS = {"question": "Refund?", "risk": "low", "role": "support", "tags": ("eu",)}


def at(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


def refunds(done: list[Any] | None = None) -> StateGraph:
    """Ask whether to send a draft; ``done`` is what was decided."""

    def review(state: dict[str, Any]) -> dict[str, Any]:
        asked = {"question": f"Refund {state['order']}?", **state.get("asked", {})}
        decision = interrupt(Approval(draft=f"Sorry about {state['order']}.", **asked))
        return {"decision": [decision.action, decision.value, decision.reviewer]}

    def send(state: dict[str, Any]) -> dict[str, Any]:
        if done is not None:
            done.append(state["decision"])
        return {"sent": True}

    return StateGraph(name="refund").add_sequence([review, send]).add_edge(START, "review")


def plain(payload: Any = "Which order?") -> StateGraph:
    """Ask something plain."""

    def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"answer": interrupt(payload)}

    return StateGraph(name="plain").add_node(ask).add_edge(START, "ask")


def picking() -> StateGraph:
    def pick(state: dict[str, Any]) -> dict[str, Any]:
        return {"picked": interrupt(Choice("Which?", ["red", "green"], role="design")).value}

    return StateGraph(name="picking").add_node(pick).add_edge(START, "pick")


def waiting(saver: Saver, *orders: str, **asked: Any) -> CompiledGraph:
    """Begin a refund for each order; each waits for its approval."""
    graph = refunds().compile(saver)
    for order in orders:
        graph.invoke({"order": order, "asked": asked}, at(order))
    return graph


class Browser:
    """Keeps what was drawn and said."""

    def __init__(self) -> None:
        self.drawn: dict[str, Any] = {}
        self.saved = ""
        self.said: list[dict[str, Any]] = []
        self.redrawn = asyncio.Event()

    def draw(self, state: Any) -> None:
        self.drawn = dict(state)
        self.redrawn.set()

    def say(self, message: Any) -> None:
        self.said.append(dict(message))

    def dispose(self) -> None:
        pass


class Opened:
    """An inbox as a person has it open."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.browser = Browser()
        inbox._view = self.browser  # type: ignore[assignment]
        inbox.redraw()
        self._nonces = 0

    @property
    def state(self) -> Any:
        return self.browser.drawn

    @property
    def headings(self) -> list[str]:
        return ["".join(map(str, row["heading"])) for row in self.state["window"]["rows"]]

    @property
    def form(self) -> Any:
        return self.state["selected"]["form"]

    @property
    def said(self) -> list[str]:
        """What the last acknowledgement found wrong."""
        assert self.browser.said[-1]["type"] == "acknowledge"
        return ["".join(map(str, error["message"])) for error in self.browser.said[-1]["errors"]]

    def send(self, kind: str, **fields: Any) -> None:
        self.inbox._receive({"type": kind, **fields})

    def decide(self, action: str, comment: str = "", **changes: Any) -> None:
        """Press a button of the form."""
        parts = self.form["control"].get("parts", ())
        values = {part["name"]: part["value"] for part in parts if "value" in part}
        self.submit(
            {
                "action": action, "values": values, "comment": comment, "decisions": {},
                "phrase": "", "reviewer": "", **changes,
            },
        )  # fmt: skip

    def submit(self, answer: dict[str, Any], **changes: Any) -> None:
        self._nonces += 1
        message = {
            "question": self.form["id"], "nonce": f"n{self._nonces}", "answer": answer,
            "displayed": displayed(self.form),
        }  # fmt: skip
        self.send(changes.pop("kind", "submit"), **{**message, **changes})

    async def until(self, holds: Callable[[], Any]) -> None:
        """Follow the saver until something holds."""
        watch = self.inbox._watch
        watch.quick = watch.slow = watch._pause = 0.001
        self.inbox.watch()
        async with asyncio.timeout(60):
            while not holds():
                await self.browser.redrawn.wait()
                self.browser.redrawn.clear()

    def counts(self, facet: str) -> dict[str, int]:
        found = next(item for item in self.state["facets"] if item["name"] == facet)
        return {value["value"]: value["count"] for value in found["values"]}
