//! Sessions of the simulator: one in a browser, or one without any that a CIBA request opened.

use std::collections::BTreeSet;

use super::Ledger;
use crate::clock::Timestamp;
use crate::config::psc_simulator::SimulatorLifetimes;
use crate::demo::simulator::professional::Professional;
use crate::demo::simulator::request::{Authorization, Prompt};

/// With what the person signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Means {
    /// The e-CPS application.
    Ecps,
    /// The CPS card.
    Card,
}

/// A session.
#[derive(Debug, Clone)]
pub(in super::super) struct Session {
    pub(in super::super) sid: String,
    pub(in super::super) professional: &'static Professional,
    pub(in super::super) means: Means,
    pub(in super::super) auth_time: Timestamp,
    /// Clients that got a code or tokens in it.
    pub(in super::super) clients: BTreeSet<String>,
    pub(super) last_seen: Timestamp,
}

impl Session {
    pub(super) fn is_live(&self, lifetimes: &SimulatorLifetimes, now: Timestamp) -> bool {
        now < self.ends_at(lifetimes) && now < self.last_seen + lifetimes.session_idle
    }

    /// When it ends whatever is done.
    pub(super) fn ends_at(&self, lifetimes: &SimulatorLifetimes) -> Timestamp {
        self.auth_time + lifetimes.session
    }

    fn satisfies(&self, request: &Authorization, now: Timestamp) -> bool {
        let young = request.max_age.is_none_or(|seconds| now.duration_since(self.auth_time).as_secs() <= seconds);
        young && request.prompt != Prompt::Login
    }
}

impl Ledger {
    /// Opens a session for this cookie value; the browser's former one was ended before.
    pub(in super::super) fn open_session(
        &mut self,
        cookie: String,
        sid: String,
        professional: &'static Professional,
        means: Means,
        now: Timestamp,
    ) {
        let clients = BTreeSet::new();
        self.sessions.insert(cookie, Session { sid, professional, means, auth_time: now, clients, last_seen: now });
    }

    /// The same person proves who they are once more: their live session goes on under its name, as Keycloak's does.
    pub(in super::super) fn prove_again(
        &mut self,
        cookie: &str,
        professional: &'static Professional,
        means: Means,
        now: Timestamp,
    ) -> Option<String> {
        let session = self.sessions.get_mut(cookie).filter(|session| session.is_live(&self.lifetimes, now))?;
        if session.professional.key != professional.key {
            return None;
        }
        (session.means, session.auth_time, session.last_seen) = (means, now, now);
        Some(session.sid.clone())
    }

    /// The live session of this cookie value that is enough for the request; it counts as activity.
    pub(in super::super) fn session_for(
        &mut self,
        cookie: &str,
        request: &Authorization,
        now: Timestamp,
    ) -> Option<String> {
        let session = self.sessions.get_mut(cookie).filter(|session| session.is_live(&self.lifetimes, now))?;
        if !session.satisfies(request, now) {
            return None;
        }
        session.last_seen = now;
        Some(session.sid.clone())
    }

    /// The live session of this public identifier.
    pub(in super::super) fn session(&mut self, sid: &str, now: Timestamp) -> Option<&mut Session> {
        let lifetimes = self.lifetimes;
        self.sessions.values_mut().find(|session| session.sid == sid && session.is_live(&lifetimes, now))
    }

    /// Every live session, the youngest first.
    pub(in super::super) fn live_sessions(&self, now: Timestamp) -> Vec<Session> {
        let live = self.sessions.values().filter(|session| session.is_live(&self.lifetimes, now));
        let mut sessions: Vec<Session> = live.cloned().collect();
        sessions.sort_by(|a, b| (b.auth_time, &b.sid).cmp(&(a.auth_time, &a.sid)));
        sessions
    }

    /// The public identifier behind a cookie value.
    pub(in super::super) fn sid_of(&self, cookie: &str) -> Option<String> {
        self.sessions.get(cookie).map(|session| session.sid.clone())
    }

    /// Ends a session, and with it whatever was issued under it; answers with what it was.
    pub(in super::super) fn end_session(&mut self, sid: &str) -> Option<Session> {
        let cookie = self.sessions.iter().find(|(_, session)| session.sid == sid).map(|(cookie, _)| cookie.clone())?;
        self.sessions.remove(&cookie)
    }
}
