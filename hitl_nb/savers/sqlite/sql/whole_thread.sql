-- name: checkpoints_of_thread
-- All of them, parents first; their namespaces in the order of `namespaces`.
SELECT key, id, parent, step, source, created_at, frontier, changes, ns
FROM checkpoint
WHERE thread = :thread
ORDER BY min(key) OVER (PARTITION BY ns), key

-- name: outcomes_of_thread
-- Oldest first.
SELECT checkpoint.ns, checkpoint.id, task, outcome, outcome.error
FROM outcome
JOIN checkpoint ON checkpoint.key = outcome.checkpoint
WHERE checkpoint.thread = :thread
ORDER BY outcome.key

-- name: calls_of_thread
-- Oldest first.
SELECT checkpoint.ns, checkpoint.id, task, name, result, call.status, about
FROM call
JOIN checkpoint ON checkpoint.key = call.checkpoint
WHERE checkpoint.thread = :thread
ORDER BY call.key

-- name: questions_with_decisions
-- Columns in the order of QuestionRow, then status and the number of the decision.
SELECT question.id, checkpoint.ns, checkpoint.id, task, node, name, kind, payload, digest,
       schema, asked_at, previous, attempts, question.status, decision
FROM question
JOIN checkpoint ON checkpoint.key = question.checkpoint
WHERE question.thread = :thread
ORDER BY question.key

-- name: decisions_behind
-- The thread's own, and those that answered its questions in the thread it was copied from;
-- columns in the order of DecisionRow.
SELECT seq, thread_id, graph, checkpoint, ns, node, question, kind, payload, digest, answer,
       action, comment, reviewer, given, displayed, asked_at, answered_at, attempts,
       identity, previous_hash, hash
FROM decision
WHERE thread_id = :thread_id
   OR seq IN (SELECT decision FROM question WHERE thread = :thread)
ORDER BY seq

-- name: restore_thread
-- Without a lease: nobody runs it here yet.
INSERT INTO thread (key, id, graph, status, error, created_at, updated_at)
VALUES ((SELECT key FROM free_thread),
        :id, :graph, :status, :error, :created_at, :updated_at)
RETURNING key

-- name: restore_question
-- With what became of it.
INSERT INTO question (thread, checkpoint, id, task, node, name, kind, payload, digest, schema,
                      asked_at, previous, attempts, status, decision)
VALUES (:thread, :checkpoint, :id, :task, :node, :name, :kind, :payload, :digest, :schema,
        :asked_at, :previous, :attempts, :status, :decision)
