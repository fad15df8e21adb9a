"""Sessions in a real kernel, seen by a client that speaks as a notebook page does."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from kernels.kernel_client import WIDGET_MIME, Cell, Frontend, Model

pytestmark = pytest.mark.kernel


def open_session(kernel: Frontend, graph: str, thread: str) -> tuple[Cell, Model]:
    """Run the cell that shows a session, and wait for its first form."""
    cell = kernel.run(f"session = {graph}.session({{}}, thread_id={thread!r})\nsession")
    model = kernel.view(cell)
    kernel.asks(model, "Approve?")
    return cell, model


def value(kernel: Frontend, expression: str) -> str:
    return kernel.run(expression).value


def test_a_form_opens_below_the_cell_as_one_model(kernel: Frontend, thread: str) -> None:
    before = set(kernel.models)
    _, model = open_session(kernel, "one", thread)

    assert model.form["control"]["choices"] == [{"label": ["yes"]}, {"label": ["no"]}]
    assert model.form["context"] == [{"label": ["amount"], "text": ["40"]}]
    views = [name for name in set(kernel.models) - before if "forms" in kernel.models[name].state]
    assert views == [model.id]


def test_a_submit_is_acknowledged_and_resumes_the_run(kernel: Frontend, thread: str) -> None:
    cell, model = open_session(kernel, "one", thread)

    nonce = kernel.submit(model, model.form["id"], choice=0, label="yes")

    assert kernel.acknowledged(model, nonce) == {
        "type": "acknowledge",
        "nonce": nonce,
        "accepted": True,
        "errors": [],
    }
    kernel.until(lambda: WIDGET_MIME not in cell.shown, "the static record")
    assert model.state["header"]["status"] == "done"
    assert value(kernel, "session.values") == "{'approved': True}"


def test_the_end_leaves_static_text_and_no_live_model(kernel: Frontend, thread: str) -> None:
    cell, model = open_session(kernel, "one", thread)
    opened = set(kernel.models)

    kernel.submit(model, model.form["id"], choice=1, label="no")
    kernel.until(lambda: model.closed, "the model to close")
    kernel.until(lambda: WIDGET_MIME not in cell.shown, "the static record")

    assert set(cell.shown) == {"text/plain", "text/html"}
    assert "Approve?" in cell.shown["text/html"]
    assert '"no"' in cell.shown["text/plain"]
    assert set(kernel.models) == opened


def test_a_second_question_follows_at_the_same_place(kernel: Frontend, thread: str) -> None:
    cell, model = open_session(kernel, "two", thread)

    kernel.submit(model, model.form["id"], choice=0, label="yes")
    second = kernel.asks(model, "Why?")
    kernel.submit(model, second["id"], text="because\nof that")
    kernel.until(lambda: WIDGET_MIME not in cell.shown, "the static record")

    assert value(kernel, "session.values") == "{'approved': True, 'reason': 'because\\nof that'}"


def test_a_submit_arrives_while_a_cell_awaits_the_session(kernel: Frontend, thread: str) -> None:
    _, model = open_session(kernel, "two", thread)
    awaiting = kernel.start("final = await session\nfinal")

    kernel.submit(model, model.form["id"], choice=0, label="yes")
    second = kernel.asks(model, "Why?")
    assert not awaiting.ended
    nonce = kernel.submit(model, second["id"], text="the first one")

    assert kernel.acknowledged(model, nonce)["accepted"]
    assert kernel.finish(awaiting).value == "{'approved': True, 'reason': 'the first one'}"


def test_cells_queued_behind_an_awaiting_cell_run_in_order(kernel: Frontend, thread: str) -> None:
    _, model = open_session(kernel, "one", thread)
    kernel.run("order = []")
    awaiting = kernel.start("final = await session\norder.append('awaited')\nprint('printed here')")
    queued = [kernel.start(f"order.append({number})\nlist(order)") for number in range(4)]

    nonce = kernel.submit(model, model.form["id"], choice=0, label="yes")
    assert kernel.acknowledged(model, nonce)["accepted"]

    assert kernel.finish(awaiting).printed == "printed here\n"
    assert kernel.finish(queued[-1]).value == "['awaited', 0, 1, 2, 3]"
    assert [cell.value for cell in queued[:2]] == ["['awaited', 0]", "['awaited', 0, 1]"]


def test_an_interrupt_ends_the_wait_and_leaves_the_session_answerable(
    kernel: Frontend, thread: str
) -> None:
    cell, model = open_session(kernel, "one", thread)
    awaiting = kernel.start("print('waiting')\nawait session")
    kernel.until(lambda: awaiting.printed == "waiting\n", "the cell to wait")

    kernel.manager.interrupt_kernel()
    kernel.finish(awaiting)
    assert awaiting.reply is not None
    assert awaiting.reply["ename"] in ("WaitInterrupted", "WaitStopped")

    assert value(kernel, "session.status") == "'waiting'"
    kernel.submit(model, model.form["id"], choice=0, label="yes")
    kernel.until(lambda: WIDGET_MIME not in cell.shown, "the static record")
    assert value(kernel, "await session") == "{'approved': True}"


def test_waiting_with_nobody_to_answer_fails_at_once(kernel: Frontend, thread: str) -> None:
    started = time.monotonic()
    cell = kernel.start(
        f"session = one.session({{}}, thread_id={thread!r})\nawait session", allow_stdin=False
    )
    kernel.finish(cell)

    assert cell.error.startswith("NobodyToAnswer: ")
    assert "Approve?" in cell.error
    assert "session.answer" in cell.error
    assert time.monotonic() - started < 60


def test_a_script_answers_where_nobody_sits(kernel: Frontend, thread: str) -> None:
    cell = kernel.start(
        f"""
session = one.session({{}}, thread_id={thread!r})
while session.status == "running":
    await asyncio.sleep(0)
session.answer("yes")
await session
""",
        allow_stdin=False,
    )

    assert kernel.finish(cell).value == "{'approved': True}"


def test_the_same_submit_twice_is_one_decision_and_the_same_word(
    kernel: Frontend, thread: str
) -> None:
    _, model = open_session(kernel, "two", thread)
    question = model.form["id"]

    nonce = kernel.submit(model, question, choice=0, label="yes")
    kernel.submit(model, question, nonce=nonce, choice=0, label="yes")
    kernel.until(lambda: len(model.word_on(nonce)) == 2, "two acknowledgements")

    first, second = model.word_on(nonce)
    assert first == second
    assert first["accepted"]
    decisions = f"[row.answer for row in two.checkpointer.decisions({thread!r})]"
    assert value(kernel, decisions) == "['yes']"


def test_a_second_answer_is_refused_with_the_first_one_named(kernel: Frontend, thread: str) -> None:
    _, model = open_session(kernel, "two", thread)
    question = model.form["id"]

    won = kernel.submit(model, question, choice=0, label="yes")
    lost = kernel.submit(model, question, choice=1, label="no")

    assert kernel.acknowledged(model, won)["accepted"]
    word = kernel.acknowledged(model, lost)
    assert not word["accepted"]
    assert "Already answered" in word["errors"][0]["message"][0]
    assert "'yes'" in word["errors"][0]["message"][0]


@pytest.mark.parametrize(
    "answer",
    [
        {"choice": 0, "label": "no"},
        {"choice": 7, "label": "yes"},
        {"choice": -1, "label": "no"},
        {"text": "yes"},
    ],
)
def test_a_refused_answer_leaves_the_question_open(
    kernel: Frontend, thread: str, answer: dict[str, Any]
) -> None:
    _, model = open_session(kernel, "one", thread)
    question = model.form["id"]

    refused = kernel.submit(model, question, **answer)
    word = kernel.acknowledged(model, refused)
    assert not word["accepted"]
    assert word["errors"][0]["message"]

    assert value(kernel, "session.status") == "'waiting'"
    accepted = kernel.submit(model, question, choice=0, label="yes")
    assert kernel.acknowledged(model, accepted)["accepted"]


def test_messages_that_are_none_of_ours_change_nothing(kernel: Frontend, thread: str) -> None:
    _, model = open_session(kernel, "one", thread)

    kernel.send(model, {"type": "submit", "question": model.form["id"], "answer": {}})
    kernel.send(model, {"type": "unheard of"})
    nonce = kernel.submit(model, model.form["id"], choice=0, label="yes")

    assert kernel.acknowledged(model, nonce)["accepted"]
    assert value(kernel, "session.thread_id") == repr(thread)


def test_running_the_cell_again_attaches_to_the_same_question(
    kernel: Frontend, thread: str
) -> None:
    first, model = open_session(kernel, "one", thread)
    question = model.form["id"]

    again, same = open_session(kernel, "one", thread)
    assert same is model
    assert same.form["id"] == question

    kernel.submit(model, question, choice=0, label="yes")
    for cell in (first, again):
        kernel.until(lambda cell=cell: WIDGET_MIME not in cell.shown, "the static record")  # type: ignore[misc]
    assert value(kernel, f"len(one.checkpointer.decisions({thread!r}))") == "1"


def test_running_the_cell_again_after_the_end_shows_the_record(
    kernel: Frontend, thread: str
) -> None:
    _, model = open_session(kernel, "one", thread)
    kernel.submit(model, model.form["id"], choice=0, label="yes")
    kernel.until(lambda: model.closed, "the end")

    again = kernel.run(f"session = one.session({{}}, thread_id={thread!r})\nsession")

    assert set(again.shown) == {"text/plain", "text/html"}
    assert value(kernel, f"len(one.checkpointer.decisions({thread!r}))") == "1"


def test_a_draft_is_kept_for_a_reloaded_page_and_forgotten_with_the_answer(
    kernel: Frontend, thread: str
) -> None:
    _, model = open_session(kernel, "two", thread)
    kernel.submit(model, model.form["id"], choice=0, label="yes")
    question = kernel.asks(model, "Why?")["id"]

    kernel.send(model, {"type": "draft", "question": question, "text": "half a th"})
    kernel.until(lambda: model.state["drafts"] == {question: "half a th"}, "the draft")

    kernel.submit(model, question, text="half a thought")
    kernel.until(lambda: model.closed, "the end")
    assert model.state["drafts"] == {}


def test_a_failing_node_is_named_in_the_view_and_by_await(kernel: Frontend, thread: str) -> None:
    _, model = open_session(kernel, "broken", thread)

    kernel.submit(model, model.form["id"], choice=0, label="yes")
    kernel.until(lambda: model.state["failure"] is not None, "the failure")
    assert "LookupError: no such order (in node 'fail'" in model.state["failure"]["title"][0]
    assert 'raise LookupError("no such order")' in model.state["failure"]["traceback"][0]

    awaited = kernel.finish(kernel.start("await session"))
    assert awaited.error == "LookupError: no such order"
    assert awaited.reply is not None
    assert "in node 'fail'" in "\n".join(awaited.reply["traceback"])


def test_a_failed_node_runs_again_when_its_button_is_pressed(kernel: Frontend, thread: str) -> None:
    kernel.run("works = False")
    _, model = open_session(kernel, "flaky", thread)
    kernel.submit(model, model.form["id"], choice=0, label="yes")
    kernel.until(lambda: model.state["failure"] is not None, "the failure")
    assert "retry" in [item["name"] for item in model.state["buttons"] if item["enabled"]]

    kernel.run("works = True")
    assert kernel.press(model, "retry")["accepted"]
    kernel.until(lambda: model.state["header"]["status"] == "done", "the end")

    assert value(kernel, "session.values") == "{'approved': True, 'worked': True}"


def test_a_submit_on_a_subshell_where_there_are_any_resumes_the_run(
    kernel: Frontend, thread: str
) -> None:
    features = kernel.control("kernel_info_request").get("supported_features", ())
    cell, model = open_session(kernel, "two", thread)
    subshell = None
    if "kernel subshells" in features:
        subshell = kernel.control("create_subshell_request")["subshell_id"]
    awaiting = kernel.start("await session")

    kernel.submit(model, model.form["id"], subshell=subshell, choice=0, label="yes")
    second = kernel.asks(model, "Why?")
    nonce = kernel.submit(model, second["id"], subshell=subshell, text="over there")

    assert kernel.acknowledged(model, nonce)["accepted"]
    assert kernel.finish(awaiting).value == "{'approved': True, 'reason': 'over there'}"
    kernel.until(lambda: WIDGET_MIME not in cell.shown, "the static record")


def test_prints_go_to_the_node_that_printed_them_and_to_no_cell(
    kernel: Frontend, thread: str
) -> None:
    cell = kernel.run(f"session = talking.session({{}}, thread_id={thread!r})\nsession")
    model = kernel.view(cell)
    kernel.asks(model, "Approve?")
    kernel.submit(model, model.form["id"], choice=0, label="yes")
    waiting = kernel.start("print('in the cell')\nfinal = await session")
    kernel.finish(waiting)

    prints = {
        entry["node"][0]: entry["prints"]["text"]
        for entry in model.state["timeline"]
        if "prints" in entry
    }
    assert prints == {"talk": ["from a thread\n"], "tell": ["from the loop\n"]}
    assert (cell.printed, waiting.printed) == ("", "in the cell\n")


def test_buttons_step_through_a_run_that_pauses_between_nodes(
    kernel: Frontend, thread: str
) -> None:
    cell = kernel.run(f"session = talking.session({{}}, thread_id={thread!r}, step=True)\nsession")
    model = kernel.view(cell)
    for node in ("talk", "approve"):
        kernel.until(lambda node=node: model.paused_before == node, f"a pause before {node}")  # type: ignore[misc]
        assert kernel.press(model, "step")["accepted"]
    kernel.asks(model, "Approve?")
    kernel.submit(model, model.form["id"], choice=0, label="yes")
    kernel.until(lambda: model.paused_before == "tell", "a pause before tell")
    kernel.press(model, "run_to_end")
    kernel.until(lambda: model.state["header"]["status"] == "done", "the end")

    first = model.state["past"]["moments"][0]["id"]
    kernel.send(model, {"type": "look", "thread": "", "checkpoint": first})
    kernel.until(lambda: model.state["past"]["at"] == first, "the first state")
    assert not model.closed


def test_an_interrupt_while_a_node_works_leaves_the_thread_resumable(
    kernel: Frontend, thread: str
) -> None:
    kernel.run("import threading\nbegan, leave = threading.Event(), threading.Event()")
    kernel.run(f"session = slow.session({{}}, thread_id={thread!r})")
    awaiting = kernel.start("print('waiting')\nawait session")
    kernel.until(lambda: awaiting.printed == "waiting\n", "the cell to wait")

    kernel.manager.interrupt_kernel()
    kernel.finish(awaiting)
    assert awaiting.reply is not None
    assert awaiting.reply["ename"] in ("WaitInterrupted", "WaitStopped")
    kernel.run("session.stop()\nleave.set()\nawait session.settled()")
    assert value(kernel, f"slow.checkpointer.thread({thread!r}).status") == "'waiting'"
    kernel.run("session.run_to_end()")

    assert value(kernel, "await session") == "{'worked': True, 'ended': True}"


def test_an_unfinished_result_stops_the_cells_after_it(kernel: Frontend, thread: str) -> None:
    open_session(kernel, "one", thread)

    used = kernel.finish(kernel.start("session['approved']"))

    assert used.error.startswith("Unfinished: ")
    assert used.reply is not None
    assert used.reply["traceback"] == [used.reply["evalue"]]
    assert "answer the form above" in used.reply["evalue"]


def test_a_wait_without_await_works_on_ipykernel_6_and_is_refused_elsewhere(
    kernel: Frontend, thread: str
) -> None:
    _, model = open_session(kernel, "one", thread)
    pumps = value(kernel, "hasattr(get_ipython().kernel, 'msg_queue')") == "True"
    waiting = kernel.start("session.wait()")
    if not pumps:
        assert kernel.finish(waiting).error.startswith("CannotWait: ")
        return
    queued = kernel.start("'queued behind'")
    kernel.submit(model, model.form["id"], choice=0, label="yes")

    assert kernel.finish(waiting).value == "{'approved': True}"
    assert kernel.finish(queued).value == "'queued behind'"


def test_two_kernels_on_one_thread_agree(
    kernel: Frontend, other_kernel: Frontend, thread: str, tmp_path: Path
) -> None:
    made = f"""
from hitl_nb import SqliteSaver
kept = two.kept_by(SqliteSaver({str(tmp_path / "hitl.db")!r}))
session = kept.session({{}}, thread_id={thread!r})
session
"""
    first, second = kernel.run(made), None
    here = kernel.view(first)
    kernel.asks(here, "Approve?")
    second = other_kernel.run(made)
    there = other_kernel.view(second)
    other_kernel.asks(there, "Approve?")
    assert here.form["id"] == there.form["id"]

    nonce = kernel.submit(here, here.form["id"], choice=0, label="yes")
    assert kernel.acknowledged(here, nonce)["accepted"]
    asked = other_kernel.asks(there, "Why?")
    kernel.asks(here, "Why?")
    other_kernel.submit(there, asked["id"], text="because")

    expected = "{'approved': True, 'reason': 'because'}"
    assert value(other_kernel, "await session") == expected
    assert value(kernel, "await session") == expected
    rows = "[row.answer for row in kept.checkpointer.decisions()]"
    assert value(kernel, rows) == "['yes', 'because']"
