//! `strip_prefix`: an upstream sees the rest of the path only, so that the rest must not lead where another route forbids (attack R15).

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::settings::{Access, Policy, Route, RouteHost, Server};

impl Check<'_> {
    /// Taking off the path needs one to take off, and somebody here who sends the rest on.
    pub(super) fn something_to_strip(&mut self, at: &KeyPath, path: Option<&str>, forwards: bool) {
        if path == Some("/") {
            self.fault(&at.key("strip_prefix"), "has nothing to take off \"/\"", "false, or a longer path");
        }
        if !forwards {
            self.fault(
                &at.key("strip_prefix"),
                "without an upstream another proxy forwards, and takes off what it likes",
                "false, or an upstream",
            );
        }
    }

    /// Of `/api` taken off, every path of the upstream can be reached: also those that another route to the same server guards better.
    pub(super) fn no_way_around_by_stripping(&mut self, list: &KeyPath, routes: &[(usize, Route)]) {
        for (place, stripped) in routes.iter().filter(|(_, route)| route.strip_prefix) {
            let guarded = routes.iter().find(|(other, route)| {
                other != place
                    && stripped.methods.shared(route.methods).is_some()
                    && same_host(stripped, route)
                    && share_a_server(stripped, route)
                    && !at_least(&stripped.policy, &route.policy)
            });
            if let Some((other, _)) = guarded {
                self.fault(
                    &list.index(*place).key("strip_prefix"),
                    format!("opens every path of an upstream that route[{other}] guards otherwise"),
                    "the same policy on both routes, or an upstream of its own",
                );
            }
        }
    }
}

fn same_host(one: &Route, other: &Route) -> bool {
    match (&one.host, &other.host) {
        (Some(RouteHost::Exact(host)), Some(of)) | (Some(of), Some(RouteHost::Exact(host))) => of.covers(host),
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => true,
    }
}

fn share_a_server(one: &Route, other: &Route) -> bool {
    servers(one).any(|server| servers(other).any(|others| others == server))
}

fn servers(route: &Route) -> impl Iterator<Item = &Server> {
    route.upstream.iter().flat_map(|upstream| &upstream.servers)
}

/// Whether whoever passes `one` would pass `other` too.
fn at_least(one: &Policy, other: &Policy) -> bool {
    let anyone = Policy { access: Access::Public, ..Policy::default() };
    one == other || *other == anyone
}
