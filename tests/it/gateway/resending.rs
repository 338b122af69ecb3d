//! What is sent again when a server breaks off, and what never is.

use std::net::SocketAddr;

use guichet::config::settings::{Access, Server};

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::{route_for, settings};
use crate::support::upstream::{Reply, Upstream};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A gateway before several servers of one public route.
async fn before(servers: &[SocketAddr]) -> Gate {
    let mut several = route_for("several", "/", servers[0], Access::Public);
    let server = |address: &SocketAddr| Server { host: address.ip().to_string(), port: address.port() };
    several.upstream.as_mut().unwrap().servers = servers.iter().map(server).collect();
    Gate::with(settings(vec![several])).await
}

#[tokio::test]
async fn a_pooled_connection_that_closed_is_tried_once_more_for_a_get_only() {
    // The second request on a connection is swallowed by a close.
    let upstream = Upstream::answering(|_, number| match number {
        0 => Reply::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()),
        _ => Reply::Close(Vec::new()),
    })
    .await;
    let gate = Gate::before(&upstream).await;
    let cookie = gate.activated().await.cookie();
    let get = format!("GET / HTTP/1.1\r\nHost: portail.test\r\n{cookie}\r\n");
    let post = format!("POST / HTTP/1.1\r\nHost: portail.test\r\n{cookie}Content-Length: 1\r\n\r\nx");
    assert_eq!(ask(gate.address, &get).await.status, 200);
    assert_eq!(ask(gate.address, &get).await.status, 200);
    assert_eq!(upstream.connections(), 2);
    assert_eq!(ask(gate.address, &post).await.status, 502);
    assert_eq!(upstream.heads().len(), 4, "the POST was sent once");
}

#[tokio::test]
async fn a_request_goes_to_another_server_while_one_cannot_be_reached_whatever_its_method() {
    let (first, second) = (Upstream::start().await, Upstream::start().await);
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let gate = before(&[nobody, first.address, second.address]).await;
    for _ in 0..12 {
        let post = "POST /acte HTTP/1.1\r\nHost: portail.test\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(ask(gate.address, post).await.status, 200);
    }
    let (one, other) = (first.heads().len(), second.heads().len());
    assert_eq!(one + other, 12, "each arrives once");
    assert!(one >= 4 && other >= 4, "{one} and {other}");
}

#[tokio::test]
async fn a_request_that_may_have_been_read_goes_to_no_other_server() {
    let silent = Upstream::answering(|_, _| Reply::Close(Vec::new())).await;
    let other = Upstream::start().await;
    let gate = before(&[silent.address, other.address]).await;
    let post = "POST /acte HTTP/1.1\r\nHost: portail.test\r\nContent-Length: 5\r\n\r\nhello";
    let mut statuses = [ask(gate.address, post).await.status, ask(gate.address, post).await.status];
    statuses.sort_unstable();
    assert_eq!((statuses, silent.heads().len(), other.heads().len()), ([200, 502], 1, 1));
}

/// A server that dies ends its connections one by one: the first that is found dead is rarely alone.
#[tokio::test]
async fn a_get_outlives_several_kept_connections_that_die_at_once() {
    let upstream = Upstream::answering(|_, number| match number {
        0 => Reply::Answer(OK.to_vec()),
        _ => Reply::Close(Vec::new()),
    })
    .await;
    let gate = before(&[upstream.address]).await;
    let get = "GET / HTTP/1.1\r\nHost: portail.test\r\n\r\n";
    let mut slow = Raw::connect(gate.address).await;
    slow.send("POST /slow HTTP/1.1\r\nHost: portail.test\r\nContent-Length: 1\r\n\r\n").await;
    upstream.receives(b"POST /slow").await;
    assert_eq!(ask(gate.address, get).await.status, 200);
    slow.send("x").await;
    assert_eq!((slow.answer().await.status, upstream.connections()), (200, 2));
    assert_eq!(ask(gate.address, get).await.status, 200);
    assert_eq!((upstream.connections(), upstream.heads().len()), (3, 4), "sent again once, on a new connection");
}

#[tokio::test]
async fn what_a_new_connection_swallows_goes_to_another_server_only_where_it_changes_nothing() {
    let silent = Upstream::answering(|_, _| Reply::Close(Vec::new())).await;
    let other = Upstream::start().await;
    for (method, statuses) in [("GET", [200, 200]), ("DELETE", [200, 502])] {
        let gate = before(&[silent.address, other.address]).await;
        let request = format!("{method} / HTTP/1.1\r\nHost: portail.test\r\n\r\n");
        let mut seen = [ask(gate.address, &request).await.status, ask(gate.address, &request).await.status];
        seen.sort_unstable();
        assert_eq!(seen, statuses, "{method}");
    }
    assert_eq!((silent.heads().len(), other.heads().len()), (2, 3), "a server that swallows is left out for a while");
    let gate = before(&[silent.address]).await;
    assert_eq!(ask(gate.address, "GET / HTTP/1.1\r\nHost: portail.test\r\n\r\n").await.status, 502);
    assert_eq!(silent.heads().len(), 3, "the only server is asked once");
}
