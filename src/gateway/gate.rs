//! From a request's cookies to a visit: which session it belongs to, if any. Must not judge.

use http::HeaderMap;
use http::header::COOKIE;

use crate::session::{Lookup, SessionToken, Sessions, StoreError, Visit};

use super::sanitise::headers::{SESSION_COOKIE, is_ours, pairs};

/// What the cookie lines hold.
#[derive(Debug)]
enum Shown {
    Nothing,
    Malformed,
    Token(SessionToken),
}

/// How a cookie is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The host, where it is not the one where people sign in: only its own tokens are worth something there.
    pub elsewhere: Option<&'a str>,
    /// A live session counts as a request seen.
    pub counts: bool,
}

/// The visit behind a request. Only a cookie of the right shape is asked of the store; bearer tokens and parameters are nothing here (attack C25).
pub async fn visit(sessions: &Sessions, headers: &HeaderMap, reading: Reading<'_>) -> Visit {
    match shown(headers) {
        Shown::Nothing => Visit::Anonymous,
        Shown::Malformed => Visit::Malformed,
        Shown::Token(token) => match lookup(sessions, &token, reading).await {
            Ok(lookup) => Visit::Known { token, lookup },
            Err(error) => {
                let cause: &dyn std::error::Error = error.0.as_ref();
                tracing::error!(%error, cause, "a session could not be read");
                Visit::Away
            }
        },
    }
}

async fn lookup(sessions: &Sessions, token: &SessionToken, reading: Reading<'_>) -> Result<Lookup, StoreError> {
    let key = match reading.elsewhere {
        None => token.key(),
        Some(host) => match sessions.behind(host, token).await? {
            Some(key) => key,
            None => return Ok(Lookup::Unknown),
        },
    };
    if reading.counts { sessions.visitor_of(key).await } else { sessions.look(key).await }
}

/// Two cookies of our name are no session, whichever came first (attack S03).
fn shown(headers: &HeaderMap) -> Shown {
    let mut found = Shown::Nothing;
    for pair in headers.get_all(COOKIE).iter().flat_map(|line| pairs(line.as_bytes())) {
        let nameless = pair.strip_prefix(b"=");
        let value = match nameless {
            // A cookie without name whose value looks like one of ours was planted.
            Some(planted) if is_ours(planted) => return Shown::Malformed,
            Some(_) => continue,
            None => match pair.strip_prefix(SESSION_COOKIE.as_bytes()) {
                Some([b'=', value @ ..]) => value,
                Some([]) => return Shown::Malformed,
                Some(_) | None => continue,
            },
        };
        let token = std::str::from_utf8(value).ok().and_then(SessionToken::parse);
        found = match (found, token) {
            (Shown::Nothing, Some(token)) => Shown::Token(token),
            (Shown::Nothing | Shown::Malformed | Shown::Token(_), _) => return Shown::Malformed,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use http::HeaderValue;

    fn read(lines: &[&[u8]]) -> &'static str {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        match shown(&headers) {
            Shown::Nothing => "nothing",
            Shown::Malformed => "malformed",
            Shown::Token(_) => "token",
        }
    }

    #[test]
    fn s03_s04_i09_one_cookie_of_the_right_shape_or_nobody() {
        let token = SessionToken::draw(&SystemEntropy).expose().to_owned();
        let own = format!("a=b; __Host-guichet={token}; __Host-guichet-flow=x");
        assert_eq!(read(&[own.as_bytes()]), "token");
        assert_eq!(read(&[]), "nothing");
        assert_eq!(read(&[b"a=b;;; c; =; =x; __Host-guichet-flow=x"]), "nothing");
        assert_eq!(read(&[own.as_bytes(), own.as_bytes()]), "malformed");
        for line in [
            format!("__Host-guichet={token}; __Host-guichet=x"),
            format!("__Host-guichet=x; __Host-guichet={token}"),
            format!("=__Host-guichet={token}"),
            format!("__Host-guichet={token}; =__Host-guichet=x"),
            format!("__Host-guichet=\"{token}\""),
            format!("__Host-guichet={}", &token[1..]),
            format!("__Host-guichet={token}A"),
            format!("__Host-guichet=={token}"),
            "__Host-guichet=".to_owned(),
            "__Host-guichet".to_owned(),
            format!("__Host-guichet={}", "+".repeat(43)),
            format!("__Host-guichet={}", "A".repeat(16_384)),
        ] {
            assert_eq!(read(&[line.as_bytes()]), "malformed", "{line}");
        }
        assert_eq!(read(&[b"__Host-guichet=\xff\xfe"]), "malformed");
    }
}
