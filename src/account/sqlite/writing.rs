//! What is written to `directory.db`: an account, its links, its facts and the change others must notice, in one transaction.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::error::ErrorKind;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

use crate::account::columns::Columns;
use crate::account::{Account, DirectoryError, SaveError};
use crate::observe::AuditEvent;
use crate::session::sqlite_file::{SqliteFile, nanoseconds};

/// Changes kept for those who poll; whoever missed more forgets everything.
const CHANGES_KEPT: i64 = 10_000;
/// Revoked session ids kept: longer than any session lives, and than a backup of the state that might come back.
const REVOCATIONS_KEPT: Duration = Duration::from_hours(90 * 24);

pub(super) async fn create(file: &SqliteFile, account: &Account, facts: &[AuditEvent]) -> Result<Account, SaveError> {
    let mut transaction = file.write().await.map_err(refusal)?;
    let stored = insert(&mut transaction, account, facts).await?;
    transaction.commit().await.map_err(refusal)?;
    Ok(stored)
}

pub(super) async fn save(file: &SqliteFile, account: &Account, facts: &[AuditEvent]) -> Result<Account, SaveError> {
    let mut transaction = file.write().await.map_err(refusal)?;
    let stored = update(&mut transaction, account, facts).await?;
    transaction.commit().await.map_err(refusal)?;
    Ok(stored)
}

pub(super) async fn save_all(
    file: &SqliteFile,
    changes: &[(Account, Vec<AuditEvent>)],
) -> Result<Vec<Account>, SaveError> {
    let mut transaction = file.write().await.map_err(refusal)?;
    let mut stored = Vec::with_capacity(changes.len());
    for (account, facts) in changes {
        stored.push(if account.version == 0 {
            insert(&mut transaction, account, facts).await?
        } else {
            update(&mut transaction, account, facts).await?
        });
    }
    transaction.commit().await.map_err(refusal)?;
    Ok(stored)
}

pub(super) async fn record(file: &SqliteFile, facts: &[AuditEvent]) -> Result<(), DirectoryError> {
    if facts.is_empty() {
        return Ok(());
    }
    let mut transaction = file.write().await?;
    append(&mut transaction, facts).await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn revoke_session(file: &SqliteFile, sid: &str, now: Timestamp) -> Result<(), DirectoryError> {
    let mut transaction = file.write().await?;
    let kept = i64::try_from(REVOCATIONS_KEPT.as_nanos()).unwrap_or(i64::MAX);
    sqlx::query("DELETE FROM revoked_sessions WHERE at < $1")
        .bind(nanoseconds(now).saturating_sub(kept))
        .execute(&mut *transaction)
        .await?;
    sqlx::query("INSERT INTO revoked_sessions (sid, at) VALUES ($1, $2) ON CONFLICT (sid) DO NOTHING")
        .bind(sid)
        .bind(nanoseconds(now))
        .execute(&mut *transaction)
        .await?;
    note_change(&mut transaction, "session", sid).await?;
    Ok(transaction.commit().await?)
}

async fn insert(
    connection: &mut SqliteConnection,
    account: &Account,
    facts: &[AuditEvent],
) -> Result<Account, SaveError> {
    let stored = Account { version: 1, ..account.clone() };
    let columns = Columns::of(&stored)?;
    with_columns(
        "INSERT INTO accounts (id, version, epoch, state, legacy_id, sign_in_email, rpps, only_legacy_password,
            search, document, updated_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &stored,
        &columns,
    )
    .bind(nanoseconds(stored.created_at))
    .execute(&mut *connection)
    .await
    .map_err(refusal)?;
    add_links(connection, &columns.id, &stored, &[]).await?;
    append(connection, facts).await?;
    Ok(stored)
}

async fn update(
    connection: &mut SqliteConnection,
    account: &Account,
    facts: &[AuditEvent],
) -> Result<Account, SaveError> {
    let stored = Account { version: account.version.saturating_add(1), ..account.clone() };
    let columns = Columns::of(&stored)?;
    let written = with_columns(
        "UPDATE accounts SET version = $2, epoch = $3, state = $4, legacy_id = $5, sign_in_email = $6, rpps = $7,
            only_legacy_password = $8, search = $9, document = $10, updated_at = $11
         WHERE id = $1 AND version = $12",
        &stored,
        &columns,
    )
    .bind(account.version)
    .execute(&mut *connection)
    .await
    .map_err(refusal)?;
    if written.rows_affected() == 0 {
        return Err(SaveError::Changed);
    }
    let kept = drop_links(connection, &columns.id, &stored).await?;
    add_links(connection, &columns.id, &stored, &kept).await?;
    append(connection, facts).await?;
    note_change(connection, "account", &columns.id).await?;
    Ok(stored)
}

/// A statement whose first eleven values are the account's: `$1` its id, then the columns that a change may touch, to `$11`.
fn with_columns<'q>(
    statement: &'static str,
    stored: &Account,
    columns: &'q Columns<'_>,
) -> Query<'q, Sqlite, SqliteArguments> {
    sqlx::query(statement)
        .bind(&columns.id)
        .bind(stored.version)
        .bind(stored.epoch)
        .bind(columns.state)
        .bind(columns.legacy_id)
        .bind(columns.sign_in_email)
        .bind(columns.rpps)
        .bind(columns.only_legacy_password)
        .bind(&columns.search)
        .bind(&columns.document)
        .bind(nanoseconds(stored.updated_at))
}

type LinkKey = (String, String);

/// Removes the links the account no longer has; gives those it keeps.
async fn drop_links(connection: &mut SqliteConnection, id: &str, account: &Account) -> Result<Vec<LinkKey>, SaveError> {
    let rows = sqlx::query("SELECT identity_provider, national_id FROM links WHERE account_id = $1")
        .bind(id)
        .fetch_all(&mut *connection)
        .await
        .map_err(refusal)?;
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        let key: LinkKey =
            (row.try_get("identity_provider").map_err(refusal)?, row.try_get("national_id").map_err(refusal)?);
        if account.links.iter().any(|link| link.identity_provider == key.0 && link.national_id == key.1) {
            kept.push(key);
        } else {
            sqlx::query("DELETE FROM links WHERE identity_provider = $1 AND national_id = $2")
                .bind(&key.0)
                .bind(&key.1)
                .execute(&mut *connection)
                .await
                .map_err(refusal)?;
        }
    }
    Ok(kept)
}

async fn add_links(
    connection: &mut SqliteConnection,
    id: &str,
    account: &Account,
    kept: &[LinkKey],
) -> Result<(), SaveError> {
    for link in &account.links {
        if kept.iter().any(|key| key.0 == link.identity_provider && key.1 == link.national_id) {
            continue;
        }
        sqlx::query("INSERT INTO links (identity_provider, national_id, account_id) VALUES ($1, $2, $3)")
            .bind(&link.identity_provider)
            .bind(&link.national_id)
            .bind(id)
            .execute(&mut *connection)
            .await
            .map_err(refusal)?;
    }
    Ok(())
}

async fn append(connection: &mut SqliteConnection, facts: &[AuditEvent]) -> Result<(), DirectoryError> {
    for fact in facts {
        let document = serde_json::to_string(fact).map_err(DirectoryError::new)?;
        sqlx::query("INSERT INTO audit (at, fact, account_id, document) VALUES ($1, $2, $3, $4)")
            .bind(nanoseconds(fact.at))
            .bind(fact.fact.as_str())
            .bind(fact.account.map(|id| id.to_string()))
            .bind(document)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn note_change(connection: &mut SqliteConnection, kind: &str, id: &str) -> Result<(), DirectoryError> {
    let added = sqlx::query("INSERT INTO changes (kind, id) VALUES ($1, $2)")
        .bind(kind)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM changes WHERE seq <= $1")
        .bind(added.last_insert_rowid().saturating_sub(CHANGES_KEPT))
        .execute(connection)
        .await?;
    Ok(())
}

/// What a constraint means. SQLite names the columns that are no longer unique.
fn refusal(error: sqlx::Error) -> SaveError {
    let broken = error
        .as_database_error()
        .filter(|error| error.kind() == ErrorKind::UniqueViolation)
        .map(|error| error.message().to_owned());
    match broken {
        Some(columns) if columns.ends_with("accounts.sign_in_email") => SaveError::EmailTaken,
        Some(columns) if columns.ends_with("accounts.legacy_id") => SaveError::LegacyIdTaken,
        Some(columns) if columns.ends_with("links.national_id") => SaveError::LinkTaken,
        Some(columns) if columns.ends_with("accounts.id") => SaveError::Changed,
        Some(_) | None => SaveError::Directory(error.into()),
    }
}
