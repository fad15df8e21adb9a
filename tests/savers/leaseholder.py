"""A host of its own: ``python leaseholder.py <store> <journal> <host> <seconds> <lease>``.

Runs one thread whose node works for some seconds, unless another host runs it already.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from hitl_nb import START, SqliteSaver, StateGraph
from hitl_nb.errors import ThreadBusy
from hitl_nb.savers import lease

store, journal, host, seconds, duration = sys.argv[1:]
lease._host = lambda: host  # type: ignore[assignment]
lease._process.cache_clear()
lease.DURATION, lease.RENEWED_EVERY = float(duration), float(duration) / 4


def write(word: str) -> None:
    with Path(journal).open("a") as file:
        file.write(f"{word} {host}\n")
        file.flush()
        os.fsync(file.fileno())


def work(state: dict[str, object]) -> dict[str, object]:
    write("begun")
    time.sleep(float(seconds))
    write("effect")
    return {"by": host}


graph = StateGraph(name="leased").add_node(work).add_edge(START, "work")
app = graph.compile(SqliteSaver(store, timeout=60))
config = {"configurable": {"thread_id": "t"}}
while True:
    state = app.get_state(config)
    if state.created_at is not None and not state.next:
        break
    try:
        app.invoke({} if state.created_at is None else None, config)
    except ThreadBusy:
        time.sleep(0.05)
print(state.values.get("by", host))  # noqa: T201
