//! Single values: required texts, bounded numbers, durations, addresses.

use std::fmt::Display;
use std::net::IpAddr;
use std::time::Duration;

use url::{Host, Url};

use super::Check;
use crate::config::duration;
use crate::config::fault::KeyPath;
use crate::config::file::texts::DurationText;

impl Check<'_> {
    /// A text that must be there, not blank, on one line.
    pub(super) fn required(
        &mut self,
        table: &KeyPath,
        key: &str,
        text: Option<&String>,
        allowed: &str,
    ) -> Option<String> {
        match text {
            Some(text) if !text.trim().is_empty() => self.line(table, key, text),
            Some(_) => {
                self.fault(&table.key(key), "is empty", allowed);
                None
            }
            None => {
                self.fault(&table.key(key), "is missing", allowed);
                None
            }
        }
    }

    /// A text without control characters, trimmed: it ends up in headers, pages and messages.
    pub(super) fn line(&mut self, table: &KeyPath, key: &str, text: &str) -> Option<String> {
        if text.chars().any(char::is_control) {
            self.fault(&table.key(key), "holds a line break or another control character", "one line of text");
            return None;
        }
        Some(text.trim().to_owned())
    }

    /// A number within bounds, both included.
    pub(super) fn bounded<T: PartialOrd + Display + Copy>(
        &mut self,
        table: &KeyPath,
        key: &str,
        value: T,
        low: T,
        high: T,
    ) -> T {
        if value < low || value > high {
            self.fault(&table.key(key), format!("{value} is out of bounds"), format!("{low} to {high}"));
        }
        value
    }

    /// A duration within bounds, both included and written as in the file.
    pub(super) fn duration(
        &mut self,
        table: &KeyPath,
        key: &str,
        text: &DurationText,
        low: &str,
        high: &str,
    ) -> Duration {
        let bounds = duration::parse(low).zip(duration::parse(high));
        let allowed = format!("{low:?} to {high:?} (units: ms, s, min, h)");
        let Some(read) = duration::parse(&text.0) else {
            self.fault(&table.key(key), format!("{:?} is not a duration", text.0), allowed);
            return Duration::ZERO;
        };
        if bounds.is_none_or(|(low, high)| read < low || read > high) {
            self.fault(&table.key(key), format!("{:?} is out of bounds", text.0), allowed);
        }
        read
    }

    /// An address we call or show: https, or http towards loopback where that is allowed.
    pub(super) fn address(&mut self, path: &KeyPath, text: &str, http_on_loopback: bool) -> Option<Url> {
        let allowed =
            if http_on_loopback { "\"https://…\", or \"http://…\" towards loopback" } else { "\"https://…\"" };
        let url =
            Url::parse(text).ok().filter(|url| url.has_host() && url.username().is_empty() && url.password().is_none());
        let Some(url) = url else {
            self.fault(path, format!("{text:?} is not an address"), allowed);
            return None;
        };
        let right = match url.scheme() {
            "https" => true,
            "http" => http_on_loopback && is_loopback(&url),
            _ => false,
        };
        if !right {
            self.fault(path, format!("{text:?} is not a safe address"), allowed);
            return None;
        }
        Some(url)
    }

    /// Every element once.
    pub(super) fn no_repetition<'t>(&mut self, path: &KeyPath, texts: impl Iterator<Item = &'t str>) {
        let mut seen = std::collections::BTreeSet::new();
        for (place, text) in texts.enumerate() {
            if !seen.insert(text) {
                self.fault(&path.index(place), format!("{text:?} stands here twice"), "each once");
            }
        }
    }

    /// Codes of professions, as policies compare them.
    pub(super) fn profession_codes(&mut self, path: &KeyPath, codes: &[String]) -> std::collections::BTreeSet<String> {
        self.no_repetition(path, codes.iter().map(String::as_str));
        for (place, code) in codes.iter().enumerate() {
            let (number, list) = code.split_once('^').map_or((code.as_str(), None), |(code, list)| (code, Some(list)));
            if !is_profession_code(number) || list.is_some_and(|list| !is_oid(list)) {
                self.fault(
                    &path.index(place),
                    format!("{code:?} is not a profession code"),
                    "a code such as \"60\", or with the OID of its list, such as \"60^1.2.250.1.71.1.2.7\"",
                );
            }
        }
        codes.iter().cloned().collect()
    }
}

/// Numbers with dots between them.
fn is_oid(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 64 && text.contains('.') && text.split('.').all(number)
}

/// Two to eight digits or capitals (`60`, `SM26`).
pub(super) fn is_profession_code(code: &str) -> bool {
    (2..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Whether what is sent to this address stays on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `localhost`, a name under it, or a loopback address in digits.
pub(super) fn is_loopback_name(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
