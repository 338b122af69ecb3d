//! The published key set. Public members only: what is not in [`PublicJwk`] cannot be published.

use serde::Serialize;

use super::PublicJwk;

/// How long a verifier may keep the set (seconds); new keys are published longer than this before they sign.
pub const MAX_AGE_SECONDS: u32 = 300;

#[derive(Serialize)]
struct KeySet<'a> {
    keys: Vec<&'a PublicJwk>,
}

/// The set as JSON (`application/jwk-set+json`), in the order given, each key once.
#[must_use]
pub fn document<'a>(keys: impl IntoIterator<Item = &'a PublicJwk>) -> Vec<u8> {
    let mut set = KeySet { keys: Vec::new() };
    for key in keys {
        if !set.keys.iter().any(|known| known.kid == key.kid) {
            set.keys.push(key);
        }
    }
    // Strings only: this does not fail. An empty set would be refused by every verifier, which is the safe side.
    serde_json::to_vec(&set).unwrap_or_else(|_| br#"{"keys":[]}"#.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::SigningAlgorithm;
    use crate::keys::SigningKey;

    #[test]
    fn the_set_holds_each_public_key_once_and_no_private_member() {
        let (first, _) = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        let (second, _) = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
        let set: serde_json::Value =
            serde_json::from_slice(&document([first.public(), second.public(), first.public()])).unwrap();
        let keys = set["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2);
        for key in keys {
            assert!(key.get("d").is_none());
            assert_eq!(key["use"], "sig");
        }
    }
}
