//! Signing keys in `directory.db`. Private parts arrive sealed and leave sealed.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::account::DirectoryError;
use crate::account::directory::StoredKey;
use crate::session::sqlite_file::{SqliteFile, instant, nanoseconds};

pub(super) async fn keys(file: &SqliteFile) -> Result<Vec<StoredKey>, DirectoryError> {
    let rows = sqlx::query(
        "SELECT id, purpose, algorithm, public_jwk, sealed, created_at, signs_from, retired_at
         FROM signing_keys ORDER BY signs_from, id",
    )
    .fetch_all(file.readers())
    .await?;
    rows.iter().map(read_row).collect()
}

pub(super) async fn add_key(
    file: &SqliteFile,
    key: &StoredKey,
    unless_newer_than: Timestamp,
) -> Result<bool, DirectoryError> {
    let mut transaction = file.write().await?;
    let added = sqlx::query(
        "INSERT INTO signing_keys (id, purpose, algorithm, public_jwk, sealed, created_at, signs_from, retired_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS
            (SELECT 1 FROM signing_keys WHERE purpose = $2 AND retired_at IS NULL AND signs_from > $9)",
    )
    .bind(&key.id)
    .bind(&key.purpose)
    .bind(&key.algorithm)
    .bind(&key.public_jwk)
    .bind(&key.sealed)
    .bind(nanoseconds(key.created_at))
    .bind(nanoseconds(key.signs_from))
    .bind(key.retired_at.map(nanoseconds))
    .bind(nanoseconds(unless_newer_than))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn retire_key(file: &SqliteFile, id: &str, now: Timestamp) -> Result<bool, DirectoryError> {
    let mut transaction = file.write().await?;
    let retired = sqlx::query("UPDATE signing_keys SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL")
        .bind(id)
        .bind(nanoseconds(now))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(retired.rows_affected() == 1)
}

pub(super) async fn drop_keys(file: &SqliteFile, before: Timestamp) -> Result<(), DirectoryError> {
    let mut transaction = file.write().await?;
    sqlx::query("DELETE FROM signing_keys WHERE retired_at < $1")
        .bind(nanoseconds(before))
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

fn read_row(row: &SqliteRow) -> Result<StoredKey, DirectoryError> {
    Ok(StoredKey {
        id: row.try_get("id")?,
        purpose: row.try_get("purpose")?,
        algorithm: row.try_get("algorithm")?,
        public_jwk: row.try_get("public_jwk")?,
        sealed: row.try_get("sealed")?,
        created_at: instant(row.try_get("created_at")?),
        signs_from: instant(row.try_get("signs_from")?),
        retired_at: row.try_get::<Option<i64>, _>("retired_at")?.map(instant),
    })
}
