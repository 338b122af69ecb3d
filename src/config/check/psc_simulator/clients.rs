//! The simulator's clients: each with what its ways of authentication need, and with addresses that a browser can open.

use url::Url;

use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;

use crate::config::check::Check;
use crate::config::check::secrets::Ways;
use crate::config::fault::KeyPath;
use crate::config::file::psc_simulator::{SimulatorAuthFile, SimulatorClientFile};
use crate::config::psc_simulator::{SimulatorAuth, SimulatorClient};

impl Check<'_> {
    pub(super) fn simulator_clients(&mut self, files: &[SimulatorClientFile], mtls: bool) -> Vec<SimulatorClient> {
        let table = KeyPath::root().key("client");
        if files.is_empty() {
            self.fault(&table, "is missing: nobody could sign in anywhere", "at least one [[client]]");
        }
        let mut clients: Vec<SimulatorClient> = Vec::new();
        for (place, file) in files.iter().enumerate() {
            let at = table.index(place);
            let Some(client) = self.simulator_client(&at, file, mtls) else { continue };
            if clients.iter().any(|other| other.id == client.id) {
                self.fault(&at.key("id"), format!("{:?} is also the id of an earlier client", client.id), "each once");
            }
            clients.push(client);
        }
        clients
    }

    fn simulator_client(&mut self, at: &KeyPath, file: &SimulatorClientFile, mtls: bool) -> Option<SimulatorClient> {
        let id = self.required(at, "id", file.id.as_ref(), "the identifier that its requests carry");
        let auth: Vec<SimulatorAuth> = file.auth.iter().copied().map(auth).collect();
        if auth.is_empty() {
            self.fault(
                &at.key("auth"),
                "is empty: the client could never authenticate",
                "\"basic\", \"post\", \"private_key_jwt\", \"tls_client_auth\"",
            );
        }
        let ways =
            Ways { inline: file.secret.as_ref(), file: file.secret_file.as_ref(), env: file.secret_env.as_ref() };
        let secret_used = auth.iter().any(|way| matches!(way, SimulatorAuth::Basic | SimulatorAuth::Post));
        let secret = self.secret(at, "secret", &ways, secret_used);
        let public_key = self.simulator_public_key(at, file, auth.contains(&SimulatorAuth::PrivateKeyJwt));
        if auth.contains(&SimulatorAuth::TlsClientAuth) && !mtls {
            self.fault(
                &at.key("auth"),
                "nobody is asked for a certificate",
                "tls_client_auth only beside mtls and [tls]",
            );
        }
        if file.redirect_uris.is_empty() {
            self.fault(&at.key("redirect_uris"), "is empty", "at least one address to return to");
        }
        for (key, uris) in
            [("redirect_uris", &file.redirect_uris), ("post_logout_redirect_uris", &file.post_logout_redirect_uris)]
        {
            self.no_repetition(&at.key(key), uris.iter().map(String::as_str));
            for (place, uri) in uris.iter().enumerate().filter(|(_, uri)| !is_page(uri)) {
                self.fault(
                    &at.key(key).index(place),
                    format!("{uri:?} is not an address that a browser opens"),
                    "\"https://…\" or \"http://…\", without #",
                );
            }
        }
        let backchannel_logout_uri = file
            .backchannel_logout_uri
            .as_ref()
            .and_then(|text| self.address(&at.key("backchannel_logout_uri"), text, true));
        Some(SimulatorClient {
            id: id?,
            secret,
            auth,
            public_key,
            certificate_subject: file.certificate_subject.clone(),
            redirect_uris: file.redirect_uris.clone(),
            post_logout_redirect_uris: file.post_logout_redirect_uris.clone(),
            backchannel_logout_uri,
            introspection: file.introspection,
            ciba: file.ciba,
        })
    }

    fn simulator_public_key(&mut self, at: &KeyPath, file: &SimulatorClientFile, needed: bool) -> Option<String> {
        const ALLOWED: &str = "a PEM file with a PUBLIC KEY, RSA or ECDSA on P-256";
        let path = at.key("public_key_file");
        let Some(named) = &file.public_key_file else {
            if needed {
                self.fault(&path, "is missing: private_key_jwt could not be verified", ALLOWED);
            }
            return None;
        };
        let text = match std::fs::read_to_string(self.path(named)) {
            Ok(text) => text,
            Err(error) => {
                self.fault(&path, format!("{named:?} cannot be read: {error}"), ALLOWED);
                return None;
            }
        };
        if SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()).is_err() {
            self.fault(&path, format!("{named:?} holds no public key"), ALLOWED);
            return None;
        }
        Some(text)
    }
}

fn auth(file: SimulatorAuthFile) -> SimulatorAuth {
    match file {
        SimulatorAuthFile::Basic => SimulatorAuth::Basic,
        SimulatorAuthFile::Post => SimulatorAuth::Post,
        SimulatorAuthFile::PrivateKeyJwt => SimulatorAuth::PrivateKeyJwt,
        SimulatorAuthFile::TlsClientAuth => SimulatorAuth::TlsClientAuth,
    }
}

fn is_page(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none())
}
