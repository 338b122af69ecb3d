//! Other proxies in front of the portal: what they may ask, and the real ones with the configurations of `docs/forward-auth`.

mod doctor;
mod hosts;
mod outer;
mod proxies;
mod questions;

use std::net::SocketAddr;

use guichet::config::Secret;
use guichet::config::settings::{Access, ForwardAuthListen, ForwardAuthSettings, PlainClaim, Route, Settings};

use crate::support::gate::Gate;
use crate::support::settings::{route_for, settings};

/// What the proxies of these tests share with the gate.
const SECRET: &str = "kB3-shared/with+the~proxy=";

/// A gate that other proxies may ask, in front of a public portal with a corner for activated people. It forwards nothing by itself.
struct Asked {
    gate: Gate,
    at: SocketAddr,
    settings: Settings,
}

impl Asked {
    async fn start() -> Self {
        Self::with(Self::routes()).await
    }

    fn routes() -> Vec<Route> {
        // No upstream: the portal is behind the other proxy.
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        let routes = [
            route_for("portal", "/", nowhere, Access::Public),
            route_for("admin", "/admin", nowhere, Access::Activated),
            route_for("signed", "/signed", nowhere, Access::SignedIn),
        ];
        let mut routes = routes.map(|route| Route { upstream: None, ..route });
        routes[1].plain_headers = [("x-portal-user".to_owned(), PlainClaim::Email)].into();
        routes.into()
    }

    async fn with(routes: Vec<Route>) -> Self {
        Self::of(settings(routes)).await
    }

    async fn of(mut settings: Settings) -> Self {
        let at = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let listen = ForwardAuthListen::Tcp(at);
        settings.forward_auth = Some(ForwardAuthSettings { listen, secret: Secret::new(SECRET.to_owned()) });
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        Self { gate: Gate::with(settings.clone()).await, at, settings }
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Lines of a head whose name an application could read as that of the assertion.
fn assertions(head: &str) -> Vec<&str> {
    let named = |line: &&str| {
        let name: String = line.split(':').next().unwrap_or_default().to_lowercase();
        let folded: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        folded == "x-guichet-assertion"
    };
    head.lines().filter(named).collect()
}

/// The one that reached the upstream, verified.
#[track_caller]
fn the_assertion(gate: &Gate, head: &str) -> serde_json::Value {
    let [line] = assertions(head)[..] else { panic!("one assertion in {head}") };
    let (_, token) = line.split_once(": ").unwrap();
    gate.verify(token)["sub"].clone()
}
