//! A provider's word that a person's session there is over (OpenID Connect Back-Channel Logout 1.0): every check of section 2.6.

use jiff::Timestamp;
use serde_json::Value;

use super::http::Outage;
use super::id_token::{Opened, Purpose, Refusal};
use super::{RelyingParty, id_token};

/// The event that makes a token a logout token (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Longest `sid` and `jti`.
const LONGEST_NAME: usize = 255;

/// What a believed logout token says. Whether it came before is for the caller to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    /// The provider's session that is over; `None`: every session of the subject.
    pub session: Option<String>,
    /// The provider's name for the person.
    pub subject: Option<String>,
    /// The token's own name: it counts once.
    pub id: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when it could be shown again.
    pub expires_at: Timestamp,
}

/// Why a logout token changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// It is not believed (attack C23).
    #[error("the logout token is refused")]
    Refused(#[from] Refusal),
    /// The provider's keys are not known now.
    #[error("the provider is not available")]
    Unavailable(#[from] Outage),
}

impl RelyingParty {
    /// Judges a logout token.
    ///
    /// # Errors
    /// See [`LogoutError`].
    pub async fn logged_out(&self, token: &str, now: Timestamp) -> Result<LoggedOut, LogoutError> {
        let opened = Opened::open(token, &self.algorithms, Purpose::Logout)?;
        let mut snapshot = self.discovery.known(now).await?;
        if !snapshot.keys.knows(opened.key_id()) {
            snapshot = self.discovery.refetch_keys(&snapshot, now).await;
        }
        let claims = opened.verified(&snapshot.keys)?;
        id_token::check_parties(&claims, &self.issuer, &self.client_id)?;
        id_token::check_times(&claims, now)?;
        let is_logout = claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object);
        let named_otherwise = claims.get("typ").is_some_and(|kind| kind != "Logout");
        if !is_logout || named_otherwise || claims.contains_key("nonce") {
            return Err(Refusal::Kind.into());
        }
        let name = |claim: &str| match claims.get(claim) {
            None => Ok(None),
            Some(Value::String(name)) if (1..=LONGEST_NAME).contains(&name.len()) => Ok(Some(name.clone())),
            Some(_) => Err(Refusal::Claim),
        };
        let (session, subject) = (name("sid")?, name("sub")?);
        if session.is_none() && subject.is_none() {
            return Err(Refusal::Subject.into());
        }
        let instant = |claim| id_token::instant(&claims, claim).and_then(|instant| instant.ok_or(Refusal::Claim));
        Ok(LoggedOut {
            session,
            subject,
            id: name("jti")?.ok_or(Refusal::Claim)?,
            issued_at: instant("iat")?,
            expires_at: instant("exp")?,
        })
    }
}
