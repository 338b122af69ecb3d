//! Signing keys in an administrator's hands: list, make a successor ahead of time, retire. Private halves stay sealed.

use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use serde::Serialize;

use crate::account::{Directory, StoredKey};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Settings, ensure_sealing_keys};
use crate::entropy::{SharedEntropy, SystemEntropy};
use crate::keys::{Purpose, Sealer, rotation};
use crate::observe::audit::Origin;
use crate::observe::{AuditEvent, Fact};

use super::Stores;
use super::signing::{self, SigningKeys};

/// The directory's keys, and who acts.
#[derive(Debug)]
pub struct KeyDesk {
    directory: Arc<dyn Directory>,
    sealer: Sealer,
    settings: Settings,
    clock: SharedClock,
    entropy: SharedEntropy,
    operator: String,
}

/// A key as it is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownKey {
    /// `kid`.
    pub id: String,
    /// `assertion` or `provider`.
    pub purpose: String,
    /// `ES256` or `EdDSA`.
    pub algorithm: String,
    /// `signs`, `waits` (published, signs later), `superseded` or `retired`.
    pub state: &'static str,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub signs_from: Timestamp,
    /// When it was retired.
    pub retired_at: Option<Timestamp>,
}

impl KeyDesk {
    /// Opens the stores; makes the sealing key of a development gateway that has none yet.
    ///
    /// # Errors
    /// When a store cannot be opened, or there is no sealing key.
    pub async fn open(mut settings: Settings, operator: &str) -> anyhow::Result<Self> {
        ensure_sealing_keys(&mut settings, &SystemEntropy)?;
        let stores = Stores::open(&settings).await?;
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        Ok(Self::new(stores.directory, settings, clock, entropy, operator))
    }

    /// The desk of an open directory. `settings` hold at least one sealing key.
    #[must_use]
    pub fn new(
        directory: Arc<dyn Directory>,
        settings: Settings,
        clock: SharedClock,
        entropy: SharedEntropy,
        operator: &str,
    ) -> Self {
        let sealer = Sealer::new(settings.sealing_keys.clone());
        Self { directory, sealer, settings, clock, entropy, operator: operator.to_owned() }
    }

    /// Every key that is still of use, oldest first.
    ///
    /// # Errors
    /// When the directory is away.
    pub async fn list(&self) -> anyhow::Result<Vec<ShownKey>> {
        let keys = self.directory.keys().await?;
        let now = self.clock.now();
        let records = signing::records(&keys);
        let signers: Vec<&str> = [Purpose::Assertion, Purpose::Provider]
            .into_iter()
            .filter_map(|purpose| rotation::signer(&records, purpose, now))
            .map(|record| record.id.as_str())
            .collect();
        Ok(keys.iter().map(|key| shown(key, &signers, now)).collect())
    }

    /// Makes a successor that signs in ten minutes, when every verifier has read the set again. Answers with it.
    ///
    /// # Errors
    /// When a successor already waits, another instance was first, or the directory is away.
    pub async fn rotate(&self, purpose: Purpose) -> anyhow::Result<ShownKey> {
        let now = self.clock.now();
        let mut keys = self.list().await?;
        keys.retain(|key| key.purpose == purpose.as_str());
        if let Some(key) = keys.iter().find(|key| key.state == "waits") {
            bail!("a successor already waits: {} signs from {}", key.id, key.signs_from);
        }
        // Where none signs, nobody holds a set without the new one: it signs at once, as the first key of a gateway does.
        let signs = keys.iter().any(|key| key.state == "signs");
        let signs_from = if signs { now + rotation::PUBLISHED_BEFORE } else { now };
        let id = self.signing_keys().make(purpose, signs_from, now).await?;
        let id = id.context("another instance made a key at the same moment")?;
        self.directory.record(&[self.fact(Fact::KeyCreated, &id, now)]).await?;
        self.list().await?.into_iter().find(|key| key.id == id).context("the new key is not there any more")
    }

    /// Retires a key: it signs nothing more, and stays published until the last token it signed has expired.
    ///
    /// # Errors
    /// When there is no such key, it is retired already, it is the only one that can sign now, or the directory is away.
    pub async fn retire(&self, id: &str) -> anyhow::Result<ShownKey> {
        let now = self.clock.now();
        let mut records = signing::records(&self.directory.keys().await?);
        let place = records.iter().position(|key| key.id == id).with_context(|| format!("there is no key {id}"))?;
        let key = records.remove(place);
        ensure!(key.retired_at.is_none(), "the key {id} is already retired");
        let signs = key.signs_from <= now;
        ensure!(
            !signs || rotation::signer(&records, key.purpose, now).is_some(),
            "the key {id} is the only one that signs: run `guichet keys rotate`, and retire it ten minutes later"
        );
        ensure!(self.directory.retire_key(id, now).await?, "the key {id} is already retired");
        self.directory.record(&[self.fact(Fact::KeyRetired, id, now)]).await?;
        self.list().await?.into_iter().find(|key| key.id == id).context("the key is not there any more")
    }

    fn signing_keys(&self) -> SigningKeys<'_> {
        SigningKeys {
            directory: &*self.directory,
            sealer: &self.sealer,
            settings: &self.settings,
            entropy: &*self.entropy,
        }
    }

    fn fact(&self, fact: Fact, id: &str, now: Timestamp) -> AuditEvent {
        Origin::default()
            .event(now, fact, None)
            .with("key", id)
            .with("by", "help-desk")
            .with("operator", self.operator.clone())
    }
}

fn shown(key: &StoredKey, signers: &[&str], now: Timestamp) -> ShownKey {
    let state = if key.retired_at.is_some() {
        "retired"
    } else if signers.contains(&key.id.as_str()) {
        "signs"
    } else if key.signs_from > now {
        "waits"
    } else {
        "superseded"
    };
    ShownKey {
        id: key.id.clone(),
        purpose: key.purpose.clone(),
        algorithm: key.algorithm.clone(),
        state,
        created_at: key.created_at,
        signs_from: key.signs_from,
        retired_at: key.retired_at,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::account::SqliteDirectory;
    use crate::clock::testing::HandClock;

    #[tokio::test]
    async fn a_key_is_succeeded_ten_minutes_later_and_only_then_retired() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = crate::config::demo(9180, folder.path().to_owned()).unwrap().settings;
        ensure_sealing_keys(&mut settings, &SystemEntropy).unwrap();
        let directory: Arc<dyn Directory> =
            Arc::new(SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap());
        let start = Timestamp::from_second(1_900_000_000).unwrap();
        let clock = HandClock::at(start);
        let desk = KeyDesk::new(Arc::clone(&directory), settings, clock.clone(), Arc::new(SystemEntropy), "marie");
        desk.signing_keys().make_due(start).await.unwrap();

        let first = desk.list().await.unwrap().into_iter().find(|key| key.purpose == "assertion").unwrap();
        assert_eq!(first.state, "signs");
        assert!(desk.retire(&first.id).await.unwrap_err().to_string().contains("the only one that signs"));
        assert!(desk.retire("nothing").await.is_err());

        let next = desk.rotate(Purpose::Assertion).await.unwrap();
        assert_eq!((next.state, next.signs_from), ("waits", start + SignedDuration::from_mins(10)));
        assert!(desk.rotate(Purpose::Assertion).await.unwrap_err().to_string().contains("already waits"));
        assert!(desk.retire(&first.id).await.is_err(), "the successor does not sign yet");

        clock.forward(600);
        assert_eq!(desk.retire(&first.id).await.unwrap().state, "retired");
        assert!(desk.retire(&first.id).await.is_err());
        assert!(desk.retire(&next.id).await.is_err(), "it is the only one now");
    }
}
