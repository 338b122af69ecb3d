//! Listeners of every kind, side by side.

use std::os::unix::fs::PermissionsExt as _;

use guichet::config::settings::{ClientCertificates, ListenAddress, Listener, Speaks};
use guichet::gateway::listen::socket::{Inherited, Socket};
use tokio::net::UnixStream;

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::{clear, settings};
use crate::support::tls::{Authority, listener};
use crate::support::upstream::{Upstream, values};

const GET: &str = "GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n";
const PROXY: &str = "PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n";

#[tokio::test]
async fn listeners_of_every_kind_serve_at_once() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let certificate = authority.issue("portail", &["portail.test"]);
    let path = authority.folder.path().join("guichet.sock");
    let mut settings = settings(Gate::routes(&upstream));
    settings.trusted_proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().unwrap().into()];
    settings.listeners = vec![
        clear(),
        listener(vec![certificate.clone()], ClientCertificates::Off),
        Listener { proxy_protocol: true, ..clear() },
        Listener { proxy_protocol: true, ..listener(vec![certificate], ClientCertificates::Off) },
        Listener { address: ListenAddress::Unix { path: path.clone(), mode: 0o600 }, ..clear() },
    ];
    let gate = Gate::with(settings).await;
    assert_eq!(ask(gate.addresses[0], GET).await.status, 200);
    assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["127.0.0.1"]);
    let mut tls = authority.connect(gate.addresses[1], "portail.test").await;
    assert_eq!(tls.ask(GET).await.status, 200);
    assert_eq!(ask(gate.addresses[2], format!("{PROXY}{GET}")).await.status, 200);
    assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["203.0.113.9"]);
    // Whom the header names is not a trusted proxy: nobody else is believed after it.
    let claimed = "GET /public HTTP/1.1\r\nHost: portail.test\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n";
    assert_eq!(ask(gate.addresses[2], format!("{PROXY}{claimed}")).await.status, 200);
    assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["203.0.113.9"]);
    let local = "PROXY UNKNOWN\r\n";
    assert_eq!(ask(gate.addresses[2], format!("{local}{claimed}")).await.status, 200);
    assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["198.51.100.1"], "the proxy speaks for itself");
    let mut behind = tokio::net::TcpStream::connect(gate.addresses[3]).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut behind, PROXY.as_bytes()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(authority.client_config(None)));
    let behind = connector.connect("portail.test".try_into().unwrap(), behind).await.unwrap();
    assert_eq!(Raw::over(behind).ask(GET).await.status, 200);
    assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["203.0.113.9"]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut local = Raw::over(UnixStream::connect(&path).await.unwrap());
    assert_eq!(local.ask(claimed).await.status, 200);
    assert_eq!(values(&upstream.last(), "x-forwarded-for"), ["198.51.100.1"], "a Unix socket's peer is this machine");
    drop((tls, local));
    gate.stop();
    gate.stopped().await;
    assert!(!path.exists(), "the socket's file goes with the listener");
}

#[tokio::test]
async fn a_unix_socket_left_behind_is_replaced_and_one_in_use_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let at = ListenAddress::Unix { path: path.clone(), mode: 0o660 };
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "as a killed process leaves it");
    let held = Socket::bind(&at, &mut Inherited::none()).await.unwrap();
    let error = Socket::bind(&at, &mut Inherited::none()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    drop(held);
    assert!(!path.exists());
    std::fs::write(&path, "a file").unwrap();
    let error = Socket::bind(&at, &mut Inherited::none()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a file");
}

#[tokio::test]
async fn a_redirecting_listener_sends_known_hosts_to_https_and_nobody_else() {
    let upstream = Upstream::start().await;
    let mut routes = Gate::routes(&upstream);
    routes[2].host = Some("autre.test".into());
    let mut settings = settings(routes);
    settings.listeners = vec![Listener { speaks: Speaks::RedirectToHttps, ..clear() }];
    let gate = Gate::with(settings).await;
    let asked = |line: &str, host: &str| format!("{line} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");
    for (line, host, location) in [
        ("GET /dossier?a=b%2F", "portail.test", "https://portail.test/dossier?a=b%2F"),
        ("POST /public/x", "AUTRE.test:80", "https://autre.test/public/x"),
        ("GET /_guichet/connexion", "portail.test", "https://portail.test/_guichet/connexion"),
        ("GET /nowhere", "autre.test", "https://autre.test/nowhere"),
    ] {
        let answer = ask(gate.address, asked(line, host)).await;
        assert_eq!((answer.status, answer.header("location")), (308, Some(location)), "{line} {host}");
        assert!(answer.all("strict-transport-security").is_empty(), "never in the clear (RFC 6797 §7.2)");
    }
    let answer = ask(gate.address, asked("GET /", "evil.test")).await;
    assert_eq!((answer.status, answer.header("location")), (421, None));
    let answer = ask(gate.address, asked("GET //evil.test/", "portail.test")).await;
    assert_eq!((answer.status, answer.header("location")), (400, None));
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn an_address_holds_as_many_connections_as_it_may() {
    let upstream = Upstream::start().await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.limits.connections_per_address = 2;
    let gate = Gate::with(settings).await;
    let mut one = Raw::connect(gate.address).await;
    let mut two = Raw::connect(gate.address).await;
    assert_eq!((one.ask(GET).await.status, two.ask(GET).await.status), (200, 200));
    assert!(Raw::connect(gate.address).await.until_closed().await.is_empty());
    // Counted a moment after it is closed.
    while !gate.metrics.render().contains("guichet_connections_refused_total{reason=\"address-limit\"} 1") {
        tokio::task::yield_now().await;
    }
    assert_eq!(one.ask(GET).await.status, 200, "those that are open go on");
    one.send("GET /public HTTP/1.1\r\nHost: portail.test\r\nConnection: close\r\n\r\n").await;
    one.until_closed().await;
    // Its place comes back when its task has ended, which its peer does not see.
    let again = async {
        loop {
            let mut raw = Raw::connect(gate.address).await;
            raw.send("GET /public HTTP/1.1\r\nHost: portail.test\r\nConnection: close\r\n\r\n").await;
            if !raw.until_closed().await.is_empty() {
                break;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), again).await.unwrap();
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_clients_address_is_counted() {
    let upstream = Upstream::answering(|head, _| {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
        match head.contains("/public/slow") {
            true => crate::support::upstream::Reply::Hang(Vec::new()),
            false => crate::support::upstream::Reply::Answer(answer),
        }
    })
    .await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    settings.limits.connections_per_address = 1;
    settings.listeners = vec![clear(), Listener { proxy_protocol: true, ..clear() }];
    let gate = Gate::with(settings).await;
    let from = |client: &str, target: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: portail.test\r\nX-Forwarded-For: {client}\r\n\r\n")
    };
    let mut slow = Raw::connect(gate.address).await;
    slow.send(from("203.0.113.9", "/public/slow")).await;
    upstream.receives(b"/public/slow").await;
    let answer = ask(gate.address, from("203.0.113.9", "/public")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("60")));
    assert_eq!(ask(gate.address, from("203.0.113.10", "/public")).await.status, 200);
    // Through the PROXY protocol, a connection is its client's.
    let closed = Raw::connect(gate.addresses[1]).await;
    let mut closed = closed;
    closed.send(format!("{PROXY}{GET}")).await;
    assert!(closed.until_closed().await.is_empty());
    assert_eq!(
        ask(gate.addresses[1], format!("{}{GET}", PROXY.replace("203.0.113.9", "203.0.113.10"))).await.status,
        200
    );
}

#[tokio::test]
async fn http2_is_told_how_many_streams_it_may_open() {
    let upstream = Upstream::start().await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.limits.http2_streams = 7;
    let gate = Gate::with(settings).await;
    let mut raw = Raw::connect(gate.address).await;
    raw.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let head = raw.bytes(9).await;
    assert_eq!(head[3], 4, "the first frame is SETTINGS");
    let length = usize::from(head[1]) << 8 | usize::from(head[2]);
    let parameters = raw.bytes(length).await;
    let streams = parameters.chunks(6).find(|one| one[..2] == [0, 3]).unwrap();
    assert_eq!(streams[2..], [0, 0, 0, 7]);
}
