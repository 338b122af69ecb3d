//! A simulator of Pro Santé Connect for the demonstration, the tests, and portal developers: its pages, and its protocol.
//!
//! It shares no protocol code with `rp`: two sides that share a mistake agree. It must never hold a real identity.

mod answer;
mod application;
mod backchannel;
mod ciba;
mod client_auth;
mod control;
mod fault;
mod hosts;
mod id_token;
mod key;
mod keyring;
mod ledger;
mod logout;
mod logout_token;
mod metadata;
mod page;
mod people;
mod professional;
mod request;
mod routes;
mod switches;
pub mod tls;
mod token;
mod trouble;
mod wallet;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Router;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

pub use client_auth::ShownCertificate;
pub use key::{KeyFault, SimulatorKey};
pub use people::{IMPORTED_RPPS, professionals};
pub use professional::{Activity, Exercise, Professional};

use crate::clock::{SharedClock, Timestamp};
use crate::config::Secret;
use crate::config::psc_simulator::{SimulatorClient, SimulatorSettings};
use crate::entropy::SharedEntropy;
use crate::outbound::OutboundClient;
use keyring::Keyring;
use ledger::Ledger;
use logout_token::Delivery;
use page::Pages;
use switches::{Endpoint, Switches, Trouble};

/// Name of the simulator's own sign-in cookie; every port of a host shares one jar, so it is never one of the gateway's names.
pub const SESSION_COOKIE: &str = "PSC_SIM_SESSION";

/// Where the simulator stands and the one client it knows; everything else has its default.
#[derive(Debug)]
pub struct SimulatorConfig {
    /// Origin of the pages people see, such as `http://127.0.0.1:8081`; no trailing slash.
    pub wallet_origin: String,
    /// The issuer, such as `http://localhost:8081/auth/realms/esante-wallet`; no trailing slash.
    pub issuer: String,
    /// The client's identifier.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// Redirect addresses, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Addresses after sign-out, compared byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens go.
    pub backchannel_logout_uri: Option<url::Url>,
    /// What signs ID tokens.
    pub key: SimulatorKey,
}

/// The simulator as a router for one listener that serves both hosts: each path answers only under its own host.
///
/// Control page and API come with it: whoever binds the listener keeps it on loopback.
pub fn simulator(config: SimulatorConfig, clock: SharedClock, entropy: SharedEntropy) -> Router {
    let SimulatorConfig {
        wallet_origin,
        issuer,
        client_id,
        client_secret,
        redirect_uris,
        post_logout_redirect_uris,
        backchannel_logout_uri,
        key,
    } = config;
    let client = SimulatorClient {
        redirect_uris,
        post_logout_redirect_uris,
        backchannel_logout_uri,
        ..SimulatorClient::with_secret(client_id, client_secret)
    };
    simulator_of(SimulatorSettings::with_clients(wallet_origin, issuer, vec![client]), key, clock, entropy)
}

/// The same of any settings, signing with `key` until it is rotated.
pub fn simulator_of(
    settings: SimulatorSettings,
    key: SimulatorKey,
    clock: SharedClock,
    entropy: SharedEntropy,
) -> Router {
    let simulator = Simulator {
        switches: Mutex::new(Switches::of(&settings)),
        ledger: Mutex::new(Ledger::new(settings.lifetimes)),
        keyring: Mutex::new(Keyring::new(key)),
        calls: Mutex::new(BTreeMap::new()),
        deliveries: Mutex::new(Vec::new()),
        messenger: OnceLock::new(),
        pages: Pages::default(),
        settings,
        clock,
        entropy,
    };
    routes::router(Arc::new(simulator))
}

/// Everything the handlers share.
#[derive(Debug)]
struct Simulator {
    settings: SimulatorSettings,
    clock: SharedClock,
    entropy: SharedEntropy,
    pages: Pages,
    ledger: Mutex<Ledger>,
    keyring: Mutex<Keyring>,
    switches: Mutex<Switches>,
    /// Calls since the start or the last reset.
    calls: Mutex<BTreeMap<Endpoint, u64>>,
    /// Logout tokens that were sent, the last one last.
    deliveries: Mutex<Vec<Delivery>>,
    /// Made when the first logout token leaves; `None` when none can be made.
    messenger: OnceLock<Option<OutboundClient>>,
}

type Shared = Arc<Simulator>;

impl Simulator {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.ledger)
    }

    fn keyring(&self) -> MutexGuard<'_, Keyring> {
        locked(&self.keyring)
    }

    fn switches(&self) -> Switches {
        locked(&self.switches).clone()
    }

    /// Counts a call and says how its endpoint answers.
    fn called(&self, endpoint: Endpoint) -> Trouble {
        *locked(&self.calls).entry(endpoint).or_default() += 1;
        locked(&self.switches).trouble(endpoint)
    }

    fn client(&self, id: &str) -> Option<&SimulatorClient> {
        self.settings.clients.iter().find(|client| client.id == id)
    }

    /// The address of an endpoint below the issuer.
    fn endpoint(&self, name: &str) -> String {
        format!("{}/protocol/openid-connect/{name}", self.settings.issuer)
    }

    /// The claims of a person that ID token and userinfo share, `sub` as it is switched now.
    fn identity_claims(&self, person: &Professional) -> Map<String, Value> {
        let mut claims = person.identity_claims();
        if let Some(sub) = locked(&self.switches).subjects.get(person.key) {
            claims.insert("sub".to_owned(), sub.as_str().into());
        }
        claims
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The value of one cookie of the request.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
