//! The certificates of a listener: which is shown to whom, and how long each still holds.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::certificates::ReadCertificate;
use crate::identity::Certificate;
use crate::identity::certificate::CertificateName;

/// A listener's certificates, in the order of the configuration.
#[derive(Debug)]
pub struct Certificates(Vec<ReadCertificate>);

impl Certificates {
    /// At least one; the first is shown to clients that ask for no name, or for one that is on none.
    #[must_use]
    pub fn new(read: Vec<ReadCertificate>) -> Self {
        Self(read)
    }

    /// The place of the certificate for `host` (lower case): the first that names it, before the first whose wildcard covers it.
    #[must_use]
    pub fn pick(&self, host: Option<&str>) -> usize {
        let (Some(host), true) = (host, self.0.len() > 1) else { return 0 };
        let named = |says: &Certificate| {
            says.names.iter().any(|name| matches!(name, CertificateName::Dns(name) if name == host))
        };
        let exact = self.0.iter().position(|read| named(&read.says));
        exact.or_else(|| self.0.iter().position(|read| read.says.is_for(host))).unwrap_or(0)
    }

    /// What each says.
    pub fn each(&self) -> impl Iterator<Item = &Certificate> {
        self.0.iter().map(|read| &read.says)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name().map(str::to_ascii_lowercase);
        self.0.get(self.pick(host.as_deref())).map(|read| Arc::clone(&read.certified))
    }
}

/// How soon a certificate ends, when that is soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Within 30 days.
    Month,
    /// Within 7 days.
    Week,
    /// Within a day.
    Day,
    /// It has ended: browsers refuse it.
    Ended,
}

/// How soon `not_after` is, seen from `now`; `None` when more than 30 days are left.
#[must_use]
pub fn ending(not_after: Timestamp, now: Timestamp) -> Option<Ending> {
    let left = not_after.duration_since(now);
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    if left < SignedDuration::ZERO {
        Some(Ending::Ended)
    } else if left <= days(1) {
        Some(Ending::Day)
    } else if left <= days(7) {
        Some(Ending::Week)
    } else if left <= days(30) {
        Some(Ending::Month)
    } else {
        None
    }
}
