-- For people who edit: saved views, the site's settings, and who changed the model when.

CREATE TABLE saved_view (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    shared INTEGER NOT NULL,
    query TEXT NOT NULL,
    columns TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (type, owner, name)
) STRICT;

CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE model_history (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    steps TEXT NOT NULL
) STRICT;
