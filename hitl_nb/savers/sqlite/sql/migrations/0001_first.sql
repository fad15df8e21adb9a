-- Threads, what their runs wrote, and the record of decisions.

-- "hitl" in ASCII: how a file says that it is a store.
PRAGMA application_id = 1751741548;

CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT;

-- One row: fencing numbers are never used again, not even for a thread deleted and begun anew.
CREATE TABLE counter (
    fence INTEGER NOT NULL
) STRICT;

INSERT INTO counter (fence) VALUES (0);

-- host to renewed_at tell whose run holds the thread; all are null if none does.
CREATE TABLE thread (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    graph TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    fence INTEGER NOT NULL DEFAULT 0,
    host TEXT,
    pid INTEGER,
    started TEXT,
    since TEXT,
    renewed_at TEXT
) STRICT;

-- state holds all values, or null: then they are those of the parent with the changes made.
-- budget is how many bytes of changes may follow before all values are written again.
CREATE TABLE checkpoint (
    key INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE,
    ns TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT,
    step INTEGER NOT NULL,
    source TEXT NOT NULL,
    created_at TEXT NOT NULL,
    budget INTEGER NOT NULL,
    frontier TEXT NOT NULL,
    changes TEXT,
    state TEXT
) STRICT;

CREATE UNIQUE INDEX checkpoint_by_id ON checkpoint (thread, ns, id);
-- Holds the key too, so it gives the newest.
CREATE INDEX checkpoint_by_age ON checkpoint (thread, ns);

CREATE TABLE outcome (
    key INTEGER PRIMARY KEY,
    checkpoint INTEGER NOT NULL REFERENCES checkpoint ON DELETE CASCADE,
    task TEXT NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT,
    UNIQUE (checkpoint, task)
) STRICT;

CREATE TABLE call (
    key INTEGER PRIMARY KEY,
    checkpoint INTEGER NOT NULL REFERENCES checkpoint ON DELETE CASCADE,
    task TEXT NOT NULL,
    name TEXT NOT NULL,
    result TEXT NOT NULL,
    UNIQUE (checkpoint, task, name)
) STRICT;

-- The decision log. A row says everything by itself, because it outlives its thread.
CREATE TABLE decision (
    seq INTEGER PRIMARY KEY,
    thread_id TEXT NOT NULL,
    graph TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    ns TEXT NOT NULL,
    node TEXT NOT NULL,
    question TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    action TEXT NOT NULL,
    comment TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    given TEXT NOT NULL,
    displayed TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE INDEX decision_by_thread ON decision (thread_id);

CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
BEGIN
    SELECT raise(ABORT, 'the decision log is never changed');
END;

CREATE TRIGGER decision_is_never_removed BEFORE DELETE ON decision
BEGIN
    SELECT raise(ABORT, 'the decision log is never shortened');
END;

CREATE TABLE question (
    key INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL REFERENCES thread ON DELETE CASCADE,
    checkpoint INTEGER NOT NULL REFERENCES checkpoint ON DELETE CASCADE,
    id TEXT NOT NULL,
    task TEXT NOT NULL,
    node TEXT NOT NULL,
    name TEXT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    schema TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    previous TEXT,
    attempts INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    decision INTEGER REFERENCES decision,
    UNIQUE (checkpoint, id)
) STRICT;

CREATE INDEX question_by_id ON question (thread, id);
-- What an inbox lists, however many were answered before.
CREATE INDEX question_open ON question (key) WHERE status = 'open';
