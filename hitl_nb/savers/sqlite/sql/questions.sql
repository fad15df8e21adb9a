-- name: ask
-- Asked again at the same checkpoint, only a stale question opens again.
INSERT INTO question (thread, checkpoint, id, task, node, name, kind, payload, digest, schema,
                      asked_at, previous, attempts)
VALUES (:thread, :checkpoint, :id, :task, :node, :name, :kind, :payload, :digest, :schema,
        :asked_at, :previous, :attempts)
ON CONFLICT (checkpoint, id) DO UPDATE
SET status = 'open', task = excluded.task, node = excluded.node, name = excluded.name,
    kind = excluded.kind, payload = excluded.payload, digest = excluded.digest,
    schema = excluded.schema, asked_at = excluded.asked_at, previous = excluded.previous,
    attempts = excluded.attempts
WHERE status = 'stale'

-- name: make_stale
-- The state was edited under an open question.
UPDATE question SET status = 'stale' WHERE thread = :thread AND id = :id AND status = 'open'

-- name: make_older_stale
-- The same question asked at another checkpoint: the newest counts.
UPDATE question SET status = 'stale'
WHERE thread = :thread AND id = :id AND status = 'open' AND checkpoint <> :checkpoint

-- name: question_to_answer
-- The open one of that id, else the newest, with the decision that closed it.
SELECT question.key, question.status, question.digest, question.node, question.kind,
       question.payload, question.asked_at, question.attempts, checkpoint.id AS checkpoint,
       checkpoint.ns, question.decision, decision.answer, decision.reviewer,
       decision.answered_at
FROM question
JOIN checkpoint ON checkpoint.key = question.checkpoint
LEFT JOIN decision ON decision.seq = question.decision
                  AND decision.question = question.id AND decision.digest = question.digest
WHERE question.thread = :thread AND question.id = :id
ORDER BY question.status = 'open' DESC, question.key DESC
LIMIT 1

-- name: close_question
-- Finds no row if somebody closed it first.
UPDATE question SET status = 'answered', decision = :decision
WHERE key = :key AND status = 'open' AND digest = :digest

-- name: questions_at
-- Those of one superstep, with their answers; columns in the order of QuestionRow. A number alone
-- does not make a decision the question's own: it may have been freed and used again.
SELECT question.id, checkpoint.ns, checkpoint.id, task, question.node, name, question.kind,
       question.payload, question.digest, schema, question.asked_at, previous,
       question.attempts, status, decision.answer, question.decision
FROM question
JOIN checkpoint ON checkpoint.key = question.checkpoint
LEFT JOIN decision ON decision.seq = question.decision
                  AND decision.question = question.id AND decision.digest = question.digest
WHERE question.checkpoint = :checkpoint
ORDER BY question.key

-- name: questions_of_thread
-- Columns in the order of QuestionRow, then status and thread.
SELECT question.id, checkpoint.ns, checkpoint.id, task, node, name, kind, payload, digest,
       schema, asked_at, previous, attempts, question.status, thread.id
FROM question
JOIN checkpoint ON checkpoint.key = question.checkpoint
JOIN thread ON thread.key = question.thread
WHERE thread.id = :thread_id AND (:status IS NULL OR question.status = :status)
ORDER BY question.key

-- name: open_questions
-- What an inbox lists; the partial index makes it independent of how many were answered.
SELECT question.id, checkpoint.ns, checkpoint.id, task, node, name, kind, payload, digest,
       schema, asked_at, previous, attempts, question.status, thread.id
FROM question
JOIN checkpoint ON checkpoint.key = question.checkpoint
JOIN thread ON thread.key = question.thread
WHERE question.status = 'open'
ORDER BY question.key

-- name: questions_of_store
-- Of all threads, whatever became of them.
SELECT question.id, checkpoint.ns, checkpoint.id, task, node, name, kind, payload, digest,
       schema, asked_at, previous, attempts, question.status, thread.id
FROM question
JOIN checkpoint ON checkpoint.key = question.checkpoint
JOIN thread ON thread.key = question.thread
WHERE :status IS NULL OR question.status = :status
ORDER BY question.key

-- name: copy_questions
-- An open question's id commits to the thread it was asked in, so in the copy it is stale.
INSERT INTO question (thread, checkpoint, id, task, node, name, kind, payload, digest, schema,
                      asked_at, previous, attempts, status, decision)
SELECT :copy, checkpoint + :distance, id, task, node, name, kind, payload, digest, schema,
       asked_at, previous, attempts, iif(status = 'open', 'stale', status), decision
FROM question
WHERE thread = :thread
ORDER BY key
