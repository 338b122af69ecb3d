//! The one way to live sessions: an in-process cache in front of the store and of the facts of the directory.
//!
//! A hit takes no lock that all requests share and asks nobody. An entry carries the marks that were in force *before* its sources were read;
//! forgetting raises a mark. So a lookup that began before a revocation can neither put its stale answer back nor use it later.

mod changing;
mod hosts;
mod keeping;
mod marks;
mod reading;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use tokio::sync::mpsc;

use crate::clock::SharedClock;
use crate::config::settings::SessionSettings;
use crate::entropy::SharedEntropy;
use crate::identity::AccountId;

pub use changing::NewSession;
pub use keeping::Forwarded;
pub(super) use marks::{MarkBoard, Marks};

use super::{EndCause, Facts, ProviderKeeper, Session, SessionKey, SessionToken, Store, StoreError, Visitor};

/// Sessions kept in memory; beyond, the least used are read again.
const CAPACITY: u64 = 100_000;
/// An entry older than this is read again before it is used (decision 35).
const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// An entry older than this is read again in the background, so that a person at work never waits for it.
const REFRESH: SignedDuration = SignedDuration::from_secs(30);
/// The store hears of a session at most this often (decision 19).
const TOUCH: SignedDuration = SignedDuration::from_secs(60);
/// Another process may have seen a session this long ago and not told the store yet.
const UNTOLD: SignedDuration = SignedDuration::from_mins(2);
/// Sessions waiting to be touched; beyond, they wait for their next request.
const TOUCHES: usize = 65_536;
/// Compare-and-set is tried again this often before giving up.
const RACES: usize = 5;

/// The directory could not answer. The caller fails closed.
#[derive(Debug, thiserror::Error)]
#[error("the facts of the account could not be read")]
pub struct FactsError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What the cache asks of the directory; `app` answers from it.
#[async_trait]
pub trait FactsSource: Send + Sync + std::fmt::Debug {
    /// The facts of an account; `None` when it is gone.
    async fn facts(&self, account: AccountId) -> Result<Option<Facts>, FactsError>;

    /// Whether a session id was revoked, whatever the state store says.
    async fn is_revoked(&self, sid: &str) -> Result<bool, FactsError>;

    /// A session ended by itself at `at`: a fact to keep, once. The default keeps none.
    async fn ended(&self, _session: &Session, _cause: EndCause, _at: Timestamp) -> Result<(), FactsError> {
        Ok(())
    }
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// A live session.
    Live(Arc<Visitor>),
    /// A session that ended in the last 24 hours.
    Ended(EndCause),
    /// Nothing known.
    Unknown,
}

/// What [`Sessions`] is built from.
#[derive(Debug)]
pub struct SessionsParts {
    /// Where sessions are kept.
    pub store: Arc<dyn Store>,
    /// What the directory says.
    pub facts: Arc<dyn FactsSource>,
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub entropy: SharedEntropy,
    /// Limits.
    pub settings: SessionSettings,
    /// Who holds what identity providers gave; without one, sessions are not told of at their provider.
    pub keeper: Option<Arc<dyn ProviderKeeper>>,
}

/// Live sessions. Cheap to clone; every room shares one.
#[derive(Debug, Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    facts: Arc<dyn FactsSource>,
    clock: SharedClock,
    entropy: SharedEntropy,
    keeper: Option<Arc<dyn ProviderKeeper>>,
    idle: SignedDuration,
    absolute: SignedDuration,
    cache: Cache<SessionKey, Arc<Visitor>>,
    leads: Cache<SessionKey, Arc<hosts::Lead>>,
    marks: MarkBoard,
    touched: mpsc::Sender<Arc<Visitor>>,
    to_flush: Mutex<mpsc::Receiver<Arc<Visitor>>>,
}

impl Sessions {
    /// An empty cache in front of `parts`.
    #[must_use]
    pub fn new(parts: SessionsParts) -> Self {
        let (touched, to_flush) = mpsc::channel(TOUCHES);
        let signed = |limit| SignedDuration::try_from(limit).unwrap_or(SignedDuration::ZERO);
        Self {
            inner: Arc::new(Inner {
                idle: signed(parts.settings.idle),
                absolute: signed(parts.settings.absolute),
                store: parts.store,
                facts: parts.facts,
                keeper: parts.keeper,
                clock: parts.clock,
                entropy: parts.entropy,
                cache: Cache::new(CAPACITY),
                leads: hosts::leads(CAPACITY),
                marks: MarkBoard::default(),
                touched,
                to_flush: Mutex::new(to_flush),
            }),
        }
    }

    /// What a token stands for now; a live answer counts as a request seen.
    ///
    /// # Errors
    /// When the store or the directory had to be asked and did not answer: the caller lets nobody in.
    pub async fn visitor(&self, token: &SessionToken) -> Result<Lookup, StoreError> {
        self.visitor_of(token.key()).await
    }

    /// The same of the session behind a key.
    ///
    /// # Errors
    /// As [`Sessions::visitor`].
    pub async fn visitor_of(&self, key: SessionKey) -> Result<Lookup, StoreError> {
        let now = self.inner.clock.now();
        if let Some(visitor) = self.inner.cached(key, now) {
            self.refresh_ahead(&visitor, now);
            self.keep_alive(&visitor, now);
            self.inner.seen(&visitor, now);
            return Ok(Lookup::Live(visitor));
        }
        // Boxed, as it is seldom asked for: every request would carry it.
        let lookup = Box::pin(self.inner.read(key, now)).await?;
        if let Lookup::Live(visitor) = &lookup {
            self.keep_alive(visitor, now);
            self.inner.seen(visitor, now);
        }
        Ok(lookup)
    }

    /// The same for who only asks how the session stands: it counts as no request.
    ///
    /// # Errors
    /// As [`Sessions::visitor`].
    pub async fn look(&self, key: SessionKey) -> Result<Lookup, StoreError> {
        let now = self.inner.clock.now();
        match self.inner.cached(key, now) {
            Some(visitor) => Ok(Lookup::Live(visitor)),
            None => Box::pin(self.inner.read(key, now)).await,
        }
    }

    /// The visitor behind a key, for what outlasts a request (tunnels, streams): it counts as no request.
    ///
    /// # Errors
    /// As [`Sessions::visitor`].
    pub async fn still_live(&self, key: SessionKey) -> Result<Option<Arc<Visitor>>, StoreError> {
        match self.look(key).await? {
            Lookup::Live(visitor) => Ok(Some(visitor)),
            Lookup::Ended(_) | Lookup::Unknown => Ok(None),
        }
    }

    /// How long a session lives without a request.
    #[must_use]
    pub fn idle(&self) -> SignedDuration {
        self.inner.idle
    }

    /// Live sessions of an account, for its own list. Idle ones are left out.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn sessions_of(&self, account: AccountId) -> Result<Vec<(SessionKey, Session)>, StoreError> {
        let now = self.inner.clock.now();
        let mut sessions = self.inner.store.sessions_of(account, now).await?;
        sessions.retain(|(_, session)| session.over(now, self.inner.idle).is_none());
        Ok(sessions)
    }

    /// The next lookup of this key asks the store.
    pub fn forget(&self, key: SessionKey) {
        self.inner.marks.raise_key(key);
        self.inner.cache.invalidate(&key);
    }

    /// The next lookup of any session of this account asks again.
    pub fn forget_account(&self, account: AccountId) {
        self.inner.marks.raise_account(account);
    }

    /// The next lookup of the session with this public id asks again.
    pub fn forget_sid(&self, sid: &str) {
        self.inner.marks.raise_sid(sid);
    }

    /// Everything is asked again: the invalidation channel was lost, or the directory's mark was.
    pub fn forget_everything(&self) {
        self.inner.marks.raise_all();
        self.inner.cache.invalidate_all();
    }

    /// Tells the store which sessions were seen; to be called every few seconds and once at the end. Returns how many.
    ///
    /// # Errors
    /// When the store did not answer; what was not told is told next time.
    pub async fn flush_touches(&self) -> Result<usize, StoreError> {
        let visitors: Vec<Arc<Visitor>> = {
            let mut waiting = self.inner.to_flush.lock().unwrap_or_else(PoisonError::into_inner);
            std::iter::from_fn(|| waiting.try_recv().ok()).collect()
        };
        if visitors.is_empty() {
            return Ok(0);
        }
        let seen: Vec<_> = visitors.iter().map(|visitor| (visitor.key(), visitor.last_seen())).collect();
        if let Err(error) = self.inner.store.touch(&seen).await {
            for visitor in visitors {
                // Full: its next request a minute later tells again.
                let _ = self.inner.touched.try_send(visitor);
            }
            return Err(error);
        }
        Ok(seen.len())
    }

    fn refresh_ahead(&self, visitor: &Arc<Visitor>, now: Timestamp) {
        if now < visitor.read_at() + REFRESH || !visitor.claim_refresh() {
            return;
        }
        let (inner, visitor) = (Arc::clone(&self.inner), Arc::clone(visitor));
        tokio::spawn(async move {
            // A store that is away is told of when an entry is too old to be used; until then it changes nothing.
            if inner.read(visitor.key(), inner.clock.now()).await.is_err() {
                visitor.release_refresh();
            }
        });
    }
}
