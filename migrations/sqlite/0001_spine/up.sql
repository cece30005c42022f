-- The spine: documents, their parts, bodies and versions; what is derived from them; the log and its followers.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE content_type (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,
    storage TEXT NOT NULL
) STRICT;

CREATE TABLE model_change (
    version INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    conversion TEXT NOT NULL,
    PRIMARY KEY (version, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE role (
    name TEXT NOT NULL PRIMARY KEY,
    definition TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT,
    disabled INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account_role (
    account INTEGER NOT NULL REFERENCES account (key) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (account, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    hash BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE TABLE document (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL UNIQUE,
    type INTEGER NOT NULL REFERENCES content_type (key),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    position TEXT,
    parent INTEGER REFERENCES document (key),
    trashed_at INTEGER,
    trashed_by TEXT
) STRICT;
CREATE INDEX document_type ON document (type, key);
CREATE INDEX document_parent ON document (parent, position) WHERE parent IS NOT NULL;
CREATE INDEX document_position ON document (type, position) WHERE position IS NOT NULL;
CREATE INDEX document_trashed ON document (type, trashed_at) WHERE trashed_at IS NOT NULL;

-- An erased document: its id is never given again.
CREATE TABLE tombstone (
    document_id TEXT NOT NULL PRIMARY KEY,
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Immutable content: JSON by field ids, its first byte telling whether it is compressed.
CREATE TABLE body (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    doc INTEGER NOT NULL REFERENCES document (key),
    model_version INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE INDEX body_doc ON body (doc);

-- The shared part (locale '') of a document, or its part in one locale.
CREATE TABLE part (
    doc INTEGER NOT NULL REFERENCES document (key),
    locale TEXT NOT NULL,
    revision INTEGER NOT NULL,
    head INTEGER NOT NULL REFERENCES body (key),
    saved_at INTEGER NOT NULL,
    saved_by TEXT NOT NULL,
    published INTEGER REFERENCES body (key),
    published_version INTEGER,
    published_at INTEGER,
    released_at INTEGER,
    PRIMARY KEY (doc, locale)
) STRICT, WITHOUT ROWID;

CREATE TABLE version (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    doc INTEGER NOT NULL REFERENCES document (key),
    locale TEXT NOT NULL,
    number INTEGER NOT NULL,
    body INTEGER NOT NULL REFERENCES body (key),
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    published_at INTEGER,
    UNIQUE (doc, locale, number)
) STRICT;
CREATE INDEX version_body ON version (body);

-- Derived: what delivery hands out, one row a published document and locale.
CREATE TABLE rendered (
    doc INTEGER NOT NULL,
    locale TEXT NOT NULL,
    type INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (doc, locale)
) STRICT;

CREATE INDEX rendered_epoch ON rendered (type, epoch, doc);

-- Derived: who holds a unique value in the published state.
CREATE TABLE claim (
    type INTEGER NOT NULL,
    field TEXT NOT NULL,
    locale TEXT NOT NULL,
    value TEXT NOT NULL,
    doc INTEGER NOT NULL,
    PRIMARY KEY (type, field, locale, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_doc ON claim (doc);

-- Derived: references of a part, in the draft (0) and the published (1) state.
CREATE TABLE ref (
    src INTEGER NOT NULL,
    state INTEGER NOT NULL,
    locale TEXT NOT NULL,
    path TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    dst INTEGER NOT NULL,
    type INTEGER NOT NULL,
    PRIMARY KEY (src, state, locale, path, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX ref_dst ON ref (dst, type, path, state, locale, src);

-- References of an import whose target has not appeared yet.
CREATE TABLE pending (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    doc INTEGER NOT NULL REFERENCES document (key),
    locale TEXT NOT NULL,
    path TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    targets TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_value ON pending (field, value);
CREATE INDEX pending_doc ON pending (doc);

-- Derived in its current rows; the others are redirects and are kept.
CREATE TABLE url (
    path TEXT NOT NULL PRIMARY KEY,
    doc INTEGER NOT NULL,
    locale TEXT NOT NULL,
    current INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX url_doc ON url (doc, locale);

CREATE TABLE event (
    seq INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    type TEXT,
    doc INTEGER,
    document_id TEXT,
    locale TEXT,
    fields TEXT,
    version INTEGER,
    actor TEXT NOT NULL,
    live INTEGER NOT NULL
) STRICT;

CREATE TABLE follower (
    name TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL,
    epoch TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    holder TEXT,
    leased_until INTEGER,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The answer to a save, by the client's id for it.
CREATE TABLE receipt (
    doc INTEGER NOT NULL,
    save_id TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (doc, save_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_created ON receipt (created_at);
