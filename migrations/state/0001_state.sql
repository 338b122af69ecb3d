-- What expires. Losing it all means that people sign in again, nothing worse.
-- Instants are nanoseconds since 1970 (UTC).

CREATE TABLE sessions (
    key BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Moved by `touch` without rewriting the document; the later of the two counts.
    last_seen INTEGER NOT NULL,
    -- Shape of `document`; a row of a shape this program does not know is not there for it.
    format INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE ended (
    key BLOB PRIMARY KEY NOT NULL,
    cause TEXT NOT NULL,
    forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_expiry ON ended (forget_at);

CREATE TABLE records (
    -- Order of creation; never used twice, so that versions drawn from it are not either.
    created INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX records_expiry ON records (expires_at);

CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    taken INTEGER NOT NULL,
    since INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX counters_expiry ON counters (forget_at);

CREATE TABLE consumed (
    secret TEXT PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consumed_expiry ON consumed (expires_at);

PRAGMA user_version = 1;
