//! What the simulator remembers: sign-ins under way, its own sessions, codes and tokens. Pure: time is an argument, randomness comes in as text.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::fault::Fault;
use super::professional::Professional;
use super::request::{Authorization, Prompt};
use crate::clock::Timestamp;

/// How long the person has to answer on the phone.
pub(super) const PUSH_LIFE: SignedDuration = SignedDuration::from_secs(64);
/// How long the choice page may stay open.
const ATTEMPT_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// An expired attempt is still known for a while, so that its page can say so.
const ATTEMPT_MEMORY: SignedDuration = SignedDuration::from_hours(1);
const CODE_LIFE: SignedDuration = SignedDuration::from_secs(60);
/// Life of an access token.
pub(super) const ACCESS_LIFE: SignedDuration = SignedDuration::from_secs(120);
/// Life of a refresh token.
pub(super) const REFRESH_LIFE: SignedDuration = SignedDuration::from_mins(30);
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(4);
const SESSION_IDLE: SignedDuration = SignedDuration::from_mins(30);

/// With what the person signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// The e-CPS application.
    Ecps,
    /// The CPS card.
    Card,
}

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

/// A session of the simulator in one browser.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) sid: String,
    pub(super) professional: &'static Professional,
    pub(super) means: Means,
    pub(super) auth_time: Timestamp,
    last_seen: Timestamp,
}

impl Session {
    fn is_live(&self, now: Timestamp) -> bool {
        now < self.auth_time + SESSION_LIFE && now < self.last_seen + SESSION_IDLE
    }

    fn satisfies(&self, request: &Authorization, now: Timestamp) -> bool {
        let young = request.max_age.is_none_or(|seconds| now.duration_since(self.auth_time).as_secs() <= seconds);
        young && request.prompt != Prompt::Login
    }
}

/// What a code or a token stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) sid: String,
    pub(super) request: Authorization,
    pub(super) fault: Fault,
    expires_at: Timestamp,
    used: bool,
}

/// Why a code or refresh token was not taken; one answer for the client whatever the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotTaken;

/// Everything remembered.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    attempts: HashMap<String, Attempt>,
    /// By cookie value.
    sessions: HashMap<String, Session>,
    codes: HashMap<String, Grant>,
    access_tokens: HashMap<String, Grant>,
    refresh_tokens: HashMap<String, Grant>,
}

impl Ledger {
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

    /// Opens a session for this cookie value; the browser's former one ends.
    pub(super) fn open_session(
        &mut self,
        cookie: String,
        sid: String,
        professional: &'static Professional,
        means: Means,
        now: Timestamp,
    ) {
        self.sessions.insert(cookie, Session { sid, professional, means, auth_time: now, last_seen: now });
    }

    /// The live session of this cookie value that is enough for the request; it counts as activity.
    pub(super) fn session_for(&mut self, cookie: &str, request: &Authorization, now: Timestamp) -> Option<String> {
        let session = self.sessions.get_mut(cookie).filter(|session| session.is_live(now))?;
        if !session.satisfies(request, now) {
            return None;
        }
        session.last_seen = now;
        Some(session.sid.clone())
    }

    /// The live session of this public identifier.
    pub(super) fn session(&mut self, sid: &str, now: Timestamp) -> Option<&mut Session> {
        self.sessions.values_mut().find(|session| session.sid == sid && session.is_live(now))
    }

    /// The public identifier behind a cookie value.
    pub(super) fn sid_of(&self, cookie: &str) -> Option<String> {
        self.sessions.get(cookie).map(|session| session.sid.clone())
    }

    /// Ends a session and everything issued under it.
    pub(super) fn end_session(&mut self, sid: &str) {
        self.sessions.retain(|_, session| session.sid != sid);
        self.revoke(sid);
    }

    /// Issues a code.
    pub(super) fn issue_code(
        &mut self,
        code: String,
        sid: String,
        request: Authorization,
        fault: Fault,
        now: Timestamp,
    ) {
        self.codes.insert(code, Grant { sid, request, fault, expires_at: now + CODE_LIFE, used: false });
    }

    /// Uses a code up. A code shown twice takes away what the first use gave (RFC 6749, 4.1.2).
    pub(super) fn use_code(&mut self, code: &str, now: Timestamp) -> Result<Grant, NotTaken> {
        let grant = self.codes.get_mut(code).ok_or(NotTaken)?;
        if grant.used {
            let sid = grant.sid.clone();
            self.revoke(&sid);
            return Err(NotTaken);
        }
        grant.used = true;
        if now < grant.expires_at { Ok(grant.clone()) } else { Err(NotTaken) }
    }

    /// Issues the pair of tokens of a grant.
    pub(super) fn issue_tokens(&mut self, grant: &Grant, access: String, refresh: String, now: Timestamp) {
        self.forget_what_is_over(now);
        self.access_tokens.insert(access, Grant { expires_at: now + ACCESS_LIFE, ..grant.clone() });
        self.refresh_tokens.insert(refresh, Grant { expires_at: now + REFRESH_LIFE, ..grant.clone() });
    }

    /// Takes a refresh token away; the session it belongs to must be live, and counts as active.
    pub(super) fn use_refresh_token(&mut self, token: &str, now: Timestamp) -> Result<Grant, NotTaken> {
        let grant = self.refresh_tokens.remove(token).filter(|grant| now < grant.expires_at).ok_or(NotTaken)?;
        let session = self.session(&grant.sid, now).ok_or(NotTaken)?;
        session.last_seen = now;
        Ok(grant)
    }

    /// What a valid access token stands for.
    pub(super) fn access(&mut self, token: &str, now: Timestamp) -> Option<(Grant, Session)> {
        let grant = self.access_tokens.get(token).filter(|grant| now < grant.expires_at)?.clone();
        let session = self.session(&grant.sid, now)?.clone();
        Some((grant, session))
    }

    fn revoke(&mut self, sid: &str) {
        self.access_tokens.retain(|_, grant| grant.sid != sid);
        self.refresh_tokens.retain(|_, grant| grant.sid != sid);
    }

    /// A demonstration that runs for weeks must not grow for weeks.
    fn forget_what_is_over(&mut self, now: Timestamp) {
        self.attempts.retain(|_, attempt| now < attempt.expires_at + ATTEMPT_MEMORY);
        self.sessions.retain(|_, session| session.is_live(now));
        // A used code must be known until its reuse could no longer matter.
        self.codes.retain(|_, grant| now < grant.expires_at + REFRESH_LIFE);
        self.access_tokens.retain(|_, grant| now < grant.expires_at);
        self.refresh_tokens.retain(|_, grant| now < grant.expires_at);
    }
}
