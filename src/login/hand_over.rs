//! Handing a session over to another host with a one-time code (decision 15): sixty seconds, once, for that host, and for the browser
//! whose cookie was set there before it left. A code that somebody else brings signs nobody in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::entropy::Draw as _;
use crate::observe::Fact;
use crate::observe::audit::Origin;
use crate::session::{EndCause, Session, SessionKey, SessionToken};

use super::journey::Signed;
use super::local::Browser;
use super::{Flow, Login, LoginError};

/// A code lives this long.
pub const LIFETIME: SignedDuration = SignedDuration::from_secs(60);

/// What the MAC over host and cookie is made for.
const PURPOSE: &str = "hand-over";

/// A code's other half; the code itself is not kept.
#[derive(Debug, Serialize, Deserialize)]
struct HandedOut {
    session: SessionKey,
    host: String,
    mark: String,
    until: Timestamp,
}

/// A session that goes on here too.
#[derive(Debug)]
pub struct HandedOver {
    /// The value of this host's cookie.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
}

impl Login {
    /// What a browser shows of its flow cookie at `host` before it leaves for the sign-in; `None` when the cookie is not of our making.
    #[must_use]
    pub fn hand_over_mark(&self, host: &str, cookie: &str) -> Option<String> {
        Flow::is_shaped(cookie).then(|| self.sealer.mac(PURPOSE, &[host.as_bytes(), cookie.as_bytes()]))
    }

    /// Draws a code for this session, good at `host` for the browser of `mark`.
    ///
    /// # Errors
    /// When the store did not acknowledge it.
    pub async fn hand_out(&self, signed: Signed<'_>, host: &str, mark: &str) -> Result<String, LoginError> {
        let code = self.entropy.token::<32>();
        let now = self.now();
        let until = now + LIFETIME;
        let kept = HandedOut { session: signed.key, host: host.to_owned(), mark: mark.to_owned(), until };
        let value = serde_json::to_vec(&kept)?;
        // Drawn just now: there is none under this name.
        self.store.put_record(&record_key(&code), None, &value, until, now).await?;
        Ok(code)
    }

    /// Takes a code brought to `host` by the browser that holds `cookie`: used up first, judged after. `None` when it opens nothing.
    ///
    /// # Errors
    /// When a store did not answer.
    pub async fn take_over_at(
        &self,
        host: &str,
        code: &str,
        cookie: &str,
        browser: Browser<'_>,
    ) -> Result<Option<HandedOver>, LoginError> {
        let key = record_key(code);
        let now = self.now();
        let Some(stored) = self.store.record(&key, now).await? else { return Ok(None) };
        if !self.store.remove_record(&key).await? {
            return Ok(None);
        }
        let kept: HandedOut = serde_json::from_slice(&stored.value)?;
        let signed: [&[u8]; 2] = [host.as_bytes(), cookie.as_bytes()];
        let good = now < kept.until && kept.host == host && self.sealer.verify_mac(PURPOSE, &signed, &kept.mark);
        if !good {
            let (fact, request) = (Fact::HandOverRefused.as_str(), browser.origin.request_id.as_deref());
            tracing::warn!(request.id = request, host, "{fact}: a code for another host or browser");
            return Ok(None);
        }
        let Some((token, visitor)) = self.sessions.open_on(host, kept.session).await? else { return Ok(None) };
        let session = visitor.session().clone();
        let origin = Origin { sid: Some(session.sid.clone()), ..browser.origin.clone() };
        let event = origin.event(now, Fact::SessionHandedOver, Some(session.account));
        self.directory.record(&[event.with("host", host)]).await?;
        Ok(Some(HandedOver { token, session }))
    }

    /// Ends a session that the browser had before another took its place: a copy of its cookie must open nothing (attack S01).
    ///
    /// # Errors
    /// When a store did not acknowledge it.
    pub async fn end_former(&self, former: Signed<'_>) -> Result<(), LoginError> {
        let origin = former.browser.origin;
        let fact = origin.event(self.now(), Fact::SessionEnded, Some(former.session.account));
        self.directory.record(&[fact.with("cause", "signed-in-again")]).await?;
        self.directory.revoke_session(&former.session.sid, self.now()).await?;
        self.sessions.end(former.key, EndCause::SignedOut).await?;
        Ok(())
    }
}

fn record_key(code: &str) -> String {
    format!("hand-over:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(code.as_bytes())))
}
