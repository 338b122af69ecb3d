//! The store of what expires. Every backend passes the suite of `session/contract.rs`.

use std::net::IpAddr;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::identity::AccountId;

use super::{Rule, SessionKey, Verdict};

/// A signed-in browser: every factor of a sign-in was given (decision 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Public random id, the `sid` of assertions; it stays when the token is renewed.
    pub sid: String,
    /// Whose it is.
    pub account: AccountId,
    /// The account's epoch when it was opened; a higher one in the directory ends it (decision 35).
    pub epoch: i64,
    /// When it was opened; its absolute end counts from here.
    pub opened_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// Last request seen, to the minute.
    pub last_seen: Timestamp,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// Factors given: `pwd`, `otp`, `sms`, or what the provider said.
    pub amr: Vec<String>,
    /// Level (decision 29).
    pub acr: String,
    /// `local`, or the provider's name.
    pub identity_provider: String,
    /// What the provider gave is kept beside it, for sign-out and renewal.
    #[serde(default)]
    pub granted: bool,
    /// Address it was opened from.
    pub opened_from: Option<IpAddr>,
    /// Browser and system, for the person's own list ("Firefox, Windows").
    pub device: String,
    /// Sentence waiting for the next page of ours (its key).
    pub notice: Option<String>,
    /// Page first asked for, kept through the activation.
    pub return_to: Option<String>,
    /// Its cookie survives closing the browser (decision 10); a new token's cookie does as well.
    #[serde(default)]
    pub lasting: bool,
}

impl Session {
    /// Why the session is over at `now`, if it is.
    #[must_use]
    pub fn over(&self, now: Timestamp, idle: SignedDuration) -> Option<EndCause> {
        if now >= self.expires_at {
            Some(EndCause::Absolute)
        } else if now >= self.last_seen + idle {
            Some(EndCause::Idle)
        } else {
            None
        }
    }
}

/// Why a session ended; kept for 24 hours under its key (decision 58).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndCause {
    /// Thirty minutes without a request.
    Idle,
    /// Four hours.
    Absolute,
    /// The person signed out in this browser.
    SignedOut,
    /// Ended elsewhere, by the help desk or by a password change.
    Revoked,
    /// The identity provider's session that opened it is over.
    Provider,
    /// The token was renewed; the session goes on under another.
    Renewed,
}

/// A value and the version it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// Grows by one at each write.
    pub version: i64,
    /// The value.
    pub value: T,
}

/// The store could not answer. The caller fails closed.
#[derive(Debug, thiserror::Error)]
#[error("the state store did not answer")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Keeps the cause for the log.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Sessions, records of flows, counters and one-shot secrets. What it acknowledged survives `kill -9`.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Adds a session under a key that was never used.
    async fn open(&self, key: SessionKey, session: &Session) -> Result<(), StoreError>;

    /// The live session of a key, with its version. A session past `expires_at` is not returned.
    async fn session(&self, key: SessionKey, now: Timestamp) -> Result<Option<Stored<Session>>, StoreError>;

    /// Replaces a session read at `version`; `false` when someone else wrote or ended it meanwhile.
    async fn replace(&self, key: SessionKey, version: i64, session: &Session) -> Result<bool, StoreError>;

    /// Moves a session to a new key in one act: the old one dies with [`EndCause::Renewed`]. `false` when it was gone or changed.
    async fn renew(
        &self,
        old: SessionKey,
        version: i64,
        new: SessionKey,
        session: &Session,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Notes that these sessions were seen; never moves `last_seen` back, never revives an ended one, does not change versions.
    async fn touch(&self, seen: &[(SessionKey, Timestamp)]) -> Result<(), StoreError>;

    /// Ends one session and keeps the cause; `false` when there was none.
    async fn end(&self, key: SessionKey, cause: EndCause, now: Timestamp) -> Result<bool, StoreError>;

    /// Ends every session of an account but `except`; returns the keys ended.
    async fn end_all(
        &self,
        account: AccountId,
        except: Option<SessionKey>,
        cause: EndCause,
        now: Timestamp,
    ) -> Result<Vec<SessionKey>, StoreError>;

    /// Live sessions of an account.
    async fn sessions_of(&self, account: AccountId, now: Timestamp) -> Result<Vec<(SessionKey, Session)>, StoreError>;

    /// Sessions past `expires_at` at `now`, or not seen since `idle_since`, that nobody has ended; at most `most`, the oldest first.
    async fn lapsed(
        &self,
        idle_since: Timestamp,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(SessionKey, Session)>, StoreError>;

    /// Why a session ended, if it ended in the last 24 hours.
    async fn ended(&self, key: SessionKey, now: Timestamp) -> Result<Option<EndCause>, StoreError>;

    /// A record of a flow (sign-in, code, reset…), if it has not expired. Keys carry their purpose (`sign-in:…`).
    async fn record(&self, key: &str, now: Timestamp) -> Result<Option<Stored<Vec<u8>>>, StoreError>;

    /// Writes a record: `expected = None` adds it, `Some(version)` replaces that version. `false` when somebody else was first.
    async fn put_record(
        &self,
        key: &str,
        expected: Option<i64>,
        value: &[u8],
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Removes a record; `true` for the one caller that removed it.
    async fn remove_record(&self, key: &str) -> Result<bool, StoreError>;

    /// Removes the oldest records whose key starts with `prefix` until `keep` are left.
    async fn trim_records(&self, prefix: &str, keep: usize) -> Result<(), StoreError>;

    /// Takes one from a counter, atomically and before anything is judged.
    async fn take(&self, counter: &str, rule: Rule, now: Timestamp) -> Result<Verdict, StoreError>;

    /// Gives back what [`Store::take`] granted.
    async fn give_back(&self, counter: &str, rule: Rule) -> Result<(), StoreError>;

    /// Forgets a counter (the help desk's `unlock`).
    async fn reset(&self, counter: &str) -> Result<(), StoreError>;

    /// Uses up a one-shot secret: `true` once, `false` ever after until `expires_at`.
    async fn consume(&self, secret: &str, expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError>;

    /// Removes what has expired; called now and then.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Whether it answers; for readiness.
    async fn check(&self) -> Result<(), StoreError>;

    /// Lets go of what it holds open. What was acknowledged needs no closing.
    async fn close(&self);
}
