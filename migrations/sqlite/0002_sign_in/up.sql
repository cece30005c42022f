-- Signing in: sessions, one-time links, and more about accounts and tokens. Of secrets, only hashes are kept.

ALTER TABLE account ADD COLUMN signed_in_at INTEGER;

CREATE TABLE session (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account);

-- A link that works once. The first administrator's belongs to no account yet.
CREATE TABLE link (
    hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    account INTEGER REFERENCES account (key) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX link_account ON link (account);

ALTER TABLE token ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN created_by TEXT NOT NULL DEFAULT '';

-- The secret that a rotated token had before, while it is still taken.
CREATE TABLE token_former (
    hash BLOB NOT NULL PRIMARY KEY,
    token INTEGER NOT NULL REFERENCES token (key) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_former_token ON token_former (token);
