//! The embedded directory: `directory.db`. Each acknowledged write has reached the disk. One connection writes, so that
//! what a write decides cannot change under it; constraints of the database, not this code, keep identifiers unique.

mod keys;
mod reading;
#[cfg(test)]
mod tests;
mod writing;

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::identity::{AccountId, Email, Rpps};
use crate::observe::AuditEvent;
use crate::session::sqlite_file::{Durability, SqliteFile};

use super::directory::{Census, Change, StoredKey};
use super::{Account, Directory, DirectoryError, SaveError, State};

const MIGRATIONS: &[&str] = &[include_str!("../../migrations/directory/0001_accounts.sql")];

/// [`Directory`] on a SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteDirectory {
    file: SqliteFile,
}

impl SqliteDirectory {
    /// Opens `directory.db`, made if needed, and migrates it. A damaged file is refused and left as it is: restore a backup.
    ///
    /// # Errors
    /// When the file cannot be made or read, or a newer guichet wrote it.
    pub async fn open(path: &Path) -> Result<Self, DirectoryError> {
        let file = SqliteFile::open(path, Durability::Machine, MIGRATIONS).await.map_err(DirectoryError::new)?;
        Ok(Self { file })
    }
}

impl From<sqlx::Error> for DirectoryError {
    fn from(error: sqlx::Error) -> Self {
        Self::new(error)
    }
}

#[async_trait]
impl Directory for SqliteDirectory {
    async fn check(&self) -> Result<(), DirectoryError> {
        Ok(self.file.check().await?)
    }

    async fn close(&self) {
        self.file.close().await;
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        reading::account(&self.file, id).await
    }

    async fn by_legacy_id(&self, legacy_id: &str) -> Result<Option<Account>, DirectoryError> {
        reading::by_legacy_id(&self.file, legacy_id).await
    }

    async fn by_sign_in_email(&self, email: &Email) -> Result<Option<Account>, DirectoryError> {
        reading::by_sign_in_email(&self.file, email).await
    }

    async fn by_link(&self, identity_provider: &str, national_id: &str) -> Result<Option<Account>, DirectoryError> {
        reading::by_link(&self.file, identity_provider, national_id).await
    }

    async fn by_rpps(&self, rpps: &Rpps) -> Result<Vec<Account>, DirectoryError> {
        reading::by_rpps(&self.file, rpps).await
    }

    async fn create(&self, account: &Account, facts: &[AuditEvent]) -> Result<Account, SaveError> {
        writing::create(&self.file, account, facts).await
    }

    async fn save(&self, account: &Account, facts: &[AuditEvent]) -> Result<Account, SaveError> {
        writing::save(&self.file, account, facts).await
    }

    async fn save_all(&self, changes: &[(Account, Vec<AuditEvent>)]) -> Result<Vec<Account>, SaveError> {
        writing::save_all(&self.file, changes).await
    }

    async fn record(&self, facts: &[AuditEvent]) -> Result<(), DirectoryError> {
        writing::record(&self.file, facts).await
    }

    async fn facts(&self, account: AccountId, limit: u32) -> Result<Vec<AuditEvent>, DirectoryError> {
        reading::facts(&self.file, account, limit).await
    }

    async fn list(
        &self,
        state: Option<State>,
        text: Option<&str>,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, DirectoryError> {
        reading::list(&self.file, state, text, after, limit).await
    }

    async fn census(&self) -> Result<Census, DirectoryError> {
        reading::census(&self.file).await
    }

    async fn keys(&self) -> Result<Vec<StoredKey>, DirectoryError> {
        keys::keys(&self.file).await
    }

    async fn add_key(&self, key: &StoredKey, unless_newer_than: Timestamp) -> Result<bool, DirectoryError> {
        keys::add_key(&self.file, key, unless_newer_than).await
    }

    async fn retire_key(&self, id: &str, now: Timestamp) -> Result<bool, DirectoryError> {
        keys::retire_key(&self.file, id, now).await
    }

    async fn drop_keys(&self, before: Timestamp) -> Result<(), DirectoryError> {
        keys::drop_keys(&self.file, before).await
    }

    async fn revoke_session(&self, sid: &str, now: Timestamp) -> Result<(), DirectoryError> {
        writing::revoke_session(&self.file, sid, now).await
    }

    async fn is_revoked(&self, sid: &str) -> Result<bool, DirectoryError> {
        reading::is_revoked(&self.file, sid).await
    }

    async fn changes_since(&self, mark: i64) -> Result<(Vec<Change>, i64), DirectoryError> {
        reading::changes_since(&self.file, mark).await
    }
}
