"""Work on other threads."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest

from hitl_nb.savers.worker_threads import run_off_loop

NAME = contextvars.ContextVar("NAME", default="")


async def test_work_is_done_on_another_thread_in_the_context_it_was_begun_in() -> None:
    NAME.set("mine")

    name, thread = await run_off_loop(lambda: (NAME.get(), threading.get_ident()))

    assert name == "mine"
    assert thread != threading.get_ident()


async def test_an_error_is_raised_where_the_work_is_waited_for() -> None:
    with pytest.raises(ZeroDivisionError):
        await run_off_loop(lambda: 1 // 0)

    assert await run_off_loop(lambda: "goes on") == "goes on"


async def test_all_of_more_work_than_there_are_threads_is_done() -> None:
    together = threading.Barrier(4)
    first = [run_off_loop(lambda: together.wait(10)) for _ in range(4)]
    more = [run_off_loop(lambda n=n: n) for n in range(20)]  # type: ignore[misc]

    assert await asyncio.gather(*more) == list(range(20))
    assert sorted(await asyncio.gather(*first)) == [0, 1, 2, 3]


async def test_work_goes_on_when_nobody_waits_any_more() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        ended.set()

    waiting = run_off_loop(work)
    await asyncio.to_thread(begun.wait, 10)
    waiting.cancel()
    go_on.set()

    assert await asyncio.to_thread(ended.wait, 10)
    assert await run_off_loop(lambda: "goes on") == "goes on"


def run(program: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    return ran.stdout


def test_a_process_does_not_end_before_its_work() -> None:
    program = """
import asyncio, time
from hitl_nb.savers.worker_threads import run_off_loop

async def main():
    run_off_loop(lambda: (time.sleep(0.3), print("done", flush=True)))

asyncio.run(main())
"""
    assert run(program) == "done\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_fork_begins_threads_of_its_own() -> None:
    program = """
import asyncio, os
from hitl_nb.savers.worker_threads import run_off_loop

async def main():
    return await run_off_loop(os.getpid)

assert asyncio.run(main()) == os.getpid()
child = os.fork()
if child == 0:
    os._exit(0 if asyncio.run(main()) == os.getpid() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run(program) == "0\n"
