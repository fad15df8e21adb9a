-- Where the reviewer's name comes from. Empty in rows of earlier versions, whose hashes do not cover
-- it, so that they still hold.
ALTER TABLE decision ADD COLUMN identity TEXT NOT NULL DEFAULT '';
