//! `[[route]]`: hosts, literal paths, one audience per upstream, most specific first. What no route names is refused.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::Check;
use super::header_names::{self, ASSERTION};
use super::sections::bytes_or_unlimited;
use crate::config::fault::KeyPath;
use crate::config::file::File;
use crate::config::file::route::{PlainClaimFile, RouteFile};
use crate::config::settings::{AssertionHeader, Methods, PlainClaim, PublicUrl, Route, RouteHost};

impl Check<'_> {
    /// Every route, most specific first: an exact host, a wildcard, every host; then the longer path.
    pub(super) fn routes(&mut self, file: &File, public_url: Option<&PublicUrl>) -> Vec<Route> {
        let list = KeyPath::root().key("route");
        if file.route.is_empty() {
            self.fault(&list, "there is no route: everything would be refused", "at least one [[route]]");
        }
        let mut routes: Vec<(usize, Route)> = Vec::new();
        for (place, route) in file.route.iter().enumerate() {
            if let Some(route) = self.route(&list.index(place), route, file, public_url) {
                routes.push((place, route));
            }
        }
        self.no_two_alike(&list, &routes);
        self.no_shared_default_audience(&list, &routes, file);
        self.no_way_around_by_stripping(&list, &routes);
        let mut routes: Vec<Route> = routes.into_iter().map(|(_, route)| route).collect();
        // Beyond the precedence the order is of no effect, and steady for whoever reads it.
        routes.sort_by_cached_key(|route| (route.precedence(), route.host.clone(), route.path.clone()));
        routes
    }

    fn route(&mut self, at: &KeyPath, file: &RouteFile, whole: &File, public_url: Option<&PublicUrl>) -> Option<Route> {
        let host = file.host.as_ref().map(|host| self.host(at, host));
        let path = self.required(at, "path", file.path.as_ref(), "a path such as \"/\" or \"/api\"");
        let path = path.and_then(|path| self.route_path(at, path));
        let methods = self.methods(&at.key("methods"), &file.methods);
        let upstream = self.route_upstream(at, file, whole);
        let policy = self.policy(at, file, whole);
        let maintenance = self.maintenance(at, file);
        let assertion_header = self.assertion_header(at, file.assertion_header.as_ref());
        let plain_headers = self.plain_headers(at, file, &assertion_header);
        let provider_token_header = self.provider_token_header(at, file, &assertion_header, &plain_headers);
        let response_headers = self.response_headers(&at.key("response_headers"), &file.response_headers);
        let cors = self.cors(&at.key("cors"), &file.cors, !matches!(upstream, Some(None)));
        let response_timeout =
            file.response_timeout.as_ref().map(|text| self.duration(at, "response_timeout", text, "1 s", "1 h"));
        let audience = match &file.audience {
            Some(audience) => self.audience(at, audience),
            None => public_url.map(|public_url| default_audience(public_url, file.host.as_deref())),
        };
        if file.strip_prefix {
            self.something_to_strip(at, path.as_deref(), file.upstream.is_some());
        }
        // All parts were judged before any is missed.
        let path = path?;
        let host = match host {
            Some(host) => Some(host?),
            None => None,
        };
        let name = match &file.name {
            Some(name) => self.route_name(at, name),
            None => default_name(host.as_ref(), &path, methods),
        };
        Some(Route {
            name,
            host,
            path,
            methods,
            upstream: upstream?,
            policy,
            maintenance,
            audience: audience?,
            assertion_header,
            strip_prefix: file.strip_prefix,
            rewrite_host: file.rewrite_host,
            service_worker: file.service_worker,
            body_bytes: file.body_bytes.and_then(bytes_or_unlimited_route),
            response_timeout,
            response_headers,
            plain_headers,
            provider_token_header,
            cors,
        })
    }

    fn route_path(&mut self, at: &KeyPath, path: String) -> Option<String> {
        const PLAIN: &[u8] = b"-._~!$&'()*+,;=:@";
        let key = at.key("path");
        let normal = path == "/"
            || path.strip_prefix('/').is_some_and(|rest| {
                rest.split('/').all(|segment| {
                    !segment.is_empty()
                        && segment != "."
                        && segment != ".."
                        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte))
                })
            });
        if !normal || path.contains(['*', ';', '(', '$']) {
            self.fault(&key, format!("{path:?} is not a literal, normalised path"), "\"/\", or segments such as \"/api/v1\": no final slash, no \"//\", \"..\", \"%\", \";\", wildcard or pattern");
            return None;
        }
        let lower = path.to_ascii_lowercase();
        let ours = |own: &str| lower == own || lower.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'));
        if ours("/_guichet") || ours("/.well-known/openid-configuration") {
            self.fault(
                &key,
                format!("{path:?} is the gateway's own"),
                "a path outside /_guichet and /.well-known/openid-configuration",
            );
            return None;
        }
        Some(path)
    }

    fn assertion_header(&mut self, at: &KeyPath, name: Option<&String>) -> AssertionHeader {
        let Some(name) = name else { return AssertionHeader::Named(ASSERTION.to_owned()) };
        if name.eq_ignore_ascii_case("authorization: bearer") {
            return AssertionHeader::Bearer;
        }
        match header_names::usable(name) {
            Ok(name) => AssertionHeader::Named(name),
            Err(wrong) => {
                self.fault(
                    &at.key("assertion_header"),
                    format!("{name:?} {wrong}"),
                    "\"X-Guichet-Assertion\", \"Authorization: Bearer\", or a name of your own",
                );
                AssertionHeader::Named(ASSERTION.to_owned())
            }
        }
    }

    fn plain_headers(
        &mut self,
        at: &KeyPath,
        file: &RouteFile,
        assertion: &AssertionHeader,
    ) -> BTreeMap<String, PlainClaim> {
        let table = at.key("plain_headers");
        let mut headers = BTreeMap::new();
        for (name, claim) in &file.plain_headers {
            let lower = match header_names::usable(name) {
                Ok(lower) => lower,
                Err(wrong) => {
                    self.fault(&table.key(name), wrong, "a name such as \"X-Forwarded-User\"");
                    continue;
                }
            };
            let claim = match claim {
                PlainClaimFile::Subject => PlainClaim::Subject,
                PlainClaimFile::Email => PlainClaim::Email,
                PlainClaimFile::Name => PlainClaim::Name,
                PlainClaimFile::Rpps => PlainClaim::Rpps,
                PlainClaimFile::LegacyId => PlainClaim::LegacyId,
            };
            let taken = lower == ASSERTION || *assertion == AssertionHeader::Named(lower.clone());
            if taken || headers.insert(lower, claim).is_some() {
                self.fault(&table.key(name), "is used twice", "each header once, and never the assertion's");
            }
        }
        headers
    }

    fn provider_token_header(
        &mut self,
        at: &KeyPath,
        file: &RouteFile,
        assertion: &AssertionHeader,
        plain: &BTreeMap<String, PlainClaim>,
    ) -> Option<String> {
        let name = file.provider_token_header.as_ref()?;
        let key = at.key("provider_token_header");
        let lower = match header_names::usable(name) {
            Ok(lower) => lower,
            Err(wrong) => {
                self.fault(&key, wrong, "a name such as \"X-Psc-Access-Token\"");
                return None;
            }
        };
        if lower == ASSERTION || *assertion == AssertionHeader::Named(lower.clone()) || plain.contains_key(&lower) {
            self.fault(&key, format!("{name:?} is used twice"), "a header that says nothing else");
        }
        Some(lower)
    }

    fn audience(&mut self, at: &KeyPath, text: &str) -> Option<String> {
        let plain = text.len() <= 256
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'#'));
        if plain && Url::parse(text).is_ok() {
            return Some(text.to_owned());
        }
        self.fault(&at.key("audience"), format!("{text:?} is not a URI"), "an absolute URI without fragment, at most 256 characters: \"https://portail.example/\" or \"urn:example:dossier\"");
        None
    }

    fn route_name(&mut self, at: &KeyPath, name: &str) -> String {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            self.fault(
                &at.key("name"),
                format!("{name:?} is not a name"),
                "1 to 64 lower-case letters, digits, \"-\", \"_\" or \".\"",
            );
        }
        name.to_owned()
    }

    fn no_two_alike(&mut self, list: &KeyPath, routes: &[(usize, Route)]) {
        let mut names = BTreeSet::new();
        for (later, (place, route)) in routes.iter().enumerate() {
            let twin = routes.iter().take(later).find_map(|(first, other)| {
                let alike = other.host == route.host && other.path == route.path;
                let shared = other.methods.shared(route.methods).filter(|_| alike)?;
                Some((first, shared))
            });
            if let Some((first, shared)) = twin {
                let methods = if shared == Methods::ALL { String::new() } else { format!(" for {shared}") };
                self.fault(
                    &list.index(*place).key("path"),
                    format!("{:?} is already route[{first}] of the same host{methods}", route.path),
                    "each host and path once, or with methods that no other one takes",
                );
            } else if !names.insert(&route.name) {
                self.fault(
                    &list.index(*place).key("name"),
                    format!("{:?} is the name of another route", route.name),
                    "each name once",
                );
            }
        }
    }

    /// An assertion made for one upstream must not be good at another by default: the first could use it there.
    fn no_shared_default_audience(&mut self, list: &KeyPath, routes: &[(usize, Route)], file: &File) {
        // Of routes with the same audience, upstream and choice, the first stands for all: a thousand routes are not compared by pairs.
        let mut seen: BTreeMap<&str, Vec<(usize, &Route, bool)>> = BTreeMap::new();
        for (place, route) in routes {
            let chosen = file.route.get(*place).is_some_and(|route| route.audience.is_some());
            let alike = seen.entry(&route.audience).or_default();
            let other = alike
                .iter()
                .find(|(_, other, others)| other.upstream != route.upstream && !(chosen && *others))
                .map(|(earlier, ..)| *earlier);
            if !alike.iter().any(|(_, other, others)| other.upstream == route.upstream && *others == chosen) {
                alike.push((*place, route, chosen));
            }
            if let Some(earlier) = other {
                self.fault(
                    &list.index(*place).key("audience"),
                    format!("is {:?}, as that of route[{earlier}], which has another upstream", route.audience),
                    "an audience of its own, or the same one written in both routes",
                );
            }
        }
    }
}

fn bytes_or_unlimited_route(bytes: u64) -> Option<u64> {
    // A route can only say "unlimited" by a number no body reaches: its `None` means the common limit.
    Some(bytes_or_unlimited(bytes).unwrap_or(u64::MAX))
}

/// `https://host/` of the route: one audience per host.
fn default_audience(public_url: &PublicUrl, host: Option<&str>) -> String {
    match host {
        Some(host) if host != public_url.host => format!("{}/", public_url.origin_of(host)),
        Some(_) | None => public_url.at("/"),
    }
}

/// `root`, `api.v1`, `dossier.example.api`, `wildcard.example.api`, `api.get-post`.
fn default_name(host: Option<&RouteHost>, path: &str, methods: Methods) -> String {
    let host = match host {
        Some(RouteHost::Exact(host)) => format!("{host}."),
        Some(RouteHost::Wildcard(suffix)) => format!("wildcard.{suffix}."),
        None => String::new(),
    };
    let path = path.trim_start_matches('/').to_ascii_lowercase().replace('/', ".");
    let path = if path.is_empty() { "root" } else { &path };
    let methods = match methods {
        Methods::ALL => String::new(),
        some => format!(".{}", some.to_string().to_ascii_lowercase().replace(", ", "-").replace("get-head", "get")),
    };
    format!("{host}{path}{methods}")
}
