"""Measure one case of one contestant in a process of its own; print JSON.

Peak memory is the process's own, imports included, so the cost of a framework shows.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

BATCHES = 5


def main() -> None:
    """Run ``python -m benchmarks.measure contestant case rounds batches``."""
    contestant, case, rounds, batches = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5])
    work = getattr(importlib.import_module(f"benchmarks.contestants.{contestant}"), case)
    durable = "folder" in inspect.signature(work).parameters
    seconds = []
    size = 0
    for _ in range(batches):
        with tempfile.TemporaryDirectory() as folder:
            arguments = (rounds, Path(folder)) if durable else (rounds,)
            started = time.perf_counter()
            asyncio.run(work(*arguments))
            seconds.append((time.perf_counter() - started) / rounds)
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": statistics.median(seconds), "peak": peak, "bytes": size}))


if __name__ == "__main__":
    main()
