-- How many rows a thread has written, so that one that is gone is missed. SQLite counts them by
-- itself: whoever inserts a row cannot forget to, and whoever removes one changes no count.
ALTER TABLE thread ADD COLUMN checkpoints INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN outcomes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN questions INTEGER NOT NULL DEFAULT 0;

UPDATE thread SET
    checkpoints = (SELECT count(*) FROM checkpoint WHERE checkpoint.thread = thread.key),
    questions = (SELECT count(*) FROM question WHERE question.thread = thread.key),
    outcomes = (SELECT count(*) FROM checkpoint
                JOIN outcome ON outcome.checkpoint = checkpoint.key
                WHERE checkpoint.thread = thread.key),
    calls = (SELECT count(*) FROM checkpoint
             JOIN call ON call.checkpoint = checkpoint.key
             WHERE checkpoint.thread = thread.key);

-- The next keys that were nobody's before, lest rows that lost what they belong to become others'.
CREATE VIEW free_thread (key) AS
SELECT 1 + max(ifnull((SELECT max(key) FROM thread), 0),
               ifnull((SELECT max(thread) FROM checkpoint), 0));

CREATE VIEW free_checkpoint (key) AS
SELECT 1 + max(ifnull((SELECT max(key) FROM checkpoint), 0),
               ifnull((SELECT max(checkpoint) FROM outcome), 0),
               ifnull((SELECT max(checkpoint) FROM call), 0),
               ifnull((SELECT max(checkpoint) FROM question), 0));

CREATE TRIGGER checkpoint_is_counted AFTER INSERT ON checkpoint
BEGIN
    UPDATE thread SET checkpoints = checkpoints + 1 WHERE key = NEW.thread;
END;

CREATE TRIGGER question_is_counted AFTER INSERT ON question
BEGIN
    UPDATE thread SET questions = questions + 1 WHERE key = NEW.thread;
END;

-- Before, because one that replaces another is no further one.
CREATE TRIGGER outcome_is_counted BEFORE INSERT ON outcome
WHEN NOT EXISTS (SELECT 1 FROM outcome WHERE checkpoint = NEW.checkpoint AND task = NEW.task)
BEGIN
    UPDATE thread SET outcomes = outcomes + 1
    WHERE key = (SELECT thread FROM checkpoint WHERE key = NEW.checkpoint);
END;

CREATE TRIGGER call_is_counted BEFORE INSERT ON call
WHEN NOT EXISTS (SELECT 1 FROM call
                 WHERE checkpoint = NEW.checkpoint AND task = NEW.task AND name = NEW.name)
BEGIN
    UPDATE thread SET calls = calls + 1
    WHERE key = (SELECT thread FROM checkpoint WHERE key = NEW.checkpoint);
END;
