//! What an X.509 certificate (RFC 5280) says of itself: subject, names, end of validity.
//!
//! Reading is not believing: whoever uses these values had the signature checked before. Ours, because the TLS library keeps what it reads to itself.

mod der;
mod distinguished;

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use der::{Reader, tag};

/// Longest DER text that is read; real certificates take 1 to 4 KiB.
const LONGEST: usize = 64 * 1024;
/// `id-ce-subjectAltName`, 2.5.29.17.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// A certificate's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Subject as RFC 4514 writes it (`CN=Portail,O=Exemple`); may be empty.
    pub subject: String,
    /// Subject alternative names, in the certificate's order.
    pub names: Vec<CertificateName>,
    /// Last instant of validity.
    pub not_after: Timestamp,
}

/// One subject alternative name; kinds that nobody uses for TLS are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateName {
    /// A host name in lower case, perhaps with a `*.` in front.
    Dns(String),
    /// An e-mail address.
    Email(String),
    /// A URI.
    Uri(String),
    /// An address.
    Ip(IpAddr),
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{name}"),
            Self::Email(address) => write!(f, "email:{address}"),
            Self::Uri(uri) => write!(f, "uri:{uri}"),
            Self::Ip(address) => write!(f, "ip:{address}"),
        }
    }
}

/// The bytes are not an X.509 certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an X.509 certificate")]
pub struct NotACertificate;

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// When the bytes are not one, or more than one.
    pub fn read(der: &[u8]) -> Result<Self, NotACertificate> {
        if der.len() > LONGEST {
            return Err(NotACertificate);
        }
        certificate(der).ok_or(NotACertificate)
    }

    /// Whether one of its names is that of `host` (lower case, without port): the same name, or `*.` in place of the first label.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name {
            CertificateName::Dns(name) => name == host || is_under_wildcard(name, host),
            CertificateName::Ip(address) => {
                host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok_and(|host| host == *address)
            }
            CertificateName::Email(_) | CertificateName::Uri(_) => false,
        })
    }
}

fn is_under_wildcard(name: &str, host: &str) -> bool {
    let rest = host.split_once('.').map(|(_, rest)| rest);
    name.strip_prefix("*.").is_some_and(|parent| rest == Some(parent))
}

fn certificate(der: &[u8]) -> Option<Certificate> {
    let mut outer = Reader::new(der);
    let mut parts = outer.inside(tag::SEQUENCE)?;
    outer.end()?;
    let mut signed = parts.inside(tag::SEQUENCE)?;
    let _version = signed.optional(tag::context(0, true))?;
    let _serial = signed.take(tag::INTEGER)?;
    let _signature = signed.take(tag::SEQUENCE)?;
    let _issuer = signed.take(tag::SEQUENCE)?;
    let mut validity = signed.inside(tag::SEQUENCE)?;
    let _not_before = validity.any()?;
    let not_after = instant(validity.any()?)?;
    let subject = distinguished::name(signed.take(tag::SEQUENCE)?)?;
    let _public_key = signed.take(tag::SEQUENCE)?;
    let _issuer_id = signed.optional(tag::context(1, false))?;
    let _subject_id = signed.optional(tag::context(2, false))?;
    let names = match signed.optional(tag::context(3, true))? {
        Some(extensions) => alternative_names(extensions)?,
        None => Vec::new(),
    };
    Some(Certificate { subject, names, not_after })
}

fn alternative_names(extensions: &[u8]) -> Option<Vec<CertificateName>> {
    let mut list = Reader::new(extensions).inside(tag::SEQUENCE)?;
    let mut names = Vec::new();
    while !list.is_empty() {
        let mut extension = list.inside(tag::SEQUENCE)?;
        let id = extension.take(tag::OBJECT_ID)?;
        let _critical = extension.optional(tag::BOOLEAN)?;
        let value = extension.take(tag::OCTET_STRING)?;
        if id == SUBJECT_ALT_NAME {
            let mut general = Reader::new(value).inside(tag::SEQUENCE)?;
            while !general.is_empty() {
                names.extend(alternative_name(general.any()?));
            }
        }
    }
    Some(names)
}

/// A name that is not plain ASCII is none: it could be shown or compared as another.
fn alternative_name((kind, bytes): (u8, &[u8])) -> Option<CertificateName> {
    let text = || std::str::from_utf8(bytes).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
    if kind == tag::context(1, false) {
        text().map(|text| CertificateName::Email(text.to_owned()))
    } else if kind == tag::context(2, false) {
        text().map(|text| CertificateName::Dns(text.to_ascii_lowercase()))
    } else if kind == tag::context(6, false) {
        text().map(|text| CertificateName::Uri(text.to_owned()))
    } else if kind == tag::context(7, false) {
        let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
        four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok().map(CertificateName::Ip)
    } else {
        None
    }
}

/// `UTCTime` and `GeneralizedTime` in the one form that DER allows.
fn instant((kind, bytes): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (kind, text.len()) {
        (tag::UTC_TIME, 12) => {
            let (two, rest) = text.split_at_checked(2)?;
            let two: i16 = two.parse().ok()?;
            // RFC 5280 §4.1.2.5.1: two digits are 1950 to 2049.
            (if two < 50 { 2_000 + two } else { 1_900 + two }, rest)
        }
        (tag::GENERALIZED_TIME, 14) => {
            let (four, rest) = text.split_at_checked(4)?;
            (four.parse().ok()?, rest)
        }
        _ => return None,
    };
    let two = |place: usize| rest.get(place..place + 2)?.parse::<i8>().ok();
    let civil = DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0).ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests;
