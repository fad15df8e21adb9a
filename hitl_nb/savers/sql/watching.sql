-- name: data_version
-- Differs from one look to the next if another connection, of whichever process, wrote between.
PRAGMA data_version
