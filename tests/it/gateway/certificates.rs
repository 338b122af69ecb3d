//! Certificates: of the gateway, replaced while it serves; of clients, asked for and checked.

use guichet::config::settings::ClientCertificates;

use crate::support::gate::Gate;
use crate::support::raw::Raw;
use crate::support::settings::settings;
use crate::support::tls::{Authority, listener, shake};
use crate::support::upstream::Upstream;

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
