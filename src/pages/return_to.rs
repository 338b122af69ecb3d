//! The page to go back to: a path and query of ours, or the way back to a page of another host, or nothing. Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::paths;
use super::way_back::WayBack;

/// Longest return target (bytes), as decided (decision 20).
const LONGEST: usize = 2_048;
/// What stays readable in a query parameter.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A checked return target. Only reading makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeReturn(String);

impl SafeReturn {
    /// Reads a page of the portal, or the [`WayBack`] to one of another host.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match WayBack::read(text) {
            Some(_) => Some(Self(text.to_owned())),
            None => Self::page(text),
        }
    }

    /// Reads a path with its query; `None` for anything that is not surely a page of the portal behind us:
    /// another origin in any spelling, a control byte, a backslash, our own pages but those that are gone back to
    /// ([`paths::is_gone_back_to`]; attacks W01–W03).
    #[must_use]
    pub fn page(text: &str) -> Option<Self> {
        if paths::is_gone_back_to(text) {
            return Some(Self(text.to_owned()));
        }
        let shaped = text.len() <= LONGEST
            && text.starts_with('/')
            && !text.starts_with("//")
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
        if !shaped {
            return None;
        }
        // Whatever a browser's parser makes of it must still be the same path of the same origin.
        let base = Url::parse("http://return.invalid").ok()?;
        let read = base.join(text).ok()?;
        let same = read.origin() == base.origin() && !read.path().starts_with("//");
        // The gateway decodes a path before it looks whose it is, and so does this.
        let decoded = percent_encoding::percent_decode_str(read.path()).decode_utf8().ok()?.to_ascii_lowercase();
        let ours =
            decoded == "/_guichet" || decoded.starts_with("/_guichet/") || decoded.starts_with("/.well-known/openid");
        let doubtful = decoded.contains('\\')
            || decoded.contains("//")
            || decoded.chars().any(char::is_control)
            || decoded.split('/').any(|segment| segment == "." || segment == "..");
        (same && !ours && !doubtful).then(|| Self(text.to_owned()))
    }

    /// The path with its query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The target as a query parameter's value.
    #[must_use]
    pub fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, QUERY).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_portal_is_kept_with_its_query() {
        for good in [
            "/",
            "/dossier/42?onglet=analyses",
            "/a%20b",
            "/x?u=https://other.example/",
            "/_guichet/session/ouverte",
            "/_guichet/compte",
            "/_guichet/compte/lieu",
            "/_guichet/compte/telephone",
            "/_guichet/compte/rattachement/psc",
            "/_guichet/compte/detachement/hopital-2",
        ] {
            assert_eq!(SafeReturn::parse(good).map(|target| target.0), Some(good.to_owned()));
        }
    }

    #[test]
    fn w01_w02_w03_anything_else_is_no_target() {
        let long = format!("/{}", "a".repeat(2_048));
        let bad = [
            "",
            "dossier",
            "//evil.example",
            "/\\evil.example",
            "/%5cevil.example",
            "/%09/evil.example",
            "/ /evil.example",
            "///evil.example",
            "https:evil",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/a#b",
            "/_guichet/connexion",
            "/_guichet/session/ouverte?x",
            "/_guichet/compte?x",
            "/_guichet/compte/",
            "/_guichet/compte/connexions",
            "/_guichet/compte/rattachement",
            "/_guichet/compte/rattachement/",
            "/_guichet/compte/rattachement/PSC",
            "/_guichet/compte/rattachement/psc/",
            "/_guichet/compte/rattachement/psc?x",
            "/_guichet/compte/rattachement/../connexions",
            "/_guichet/compte/rattachement/%70sc",
            "/_guichet/compte/rattachement/{provider}",
            "/_guichet/compte/detachement/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "/_guichet/Compte",
            "/_guichet/session",
            "/_guichet",
            "/_GUICHET/deconnexion",
            "/./_guichet/deconnexion",
            "/%5fguichet/deconnexion",
            "/%5Fguichet",
            "/_guiche%74/deconnexion",
            "/%2ewell-known/openid-configuration",
            "/x/%2e%2e%2f_guichet/deconnexion",
            "/x%2f..%2f_guichet/deconnexion",
            "/x/../_guichet/deconnexion",
            "/x/..//evil.example",
            "/%2f%2fevil",
            "/.well-known/openid-configuration",
            "/é",
            &long,
        ];
        for text in bad {
            assert_eq!(SafeReturn::parse(text), None, "{text:?}");
        }
    }
}
