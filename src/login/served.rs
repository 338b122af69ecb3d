//! The hosts that people reach now, and the portal's first page.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::config::Settings;

/// Where a sign-in may lead. Replaced with the routes: nobody is handed over to a host that is served no more.
#[derive(Debug)]
pub struct Served(ArcSwap<Settings>);

impl Served {
    /// As configured.
    #[must_use]
    pub fn of(settings: &Arc<Settings>) -> Self {
        Self(ArcSwap::new(Arc::clone(settings)))
    }

    /// As configured from now on.
    pub fn replace(&self, settings: &Arc<Settings>) {
        self.0.store(Arc::clone(settings));
    }

    /// Whether a host, in lower case, is served beside that of the public address.
    #[must_use]
    pub fn is_other(&self, host: &str) -> bool {
        let settings = self.0.load();
        host != settings.public_url.host && settings.serves(host)
    }

    /// The origin of the portal's first page, where no route serves it.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        self.0.load().home_url.as_ref().map(|home| home.origin().ascii_serialization())
    }
}
