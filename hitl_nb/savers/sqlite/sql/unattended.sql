-- name: unattended
-- Threads that may have to go on although nobody runs them: somebody holds them, who may be dead;
-- a server handed them over; or a question was answered where they stand. One that waits for its
-- first answer costs a probe of an index. Columns as in `thread`.
SELECT id, graph, status, error, created_at, updated_at,
       key, fence, host, pid, started, since, renewals
FROM thread
WHERE pid IS NOT NULL
   OR (status = 'running' AND error = :handed_over)
   OR (status IN ('running', 'waiting') AND EXISTS (
        SELECT 1
        FROM question
        JOIN checkpoint AS place ON place.key = question.checkpoint
        WHERE question.thread = thread.key AND question.status = 'answered'
          AND place.key = (SELECT max(newest.key) FROM checkpoint AS newest
                           WHERE newest.thread = thread.key AND newest.ns = place.ns)
   ))
ORDER BY thread.updated_at

-- name: decided_since
-- Threads with a newer entry in the decision log. Columns as in `thread`.
SELECT id, graph, status, error, created_at, updated_at,
       key, fence, host, pid, started, since, renewals
FROM thread
WHERE id IN (SELECT thread_id FROM decision WHERE seq > :seq)
