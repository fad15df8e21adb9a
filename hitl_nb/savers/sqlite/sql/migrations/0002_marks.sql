-- What people note on a question while it is open: it goes as soon as the question is closed.
CREATE TABLE mark (
    question INTEGER PRIMARY KEY REFERENCES question ON DELETE CASCADE,
    assigned TEXT NOT NULL,
    snoozed TEXT NOT NULL,
    draft TEXT NOT NULL
) STRICT;

CREATE TRIGGER mark_goes_with_its_question AFTER UPDATE OF status ON question
WHEN new.status <> 'open'
BEGIN
    DELETE FROM mark WHERE question = new.key;
END;
