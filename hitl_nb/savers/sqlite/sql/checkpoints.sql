-- name: insert_checkpoint
-- state is null where changes are enough. Its key was nobody's before, lest rows that lost their
-- checkpoint become its.
INSERT INTO checkpoint (key, thread, ns, id, parent, step, source, created_at, budget, frontier,
                        changes, state)
VALUES ((SELECT key FROM free_checkpoint),
        :thread, :ns, :id, :parent, :step, :source, :created_at, :budget, :frontier, :changes,
        :state)

-- name: budget
-- How many bytes of changes may still follow a checkpoint.
SELECT budget FROM checkpoint WHERE thread = :thread AND ns = :ns AND id = :id

-- name: checkpoint_key
-- What rows that belong to a checkpoint refer to.
SELECT key FROM checkpoint WHERE thread = :thread AND ns = :ns AND id = :id

-- name: checkpoint_by_id
-- One checkpoint; its values are read by `chain`.
SELECT key, id, parent, step, source, created_at, frontier, changes
FROM checkpoint
WHERE thread = :thread AND ns = :ns AND id = :id

-- name: newest_checkpoint
-- Where the thread stands.
SELECT key, id, parent, step, source, created_at, frontier, changes
FROM checkpoint
WHERE thread = :thread AND ns = :ns
ORDER BY key DESC
LIMIT 1

-- name: checkpoints_before
-- A page of history, newest first.
SELECT key, id, parent, step, source, created_at, frontier, changes
FROM checkpoint
WHERE thread = :thread AND ns = :ns AND key < :before
ORDER BY key DESC
LIMIT 50

-- name: chain
-- Back from a checkpoint to the nearest one stored whole. A parent is older than its child, so
-- this ends even in a file somebody tampered with.
WITH RECURSIVE chain (key, parent, changes, state) AS (
    SELECT key, parent, changes, state FROM checkpoint WHERE key = :key
    UNION ALL
    SELECT checkpoint.key, checkpoint.parent, checkpoint.changes, checkpoint.state
    FROM chain
    JOIN checkpoint ON checkpoint.thread = :thread AND checkpoint.ns = :ns
        AND checkpoint.id = chain.parent AND checkpoint.key < chain.key
    WHERE chain.state IS NULL
)
SELECT changes, state FROM chain

-- name: namespaces
-- A graph's first checkpoint is older than those of the graphs inside it. Goes from name to name,
-- so it costs no more for a thread with many checkpoints.
WITH RECURSIVE name (ns) AS (
    SELECT min(ns) FROM checkpoint WHERE thread = :thread
    UNION ALL
    SELECT (SELECT min(ns) FROM checkpoint WHERE thread = :thread AND ns > name.ns)
    FROM name
    WHERE name.ns IS NOT NULL
)
SELECT ns
FROM name
WHERE ns IS NOT NULL
ORDER BY (SELECT min(key) FROM checkpoint WHERE thread = :thread AND checkpoint.ns = name.ns)

-- name: replace_outcome
-- Gets a new key, so that it counts as newest.
INSERT OR REPLACE INTO outcome (checkpoint, task, outcome, error)
VALUES (:checkpoint, :task, :outcome, :error)

-- name: outcomes
-- Oldest first.
SELECT task, outcome, error FROM outcome WHERE checkpoint = :checkpoint ORDER BY key

-- name: replace_call
-- Gets a new key, so that it counts as newest.
INSERT OR REPLACE INTO call (checkpoint, task, name, result, status, about)
VALUES (:checkpoint, :task, :name, :result, :status, :about)

-- name: calls
-- Oldest first.
SELECT task, name, result, status, about FROM call WHERE checkpoint = :checkpoint ORDER BY key

-- name: copy_distance
-- By how much the keys of a copy are larger, so that what refers to them can be copied too.
SELECT key - ifnull((SELECT min(key) FROM checkpoint WHERE thread = :thread), 0)
FROM free_checkpoint

-- name: copy_checkpoints
-- Their ids stay, as they are the thread's own.
INSERT INTO checkpoint (key, thread, ns, id, parent, step, source, created_at, budget, frontier,
                        changes, state)
SELECT key + :distance, :copy, ns, id, parent, step, source, created_at, budget, frontier,
       changes, state
FROM checkpoint
WHERE thread = :thread
ORDER BY key

-- name: copy_outcomes
-- In their order.
INSERT INTO outcome (checkpoint, task, outcome, error)
SELECT checkpoint + :distance, task, outcome, outcome.error
FROM outcome
WHERE checkpoint IN (SELECT key FROM checkpoint WHERE thread = :thread)
ORDER BY key

-- name: copy_calls
-- In their order.
INSERT INTO call (checkpoint, task, name, result, status, about)
SELECT checkpoint + :distance, task, name, result, status, about
FROM call
WHERE checkpoint IN (SELECT key FROM checkpoint WHERE thread = :thread)
ORDER BY key
