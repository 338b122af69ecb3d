//! The keys of the simulator: one signs, the former ones are published as long as their tokens should hold.

use serde_json::{Value, json};

use super::key::{KeyFault, SimulatorKey};

/// The key that signs, and those before it.
#[derive(Debug)]
pub(super) struct Keyring {
    active: SimulatorKey,
    former: Vec<SimulatorKey>,
}

impl Keyring {
    pub(super) fn new(active: SimulatorKey) -> Self {
        Self { active, former: Vec::new() }
    }

    /// A new key signs from now on; the former ones stay published, or are gone at once.
    pub(super) fn rotate(&mut self, key: SimulatorKey, keep_former: bool) {
        let former = std::mem::replace(&mut self.active, key);
        if keep_former {
            self.former.push(former);
        } else {
            self.former.clear();
        }
    }

    /// The id of the key that signs.
    pub(super) fn active_id(&self) -> &str {
        self.active.id()
    }

    /// The claims as a compact token of this type, signed by the active key.
    pub(super) fn sign(&self, kind: &str, claims: &Value) -> Result<String, KeyFault> {
        self.active.sign(kind, claims)
    }

    /// The claims of a token that a published key signed, however old.
    pub(super) fn own_claims(&self, token: &str) -> Option<Value> {
        self.all().find_map(|key| key.own_claims(token))
    }

    /// The public halves as a JWKS, the active one first.
    pub(super) fn jwks(&self) -> Value {
        json!({ "keys": self.all().map(SimulatorKey::jwk).collect::<Vec<_>>() })
    }

    fn all(&self) -> impl Iterator<Item = &SimulatorKey> {
        std::iter::once(&self.active).chain(&self.former)
    }
}
