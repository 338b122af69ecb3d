//! The directory: what must never be lost once acknowledged. Every backend passes the suite of `account/contract.rs`.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::identity::{AccountId, Email, Rpps};
use crate::observe::AuditEvent;

use super::{Account, State};

/// The directory could not answer. The caller fails closed.
#[derive(Debug, thiserror::Error)]
#[error("the directory did not answer")]
pub struct DirectoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl DirectoryError {
    /// Keeps the cause for the log.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Why a write did not happen.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody else wrote the account meanwhile; read it again.
    #[error("the account was changed meanwhile")]
    Changed,
    /// Another account has this sign-in e-mail.
    #[error("another account signs in with this e-mail")]
    EmailTaken,
    /// Another account has this legacy identifier.
    #[error("another account has this legacy identifier")]
    LegacyIdTaken,
    /// This national identifier is linked to another account.
    #[error("another account is linked to this identity")]
    LinkTaken,
    /// No answer.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// A signing key as kept: private parts are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// `kid`.
    pub id: String,
    /// `assertion` or `provider` (decision 31).
    pub purpose: String,
    /// `ES256` or `EdDSA`.
    pub algorithm: String,
    /// Public JWK, as JSON.
    pub public_jwk: String,
    /// Private key (PKCS#8), sealed.
    pub sealed: String,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub signs_from: Timestamp,
    /// When it stopped signing; it stays published until the last token it signed has expired.
    pub retired_at: Option<Timestamp>,
}

/// How many accounts stand where.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Census {
    /// Never activated.
    pub imported: i64,
    /// Journey under way.
    pub activating: i64,
    /// Activated.
    pub active: i64,
    /// Closed.
    pub disabled: i64,
    /// Accounts whose only password is still the former system's.
    pub legacy_passwords: i64,
}

/// Accounts, links, signing keys and the audit log.
#[async_trait]
pub trait Directory: Send + Sync + std::fmt::Debug {
    /// An account by its id.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, DirectoryError>;

    /// An account by its legacy identifier, exactly as imported.
    async fn by_legacy_id(&self, legacy_id: &str) -> Result<Option<Account>, DirectoryError>;

    /// An account by the e-mail it signs in with.
    async fn by_sign_in_email(&self, email: &Email) -> Result<Option<Account>, DirectoryError>;

    /// The account linked to a provider's national identifier.
    async fn by_link(&self, identity_provider: &str, national_id: &str) -> Result<Option<Account>, DirectoryError>;

    /// Accounts holding an RPPS, whatever its source.
    async fn by_rpps(&self, rpps: &Rpps) -> Result<Vec<Account>, DirectoryError>;

    /// Adds an account (version 1) together with the facts that tell of it. Returns it as stored.
    async fn create(&self, account: &Account, facts: &[AuditEvent]) -> Result<Account, SaveError>;

    /// Replaces the account whose stored version is `account.version`, together with its facts, in one transaction. Returns it as stored (version + 1).
    async fn save(&self, account: &Account, facts: &[AuditEvent]) -> Result<Account, SaveError>;

    /// Creates (version 0) or replaces (any other) many accounts in one transaction, in this order: all or nothing. For the import,
    /// and for a link that moves from one account to another (the account that loses it comes first).
    ///
    /// The default, for doubles in tests, writes one by one and stops at the first refusal.
    async fn save_all(&self, changes: &[(Account, Vec<AuditEvent>)]) -> Result<Vec<Account>, SaveError> {
        let mut stored = Vec::with_capacity(changes.len());
        for (account, facts) in changes {
            let written =
                if account.version == 0 { self.create(account, facts).await } else { self.save(account, facts).await };
            stored.push(written?);
        }
        Ok(stored)
    }

    /// Adds facts that change no account.
    async fn record(&self, facts: &[AuditEvent]) -> Result<(), DirectoryError>;

    /// Facts about an account, newest first.
    async fn facts(&self, account: AccountId, limit: u32) -> Result<Vec<AuditEvent>, DirectoryError>;

    /// Accounts after `after` in id order, at most `limit`, optionally of one state, or whose identifier, e-mail, RPPS or name contains `text`.
    async fn list(
        &self,
        state: Option<State>,
        text: Option<&str>,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, DirectoryError>;

    /// How many accounts stand where.
    async fn census(&self) -> Result<Census, DirectoryError>;

    /// Every signing key that is still of use.
    async fn keys(&self) -> Result<Vec<StoredKey>, DirectoryError>;

    /// Adds a key unless another of its purpose, not retired, signs from later than `unless_newer_than` (the `signs_from` of the newest key
    /// the caller has read; `UNIX_EPOCH` when there is none). Decided under the write lock: `false` when somebody else was first.
    async fn add_key(&self, key: &StoredKey, unless_newer_than: Timestamp) -> Result<bool, DirectoryError>;

    /// Notes that a key no longer signs.
    async fn retire_key(&self, id: &str, now: Timestamp) -> Result<bool, DirectoryError>;

    /// Removes keys retired before `before`.
    async fn drop_keys(&self, before: Timestamp) -> Result<(), DirectoryError>;

    /// Records that a session id is revoked, whatever the state store says later.
    async fn revoke_session(&self, sid: &str, now: Timestamp) -> Result<(), DirectoryError>;

    /// Whether a session id was revoked.
    async fn is_revoked(&self, sid: &str) -> Result<bool, DirectoryError>;

    /// Accounts whose epoch or state was changed, and session ids revoked, since a mark; and the new mark. Polled by the running gateway
    /// so that an act of the command line is seen within a second (decision 34). Begin with mark 0. A new account is no change: nobody knew it.
    async fn changes_since(&self, mark: i64) -> Result<(Vec<Change>, i64), DirectoryError>;

    /// Whether it answers; for readiness.
    async fn check(&self) -> Result<(), DirectoryError>;

    /// Lets go of what it holds open. What was acknowledged needs no closing.
    async fn close(&self);
}

/// Something other processes must notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An account was written: forget what is cached of it.
    Account(AccountId),
    /// A session was revoked.
    Session(String),
    /// Too much has changed since the mark, or the directory was restored: forget everything that is cached.
    Everything,
}
