//! Client certificates at the simulator's listener: asked for on the issuer's host, believed of the file's authorities only.

use std::net::SocketAddr;
use std::sync::Arc;

use guichet::app::psc_simulator::Listening;
use guichet::clock::SystemClock;
use guichet::config::ProcessEnv;
use guichet::config::psc_simulator::load_simulator;
use guichet::entropy::SystemEntropy;

use crate::killed::four_free_ports;
use crate::support::raw::{Answer, Raw};
use crate::support::tls::{Authority, Held, shake};

/// A simulator over TLS with this `mtls`, and the authority of its certificate and of its clients'.
async fn started(mtls: &str) -> (Authority, SocketAddr) {
    let authority = Authority::new();
    authority.issue("simulator", &["localhost", "127.0.0.1"]);
    let port = four_free_ports();
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\nmtls = \"{mtls}\"\n\
         [tls]\ncertificate_file = \"simulator.pem\"\nkey_file = \"simulator.key\"\nclient_ca_file = \"ca.pem\"\n\
         [[client]]\nid = \"portail\"\nauth = [\"tls_client_auth\"]\nredirect_uris = [\"https://portail.test/retour\"]\n"
    );
    let file = authority.folder.path().join("psc.toml");
    std::fs::write(&file, text).unwrap();
    let settings = load_simulator(&file, &ProcessEnv).unwrap_or_else(|faults| panic!("{faults}"));
    let listening = Listening::bind(settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap();
    tokio::spawn(listening.run(std::future::pending()));
    (authority, SocketAddr::from(([127, 0, 0, 1], port)))
}

/// A call of the token endpoint by `client_id=portail`.
async fn call(authority: &Authority, address: SocketAddr, held: Option<Held>) -> Answer {
    let mut raw = Raw::over(shake(authority.client_config(held), address, "localhost").await.unwrap());
    let body = "client_id=portail&grant_type=x";
    raw.ask(format!(
        "POST /auth/realms/esante-wallet/protocol/openid-connect/token HTTP/1.1\r\nHost: localhost:{}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        address.port(),
        body.len()
    ))
    .await
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate_and_refused_without() {
    for mtls in ["optional", "required"] {
        let (authority, address) = started(mtls).await;
        let known = call(&authority, address, Some(authority.client("portail"))).await;
        assert_eq!((known.status, &known.json()["error"]), (400, &"unsupported_grant_type".into()));
        for held in [None, Some(authority.client("un-autre"))] {
            let refused = call(&authority, address, held).await;
            assert_eq!((refused.status, &refused.json()["error"]), (401, &"invalid_client".into()), "{mtls}");
        }
    }
}

#[tokio::test]
async fn a_certificate_of_another_authority_gets_no_answer() {
    let (authority, address) = started("optional").await;
    let stranger = Authority::new().client("portail");
    let Ok(stream) = shake(authority.client_config(Some(stranger)), address, "localhost").await else { return };
    // In TLS 1.3 the client learns of the refusal when it reads.
    let mut raw = Raw::over(stream);
    let bytes = raw.until_closed().await;
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
}

#[tokio::test]
async fn a_browser_reads_the_pages_without_a_certificate() {
    let (authority, address) = started("required").await;
    let port = address.port();
    let mut pages = Raw::over(shake(authority.client_config(None), address, "127.0.0.1").await.unwrap());
    let page = pages.ask(format!("GET /controle HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")).await;
    assert!(page.status == 200 && page.text().contains("Pannes et réglages"));
    let mut issuer = Raw::over(shake(authority.client_config(None), address, "localhost").await.unwrap());
    let realm = "/auth/realms/esante-wallet";
    let out = issuer
        .ask(format!("GET {realm}/protocol/openid-connect/logout HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"))
        .await;
    assert_eq!(
        out.header("location"),
        Some(format!("https://127.0.0.1:{port}/fermeture?post_logout_redirect_uri=&state=").as_str())
    );
}
