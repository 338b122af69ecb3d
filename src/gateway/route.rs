//! Host and path to a route: of the routes that name the host, else of those that name none, the longest prefix of whole
//! segments. Pure, built once from the settings.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::config::settings::{Route, Settings};
use crate::observe::{Metrics, RouteMeters};

use super::forward::{IdentityHeaders, Upstream, UpstreamFault, Upstreams};

/// A route ready to serve: its upstream's connections and its counters at hand.
#[derive(Debug)]
pub struct Routed {
    /// As configured.
    pub route: Route,
    /// The upstream; `None` when only another proxy forwards this route.
    pub upstream: Option<Arc<Upstream>>,
    /// The headers that say who is there.
    pub identity: IdentityHeaders,
    /// Where requests are counted.
    pub meters: Arc<RouteMeters>,
}

/// What a host and a path lead to.
#[derive(Debug)]
pub enum Match<'a> {
    /// A route.
    Route(&'a Arc<Routed>),
    /// No route of this host has this path.
    NoRoute,
    /// Nobody configured this host.
    UnknownHost,
}

/// Every route, by host.
#[derive(Debug)]
pub struct Routes {
    by_host: HashMap<String, Vec<Arc<Routed>>>,
    upstreams: Upstreams,
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
        let mut hosts: BTreeSet<&str> = settings.routes.iter().filter_map(|route| route.host.as_deref()).collect();
        hosts.insert(&settings.public_url.host);
        let mut by_host: HashMap<String, Vec<Arc<Routed>>> =
            hosts.into_iter().map(|host| (host.to_ascii_lowercase(), Vec::new())).collect();
        for route in &settings.routes {
            let routed = Arc::new(routed(route, metrics, &mut upstreams)?);
            for (host, routes) in &mut by_host {
                if route.host.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(host)) {
                    routes.push(Arc::clone(&routed));
                }
            }
        }
        for routes in by_host.values_mut() {
            routes.sort_by_key(|routed| routed.route.precedence());
        }
        upstreams.settle();
        Ok(Self { by_host, upstreams })
    }

    /// Every upstream of a route, once.
    #[must_use]
    pub fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// Whether a host is served at all; `host` in lower case.
    #[must_use]
    pub fn knows(&self, host: &str) -> bool {
        self.by_host.contains_key(host)
    }

    /// The route of a normalised path.
    ///
    /// A path that meets another route when letters' case is ignored (`/ADMIN` beside a route `/admin`) meets none: an upstream that ignores
    /// case would serve what the other route protects (attack R05).
    #[must_use]
    pub fn find(&self, host: &str, path: &str) -> Match<'_> {
        let Some(routes) = self.by_host.get(host) else { return Match::UnknownHost };
        let loose = routes.iter().find(|routed| covers(prefix(routed), path, str::eq_ignore_ascii_case));
        match loose {
            Some(routed) if covers(prefix(routed), path, str::eq) => Match::Route(routed),
            Some(_) | None => Match::NoRoute,
        }
    }
}

fn routed(route: &Route, metrics: &Metrics, upstreams: &mut Upstreams) -> Result<Routed, Unusable> {
    let upstream = route.upstream.as_ref().map(|address| upstreams.of(address)).transpose();
    let upstream = upstream.map_err(|fault| Unusable::Upstream { route: route.name.clone(), fault })?;
    let identity = IdentityHeaders::of(route).map_err(|_| Unusable::Header(route.name.clone()))?;
    Ok(Routed { route: route.clone(), upstream, identity, meters: metrics.route(&route.name) })
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

    fn table(routes: &[(Option<&str>, &str, &str)]) -> Vec<Arc<Routed>> {
        routes
            .iter()
            .map(|(host, path, name)| {
                let route = Route {
                    host: host.map(str::to_owned),
                    path: (*path).to_owned(),
                    name: (*name).to_owned(),
                    ..route()
                };
                Arc::new(routed(&route, &Metrics::default(), &mut Upstreams::new(std::time::Duration::ZERO)).unwrap())
            })
            .collect()
    }

    fn find(routes: &[(Option<&str>, &str, &str)], path: &str) -> Option<String> {
        let mut of_host = table(routes);
        of_host.sort_by_key(|routed| routed.route.precedence());
        let upstreams = Upstreams::new(std::time::Duration::ZERO);
        let routes = Routes { by_host: HashMap::from([("a".to_owned(), of_host)]), upstreams };
        match routes.find("a", path) {
            Match::Route(routed) => Some(routed.route.name.clone()),
            Match::NoRoute | Match::UnknownHost => None,
        }
    }

    #[test]
    fn the_longest_prefix_of_whole_segments_wins() {
        let routes =
            [(None, "/", "root"), (None, "/api", "api"), (None, "/api/private", "private"), (Some("a"), "/api", "own")];
        assert_eq!(find(&routes, "/").as_deref(), Some("root"));
        assert_eq!(find(&routes, "/apis").as_deref(), Some("root"));
        assert_eq!(find(&routes, "/api").as_deref(), Some("own"));
        assert_eq!(find(&routes, "/api/").as_deref(), Some("own"));
        assert_eq!(find(&routes, "/api/privately").as_deref(), Some("own"));
        let hostless = [(None, "/api", "api"), (None, "/api/private", "private")];
        assert_eq!(find(&hostless, "/api/private/x").as_deref(), Some("private"));
    }

    #[test]
    fn a_route_without_a_host_opens_nothing_under_a_route_that_names_the_host() {
        let routes = [(Some("a"), "/", "activated"), (None, "/public", "public")];
        assert_eq!(find(&routes, "/public").as_deref(), Some("activated"));
    }

    #[test]
    fn r05_another_case_of_a_prefix_is_no_way_around_it() {
        let routes = [(None, "/", "root"), (None, "/admin", "admin")];
        assert_eq!(find(&routes, "/ADMIN"), None);
        assert_eq!(find(&routes, "/Admin/x"), None);
        assert_eq!(find(&routes, "/admin/X").as_deref(), Some("admin"));
    }

    #[test]
    fn r16_without_a_matching_route_there_is_none() {
        assert_eq!(find(&[(None, "/api", "api")], "/"), None);
        assert_eq!(find(&[], "/"), None);
    }
}
