//! Identity headers, and what else of a client or an upstream must not cross.

use std::collections::BTreeMap;

use guichet::config::settings::PlainClaim;

use crate::support::gate::Gate;
use crate::support::raw::ask;
use crate::support::settings::settings;
use crate::support::upstream::{Reply, Upstream, values};

const HOST: &str = "Host: portail.test\r\n";

/// Twenty spellings and more.
const FORGED: [&str; 26] = [
    "X-Guichet-Assertion",
    "x-guichet-assertion",
    "X_Guichet_Assertion",
    "x-GUICHET_assertion",
    "X-Guichet_Assertion",
    "X.Guichet.Assertion",
    "x_guichet_visit",
    "X-Guichet-User",
    "X-Forwarded-User",
    "X_Forwarded_User",
    "x-forwarded_email",
    "X-Forwarded-Groups",
    "X-Forwarded-Host",
    "X_FORWARDED_PROTO",
    "Forwarded",
    "X-Real-IP",
    "x_real_ip",
    "X-Original-URL",
    "X_Original_Uri",
    "X-Original-Method",
    "X-Rewrite-URL",
    "X-SSL-Client-S-DN",
    "X-Client-Cert",
    "Remote-User",
    "X-Auth-Request-User",
    "X_Portal_User",
];

async fn gate(upstream: &Upstream) -> Gate {
    let mut routes = Gate::routes(upstream);
    routes[0].plain_headers = BTreeMap::from([("X-Portal-User".to_owned(), PlainClaim::Rpps)]);
    Gate::with(settings(routes)).await
}

fn forged() -> String {
    FORGED.iter().map(|name| format!("{name}: mallory\r\n{name}: mallory, again\r\n")).collect()
}

#[tokio::test]
async fn i01_i03_i10_forged_identity_headers_of_nobody_never_arrive() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    assert_eq!(ask(gate.address, format!("GET /public HTTP/1.1\r\n{HOST}{}\r\n", forged())).await.status, 200);
    let head = upstream.last();
    assert!(!head.contains("mallory"), "{head}");
    assert!(values(&head, "x-guichet-assertion").is_empty(), "{head}");
}

#[tokio::test]
async fn i02_i04_forged_identity_headers_beside_a_session_leave_the_products_value_alone() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let zoe = gate.activated().await;
    let request = format!("GET / HTTP/1.1\r\n{HOST}{}{}\r\n", forged(), zoe.cookie());
    assert_eq!(ask(gate.address, request).await.status, 200);
    let head = upstream.last();
    assert!(!head.contains("mallory"), "{head}");
    let folded =
        |line: &&str| line.split(':').next().unwrap().replace(['_', '.'], "-").to_lowercase().starts_with("x-guichet-");
    assert_eq!(head.lines().filter(folded).count(), 1, "{head}");
    assert_eq!(gate.verify(values(&head, "x-guichet-assertion")[0])["sub"], zoe.account.to_string());
    assert!(values(&head, "x-portal-user").is_empty(), "no RPPS, no header");
}

#[tokio::test]
async fn i05_preflights_and_own_pages_are_scrubbed_too() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let preflight = "Origin: https://evil.test\r\nAccess-Control-Request-Method: POST\r\n";
    let options = |target: &str| format!("OPTIONS {target} HTTP/1.1\r\n{HOST}{preflight}{}\r\n", forged());
    assert_eq!(ask(gate.address, options("/dossier")).await.status, 401);
    assert!(upstream.bytes().is_empty());
    assert_eq!(ask(gate.address, options("/public")).await.status, 200);
    assert!(!upstream.last().contains("mallory"));
    let own = ask(gate.address, format!("GET /_guichet/x HTTP/1.1\r\n{HOST}{}\r\n", forged())).await;
    assert!(own.text().ends_with(" host"), "{}", own.text());
}

#[tokio::test]
async fn i06_names_that_are_not_ascii_arrive_whole() {
    let upstream = Upstream::start().await;
    let mut routes = Gate::routes(&upstream);
    routes[0].plain_headers = BTreeMap::from([("X-Portal-Name".to_owned(), PlainClaim::Name)]);
    let gate = Gate::with(settings(routes)).await;
    let name = "Zoë 🩺\r\nX-Admin: 1";
    let zoe = gate.person(|facts| facts.claims.name = Some(name.to_owned())).await;
    assert_eq!(ask(gate.address, format!("GET / HTTP/1.1\r\n{HOST}{}\r\n", zoe.cookie())).await.status, 200);
    let head = upstream.last();
    assert_eq!(gate.verify(values(&head, "x-guichet-assertion")[0])["name"], name);
    assert_eq!(values(&head, "x-portal-name"), ["Zo%C3%AB%20%F0%9F%A9%BA%0D%0AX-Admin:%201"]);
    assert!(values(&head, "x-admin").is_empty());
}

#[tokio::test]
async fn i09_s03_s04_a_cookie_that_is_not_one_session_is_nobody() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let (zoe, max) = (gate.activated().await, gate.activated().await);
    let (zoe, max) = (zoe.token.expose(), max.token.expose());
    for cookie in [
        format!("__Host-guichet={zoe}; __Host-guichet={max}"),
        format!("__Host-guichet={zoe}; __Host-guichet={zoe}"),
        format!("__Host-guichet={}", &zoe[1..]),
        format!("__Host-guichet=\"{zoe}\""),
        format!("=__Host-guichet={zoe}"),
        "__Host-guichet=%00".to_owned(),
        format!("__Host-guichet={}", "A".repeat(12_000)),
    ] {
        let answer = ask(gate.address, format!("GET /dossier HTTP/1.1\r\n{HOST}Cookie: {cookie}\r\n\r\n")).await;
        assert_eq!(answer.status, 401, "{cookie}");
        let cleared = answer.header("set-cookie").unwrap();
        assert!(cleared.starts_with("__Host-guichet=; Path=/; Secure; HttpOnly;") && cleared.contains("Max-Age=0"));
    }
    let unknown = "A".repeat(43);
    for lines in [
        format!("Cookie: __Host-guichet={unknown}\r\n"),
        format!("Cookie: __host-guichet={zoe}\r\n"),
        format!("Cookie: {}\r\n", "a=b; ".repeat(500)),
        format!("Authorization: Bearer {zoe}\r\n"),
    ] {
        assert_eq!(
            ask(gate.address, format!("GET /dossier HTTP/1.1\r\n{HOST}{lines}\r\n")).await.status,
            401,
            "{lines}"
        );
    }
    let c25 = format!("GET /dossier?access_token={zoe} HTTP/1.1\r\n{HOST}\r\n");
    assert_eq!(ask(gate.address, c25).await.status, 401);
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn i12_a_trusted_proxy_names_the_client_and_nobody_else_does() {
    let upstream = Upstream::start().await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
    let trusting = Gate::with(settings).await;
    let gate = gate(&upstream).await;
    for (value, behind_proxy) in [
        ("a", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9:80", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
    ] {
        let request = format!("GET /public HTTP/1.1\r\n{HOST}X-Forwarded-For: {value}\r\n\r\n");
        ask(trusting.address, &request).await;
        assert_eq!(values(&upstream.last(), "x-forwarded-for"), [behind_proxy], "{value}");
        ask(gate.address, &request).await;
        assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["127.0.0.1"], "{value}");
    }
    for (lines, behind_proxy) in [
        ("Forwarded: for=198.51.100.1, for=\"203.0.113.9:80\";proto=https\r\n", "203.0.113.9"),
        ("Forwarded: for=198.51.100.1\r\nX-Forwarded-For: 203.0.113.9\r\n", "127.0.0.1"),
        ("Forwarded: for=unknown\r\n", "127.0.0.1"),
    ] {
        let request = format!("GET /public HTTP/1.1\r\n{HOST}{lines}\r\n");
        ask(trusting.address, &request).await;
        assert_eq!(values(&upstream.last(), "x-forwarded-for"), [behind_proxy], "{lines}");
        assert!(values(&upstream.last(), "forwarded").is_empty());
        ask(gate.address, &request).await;
        assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["127.0.0.1"], "{lines}");
    }
}

#[tokio::test]
async fn i13_our_cookies_and_authorization_stay_here() {
    let upstream = Upstream::start().await;
    let gate = gate(&upstream).await;
    let zoe = gate.activated().await;
    let lines = format!(
        "Cookie: mine=1; __Host-guichet={}; __Host-guichet-flow=f; __host-guichet-device=d; other=2\r\nAuthorization: Basic eDp5\r\n",
        zoe.token.expose()
    );
    assert_eq!(ask(gate.address, format!("GET / HTTP/1.1\r\n{HOST}{lines}\r\n")).await.status, 200);
    let head = upstream.last();
    assert_eq!(values(&head, "cookie"), ["mine=1; other=2"]);
    assert!(values(&head, "authorization").is_empty());
    assert!(!head.contains(zoe.token.expose()));
}

#[tokio::test]
async fn i14_an_upstream_sets_its_own_cookies_only() {
    let upstream = Upstream::answering(|_, _| {
        let cookies = "Set-Cookie: a=1\r\nSet-Cookie: __Host-guichet=x; Path=/; Secure\r\nSet-Cookie: __host-GUICHET-device=x\r\nSet-Cookie: b=2\r\n";
        Reply::Answer(format!("HTTP/1.1 200 OK\r\n{cookies}Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-Request-Id: theirs\r\nContent-Length: 0\r\n\r\n").into_bytes())
    })
    .await;
    let gate = gate(&upstream).await;
    let answer = ask(gate.address, format!("GET /public HTTP/1.1\r\n{HOST}\r\n")).await;
    assert_eq!(answer.all("set-cookie"), ["a=1", "b=2"]);
    assert!(answer.all("x-hop").is_empty() && answer.all("keep-alive").is_empty(), "{}", answer.head);
    assert_eq!(answer.all("x-request-id").len(), 1);
    assert_ne!(answer.header("x-request-id"), Some("theirs"));
}
