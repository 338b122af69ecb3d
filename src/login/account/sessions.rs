//! The person's own sessions: listed, ended one by one, or all at once (decision 23).

use std::cmp::Reverse;

use crate::notify::Message;
use crate::observe::Fact;
use crate::session::{EndCause, Session};

use super::super::journey::Signed;
use super::super::{Login, LoginError};

impl Login {
    /// Live sessions of the account: this one first, then the youngest.
    pub async fn own_sessions(&self, signed: Signed<'_>) -> Result<Vec<Session>, LoginError> {
        let held = self.sessions.sessions_of(signed.session.account).await?;
        let mut sessions: Vec<Session> = held.into_iter().map(|(_, session)| session).collect();
        sessions.sort_by_key(|session| (session.sid != signed.session.sid, Reverse(session.opened_at)));
        Ok(sessions)
    }

    /// Ends the session of this public id, if it is one of the same account; `false` when there is no such one any more (attack L10).
    pub async fn end_own_session(&self, signed: Signed<'_>, sid: &str) -> Result<bool, LoginError> {
        let held = self.sessions.sessions_of(signed.session.account).await?;
        let Some((key, session)) = held.into_iter().find(|(_, session)| session.sid == sid) else { return Ok(false) };
        let now = self.now();
        let fact = signed.browser.origin.event(now, Fact::SessionEnded, Some(session.account));
        self.directory.record(&[fact.with("cause", "person").with("session", session.sid.clone())]).await?;
        self.directory.revoke_session(&session.sid, now).await?;
        self.sessions.end(key, EndCause::Revoked).await?;
        Ok(true)
    }

    /// Ends every session of the account, this one too, on every instance and host.
    pub async fn end_everywhere(&self, signed: Signed<'_>) -> Result<(), LoginError> {
        let now = self.now();
        let browser = signed.browser;
        let changed = self
            .change(signed.session.account, |account, facts| {
                account.epoch += 1;
                let fact = browser.origin.event(now, Fact::SessionsEnded, Some(account.id));
                facts.push(fact.with("cause", "person"));
            })
            .await?;
        // This browser's ends by its own word: no page will say that somebody closed it.
        self.sessions.end(signed.key, EndCause::SignedOut).await?;
        self.sessions.end_all(signed.session.account, None, EndCause::Revoked).await?;
        if let Some((account, ())) = changed {
            self.tell_everywhere(&account, &Message::SessionsEnded);
        }
        Ok(())
    }
}
