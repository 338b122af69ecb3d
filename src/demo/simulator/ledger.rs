//! What the simulator remembers: sign-ins under way, its own sessions, codes and tokens. Pure: time is an argument, randomness comes in as text.

mod ciba;
mod session;
mod tokens;

use std::collections::HashMap;

use jiff::SignedDuration;

use super::fault::Fault;
use super::professional::Professional;
use super::request::Authorization;
use crate::clock::Timestamp;
use crate::config::psc_simulator::SimulatorLifetimes;

pub(super) use ciba::{Answer, CibaRequest, PollFault};
pub(super) use session::{Means, Session};
pub(super) use tokens::{Fresh, Grant, Issued, Kind, NotTaken};

/// How long the choice page may stay open.
const ATTEMPT_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// An expired attempt is still known for a while, so that its page can say so.
const ATTEMPT_MEMORY: SignedDuration = SignedDuration::from_hours(1);

/// One sign-in under way.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) request: Authorization,
    pub(super) fault: Fault,
    pub(super) stage: Stage,
    pub(super) expires_at: Timestamp,
}

/// Where the person is.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    /// Choosing a means and a professional.
    Choosing,
    /// The phone asks which of three numbers the page shows.
    Push { professional: &'static Professional, shown: u8, offered: [u8; 3], expires_at: Timestamp },
    /// Another number was chosen.
    PushRefused { professional: &'static Professional },
    /// The card is in the reader.
    Card { professional: &'static Professional, tries_left: u8, problem: Option<CardProblem> },
}

/// Why the card was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardProblem {
    /// Not four digits; no try is lost.
    Malformed,
    /// The simulated wrong code.
    Wrong,
}

/// Everything remembered.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) lifetimes: SimulatorLifetimes,
    attempts: HashMap<String, Attempt>,
    /// By cookie value.
    sessions: HashMap<String, Session>,
    codes: HashMap<String, tokens::Code>,
    access_tokens: HashMap<String, Grant>,
    refresh_tokens: HashMap<String, tokens::Refresh>,
    /// By `auth_req_id`.
    ciba: HashMap<String, CibaRequest>,
    /// `jti` of client assertions, until they expire.
    assertions: HashMap<String, Timestamp>,
}

impl Ledger {
    /// Nothing remembered yet.
    pub(super) fn new(lifetimes: SimulatorLifetimes) -> Self {
        Self {
            lifetimes,
            attempts: HashMap::new(),
            sessions: HashMap::new(),
            codes: HashMap::new(),
            access_tokens: HashMap::new(),
            refresh_tokens: HashMap::new(),
            ciba: HashMap::new(),
            assertions: HashMap::new(),
        }
    }

    /// Opens a sign-in under this identifier.
    pub(super) fn open_attempt(&mut self, id: String, request: Authorization, now: Timestamp) {
        self.forget_what_is_over(now);
        let attempt = Attempt { request, fault: Fault::None, stage: Stage::Choosing, expires_at: now + ATTEMPT_LIFE };
        self.attempts.insert(id, attempt);
    }

    /// The sign-in of this identifier, expired or not.
    pub(super) fn attempt(&mut self, id: &str) -> Option<&mut Attempt> {
        self.attempts.get_mut(id)
    }

    /// Takes a sign-in away: it has ended one way or the other.
    pub(super) fn close_attempt(&mut self, id: &str) -> Option<Attempt> {
        self.attempts.remove(id)
    }

    /// Whether this client assertion is seen for the first time.
    pub(super) fn is_new_assertion(
        &mut self,
        client_id: &str,
        jti: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        self.assertions.retain(|_, expires_at| now < *expires_at);
        self.assertions.insert(format!("{client_id} {jti}"), expires_at).is_none()
    }

    /// A demonstration that runs for weeks must not grow for weeks.
    fn forget_what_is_over(&mut self, now: Timestamp) {
        let lifetimes = self.lifetimes;
        self.attempts.retain(|_, attempt| now < attempt.expires_at + ATTEMPT_MEMORY);
        self.sessions.retain(|_, session| session.is_live(&lifetimes, now));
        // A used code must be known until its reuse could no longer matter.
        self.codes.retain(|_, code| now < code.expires_at + lifetimes.refresh_token);
        self.access_tokens.retain(|_, grant| now < grant.expires_at);
        // An expired one is told apart from an unknown one for a while.
        self.refresh_tokens.retain(|_, refresh| now < refresh.grant.expires_at + ATTEMPT_MEMORY);
        self.ciba.retain(|_, request| now < request.expires_at + ATTEMPT_MEMORY);
    }
}
