//! `[route.cors]`: exact origins, never a pattern; one who answers preflights, never two.

use std::collections::BTreeSet;

use http::HeaderName;
use url::Url;

use super::Check;
use super::values::is_loopback;
use crate::config::fault::KeyPath;
use crate::config::file::cors::CorsFile;
use crate::config::settings::{Cors, CorsAnswer};

impl Check<'_> {
    /// `forwards`: the gateway itself sends this route on, and can answer in the upstream's place.
    pub(super) fn cors(&mut self, table: &KeyPath, file: &CorsFile, forwards: bool) -> Cors {
        let defaults = CorsFile::default();
        let max_age = self.duration(table, "max_age", &file.max_age, "0 s", "24 h");
        if file.origins.is_empty() {
            let idle = [
                ("methods", file.methods != defaults.methods),
                ("headers", !file.headers.is_empty()),
                ("credentials", file.credentials),
                ("max_age", file.max_age != defaults.max_age),
            ];
            for (key, _) in idle.into_iter().filter(|(_, said)| *said) {
                self.fault(&table.key(key), "says something of no origin", "origins beside it, or nothing");
            }
            return if file.pass_preflights { Cors::Pass } else { Cors::Off };
        }
        if file.pass_preflights {
            let wrong = "would answer preflights a second time";
            self.fault(&table.key("pass_preflights"), wrong, "false beside origins, or no origins");
        }
        if !forwards {
            let wrong = "needs a gateway that forwards: the proxy that does answers preflights and scripts";
            self.fault(&table.key("origins"), wrong, "an upstream, or no origins");
        }
        self.no_repetition(&table.key("origins"), file.origins.iter().map(String::as_str));
        let origins = &table.key("origins");
        for (place, origin) in file.origins.iter().enumerate() {
            if !self.is_exact(origin) {
                let allowed =
                    "an exact origin as browsers write it, such as \"https://app.example\": no \"*\", pattern or path";
                self.fault(&origins.index(place), format!("{origin:?} is not an origin"), allowed);
            }
        }
        Cors::Answer(CorsAnswer {
            origins: file.origins.iter().cloned().collect(),
            methods: self.cors_methods(&table.key("methods"), &file.methods),
            headers: self.headers(&table.key("headers"), &file.headers),
            credentials: file.credentials,
            max_age,
        })
    }

    fn is_exact(&self, origin: &str) -> bool {
        Url::parse(origin).is_ok_and(|url| {
            let safe = url.scheme() == "https" || (url.scheme() == "http" && self.development && is_loopback(&url));
            safe && !origin.contains('*') && url.origin().ascii_serialization() == origin
        })
    }

    fn cors_methods(&mut self, list: &KeyPath, methods: &[String]) -> BTreeSet<String> {
        self.no_repetition(list, methods.iter().map(String::as_str));
        for (place, method) in methods.iter().enumerate() {
            let plain = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
            if !plain || matches!(method.as_str(), "CONNECT" | "TRACE" | "TRACK") {
                let allowed = "a method in capitals that browsers send: \"GET\", \"PUT\", \"DELETE\"…";
                self.fault(&list.index(place), format!("{method:?} is not such a method"), allowed);
            }
        }
        methods.iter().cloned().collect()
    }

    fn headers(&mut self, list: &KeyPath, headers: &[String]) -> BTreeSet<String> {
        let lower: Vec<String> = headers.iter().map(|name| name.to_ascii_lowercase()).collect();
        self.no_repetition(list, lower.iter().map(String::as_str));
        for (place, name) in lower.iter().enumerate() {
            if name.contains('*') || HeaderName::from_bytes(name.as_bytes()).is_err() {
                let wrong = format!("{:?} is not a header name", headers.get(place).unwrap_or(name));
                self.fault(&list.index(place), wrong, "a name such as \"Content-Type\": no \"*\"");
            }
        }
        lower.into_iter().collect()
    }
}
