//! What is read from files and shown in handshakes: the certificates of a listener, or what an upstream is believed and shown.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::gateway::forward::tls::ClientTls;
use crate::gateway::tls::{Tls, TlsFault};

/// One side of TLS that reads files.
#[derive(Debug)]
pub(super) enum Credentials {
    /// To clients, by a listener.
    Shown(Arc<Tls>),
    /// To the servers of an upstream.
    ForUpstream(Arc<ClientTls>),
}

impl Credentials {
    pub(super) fn has_changed(&self) -> bool {
        match self {
            Self::Shown(tls) => tls.has_changed(),
            Self::ForUpstream(tls) => tls.has_changed(),
        }
    }

    /// Reads the files again; what cannot be used changes nothing.
    pub(super) fn reload(&self) -> Result<(), TlsFault> {
        match self {
            Self::Shown(tls) => tls.reload(),
            Self::ForUpstream(tls) => tls.reload(),
        }
    }

    pub(super) fn files(&self) -> Vec<String> {
        match self {
            Self::Shown(tls) => tls.files().map(|file| file.display().to_string()).collect(),
            Self::ForUpstream(tls) => tls.files().map(|file| file.display().to_string()).collect(),
        }
    }

    /// Each certificate of ours by its file, with the moment after which it is believed no more.
    pub(super) fn ends(&self) -> Vec<(String, Timestamp)> {
        match self {
            Self::Shown(tls) => {
                let certificates = tls.certificates();
                let ends = certificates.each().map(|says| says.not_after);
                tls.files().map(|file| file.display().to_string()).zip(ends).collect()
            }
            Self::ForUpstream(tls) => {
                tls.own().map(|(file, says)| (file.display().to_string(), says.not_after)).into_iter().collect()
            }
        }
    }
}
