//! Serves a router on a free port of loopback, until the test's runtime ends.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::server::conn::http1;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

/// A listener on a free port, for a router that must know its own address first.
pub(crate) async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    (listener, address)
}

/// A GET without cookies, for what no browser is needed for: status and body.
pub(crate) async fn get(address: &str) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let response = client.get(address.parse().expect("an address")).await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("a whole answer").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// Serves `router` to whoever connects to `listener`.
pub(crate) fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
}
