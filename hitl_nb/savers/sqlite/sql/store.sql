-- name: application_id
-- Tells a store from another program's database; reads the file's first page and nothing else.
PRAGMA application_id

-- name: table_names
-- Tells an empty database from one in use.
SELECT name FROM sqlite_schema WHERE type = 'table'

-- name: trigger_names
-- Those that guard the decision log must be there.
SELECT name FROM sqlite_schema WHERE type = 'trigger'

-- name: schema_number
-- The newest migration this file has seen, by whichever version.
SELECT max(number) FROM migration

-- name: record_migration
-- In the transaction of the migration itself, so that neither is there without the other.
INSERT INTO migration (number, name, applied_at) VALUES (:number, :name, :applied_at)

-- name: write_ahead
-- Readers do not wait for the writer, and a commit is one append.
PRAGMA journal_mode = WAL

-- name: keep_journal_small
-- A journal that one large write made long is cut again.
PRAGMA journal_size_limit = 4194304

-- name: enforce_references
-- Deleting a thread deletes what belongs to it.
PRAGMA foreign_keys = ON

-- name: distrust_schema
-- A file somebody else made must not call functions with side effects from its triggers.
PRAGMA trusted_schema = OFF

-- name: check_cells
-- Find a damaged page when it is read, not when its damage has spread.
PRAGMA cell_size_check = ON

-- name: sync_always
-- An answer is on disk when the call returns.
PRAGMA synchronous = FULL

-- name: sync_lazily
-- A step survives the process, not a power cut; it can be run again, an answer cannot.
PRAGMA synchronous = NORMAL

-- name: begin_reading
-- Several reads that agree with each other.
BEGIN

-- name: begin_writing
-- Takes the write lock at once, so that nothing read before writing can be out of date.
BEGIN IMMEDIATE

-- name: data_version
-- Another number once another connection has written.
PRAGMA data_version

-- name: commit
-- All of it.
COMMIT

-- name: roll_back
-- None of it.
ROLLBACK

-- name: files
-- Where somebody else's connection keeps its data.
PRAGMA database_list
