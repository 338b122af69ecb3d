//! How we prove to an identity provider who we are: one method, with what belongs to it and nothing that does not.

use super::Check;
use super::secrets::Ways;
use crate::config::certificates::{CertificateFault, CertificateFiles};
use crate::config::client_key::ClientKey;
use crate::config::fault::KeyPath;
use crate::config::file::identity_provider::{ClientAuthFile, IdentityProviderFile};
use crate::config::settings::ClientAuth;

impl Check<'_> {
    /// The method, whole; `None` when a fault was noted.
    pub(super) fn client_auth(&mut self, at: &KeyPath, file: &IdentityProviderFile) -> Option<ClientAuth> {
        let ways = Ways {
            inline: file.client_secret.as_ref(),
            file: file.client_secret_file.as_ref(),
            env: file.client_secret_env.as_ref(),
        };
        let method = file.client_auth;
        let by_secret = matches!(method, ClientAuthFile::Basic | ClientAuthFile::Post);
        let by_key = method == ClientAuthFile::PrivateKeyJwt;
        // What is given and not used is a mistake about how the provider is met.
        for (key, given, used) in [
            ("client_secret", ways.inline.is_some(), by_secret),
            ("client_secret_file", ways.file.is_some(), by_secret),
            ("client_secret_env", ways.env.is_some(), by_secret),
            ("client_key_file", file.client_key_file.is_some(), by_key),
            ("client_key_id", file.client_key_id.is_some(), by_key),
        ] {
            if given && !used {
                let allowed =
                    if key.starts_with("client_key") { "\"private_key_jwt\"" } else { "\"basic\" or \"post\"" };
                self.fault(
                    &at.key(key),
                    "is not used by this client_auth",
                    format!("only with client_auth = {allowed}"),
                );
            }
        }
        match method {
            ClientAuthFile::Basic => self.secret(at, "client_secret", &ways, true).map(ClientAuth::Basic),
            ClientAuthFile::Post => self.secret(at, "client_secret", &ways, true).map(ClientAuth::Post),
            ClientAuthFile::PrivateKeyJwt => self.client_key(at, file).map(ClientAuth::PrivateKeyJwt),
            ClientAuthFile::Tls => {
                if file.client_certificate_file.is_none() && file.client_certificate_key_file.is_none() {
                    self.fault(
                        &at.key("client_certificate_file"),
                        "is missing: client_auth = \"tls\" shows a certificate",
                        CERTIFICATE,
                    );
                }
                Some(ClientAuth::Tls)
            }
        }
    }

    fn client_key(&mut self, at: &KeyPath, file: &IdentityProviderFile) -> Option<ClientKey> {
        const KEY: &str = "a PEM file with a private key (RSA, P-256, P-384 or Ed25519), mode 0600";
        let text = self.required(at, "client_key_file", file.client_key_file.as_ref(), KEY)?;
        let id = match &file.client_key_id {
            Some(id) => Some(self.required(at, "client_key_id", Some(id), "the \"kid\" that the provider shows")?),
            None => None,
        };
        match ClientKey::read(&self.path(&text), id, self.development) {
            Ok(key) => Some(key),
            Err(wrong) => {
                self.fault(&at.key("client_key_file"), wrong, KEY);
                None
            }
        }
    }

    /// The certificate of our connections, checked with its key.
    pub(super) fn client_certificate(&mut self, at: &KeyPath, file: &IdentityProviderFile) -> Option<CertificateFiles> {
        const KEY: &str = "a PEM file with the private key of client_certificate_file, mode 0600";
        let (certificate, key) = (at.key("client_certificate_file"), at.key("client_certificate_key_file"));
        match (&file.client_certificate_file, &file.client_certificate_key_file) {
            (None, None) => None,
            (Some(_), None) => {
                self.fault(&key, "is missing beside client_certificate_file", KEY);
                None
            }
            (None, Some(_)) => {
                self.fault(&certificate, "is missing beside client_certificate_key_file", CERTIFICATE);
                None
            }
            (Some(own), Some(own_key)) => {
                let files = CertificateFiles {
                    certificate: self.path(own),
                    key: self.path(own_key),
                    development: self.development,
                };
                match files.read() {
                    Ok(_) => {}
                    Err(CertificateFault::Certificate(wrong)) => self.fault(&certificate, wrong, CERTIFICATE),
                    Err(CertificateFault::Key(wrong)) => self.fault(&key, wrong, KEY),
                }
                Some(files)
            }
        }
    }
}

const CERTIFICATE: &str = "a PEM file with the certificate that the provider knows, then those between it and its root";
