//! Which requests a route is for: hosts and methods. Pure.

use std::fmt;

/// The hosts of a route, in lower case and without port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteHost {
    /// One host.
    Exact(String),
    /// `*.example.fr`, kept as `example.fr`: every host of exactly one label more, except that of `public_url`, on which people sign in.
    Wildcard(String),
}

impl RouteHost {
    /// Whether a host is one of them.
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::Exact(only) => only.eq_ignore_ascii_case(host),
            Self::Wildcard(suffix) => suffix_of(host).is_some_and(|of_host| suffix.eq_ignore_ascii_case(of_host)),
        }
    }
}

impl From<&str> for RouteHost {
    fn from(text: &str) -> Self {
        match text.strip_prefix("*.") {
            Some(suffix) => Self::Wildcard(suffix.to_owned()),
            None => Self::Exact(text.to_owned()),
        }
    }
}

impl fmt::Display for RouteHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => f.write_str(host),
            Self::Wildcard(suffix) => write!(f, "*.{suffix}"),
        }
    }
}

/// What is left of a host without its first label: what a wildcard that covers it is kept by.
#[must_use]
pub fn suffix_of(host: &str) -> Option<&str> {
    host.split_once('.').filter(|(label, _)| !label.is_empty()).map(|(_, suffix)| suffix)
}

/// Methods that are served, each with its place in a set.
const SERVED: [(&str, u8); 7] =
    [("GET", 1), ("HEAD", 2), ("POST", 4), ("PUT", 8), ("PATCH", 16), ("DELETE", 32), ("OPTIONS", 64)];

/// A set of methods. `HEAD` goes with `GET` (RFC 9110 §9.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Methods(u8);

impl Methods {
    /// Every method that is served.
    pub const ALL: Self = Self(127);
    /// What reads.
    pub const READING: Self = Self(3);
    /// None yet, to be added to.
    pub const NONE: Self = Self(0);

    /// One method, by its name in capitals; `None` where it is not served.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (_, bit) = SERVED.iter().find(|(served, _)| *served == name)?;
        Some(if name == "GET" { Self::READING } else { Self(*bit) })
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both; `None` when nothing is.
    #[must_use]
    pub fn shared(self, other: Self) -> Option<Self> {
        let both = self.0 & other.0;
        (both != 0).then_some(Self(both))
    }

    /// Whether a method, by its name in capitals, is one of them.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        // What is not served never comes this far.
        self == Self::ALL || SERVED.iter().any(|(served, bit)| *served == name && self.0 & bit != 0)
    }
}

impl Default for Methods {
    fn default() -> Self {
        Self::ALL
    }
}

/// As `Allow` lists them.
impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = SERVED.iter().filter(|(_, bit)| self.0 & bit != 0).map(|(name, _)| *name).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_exactly_one_label() {
        let wildcard = RouteHost::from("*.example.test");
        for (host, covered) in [
            ("a.example.test", true),
            ("A.Example.TEST", true),
            ("example.test", false),
            (".example.test", false),
            ("b.a.example.test", false),
            ("aexample.test", false),
            ("a.example.test.evil", false),
            ("*.example.test", true),
        ] {
            assert_eq!(wildcard.covers(host), covered, "{host}");
        }
        assert!(RouteHost::from("a.test").covers("a.test") && !RouteHost::from("a.test").covers("b.test"));
    }

    #[test]
    fn r12_head_goes_with_get_and_with_nothing_else() {
        let methods = |names: &[&str]| {
            names.iter().fold(Methods::NONE, |methods, name| methods.and(Methods::named(name).unwrap()))
        };
        let get = methods(&["GET"]);
        assert!(get.has("GET") && get.has("HEAD") && !get.has("POST") && !get.has("OPTIONS") && !get.has("get"));
        assert!(!methods(&["POST", "DELETE"]).has("HEAD"));
        assert_eq!(methods(&["POST", "GET"]).to_string(), "GET, HEAD, POST");
        assert_eq!(get.shared(methods(&["POST"])), None);
        assert_eq!(get.shared(Methods::ALL), Some(get));
        assert!(["get", "TRACE", "CONNECT", "PROPFIND", ""].iter().all(|name| Methods::named(name).is_none()));
    }
}
