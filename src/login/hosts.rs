//! The hosts on which the portal is reached now.

use std::collections::BTreeSet;

use arc_swap::ArcSwap;

/// Host names, in lower case. A configuration read again brings others, and from then on sessions are handed over to those only.
#[derive(Debug)]
pub struct Hosts(ArcSwap<BTreeSet<String>>);

impl Hosts {
    /// Those that the configuration names.
    #[must_use]
    pub fn new(hosts: BTreeSet<String>) -> Self {
        Self(ArcSwap::from_pointee(hosts))
    }

    /// Whether people reach something under this host.
    #[must_use]
    pub fn serve(&self, host: &str) -> bool {
        self.0.load().contains(host)
    }

    /// These from now on.
    pub fn replace(&self, hosts: BTreeSet<String>) {
        self.0.store(hosts.into());
    }
}
