//! Clients that no one here wrote: curl, nghttp and h2load, over TLS and in the clear.

use std::path::Path;
use std::time::Duration;

use guichet::config::settings::{ClientCertificates, Settings};
use tokio::process::Command;

use crate::support::gate::Gate;
use crate::support::settings::{clear, settings};
use crate::support::tls::{Authority, listener};
use crate::support::upstream::{Reply, Upstream, values};

/// As the public address names it, without the port of the test.
const HOST: &str = "Host: portail.test";

/// A gateway that speaks TLS on its first listener and clear text on its second.
async fn gate(upstream: &Upstream, authority: &Authority) -> Gate {
    let mut settings: Settings = settings(Gate::routes(upstream));
    settings.limits.body_bytes = None;
    settings.listeners =
        vec![listener(vec![authority.issue("portail", &["portail.test"])], ClientCertificates::Off), clear()];
    Gate::with(settings).await
}

/// What a program says, both ways; it must end well.
async fn said(program: &str, words: &[&str]) -> String {
    let running = Command::new(program).args(words).kill_on_drop(true).output();
    let output =
        tokio::time::timeout(Duration::from_secs(60), running).await.expect("it ends").expect("it is installed");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{program} {words:?}: {text}");
    text
}

async fn curl(gate: &Gate, authority: &Path, words: &[&str]) -> String {
    let port = gate.address.port();
    let resolve = format!("portail.test:{port}:127.0.0.1");
    let ca = authority.to_str().unwrap();
    let own = ["--silent", "--show-error", "--max-time", "30", "--resolve", &resolve, "--cacert", ca, "--header", HOST];
    said("curl", &[&own[..], words].concat()).await
}

#[tokio::test]
async fn curl_speaks_both_versions_and_proves_who_is_there() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority).await;
    let address = format!("https://portail.test:{}/public", gate.address.port());
    for (version, told) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let words = [version, "--write-out", " %{http_code} %{http_version}", &address];
        assert_eq!(curl(&gate, &authority.file(), &words).await, format!("ok 200 {told}"));
    }
    let clear = format!("http://portail.test:{}/public", gate.addresses[1].port());
    let to = format!("portail.test:{}:127.0.0.1", gate.addresses[1].port());
    let words = [
        "--silent",
        "--http2-prior-knowledge",
        "--header",
        HOST,
        "--resolve",
        &to,
        "--write-out",
        " %{http_version}",
        &clear,
    ];
    assert_eq!(said("curl", &words).await, "ok 2");
    assert!(upstream.heads().iter().all(|head| values(head, "x-forwarded-proto") == ["https"]));
}

#[tokio::test]
async fn curl_sends_what_it_was_told_to_wait_with_and_asks_for_parts() {
    let upstream = Upstream::answering(|head, _| {
        Reply::Answer(match values(head, "range").first() {
            Some(&"bytes=2-4") => {
                b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/9\r\nContent-Length: 3\r\n\r\n345".to_vec()
            }
            _ => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec(),
        })
    })
    .await;
    let authority = Authority::new();
    let gate = gate(&upstream, &authority).await;
    let address = format!("https://portail.test:{}/public", gate.address.port());
    let large = authority.folder.path().join("large");
    std::fs::write(&large, vec![b'x'; 3 << 20]).unwrap();
    for version in ["--http1.1", "--http2"] {
        let part = [version, "--range", "2-4", "--write-out", " %{http_code}", &address];
        assert_eq!(curl(&gate, &authority.file(), &part).await, "345 206");
        upstream.forget();
        let words = [version, "--header", "Expect: 100-continue", "--upload-file", large.to_str().unwrap(), &address];
        assert_eq!(curl(&gate, &authority.file(), &words).await, "ok");
        assert_eq!(upstream.bytes().iter().filter(|byte| **byte == b'x').count() >> 20, 3, "{version}: all of it");
    }
}

#[tokio::test]
async fn nghttp_and_h2load_find_nothing_wrong_with_the_frames() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority).await;
    let address = format!("https://127.0.0.1:{}/public", gate.address.port());
    let host = ["-H:authority: portail.test"];
    let verbose = said("nghttp", &[&["-nv"][..], &host, &[&address]].concat()).await;
    assert!(verbose.contains(":status: 200") && !verbose.contains("error_code=PROTOCOL"), "{verbose}");
    let cookie = format!("cookie: __Host-guichet={}", gate.activated().await.token.expose());
    let connect = format!("--connect-to=127.0.0.1:{}", gate.address.port());
    let words = ["-n2000", "-c4", "-m50", "-H", &cookie, &connect, "https://portail.test/"];
    let loaded = said("h2load", &words).await;
    assert!(loaded.contains("status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx"), "{loaded}");
    assert!(loaded.contains("2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout"), "{loaded}");
}
