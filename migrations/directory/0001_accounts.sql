-- What must never be lost. STRICT: a value of the wrong type is refused when written, not met when read.
-- Instants are nanoseconds since 1970 (UTC). Text is compared byte by byte.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    state TEXT NOT NULL,
    legacy_id TEXT UNIQUE,
    sign_in_email TEXT UNIQUE,
    -- Indexed and not unique: one person may have two practices, and a declared number proves nothing.
    rpps TEXT,
    only_legacy_password INTEGER NOT NULL,
    search TEXT NOT NULL,
    -- The whole account; the columns above are what is looked up, and `version` and `epoch` win over it.
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX accounts_rpps ON accounts (rpps) WHERE rpps IS NOT NULL;
CREATE INDEX accounts_state ON accounts (state, only_legacy_password);

CREATE TABLE links (
    identity_provider TEXT NOT NULL,
    national_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (identity_provider, national_id),
    UNIQUE (account_id, identity_provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    fact TEXT NOT NULL,
    account_id TEXT,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX audit_account ON audit (account_id, seq);
CREATE TRIGGER audit_is_never_rewritten BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_is_never_erased BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    sealed TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

CREATE TABLE revoked_sessions (
    sid TEXT PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What other processes must notice. Numbers have no gap, so that a reader sees when it missed some.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL
) STRICT;

PRAGMA user_version = 1;
