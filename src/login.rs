//! A sign-in as a state machine, and the acts of the activation: what happens, never how it looks.
//!
//! No HTTP types. Every guess is counted before it is judged, and every record is changed by compare-and-set,
//! so that two tabs cannot both win and a dropped connection never gives a free try.

pub mod account;
pub mod budget;
pub mod ciba;
pub mod codes;
pub mod error;
pub mod factor;
pub mod flow;
pub mod hand_over;
pub mod journey;
pub mod link;
pub mod local;
pub mod open;
pub mod place;
pub mod provider;
pub mod providers;
pub mod reset;
pub mod returning;
pub mod served;
pub mod step_up;
mod thinning;
pub mod throttle;

use std::sync::Arc;

use jiff::Timestamp;

use crate::account::password::Hasher;
use crate::account::{Account, Channel, Directory, SaveError};
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::entropy::SharedEntropy;
use crate::identity::AccountId;
use crate::keys::Sealer;
use crate::notify::{Message, Notifier};
use crate::observe::{AuditEvent, Fact};
use crate::session::{Sessions, Store};

pub use error::LoginError;
pub use flow::{Flow, SignIn, Stage};
pub use open::{Device, Opened};
pub use provider::keeping::Grants;
pub use providers::Providers;
pub use served::Served;

use local::Browser;

/// Everything a sign-in needs, handed over by `app`.
#[derive(Debug)]
pub struct Login {
    /// What the administrator wrote.
    pub settings: Arc<Settings>,
    /// What must last.
    pub directory: Arc<dyn Directory>,
    /// What expires.
    pub store: Arc<dyn Store>,
    /// Live sessions, through their cache.
    pub sessions: Sessions,
    /// E-mails and SMS.
    pub notifier: Notifier,
    /// The bounded pool of password hashes.
    pub hasher: Hasher,
    /// Sealing and MACs.
    pub sealer: Sealer,
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub entropy: SharedEntropy,
    /// Identity providers.
    pub providers: Arc<Providers>,
    /// What they gave, beside the sessions they opened.
    pub grants: Arc<Grants>,
    /// Hosts that sessions are handed over to.
    pub served: Served,
}

/// How often a write is tried again when somebody else was first.
const RETRIES: usize = 8;

impl Login {
    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Queues a notice; nobody waits for it.
    fn tell(&self, to: impl Into<crate::notify::To>, message: &Message) {
        if let Err(error) = self.notifier.queue(to.into(), message, self.now()) {
            tracing::error!(
                purpose = message.purpose(),
                error = &error as &dyn std::error::Error,
                "a message could not be queued"
            );
        }
    }

    /// Queues a notice to every verified contact.
    fn tell_everywhere(&self, account: &Account, message: &Message) {
        for channel in [Channel::Email, Channel::Sms] {
            if let Some(to) = factor::contact(account, channel) {
                self.tell(to, message);
            }
        }
    }

    /// Queues a notice that exists as an e-mail only, where an e-mail is verified.
    fn tell_by_email(&self, account: &Account, message: &Message) {
        if let Some(email) = &account.contact_email {
            self.tell(email.value.clone(), message);
        }
    }

    /// Writes one fact into the audit log.
    async fn record(&self, browser: Browser<'_>, fact: Fact, account: Option<AccountId>) -> Result<(), LoginError> {
        Ok(self.directory.record(&[browser.origin.event(self.now(), fact, account)]).await?)
    }

    /// Reads an account, lets `act` change it and add facts, and writes both in one transaction; starts over when somebody else wrote meanwhile.
    ///
    /// Returns the account as stored and what `act` said; `None` when there is no such account.
    ///
    /// # Errors
    /// When the directory does not answer, when an address or link is taken, or when the account is never left alone.
    pub async fn change<T>(
        &self,
        id: AccountId,
        mut act: impl FnMut(&mut Account, &mut Vec<AuditEvent>) -> T + Send,
    ) -> Result<Option<(Account, T)>, LoginError>
    where
        T: Send,
    {
        for _ in 0..RETRIES {
            let Some(before) = self.directory.account(id).await? else { return Ok(None) };
            let mut account = before.clone();
            let mut facts = Vec::new();
            let said = act(&mut account, &mut facts);
            if account == before {
                if !facts.is_empty() {
                    self.directory.record(&facts).await?;
                }
                return Ok(Some((account, said)));
            }
            account.updated_at = self.now();
            match self.directory.save(&account, &facts).await {
                Ok(stored) => {
                    self.sessions.forget_account(id);
                    return Ok(Some((stored, said)));
                }
                Err(SaveError::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(LoginError::Contended)
    }
}
