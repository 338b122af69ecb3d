//! What an upstream receives, and what comes back.

use guichet::config::settings::{AssertionHeader, PlainClaim, Upstream as ConfiguredUpstream};

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::settings;
use crate::support::upstream::{Reply, Upstream, values};

#[tokio::test]
async fn an_activated_person_reaches_the_portal_with_an_assertion_that_verifies() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let zoe = gate.activated().await;
    let answer =
        ask(gate.address, format!("GET /dossier?a=1;b HTTP/1.1\r\nHost: portail.test\r\n{}\r\n", zoe.cookie())).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
    let head = upstream.last();
    assert!(head.starts_with("GET /dossier?a=1;b HTTP/1.1\r\n"), "{head}");
    assert!(values(&head, "cookie").is_empty(), "{head}");
    assert_eq!(values(&head, "host"), ["portail.test"]);
    assert_eq!(values(&head, "x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(values(&head, "x-forwarded-proto"), ["https"]);
    assert_eq!(values(&head, "x-forwarded-host"), ["portail.test"]);
    assert_eq!(values(&head, "x-request-id"), [answer.header("x-request-id").unwrap()]);
    let claims = gate.verify(values(&head, "x-guichet-assertion")[0]);
    assert_eq!(claims["sub"], zoe.account.to_string());
    assert_eq!(claims["legacy_id"], "750000001");
    assert_eq!(claims["activation"], "active");
}

#[tokio::test]
async fn a_body_goes_through_whole_with_and_without_length() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.activated().await.cookie();
    let sized = format!("POST /a HTTP/1.1\r\nHost: portail.test\r\n{cookie}Content-Length: 5\r\n\r\nhello");
    assert_eq!(ask(gate.address, sized).await.status, 200);
    assert_eq!(values(&upstream.last(), "content-length"), ["5"]);
    let chunked = format!(
        "POST /a HTTP/1.1\r\nHost: portail.test\r\n{cookie}Transfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\n\r\n"
    );
    assert_eq!(ask(gate.address, chunked).await.status, 200);
    upstream.receives(b"5\r\nworld\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn d04_a_body_over_the_limit_is_413_with_and_without_length() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let head = format!("POST /a HTTP/1.1\r\nHost: portail.test\r\n{}", gate.activated().await.cookie());
    let sized = ask(gate.address, format!("{head}Content-Length: 1001\r\n\r\n")).await;
    assert_eq!(sized.status, 413);
    assert!(upstream.bytes().is_empty());
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1_000));
    let chunked =
        ask(gate.address, format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}1\r\nx\r\n0\r\n\r\n")).await;
    assert_eq!(chunked.status, 413);
    assert!(!upstream.bytes().ends_with(b"0\r\n\r\n"), "never a clean end");
}

#[tokio::test]
async fn plain_headers_and_bearer_are_choices_of_the_route() {
    let upstream = Upstream::start().await;
    let mut routes = Gate::routes(&upstream);
    routes[0].plain_headers.insert("X-Portal-Name".to_owned(), PlainClaim::Name);
    routes[0].plain_headers.insert("X-Portal-Rpps".to_owned(), PlainClaim::Rpps);
    routes[1].assertion_header = AssertionHeader::Bearer;
    let gate = Gate::with(settings(routes)).await;
    let cookie = gate.activated().await.cookie();
    let forged = "X-Portal-Rpps: 1\r\nx_portal_name: mallory\r\nAuthorization: Bearer mallory\r\n";
    ask(gate.address, format!("GET / HTTP/1.1\r\nHost: portail.test\r\n{cookie}{forged}\r\n")).await;
    let head = upstream.last();
    assert_eq!(values(&head, "x-portal-name"), ["Zo%C3%AB%20Martin"]);
    assert!(!head.contains("mallory") && values(&head, "x-portal-rpps").is_empty(), "{head}");
    ask(gate.address, format!("GET /signed HTTP/1.1\r\nHost: portail.test\r\n{cookie}{forged}\r\n")).await;
    let head = upstream.last();
    assert_eq!(values(&head, "authorization").len(), 1);
    gate.verify(values(&head, "authorization")[0].strip_prefix("Bearer ").unwrap());
    assert!(values(&head, "x-guichet-assertion").is_empty() && !head.contains("mallory"), "{head}");
}

#[tokio::test]
async fn an_upstream_that_is_away_is_502_and_one_that_is_silent_504() {
    let upstream = Upstream::answering(|_, _| Reply::Hang(Vec::new())).await;
    let mut routes = Gate::routes(&upstream);
    routes[0].response_timeout = Some(std::time::Duration::from_millis(50));
    let away = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    routes[1].upstream = Some(ConfiguredUpstream::at("127.0.0.1", away.local_addr().unwrap().port()));
    drop(away);
    let gate = Gate::with(settings(routes)).await;
    let cookie = gate.activated().await.cookie();
    let html = "Accept: text/html\r\n";
    let silent = ask(gate.address, format!("GET / HTTP/1.1\r\nHost: portail.test\r\n{cookie}{html}\r\n")).await;
    assert_eq!(silent.status, 504);
    assert!(silent.text().contains("UpstreamSilent"));
    let away = ask(gate.address, format!("GET /signed HTTP/1.1\r\nHost: portail.test\r\n{cookie}\r\n")).await;
    assert_eq!(away.status, 502);
    assert_eq!(away.header("content-type"), Some("application/problem+json"));
    assert_eq!(away.json()["type"], "urn:guichet:problem:upstream-away");
}

#[tokio::test]
async fn the_metadata_and_the_keys_are_public_and_name_each_other() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let metadata =
        ask(gate.address, "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
    assert_eq!(metadata.json()["issuer"], "https://portail.test");
    assert_eq!(metadata.json()["jwks_uri"], "https://portail.test/_guichet/jwks.json");
    assert_eq!(metadata.json()["id_token_signing_alg_values_supported"][0], "ES256");
    let keys = ask(gate.address, "GET /_guichet/jwks.json HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
    assert_eq!(keys.json()["keys"][0], gate.key);
    assert_eq!(keys.header("cache-control"), Some("public, max-age=300"));
    let post =
        ask(gate.address, "POST /_guichet/jwks.json HTTP/1.1\r\nHost: portail.test\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(post.status, 405);
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_in_turn() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.activated().await.cookie();
    let mut raw = Raw::connect(gate.address).await;
    for _ in 0..3 {
        raw.send(format!("GET / HTTP/1.1\r\nHost: portail.test\r\n{cookie}\r\n")).await;
        assert_eq!(raw.answer().await.status, 200);
    }
    assert_eq!(upstream.connections(), 1, "the upstream's connection is pooled");
    assert!(gate.metrics.render().contains("guichet_requests_total{route=\"portal\",class=\"2xx\"}"));
}
