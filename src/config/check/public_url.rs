//! `public_url`: the origin where people sign in, and everything cookies and issuers hang on; `home_url`: where they go from there.

use url::Url;

use super::Check;
use super::values::is_loopback;
use crate::config::fault::KeyPath;
use crate::config::settings::{PublicUrl, Route, RouteHost};

impl Check<'_> {
    /// An origin and nothing more, written as a browser writes it.
    pub(super) fn public_url(&mut self, text: Option<&String>) -> Option<PublicUrl> {
        const ALLOWED: &str = "\"https://host\" or \"https://host:port\", lower case, nothing after it";
        let path = KeyPath::root().key("public_url");
        let Some(text) = text else {
            self.fault(&path, "is missing", ALLOWED);
            return None;
        };
        let url = Url::parse(text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"));
        let Some(url) = url else {
            self.fault(&path, format!("{text:?} is not an origin"), ALLOWED);
            return None;
        };
        let origin = url.origin().ascii_serialization();
        if *text != origin {
            self.fault(&path, format!("{text:?} is not an origin as browsers write it"), format!("{origin:?}"));
            return None;
        }
        if url.scheme() == "http" {
            if !self.development {
                self.fault(
                    &path,
                    format!("{text:?} is not https"),
                    "https; http only with development = true and on loopback",
                );
                return None;
            }
            if !is_loopback(&url) {
                self.fault(
                    &path,
                    format!("{text:?} is http and not on loopback"),
                    "https, or \"http://localhost:port\" in development",
                );
                return None;
            }
        }
        let host = url.host_str()?.to_owned();
        let authority = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        Some(PublicUrl { origin, authority, host })
    }

    /// Where `/` leads when no route serves it: needed where people would otherwise sign in and end nowhere.
    pub(super) fn home_url(
        &mut self,
        text: Option<&String>,
        public_url: Option<&PublicUrl>,
        routes: &[Route],
    ) -> Option<Url> {
        const ALLOWED: &str = "an address of a host that a route names, such as \"https://portail.example/\"";
        let path = KeyPath::root().key("home_url");
        let public_url = public_url?;
        let here =
            |route: &Route| route.host.as_ref().is_none_or(|host| *host == RouteHost::Exact(public_url.host.clone()));
        let Some(text) = text else {
            if !routes.is_empty() && !routes.iter().any(here) {
                let wrong = format!("is missing, and no route serves {:?}", public_url.host);
                self.fault(&path, wrong, ALLOWED);
            }
            return None;
        };
        let url = Url::parse(text).ok().filter(|url| {
            let host = url.host_str().unwrap_or_default();
            // A wildcard never covers the public host.
            let public = RouteHost::Exact(public_url.host.clone());
            let served = routes
                .iter()
                .filter_map(|route| route.host.as_ref())
                .any(|of| if host == public_url.host { *of == public } else { of.covers(host) });
            served
                && url.origin().ascii_serialization() == public_url.origin_of(host)
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        });
        if url.is_none() {
            self.fault(&path, format!("{text:?} is not an address that is served here"), ALLOWED);
        } else if routes.iter().any(|route| route.path == "/" && here(route)) {
            self.fault(&path, format!("a route serves {:?} itself", public_url.at("/")), "no home_url");
        }
        url
    }
}
