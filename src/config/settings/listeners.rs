//! Where the gateway is reached: checked listeners, and what each of them speaks.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::super::certificates::CertificateFiles;

/// One public listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Where.
    pub address: ListenAddress,
    /// What is spoken there.
    pub speaks: Speaks,
    /// Every connection starts with a PROXY protocol header of a trusted proxy.
    pub proxy_protocol: bool,
}

impl Listener {
    /// HTTP in the clear on an address.
    #[must_use]
    pub fn plain(address: SocketAddr) -> Self {
        Self { address: ListenAddress::Tcp(address), speaks: Speaks::Http, proxy_protocol: false }
    }

    /// How it speaks TLS, when it does.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsSettings> {
        match &self.speaks {
            Speaks::Https(tls) => Some(tls),
            Speaks::Http | Speaks::RedirectToHttps => None,
        }
    }
}

/// Where a listener listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// Address and port.
    Tcp(SocketAddr),
    /// A Unix socket. Whoever may open it is this machine: it counts as 127.0.0.1.
    Unix {
        /// Its path.
        path: PathBuf,
        /// Its permissions (`0o660`).
        mode: u32,
    },
    /// Sockets that systemd hands over under this name (`FileDescriptorName=`).
    Systemd(String),
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix { path, .. } => write!(f, "unix:{}", path.display()),
            Self::Systemd(name) => write!(f, "systemd:{name}"),
        }
    }
}

/// What a listener speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS.
    Https(TlsSettings),
    /// HTTP in the clear, answered 308 to the https address of the same host.
    RedirectToHttps,
}

/// How a listener speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// At least one; the first answers clients that name no known host.
    pub certificates: Vec<CertificateFiles>,
    /// Client certificates.
    pub clients: ClientCertificates,
}

/// Whether clients are asked for a certificate, and whose are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Not asked.
    Off,
    /// Asked, and checked when given, against the authorities of this file.
    Request(PathBuf),
    /// No connection without one that the authorities of this file signed.
    Require(PathBuf),
}

impl ClientCertificates {
    /// The file of authorities.
    #[must_use]
    pub fn ca_file(&self) -> Option<&PathBuf> {
        match self {
            Self::Off => None,
            Self::Request(file) | Self::Require(file) => Some(file),
        }
    }
}
