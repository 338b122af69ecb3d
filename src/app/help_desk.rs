//! The help desk: finds a person, says where they are stuck, and acts on their account, beside a running gateway.
//!
//! The gateway sees each act within a second, by polling the directory. Every act is in the audit log. Nothing here mails anybody,
//! and nothing here gives out a hash or a secret.

pub mod acts;
pub mod export;
pub mod find;
pub mod links;
pub mod show;
pub mod stats;
pub mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use crate::account::{Account, Directory, DirectoryError, SaveError, State};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Settings, ensure_sealing_keys};
use crate::entropy::SystemEntropy;
use crate::identity::AccountId;
use crate::keys::Sealer;
use crate::observe::audit::Origin;
use crate::observe::{AuditEvent, Fact};
use crate::session::{EndCause, Store, StoreError};

use super::Stores;
pub use find::{Brief, Filter};

/// The stores, open, and who acts.
#[derive(Debug, Clone)]
pub struct HelpDesk {
    directory: Arc<dyn Directory>,
    store: Arc<dyn Store>,
    sealer: Sealer,
    clock: SharedClock,
    operator: String,
}

/// What an act did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The account, after the act.
    pub account: Brief,
    /// Whether anything had to be done.
    pub changed: bool,
    /// Sessions that the act ended.
    pub sessions_ended: usize,
    /// What the operator must know.
    pub remarks: Vec<&'static str>,
}

/// Why an act did not happen.
#[derive(Debug, thiserror::Error)]
pub enum HelpDeskError {
    /// Nobody is known by what was typed.
    #[error("no account has this id, identifier, e-mail or RPPS: {0}")]
    Nobody(String),
    /// Several are.
    #[error("several accounts answer to this, name one by its id: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))]
    Several(Vec<AccountId>),
    /// The account does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The account is written again and again by somebody else.
    #[error("the account is being changed by somebody else, try again")]
    Contended,
    /// The directory refused the write.
    #[error("the directory refused the change")]
    Save(#[source] SaveError),
    /// The directory is away.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The state store is away. What the directory was told stands.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an account does not allow an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such link.
    #[error("the account is not linked to this provider")]
    NotLinked,
    /// The other account has a link of its own.
    #[error("the other account is already linked to this provider, unlink it first")]
    AlreadyLinked,
    /// Both names are of one account.
    #[error("both are the same account")]
    SameAccount,
    /// A trusted RPPS contradicts the identity.
    #[error("the other account holds another RPPS than this identity")]
    OtherRpps,
    /// It is closed.
    #[error("the account is disabled")]
    Disabled,
    /// It is frozen.
    #[error("the account is frozen")]
    Frozen,
    /// The person has not begun.
    #[error("the activation has not begun")]
    NotBegun,
    /// The journey has no such step.
    #[error("this account's journey has no such step")]
    NoSuchStep,
    /// Sending the person back would lock them out.
    #[error(
        "the person could not come back to walk this step: no password with an identifier of the former system, and no link"
    )]
    NoWayBack,
}

/// How often a write is tried again when the gateway was first.
const RETRIES: usize = 8;

impl HelpDesk {
    /// The help desk of these stores, with the gateway's sealing keys, which name its counters. `operator` is the name kept in the audit log; letters that do not print are dropped.
    #[must_use]
    pub fn new(
        directory: Arc<dyn Directory>,
        store: Arc<dyn Store>,
        sealer: Sealer,
        clock: SharedClock,
        operator: &str,
    ) -> Self {
        let operator = operator.chars().filter(|letter| !letter.is_control()).take(64).collect();
        Self { directory, store, sealer, clock, operator }
    }

    /// Opens the stores of a gateway that was started at least once.
    ///
    /// # Errors
    /// When there is no directory yet, or a store cannot be opened.
    pub async fn open(settings: &Settings, operator: &str) -> anyhow::Result<Self> {
        let path = settings.state_dir.join("directory.db");
        // A wrong path must not look like an empty directory.
        tokio::fs::metadata(&path).await.with_context(|| format!("there is no directory at {}", path.display()))?;
        let stores = Stores::open(settings).await?;
        let mut settings = settings.clone();
        ensure_sealing_keys(&mut settings, &SystemEntropy)?;
        let sealer = Sealer::new(settings.sealing_keys);
        Ok(Self::new(stores.directory, stores.state, sealer, Arc::new(SystemClock), operator))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fact that names who acted.
    fn fact(&self, fact: Fact, account: Option<AccountId>) -> AuditEvent {
        Origin::default()
            .event(self.now(), fact, account)
            .with("by", "help-desk")
            .with("operator", self.operator.clone())
    }

    /// Reads an account, lets `act` change it and tell of it, and writes both in one transaction; starts over when the gateway was first.
    /// An account left as it was is not written.
    async fn change(
        &self,
        id: AccountId,
        mut act: impl FnMut(&mut Account) -> Result<Vec<AuditEvent>, Refused> + Send,
    ) -> Result<(Account, bool), HelpDeskError> {
        for _ in 0..RETRIES {
            let before = self.read(id).await?;
            let mut account = before.clone();
            let facts = act(&mut account)?;
            if account == before {
                return Ok((before, false));
            }
            account.updated_at = self.now();
            match self.directory.save(&account, &facts).await {
                Ok(stored) => return Ok((stored, true)),
                Err(SaveError::Changed) => {}
                Err(SaveError::Directory(error)) => return Err(error.into()),
                Err(error) => return Err(HelpDeskError::Save(error)),
            }
        }
        Err(HelpDeskError::Contended)
    }

    async fn read(&self, id: AccountId) -> Result<Account, HelpDeskError> {
        self.directory.account(id).await?.ok_or_else(|| HelpDeskError::Nobody(id.to_string()))
    }

    /// Ends every session of an account in the state store; the epoch, raised before, already ends them for the gateway.
    async fn end_sessions(&self, id: AccountId) -> Result<usize, HelpDeskError> {
        Ok(self.store.end_all(id, None, EndCause::Revoked, self.now()).await?.len())
    }

    /// The end of an act that raised the epoch.
    async fn done_with_sessions(&self, (account, changed): (Account, bool)) -> Result<Done, HelpDeskError> {
        let sessions_ended = if changed { self.end_sessions(account.id).await? } else { 0 };
        Ok(Done { sessions_ended, ..Done::of(&account, changed) })
    }
}

impl Done {
    fn of(account: &Account, changed: bool) -> Self {
        Self { account: Brief::of(account), changed, sessions_ended: 0, remarks: Vec::new() }
    }
}

/// Whether the person has any way in as the account stands, whatever is frozen or closed.
fn has_way_in(account: &Account) -> bool {
    let password = account.password.is_some() || account.legacy_password.is_some();
    let identifier = match account.state {
        State::Active => account.sign_in_email.is_some(),
        State::Imported | State::Activating | State::Disabled => account.legacy_id.is_some(),
    };
    !account.links.is_empty() || (password && identifier)
}
