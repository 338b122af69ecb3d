//! The one way to live sessions: an in-process cache in front of the store and of the facts of the directory.
//!
//! A hit takes no lock that all requests share and asks nobody. An entry carries the marks that were in force *before* its sources were read;
//! forgetting raises a mark. So a lookup that began before a revocation can neither put its stale answer back nor use it later.

mod keyed;
mod marks;
mod reading;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use tokio::sync::mpsc;

use crate::clock::SharedClock;
use crate::config::settings::SessionSettings;
use crate::entropy::{Draw as _, SharedEntropy};
use crate::identity::AccountId;

pub(super) use marks::{MarkBoard, Marks};

use super::visitor::{Facts, Visitor};
use super::{EndCause, Session, SessionKey, SessionToken, Store, StoreError, Stored};

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

/// What a new session is made of; ids and limits are added here.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose it is.
    pub account: AccountId,
    /// The account's epoch at that moment.
    pub epoch: i64,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// Factors given.
    pub amr: Vec<String>,
    /// Level.
    pub acr: String,
    /// `local`, or the provider's name.
    pub identity_provider: String,
    /// What sign-out needs, sealed.
    pub provider_tokens: Option<String>,
    /// Client address.
    pub opened_from: Option<IpAddr>,
    /// Browser and system.
    pub device: String,
    /// Sentence waiting for the next page.
    pub notice: Option<String>,
    /// Page first asked for.
    pub return_to: Option<String>,
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
    idle: SignedDuration,
    absolute: SignedDuration,
    cache: Cache<SessionKey, Arc<Visitor>>,
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
                clock: parts.clock,
                entropy: parts.entropy,
                cache: Cache::new(CAPACITY),
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
        let key = token.key();
        let now = self.inner.clock.now();
        if let Some(visitor) = self.inner.cached(key, now) {
            self.refresh_ahead(&visitor, now);
            self.inner.seen(&visitor, now);
            return Ok(Lookup::Live(visitor));
        }
        let lookup = self.inner.read(key, now).await?;
        if let Lookup::Live(visitor) = &lookup {
            self.inner.seen(visitor, now);
        }
        Ok(lookup)
    }

    /// The visitor behind a key, for what outlasts a request (tunnels, streams): it counts as no request.
    ///
    /// # Errors
    /// As [`Sessions::visitor`].
    pub async fn still_live(&self, key: SessionKey) -> Result<Option<Arc<Visitor>>, StoreError> {
        let now = self.inner.clock.now();
        if let Some(visitor) = self.inner.cached(key, now) {
            return Ok(Some(visitor));
        }
        match self.inner.read(key, now).await? {
            Lookup::Live(visitor) => Ok(Some(visitor)),
            Lookup::Ended(_) | Lookup::Unknown => Ok(None),
        }
    }

    /// Opens a session; the token is for the browser alone.
    ///
    /// # Errors
    /// When the store did not acknowledge it: no cookie may be given.
    pub async fn open(&self, new: NewSession) -> Result<(SessionToken, Session), StoreError> {
        let session = self.session_of(new);
        let token = SessionToken::draw(&*self.inner.entropy);
        self.inner.store.open(token.key(), &session).await?;
        Ok((token, session))
    }

    /// Moves the session of `old` to a new token, changed by `change`; the old one is dead everywhere at once.
    /// `None` when it had ended, or lost every race (then nothing happened).
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn renew(
        &self,
        old: &SessionToken,
        change: impl Fn(&mut Session) + Send + Sync,
    ) -> Result<Option<SessionToken>, StoreError> {
        let now = self.inner.clock.now();
        let new = SessionToken::draw(&*self.inner.entropy);
        for _ in 0..RACES {
            let Some(Stored { version, value: mut session }) = self.live(old.key(), now).await? else {
                return Ok(None);
            };
            change(&mut session);
            session.last_seen = now;
            let renewed = self.inner.store.renew(old.key(), version, new.key(), &session, now).await;
            self.forget(old.key());
            if renewed? {
                return Ok(Some(new));
            }
        }
        Ok(None)
    }

    /// Changes a session in place (its waiting sentence, its return target). `false` when it had ended or lost every race.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn update(
        &self,
        key: SessionKey,
        change: impl Fn(&mut Session) + Send + Sync,
    ) -> Result<bool, StoreError> {
        let now = self.inner.clock.now();
        for _ in 0..RACES {
            let Some(Stored { version, value: mut session }) = self.live(key, now).await? else { return Ok(false) };
            change(&mut session);
            let replaced = self.inner.store.replace(key, version, &session).await;
            self.forget(key);
            if replaced? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends one session; `false` when there was none.
    ///
    /// # Errors
    /// When the store did not acknowledge it.
    pub async fn end(&self, key: SessionKey, cause: EndCause) -> Result<bool, StoreError> {
        let ended = self.inner.store.end(key, cause, self.inner.clock.now()).await;
        self.forget(key);
        ended
    }

    /// Ends every session of an account but `except`; returns how many. The caller raises the account's epoch, or records the ids (decision 35).
    ///
    /// # Errors
    /// When the store did not acknowledge it.
    pub async fn end_all(
        &self,
        account: AccountId,
        except: Option<SessionKey>,
        cause: EndCause,
    ) -> Result<usize, StoreError> {
        let ended = self.inner.store.end_all(account, except, cause, self.inner.clock.now()).await;
        self.forget_account(account);
        let ended = ended?;
        for key in &ended {
            self.forget(*key);
        }
        Ok(ended.len())
    }

    /// Ends the sessions that nobody came back to, at most `most` at once, so that their end is known; returns how many.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn end_lapsed(&self, most: usize) -> Result<usize, StoreError> {
        let now = self.inner.clock.now();
        let lapsed = self.inner.store.lapsed(now - self.inner.idle - UNTOLD, now, most).await?;
        let mut ended = 0;
        for (key, session) in lapsed {
            let absolute = now >= session.expires_at;
            if !absolute && self.inner.seen_lately(key, now) {
                continue;
            }
            let (cause, at) = if absolute {
                // Ended as of its last instant: past it the store has no session to end.
                (EndCause::Absolute, session.expires_at - SignedDuration::from_nanos(1))
            } else {
                (EndCause::Idle, now)
            };
            ended += usize::from(self.inner.end_by_itself(key, &session, cause, at).await?);
        }
        Ok(ended)
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

    fn session_of(&self, new: NewSession) -> Session {
        let now = self.inner.clock.now();
        Session {
            sid: self.inner.entropy.token::<16>(),
            account: new.account,
            epoch: new.epoch,
            opened_at: now,
            expires_at: now + self.inner.absolute,
            last_seen: now,
            auth_time: new.auth_time,
            amr: new.amr,
            acr: new.acr,
            identity_provider: new.identity_provider,
            provider_tokens: new.provider_tokens,
            opened_from: new.opened_from,
            device: new.device,
            notice: new.notice,
            return_to: new.return_to,
        }
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

    async fn live(&self, key: SessionKey, now: Timestamp) -> Result<Option<Stored<Session>>, StoreError> {
        let stored = self.inner.store.session(key, now).await?;
        Ok(stored
            .filter(|stored| stored.value.over(now, self.inner.idle).is_none() || self.inner.seen_lately(key, now)))
    }
}

/// Compare-and-set is tried again this often before giving up.
const RACES: usize = 5;
