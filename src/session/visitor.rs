//! A signed-in browser as the hot path sees it: its session, what the directory says of the account, and the assertions signed for it.
//!
//! Must not decide anything: the gateway's policy does. Values are replaced as a whole, never edited, except the last request seen.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};

use super::cache::Marks;
use super::{EndCause, Facts, Lookup, ProviderToken, Session, SessionKey, SessionToken, Stored};

/// What a request's session cookie turned out to be; the gateway hands it to our own pages.
#[derive(Debug, Clone)]
pub enum Visit {
    /// No session cookie.
    Anonymous,
    /// Two cookies of our name, or one whose shape is not ours: nobody, and the answer clears it (attacks S03, S04, I09).
    Malformed,
    /// A well-shaped token, and what the store knows of it.
    Known {
        /// The token, to renew or end the session.
        token: SessionToken,
        /// What it stands for.
        lookup: Lookup,
    },
    /// A well-shaped token, and a store that does not answer: neither signed in nor anonymous.
    Away,
}

impl Visit {
    /// The live visitor, if there is one.
    #[must_use]
    pub fn visitor(&self) -> Option<&Arc<Visitor>> {
        match self {
            Self::Known { lookup: Lookup::Live(visitor), .. } => Some(visitor),
            Self::Known { lookup: Lookup::Ended(_) | Lookup::Unknown, .. }
            | Self::Anonymous
            | Self::Malformed
            | Self::Away => None,
        }
    }

    /// Why the session ended, when it is known.
    #[must_use]
    pub fn ended(&self) -> Option<EndCause> {
        match self {
            Self::Known { lookup: Lookup::Ended(cause), .. } => Some(*cause),
            Self::Known { lookup: Lookup::Live(_) | Lookup::Unknown, .. }
            | Self::Anonymous
            | Self::Malformed
            | Self::Away => None,
        }
    }
}

/// One live session with the facts read beside it.
pub struct Visitor {
    key: SessionKey,
    version: i64,
    session: Session,
    facts: Facts,
    read_at: Timestamp,
    marks: Marks,
    last_seen: AtomicI64,
    noted: AtomicI64,
    refreshing: AtomicBool,
    keep_at: AtomicI64,
    ahead_at: AtomicI64,
    provider_token: ArcSwapOption<ProviderToken>,
    assertions: ArcSwap<Vec<Issued>>,
}

/// An assertion signed for one audience.
#[derive(Debug, Clone)]
struct Issued {
    audience: Arc<str>,
    at: Timestamp,
    token: HeaderValue,
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor")
            .field("sid", &self.session.sid)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Visitor {
    pub(super) fn new(
        key: SessionKey,
        mut stored: Stored<Session>,
        facts: Facts,
        read_at: Timestamp,
        marks: Marks,
    ) -> Self {
        // Just the room it takes: there are as many of these as sessions.
        stored.value.amr.shrink_to_fit();
        let last_seen = stored.value.last_seen.as_millisecond();
        // The first request asks who holds the grant when it was obtained: this process may have begun later.
        let keep_at = if stored.value.granted { stored.value.opened_at.as_millisecond() } else { NEVER };
        Self {
            key,
            version: stored.version,
            session: stored.value,
            facts,
            read_at,
            marks,
            last_seen: AtomicI64::new(last_seen),
            noted: AtomicI64::new(last_seen),
            refreshing: AtomicBool::new(false),
            keep_at: AtomicI64::new(keep_at),
            ahead_at: AtomicI64::new(0),
            provider_token: ArcSwapOption::empty(),
            assertions: ArcSwap::from_pointee(Vec::new()),
        }
    }

    /// A visitor outside any cache, for tests of other rooms.
    #[cfg(test)]
    pub(crate) fn for_tests(session: Session, facts: Facts, now: Timestamp) -> Self {
        let board = super::cache::MarkBoard::default();
        let key = SessionKey::from_bytes([7; 32]);
        let marks = board.complete(board.key(key), session.account, &session.sid);
        Self::new(key, Stored { version: 1, value: session }, facts, now, marks)
    }

    /// What the store knows the session by.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        self.key
    }

    /// The version the session was read at, for compare-and-set.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The session as stored; see [`Visitor::last_seen`] for the last request.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What the directory says of the account.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The last request seen, by this process or as stored.
    #[must_use]
    pub fn last_seen(&self) -> Timestamp {
        Timestamp::from_millisecond(self.last_seen.load(Ordering::Relaxed)).unwrap_or(self.session.last_seen)
    }

    /// Why the session is over at `now`, counting requests that were not stored yet.
    #[must_use]
    pub fn over(&self, now: Timestamp, idle: SignedDuration) -> Option<EndCause> {
        if now >= self.session.expires_at {
            Some(EndCause::Absolute)
        } else if now >= self.last_seen() + idle {
            Some(EndCause::Idle)
        } else {
            None
        }
    }

    /// The assertion signed for `audience`, if it was signed at most `reuse` before `now`.
    #[must_use]
    pub fn assertion(&self, audience: &str, reuse: SignedDuration, now: Timestamp) -> Option<HeaderValue> {
        let issued = self.assertions.load();
        let issued = issued.iter().find(|issued| &*issued.audience == audience)?;
        // `at` after `now`: the clock went back, and nobody can tell what is left of its life.
        (issued.at <= now && now < issued.at + reuse).then(|| issued.token.clone())
    }

    /// Keeps an assertion for the next requests of this session to this audience.
    pub fn keep_assertion(&self, audience: &Arc<str>, token: HeaderValue, now: Timestamp) {
        let kept = Issued { audience: Arc::clone(audience), at: now, token };
        self.assertions.rcu(|issued| {
            // Just the room it takes: there are as many of these as sessions.
            let mut all = Vec::with_capacity(issued.len() + 1);
            all.extend(issued.iter().filter(|other| other.audience != kept.audience).cloned());
            all.push(kept.clone());
            all
        });
    }

    pub(super) fn read_at(&self) -> Timestamp {
        self.read_at
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Notes a request; `true` when the store should hear of it (at most once in `every`, to one caller).
    pub(super) fn seen(&self, now: Timestamp, every: SignedDuration) -> bool {
        let now = now.as_millisecond();
        if self.last_seen.load(Ordering::Relaxed) < now {
            self.last_seen.fetch_max(now, Ordering::Relaxed);
        }
        let noted = self.noted.load(Ordering::Relaxed);
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        now.saturating_sub(noted) >= every
            && self.noted.compare_exchange(noted, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Takes over what the former copy of the same session saw and noted.
    pub(super) fn inherit(&self, former: &Self) {
        self.last_seen.fetch_max(former.last_seen.load(Ordering::Relaxed), Ordering::Relaxed);
        self.noted.fetch_max(former.noted.load(Ordering::Relaxed), Ordering::Relaxed);
        if self.session.granted && former.session.granted {
            self.keep_at.store(former.keep_at.load(Ordering::Relaxed), Ordering::Relaxed);
            self.ahead_at.store(former.ahead_at.load(Ordering::Relaxed), Ordering::Relaxed);
            self.provider_token.store(former.provider_token.load_full());
        }
    }

    /// The provider's access token as last heard of.
    pub(super) fn provider_token(&self) -> Option<ProviderToken> {
        self.provider_token.load().as_deref().cloned()
    }

    /// Takes over what was heard of the provider's grant; `next` is when it is to be asked for again.
    pub(super) fn note_kept(&self, next: Option<Timestamp>, token: Option<ProviderToken>) {
        self.keep_at.store(next.map_or(NEVER, Timestamp::as_millisecond), Ordering::Relaxed);
        self.provider_token.store(token.map(Arc::new));
    }

    /// `true` for the one caller that sees to the provider's session, when that is due; the next one may after `again`.
    pub(super) fn claim_keeping(&self, now: Timestamp, again: SignedDuration) -> bool {
        claim(&self.keep_at, now, again)
    }

    /// The same for a token that is fetched ahead.
    pub(super) fn claim_ahead(&self, now: Timestamp, again: SignedDuration) -> bool {
        claim(&self.ahead_at, now, again)
    }

    /// `true` for the one caller that may read it again in the background.
    pub(super) fn claim_refresh(&self) -> bool {
        !self.refreshing.swap(true, Ordering::Relaxed)
    }

    pub(super) fn release_refresh(&self) {
        self.refreshing.store(false, Ordering::Relaxed);
    }
}

/// An instant that does not come.
const NEVER: i64 = i64::MAX;

fn claim(due: &AtomicI64, now: Timestamp, again: SignedDuration) -> bool {
    let at = due.load(Ordering::Relaxed);
    let next = (now + again).as_millisecond();
    at <= now.as_millisecond() && due.compare_exchange(at, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}
