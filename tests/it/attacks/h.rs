//! HTTP and proxying: H09 on.

use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::gateway::streams::{OWN_ORIGIN, handshake};
use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};

use super::h_framing::all_refused;
use crate::support::settings::settings;
use crate::support::upstream::{Reply, Upstream, values};

const HOST: &str = "Host: portail.test\r\n";

#[tokio::test]
async fn h09_hosts_that_are_none() {
    let lines = [
        "",
        "Host: portail.test\r\nHost: portail.test\r\n",
        "Host: a, b\r\n",
        "Host: u@portail.test\r\n",
        "Host: portail.test/x\r\n",
        "Host: portail .test\r\n",
        "Host:\r\n",
        "Host: portail.test:x\r\n",
    ];
    all_refused(lines.map(|lines| format!("GET /public HTTP/1.1\r\n{lines}\r\n")), &[400]).await;
}

#[tokio::test]
async fn h10_an_absolute_target_names_the_same_host_or_nothing_is_served() {
    all_refused([format!("GET http://evil.test/public HTTP/1.1\r\n{HOST}\r\n")], &[400]).await;
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    assert_eq!(ask(gate.address, format!("GET http://portail.test/public HTTP/1.1\r\n{HOST}\r\n")).await.status, 200);
    assert!(upstream.last().starts_with("GET /public HTTP/1.1\r\n"));
    // A port of the client's choice goes no further.
    ask(gate.address, "GET /public HTTP/1.1\r\nHost: PORTAIL.test.:81\r\n\r\n").await;
    assert_eq!(values(&upstream.last(), "x-forwarded-host"), ["portail.test"]);
    assert_eq!(values(&upstream.last(), "host"), ["portail.test"]);
}

#[tokio::test]
async fn h11_a_host_nobody_configured_is_421() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    for target in ["/", "/public", "/_guichet/connexion", "/.well-known/openid-configuration"] {
        let answer =
            ask(gate.address, format!("GET {target} HTTP/1.1\r\nHost: evil.test\r\nAccept: text/html\r\n\r\n")).await;
        assert_eq!(answer.status, 421, "{target}");
        assert!(answer.all("location").is_empty() && answer.all("set-cookie").is_empty());
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn h12_methods_nobody_serves() {
    let long = "X".repeat(8_192);
    let lines = [
        "CONNECT portail.test:443",
        "CONNECT /public",
        "GET portail.test:80",
        "TRACE /public",
        "OPTIONS *",
        "PROPFIND /public",
        "get /public",
        "QUERY /public",
    ];
    let requests = lines.iter().map(|line| format!("{line} HTTP/1.1\r\n{HOST}\r\n"));
    all_refused(requests.chain([format!("{long} /public HTTP/1.1\r\n{HOST}\r\n")]), &[400, 405, 431, 501]).await;
}

#[tokio::test]
async fn h13_h14_connection_names_nothing_that_the_gateway_adds() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.activated().await.cookie();
    let named =
        "Cookie, Authorization, Host, X-Forwarded-For, X-Guichet-Assertion, X-Request-Id, X-Mine, x-forwarded-proto";
    let lines = format!(
        "Connection: close, {named}\r\nCONNECTION: {}\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: x\r\nX-Forwarded-For: 9.9.9.9\r\n",
        named.to_uppercase()
    );
    let answer = ask(gate.address, format!("GET / HTTP/1.1\r\n{HOST}{cookie}{lines}\r\n")).await;
    assert_eq!(answer.status, 200);
    let head = upstream.last();
    for (name, count) in [
        ("host", 1),
        ("x-forwarded-for", 1),
        ("x-forwarded-proto", 1),
        ("x-guichet-assertion", 1),
        ("x-request-id", 1),
        ("x-mine", 0),
        ("keep-alive", 0),
        ("te", 0),
        ("proxy-authorization", 0),
        ("connection", 0),
        ("cookie", 0),
    ] {
        assert_eq!(values(&head, name).len(), count, "{name} in {head}");
    }
    assert_eq!(values(&head, "x-forwarded-for"), ["127.0.0.1"]);
}

#[tokio::test]
async fn h15_other_protocols_are_not_switched_to() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    for lines in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
        "Connection: Upgrade\r\nUpgrade: foo\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ] {
        let answer = ask(gate.address, format!("GET /public HTTP/1.1\r\n{HOST}{lines}\r\n")).await;
        assert_eq!(answer.status, 200);
        let head = upstream.last();
        assert!(values(&head, "upgrade").is_empty() && values(&head, "connection").is_empty(), "{head}");
        assert!(values(&head, "http2-settings").is_empty(), "{head}");
    }
}

#[tokio::test]
async fn h16_nothing_is_tunnelled_until_the_upstream_has_switched() {
    for refusal in ["200 OK", "403 Forbidden"] {
        let upstream = Upstream::answering(move |_, _| {
            Reply::Hang(format!("HTTP/1.1 {refusal}\r\nContent-Length: 2\r\n\r\nno").into_bytes())
        })
        .await;
        let gate = Gate::before(&upstream).await;
        let cookie = gate.activated().await.cookie();
        let mut raw = Raw::connect(gate.address).await;
        raw.send(handshake(&format!("{OWN_ORIGIN}{cookie}"))).await;
        raw.send("GET /public/smuggled HTTP/1.1\r\nHost: evil.test\r\n\r\n").await;
        assert_eq!(raw.answer().await.status, refusal[..3].parse::<u16>().unwrap());
        assert!(!String::from_utf8(upstream.bytes()).unwrap().contains("smuggled"));
    }
}

#[tokio::test]
async fn h17_a_websocket_needs_a_session_and_our_own_origin() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.activated().await.cookie();
    assert_eq!(ask(gate.address, handshake(OWN_ORIGIN)).await.status, 401);
    assert_eq!(ask(gate.address, handshake(&format!("{OWN_ORIGIN}Accept: text/html\r\n"))).await.status, 401);
    for origin in [
        "",
        "Origin: null\r\n",
        "Origin: https://evil.test\r\n",
        "Origin: http://portail.test\r\n",
        "Origin: https://portail.test.evil.test\r\n",
    ] {
        assert_eq!(ask(gate.address, handshake(&format!("{origin}{cookie}"))).await.status, 403, "{origin}");
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn h21_an_upstream_that_breaks_the_protocol_is_502_or_cut() {
    for (reply, bad) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello", true),
        ("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", true),
        ("nonsense\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", false),
    ] {
        let upstream = Upstream::answering(move |_, _| Reply::Close(reply.as_bytes().to_vec())).await;
        let gate = Gate::before(&upstream).await;
        let mut raw = Raw::connect(gate.address).await;
        raw.send(format!("GET /public HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")).await;
        let all = String::from_utf8(raw.until_closed().await).unwrap();
        let (head, body) = all.split_once("\r\n\r\n").unwrap_or_default();
        if bad {
            assert!(head.starts_with("HTTP/1.1 502"), "{reply:?}: {all}");
        } else {
            let promised = values(head, "content-length").first().and_then(|length| length.parse::<usize>().ok());
            let clean = body.ends_with("0\r\n\r\n") || promised == Some(body.len());
            assert!(!clean, "{reply:?} ended cleanly: {all}");
        }
    }
}

#[tokio::test]
async fn h21_surplus_bytes_are_nobodys_answer() {
    let upstream = Upstream::answering(|_, _| {
        Reply::Answer(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".to_vec(),
        )
    })
    .await;
    let gate = Gate::before(&upstream).await;
    for _ in 0..5 {
        assert_eq!(ask(gate.address, format!("GET /public HTTP/1.1\r\n{HOST}\r\n")).await.text(), "ok");
    }
}

#[tokio::test]
async fn h22_a_post_that_was_partly_sent_is_not_sent_again() {
    let upstream = Upstream::answering(|_, _| Reply::Close(Vec::new())).await;
    let gate = Gate::before(&upstream).await;
    let post = format!("POST /public HTTP/1.1\r\n{HOST}Content-Length: 5\r\n\r\nhello");
    assert_eq!(ask(gate.address, post).await.status, 502);
    assert_eq!(upstream.heads().len(), 1);
    // A final answer to an expectation is passed on, and the next request is in step.
    let upstream =
        Upstream::answering(|_, _| Reply::Close(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n".to_vec())).await;
    let gate = Gate::before(&upstream).await;
    let expecting = format!("POST /public HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let mut raw = Raw::connect(gate.address).await;
    raw.send(expecting).await;
    let first = raw.head().await;
    let last = if first.status == 100 { raw.head().await } else { first };
    assert_eq!(last.status, 417);
}

#[tokio::test]
async fn h23_identity_is_never_kept_on_a_connection() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.activated().await.cookie();
    let mut raw = Raw::connect(gate.address).await;
    raw.send(format!("GET / HTTP/1.1\r\n{HOST}{cookie}\r\nGET /second HTTP/1.1\r\n{HOST}\r\n")).await;
    assert_eq!(raw.answer().await.status, 200);
    assert_eq!(raw.answer().await.status, 401);
    assert_eq!(upstream.heads().len(), 1);
}

#[tokio::test]
async fn h19_h23_http2_streams_are_judged_each_by_itself() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let zoe = gate.activated().await;
    let stream = tokio::net::TcpStream::connect(gate.address).await.unwrap();
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = |lines: &[(&'static str, String)], uri: &str| {
        let mut request = http::Request::builder().uri(uri);
        for (name, value) in lines {
            request = request.header(*name, value);
        }
        request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap()
    };
    let session = format!("__Host-guichet={}", zoe.token.expose());
    let split = [("cookie", "a=1".to_owned()), ("cookie", session.clone()), ("cookie", "b=2".to_owned())];
    let answer = client.send_request(request(&split, "http://portail.test/x")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(values(&upstream.last(), "cookie"), ["a=1; b=2"]);
    assert_eq!(values(&upstream.last(), "host"), ["portail.test"]);
    let answer = client.send_request(request(&[], "http://portail.test/x")).await.unwrap();
    assert_eq!(answer.status(), 401);
    let other = [("cookie", session), ("host", "evil.test".to_owned())];
    let answer = client.send_request(request(&other, "http://portail.test/x")).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(upstream.heads().len(), 1);
}

#[tokio::test]
async fn h20_the_scheme_is_that_of_the_public_address() {
    let upstream = Upstream::start().await;
    let gate = Gate::with(settings(Gate::routes(&upstream))).await;
    for target in ["http://portail.test/public", "hTTps://portail.test/public"] {
        let lines = "X-Forwarded-Proto: http\r\nForwarded: proto=http\r\nX-Url-Scheme: http\r\n";
        let answer = ask(gate.address, format!("GET {target} HTTP/1.1\r\n{HOST}{lines}\r\n")).await;
        assert!(matches!(answer.status, 200 | 400), "{target}");
        if answer.status == 200 {
            assert_eq!(values(&upstream.last(), "x-forwarded-proto"), ["https"]);
            assert!(values(&upstream.last(), "forwarded").is_empty());
        }
    }
}
