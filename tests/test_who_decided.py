"""Whose decision it is: one rule for names, set by the door, with its source on the record."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from inboxes import Opened
from stand_in import rested
from stores import THREAD, Store, chain

from hitl_nb import (
    START,
    Approval,
    Ask,
    CallbackReviewer,
    Claim,
    Command,
    ConsoleReviewer,
    Identity,
    Inbox,
    InMemorySaver,
    Interrupt,
    Policy,
    Rule,
    ScriptedReviewer,
    SqliteSaver,
    StateGraph,
    ToolCall,
    ToolReview,
    decisions,
    export_thread,
    gate,
    import_thread,
    interrupt,
    run_with,
)
from hitl_nb.codec.types_table import NO_TYPES
from hitl_nb.engine.interrupts import decide_now, digest_of_shown
from hitl_nb.errors import (
    AnswerError,
    AnswerRefused,
    IdentityRequired,
    InvalidRequest,
    InvalidRule,
    NameRequired,
    ReviewerDiffers,
    UnsignedAnswer,
)
from hitl_nb.notebook.widget.record_entries import record_of
from hitl_nb.policies.policy import PolicyReviewer
from hitl_nb.requests.replies import restore
from hitl_nb.savers.hash_chain import ORIGIN, seal, verify
from hitl_nb.savers.identity_source import imported, is_verified

BLANK = ["", " ", "\u200b", "\ufe0f\u3164", "\0", "...", "\u00ad \u2060"]
NOBODY = [*BLANK, "code", "Script", "terminal user", "notebook  user", "c\u043ede", "nobody\u200b"]
ISSUER = "https://login.example.com"
ALIKE = "\u0410NA\u200b."


class Logins:
    """Vouches for whoever is logged in, whatever they say."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.claims: list[Claim] = []

    def verify(self, claim: Claim) -> Identity | None:
        self.claims.append(claim)
        return Identity(self.names.pop(0), f"verified:{ISSUER}") if self.names else None


def paying(request: Any) -> Any:
    def pay(state: dict[str, Any]) -> dict[str, Any]:
        decision = interrupt(request)
        return {"log": [[decision.action, decision.reviewer, decision.given, decision.identity]]}

    return pay


def asking(request: Any, saver: Any = None) -> Any:
    app = chain(paying(request)).compile(saver or InMemorySaver())
    app.invoke({}, THREAD)
    return app


def by(reviewer: Any, action: str = "approve", **reply: Any) -> Command:
    return Command(resume={"action": action, "reviewer": reviewer, **reply})


def approve(question: Interrupt) -> str:
    return "approve"


# A name counts


@pytest.mark.parametrize("name", NOBODY, ids=ascii)
@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_nobody_is_not_one_of_several(store: Store, name: str, first: bool) -> None:
    app = asking(Approval("?", "x", approvers=2), store.saver())
    if not first:
        app.invoke(by("ana"), THREAD)

    for reply in (by(name), Command(resume="approve")):
        with pytest.raises(NameRequired, match="2 different people"):
            app.invoke(reply, THREAD)

    assert len(store.saver().decisions()) == (0 if first else 1)


@pytest.mark.parametrize("name", NOBODY, ids=ascii)
def test_whoever_may_not_approve_what_they_asked_for_has_to_be_named(name: str) -> None:
    app = asking(Approval("?", "x", requester="ana"))

    with pytest.raises(NameRequired, match="'ana' may not"):
        app.invoke(by(name), THREAD)
    no = app.invoke(Command(resume={"action": "reject", "comment": "no"}), THREAD)
    assert no["log"][0][0] == "reject"


@pytest.mark.parametrize("name", BLANK, ids=ascii)
def test_a_request_names_somebody_where_it_names(name: str) -> None:
    with pytest.raises(InvalidRequest, match="nobody"):
        Approval("?", requester=name)
    with pytest.raises(InvalidRequest, match="nobody"):
        Approval("?", delegates={"dan": name})


@pytest.mark.parametrize("name", NOBODY, ids=ascii)
@pytest.mark.parametrize("request_", [Approval("?", identity="named"), Ask("?", identity="named")])
def test_a_question_may_demand_a_name_whatever_is_answered(request_: Any, name: str) -> None:
    app = asking(request_)
    action = request_.actions[0]

    with pytest.raises(NameRequired, match="demands"):
        app.invoke(by(name, action, **({} if action == "approve" else {"value": "v"})), THREAD)


@pytest.mark.parametrize("name", BLANK, ids=ascii)
def test_a_name_that_is_given_names_somebody(name: str) -> None:
    saver = InMemorySaver()
    asking(Approval("?"), saver)
    inbox = Inbox(saver)

    with pytest.raises(NameRequired):
        inbox.answer(str(inbox.selected), "approve", reviewer=name)
    for make in (
        lambda: ConsoleReviewer(name=name),
        lambda: ScriptedReviewer([], name=name),
        lambda: CallbackReviewer(approve, name=name),
        lambda: Identity(name, "asserted"),
    ):
        with pytest.raises(NameRequired):
            make()
    if name:
        with pytest.raises(NameRequired):
            Inbox(saver, reviewer=name)
        with pytest.raises(NameRequired):
            inbox.reviewer = name
    assert saver.decisions() == []


def test_a_session_is_somebodys() -> None:
    async def scenario() -> None:
        asking(Approval("?")).session({}, thread_id="t", reviewer="\u200b")

    with pytest.raises(NameRequired):
        asyncio.run(scenario())


@pytest.mark.parametrize("name", [" ana\n", "\u200bana ", "ana\0"])
def test_the_record_has_a_name_without_what_is_around_it(name: str) -> None:
    saver = InMemorySaver()
    asking(Approval("?"), saver).invoke(by(name), THREAD)
    assert saver.decisions()[0].reviewer == "ana"


# The door says who, and how


@pytest.mark.parametrize("reply", ["boss", "b\u200boss", "anna", "Zo\u00eb"])
def test_a_reply_cannot_change_the_name_its_door_knows(reply: str) -> None:
    saver = InMemorySaver()
    app = asking(Approval("?", "x"), saver)
    told = {"action": "approve", "reviewer": reply}

    for inbox, given in ((Inbox(saver), {"reviewer": "ana"}), (Inbox(saver, reviewer="ana"), {})):
        with pytest.raises(ReviewerDiffers, match="'ana'"):
            inbox.answer(str(inbox.selected), told, **given)
    for reviewer in (ScriptedReviewer([told], name="ana"), CallbackReviewer(lambda _: told)):
        with pytest.raises(ReviewerDiffers):
            run_with(app, None, THREAD, reviewer=reviewer)

    assert saver.decisions() == []


def test_nobody_goes_by_the_name_of_a_deadline() -> None:
    app = asking(Approval("?"))
    with pytest.raises(NameRequired):
        run_with(app, None, THREAD, reviewer=CallbackReviewer(approve, name="Timeout "))


def test_a_reply_may_say_what_its_door_knows_and_the_door_spells_it() -> None:
    saver = InMemorySaver()
    asking(Approval("?", "x"), saver)
    inbox = Inbox(saver, reviewer="ana")

    row = inbox.answer(str(inbox.selected), {"action": "approve", "reviewer": ALIKE})

    assert row.reviewer == "ana"


@pytest.mark.parametrize("request_", [Approval("?"), Approval("?", approvers=2)])
@pytest.mark.parametrize("known", ["", "ana"])
def test_a_browser_gives_no_name_that_was_not_asked_for(request_: Any, known: str) -> None:
    saver = InMemorySaver()
    asking(request_, saver)
    view = Opened(Inbox(saver, reviewer=known))

    view.decide("approve", reviewer="boss")

    asks = request_.approvers > 1 and not known
    assert [row.reviewer for row in saver.decisions()] == (["boss"] if asks else [])


def test_the_form_of_somebody_who_is_known_asks_no_name() -> None:
    saver = InMemorySaver()
    asking(Approval("?", approvers=2), saver)
    view = Opened(Inbox(saver, reviewer="ana"))
    form = view.state["selected"]["form"]

    view.decide("approve", reviewer=ALIKE)

    assert form["control"]["reviewer"] is None
    assert [row.reviewer for row in saver.decisions()] == ["ana"]


class SaysItself:
    """A reviewer of one's own, which says of itself what it likes."""

    def __init__(self, how: str) -> None:
        self.name, self.how = "ana", how

    def review(self, question: Interrupt) -> Any:
        return "approve"


class Pretends(ScriptedReviewer):
    how = "widget"


@pytest.mark.parametrize(
    "how", ["widget", "console", "code", "policy", "timeout", "info", "fork", "", "W\u0456dget "]
)
def test_how_is_not_for_a_reviewer_to_say(how: str) -> None:
    saver = InMemorySaver()
    app = asking(Approval("?", approvers=2), saver)
    later = CallbackReviewer(approve, name="ana")
    later.how = how

    for reviewer in (SaysItself(how), later):
        with pytest.raises(ValueError, match="Use another word"):
            run_with(app, None, THREAD, reviewer=reviewer)
    with pytest.raises(ValueError, match="Use another word"):
        CallbackReviewer(approve, how=how)
    with pytest.raises(ValueError, match="Use another word"):
        Pretends(["approve"])
    assert saver.decisions() == []


def test_what_is_made_like_a_policy_is_none() -> None:
    class Always(PolicyReviewer):
        def review(self, question: Interrupt) -> Any:
            return "approve"

    app = asking(Approval("?", approvers=2))
    with pytest.raises(ValueError, match="Use another word"):
        run_with(app, None, THREAD, reviewer=Always(Policy.fixed("auto")))


def test_what_a_reply_says_of_itself_is_not_what_the_record_says() -> None:
    saver = InMemorySaver()
    app = asking(Approval("?"), saver)
    app.invoke(by("ana", given="widget", at="yesterday", identity="verified:me"), THREAD)

    (row,) = saver.decisions()
    assert (row.given, row.identity, row.answer["given"]) == ("code", "asserted", "code")
    assert row.answer["identity"] == "asserted"


# Where a name comes from


def test_the_record_says_where_each_name_comes_from(store: Store) -> None:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        decide_now(Approval("1"), "approve", reviewer="small amounts", given="policy")
        first, second = interrupt(Approval("2")), interrupt(Ask("3"))
        interrupt("4")
        return {"log": [first.identity, second.identity]}

    app = store.keep(chain(node))
    app.invoke({}, THREAD)
    for resume in (by("ana").resume, "so", "yes"):
        state = app.invoke(Command(resume=resume), THREAD)

    assert state["log"] == ["asserted", "unnamed"]
    rows = store.saver().decisions()
    assert [row.identity for row in rows] == ["program", "asserted", "unnamed", "unnamed"]
    table = decisions(store.saver())
    assert table["identity"].to_list() == [row.identity for row in rows]
    verify(rows)
    changed = rows[1]._replace(identity="verified:me")
    assert seal(changed, rows[0].hash) != rows[1].hash != ORIGIN


def test_only_who_a_verifier_vouches_for_answers_what_demands_it(store: Store) -> None:
    app = asking(Approval("?", identity="verified"), store.saver())
    saver, logins = store.saver(), Logins("Ana Lopez")

    for reply in (by("ana"), Command(resume="approve"), by("ana", "reject", comment="no")):
        with pytest.raises((IdentityRequired, NameRequired)):
            app.invoke(reply, THREAD)
    with pytest.raises(IdentityRequired, match="asserted"):
        Inbox(saver, reviewer="ana").answer(asked_in(saver), "approve")
    row = Inbox(saver, reviewer="ana", verifier=logins).answer(asked_in(saver), "approve")

    assert (row.reviewer, row.identity) == ("Ana Lopez", f"verified:{ISSUER}")
    assert [(claim.name, claim.door) for claim in logins.claims] == [("ana", "code")]
    log = app.invoke(None, THREAD)["log"]
    assert log == [["approve", "Ana Lopez", "code", f"verified:{ISSUER}"]]
    shown = "".join(str(part) for part in record_of(row, app.plan.types)["reviewer"])
    assert shown == f"Ana Lopez (verified by {ISSUER})"


def asked_in(saver: Any) -> str:
    ((_, row, _),) = saver.questions("t")
    return str(row.id)


def test_a_form_is_answered_by_whoever_is_logged_in() -> None:
    saver = InMemorySaver()
    asking(Approval("?", identity="verified"), saver)
    view = Opened(Inbox(saver, verifier=Logins("ana")))
    facts = [part["text"] for part in view.state["selected"]["form"]["facts"]]

    view.decide("approve", reviewer="the boss")

    (row,) = saver.decisions()
    assert (row.reviewer, row.given, row.identity) == ("ana", "widget", f"verified:{ISSUER}")
    assert ["verified name needed"] in facts


def test_a_session_has_a_verifier_of_its_own() -> None:
    async def scenario() -> Any:
        app = chain(paying(Approval("?", identity="verified"))).compile(InMemorySaver())
        session = app.session({}, thread_id="t", verifier=Logins("ana"))
        await session.settled()
        session.answer("approve")
        return (await session)["log"]

    assert asyncio.run(scenario()) == [["approve", "ana", "code", f"verified:{ISSUER}"]]


@pytest.mark.parametrize("names", [["ana", ALIKE], ["ana", "ANA"]])
def test_one_person_who_is_verified_twice_is_one(names: list[str]) -> None:
    saver = InMemorySaver()
    app = asking(Approval("?", identity="verified", approvers=2), saver)
    inbox = Inbox(saver, verifier=Logins(*names, "bob"))
    inbox.answer(asked_in(saver), "approve", reviewer="x")
    app.invoke(None, THREAD)

    with pytest.raises(AnswerError, match="approved this already"):
        inbox.answer(asked_in(saver), "approve", reviewer="y")
    assert inbox.answer(asked_in(saver), "approve", reviewer="z").reviewer == "bob"


@pytest.mark.parametrize("source", ["", "verified:", "verified: ", "Verified:x", "me", "program"])
def test_an_identity_has_a_source_there_is(source: str) -> None:
    with pytest.raises(ValueError, match="source="):
        Identity("ana", source)
    assert not is_verified(source)


@pytest.mark.parametrize("source", ["system", "asserted", imported("verified:x")])
def test_nothing_else_passes_as_verified(source: str) -> None:
    assert not is_verified(source)
    assert is_verified("verified:x")


def test_an_account_of_the_system_is_recorded_as_that() -> None:
    class Account:
        def verify(self, claim: Claim) -> Identity:
            return Identity("root", "system")

    saver = InMemorySaver()
    asking(Approval("?"), saver)
    row = Inbox(saver, verifier=Account()).answer(asked_in(saver), "approve")
    assert (row.reviewer, row.identity) == ("root", "system")


def test_a_policy_is_nobody_who_could_be_verified() -> None:
    app = asking(Approval("?", {"n": 1}, identity="verified"))
    assert "__interrupt__" in run_with(app, None, THREAD, reviewer=Policy.fixed("auto"))

    def node(state: dict[str, Any]) -> dict[str, Any]:
        decide_now(Approval("?", identity="verified"), "approve", reviewer="p", given="policy")
        return {}

    with pytest.raises(IdentityRequired):
        chain(node).compile().invoke({})


def test_what_needs_a_person_does_not_go_on_without_one() -> None:
    with pytest.raises(InvalidRequest, match="identity='verified'"):
        Approval("?", "x", identity="verified", timeout=5, on_timeout="approve")
    with pytest.raises(InvalidRule, match="identity='named'"):
        Rule("auto", identity="named")
    with pytest.raises(InvalidRule, match="verified"):
        Rule("hard", identity="verifed")  # type: ignore[arg-type]


def test_a_rule_may_demand_a_verified_identity() -> None:
    policy = Policy([Rule("hard", action="pay", identity="verified"), Rule("soft")])

    def node(state: dict[str, Any]) -> dict[str, Any]:
        paid = gate("pay", {"amount": 1}, policy=policy)
        sent = gate("send", {"to": "ana"}, policy=policy, identity="named")
        return {"log": [paid.identity, sent.identity]}

    saver = InMemorySaver()
    app = chain(node).compile(saver)
    (asked,) = app.invoke({}, THREAD)["__interrupt__"]
    with pytest.raises(IdentityRequired):
        app.invoke(by("ana"), THREAD)
    Inbox(saver, reviewer="ana", verifier=Logins("ana")).answer(asked.id, "approve")
    (second,) = app.invoke(None, THREAD)["__interrupt__"]

    assert (asked.value.identity, second.value.identity) == ("verified", "named")
    assert second.value.gate == "hard"
    assert app.invoke(by("bob"), THREAD)["log"] == [f"verified:{ISSUER}", "asserted"]
    assert Policy.from_dict(policy.to_dict()) == policy


def test_what_another_store_calls_verified_is_not_verified_here(tmp_path: Path) -> None:
    here, there = InMemorySaver(), SqliteSaver(tmp_path / "there.db")
    app = asking(Approval("?", identity="verified"), here)
    row = Inbox(here, verifier=Logins("ana")).answer(asked_in(here), "approve")
    export_thread(here, "t", tmp_path / "t.json", graph=app)
    import_thread(tmp_path / "t.json", there)

    (came,) = there.decisions()
    assert came.identity == came.answer["identity"] == f"imported verified:{ISSUER}"
    verify(there.decisions())
    with pytest.warns(AnswerRefused, match="not verified here"):
        again = (
            chain(paying(Approval("?", identity="verified"))).compile(there).invoke(None, THREAD)
        )
    assert again["__interrupt__"]

    # What comes back to where it was verified is known there.
    export_thread(there, "t", tmp_path / "back.json")
    here.delete("t")
    import_thread(tmp_path / "back.json", here)
    assert here.decisions() == [row]
    there.close()


@pytest.mark.usefixtures("fresh_sessions")
def test_a_fork_asks_again_who_has_to_be_verified() -> None:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"log": [interrupt(Approval("?", identity="verified")).action, interrupt("so?")]}

    async def scenario() -> Any:
        app = chain(node).compile(InMemorySaver())
        session = app.session({}, thread_id="t", verifier=Logins("ana"))
        for reply in ("approve", "so"):
            await rested(session)
            session.answer(reply)
        await session
        fork = session.fork(question=session.decisions()["question"].iloc[-1])
        await rested(fork)
        return [item.payload for item in fork.pending]

    assert asyncio.run(scenario()) == [Approval("?", identity="verified").payload()]


# Runs that nobody keeps


def executed(request: Any) -> StateGraph:
    return StateGraph(name="pure").add_node("pay", paying(request)).add_edge(START, "pay")


async def approved_by_ana(graph: StateGraph, **reply: Any) -> dict[str, Any]:
    begun = await graph.execute({})
    answer = Command(update=begun.final_state, resume=by("ana", **reply).resume)
    state: dict[str, Any] = json.loads(json.dumps((await graph.execute(answer)).final_state))
    return state


def altered(state: dict[str, Any], how: str) -> dict[str, Any]:
    stands = state["__run__"]["stands"]
    if how != "as it was":
        stands["answers"] = json.loads(json.dumps(stands["answers"]).replace("ana", "zoe"))
    if how == "asked anew":
        del stands["asked"][1:]
        stands["questions"] = {}
    if how == "unknown":
        stands["asked"] = [item for item in stands["asked"] if item["value"][1].get("history")]
    if how == "unsigned":
        for _, kept in stands["answers"].values():
            del kept["signature"]
    return state


@pytest.mark.parametrize("how", ["changed", "asked anew", "unknown", "unsigned"])
def test_a_pure_run_takes_no_approval_that_was_written_into_it(how: str) -> None:
    async def scenario() -> Any:
        graph = executed(Approval("Pay?", approvers=2))
        forged = altered(await approved_by_ana(graph), how)
        return (await graph.execute(Command(update=forged, resume=by("ana").resume))).final_state

    state: dict[str, Any] = {}
    with suppress(AnswerError):
        state = asyncio.run(scenario())

    assert "log" not in state


def test_a_pure_run_takes_no_question_that_forgets_who_approved() -> None:
    async def scenario() -> Any:
        graph = executed(Approval("Pay?", approvers=2))
        state = await approved_by_ana(graph)
        asked = state["__run__"]["stands"]["asked"][1]
        del asked["value"][1]["history"]
        request = restore(asked["value"][1])
        asked["response_schema"] = request.reply_schema()
        asked["digest"] = digest_of_shown(request, asked["response_schema"], NO_TYPES)
        return (await graph.execute(Command(update=state, resume=by("ana").resume))).final_state

    assert "log" not in asyncio.run(scenario())


@pytest.mark.parametrize("claim", [{"given": "widget"}, {"identity": "verified:me"}])
def test_a_pure_run_believes_no_claim_of_its_caller(claim: dict[str, str]) -> None:
    async def scenario() -> Any:
        def twice(state: dict[str, Any]) -> dict[str, Any]:
            first = interrupt(Approval("1?"))
            interrupt("2?")
            return {"log": [first.given, first.identity]}

        graph = StateGraph(name="pure").add_node(twice).add_edge(START, "twice")
        state = await approved_by_ana(graph)
        for _, kept in state["__run__"]["stands"]["answers"].values():
            kept.update(claim)
        return await graph.execute(Command(update=state, resume="so"))

    with pytest.raises(UnsignedAnswer):
        asyncio.run(scenario())


def test_two_people_approve_a_pure_run_in_its_process() -> None:
    async def scenario() -> Any:
        graph = executed(Approval("Pay?", approvers=2))
        state = await approved_by_ana(graph)
        return (await graph.execute(Command(update=state, resume=by("bob").resume))).final_state

    assert asyncio.run(scenario())["log"] == [["approve", "bob", "code", "asserted"]]


PROGRAM = """
import asyncio, json, sys
sys.path.insert(0, {tests!r})
from test_who_decided import Approval, Command, approved_by_ana, by, executed
graph = executed(Approval("Pay?", approvers={approvers}))
given = json.loads(sys.stdin.read() or "null")
if given is None:
    print(json.dumps(asyncio.run(approved_by_ana(graph))))
else:
    answer = Command(update=given, resume=by("bob").resume)
    print(json.dumps(asyncio.run(graph.execute(answer)).final_state))
"""


def in_another_process(key: str | None) -> subprocess.CompletedProcess[str]:
    tests = str(Path(__file__).parent)
    program = textwrap.dedent(PROGRAM).format(tests=tests, approvers=2)
    environment = {**os.environ} | ({"HITL_NB_SIGNING_KEY": key} if key else {})
    run = partial(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True,
        env=environment, check=False,
    )  # fmt: skip
    first = run(input="")
    assert not first.returncode, first.stderr
    return run(input=first.stdout)


def test_processes_that_share_a_key_go_on_with_each_others_approvals() -> None:
    ended = in_another_process("a secret of these two processes")
    assert json.loads(ended.stdout)["log"] == [["approve", "bob", "code", "asserted"]]


def test_a_process_without_the_key_says_what_it_takes() -> None:
    ended = in_another_process(None)
    assert "UnsignedAnswer" in ended.stderr
    assert "HITL_NB_SIGNING_KEY" in ended.stderr


def test_a_key_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITL_NB_SIGNING_KEY", "short")
    with pytest.raises(ValueError, match="can be guessed"):
        asyncio.run(approved_by_ana(executed(Approval("Pay?", approvers=2))))


def test_what_one_person_decides_goes_on_anywhere_without_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HITL_NB_SIGNING_KEY", "")
    graph = executed(ToolReview([ToolCall("send", {"to": "ana"})]))
    assert asyncio.run(approved_by_ana(graph))["log"][0][:2] == ["approve", "ana"]


@pytest.mark.parametrize("forged", [{"reviewer": "zoe"}, {"signature": "\ud800"}, {"signature": 1}])
def test_a_pure_run_keeps_who_approved_where_somebody_may_not(forged: dict[str, Any]) -> None:
    async def scenario() -> Any:
        def twice(state: dict[str, Any]) -> dict[str, Any]:
            first = interrupt(Approval("1?", requester="zoe"))
            interrupt("2?")
            return {"log": [first.reviewer]}

        graph = StateGraph(name="pure").add_node(twice).add_edge(START, "twice")
        state = await approved_by_ana(graph)
        honest = await graph.execute(Command(update=json.loads(json.dumps(state)), resume="so"))
        assert honest.final_state["log"] == ["ana"]
        for _, kept in state["__run__"]["stands"]["answers"].values():
            kept.update(forged)
        return await graph.execute(Command(update=state, resume="so"))

    with pytest.raises(UnsignedAnswer):
        asyncio.run(scenario())


async def test_an_answer_that_is_waited_for_is_given_under_a_name_too() -> None:
    def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"log": [interrupt("Who?")]}

    app = StateGraph(name="who").add_node(ask).add_edge(START, "ask").compile(InMemorySaver())
    await app.ainvoke({}, {"configurable": {"thread_id": "t"}})
    inbox = Inbox(app.checkpointer)

    with pytest.raises(NameRequired):
        await inbox.aanswer(inbox.selected or "", "so", reviewer="\u200b")
    assert (await inbox.aanswer(inbox.selected or "", "so", reviewer="ana")).reviewer == "ana"


def test_an_answer_that_looks_like_a_reply_is_imported_as_it_is(tmp_path: Path) -> None:
    answer = {"action": "so", "identity": "passport 12", "given": "Ana Maria", "reviewer": "x"}

    def ask(state: dict[str, Any]) -> dict[str, Any]:
        first = interrupt("Who?")
        interrupt("And?")
        return {"log": [first]}

    graph = StateGraph(name="who").add_node(ask).add_edge(START, "ask")
    here, there = InMemorySaver(), SqliteSaver(tmp_path / "there.db")
    at: Any = {"configurable": {"thread_id": "t"}}
    graph.compile(here).invoke({}, at)
    graph.compile(here).invoke(Command(resume=answer), at)
    import_thread(export_thread(here, "t", tmp_path / "t.json"), there)

    assert graph.compile(there).invoke(Command(resume="so"), at)["log"] == [answer]
    there.close()
