//! Composition: the only room that names backends. It opens the stores, hands every room what it needs, and runs the listeners.

pub mod certificates;
#[cfg(feature = "demo")]
pub mod demo;
pub mod directory_facts;
pub mod doctor;
pub mod health;
pub mod help_desk;
pub mod housekeeping;
pub mod import;
pub mod key_desk;
pub mod outgoing;
pub mod own_pages;
#[cfg(feature = "demo")]
pub mod psc_simulator;
pub mod reload;
pub mod serve;
pub mod signing;

use std::sync::Arc;

use anyhow::Context as _;
use jiff::SignedDuration;

use crate::account::password::Hasher;
use crate::account::{Directory, SqliteDirectory};
use crate::clock::SharedClock;
use crate::config::{Settings, ensure_sealing_keys};
use crate::entropy::SharedEntropy;
use crate::keys::{KeyRing, Sealer};
use crate::login::{Grants, Login, Providers, Served};
use crate::notify::Outbox;
use crate::outbound::OutboundClient;
use crate::pages::{Pages, Views};
use crate::session::{EmbeddedStore, Sessions, SessionsParts, Store};

use directory_facts::DirectoryFacts;
use signing::SigningKeys;

/// What the world gives: time, chance, and in a demonstration or a test the outbox in place of real senders.
#[derive(Debug, Clone)]
pub struct Doors {
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub entropy: SharedEntropy,
    /// Where messages go when the configuration says `outbox`.
    pub outbox: Option<Arc<Outbox>>,
}

/// Both stores, open and migrated.
#[derive(Debug, Clone)]
pub struct Stores {
    /// What must last.
    pub directory: Arc<dyn Directory>,
    /// What expires.
    pub state: Arc<dyn Store>,
}

impl Stores {
    /// Opens `directory.db` and `state.db` in the state folder, making it when it is not there.
    ///
    /// # Errors
    /// When the folder or a file cannot be used.
    pub async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let folder = &settings.state_dir;
        tokio::fs::create_dir_all(folder)
            .await
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let directory = SqliteDirectory::open(&folder.join("directory.db"))
            .await
            .with_context(|| format!("cannot open {}", folder.join("directory.db").display()))?;
        let state = EmbeddedStore::open(&folder.join("state.db"))
            .await
            .with_context(|| format!("cannot open {}", folder.join("state.db").display()))?;
        Ok(Self { directory: Arc::new(directory), state: Arc::new(state) })
    }
}

/// A gateway put together, not yet listening.
#[derive(Debug)]
pub struct App {
    /// What the administrator wrote.
    pub settings: Arc<Settings>,
    /// What happens.
    pub login: Arc<Login>,
    /// What people see.
    pub pages: Arc<Pages>,
    /// Keys that sign and are published.
    pub keys: Arc<KeyRing>,
    /// The stores.
    pub stores: Stores,
    /// Clients that call identity providers, whose certificates are watched.
    pub outgoing: Vec<OutboundClient>,
    /// Time, chance, outbox.
    pub doors: Doors,
}

impl App {
    /// Opens everything and makes what a first start needs: databases, signing keys, in development also the sealing key.
    ///
    /// # Errors
    /// What an administrator must mend, with its cause.
    pub async fn build(mut settings: Settings, doors: Doors) -> anyhow::Result<Self> {
        ensure_sealing_keys(&mut settings, &*doors.entropy)?;
        let stores = Stores::open(&settings).await?;
        Self::over(settings, doors, stores).await
    }

    /// The same over stores that are open, which another gateway may share.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn over(settings: Settings, doors: Doors, stores: Stores) -> anyhow::Result<Self> {
        let settings = Arc::new(settings);
        let (directory, store) = (Arc::clone(&stores.directory), Arc::clone(&stores.state));
        let sealer = Sealer::new(settings.sealing_keys.clone());
        let now = doors.clock.now();
        let signing_keys =
            SigningKeys { directory: &*directory, sealer: &sealer, settings: &settings, entropy: &*doors.entropy };
        signing_keys.make_due(now).await?;
        let keys = Arc::new(KeyRing::new(signing_keys.held().await?, longest_life(&settings), now));
        let facts = Arc::new(DirectoryFacts::new(Arc::clone(&directory), Arc::clone(&settings)));
        let (providers, outgoing) = outgoing::providers(&settings)?;
        let providers = Arc::new(Providers::new(providers));
        let (clock, entropy) = (doors.clock.clone(), doors.entropy.clone());
        let grants = Grants::new(Arc::clone(&store), Arc::clone(&providers), sealer.clone(), clock, entropy);
        let grants = Arc::new(grants);
        let sessions = Sessions::new(SessionsParts {
            keeper: Some(grants.clone()),
            store: Arc::clone(&store),
            facts,
            clock: doors.clock.clone(),
            entropy: doors.entropy.clone(),
            settings: settings.session.clone(),
        });
        let login = Arc::new(Login {
            notifier: outgoing::notifier(&settings, &doors, &directory)?,
            hasher: Hasher::new(&settings.password),
            sealer,
            clock: doors.clock.clone(),
            entropy: doors.entropy.clone(),
            providers,
            grants,
            served: Served::of(&settings),
            directory,
            store,
            sessions,
            settings: Arc::clone(&settings),
        });
        let views = Views::new(&settings).context("the pages cannot be drawn")?;
        let pages = Arc::new(Pages { login: Arc::clone(&login), views });
        Ok(Self { settings, login, pages, keys, stores, outgoing, doors })
    }
}

/// The longest life of a token signed here.
#[must_use]
pub fn longest_life(settings: &Settings) -> SignedDuration {
    SignedDuration::try_from(settings.assertion.lifetime).unwrap_or(SignedDuration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{App, Doors, Outbox};
    use crate::clock::SystemClock;
    use crate::config::{assertion_budget, demo};
    use crate::entropy::SystemEntropy;
    use crate::gateway::assertion::largest;

    #[tokio::test]
    async fn a_first_start_in_development_makes_what_it_needs_and_a_second_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut keys = Vec::new();
        for _ in 0..2 {
            let settings = demo(8080, folder.path().join("state")).unwrap().settings;
            let outbox = Some(Outbox::in_memory());
            let doors = Doors { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy), outbox };
            let app = App::build(settings, doors).await.unwrap();
            keys.push(app.keys.document());
        }
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn the_budget_checked_at_load_holds_the_largest_assertion_that_can_be_signed() {
        let settings = demo(8080, "state".into()).unwrap().settings;
        let origin = &settings.public_url.origin;
        let signed = settings.routes.iter().map(|route| largest(origin, &route.audience).unwrap()).max().unwrap();
        assert!(signed <= assertion_budget(&settings), "{signed}");
        assert!(assertion_budget(&settings) <= settings.assertion.max_bytes);
    }
}
