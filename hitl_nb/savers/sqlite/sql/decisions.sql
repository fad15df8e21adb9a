-- name: newest_decision
-- What the next entry follows.
SELECT seq, hash FROM decision ORDER BY seq DESC LIMIT 1

-- name: append_decision
-- Columns in the order of DecisionRow.
INSERT INTO decision (seq, thread_id, graph, checkpoint, ns, node, question, kind, payload,
                      digest, answer, action, comment, reviewer, given, displayed, asked_at,
                      answered_at, attempts, identity, previous_hash, hash)
VALUES (:seq, :thread_id, :graph, :checkpoint, :ns, :node, :question, :kind, :payload,
        :digest, :answer, :action, :comment, :reviewer, :given, :displayed, :asked_at,
        :answered_at, :attempts, :identity, :previous_hash, :hash)

-- name: decisions
-- The whole log; columns in the order of DecisionRow.
SELECT seq, thread_id, graph, checkpoint, ns, node, question, kind, payload, digest, answer,
       action, comment, reviewer, given, displayed, asked_at, answered_at, attempts,
       identity, previous_hash, hash
FROM decision
ORDER BY seq

-- name: decisions_of_thread
-- A thread's part of the log; columns in the order of DecisionRow.
SELECT seq, thread_id, graph, checkpoint, ns, node, question, kind, payload, digest, answer,
       action, comment, reviewer, given, displayed, asked_at, answered_at, attempts,
       identity, previous_hash, hash
FROM decision
WHERE thread_id = :thread_id
ORDER BY seq

-- name: decision_columns
-- The whole log for a table: what takes few values comes as one text, cut at the escape character
-- and a comma, which no packed text holds; so a row is fewer values to convert.
SELECT seq, thread_id, checkpoint, question, payload, digest, answer, comment, displayed, asked_at,
       answered_at, attempts, previous_hash, hash,
       graph || char(27, 44) || ns || char(27, 44) || node || char(27, 44) || kind
       || char(27, 44) || action || char(27, 44) || reviewer || char(27, 44) || given
       || char(27, 44) || identity
FROM decision
ORDER BY seq
