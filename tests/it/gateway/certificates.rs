//! Certificates: of the gateway, replaced while it serves; of clients, asked for and checked.

use guichet::config::settings::ClientCertificates;

use crate::support::gate::Gate;
use crate::support::raw::Raw;
use crate::support::settings::{clear, settings};
use crate::support::tls::{Authority, listener, shake};
use crate::support::upstream::{Reply, Upstream};

const GET: &str = "GET /public HTTP/1.1\r\nHost: portail.test\r\n\r\n";

/// The certificate that is shown to a new connection, and that connection.
async fn shown(gate: &Gate, authority: &Authority) -> (Vec<u8>, Raw) {
    let stream = shake(authority.client_config(None), gate.address, "portail.test").await.unwrap();
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    (shown, Raw::over(stream))
}

#[tokio::test]
async fn new_files_are_shown_to_new_connections_and_no_connection_is_dropped() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let mut settings = settings(Gate::routes(&upstream));
    let files = authority.issue("portail", &["portail.test"]);
    settings.listeners = vec![listener(vec![files.clone()], ClientCertificates::Off)];
    let gate = Gate::with(settings).await;
    let (first, mut old) = shown(&gate, &authority).await;
    assert_eq!(old.ask(GET).await.status, 200);
    assert!(!gate.tls[0].has_changed());
    authority.issue("portail", &["portail.test"]);
    assert!(gate.tls[0].has_changed());
    assert_eq!(shown(&gate, &authority).await.0, first, "not before it is read");
    gate.tls[0].reload().unwrap();
    assert!(!gate.tls[0].has_changed());
    let (second, mut new) = shown(&gate, &authority).await;
    assert_ne!(first, second);
    assert_eq!((old.ask(GET).await.status, new.ask(GET).await.status), (200, 200));
    // Half of a change, then files that are none: what is shown stays.
    let spoils =
        [authority.issue("other", &["portail.test"]).key, authority.file(), authority.folder.path().join("absent")];
    for spoil in spoils {
        let key = std::fs::read(&files.key).unwrap();
        std::fs::remove_file(&files.key).unwrap();
        let _ = std::fs::copy(spoil, &files.key);
        assert!(gate.tls[0].has_changed());
        gate.tls[0].reload().unwrap_err();
        assert!(!gate.tls[0].has_changed(), "told once, not at every look");
        assert_eq!(shown(&gate, &authority).await.0, second);
        std::fs::write(&files.key, key).unwrap();
        assert!(gate.tls[0].has_changed());
        gate.tls[0].reload().unwrap();
    }
    assert_eq!((old.ask(GET).await.status, new.ask(GET).await.status), (200, 200));
}

#[tokio::test]
async fn clients_without_a_required_certificate_of_our_authority_are_not_served() {
    let (upstream, authority, others) = (Upstream::start().await, Authority::new(), Authority::new());
    let files = vec![authority.issue("portail", &["portail.test"])];
    let mut settings = settings(Gate::routes(&upstream));
    settings.listeners = vec![
        listener(files.clone(), ClientCertificates::Require(authority.file())),
        listener(files, ClientCertificates::Request(authority.file())),
    ];
    let gate = Gate::with(settings).await;
    for (place, held, served) in [
        (0, None, false),
        (0, Some(others.client("mallory")), false),
        (0, Some(authority.client("zoe")), true),
        (1, None, true),
        (1, Some(others.client("mallory")), false),
        (1, Some(authority.client("zoe")), true),
    ] {
        let shown = held.is_some();
        let before = upstream.heads().len();
        let answered = async {
            let stream = shake(authority.client_config(held), gate.addresses[place], "portail.test").await.ok()?;
            let mut raw = Raw::over(stream);
            raw.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).await;
            Some(raw.until_closed().await)
        };
        let answered = answered.await.is_some_and(|answer| answer.starts_with(b"HTTP/1.1 200"));
        assert_eq!(answered, served, "listener {place}, certificate {shown}");
        assert_eq!(upstream.heads().len() - before, usize::from(served));
    }
}

#[tokio::test]
async fn a_route_that_needs_a_client_certificate_refuses_connections_without_one() {
    let (upstream, authority) = (Upstream::start().await, Authority::new());
    let mut settings = settings(Gate::routes(&upstream));
    for route in &mut settings.routes {
        route.policy.client_certificate = true;
    }
    let files = vec![authority.issue("portail", &["portail.test"])];
    settings.listeners = vec![listener(files, ClientCertificates::Request(authority.file())), clear()];
    let gate = Gate::with(settings).await;
    let cookie = gate.activated().await.cookie();
    let get = |target: &str, lines: &str| format!("GET {target} HTTP/1.1\r\nHost: portail.test\r\n{lines}\r\n");
    let with = shake(authority.client_config(Some(authority.client("zoe"))), gate.address, "portail.test").await;
    let (mut with, mut without) = (Raw::over(with.unwrap()), authority.connect(gate.address, "portail.test").await);
    let mut in_the_clear = Raw::connect(gate.addresses[1]).await;
    let forged = format!("{cookie}X-Client-Cert: zoe\r\nX-SSL-Client-Verify: SUCCESS\r\n");
    for target in ["/public", "/", "/signed"] {
        for raw in [&mut without, &mut in_the_clear] {
            let before = upstream.heads().len();
            let answer = raw.ask(get(target, &forged)).await;
            assert_eq!(
                (answer.status, answer.json()["reason"].as_str()),
                (403, Some("client-certificate")),
                "{target}"
            );
            let page = raw.ask(get(target, "Accept: text/html\r\n")).await;
            assert_eq!(page.status, 403, "no way through the sign-in page");
            assert!(page.text().contains("Forbidden(ClientCertificate)"));
            assert_eq!(upstream.heads().len(), before);
        }
        assert_eq!(with.ask(get(target, &cookie)).await.status, 200, "{target}");
    }
    assert_eq!(with.ask(get("/public", "")).await.status, 200);
    assert_eq!(with.ask(get("/", "")).await.status, 401, "a certificate is no session");
}

#[tokio::test]
async fn every_answer_over_https_tells_browsers_to_stay_there() {
    const NAME: &str = "strict-transport-security";
    let answering = b"HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=0\r\nContent-Length: 0\r\n\r\n";
    let upstream = Upstream::answering(|_, _| Reply::Answer(answering.to_vec())).await;
    let authority = Authority::new();
    let files = vec![authority.issue("portail", &["portail.test"])];
    let mut on = settings(Gate::routes(&upstream));
    on.listeners = vec![listener(files, ClientCertificates::Off), clear()];
    let mut off = on.clone();
    off.hsts = None;
    let gate = Gate::with(on).await;
    let mut tls = authority.connect(gate.address, "portail.test").await;
    let mut behind_a_proxy = Raw::connect(gate.addresses[1]).await;
    for raw in [&mut tls, &mut behind_a_proxy] {
        for (target, host) in
            [("/public", "portail.test"), ("/", "portail.test"), ("/_guichet/x", "portail.test"), ("/", "evil.test")]
        {
            let answer = raw.ask(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            assert_eq!(answer.all(NAME), ["max-age=63072000"], "{target} {host}");
        }
    }
    let gate = Gate::with(off).await;
    let answer = authority.connect(gate.address, "portail.test").await.ask(GET).await;
    assert_eq!(answer.all(NAME), ["max-age=0"], "then it is the upstream's");
}
