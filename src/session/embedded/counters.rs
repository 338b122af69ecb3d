//! Counters: the pure [`Rule`] applied under the write lock, so that parallel guesses are counted one by one.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::session::sqlite_file::{SqliteFile, instant, nanoseconds};
use crate::session::{Rule, StoreError, Tally, Verdict};

pub(super) async fn take(file: &SqliteFile, counter: &str, rule: Rule, now: Timestamp) -> Result<Verdict, StoreError> {
    let mut transaction = file.write().await?;
    let before = tally(&mut transaction, counter).await?;
    let (after, verdict) = rule.take(before, now);
    if matches!(verdict, Verdict::Granted { .. }) {
        let forget_at = nanoseconds(after.since).saturating_add(length(rule.memory()));
        sqlx::query(
            "INSERT INTO counters (name, taken, since, blocked_until, forget_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO UPDATE SET
                taken = excluded.taken, since = excluded.since,
                blocked_until = excluded.blocked_until, forget_at = excluded.forget_at",
        )
        .bind(counter)
        .bind(i64::from(after.taken))
        .bind(nanoseconds(after.since))
        .bind(nanoseconds(after.blocked_until))
        .bind(forget_at)
        .execute(&mut *transaction)
        .await?;
        // The caller judges only what is already counted: a crash after this line costs a try, never gives one.
        transaction.commit().await?;
    }
    Ok(verdict)
}

pub(super) async fn give_back(file: &SqliteFile, counter: &str, rule: Rule) -> Result<(), StoreError> {
    let mut transaction = file.write().await?;
    if let Some(before) = tally(&mut transaction, counter).await? {
        let after = rule.give_back(before);
        sqlx::query("UPDATE counters SET taken = $2, blocked_until = $3 WHERE name = $1")
            .bind(counter)
            .bind(i64::from(after.taken))
            .bind(nanoseconds(after.blocked_until))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}

pub(super) async fn reset(file: &SqliteFile, counter: &str) -> Result<(), StoreError> {
    let mut transaction = file.write().await?;
    sqlx::query("DELETE FROM counters WHERE name = $1").bind(counter).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

pub(super) async fn sweep(file: &SqliteFile, now: Timestamp) -> Result<(), StoreError> {
    let mut transaction = file.write().await?;
    sqlx::query("DELETE FROM counters WHERE forget_at <= $1").bind(nanoseconds(now)).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

async fn tally(connection: &mut SqliteConnection, counter: &str) -> Result<Option<Tally>, StoreError> {
    let row = sqlx::query("SELECT taken, since, blocked_until FROM counters WHERE name = $1")
        .bind(counter)
        .fetch_optional(connection)
        .await?;
    row.map(|row: SqliteRow| {
        Ok(Tally {
            // A count that cannot be is read as a full one: it refuses until its window ends.
            taken: u32::try_from(row.try_get::<i64, _>("taken")?).unwrap_or(u32::MAX),
            since: instant(row.try_get("since")?),
            blocked_until: instant(row.try_get("blocked_until")?),
        })
    })
    .transpose()
}

fn length(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
