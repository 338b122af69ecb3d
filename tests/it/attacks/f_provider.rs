//! The provider's part of group F: away, slow, with another clock, behind another certificate.

use std::net::SocketAddr;
use std::sync::Arc;

use guichet::app::psc_simulator::Listening;
use guichet::clock::SystemClock;
use guichet::config::ProcessEnv;
use guichet::config::psc_simulator::load_simulator;
use guichet::entropy::SystemEntropy;
use serde_json::Value;

use crate::killed::four_free_ports;
use crate::support::account::ACCOUNT;
use crate::support::person::Page;
use crate::support::site::Site;
use crate::support::tls::Authority;

const SIGN_IN: &str = "/_guichet/connexion";
const START: &str = "/_guichet/connexion/psc";
const CODE: &str = "/_guichet/connexion/code";
const SESSION: &str = "__Host-guichet";
const AWAY: &str = "Pro Santé Connect ne répond pas pour le moment.";

/// The answer to the button, and whether somebody is sent away by it.
async fn pressed(site: &Site) -> (Page, bool) {
    let mut person = site.person();
    let page = person.get(SIGN_IN).await;
    assert_eq!(page.status, 200, "{}", page.gist());
    let page = person.submit(&page, START, &[]).await;
    let leaves = page.status == 303;
    (page, leaves)
}

/// A provider of which nothing answers.
async fn without_provider() -> Site {
    let port = four_free_ports();
    Site::with(|settings| {
        let psc = settings.identity_providers.get_mut("psc").unwrap();
        psc.issuer = format!("http://localhost:{port}/auth/realms/esante-wallet");
        psc.discovery_url = format!("{}/.well-known/wallet-openid-configuration", psc.issuer).parse().unwrap();
    })
    .await
}

#[tokio::test]
async fn f10_a_gateway_whose_provider_was_never_there_starts_and_signs_in_by_password() {
    let site = without_provider().await;
    let who = site.activated().await;
    for _ in 0..2 {
        let (page, leaves) = pressed(&site).await;
        assert_eq!((page.status, leaves), (503, false), "{}", page.gist());
        assert!(page.says(AWAY) && page.header("retry-after") == Some("60"), "{}", page.gist());
        assert!(page.form(SIGN_IN).is_some(), "the other way in is on the page");
    }
    // Left alone after failures in a row, it is told before anybody presses.
    let page = site.person().get(SIGN_IN).await;
    assert!(page.status == 200 && page.says(AWAY), "{}", page.gist());
    assert_eq!(site.portal(&who.person.session()).await, 200, "sessions live");
    site.forward(61);
    let mut person = site.person();
    site.sign_in(&mut person, &who).await;
    assert_eq!(site.portal(&person.session()).await, 200);
}

#[tokio::test]
async fn f12_our_own_clock_set_back_or_forth_revives_nothing_and_lets_nobody_stay_for_ever() {
    let site = Site::start().await;
    let mut who = site.activated().await;
    site.forward(61);
    let mut typing = site.person();
    let page = site.to_code(&mut typing, &who.email, &who.password).await;
    let code = site.code(&who.email).await;
    let (callback, _) = site.psc_callback(&mut site.person(), "infirmiere", "").await;
    let mut leaving = site.person();
    let (late, _) = site.psc_callback(&mut leaving, "infirmiere", "").await;

    // Forward: everything that waited is over.
    site.forward(3_600);
    typing.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!(typing.cookie(SESSION), None);
    assert_ne!(who.person.get(ACCOUNT).await.status, 200, "an hour of silence");
    assert_eq!(leaving.get(&late).await.status, 400);

    // Back: a session that ended stays ended, though its last second is to come again.
    site.forward(-3_600);
    assert_ne!(who.person.get(ACCOUNT).await.status, 200);
    assert_eq!(site.person().get(&callback).await.status, 400, "another browser's, at any hour");

    // A code that had its time, and a sign-in that waits at the provider: an hour earlier both are of the future, and worth nothing.
    site.forward(61);
    let mut typing = site.person();
    let page = site.to_code(&mut typing, &who.email, &who.password).await;
    let code = site.code(&who.email).await;
    let mut leaving = site.person();
    let (early, _) = site.psc_callback(&mut leaving, "infirmiere", "").await;
    let mut staying = site.person();
    site.psc(&mut staying, "sagefemme").await;
    let session = staying.session();
    site.forward(11 * 60);
    site.forward(-3_600);
    let early_code = typing.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!(typing.cookie(SESSION), None, "{}", early_code.gist());
    assert_eq!(leaving.get(&early).await.status, 400);
    // And nobody has to wait for the hour to come back before a new one is sent.
    let again = typing.submit(&page, CODE, &[("action", "renvoyer")]).await;
    let again = typing.follow(again).await;
    let newest = site.code(&who.email).await;
    let opened = typing.submit(&again, CODE, &[("code", &newest)]).await;
    assert!(opened.status == 303 && typing.cookie(SESSION).is_some(), "{}", opened.gist());
    // A session lives on through it, and ends when its own hour comes.
    assert_eq!(staying.get("/_guichet/activation/psc/email").await.status, 200);
    site.forward(3_600 + 31 * 60);
    let mut copy = site.person();
    copy.set_cookie(SESSION, &session);
    assert_ne!(copy.get("/_guichet/activation/psc/email").await.status, 200);
}

/// What is wrong with a certificate, and how it is made so.
type Wrong<'a> = (&'a str, &'a dyn Fn(&Authority));

/// A provider over TLS whose certificate the authority made so, and a gateway that believes that authority alone.
async fn behind(certify: impl FnOnce(&Authority)) -> (Authority, Site) {
    let authority = Authority::new();
    certify(&authority);
    let port = four_free_ports();
    let file = authority.folder.path().join("psc.toml");
    let text = format!(
        "listen = \"127.0.0.1:{port}\"\n[tls]\ncertificate_file = \"psc.pem\"\nkey_file = \"psc.key\"\n\
         [[client]]\nid = \"portail\"\nsecret = \"un secret\"\nredirect_uris = [\"https://portail.test/retour\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    let settings = load_simulator(&file, &ProcessEnv).unwrap_or_else(|faults| panic!("{faults}"));
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    assert_eq!(settings.listen, address);
    let listening = Listening::bind(settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await.unwrap();
    tokio::spawn(listening.run(std::future::pending()));
    let site = Site::with(|settings| {
        let psc = settings.identity_providers.get_mut("psc").unwrap();
        psc.issuer = format!("https://localhost:{port}/auth/realms/esante-wallet");
        psc.discovery_url = format!("{}/.well-known/wallet-openid-configuration", psc.issuer).parse().unwrap();
        psc.ca_file = Some(authority.file());
    })
    .await;
    (authority, site)
}

#[tokio::test]
async fn f13_a_provider_behind_a_certificate_that_is_not_its_own_is_never_spoken_to() {
    let hosts = ["localhost", "127.0.0.1"];
    let (_authority, site) = behind(|authority| drop(authority.issue("psc", &hosts))).await;
    let (page, leaves) = pressed(&site).await;
    assert!(leaves, "with the right one it is: {}", page.gist());

    let wrong_name = |authority: &Authority| drop(authority.issue("psc", &["autre.test"]));
    let expired = |authority: &Authority| {
        drop(authority.issue_as("psc", &hosts, |params| params.not_after = rcgen::date_time_ymd(2024, 1, 1)));
    };
    let not_yet = |authority: &Authority| {
        drop(authority.issue_as("psc", &hosts, |params| params.not_before = rcgen::date_time_ymd(2100, 1, 1)));
    };
    let self_signed = |authority: &Authority| {
        let key = rcgen::KeyPair::generate().unwrap();
        let own = rcgen::CertificateParams::new(hosts.map(str::to_owned).to_vec()).unwrap().self_signed(&key).unwrap();
        std::fs::write(authority.folder.path().join("psc.pem"), own.pem()).unwrap();
        std::fs::write(authority.folder.path().join("psc.key"), key.serialize_pem()).unwrap();
    };
    let wrongs: [Wrong<'_>; 4] =
        [("wrong name", &wrong_name), ("expired", &expired), ("not yet", &not_yet), ("self-signed", &self_signed)];
    for (what, wrong) in wrongs {
        let (_authority, site) = behind(wrong).await;
        let (page, leaves) = pressed(&site).await;
        assert_eq!((page.status, leaves, page.says(AWAY)), (503, false, true), "{what}: {}", page.gist());
    }
}

#[test]
fn f13_no_key_of_the_configuration_turns_the_check_of_a_certificate_off() {
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::Object(properties)) = members.get("properties") {
                    found.extend(properties.keys().cloned());
                }
                members.values().for_each(|value| names(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| names(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    names(&guichet::config::schema(), &mut found);
    assert!(found.len() > 100 && found.contains(&"ca_file".to_owned()));
    for name in found {
        let suspicious = ["insecure", "verify", "skip_", "trust_all", "invalid", "self_signed", "unsafe"];
        assert!(!suspicious.iter().any(|word| name.contains(word)), "{name}");
    }
}
