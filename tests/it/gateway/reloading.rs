//! Another configuration put in force while requests go on.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use guichet::config::reload::merged;
use guichet::config::settings::{Access, Settings};
use guichet::config::{self, Env};
use tokio::time::Instant;

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::{clear, route_for, settings};
use crate::support::upstream::{Reply, Upstream};

struct Nothing;

impl Env for Nothing {
    fn var(&self, _: &str) -> Option<String> {
        None
    }
}

/// A thousand routes beside `/stays`, as a file says them; `more` stands in each.
fn thousand(upstream: &Upstream, more: &str) -> String {
    let mut text = "public_url = \"http://localhost:8080\"\ndevelopment = true\n[brand]\nname = \"Exemple\"\n\
                    legacy = \"Ancien\"\nhelp_phone = \"01\"\nhelp_email = \"a@exemple.fr\"\nterms_url = \"/c\"\n\
                    terms_version = \"1\"\nterms_date = \"hier\"\n[email]\nfrom = \"a@exemple.fr\"\n"
        .to_owned();
    let mut route = |path: &str, port: u16, more: &str| {
        let audience = format!("urn:example:{port}");
        let _ = write!(
            text,
            "[[route]]\npath = \"{path}\"\nupstream = \"http://127.0.0.1:{port}\"\naccess = \"public\"\naudience = \"{audience}\"\n{more}\n"
        );
    };
    route("/stays", upstream.address.port(), "");
    for number in 0..1_000 {
        route(&format!("/application/{number}"), upstream.address.port(), more);
    }
    text
}

fn read(text: &str) -> Settings {
    config::parse(text, "guichet.toml", &Nothing, Path::new("/nowhere")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_routes_are_exchanged_under_traffic_and_no_request_fails() {
    let upstream = Upstream::start().await;
    let texts = [thousand(&upstream, "response_timeout = \"7 s\""), thousand(&upstream, "")];
    let mut first = read(&texts[1]);
    first.listeners = vec![clear()];
    let gate = Arc::new(Gate::with(first).await);
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = ["/stays", "/application/0", "/application/999", "/application/500"]
        .into_iter()
        .map(|path| {
            let (gate, stop, answered) = (Arc::clone(&gate), Arc::clone(&stop), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut raw = Raw::connect(gate.address).await;
                while !stop.load(Ordering::SeqCst) {
                    let answer = raw.ask(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
                    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"), "{path}");
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    let mut took = Vec::new();
    for round in 0..6 {
        let before = answered.load(Ordering::SeqCst);
        let begun = Instant::now();
        let running = gate.gateway.settings();
        let merged = merged(&running, read(&texts[round % 2]));
        gate.gateway.reload(Arc::new(merged.settings)).unwrap();
        took.push(begun.elapsed());
        assert_eq!(merged.waiting, ["listen and [[listener]]"], "the gate's own listener, put in by hand");
        let expected = (round % 2 == 0).then(|| Duration::from_secs(7));
        assert_eq!(gate.gateway.settings().routes[0].response_timeout.or(expected), expected);
        // Every client is answered by what is in force now, more than once.
        while answered.load(Ordering::SeqCst) < before + 40 {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap();
    }
    #[expect(clippy::print_stdout, reason = "a bound that is behaviour has its figure printed (decision 47)")]
    {
        println!(
            "1 000 routes read, checked and exchanged under {} requests: {took:?}",
            answered.load(Ordering::SeqCst)
        );
    }
    // A reload that let go of them would make four more at each round; a client may ask before its last connection is back.
    assert!(upstream.connections() <= 8, "{} connections: those of before are kept", upstream.connections());
}

#[tokio::test]
async fn k08_a_removed_route_and_a_tightened_policy_hold_for_the_next_request() {
    let upstream = Upstream::start().await;
    let first = settings(vec![
        route_for("leaves", "/leaves", upstream.address, Access::Public),
        route_for("tightens", "/tightens", upstream.address, Access::Public),
        route_for("stays", "/", upstream.address, Access::SignedIn),
    ]);
    let gate = Gate::with(first.clone()).await;
    let (nurse, cookie) = (gate.activating().await, gate.activated().await.cookie());
    let mut raw = Raw::connect(gate.address).await;
    let get = |path: &str, lines: &str| format!("GET {path} HTTP/1.1\r\nHost: portail.test\r\n{lines}\r\n");
    for path in ["/leaves/x", "/tightens/x"] {
        assert_eq!(raw.ask(get(path, "")).await.status, 200);
    }
    assert_eq!(raw.ask(get("/", &nurse.cookie())).await.status, 200);
    let mut second = first;
    second.routes.remove(0);
    second.routes[0].policy.access = Access::SignedIn;
    second.routes[1].policy.access = Access::Activated;
    gate.gateway.reload(Arc::new(second)).unwrap();
    let before = upstream.heads().len();
    assert_eq!(raw.ask(get("/tightens/x", "")).await.status, 401);
    assert_eq!(raw.ask(get("/", &nurse.cookie())).await.json()["type"], "urn:guichet:problem:activation-required");
    // What the removed route served is the wider route's now, and its policy's.
    assert_eq!(raw.ask(get("/leaves/x", "")).await.status, 401);
    assert_eq!(upstream.heads().len(), before);
    assert_eq!(raw.ask(get("/tightens/x", &cookie)).await.status, 200, "who may pass still does");
    let mut third = (*gate.gateway.settings()).clone();
    third.routes.pop();
    gate.gateway.reload(Arc::new(third)).unwrap();
    assert_eq!(raw.ask(get("/", &cookie)).await.status, 404);
    assert_eq!(ask(gate.address, get("/leaves/x", &cookie)).await.status, 404);
}

#[tokio::test]
async fn a_request_under_way_ends_as_it_began() {
    let head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let upstream = Upstream::answering(|_, _| Reply::Echo(head.to_vec())).await;
    let gate = Gate::with(settings(vec![route_for("leaves", "/", upstream.address, Access::Public)])).await;
    let mut raw = Raw::connect(gate.address).await;
    let handshake = "GET / HTTP/1.1\r\nHost: portail.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    raw.send(handshake).await;
    assert_eq!(raw.head().await.status, 101);
    let other = route_for("comes", "/other", upstream.address, Access::Public);
    gate.gateway.reload(Arc::new(Settings { routes: vec![other], ..(*gate.gateway.settings()).clone() })).unwrap();
    assert_eq!(ask(gate.address, handshake).await.status, 404);
    raw.send(b"\x82\x02hi").await;
    assert_eq!(raw.bytes(4).await, b"\x82\x02hi");
}
