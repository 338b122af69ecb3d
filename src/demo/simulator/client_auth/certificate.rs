//! The certificate of a caller, verified by the listener against the authorities of the file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::psc_simulator::SimulatorClient;
use crate::identity::Certificate;

/// What a client showed in the TLS handshake; the listener puts it on each request of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCertificate {
    subject: String,
    fingerprint: String,
}

impl ShownCertificate {
    /// Reads a certificate in DER that was verified; `None` when it is not one.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        use sha2::Digest as _;
        let says = Certificate::read(der).ok()?;
        let digest = sha2::Sha256::digest(der);
        let fingerprint = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self { subject: says.subject, fingerprint })
    }

    /// Whether it is this client's: the registered subject, or its identifier as common name.
    pub(in super::super) fn is_of(&self, client: &SimulatorClient) -> bool {
        match &client.certificate_subject {
            Some(subject) => *subject == self.subject,
            None => parts(&self.subject).contains(&format!("CN={}", client.id)),
        }
    }

    /// SHA-256 of the certificate in hexadecimal.
    pub(in super::super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// `cnf.x5t#S256` as the real one writes it: base64 of the hexadecimal digest, not of the digest itself.
pub(in super::super) fn confirmation(fingerprint: &str) -> String {
    STANDARD.encode(fingerprint)
}

/// The parts of a distinguished name (RFC 4514), as written; an escaped comma separates nothing.
fn parts(subject: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for letter in subject.chars() {
        if matches!(letter, ',' | '+') && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn a_certificate_is_of_the_client_that_its_subject_names() {
        let shown = |subject: &str| ShownCertificate { subject: subject.to_owned(), fingerprint: "00".to_owned() };
        let mut client = SimulatorClient::with_secret("portail".to_owned(), Secret::new("12345678".to_owned()));
        for (subject, expected) in [
            ("CN=portail,OU=3999,O=X", true),
            ("O=X,CN=portail", true),
            ("CN=portail2,O=X", false),
            ("CN=x\\,CN=portail", false),
            ("O=portail", false),
            ("", false),
        ] {
            assert_eq!(shown(subject).is_of(&client), expected, "{subject}");
        }
        client.certificate_subject = Some("CN=autre,O=X".to_owned());
        assert!(shown("CN=autre,O=X").is_of(&client) && !shown("CN=portail,O=X").is_of(&client));
    }

    #[test]
    fn a_confirmation_is_the_base64_of_the_hexadecimal_digest() {
        assert_eq!(confirmation("00ff"), "MDBmZg==");
    }
}
