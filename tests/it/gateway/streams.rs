//! What lasts: WebSocket, event streams, silent peers, stopping.

use std::time::Duration;

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::settings;
use crate::support::upstream::{Reply, Upstream, values};

const SWITCHED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSet-Cookie: __Host-guichet=planted\r\n\r\n";

/// A handshake with these lines more.
pub(crate) fn handshake(lines: &str) -> String {
    format!(
        "GET /socket HTTP/1.1\r\nHost: portail.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n"
    )
}

pub(crate) const OWN_ORIGIN: &str = "Origin: https://portail.test\r\n";

#[tokio::test]
async fn a_websocket_echoes_through_the_gateway() {
    let upstream = Upstream::answering(|_, _| Reply::Echo(SWITCHED.to_vec())).await;
    let gate = Gate::before(&upstream).await;
    let zoe = gate.activated().await;
    let mut raw = Raw::connect(gate.address).await;
    raw.send(handshake(&format!("{OWN_ORIGIN}{}", zoe.cookie()))).await;
    let head = raw.head().await;
    assert_eq!((head.status, head.header("upgrade")), (101, Some("websocket")));
    assert!(head.header("sec-websocket-accept").is_some() && head.all("set-cookie").is_empty(), "{}", head.head);
    raw.send(b"\x81\x02hi GET /# HTTP/1.1\n").await;
    assert_eq!(raw.bytes(21).await, b"\x81\x02hi GET /# HTTP/1.1\n");
    let head = upstream.last();
    assert_eq!(values(&head, "connection"), ["upgrade"]);
    gate.verify(values(&head, "x-guichet-assertion")[0]);
}

#[tokio::test]
async fn h18_a_tunnel_is_closed_at_the_first_look_after_its_sessions_end() {
    let upstream = Upstream::answering(|_, _| Reply::Echo(SWITCHED.to_vec())).await;
    let gate = Gate::before(&upstream).await;
    let zoe = gate.activated().await;
    let mut raw = Raw::connect(gate.address).await;
    raw.send(handshake(&format!("{OWN_ORIGIN}{}", zoe.cookie()))).await;
    assert_eq!(raw.head().await.status, 101);
    raw.send(b"x").await;
    assert_eq!(raw.bytes(1).await, b"x");
    gate.end(&zoe).await;
    assert!(raw.until_closed().await.is_empty());
}

#[tokio::test]
async fn h18_an_event_stream_is_cut_at_the_first_look_after_its_sessions_end() {
    let stream =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    let upstream = Upstream::answering(|_, _| Reply::Hang(stream.to_vec())).await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.limits.body_idle_timeout = Duration::from_secs(3_600);
    let gate = Gate::with(settings).await;
    let zoe = gate.activated().await;
    let mut raw = Raw::connect(gate.address).await;
    raw.send(format!("GET /events HTTP/1.1\r\nHost: portail.test\r\n{}\r\n", zoe.cookie())).await;
    assert_eq!(raw.head().await.status, 200);
    assert_eq!(raw.bytes(10).await, b"5\r\nfirst\r\n");
    gate.end(&zoe).await;
    let rest = raw.until_closed().await;
    assert!(!rest.ends_with(b"0\r\n\r\n"), "cut, not ended");
}

#[tokio::test]
async fn d01_a_silent_peer_and_one_that_drips_its_head_are_closed() {
    let upstream = Upstream::start().await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.limits.head_timeout = Duration::from_millis(300);
    let gate = Gate::with(settings).await;
    for start in ["", "P", "GET / HT", "GET / HTTP/1.1\r\nHost: portail.test\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut raw = Raw::connect(gate.address).await;
        raw.send(start).await;
        raw.until_closed().await;
    }
    // Kept alive and then silent.
    let mut raw = Raw::connect(gate.address).await;
    raw.send("GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
    assert_eq!(raw.answer().await.status, 200);
    assert!(raw.until_closed().await.is_empty());
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_and_are_served_later() {
    let upstream = Upstream::start().await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.limits.connections = 1;
    settings.limits.head_timeout = Duration::from_millis(300);
    let gate = Gate::with(settings).await;
    let _silent = Raw::connect(gate.address).await;
    assert_eq!(ask(gate.address, "GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n").await.status, 200);
}

#[tokio::test]
async fn d04_heads_that_are_too_large_are_refused() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let request = |lines: &str| format!("GET /public HTTP/1.1\r\nHost: portail.test\r\n{lines}\r\n");
    let many: String = (0..101).map(|number| format!("X-{number}: y\r\n")).collect();
    for lines in [many, format!("X: {}\r\n", "y".repeat(65_536))] {
        let status = crate::support::raw::refused(gate.address, request(&lines)).await;
        assert!(matches!(status, 400 | 431), "{status}");
    }
    let url = format!("GET /{} HTTP/1.1\r\nHost: portail.test\r\n\r\n", "a".repeat(65_536));
    let status = crate::support::raw::refused(gate.address, url).await;
    assert!(matches!(status, 400 | 414 | 431), "{status}");
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn x01_no_byte_of_a_client_makes_a_second_request_id() {
    let upstream = Upstream::start().await;
    let gate = Gate::before(&upstream).await;
    let lines = "X-Request-Id: mine\r\nx_request_id: mine\r\n";
    let answer = ask(gate.address, format!("GET /public HTTP/1.1\r\nHost: portail.test\r\n{lines}\r\n")).await;
    assert_eq!(answer.all("x-request-id").len(), 1);
    assert_eq!(values(&upstream.last(), "x-request-id"), [answer.header("x-request-id").unwrap()]);
    assert!(!upstream.last().contains("mine"));
}

#[tokio::test]
async fn stopping_lets_a_request_end_and_closes_what_is_idle() {
    let upstream = Upstream::answering(|head, _| {
        if head.contains("/slow") {
            Reply::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_vec())
        } else {
            Reply::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec())
        }
    })
    .await;
    let gate = Gate::before(&upstream).await;
    let mut idle = Raw::connect(gate.address).await;
    idle.send("GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
    assert_eq!(idle.answer().await.status, 200);
    let mut slow = Raw::connect(gate.address).await;
    slow.send("GET /public/slow HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
    assert_eq!(slow.head().await.status, 200);
    gate.stop();
    assert!(idle.until_closed().await.is_empty());
    // The upstream never ends: the time given passes, and the connection is cut.
    assert!(slow.until_closed().await.is_empty());
    gate.stopped().await;
}

#[tokio::test]
async fn x04_the_administrators_listener_tells_health_and_counters_and_nothing_else() {
    #[derive(Debug)]
    struct Stores(std::sync::atomic::AtomicBool);
    #[async_trait::async_trait]
    impl guichet::gateway::admin::Readiness for Stores {
        async fn is_ready(&self) -> bool {
            self.0.load(std::sync::atomic::Ordering::SeqCst)
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stores = std::sync::Arc::new(Stores(true.into()));
    let metrics = std::sync::Arc::new(guichet::observe::Metrics::default());
    let never = std::future::pending();
    tokio::spawn(guichet::gateway::admin::serve_admin(listener, metrics, stores.clone(), never));
    let get = async |path: &str| ask(address, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
    assert_eq!(get("/livez").await.status, 200);
    assert_eq!(get("/readyz").await.status, 200);
    assert!(get("/metrics").await.text().contains("guichet_connections 0"));
    stores.0.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(get("/livez").await.status, 200);
    assert_eq!(get("/readyz").await.status, 503);
    assert_eq!(get("/").await.status, 404);
}
