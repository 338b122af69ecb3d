//! TLS of listeners: certificates that are there, whole and theirs; client certificates only with someone to check them (attack K06).

use super::Check;
use crate::config::certificates::{CertificateFault, CertificateFiles, ReadCertificate, authorities};
use crate::config::fault::KeyPath;
use crate::config::file::listener::{CertificateFile, ClientCertificateFile, ListenerFile, TlsFile};
use crate::config::file::route::RouteFile;
use crate::config::settings::{ClientCertificates, Listener, TlsSettings};

impl Check<'_> {
    /// How a listener speaks TLS: `None` in the clear, `Some(None)` when a fault was noted.
    #[expect(clippy::option_option, reason = "in the clear, and wrong, are two things")]
    pub(super) fn tls(&mut self, at: &KeyPath, file: &ListenerFile) -> Option<Option<TlsSettings>> {
        if file.certificates.is_empty() {
            for (key, given) in [
                ("client_ca_file", file.client_ca_file.is_some()),
                ("client_certificate", file.client_certificate != ClientCertificateFile::Off),
            ] {
                if given {
                    self.fault(&at.key(key), "this listener speaks no TLS", "only beside certificates");
                }
            }
            return None;
        }
        let certificates = self.certificates(&at.key("certificates"), &file.certificates);
        let clients = self.clients(at, file);
        Some(certificates.zip(clients).map(|(certificates, clients)| TlsSettings { certificates, clients }))
    }

    fn certificates(&mut self, at: &KeyPath, files: &[CertificateFile]) -> Option<Vec<CertificateFiles>> {
        let mut read: Vec<(CertificateFiles, ReadCertificate)> = Vec::new();
        for (place, file) in files.iter().enumerate() {
            let at = at.index(place);
            let Some(found) = self.certificate(&at, file) else { continue };
            let nothing_left = |(_, earlier): &(CertificateFiles, ReadCertificate)| {
                found.1.says.names.iter().all(|name| earlier.says.names.contains(name))
            };
            if read.iter().any(nothing_left) {
                self.fault(
                    &at.key("certificate_file"),
                    "would never be shown: an earlier certificate has each of its names",
                    "a certificate with a name of its own",
                );
            }
            read.push(found);
        }
        (read.len() == files.len()).then(|| read.into_iter().map(|(files, _)| files).collect())
    }

    fn certificate(&mut self, at: &KeyPath, file: &CertificateFile) -> Option<(CertificateFiles, ReadCertificate)> {
        const CHAIN: &str = "a PEM file: the certificate, then those between it and its root";
        const KEY: &str = "a PEM file with the private key of this certificate, mode 0600";
        let certificate = self.required(at, "certificate_file", file.certificate_file.as_ref(), CHAIN);
        let key = self.required(at, "key_file", file.key_file.as_ref(), KEY);
        let files = CertificateFiles {
            certificate: self.path(&certificate?),
            key: self.path(&key?),
            development: self.development,
        };
        match files.read() {
            Ok(read) => Some((files, read)),
            Err(CertificateFault::Certificate(wrong)) => {
                self.fault(&at.key("certificate_file"), wrong, CHAIN);
                None
            }
            Err(CertificateFault::Key(wrong)) => {
                self.fault(&at.key("key_file"), wrong, KEY);
                None
            }
        }
    }

    fn clients(&mut self, at: &KeyPath, file: &ListenerFile) -> Option<ClientCertificates> {
        let path = at.key("client_ca_file");
        let ca_file = file.client_ca_file.as_ref().map(|text| self.path(text));
        if let Some(ca_file) = &ca_file
            && let Err(wrong) = authorities(ca_file)
        {
            self.fault(&path, wrong, "a PEM file with the certificates of your authorities");
            return None;
        }
        match (file.client_certificate, ca_file) {
            (ClientCertificateFile::Off, None) => Some(ClientCertificates::Off),
            (ClientCertificateFile::Off, Some(_)) => {
                self.fault(
                    &path,
                    "nobody is asked for a client certificate",
                    "client_certificate = \"request\" or \"require\" beside it",
                );
                None
            }
            (_, None) => {
                self.fault(
                    &path,
                    "is missing: nobody could check a client certificate",
                    "a PEM file with the certificates of your authorities",
                );
                None
            }
            (ClientCertificateFile::Request, Some(ca_file)) => Some(ClientCertificates::Request(ca_file)),
            (ClientCertificateFile::Require, Some(ca_file)) => Some(ClientCertificates::Require(ca_file)),
        }
    }

    /// A route that needs a client certificate needs a listener that asks for one.
    pub(super) fn certificates_are_asked(&mut self, routes: &[RouteFile], listeners: &[Listener]) {
        let asked = listeners.iter().filter_map(Listener::tls).any(|tls| tls.clients != ClientCertificates::Off);
        for (place, _) in routes.iter().enumerate().filter(|(_, route)| route.client_certificate && !asked) {
            self.fault(
                &KeyPath::root().key("route").index(place).key("client_certificate"),
                "no listener asks for client certificates: nobody would pass",
                "false, or a [[listener]] with client_certificate = \"request\" or \"require\"",
            );
        }
    }

    /// The value of `Strict-Transport-Security`; none in development: a browser would refuse every other program of this machine.
    pub(super) fn hsts(&mut self, file: &TlsFile) -> Option<String> {
        if file.hsts == "off" {
            return None;
        }
        let mut directives = file.hsts.split(';').map(str::trim);
        let age = directives
            .next()
            .and_then(|first| first.strip_prefix("max-age="))
            .is_some_and(|age| (1..=10).contains(&age.len()) && age.bytes().all(|byte| byte.is_ascii_digit()));
        let others = directives.all(|directive| matches!(directive, "includeSubDomains" | "preload"));
        if !age || !others {
            self.fault(
                &KeyPath::root().key("tls").key("hsts"),
                format!("{:?} is no value of Strict-Transport-Security", file.hsts),
                "\"max-age=SECONDS\", then \"; includeSubDomains\" and \"; preload\" if wanted, or \"off\"",
            );
        }
        (!self.development).then(|| file.hsts.clone())
    }
}
