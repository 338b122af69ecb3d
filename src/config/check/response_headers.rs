//! `response_headers`: what a route changes in its upstream's answers; nothing that frames the message, and nothing the gateway writes itself.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue};

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::file::route::ResponseHeadersFile;
use crate::config::settings::ResponseHeaders;

/// What belongs to one hop, frames the message, or says how its bytes are to be read.
const FRAMING: [&str; 12] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What the gateway writes itself, with the key that has a say in it.
const OURS: [(&str, &str); 2] = [
    ("strict-transport-security", "is written by the gateway, as tls.hsts says"),
    ("x-request-id", "is written by the gateway"),
];

/// Longest value (bytes).
const LONGEST: usize = 4_096;

impl Check<'_> {
    /// The changes, every name and value read once and for all.
    pub(super) fn response_headers(&mut self, at: &KeyPath, file: &ResponseHeadersFile) -> ResponseHeaders {
        let mut seen = BTreeSet::new();
        let set = self.header_values(&at.key("set"), &file.set, &mut seen);
        let add = self.header_values(&at.key("add"), &file.add, &mut seen);
        let list = at.key("remove");
        let names = file.remove.iter().enumerate();
        let remove = names.filter_map(|(place, name)| self.header_name(&list.index(place), name, &mut seen)).collect();
        ResponseHeaders { remove, set, add }
    }

    fn header_values(
        &mut self,
        table: &KeyPath,
        file: &BTreeMap<String, String>,
        seen: &mut BTreeSet<String>,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let mut read = Vec::new();
        for (name, text) in file {
            let key = table.key(name);
            let Some(name) = self.header_name(&key, name, seen) else { continue };
            if name == http::header::SET_COOKIE {
                self.fault(
                    &key,
                    "is for who knows the person: the upstream, or the gateway for itself",
                    "only in remove",
                );
                continue;
            }
            let plain = text.len() <= LONGEST && text.trim() == text && text.is_ascii();
            match HeaderValue::from_str(text) {
                Ok(value) if plain && !value.is_empty() => read.push((name, value)),
                Ok(_) | Err(_) => {
                    let allowed = "1 to 4096 printable ASCII characters, without spaces around them";
                    self.fault(&key, "is no value of a header", allowed);
                }
            }
        }
        read
    }

    fn header_name(&mut self, key: &KeyPath, name: &str, seen: &mut BTreeSet<String>) -> Option<HeaderName> {
        const ALLOWED: &str = "a name such as \"X-Frame-Options\"";
        let Ok(read) = HeaderName::from_bytes(name.as_bytes()) else {
            self.fault(key, format!("{name:?} is not the name of a header"), ALLOWED);
            return None;
        };
        let lower = read.as_str();
        let wrong = if FRAMING.contains(&lower) || lower.starts_with("sec-websocket-") {
            Some("has a meaning of its own on the way")
        } else if lower.starts_with("x-guichet-") {
            Some("is a name the gateway keeps for itself")
        } else {
            OURS.iter().find(|(ours, _)| *ours == lower).map(|(_, why)| *why)
        };
        if let Some(wrong) = wrong {
            self.fault(key, wrong, ALLOWED);
            return None;
        }
        if !seen.insert(lower.to_owned()) {
            self.fault(key, "is changed twice", "each name once, in set, add or remove");
            return None;
        }
        Some(read)
    }
}
