//! Sessions on other hosts than the one where people sign in. A token of such a host leads to the session and holds nothing of its own:
//! whatever ends the session ends it on every host at once, and there is one silence for all of them.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::session::{Lookup, SessionKey, SessionToken, StoreError, Visitor};

use super::{FRESH, Inner, Sessions};

/// A token outlives its session by as long as the cause of the end is kept, so that its host can say it (decision 58).
const TOLD: SignedDuration = SignedDuration::from_hours(24);

/// Where a token leads, and the only host on which it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lead {
    host: String,
    session: SessionKey,
}

/// Tokens read lately. Another process may have forgotten one: it is read again as often as a session is.
pub(super) fn leads(capacity: u64) -> Cache<SessionKey, Arc<Lead>> {
    let fresh = Duration::try_from(FRESH).unwrap_or_default();
    Cache::builder().max_capacity(capacity).time_to_live(fresh).build()
}

impl Sessions {
    /// The key of the session that a token shown on `host` leads to. `None` when it is no token of that host: one of another host is
    /// worth nothing here, nor is the session's own.
    ///
    /// # Errors
    /// When the store had to be asked and did not answer.
    pub async fn behind(&self, host: &str, token: &SessionToken) -> Result<Option<SessionKey>, StoreError> {
        let key = token.key();
        let lead = match self.inner.leads.get(&key) {
            Some(lead) => lead,
            None => {
                let Some(lead) = Box::pin(self.inner.lead(key)).await? else { return Ok(None) };
                let lead = Arc::new(lead);
                self.inner.leads.insert(key, Arc::clone(&lead));
                lead
            }
        };
        Ok((lead.host == host).then_some(lead.session))
    }

    /// A new token of `host` for a live session, which it dies with; `None` when the session is over.
    ///
    /// # Errors
    /// When the store did not acknowledge it: no cookie may be given.
    pub async fn open_on(
        &self,
        host: &str,
        session: SessionKey,
    ) -> Result<Option<(SessionToken, Arc<Visitor>)>, StoreError> {
        let Lookup::Live(visitor) = self.visitor_of(session).await? else { return Ok(None) };
        let token = SessionToken::draw(&*self.inner.entropy);
        let lead = Lead { host: host.to_owned(), session };
        let value = serde_json::to_vec(&lead).map_err(StoreError::new)?;
        let until = visitor.session().expires_at + TOLD;
        let now = self.inner.clock.now();
        // Drawn just now: there is none under this name.
        let added = self.inner.store.put_record(&name(token.key()), None, &value, until, now).await?;
        Ok(added.then_some((token, visitor)))
    }

    /// Forgets a token of another host.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn forget_on_host(&self, token: &SessionToken) -> Result<(), StoreError> {
        let key = token.key();
        self.inner.store.remove_record(&name(key)).await?;
        self.inner.leads.invalidate(&key);
        Ok(())
    }
}

impl Inner {
    async fn lead(&self, key: SessionKey) -> Result<Option<Lead>, StoreError> {
        let now: Timestamp = self.clock.now();
        let stored = self.store.record(&name(key), now).await?;
        // What cannot be read is not there: its owner comes by once more (attack F05).
        Ok(stored.and_then(|stored| serde_json::from_slice(&stored.value).ok()))
    }
}

fn name(token: SessionKey) -> String {
    format!("host-token:{}", URL_SAFE_NO_PAD.encode(token.as_bytes()))
}
