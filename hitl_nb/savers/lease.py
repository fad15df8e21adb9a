"""Who runs a thread, and whether they still live.

A process is its machine, its number and when it began, because numbers are used again.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

LEASE_OF_ANOTHER_MACHINE = timedelta(seconds=60)
"""How long a run elsewhere may be silent; whether its process lives cannot be seen from here."""

_LINUX = sys.platform == "linux"
_STARTED_FIELD = 19  # of /proc/<pid>/stat, counted after the name: field 22 of man 5 proc


class Process(NamedTuple):
    """A process, so that no other is taken for it."""

    host: str
    pid: int
    started: str


class Lease(NamedTuple):
    """Who runs a thread.

    Args:
        fence: The run's number.
        holder: Its process.
        since: When it took the thread, UTC, ISO 8601.
        renewed_at: When it last wrote or renewed.
    """

    fence: int
    holder: Process
    since: str
    renewed_at: str


def this_process() -> Process:
    """Return the process this runs in; another one after a fork."""
    return _process(os.getpid())


def lives(lease: Lease, moment: str) -> bool:
    """Whether the process that holds a lease may still be at work at a moment."""
    if lease.holder.host != _host():
        silent = datetime.fromisoformat(moment) - datetime.fromisoformat(lease.renewed_at)
        return silent < LEASE_OF_ANOTHER_MACHINE
    return started(lease.holder.pid) == lease.holder.started


def name_of(holder: Process) -> str:
    """Name a process, for a record that others read."""
    return f"process {holder.pid} on {holder.host.partition(' ')[0]}"


def described(holder: Process) -> str:
    """Say who holds a lease, for a message."""
    if holder == this_process():
        return "another run in this process"
    if holder.host == _host():
        return f"the process {holder.pid} on this machine"
    return f"the {name_of(holder)}"


def started(pid: int) -> str | None:
    """Return when a process of this machine began, in no particular unit; None if none lives."""
    return _started_by_proc(pid) if _LINUX else _started_by_psutil(pid)


@cache
def _process(pid: int) -> Process:
    return Process(_host(), pid, started(pid) or "")


@cache
def _host() -> str:
    """Name the machine, or the container, since containers of one name number processes anew."""
    name = platform.node() or "localhost"
    return f"{name} {os.readlink('/proc/self/ns/pid')}" if _LINUX else name


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started_by_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat[stat.rindex(")") + 2 :].split()
    if state in "ZX":  # dead, only not yet waited for by its parent
        return None
    return f"{_boot()} {fields[_STARTED_FIELD - 1]}"


def _started_by_psutil(pid: int) -> str | None:
    import psutil  # type: ignore[import-untyped]  # comes with ipykernel

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.NoSuchProcess:
        return None
