//! TLS towards an upstream: who it must prove to be, and who we prove to be.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use guichet::config::certificates::CertificateFiles;
use guichet::config::settings::{Access, Route, UpstreamProtocol, UpstreamTls};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::{route_for, settings};
use crate::support::tls::Authority;
use crate::support::upstream::{Reply, Upstream, values};

const GET: &str = "GET /x HTTP/1.1\r\nHost: portail.test\r\n\r\n";

/// The name asked for and the certificate shown, of each handshake that succeeded.
type Shaken = Arc<Mutex<Vec<(Option<String>, Option<Vec<u8>>)>>>;

fn server(files: &CertificateFiles, clients: Option<&Authority>, alpn: &[&str]) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            let pem = std::fs::read(authority.file()).unwrap();
            roots.add(rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.unwrap().with_client_cert_verifier(verifier)
        }
        None => builder.unwrap().with_no_client_auth(),
    };
    let certified = files.read().unwrap().certified;
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// Takes TLS off in front of an upstream.
async fn before(upstream: &Upstream, config: ServerConfig) -> (SocketAddr, Shaken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, behind) = (listener.local_addr().unwrap(), upstream.address);
    let (acceptor, shaken) = (TlsAcceptor::from(Arc::new(config)), Shaken::default());
    let noted = Arc::clone(&shaken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, shaken) = (acceptor.clone(), Arc::clone(&noted));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let connection = stream.get_ref().1;
                let certificate = connection.peer_certificates().map(|shown| shown[0].to_vec());
                shaken.lock().unwrap().push((connection.server_name().map(str::to_owned), certificate));
                let mut behind = TcpStream::connect(behind).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    (address, shaken)
}

/// Speaks HTTP in the clear, whatever it is told.
async fn talkative() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    address
}

fn route(address: SocketAddr, tls: UpstreamTls) -> Route {
    let mut route = route_for("public", "/", address, Access::Public);
    route.upstream.as_mut().unwrap().tls = Some(tls);
    route
}

fn trusting(authority: &Authority, name: &str) -> UpstreamTls {
    UpstreamTls { ca_file: Some(authority.file()), server_name: Some(name.to_owned()), certificate: None }
}

#[tokio::test]
async fn an_upstream_proves_its_name_to_its_authority_and_its_connection_is_kept() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let files = authority.issue("portal", &["portal.test"]);
    let (address, shaken) = before(&upstream, server(&files, None, &["http/1.1"])).await;
    let named = Route { rewrite_host: true, ..route(address, trusting(&authority, "portal.test")) };
    let gate = Gate::with(settings(vec![named])).await;
    for _ in 0..3 {
        assert_eq!(ask(gate.address, GET).await.status, 200);
    }
    assert_eq!(*shaken.lock().unwrap(), [(Some("portal.test".to_owned()), None)], "one handshake for all");
    assert_eq!(values(&upstream.last(), "host"), [address.to_string()]);
    let files = authority.issue("address", &["127.0.0.1"]);
    let (address, _) = before(&upstream, server(&files, None, &[])).await;
    let unnamed = UpstreamTls { server_name: None, ..trusting(&authority, "") };
    let gate = Gate::with(settings(vec![route(address, unnamed)])).await;
    assert_eq!(ask(gate.address, GET).await.status, 200, "an address may be a name too, and ALPN is no duty");
}

#[tokio::test]
async fn an_upstream_that_proves_nothing_is_502_and_is_sent_nothing() {
    let (upstream, authority, others) = (Upstream::start().await, Authority::new(), Authority::new());
    let files = authority.issue("portal", &["portal.test"]);
    let (address, shaken) = before(&upstream, server(&files, None, &[])).await;
    let (picky, _) = before(&upstream, server(&files, Some(&authority), &[])).await;
    let stranger = Route {
        path: "/stranger".to_owned(),
        name: "a".to_owned(),
        ..route(address, trusting(&others, "portal.test"))
    };
    let misnamed = Route {
        path: "/misnamed".to_owned(),
        name: "b".to_owned(),
        ..route(address, trusting(&authority, "other.test"))
    };
    let system = UpstreamTls { ca_file: None, ..trusting(&authority, "portal.test") };
    let system = Route { path: "/system".to_owned(), name: "c".to_owned(), ..route(address, system) };
    let clear = Route {
        path: "/clear".to_owned(),
        name: "d".to_owned(),
        ..route(talkative().await, trusting(&authority, "portal.test"))
    };
    let picky =
        Route { path: "/picky".to_owned(), name: "e".to_owned(), ..route(picky, trusting(&authority, "portal.test")) };
    let mut routes = vec![stranger, misnamed, clear, picky];
    let paths = ["/stranger", "/misnamed", "/clear", "/picky", "/system"];
    // A machine without root certificates refuses to start instead.
    let with_system = !rustls_native_certs::load_native_certs().certs.is_empty();
    routes.extend(Some(system).filter(|_| with_system));
    let gate = Gate::with(settings(routes)).await;
    for path in paths.iter().take(if with_system { 5 } else { 4 }) {
        for method in ["GET", "POST"] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: portail.test\r\nContent-Length: 0\r\n\r\n");
            let answer = ask(gate.address, request).await;
            assert_eq!(
                (answer.status, answer.json()["type"].as_str()),
                (502, Some("urn:guichet:problem:upstream-away")),
                "{path}"
            );
        }
    }
    assert!(upstream.heads().is_empty() && shaken.lock().unwrap().is_empty(), "{:?}", upstream.heads());
}

#[tokio::test]
async fn our_own_certificate_is_shown_and_a_new_one_is_taken_from_its_files() {
    // Each answer ends its connection: the next shows the certificate anew.
    let last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    let upstream = Upstream::answering(|_, _| Reply::Answer(last.to_vec())).await;
    let authority = Authority::new();
    let files = authority.issue("portal", &["portal.test"]);
    let (address, shaken) = before(&upstream, server(&files, Some(&authority), &["http/1.1"])).await;
    let own = authority.issue("guichet", &["guichet.test"]);
    let shown = UpstreamTls { certificate: Some(own.clone()), ..trusting(&authority, "portal.test") };
    let gate = Gate::with(settings(vec![route(address, shown)])).await;
    assert_eq!(ask(gate.address, GET).await.status, 200);
    let tls = gate.gateway.upstream_tls().remove(0);
    assert!(!tls.has_changed());
    let first = tls.own().unwrap().1.not_after;
    authority.issue("guichet", &["guichet.test"]);
    assert!(tls.has_changed());
    tls.reload().unwrap();
    assert_eq!(tls.own().unwrap().1.not_after, first);
    std::fs::write(&own.key, "not a key").unwrap();
    assert!(tls.has_changed());
    tls.reload().unwrap_err();
    assert_eq!(ask(gate.address, GET).await.status, 200);
    let shaken = shaken.lock().unwrap();
    assert_eq!(shaken.len(), 2);
    assert!(shaken.iter().all(|(_, certificate)| certificate.is_some()) && shaken[0].1 != shaken[1].1);
}

#[tokio::test]
async fn d11_a_handshake_that_never_ends_is_504_when_the_time_to_connect_is_over() {
    let (silent, authority) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Authority::new());
    let mut settings = settings(vec![route(silent.local_addr().unwrap(), trusting(&authority, "portal.test"))]);
    settings.limits.connect_timeout = Duration::from_millis(100);
    let gate = Gate::with(settings).await;
    let before = Instant::now();
    assert_eq!(ask(gate.address, GET).await.status, 504);
    assert!(before.elapsed() < Duration::from_secs(2), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_websocket_goes_through_tls() {
    let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let upstream = Upstream::answering(move |_, _| Reply::Echo(switching.as_bytes().to_vec())).await;
    let authority = Authority::new();
    let files = authority.issue("portal", &["portal.test"]);
    let (address, _) = before(&upstream, server(&files, None, &["http/1.1"])).await;
    let gate = Gate::with(settings(vec![route(address, trusting(&authority, "portal.test"))])).await;
    let mut raw = Raw::connect(gate.address).await;
    raw.send(
        "GET /x HTTP/1.1\r\nHost: portail.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .await;
    assert_eq!(raw.head().await.status, 101);
    raw.send(b"\x82\x02hi").await;
    assert_eq!(raw.bytes(4).await, b"\x82\x02hi");
}

#[tokio::test]
async fn http2_is_agreed_on_and_a_server_without_it_is_502() {
    let authority = Authority::new();
    let files = authority.issue("portal", &["portal.test"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server(&files, None, &["h2"])));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            let service = service_fn(async |request: http::Request<hyper::body::Incoming>| {
                Ok::<_, std::convert::Infallible>(http::Response::new(Full::new(Bytes::from(
                    request.uri().to_string(),
                ))))
            });
            let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(serving.serve_connection(TokioIo::new(stream), service));
        }
    });
    let upstream = Upstream::start().await;
    let (old, _) = before(&upstream, server(&files, None, &[])).await;
    let over_http2 = |name: &str, path: &str, address| {
        let mut route = route(address, trusting(&authority, "portal.test"));
        route.upstream.as_mut().unwrap().protocol = UpstreamProtocol::Http2;
        Route { name: name.to_owned(), path: path.to_owned(), ..route }
    };
    let gate = Gate::with(settings(vec![over_http2("old", "/old", old), over_http2("new", "/", address)])).await;
    let answer = ask(gate.address, GET).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "https://portail.test/x"));
    assert_eq!(ask(gate.address, "GET /old HTTP/1.1\r\nHost: portail.test\r\n\r\n").await.status, 502);
    assert!(upstream.heads().is_empty());
}
