"""Whether anything changed is told cheaply, whoever wrote it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from stores import Store

from hitl_nb.errors import StoreClosed
from hitl_nb.savers import InMemorySaver, Saver, SqliteSaver
from hitl_nb.savers.records import Batch
from hitl_nb.server.change_poller import ChangePoller

ROOT = Path(__file__).parents[1]


def begin(saver: Saver, name: str) -> int:
    return saver.acquire(name, "graph", create=True)[1]


def test_a_look_sees_what_was_written_since_the_last_one(store: Store) -> None:
    saver = store.saver()
    watch = ChangePoller(saver)
    assert not watch.look()

    fence = begin(saver, "t")

    assert watch.look()
    assert not watch.look()
    saver.write("t", fence, Batch(status="waiting", release=True))
    assert watch.look()
    saver.delete("t")
    assert watch.look()
    assert not watch.look()


def test_reading_changes_nothing(store: Store) -> None:
    saver = store.saver()
    begin(saver, "t")
    watch = ChangePoller(saver)

    saver.threads()
    saver.read("t")
    saver.questions()

    assert not watch.look()


def test_what_another_saver_of_the_file_writes_is_seen(file: Store) -> None:
    saver, other = file.saver(), file.saver()
    watch = ChangePoller(saver)

    begin(other, "t")

    assert watch.look()
    assert not watch.look()


def test_what_another_process_writes_is_seen(file: Store) -> None:
    saver = file.saver()
    watch = ChangePoller(saver)
    program = (
        "import sys; from hitl_nb import SqliteSaver;"
        "SqliteSaver(sys.argv[1]).acquire('t', 'graph', create=True)"
    )

    subprocess.run(
        [sys.executable, "-c", program, str(file.path)], check=True, env={"PYTHONPATH": str(ROOT)}
    )

    assert watch.look()
    assert not watch.look()


def test_a_store_in_memory_is_watched_too() -> None:
    with SqliteSaver(":memory:") as saver:
        watch = ChangePoller(saver)
        begin(saver, "t")
        assert watch.look()
        assert not watch.look()


def test_a_closed_saver_cannot_be_watched(tmp_path: Path) -> None:
    saver = SqliteSaver(tmp_path / "hitl.db")
    watch = ChangePoller(saver)
    saver.close()

    with pytest.raises(StoreClosed):
        watch.look()


async def test_waiting_ends_with_a_change(store: Store) -> None:
    saver = store.saver()
    watch = ChangePoller(saver, quick=0.001, slow=0.001)
    waiting = asyncio.create_task(watch.changed())
    await asyncio.sleep(0)

    begin(saver, "t")

    assert await waiting
    assert not await watch.changed(0.002)


async def test_waiting_ends_when_somebody_calls_from_another_thread(store: Store) -> None:
    watch = ChangePoller(store.saver(), quick=3600, slow=3600)
    waiting = [asyncio.create_task(watch.changed()) for _ in range(2)]
    await asyncio.sleep(0)

    await asyncio.to_thread(watch.wake)

    assert await asyncio.gather(*waiting) == [False, False]


async def test_who_is_called_before_waiting_does_not_wait() -> None:
    watch = ChangePoller(InMemorySaver(), quick=3600, slow=3600)

    watch.wake()

    assert not await watch.changed()


async def test_looks_become_rare_while_nothing_changes_and_frequent_after() -> None:
    saver = InMemorySaver()
    watch = ChangePoller(saver, quick=0.0001, slow=0.001)

    while watch._pause != watch.slow:  # however few looks a busy machine takes at a time
        assert not await watch.changed(0.01)
    begin(saver, "t")
    assert await watch.changed()
    assert watch._pause == 0.0001


class Versioned(InMemorySaver):
    """A saver that counts its changes itself."""

    def __init__(self) -> None:
        super().__init__()
        self.counted = 0

    def version(self) -> int:
        return self.counted


def test_a_saver_that_knows_its_version_is_asked() -> None:
    saver = Versioned()
    watch = ChangePoller(saver)
    begin(saver, "t")
    assert not watch.look()

    saver.counted += 1

    assert watch.look()
