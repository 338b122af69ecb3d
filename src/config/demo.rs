//! The demonstration's settings: `config/demo.toml`, with its four ports and its folder put in after parsing.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::env::Env;
use super::fault::Faults;
use super::load::parse_with;
use super::settings::Settings;

/// The example that `guichet demo` runs.
const TEXT: &str = include_str!("../../config/demo.toml");

/// The demonstration's settings and where its parts listen.
#[derive(Debug, Clone)]
pub struct Demo {
    /// The gateway's settings; sealing keys are given by `ensure_sealing_keys`.
    pub settings: Settings,
    /// The gateway (PORT).
    pub gateway: SocketAddr,
    /// The Pro Santé Connect simulator (PORT + 1).
    pub simulator: SocketAddr,
    /// The sample portal (PORT + 2).
    pub portal: SocketAddr,
    /// The outbox page (PORT + 3).
    pub outbox: SocketAddr,
    /// Origin of the simulator's pages: another host than the issuer's, as with the real one.
    pub wallet: String,
    /// The simulator's issuer and back channel.
    pub issuer: String,
}

/// Settings of a demonstration on loopback ports `port` to `port + 3`, with its state in `state_dir`.
///
/// # Errors
/// When `port + 3` is above 65535, or the shipped example has a fault.
pub fn demo(port: u16, state_dir: PathBuf) -> Result<Demo, Faults> {
    let at = |step: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port.checked_add(step).unwrap_or(0)));
    let [gateway, simulator, portal, outbox] = [0, 1, 2, 3].map(at);
    let issuer = format!("http://localhost:{}/auth/realms/esante-wallet", simulator.port());
    // A port out of range becomes 0, which the checks of upstreams refuse.
    let last_fits = port.checked_add(3).is_some();
    let settings = parse_with(TEXT, "config/demo.toml", &NoEnv, Path::new(""), |file| {
        file.public_url = Some(format!("http://localhost:{port}"));
        file.listen = Some(vec![gateway.to_string()]);
        file.state_dir = state_dir.to_string_lossy().into_owned();
        for route in &mut file.route {
            route.upstream = Some(format!("http://127.0.0.1:{}", if last_fits { portal.port() } else { 0 }));
        }
        for provider in file.identity_provider.values_mut() {
            provider.issuer = Some(issuer.clone());
            provider.discovery_url = Some(format!("{issuer}/.well-known/wallet-openid-configuration"));
        }
    })?;
    let wallet = format!("http://127.0.0.1:{}", simulator.port());
    Ok(Demo { settings, gateway, simulator, portal, outbox, wallet, issuer })
}

/// The demonstration takes nothing from the environment.
struct NoEnv;

impl Env for NoEnv {
    fn var(&self, _name: &str) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::Listener;

    #[test]
    fn the_demo_moves_its_four_ports_together() {
        let demo = demo(9180, PathBuf::from("/tmp/demo-state")).unwrap();
        assert_eq!(demo.settings.public_url.origin, "http://localhost:9180");
        assert_eq!(demo.settings.listeners, [Listener::plain(demo.gateway)]);
        assert_eq!(demo.wallet, "http://127.0.0.1:9181");
        let psc = &demo.settings.identity_providers["psc"];
        assert_eq!(psc.issuer, "http://localhost:9181/auth/realms/esante-wallet");
        assert_eq!(psc.discovery_url.as_str(), format!("{}/.well-known/wallet-openid-configuration", psc.issuer));
        assert!(demo.settings.routes.iter().all(|route| {
            route.upstream.as_ref().is_some_and(|upstream| upstream.servers.iter().all(|server| server.port == 9182))
                && route.audience == "http://localhost:9180/"
        }));
        assert_eq!(demo.outbox.port(), 9183);
        assert_eq!(demo.settings.state_dir, Path::new("/tmp/demo-state"));
        assert!(demo.settings.brand.terms_url.as_str().starts_with("http://localhost:9180/public/"));
    }

    #[test]
    fn a_port_too_high_for_four_is_refused() {
        assert!(demo(65_533, PathBuf::from("/tmp/demo-state")).is_err());
    }
}
