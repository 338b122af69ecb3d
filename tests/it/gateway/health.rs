//! Servers that are asked how they are: left out while they answer badly, and back when they are well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guichet::config::settings::{Access, HealthCheck, Route, Server};
use http::uri::PathAndQuery;

use crate::support::gate::Gate;
use crate::support::raw::ask;
use crate::support::settings::{route_for, settings};
use crate::support::site::until;
use crate::support::upstream::{Reply, Upstream, values};

const GET: &str = "GET / HTTP/1.1\r\nHost: portail.test\r\n\r\n";

/// A server that says how it is as it is told.
async fn server() -> (Upstream, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(true));
    let told = Arc::clone(&well);
    let upstream = Upstream::answering(move |head, _| {
        let status = if head.starts_with("GET /healthz?a ") && !told.load(Ordering::SeqCst) { 503 } else { 200 };
        Reply::Answer(format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nok").into_bytes())
    })
    .await;
    (upstream, well)
}

fn checked(servers: &[&Upstream]) -> Route {
    let mut route = route_for("checked", "/", servers[0].address, Access::Public);
    let upstream = route.upstream.as_mut().unwrap();
    let address = |server: &&Upstream| Server { host: "127.0.0.1".to_owned(), port: server.address.port() };
    upstream.servers = servers.iter().map(address).collect();
    upstream.health_check = Some(HealthCheck {
        path: PathAndQuery::from_static("/healthz?a"),
        interval: Duration::from_millis(20),
        timeout: Duration::from_secs(5),
        failures: 2,
        successes: 2,
    });
    route
}

fn asked(server: &Upstream) -> usize {
    server.heads().iter().filter(|head| head.starts_with("GET /healthz?a ")).count()
}

fn served(server: &Upstream) -> usize {
    server.heads().len() - asked(server)
}

async fn well(gate: &Gate, count: usize) {
    until(|| {
        let lines = gate.metrics.render();
        lines
            .lines()
            .any(|line| line.starts_with("guichet_upstream_servers_well{") && line.ends_with(&format!(" {count}")))
    })
    .await;
}

#[tokio::test]
async fn a_server_that_answers_badly_is_left_out_and_is_back_when_it_is_well() {
    let ((first, first_is_well), (second, second_is_well)) = (server().await, server().await);
    let gate = Gate::with(settings(vec![checked(&[&first, &second])])).await;
    well(&gate, 2).await;
    let head = first.heads().remove(0);
    assert_eq!(values(&head, "host"), [first.address.to_string()]);
    assert_eq!(
        (values(&head, "user-agent"), values(&head, "connection")),
        (vec!["guichet-health-check"], vec!["close"])
    );
    first_is_well.store(false, Ordering::SeqCst);
    well(&gate, 1).await;
    let before = served(&first);
    for _ in 0..10 {
        assert_eq!(ask(gate.address, GET).await.status, 200);
    }
    assert_eq!((served(&first), served(&second)), (before, 10));
    // A wrong question takes no portal down: where all are left out, requests are tried.
    second_is_well.store(false, Ordering::SeqCst);
    well(&gate, 0).await;
    assert_eq!(ask(gate.address, GET).await.status, 200);
    first_is_well.store(true, Ordering::SeqCst);
    well(&gate, 1).await;
    let before = served(&second);
    for _ in 0..10 {
        assert_eq!(ask(gate.address, GET).await.status, 200);
    }
    assert_eq!(served(&second), before);
}

#[tokio::test]
async fn nobody_is_asked_any_more_once_no_route_needs_the_upstream() {
    let (upstream, _) = server().await;
    let checked = checked(&[&upstream]);
    let gate = Gate::with(settings(vec![checked.clone()])).await;
    well(&gate, 1).await;
    // The same upstream on another route is the same one: asked once in its time, not twice.
    let mut next = (*gate.gateway.settings()).clone();
    next.routes = vec![Route { path: "/other".to_owned(), ..checked }];
    gate.gateway.reload(Arc::new(next.clone())).unwrap();
    well(&gate, 1).await;
    next.routes = vec![route_for("plain", "/", upstream.address, Access::Public)];
    gate.gateway.reload(Arc::new(next)).unwrap();
    until(|| !gate.metrics.render().contains("guichet_upstream_servers_well{")).await;
    let before = asked(&upstream);
    // A question that was under way may still arrive; then there are no more, however long others are served.
    for _ in 0..50 {
        assert_eq!(ask(gate.address, GET).await.status, 200);
    }
    assert!(asked(&upstream) <= before + 1, "{} after {before}", asked(&upstream));
}
