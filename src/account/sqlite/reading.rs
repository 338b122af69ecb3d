//! What is read from `directory.db`. A row of an unexpected shape is an error, never a panic nor half an account (attack F09).

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::account::columns::{folded, read_account, read_fact, state_name};
use crate::account::directory::{Census, Change};
use crate::account::{Account, DirectoryError, State};
use crate::identity::{AccountId, Email, Rpps};
use crate::observe::AuditEvent;
use crate::session::sqlite_file::SqliteFile;

pub(super) async fn account(file: &SqliteFile, id: AccountId) -> Result<Option<Account>, DirectoryError> {
    one(file, "SELECT id, version, epoch, document FROM accounts WHERE id = $1", &id.to_string()).await
}

pub(super) async fn by_legacy_id(file: &SqliteFile, legacy_id: &str) -> Result<Option<Account>, DirectoryError> {
    one(file, "SELECT id, version, epoch, document FROM accounts WHERE legacy_id = $1", legacy_id).await
}

pub(super) async fn by_sign_in_email(file: &SqliteFile, email: &Email) -> Result<Option<Account>, DirectoryError> {
    one(file, "SELECT id, version, epoch, document FROM accounts WHERE sign_in_email = $1", email.as_str()).await
}

pub(super) async fn by_link(
    file: &SqliteFile,
    identity_provider: &str,
    national_id: &str,
) -> Result<Option<Account>, DirectoryError> {
    let row = sqlx::query(
        "SELECT id, version, epoch, document FROM accounts WHERE id =
            (SELECT account_id FROM links WHERE identity_provider = $1 AND national_id = $2)",
    )
    .bind(identity_provider)
    .bind(national_id)
    .fetch_optional(file.readers())
    .await?;
    row.as_ref().map(read_row).transpose()
}

pub(super) async fn by_rpps(file: &SqliteFile, rpps: &Rpps) -> Result<Vec<Account>, DirectoryError> {
    let rows = sqlx::query("SELECT id, version, epoch, document FROM accounts WHERE rpps = $1 ORDER BY id")
        .bind(rpps.as_str())
        .fetch_all(file.readers())
        .await?;
    rows.iter().map(read_row).collect()
}

pub(super) async fn facts(
    file: &SqliteFile,
    account: AccountId,
    limit: u32,
) -> Result<Vec<AuditEvent>, DirectoryError> {
    let rows = sqlx::query("SELECT seq, document FROM audit WHERE account_id = $1 ORDER BY seq DESC LIMIT $2")
        .bind(account.to_string())
        .bind(i64::from(limit))
        .fetch_all(file.readers())
        .await?;
    rows.iter().map(|row| read_fact(row.try_get("seq")?, row.try_get("document")?)).collect()
}

pub(super) async fn list(
    file: &SqliteFile,
    state: Option<State>,
    text: Option<&str>,
    after: Option<AccountId>,
    limit: u32,
) -> Result<Vec<Account>, DirectoryError> {
    // `instr` and not `LIKE`: what is typed has no wildcards.
    let rows = sqlx::query(
        "SELECT id, version, epoch, document FROM accounts
         WHERE id > $1 AND ($2 IS NULL OR state = $2) AND ($3 IS NULL OR instr(search, $3) > 0)
         ORDER BY id LIMIT $4",
    )
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(state.map(state_name))
    .bind(text.map(folded))
    .bind(i64::from(limit))
    .fetch_all(file.readers())
    .await?;
    rows.iter().map(read_row).collect()
}

pub(super) async fn census(file: &SqliteFile) -> Result<Census, DirectoryError> {
    let row = sqlx::query(
        "SELECT count(*) FILTER (WHERE state = 'imported') AS imported,
                count(*) FILTER (WHERE state = 'activating') AS activating,
                count(*) FILTER (WHERE state = 'active') AS active,
                count(*) FILTER (WHERE state = 'disabled') AS disabled,
                count(*) FILTER (WHERE only_legacy_password = 1) AS legacy_passwords
         FROM accounts",
    )
    .fetch_one(file.readers())
    .await?;
    Ok(Census {
        imported: row.try_get("imported")?,
        activating: row.try_get("activating")?,
        active: row.try_get("active")?,
        disabled: row.try_get("disabled")?,
        legacy_passwords: row.try_get("legacy_passwords")?,
    })
}

pub(super) async fn is_revoked(file: &SqliteFile, sid: &str) -> Result<bool, DirectoryError> {
    let found =
        sqlx::query("SELECT 1 FROM revoked_sessions WHERE sid = $1").bind(sid).fetch_optional(file.readers()).await?;
    Ok(found.is_some())
}

pub(super) async fn changes_since(file: &SqliteFile, mark: i64) -> Result<(Vec<Change>, i64), DirectoryError> {
    // The change at the mark itself is read again: if it is there, none was lost between it and the next.
    let rows = sqlx::query("SELECT seq, kind, id FROM changes WHERE seq >= $1 ORDER BY seq")
        .bind(mark)
        .fetch_all(file.readers())
        .await?;
    let first: Option<i64> = rows.first().map(|row| row.try_get("seq")).transpose()?;
    let whole = match first {
        Some(first) => first == mark || (mark == 0 && first == 1),
        None => mark == 0,
    };
    let last = match rows.last() {
        Some(row) => row.try_get("seq")?,
        None => newest_change(file).await?,
    };
    if !whole {
        return Ok((vec![Change::Everything], last));
    }
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.try_get::<i64, _>("seq")? > mark {
            changes.push(read_change(row)?);
        }
    }
    Ok((changes, last))
}

async fn newest_change(file: &SqliteFile) -> Result<i64, DirectoryError> {
    Ok(sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM changes").fetch_one(file.readers()).await?)
}

async fn one(file: &SqliteFile, query: &'static str, key: &str) -> Result<Option<Account>, DirectoryError> {
    let row = sqlx::query(query).bind(key).fetch_optional(file.readers()).await?;
    row.as_ref().map(read_row).transpose()
}

fn read_row(row: &SqliteRow) -> Result<Account, DirectoryError> {
    read_account(row.try_get("id")?, row.try_get("document")?, row.try_get("version")?, row.try_get("epoch")?)
}

fn read_change(row: &SqliteRow) -> Result<Change, DirectoryError> {
    let id: String = row.try_get("id")?;
    match row.try_get::<&str, _>("kind")? {
        "account" => Ok(Change::Account(id.parse().map_err(DirectoryError::new)?)),
        "session" => Ok(Change::Session(id)),
        // A newer program tells of something unknown here: forgetting too much is never wrong.
        _ => Ok(Change::Everything),
    }
}
