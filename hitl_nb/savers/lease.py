"""Who runs a thread, and whether they still live.

A process is its machine, its number and when it began, because numbers are used again.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Hashable
from functools import cache
from pathlib import Path
from time import monotonic
from typing import NamedTuple

DURATION = 60.0
"""Seconds that a lease holds without a sign of life, by the clock of whoever watches it."""
RENEWED_EVERY = DURATION / 4
"""Seconds between two signs of life, so that a few may be late or lost."""

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
        renewals: How often its holder has given a sign of life.
        place: What tells the thread from all others, in whatever store.
    """

    fence: int
    holder: Process
    since: str
    renewals: int = 0
    place: Hashable = None


def this_process() -> Process:
    """Return the process this runs in; another one after a fork."""
    return _process(os.getpid())


class _Seen(NamedTuple):
    """A lease as it was when it was first found so."""

    fence: int
    renewals: int
    at: float


_seen: dict[Hashable, _Seen] = {}


def lives(lease: Lease) -> bool:
    """Whether whoever holds a lease may still be at work.

    A process of this machine that has ended is not. Any other is, until this process has seen no
    sign of life from it for as long as a lease lasts. So no clock of another machine counts: one
    that is ahead would otherwise end a run that is well. A process that lives and has lost its run
    gives no sign either.
    """
    holder = lease.holder
    if holder == this_process():
        return True
    if holder.host == _host() and started(holder.pid) != holder.started:
        return False
    known = _seen.get(lease.place)
    if known is None or known[:2] != (lease.fence, lease.renewals):
        _seen[lease.place] = _Seen(lease.fence, lease.renewals, monotonic())
        return True
    return monotonic() - known.at < DURATION


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
