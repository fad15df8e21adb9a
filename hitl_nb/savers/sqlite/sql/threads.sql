-- name: thread
-- Columns in the order of ThreadRow, then the lease.
SELECT id, graph, status, error, created_at, updated_at,
       key, fence, host, pid, started, since, renewals
FROM thread
WHERE id = :thread_id

-- name: counted_rows
-- Of each kind of row, how many the thread wrote and how many are there.
SELECT checkpoints, (SELECT count(*) FROM checkpoint WHERE thread = :thread),
       outcomes, (SELECT count(*) FROM checkpoint
                  JOIN outcome ON outcome.checkpoint = checkpoint.key
                  WHERE checkpoint.thread = :thread),
       calls, (SELECT count(*) FROM checkpoint
               JOIN call ON call.checkpoint = checkpoint.key
               WHERE checkpoint.thread = :thread),
       questions, (SELECT count(*) FROM question WHERE thread = :thread)
FROM thread
WHERE key = :thread

-- name: threads
-- Most recently changed first.
SELECT id, graph, status, error, created_at, updated_at
FROM thread
WHERE :status IS NULL OR status = :status
ORDER BY updated_at DESC, key DESC

-- name: recent_thread_ids
-- Candidates for "did you mean": enough of them, however many there are.
SELECT id FROM thread ORDER BY key DESC LIMIT 500

-- name: next_fence
-- Grows by one with every run of any thread.
UPDATE counter SET fence = fence + 1 RETURNING fence

-- name: begin_thread
-- With its first lease. Its key was nobody's before, lest rows that lost their thread become its.
INSERT INTO thread (key, id, graph, status, created_at, updated_at, fence, host, pid, started,
                    since, renewed_at)
VALUES ((SELECT key FROM free_thread),
        :thread_id, :graph, 'running', :moment, :moment, :fence, :host, :pid, :started, :moment,
        :moment)

-- name: take_lease
-- Whoever held it before finds another fence when it writes.
UPDATE thread
SET fence = :fence, host = :host, pid = :pid, started = :started,
    since = :moment, renewed_at = :moment
WHERE id = :thread_id

-- name: renew_lease
-- Finds no row if the lease is lost, or if a fork of the process that holds it asks.
UPDATE thread
SET renewed_at = :moment, renewals = renewals + 1
WHERE id = :thread_id AND fence = :fence
  AND host = :host AND pid = :pid AND started = :started
RETURNING key

-- name: begin_batch
-- Finds no row where renew_lease finds none. A status and why stay together; a lease that is
-- released is not renewed.
UPDATE thread
SET updated_at = :moment,
    status = ifnull(:status, status),
    error = iif(:status IS NULL, error, :error),
    host = iif(:release, NULL, host),
    pid = iif(:release, NULL, pid),
    started = iif(:release, NULL, started),
    since = iif(:release, NULL, since),
    renewed_at = iif(:release, NULL, :moment),
    renewals = renewals + 1
WHERE id = :thread_id AND fence = :fence
  AND host = :host AND pid = :pid AND started = :started
RETURNING key

-- name: touch
-- Something of the thread changed.
UPDATE thread SET updated_at = :moment WHERE key = :thread

-- name: release_lease
-- The next run need not wait for this process to end.
UPDATE thread
SET host = NULL, pid = NULL, started = NULL, since = NULL, renewed_at = NULL
WHERE id = :thread_id AND fence = :fence

-- name: delete_thread
-- Everything that refers to it goes with it; decisions do not refer to it.
DELETE FROM thread WHERE id = :thread_id

-- name: copy_thread
-- Without its lease.
INSERT INTO thread (key, id, graph, status, error, created_at, updated_at)
SELECT (SELECT key FROM free_thread),
       :to, graph, status, error, :moment, :moment FROM thread WHERE key = :thread
RETURNING key
