# ruff: noqa: T201  (printing is what this is about)
"""What a node prints reaches whoever listens to its run, and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hitl_nb import START, InMemorySaver, StateGraph, interrupt
from hitl_nb.compiled import CompiledGraph
from hitl_nb.engine.stdout_capture import CapturedStream, Piece, StdoutCapture, capture_stdout


class Notebook(io.TextIOBase):
    """Stands for a kernel's stream, which knows which cell is running."""

    encoding = "UTF-8"

    def __init__(self) -> None:
        self.text = ""
        self.parent: Any = None
        self.flushed = 0
        self.buffer = io.BytesIO()

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def set_parent(self, parent: Any) -> None:
        self.parent = parent

    def flush(self) -> None:
        self.flushed += 1

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 7


@contextmanager
def on_screen() -> Iterator[Notebook]:
    """Be where text goes that nobody listens to; pytest itself replaces what a fixture sets."""
    before, sys.stdout = sys.stdout, (stream := Notebook())
    try:
        yield stream
        assert sys.stdout is stream
    finally:
        sys.stdout = before


def one_by_one(*functions: Any) -> CompiledGraph:
    graph = StateGraph().add_sequence(functions).add_edge(START, functions[0].__name__)
    return graph.compile(InMemorySaver())


def side_by_side(*functions: Any) -> CompiledGraph:
    graph = StateGraph()
    for function in functions:
        graph.add_node(function).add_edge(START, function.__name__)
    return graph.compile(InMemorySaver())


async def run(
    graph: CompiledGraph, **options: Any
) -> tuple[StdoutCapture, list[tuple[str, str, str]]]:
    """Run a graph; return what was printed, and what the listener was told."""
    told: list[tuple[str, str, str]] = []
    execution = await graph.open({}, {"configurable": {"thread_id": "t"}})
    with capture_stdout(
        execution, lambda ns, task, stream, text: told.append((task.node, stream, text)), **options
    ) as prints:
        try:
            await execution.finish()
        finally:
            await execution.release()
    return prints, told


def text_of(told: list[tuple[str, str, str]], node: str) -> str:
    return "".join(text for name, _, text in told if name == node)


async def test_concurrent_tasks_sync_and_async_print_to_their_own() -> None:
    with on_screen() as screen:
        turn = [asyncio.Event(), asyncio.Event()]

        async def first(state: Any) -> None:
            print("first 1")
            turn[0].set()
            await turn[1].wait()
            print("first 2")

        async def second(state: Any) -> None:
            await turn[0].wait()
            print("second 1")
            turn[1].set()

        def third(state: Any) -> None:
            print("third", threading.current_thread() is threading.main_thread())

        _, told = await run(side_by_side(first, second, third))

        assert text_of(told, "first") == "first 1\nfirst 2\n"
        assert text_of(told, "second") == "second 1\n"
        assert text_of(told, "third") == "third False\n"
        assert screen.text == ""


async def test_graphs_inside_are_heard_with_their_namespace() -> None:
    with on_screen():

        def deep(state: Any) -> None:
            print("deep")

        inner = StateGraph().add_node(deep).add_edge(START, "deep").compile()
        graph = StateGraph().add_node("around", inner).add_edge(START, "around")

        prints, told = await run(graph.compile(InMemorySaver()))

        assert told[0] == ("deep", "stdout", "deep")
        assert prints.of("0:around#1|", "0:deep").text == "deep\n"


async def test_both_streams_are_kept_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    with on_screen():
        monkeypatch.setattr(sys, "stderr", errors := Notebook())

        def node(state: Any) -> None:
            print("one")
            print("two", file=sys.stderr)
            sys.stdout.writelines(["three", "\n"])

        prints, _ = await run(one_by_one(node))

        assert prints.of("", "0:node").pieces == (
            Piece("stdout", "one\n"),
            Piece("stderr", "two\n"),
            Piece("stdout", "three\n"),
        )
        assert sys.stderr is errors


async def test_what_nobody_listens_to_passes_through() -> None:
    with on_screen() as screen:

        def quiet(state: Any) -> None:
            print("not heard")

        async def node(state: Any) -> None:
            await one_by_one(quiet).ainvoke({}, {"configurable": {"thread_id": "other"}})
            print("heard")

        async def beside() -> None:
            print("beside")

        beginning = asyncio.create_task(beside())
        _, told = await run(one_by_one(node))
        await beginning

        assert text_of(told, "node") == "heard\n"
        assert sorted(screen.text.splitlines()) == ["beside", "not heard"]


async def test_two_runs_at_once_each_have_their_listener() -> None:
    with on_screen():

        def node(state: Any) -> None:
            print("hello")

        results = await asyncio.gather(*(run(one_by_one(node)) for _ in range(3)))

        assert [text_of(told, "node") for _, told in results] == ["hello\n"] * 3


async def test_no_more_is_kept_than_the_limit_and_the_rest_is_counted() -> None:
    with on_screen():

        def node(state: Any) -> None:
            print("x" * 30)
            print("y" * 100)

        prints, told = await run(one_by_one(node), limit=40)

        assert prints.of("", "0:node") == ((Piece("stdout", "x" * 30 + "\n" + "y" * 9),), 92)
        assert len(text_of(told, "node")) == 40


async def test_a_task_that_printed_nothing_has_an_empty_page() -> None:
    with on_screen():

        def node(state: Any) -> None:
            pass

        prints, _ = await run(one_by_one(node))

        assert prints.of("", "0:node") == ((), 0)


async def test_a_pause_and_an_error_leave_the_streams_as_they_were() -> None:
    with on_screen():

        def asks(state: Any) -> None:
            print("before")
            interrupt("sure?")

        def fails(state: Any) -> None:
            print("before")
            raise ValueError("wrong")

        _, told = await run(one_by_one(asks))
        assert text_of(told, "asks") == "before\n"
        with pytest.raises(ValueError, match="wrong"):
            await run(one_by_one(fails))


async def test_a_listener_may_print_and_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    with on_screen() as screen:

        def node(state: Any) -> None:
            print("hello", end="")

        def listener(ns: str, task: Any, stream: str, text: str) -> None:
            print("heard", text)
            raise ValueError("wrong")

        execution = await one_by_one(node).open({}, {"configurable": {"thread_id": "t"}})
        with capture_stdout(execution, listener) as prints:
            await execution.finish()

        assert screen.text.startswith("heard hello\nhello")
        assert prints.of("", "0:node").text == "hello"
        assert "A listener to what nodes print failed." in caplog.messages


async def test_the_wrapped_stream_has_all_the_stream_has() -> None:
    with on_screen() as screen:
        execution = await one_by_one(lambda_node).open({}, {"configurable": {"thread_id": "t"}})
        with capture_stdout(execution):
            assert isinstance(sys.stdout, CapturedStream)
            assert (sys.stdout.encoding, sys.stdout.isatty(), sys.stdout.fileno()) == (
                "UTF-8",
                False,
                7,
            )
            assert sys.stdout.buffer is screen.buffer
            assert repr(sys.stdout) == repr(screen)
            assert "set_parent" in dir(sys.stdout)
            sys.stdout.set_parent("cell 2")  # type: ignore[attr-defined]
            sys.stdout.parent = "cell 3"  # type: ignore[attr-defined]
            sys.stdout.flush()
            assert (screen.parent, screen.flushed) == ("cell 3", 1)
            with pytest.raises(AttributeError):
                _ = sys.stdout.nonsense  # type: ignore[attr-defined]
            with pytest.raises(TypeError):
                sys.stdout.write(None)  # type: ignore[arg-type]
        await execution.release()


def lambda_node(state: Any) -> None:
    """Do nothing."""


async def test_a_stream_somebody_put_in_our_place_stays() -> None:
    with on_screen() as screen:
        execution = await one_by_one(lambda_node).open({}, {"configurable": {"thread_id": "t"}})
        theirs = io.StringIO()
        with contextlib.ExitStack() as stack:
            with capture_stdout(execution):
                stack.enter_context(contextlib.redirect_stdout(theirs))
            print("theirs")
            assert sys.stdout is theirs
        # They put back what they found, which only passes on by now.
        print("late")
        assert (theirs.getvalue(), screen.text) == ("theirs\n", "late\n")
        with capture_stdout(execution), capture_stdout(execution):
            assert isinstance(sys.stdout, CapturedStream)
            assert not isinstance(object.__getattribute__(sys.stdout, "_stream"), CapturedStream)
        await execution.release()


async def test_a_redirection_inside_a_node_is_the_nodes_own() -> None:
    with on_screen():
        caught = io.StringIO()

        def node(state: Any) -> None:
            with contextlib.redirect_stdout(caught):
                print("caught")
            print("heard")

        _, told = await run(one_by_one(node))

        assert (text_of(told, "node"), caught.getvalue()) == ("heard\n", "caught\n")


async def test_who_keeps_a_cells_output_may_put_its_own_write_in_place() -> None:
    def shout(state: dict[str, Any]) -> None:
        print("node")

    graph = StateGraph(name="g").add_node(shout).add_edge(START, "shout").compile(InMemorySaver())
    kept: list[str] = []
    with on_screen() as screen:
        execution = await graph.open({}, {"configurable": {"thread_id": "t"}})
        with capture_stdout(execution) as prints:
            stream: Any = sys.stdout
            original = stream.write

            def write(text: str) -> int:
                kept.append(text)
                return int(original(text))

            stream.write = write  # as IPython does while a cell runs
            print("cell")
            await execution.finish()
            stream.write = original
            print("later")
            del stream.write
        await execution.release()

    assert screen.text == "cell\nlater\n"
    assert "".join(kept) == "cell\nnode\n"
    assert prints.of("", "0:shout").text == "node\n"
