//! A provider says that somebody's session there is over: every session of ours that stands on it ends, on every instance.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::identity::AccountId;
use crate::observe::Fact;
use crate::observe::audit::Origin;
use crate::rp::{LoggedOut, LogoutError, ProvenClaims};
use crate::session::{EndCause, Session, StoreError};

use super::super::{Login, LoginError};
use super::keeping::Grants;

/// How far the provider's clock may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Sessions remembered for one person at one provider; of more, the oldest are forgotten.
const REMEMBERED: usize = 100;

/// A session of ours, under a name that the provider may call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::login) struct Standing {
    sid: String,
    account: AccountId,
    since: Timestamp,
    until: Timestamp,
}

/// What a logout token came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterLogout {
    /// Everything that stood on that session has ended; perhaps nothing did.
    Done,
    /// There is no such provider.
    Unknown,
    /// The token is not believed, or came before.
    Refused,
    /// Its keys cannot be had now: it may be sent again.
    Unavailable,
}

impl Grants {
    /// Notes that a session of ours stands on what the provider has proven.
    ///
    /// # Errors
    /// When the store did not acknowledge it.
    pub(in crate::login) async fn note(&self, session: &Session, proven: &ProvenClaims) -> Result<(), StoreError> {
        let standing = Standing {
            sid: session.sid.clone(),
            account: session.account,
            since: self.clock.now(),
            until: session.expires_at,
        };
        let provider = proven.identity_provider.as_str();
        let names = proven.provider_session.iter().map(|session| self.session_key(provider, session));
        for key in names.chain([self.subject_key(provider, &proven.subject)]) {
            self.add(&key, &standing).await?;
        }
        Ok(())
    }

    async fn add(&self, key: &str, standing: &Standing) -> Result<(), StoreError> {
        loop {
            let now = self.clock.now();
            let stored = self.store.record(key, now).await?;
            let (version, mut all) = match stored {
                Some(stored) => (Some(stored.version), read(&stored.value)),
                None => (None, Vec::new()),
            };
            all.retain(|other| now < other.until && other.sid != standing.sid);
            all.push(standing.clone());
            all.drain(..all.len().saturating_sub(REMEMBERED));
            let until = all.iter().map(|standing| standing.until).max().unwrap_or(standing.until);
            let value = serde_json::to_vec(&all).map_err(StoreError::new)?;
            if self.store.put_record(key, version, &value, until, now).await? {
                return Ok(());
            }
        }
    }

    async fn standing(&self, provider: &str, over: &LoggedOut) -> Result<Vec<Standing>, StoreError> {
        // With both, the session's name says which of the person's sessions it is (section 2.4).
        let key = match (&over.session, &over.subject) {
            (Some(session), _) => self.session_key(provider, session),
            (None, Some(subject)) => self.subject_key(provider, subject),
            (None, None) => return Ok(Vec::new()),
        };
        let stored = self.store.record(&key, self.clock.now()).await?;
        Ok(stored.map(|stored| read(&stored.value)).unwrap_or_default())
    }

    fn session_key(&self, provider: &str, session: &str) -> String {
        self.name("provider-session", provider, session)
    }

    fn subject_key(&self, provider: &str, subject: &str) -> String {
        self.name("provider-subject", provider, subject)
    }

    fn name(&self, purpose: &str, provider: &str, name: &str) -> String {
        format!("{purpose}:{}", self.sealer.lasting_mac(purpose, &[provider.as_bytes(), name.as_bytes()]))
    }
}

/// What cannot be read is nobody's.
fn read(value: &[u8]) -> Vec<Standing> {
    serde_json::from_slice(value).unwrap_or_default()
}

impl Login {
    /// Judges a logout token that somebody brought for this provider, and ends what stands on the session it names. A token counts once,
    /// and for no session that was opened after it was issued.
    pub async fn provider_logout(&self, name: &str, token: &str, origin: &Origin) -> Result<AfterLogout, LoginError> {
        let now = self.now();
        let Some(provider) = self.providers.get(name) else { return Ok(AfterLogout::Unknown) };
        let over = match provider.logged_out(token, now).await {
            Ok(over) => over,
            Err(error) => {
                let after = match &error {
                    LogoutError::Refused(_) => AfterLogout::Refused,
                    LogoutError::Unavailable(_) => AfterLogout::Unavailable,
                };
                tracing::warn!(
                    identity_provider = name,
                    request.id = origin.request_id,
                    error = &error as &dyn std::error::Error,
                    "a logout token changes nothing"
                );
                return Ok(after);
            }
        };
        let seen =
            format!("logout-token:{}", self.sealer.lasting_mac("logout-token", &[name.as_bytes(), over.id.as_bytes()]));
        if self.store.record(&seen, now).await?.is_some() {
            tracing::warn!(identity_provider = name, request.id = origin.request_id, "a logout token came again");
            return Ok(AfterLogout::Refused);
        }
        let mut ended = 0;
        for standing in self.grants.standing(name, &over).await? {
            if standing.since <= over.issued_at + SKEW {
                ended += usize::from(self.end_standing(name, &standing, origin).await?);
            }
        }
        tracing::info!(identity_provider = name, request.id = origin.request_id, ended, "a provider's session is over");
        // Used up once everything has ended: a provider that sends it again after a failure of ours is heard.
        self.set_record(&seen, b"", over.expires_at + SKEW).await?;
        Ok(AfterLogout::Done)
    }

    /// Ended for good, and in the other instances within a second, before it goes from the store.
    async fn end_standing(&self, name: &str, standing: &Standing, origin: &Origin) -> Result<bool, LoginError> {
        let now = self.now();
        let sessions = self.sessions.sessions_of(standing.account).await?;
        let Some((key, session)) = sessions.into_iter().find(|(_, session)| session.sid == standing.sid) else {
            return Ok(false);
        };
        let fact = origin.event(now, Fact::SessionEnded, Some(session.account)).with("cause", "provider");
        self.directory.record(&[fact.with("provider", name).with("ended", session.sid.as_str())]).await?;
        self.directory.revoke_session(&session.sid, now).await?;
        self.sessions.end(key, EndCause::Provider).await?;
        self.grants.take(&session.sid).await?;
        Ok(true)
    }
}
