//! Questions as the four proxies put them, and as they must not be put.

use http::Request;

use super::*;

const SECRET: &str = "kB3-shared-with-the-proxy";

fn asked(path: &str, lines: &[(&str, &str)]) -> (Parts, Result<Dialect, Cause>) {
    let mut request = Request::builder().method("GET").uri(path).header("x-guichet-forward-auth", SECRET);
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    let read = read(&mut parts, &Secret::new(SECRET.to_owned()));
    (parts, read)
}

const NGINX: [(&str, &str); 3] =
    [("x-original-method", "POST"), ("x-original-host", "portail.test"), ("x-original-uri", "/a?b=c")];
const TRAEFIK: [(&str, &str); 4] = [
    ("x-forwarded-method", "POST"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "portail.test"),
    ("x-forwarded-uri", "/a?b=c"),
];

#[test]
fn every_dialect_asks_about_the_same_request() {
    let (original, forwarded) = (NGINX.to_vec(), TRAEFIK.to_vec());
    for (path, lines, expected) in [
        ("/nginx", &original, Dialect::Nginx),
        ("/refusal", &original, Dialect::Refusal),
        ("/traefik", &forwarded, Dialect::Forwarded),
        ("/caddy", &forwarded, Dialect::Forwarded),
    ] {
        let more = [("content-length", "0"), ("connection", "close"), ("cookie", "a=b"), ("host", "127.0.0.1:9180")];
        let lines = [&lines[..], &more].concat();
        let (parts, read) = asked(path, &lines);
        assert_eq!(read, Ok(expected));
        assert_eq!((parts.method.as_str(), parts.uri.to_string().as_str()), ("POST", "/a?b=c"), "{path}");
        assert_eq!(parts.headers[HOST], "portail.test");
        assert_eq!(parts.headers["cookie"], "a=b");
        for gone in ["content-length", "connection", "x-guichet-forward-auth"] {
            assert!(!parts.headers.contains_key(gone), "{gone}");
        }
    }
    let (parts, read) = asked("/envoy/a?b=c", &[("host", "portail.test")]);
    assert_eq!((read, parts.uri.to_string().as_str()), (Ok(Dialect::Envoy), "/a?b=c"));
}

#[test]
fn r20_without_the_secret_nothing_is_looked_at() {
    for given in [&[][..], &["wrong"], &[SECRET, SECRET], &[""], &["kB3-shared-with-the-proxz"]] {
        for path in ["/nginx", "/nowhere", "/envoy/"] {
            let mut request = Request::builder().uri(path);
            for (name, value) in NGINX {
                request = request.header(name, value);
            }
            for secret in given {
                request = request.header("X-Guichet-Forward-Auth", *secret);
            }
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(read(&mut parts, &Secret::new(SECRET.to_owned())), Err(Cause::Stranger), "{path} {given:?}");
        }
    }
}

#[test]
fn r20_what_is_missing_doubled_or_malformed_is_no_question() {
    for (path, whole) in [("/nginx", &NGINX[..]), ("/refusal", &NGINX), ("/traefik", &TRAEFIK), ("/caddy", &TRAEFIK)] {
        for left_out in 0..whole.len() {
            let mut lines = whole.to_vec();
            let line = lines.remove(left_out);
            assert_eq!(asked(path, &lines).1, Err(Cause::Question), "{path} without {line:?}");
            lines.extend([line, line]);
            assert_eq!(asked(path, &lines).1, Err(Cause::Question), "{path} twice {line:?}");
        }
        let with = |name: &str, value: &str| {
            let lines: Vec<(&str, &str)> = whole
                .iter()
                .map(|(known, usual)| if known.ends_with(name) { (*known, value) } else { (*known, *usual) })
                .collect();
            asked(path, &lines).1
        };
        for target in ["", "a", "*", "http://portail.test/a", "/a b", "/a#b", "/é", "/a, /b\u{9}", "://a", "?a"] {
            assert_eq!(with("-uri", target), Err(Cause::Question), "{target}");
        }
        for host in ["", "a b", "a/b", "u@a", "a, b", "portail.test:99999", "a:", "é"] {
            assert_eq!(with("-host", host), Err(Cause::Question), "{host}");
        }
        for method in ["", "GET, GET", "G ET", "GET\u{9}", "é"] {
            assert_eq!(with("-method", method), Err(Cause::Question), "{method}");
        }
    }
    for proto in ["", "ftp", "https,http", "HTTPS "] {
        let lines = [("x-forwarded-proto", proto), TRAEFIK[0], TRAEFIK[2], TRAEFIK[3]];
        assert_eq!(asked("/traefik", &lines).1, Err(Cause::Question), "{proto}");
    }
    for (path, lines) in [
        ("/envoy", &[("host", "a")][..]),
        ("/envoy?x", &[("host", "a")]),
        ("/envoy/x", &[]),
        ("/envoy/x", &[("host", "a"), ("host", "a")]),
        ("http://a/envoy/x", &[("host", "a")]),
    ] {
        assert_eq!(asked(path, lines).1, Err(Cause::Question), "{path} {lines:?}");
    }
}

#[test]
fn r20_one_dialect_never_reads_the_headers_of_another() {
    assert_eq!(asked("/nginx", &TRAEFIK).1, Err(Cause::Question));
    assert_eq!(asked("/traefik", &NGINX).1, Err(Cause::Question));
    let both = [&NGINX[..], &[("x-forwarded-uri", "/public"), ("x-forwarded-host", "evil.test")]].concat();
    assert_eq!(asked("/nginx", &both).0.uri.path(), "/a");
    for path in ["/", "/nginx/", "/Nginx", "/auth", "/envoyx/a", "/_guichet/connexion", "/livez"] {
        assert_eq!(asked(path, &NGINX).1, Err(Cause::NotFound), "{path}");
    }
}
