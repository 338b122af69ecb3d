//! The keys of a running gateway, swapped as a whole: who signs now, and what is published.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{KeyRecord, PublicJwk, Purpose, SigningKey, jwks, rotation};

/// A key and its record. A retired one is published without its private half.
#[derive(Debug, Clone)]
pub struct HeldKey {
    /// Its life.
    pub record: KeyRecord,
    /// Its public half.
    pub public: PublicJwk,
    /// Its private half, if it may still sign.
    pub key: Option<Arc<SigningKey>>,
}

/// What every request reads, without a lock; `app` replaces it when the directory's keys change, and every few minutes.
#[derive(Debug)]
pub struct KeyRing {
    snapshot: ArcSwap<Snapshot>,
}

#[derive(Debug)]
struct Snapshot {
    records: Vec<KeyRecord>,
    held: Vec<Option<Arc<SigningKey>>>,
    document: Bytes,
}

impl KeyRing {
    /// A ring of these keys. `longest_life` is that of the longest token any of them signs.
    #[must_use]
    pub fn new(keys: Vec<HeldKey>, longest_life: SignedDuration, now: Timestamp) -> Self {
        Self { snapshot: ArcSwap::from_pointee(Snapshot::of(keys, longest_life, now)) }
    }

    /// Replaces every key at once.
    pub fn replace(&self, keys: Vec<HeldKey>, longest_life: SignedDuration, now: Timestamp) {
        self.snapshot.store(Arc::new(Snapshot::of(keys, longest_life, now)));
    }

    /// The key that signs for `purpose` at `now`. A key made ahead begins by itself; `None` when there is no key, and then nothing may be signed.
    #[must_use]
    pub fn signer(&self, purpose: Purpose, now: Timestamp) -> Option<Arc<SigningKey>> {
        let snapshot = self.snapshot.load();
        let signer = rotation::signer(&snapshot.records, purpose, now)?;
        let place = snapshot.records.iter().position(|record| record.id == signer.id)?;
        snapshot.held.get(place)?.clone()
    }

    /// The published set, as JSON.
    #[must_use]
    pub fn document(&self) -> Bytes {
        self.snapshot.load().document.clone()
    }
}

impl Snapshot {
    fn of(keys: Vec<HeldKey>, longest_life: SignedDuration, now: Timestamp) -> Self {
        let keys: Vec<HeldKey> =
            keys.into_iter().filter(|key| rotation::is_published(&key.record, longest_life, now)).collect();
        let document = Bytes::from(jwks::document(keys.iter().map(|key| &key.public)));
        let (records, held) = keys.into_iter().map(|key| (key.record, key.key)).unzip();
        Self { records, held, document }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::SigningAlgorithm;

    #[test]
    fn a_key_made_ahead_is_published_and_begins_by_itself() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let held = |signs_from: Timestamp| {
            let (key, _) = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
            let record = KeyRecord {
                id: key.public().kid.clone(),
                purpose: Purpose::Assertion,
                algorithm: SigningAlgorithm::Es256,
                created_at: now,
                signs_from,
                retired_at: None,
            };
            HeldKey { record, public: key.public().clone(), key: Some(Arc::new(key)) }
        };
        let (first, second) = (held(now), held(now + SignedDuration::from_mins(10)));
        let names = (first.record.id.clone(), second.record.id.clone());
        let ring = KeyRing::new(vec![first, second], SignedDuration::from_mins(1), now);
        assert_eq!(ring.signer(Purpose::Assertion, now).unwrap().public().kid, names.0);
        let later = now + SignedDuration::from_mins(10);
        assert_eq!(ring.signer(Purpose::Assertion, later).unwrap().public().kid, names.1);
        assert!(ring.signer(Purpose::Provider, later).is_none());
        let text = String::from_utf8(ring.document().to_vec()).unwrap();
        assert!(text.contains(&names.0) && text.contains(&names.1));
    }
}
