//! The simulator's file: two hosts that differ, TLS that can be spoken, clients that can authenticate. It protects nobody, so
//! secrets may stand in it; its control is never reached from elsewhere.

mod clients;

use std::net::SocketAddr;
use std::path::Path;

use jiff::SignedDuration;
use url::Url;

use super::Check;
use crate::config::certificates::{CertificateFault, CertificateFiles, authorities};
use crate::config::document::Document;
use crate::config::env::Env;
use crate::config::fault::{Fault, KeyPath};
use crate::config::file::psc_simulator::{LevelFile, LifetimesFile, MtlsFile, PscSimulatorFile, SimulatorTlsFile};
use crate::config::file::texts::DurationText;
use crate::config::psc_simulator::{Level, Mtls, SimulatorLevels, SimulatorLifetimes, SimulatorSettings, SimulatorTls};

/// The realm of the real one.
const REALM: &str = "/auth/realms/esante-wallet";

/// Judges the whole file.
pub(in crate::config) fn check_simulator(
    file: &PscSimulatorFile,
    document: &Document<'_>,
    env: &dyn Env,
    base_dir: &Path,
) -> Result<SimulatorSettings, Vec<Fault>> {
    let mut check = Check { document, env, base_dir, development: true, faults: Vec::new() };
    let settings = check.simulator(file);
    match settings {
        Some(settings) if check.faults.is_empty() => Ok(settings),
        Some(_) | None => Err(check.faults),
    }
}

impl Check<'_> {
    fn simulator(&mut self, file: &PscSimulatorFile) -> Option<SimulatorSettings> {
        let root = KeyPath::root();
        let listen = file.listen.parse::<SocketAddr>().ok().filter(|address| address.port() != 0);
        if listen.is_none() {
            self.fault(
                &root.key("listen"),
                format!("{:?} is not an address with a port", file.listen),
                "\"127.0.0.1:8081\", \"[::1]:8081\"",
            );
        }
        let port = listen.map_or(8081, |listen| listen.port());
        let scheme = if file.tls.is_some() { "https" } else { "http" };
        let wallet = file.wallet_url.clone().unwrap_or_else(|| format!("{scheme}://127.0.0.1:{port}"));
        let wallet = self.simulator_address("wallet_url", &wallet).map(|url| url.origin().ascii_serialization());
        let issuer = file.issuer.clone().unwrap_or_else(|| format!("{scheme}://localhost:{port}{REALM}"));
        let issuer_url = self.simulator_address("issuer", &issuer);
        if let (Some(wallet), Some(issuer)) = (&wallet, &issuer_url)
            && *wallet == issuer.origin().ascii_serialization()
        {
            self.fault(
                &root.key("issuer"),
                "stands on the host of wallet_url: the real ones are two, and a client must not mix them up",
                "another host name, such as \"localhost\" beside \"127.0.0.1\"",
            );
        }
        if file.control && listen.is_some_and(|listen| !listen.ip().is_loopback()) {
            self.fault(
                &root.key("control"),
                "could be used from other machines",
                "false, or a loopback address in listen",
            );
        }
        let tls = self.simulator_tls(file.tls.as_ref(), file.mtls);
        let ca_file = self.ca_file(&root, file.ca_file.as_ref());
        let lifetimes = self.simulator_lifetimes(&file.lifetimes);
        let levels = self.simulator_levels(file);
        let clients = self.simulator_clients(&file.client, file.mtls != MtlsFile::Off);
        Some(SimulatorSettings {
            listen: listen?,
            tls: tls?,
            wallet_origin: wallet?,
            issuer: issuer_url.map(|_| issuer)?,
            key_file: file.key_file.as_ref().map(|text| self.path(text)),
            control: file.control,
            iss_on_callback: file.iss_on_callback,
            clock_skew_seconds: file.clock_skew_seconds,
            refresh_rotation: file.refresh_rotation,
            mtls: match file.mtls {
                MtlsFile::Off => Mtls::Off,
                MtlsFile::Optional => Mtls::Optional,
                MtlsFile::Required => Mtls::Required,
            },
            ca_file,
            lifetimes,
            levels,
            clients,
        })
    }

    /// `http` or `https`, without query, fragment or trailing slash; the wallet's is an origin alone.
    fn simulator_address(&mut self, key: &str, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
                && (key != "wallet_url" || url.path() == "/")
        });
        if url.is_none() || text.ends_with('/') {
            let allowed = match key {
                "wallet_url" => "\"http://127.0.0.1:8081\": scheme, host and port, without trailing slash",
                _ => "\"http://localhost:8081/auth/realms/esante-wallet\", without trailing slash, ? and #",
            };
            self.fault(&KeyPath::root().key(key), format!("{text:?} cannot be its address"), allowed);
            return None;
        }
        url
    }

    #[expect(clippy::option_option, reason = "in the clear, and wrong, are two things")]
    fn simulator_tls(&mut self, file: Option<&SimulatorTlsFile>, mtls: MtlsFile) -> Option<Option<SimulatorTls>> {
        const CHAIN: &str = "a PEM file: the certificate, then those between it and its root";
        const KEY: &str = "a PEM file with the private key of this certificate";
        const AUTHORITIES: &str = "a PEM file with the certificates of your authorities";
        let Some(file) = file else {
            if mtls != MtlsFile::Off {
                self.fault(
                    &KeyPath::root().key("mtls"),
                    "nobody shows a certificate in the clear",
                    "\"off\", or [tls]",
                );
            }
            return Some(None);
        };
        let at = KeyPath::root().key("tls");
        let certificate = self.required(&at, "certificate_file", file.certificate_file.as_ref(), CHAIN);
        let key = self.required(&at, "key_file", file.key_file.as_ref(), KEY);
        let client_ca_file = file.client_ca_file.as_ref().map(|text| self.path(text));
        match (mtls, &client_ca_file) {
            (MtlsFile::Off, Some(_)) => {
                self.fault(
                    &at.key("client_ca_file"),
                    "nobody is asked for a certificate",
                    "mtls beside it, or no such key",
                );
            }
            (MtlsFile::Optional | MtlsFile::Required, None) => {
                self.fault(&at.key("client_ca_file"), "is missing: nobody could check a certificate", AUTHORITIES);
            }
            (MtlsFile::Off, None) => {}
            (MtlsFile::Optional | MtlsFile::Required, Some(ca_file)) => {
                if let Err(wrong) = authorities(ca_file) {
                    self.fault(&at.key("client_ca_file"), wrong, AUTHORITIES);
                }
            }
        }
        let certificate =
            CertificateFiles { certificate: self.path(&certificate?), key: self.path(&key?), development: true };
        match certificate.read() {
            Ok(_) => Some(Some(SimulatorTls { certificate, client_ca_file })),
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

    fn simulator_lifetimes(&mut self, file: &LifetimesFile) -> SimulatorLifetimes {
        let mut read = |key: &str, text: &DurationText, high: &str| {
            let read = self.duration(&KeyPath::root().key("lifetimes"), key, text, "1 s", high);
            // Above every bound only for a value that was just refused.
            SignedDuration::try_from(read).unwrap_or(SignedDuration::MAX)
        };
        let lifetimes = SimulatorLifetimes {
            code: read("code", &file.code, "10 min"),
            access_token: read("access_token", &file.access_token, "1 h"),
            refresh_token: read("refresh_token", &file.refresh_token, "24 h"),
            session: read("session", &file.session, "24 h"),
            session_idle: read("session_idle", &file.session_idle, "24 h"),
            push: read("push", &file.push, "10 min"),
            ciba_request: read("ciba_request", &file.ciba_request, "10 min"),
            ciba_interval: read("ciba_interval", &file.ciba_interval, "60 s"),
        };
        if lifetimes.session_idle > lifetimes.session {
            self.fault(
                &KeyPath::root().key("lifetimes").key("session_idle"),
                "is longer than lifetimes.session",
                format!("at most {:?}", file.session.0),
            );
        }
        lifetimes
    }

    fn simulator_levels(&mut self, file: &PscSimulatorFile) -> SimulatorLevels {
        let level = |level: LevelFile| match level {
            LevelFile::Eidas1 => Level::Eidas1,
            LevelFile::Eidas2 => Level::Eidas2,
            LevelFile::Eidas3 => Level::Eidas3,
        };
        let accepted: Vec<Level> = file.levels.accepted.iter().copied().map(level).collect();
        let path = KeyPath::root().key("levels").key("accepted");
        if accepted.is_empty() {
            self.fault(&path, "is empty: no request could be made", "[\"eidas1\"]");
        }
        self.no_repetition(&path, accepted.iter().map(|level| level.name()));
        SimulatorLevels { ecps: level(file.levels.ecps), card: level(file.levels.card), accepted }
    }
}
