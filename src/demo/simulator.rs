//! A simulator of Pro Santé Connect for the demonstration and the tests: its pages, and its protocol.
//!
//! It shares no protocol code with `rp`: two sides that share a mistake agree. It must never hold a real identity.

mod backchannel;
mod fault;
mod key;
mod ledger;
mod logout;
mod metadata;
mod page;
mod people;
mod professional;
mod request;
mod wallet;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};
use url::Url;

pub use key::{KeyFault, SimulatorKey};
pub use people::{IMPORTED_RPPS, professionals};
pub use professional::{Activity, Exercise, Professional};

use crate::clock::{SharedClock, Timestamp};
use crate::config::Secret;
use crate::entropy::SharedEntropy;
use ledger::Ledger;
use page::Pages;

/// Name of the simulator's own sign-in cookie; every port of a host shares one jar, so it is never one of the gateway's names.
pub const SESSION_COOKIE: &str = "PSC_SIM_SESSION";

/// Where the simulator stands and the one client it knows.
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
    /// What signs ID tokens.
    pub key: SimulatorKey,
}

/// Everything the handlers share.
#[derive(Debug)]
struct Simulator {
    config: SimulatorConfig,
    clock: SharedClock,
    entropy: SharedEntropy,
    pages: Pages,
    ledger: Mutex<Ledger>,
}

type Shared = Arc<Simulator>;

impl Simulator {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The simulator as a router for one listener that serves both hosts: each path answers only under its own host.
pub fn simulator(config: SimulatorConfig, clock: SharedClock, entropy: SharedEntropy) -> Router {
    let realm = path_of(&config.issuer);
    let shared =
        Arc::new(Simulator { config, clock, entropy, pages: Pages::default(), ledger: Mutex::new(Ledger::default()) });
    let pages = Router::new()
        .route("/", get(wallet::home))
        .route("/auth", get(wallet::authorize))
        .route("/connexion/{attempt}", get(wallet::show))
        .route("/connexion/{attempt}/{act}", post(wallet::act))
        .route("/fermeture", get(logout::confirm).post(logout::close))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), only_the_wallet_host));
    let protocol = Router::new()
        .route(&format!("{realm}/.well-known/wallet-openid-configuration"), get(metadata::discovery))
        .route(&format!("{realm}/protocol/openid-connect/certs"), get(backchannel::keys))
        .route(&format!("{realm}/protocol/openid-connect/token"), post(backchannel::token))
        .route(
            &format!("{realm}/protocol/openid-connect/userinfo"),
            get(backchannel::userinfo).post(backchannel::userinfo),
        )
        .route(
            &format!("{realm}/protocol/openid-connect/logout"),
            get(logout::end_session).post(logout::end_session_by_form),
        )
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), only_the_issuer_host));
    // Pages of both hosts need their looks.
    let assets =
        Router::new().route("/simulateur.css", get(page::stylesheet)).route("/simulateur.js", get(page::script));
    pages.merge(protocol).merge(assets).with_state(shared)
}

async fn only_the_wallet_host(State(simulator): State<Shared>, request: Request, next: Next) -> Response {
    only_host(&simulator.config.wallet_origin, request, next).await
}

async fn only_the_issuer_host(State(simulator): State<Shared>, request: Request, next: Next) -> Response {
    only_host(&simulator.config.issuer, request, next).await
}

/// The real provider has two hosts; a client that mixes them up must find out here.
async fn only_host(address: &str, request: Request, next: Next) -> Response {
    let expected = authority_of(address);
    match asked_authority(&request) {
        Some(asked) if expected.as_deref() == Some(asked.as_str()) => next.run(request).await,
        Some(_) | None => {
            (StatusCode::NOT_FOUND, "This host of the simulator does not serve this path.\n").into_response()
        }
    }
}

fn asked_authority(request: &Request) -> Option<String> {
    let by_header =
        request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_ascii_lowercase);
    by_header.or_else(|| request.uri().authority().map(|authority| authority.as_str().to_ascii_lowercase()))
}

fn authority_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

fn path_of(address: &str) -> String {
    Url::parse(address).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default()
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
