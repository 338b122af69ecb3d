//! TLS: H20, H24, D03; and what comes before it, I11.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use guichet::config::settings::{ClientCertificates, Listener, Settings};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;

use crate::support::gate::Gate;
use crate::support::raw::{Raw, ask};
use crate::support::settings::{clear, settings};
use crate::support::tls::{Authority, listener, shake};
use crate::support::upstream::{Upstream, values};

const GET: &str = "GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n";

/// A TLS gate whose certificates are for these names, the first the default.
async fn gate(upstream: &Upstream, authority: &Authority, names: &[&[&str]], change: impl Fn(&mut Settings)) -> Gate {
    let issued = names.iter().enumerate().map(|(place, names)| authority.issue(&format!("c{place}"), names));
    let mut settings = settings(Gate::routes(upstream));
    settings.routes[2].host = None;
    settings.listeners = vec![listener(issued.collect(), ClientCertificates::Off)];
    change(&mut settings);
    Gate::with(settings).await
}

#[tokio::test]
async fn h20_over_tls_no_text_of_the_client_says_what_the_scheme_is() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority, &[&["portail.test"]], |_| ()).await;
    for target in ["/public", "http://portail.test/public", "hTTp://portail.test/public", "https://portail.test/public"]
    {
        let lines = "Host: portail.test\r\nX-Forwarded-Proto: http\r\nForwarded: proto=http\r\n";
        let mut raw = authority.connect(gate.address, "portail.test").await;
        let answer = raw.ask(format!("GET {target} HTTP/1.1\r\n{lines}\r\n")).await;
        assert!(matches!(answer.status, 200 | 400), "{target}");
        if answer.status == 200 {
            assert_eq!(values(&upstream.last(), "x-forwarded-proto"), ["https"], "{target}");
        }
    }
    let mut config = authority.client_config(None);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = shake(config, gate.address, "portail.test").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for scheme in ["http", "https"] {
        let request = http::Request::builder().uri(format!("{scheme}://portail.test/public"));
        let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
        assert_eq!(client.send_request(request).await.unwrap().status(), 200);
        assert_eq!(values(&upstream.last(), "x-forwarded-proto"), ["https"]);
    }
}

#[tokio::test]
async fn h24_a_host_is_only_served_over_the_certificate_it_would_be_shown() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let names: [&[&str]; 2] = [&["portail.test", "aussi.test"], &["autre.test"]];
    let gate = gate(&upstream, &authority, &names, |settings| {
        for host in ["aussi.test", "autre.test"] {
            let mut route = settings.routes[2].clone();
            (route.name, route.host) = (host.to_owned(), Some(host.into()));
            settings.routes.push(route);
        }
    })
    .await;
    let request = |host: &str| format!("GET /public HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for (asked, host, status) in [
        ("portail.test", "portail.test", 200),
        ("portail.test", "aussi.test", 200),
        ("aussi.test", "PORTAIL.test.:443", 200),
        ("autre.test", "autre.test", 200),
        ("portail.test", "autre.test", 421),
        ("autre.test", "portail.test", 421),
        ("autre.test", "unknown.test", 421),
    ] {
        let before = upstream.heads().len();
        let mut raw = authority.connect(gate.address, asked).await;
        assert_eq!(raw.ask(request(host)).await.status, status, "{asked} {host}");
        assert_eq!(upstream.heads().len() - before, usize::from(status == 200), "{asked} {host}");
        if status == 421 {
            // The connection is not lost for what it is good for.
            assert_eq!(raw.ask(request(asked)).await.status, 200);
        }
    }
    // Without a name, and with an unknown one, the first certificate is shown, and only its hosts are served.
    for asked in ["127.0.0.1", "unknown.test"] {
        let mut config = authority.client_config(None);
        config.dangerous().set_certificate_verifier(Arc::new(AnyCertificate));
        let stream = shake(config, gate.address, asked).await.unwrap();
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        let says = guichet::identity::Certificate::read(&shown).unwrap();
        assert!(says.is_for("aussi.test"), "{asked}");
        let mut raw = Raw::over(stream);
        assert_eq!(raw.ask(request("autre.test")).await.status, 421);
        assert_eq!(raw.ask(request("portail.test")).await.status, 200);
    }
}

#[tokio::test]
async fn h24_what_is_no_tls_or_an_old_one_is_closed() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority, &[&["portail.test"]], |_| ()).await;
    for bytes in [
        GET.as_bytes(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &[0; 64],
        b"\x16\x03\x01\xff\xff\x01",
        b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n",
    ] {
        let mut raw = Raw::connect(gate.address).await;
        raw.send(bytes).await;
        raw.shut().await;
        let answer = raw.until_closed().await;
        assert!(!answer.windows(5).any(|five| five == b"HTTP/"), "{bytes:?}: {answer:?}");
    }
    for (minor, name) in [(0_u8, "SSL 3.0"), (1, "TLS 1.0"), (2, "TLS 1.1")] {
        let mut raw = Raw::connect(gate.address).await;
        raw.send(old_hello(minor)).await;
        let answer = raw.until_closed().await;
        assert_eq!(answer[0], 0x15, "{name}: an alert, no handshake: {answer:?}");
        assert!(matches!(answer[5..7], [2, 70 | 40]), "{name}: protocol_version, or no handshake at all: {answer:?}");
    }
    let mut raw = authority.connect(gate.address, "portail.test").await;
    assert_eq!(raw.ask(GET).await.status, 200, "it still serves");
}

#[tokio::test]
async fn h24_tls_1_2_and_1_3_are_both_spoken() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority, &[&["portail.test"]], |_| ()).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        let ca = rustls::pki_types::pem::PemObject::from_pem_file(authority.file()).unwrap();
        roots.add(ca).unwrap();
        let config = rustls::ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let stream = shake(config, gate.address, "portail.test").await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
        assert_eq!(Raw::over(stream).ask(GET).await.status, 200);
    }
}

#[tokio::test]
async fn h24_no_early_data_is_taken() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority, &[&["portail.test"]], |_| ()).await;
    let mut config = authority.client_config(None);
    config.enable_early_data = true;
    for place in 0..2 {
        let stream = shake(config.clone(), gate.address, "portail.test").await.unwrap();
        assert!(!stream.get_ref().1.is_early_data_accepted());
        if place == 1 {
            let kind = stream.get_ref().1.handshake_kind();
            assert_eq!(kind, Some(rustls::HandshakeKind::Resumed), "there was a ticket, and it allows no early data");
        }
        assert_eq!(Raw::over(stream).ask(GET).await.status, 200);
    }
}

#[tokio::test]
async fn h24_a_hello_in_crumbs_is_the_same_hello() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority, &[&["portail.test"]], |_| ()).await;
    let config = Arc::new(authority.client_config(None));
    let mut client = rustls::ClientConnection::new(config, ServerName::try_from("portail.test").unwrap()).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    let mut raw = Raw::connect(gate.address).await;
    // The handshake message over many records, each written by itself.
    for crumb in hello[5..].chunks(16) {
        let mut record = vec![hello[0], hello[1], hello[2], 0, u8::try_from(crumb.len()).unwrap()];
        record.extend_from_slice(crumb);
        raw.send(record).await;
    }
    while client.is_handshaking() {
        let record = raw.record().await;
        client.read_tls(&mut &record[..]).unwrap();
        client.process_new_packets().unwrap();
        let mut out = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut out).unwrap();
        }
        raw.send(out).await;
    }
    std::io::Write::write_all(&mut client.writer(), GET.as_bytes()).unwrap();
    let mut out = Vec::new();
    client.write_tls(&mut out).unwrap();
    raw.send(out).await;
    let mut answer = Vec::new();
    while !answer.starts_with(b"HTTP/1.1 200") {
        let record = raw.record().await;
        client.read_tls(&mut &record[..]).unwrap();
        client.process_new_packets().unwrap();
        let _ = client.reader().read_to_end(&mut answer);
    }
}

#[tokio::test]
async fn d03_a_handshake_that_stalls_is_closed() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority, &[&["portail.test"]], |settings| {
        settings.limits.handshake_timeout = Duration::from_millis(200);
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        settings.listeners.push(Listener { proxy_protocol: true, ..clear() });
    })
    .await;
    for (address, bytes) in [
        (gate.addresses[0], &b""[..]),
        (gate.addresses[0], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        (gate.addresses[1], b""),
        (gate.addresses[1], b"PROXY TCP4 203.0.113.9"),
        (gate.addresses[1], b"\r\n\r\n\0\r\nQUIT\n\x21\x11"),
    ] {
        let mut raw = Raw::connect(address).await;
        raw.send(bytes).await;
        assert!(raw.until_closed().await.is_empty());
    }
    assert!(gate.metrics.render().contains("guichet_connections_refused_total{reason=\"handshake-timeout\"} 5"));
}

#[tokio::test]
async fn d01_a_peer_that_shakes_hands_and_then_says_nothing_is_closed() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let gate = gate(&upstream, &authority, &[&["portail.test"]], |settings| {
        settings.limits.head_timeout = Duration::from_millis(300);
    })
    .await;
    for bytes in ["", "P", "GET /public HTTP/1.1\r\nHost: por"] {
        let mut raw = authority.connect(gate.address, "portail.test").await;
        raw.send(bytes).await;
        let answer = raw.until_closed().await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{bytes:?}");
    }
    assert!(upstream.bytes().is_empty());
}

#[tokio::test]
async fn i11_a_proxy_header_of_an_unlisted_peer_closes_the_connection() {
    let upstream = Upstream::start().await;
    let mut settings = settings(Gate::routes(&upstream));
    settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    settings.listeners = vec![Listener { proxy_protocol: true, ..clear() }, clear()];
    let gate = Gate::with(settings).await;
    let header = "PROXY TCP4 10.0.0.7 192.0.2.1 4711 443\r\n";
    let mut raw = Raw::connect(gate.addresses[0]).await;
    raw.send(format!("{header}{GET}")).await;
    assert!(raw.until_closed().await.is_empty());
    assert!(gate.metrics.render().contains("{reason=\"untrusted-proxy\"} 1"));
    // Where no header is expected, one is a malformed request.
    let mut raw = Raw::connect(gate.addresses[1]).await;
    raw.send(format!("{header}{GET}")).await;
    assert!(raw.until_closed().await.starts_with(b"HTTP/1.1 400"));
    assert_eq!(ask(gate.addresses[1], GET).await.status, 200);
    assert_eq!(upstream.heads().len(), 1);
}

/// A ClientHello of which only the version is too old: suite, groups and signatures are those of today.
fn old_hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 26]);
    body.extend([0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17]);
    body.extend([0, 11, 0, 2, 1, 0]);
    body.extend([0, 13, 0, 6, 0, 4, 4, 3, 8, 4]);
    let length = u8::try_from(body.len()).unwrap();
    let message = [&[1, 0, 0, length][..], &body].concat();
    [&[0x16, 3, minor, 0, length + 4][..], &message].concat()
}

/// Takes any certificate: what is shown is looked at by the test.
#[derive(Debug)]
struct AnyCertificate;

impl rustls::client::danger::ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
