from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernels.kernel_client import Frontend, running_kernel

OLD = Path(__file__).parents[2] / ".venvs" / "ipykernel6" / "bin" / "python"
INTERPRETERS = {"ipykernel7": Path(sys.executable), "ipykernel6": OLD}

GRAPHS = """
import asyncio
from hitl_nb import END, START, InMemorySaver, StateGraph, interrupt

def approve(state):
    answer = interrupt({"question": "Approve?", "amount": 40, "options": ["yes", "no"]})
    return {"approved": answer == "yes"}

def describe(state):
    return {"reason": interrupt("Why?")}

async def fail(state):
    raise LookupError("no such order")

def chain(name, *nodes):
    graph = StateGraph(name=name)
    graph.add_sequence(list(nodes)).add_edge(START, nodes[0].__name__)
    return graph.add_edge(nodes[-1].__name__, END).compile(InMemorySaver())

works = False

def look_up(state):
    if not works:
        raise LookupError("not yet")
    return {"worked": True}

def talk(state):
    print("from a thread")

async def tell(state):
    print("from the loop")

def work(state):
    leave.wait(300)
    return {"worked": True}

def finish(state):
    return {"ended": True}

one = chain("one", approve)
flaky = chain("flaky", approve, look_up)
talking = chain("talking", talk, approve, tell)
slow = chain("slow", work, finish)
two = chain("two", approve, describe)
broken = chain("broken", approve, fail)
"""


@pytest.fixture(scope="module", params=INTERPRETERS)
def kernel(request: pytest.FixtureRequest) -> Iterator[Frontend]:
    python = INTERPRETERS[request.param]
    if not python.exists():
        pytest.fail(
            "The kernel tests need a second interpreter with ipykernel 6: "
            "run `make .venvs/ipykernel6/.installed`.",
            pytrace=False,
        )
    with running_kernel(str(python)) as frontend:
        frontend.run(GRAPHS)
        yield frontend


@pytest.fixture(scope="module")
def other_kernel() -> Iterator[Frontend]:
    with running_kernel(sys.executable) as frontend:
        frontend.run(GRAPHS)
        yield frontend


@pytest.fixture
def thread(request: pytest.FixtureRequest) -> str:
    """A thread id that no other test uses."""
    return request.node.name
