//! What is read from files and shown in handshakes: the certificates of a listener, or what an upstream or an identity provider is
//! believed and shown.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::gateway::forward::tls::ClientTls;
use crate::gateway::tls::Tls;
use crate::identity::Certificate;
use crate::outbound::OutboundClient;

/// One side of TLS that reads files.
#[derive(Debug)]
pub enum Credentials {
    /// To clients, by a listener.
    Shown(Arc<Tls>),
    /// To the servers of an upstream.
    ForUpstream(Arc<ClientTls>),
    /// To an identity provider.
    ForProvider(OutboundClient),
}

impl Credentials {
    pub(super) fn has_changed(&self) -> bool {
        match self {
            Self::Shown(tls) => tls.has_changed(),
            Self::ForUpstream(tls) => tls.has_changed(),
            Self::ForProvider(client) => client.has_changed(),
        }
    }

    /// Reads the files again; what cannot be used changes nothing.
    pub(super) fn reload(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self {
            Self::Shown(tls) => tls.reload()?,
            Self::ForUpstream(tls) => tls.reload()?,
            Self::ForProvider(client) => client.reload()?,
        }
        Ok(())
    }

    pub(super) fn files(&self) -> Vec<String> {
        match self {
            Self::Shown(tls) => tls.files().map(|file| file.display().to_string()).collect(),
            Self::ForUpstream(tls) => tls.files().map(|file| file.display().to_string()).collect(),
            Self::ForProvider(client) => client.files().map(|file| file.display().to_string()).collect(),
        }
    }

    /// Each certificate of ours by its file, with the moment after which it is believed no more.
    pub(super) fn ends(&self) -> Vec<(String, Timestamp)> {
        let alone = |own: Option<(&Path, Certificate)>| {
            own.map(|(file, says)| (file.display().to_string(), says.not_after)).into_iter().collect()
        };
        match self {
            Self::Shown(tls) => {
                let certificates = tls.certificates();
                let ends = certificates.each().map(|says| says.not_after);
                tls.files().map(|file| file.display().to_string()).zip(ends).collect()
            }
            Self::ForUpstream(tls) => alone(tls.own()),
            Self::ForProvider(client) => alone(client.own()),
        }
    }
}
