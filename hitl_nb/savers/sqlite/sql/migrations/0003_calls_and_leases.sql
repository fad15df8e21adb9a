-- A call is written before it is made, and once more when it has ended: what has a beginning and no
-- end may have happened.
ALTER TABLE call ADD COLUMN status TEXT NOT NULL DEFAULT 'done';
ALTER TABLE call ADD COLUMN about TEXT NOT NULL DEFAULT 'null';

-- Grows with each sign of life of whoever holds the lease, so that no two clocks are compared.
ALTER TABLE thread ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0;
