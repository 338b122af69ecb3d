//! Which requests a route is for: `host` and `methods` of `[[route]]`. What only looks like a pattern is a mistake (attack K04).

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::settings::{Methods, RouteHost};

impl Check<'_> {
    /// A literal, or a literal behind one `*.`.
    pub(super) fn host(&mut self, at: &KeyPath, text: &str) -> Option<RouteHost> {
        let (literal, wildcard) = text.strip_prefix("*.").map_or((text, false), |suffix| (suffix, true));
        if !wildcard && (is_name(literal) || is_bracketed(literal)) {
            return Some(text.into());
        }
        if !wildcard || !is_name(literal) || literal.len() > 251 {
            self.fault(
                &at.key("host"),
                format!("{text:?} is not a literal host"),
                "one name in lower case, without port or pattern; \"*.\" alone may stand before it",
            );
            return None;
        }
        let numeric = literal.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if numeric || (!literal.contains('.') && literal != "localhost") {
            // Nobody owns a whole top-level domain, or the addresses that end alike.
            self.fault(
                &at.key("host"),
                format!("{text:?} covers hosts of other people"),
                "a wildcard under a domain of your own, such as \"*.portail.example\"",
            );
            return None;
        }
        Some(text.into())
    }

    /// The methods named; all of them when none is.
    pub(super) fn methods(&mut self, key: &KeyPath, names: &[String]) -> Methods {
        if names.is_empty() {
            return Methods::ALL;
        }
        self.no_repetition(key, names.iter().map(String::as_str));
        let mut methods = Methods::NONE;
        for (place, name) in names.iter().enumerate() {
            match Methods::named(name) {
                Some(_) if name == "HEAD" && !names.iter().any(|other| other == "GET") => {
                    self.fault(&key.index(place), "\"HEAD\" goes with \"GET\"", "\"GET\", which brings it along");
                }
                Some(method) => methods = methods.and(method),
                None => {
                    let served = Methods::ALL.to_string().replace(", ", "\", \"");
                    self.fault(
                        &key.index(place),
                        format!("{name:?} is not a method that is served"),
                        format!("\"{served}\""),
                    );
                }
            }
        }
        methods
    }
}

fn is_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}

fn is_bracketed(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == inner))
}
