//! The embedded store: `state.db`, for a gateway that runs alone. Each acknowledged write survives `kill -9`.
//! Every write goes through one connection, so that nothing decided here can be overtaken. A file that cannot be read
//! is set aside: people sign in again, and nobody meets an error (attack F05).

mod counters;
mod records;
mod sessions;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::identity::AccountId;

use super::sqlite_file::{Durability, OpenError, SqliteFile};
use super::{EndCause, Rule, Session, SessionKey, Store, StoreError, Stored, Verdict};

const MIGRATIONS: &[&str] = &[include_str!("../../migrations/state/0001_state.sql")];

/// [`Store`] on a SQLite file.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    file: SqliteFile,
}

impl EmbeddedStore {
    /// Opens `state.db`, made if needed. What cannot be read is renamed to `….unreadable` and a new file begun.
    ///
    /// # Errors
    /// When the file cannot be made, or a newer guichet wrote it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        match Self::open_as_it_is(path).await {
            Err(OpenError::Damaged(_)) => {
                tracing::error!(path = %path.display(), "the state file cannot be read; it is set aside and everyone signs in again");
                set_aside(path).map_err(StoreError::new)?;
                Self::open_as_it_is(path).await.map_err(StoreError::new)
            }
            opened => opened.map_err(StoreError::new),
        }
    }

    async fn open_as_it_is(path: &Path) -> Result<Self, OpenError> {
        let file = SqliteFile::open(path, Durability::Process, MIGRATIONS).await?;
        let sound = is_sound(&file).await;
        if sound {
            Ok(Self { file })
        } else {
            file.close().await;
            Err(OpenError::Damaged(path.to_owned()))
        }
    }
}

/// Whether the pages are whole and the tables are ours. A hundred thousand sessions take about a tenth of a second.
async fn is_sound(file: &SqliteFile) -> bool {
    const TABLES: &str = "SELECT 1 FROM
        (SELECT key, version, account_id, expires_at, last_seen, format, document FROM sessions),
        (SELECT key, cause, forget_at FROM ended),
        (SELECT created, key, version, value, expires_at FROM records),
        (SELECT name, taken, since, blocked_until, forget_at FROM counters),
        (SELECT secret, expires_at FROM consumed) LIMIT 0";
    let pages = sqlx::query_scalar::<_, String>("PRAGMA quick_check(1)").fetch_one(file.readers()).await;
    let tables = sqlx::query(TABLES).execute(file.readers()).await;
    pages.is_ok_and(|answer| answer == "ok") && tables.is_ok()
}

fn set_aside(path: &Path) -> std::io::Result<()> {
    for companion in ["", "-wal", "-shm"] {
        let from = with_suffix(path, companion);
        if from.exists() {
            std::fs::rename(&from, with_suffix(path, &format!("{companion}.unreadable")))?;
        }
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::new(error)
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(self.file.check().await?)
    }

    async fn close(&self) {
        self.file.close().await;
    }

    async fn open(&self, key: SessionKey, session: &Session) -> Result<(), StoreError> {
        sessions::open(&self.file, key, session).await
    }

    async fn session(&self, key: SessionKey, now: Timestamp) -> Result<Option<Stored<Session>>, StoreError> {
        sessions::session(&self.file, key, now).await
    }

    async fn replace(&self, key: SessionKey, version: i64, session: &Session) -> Result<bool, StoreError> {
        sessions::replace(&self.file, key, version, session).await
    }

    async fn renew(
        &self,
        old: SessionKey,
        version: i64,
        new: SessionKey,
        session: &Session,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        sessions::renew(&self.file, old, version, new, session, now).await
    }

    async fn touch(&self, seen: &[(SessionKey, Timestamp)]) -> Result<(), StoreError> {
        sessions::touch(&self.file, seen).await
    }

    async fn end(&self, key: SessionKey, cause: EndCause, now: Timestamp) -> Result<bool, StoreError> {
        sessions::end(&self.file, key, cause, now).await
    }

    async fn end_all(
        &self,
        account: AccountId,
        except: Option<SessionKey>,
        cause: EndCause,
        now: Timestamp,
    ) -> Result<Vec<SessionKey>, StoreError> {
        sessions::end_all(&self.file, account, except, cause, now).await
    }

    async fn sessions_of(&self, account: AccountId, now: Timestamp) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        sessions::sessions_of(&self.file, account, now).await
    }

    async fn lapsed(
        &self,
        idle_since: Timestamp,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        sessions::lapsed(&self.file, idle_since, now, most).await
    }

    async fn ended(&self, key: SessionKey, now: Timestamp) -> Result<Option<EndCause>, StoreError> {
        sessions::ended(&self.file, key, now).await
    }

    async fn record(&self, key: &str, now: Timestamp) -> Result<Option<Stored<Vec<u8>>>, StoreError> {
        records::record(&self.file, key, now).await
    }

    async fn put_record(
        &self,
        key: &str,
        expected: Option<i64>,
        value: &[u8],
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        records::put_record(&self.file, key, expected, value, expires_at, now).await
    }

    async fn remove_record(&self, key: &str) -> Result<bool, StoreError> {
        records::remove_record(&self.file, key).await
    }

    async fn trim_records(&self, prefix: &str, keep: usize) -> Result<(), StoreError> {
        records::trim_records(&self.file, prefix, keep).await
    }

    async fn take(&self, counter: &str, rule: Rule, now: Timestamp) -> Result<Verdict, StoreError> {
        counters::take(&self.file, counter, rule, now).await
    }

    async fn give_back(&self, counter: &str, rule: Rule) -> Result<(), StoreError> {
        counters::give_back(&self.file, counter, rule).await
    }

    async fn reset(&self, counter: &str) -> Result<(), StoreError> {
        counters::reset(&self.file, counter).await
    }

    async fn consume(&self, secret: &str, expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        records::consume(&self.file, secret, expires_at, now).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        sessions::sweep(&self.file, now).await?;
        records::sweep(&self.file, now).await?;
        counters::sweep(&self.file, now).await
    }
}
