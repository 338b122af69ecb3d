//! The listener that other proxies ask.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::Secret;

/// Where other proxies ask, and what proves that they may.
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardAuthSettings {
    /// Never a public listener.
    pub listen: ForwardAuthListen,
    /// What they send in `X-Guichet-Forward-Auth`: visible ASCII without quotes.
    pub secret: Secret,
}

/// An address on the network, or a socket in the file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForwardAuthListen {
    /// `address:port`.
    Tcp(SocketAddr),
    /// `unix:/path`.
    Unix(PathBuf),
}

impl fmt::Display for ForwardAuthListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
