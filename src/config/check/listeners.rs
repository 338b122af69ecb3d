//! Where the gateway listens, and whose word about client addresses it takes.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::file::operation::AdminFile;

impl Check<'_> {
    /// Public listeners; in development all of them on loopback (decision 16).
    pub(super) fn listeners(&mut self, texts: &[String]) -> Vec<SocketAddr> {
        let path = KeyPath::root().key("listen");
        if texts.is_empty() {
            self.fault(&path, "is empty", "at least one \"address:port\"");
        }
        self.no_repetition(&path, texts.iter().map(String::as_str));
        let mut listeners = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            let path = path.index(place);
            let Some(address) = self.listener(&path, text) else { continue };
            if self.development && !address.ip().is_loopback() {
                self.fault(
                    &path,
                    format!("{text:?} is not loopback"),
                    "loopback only with development = true: \"127.0.0.1:port\" or \"[::1]:port\"",
                );
            }
            listeners.push(address);
        }
        listeners
    }

    /// The listener of health and metrics: never a public one (attack K07).
    pub(super) fn admin(&mut self, file: &AdminFile, public: &[SocketAddr]) -> Option<SocketAddr> {
        if file.listen == "off" {
            return None;
        }
        let path = KeyPath::root().key("admin").key("listen");
        let address = self.listener(&path, &file.listen)?;
        if public.iter().any(|public| overlap(public, &address)) {
            self.fault(&path, format!("{:?} is a public listener", file.listen), "a port of its own, or \"off\"");
        }
        if self.development && !address.ip().is_loopback() {
            self.fault(&path, format!("{:?} is not loopback", file.listen), "loopback only with development = true");
        }
        Some(address)
    }

    /// Networks believed about client addresses: never the whole internet (attack I11).
    pub(super) fn trusted_proxies(&mut self, texts: &[String]) -> Vec<IpNet> {
        let path = KeyPath::root().key("trusted_proxies");
        let mut networks = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            let path = path.index(place);
            let network = text
                .parse::<IpNet>()
                .ok()
                .or_else(|| text.parse().ok().map(|address: std::net::IpAddr| address.into()));
            let Some(network) = network else {
                self.fault(&path, format!("{text:?} is not a network"), "\"10.0.0.0/24\" or \"10.0.0.7\"");
                continue;
            };
            let narrowest = if network.addr().is_ipv4() { 8 } else { 16 };
            if network.prefix_len() < narrowest {
                self.fault(
                    &path,
                    format!("{text:?} trusts nearly everyone"),
                    format!("your own proxies; at least /{narrowest}"),
                );
            } else if network.trunc() != network {
                self.fault(&path, format!("{text:?} has bits beyond its prefix"), format!("\"{}\"", network.trunc()));
            }
            networks.push(network);
        }
        networks
    }

    /// `address:port`, with a port that stays the same.
    pub(super) fn listener(&mut self, path: &KeyPath, text: &str) -> Option<SocketAddr> {
        let address = text.parse::<SocketAddr>().ok();
        match address {
            None => self.fault(
                path,
                format!("{text:?} is not an address and port"),
                "\"127.0.0.1:8080\", \"0.0.0.0:8080\", \"[::]:8080\"",
            ),
            Some(address) if address.port() == 0 && !self.development => {
                self.fault(path, format!("{text:?} has no fixed port"), "a port from 1 to 65535");
            }
            Some(_) => {}
        }
        address
    }
}

/// Whether a connection to one of them could be meant for the other.
pub(super) fn overlap(one: &SocketAddr, other: &SocketAddr) -> bool {
    one.port() == other.port()
        && one.port() != 0
        && (one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified())
}
