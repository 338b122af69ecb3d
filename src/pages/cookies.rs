//! Our own cookies: names, reading without "first wins", writing with the `__Host-` rules.

use http::HeaderMap;
use http::header::COOKIE;

/// Session.
pub const SESSION: &str = "__Host-guichet";
/// Flow: which browser a form belongs to.
pub const FLOW: &str = "__Host-guichet-flow";
/// Recognised browser.
pub const DEVICE: &str = "__Host-guichet-device";
/// Identifier to pre-fill.
pub const IDENTIFIER: &str = "__Host-guichet-id";

/// Bytes of `Cookie` read at most; the gateway's limits are far above and the rest is not ours.
const LONGEST: usize = 16 * 1024;

/// The value of a cookie: `None` when it is absent, doubled or in a header that is too long (attacks S03, S04).
#[must_use]
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut found: Option<&str> = None;
    let mut length = 0;
    for header in headers.get_all(COOKIE) {
        length += header.len();
        let text = header.to_str().ok().filter(|_| length <= LONGEST)?;
        for pair in text.split(';') {
            if let Some((key, value)) = pair.trim().split_once('=')
                && key == name
                && found.replace(value).is_some()
            {
                return None;
            }
        }
    }
    found.map(str::to_owned)
}

/// A `Set-Cookie` value; `max_age` in seconds, or until the browser closes.
#[must_use]
pub fn set(name: &str, value: &str, max_age: Option<u64>) -> String {
    let life = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{life}")
}

/// A `Set-Cookie` value that removes a cookie, with the same prefix, path and `Secure` (attack S06).
#[must_use]
pub fn clear(name: &str) -> String {
    format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn s03_a_doubled_cookie_is_no_cookie() {
        assert_eq!(read(&headers(&["a=1; __Host-guichet=x"]), SESSION).as_deref(), Some("x"));
        assert_eq!(read(&headers(&["__Host-guichet=x; __Host-guichet=y"]), SESSION), None);
        assert_eq!(read(&headers(&["__Host-guichet=x", "__Host-guichet=y"]), SESSION), None);
        assert_eq!(read(&headers(&["=__Host-guichet=x"]), SESSION), None);
    }

    #[test]
    fn s02_s06_cookies_are_set_and_cleared_alike() {
        assert_eq!(set(SESSION, "v", None), "__Host-guichet=v; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(clear(SESSION), "__Host-guichet=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
