"""One SQLite file: its SQL, its transactions one at a time, its errors made plain."""

from __future__ import annotations

import gc
import os
import re
import sqlite3
import stat
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hitl_nb.errors.base import HitlError
from hitl_nb.errors.stores import (
    NotAStore,
    RowsMissing,
    StoreBusy,
    StoreClosed,
    StoreCorrupt,
    StoreError,
    StoreFailed,
    StoreFull,
    StoreMissing,
    StoreReadOnly,
    StoreTooNew,
)
from hitl_nb.savers.clock import now

APPLICATION_ID = 1751741548
IN_MEMORY = ":memory:"
_NEEDED = (3, 37)  # strict tables
_BLANK = 0
_SMALLEST_PAGE = 512
_NO_DATABASE = "no SQLite database, or one whose beginning is lost"
_PRIMARY = 0xFF  # the byte of an extended error code that says the kind

_SQL = Path(__file__).with_name("sql")
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

Sync = Literal["sync_always", "sync_lazily"]
Parameters = Mapping[str, Any]


class Migration(NamedTuple):
    """A step from one schema to the next."""

    number: int
    name: str
    statements: tuple[str, ...]


@cache
def statements() -> Mapping[str, str]:
    """Return every named statement of ``sql/*.sql``."""
    found: dict[str, str] = {}
    for file in _SQL.glob("*.sql"):
        _, *parts = _NAME.split(file.read_text("utf-8"))
        found.update(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
    return found


@cache
def migrations() -> tuple[Migration, ...]:
    """Return the migrations, oldest first."""
    found = []
    for file in _SQL.glob("migrations/*.sql"):
        number, _, name = file.stem.partition("_")
        found.append(Migration(int(number), name, tuple(_split(file.read_text("utf-8")))))
    return tuple(sorted(found))


def _split(script: str) -> Iterator[str]:
    """Cut a script into statements, because running it whole would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


class Database:
    """A connection that any thread may use, one after the other.

    One connection with a lock was measured against one per thread: SQLite has one writer anyway,
    and threads of a pool come and go without closing what they opened.

    Args:
        path: The file, or ``":memory:"``.
        timeout: Seconds to wait for another writer.
        read_only: Whether to leave the file as it is, and to insist that there is one.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float, read_only: bool) -> None:
        self.path = os.fsdecode(path)
        self.timeout, self.read_only = timeout, read_only
        # Held for a whole transaction: statements of two threads on one connection would end up
        # in one transaction. Re-entrant, because opening the file writes migrations.
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._sync: Sync | None = None
        self._closed = False
        self._undone = 0
        self._whole: tuple[object, set[int]] = (None, set())
        with self._plainly():
            self._open()
        _OPEN.add(self)

    @property
    def file(self) -> object:
        """What two connections to one file have in common."""
        return self._file or self

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.path).name

    @property
    def version(self) -> object:
        """What is the same only as long as nothing was written but by this, and nothing undone.

        Asked inside a transaction.
        """
        ((number,),) = self.run("data_version").fetchall()
        return number, self._undone

    def changes_seen(self) -> object:
        """Return what differs once anything was written, by this or by others.

        Asked inside a transaction. It holds the connection, so that no later one is taken for it.
        """
        ((others,),) = self.run("data_version").fetchall()
        connection = self._live()
        return connection, others, connection.total_changes

    def run(
        self,
        name: str,
        parameters: Parameters = {},  # noqa: B006
        *,
        lists: Mapping[str, Sequence[Any]] | None = None,
    ) -> sqlite3.Cursor:
        """Execute a named statement inside a transaction.

        Args:
            name: Which.
            parameters: Its parameters.
            lists: Those that stand for several in it.
        """
        text = _STATEMENTS[name]
        for listed, values in (lists or {}).items():
            each = {f"{listed}{place}": value for place, value in enumerate(values)}
            text = text.replace(f":{listed}", ", ".join(f":{item}" for item in each))
            parameters = {**parameters, **each}
        return self._live().execute(text, parameters)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold one state of the file for several reads, in which data nobody wrote is noticed."""
        with self._lock, self._plainly():
            self._ready()
            self.run("begin_reading")
            try:
                yield
            except (TypeError, ValueError, RecursionError) as error:
                if isinstance(error, HitlError | UnicodeDecodeError):
                    raise
                raise self.corrupt("some of what it holds was not written by hitl_nb") from error
            finally:
                self._end("commit")

    @contextmanager
    def writing(self, sync: Sync = "sync_lazily") -> Iterator[None]:
        """Write all that happens inside, or nothing if it raises."""
        with self._lock, self._plainly():
            self._ready()
            # SQLite refuses this inside a transaction. Only an answer waits for the disk: it cannot
            # be given again, and a step can be run again.
            if self._sync != sync:
                self.run(sync)
                self._sync = sync
            # The write lock at once: a transaction that reads first and then writes fails, and
            # does not wait, if another process has written in between.
            self.run("begin_writing")
            try:
                yield
                self.run("commit")
            except BaseException:
                # What was remembered of the file inside this transaction never came to be there.
                self._undone += 1
                self._end("roll_back")
                raise

    def close(self) -> None:
        """Close the connection; the last one to close folds the journal into the file."""
        with self._lock:
            self._closed = True
            self._let_go()

    def refuse_losses(self, thread_id: str, thread: int) -> None:
        """Raise if rows of the thread with that key are gone, inside a transaction.

        Counting takes as long as the thread is. What was found whole is not counted again until
        somebody else has written.

        Raises:
            RowsMissing: Saying of what how many.
        """
        version, whole = self._whole
        if version != self.version:
            self._whole = version, whole = self.version, set()
        if thread in whole:
            return
        counted = self.run("counted_rows", {"thread": thread}).fetchone()
        for kind, wrote, there in zip(_COUNTED, counted[::2], counted[1::2], strict=True):
            if wrote != there:
                raise RowsMissing(self.path, thread_id, kind, wrote, there)
        whole.add(thread)

    def corrupt(self, what: str) -> StoreCorrupt:
        """Compose the error for stored data that cannot be what was written."""
        return StoreCorrupt(self.path, what)

    def before_fork(self) -> None:
        """Close the file, because SQLite's locks and what it knows of them do not survive a fork.

        Even a new connection of the child would go by what the parent's held. Whichever process
        goes on opens the file anew.
        """
        # So that no thread is in a transaction: a fork would cut it in two.
        self._lock.acquire()
        if self.path != IN_MEMORY and self._connection and not self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._let_go()

    def after_fork(self, *, child: bool) -> None:
        """Go on after `before_fork`; in a child no other thread holds the lock."""
        if child:
            # The old one belongs to a thread of the parent, so nobody here could release it.
            self._lock = threading.RLock()
        else:
            self._lock.release()

    def _ready(self) -> None:
        if self._closed:
            raise StoreClosed(self.path)
        self._same_file()
        if self._connection is None:
            self._open()

    def _let_go(self) -> None:
        connection, self._connection, self._sync = self._connection, None, None
        self._undone += 1
        if connection is not None:
            connection.close()

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreClosed(self.path)
        return self._connection

    def _end(self, name: str) -> None:
        """Commit or roll back, unless SQLite has rolled back by itself."""
        connection = self._connection
        if connection is not None and connection.in_transaction:
            with suppress(sqlite3.Error):
                self.run(name)

    def _open(self) -> None:
        if sqlite3.sqlite_version_info < _NEEDED:
            found = sqlite3.sqlite_version
            raise StoreFailed(self.path, f"SQLite 3.37 or newer is needed, and this is {found}")
        self._refuse_path()
        self._connection = sqlite3.connect(
            self._uri(),
            timeout=self.timeout,
            isolation_level=None,
            check_same_thread=False,
            uri=True,
        )
        try:
            self._identify()
            for pragma in ("enforce_references", "distrust_schema", "check_cells"):
                self.run(pragma)
            if not self.read_only:
                self._write_ahead()
                self.run("keep_journal_small")
            self._migrate()
            self._check_guards()
        except BaseException:
            self._let_go()
            raise
        if self.path != IN_MEMORY:
            self._file = _identity(os.stat(self.path))

    def _uri(self) -> str:
        if self.path == IN_MEMORY:
            return "file::memory:"
        location = Path(self.path).absolute().as_uri()
        return f"{location}?mode={'ro' if self.read_only else 'rwc'}"

    def _refuse_path(self) -> None:
        if self.path == IN_MEMORY:
            return
        path, found = Path(self.path), None
        try:
            found = os.stat(path)
        except FileNotFoundError:
            pass
        except PermissionError as error:
            raise StoreFailed(self.path, str(error)) from error
        except (OSError, ValueError) as error:  # with a NUL, a surrogate, or far too long
            raise NotAStore(ascii(self.path), f"a path that cannot be used ({error})") from error
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise NotAStore(self.path, "a directory")
        if not path.parent.is_dir():
            raise StoreMissing(
                self.path,
                f"cannot be opened, because there is no directory {str(path.parent)!r}. "
                f"Create it first.",
            )
        if found is None:
            if self.read_only:
                raise StoreMissing(self.path, "does not exist. Give the path of a store.")
        elif 0 < found.st_size < _SMALLEST_PAGE:
            raise NotAStore(self.path, _NO_DATABASE)

    def _identify(self) -> None:
        """Raise unless the file is a store or empty, before anything is written to it."""
        self.run("begin_reading")  # lest another process makes the store in between
        (found,) = self.run("application_id").fetchone()
        tables = [name for (name,) in self.run("table_names")]
        self.run("commit")
        if found == APPLICATION_ID:
            return
        if found != _BLANK or tables:
            listed = f" with the tables {', '.join(sorted(tables)[:5])}" if tables else ""
            raise NotAStore(self.path, f"another program's SQLite database{listed}")
        if self.read_only:
            raise NotAStore(self.path, "an empty file")

    def _write_ahead(self) -> None:
        """Switch the journal, which SQLite does not wait for by itself."""
        until = time.monotonic() + self.timeout
        while True:
            try:
                self.run("write_ahead")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & _PRIMARY == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > until:
                    raise
                time.sleep(0.005)
            else:
                return

    def _migrate(self) -> None:
        steps = migrations()
        known = steps[-1].number
        number = self._schema_number()
        if number > known:
            raise StoreTooNew(self.path, number, known)
        if number == known:
            return
        if self.read_only:
            raise StoreReadOnly(self.path)
        for step in steps:
            with self.writing():
                if step.number <= self._schema_number():
                    continue  # somebody else was faster
                for statement in step.statements:
                    self._live().execute(statement)
                record = {"number": step.number, "name": step.name, "applied_at": now()}
                self.run("record_migration", record)

    def _check_guards(self) -> None:
        """Refuse a file that has lost what keeps its log from being changed, or counts its rows."""
        there = {name for (name,) in self.run("trigger_names")}
        for names, what in _GUARDS.items():
            missing = names - there
            if missing:
                raise self.corrupt(f"{what} ({', '.join(sorted(missing))})")

    def _schema_number(self) -> int:
        if "migration" in {name for (name,) in self.run("table_names")}:
            (number,) = self.run("schema_number").fetchone()
            return int(number or 0)
        return 0

    def _same_file(self) -> None:
        """Raise if the path leads to another file now, since writing to the old one saves none."""
        if self._file is None:
            return
        try:
            found = _identity(os.stat(self.path))
        except FileNotFoundError:
            found = None
        if found != self._file:
            raise StoreMissing(
                self.path,
                "was deleted, moved or replaced while it was open, so nothing can be kept in it. "
                "Put it back, and make a new saver.",
            )

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._plain(error) from error
        except UnicodeDecodeError as error:  # in a value, a name in the schema, or a message
            raise self.corrupt("some of its text is not UTF-8") from error

    def _plain(self, error: sqlite3.Error) -> StoreError:
        """Say in this package's words what SQLite says in its own."""
        code = getattr(error, "sqlite_errorcode", _UNDECODABLE) & _PRIMARY
        if code == sqlite3.SQLITE_NOTADB and self._file is None:
            return NotAStore(self.path, _NO_DATABASE)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreBusy(self.path, self.timeout)
        if code in _DAMAGE:
            return StoreCorrupt(self.path, str(error))
        plain = {sqlite3.SQLITE_FULL: StoreFull, sqlite3.SQLITE_READONLY: StoreReadOnly}.get(code)
        if plain is not None:
            return plain(self.path)
        return StoreFailed(self.path, f"{getattr(error, 'sqlite_errorname', 'SQLite')}: {error}")


_STATEMENTS = statements()
_GUARDS = {
    frozenset({"decision_is_never_changed", "decision_is_never_removed"}):
        "the decision log is no longer guarded against changes",
    frozenset(f"{table}_is_counted" for table in ("checkpoint", "outcome", "call", "question")):
        "the rows of its threads are no longer counted",
}  # fmt: skip
_COUNTED = ("checkpoints", "outcomes of tasks", "calls of once", "questions")
_UNDECODABLE = 255  # no code of SQLite: Python itself could not decode a text
# An error in a statement that never changes means that the schema is not what was written.
_DAMAGE = (
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, _UNDECODABLE
)  # fmt: skip
_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()
_HELD: list[Database] = []  # from before a fork until after it


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _before_fork() -> None:
    _HELD[:] = _OPEN
    for database in _HELD:
        database.before_fork()


def _after_fork(*, child: bool) -> None:
    for database in _HELD:
        database.after_fork(child=child)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=partial(_after_fork, child=False),
        after_in_child=partial(_after_fork, child=True),
    )


@contextmanager
def no_collection() -> Iterator[None]:
    """Make many small objects without the collector looking through them over and over."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def file_of(connection: sqlite3.Connection) -> str:
    """Return the path of the file a connection is open on."""
    for _, schema, path in connection.execute(statements()["files"]):
        if schema == "main" and path:
            return str(path)
    return IN_MEMORY
