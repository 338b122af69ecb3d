//! Signing keys between the directory, which keeps them sealed, and the ring that signs.

use anyhow::Context as _;
use jiff::Timestamp;

use crate::account::{Directory, StoredKey};
use crate::config::Settings;
use crate::entropy::Entropy;
use crate::keys::{HeldKey, KeyRecord, KeyRing, PublicJwk, Purpose, Sealer, SigningKey, rotation, signing};

/// What private keys are sealed for.
const SEALED_FOR: &str = "signing-key";

/// The signing keys of one directory, and what it takes to make and to open them.
#[derive(Debug, Clone, Copy)]
pub struct SigningKeys<'a> {
    /// Where they are kept.
    pub directory: &'a dyn Directory,
    /// What seals their private halves.
    pub sealer: &'a Sealer,
    /// The algorithm, and how long what they sign lives.
    pub settings: &'a Settings,
    /// Where new ones are drawn from.
    pub entropy: &'a dyn Entropy,
}

impl SigningKeys<'_> {
    /// Makes the keys that are due: the first of each purpose, and successors ahead of their time. Another instance may be first.
    ///
    /// # Errors
    /// When the directory does not answer or a key cannot be made.
    pub async fn make_due(&self, now: Timestamp) -> anyhow::Result<()> {
        let records = records(&self.directory.keys().await?);
        for purpose in [Purpose::Assertion, Purpose::Provider] {
            let algorithm = self.settings.assertion.algorithm;
            let Some(signs_from) = rotation::due(&records, purpose, algorithm, now) else { continue };
            self.make(purpose, signs_from, now).await?;
        }
        for old in rotation::superseded(&records, now) {
            self.directory.retire_key(&old.id, now).await?;
            tracing::info!(key.id = old.id, "a signing key was retired");
        }
        Ok(())
    }

    /// Makes one key that begins to sign at `signs_from`; `None` when another instance was first.
    ///
    /// # Errors
    /// When the directory does not answer or a key cannot be made.
    pub async fn make(
        &self,
        purpose: Purpose,
        signs_from: Timestamp,
        now: Timestamp,
    ) -> anyhow::Result<Option<String>> {
        let algorithm = self.settings.assertion.algorithm;
        let records = records(&self.directory.keys().await?);
        let (key, pkcs8) = SigningKey::generate(algorithm).context("a signing key cannot be made")?;
        let newest = records.iter().filter(|key| key.purpose == purpose && key.retired_at.is_none());
        let newest = newest.map(|key| key.signs_from).max().unwrap_or(Timestamp::UNIX_EPOCH);
        let sealed = self.sealer.seal(SEALED_FOR, &pkcs8, self.entropy).context("a signing key cannot be sealed")?;
        let stored = StoredKey {
            id: key.public().kid.clone(),
            purpose: purpose.as_str().to_owned(),
            algorithm: signing::jose_name(algorithm).to_owned(),
            public_jwk: serde_json::to_string(key.public())?,
            sealed,
            created_at: now,
            signs_from,
            retired_at: None,
        };
        if !self.directory.add_key(&stored, newest).await? {
            return Ok(None);
        }
        tracing::info!(key.id = stored.id, key.purpose = stored.purpose, "a signing key was made");
        Ok(Some(stored.id))
    }

    /// The directory's keys, opened. A key that no sealing key opens is left out of signing and told of.
    ///
    /// # Errors
    /// When the directory does not answer.
    pub async fn held(&self) -> anyhow::Result<Vec<HeldKey>> {
        let stored = self.directory.keys().await?;
        let mut held = Vec::new();
        for (key, record) in stored.iter().filter_map(|key| record(key).map(|record| (key, record))) {
            let public: PublicJwk = serde_json::from_str(&key.public_jwk).context("a published key cannot be read")?;
            let opened = match self.sealer.open(SEALED_FOR, &key.sealed) {
                Ok(pkcs8) => {
                    Some(SigningKey::from_pkcs8(record.algorithm, &pkcs8).context("a signing key cannot be read")?)
                }
                Err(_) => {
                    tracing::error!(
                        key.id = key.id,
                        "no sealing key opens this signing key: was sealing_keys_file replaced?"
                    );
                    None
                }
            };
            let key = opened.filter(|_| record.retired_at.is_none()).map(std::sync::Arc::new);
            held.push(HeldKey { record, public, key });
        }
        Ok(held)
    }

    /// Makes what is due and refreshes the ring; called every minute.
    ///
    /// # Errors
    /// When the directory does not answer; the ring stays as it is.
    pub async fn refresh(&self, ring: &KeyRing, now: Timestamp) -> anyhow::Result<()> {
        self.make_due(now).await?;
        ring.replace(self.held().await?, super::longest_life(self.settings), now);
        Ok(())
    }
}

/// The lives of stored keys; what a newer guichet wrote and this one cannot read is left out.
pub(super) fn records(keys: &[StoredKey]) -> Vec<KeyRecord> {
    keys.iter().filter_map(record).collect()
}

fn record(key: &StoredKey) -> Option<KeyRecord> {
    Some(KeyRecord {
        id: key.id.clone(),
        purpose: Purpose::named(&key.purpose)?,
        algorithm: signing::algorithm_named(&key.algorithm)?,
        created_at: key.created_at,
        signs_from: key.signs_from,
        retired_at: key.retired_at,
    })
}
