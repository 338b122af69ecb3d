//! Host, path and method to a route: of the routes that name the host, else of a wildcard's, else of those that name none, the
//! longest prefix of whole segments; of that prefix, the one that takes the method. Pure, built once from the settings.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::settings::{Methods, Route, RouteHost, Settings, suffix_of};
use crate::observe::{Metrics, RouteMeters};

use super::forward::{IdentityHeaders, Upstream, UpstreamFault, Upstreams};

/// A route ready to serve: its upstream's connections and its counters at hand.
#[derive(Debug)]
pub struct Routed {
    /// As configured.
    pub route: Route,
    /// The audience of its assertions, shared by all that are kept.
    pub audience: Arc<str>,
    /// The upstream; `None` when only another proxy forwards this route.
    pub upstream: Option<Arc<Upstream>>,
    /// The headers that say who is there.
    pub identity: IdentityHeaders,
    /// Where requests are counted.
    pub meters: Arc<RouteMeters>,
}

/// What a host, a path and a method lead to.
#[derive(Debug)]
pub enum Match<'a> {
    /// A route.
    Route(&'a Arc<Routed>),
    /// No route of this host has this path.
    NoRoute,
    /// The path's routes take these methods, and not this one.
    OtherMethods(Methods),
    /// Nobody configured this host.
    UnknownHost,
}

/// Every route, by host.
#[derive(Debug)]
pub struct Routes {
    by_host: HashMap<String, Vec<Arc<Routed>>>,
    upstreams: Upstreams,
    /// Those of wildcards, by what stands after the first label.
    by_suffix: HashMap<String, Vec<Arc<Routed>>>,
}

/// A route cannot be served; says which. The configuration's check has made sure of most of it.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Its upstream.
    #[error("route {route}: {fault}")]
    Upstream {
        /// The route.
        route: String,
        /// What is wrong.
        fault: UpstreamFault,
    },
    /// A header of its own has no name.
    #[error("route {0}: not the name of a header")]
    Header(String),
}

impl Routes {
    /// Builds the table.
    ///
    /// # Errors
    /// When a route cannot be served; the configuration's check has made sure.
    pub fn new(settings: &Settings, metrics: &Metrics) -> Result<Self, Unusable> {
        Self::with(Upstreams::new(settings.limits.connect_timeout), settings, metrics)
    }

    /// Builds the table that comes after this one; upstreams that stay are the same ones.
    ///
    /// # Errors
    /// As [`Routes::new`].
    pub fn next(&self, settings: &Settings, metrics: &Metrics) -> Result<Self, Unusable> {
        Self::with(Upstreams::after(&self.upstreams, settings.limits.connect_timeout), settings, metrics)
    }

    fn with(mut upstreams: Upstreams, settings: &Settings, metrics: &Metrics) -> Result<Self, Unusable> {
        let routes: Result<Vec<Arc<Routed>>, Unusable> =
            settings.routes.iter().map(|route| Ok(Arc::new(routed(route, metrics, &mut upstreams)?))).collect();
        upstreams.settle();
        Ok(Self::table(routes?, &settings.public_url.host, upstreams))
    }

    fn table(mut routes: Vec<Arc<Routed>>, public_host: &str, upstreams: Upstreams) -> Self {
        // Routes that share out the methods of a path stand side by side.
        routes.sort_by(|a, b| {
            let (a, b) = (&a.route, &b.route);
            a.precedence().cmp(&b.precedence()).then_with(|| a.path.cmp(&b.path))
        });
        let public_host = public_host.to_ascii_lowercase();
        let (mut by_host, mut by_suffix) = (HashMap::from([(public_host.clone(), Vec::new())]), HashMap::new());
        for routed in &routes {
            match &routed.route.host {
                Some(RouteHost::Exact(host)) => _ = by_host.entry(host.to_ascii_lowercase()).or_default(),
                Some(RouteHost::Wildcard(suffix)) => {
                    _ = by_suffix.entry(suffix.to_ascii_lowercase()).or_insert_with(Vec::new);
                }
                None => {}
            }
        }
        for (host, own) in &mut by_host {
            let is_for = |routed: &&Arc<Routed>| match &routed.route.host {
                // People sign in there: it is never covered by accident.
                Some(RouteHost::Wildcard(_)) if *host == public_host => false,
                of => of.as_ref().is_none_or(|of| of.covers(host)),
            };
            own.extend(routes.iter().filter(is_for).cloned());
        }
        for (suffix, own) in &mut by_suffix {
            let is_for = |routed: &&Arc<Routed>| match &routed.route.host {
                Some(RouteHost::Wildcard(of)) => of.eq_ignore_ascii_case(suffix),
                Some(RouteHost::Exact(_)) => false,
                None => true,
            };
            own.extend(routes.iter().filter(is_for).cloned());
        }
        Self { by_host, upstreams, by_suffix }
    }

    /// Every upstream of a route, once.
    #[must_use]
    pub fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// Whether a host is served at all; `host` in lower case.
    #[must_use]
    pub fn knows(&self, host: &str) -> bool {
        self.of_host(host).is_some()
    }

    fn of_host(&self, host: &str) -> Option<&[Arc<Routed>]> {
        let wildcard = || if self.by_suffix.is_empty() { None } else { self.by_suffix.get(suffix_of(host)?) };
        self.by_host.get(host).or_else(wildcard).map(Vec::as_slice)
    }

    /// The route of a normalised path and a method in capitals. The path decides first: where no route of the nearest prefix takes
    /// the method, none further up does, whose rule is another (attack R12).
    ///
    /// A path that meets another route when letters' case is ignored (`/ADMIN` beside a route `/admin`) meets none: an upstream that ignores
    /// case would serve what the other route protects (attack R05).
    #[must_use]
    pub fn find(&self, host: &str, path: &str, method: &str) -> Match<'_> {
        let Some(routes) = self.of_host(host) else { return Match::UnknownHost };
        let mut from = routes.iter().skip_while(|routed| !covers(prefix(routed), path, str::eq_ignore_ascii_case));
        let nearest = match from.next() {
            Some(routed) if covers(prefix(routed), path, str::eq) => routed,
            Some(_) | None => return Match::NoRoute,
        };
        if nearest.route.methods.has(method) {
            return Match::Route(nearest);
        }
        let is_beside = |other: &&Arc<Routed>| {
            other.route.path == nearest.route.path && other.route.precedence() == nearest.route.precedence()
        };
        let mut taken = nearest.route.methods;
        for other in from.take_while(is_beside) {
            if other.route.methods.has(method) {
                return Match::Route(other);
            }
            taken = taken.and(other.route.methods);
        }
        Match::OtherMethods(taken)
    }
}

fn routed(route: &Route, metrics: &Metrics, upstreams: &mut Upstreams) -> Result<Routed, Unusable> {
    let upstream = route.upstream.as_ref().map(|address| upstreams.of(address, metrics)).transpose();
    let upstream = upstream.map_err(|fault| Unusable::Upstream { route: route.name.clone(), fault })?;
    let identity = IdentityHeaders::of(route).map_err(|_| Unusable::Header(route.name.clone()))?;
    let (audience, meters) = (route.audience.as_str().into(), metrics.route(&route.name));
    Ok(Routed { route: route.clone(), audience, upstream, identity, meters })
}

fn prefix(routed: &Routed) -> &str {
    routed.route.path.trim_end_matches('/')
}

/// Whether `prefix` (without a trailing slash) is a prefix of whole segments of `path`.
#[must_use]
pub fn covers(prefix: &str, path: &str, same: impl Fn(&str, &str) -> bool) -> bool {
    path.split_at_checked(prefix.len())
        .is_some_and(|(start, rest)| (rest.is_empty() || rest.starts_with('/')) && same(start, prefix))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::gateway::policy::tests::route;

    /// Each as `HOST PATH METHODS NAME`; `-` is no host, or every method.
    fn table(routes: &[&str]) -> Routes {
        let routes = routes.iter().map(|text| {
            let words: Vec<&str> = text.split(' ').collect();
            let [host, path, methods, name] = words[..] else { panic!("{text}") };
            let methods = methods.split(',').filter(|name| *name != "-").map(|name| Methods::named(name).unwrap());
            let route = Route {
                host: (host != "-").then(|| host.into()),
                path: path.to_owned(),
                methods: methods.reduce(Methods::and).unwrap_or_default(),
                name: name.to_owned(),
                ..route()
            };
            Arc::new(routed(&route, &Metrics::default(), &mut Upstreams::new(std::time::Duration::ZERO)).unwrap())
        });
        let upstreams = Upstreams::new(std::time::Duration::ZERO);
        Routes::table(routes.collect(), "portail.test", upstreams)
    }

    fn at(routes: &Routes, host: &str, path: &str, method: &str) -> String {
        match routes.find(host, path, method) {
            Match::Route(routed) => routed.route.name.clone(),
            Match::NoRoute => "404".to_owned(),
            Match::OtherMethods(methods) => format!("405 {methods}"),
            Match::UnknownHost => "421".to_owned(),
        }
    }

    #[track_caller]
    fn find(routes: &[&str], path: &str, expected: &str) {
        assert_eq!(at(&table(routes), "portail.test", path, "GET"), expected, "{path}");
    }

    #[test]
    fn the_longest_prefix_of_whole_segments_wins() {
        let routes = ["- / - root", "- /api - api", "- /api/private - private", "portail.test /api - own"];
        for (path, expected) in
            [("/", "root"), ("/apis", "root"), ("/api", "own"), ("/api/", "own"), ("/api/private", "own")]
        {
            find(&routes, path, expected);
        }
        find(&["- /api - api", "- /api/private - private"], "/api/private/x", "private");
    }

    #[test]
    fn a_route_without_a_host_opens_nothing_under_a_route_that_names_the_host() {
        find(&["portail.test / - activated", "- /public - public"], "/public", "activated");
        let routes = table(&["*.a.test / - activated", "- /public - public"]);
        assert_eq!(at(&routes, "x.a.test", "/public", "GET"), "activated");
    }

    #[test]
    fn r05_another_case_of_a_prefix_is_no_way_around_it() {
        let routes = ["- / - root", "- /admin - admin"];
        for (path, expected) in [("/ADMIN", "404"), ("/Admin/x", "404"), ("/admin/X", "admin")] {
            find(&routes, path, expected);
        }
        // Nor with methods: the route whose case differs is met before its method is looked at.
        let routes = table(&["- / - root", "- /admin GET read", "- /admin POST write"]);
        for (path, method, expected) in [
            ("/ADMIN", "GET", "404"),
            ("/ADMIN", "DELETE", "404"),
            ("/admin", "POST", "write"),
            ("/admin", "DELETE", "405 GET, HEAD, POST"),
        ] {
            assert_eq!(at(&routes, "portail.test", path, method), expected, "{method} {path}");
        }
    }

    #[test]
    fn r16_without_a_matching_route_there_is_none() {
        find(&["- /api - api"], "/", "404");
        find(&[], "/", "404");
        let routes = table(&["*.a.test /api GET api"]);
        for (host, path, expected) in [
            ("x.a.test", "/api", "api"),
            ("x.a.test", "/", "404"),
            ("a.test", "/api", "421"),
            ("y.x.a.test", "/api", "421"),
            ("xa.test", "/api", "421"),
            ("test", "/api", "421"),
            ("portail.test", "/api", "404"),
        ] {
            assert_eq!(at(&routes, host, path, "GET"), expected, "{host}{path}");
        }
    }

    #[test]
    fn r12_a_method_that_the_nearest_path_does_not_take_falls_to_no_other_rule() {
        let routes = table(&[
            "- / - root",
            "- /api GET read",
            "- /api POST,PUT write",
            "portail.test /own POST own",
            "- /own GET anyones",
        ]);
        for (path, method, expected) in [
            ("/api/x", "GET", "read"),
            ("/api/x", "HEAD", "read"),
            ("/api/x", "PUT", "write"),
            ("/api/x", "DELETE", "405 GET, HEAD, POST, PUT"),
            ("/api/x", "OPTIONS", "405 GET, HEAD, POST, PUT"),
            ("/own", "GET", "405 POST"),
            ("/apis", "DELETE", "root"),
        ] {
            assert_eq!(at(&routes, "portail.test", path, method), expected, "{method} {path}");
        }
    }

    #[test]
    fn an_exact_host_comes_before_a_wildcard_which_comes_before_every_host() {
        let routes = table(&[
            "- / - any",
            "- /long/path - long",
            "*.a.test / - wild",
            "*.test / - wilder",
            "x.a.test /x - exact",
        ]);
        for (host, path, expected) in [
            ("x.a.test", "/x", "exact"),
            ("x.a.test", "/y", "wild"),
            ("y.a.test", "/x", "wild"),
            ("y.a.test", "/long/path", "wild"),
            ("a.test", "/x", "wilder"),
            // People sign in there: no wildcard covers it.
            ("portail.test", "/x", "any"),
            ("portail.test", "/long/path", "long"),
            ("b.a.a.test", "/", "421"),
        ] {
            assert_eq!(at(&routes, host, path, "GET"), expected, "{host}{path}");
        }
    }
}
