//! What providers gave, beside the sessions they opened: sealed in the store, renewed once however many ask, taken out at sign-out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::clock::SharedClock;
use crate::entropy::SharedEntropy;
use crate::keys::Sealer;
use crate::rp::{Grant, RelyingParty, RenewalError};
use crate::session::{EndCause, Kept, ProviderKeeper, ProviderToken, Session, Store, StoreError, Stored, Wish};

use super::super::Providers;
use super::{ArrivedIdentity, GRANT};

/// A provider's session is kept awake when it was last heard of this long ago (decision 42).
const AWAKE: SignedDuration = SignedDuration::from_mins(10);
/// A provider that could not be asked is left alone this long for one session.
const REST: SignedDuration = SignedDuration::from_secs(20);
/// Another process that renews is looked after this often.
const LOOK: Duration = Duration::from_millis(25);
/// And at most this many times: longer than the longest call.
const LOOKS: u32 = 1_400;
/// Sessions whose renewal is under way or just over, in this process.
const FLIGHTS: u64 = 10_000;

/// What stands in the store for one session.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    provider: String,
    grant: String,
    /// Somebody renews it until then: the others leave it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_until: Option<Timestamp>,
    /// The provider could not be asked: not before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rests_until: Option<Timestamp>,
}

/// Grants of providers, by the session they opened.
#[derive(Debug)]
pub struct Grants {
    pub(super) store: Arc<dyn Store>,
    providers: Arc<Providers>,
    pub(super) sealer: Sealer,
    pub(super) clock: SharedClock,
    entropy: SharedEntropy,
    flights: Cache<String, Arc<Mutex<()>>>,
}

impl Grants {
    /// In this store, renewed by these providers.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        providers: Arc<Providers>,
        sealer: Sealer,
        clock: SharedClock,
        entropy: SharedEntropy,
    ) -> Self {
        let flights = Cache::builder().max_capacity(FLIGHTS).time_to_idle(Duration::from_secs(60)).build();
        Self { store, providers, sealer, clock, entropy, flights }
    }

    /// Keeps what a provider gave for a session until it ends, and notes that the session stands on the provider's; what was kept before
    /// is forgotten.
    ///
    /// # Errors
    /// When the store did not acknowledge it.
    pub(in crate::login) async fn put(&self, session: &Session, identity: &ArrivedIdentity) -> Result<(), StoreError> {
        self.note(session, &identity.proven).await?;
        let held = Held {
            provider: identity.proven.identity_provider.clone(),
            grant: identity.grant.clone(),
            taken_until: None,
            rests_until: None,
        };
        let key = key_of(&session.sid);
        loop {
            let now = self.clock.now();
            let former = self.store.record(&key, now).await?.map(|stored| stored.version);
            if self.write(&key, former, &held, session.expires_at, now).await? {
                return Ok(());
            }
        }
    }

    /// What was sealed on its way here; `None` when it cannot be read.
    #[must_use]
    pub fn open(&self, sealed: &str) -> Option<Grant> {
        serde_json::from_slice(&self.sealer.open(GRANT, sealed).ok()?).ok()
    }

    /// Takes out what is kept for a session: the provider that gave it, and what it gave. `None` when there is nothing that can be read.
    ///
    /// # Errors
    /// When the store did not answer.
    pub async fn take(&self, sid: &str) -> Result<Option<(String, Grant)>, StoreError> {
        let key = key_of(sid);
        let Some(stored) = self.store.record(&key, self.clock.now()).await? else { return Ok(None) };
        self.store.remove_record(&key).await?;
        Ok(self.opened(&stored).map(|(held, grant)| (held.provider, grant)))
    }

    /// One look at what is held, and the renewal where it is due and nobody else is at it. `None`: to be looked at again.
    async fn look(&self, session: &Session, wish: Wish) -> Result<Option<Kept>, StoreError> {
        let (key, now) = (key_of(&session.sid), self.clock.now());
        let Some(stored) = self.store.record(&key, now).await? else { return Ok(Some(Kept::Nothing)) };
        let Some((held, grant)) = self.opened(&stored) else { return Ok(Some(Kept::Nothing)) };
        if !is_due(&grant, wish, now) {
            return Ok(Some(told(&grant, now)));
        }
        if held.taken_until.is_some_and(|until| now < until) {
            return Ok(None);
        }
        if held.rests_until.is_some_and(|until| now < until) {
            return Ok(Some(Kept::Later));
        }
        let Some(provider) = self.providers.get(&held.provider) else { return Ok(Some(Kept::Nothing)) };
        if grant.is_over(now) {
            self.store.remove_record(&key).await?;
            return Ok(Some(Kept::Over(EndCause::Idle)));
        }
        let until = session.expires_at;
        let taken = Held { taken_until: Some(now + provider.longest_call() * 2), rests_until: None, ..held };
        if !self.write(&key, Some(stored.version), &taken, until, now).await? {
            return Ok(None);
        }
        let taken = Stored { version: stored.version + 1, value: taken };
        self.renewed(&key, session, &provider, taken, &grant).await
    }

    async fn renewed(
        &self,
        key: &str,
        session: &Session,
        provider: &RelyingParty,
        taken: Stored<Held>,
        grant: &Grant,
    ) -> Result<Option<Kept>, StoreError> {
        let outcome = provider.renew(grant, &*self.entropy, self.clock.now()).await;
        let now = self.clock.now();
        let Stored { version, value: held } = taken;
        match outcome {
            Ok(new) => {
                let sealed = seal(&self.sealer, &new, &self.entropy)?;
                let held = Held { grant: sealed, taken_until: None, ..held };
                // Overtaken by a confirmation that brought another grant: that one counts.
                let written = self.write(key, Some(version), &held, session.expires_at, now).await?;
                Ok(written.then(|| told(&new, now)))
            }
            Err(RenewalError::Over(refusal)) => {
                tracing::info!(
                    sid = %session.sid,
                    identity_provider = provider.name(),
                    cause = refusal.as_ref().map(|refusal| refusal as &dyn std::error::Error),
                    "the identity provider's session is over, and ours with it"
                );
                self.store.remove_record(key).await?;
                Ok(Some(Kept::Over(EndCause::Provider)))
            }
            Err(error @ (RenewalError::Away(_) | RenewalError::Misconfigured(_))) => {
                tracing::warn!(
                    sid = %session.sid,
                    identity_provider = provider.name(),
                    error = &error as &dyn std::error::Error,
                    "what an identity provider gave could not be renewed"
                );
                let held = Held { taken_until: None, rests_until: Some(now + REST), ..held };
                self.write(key, Some(version), &held, session.expires_at, now).await?;
                Ok(Some(Kept::Later))
            }
        }
    }

    async fn write(
        &self,
        key: &str,
        expected: Option<i64>,
        held: &Held,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let value = serde_json::to_vec(held).map_err(StoreError::new)?;
        self.store.put_record(key, expected, &value, until, now).await
    }

    /// What cannot be read is not there: its session goes on without (attack F05).
    fn opened(&self, stored: &Stored<Vec<u8>>) -> Option<(Held, Grant)> {
        let held: Held = serde_json::from_slice(&stored.value).ok()?;
        let grant = self.open(&held.grant)?;
        Some((held, grant))
    }
}

#[async_trait]
impl ProviderKeeper for Grants {
    async fn keep(&self, session: &Session, wish: Wish) -> Result<Kept, StoreError> {
        let flight = self.flights.get_with_by_ref(&session.sid, Arc::default);
        let patient = wish == Wish::Now;
        let _alone = if patient {
            flight.lock().await
        } else {
            let Ok(alone) = flight.try_lock() else { return Ok(Kept::Later) };
            alone
        };
        for _ in 0..LOOKS {
            match self.look(session, wish).await? {
                Some(kept) => return Ok(kept),
                // Another process is at it; what it brings counts for us too.
                None if patient => tokio::time::sleep(LOOK).await,
                None => break,
            }
        }
        Ok(Kept::Later)
    }
}

/// Seals a grant for its way to the store.
pub(in crate::login) fn seal(sealer: &Sealer, grant: &Grant, entropy: &SharedEntropy) -> Result<String, StoreError> {
    let plain = serde_json::to_vec(grant).map_err(StoreError::new)?;
    sealer.seal(GRANT, &plain, &**entropy).map_err(StoreError::new)
}

fn key_of(sid: &str) -> String {
    format!("grant:{sid}")
}

fn is_due(grant: &Grant, wish: Wish, now: Timestamp) -> bool {
    grant.is_renewable()
        && match wish {
            Wish::Alive => grant.obtained_at() + AWAKE <= now,
            Wish::Ahead => half(grant) <= now,
            Wish::Now => !token(grant).is_some_and(|token| token.is_good(now)),
        }
}

fn told(grant: &Grant, now: Timestamp) -> Kept {
    let token = token(grant).filter(|token| token.is_good(now));
    match (grant.is_renewable(), &token) {
        (false, None) => Kept::Nothing,
        (renewable, _) => Kept::Held { next: renewable.then(|| grant.obtained_at() + AWAKE), token },
    }
}

fn half(grant: &Grant) -> Timestamp {
    let life = grant.access_expires_at().duration_since(grant.obtained_at());
    grant.obtained_at() + life / 2
}

fn token(grant: &Grant) -> Option<ProviderToken> {
    let mut value = HeaderValue::from_str(grant.access_token()).ok()?;
    value.set_sensitive(true);
    Some(ProviderToken { value, half: half(grant), expires_at: grant.access_expires_at() })
}
