//! Sessions and the causes of their end. A row that cannot be read is a session that is not there.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::identity::AccountId;
use crate::session::sqlite_file::{SqliteFile, instant, nanoseconds};
use crate::session::{EndCause, Session, SessionKey, StoreError, Stored};

/// Shape of the documents written here. Raise it when an older program must not read them.
const FORMAT: i64 = 1;
/// Touches in one transaction: many, and few enough that a sign-in waiting for the write lock does not notice.
const TOUCHES_AT_ONCE: usize = 500;
/// How long the cause of an end is kept (decision 58).
const CAUSE_KEPT: Duration = Duration::from_hours(24);

pub(super) async fn open(file: &SqliteFile, key: SessionKey, session: &Session) -> Result<(), StoreError> {
    let mut transaction = file.write().await?;
    insert(&mut transaction, key, session).await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn session(
    file: &SqliteFile,
    key: SessionKey,
    now: Timestamp,
) -> Result<Option<Stored<Session>>, StoreError> {
    let row = sqlx::query(
        "SELECT key, version, last_seen, format, document FROM sessions WHERE key = $1 AND expires_at > $2",
    )
    .bind(bytes(&key))
    .bind(nanoseconds(now))
    .fetch_optional(file.readers())
    .await?;
    let Some(row) = row else { return Ok(None) };
    match read(&row)? {
        Row::Session(stored) => Ok((stored.value.expires_at > now).then_some(*stored)),
        Row::OtherFormat => Ok(None),
        Row::Garbage => {
            tracing::warn!("a session could not be read; it is removed and its owner signs in again");
            let mut transaction = file.write().await?;
            sqlx::query("DELETE FROM sessions WHERE key = $1 AND version = $2")
                .bind(bytes(&key))
                .bind(row.try_get::<i64, _>("version")?)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(None)
        }
    }
}

pub(super) async fn replace(
    file: &SqliteFile,
    key: SessionKey,
    version: i64,
    session: &Session,
) -> Result<bool, StoreError> {
    let document = serde_json::to_string(session).map_err(StoreError::new)?;
    let mut transaction = file.write().await?;
    let written = sqlx::query(
        "UPDATE sessions SET version = version + 1, account_id = $3, expires_at = $4,
            last_seen = max(last_seen, $5), format = $6, document = $7
         WHERE key = $1 AND version = $2",
    )
    .bind(bytes(&key))
    .bind(version)
    .bind(session.account.to_string())
    .bind(nanoseconds(session.expires_at))
    .bind(nanoseconds(session.last_seen))
    .bind(FORMAT)
    .bind(document)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(written.rows_affected() == 1)
}

pub(super) async fn renew(
    file: &SqliteFile,
    old: SessionKey,
    version: i64,
    new: SessionKey,
    session: &Session,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut transaction = file.write().await?;
    let removed = sqlx::query("DELETE FROM sessions WHERE key = $1 AND version = $2 AND expires_at > $3")
        .bind(bytes(&old))
        .bind(version)
        .bind(nanoseconds(now))
        .execute(&mut *transaction)
        .await?;
    if removed.rows_affected() == 0 {
        return Ok(false);
    }
    keep_cause(&mut transaction, old, EndCause::Renewed, now).await?;
    insert(&mut transaction, new, session).await?;
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn touch(file: &SqliteFile, seen: &[(SessionKey, Timestamp)]) -> Result<(), StoreError> {
    for group in seen.chunks(TOUCHES_AT_ONCE) {
        let mut transaction = file.write().await?;
        for (key, at) in group {
            sqlx::query("UPDATE sessions SET last_seen = $2 WHERE key = $1 AND last_seen < $2")
                .bind(bytes(key))
                .bind(nanoseconds(*at))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

pub(super) async fn end(
    file: &SqliteFile,
    key: SessionKey,
    cause: EndCause,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut transaction = file.write().await?;
    let removed = sqlx::query("DELETE FROM sessions WHERE key = $1 AND expires_at > $2")
        .bind(bytes(&key))
        .bind(nanoseconds(now))
        .execute(&mut *transaction)
        .await?;
    if removed.rows_affected() == 0 {
        return Ok(false);
    }
    keep_cause(&mut transaction, key, cause, now).await?;
    transaction.commit().await?;
    Ok(true)
}

pub(super) async fn end_all(
    file: &SqliteFile,
    account: AccountId,
    except: Option<SessionKey>,
    cause: EndCause,
    now: Timestamp,
) -> Result<Vec<SessionKey>, StoreError> {
    let mut transaction = file.write().await?;
    let rows = sqlx::query(
        "DELETE FROM sessions WHERE account_id = $1 AND ($2 IS NULL OR key <> $2) AND expires_at > $3 RETURNING key",
    )
    .bind(account.to_string())
    .bind(except.as_ref().map(bytes))
    .bind(nanoseconds(now))
    .fetch_all(&mut *transaction)
    .await?;
    let mut ended = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(key) = key_of(row)? {
            keep_cause(&mut transaction, key, cause, now).await?;
            ended.push(key);
        }
    }
    transaction.commit().await?;
    Ok(ended)
}

pub(super) async fn sessions_of(
    file: &SqliteFile,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<(SessionKey, Session)>, StoreError> {
    let rows = sqlx::query(
        "SELECT key, version, last_seen, format, document FROM sessions WHERE account_id = $1 AND expires_at > $2",
    )
    .bind(account.to_string())
    .bind(nanoseconds(now))
    .fetch_all(file.readers())
    .await?;
    with_keys(&rows)
}

pub(super) async fn lapsed(
    file: &SqliteFile,
    idle_since: Timestamp,
    now: Timestamp,
    most: usize,
) -> Result<Vec<(SessionKey, Session)>, StoreError> {
    let rows = sqlx::query(
        "SELECT key, version, last_seen, format, document FROM sessions
         WHERE expires_at <= $1 OR last_seen <= $2 ORDER BY last_seen LIMIT $3",
    )
    .bind(nanoseconds(now))
    .bind(nanoseconds(idle_since))
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(file.readers())
    .await?;
    with_keys(&rows)
}

/// The sessions of these rows; what cannot be read is left out.
fn with_keys(rows: &[SqliteRow]) -> Result<Vec<(SessionKey, Session)>, StoreError> {
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        if let (Some(key), Row::Session(stored)) = (key_of(row)?, read(row)?) {
            sessions.push((key, stored.value));
        }
    }
    Ok(sessions)
}

pub(super) async fn ended(file: &SqliteFile, key: SessionKey, now: Timestamp) -> Result<Option<EndCause>, StoreError> {
    // The second part tells of a session that reached its absolute end and was not swept yet.
    let cause: Option<String> = sqlx::query_scalar(
        "SELECT cause FROM ended WHERE key = $1 AND forget_at > $2
         UNION ALL SELECT 'absolute' FROM sessions WHERE key = $1 AND expires_at <= $2 AND expires_at > $2 - $3 LIMIT 1",
    )
    .bind(bytes(&key))
    .bind(nanoseconds(now))
    .bind(cause_kept())
    .fetch_optional(file.readers())
    .await?;
    Ok(cause.and_then(|cause| read_cause(&cause)))
}

pub(super) async fn sweep(file: &SqliteFile, now: Timestamp) -> Result<(), StoreError> {
    let mut transaction = file.write().await?;
    sqlx::query(
        "INSERT INTO ended (key, cause, forget_at) SELECT key, 'absolute', expires_at + $2 FROM sessions
         WHERE expires_at <= $1 AND expires_at > $1 - $2 ON CONFLICT (key) DO NOTHING",
    )
    .bind(nanoseconds(now))
    .bind(cause_kept())
    .execute(&mut *transaction)
    .await?;
    for statement in ["DELETE FROM sessions WHERE expires_at <= $1", "DELETE FROM ended WHERE forget_at <= $1"] {
        sqlx::query(statement).bind(nanoseconds(now)).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

async fn insert(connection: &mut SqliteConnection, key: SessionKey, session: &Session) -> Result<(), StoreError> {
    let document = serde_json::to_string(session).map_err(StoreError::new)?;
    // A key that ended stays dead, were it drawn or replayed again.
    let added = sqlx::query(
        "INSERT INTO sessions (key, version, account_id, expires_at, last_seen, format, document)
         SELECT $1, 1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM ended WHERE key = $1)",
    )
    .bind(bytes(&key))
    .bind(session.account.to_string())
    .bind(nanoseconds(session.expires_at))
    .bind(nanoseconds(session.last_seen))
    .bind(FORMAT)
    .bind(document)
    .execute(connection)
    .await?;
    if added.rows_affected() == 1 { Ok(()) } else { Err(StoreError::new("a session key was used before")) }
}

async fn keep_cause(
    connection: &mut SqliteConnection,
    key: SessionKey,
    cause: EndCause,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO ended (key, cause, forget_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING")
        .bind(bytes(&key))
        .bind(cause_name(cause))
        .bind(nanoseconds(now).saturating_add(cause_kept()))
        .execute(connection)
        .await?;
    Ok(())
}

enum Row {
    Session(Box<Stored<Session>>),
    OtherFormat,
    Garbage,
}

fn read(row: &SqliteRow) -> Result<Row, StoreError> {
    if row.try_get::<i64, _>("format")? != FORMAT {
        return Ok(Row::OtherFormat);
    }
    let Ok(document) = row.try_get::<&str, _>("document") else { return Ok(Row::Garbage) };
    let Ok(mut session) = serde_json::from_str::<Session>(document) else { return Ok(Row::Garbage) };
    session.last_seen = session.last_seen.max(instant(row.try_get("last_seen")?));
    Ok(Row::Session(Box::new(Stored { version: row.try_get("version")?, value: session })))
}

fn key_of(row: &SqliteRow) -> Result<Option<SessionKey>, StoreError> {
    let stored: &[u8] = row.try_get("key")?;
    Ok(stored.try_into().ok().map(SessionKey::from_bytes))
}

fn bytes(key: &SessionKey) -> &[u8] {
    key.as_bytes()
}

fn cause_kept() -> i64 {
    i64::try_from(CAUSE_KEPT.as_nanos()).unwrap_or(i64::MAX)
}

fn cause_name(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Idle => "idle",
        EndCause::Absolute => "absolute",
        EndCause::SignedOut => "signed-out",
        EndCause::Revoked => "revoked",
        EndCause::Provider => "provider",
        EndCause::Renewed => "renewed",
    }
}

fn read_cause(name: &str) -> Option<EndCause> {
    let deserializer: StrDeserializer<'_, ValueError> = name.into_deserializer();
    EndCause::deserialize(deserializer).ok()
}
