//! Where the gateway listens, and whose word about client addresses it takes.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::file::File;
use crate::config::file::listener::ListenerFile;
use crate::config::file::operation::AdminFile;
use crate::config::settings::{ListenAddress, Listener, PublicUrl, Speaks};

/// Where the gateway listens when the file says nothing.
const DEFAULT: SocketAddr = SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 8080));
/// Longest path of a Unix socket: the system's limit is 107, and one is made under a longer name first.
const LONGEST_SOCKET: usize = 100;

impl Check<'_> {
    /// Public listeners, of `listen` and of `[[listener]]`; in development all of them on loopback (decision 16).
    pub(super) fn listeners(&mut self, file: &File, public_url: Option<&PublicUrl>) -> Vec<Listener> {
        let root = KeyPath::root();
        let (short, long) = (root.key("listen"), root.key("listener"));
        let mut placed: Vec<(KeyPath, Listener)> = Vec::new();
        for (place, text) in file.listen.iter().flatten().enumerate() {
            let path = short.index(place);
            if let Some(address) = self.tcp(&path, text) {
                placed.push((path, Listener::plain(address)));
            }
        }
        for (place, listener) in file.listener.iter().enumerate() {
            let at = long.index(place);
            if let Some(listener) = self.one(&at, listener, file, public_url) {
                placed.push((at.key("address"), listener));
            }
        }
        if file.listen.as_ref().is_some_and(Vec::is_empty) {
            self.fault(&short, "is empty", "at least one \"address:port\", or [[listener]] alone");
        }
        if file.listen.is_none() && file.listener.is_empty() {
            placed.push((short, Listener::plain(DEFAULT)));
        }
        self.each_place_once(&placed);
        let mut all_redirect = !placed.is_empty();
        all_redirect &= placed.iter().all(|(_, listener)| listener.speaks == Speaks::RedirectToHttps);
        if all_redirect {
            self.fault(&long, "every listener only redirects: nothing is served", "a listener that serves");
        }
        placed.into_iter().map(|(_, listener)| listener).collect()
    }

    fn one(
        &mut self,
        at: &KeyPath,
        file: &ListenerFile,
        whole: &File,
        public_url: Option<&PublicUrl>,
    ) -> Option<Listener> {
        let address = self.address_of(at, file);
        let tls = self.tls(at, file);
        if file.proxy_protocol && whole.trusted_proxies.is_empty() {
            self.fault(
                &at.key("proxy_protocol"),
                "nobody is a trusted proxy: every connection would be closed",
                "false, or your proxies in trusted_proxies",
            );
        }
        if file.redirect_to_https && tls.is_some() {
            self.fault(
                &at.key("redirect_to_https"),
                "this listener speaks TLS already",
                "a listener without certificates",
            );
        }
        if file.redirect_to_https && public_url.is_some_and(|public| !public.origin.starts_with("https://")) {
            self.fault(&at.key("redirect_to_https"), "public_url is not https", "false, or an https public_url");
        }
        let speaks = match tls {
            Some(tls) => Speaks::Https(tls?),
            None if file.redirect_to_https => Speaks::RedirectToHttps,
            None => Speaks::Http,
        };
        Some(Listener { address: address?, speaks, proxy_protocol: file.proxy_protocol })
    }

    fn address_of(&mut self, at: &KeyPath, file: &ListenerFile) -> Option<ListenAddress> {
        const ALLOWED: &str = "\"address:port\", \"unix:/path/of/socket\" or \"systemd:NAME\"";
        let path = at.key("address");
        let mode = self.unix_mode(at, file);
        let text = self.required(at, "address", file.address.as_ref(), ALLOWED)?;
        if let Some(socket) = text.strip_prefix("unix:") {
            if !socket.starts_with('/') || socket.ends_with('/') || socket.len() > LONGEST_SOCKET {
                self.fault(
                    &path,
                    format!("{text:?} names no Unix socket"),
                    format!("\"unix:/path/of/socket\", from the root, at most {LONGEST_SOCKET} characters"),
                );
                return None;
            }
            return Some(ListenAddress::Unix { path: socket.into(), mode: mode? });
        }
        if file.unix_mode.is_some() {
            self.fault(&at.key("unix_mode"), "this listener is no Unix socket", "only with \"unix:/path/of/socket\"");
        }
        if let Some(name) = text.strip_prefix("systemd:") {
            if name.is_empty() || name.len() > 255 || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
            {
                self.fault(&path, format!("{text:?} names no socket"), "\"systemd:\" and a FileDescriptorName=");
                return None;
            }
            if self.development {
                self.fault(
                    &path,
                    "nothing says here that this socket is on loopback",
                    "an address or a Unix socket with development = true",
                );
            }
            return Some(ListenAddress::Systemd(name.to_owned()));
        }
        self.tcp(&path, &text).map(ListenAddress::Tcp)
    }

    fn unix_mode(&mut self, at: &KeyPath, file: &ListenerFile) -> Option<u32> {
        match file.unix_mode.as_deref() {
            None | Some("0660") => Some(0o660),
            Some("0600") => Some(0o600),
            Some("0666") => Some(0o666),
            Some(other) => {
                self.fault(
                    &at.key("unix_mode"),
                    format!("{other:?} is not a mode for this socket"),
                    "\"0600\" (its owner), \"0660\" (and its group) or \"0666\" (everyone on this machine)",
                );
                None
            }
        }
    }

    /// No two listeners on one place: the second could not be bound.
    fn each_place_once(&mut self, placed: &[(KeyPath, Listener)]) {
        for (later, (path, listener)) in placed.iter().enumerate() {
            let taken = placed.iter().take(later).any(|(_, other)| match (&other.address, &listener.address) {
                (ListenAddress::Tcp(one), ListenAddress::Tcp(other)) => {
                    one.is_ipv4() == other.is_ipv4() && overlap(one, other)
                }
                (ListenAddress::Unix { path: one, .. }, ListenAddress::Unix { path: other, .. }) => one == other,
                (one, other) => one == other,
            });
            if taken {
                let text = listener.address.to_string();
                self.fault(path, format!("{text:?} stands here twice"), "each address and port once");
            }
        }
    }

    /// The listener of health and metrics: never a public one (attack K07).
    pub(super) fn admin(&mut self, file: &AdminFile, public: &[Listener]) -> Option<SocketAddr> {
        if file.listen == "off" {
            return None;
        }
        let path = KeyPath::root().key("admin").key("listen");
        let address = self.address_and_port(&path, &file.listen)?;
        if public.iter().any(|public| public_overlap(public, &address)) {
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

    /// A public address and port, on loopback in development.
    fn tcp(&mut self, path: &KeyPath, text: &str) -> Option<SocketAddr> {
        let address = self.address_and_port(path, text)?;
        if self.development && !address.ip().is_loopback() {
            self.fault(
                path,
                format!("{text:?} is not loopback"),
                "loopback only with development = true: \"127.0.0.1:port\" or \"[::1]:port\"",
            );
        }
        Some(address)
    }

    /// `address:port`, with a port that stays the same.
    pub(super) fn address_and_port(&mut self, path: &KeyPath, text: &str) -> Option<SocketAddr> {
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

/// Whether a connection to an address could be meant for a public listener.
pub(super) fn public_overlap(public: &Listener, address: &SocketAddr) -> bool {
    match &public.address {
        ListenAddress::Tcp(public) => overlap(public, address),
        ListenAddress::Unix { .. } | ListenAddress::Systemd(_) => false,
    }
}

/// Whether a connection to one of them could be meant for the other.
pub(super) fn overlap(one: &SocketAddr, other: &SocketAddr) -> bool {
    one.port() == other.port()
        && one.port() != 0
        && (one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified())
}
