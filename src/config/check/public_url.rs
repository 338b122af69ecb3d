//! `public_url`: the origin people see, and everything cookies and issuers hang on.

use url::Url;

use super::Check;
use super::values::is_loopback;
use crate::config::fault::KeyPath;
use crate::config::settings::PublicUrl;

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
}
