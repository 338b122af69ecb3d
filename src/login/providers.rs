//! The identity providers that people may sign in with now.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::rp::RelyingParty;

/// Identity providers by name. One may be taken away while the gateway runs, and from then on nobody signs in with it.
#[derive(Debug)]
pub struct Providers(ArcSwap<BTreeMap<String, Arc<RelyingParty>>>);

impl Providers {
    /// Those that the configuration names.
    #[must_use]
    pub fn new(by_name: BTreeMap<String, Arc<RelyingParty>>) -> Self {
        Self(ArcSwap::from_pointee(by_name))
    }

    /// The one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<RelyingParty>> {
        self.0.load().get(name).cloned()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<RelyingParty>> {
        self.0.load().values().cloned().collect()
    }

    /// Takes away those whose name is not kept; sign-ins under way with them end at their next step.
    pub fn keep(&self, kept: impl Fn(&str) -> bool) {
        let mut by_name = BTreeMap::clone(&self.0.load());
        by_name.retain(|name, _| kept(name));
        self.0.store(Arc::new(by_name));
    }
}
