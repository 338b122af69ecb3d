//! An upstream that speaks HTTP/2 with prior knowledge, as gRPC servers do: frames both ways at once, trailers at the end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use guichet::config::settings::{Access, Route, UpstreamProtocol};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body_util::BodyExt as _;
use http_body_util::channel::Channel;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::{route_for, settings};

const COUNT: HeaderName = HeaderName::from_static("x-count");

/// What a server of the tests received.
#[derive(Clone, Default)]
struct Seen {
    heads: Arc<Mutex<Vec<(Method, String, HeaderMap)>>>,
    connections: Arc<AtomicUsize>,
    /// Pieces sent of answers without end.
    sent: Arc<AtomicUsize>,
}

/// Sends every frame back as it comes, then says in trailers how many there were.
async fn echo(request: Request<Incoming>, seen: Seen) -> Result<Response<BoxBody<Bytes, hyper::Error>>, Infallible> {
    let (parts, mut body) = request.into_parts();
    assert_eq!(parts.version, Version::HTTP_2);
    let endless = parts.uri.path().ends_with("/endless");
    seen.heads.lock().unwrap().push((parts.method, parts.uri.to_string(), parts.headers));
    let (mut sender, channel) = Channel::<Bytes, hyper::Error>::new(4);
    tokio::spawn(async move {
        while endless && sender.send_data(Bytes::from_static(&[b'x'; 16_384])).await.is_ok() {
            seen.sent.fetch_add(1, Ordering::SeqCst);
        }
        let mut count = 0;
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(data) = frame.into_data() else { continue };
            count += usize::from(!data.is_empty());
            if sender.send_data(data).await.is_err() {
                return;
            }
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        trailers.insert(COUNT, HeaderValue::from(count));
        trailers.insert("set-cookie", HeaderValue::from_static("__Host-guichet=planted"));
        let _ = sender.send_trailers(trailers).await;
    });
    Ok(Response::new(channel.boxed()))
}

async fn upstream(seen: Seen) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            seen.connections.fetch_add(1, Ordering::SeqCst);
            let seen = seen.clone();
            let service = service_fn(move |request| echo(request, seen.clone()));
            let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(serving.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

fn http2_route(name: &str, path: &str, upstream: SocketAddr, access: Access) -> Route {
    let mut route = route_for(name, path, upstream, access);
    route.upstream.as_mut().unwrap().protocol = UpstreamProtocol::Http2;
    route
}

async fn gate(seen: &Seen) -> Gate {
    let address = upstream(seen.clone()).await;
    let mut settings = settings(vec![
        http2_route("grpc", "/", address, Access::Activated),
        http2_route("public", "/public", address, Access::Public),
    ]);
    settings.limits.body_bytes = None;
    Gate::with(settings).await
}

#[tokio::test]
async fn frames_go_both_ways_at_once_and_trailers_arrive_at_the_end() {
    let seen = Seen::default();
    let gate = gate(&seen).await;
    let stream = TcpStream::connect(gate.address).await.unwrap();
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (mut frames, channel) = Channel::<Bytes, Infallible>::new(1);
    let cookie = gate.activated().await.cookie();
    let request = Request::post("http://portail.test/echo.Echo/Stream")
        .header("te", "trailers")
        .header("content-type", "application/grpc")
        .header("x-guichet-assertion", "forged")
        .header("cookie", cookie.trim().trim_start_matches("Cookie: "));
    let answer = client.send_request(request.body(channel.boxed()).unwrap()).await.unwrap();
    assert_eq!((answer.status(), answer.headers().contains_key(COUNT)), (StatusCode::OK, false));
    let mut body = answer.into_body();
    // Each frame comes back before the next is sent: nothing on the way waits for the end.
    for number in 0..3_u8 {
        frames.send_data(Bytes::from(vec![number; 5])).await.unwrap();
        let back = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(back, vec![number; 5]);
    }
    drop(frames);
    let trailers = body.frame().await.unwrap().unwrap().into_trailers().unwrap();
    assert_eq!((&trailers["grpc-status"], &trailers[COUNT]), (&HeaderValue::from(0), &HeaderValue::from(3)));
    assert!(!trailers.contains_key("set-cookie"), "a trailer sets no cookie of ours");
    let (method, uri, headers) = seen.heads.lock().unwrap().remove(0);
    assert_eq!((method, uri.as_str()), (Method::POST, "http://portail.test/echo.Echo/Stream"));
    assert_eq!((&headers["te"], headers.get("cookie")), (&HeaderValue::from_static("trailers"), None));
    gate.verify(headers["x-guichet-assertion"].to_str().unwrap());
}

#[tokio::test]
async fn a_client_of_http1_is_served_too_and_all_share_one_connection() {
    let seen = Seen::default();
    let gate = gate(&seen).await;
    for _ in 0..3 {
        let head = "POST /public HTTP/1.1\r\nHost: portail.test\r\nTE: trailers\r\nConnection: TE\r\n";
        let answer = ask(gate.address, format!("{head}Content-Length: 5\r\n\r\nhello")).await;
        assert_eq!((answer.status, answer.text().contains("hello")), (200, true));
        assert!(!answer.head.contains("x-count"), "trailers are a matter of the hop: {}", answer.head);
    }
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
    let handshake = "GET /public HTTP/1.1\r\nHost: portail.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_ne!(ask(gate.address, handshake).await.status, 101, "nobody switches protocols beyond HTTP/2");
}

#[tokio::test]
async fn an_upstream_that_does_not_speak_http2_is_502() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = silent.accept().await {
            drop(stream);
        }
    });
    let gate = Gate::with(settings(vec![http2_route("grpc", "/", address, Access::Public)])).await;
    let answer = ask(gate.address, "GET / HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
    assert_eq!(answer.status, 502);
}

#[tokio::test]
async fn clients_that_do_not_read_hold_up_nobody_else_on_the_shared_connection() {
    let seen = Seen::default();
    let gate = gate(&seen).await;
    let mut stuck = Vec::new();
    for _ in 0..4 {
        let mut raw = Raw::connect(gate.address).await;
        raw.send("GET /public/endless HTTP/1.1\r\nHost: portail.test\r\n\r\n").await;
        assert_eq!(raw.head().await.status, 200);
        stuck.push(raw);
    }
    // Every buffer on the way is full when nothing more leaves the server.
    let (mut pace, mut before) = (tokio::time::interval(Duration::from_millis(200)), 0);
    loop {
        pace.tick().await;
        let sent = seen.sent.load(Ordering::SeqCst);
        if sent > 0 && sent == std::mem::replace(&mut before, sent) {
            break;
        }
    }
    let post = "POST /public HTTP/1.1\r\nHost: portail.test\r\nContent-Length: 5\r\n\r\nhello";
    let answer = ask(gate.address, post).await;
    assert_eq!((answer.status, answer.text().contains("hello")), (200, true));
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
}
