//! Records of flows, written by compare-and-set, and one-shot secrets. What a record holds is its writer's business.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::session::sqlite_file::{SqliteFile, nanoseconds};
use crate::session::{StoreError, Stored};

pub(super) async fn record(
    file: &SqliteFile,
    key: &str,
    now: Timestamp,
) -> Result<Option<Stored<Vec<u8>>>, StoreError> {
    let row = sqlx::query("SELECT version, value FROM records WHERE key = $1 AND expires_at > $2")
        .bind(key)
        .bind(nanoseconds(now))
        .fetch_optional(file.readers())
        .await?;
    row.map(|row| Ok(Stored { version: row.try_get("version")?, value: row.try_get("value")? })).transpose()
}

pub(super) async fn put_record(
    file: &SqliteFile,
    key: &str,
    expected: Option<i64>,
    value: &[u8],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut transaction = file.write().await?;
    let written = if let Some(version) = expected {
        sqlx::query(
            "UPDATE records SET version = version + 1, value = $3, expires_at = $4
             WHERE key = $1 AND version = $2 AND expires_at > $5",
        )
        .bind(key)
        .bind(version)
        .bind(value)
        .bind(nanoseconds(expires_at))
        .bind(nanoseconds(now))
        .execute(&mut *transaction)
        .await?
    } else {
        sqlx::query("DELETE FROM records WHERE key = $1 AND expires_at <= $2")
            .bind(key)
            .bind(nanoseconds(now))
            .execute(&mut *transaction)
            .await?;
        let added = sqlx::query(
            "INSERT INTO records (key, version, value, expires_at) VALUES ($1, 0, $2, $3) ON CONFLICT (key) DO NOTHING",
        )
        .bind(key)
        .bind(value)
        .bind(nanoseconds(expires_at))
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() == 1 {
            // A million versions apart: a version read of a record since removed never fits the one that took its place.
            sqlx::query("UPDATE records SET version = created * 1048576 WHERE key = $1")
                .bind(key)
                .execute(&mut *transaction)
                .await?;
        }
        added
    };
    transaction.commit().await?;
    Ok(written.rows_affected() == 1)
}

pub(super) async fn remove_record(file: &SqliteFile, key: &str) -> Result<bool, StoreError> {
    let mut transaction = file.write().await?;
    let removed = sqlx::query("DELETE FROM records WHERE key = $1").bind(key).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(removed.rows_affected() == 1)
}

pub(super) async fn trim_records(file: &SqliteFile, prefix: &str, keep: usize) -> Result<(), StoreError> {
    let keep = i64::try_from(keep).unwrap_or(i64::MAX);
    // Keys are compared as bytes: those that start with the prefix are together, before the prefix and the last character there is.
    let end = format!("{prefix}\u{10FFFF}");
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM records WHERE key >= $1 AND key < $2")
        .bind(prefix)
        .bind(&end)
        .fetch_one(file.readers())
        .await?;
    if count <= keep {
        return Ok(());
    }
    let mut transaction = file.write().await?;
    sqlx::query(
        "DELETE FROM records WHERE created IN
            (SELECT created FROM records WHERE key >= $1 AND key < $2 ORDER BY created DESC LIMIT -1 OFFSET $3)",
    )
    .bind(prefix)
    .bind(&end)
    .bind(keep)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn consume(
    file: &SqliteFile,
    secret: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if expires_at <= now {
        // Its mark would be forgotten at once, and the secret would serve again.
        return Ok(false);
    }
    let mut transaction = file.write().await?;
    let consumed = sqlx::query(
        "INSERT INTO consumed (secret, expires_at) VALUES ($1, $2)
         ON CONFLICT (secret) DO UPDATE SET expires_at = excluded.expires_at WHERE consumed.expires_at <= $3",
    )
    .bind(secret)
    .bind(nanoseconds(expires_at))
    .bind(nanoseconds(now))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(consumed.rows_affected() == 1)
}

pub(super) async fn sweep(file: &SqliteFile, now: Timestamp) -> Result<(), StoreError> {
    let mut transaction = file.write().await?;
    for statement in ["DELETE FROM records WHERE expires_at <= $1", "DELETE FROM consumed WHERE expires_at <= $1"] {
        sqlx::query(statement).bind(nanoseconds(now)).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}
