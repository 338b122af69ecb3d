//! What is known of the provider: fetched when needed, swapped whole, kept while it is down, never older than a day.
//!
//! A failed fetch changes nothing and is not remembered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use url::Url;

use super::breaker::Standing;
use super::http::{Caller, Outage};
use super::jwks::KeySet;
use super::metadata::{Metadata, Needs};

/// Age from which the background task fetches again.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// Age from which nothing known may be used (attack T07).
const OLDEST: SignedDuration = SignedDuration::from_hours(24);
/// Shortest time between two fetches for an unknown key (attack T05).
const KEY_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// Metadata and keys of one fetch.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) metadata: Metadata,
    pub(super) keys: KeySet,
    fetched_at: Timestamp,
}

/// The provider's documents.
#[derive(Debug)]
pub(super) struct Discovery {
    name: String,
    issuer: String,
    address: Url,
    needs: Needs,
    caller: Caller,
    current: ArcSwapOption<Snapshot>,
    /// Held during any fetch, so that there is one at a time; guards when keys were last asked for alone.
    fetching: Mutex<Option<Timestamp>>,
    /// Whole fetches ended, well or not: who waited for one does not start another.
    ended: AtomicU64,
}

impl Discovery {
    pub(super) fn new(name: String, issuer: String, address: Url, needs: Needs, caller: Caller) -> Self {
        Self {
            name,
            issuer,
            address,
            needs,
            caller,
            current: ArcSwapOption::empty(),
            fetching: Mutex::new(None),
            ended: AtomicU64::new(0),
        }
    }

    /// What is known and still usable at `now`.
    pub(super) fn current(&self, now: Timestamp) -> Option<Arc<Snapshot>> {
        self.current.load_full().filter(|snapshot| age(snapshot, now) < OLDEST)
    }

    /// What was last known, however old: only for addresses a page names.
    pub(super) fn last(&self) -> Option<Arc<Snapshot>> {
        self.current.load_full()
    }

    /// What is known; fetched first when nothing is.
    pub(super) async fn known(&self, now: Timestamp) -> Result<Arc<Snapshot>, Outage> {
        match self.current(now) {
            Some(snapshot) => Ok(snapshot),
            None => self.fetch(now).await,
        }
    }

    /// The same before a person is sent on their way: whoever would come back to a provider that does not answer is told at once,
    /// and after its rest the provider is asked first.
    pub(super) async fn reachable(&self, now: Timestamp) -> Result<Arc<Snapshot>, Outage> {
        match self.caller.standing(now) {
            Standing::Well => self.known(now).await,
            Standing::Due => self.fetch(now).await,
            Standing::Resting => Err(Outage::Resting),
        }
    }

    /// Fetches when what is known is an hour old, or when the provider was away and may be back.
    pub(super) async fn refresh(&self, now: Timestamp) -> Result<(), Outage> {
        let well = self.caller.standing(now) == Standing::Well;
        let fresh = well && self.current(now).is_some_and(|snapshot| age(&snapshot, now) < FRESH);
        if fresh { Ok(()) } else { self.fetch(now).await.map(|_| ()) }
    }

    /// The keys again, because a token names one we do not have: at most once a minute, however many such tokens come.
    pub(super) async fn refetch_keys(&self, known: &Arc<Snapshot>, now: Timestamp) -> Arc<Snapshot> {
        let mut asked_at = self.fetching.lock().await;
        let newest = self.current(now).unwrap_or_else(|| Arc::clone(known));
        if !Arc::ptr_eq(&newest, known) || asked_at.is_some_and(|asked_at| now < asked_at + KEY_INTERVAL) {
            return newest;
        }
        *asked_at = Some(now);
        match self.keys(&newest.metadata, now).await {
            Ok(keys) => {
                let snapshot =
                    Arc::new(Snapshot { metadata: newest.metadata.clone(), keys, fetched_at: newest.fetched_at });
                self.current.store(Some(Arc::clone(&snapshot)));
                snapshot
            }
            Err(outage) => {
                self.tell(&outage);
                newest
            }
        }
    }

    async fn fetch(&self, now: Timestamp) -> Result<Arc<Snapshot>, Outage> {
        let ended_before = self.ended.load(Ordering::Acquire);
        let _one_at_a_time = self.fetching.lock().await;
        if self.ended.load(Ordering::Acquire) != ended_before {
            return self.current(now).ok_or(Outage::NotKnown);
        }
        let fetched = self.documents(now).await;
        self.ended.fetch_add(1, Ordering::AcqRel);
        match fetched {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                self.current.store(Some(Arc::clone(&snapshot)));
                Ok(snapshot)
            }
            Err(outage) => {
                self.tell(&outage);
                Err(outage)
            }
        }
    }

    async fn documents(&self, now: Timestamp) -> Result<Snapshot, Outage> {
        let document = self.caller.get_json(self.address.as_str(), None, now).await?;
        let metadata = Metadata::read(&document, &self.issuer, self.needs)?;
        let keys = self.keys(&metadata, now).await?;
        Ok(Snapshot { metadata, keys, fetched_at: now })
    }

    async fn keys(&self, metadata: &Metadata, now: Timestamp) -> Result<KeySet, Outage> {
        let document = self.caller.get_json(metadata.jwks.as_str(), None, now).await?;
        let (keys, left_out) = KeySet::read(&document)?;
        if left_out > 0 {
            tracing::warn!(identity_provider = %self.name, left_out, "keys of the identity provider were left out");
        }
        Ok(keys)
    }

    fn tell(&self, outage: &Outage) {
        let cause = outage as &dyn std::error::Error;
        tracing::error!(identity_provider = %self.name, cause, "the identity provider's documents were not renewed");
    }
}

fn age(snapshot: &Snapshot, now: Timestamp) -> SignedDuration {
    now.duration_since(snapshot.fetched_at)
}
