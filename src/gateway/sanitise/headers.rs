//! What a client may not say: identity and forwarding headers in any spelling, hop-by-hop fields, our cookies. Pure.

use std::collections::HashSet;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// The session cookie.
pub const SESSION_COOKIE: &str = "__Host-guichet";
/// Names of ours begin so; none goes to an upstream, none may come from one (decision 15).
const OUR_COOKIES: &[u8] = b"__host-guichet";

/// Names, with `-` for whatever a server could fold, that only the gateway or a proxy in front may set.
const RESERVED: &[&str] = &[
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "x-envoy-external-address",
    "x-request-id",
    "x-rewrite-url",
    "x-host",
    "x-url-scheme",
    "x-scheme",
    "front-end-https",
    "remote-user",
    "remote-name",
    "remote-email",
    "remote-groups",
    "x-auth-user",
    "x-auth-email",
    "x-auth-groups",
    "x-auth-roles",
    "x-user",
    "x-email",
    "x-groups",
    "proxy",
    "authorization",
];

/// Families of such names.
const RESERVED_PREFIXES: &[&str] = &[
    "x-guichet-",
    "x-forwarded-",
    "x-original-",
    "x-rewrite-",
    "x-ssl-",
    "ssl-client-",
    "x-client-cert",
    "x-client-verify",
    "client-cert",
    "x-tls-client-",
    "x-auth-request-",
    "x-remote-",
    "x-webauth-",
    "x-authenticated-",
    "x-envoy-original-",
];

/// Names that say something about one connection only (RFC 9110 §7.6.1).
static HOP_BY_HOP: [HeaderName; 11] = [
    header::CONNECTION,
    // The listener has answered it.
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("http2-settings"),
];

/// The names a client may not send: the built-in ones and those the routes use.
#[derive(Debug, Clone)]
pub struct Reserved {
    of_routes: HashSet<String>,
    beginnings: Beginnings,
}

/// How reserved names begin: most names of a request begin otherwise, and need no further look. By first letter, a bit for the second.
#[derive(Debug, Clone)]
struct Beginnings([u32; 128]);

impl Beginnings {
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut beginnings = [0; 128];
        for name in names {
            if let Some((place, bit)) = Self::place(name.as_bytes())
                && let Some(seconds) = beginnings.get_mut(place)
            {
                *seconds |= bit;
            }
        }
        Self(beginnings)
    }

    /// `false`: no reserved name begins so. Letters that share a bit, and names too short to tell, are looked at.
    fn may_be(&self, name: &str) -> bool {
        let place = Self::place(name.as_bytes());
        place.is_none_or(|(place, bit)| self.0.get(place).is_none_or(|seconds| seconds & bit != 0))
    }

    fn place(name: &[u8]) -> Option<(usize, u32)> {
        let letter = |byte: u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
        let [first, second, ..] = name else { return None };
        Some((usize::from(letter(*first)), 1 << (letter(*second) % 32)))
    }
}

impl Default for Reserved {
    fn default() -> Self {
        Self::new([])
    }
}

impl Reserved {
    /// `names`: assertion headers and opt-in plain headers of every route. One route's header is reserved on all.
    #[must_use]
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let of_routes: HashSet<String> = names.into_iter().map(|name| folded(name).into_owned()).collect();
        let all = RESERVED.iter().chain(RESERVED_PREFIXES).copied().chain(of_routes.iter().map(String::as_str));
        let beginnings = Beginnings::of(all);
        Self { of_routes, beginnings }
    }

    /// Removes every reserved name in every spelling. Nothing may be added before.
    pub fn strip(&self, headers: &mut HeaderMap) {
        let reserved: Vec<HeaderName> = headers.keys().filter(|name| self.is_reserved(name)).cloned().collect();
        for name in reserved {
            headers.remove(name);
        }
    }

    fn is_reserved(&self, name: &HeaderName) -> bool {
        if !self.beginnings.may_be(name.as_str()) {
            return false;
        }
        let name = folded(name.as_str());
        RESERVED.contains(&&*name)
            || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || self.of_routes.contains(&*name)
    }
}

/// CGI, WSGI and PHP servers fold case, `-` and `_`; some fold whatever is no letter or digit. A name is folded as by the worst of them.
fn folded(name: &str) -> std::borrow::Cow<'_, str> {
    let is_folded = |byte: u8| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.bytes().all(is_folded) {
        return name.into();
    }
    let fold = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' };
    name.chars().map(fold).collect::<String>().into()
}

/// Whether a field says something about one connection only.
pub fn is_hop_by_hop(name: &HeaderName) -> bool {
    HOP_BY_HOP.contains(name)
}

/// Removes hop-by-hop fields and those that `Connection` names. Comes before anything is added (attack H13).
pub fn strip_hop_by_hop(headers: &mut HeaderMap) {
    // Most messages have none of them: one walk tells, where each removal would be a search of its own.
    if !headers.keys().any(is_hop_by_hop) {
        return;
    }
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(header::CONNECTION)
            .iter()
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
            .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
            // The frame of the message is not a matter of one hop's taste.
            .filter(|name| *name != header::CONTENT_LENGTH && *name != header::HOST)
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Leaves one `Cookie` line without our cookies; HTTP/2's separate lines are joined.
pub fn strip_our_cookies(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(header::COOKIE).iter();
    let (Some(first), more) = (lines.next(), lines.next().is_some()) else { return };
    if !more && !pairs(first.as_bytes()).any(is_ours) {
        return;
    }
    let mut joined = Vec::new();
    let others =
        headers.get_all(header::COOKIE).iter().flat_map(|line| pairs(line.as_bytes())).filter(|pair| !is_ours(pair));
    for pair in others {
        if !joined.is_empty() {
            joined.extend_from_slice(b"; ");
        }
        joined.extend_from_slice(pair);
    }
    headers.remove(header::COOKIE);
    if let (false, Ok(joined)) = (joined.is_empty(), HeaderValue::from_bytes(&joined)) {
        headers.insert(header::COOKIE, joined);
    }
}

/// Removes what an upstream must not set: cookies under our names (attack I14).
pub fn strip_our_set_cookies(headers: &mut HeaderMap) {
    if !headers.get_all(header::SET_COOKIE).iter().any(|cookie| is_ours(cookie.as_bytes().trim_ascii())) {
        return;
    }
    let others: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|cookie| !is_ours(cookie.as_bytes().trim_ascii()))
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in others {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// The cookies of a line, blanks removed.
pub fn pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|pair| !pair.is_empty())
}

/// Whether a pair is, or could be read as, a cookie of ours: also in other case, and nameless as `=__Host-guichet=x` (attack S03).
#[must_use]
pub fn is_ours(pair: &[u8]) -> bool {
    let pair = pair.strip_prefix(b"=").unwrap_or(pair).trim_ascii_start();
    pair.get(..OUR_COOKIES.len()).is_some_and(|start| start.eq_ignore_ascii_case(OUR_COOKIES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn i01_i03_i10_identity_and_forwarding_headers_go_in_every_spelling() {
        let reserved = Reserved::new(["X-Portal-User", "x_dossier"]);
        for name in [
            "X-Guichet-Assertion",
            "X_Guichet_Assertion",
            "x-guichet_assertion",
            "X.Guichet.Assertion",
            "X-GUICHET-ANYTHING",
            "X-Forwarded-For",
            "X_Forwarded_User",
            "Forwarded",
            "X-Real-IP",
            "x_real_ip",
            "X-Original-URL",
            "X-Original_Method",
            "X-Rewrite-URL",
            "X-SSL-Client-Verify",
            "X-Client-Cert",
            "Client-Cert",
            "X-Portal-User",
            "x_portal_user",
            "X-Dossier",
            "Authorization",
            "Proxy",
            "X-Request-Id",
            "Remote_User",
            "X-Auth-Request-Email",
        ] {
            let mut sent = headers(&[(name, "mallory"), ("accept", "*/*"), (name, "again")]);
            reserved.strip(&mut sent);
            assert_eq!(sent, headers(&[("accept", "*/*")]), "{name}");
        }
    }

    #[test]
    fn h13_h14_what_connection_names_goes_with_it() {
        let mut sent = headers(&[
            ("connection", "close, X-Auth-User"),
            ("connection", "x-other , cookie"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("proxy-connection", "keep-alive"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAA"),
            ("transfer-encoding", "chunked"),
            ("x-auth-user", "m"),
            ("x-other", "m"),
            ("cookie", "a=b"),
            ("accept", "*/*"),
        ]);
        strip_hop_by_hop(&mut sent);
        assert_eq!(sent, headers(&[("accept", "*/*")]));
    }

    #[test]
    fn i13_our_cookies_stay_here_and_the_others_go_on_in_one_line() {
        let mut sent = headers(&[
            ("cookie", "a=1; __Host-guichet=s; b=2"),
            ("cookie", "__HOST-guichet-flow=f;=__Host-guichet=x; c=3"),
        ]);
        strip_our_cookies(&mut sent);
        assert_eq!(sent, headers(&[("cookie", "a=1; b=2; c=3")]));
        let mut only_ours = headers(&[("cookie", "__Host-guichet=s")]);
        strip_our_cookies(&mut only_ours);
        assert!(only_ours.is_empty());
        let mut others = headers(&[("cookie", "a=1;  b=2;")]);
        strip_our_cookies(&mut others);
        assert_eq!(others, headers(&[("cookie", "a=1;  b=2;")]));
    }

    #[test]
    fn i14_an_upstream_sets_its_own_cookies_only() {
        let mut received = headers(&[
            ("set-cookie", "__Host-guichet=x; Path=/"),
            ("set-cookie", "mine=1"),
            ("set-cookie", " __host-guichet-device=x"),
            ("set-cookie", "other=2"),
        ]);
        strip_our_set_cookies(&mut received);
        assert_eq!(received, headers(&[("set-cookie", "mine=1"), ("set-cookie", "other=2")]));
    }

    proptest! {
        #[test]
        fn no_spelling_of_the_assertion_header_survives(spelling in "[xX][-_.][gG]uichet[-_!~][aA]ssertion") {
            let mut sent = headers(&[(&spelling, "mallory")]);
            Reserved::default().strip(&mut sent);
            prop_assert!(sent.is_empty());
        }
    }
}
