//! Where a request ends: H01 to H08.

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask, refused};
use crate::support::upstream::Upstream;

const HOST: &str = "Host: portail.test\r\n";

/// Each request must end with this status, the connection closed, and no byte upstream.
pub(super) async fn all_refused(requests: impl IntoIterator<Item = String>, accepted: &[u16]) {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    for request in requests {
        let status = refused(gate.address, &request).await;
        assert!(accepted.contains(&status), "{status}: {request:?}");
        assert!(upstream.bytes().is_empty(), "{request:?}");
    }
}

#[tokio::test]
async fn h01_cl_and_te() {
    let smuggled = "0\r\n\r\nGET /public/smuggled HTTP/1.1\r\nHost: portail.test\r\n\r\n";
    let request = |lines: &str| format!("POST /public HTTP/1.1\r\n{HOST}{lines}\r\n{smuggled}");
    all_refused(
        [
            request("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            request("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
            request("Transfer-Encoding: chunked\r\ncontent-length: 0\r\n"),
        ],
        &[400],
    )
    .await;
}

#[tokio::test]
async fn h02_content_lengths_that_are_none() {
    let values = [
        "5\r\nContent-Length: 6",
        "5\r\nContent-Length: 5",
        "5, 6",
        "5, 5",
        "+5",
        "-1",
        "0x5",
        "5 5",
        "",
        "99999999999999999999",
    ];
    all_refused(
        values.map(|value| format!("POST /public HTTP/1.1\r\n{HOST}Content-Length: {value}\r\n\r\nhello")),
        &[400],
    )
    .await;
}

#[tokio::test]
async fn h03_transfer_encodings_that_are_not_chunked() {
    let values = [
        "chunked, identity",
        "identity, chunked",
        "gzip, chunked",
        "xchunked",
        "chunked\r\nTransfer-Encoding: chunked",
        "identity",
        "",
        "\"chunked\"",
        "chunked;q=1",
    ];
    all_refused(
        values.map(|value| format!("POST /public HTTP/1.1\r\n{HOST}Transfer-Encoding: {value}\r\n\r\n0\r\n\r\n")),
        &[400, 501],
    )
    .await;
}

#[tokio::test]
async fn h04_http_1_0_has_no_transfer_encoding_and_no_body_without_length() {
    all_refused([format!("POST /public HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")], &[400]).await;
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let status = refused(gate.address, format!("POST /public HTTP/1.0\r\n{HOST}\r\nnot a body")).await;
    assert_eq!(status, 200);
    assert!(!String::from_utf8(upstream.bytes()).unwrap().contains("not a body"));
}

#[tokio::test]
async fn h05_chunks_of_two_meanings_end_the_exchange() {
    for chunks in [
        "11111111111111111\r\nx",
        "+1\r\nx\r\n",
        "0x1\r\nx\r\n",
        "1_0\r\nx\r\n",
        "1\nx\r\n",
        "1;a\nb\r\nx\r\n",
        "1;a\rb\r\nx\r\n",
    ] {
        let upstream = Upstream::start().await;
        let gate = Gate::before(&upstream).await;
        let request = format!("POST /public HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
        assert_eq!(refused(gate.address, request).await, 400, "{chunks:?}");
        assert!(upstream.bytes().is_empty());
    }
}

#[tokio::test]
async fn h06_trailers_are_dropped() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let request = format!(
        "POST /public HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\nTrailer: x-guichet-assertion\r\n\r\n1\r\nx\r\n0\r\nX-Guichet-Assertion: mallory\r\nHost: evil\r\n\r\n"
    );
    assert_eq!(ask(gate.address, request).await.status, 200);
    upstream.receives(b"0\r\n\r\n").await;
    let seen = String::from_utf8(upstream.bytes()).unwrap();
    assert!(!seen.contains("mallory") && !seen.contains("evil"), "{seen}");
}

#[tokio::test]
async fn h07_an_unread_body_is_never_a_request() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let inner = "GET /public/smuggled HTTP/1.1\r\nHost: portail.test\r\n\r\n";
    for target in ["/dossier", "/public/../x", "/_guichet/x"] {
        let mut raw = Raw::connect(gate.address).await;
        let length = inner.len() + 100_000;
        raw.send(format!("POST {target} HTTP/1.1\r\n{HOST}Content-Length: {length}\r\n\r\n{inner}")).await;
        raw.answer().await;
        raw.send(inner.repeat(20)).await;
        drop(raw);
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn h08_lines_that_are_not_headers() {
    let lines = [
        "X : y",
        "X: y\r\n folded",
        "no colon",
        "X: a\0b",
        "X: a\rb",
        "X\0: y",
        ": y",
        "X: y\nHost: evil",
        "X\x01: y",
        "X: \x01",
    ];
    all_refused(lines.map(|line| format!("GET /public HTTP/1.1\r\n{HOST}{line}\r\n\r\n")), &[400]).await;
    let heads = [
        "GET /pub\0lic HTTP/1.1",
        "GET /pub lic HTTP/1.1",
        "G\x01T /public HTTP/1.1",
        "GET\t/public HTTP/1.1",
        "GET /public HTTP/1.1 ",
        "GET /public\x7f HTTP/1.1",
    ];
    all_refused(heads.map(|head| format!("{head}\r\n{HOST}\r\n")), &[400]).await;
}
