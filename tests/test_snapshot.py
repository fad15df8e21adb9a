"""A thread goes on from its file as it would have where it was, and a damaged file is refused."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from snapshots import programs
from snapshots.programs import config

from hitl_nb import (
    END,
    START,
    Command,
    CompiledGraph,
    InMemorySaver,
    SqliteSaver,
    StateGraph,
    export_thread,
    import_thread,
    interrupt,
)
from hitl_nb.codec import digest
from hitl_nb.errors import (
    AlreadyAnswered,
    GraphChanged,
    HitlError,
    NodeGone,
    NotASaver,
    NotASnapshot,
    SecretValue,
    SnapshotDamaged,
    SnapshotError,
    SnapshotExists,
    SnapshotFailed,
    SnapshotMissing,
    SnapshotTooNew,
    ThreadExists,
    UnknownThread,
    UnreadableData,
)
from hitl_nb.savers import Saver
from hitl_nb.savers.hash_chain import sealed, verify
from hitl_nb.savers.records import WholeThread
from hitl_nb.snapshot import file_format, read_snapshot
from hitl_nb.snapshot.sections import from_sections, to_sections

HERE = Path(__file__).parent
GOLDEN = {
    "v1_finished.json": "bc9635f9fe45300dd170f21fb3e9c869274ea4968c756819e85c109c8ea73a34",
    "v1_partly.json": "803d3b98bc63e6dffc9ad0cceaea17e4ebb0cd7c8bcfdbc87ae10cb1da7db7c1",
    "v1_strange.json": "d85d6d1c6514559531648340745c0c37cf9eef062e4a1159e660798e4ccaab13",
    "v1_waiting.json": "a050f425fd38ea68df807870b2aa461316ea6270fb10259db258d9c66e64bf12",
}
"""Snapshots of every released format, by name, with the SHA-256 of their bytes.

A released golden file must never change, and neither must its line here: it stands for the files
people have. A new format gets new files.
"""
NAMES = sorted(programs.THREADS)
FLIPS = 10_000 if os.environ.get("HITL_NB_FULL") == "1" else 2_000


def golden(name: str) -> Path:
    return HERE / "snapshots" / f"v1_{name}.json"


def load(data: bytes) -> WholeThread:
    """Check bytes as loading does, without a disk."""
    return from_sections(file_format.read(data))


@pytest.fixture(params=["memory", "sqlite"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Saver]:
    with new_saver(request.param, tmp_path / "one.db") as made:
        yield made


@pytest.fixture(params=["memory", "sqlite"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Saver]:
    with new_saver(request.param, tmp_path / "other.db") as made:
        yield made


def new_saver(kind: str, path: Path) -> Any:
    return InMemorySaver() if kind == "memory" else SqliteSaver(path)


def open_ids(saver: Saver, thread_id: str | None = None) -> list[str]:
    return [row.id for _, row, _ in saver.questions(thread_id)]


def only_thread(saver: Saver) -> str:
    (row,) = saver.threads()
    return row.id


def moved(
    saver: Saver,
    other: Saver,
    thread_id: str,
    tmp_path: Path,
    graph: Any = None,
    rename: str | None = None,
) -> str:
    """Take a thread from one saver to another by a file, and back the id it has there."""
    path = export_thread(saver, thread_id, tmp_path / "moved.json", graph=graph, overwrite=True)
    return import_thread(path, other, graph=graph, thread_id=rename)


@pytest.mark.parametrize("name", NAMES)
def test_a_thread_arrives_as_it_left(name: str, saver: Saver, other: Saver, tmp_path: Path) -> None:
    app = programs.THREADS[name](saver)
    thread_id = only_thread(saver)

    assert moved(saver, other, thread_id, tmp_path, app) == thread_id

    there = app.kept_by(other)
    assert other.thread(thread_id) == saver.thread(thread_id)
    assert open_ids(other) == open_ids(saver)
    assert list(other.namespaces(thread_id)) == list(saver.namespaces(thread_id))
    assert list(other.decisions()) == list(saver.decisions())
    for ns in saver.namespaces(thread_id):
        assert list(other.history(thread_id, ns)) == list(saver.history(thread_id, ns))
    here_state = app.get_state(config(thread_id), subgraphs=True)
    there_state = there.get_state(config(thread_id), subgraphs=True)
    assert digest(there_state.values, app.plan.types) == digest(here_state.values, app.plan.types)
    assert there_state.next == here_state.next
    again = export_thread(other, thread_id, tmp_path / "again.json", graph=app)
    assert again.read_bytes() == (tmp_path / "moved.json").read_bytes()


def test_a_thread_goes_on_elsewhere_exactly_as_here(
    saver: Saver, other: Saver, tmp_path: Path
) -> None:
    app = programs.waiting(saver)
    (here,) = app.get_state(config("order-42")).interrupts
    moved(saver, other, "order-42", tmp_path, app)
    there = app.kept_by(other)
    programs.MADE.clear()

    assert there.get_state(config("order-42")).interrupts == (here,)
    result = there.invoke(Command(resume={here.id: "yes"}), config("order-42"))

    assert result == app.invoke(Command(resume={here.id: "yes"}), config("order-42"))
    assert result["log"][-4:] == ["drafted", "check balance, done", "approve: yes", "sent"]
    assert programs.MADE == []
    assert [row.node for row in other.decisions("order-42")] == ["triage", "approve"]
    verify(other.decisions())


def test_what_was_answered_is_neither_asked_nor_answered_again(
    saver: Saver, other: Saver, tmp_path: Path
) -> None:
    app = programs.partly(saver)
    (answered,) = [row.question for row in saver.decisions()]
    moved(saver, other, "survey/1", tmp_path, app)
    there = app.kept_by(other)
    programs.MADE.clear()

    with pytest.raises(AlreadyAnswered, match="by code"):
        there.invoke(Command(resume={answered: "yes"}), config("survey/1"))
    left = open_ids(other)
    assert len(left) == 3
    result = there.invoke(Command(resume=dict.fromkeys(left, "yes")), config("survey/1"))

    assert result["summary"] == (
        "manager: yes / Ana: yes (greet Ana, done) / Bo: no (greet Bo, done)"
        " / Cy: yes (greet Cy, done)"
    )
    assert programs.MADE == []


def test_a_thread_goes_on_in_another_process(tmp_path: Path) -> None:
    saver = InMemorySaver()
    app = programs.waiting(saver)
    path = export_thread(saver, "order-42", tmp_path / "order.json", graph=app)
    program = """
import sys, warnings
warnings.simplefilter("error")
from snapshots import programs
from hitl_nb import Command, SqliteSaver, import_thread
with SqliteSaver(sys.argv[2]) as saver:
    app = programs.refund(saver)
    thread = programs.config(import_thread(sys.argv[1], saver, graph=app))
    print(*[item.id for item in app.get_state(thread).interrupts])
    print(app.invoke(Command(resume="yes"), thread)["log"][-1], programs.MADE)
"""
    roots = os.pathsep.join([str(HERE), str(HERE.parent)])

    printed = subprocess.run(
        [sys.executable, "-c", program, str(path), str(tmp_path / "hitl.db")],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": roots},
    ).stdout

    assert printed.splitlines() == [*open_ids(saver), "sent []"]


def test_under_another_id_questions_are_asked_anew(
    saver: Saver, other: Saver, tmp_path: Path
) -> None:
    app = programs.waiting(saver)
    before = open_ids(saver)

    assert moved(saver, other, "order-42", tmp_path, app, rename="copy") == "copy"

    there = app.kept_by(other)
    assert open_ids(other) == []
    programs.MADE.clear()
    (asked,) = there.invoke(None, config("copy"))["__interrupt__"]
    assert asked.value["text"] == "Approve this refund response?"
    assert asked.id not in before
    assert there.invoke(Command(resume="yes"), config("copy"))["log"][-1] == "sent"
    assert programs.MADE == []
    assert [row.thread_id for row in other.decisions()] == ["order-42", "copy"]


def test_an_id_that_is_taken_is_refused_and_nothing_written(saver: Saver, tmp_path: Path) -> None:
    app = programs.waiting(saver)
    before = saver.export("order-42")
    path = export_thread(saver, "order-42", tmp_path / "order.json", graph=app)

    with pytest.raises(ThreadExists, match="order-42"):
        import_thread(path, saver)

    assert saver.export("order-42") == before
    assert len(saver.decisions()) == 1


def test_a_decision_is_never_recorded_twice(saver: Saver, tmp_path: Path) -> None:
    app = programs.waiting(saver)
    path = export_thread(saver, "order-42", tmp_path / "order.json", graph=app)
    saver.delete("order-42")

    import_thread(path, saver)
    import_thread(path, saver, thread_id="copy")

    assert [row.seq for row in saver.decisions()] == [1]
    assert app.invoke(Command(resume="yes"), config("order-42"))["log"][-1] == "sent"
    verify(saver.decisions())


def test_decisions_join_the_log_they_come_to(saver: Saver, other: Saver, tmp_path: Path) -> None:
    programs.finished(other, "older")
    app = programs.finished(saver)

    moved(saver, other, "order-43", tmp_path, app)

    verify(other.decisions())
    assert [row.seq for row in other.decisions("order-43")] == [3, 4]
    came, were = other.decisions("order-43")[0], saver.decisions("order-43")[0]
    assert came[1:-2] == were[1:-2]


def test_a_copied_thread_takes_along_who_answered_it(
    saver: Saver, other: Saver, tmp_path: Path
) -> None:
    app = programs.waiting(saver)
    answered = saver.decisions()[0].question
    saver.copy("order-42", "copy")

    moved(saver, other, "copy", tmp_path, app)

    with pytest.raises(AlreadyAnswered, match="by code"):
        app.kept_by(other).invoke(Command(resume={answered: 1}), config("copy"))


def test_the_exported_record_can_be_verified_by_itself(saver: Saver, tmp_path: Path) -> None:
    programs.waiting(saver, "another")
    app = programs.finished(saver)
    path = export_thread(saver, "order-43", tmp_path / "order.json", graph=app)

    thread = read_snapshot(path)

    assert list(thread.decisions) == list(saver.decisions("order-43"))
    assert [row.seq for row in thread.decisions] == [2, 3]


def test_a_thread_is_exported_while_it_runs(saver: Saver, other: Saver, tmp_path: Path) -> None:
    app = programs.waiting(saver)
    saver.acquire("order-42", "refund", create=False)

    moved(saver, other, "order-42", tmp_path, app)

    result = app.kept_by(other).invoke(Command(resume="yes"), config("order-42"))
    assert result["log"][-1] == "sent"


def test_a_failed_thread_runs_again_elsewhere(saver: Saver, other: Saver, tmp_path: Path) -> None:
    broken = [True]

    def fragile(state: dict[str, Any]) -> dict[str, Any]:
        if broken:
            raise ValueError("not yet")
        return {"done": True}

    app = StateGraph(name="fragile").add_node(fragile).add_edge(START, "fragile").compile(saver)
    with pytest.raises(ValueError, match="not yet"):
        app.invoke({}, config("t"))
    moved(saver, other, "t", tmp_path, app)
    broken.clear()

    row = other.thread("t")
    assert row is not None
    assert row.status == "failed"
    assert app.kept_by(other).invoke(None, config("t")) == {"done": True}


def test_the_same_thread_makes_the_same_file_and_stays(saver: Saver, tmp_path: Path) -> None:
    app = programs.partly(saver)
    before = saver.export("survey/1")

    one, two = (
        export_thread(saver, "survey/1", tmp_path / f"{n}.json", graph=app) for n in range(2)
    )

    assert one.read_bytes() == two.read_bytes()
    assert saver.export("survey/1") == before


def test_a_graph_in_the_saver_s_place_is_refused_and_its_saver_named(tmp_path: Path) -> None:
    app: Any = StateGraph().add_node("a", dict).add_edge(START, "a").compile()

    with pytest.raises(NotASaver, match=r"CompiledGraph is none.*graph\.checkpointer"):
        import_thread(tmp_path / "t.json", app)
    with pytest.raises(NotASaver):
        export_thread(app, "t", tmp_path / "t.json")


def test_a_thread_that_is_not_there_is_not_exported(saver: Saver, tmp_path: Path) -> None:
    with pytest.raises(UnknownThread, match="nowhere"):
        export_thread(saver, "nowhere", tmp_path / "nothing.json")

    assert [path.suffix for path in tmp_path.iterdir() if path.suffix == ".json"] == []


@pytest.mark.parametrize("name", NAMES)
def test_golden_files_never_change(name: str) -> None:
    assert GOLDEN[golden(name).name] == hashlib.sha256(golden(name).read_bytes()).hexdigest()


def test_every_golden_file_is_listed() -> None:
    assert sorted(path.name for path in (HERE / "snapshots").glob("*.json")) == sorted(GOLDEN)


@pytest.mark.parametrize(
    ("name", "answers", "end"),
    [
        ("finished", None, {"log": 6, "draft": "We are sorry and return 30 €."}),
        ("waiting", "yes", {"log": 6, "draft": "We are sorry and return 30 €."}),
        ("partly", "yes", {"answers": 4}),
        ("strange", "yes", {"answer": "yes"}),
    ],
)
def test_golden_threads_go_on_to_their_end(
    name: str, answers: Any, end: dict[str, Any], saver: Saver
) -> None:
    graph = {"partly": programs.survey, "strange": programs.awkward}.get(name, programs.refund)
    app = graph(saver)
    programs.MADE.clear()

    thread = config(import_thread(golden(name), saver, graph=app))
    waiting = [item.id for item in app.get_state(thread).interrupts]
    assert waiting == open_ids(saver)
    if waiting:
        app.invoke(Command(resume=dict.fromkeys(waiting, answers)), thread)

    state = app.get_state(thread)
    assert state.next == ()
    values = {key: len(v) if type(v) is list else v for key, v in state.values.items()}
    assert {key: values[key] for key in end} == end
    assert programs.MADE == []
    verify(saver.decisions())


def test_awkward_values_are_what_they_were(saver: Saver) -> None:
    app = programs.awkward(saver)
    thread = config(import_thread(golden("strange"), saver, graph=app))

    found = app.get_state(thread).values["values"]

    assert digest(found, app.plan.types) == digest(programs.AWKWARD, app.plan.types)
    assert type(found["order"]) is programs.Order
    assert found["order"].price == Decimal("19.99")
    assert found["pair"] == "\ud83d\ude00"


def test_a_person_can_read_the_file() -> None:
    lines = golden("waiting").read_text("utf-8").splitlines()

    assert '    "format": "hitl_nb snapshot",' in lines[:3]
    asked = next(n for n, line in enumerate(lines) if "Approve this refund response?" in line)
    assert any('"status": "open"' in line for line in lines[asked - 15 : asked])
    assert '          "draft": "We are sorry and return 30 €."' in lines
    assert max(map(len, lines)) <= 120


def test_the_checksum_is_of_the_content_as_it_stands_in_the_file() -> None:
    data = golden("waiting").read_bytes()
    header = json.loads(data)["header"]
    begin = data.index(b'"content": ') + len(b'"content": ')

    content = data[begin : begin + header["length"]]

    assert header["sha256"] == hashlib.sha256(content).hexdigest()
    assert data[begin + header["length"] :] == b"\n}\n"


def test_no_hidden_character_reaches_the_file_unescaped() -> None:
    text = golden("strange").read_text("utf-8")

    assert "\u202e" not in text
    assert "\\u202eover" in text
    assert "🦜" in text
    assert all(char == "\n" or char.isprintable() for char in text)


@pytest.fixture(scope="module")
def data() -> bytes:
    return golden("partly").read_bytes()


def refusal(data: bytes) -> SnapshotError:
    """Return the one typed error that loading these bytes raises."""
    with pytest.raises(SnapshotError) as caught:
        load(data)
    assert type(caught.value) in (SnapshotDamaged, NotASnapshot)
    return caught.value


def section_of(data: bytes, place: int) -> str:
    """Return the section a byte belongs to; a section begins with its name."""
    begins = {name: data.index(b'\n    "%s": ' % name.encode()) for name in file_format.read(data)}
    return (["header"] + [name for name, begin in begins.items() if begin < place])[-1]


@pytest.mark.full_size
def test_every_flipped_byte_is_found(data: bytes) -> None:
    chance = random.Random(20261120)
    damaged = bytearray(data)
    for _ in range(FLIPS):
        place = chance.randrange(len(data))
        damaged[place] ^= chance.randrange(1, 256)
        error = refusal(bytes(damaged))
        assert isinstance(error, SnapshotDamaged), error
        assert error.section == section_of(data, place)
        assert error.offset >= 0
        damaged[place] = data[place]
    load(bytes(damaged))


def test_every_bit_of_the_header_is_checked(data: bytes) -> None:
    for place in range(data.index(b'"content"') + 20):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            error = refusal(bytes(damaged))
            assert isinstance(error, SnapshotDamaged)


def test_every_truncation_is_found_and_says_where_the_file_ends(data: bytes) -> None:
    for length in range(len(data)):
        error = refusal(data[:length])
        assert isinstance(error, SnapshotDamaged)
        assert error.offset == length or error.section == "header"
    assert refusal(data[:-1000]).section != "header"  # type: ignore[attr-defined]
    assert "bytes are missing" in str(refusal(data[:-1000]))
    assert "is empty" in str(refusal(b""))


def test_every_removed_or_repeated_line_is_found(data: bytes) -> None:
    lines = data.splitlines(keepends=True)
    for number, line in enumerate(lines):
        refusal(b"".join(lines[:number] + lines[number + 1 :]))
        refusal(b"".join([*lines[:number], line, *lines[number:]]))
        if number + 1 < len(lines) and lines[number + 1] != line:
            refusal(b"".join([*lines[:number], lines[number + 1], line, *lines[number + 2 :]]))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data + b"\n", "not what its checksums say"),
        (lambda data: data + data, "not what its checksums say"),
        (lambda data: data.replace(b"\n", b"\r\n"), "line endings"),
        (lambda data: b"\xef\xbb\xbf" + data, "byte order mark"),
        (lambda data: b"\n" + data, "not how a snapshot begins"),
        (lambda data: json.dumps(json.loads(data)).encode(), "not how a snapshot begins"),
        (lambda data: data.replace(b'"length": 9', b'"length": 8', 1), "do not agree"),
    ],
)
def test_common_damage_is_called_by_its_name(change: Callable[[bytes], bytes], why: str) -> None:
    changed = change(golden("partly").read_bytes())

    with pytest.raises(SnapshotDamaged, match=why):
        load(changed)


def test_a_damaged_byte_is_found_in_its_section_and_line(data: bytes) -> None:
    place = data.index(b'"questions": [')
    damaged = data[:place] + data[place:].replace(b"Bo, shall we?", b"Bo, shall ye?", 1)

    with pytest.raises(SnapshotDamaged) as caught:
        load(damaged)

    assert caught.value.section == "questions"
    assert caught.value.line == data.count(b"\n", 0, place) + 1
    broken = data.replace(b'"budget"', b'"budg\xfft"', 1)
    with pytest.raises(SnapshotDamaged, match="UTF-8") as caught:
        load(broken)
    assert caught.value.offset == broken.index(b"\xff")


@pytest.mark.parametrize(
    ("foreign", "what"),
    [
        (b"{}", "JSON of something else"),
        (b"[1, 2]\n", "JSON of something else"),
        (b'{"format": "another", "version": 1}', "JSON of something else"),
        (b"null", "JSON of something else"),
        (b"hello\n", "text, but not JSON"),
        (b"SQLite format 3\0" + bytes(200), "a SQLite database"),
        (bytes(range(128, 256)), "binary data"),
        (b"[" * 100_000, "text, but not JSON"),
    ],
)
def test_a_foreign_file_is_told_from_a_damaged_one(foreign: bytes, what: str) -> None:
    with pytest.raises(NotASnapshot, match=what):
        load(foreign)


def test_a_newer_snapshot_is_told_from_one_whose_version_is_damaged(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sections = file_format.read(data)
    monkeypatch.setattr(file_format, "VERSION", 2)
    newer = file_format.write({**sections, "more": {}})
    monkeypatch.undo()

    with pytest.raises(SnapshotTooNew, match="Upgrade hitl_nb") as caught:
        load(newer)
    assert (caught.value.found, caught.value.known) == (2, 1)
    with pytest.raises(SnapshotDamaged, match="version"):
        load(data.replace(b'"version": 1', b'"version": 2', 1))


def test_nothing_of_a_damaged_file_reaches_the_saver(
    saver: Saver, data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "damaged.json"
    path.write_bytes(data.replace(b'"no"', b'"yo"', 1))

    with pytest.raises(SnapshotDamaged, match=r"damaged\.json") as caught:
        import_thread(path, saver)

    assert caught.value.path == str(path)
    assert list(saver.threads()) == []
    assert list(saver.decisions()) == []


def forge(change: Callable[[dict[str, Any]], None]) -> bytes:
    """Change what a snapshot says, with checksums that hold."""
    sections = file_format.read(golden("partly").read_bytes())
    change(sections)
    return file_format.write(sections)


FORGED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a section less": lambda s: s.pop("questions"),
    "a section more": lambda s: s.update(more=1),
    "no thread": lambda s: s.update(thread=None),
    "another status": lambda s: s["thread"].update(status="over"),
    "a field less": lambda s: s["thread"].pop("graph"),
    "a field more": lambda s: s["thread"].update(owner="eve"),
    "a field of another type": lambda s: s["checkpoints"][0].update(step="0"),
    "a number SQLite cannot hold": lambda s: s["checkpoints"][0].update(step=2**63),
    "another graph": lambda s: s.update(graph={"name": 1}),
    "another state": lambda s: s["state"].update(summary="all said yes"),
    "another answer": lambda s: s["decisions"][0].update(answer="yes"),
    "a decision twice": lambda s: s["decisions"].append(s["decisions"][0]),
    "no decision": lambda s: s["decisions"].clear(),
    "an answer without decision": lambda s: s["questions"][0].update(status="answered"),
    "an unknown question status": lambda s: s["questions"][0].update(status=["open"]),
    "a question twice": lambda s: s["questions"].append(s["questions"][0]),
    "a question of no checkpoint": lambda s: s["questions"][0].update(checkpoint="x"),
    "a checkpoint twice": lambda s: s["checkpoints"].append(s["checkpoints"][-1]),
    "a parent less": lambda s: s["checkpoints"].pop(0),
    "changes of something else": lambda s: s["checkpoints"][1].update(changes={"x": ["-"]}),
    "a record that is none": lambda s: s["checkpoints"].append([]),
    "outcomes that are none": lambda s: s["checkpoints"][0].update(outcomes={}),
    "a list that is none": lambda s: s.update(questions={}),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_file_that_does_not_hold_together_is_refused(name: str) -> None:
    with pytest.raises(SnapshotDamaged) as caught:
        load(forge(FORGED[name]))

    assert caught.value.section in [*file_format.read(golden("partly").read_bytes()), "header"]


def test_a_forged_decision_with_a_hash_of_its_own_does_not_fit_the_next() -> None:
    saver = InMemorySaver()
    app = programs.finished(saver)
    thread = saver.export("order-43")
    first, second = thread.decisions
    forged = sealed(first._replace(reviewer="eve"), first.previous_hash)
    sections = to_sections(thread, {"name": app.name})
    sections["decisions"][0] = forged._asdict()
    assert second.previous_hash != forged.hash

    with pytest.raises(SnapshotDamaged, match="does not follow"):
        from_sections(sections)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_is_forged_is_refused_by_name_or_loaded(draw: st.DataObject) -> None:
    sections = file_format.read(golden("waiting").read_bytes())
    place: Any = sections
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        keys = [key for key in keys if key != file_format.MADE_BY]
        key = draw.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw.draw(st.integers(0, 9)) == 0:
            place[key] = draw.draw(JSON)
            break
        place = inner
    try:
        thread = load(file_format.write(sections))
    except SnapshotDamaged:
        return
    with SqliteSaver(":memory:") as saver:
        saver.restore(thread)
        assert saver.export(thread.row.id).row == thread.row


ODD = st.text(st.characters(), min_size=1, max_size=12) | st.sampled_from(
    ["../x", "a/b", "\0", "\x1b", "\x1bd800", "\ud83d\ude00", "😀", "case/1", "$hitl", "'; --"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary()
    | st.decimals(allow_nan=False) | st.dates() | st.just({"$hitl": "x"}),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner)
    | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def ask_about(state: dict[str, Any]) -> dict[str, Any]:
    return {"answer": interrupt(state["value"])}


def asking(saver: Saver) -> CompiledGraph:
    graph = StateGraph(name="asking").add_node(ask_about).add_edge(START, "ask_about")
    return graph.add_edge("ask_about", END).compile(saver)


@settings(max_examples=100, deadline=None)
@given(ODD, VALUES)
def test_odd_ids_and_values_survive(thread_id: str, value: Any) -> None:
    saver = InMemorySaver()
    app = asking(saver)
    app.invoke({"value": value}, config(thread_id))

    thread = load(file_format.write(to_sections(saver.export(thread_id), {"name": "asking"})))
    with SqliteSaver(":memory:") as other:
        other.restore(thread)
        there = asking(other)

        assert only_thread(other) == thread_id
        assert open_ids(other) == open_ids(saver)
        assert digest(there.get_state(config(thread_id)).values) == digest({"value": value})
        result = there.invoke(Command(resume=value), config(thread_id))
        assert digest(result["answer"]) == digest(value)


def changed_refund(saver: Saver, *, rename: bool = False, inner: bool = False) -> CompiledGraph:
    def triage(state: programs.Refund) -> dict[str, Any]:
        return {"amount": 0}

    review = StateGraph(programs.Refund, name="review").add_node(programs.draft)
    review.add_node("agree" if inner else "approve", programs.approve)
    review.add_edge(START, "draft").add_edge("draft", "agree" if inner else "approve")
    graph = StateGraph(programs.Refund, name="refund").add_node(triage)
    graph.add_node("reviews" if rename else "review", review.compile())
    graph.add_edge(START, "triage").add_edge("triage", "reviews" if rename else "review")
    return graph.compile(saver)


def test_a_renamed_node_the_thread_stands_before_is_an_error(saver: Saver) -> None:
    with pytest.raises(NodeGone, match="renamed to 'reviews'"):
        import_thread(golden("waiting"), saver, graph=changed_refund(saver, rename=True))
    with pytest.raises(NodeGone, match="approve"):
        import_thread(golden("waiting"), saver, graph=changed_refund(saver, inner=True))

    assert list(saver.threads()) == []


def test_other_changes_of_the_graph_are_named_in_a_warning(tmp_path: Path) -> None:
    saver, other = InMemorySaver(), InMemorySaver()
    app = programs.waiting(saver)
    path = export_thread(saver, "order-42", tmp_path / "order.json", graph=app)
    changed = changed_refund(other)

    with pytest.warns(GraphChanged) as caught:
        import_thread(path, other, graph=changed)

    said = str(caught[0].message)
    assert caught[0].filename == __file__
    for change in (
        "node send is gone", "edge review → send is gone", "the code of node triage was edited",
    ):  # fmt: skip
        assert change in said
    assert "review." not in said
    assert open_ids(other) == open_ids(saver)


def test_state_keys_and_inner_nodes_are_compared_too(tmp_path: Path) -> None:
    def node(state: dict[str, Any]) -> dict[str, Any]:
        return {"a": interrupt("?")}

    def build(saver: Saver, name: str, key: str, inner: str) -> CompiledGraph:
        schema = {"a": Any, key: Any}
        from typing import TypedDict

        state: Any = TypedDict("State", schema, total=False)  # type: ignore[misc, operator]
        deep = StateGraph(state).add_node(node).add_node(inner, lambda state: {})
        deep.add_edge(START, "node").add_edge("node", inner)
        graph = StateGraph(state, name=name).add_node("deep", deep.compile())
        return graph.add_edge(START, "deep").compile(saver)

    saver, other = InMemorySaver(), InMemorySaver()
    app = build(saver, "one", "b", "x")
    app.invoke({}, config("t"))
    path = export_thread(saver, "t", tmp_path / "t.json", graph=app)

    with pytest.warns(GraphChanged) as caught:
        import_thread(path, other, graph=build(other, "two", "c", "y"))

    said = str(caught[0].message)
    for change in (
        "was named 'one'", "state key b is gone", "state key c is new",
        "node deep.x is gone", "node deep.y is new",
    ):  # fmt: skip
        assert change in said


def test_without_a_graph_at_export_the_name_is_what_is_compared(tmp_path: Path) -> None:
    saver, other = InMemorySaver(), InMemorySaver()
    app = programs.waiting(saver)
    path = export_thread(saver, "order-42", tmp_path / "order.json")

    import_thread(path, other, graph=app)

    assert open_ids(other) == open_ids(saver)


def test_a_class_nobody_declared_is_an_error_before_anything_is_kept(saver: Saver) -> None:
    graph = StateGraph(name="awk\u202eward \ud800").add_node(programs.show)
    undeclared = graph.add_edge(START, "show").compile(saver)

    with pytest.raises(UnreadableData, match="Order"):
        import_thread(golden("strange"), saver, graph=undeclared)

    assert list(saver.threads()) == []


def test_what_runs_next_must_be_readable(tmp_path: Path) -> None:
    saver = InMemorySaver()
    path = tmp_path / "forged.json"
    path.write_bytes(forge(lambda s: s["checkpoints"][-1].update(frontier={"tasks": 1})))

    with pytest.raises(SnapshotDamaged, match="what runs next"):
        import_thread(path, saver, graph=programs.survey(saver))


def test_a_secret_never_reaches_a_snapshot(saver: Saver, tmp_path: Path) -> None:
    def ask(state: dict[str, Any]) -> dict[str, Any]:
        return {"ok": interrupt("Log in?")}

    def log_in(state: dict[str, Any]) -> dict[str, Any]:
        return {"password": SecretStr("hunter2-planted")}

    graph = StateGraph(name="login").add_sequence([ask, log_in]).add_edge(START, "ask")
    app = graph.compile(saver)
    app.invoke({}, config("t"))
    with pytest.raises(SecretValue):
        app.invoke(Command(resume=SecretStr("hunter2-planted")), config("t"))
    with pytest.raises(SecretValue):
        app.invoke(Command(resume=True), config("t"))

    path = export_thread(saver, "t", tmp_path / "t.json", graph=app)

    assert b"hunter2" not in path.read_bytes()


def test_an_existing_file_is_replaced_only_if_asked(tmp_path: Path) -> None:
    saver = InMemorySaver()
    programs.waiting(saver)
    path = tmp_path / "order.json"
    path.write_text("mine")

    with pytest.raises(SnapshotExists, match="overwrite=True"):
        export_thread(saver, "order-42", path)
    assert path.read_text() == "mine"

    assert export_thread(saver, "order-42", path, overwrite=True) == path
    assert read_snapshot(path) == saver.export("order-42")


def test_who_writes_the_file_first_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver = InMemorySaver()
    programs.waiting(saver)
    monkeypatch.setattr(Path, "exists", lambda path: False)
    (tmp_path / "order.json").write_text("faster")

    with pytest.raises(SnapshotExists):
        export_thread(saver, "order-42", tmp_path / "order.json")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["faster"]


def test_a_file_system_without_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*paths: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    saver = InMemorySaver()
    programs.waiting(saver)

    path = export_thread(saver, "order-42", tmp_path / "order.json")

    assert read_snapshot(path).row.id == "order-42"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_neither_half_a_file_nor_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    saver = InMemorySaver()
    programs.waiting(saver)
    path = export_thread(saver, "order-42", tmp_path / "order.json")
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(SnapshotFailed, match="No space left"):
        export_thread(saver, "order-42", path, overwrite=True)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    saver = InMemorySaver()
    programs.waiting(saver)

    with pytest.raises(SnapshotMissing, match="no file"):
        import_thread(tmp_path / "nothing.json", saver)
    with pytest.raises(SnapshotMissing, match="no directory"):
        export_thread(saver, "order-42", tmp_path / "nowhere" / "order.json")
    with pytest.raises(SnapshotFailed):
        import_thread(tmp_path, saver)


def test_all_of_them_are_snapshot_errors() -> None:
    kinds = [
        NotASnapshot, SnapshotDamaged, SnapshotExists, SnapshotFailed, SnapshotMissing,
        SnapshotTooNew,
    ]  # fmt: skip
    assert all(issubclass(kind, SnapshotError) for kind in kinds)
    assert issubclass(SnapshotError, HitlError)
