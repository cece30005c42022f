-- Files, the folders they are sorted into, where documents show them, and uploads that come in pieces.

CREATE TABLE media_folder (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    -- 0 at the top.
    parent INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (parent, name)
) STRICT;

CREATE TABLE asset (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    -- SHA-256 of the bytes, under which they are kept.
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    animated INTEGER NOT NULL,
    color TEXT,
    placeholder TEXT,
    focal_x INTEGER,
    focal_y INTEGER,
    -- {"en": {"alternativeText": …, "caption": …, "title": …}}
    texts TEXT NOT NULL,
    tags TEXT NOT NULL,
    -- Folded name, texts and tags.
    search TEXT NOT NULL,
    folder INTEGER NOT NULL,
    private INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    trashed_at INTEGER
) STRICT;
CREATE INDEX asset_hash ON asset (hash);
CREATE INDEX asset_folder ON asset (folder, key);

-- Derived of documents, like `ref`.
CREATE TABLE media_ref (
    src INTEGER NOT NULL,
    state INTEGER NOT NULL,
    locale TEXT NOT NULL,
    path TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    PRIMARY KEY (src, state, locale, path, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_ref_asset ON media_ref (asset, src);

-- Bytes that nobody has any more, while they are being removed.
CREATE TABLE blob_doomed (
    hash TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An upload in pieces: each piece is an object of its own until the last one is there.
CREATE TABLE media_upload (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    size INTEGER NOT NULL,
    received INTEGER NOT NULL,
    -- Names of the pieces, in order, each with a space before it.
    pieces TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The id of the asset, once it is made.
    asset TEXT
) STRICT, WITHOUT ROWID;
