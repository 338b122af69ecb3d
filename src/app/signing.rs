//! Signing keys between the directory, which keeps them sealed, and the ring that signs.

use anyhow::Context as _;
use jiff::Timestamp;

use crate::account::{Directory, StoredKey};
use crate::config::Settings;
use crate::entropy::Entropy;
use crate::keys::{HeldKey, KeyRecord, KeyRing, PublicJwk, Purpose, Sealer, SigningKey, rotation, signing};

/// What private keys are sealed for.
const SEALED_FOR: &str = "signing-key";

/// Makes the keys that are due: the first of each purpose, and successors ahead of their time. Another instance may be first.
///
/// # Errors
/// When the directory does not answer or a key cannot be made.
pub async fn make_due_keys(
    directory: &dyn Directory,
    sealer: &Sealer,
    settings: &Settings,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> anyhow::Result<()> {
    let records = records(&directory.keys().await?);
    for purpose in [Purpose::Assertion, Purpose::Provider] {
        let Some(signs_from) = rotation::due(&records, purpose, settings.assertion.algorithm, now) else { continue };
        make_key(directory, sealer, settings, entropy, purpose, signs_from, now).await?;
    }
    for old in rotation::superseded(&records, now) {
        directory.retire_key(&old.id, now).await?;
        tracing::info!(key.id = old.id, "a signing key was retired");
    }
    Ok(())
}

/// Makes one key that begins to sign at `signs_from`; `None` when another instance was first.
///
/// # Errors
/// When the directory does not answer or a key cannot be made.
pub async fn make_key(
    directory: &dyn Directory,
    sealer: &Sealer,
    settings: &Settings,
    entropy: &dyn Entropy,
    purpose: Purpose,
    signs_from: Timestamp,
    now: Timestamp,
) -> anyhow::Result<Option<String>> {
    let records = records(&directory.keys().await?);
    let (key, pkcs8) = SigningKey::generate(settings.assertion.algorithm).context("a signing key cannot be made")?;
    let newest = records.iter().filter(|key| key.purpose == purpose && key.retired_at.is_none());
    let newest = newest.map(|key| key.signs_from).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let stored = StoredKey {
        id: key.public().kid.clone(),
        purpose: purpose.as_str().to_owned(),
        algorithm: signing::jose_name(settings.assertion.algorithm).to_owned(),
        public_jwk: serde_json::to_string(key.public())?,
        sealed: sealer.seal(SEALED_FOR, &pkcs8, entropy).context("a signing key cannot be sealed")?,
        created_at: now,
        signs_from,
        retired_at: None,
    };
    if !directory.add_key(&stored, newest).await? {
        return Ok(None);
    }
    tracing::info!(key.id = stored.id, key.purpose = stored.purpose, "a signing key was made");
    Ok(Some(stored.id))
}

/// The directory's keys, opened. A key that no sealing key opens is left out of signing and told of.
///
/// # Errors
/// When the directory does not answer.
pub async fn held_keys(directory: &dyn Directory, sealer: &Sealer) -> anyhow::Result<Vec<HeldKey>> {
    let stored = directory.keys().await?;
    let mut held = Vec::new();
    for (key, record) in stored.iter().filter_map(|key| record(key).map(|record| (key, record))) {
        let public: PublicJwk = serde_json::from_str(&key.public_jwk).context("a published key cannot be read")?;
        let opened = match sealer.open(SEALED_FOR, &key.sealed) {
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
pub async fn refresh(
    ring: &KeyRing,
    directory: &dyn Directory,
    sealer: &Sealer,
    settings: &Settings,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> anyhow::Result<()> {
    make_due_keys(directory, sealer, settings, entropy, now).await?;
    ring.replace(held_keys(directory, sealer).await?, super::longest_life(settings), now);
    Ok(())
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
