-- name: keys_of_waiting
-- All that wait, without reading what they show. What a fork left behind is open and waits no more;
-- nor does a question yet whose task has not paused, because it may be decided without anybody.
SELECT question.key
FROM question
JOIN checkpoint ON checkpoint.key = question.checkpoint
WHERE question.status = 'open'
  AND checkpoint.key = (SELECT max(newest.key) FROM checkpoint AS newest
                        WHERE newest.thread = question.thread AND newest.ns = checkpoint.ns)
  AND EXISTS (SELECT 1 FROM outcome
              WHERE outcome.checkpoint = question.checkpoint AND outcome.task = question.task)
ORDER BY question.key

-- name: waiting_by_key
-- Columns in the order of WaitingRow, but for what is listed. Of the payload only what was asked for
-- is taken out, as JSON; :paths stands for as many paths as there are, at least two.
SELECT question.key, thread.id, thread.graph, question.id, node, kind, asked_at,
       iif(json_type(payload, '$.context') = 'object',
           substr(json_extract(payload, '$.context'), 1, 200), ''),
       iif(json_type(payload) = 'text', substr(payload, 1, 400),
           json_extract(payload, :paths))
FROM question
JOIN thread ON thread.key = question.thread
WHERE question.key IN (SELECT value FROM json_each(:keys))

-- name: waiting_with_text
-- The text as it is inside JSON, in lower case.
SELECT key FROM question WHERE status = 'open' AND instr(lower(payload), :text)

-- name: marks
-- Of all open questions that have some.
SELECT question, assigned, snoozed, draft FROM mark

-- name: marks_of
-- Of one question.
SELECT assigned, snoozed, draft FROM mark WHERE question = :question

-- name: set_marks
-- All of them at once.
INSERT INTO mark (question, assigned, snoozed, draft)
VALUES (:question, :assigned, :snoozed, :draft)
ON CONFLICT (question) DO UPDATE
SET assigned = excluded.assigned, snoozed = excluded.snoozed, draft = excluded.draft

-- name: drop_marks
-- Nothing is noted any more.
DELETE FROM mark WHERE question = :question
