//! Where a route's requests go: servers that stand for one another, all in the clear or all over TLS.

use http::uri::PathAndQuery;
use rustls::pki_types::ServerName;
use url::Url;

use super::Check;
use crate::config::certificates::{CertificateFault, CertificateFiles, authorities};
use crate::config::fault::KeyPath;
use crate::config::file::File;
use crate::config::file::route::{HealthCheckFile, RouteFile, UpstreamProtocolFile};
use crate::config::settings::{HealthCheck, Server, Upstream, UpstreamProtocol, UpstreamTls};

const ADDRESS: &str = "\"http://host:port\" or \"https://host:port\"";

impl Check<'_> {
    /// `Some(None)` is a route that another proxy forwards; `None` is a fault.
    pub(super) fn route_upstream(&mut self, at: &KeyPath, file: &RouteFile, whole: &File) -> Option<Option<Upstream>> {
        let Some(text) = &file.upstream else {
            if !file.more_upstreams.is_empty() {
                self.fault(&at.key("upstream"), "is missing beside more_upstreams", "the first server");
                return None;
            }
            if file.health_check.is_some() {
                self.fault(&at.key("health_check"), "there is nobody to ask", "only beside an upstream");
            }
            if whole.forward_auth.listen.is_some() {
                return Some(None);
            }
            let allowed = format!("{ADDRESS}; left out only with forward_auth.listen, where another proxy forwards");
            self.fault(&at.key("upstream"), "is missing", allowed);
            return None;
        };
        let protocol = match file.upstream_protocol {
            UpstreamProtocolFile::Http1 => UpstreamProtocol::Http1,
            UpstreamProtocolFile::Http2 => UpstreamProtocol::Http2,
        };
        let more = at.key("more_upstreams");
        self.no_repetition(&more, std::iter::once(text).chain(&file.more_upstreams).map(String::as_str));
        let first = self.server(&at.key("upstream"), text);
        let mut servers = vec![first.as_ref().map(|(server, _)| server.clone())];
        for (place, text) in file.more_upstreams.iter().enumerate() {
            let server = self.server(&more.index(place), text);
            if let (Some((_, first)), Some((_, tls))) = (&first, &server)
                && first != tls
            {
                self.fault(
                    &more.index(place),
                    "is not of the scheme of upstream",
                    "\"http\" for all, or \"https\" for all",
                );
            }
            servers.push(server.map(|(server, _)| server));
        }
        let health_check = file.health_check.as_ref().map(|check| self.health_check(&at.key("health_check"), check));
        let over_tls = first.is_some_and(|(_, tls)| tls);
        let tls = self.upstream_tls(at, file, over_tls);
        let servers: Option<Vec<Server>> = servers.into_iter().collect();
        Some(Some(Upstream {
            servers: servers?,
            protocol,
            tls: tls.filter(|_| over_tls),
            health_check: health_check.flatten(),
        }))
    }

    /// A server, and whether TLS is spoken there.
    fn server(&mut self, key: &KeyPath, text: &str) -> Option<(Server, bool)> {
        let url = Url::parse(text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.path() == "/"
                && !text.ends_with('/')
                && url.query().is_none()
                && url.fragment().is_none()
        });
        let read = url.as_ref().and_then(|url| {
            let (host, port) = (url.host_str()?.to_owned(), url.port_or_known_default()?);
            let tls = url.scheme() == "https";
            let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            // What no certificate can be for is no host over TLS.
            let named = !tls || ServerName::try_from(bare).is_ok();
            (port > 0 && named).then_some((Server { host, port }, tls))
        });
        if read.is_none() {
            self.fault(key, format!("{text:?} is not an upstream"), ADDRESS);
        }
        read
    }

    fn health_check(&mut self, at: &KeyPath, file: &HealthCheckFile) -> Option<HealthCheck> {
        const PATH: &str = "a path such as \"/healthz\", with its query if it has one";
        let text = self.required(at, "path", file.path.as_ref(), PATH);
        let path = text.as_ref().and_then(|text| {
            let read = PathAndQuery::try_from(text.as_str()).ok();
            read.filter(|read| text.starts_with('/') && read.as_str() == *text)
        });
        if let (Some(text), None) = (&text, &path) {
            self.fault(&at.key("path"), format!("{text:?} is not a path"), PATH);
        }
        for (key, count) in [("failures", file.failures), ("successes", file.successes)] {
            if !(1..=100).contains(&count) {
                self.fault(&at.key(key), format!("{count} is out of bounds"), "a whole number from 1 to 100");
            }
        }
        let interval = self.duration(at, "interval", &file.interval, "100 ms", "1 h");
        let timeout = self.duration(at, "timeout", &file.timeout, "10 ms", "1 min");
        Some(HealthCheck { path: path?, interval, timeout, failures: file.failures, successes: file.successes })
    }

    /// Who the servers must prove to be, and who we prove to be. Nothing turns the proof off.
    fn upstream_tls(&mut self, at: &KeyPath, file: &RouteFile, over_tls: bool) -> Option<UpstreamTls> {
        let given = [
            ("upstream_ca_file", &file.upstream_ca_file),
            ("upstream_certificate_file", &file.upstream_certificate_file),
            ("upstream_key_file", &file.upstream_key_file),
            ("upstream_server_name", &file.upstream_server_name),
        ];
        if !over_tls {
            for (key, _) in given.iter().filter(|(_, value)| value.is_some()) {
                self.fault(&at.key(key), "no TLS is spoken to this upstream", "only beside an upstream of \"https\"");
            }
            return None;
        }
        let ca_file = file.upstream_ca_file.as_ref().map(|text| self.path(text));
        if let Some(ca_file) = &ca_file
            && let Err(wrong) = authorities(ca_file)
        {
            self.fault(&at.key("upstream_ca_file"), wrong, "a PEM file with the certificates of your authorities");
        }
        if let Some(name) = &file.upstream_server_name
            && ServerName::try_from(name.as_str()).is_err()
        {
            self.fault(
                &at.key("upstream_server_name"),
                format!("{name:?} is not the name of a server"),
                "a host name or an address",
            );
        }
        let certificate = self.own_certificate(at, file);
        Some(UpstreamTls { ca_file, certificate, server_name: file.upstream_server_name.clone() })
    }

    fn own_certificate(&mut self, at: &KeyPath, file: &RouteFile) -> Option<CertificateFiles> {
        const CERTIFICATE: &str = "a PEM file with the certificate that the upstream accepts";
        const KEY: &str = "a PEM file with the private key of upstream_certificate_file, mode 0600";
        let (certificate, key) = (at.key("upstream_certificate_file"), at.key("upstream_key_file"));
        match (&file.upstream_certificate_file, &file.upstream_key_file) {
            (None, None) => None,
            (Some(_), None) => {
                self.fault(&key, "is missing beside upstream_certificate_file", KEY);
                None
            }
            (None, Some(_)) => {
                self.fault(&certificate, "is missing beside upstream_key_file", CERTIFICATE);
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
