"""What a person does in the view of an inbox, message by message."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from inboxes import Opened, at, picking, plain, waiting
from stores import Store

from hitl_nb import (
    START,
    Inbox,
    SqliteSaver,
    StateGraph,
    ToolCall,
    ToolReview,
    decisions,
    interrupt,
)
from hitl_nb.messages import InboxState
from hitl_nb.notebook.widget.inbox_widget import InboxView


def opened(store: Store, *orders: str, **asked: Any) -> Opened:
    waiting(store.saver(), *orders, **asked)
    return Opened(Inbox(store.saver(), reviewer="ana"))


def test_the_form_of_the_selected_question_decides_it_and_the_next_takes_its_place(
    store: Store,
) -> None:
    view = opened(store, "a", "b", "c")
    view.send("select", question="", step=1)
    assert view.form["heading"] == ["Refund b?"]

    view.decide("approve", comment="fine")

    assert view.browser.said[-1]["accepted"]
    assert view.form["heading"] == ["Refund c?"]
    assert view.headings == ["Refund a?", "Refund c?"]
    (row,) = view.inbox.saver.decisions()
    assert (row.thread_id, row.action, row.comment, row.reviewer, row.given) == (
        "b", "approve", "fine", "ana", "widget",
    )  # fmt: skip
    assert row.displayed == {"seconds": 1.5, "characters": 0, "total": 0}


def test_steps_stop_at_both_ends(store: Store) -> None:
    view = opened(store, "a", "b")

    view.send("select", question="", step=-1)
    assert view.state["selected"]["index"] == 0
    view.send("select", question="", step=5)
    assert view.state["selected"]["index"] == 1


def test_an_edited_draft_is_approved_as_edited(store: Store) -> None:
    view = opened(store, "a")

    view.decide("edit", values={"draft": "So sorry."})

    (row,) = view.inbox.saver.decisions()
    assert (row.action, row.answer["value"]) == ("edit", "So sorry.")


def test_what_does_not_fit_is_said_at_its_field_and_stays_open(store: Store) -> None:
    view = opened(store, "a")

    view.decide("reject")

    (error,) = view.browser.said[-1]["errors"]
    assert error["path"] == ["comment"]
    assert view.headings == ["Refund a?"]


def test_an_answer_that_arrives_twice_is_given_once(store: Store) -> None:
    view = opened(store, "a", "b")
    form = view.form

    for _ in range(2):
        view.submit(
            {"action": "approve", "values": {"draft": "x"}, "comment": "", "decisions": {},
             "phrase": "", "reviewer": ""},
            question=form["id"], nonce="same",
        )  # fmt: skip

    assert len(view.inbox.saver.decisions()) == 1
    assert [said["accepted"] for said in view.browser.said] == [True, True]


def test_whoever_is_late_hears_who_was_faster_and_sees_the_form_go(store: Store) -> None:
    view = opened(store, "a")
    question = view.form["id"]
    Inbox(store.saver()).answer(question, "approve", reviewer="bob")

    view.decide("approve")

    assert view.said == ["Already answered by bob: approved. It stands."]
    assert view.form is None
    assert "Answered by bob" in str(view.state["selected"]["note"])
    view.send(
        "submit", question=question, nonce="again", answer={"text": "x"},
        displayed={"seconds": 1.0, "characters": 1, "total": 1},
    )  # fmt: skip
    assert not view.browser.said[-1]["accepted"]


def test_a_draft_is_kept_for_whoever_opens_the_question_next(store: Store) -> None:
    view = opened(store, "a", "b")
    question = view.form["id"]

    view.send("draft", question=question, text='{"draft": "So s"}')

    other = Opened(Inbox(store.saver()))
    assert other.state["drafts"] == {question: '{"draft": "So s"}'}
    assert [row["draft"] for row in other.state["window"]["rows"]] == [True, False]
    assert other.counts("only") == {"draft": 1}
    view.send("draft", question=question, text="")
    assert Opened(Inbox(store.saver())).state["drafts"] == {}


def test_a_draft_of_a_question_that_is_answered_meanwhile_is_dropped(store: Store) -> None:
    view = opened(store, "a")
    question = view.form["id"]
    Inbox(store.saver()).answer(question, "approve")

    view.send("draft", question=question, text="late")

    assert dict(view.inbox.saver.marks()) == {}


def test_typing_does_not_send_the_form_again(store: Store) -> None:
    view = opened(store, "a")
    before = view.state["selected"]["form"]

    view.send("draft", question=view.form["id"], text="typing")
    view.inbox.refresh()

    assert view.state["selected"]["form"] is before


def test_a_filter_that_leaves_the_selected_question_out_selects_the_first_that_is_left(
    store: Store,
) -> None:
    waiting(store.saver(), "a", risk="low")
    waiting(store.saver(), "b", "c", risk="high")
    view = Opened(Inbox(store.saver()))
    assert view.form["heading"] == ["Refund a?"]

    view.send("filter", facet="risk", value="high")
    assert (view.form["heading"], view.state["selected"]["index"]) == (["Refund b?"], 0)
    view.send("filter", facet="search", value="nothing like it")
    assert view.state["selected"] is None
    view.send("filter", facet="search", value=None)
    assert view.form["heading"] == ["Refund b?"]


def test_a_saved_file_shows_what_still_waits(store: Store) -> None:
    class Output:
        def update(self, data: Any, raw: bool) -> None:
            self.shown = data

    view = opened(store, "a", "b")
    view.inbox._handle = view.inbox._saved = saved = Output()

    view.decide("approve")

    assert "1 question waits" in saved.shown["text/plain"]
    assert "Refund a?" not in saved.shown["text/html"]


def test_questions_are_assigned_and_snoozed_from_the_view(store: Store) -> None:
    view = opened(store, "a", "b")
    first = view.form["id"]

    view.send("note", nonce="1", questions=[first], assigned="bob", snooze=None)
    assert view.state["selected"]["assigned"] == "bob"
    assert view.state["window"]["rows"][0]["assigned"] == ["bob"]

    view.send("note", nonce="2", questions=[first], assigned=None, snooze=3600.0)
    assert view.headings == ["Refund b?"]
    assert view.state["selected"]["snoozed"]
    view.send("note", nonce="3", questions=[first], assigned=None, snooze=0.0)
    assert view.headings == ["Refund a?", "Refund b?"]

    view.send("note", nonce="4", questions=["gone"], assigned="eve", snooze=None)
    assert not view.browser.said[-1]["accepted"]


def test_rows_travel_a_window_at_a_time(store: Store) -> None:
    view = opened(store, *(f"{n:03}" for n in range(100)))
    window = view.state["window"]
    assert (window["start"], window["total"], len(window["rows"])) == (0, 100, 60)

    view.send("window", start=70, count=60)

    assert view.headings[0] == "Refund 070?"
    assert len(view.headings) == 30
    view.send("window", start=10_000, count=10_000)
    assert view.headings == ["Refund 099?"]


def test_a_row_says_what_tells_it_from_others_of_its_heading(store: Store) -> None:
    evidence = {
        "order": "A-1",
        "paid": Decimal("4.50"),
        "ok": True,
        "vat": "",
        "mail": 'so "bad"\n' * 99,
    }
    waiting(store.saver(), "a", context=evidence)

    first, second = opened(store, "b").state["window"]["rows"]

    (line,) = first["excerpt"]
    assert line.startswith('A-1 · 4.50 · so "bad" so "bad"')
    assert line.endswith("…")
    assert second["excerpt"] == []


def test_ten_thousand_questions_are_read_in_a_few_statements(tmp_path: Any) -> None:
    with SqliteSaver(tmp_path / "hitl.db") as saver:
        waiting(saver, *map(str, range(50)))
        ran: list[str] = []
        run = saver._db.run

        def counted(name: str, parameters: Any = {}, **lists: Any) -> Any:  # noqa: B006
            ran.append(name)
            return run(name, parameters, **lists)

        saver._db.run = counted  # type: ignore[method-assign]
        view = Opened(Inbox(saver))
        opening = [name for name in ran if name not in ("begin_reading", "commit")]
        assert len(view.headings) == 50
        assert opening.count("waiting_by_key") == 1
        assert len(opening) < 20, opening

        ran.clear()
        view.inbox.refresh()
        assert [name for name in ran if name not in ("begin_reading", "commit")] == [
            "marks", "keys_of_waiting",
        ]  # fmt: skip


def test_questions_of_one_shape_are_answered_together(store: Store) -> None:
    picking().compile(store.saver()).invoke({}, at("p"))
    view = opened(store, "a", "b", "c", risk="low", context={"customer": "gold"})
    view.send("select", question=view.inbox.questions(graph="refund")["question"].iloc[0], step=0)
    assert view.state["selected"]["alike"] == 3

    view.send("together", on=True)

    bulk = view.state["bulk"]
    assert bulk["columns"] == [["question"], ["draft"]]
    assert [row["cells"][1] for row in bulk["rows"]] == [
        ["Sorry about a."], ["Sorry about b."], ["Sorry about c."],
    ]  # fmt: skip
    assert ["customer: gold"] in bulk["same"]
    assert bulk["form"]["control"]["parts"] == []

    checked = [row["id"] for row in bulk["rows"][:2]]
    answer = {
        "action": "approve", "values": {}, "comment": "all fine", "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip
    send_all(view, checked, answer)
    made = decisions(view.inbox.saver)
    assert made["thread_id"].to_list() == ["a", "b"]
    assert made["answer"].to_list() == ["Sorry about a.", "Sorry about b."]
    assert made["comment"].to_list() == ["all fine", "all fine"]
    assert view.state["notices"] == [{"text": ["Answered 2 of 2."], "warns": False}]
    assert view.inbox.questions(graph="refund")["thread_id"].to_list() == ["c"]


def send_all(
    view: Opened, questions: list[str], answer: Any, nonce: str = "all", **more: Any
) -> None:
    rows = {row["id"]: row["cells"] for row in view.state["bulk"]["rows"]}
    cells = {name: list(range(len(rows[name]))) for name in questions}
    view.send(
        "submit_all", nonce=nonce, questions=questions, answer=answer, seconds=1.0,
        cells=cells,
        **more,
    )  # fmt: skip


def reply(action: str, comment: str = "") -> dict[str, Any]:
    return {
        "action": action, "values": {}, "comment": comment, "decisions": {}, "phrase": "",
        "reviewer": "",
    }  # fmt: skip


def test_of_several_the_record_says_how_much_was_shown_of_each(store: Store) -> None:
    view = opened(store, "a", "b" * 9_000)
    view.send("together", on=True)
    rows = view.state["bulk"]["rows"]
    assert rows[1]["cells"][1][0].endswith("… (4,013 more characters: see one by one)")

    send_all(view, [row["id"] for row in rows], reply("approve"), unseen_accepted=True)

    short, long = (row.displayed for row in view.inbox.saver.decisions())
    assert short["characters"] == short["total"]
    assert long["total"] - long["characters"] == 4_008 + 4_013


def test_of_several_only_those_count_as_seen_that_were_unfolded(store: Store) -> None:
    view = opened(store, "a", "b", risk="high")
    view.send("together", on=True)
    first, second = (row["id"] for row in view.state["bulk"]["rows"])

    view.send(
        "submit_all", nonce="n", questions=[first, second], answer=reply("approve"), seconds=2.0,
        cells={second: [0]},
    )  # fmt: skip

    seen = [row.displayed["characters"] for row in view.inbox.saver.decisions()]
    assert view.state["bulk"] is None
    assert seen == [len("risk high"), len("risk high") + len("Refund b?")]


def test_of_several_each_has_its_own_winner(store: Store) -> None:
    view = opened(store, "a", "b")
    view.send("together", on=True)
    first, second = (row["id"] for row in view.state["bulk"]["rows"])
    Inbox(store.saver()).answer(first, "approve", reviewer="bob")

    send_all(view, [first, second], reply("reject", "no"))

    made = decisions(view.inbox.saver)
    assert made[["thread_id", "reviewer", "action"]].values.tolist() == [
        ["a", "bob", "approve"], ["b", "ana", "reject"],
    ]  # fmt: skip
    (notice,) = view.state["notices"]
    assert notice == {"text": ["Answered 1 of 2; 1 not, see the table."], "warns": True}
    told = {row["id"]: row["said"] for row in view.state["bulk"]["rows"]}
    assert told == {
        first: ["Already answered by bob: approved. It stands."], second: ["answered"],
    }  # fmt: skip


def test_one_decision_that_does_not_fit_is_given_to_none(store: Store) -> None:
    view = opened(store, "a", "b")
    view.send("together", on=True)

    send_all(view, [row["id"] for row in view.state["bulk"]["rows"]], reply("reject"))

    assert view.browser.said[-1]["errors"][0]["path"] == ["comment"]
    assert view.inbox.saver.decisions() == []
    send_all(view, [], reply("approve"), "none")
    assert view.said == ["Check at least one of the questions."]


def test_how_many_can_be_answered_together_follows_the_filter(store: Store) -> None:
    view = opened(store, "a", "b", "c")
    assert view.state["selected"]["alike"] == 3

    view.send("filter", facet="search", value="Refund a")
    assert view.state["selected"]["alike"] == 1
    view.send("filter", facet="search", value=None)
    assert view.state["selected"]["alike"] == 3


def test_who_answers_in_a_search_can_answer_the_rest_together_after_it(store: Store) -> None:
    view = opened(store, "a", "ab", "c", "d")
    view.send("filter", facet="search", value="Refund a")

    view.decide("approve")
    assert view.state["selected"]["alike"] == 1
    view.send("filter", facet="search", value=None)

    assert view.form["heading"] == ["Refund ab?"]
    assert view.state["selected"]["alike"] == 3


def test_what_was_typed_is_still_there_after_a_look_at_several(store: Store) -> None:
    view = opened(store, "a", "b")
    question = view.form["id"]
    view.send("draft", question=question, text="half a sen")

    view.send("together", on=True)
    view.send("together", on=False)

    assert view.state["drafts"] == {question: "half a sen"}


def test_plain_questions_are_answered_together_too(store: Store) -> None:
    graph = plain({"question": "Send it?", "options": ["yes", "no"]}).compile(store.saver())
    for name in "ab":
        graph.invoke({}, at(name))
    other = plain({"question": "Send it?", "options": ["yes", "never"]}).compile(store.saver())
    other.invoke({}, at("c"))
    view = Opened(Inbox(store.saver()))
    view.send("together", on=True)
    rows = view.state["bulk"]["rows"]
    assert len(rows) == 2

    send_all(view, [row["id"] for row in rows], {"choice": 0, "label": "yes"})

    assert {graph.invoke(None, at(name))["answer"] for name in "ab"} == {"yes"}
    assert len(view.inbox) == 1


def test_choices_are_answered_together_with_one_value(store: Store) -> None:
    graph = picking().compile(store.saver())
    for name in "ab":
        graph.invoke({}, at(name))
    view = Opened(Inbox(store.saver()))
    view.send("together", on=True)
    bulk = view.state["bulk"]
    (part,) = bulk["form"]["control"]["parts"]

    answer = reply("answer") | {"values": {part["name"]: 1}}
    send_all(view, [row["id"] for row in bulk["rows"]], answer)

    assert view.browser.said[-1]["errors"] == []
    assert {graph.invoke(None, at(name))["picked"] for name in "ab"} == {"green"}


def test_tool_calls_are_approved_together_each_with_its_arguments(store: Store) -> None:
    def review(state: dict[str, Any]) -> dict[str, Any]:
        calls = [ToolCall("refund", {"order": state["order"]})]
        return {"decided": interrupt(ToolReview(calls)).value}

    declared = StateGraph(name="tools").add_node(review).add_edge(START, "review")
    graph = declared.compile(store.saver())
    for name in "ab":
        graph.invoke({"order": name}, at(name))
    view = Opened(Inbox(store.saver()))
    view.send("together", on=True)

    send_all(view, [row["id"] for row in view.state["bulk"]["rows"]], reply("approve"))

    assert view.browser.said[-1]["errors"] == []
    for name in "ab":
        (call,) = graph.invoke(None, at(name))["decided"]
        assert "approve" in str(call)


def test_a_long_text_is_turned_page_by_page(store: Store) -> None:
    view = opened(store, "a", context={"mail": "x" * 30_000})

    view.send("turn", question=view.form["id"], path=[0], start=20_000)

    page = view.browser.said[-1]
    assert (page["type"], page["size"]) == ("page", 30_000)


def test_a_reloaded_page_counts_the_time_from_now(
    store: Store, later: Callable[[float], None]
) -> None:
    view = opened(store, "a", timeout=600)
    before = view.form["deadline"]["left"]
    later(60)

    view.send("here")

    assert before - view.form["deadline"]["left"] > 59


def test_whoever_answers_one_of_several_is_noticed(store: Store) -> None:
    view = opened(store, "a", "b")
    view.send("together", on=True)
    first = view.state["bulk"]["rows"][0]["id"]

    Inbox(store.saver()).answer(first, "approve")
    view.inbox.refresh()

    assert view.state["bulk"]["rows"][0]["said"] == ["not open any more"]


def test_the_widget_has_a_trait_for_all_there_is_to_draw(store: Store) -> None:
    view = opened(store, "a")

    widget = InboxView(view.inbox._view_state.state, lambda content: None)

    assert widget.get_state(list(InboxState.__annotations__)) == dict(view.inbox._view_state.state)
    widget.dispose()


def test_what_is_no_message_of_ours_is_dropped(store: Store) -> None:
    view = opened(store, "a")

    for content in (None, {}, {"type": "submit"}, {"type": "select", "question": 1}, "x"):
        view.inbox._receive(content)
    view.send("filter", facet="__class__", value="x")
    view.send("select", question="gone", step=0)

    assert view.headings == ["Refund a?"]
    assert view.browser.said == []
